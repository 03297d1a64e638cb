"""A delivery: its states and the steps between them, its attempts, and how long to wait after failures."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.message import Content
from bot.values import dataclass

OPENS_AFTER = 3
"""Requests in a row that never got a connection, after which an account is out of reach: its circuit breaker opens."""

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=5)


def backoff(failures: int) -> timedelta:
    """Return how long to wait after this many failures in a row (exponential backoff, at most five minutes)."""
    doublings = min(max(failures, 1) - 1, 10)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def rest_after(failures: int) -> timedelta | None:
    """Return how long an account's circuit breaker stays open after this many failures in a row; None: it is closed."""
    return backoff(failures - OPENS_AFTER + 1) if failures >= OPENS_AFTER else None


class Kind(StrEnum):
    """What a delivery publishes: our own words, or somebody's post again."""

    POST = "post"
    RESHARE = "reshare"


class State(StrEnum):
    """Where a delivery is in its life."""

    PLANNED = "planned"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    NEEDS_DECISION = "needs_decision"
    HELD = "held"
    MISSED = "missed"
    CANCELLED = "cancelled"


class Origin(StrEnum):
    """Who asked for a delivery; only those of the schedule follow the files."""

    SCHEDULE = "schedule"
    COMMAND = "command"
    MODERATION = "moderation"


class CancelledBy(StrEnum):
    """Who called a delivery off, as it stands in the store."""

    NOBODY = ""
    PLAN = "plan"
    """Its draft left the files; it comes back with it."""

    PLAN_WHILE_HELD = "plan, while it was held"
    PERSON = "person"
    MODERATION = "moderation"
    """What is known of the post, or of its author's wishes, speaks against the reshare."""

    PROTECTION = "protection"
    """For its author's sake: what is out of it is taken back even while all sending is stopped."""

    FORGET = "forget"
    """Protection, as it stands in stores of the first versions."""


STEPS: dict[State, frozenset[State]] = {
    State.PLANNED: frozenset({State.CLAIMED, State.HELD, State.MISSED, State.CANCELLED}),
    State.CLAIMED: frozenset({State.SENDING, State.PLANNED, State.HELD, State.CANCELLED, State.MISSED, State.REJECTED}),
    State.SENDING: frozenset({State.SENT, State.REJECTED, State.UNKNOWN, State.PLANNED}),
    State.UNKNOWN: frozenset({State.SENT, State.PLANNED, State.NEEDS_DECISION}),
    State.NEEDS_DECISION: frozenset({State.SENT, State.PLANNED}),
    State.HELD: frozenset({State.PLANNED, State.CANCELLED}),
    State.REJECTED: frozenset({State.PLANNED, State.CANCELLED}),
    State.MISSED: frozenset({State.PLANNED, State.CANCELLED}),
    State.CANCELLED: frozenset({State.PLANNED}),
    State.SENT: frozenset({State.CANCELLED}),
}
"""What may follow what. Only undoing leaves `sent`, and it ends in `cancelled`."""


def way_to(goal: State, start: State) -> tuple[State, ...]:
    """Return the shortest way from one state to another, step by step, without the start; empty where there is none."""
    ways: list[tuple[State, ...]] = [(start,)]
    for way in ways:
        if way[-1] is goal:
            return way[1:]
        ways += [(*way, after) for after in sorted(STEPS[way[-1]]) if after not in way]
    return ()


UNSENT = frozenset({State.PLANNED, State.HELD, State.MISSED, State.CANCELLED})
"""Nothing can have reached the platform, and no worker has it in hand: a plan may still change the delivery."""

TO_BE_SENT = frozenset({State.PLANNED, State.CLAIMED})
"""It goes at its time, unless somebody says otherwise."""

LEFT_TO_A_PERSON = frozenset({State.HELD, State.REJECTED, State.NEEDS_DECISION, State.MISSED})
"""Nothing happens to it by itself, and it is not out as far as anybody knows."""

NOT_BEGUN = TO_BE_SENT | {State.HELD}
"""No request has left, and one may still leave."""

UNDER_WAY = frozenset({State.CLAIMED, State.SENDING})
"""A worker has it in hand just now."""

DUE = frozenset({State.PLANNED, State.UNKNOWN})
"""A worker takes it up once its time has come: to send it, or to look for it on the platform."""

