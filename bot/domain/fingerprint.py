"""Tells whether a post is still the one that was approved: its words, its files, its poll, and what it shows of others.

Servers describe one post in different ways: with or without the "RE:" line of a quote, with links that have lost their
class, files through a proxy, "@bob" for "@bob@host". The fingerprint is taken of what all of them agree on. Where one
server describes it both times more can be told: whether it is marked as sensitive, and each picture by its address.
"""

from __future__ import annotations

import json
import re
import unicodedata
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from html import unescape
from typing import Any

from bot.domain.addresses import addresses_in, plain_address, taken_apart
from bot.domain.post import SeenPost, Shown, ShownAs, ShownState, all_shown
from bot.domain.text import composed, digest, normalised

_QUOTING_LINE = re.compile(r"^\W*(?:re|qt|rt|qrt|quote|quoting|zitat|цытата|цитата)\s*:\s*(?=https?://)", re.IGNORECASE)
_NAME_AND_LINK = re.compile(r"([@#＠＃][^\s()]{1,300}+) \(https?://[^\s()]*\)")
_MENTION = re.compile(r"@([\w.-]*\w)(?:@[\w.-]*\w)?")
_EMOJI_NAME = re.compile(r":(?=[0-9_]{0,60}[a-z])[a-z0-9_]{2,60}:", re.ASCII | re.IGNORECASE)
_LIST_SIGN = re.compile(r"^\s*(?:[-*•–—>◯○●☐▢]|\[.?\])\s+")
_NUMBER = re.compile(r"^\s*[0-9]{1,2}[.)]\s+")
_LABEL_OF_LINK = re.compile(r"(?:https?://)?\b[\w.-]{1,100}/\S{0,200}(?:…|\.\.\.)\s?(?=\()")
_BASE64 = re.compile(r"[\w-]+=*", re.ASCII)
_WEB = ("https://", "http://")
_TELLING = 12
_HIDDEN = frozenset({ShownState.GONE, ShownState.PENDING})
_UNSEEN = frozenset({"Cf", "Cc"})
_VARIATIONS = range(0xFE00, 0xFE10)
_SHORT = 20
_LONGEST = 50_000
"""How many letters are analysed; what is longer takes no longer to compare."""


class ChangedPart(StrEnum):
    """What is not as it was approved: the post itself, or what it shows of others."""

    OWN = "own"
    SHOWN = "shown"


def of(post: SeenPost) -> str:
    """Return what is stored of a post that was approved, to know it again; nothing of it can be read in there."""
    return json.dumps([2, post.view, _body(post)], separators=(",", ":"))


def knows_shown(stamp: str) -> bool:
    """Return whether a fingerprint tells what the post showed of others; those of older versions do not."""
    return _known(stamp) is not None


def quotes_in(stamp: str) -> int:
    """Return how many posts a post quoted or linked to when it was approved, and these in turn: what looking at it
    again may cost beside its own price."""
    parsed = _known(stamp)
    own_links = int(parsed[1].get("o", 0)) if parsed else 0
    return own_links + sum(1 for shown in _all_in(stamp) if shown["h"] != ShownAs.WORDS)


def changed(stamp: str, post: SeenPost) -> ChangedPart | None:
    """Return what has changed since the fingerprint was taken, None where nothing has."""
    parsed = _known(stamp)
    if parsed is None:  # taken before fingerprints knew of quotes
        return None if stamp == digest(normalised(post.text), *post.media_ids, str(post.sensitive)) else ChangedPart.OWN
    view, body = parsed
    return _compared(body, _body(post), is_same_view=view == post.view)


def unread_now(stamp: str, post: SeenPost) -> bool:
    """Return whether something that was read of what it shows when it was approved cannot be read now."""
    read = {
        address for shown_then in _all_in(stamp) if shown_then["r"] == ShownState.READ for address in shown_then["a"]
    }
    now: Iterable[Shown] = (shown for shown in all_shown(post) if shown.state is ShownState.UNREAD)
    return any(_short(plain_address(address)) in read for shown in now for address in shown.addresses)


def words_of(post: SeenPost, *, as_list: bool = False) -> str:
    """Return the text as every server would give it: without white space, hosts of mentions, and the line of a quote.

    `as_list` leaves the numbers of lines out too: some servers write a poll's answers as a list.
    """
    poll = [_bare(option) for option in post.poll]
    analysed, rest = _taken_apart(post.text)
    text = _NAME_AND_LINK.sub(r"\1", unescape(analysed))
    links = {plain_address(link) for link in addresses_in(text) if not _is_shown(link, post)}
    lines = [_without_links(line) for line in text.split("\n")]
    lines = [line for line in lines if not poll or _bare(_NUMBER.sub("", line)) not in poll]
    lines = [_NUMBER.sub("", line) for line in lines] if as_list else lines
    bare = "".join(_bare(_MENTION.sub(r"@\1", _EMOJI_NAME.sub("", line))) for line in lines)
    return "\x1f".join((bare + "".join(poll), *sorted(links), rest))


def _taken_apart(text: str) -> tuple[str, str]:
    """Return what of a text is analysed, and the rest, which is compared letter by letter: compatibility forms make up
    to eighteen letters of one."""
    whole = composed(text[:_LONGEST], "NFKC")
    return whole[:_LONGEST], whole[_LONGEST:] + text[_LONGEST:]


def _known(stamp: str) -> tuple[str, dict[str, Any]] | None:
    if not stamp.startswith("[2,"):
        return None
    _, view, body = json.loads(stamp)
    return view, body


