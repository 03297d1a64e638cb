"""Notices a store that is not the one sent from last, and recovers by reading our own timelines first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec
from sqlalchemy import Connection, bindparam, select

from bot.causes import CauseCode, because
from bot.domain.actor import By
from bot.domain.delivery import UNDECIDED, AttemptAnswer, CancelledBy, Delivery, Kind, SentPart, State, backoff, way_to
from bot.domain.matching import WantedPost, find, is_current
from bot.domain.money import Purpose
from bot.domain.post import OwnPost
from bot.errors import PlatformError, Refused, RefusedCode
from bot.platforms.base import REQUEST_DEADLINE
from bot.services import money
from bot.services.database.open import OpenedStore
from bot.services.events import EventName
from bot.services.sending import attempts
from bot.services.sending.attempts import answered, hold_account, try_again
from bot.services.sending.reconcile import OWN_TIMELINE, TIMELINE_LAG, address_of, read_own
from bot.services.work import LOCK_WAIT, Locks, Work
from bot.shapes import resolve_shapes
from bot.store import control, deliveries, identity, past_requests
from bot.store import schema as t
from bot.store.control import AuditAction
from bot.store.engine import Serialize, account_lock
from bot.store.identity import (
    HighWaterMark,
    HighWaterRecord,
    RecoveryNeeded,
    RestoreReason,
    StoreMetadata,
    address_key,
    database_identity,
    is_same_place,
    newest_attempt,
    unseal,
)
from bot.store.store import Store
from bot.values import dataclass


@dataclass(frozen=True)
class FoundStore:
    """A store as it was found: what it and its high-water mark say, where it lives, and its newest attempt.

    `address` is where we asked for it, `numbers` are the highest that it has given.
    """

    marks: StoreMetadata
    place: str
    attempt: int
    address: str
    high_water_mark: HighWaterRecord | None
    numbers: dict[str, int] = field(default_factory=dict)


def watch_over(store: Store, root: Path, accounts: Iterable[str], now: datetime) -> RecoveryNeeded | None:
    """Take up the high-water mark beside bot.toml, and look. Return what was noticed; raise Refused: it was moved."""
    store.high_water_mark = HighWaterMark(root / "var" / "witness")
    return notice(store, accounts, now)


def watch(work: Work) -> None:
    """Look again, while working: a database can be replaced under a worker's hands. Raise Refused: it was moved."""
    work.memory.store_watch.take(partial(_watch, work))


def _watch(work: Work) -> None:
    doubt = notice(work.store, work.config.accounts, work.clock())
    if doubt is not None:
        work.tell(EventName.DOUBT, alarming=True, **asdict(doubt))


def notice(store: Store, accounts: Iterable[str], now: datetime) -> RecoveryNeeded | None:
    """Doubt the store if there is reason to, on all accounts, and write that into it. Return what is new.

    What is noticed once is noticed: the store counts one epoch on, and lives where it is now. The mark goes on
    speaking for the store before until a person has said yes to this one.
    """
    high_water_mark = store.high_water_mark
    if high_water_mark is None:
        return None
    found_store = _found(store, high_water_mark)
    if found_store.marks.moved_to:
        raise Refused(RefusedCode.STORE_MOVED, moved_to=found_store.marks.moved_to)
    why = judge(found_store)
    if why is None:
        _settle(store, high_water_mark, found_store)
        return None
    with store.begin(serialize=Serialize.IDENTITY) as tx:
        fresh = identity.read_metadata(tx)
        if fresh != found_store.marks:
            return None
        doubt = _doubt(found_store, why, identity.last_event(tx), now)
        identity.drop_metadata(tx, identity.TAKEN_AT)
        identity.require_recovery(tx, doubt, accounts)
        epoch = _next_epoch(found_store.marks, found_store.high_water_mark)
        identity.put_metadata(tx, {identity.EPOCH: str(epoch), identity.PLACE: found_store.place})
        skip_numbers(tx, found_store.high_water_mark, found_store.marks.name)
        numbers = identity.highest(tx)
    if not doubt.needs_yes:
        high_water_mark.write(HighWaterRecord(fresh.name, epoch, found_store.attempt, found_store.address, numbers))
    return doubt


