"""Answers that are not the platform's own word: pages of gateways (CDN, firewall, proxy, captive portal, login page).

Only an answer in the form of the platform's API is its no. Everything else that comes with an HTTP status is a word of
something on the way, and is tried again; whether the request was carried out all the same is looked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from bot.errors import Answer
from bot.platforms.jsontext import decoded
from bot.platforms.plaintext import unescape

NOTHING_DONE = frozenset({407, 413, 414, 417, 421, 431, 511})
"""Statuses of a gateway by which it says that it handed nothing on: it wants a login of its own, or takes nothing so
large. Its other words may stand in place of an answer that it did not like."""

OPEN = frozenset({408, 409, 425, 499})
"""Statuses below 500 that say nothing of what became of a request, whoever gives them."""

SERVERS_OWN = frozenset({500, 501})
"""Failures of the server itself: their page is often HTML, too."""

MOVED = frozenset({301, 307, 308})
"""Redirects by which a server says that it is elsewhere now; a login page is shown by the others."""

_LOGIN = re.compile(r"log-?in|sign-?in|auth|captive|portal|challenge|cdn-cgi|sso|maintenance|sorry", re.IGNORECASE)
_SIGNATURE = re.compile(
    rb"<center>(?:nginx|openresty|tengine|cloudflare)|cloudflare|cf-|captcha|akamai|incapsula|imperva|sucuri|varnish|"
    rb"haproxy|squid|fastly|traefik|bunny|ddos-guard|apache/|microsoft-azure|awselb|cloudfront|just a moment",
    re.IGNORECASE,
)
"""What gateways write into their pages."""

_WALL = re.compile(
    r"\bWAF\b|firewall|request (?:was |has been )?(?:blocked|denied|rejected)|"
    r"(?:support|incident|ray|reference) ?(?:id|#)|cloudflare|akamai|imperva|incapsula|sucuri|ddos|captive",
    re.IGNORECASE,
)
"""What firewalls write where an API has its reason."""

_CHALLENGE = "cf-mitigated"
_TITLE = re.compile(r"<title[^>]*>([^<]{1,200})", re.IGNORECASE)
_HEADING = re.compile(r"<h1[^>]*>([^<]{1,200})", re.IGNORECASE)
_MARKUP = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|!--|html|head|body|title|h1|center|meta|script)", re.I)
_LONGEST_TITLE = 80
_LOOKED_AT = 4000
_ANYTHING: msgspec.json.Decoder[Any] = msgspec.json.Decoder(object)


class HttpAnswer(Protocol):
    """A complete answer; header names are looked up whatever their case."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...


def body_of(answer: HttpAnswer) -> Any:
    """Return the JSON of an answer, None where it is none."""
    return decoded(answer.body, _ANYTHING) if answer.body else None


def is_challenge(answer: HttpAnswer) -> bool:
    """Return whether a gateway says in so many words that it stopped the request."""
    return _CHALLENGE in answer.headers


def is_marked(answer: HttpAnswer, told: object) -> bool:
    """Return whether an answer says itself that it is a gateway's, whatever its form."""
    return is_challenge(answer) or 300 <= answer.status < 400 or (isinstance(told, dict) and "cloudflare_error" in told)


def is_walls(words: object) -> bool:
    """Return whether a reason is a firewall's, whatever form it has."""
    return isinstance(words, str) and _WALL.search(words) is not None


def has_moved(answer: HttpAnswer) -> bool:
    """Return whether a redirect says that the server is at another address now, rather than shows a page instead."""
    return answer.status in MOVED and not _LOGIN.search(answer.headers.get("location", ""))


def is_signed(answer: HttpAnswer) -> bool:
    """Return whether a page tells which gateway wrote it."""
    return is_challenge(answer) or _SIGNATURE.search(answer.body[:_LOOKED_AT]) is not None


def proved_by_gateway(answer: HttpAnswer) -> Answer:
    """Return what a gateway's answer proves of a request that would have changed something."""
    return Answer.NOT_SENT if is_challenge(answer) or answer.status in NOTHING_DONE else Answer.AMBIGUOUS


def is_page(answer: HttpAnswer) -> bool:
    """Return whether it is a web page, which no program writes for another."""
    return is_challenge(answer) or _MARKUP.match(answer.body[:_LOOKED_AT]) is not None


def what_it_was(answer: HttpAnswer, *, titled: bool = True) -> str:
    """Return what was seen in place of an answer, with its title: 'a web page ("Just a moment...")'.

    A title may repeat what we sent: it is for those who take our secrets out.
    """
    if 300 <= answer.status < 400:
        return "a redirect"
    if not answer.body.strip():
        return "an empty answer"
    if body_of(answer) is not None:
        return "JSON that is not its API's"
    if _MARKUP.match(answer.body[:_LOOKED_AT]) or "html" in answer.headers.get("content-type", "").lower():
        title = _title(answer) if titled else ""
        return f'a web page ("{title}")' if title else "a web page"
    return "an answer that broke off" if answer.body.lstrip()[:1] in (b"{", b"[") else "plain text"


def _title(answer: HttpAnswer) -> str:
    text = answer.body[:_LOOKED_AT].decode("utf-8", "replace")
    match = _TITLE.search(text) or _HEADING.search(text)
    return " ".join(unescape(match[1]).split())[:_LONGEST_TITLE].replace('"', "'") if match else ""
