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
from bot.errors import Outcome, PlatformError, Refused
from bot.hosts import canonical_host
from bot.services import money
from bot.services.events import EventName
from bot.services.moderation import approval
from bot.services.sending.attempts import must_get, purpose_of
from bot.services.sending.reconcile import proved
from bot.services.work import LOCK_WAIT, Work, name_of, nameless
from bot.store import control, deliveries
from bot.store.control import AuditAction
from bot.store.lock_names import Serialize, account_lock
from bot.text_display import quoted, shortened


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
        raise Refused(_not_from_here(one, action))


def _existing(tx: Connection, delivery_id: int, *, lock: bool = True) -> Delivery:
    one = deliveries.get(tx, delivery_id, lock=lock)
    if one is None:
        raise Refused(f"There is no delivery {delivery_id}. Run: bot queue")
    return one


_ADVICE = {
    State.SENT: "It is out: to take it back, run: bot undo {id}",
    State.SENDING: "It was being sent when it was last heard of: look again in a minute with: bot show {id}",
    State.UNKNOWN: "Nobody knows yet whether it is out: wait, or run: bot resolve {id} --sent URL | --not-sent",
    State.NEEDS_DECISION: "Look at the account, then run: bot resolve {id} --sent URL | --not-sent",
    State.HELD: "To let it go, run: bot release {id}",
    State.CANCELLED: "To send it after all, run: bot retry {id}",
    State.REJECTED: "To try again, run: bot retry {id}",
    State.MISSED: "To send it late, run: bot retry {id}",
    State.PLANNED: "It waits for its time; to keep it back, run: bot hold {id}",
    State.CLAIMED: "It was about to be sent when it was last heard of: look again with: bot show {id}",
}


def advice(one: Delivery) -> str:
    """What comes next for a delivery in its state, or what to do."""
    return _ADVICE[one.state].format(id=one.id)


def _not_from_here(one: Delivery, action: str) -> str:
    return f"Delivery {one.id} is {one.state}, so you cannot {action} it. {advice(one)}"


def resolve_sent(work: Work, delivery_id: int, url: str, by: str, post_id: str = "") -> Delivery:
    """A person has seen it there: `url` is its address, believed as it is. A thread goes on with its next part."""
    post_id = post_id or urlsplit(url).path.rstrip("/").rpartition("/")[2]
    if urlsplit(url).scheme not in {"http", "https"} or not post_id:
        raise Refused(f'"{url}" is not the address of a post. Copy it from the browser, beginning with https://')
    with _settling(work, delivery_id) as tx:
        one = _must_be_undecided(tx, delivery_id)
        if one.kind is Kind.POST and post_id in deliveries.known_post_ids(tx, one.account):
            raise Refused(f'"{url}" is another post of ours. Copy the address of this one: {name_of(one)}')
        part = len(one.sent_parts)
        last = deliveries.attempts_of_part(tx, one, part)[-1][0]
        proved(tx, one, last, SentPart(part, post_id, url), work)
        where = f": {url}" if one.kind is Kind.POST else ""  # of a reshare it names whose post that is
        _write_down(tx, work.clock(), by, f"{AuditAction.RESOLVE_AS_SENT}{where}", delivery_id)
        after = must_get(tx, delivery_id)
    work.tell_of(after, EventName.SETTLED, f"{name_of(after)} is out: {by} has said so")
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
    work.tell_of(after, EventName.SETTLED, f"{name_of(after)} is not out: {by} has said so")
    return after


@contextmanager
def _settling(work: Work, delivery_id: int) -> Iterator[Connection]:
    """A transaction while no worker looks for the outcome: what it finds must not cross what a person says."""
    with work.store.read() as tx:
        account = _must_be_undecided(tx, delivery_id, lock=False).account
    with work.locks.hold(account_lock(account), LOCK_WAIT) as ours:
        if not ours:
            raise Refused(f"A worker is busy on {account}. Try again in a minute.")
        with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
            yield tx


def _must_be_undecided(tx: Connection, delivery_id: int, *, lock: bool = True) -> Delivery:
    one = _existing(tx, delivery_id, lock=lock)
    if one.state not in UNDECIDED:
        raise Refused(f"Delivery {delivery_id} is {one.state}: there is nothing to resolve.")
    return one


def _write_down(tx: Connection, now: datetime, by: str, action: str, delivery_id: int) -> None:
    control.write_audit(tx, now, by, action, f"delivery {delivery_id}")


_LONGEST_WORDS = 120
_NO_ADDRESS = "is not the address of a post. Copy it from the browser, beginning with https://"


class CannotRead(Exception):
    """The post cannot be read now; the text says why."""