def _found(store: Store, high_water_mark: HighWaterMark) -> FoundStore:
    """Compare with the high-water mark first: it may be behind the database, and must not seem ahead of it."""
    record = high_water_mark.known()
    found_store = _read(store, record)
    if found_store.place != high_water_mark.place:
        store.close()  # what is open may be a file that is not there any more
        high_water_mark.place = found_store.place
        found_store = _read(store, record)
    store.instance_key = found_store.marks.instance
    return found_store


def _read(store: Store, record: HighWaterRecord | None) -> FoundStore:
    with store.read() as tx:
        place, attempt = database_identity(store.url, tx), newest_attempt(tx)
        return FoundStore(
            identity.read_metadata(tx), place, attempt, address_key(store.url), record, identity.highest(tx)
        )


def judge(found_store: FoundStore) -> RestoreReason | None:
    """Return what is wrong with a store, None for nothing."""
    marked, record = found_store.marks, found_store.high_water_mark
    if record is not None and record.instance != marked.name:
        is_noticed = marked.doubt is not None and marked.doubt.why is RestoreReason.OTHER
        is_known = is_noticed and is_same_place(marked.place, found_store.place)
        return None if is_known else RestoreReason.OTHER
    is_behind = record is not None and (
        record.epoch > marked.epoch or (record.epoch == marked.epoch and record.attempt > found_store.attempt)
    )
    is_elsewhere = bool(marked.place) and not is_same_place(marked.place, found_store.place)
    if not (marked.taken_at or is_behind or is_elsewhere):
        return None
    return (
        RestoreReason.RESTORED if record is not None and record.address == found_store.address else RestoreReason.COPIED
    )


def _settle(store: Store, high_water_mark: HighWaterMark, found_store: FoundStore) -> None:
    """Settle that all is well: a store that never said where it lives, or less than it can, says so, and the
    high-water mark keeps up.

    One that was set back to a moment from which nothing was sent since needs no doubt, only other numbers.
    """
    marked, record = found_store.marks, found_store.high_water_mark
    if record is not None and any(number > found_store.numbers.get(name, 0) for name, number in record.numbers.items()):
        with store.begin(serialize=Serialize.IDENTITY) as tx:
            skip_numbers(tx, record, marked.name)
            found_store = replace(found_store, numbers=identity.highest(tx))
    if found_store.place != marked.place and found_store.place.startswith(marked.place):
        with store.begin(serialize=Serialize.IDENTITY) as tx:
            identity.put_metadata(tx, {identity.EPOCH: str(max(marked.epoch, 1)), identity.PLACE: found_store.place})
    now = HighWaterRecord(
        marked.name, max(marked.epoch, 1), found_store.attempt, found_store.address, found_store.numbers
    )
    if record != now and not (marked.doubt and marked.doubt.needs_yes):
        high_water_mark.write(now)


def _doubt(found_store: FoundStore, why: RestoreReason, last_event: datetime | None, now: datetime) -> RecoveryNeeded:
    """Return the recovery that the store needs, and until when it knows what happened: a backup knows when it was
    taken; any other store, what happened last in it. An earlier doubt stays."""
    before = found_store.marks.doubt
    known_until = (
        min(found_store.marks.taken_at or last_event or now, now) if found_store.attempt or last_event else None
    )
    if before is not None:
        known_until = min(before.known_until, known_until) if before.known_until and known_until else None
    needs_yes = why is not RestoreReason.RESTORED or (before is not None and before.needs_yes)
    return RecoveryNeeded(why, now, known_until, needs_yes)


def _next_epoch(marked: StoreMetadata, record: HighWaterRecord | None) -> int:
    return max(marked.epoch, 1, record.epoch if record and record.instance == marked.name else 0) + 1


