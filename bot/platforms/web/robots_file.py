"""Fetching a robots.txt."""

from __future__ import annotations

import httpx

from bot.platforms.base import CONNECT_TIMEOUT, READ_TIMEOUT
from bot.platforms.unreachable import why_unreachable
from bot.platforms.web.cookies import none_kept
from bot.platforms.web.guard import Guard, NotPublic
from bot.platforms.web.robots import MOST_BYTES, MOST_REDIRECTS, Fetched

_TIMEOUT = httpx.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT)


class RobotsFile:
    """One server's; redirects are followed, each behind the guard."""

    def __init__(self, base_url: str, agent: str, guard: Guard) -> None:
        headers = {"User-Agent": agent, "Accept": "text/plain, */*;q=0.1"}
        self._client = httpx.Client(
            base_url=base_url,
            headers=headers,
            timeout=_TIMEOUT,
            transport=guard,
            max_redirects=MOST_REDIRECTS,
            cookies=none_kept(),
        )

    def fetch(self) -> Fetched:
        """Whatever there is, and as much of it as counts."""
        try:
            with self._client.stream("GET", "/robots.txt", follow_redirects=True) as answer:
                return Fetched(answer.status_code, _beginning(answer) if answer.is_success else b"")
        except httpx.TooManyRedirects:
            return Fetched(0, why="it redirects in a circle")
        except NotPublic as error:
            return Fetched(0, why=str(error))
        except httpx.ConnectError as error:
            return Fetched(0, why=why_unreachable(error))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return Fetched(0, why=f"no answer: {type(error).__name__}")

    def close(self) -> None:
        self._client.close()


def _beginning(answer: httpx.Response) -> bytes:
    """Up to a limit, without the line that is cut off there."""
    body = b""
    for piece in answer.iter_bytes(64 * 1024):
        body += piece
        if len(body) >= MOST_BYTES:
            return body[:MOST_BYTES].rpartition(b"\n")[0]
    return body
