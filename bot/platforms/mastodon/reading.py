"""Reading from a Mastodon server: raw requests over one shared, thread-safe pool of connections."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TypeVar

import httpx
import msgspec

from bot.errors import Answer
from bot.platforms.base import CONNECT_TIMEOUT, READ_TIMEOUT, USER_AGENT
from bot.platforms.gateway import body_of
from bot.platforms.jsontext import decoded
from bot.platforms.mastodon.answers import MAX_BODY, Answered
from bot.platforms.mastodon.errors import Explainer
from bot.platforms.salvage import salvaged
from bot.platforms.unreachable import why_unreachable
from bot.platforms.web.cookies import none_kept
from bot.platforms.web.guard import NotPublic

Shape = TypeVar("Shape")

PLAINLY: Mapping[str, str] = {}
_TIMEOUT = httpx.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT)


class BrokenOff(Exception):
    """We stopped reading an answer that went on too long."""


class Reader:
    """GET requests, with the account's token or without one. Follows no redirect and repeats nothing.

    `agent` says who asks; a server that is not ours is asked through a `transport` that guards us.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        explain: Explainer,
        *,
        agent: str = USER_AGENT,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.explain = explain
        self.has_token = bool(token)
        headers = {"User-Agent": agent, "Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        kept = httpx.Limits(max_connections=20, max_keepalive_connections=10)
        self._client = httpx.Client(
            base_url=base_url,
            headers=headers,
            timeout=_TIMEOUT,
            limits=kept,
            transport=transport,
            cookies=none_kept(),
        )

    def ask(
        self, path: str, doing: str, headers: Mapping[str, str] = PLAINLY, **query: str | Sequence[str]
    ) -> Answered:
        """Whatever the server answers. Raises PlatformError (not sent) when it does not answer whole."""
        try:
            with self._client.stream("GET", path, params=dict(query), headers=headers) as response:
                return Answered(response.status_code, response.headers, _body_of(response))
        except Exception as error:  # httpx lets errors of other libraries through, and none may reach a service
            problem = self.explain.unanswered(doing, _why(error), Answer.NOT_SENT)
            problem.unreachable = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
        raise problem

    def get(self, path: str, doing: str, **query: str) -> Answered:
        """An answer that is a success. Raises PlatformError for every other one."""
        answer = self.ask(path, doing, PLAINLY, **query)
        if not answer.is_success:
            raise self.explain.refused_read(answer, doing)
        return answer

    def read(self, shape: type[Shape], path: str, doing: str, **query: str) -> Shape:
        """A successful answer in the shape asked for. Raises PlatformError when it has another."""
        return self.shaped(shape, self.get(path, doing, **query), doing)

    def shaped(self, shape: type[Shape], answer: Answered, doing: str, *, lenient: bool = False) -> Shape:
        """The answer's JSON. Raises PlatformError (not sent) when it is not of this shape.

        A `lenient` reading leaves out what is odd, where nothing is proved by it.
        """
        found = decoded(answer.body, msgspec.json.Decoder(shape, strict=False))
        if found is None and lenient and issubclass(shape, msgspec.Struct) and isinstance(body_of(answer), dict):
            found, _ = salvaged(body_of(answer), shape)
        if found is None:
            raise self.explain.unreadable(doing, Answer.NOT_SENT, answer)
        return found

    def close(self) -> None:
        self._client.close()


def _body_of(response: httpx.Response) -> bytes:
    """The whole body, unless it is too long or comes too slowly: a timeout only bounds the wait for the next byte."""
    deadline = time.monotonic() + READ_TIMEOUT
    pieces: list[bytes] = []
    size = 0
    for piece in response.iter_bytes():
        pieces.append(piece)
        size += len(piece)
        if size > MAX_BODY or time.monotonic() > deadline:
            raise BrokenOff
    return b"".join(pieces)


def _why(error: Exception) -> str:
    if isinstance(error, NotPublic):
        return str(error)
    if isinstance(error, httpx.TimeoutException):
        return "it took too long"
    if isinstance(error, httpx.ConnectError):
        return why_unreachable(error)
    if isinstance(error, BrokenOff):
        return "its answer had no end"
    return f"the connection broke: {type(error).__name__}"