TO_BE_PROVED = frozenset({State.SENDING, State.UNKNOWN})
"""A worker has still to find out whether it is out."""

UNDECIDED = frozenset({State.UNKNOWN, State.NEEDS_DECISION})
"""Nobody knows whether it is out, and no request for it is open."""

MAY_BE_OUT = UNDECIDED | {State.SENDING}
"""Nobody knows yet whether it is out."""

OUT = MAY_BE_OUT | {State.SENT}
"""It is out, or may be."""

OUT_OR_QUEUED = OUT | NOT_BEGUN
"""It is out, may be, or may still become so."""

NOT_OUT = frozenset(State) - OUT
"""Of its latest part at least it is known that it is not out."""

FAILED = frozenset({State.MISSED, State.REJECTED})
"""It came to nothing, though nobody called it off."""

CANCELLABLE = NOT_BEGUN | FAILED
"""It may be called off without being taken back."""

RETRIABLE = FAILED | {State.CANCELLED}
"""A person may have it sent after all."""

ANSWERED = frozenset({State.SENT, State.REJECTED})
"""The platform has said its last word."""

UNDOABLE = ANSWERED | {State.PLANNED, State.HELD, State.CANCELLED}
"""All that is out of it is known, so that it can be taken back."""

IN_MOTION = UNDER_WAY | DUE
"""A worker has to run for it to go on."""

KEY_LIFETIME = timedelta(minutes=50)
"""How long an idempotency key is trusted; Mastodon keeps it for an hour from the first success."""

LEAVE_WITHIN = timedelta(seconds=10)
"""How soon after its attempt was recorded a request must leave. Whoever slept longer may have been taken for dead."""

ON_TIME = timedelta(seconds=2)
"""What leaves within this after it was due is not late by any rule: a worker that is awake needs a moment too."""


@dataclass(frozen=True)
class Draft:
    """A post as the files ask for it, or as a person typed it; planning turns it into a delivery. Times are UTC.

    `path` and `line` say where in the files it was asked for. `length` is of the longest part, whose place is
    `longest_part`; `offset` is the days from the day of action. What is `important` is looked at a day ahead, and what
    is on `hold` waits until a person releases it. `series` is equal for the days of one countdown, whose words differ
    in the number alone, and "" for everything else.
    """

    message: str
    day: str
    language: str
    account: str
    platform: str
    due_at: datetime
    expires_at: datetime
    wall_time: str
    content: Content
    content_hash: str
    length: int
    limit: int
    longest_part: int = 0
    waiting_for: str = ""
    path: str = ""
    line: int = 1
    offset: int = 0
    important: bool = False
    series: str = ""
    hold: bool = False

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """How the files call it; what it is to a follower is compared by `bot.domain.planning`."""
        return (self.message, self.day, self.language, self.account)


@dataclass(frozen=True)
class SentPart:
    """A part that is out: its place in the thread, its id and address on the platform."""

    index: int
    post_id: str
    url: str


@dataclass(frozen=True)
class DeliveryLabel:
    """What people know a delivery by: its message, day and language; of a reshare the number of its sighting, None
    where that is not kept any more, and never who posted it."""

    kind: Kind
    account: str
    message: str
    day: str
    language: str
    sighting: int | None

    def __str__(self) -> str:
        known_by = (self.sighting,) if self.kind is Kind.RESHARE else (self.message, self.day, self.language)
        return "/".join(map(str, (self.kind, self.account, *known_by)))