def adopt(store: Store, root: Path, accounts: Iterable[str], now: datetime, by: By) -> RecoveryNeeded:
    """Let this store send from now on, and no other one, because a person says so.

    Its accounts are reconciled before that. Raise Refused where nothing is in doubt.
    """
    high_water_mark = store.high_water_mark or HighWaterMark(root / "var" / "witness")
    with store.begin(serialize=Serialize.IDENTITY) as tx:
        marked = identity.read_metadata(tx)
        if marked.doubt is None or not marked.doubt.needs_yes:
            raise Refused(RefusedCode.NOTHING_TO_ADOPT)
        doubt = RecoveryNeeded(marked.doubt.why, now, marked.doubt.known_until, needs_yes=False)
        epoch = _next_epoch(marked, high_water_mark.known())
        identity.require_recovery(tx, doubt, accounts)
        identity.put_metadata(tx, {identity.EPOCH: str(epoch), identity.PLACE: database_identity(store.url, tx)})
        control.write_audit(tx, now, by, AuditAction.ADOPT, "this store")
        attempt, numbers = newest_attempt(tx), identity.highest(tx)
    high_water_mark.write(HighWaterRecord(marked.name, epoch, attempt, address_key(store.url), numbers))
    return doubt


def skip_numbers(tx: Connection, record: HighWaterRecord | None, name: str) -> None:
    """Skip the numbers that other stores may have given meanwhile, in a store that they may have gone on from."""
    numbers = record.numbers if record is not None and record.instance == name else {}
    identity.jump_ahead(tx, numbers, is_all_known=bool(numbers))


def keep_up(store: Store) -> None:
    """Write the numbers that were given last into the high-water mark; called when a command or a worker ends."""
    high_water_mark = store.high_water_mark
    record = high_water_mark.known() if high_water_mark is not None else None
    if high_water_mark is None or record is None:
        return
    with store.read() as tx:
        marked, numbers = identity.read_metadata(tx), identity.highest(tx)
    if (marked.name, marked.epoch) == (record.instance, record.epoch) and numbers != record.numbers:
        high_water_mark.write(replace(record, numbers=numbers))


MARGIN = timedelta(minutes=10)
"""How long before the last thing that is known a reading begins: clocks differ, and requests take their time."""


@dataclass(frozen=True)
class RecoveryProgress:
    """How far the recovery of one account is. `begins` and `noticed` (UTC): the time that may be missing here."""

    begins: datetime
    noticed: datetime
    next_at: datetime
    looks: int = 0
    failures: int = 0
    newest: str = ""
    found: int = 0


@dataclass(frozen=True)
class RecoveredSpan:
    """A time that was calculated once; what is planned into it later (`last` is the newest delivery then) was not."""

    begins: datetime
    until: datetime
    last: int


def needs_recovery(tx: Connection, account: str) -> bool:
    """Return whether the account's timeline has to be read before anything is sent."""
    return control.account(tx, account).in_doubt or _turned_up_late(tx, account) is not None


def recover_account(work: Work, account: str) -> None:
    """Take the next readings that are due, and act on them; only the holder of the account's lock may call this.

    Each reading that finds something writes it down at once, so that a worker that dies in between loses nothing.
    """
    while not work.stopping.is_set():
        now = work.clock()
        with work.store.read() as tx:
            if not needs_recovery(tx, account):
                return
        with work.store.begin() as tx:
            under_way = _under_way(tx, account, now)
            state = control.account(tx, account)
        if under_way is None or under_way.next_at > now or not state.may_be_asked(now):
            return
        _look(work, account, under_way)


def _under_way(tx: Connection, account: str, now: datetime) -> RecoveryProgress | None:
    """Return the account's recovery, begun now if there is none; None while a person has to say that we send from this
    store."""
    metadata = identity.read_metadata(tx)
    written = metadata.raw.get(f"{identity.RECKONING}:{account}")
    if written is not None:
        return msgspec.json.decode(written, type=RecoveryProgress)
    gap = _turned_up_late(tx, account)
    if gap is not None:
        control.set_account(tx, account, in_doubt=True)
        progress = RecoveryProgress(gap.begins, gap.until, now)
        _save(tx, account, progress)
        return progress
    if metadata.doubt is None or metadata.doubt.needs_yes:
        return None
    begins = (metadata.doubt.known_until or _first_due(tx, account, now)) - MARGIN
    return RecoveryProgress(begins, metadata.doubt.since, now)


