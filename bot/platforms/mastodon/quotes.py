"""What a status shows of others: quotes as the servers of the fediverse write them, links that lead to a post, and
posts repeated in words.

Mastodon 4.5 gives `quote` with a `state` and `quoted_status`, or only `quoted_status_id`
(https://docs.joinmastodon.org/entities/Quote/, ShallowQuote). Pleroma, Akkoma, Misskey's kin and Fedibird give the
quoted status itself as `quote`, `pleroma.quote` or `quoted_status`, or only its id or address. Threads, and whoever
quotes in words, write "RE: " and a link.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from bot.domain.address import plain_address
from bot.domain.post import DEEPEST, SeenPost, Shown, ShownAs, ShownState
from bot.domain.post_address import PostAddress, announced_in, post_address, posts_among
from bot.hosts import handle_key
from bot.platforms.jsontext import decoded
from bot.platforms.mastodon.entities import Status, is_plain_id, is_plain_name, status_in

Described = Callable[[Status], SeenPost | None]
"""Makes somebody's post of a status."""

_STATES = {
    "accepted": ShownState.READ,
    "pending": ShownState.PENDING,
    "rejected": ShownState.GONE,
    "revoked": ShownState.GONE,
    "deleted": ShownState.GONE,
    "unauthorized": ShownState.GONE,
    "blocked_account": ShownState.GONE,
    "blocked_domain": ShownState.GONE,
}
"""By the words of Mastodon; of what was taken back, deleted or blocked nothing is shown. A post of an account that we
muted is shown to everybody else."""

_MOST = 20
_REPEATED = re.compile(
    r"(?:^|\s)(?:RT|MT|QT|QRT|RE|via|♲|♻️?)\s{0,3}:?\s{0,3}@(?P<name>[\w.-]{1,100}\w)(?:@(?P<host>[\w.-]{1,255}\w))?",
    re.IGNORECASE,
)
_ANY = msgspec.json.Decoder(object)


class _Quote(msgspec.Struct):
    """Mastodon's Quote and ShallowQuote; the ids and addresses are other servers'."""

    state: object = None
    quoted_status: msgspec.Raw = msgspec.Raw(b"null")
    quoted_status_id: object = None
    id: object = None
    uri: object = None
    url: object = None


class _Pleroma(msgspec.Struct):
    quote: msgspec.Raw = msgspec.Raw(b"null")
    quote_id: object = None
    quote_url: object = None
    quote_visible: object = None


_QUOTE, _PLEROMA = msgspec.json.Decoder(_Quote), msgspec.json.Decoder(_Pleroma)


def may_quote(status: Status) -> bool:
    """Whether a status holds another one, whose author's handle may have to be completed."""
    return any(bytes(raw) != b"null" for raw in (status.quote, status.quoted_status, status.pleroma))


def shown_by(
    status: Status, post: SeenPost, addresses: Iterable[str], describe: Described, deepest: int = DEEPEST
) -> tuple[Shown, ...]:
    """What a status shows of others; `post` is the status as ours, without that. What it says of its own author in
    links and words is left out."""
    found = list(_quotes(status, describe)) if deepest else []
    announced = announced_in(post.text)
    links = posts_among([*addresses, *_previewed(status.card)])
    by_form = {link.address for link in links}
    links += [PostAddress(address) for address in announced if address not in by_form]
    if not found and not links and "@" not in post.text:  # as in most posts
        return ()
    known = {plain_address(one) for one in (post.uri, post.url, *(each for one in found for each in one.addresses))}
    named_by = (post_address(address) for address in (post.uri, post.url))
    own = {handle_key(post.author.handle), *(handle_key(one.author) for one in named_by if one and one.author)}
    for link in links:
        if plain_address(link.address) in known or (link.author and handle_key(link.author) in own):
            continue
        found.append(Shown(ShownAs.LINK, ShownState.UNREAD, url=link.address, named=link.author))
    found += _repeated(post, found, status.mentions or [])
    return tuple(found[:_MOST])


