"""What a person decides about a delivery: hold, release, cancel, retry, resolve."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection

from bot.domain.campaign import PlatformName
from bot.domain.delivery import (
    CANCELLABLE,
    RETRIABLE,
    TO_BE_SENT,
    UNDECIDED,
    Attempt,
    CancelledBy,
    Delivery,
    Kind,
    SentPart,
    State,
)
from bot.domain.links import cleaned, fediverse_id, hosts_in, x_id
from bot.domain.matching import WantedPost, find, says_the_same
from bot.domain.money import Purpose
from bot.domain.post import OwnPost, SeenPost
from bot.errors import Outcome, PlatformError, Refused, RefusedCode
from bot.hosts import canonical_host
from bot.services import money
from bot.services.events import EventName
from bot.services.moderation import approval
from bot.services.sending.attempts import must_get, purpose_of
from bot.services.sending.reconcile import proved
from bot.services.work import LOCK_WAIT, Work, nameless
from bot.store import control, deliveries
from bot.store.control import AuditAction
from bot.store.lock_names import Serialize, account_lock


def hold(work: Work, delivery_id: int, by: str) -> Delivery:
    """Keep a delivery back until it is released. Raises Refused where it is under way or out."""
    return _move(work, delivery_id, TO_BE_SENT, State.HELD, by, AuditAction.HOLD, error=f"held by {by}")


def release(work: Work, delivery_id: int, by: str) -> Delivery:
    """Let a held delivery go at its time; what is too late by then is missed by its own rule.

    Of one that planning held and asked about, a person has said yes: what it came near to (`near_to`) is not asked
    about again, and it goes however long the answer took.
    """
    values: dict[str, Any] = {"error": "", "held_for": ""}
    with work.store.read() as tx:
        if _existing(tx, delivery_id, lock=False).held_for:
            values["expires_at"] = None
    return _move(work, delivery_id, [State.HELD], State.PLANNED, by, AuditAction.RELEASE, **values)


def cancel(work: Work, delivery_id: int, by: str) -> Delivery:
    """Call a delivery off for good; planning again does not bring it back."""
    values = {"cancelled_by": CancelledBy.PERSON, "held_for": "", "error": f"cancelled by {by}"}
    return _move(work, delivery_id, CANCELLABLE, State.CANCELLED, by, AuditAction.CANCEL, **values)


def retry(work: Work, delivery_id: int, by: str) -> Delivery:
    """Send a rejected, missed, cancelled or taken-back delivery after all: at its time, or now where that is past."""
    now = work.clock()
    values: dict[str, Any] = {"error": "", "cancelled_by": CancelledBy.NOBODY, "held_for": ""}
    values |= {"undone_at": None, "undo_asked_at": None, "failed_looks": 0, "sent_at": None}
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        one = _existing(tx, delivery_id)
        values["url"] = one.sent_parts[0].url if one.begun else ""
        is_to_come = one.due_at > now
        values |= {"not_before": max(now, one.due_at), "expires_at": one.expires_at if is_to_come else None}
        _take(tx, one, RETRIABLE, State.PLANNED, AuditAction.RETRY, **values)
        if one.kind is Kind.RESHARE:
            approval.approve_again(tx, work, one, now, by)
        control.write_audit(tx, now, by, AuditAction.RETRY, f"delivery {delivery_id}")
        return must_get(tx, delivery_id)


def _move(
    work: Work, delivery_id: int, start: Collection[State], to: State, by: str, action: AuditAction, **values: Any
) -> Delivery:
    with work.store.begin() as tx:
        _take(tx, _existing(tx, delivery_id), start, to, action, **values)
        control.write_audit(tx, work.clock(), by, action, f"delivery {delivery_id}")
        return must_get(tx, delivery_id)


def _take(tx: Connection, one: Delivery, start: Collection[State], to: State, action: str, **values: Any) -> None:
    if not deliveries.step(tx, one.id, start, to, **values):
        raise Refused(RefusedCode.WRONG_STATE, delivery=one.id, state=one.state, action=action)


def _existing(tx: Connection, delivery_id: int, *, lock: bool = True) -> Delivery:
    one = deliveries.get(tx, delivery_id, lock=lock)
    if one is None:
        raise Refused(RefusedCode.NO_SUCH_DELIVERY, delivery=delivery_id)
    return one


def resolve_sent(work: Work, delivery_id: int, url: str, by: str, post_id: str = "") -> Delivery:
    """A person has seen it there: `url` is its address, believed as it is. A thread goes on with its next part."""
    post_id = post_id or urlsplit(url).path.rstrip("/").rpartition("/")[2]
    if urlsplit(url).scheme not in {"http", "https"} or not post_id:
        raise Refused(RefusedCode.NO_POST_ADDRESS, address=url)
    with _settling(work, delivery_id) as tx:
        one = _must_be_undecided(tx, delivery_id)
        if one.kind is Kind.POST and post_id in deliveries.known_post_ids(tx, one.account):
            raise Refused(RefusedCode.ANOTHER_OWN_POST, address=url, label=one.label)
        part = len(one.sent_parts)
        last = deliveries.attempts_of_part(tx, one, part)[-1][0]
        proved(tx, one, last, SentPart(part, post_id, url), work)
        where = f": {url}" if one.kind is Kind.POST else ""  # of a reshare it names whose post that is
        _write_down(tx, work.clock(), by, f"{AuditAction.RESOLVE_AS_SENT}{where}", delivery_id)
        after = must_get(tx, delivery_id)
    work.tell_of(after, EventName.SETTLED, is_out=True, by=by)
    return after


def resolve_not_sent(work: Work, delivery_id: int, by: str) -> Delivery:
    """A person has looked and it is not there: it may be sent again."""
    now = work.clock()
    with _settling(work, delivery_id) as tx:
        one = _must_be_undecided(tx, delivery_id)
        tried = deliveries.attempts_of_part(tx, one, len(one.sent_parts), every_revision=True)
        money.release_reservation(tx, one.account, purpose_of(one), tried)
        deliveries.step(tx, one.id, one.state, State.PLANNED, not_before=now, error="", looks=0, failed_looks=0)
        _write_down(tx, now, by, AuditAction.RESOLVE_AS_NOT_SENT, delivery_id)
        after = must_get(tx, delivery_id)
    work.tell_of(after, EventName.SETTLED, is_out=False, by=by)
    return after


@contextmanager
def _settling(work: Work, delivery_id: int) -> Iterator[Connection]:
    """A transaction while no worker looks for the outcome: what it finds must not cross what a person says."""
    with work.store.read() as tx:
        account = _must_be_undecided(tx, delivery_id, lock=False).account
    with work.locks.hold(account_lock(account), LOCK_WAIT) as ours:
        if not ours:
            raise Refused(RefusedCode.ACCOUNT_BUSY, account=account)
        with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
            yield tx


def _must_be_undecided(tx: Connection, delivery_id: int, *, lock: bool = True) -> Delivery:
    one = _existing(tx, delivery_id, lock=lock)
    if one.state not in UNDECIDED:
        raise Refused(RefusedCode.NOTHING_TO_RESOLVE, delivery=delivery_id, state=one.state)
    return one


def _write_down(tx: Connection, now: datetime, by: str, action: str, delivery_id: int) -> None:
    control.write_audit(tx, now, by, action, f"delivery {delivery_id}")


class CannotRead(Refused):
    """The post cannot be read now, which does not speak against it."""


def settle_sent(work: Work, delivery_id: int, written: str, by: str, *, force: bool = False) -> Delivery:
    """Settle a delivery as sent, once the post that a person names is known to be it. Raises Refused, changing nothing.

    `force` believes what cannot be read now, or says other words; never somebody else's post.
    """
    one, tried = _undecided_post(work, delivery_id)
    address = cleaned(written)
    if not address:
        raise Refused(RefusedCode.NO_POST_ADDRESS, address=written)
    try:
        known = _read(work, one, address)
        url, post_id = _checked(work, one, tried, address, known, force=force)
    except CannotRead:
        if not force:
            raise
        url, post_id = _unread(one, address)
    return resolve_sent(work, delivery_id, url, by, post_id)


def _undecided_post(work: Work, delivery_id: int) -> tuple[Delivery, list[tuple[Attempt, str]]]:
    with work.store.read() as tx:
        one = deliveries.get(tx, delivery_id)
        if one is None or one.state not in UNDECIDED:
            state = one.state if one is not None else None
            raise Refused(RefusedCode.NOTHING_TO_RESOLVE, delivery=delivery_id, state=state)
        return one, deliveries.attempts_of_part(tx, one, len(one.sent_parts), every_revision=True)


def _read(work: Work, one: Delivery, address: str) -> OwnPost | SeenPost | None:
    """Read the post once, its price set aside before and settled after. Raises CannotRead; Refused for no address."""
    platform = work.platforms.get(one.account)
    if platform is None:
        raise CannotRead(RefusedCode.ACCOUNT_UNREADABLE, account=one.account)
    with work.store.begin() as tx:
        aside = money.reserve(tx, work, one.account, platform.fetch_cost, work.clock(), Purpose.OWN)
    if aside is None:
        raise _over_budget(work, one.account)
    try:
        return platform.look_up(address)
    except PlatformError as error:
        with work.store.begin() as tx:
            money.settle_failed(tx, aside, error)
        if error.answer is Outcome.REJECTED and not error.closes_account and not error.status:
            raise Refused(RefusedCode.NO_POST_ADDRESS, address=address) from error
        raise CannotRead(RefusedCode.POST_UNREADABLE, problem=str(nameless(work, one, error))) from error


def _over_budget(work: Work, account: str) -> CannotRead:
    budget_micro_usd = money.budget(work, account) or 0
    return CannotRead(RefusedCode.READING_OVER_BUDGET, account=account, budget_micro_usd=budget_micro_usd)


def _checked(
    work: Work,
    one: Delivery,
    tried: list[tuple[Attempt, str]],
    address: str,
    known: OwnPost | SeenPost | None,
    *,
    force: bool,
) -> tuple[str, str]:
    """Return the post's own address and id. Raises Refused where it is another one."""
    if one.kind is Kind.RESHARE:
        return _reshare(work, one, tried, address, known)
    if isinstance(known, SeenPost):
        raise Refused(RefusedCode.SOMEBODY_ELSES_POST, address=address, label=one.label)
    if known is None and _is_elsewhere(work, one, address):
        known = _by_its_words(work, one, tried)
    if known is None:
        raise Refused(RefusedCode.NO_SUCH_POST, delivery=one.id, account=one.account, address=address, label=one.label)
    found_at = known.url or address
    if not force:
        _refuse_another(one, known, found_at)
    return found_at, known.post_id


