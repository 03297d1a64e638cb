"""What a person decides about a delivery: hold, release, cancel, retry, resolve."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection

from bot.causes import CauseCode, because
from bot.domain.actor import By
from bot.domain.campaign import PlatformName
from bot.domain.copied_addresses import cleaned, fediverse_id, hosts_in, x_id
from bot.domain.delivery import (
    CANCELLABLE,
    RETRIABLE,
    TO_BE_SENT,
    UNDECIDED,
    Attempt,
    AttemptAnswer,
    CancelledBy,
    Delivery,
    Kind,
    SentPart,
    State,
)
from bot.domain.matching import WantedPost, find, says_the_same
from bot.domain.money import Purpose
from bot.domain.planning import is_held_by_files
from bot.domain.post import OwnPost, SeenPost
from bot.errors import Outcome, PlatformError, Refused, RefusedCode
from bot.hosts import canonical_host
from bot.services import money, named
from bot.services.events import EventName
from bot.services.moderation import approval
from bot.services.sending.attempts import must_get, purpose_of
from bot.services.sending.reconcile import proved
from bot.services.work import LOCK_WAIT, Work, nameless
from bot.store import control, deliveries, past_requests
from bot.store.control import AuditAction
from bot.store.engine import Serialize, account_lock


def hold(work: Work, delivery_id: int, by: By) -> Delivery:
    """Keep a delivery back until it is released. Raise Refused where it is under way or out."""
    return _move(
        work, delivery_id, TO_BE_SENT, State.HELD, by, AuditAction.HOLD, error=because(CauseCode.HELD_BY, by=str(by))
    )


def release(work: Work, delivery_id: int, by: By) -> Delivery:
    """Let a held delivery go at its time; what is too late by then is missed by its own rule.

    Of one that planning held and asked about, a person has said yes: what it came near to (`near_to`) is not asked
    about again. That, and what the schedules held, goes however long the answer took. Raise Refused where a post names
    somebody who asked to be left alone.
    """
    values: dict[str, Any] = {"error": "", "held_for": ""}
    with work.store.read() as tx:
        held = _existing(tx, delivery_id, lock=False)
        if held.kind is Kind.POST:
            named.must_not_name(tx, work, held.account, held.content)
    if held.held_for or is_held_by_files(held):
        values["expires_at"] = None
    return _move(work, delivery_id, [State.HELD], State.PLANNED, by, AuditAction.RELEASE, **values)


def cancel(work: Work, delivery_id: int, by: By) -> Delivery:
    """Call a delivery off for good; planning again does not bring it back."""
    values = {"cancelled_by": CancelledBy.PERSON, "held_for": "", "error": because(CauseCode.CANCELLED_BY, by=str(by))}
    return _move(work, delivery_id, CANCELLABLE, State.CANCELLED, by, AuditAction.CANCEL, **values)


def retry(work: Work, delivery_id: int, by: By) -> Delivery:
    """Send a rejected, missed, cancelled or taken-back delivery after all: at its time, or now where that is past."""
    now = work.clock()
    values: dict[str, Any] = {"error": "", "cancelled_by": CancelledBy.NOBODY, "held_for": ""}
    values |= {"undone_at": None, "undo_asked_at": None, "failed_looks": 0, "sent_at": None}
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        delivery = _existing(tx, delivery_id)
        values["url"] = delivery.sent_parts[0].url if delivery.begun else ""
        is_to_come = delivery.due_at > now
        values |= {"not_before": max(now, delivery.due_at), "expires_at": delivery.expires_at if is_to_come else None}
        _take(tx, delivery, RETRIABLE, State.PLANNED, AuditAction.RETRY, **values)
        if delivery.kind is Kind.RESHARE:
            approval.approve_again(tx, work, delivery, now, by)
        else:
            named.must_not_name(tx, work, delivery.account, delivery.content)
        control.write_audit(tx, now, by, AuditAction.RETRY, f"delivery {delivery_id}")
        return must_get(tx, delivery_id)


def _move(
    work: Work, delivery_id: int, start: Collection[State], to: State, by: By, action: AuditAction, **values: Any
) -> Delivery:
    with work.store.begin() as tx:
        _take(tx, _existing(tx, delivery_id), start, to, action, **values)
        control.write_audit(tx, work.clock(), by, action, f"delivery {delivery_id}")
        return must_get(tx, delivery_id)


def _take(tx: Connection, delivery: Delivery, start: Collection[State], to: State, action: str, **values: Any) -> None:
    if not deliveries.step(tx, delivery.id, start, to, **values):
        raise Refused(RefusedCode.WRONG_STATE, delivery=delivery.id, state=delivery.state, action=action)


def _existing(tx: Connection, delivery_id: int, *, lock: bool = True) -> Delivery:
    delivery = deliveries.get(tx, delivery_id, lock=lock)
    if delivery is None:
        raise Refused(RefusedCode.NO_SUCH_DELIVERY, delivery=delivery_id)
    return delivery


def resolve_sent(work: Work, delivery_id: int, url: str, by: By, post_id: str = "") -> Delivery:
    """Settle as sent what a person has seen there: `url` is its address, believed as it is. A thread goes on with its
    next part."""
    post_id = post_id or urlsplit(url).path.rstrip("/").rpartition("/")[2]
    if urlsplit(url).scheme not in {"http", "https"} or not post_id:
        raise Refused(RefusedCode.NO_POST_ADDRESS, address=url)
    with _settling(work, delivery_id) as tx:
        delivery = _must_be_undecided(tx, delivery_id)
        if delivery.kind is Kind.POST and post_id in past_requests.known_post_ids(tx, delivery.account):
            raise Refused(RefusedCode.ANOTHER_OWN_POST, address=url, label=delivery.label)
        part = len(delivery.sent_parts)
        last = past_requests.attempts_of_part(tx, delivery, part)[-1][0]
        proved(tx, delivery, last, SentPart(part, post_id, url), work)
        where = f": {url}" if delivery.kind is Kind.POST else ""  # of a reshare it names whose post that is
        _write_down(tx, work.clock(), by, f"{AuditAction.RESOLVE_AS_SENT}{where}", delivery_id)
        after = must_get(tx, delivery_id)
    work.tell_of(after, EventName.SETTLED, is_out=True, by=str(by))
    return after


def resolve_not_sent(work: Work, delivery_id: int, by: By) -> Delivery:
    """Settle as not sent what a person has looked for in vain: it may be sent again."""
    now = work.clock()
    with _settling(work, delivery_id) as tx:
        delivery = _must_be_undecided(tx, delivery_id)
        tried = past_requests.attempts_of_part(tx, delivery, len(delivery.sent_parts), every_revision=True)
        money.release_reservation(tx, delivery.account, purpose_of(delivery), tried)
        deliveries.step(
            tx, delivery.id, delivery.state, State.PLANNED, not_before=now, error="", looks=0, failed_looks=0
        )
        _write_down(tx, now, by, AuditAction.RESOLVE_AS_NOT_SENT, delivery_id)
        after = must_get(tx, delivery_id)
    work.tell_of(after, EventName.SETTLED, is_out=False, by=str(by))
    return after


@contextmanager
def _settling(work: Work, delivery_id: int) -> Iterator[Connection]:
    """Lend a transaction while no worker looks for the outcome: what it finds must not cross what a person says."""
    with work.store.read() as tx:
        account = _must_be_undecided(tx, delivery_id, lock=False).account
    with work.locks.hold(account_lock(account), LOCK_WAIT) as ours:
        if not ours:
            raise Refused(RefusedCode.ACCOUNT_BUSY, account=account)
        with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
            yield tx


def _must_be_undecided(tx: Connection, delivery_id: int, *, lock: bool = True) -> Delivery:
    delivery = _existing(tx, delivery_id, lock=lock)
    if delivery.state not in UNDECIDED:
        raise Refused(RefusedCode.NOTHING_TO_RESOLVE, delivery=delivery_id, state=delivery.state)
    return delivery


def _write_down(tx: Connection, now: datetime, by: By, action: str, delivery_id: int) -> None:
    control.write_audit(tx, now, by, action, f"delivery {delivery_id}")


class CannotRead(Refused):
    """The post cannot be read now, which does not speak against it."""


def settle_sent(work: Work, delivery_id: int, written: str, by: By, *, force: bool = False) -> Delivery:
    """Settle a delivery as sent, once the post that a person names is known to be it. Raise Refused, changing nothing.

    `force` believes what cannot be read now, or says other words; never somebody else's post.
    """
    delivery, tried = _undecided_post(work, delivery_id)
    address = cleaned(written)
    if not address:
        raise Refused(RefusedCode.NO_POST_ADDRESS, address=written)
    try:
        own_post = _read(work, delivery, address)
        url, post_id = _checked(work, delivery, tried, address, own_post, force=force)
    except CannotRead:
        if not force:
            raise
        url, post_id = _unread(delivery, address)
    return resolve_sent(work, delivery_id, url, by, post_id)


def _undecided_post(work: Work, delivery_id: int) -> tuple[Delivery, list[tuple[Attempt, AttemptAnswer]]]:
    with work.store.read() as tx:
        delivery = deliveries.get(tx, delivery_id)
        if delivery is None or delivery.state not in UNDECIDED:
            state = delivery.state if delivery is not None else None
            raise Refused(RefusedCode.NOTHING_TO_RESOLVE, delivery=delivery_id, state=state)
        return delivery, past_requests.attempts_of_part(tx, delivery, len(delivery.sent_parts), every_revision=True)


def _read(work: Work, delivery: Delivery, address: str) -> OwnPost | SeenPost | None:
    """Read the post once, its price set aside before and settled after. Raise CannotRead; Refused for no address."""
    platform = work.platforms.get(delivery.account)
    if platform is None:
        raise CannotRead(RefusedCode.ACCOUNT_UNREADABLE, account=delivery.account)
    with work.store.begin() as tx:
        reservation = money.reserve(tx, work, delivery.account, platform.fetch_cost, work.clock(), Purpose.OWN)
    if reservation is None:
        raise _over_budget(work, delivery.account)
    try:
        return platform.look_up(address)
    except PlatformError as error:
        with work.store.begin() as tx:
            money.settle_failed(tx, reservation, error)
        if error.answer is Outcome.REJECTED and not error.closes_account and not error.status:
            raise Refused(RefusedCode.NO_POST_ADDRESS, address=address) from error
        raise CannotRead(RefusedCode.POST_UNREADABLE, problem=str(nameless(work, delivery, error))) from error


def _over_budget(work: Work, account: str) -> CannotRead:
    budget_micro_usd = money.budget(work, account) or 0
    return CannotRead(RefusedCode.READING_OVER_BUDGET, account=account, budget_micro_usd=budget_micro_usd)


def _checked(
    work: Work,
    delivery: Delivery,
    tried: list[tuple[Attempt, AttemptAnswer]],
    address: str,
    own_post: OwnPost | SeenPost | None,
    *,
    force: bool,
) -> tuple[str, str]:
    """Return the post's own address and id. Raise Refused where it is another one."""
    if delivery.kind is Kind.RESHARE:
        return _reshare(work, delivery, tried, address, own_post)
    if isinstance(own_post, SeenPost):
        raise Refused(RefusedCode.SOMEBODY_ELSES_POST, address=address, label=delivery.label)
    if own_post is None and _is_elsewhere(work, delivery, address):
        own_post = _by_its_words(work, delivery, tried)
    if own_post is None:
        raise Refused(
            RefusedCode.NO_SUCH_POST,
            delivery=delivery.id,
            account=delivery.account,
            address=address,
            label=delivery.label,
        )
    found_at = own_post.url or address
    if not force:
        _refuse_another(delivery, own_post, found_at)
    return found_at, own_post.post_id


