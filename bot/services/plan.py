"""Planning: brings the deliveries in line with the files, again and again, and never touches what was sent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, or_

from bot.causes import CauseCode, because
from bot.domain.delivery import FAILED, NOT_BEGUN, CancelledBy, Delivery, Draft, Kind, Origin, State
from bot.domain.planning import (
    WINDOW,
    HeldFor,
    Match,
    Matching,
    NearMatch,
    PlanCode,
    PlanNote,
    is_called_off,
    is_held_by_files,
    is_kept_back,
    is_out,
    local_day,
    match,
    there_is,
)
from bot.errors import Fault
from bot.store import deliveries, identity, uploads
from bot.store import schema as t
from bot.store.engine import Serialize, notify_workers
from bot.store.store import Store
from bot.values import dataclass

SOON = timedelta(minutes=2)
"""Within this a planning that could not change everything is done again; it is too dear to be repeated for hours."""


_A_DAY = timedelta(days=1)

_PLANNED_FROM = "planned_from"
"""The store's mark that says which files the whole queue was planned from last."""


@dataclass(frozen=True)
class OutOtherwise:
    """A delivery that is out, and the draft that has other content for it by now."""

    delivery: Delivery
    draft: Draft


@dataclass
class PlanReport:
    """How many deliveries a planning added, changed, found too late already, or took out of the schedule.

    `later` of those that were kept are under way at this moment: a planning after that may have to change them.
    `errors` are in files whose deliveries were left as they were. `notes` are all that is to be said of drafts that do
    not simply follow their deliveries, `news` what was not said by an earlier planning.
    """

    added: int = 0
    changed: int = 0
    missed: int = 0
    cancelled: int = 0
    kept: int = 0
    later: int = 0
    ids: list[int] = field(default_factory=list)
    notes: list[PlanNote] = field(default_factory=list)
    news: list[PlanNote] = field(default_factory=list)
    errors: tuple[Fault, ...] = ()

    @property
    def counts(self) -> dict[str, Any]:
        """How many deliveries the planning did what with."""
        return {
            "added": self.added,
            "changed": self.changed,
            "cancelled": self.cancelled,
            "missed": self.missed,
            "kept": self.kept,
        }

    @property
    def is_quiet(self) -> bool:
        """Return whether nothing has changed."""
        return not (self.added or self.changed or self.missed or self.cancelled)


def plan(
    store: Store,
    drafts: Iterable[Draft],
    now: datetime,
    *,
    accounts: Collection[str] = (),
    messages_at_fault: Collection[str] = (),
    schedules_at_fault: bool = False,
    files_digest: str = "",
) -> PlanReport:
    """Bring the deliveries in line with the drafts, in one transaction. `now` is in UTC.

    What is unsent follows the files; what is under way, sent, or of unknown outcome stays as it is. What a person
    cancelled or took back stays cancelled, and says what the files say should they want it sent after all. A draft
    that is too late by its own rule when first planned is listed as missed; one that comes near to what is out is
    held, and a person is asked. What belongs to files that cannot be read (`messages_at_fault`, or any message with
    `schedules_at_fault`) is left as it is. `files_digest` is what `planned_from` gives until the next planning, unless
    something had to be left for later.
    """
    report = PlanReport()
    with store.begin(serialize=Serialize.PLAN) as tx:
        matching = _matched(tx, drafts, now, accounts, messages_at_fault, schedules_at_fault, lock=True)
        for each in matching.matches:
            _plan_one(tx, each, now, report)
        for row in matching.gone:
            _take_out(tx, row, report)
            report.later += _is_under_way(row, now)
        report.kept += len(matching.untouched)
        _remember_files(tx, "" if report.later else files_digest)
        if not report.is_quiet:
            notify_workers(tx)
    return report


def planned_from(tx: Connection) -> str:
    """Return the digest of the files that the whole queue was planned from last, "" where there is none."""
    return identity.read_metadata(tx).raw.get(_PLANNED_FROM, "")


def _remember_files(tx: Connection, files_digest: str) -> None:
    if planned_from(tx) != files_digest:
        identity.put_metadata(tx, {_PLANNED_FROM: files_digest})


def foresee(
    tx: Connection,
    drafts: Iterable[Draft],
    now: datetime,
    *,
    accounts: Collection[str] = (),
    names: Mapping[str, str] | None = None,
    messages_at_fault: Collection[str] = (),
    schedules_at_fault: bool = False,
) -> list[PlanNote]:
    """Return all that a planning would have to say of these drafts, and change nothing.

    `names` are those that bot.toml has by now for accounts that the store knows under other ones.
    """
    matching = _matched(tx, drafts, now, accounts, messages_at_fault, schedules_at_fault, names=names or {})
    return [note for each in matching.matches for note in _notes(each, now)]


