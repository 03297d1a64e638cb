"""What became of a post by a person's word: the address they copied is read once before it is believed."""

from __future__ import annotations

from datetime import datetime

from bot.domain.campaign import PlatformName
from bot.domain.copied_address import cleaned, fediverse_id, hosts_in, x_id
from bot.domain.delivery import Attempt, Delivery, Kind, State
from bot.domain.matching import Wanted, find, says_the_same
from bot.domain.money import Purpose
from bot.domain.post import OwnPost, SeenPost
from bot.errors import Answer, PlatformError, Refused
from bot.hints import quoted, shortened
from bot.hosts import canonical_host
from bot.services import decide, money
from bot.services.work import Work, name_of, nameless
from bot.store import attempts, deliveries

_LONGEST_WORDS = 120
_NO_ADDRESS = "is not the address of a post. Copy it from the browser, beginning with https://"


class CannotRead(Exception):
    """The post cannot be read now; the text says why."""


def settle_sent(work: Work, delivery_id: int, written: str, by: str, *, force: bool = False) -> Delivery:
    """Settle a delivery as sent, once the post that a person names is known to be it. Raises Refused, changing nothing.

    `force` believes what cannot be read now, or says other words; never somebody else's post.
    """
    one, tried = _undecided(work, delivery_id)
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
    return decide.resolve_sent(work, delivery_id, url, by, post_id)


def _undecided(work: Work, delivery_id: int) -> tuple[Delivery, list[tuple[Attempt, str]]]:
    with work.store.read() as tx:
        one = deliveries.get(tx, delivery_id)
        if one is None or one.state not in {State.UNKNOWN, State.NEEDS_DECISION}:
            state = f"Delivery {delivery_id} is {one.state}" if one else f"There is no delivery {delivery_id}"
            raise Refused(f"{state}: there is nothing to resolve.")
        return one, attempts.of_part(tx, one, len(one.sent_parts), every_revision=True)


def _read(work: Work, one: Delivery, address: str) -> OwnPost | SeenPost | None:
    """Read the post once, its price set aside before and settled after. Raises CannotRead; Refused for no address."""
    platform = work.platforms.get(one.account)
    if platform is None:
        raise CannotRead(f"{one.account} cannot be used: see bot report")
    with work.store.begin() as tx:
        aside = money.set_aside(tx, work, one.account, platform.fetch_cost, work.clock(), Purpose.OWN)
    if aside is None:
        raise CannotRead(money.none_left(work, one.account))
    try:
        return platform.look_up(address)
    except PlatformError as error:
        with work.store.begin() as tx:
            money.settle_failed(tx, aside, error)
        if error.answer is Answer.REJECTED and not error.closes_account and not error.status:
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
        taken = attempts.known_post_ids(tx, one.account)
    since = tried[0][0].started_at
    part = one.content.parts[len(one.sent_parts)]
    reply_to = one.sent_parts[-1].post_id if one.sent_parts else ""
    wanted = Wanted(since, part.text, len(part.media), reply_to)
    return find(wanted, _own_posts(work, one, since), taken)


def _own_posts(work: Work, one: Delivery, since: datetime) -> list[OwnPost]:
    platform = work.platforms[one.account]
    with work.store.begin() as tx:
        aside = money.set_aside(tx, work, one.account, platform.reconcile_cost, work.clock(), Purpose.OWN)
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
    found = find(Wanted(since, reshare_of=one.post_uri), _own_posts(work, one, since), frozenset())
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