def _is_elsewhere(work: Work, delivery: Delivery, address: str) -> bool:
    """Return whether an address is on another server than ours, where it may be a copy that does not lead back."""
    ours = work.config.accounts[delivery.account].server if delivery.account in work.config.accounts else ""
    named = {canonical_host(host) for host in hosts_in(address)}
    return bool(named) and ours not in named


def _refuse_another(delivery: Delivery, own_post: OwnPost, address: str) -> None:
    """Raise Refused where something speaks against a post of ours being this one."""
    if own_post.reshare_of:
        raise Refused(RefusedCode.POST_IS_RESHARE, address=address)
    label, part, parts = delivery.label, len(delivery.sent_parts), len(delivery.content.parts)
    if not says_the_same(own_post.text, delivery.content.parts[part].text):
        raise Refused(
            RefusedCode.POST_SAYS_OTHER_WORDS,
            address=address,
            label=delivery.label,
            part=part + 1,
            parts=parts,
            text=own_post.text,
        )
    if delivery.sent_parts and own_post.reply_to and own_post.reply_to != delivery.sent_parts[-1].post_id:
        raise Refused(RefusedCode.POST_ANSWERS_ANOTHER, address=address, label=label, part=part + 1, parts=parts)


def _by_its_words(work: Work, delivery: Delivery, tried: list[tuple[Attempt, AttemptAnswer]]) -> OwnPost | None:
    """Return the post on our own timeline that has its words, where reading it is free: a copy of it on another server
    may not lead back to it. Raise CannotRead."""
    platform = work.platforms[delivery.account]
    if platform.reconcile_cost or not tried:
        return None
    with work.store.read() as tx:
        recorded_ids = past_requests.known_post_ids(tx, delivery.account)
    since = tried[0][0].started_at
    part = delivery.content.parts[len(delivery.sent_parts)]
    reply_to = delivery.sent_parts[-1].post_id if delivery.sent_parts else ""
    wanted_post = WantedPost(since, part.text, len(part.media), reply_to)
    return find(wanted_post, _own_posts(work, delivery, since), recorded_ids)