def out_with_other_words(
    tx: Connection, drafts: Iterable[Draft], now: datetime, accounts: Collection[str] = ()
) -> list[OutOtherwise]:
    """Return what is out otherwise than the files have it by now, with the draft for each.

    So is what a draft came near to, for as long as a person has not said that it is to be a post of its own.
    """
    matching = _matched(tx, drafts, now, accounts, (), schedules_at_fault=False)
    orphans = {delivery.id: delivery for delivery in matching.gone}
    otherwise = []
    for each in matching.matches:
        row = each.delivery
        if row is not None and each.is_otherwise:
            otherwise.append(OutOtherwise(row, each.draft))
        elif row is not None and row.near_to in orphans and _is_for_other_words(row):
            other = orphans[row.near_to]
            if is_out(other) and other.content_hash != each.draft.content_hash:
                otherwise.append(OutOtherwise(other, each.draft))
    return otherwise


def _is_for_other_words(row: Delivery) -> bool:
    """Return whether a draft may be what its author wants the post that it came near to to say."""
    return bool(row.held_for and row.held_for != HeldFor.SAME_PART) or is_called_off(row)


def _matched(
    tx: Connection,
    drafts: Iterable[Draft],
    now: datetime,
    accounts: Collection[str],
    messages_at_fault: Collection[str],
    schedules_at_fault: bool,
    *,
    names: Mapping[str, str] | None = None,
    lock: bool = False,
) -> Matching:
    wanted = list(drafts)
    ours = deliveries.listed(tx, t.delivery.c.kind == Kind.POST, t.delivery.c.origin == Origin.SCHEDULE, lock=lock)

    def renamed(every: Iterable[Delivery]) -> Sequence[Delivery]:
        given = names or {}
        return [replace(each, account=given[each.account]) if each.account in given else each for each in every]

    return match(
        wanted,
        renamed(ours),
        now,
        by_hand=lambda: renamed(_by_hand(tx, wanted)),
        accounts=accounts,
        messages_at_fault=messages_at_fault,
        schedules_at_fault=schedules_at_fault,
    )


def _by_hand(tx: Connection, drafts: Sequence[Draft]) -> Sequence[Delivery]:
    """Return the posts made by hand that are out, or may be, so near in time to a draft that one may repeat another."""
    if not drafts:
        return ()
    begin = min(draft.due_at for draft in drafts) - WINDOW - _A_DAY
    end = max(draft.due_at for draft in drafts) + WINDOW + _A_DAY
    return deliveries.listed(
        tx,
        t.delivery.c.kind == Kind.POST,
        t.delivery.c.origin == Origin.COMMAND,
        or_(t.delivery.c.attempts > 0, t.delivery.c.state == State.SENT),
        or_(t.delivery.c.due_at.between(begin, end), t.delivery.c.sent_at.between(begin, end)),
    )


def _notes(each: Match, now: datetime) -> Iterator[PlanNote]:
    """Yield what is to be said of a match, whether or not it was said before."""
    row = each.delivery
    if row is not None and _is_settled(row) and (each.is_renamed or each.is_moved):
        yield PlanNote(PlanCode.CONTINUES, each.draft, row)
    if each.is_otherwise:
        yield PlanNote(PlanCode.OTHER_WORDS, each.draft, row)
    if each.question is not None and (row is None or _is_sent_by_this(row, each.draft, now)):
        yield PlanNote(PlanCode.HELD, each.draft, row, each.question)
    elif each.draft.hold and (row is None or is_held_by_files(row)):
        yield PlanNote(PlanCode.UNREAD, each.draft, row)


def _is_settled(row: Delivery) -> bool:
    """Return whether it is out, or a person stopped it, so that its name must not change what becomes of it."""
    return is_out(row) or is_called_off(row) or is_kept_back(row)


def _plan_one(tx: Connection, each: Match, now: datetime, report: PlanReport) -> None:
    draft, row = each.draft, each.delivery
    if row is None:
        _add(tx, each, now, report)
        return
    notes = list(_notes(each, now))
    report.notes += notes
    report.news += [note for note in notes if _is_new(note, row)]
    if _must_stay(row):
        report.later += _is_under_way(row, now) and _says(row, draft) != _asks(draft)
        is_changed = _note_what_the_files_say(tx, each, row)
    elif _follows_already(each, row, now):
        is_changed = _mark(tx, draft, row)
    else:
        _follow(tx, each, row, now)
        is_changed = True
    report.changed += is_changed
    report.kept += not is_changed