def _first_due(tx: Connection, account: str, now: datetime) -> datetime:
    could_be_out = (t.delivery.c.account == account, t.delivery.c.state != State.SENT, t.delivery.c.due_at <= now)
    return tx.execute(select(t.delivery.c.due_at).where(*could_be_out).order_by(t.delivery.c.due_at)).scalar() or now


_MARKED = select(t.meta.c.value).where(t.meta.c.key == bindparam("key"))


def _turned_up_late(tx: Connection, account: str) -> RecoveredSpan | None:
    """Return the time that was calculated, if something was planned into it afterwards: files may come back late."""
    written = tx.execute(_MARKED, {"key": f"{identity.GAP}:{account}"}).scalar()
    gap = msgspec.json.decode(written, type=RecoveredSpan) if written else None
    if gap is None:
        return None
    new = (t.delivery.c.account == account, t.delivery.c.id > gap.last, t.delivery.c.state == State.PLANNED)
    in_it = (t.delivery.c.kind == Kind.POST, t.delivery.c.due_at <= gap.until, t.delivery.c.due_at >= gap.begins)
    return gap if tx.execute(select(t.delivery.c.id).where(*new, *in_it).limit(1)).first() else None


def _save(tx: Connection, account: str, under_way: RecoveryProgress) -> None:
    identity.put_metadata(tx, {f"{identity.RECKONING}:{account}": msgspec.json.encode(under_way).decode()})


def _look(work: Work, account: str, under_way: RecoveryProgress) -> None:
    """Read our timeline once, and act on what it proves."""
    now, platform = work.clock(), work.platforms[account]
    with work.store.begin() as tx:
        reservation = money.reserve(tx, work, account, platform.reconcile_cost, now, Purpose.OWN, OWN_TIMELINE)
        if reservation is None:
            _save(tx, account, replace(under_way, next_at=money.again(now)))
            return
    try:
        posts = read_own(work, reservation, under_way.begins)
    except PlatformError as error:
        _could_not_look(work, account, under_way, error.cause, error)
        return
    answered(work, account)
    if not is_current(under_way.newest, posts):
        _could_not_look(work, account, under_way, because(CauseCode.TIMELINE_LACKS_POST))
        return
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        listed = list(record_all(tx, work, account, posts, under_way.begins))
        done = replace(under_way, looks=under_way.looks + 1, found=under_way.found + len(listed), failures=0)
        done = replace(done, newest=_newest(tx, account, posts, now), next_at=_next_look(work, done, now))
        held = _conclusion(tx, work, account, posts, done)
        if held is None:
            _save(tx, account, done)
    for delivery in listed:
        work.tell_of(delivery, EventName.FOUND, url=delivery.url, after_restore=True)
    if held is not None:
        _tell(work, account, done, held)


def _could_not_look(
    work: Work, account: str, under_way: RecoveryProgress, why: str, error: PlatformError | None = None
) -> None:
    """Handle a reading that failed: it proves nothing, so nothing is sent, it is tried again, and a person is told."""
    failures, now = under_way.failures + 1, work.clock()
    wait = try_again(error, failures, now) if error else now + backoff(failures)
    with work.store.begin() as tx:
        if error is not None:
            hold_account(tx, work, account, error)
        _save(tx, account, replace(under_way, failures=failures, next_at=wait))
    work.tell(EventName.STILL_IN_DOUBT, alarming=failures == 1, account=account, error=why)


def _next_look(work: Work, done: RecoveryProgress, now: datetime) -> datetime:
    """Return when to read next: the last time when no request can be under way any more that left before the doubt."""
    every = work.config.reconcile.every
    is_last = done.looks + 1 >= work.config.reconcile.reads and bool(every)
    return max(now + every, done.noticed + REQUEST_DEADLINE) if is_last else now + every


def _conclusion(
    tx: Connection, work: Work, account: str, posts: Sequence[OwnPost], done: RecoveryProgress
) -> list[Delivery] | None:
    """Return what is held, once there are readings enough; None before."""
    if done.looks < work.config.reconcile.reads:
        return None
    is_sure = not unknown_own_posts(tx, account, posts, done.begins)
    return _conclude(tx, account, done.begins, work.clock(), is_sure=is_sure)