def _is_elsewhere(work: Work, one: Delivery, address: str) -> bool:
    """Whether an address is on another server than ours, where it may be a copy that does not lead back."""
    ours = work.config.accounts[one.account].server if one.account in work.config.accounts else ""
    named = {canonical_host(host) for host in hosts_in(address)}
    return bool(named) and ours not in named


def _refuse_another(one: Delivery, known: OwnPost, address: str) -> None:
    """Raise Refused where something speaks against a post of ours being this one."""
    if known.reshare_of:
        raise Refused(RefusedCode.POST_IS_RESHARE, address=address)
    label, part, parts = one.label, len(one.sent_parts), len(one.content.parts)
    if not says_the_same(known.text, one.content.parts[part].text):
        raise Refused(
            RefusedCode.POST_SAYS_OTHER_WORDS,
            address=address,
            label=one.label,
            part=part + 1,
            parts=parts,
            text=known.text,
        )
    if one.sent_parts and known.reply_to and known.reply_to != one.sent_parts[-1].post_id:
        raise Refused(RefusedCode.POST_ANSWERS_ANOTHER, address=address, label=label, part=part + 1, parts=parts)


def _by_its_words(work: Work, one: Delivery, tried: list[tuple[Attempt, str]]) -> OwnPost | None:
    """The post on our own timeline that has its words, where reading it is free: a copy of it on another server may
    not lead back to it. Raises CannotRead."""
    platform = work.platforms[one.account]
    if platform.reconcile_cost or not tried:
        return None
    with work.store.read() as tx:
        taken = deliveries.known_post_ids(tx, one.account)
    since = tried[0][0].started_at
    part = one.content.parts[len(one.sent_parts)]
    reply_to = one.sent_parts[-1].post_id if one.sent_parts else ""
    wanted = WantedPost(since, part.text, len(part.media), reply_to)
    return find(wanted, _own_posts(work, one, since), taken)


