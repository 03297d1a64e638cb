"""Where a post was written: whether it is gone there, asked as anybody could."""

from __future__ import annotations

import threading
from urllib.parse import urlsplit

import httpx
import msgspec

from bot.files.config.address import is_loopback
from bot.platforms.base import CONNECT_TIMEOUT
from bot.platforms.http_client import HttpAnswer, body_of, decoded, is_challenge
from bot.platforms.mastodon.entities import OriginObject
from bot.platforms.web.safe_transport import WRITTEN, SafeTransport, none_kept

LONGEST = 15.0
"""Seconds that an origin may take; reshares wait meanwhile."""

_COPIED = msgspec.json.Decoder(OriginObject)
_ACTIVITY = "application/activity+json"
_GONE = frozenset({404, 410})
_MOST_BYTES = 1024 * 1024
_MOST_REDIRECTS = 2


class OriginServer:
    """Asks as anybody could. `home` is our own server's address: where that is this machine, as in tests, an origin
    may be this machine too."""

    def __init__(self, home: str, agent: str) -> None:
        self._is_local = is_loopback(urlsplit(home).hostname or "")
        self._agent = agent
        self._client: httpx.Client | None = None
        self._making = threading.Lock()

    def has_gone(self, uri: str, *, gone_here: bool = False) -> bool:
        """Return whether the post is gone or hidden for certain; False for a post that is there, and for any doubt.

        A server that only answers servers it knows (401, 403) leaves a doubt, and so does one that does not answer. A
        404 in a web page may be any gateway's; with `gone_here`, our own server has said it too, and it is believed.
        """
        try:
            extensions = {WRITTEN: uri} if self._is_local else {}
            with self._asker().stream("GET", uri, extensions=extensions) as answer:
                if answer.status_code not in _GONE and not answer.is_success:
                    return False
                origin_answer = HttpAnswer(answer.status_code, answer.headers, _body_of(answer))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            return False
        if answer.is_success:
            return _is_tombstone(origin_answer)
        return not is_challenge(origin_answer) and (gone_here or not _is_page(origin_answer))

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def _asker(self) -> httpx.Client:
        """Return the client, made when it is needed, which is rare."""
        with self._making:
            if self._client is None:
                self._client = httpx.Client(
                    headers={"User-Agent": self._agent, "Accept": _ACTIVITY},
                    timeout=httpx.Timeout(LONGEST, connect=CONNECT_TIMEOUT),
                    follow_redirects=True,
                    max_redirects=_MOST_REDIRECTS,
                    transport=SafeTransport(longest=LONGEST),
                    cookies=none_kept(),
                )
            return self._client


def _body_of(answer: httpx.Response) -> bytes:
    """Return the body, empty where it has no end."""
    body = b""
    for piece in answer.iter_bytes():
        body += piece
        if len(body) > _MOST_BYTES:
            return b""
    return body


def _is_page(answer: HttpAnswer) -> bool:
    """Return whether it is no word of a program's to another one: some say nothing at all beside the status."""
    return bool(answer.body.strip()) and not isinstance(body_of(answer), dict)


def _is_tombstone(answer: HttpAnswer) -> bool:
    """Return whether a server keeps a tombstone where a post was."""
    document = decoded(answer.body, _COPIED)
    return document is not None and document.type == "Tombstone"
