"""Hashtag pages as the Mastodon test server writes them, multiplied, and served again as bytes."""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec

from tests.servers.mastodon.handle import MastodonServer

TAG = "FreeBelarusUnionists"
PER_PAGE = 40
_ID = re.compile(rb"\b1\d{17}\b")
_FAR = 10**15
"""How far apart the ids of two copies of one post are: about three months in Mastodon's ids."""

_TEXT = (
    "I stand with the union leaders who are in prison in Belarus, and I ask my government to say so. Number {number}. "
    "https://www.ilo.org/resource/news/{number} #FreeBelarusUnionists #SolidarityWithBelarusTradeUnionists"
)


def real_pages(server: MastodonServer, count: int) -> list[bytes]:
    """As many pages of posts with videos, read off the server as any client would, the newest page first."""
    begin = datetime.now(UTC) - timedelta(hours=6)
    server.seed_statuses([_wish(number, begin) for number in range(count * PER_PAGE)])
    pages: list[bytes] = []
    query: dict[str, str] = {"limit": str(PER_PAGE)}
    for _ in range(count):
        body = httpx.get(f"{server.url}/api/v1/timelines/tag/{TAG}", params=query, trust_env=False).content
        pages.append(body)
        query["max_id"] = ids_in(body)[-1]
    return pages


def _wish(number: int, begin: datetime) -> dict[str, Any]:
    return {
        "account": f"worker{number % 97}@host{number % 7}.example",
        "text": _TEXT.format(number=number),
        "media": [{"type": "video", "description": "A worker speaks."}],
        "language": "en",
        "created_at": begin + timedelta(seconds=number),
    }


def multiplied(pages: Sequence[bytes], times: int) -> list[bytes]:
    """The pages again and again, each time as other posts: every id moved, nothing else touched."""
    return [_moved(page, _FAR * time) for time in range(times) for page in pages]


def _moved(page: bytes, by: int) -> bytes:
    return _ID.sub(lambda found: str(int(found[0]) - by).encode(), page)


def ids_in(page: bytes) -> list[str]:
    """The ids of a page's posts, in its order."""
    return [str(post["id"]) for post in msgspec.json.decode(page)]


class Replay:
    """Gives one page after the other, by the `max_id` it is asked for, in a process of its own; a context manager."""

    def __init__(self, pages: Sequence[bytes]) -> None:
        after = ["", *(ids_in(page)[-1] for page in pages)]
        self._answers = dict(zip(after, [*pages, b"[]"], strict=True))

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._process = get_context("fork").Process(target=_serve, args=(self._listener, self._answers), daemon=True)
        self._process.start()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.join()
        self._listener.close()


def _serve(listener: socket.socket, answers: dict[str, bytes]) -> None:
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, connection.makefile("rb") as reader:
            while line := reader.readline():
                while reader.readline().strip():
                    pass
                place = parse_qs(urlsplit(line.split()[1].decode()).query).get("max_id", [""])[0]
                body = answers[place]
                head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
                connection.sendall(head.encode() + body)