@dataclass(frozen=True)
class Delivery:
    """One outgoing thing on one account. All times are UTC.

    `expires_at` is when the late rule turns it into `missed`; `not_before` is when a postponed one may go
    (rate limit, failed upload), else equal to `due_at`; `waiting_for` names the link that is not known yet;
    `revision` changes whenever an earlier idempotency key must not be used again; `trouble` is what a check ahead
    of time (`checked_at`) found that would keep it from being sent. `put_off_at` is when its last try came to nothing,
    and `put_off_until` when the next one may be made: it keeps no turn meanwhile. `uploads_lost` counts its uploads
    that were of no use, and before `upload_not_before` none is tried ahead.

    `held_for` is why a planning holds it back and asks (a `HeldFor`), and `near_to` the delivery that it comes near to,
    also once a person has released it. Of what is out the files may say something else by now: `draft_hash` is the hash
    of their content, and `moved_to` their wall time, both "" where they say the same. `hold` is whether the files
    wanted it held back when they were last planned.
    """

    id: int
    kind: Kind
    account: str
    platform: str
    state: State
    due_at: datetime
    not_before: datetime
    message: str
    day: str
    language: str
    origin: Origin
    content: Content
    content_hash: str
    expires_at: datetime | None = None
    wall_time: str = ""
    length: int = 0
    limit: int = 0
    waiting_for: str = ""
    post_uri: str = ""
    sighting_id: int | None = None
    revision: int = 0
    attempts: int = 0
    looks: int = 0
    failed_looks: int = 0
    error: str = ""
    url: str = ""
    sent_at: datetime | None = None
    undo_asked_at: datetime | None = None
    undone_at: datetime | None = None
    cancelled_by: CancelledBy = CancelledBy.NOBODY
    important: bool = False
    checked_at: datetime | None = None
    trouble: str = ""
    series: str = ""
    held_for: str = ""
    near_to: int | None = None
    draft_hash: str = field(default="", compare=False)
    moved_to: str = field(default="", compare=False)
    put_off_at: datetime | None = None
    put_off_until: datetime | None = None
    uploads_lost: int = 0
    upload_not_before: datetime | None = None
    hold: bool = False
    sent_parts: tuple[SentPart, ...] = ()

    @property
    def label(self) -> DeliveryLabel:
        """Return what people know it by."""
        return DeliveryLabel(self.kind, self.account, self.message, self.day, self.language, self.sighting_id)

    @property
    def begun(self) -> bool:
        """Return whether some of it is out already, so that lateness must not cut it off."""
        return bool(self.sent_parts)

    @property
    def has_failed(self) -> bool:
        """Return whether more requests were made than parts are out, so that one of them failed."""
        return self.attempts > len(self.sent_parts)

    def is_late(self, now: datetime) -> bool:
        """Return whether it must be missed now rather than sent."""
        return not self.begun and self.expires_at is not None and max(self.expires_at, self.due_at + ON_TIME) < now


class Action(StrEnum):
    """What a request asks of a platform: a new post or reshare, or other words for a post that is out."""

    PUBLISH = "publish"
    EDIT = "edit"


class AttemptAnswer(StrEnum):
    """What became of an attempt, as it stands in the store."""

    NONE = ""
    ACCEPTED = "accepted"
    FOUND = "found"
    """No answer came, and it was found on our timeline afterwards."""

    NOT_SENT = "not_sent"
    REJECTED = "rejected"
    AMBIGUOUS = "ambiguous"
    LIMITED = "limited"
    """It was put off until later (429): not carried out, if whoever answered tells the truth."""

    GATEWAY = "gateway"
    """Something on the way refused it in place of the platform."""

    GATEWAY_OPEN = "gateway_open"
    """Something on the way lost sight of it (a 5xx)."""


GATEWAYS = frozenset({AttemptAnswer.GATEWAY, AttemptAnswer.GATEWAY_OPEN})
"""It was not the platform that answered."""

GOT_NOWHERE = GATEWAYS | {AttemptAnswer.NOT_SENT, AttemptAnswer.LIMITED}
"""No word of the platform itself says that it had the request."""

LEAVES_OPEN = GATEWAYS | {AttemptAnswer.NONE, AttemptAnswer.AMBIGUOUS, AttemptAnswer.LIMITED}
"""The request may have been carried out."""

BILL_KNOWN = frozenset(AttemptAnswer) - GATEWAYS - {AttemptAnswer.NONE, AttemptAnswer.AMBIGUOUS}
"""It says for good what was billed."""


@dataclass(frozen=True)
class Attempt:
    """One request to a platform for one part of a delivery, recorded before it leaves. Times are UTC.

    `newest_own_id` is the newest post of the account that was known then: a read that does not show it lags. `cost` is
    what it is booked at, in micro-USD.
    """

    id: int
    delivery_id: int
    part: int
    number: int
    started_at: datetime
    deadline: datetime
    content_hash: str
    idempotency_key: str
    newest_own_id: str = ""
    cost: int = 0
    action: Action = Action.PUBLISH

    @property
    def leave_by(self) -> datetime:
        """After this (UTC) its request must not leave any more."""
        return self.started_at + LEAVE_WITHIN