def _own_posts(work: Work, one: Delivery, since: datetime) -> list[OwnPost]:
    platform = work.platforms[one.account]
    with work.store.begin() as tx:
        aside = money.reserve(tx, work, one.account, platform.reconcile_cost, work.clock(), Purpose.OWN)
    if aside is None:
        raise _over_budget(work, one.account)
    try:
        return platform.own_posts(since)
    except PlatformError as error:
        with work.store.begin() as tx:
            money.settle_failed(tx, aside, error)
        raise CannotRead(RefusedCode.POST_UNREADABLE, problem=str(nameless(work, one, error))) from error


def _reshare(
    work: Work,
    one: Delivery,
    tried: list[tuple[Attempt, str]],
    address: str,
    known: OwnPost | SeenPost | None,
) -> tuple[str, str]:
    """People copy the address of what was reshared, or of the reshare; our own timeline tells whether it is there."""
    if isinstance(known, OwnPost) and known.reshare_of == one.post_uri:
        return one.url or address, known.post_id
    if not isinstance(known, SeenPost) or known.uri != one.post_uri:
        raise Refused(RefusedCode.NOT_THE_RESHARED_POST, delivery=one.id, label=one.label)
    since = tried[0][0].started_at
    found = find(WantedPost(since, reshare_of=one.post_uri), _own_posts(work, one, since), frozenset())
    if found is None and not known.reshared_by_us:
        raise Refused(RefusedCode.NOT_RESHARED, delivery=one.id, account=one.account)
    return known.url, found.post_id if found else known.native_id


def _unread(one: Delivery, address: str) -> tuple[str, str]:
    """What a person is believed without a reading. Raises Refused where their address holds no id."""
    number = x_id(address) if one.platform == PlatformName.X else fediverse_id(address)
    if not number or "://" not in address:
        raise Refused(RefusedCode.NO_POST_ADDRESS, address=address)
    return address, number