def _newest(tx: Connection, account: str, posts: Sequence[OwnPost], now: datetime) -> str:
    """Return the newest post of this reading, which the next one must show too; not for ever, for it may be
    taken back."""
    newest = next((post for post in posts if not post.reshare_of), None)
    if newest is None:
        return ""
    if newest.post_id in past_requests.known_post_ids(tx, account):
        control.set_account(tx, account, newest_own_id=newest.post_id)
    return newest.post_id if now - newest.created_at <= TIMELINE_LAG else ""


def _conclude(tx: Connection, account: str, begins: datetime, now: datetime, *, is_sure: bool) -> list[Delivery]:
    """Let the account send again. Where that is not sure, hold what was due meanwhile first; return what was held."""
    held = []
    if not is_sure:
        for delivery in deliveries.listed(
            tx, t.delivery.c.account == account, t.delivery.c.state == State.PLANNED, lock=True
        ):
            if delivery.kind is Kind.POST and min(delivery.due_at, delivery.not_before) <= now:
                deliveries.step(
                    tx,
                    delivery.id,
                    State.PLANNED,
                    State.HELD,
                    error=because(CauseCode.NOT_KNOWN_AFTER_RESTORE, delivery=delivery.id),
                )
                held.append(delivery)
    last = tx.execute(select(t.delivery.c.id).order_by(t.delivery.c.id.desc()).limit(1)).scalar() or 0
    control.set_account(tx, account, in_doubt=False)
    identity.drop_metadata(tx, f"{identity.RECKONING}:{account}")
    identity.put_metadata(
        tx, {f"{identity.GAP}:{account}": msgspec.json.encode(RecoveredSpan(begins, now, last)).decode()}
    )
    if not identity.needs_recovery(tx):
        identity.drop_metadata(tx, identity.DOUBT)
    return held


def recover_without_reading(store: Store, locks: Locks, now: datetime, by: By) -> list[Delivery]:
    """Recover where a person has looked and we cannot read: what was due meanwhile is held, the rest goes on.

    Raise Refused while a worker is busy on an account.
    """
    with store.read() as tx:
        accounts = identity.needs_recovery(tx)
    held: list[Delivery] = []
    for account in accounts:
        with locks.hold(account_lock(account), LOCK_WAIT) as ours:
            if not ours:
                raise Refused(RefusedCode.ACCOUNT_BUSY, account=account)
            with store.begin() as tx:
                under_way = _under_way(tx, account, now)
                begins = under_way.begins if under_way is not None else now
                held += _conclude(tx, account, begins, now, is_sure=False)
                control.write_audit(tx, now, by, AuditAction.ADOPT_WITHOUT_READING, account)
    return held


def _tell(work: Work, account: str, done: RecoveryProgress, held: Sequence[Delivery]) -> None:
    ids = [delivery.id for delivery in held]
    work.tell(EventName.RECKONED, alarming=bool(held), account=account, found=done.found, held=ids)


_COULD_BE_OUT = tuple(state for state in State if state is not State.SENT)


def record_all(
    tx: Connection, work: Work, account: str, posts: Sequence[OwnPost], begins: datetime
) -> Iterator[Delivery]:
    """Write down every delivery of the account that is on its timeline, and return them as they are then."""
    recorded_ids = set(past_requests.known_post_ids(tx, account))
    waiting = deliveries.in_states(tx, _COULD_BE_OUT, account)
    for delivery in sorted(
        waiting, key=lambda delivery: (delivery.state is State.CANCELLED, delivery.due_at, delivery.id)
    ):
        now = delivery
        while now.state is not State.SENT:
            post = find(_wanted(now, begins), posts, frozenset(recorded_ids if now.kind is Kind.POST else ()))
            if post is None:
                break
            recorded_ids.add(post.post_id)
            now = _record(tx, work, now, post)
        if now is not delivery:
            yield _go_on_later(tx, now)


def _wanted(delivery: Delivery, begins: datetime) -> WantedPost:
    if delivery.kind is Kind.RESHARE:
        return WantedPost(since=begins, reshare_of=delivery.post_uri)
    part = delivery.content.parts[len(delivery.sent_parts)]
    reply_to = delivery.sent_parts[-1].post_id if delivery.sent_parts else ""
    return WantedPost(since=begins, text=part.text, media_count=len(part.media), reply_to=reply_to)


