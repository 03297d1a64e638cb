"""HTTP for all adapters: the send deadline, JSON from servers that may mean harm, and what a failure proves."""

from __future__ import annotations

import os
import re
import socket
import ssl
import threading
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

import msgspec
import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies
from urllib3.connection import HTTPConnection
from urllib3.exceptions import NewConnectionError

from bot.errors import Outcome
from bot.platforms.base import Clock
from bot.platforms.html_text import unescape
from bot.platforms.web.certificates import shared_ssl_context
from bot.values import dataclass


def is_too_late(clock: Clock, leave_by: datetime | None) -> bool:
    """Return whether a request must not leave any more: somebody else may have taken over what it is for."""
    return leave_by is not None and clock() > leave_by


Shape = TypeVar("Shape")

_ESCAPE = re.compile(rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F]..)|.)", re.DOTALL)
_REPLACED = rb"\ufffd"
_CONTROLS = bytes.maketrans(bytes(range(32)), b" " * 32)


def decoded(body: bytes | msgspec.Raw, decoder: msgspec.json.Decoder[Shape]) -> Shape | None:
    """Return what the decoder reads, None where it can read nothing: no answer of any server raises anything.

    One bad letter must not hide a page of posts, hence a body that is no JSON is fixed first.
    """
    try:
        return decoder.decode(body)
    except (msgspec.ValidationError, OverflowError, RecursionError):
        return None
    except ValueError:
        pass
    try:
        return decoder.decode(repaired(bytes(body)))
    except (ValueError, OverflowError, RecursionError):
        return None


def repaired(body: bytes) -> bytes:
    """Return JSON with a replacement character for each half of a letter (a lone surrogate) and each byte that is no
    text, and with spaces for raw control characters: strict readers refuse all three, and lenient servers send them."""
    text = body.decode("utf-8", "replace").encode()
    return _ESCAPE.sub(_without_half, text.translate(_CONTROLS))


def _without_half(escape: re.Match[bytes]) -> bytes:
    return _REPLACED if escape[1] else escape[0]


MOST_CAUSES = 20
"""How deep errors are looked into; the libraries wrap them four or five times."""


def why_unreachable(error: BaseException) -> str:
    """Return why a connection was never made, as far as the causes of an error tell; never a text that quotes the
    request."""
    for cause in causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not valid: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return "no safe connection (TLS) can be made"
        if isinstance(cause, socket.gaierror):
            return "its name is not known (DNS)"
        if isinstance(cause, ConnectionRefusedError):
            return "nobody answers there: connection refused"
        if isinstance(cause, TimeoutError):
            return "it does not answer"
    return "no connection"


def causes(error: BaseException | None) -> list[BaseException]:
    """Return an error and all it was made of: the libraries keep causes in contexts, arguments and `reason`."""
    errors: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting and len(errors) < MOST_CAUSES:
        cause = waiting.pop(0)
        if isinstance(cause, BaseException) and all(cause is not other for other in errors):
            errors.append(cause)
            waiting += [cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args]
    return errors


_thread = threading.local()


class NeverConnected(NewConnectionError):
    """Nothing of the request left: no address, no connection, no TLS, or no way through the proxy."""


class TooLate(Exception):
    """The request must not leave any more: this process was asleep since it was recorded."""


@contextmanager
def send_deadline(is_too_late: Callable[[], bool]) -> Iterator[None]:
    """Set a function that punctual connections ask, while the block runs, before each piece of what this thread
    sends."""
    _thread.is_too_late = is_too_late
    try:
        yield
    finally:
        del _thread.is_too_late


class DeadlineConnection(HTTPConnection):
    """A connection that looks at the clock when it is there, and sends nothing when it is too late.

    A request that lacks its last piece is none to any server, so that it counts as not sent. Only a sleep between this
    look and the kernel's taking the bytes goes unnoticed.
    """

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        is_too_late = getattr(_thread, "is_too_late", None)
        if is_too_late is not None and is_too_late():
            self.close()
            raise TooLate
        super().send(data)


def configure_session(session: requests.Session, base_url: str) -> None:
    """Take it once. Left to itself, requests goes through all of it before every request, which takes a quarter of
    the time of a post, and looks into ~/.netrc for a password to send instead of our token. It would keep cookies, too,
    and one that holds odd letters would spoil every later request."""
    session.proxies.update(get_environ_proxies(base_url))
    session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))


