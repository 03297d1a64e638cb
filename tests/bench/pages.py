"""Hashtag pages as the Mastodon test server writes them, served again as bytes."""

from __future__ import annotations

import random
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
_TEXT = (
    "{words}, and I ask my government to say so. Number {number}. "
    "https://www.ilo.org/resource/news/{number} #FreeBelarusUnionists #SolidarityWithBelarusTradeUnionists"
)
_WORDS = (
    "union",
    "leaders",
    "prison",
    "court",
    "strike",
    "letter",
    "rail",
    "miners",
    "teachers",
    "doctors",
    "winter",
    "bread",
    "roses",
    "hope",
    "release",
    "freedom",
    "rights",
    "factory",
    "picket",
    "banner",
    "voices",
    "friends",
    "sisters",
    "brothers",
    "assembly",
    "dignity",
)


def real_pages(server: MastodonServer, count: int) -> list[bytes]:
    """As many pages of posts with videos, read off the server as any client would, the newest page first."""
    begin = datetime.now(UTC) - timedelta(hours=12)
    for page in range(count):  # one call for all of them can outlast the control connection's patience
        server.seed_statuses([_wish(page * PER_PAGE + number, begin) for number in range(PER_PAGE)])
    pages: list[bytes] = []
    query: dict[str, str] = {"limit": str(PER_PAGE)}
    for _ in range(count):
        body = httpx.get(f"{server.url}/api/v1/timelines/tag/{TAG}", params=query, trust_env=False).content
        pages.append(body)
        query["max_id"] = ids_in(body)[-1]
    return pages


def _wish(number: int, begin: datetime) -> dict[str, Any]:
    return {
        "account": f"worker{number % 997}@host{number % 997 % 7}.example",
        "text": _TEXT.format(number=number, words=" ".join(random.Random(number).sample(_WORDS, 12))),
        "media": [{"type": "video", "description": "A worker speaks."}],
        "language": "en",
        "created_at": begin + timedelta(seconds=number),
    }


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