def _own_posts(work: Work, delivery: Delivery, since: datetime) -> list[OwnPost]:
    platform = work.platforms[delivery.account]
    with work.store.begin() as tx:
        reservation = money.reserve(tx, work, delivery.account, platform.reconcile_cost, work.clock(), Purpose.OWN)
    if reservation is None:
        raise _over_budget(work, delivery.account)
    try:
        return platform.own_posts(since)
    except PlatformError as error:
        with work.store.begin() as tx:
            money.settle_failed(tx, reservation, error)
        raise CannotRead(RefusedCode.POST_UNREADABLE, problem=str(nameless(work, delivery, error))) from error


def _reshare(
    work: Work,
    delivery: Delivery,
    tried: list[tuple[Attempt, AttemptAnswer]],
    address: str,
    post: OwnPost | SeenPost | None,
) -> tuple[str, str]:
    """Return the address and id of a reshare. People copy the address of what was reshared, or of the reshare; our own
    timeline tells whether it is there."""
    if isinstance(post, OwnPost) and post.reshare_of == delivery.post_uri:
        return delivery.url or address, post.post_id
    if not isinstance(post, SeenPost) or post.uri != delivery.post_uri:
        raise Refused(RefusedCode.NOT_THE_RESHARED_POST, delivery=delivery.id, label=delivery.label)
    since = tried[0][0].started_at
    own_post = find(WantedPost(since, reshare_of=delivery.post_uri), _own_posts(work, delivery, since), frozenset())
    if own_post is None and not post.reshared_by_us:
        raise Refused(RefusedCode.NOT_RESHARED, delivery=delivery.id, account=delivery.account)
    return post.url, own_post.post_id if own_post else post.native_id


def _unread(delivery: Delivery, address: str) -> tuple[str, str]:
    """Return what a person is believed without a reading. Raise Refused where their address holds no id."""
    number = x_id(address) if delivery.platform == PlatformName.X else fediverse_id(address)
    if not number or "://" not in address:
        raise Refused(RefusedCode.NO_POST_ADDRESS, address=address)
    return address, number