class Adapter(HTTPAdapter):
    """Checks certificates by the one context of all our clients.

    Left to itself, requests reads all the certificates that there are for each connection: 20 to 60 ms of a post.
    """

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call, unused-ignore]
        if verify is True and url.lower().startswith("https"):
            conn.ca_certs, conn.conn_kw["ssl_context"] = None, shared_ssl_context()


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


@dataclass(frozen=True)
class HttpAnswer:
    """One answer. `headers` must ignore case; `body` is empty when it broke off."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def server_time(self) -> datetime | None:
        """The Date header in UTC, None when there is none that can be read."""
        try:
            date = parsedate_to_datetime(self.headers.get("date", ""))
            return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
        except (ValueError, OverflowError):
            return None

    @property
    def validators(self) -> dict[str, str]:
        """The headers by which the same question is answered only if the answer is another one (RFC 9110, 13.1)."""
        for header, asked in (("etag", "If-None-Match"), ("last-modified", "If-Modified-Since")):
            value = self.headers.get(header, "")
            if value and value.isascii() and value.isprintable() and len(value) <= LONGEST_VALIDATOR:
                return {asked: value}
        return {}

    @property
    def asks_to_wait(self) -> bool:
        """Return whether the server wants to be left alone for a while."""
        return self.status == 429 or (self.status == 503 and "retry-after" in self.headers)


def body_of(answer: HttpAnswer) -> Any:
    """Return the JSON of an answer, None where it is none."""
    return decoded(answer.body, _ANYTHING) if answer.body else None


def is_challenge(answer: HttpAnswer) -> bool:
    """Return whether a gateway says expressly that it stopped the request."""
    return _CHALLENGE in answer.headers


def is_marked(answer: HttpAnswer, value: object) -> bool:
    """Return whether an answer says itself that it is a gateway's, whatever its form."""
    return (
        is_challenge(answer) or 300 <= answer.status < 400 or (isinstance(value, dict) and "cloudflare_error" in value)
    )


def is_walls(words: object) -> bool:
    """Return whether a reason is a firewall's, whatever form it has."""
    return isinstance(words, str) and _WALL.search(words) is not None


def has_moved(answer: HttpAnswer) -> bool:
    """Return whether a redirect says that the server is at another address now, rather than shows a page instead."""
    return answer.status in MOVED and not _LOGIN.search(answer.headers.get("location", ""))


def is_signed(answer: HttpAnswer) -> bool:
    """Return whether a page tells which gateway wrote it."""
    return is_challenge(answer) or _SIGNATURE.search(answer.body[:_LOOKED_AT]) is not None


def proved_by(answer: HttpAnswer, *, is_own: bool) -> Outcome:
    """Return what an answer proves about a request that would have changed something; `is_own` says that it is the
    server's own word and not that of a gateway.

    A 408, a 409 and every 5xx may come from a gateway whose server went on working.
    """
    if answer.status == 429:
        return Outcome.NOT_SENT
    if is_own and 400 <= answer.status < 500 and answer.status not in OPEN:
        return Outcome.REJECTED
    return Outcome.NOT_SENT if is_challenge(answer) or answer.status in NOTHING_DONE else Outcome.AMBIGUOUS


def place_of(answer: HttpAnswer) -> str:
    """Return the scheme and host to which a redirect leads."""
    try:
        target = urlsplit(answer.headers.get("location", ""))
    except ValueError:
        return "another address"
    return f"{target.scheme or 'https'}://{target.netloc}" if target.netloc else "another address"


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


StructShape = TypeVar("StructShape", bound=msgspec.Struct)

_ABSENT = object()
"""Nothing is there, in one of the many ways to say so; the field keeps its default."""

_ODD = object()
"""Something is there that has no meaning here."""

_TRUE, _FALSE = frozenset({"true", "1", "yes", "on"}), frozenset({"false", "0", "no", "off"})
_LEGACY_DATES = ("%Y-%m-%d %H:%M:%S", "%a %b %d %H:%M:%S %z %Y")
_LATEST_IN_SECONDS = 10**11
"""Instants above this are milliseconds: in seconds it is the year 5138."""