def _all_in(stamp: str) -> Iterator[dict[str, Any]]:
    """Yield all that a post showed when it was approved, and that this showed in turn."""
    parsed = _known(stamp)
    entries = [*parsed[1]["q"]] if parsed else []
    while entries:
        entry = entries.pop()
        yield entry
        entries += entry["b"]["q"] if "b" in entry else []


def _body(post: SeenPost) -> dict[str, Any]:
    looks = (*post.media_looks, *[""] * len(post.media_ids))
    return {
        "t": _short(words_of(post)),
        "l": _short(words_of(post, as_list=True)),
        "p": len(post.poll),
        "s": post.sensitive,
        "m": [[*_named(name), look] for name, look in zip(post.media_ids, looks, strict=False)],
        "q": [_shown(shown) for shown in post.shows],
    } | ({"o": post.own_links} if post.own_links else {})


def _shown(shown: Shown) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "h": str(shown.how),
        "r": str(shown.state),
        "a": sorted({_short(plain_address(address)) for address in shown.addresses}),
    }
    return entry | ({"b": _body(shown.post)} if shown.post else {})


def _compared(before: dict[str, Any], after: dict[str, Any], *, is_same_view: bool) -> ChangedPart | None:
    is_as_sensitive = before["s"] == after["s"] or not is_same_view
    is_list = bool(before["p"]) != bool(after["p"]) and not is_same_view
    says_the_same = before["t"] == after["t"] or (is_list and before["l"] == after["l"])
    if not says_the_same or not is_as_sensitive or not _are_same_files(before["m"], after["m"], is_same_view):
        return ChangedPart.OWN
    return None if _show_the_same(before["q"], after["q"], is_same_view) else ChangedPart.SHOWN


def _are_same_files(before: Sequence[list[str]], after: Sequence[list[str]], is_same_view: bool) -> bool:
    """Return whether each file has one that it can be; an address is certain, looks are where nobody gives the
    address."""
    unmatched = list(before)
    for file in after:
        match = next((left_file for left_file in unmatched if _is_same_file(left_file, file, is_same_view)), None)
        if match is None:
            return False
        unmatched.remove(match)
    return not unmatched


def _is_same_file(before: list[str], after: list[str], is_same_view: bool) -> bool:
    (address, name, look), (other, other_name, other_look) = before, after
    if address == other:
        return True
    if look and look == other_look:
        return not is_same_view or look.startswith("moving")
    return not is_same_view and bool(name) and name == other_name and not (look and other_look)


def _named(file: str) -> tuple[str, str]:
    """Return a file by its own address, be it behind a proxy's, and by its name, where chance gives nobody the same."""
    address = _behind_proxy(file) or file
    name = address.partition("?")[0].rstrip("/").rpartition("/")[2]
    is_telling = len(name.partition(".")[0]) >= _TELLING and any(map(str.isdigit, name))
    return _short(plain_address(address)), _short(name) if is_telling else ""


def _behind_proxy(address: str) -> str:
    """Return the address that a proxy's holds: as a part of its query (Misskey), or in base64 in its path (Pleroma)."""
    at = taken_apart(address)
    if at is None:
        return ""
    for key in ("url", "u", "src"):
        if (origin := at.asked(key)).startswith(_WEB):
            return origin
    for step in at.steps:
        if len(step) >= _TELLING and _BASE64.fullmatch(step):
            try:
                origin = urlsafe_b64decode(step.rstrip("=") + "=" * (-len(step.rstrip("=")) % 4)).decode()
            except ValueError:
                continue
            if origin.startswith(_WEB):
                return origin
    return ""


def _show_the_same(before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]], is_same_view: bool) -> bool:
    """Return whether nothing is shown that was not, or was hidden, before, and nothing missing that every server would
    show.

    What one server shows as a link, another leaves out.
    """
    unmatched = list(before)
    for entry in after:
        match = next((other for other in unmatched if _is_same_shown(other, entry)), None)
        if match is None:
            return False
        unmatched.remove(match)
        if match["r"] in _HIDDEN and entry["r"] == ShownState.READ:
            return False
        if "b" in match and "b" in entry and _compared(match["b"], entry["b"], is_same_view=is_same_view):
            return False
    return all(not is_same_view and entry["h"] != ShownAs.QUOTE for entry in unmatched)


def _is_same_shown(before: dict[str, Any], after: dict[str, Any]) -> bool:
    if not before["a"] or not after["a"]:
        return bool(before["h"] == after["h"])
    return not set(before["a"]).isdisjoint(after["a"])


def _is_shown(link: str, post: SeenPost) -> bool:
    """Return whether a link leads to a post that is compared for itself."""
    address = plain_address(link)
    return any(address == plain_address(shown_address) for shown in post.shows for shown_address in shown.addresses)


def _without_links(line: str) -> str:
    """Return a line without its web addresses, however they are shortened, and without what announces a quote."""
    plain = _LABEL_OF_LINK.sub("", _QUOTING_LINE.sub("", line))
    for link in sorted(addresses_in(plain), key=len, reverse=True):
        plain = plain.replace(f"({link})", "").replace(link, "")
    return _LIST_SIGN.sub("", plain)


def _bare(text: str) -> str:
    """Return every sign that people see, in one case."""
    return "".join(
        letter
        for letter in composed(_LIST_SIGN.sub("", text), "NFKC").casefold()
        if not letter.isspace() and unicodedata.category(letter) not in _UNSEEN and ord(letter) not in _VARIATIONS
    )


def _short(text: str) -> str:
    return digest(text)[:_SHORT]