def _add(tx: Connection, each: Match, now: datetime, report: PlanReport) -> None:
    draft, question, is_late = each.draft, each.question, each.draft.expires_at < now
    state = State.MISSED if is_late else State.PLANNED
    error = because(CauseCode.TOO_LATE_WHEN_PLANNED) if is_late else ""
    delivery_id = deliveries.add(tx, **deliveries.row_of(draft, state), error=error)
    if question is not None:
        _hold(tx, delivery_id, question)
        note = PlanNote(PlanCode.HELD, draft, deliveries.get(tx, delivery_id), question)
        report.notes.append(note)
        report.news.append(note)
    elif draft.hold and not is_late:
        _hold_unread(tx, delivery_id)
        report.notes.append(PlanNote(PlanCode.UNREAD, draft, deliveries.get(tx, delivery_id)))
    report.ids.append(delivery_id)
    report.missed += is_late
    report.added += not is_late


def _asked(question: NearMatch) -> dict[str, Any]:
    return {"held_for": question.why, "near_to": question.other.id}


def _is_new(note: PlanNote, row: Delivery) -> bool:
    """Return whether it was not said yet of this delivery; what is to be read is said again when it is due."""
    if note.says is PlanCode.UNREAD:
        return False
    if note.question is not None:
        return (row.held_for, row.near_to) != (note.question.why, note.question.other.id)
    if note.says is PlanCode.OTHER_WORDS:
        return row.draft_hash != note.draft.content_hash
    if not is_out(row):
        return True
    is_moved = note.draft.due_at != row.due_at and row.moved_to != note.draft.wall_time
    is_renamed = any(getattr(row, name) != value for name, value in deliveries.names_of(note.draft).items())
    return is_moved or (is_renamed and local_day(row) == local_day(note.draft))


def _note_what_the_files_say(tx: Connection, each: Match, row: Delivery) -> bool:
    """Note how the files call what is out or under way, and what they have for it; it stays as it is.

    On another day than its own it keeps its name, so that the day it went out on can still be told from others.
    """
    draft = each.draft
    values: dict[str, Any] = {
        "draft_hash": draft.content_hash if each.is_otherwise else "",
        "moved_to": draft.wall_time if each.is_moved else "",
    }
    if local_day(row) == local_day(draft):
        values |= deliveries.names_of(draft)
    if row.state is not State.SENT:
        values["important"] = draft.important
    if all(getattr(row, name) == value for name, value in values.items()):
        return False
    return deliveries.change(tx, row.id, [row.state], **values)


def _mark(tx: Connection, draft: Draft, row: Delivery) -> bool:
    """Note whether a post is important, which changes when it is looked at ahead and nothing of the post itself, and
    its names. Return whether anything has changed."""
    values = {**deliveries.names_of(draft), "important": draft.important, "series": draft.series}
    if all(getattr(row, name) == value for name, value in values.items()):
        return False
    return deliveries.change(tx, row.id, [row.state], **values)


def _must_stay(row: Delivery) -> bool:
    return row.begun or not deliveries.can_be_edited(row.state)


def _is_under_way(row: Delivery, now: datetime) -> bool:
    """Return whether its first request is under way, which may soon turn out to have published nothing; what is out in
    part stays as it was begun."""
    is_soon_known = row.state is State.SENDING or (row.state is State.UNKNOWN and row.not_before <= now + SOON)
    return is_soon_known and not row.begun


def _follows_already(each: Match, row: Delivery, now: datetime) -> bool:
    is_late = each.draft.expires_at < now
    if _says(row, each.draft) != _asks(each.draft) or _comes_back(row, is_late):
        return False
    if row.state is not State.HELD or not row.held_for or is_late:
        return True
    return each.question is not None and (row.held_for, row.near_to) == (each.question.why, each.question.other.id)


def _comes_back(row: Delivery, is_late: bool) -> bool:
    """Return whether it is planned again: it was missed or had left the schedule, and is not late. What was missed and
    is not late was missed by a clock that was ahead."""
    return (row.state is State.MISSED or _left_the_schedule(row)) and not is_late


def _left_the_schedule(row: Delivery) -> bool:
    return row.state is State.CANCELLED and row.cancelled_by in {CancelledBy.PLAN, CancelledBy.PLAN_WHILE_HELD}


def _is_sent_by_this(row: Delivery, draft: Draft, now: datetime) -> bool:
    """Return whether following the draft lets it go, or lets it go in other words."""
    if row.state in NOT_BEGUN:
        return True
    starts_again = row.state in FAILED or _left_the_schedule(row)
    return starts_again and (_says(row, draft) != _asks(draft) or _comes_back(row, draft.expires_at < now))


