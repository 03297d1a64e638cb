"""One delivery's whole story: what was sent, answered and looked at since, and what comes next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from bot.domain.delivery import Delivery, State
from bot.errors import Refused, RefusedCode
from bot.services import forecast
from bot.services.forecast import Forecast
from bot.services.status import CampaignStatus, Hindrance, Obstacle, status_of
from bot.services.work import Work
from bot.store import authors, control, deliveries, overview, past_requests
from bot.store.batch import answers
from bot.store.control import AuditAction, AuditEntry
from bot.store.past_requests import PastAttempt
from bot.values import dataclass

_PASSING = frozenset({Obstacle.RATE_LIMITED, Obstacle.OUT_OF_REACH, Obstacle.NO_MONEY})
"""What is over by itself, or is tried again."""


@dataclass(frozen=True)
class TakenBack:
    """What was asked back at an instant (UTC), and when that was done, None for not yet. `asked` is who asked, or why:
    an act about the delivery or about what it reshares; None where that is not written down."""

    asked_at: datetime
    done_at: datetime | None
    asked: AuditEntry | None


@dataclass(frozen=True)
class DeliveryHistory:
    """A delivery with each of its requests, each look at our timeline since, what people did, and how the campaign
    stands."""

    expected: Forecast
    stands: CampaignStatus
    requests: tuple[PastAttempt, ...]
    looks: tuple[AuditEntry, ...]
    acts: tuple[AuditEntry, ...]
    asks: bool = False
    """Whether the author of what is reshared may be asking to be left alone, and nobody has answered yet."""

    shown_asks: bool = False
    """The same of somebody whose post it shows."""

    taken_back: TakenBack | None = None

    @property
    def delivery(self) -> Delivery:
        """The delivery as it is shown everywhere: a reshare has its turn as `due_at`."""
        return self.expected.delivery


def story(work: Work, delivery_id: int) -> DeliveryHistory:
    """Return all that is known of a delivery: three queries at most. Raise Refused where there is none of this
    number."""
    asked = deliveries.one_asked(delivery_id)
    acts, of_post = control.audit_question(f"delivery {delivery_id}"), control.audit_of_post_question(delivery_id)
    requests, asking = past_requests.attempts_question(delivery_id), authors.stop_requests_question(delivery_id)
    now = work.clock()
    with work.store.read() as tx:
        overall = overview.asked(tx, now, work.config.accounts)
        answered = answers(tx, asked.rows, asked.parts, acts, of_post, requests, asking, *overall.questions)
        listed = asked.among(answered)
        if not listed:
            raise Refused(RefusedCode.NO_SUCH_DELIVERY, delivery=delivery_id)
        (expected,) = forecast.of(tx, work, listed)
    looks = tuple(act for act in answered[acts] if act.action == AuditAction.LOOK)
    own = [act for act in answered[acts] if act.action != AuditAction.LOOK]
    taken_back = _taken_back(listed[0], [*own, *answered[of_post]])
    if taken_back is not None and taken_back.asked is not None and taken_back.asked not in own:
        own.append(taken_back.asked)
    asks, shown_asks = answered[asking]
    stands = status_of(work, overall.among(answered), now)
    return DeliveryHistory(expected, stands, answered[requests], looks, tuple(own), asks, shown_asks, taken_back)


def _taken_back(delivery: Delivery, acts: Sequence[AuditEntry]) -> TakenBack | None:
    """Who says no to a post, or thinks again, asks its reshares back in the same moment."""
    at = delivery.undo_asked_at
    if at is None:
        return None
    asked = [act for act in acts if act.at == at]
    return TakenBack(at, delivery.undone_at, asked[-1] if asked else None)


class NextStepCode(StrEnum):
    """What happens to a delivery by itself, or what a person has to do."""

    UNDO_BLOCKED = "undo_blocked"
    UNDO_WAITS = "undo_waits"
    BLOCKED = "blocked"
    STAYS = "stays"
    GOES = "goes"
    LOOK_BLOCKED = "look_blocked"
    LOOKED_FOR = "looked_for"
    NOBODY_LOOKS = "nobody_looks"
    SENDER_ENDED = "sender_ended"
    DECIDE = "decide"
    IS_OUT = "is_out"
    BY_STATE = "by_state"
    """What can be done about any delivery in its state."""


@dataclass(frozen=True)
class NextStep:
    """What comes next for a delivery. `at` (UTC) it goes, or is looked for; `hindrances` keep it from that."""

    code: NextStepCode
    expected: Forecast
    at: datetime | None = None
    hindrances: tuple[Hindrance, ...] = ()


def next_step(expected: Forecast, now: CampaignStatus) -> NextStep:
    """Return what happens by itself, and when; or what a person has to do. `now` is how the campaign stands."""
    delivery = expected.delivery
    if delivery.undo_asked_at is not None and delivery.undone_at is None:
        if now.running and (hindrances := cannot_be_asked(delivery, now)):
            return NextStep(NextStepCode.UNDO_BLOCKED, expected, hindrances=hindrances)
        return NextStep(NextStepCode.UNDO_WAITS, expected)
    match delivery.state:
        case State.PLANNED | State.CLAIMED:
            return _goes(expected, now)
        case State.UNKNOWN:
            return _looked_for(expected, now)
        case State.SENDING if not now.running:
            return NextStep(NextStepCode.SENDER_ENDED, expected)
        case State.NEEDS_DECISION:
            return NextStep(NextStepCode.DECIDE, expected)
        case State.SENT if delivery.url:
            return NextStep(NextStepCode.IS_OUT, expected)
    return NextStep(NextStepCode.BY_STATE, expected)


def _goes(expected: Forecast, now: CampaignStatus) -> NextStep:
    """Return when it goes out; or all that keeps it from it, as things are."""
    delivery = expected.delivery
    if hindrances := lasting(now.of_delivery(delivery)):
        return NextStep(NextStepCode.BLOCKED, expected, hindrances=hindrances)
    if delivery.state is State.PLANNED and expected.at is None:
        return NextStep(NextStepCode.STAYS, expected)
    return NextStep(NextStepCode.GOES, expected, expected.at or delivery.not_before)


def _looked_for(expected: Forecast, now: CampaignStatus) -> NextStep:
    delivery = expected.delivery
    if now.running and (hindrances := cannot_be_asked(delivery, now)):
        return NextStep(NextStepCode.LOOK_BLOCKED, expected, hindrances=hindrances)
    if now.running:
        return NextStep(NextStepCode.LOOKED_FOR, expected, delivery.not_before)
    return NextStep(NextStepCode.NOBODY_LOOKS, expected)


def cannot_be_asked(delivery: Delivery, now: CampaignStatus) -> tuple[Hindrance, ...]:
    """Return why no worker that runs can ask its account anything; nothing where one can. The stop switch keeps nobody
    from it."""
    return lasting([hindrance for hindrance in now.of_account(delivery.account) if hindrance not in now.general])


def lasting(hindrances: Iterable[Hindrance]) -> tuple[Hindrance, ...]:
    """Return what keeps something back for longer than a known time."""
    return tuple(hindrance for hindrance in hindrances if hindrance.code not in _PASSING)