def _quotes(status: Status, describe: Described) -> Iterator[Shown]:
    pleroma = _Pleroma()
    if may_quote(status):
        pleroma = decoded(status.pleroma, _PLEROMA) or pleroma
        fields = (status.quote, status.quoted_status, pleroma.quote)
        told = [one for raw in fields for one in _of_quote(raw, describe)]
    else:  # as most posts
        told = []
    if told:
        yield from _each_once(told)
        return
    number = next((one for one in (status.quote_id, status.quoted_status_id, pleroma.quote_id) if one), None)
    address = next((one for one in (status.quote_url, status.quote_uri, pleroma.quote_url) if _is_web(one)), "")
    if number or address:
        yield Shown(ShownAs.QUOTE, ShownState.UNREAD, url=str(address), native_id=_id(number))
    elif _says_something(status.quote):
        yield Shown(ShownAs.QUOTE, ShownState.UNREAD)


def _of_quote(raw: msgspec.Raw, describe: Described) -> list[Shown]:
    """A quote in whichever shape; an empty list for what says nothing by itself."""
    quote = decoded(raw, _QUOTE)
    if quote is None:
        return []
    state = _STATES.get(str(quote.state), ShownState.READ)
    status = status_in(quote.quoted_status) or status_in(raw)
    post = describe(status) if status else None
    if state in {ShownState.GONE, ShownState.PENDING}:  # nothing of it is shown to anybody yet, or any more
        named = post.author.handle if post else ""
        return [Shown(ShownAs.QUOTE, state, named=named, native_id=_id(quote.quoted_status_id))]
    if post is not None:
        return [Shown(ShownAs.QUOTE, ShownState.READ, post.uri, post.url, native_id=post.native_id, post=post)]
    number = _id(quote.quoted_status_id) or (_id(quote.id) if quote.state is None else "")
    addresses = [str(one) for one in (quote.uri, quote.url) if _is_web(one)]
    if not number and not addresses and quote.state is None:
        return []
    return [Shown(ShownAs.QUOTE, ShownState.UNREAD, url=(addresses or [""])[0], native_id=number)]


def _each_once(told: Sequence[Shown]) -> Iterator[Shown]:
    seen: set[str] = set()
    for one in told:
        if not one.addresses or seen.isdisjoint(one.addresses):
            seen.update(one.addresses)
            yield one


def _says_something(raw: msgspec.Raw) -> bool:
    """Whether a field that should hold a quote holds anything, in whichever shape."""
    return bool(decoded(raw, _ANY))


def _previewed(card: object) -> Iterator[str]:
    """Where the preview of a link leads."""
    if isinstance(card, dict):
        yield from (one for name in ("url", "embed_url") if isinstance(one := card.get(name), str))


def _repeated(post: SeenPost, found: Sequence[Shown], mentions: Sequence[object]) -> Iterator[Shown]:
    """Whose words stand in the text, by its own account; once each, and not who is quoted anyway."""
    told = [one.get("acct") for one in mentions[:_MOST] if isinstance(one, dict)]
    full = {acct.partition("@")[0].casefold(): f"@{acct}" for acct in told if isinstance(acct, str) and "@" in acct}
    known = {handle_key(one.handle) for one in found} | {handle_key(post.author.handle)}
    home = post.author.handle.rpartition("@")[2]
    for match in _REPEATED.finditer(post.text):
        named = f"@{match['name']}@{match['host'] or home}"
        handle = named if match["host"] else full.get(match["name"].casefold(), named)
        if handle_key(handle) not in known and is_plain_name(handle):
            known.add(handle_key(handle))
            yield Shown(ShownAs.WORDS, ShownState.UNREAD, named=handle)


def _is_web(told: object) -> bool:
    return isinstance(told, str) and told.startswith(("https://", "http://")) and is_plain_name(told)


def _id(told: object) -> str:
    return str(told) if isinstance(told, str | int) and not isinstance(told, bool) and is_plain_id(told) else ""