def settle_sent(work: Work, delivery_id: int, written: str, by: str, *, force: bool = False) -> Delivery:
    """Settle a delivery as sent, once the post that a person names is known to be it. Raises Refused, changing nothing.

    `force` believes what cannot be read now, or says other words; never somebody else's post.
    """
    one, tried = _undecided_post(work, delivery_id)
    address = cleaned(written)
    if not address:
        raise Refused(f"{quoted(written)} {_NO_ADDRESS}")
    try:
        known = _read(work, one, address)
        url, post_id = _checked(work, one, tried, address, known, force=force)
    except CannotRead as problem:
        if not force:
            raise Refused(
                f"The post cannot be read now: {str(problem).rstrip('.')}. Nothing was changed. Try again in a minute; "
                f"or, if you see it there with your own eyes, add --force"
            ) from problem
        url, post_id = _unread(one, address)
    return resolve_sent(work, delivery_id, url, by, post_id)


def _undecided_post(work: Work, delivery_id: int) -> tuple[Delivery, list[tuple[Attempt, str]]]:
    with work.store.read() as tx:
        one = deliveries.get(tx, delivery_id)
        if one is None or one.state not in UNDECIDED:
            state = f"Delivery {delivery_id} is {one.state}" if one else f"There is no delivery {delivery_id}"
            raise Refused(f"{state}: there is nothing to resolve.")
        return one, deliveries.attempts_of_part(tx, one, len(one.sent_parts), every_revision=True)


def _read(work: Work, one: Delivery, address: str) -> OwnPost | SeenPost | None:
    """Read the post once, its price set aside before and settled after. Raises CannotRead; Refused for no address."""
    platform = work.platforms.get(one.account)
    if platform is None:
        raise CannotRead(f"{one.account} cannot be used: see bot report")
    with work.store.begin() as tx:
        aside = money.reserve(tx, work, one.account, platform.fetch_cost, work.clock(), Purpose.OWN)
    if aside is None:
        raise CannotRead(money.none_left(work, one.account))
    try:
        return platform.look_up(address)
    except PlatformError as error:
        with work.store.begin() as tx:
            money.settle_failed(tx, aside, error)
        if error.answer is Outcome.REJECTED and not error.closes_account and not error.status:
            raise Refused(f"{quoted(address)} {_NO_ADDRESS}") from error
        raise CannotRead(str(nameless(work, one, error))) from error


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
        raise Refused(f"{quoted(address)} is a post of somebody else. Copy the address of ours: {name_of(one)}")
    if known is None and _is_elsewhere(work, one, address):
        known = _by_its_words(work, one, tried)
    if known is None:
        raise Refused(
            f"There is no such post on {one.account}: {quoted(address)}. Look at the account, and copy the address of "
            f"{name_of(one)}. If it is not there, run: bot resolve {one.id} --not-sent"
        )
    wrong = _difference(one, known)
    if wrong and not force:
        raise Refused(f"{quoted(known.url or address)} {wrong}. If it is the right one all the same, add --force")
    return known.url or address, known.post_id


def _is_elsewhere(work: Work, one: Delivery, address: str) -> bool:
    """Whether an address is on another server than ours, where it may be a copy that does not lead back."""
    ours = work.config.accounts[one.account].server if one.account in work.config.accounts else ""
    named = {canonical_host(host) for host in hosts_in(address)}
    return bool(named) and ours not in named


def _difference(one: Delivery, known: OwnPost) -> str:
    """What speaks against a post of ours being this one, "" for nothing."""
    if known.reshare_of:
        return "is a reshare, and this is a post"
    part = len(one.sent_parts)
    which = (
        f"part {part + 1} of {len(one.content.parts)} of {name_of(one)}" if len(one.content.parts) > 1 else name_of(one)
    )
    if not says_the_same(known.text, one.content.parts[part].text):
        return f"says other words than {which}: “{shortened(' '.join(known.text.split()), _LONGEST_WORDS)}”"
    if one.sent_parts and known.reply_to and known.reply_to != one.sent_parts[-1].post_id:
        return f"does not answer the part before it, as {which} would"
    return ""


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
        raise CannotRead(money.none_left(work, one.account))
    try:
        return platform.own_posts(since)
    except PlatformError as error:
        with work.store.begin() as tx:
            money.settle_failed(tx, aside, error)
        raise CannotRead(str(nameless(work, one, error))) from error


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
        raise Refused(f"That is not the post of {name_of(one)}. See it with: bot show {one.id}")
    since = tried[0][0].started_at
    found = find(WantedPost(since, reshare_of=one.post_uri), _own_posts(work, one, since), frozenset())
    if found is None and not known.reshared_by_us:
        raise Refused(
            f"{one.account} has not reshared that post, as far as its timeline shows. Look at the account; if it is "
            f"not there, run: bot resolve {one.id} --not-sent"
        )
    return known.url, found.post_id if found else known.native_id


def _unread(one: Delivery, address: str) -> tuple[str, str]:
    """What a person is believed without a reading. Raises Refused where their address holds no id."""
    number = x_id(address) if one.platform == PlatformName.X else fediverse_id(address)
    if not number or "://" not in address:
        raise Refused(f"{quoted(address)} {_NO_ADDRESS}")
    return address, number