def _record(tx: Connection, work: Work, delivery: Delivery, post: OwnPost) -> Delivery:
    """Write down that the next part is out, with the attempt that must have been made at it, and what it cost."""
    at, part = min(post.created_at, work.clock()), len(delivery.sent_parts)
    again = (
        {"cancelled_by": CancelledBy.NOBODY, "undone_at": None, "undo_asked_at": None}
        if delivery.state is State.CANCELLED
        else {}
    )
    if delivery.state not in UNDECIDED:
        for start, to in _steps(delivery.state, State.SENDING):
            deliveries.step(tx, delivery.id, start, to, **again)
    attempt = deliveries.record_attempt(
        tx,
        delivery_id=delivery.id,
        part=part,
        number=delivery.attempts + 1,
        revision=delivery.revision,
        started_at=at,
        deadline=at + REQUEST_DEADLINE,
        content_hash=delivery.content_hash,
        idempotency_key="",
        newest_own_id="",
        cost=money.price_of_part(work, delivery, part),
    )
    purpose = Purpose.RESHARE if delivery.kind is Kind.RESHARE else Purpose.POST
    money.book(tx, delivery.account, money.price_of_part(work, delivery, part), at, purpose)
    deliveries.change(tx, delivery.id, list(State), attempts=attempt.number)
    fresh = attempts.must_get(tx, delivery.id)
    sent = SentPart(part, post.post_id, address_of(tx, delivery, post))
    return attempts.finish_part(tx, fresh, sent, at, attempt.id, AttemptAnswer.FOUND)


def _steps(start: State, goal: State) -> Iterator[tuple[State, State]]:
    for after in way_to(goal, start):
        yield start, after
        start = after


def _go_on_later(tx: Connection, delivery: Delivery) -> Delivery:
    """Plan the next part of a thread that is out in part."""
    if delivery.state is not State.SENT:
        deliveries.step(tx, delivery.id, delivery.state, State.PLANNED, not_before=delivery.due_at, error="")
    return attempts.must_get(tx, delivery.id)


def unknown_own_posts(tx: Connection, account: str, posts: Sequence[OwnPost], begins: datetime) -> list[OwnPost]:
    """Return our posts since then that belong to no delivery: edited ones, forgotten ones, or a person's own. Answers
    to other people are none of ours."""
    ours = past_requests.known_post_ids(tx, account)
    own_ids = {"", *(post.post_id for post in posts)}
    return [
        post
        for post in posts
        if post.created_at >= begins and not post.reshare_of and post.post_id not in ours and post.reply_to in own_ids
    ]


def adopt_store(
    opened: OpenedStore, now: datetime, by: By, *, although_moved: bool = False, without_reading: bool = False
) -> list[Delivery]:
    """Let the store send, once its accounts' timelines have been read, and return what is held for a person instead.

    `although_moved` breaks the seal of a store that was moved away. Raise Refused where there is nothing to adopt.
    """
    opened.require_schema()
    if although_moved:
        _break_seal(opened, now)
    watch_over(opened.store, opened.root, opened.config.accounts, now)
    with opened.store.read() as tx:
        waits = identity.read_metadata(tx).doubt
    if not without_reading or (waits is not None and waits.needs_yes):
        adopt(opened.store, opened.root, opened.config.accounts, now, by)
    return recover_without_reading(opened.store, opened.locks, now, by) if without_reading else []


def _break_seal(opened: OpenedStore, now: datetime) -> None:
    """Break the seal: the store comes back as one that needs recovery, and a yes."""
    with opened.store.begin() as tx:
        if not identity.read_metadata(tx).moved_to:
            raise Refused(RefusedCode.STORE_NOT_MOVED)
        unseal(tx)
        known_until = identity.last_event(tx)
        skip_numbers(tx, HighWaterMark(opened.high_water_mark).known(), identity.read_metadata(tx).name)
        doubted = identity.RecoveryNeeded(identity.RestoreReason.COPIED, now, known_until, needs_yes=True)
        identity.require_recovery(tx, doubted, opened.config.accounts)


resolve_shapes(RecoveryProgress, RecoveredSpan)