_MOST_DIGITS = 30
_MOST_ITEMS = 1000


def salvaged(value: object, shape: type[StructShape]) -> tuple[StructShape | None, frozenset[str]]:
    """Return what can be read of an object, and the dotted names of what could not be.

    None where a field without a default cannot be read. A shape may name in `BARE` the field that a bare value fills.
    """
    unread: set[str] = set()
    struct = _struct(value, shape, "", unread)
    return (struct if isinstance(struct, shape) else None), frozenset(unread)


def instant_in(value: object) -> datetime | None:
    """Return an instant in UTC, None for what cannot be read as one.

    ISO 8601 (the day alone too), RFC 2822, the form of Twitter's first API, SQL's, and Unix seconds or milliseconds.
    """
    try:
        if isinstance(value, str):
            value = value.strip()
            if value.isdecimal() and len(value) <= _MOST_DIGITS and len(value) not in (4, 6, 8):
                value = int(value)
        if isinstance(value, str):
            return _in_utc(_written_instant(value))
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
            return datetime.fromtimestamp(value / 1000 if value > _LATEST_IN_SECONDS else value, UTC)
    except (ValueError, OverflowError, OSError, TypeError):
        pass
    return None


def _written_instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for form in _LEGACY_DATES:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 (made UTC by the caller)
        except ValueError:
            continue
    return parsedate_to_datetime(text)


def _in_utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


@cache
def _hints(shape: type[msgspec.Struct]) -> Mapping[str, tuple[str, Any, bool]]:
    """Return each field's name, type and whether it must be there, by its key in JSON."""
    hints, fields = get_type_hints(shape), msgspec.structs.fields(shape)
    return {field.encode_name: (field.name, hints[field.name], field.required) for field in fields}


def _struct(document: object, shape: type[msgspec.Struct], path: str, unread: set[str]) -> object:
    bare = getattr(shape, "BARE", "")
    if bare and isinstance(document, str) and document:
        document = {bare: document}
    if _is_nothing(document):
        return _ABSENT
    if not isinstance(document, dict):
        return _ODD
    values: dict[str, Any] = {}
    for key, (name, hint, required) in _hints(shape).items():
        where = f"{path}.{name}" if path else name
        value = _value(document.get(key, _ABSENT), hint, where, unread)
        if value is _ODD:
            unread.add(where)
        if value is not _ODD and value is not _ABSENT:
            values[name] = value
        elif required:
            unread.add(where)
            return _ODD
    return shape(**values)


def _value(value: object, hint: Any, path: str, unread: set[str]) -> object:
    if hint is object or hint is Any:
        return value
    if value is _ABSENT or value is None:
        return _ABSENT
    kinds = [kind for kind in _members(hint) if kind is not type(None)]
    if hint is msgspec.Raw or msgspec.Raw in kinds:
        return msgspec.Raw(msgspec.json.encode(value))
    if set(kinds) == {str, int}:
        return _id(value)
    [kind] = kinds
    origin = get_origin(kind)
    if origin is list:
        return _list(value, get_args(kind)[0], path, unread)
    if origin is dict or kind is dict:
        return _ABSENT if _is_nothing(value) else value if isinstance(value, dict) else _ODD
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _struct(value, kind, path, unread)
    return _LEAVES[kind](value)


def _members(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)


def _list(value: object, kind: Any, path: str, unread: set[str]) -> object:
    """Return the items that can be read. One object where a list of objects belongs is a list of one."""
    if _is_nothing(value):
        return []
    if isinstance(value, dict):
        numbered = all(key.isdecimal() and len(key) <= _MOST_DIGITS for key in value)
        value = [value[key] for key in sorted(value, key=int)] if numbered else [value]
    elif isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        return _ODD
    items: list[object] = []
    for entry in value[:_MOST_ITEMS]:
        item = _value(entry, kind, path, unread)
        if item is _ODD:
            unread.add(path)
        elif item is not _ABSENT:
            items.append(item)
    return items


def _is_nothing(value: object) -> bool:
    return value is None or value is False or value in ("", [], {})


def _text(value: object) -> object:
    if isinstance(value, str):
        return value
    if _is_nothing(value):
        return _ABSENT
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else _ODD