def _follow(tx: Connection, each: Match, row: Delivery, now: datetime) -> None:
    """Bring a delivery in line with its draft.

    An edit gives a missed, rejected or taken-out one another chance; a held one stays held, however it left. The claim
    on a claimed one is given up, so that the worker that holds it does not send what it was before. One that a person
    sends late or not, at once, goes on doing so unless it is given another time. What planning held goes on as soon
    as there is nothing to ask any more.
    """
    draft, question = each.draft, each.question
    is_late = draft.expires_at < now
    values = (
        deliveries.names_of(draft) | deliveries.content_of(draft) | {"error": "", "cancelled_by": CancelledBy.NOBODY}
    )
    if _goes_late(row) and row.due_at == draft.due_at:
        values |= {"expires_at": None, "not_before": row.not_before}
    if draft.content_hash != row.content_hash:
        values["checked_at"] = None
        for part in range(len(row.content.parts)):
            uploads.drop_uploads(tx, row.id, part)
    is_to_be_read = draft.hold and (not row.hold or row.state is State.MISSED)  # what was released is never missed
    starts_again = (row.state in FAILED or _left_the_schedule(row)) and not is_late
    is_asked_no_more = row.state is State.HELD and bool(row.held_for) and question is None and not is_late
    is_unheld = is_held_by_files(row) and not draft.hold and not is_late
    if starts_again or row.state is State.CLAIMED or is_asked_no_more or is_unheld:
        deliveries.step(tx, row.id, row.state, State.PLANNED, **values, **_asked_no_more(row))
        if row.cancelled_by == CancelledBy.PLAN_WHILE_HELD:
            deliveries.step(tx, row.id, State.PLANNED, State.HELD, error=because(CauseCode.HELD_WHEN_LEFT))
        elif question is not None:
            _hold(tx, row.id, question)
        elif is_to_be_read:
            _hold_unread(tx, row.id)
    else:
        error = "" if row.state is State.PLANNED else row.error
        if is_held_by_files(row) and row.due_at != draft.due_at:
            error = deliveries.HELD_BY_FILES
        if error == deliveries.NAMES_SOMEBODY and row.content_hash != draft.content_hash:
            error = deliveries.HELD_REWORDED
        deliveries.change(tx, row.id, [row.state], **(values | {"error": error, "cancelled_by": row.cancelled_by}))
        if question is not None and row.state is State.PLANNED:
            _hold(tx, row.id, question)
        elif is_to_be_read and row.state is State.PLANNED:
            _hold_unread(tx, row.id)
        elif question is not None and row.state is State.HELD:
            words = near_other(question, row.id)
            deliveries.change(tx, row.id, [State.HELD], **_asked(question), error=words)


def _hold(tx: Connection, delivery_id: int, question: NearMatch) -> None:
    words = near_other(question, delivery_id)
    deliveries.step(tx, delivery_id, State.PLANNED, State.HELD, **_asked(question), error=words)


def _hold_unread(tx: Connection, delivery_id: int) -> None:
    deliveries.step(tx, delivery_id, State.PLANNED, State.HELD, error=deliveries.HELD_BY_FILES)


def _asked_no_more(row: Delivery) -> dict[str, Any]:
    """Return the columns that take an open question back; it is put again should it come up again, and an answer
    stays."""
    return {"held_for": HeldFor.NOTHING, "near_to": None} if row.held_for else {}


def _take_out(tx: Connection, row: Delivery, report: PlanReport) -> None:
    if row.state in NOT_BEGUN and not row.begun:
        by = CancelledBy.PLAN_WHILE_HELD if is_kept_back(row) else CancelledBy.PLAN
        values: dict[str, Any] = {"cancelled_by": by, "error": because(CauseCode.LEFT_SCHEDULE), **_asked_no_more(row)}
        report.cancelled += deliveries.step(tx, row.id, row.state, State.CANCELLED, **values)


def _goes_late(row: Delivery) -> bool:
    """Return whether a person has asked for it to be sent late or not."""
    return row.expires_at is None


def _says(row: Delivery, draft: Draft) -> tuple[Any, ...]:
    expires_at = draft.expires_at if _goes_late(row) else row.expires_at
    files_say = (row.due_at, expires_at, row.content_hash, row.wall_time, row.length, row.limit, row.waiting_for)
    return (*files_say, row.hold)


def _asks(draft: Draft) -> tuple[Any, ...]:
    return (
        draft.due_at,
        draft.expires_at,
        draft.content_hash,
        draft.wall_time,
        draft.length,
        draft.limit,
        draft.waiting_for,
        draft.hold,
    )


def near_other(question: NearMatch, delivery_id: int | None) -> str:
    """Return why a post is held, as it is kept with it. `delivery_id` is None for one that is not planned yet."""
    other = question.other
    return because(
        CauseCode.NEAR_OTHER,
        delivery=delivery_id,
        held_for=question.why,
        there_is=there_is(other),
        is_sent=other.state is State.SENT,
        other=other.id,
        account=other.account,
        url=other.url,
        sent_at=other.sent_at,
    )


def scheduled(store: Store) -> list[Delivery]:
    """Return every delivery of the schedules, in every state, by due time."""
    with store.read() as tx:
        return deliveries.listed(tx, t.delivery.c.kind == Kind.POST, t.delivery.c.origin == Origin.SCHEDULE)