def _id(value: object) -> object:
    """Return an id, or that there is none: for 0 too, since databases count from 1."""
    if _is_nothing(value) or value in (0, "0"):
        return _ABSENT
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, str | int) and not isinstance(value, bool) else _ODD


def _flag(value: object) -> object:
    if isinstance(value, str):
        value = value.strip().lower()
        return True if value in _TRUE else False if value in _FALSE else _ABSENT if not value else _ODD
    if isinstance(value, bool) or value in (0, 1):
        return bool(value)
    return _ABSENT if _is_nothing(value) else _ODD


def _number(value: object) -> object:
    if isinstance(value, str) and value.strip().isdecimal() and len(value) <= _MOST_DIGITS:
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return _ABSENT if _is_nothing(value) else _ODD


def _instant(value: object) -> object:
    return instant_in(value) or (_ABSENT if _is_nothing(value) else _ODD)


_LEAVES: Mapping[Any, Any] = {str: _text, bool: _flag, int: _number, datetime: _instant}

MAX_BODY = 16 * 1024 * 1024
"""Bytes of an answer we are willing to read; a page of 40 posts is well below one million."""

UNTOLD_WAIT = timedelta(minutes=5)
"""How long to wait after a 429 that does not say: Mastodon's own window."""

LONGEST_WAIT = timedelta(days=1)

LONGEST_VALIDATOR = 256
"""Characters of a validator that are sent back; what is longer, or no plain text, could spoil the next question."""

LONGEST_WINDOW = timedelta(minutes=15)
"""No server counts requests over a longer time; one that says so would not be read for a day."""

MOST_LEFT_OVER = 10
"""Requests of a rate limit that are not used, lest a 429 keep everybody at our address waiting."""


def rest_after(answer: HttpAnswer, now: datetime) -> datetime | None:
    """Return until when a server had better be left alone (UTC): it says so, or few requests are left until its limit's
    reset.

    None where it may be asked again at once.
    """
    if answer.asks_to_wait:
        return retry_at(answer, now)
    limit, remaining = (
        _count(answer.headers.get("x-ratelimit-limit", "")),
        _count(answer.headers.get("x-ratelimit-remaining", "")),
    )
    if limit is None or remaining is None or remaining > min(limit // 10, MOST_LEFT_OVER):
        return None
    return min(retry_at(answer, now), now + LONGEST_WINDOW)


def retry_at(answer: HttpAnswer, now: datetime) -> datetime:
    """Return when a rate limit ends by our clock (UTC): `X-RateLimit-Reset`, ISO time or Unix seconds, or
    `Retry-After`.

    The server's own clock is taken from its Date header, so that one that is off does not move the instant.
    """
    reset, after = _told_by(answer, "x-ratelimit-reset", now), retry_after(answer, now)
    until = (after or reset) if answer.status == 503 else (reset or after)
    wait = until - now if until else UNTOLD_WAIT
    return now + min(max(wait, timedelta(seconds=1)), LONGEST_WAIT)


def retry_after(answer: HttpAnswer, now: datetime) -> datetime | None:
    """Return what `Retry-After` says by our clock (UTC), None where it says nothing that can be read."""
    return _told_by(answer, "retry-after", now)


def _told_by(answer: HttpAnswer, header: str, now: datetime) -> datetime | None:
    server_now = answer.server_time or now
    instant = _answers_instant(answer.headers.get(header, "").strip(), server_now)
    return None if instant is None else now + min(max(instant - server_now, timedelta()), 2 * LONGEST_WAIT)


def _count(text: str) -> int | None:
    """Return a number of requests; longer ones no server means, and Python reads none of thousands of digits."""
    return int(text) if text.isdecimal() and len(text) <= 12 else None


def _answers_instant(text: str, server_now: datetime) -> datetime | None:
    """Return the instant of an answer: an ISO time, a date as in HTTP, Unix seconds, or a number of seconds from now
    too small to be Unix seconds."""
    try:
        if not text.isdecimal():
            instant = parsedate_to_datetime(text) if "," in text else datetime.fromisoformat(text)
            return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
        seconds = int(text)
        return datetime.fromtimestamp(seconds, UTC) if seconds > 10**9 else server_now + timedelta(seconds=seconds)
    except (ValueError, OverflowError, OSError):
        return None
