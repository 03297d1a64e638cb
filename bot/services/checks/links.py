"""Links in our own words: where they stand, and whether what they lead to answers."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress

import httpx

from bot.causes import CauseCode, because
from bot.platforms.http_client import why_unreachable
from bot.platforms.web.safe_transport import WRITTEN, NotPublic, SafeTransport
from bot.text_display import printable

LINK_TIMEOUT = 10.0
"""Seconds that a link may take to answer, for each of its two chances."""

LONGEST_ROUND = 45.0
"""Seconds after which a round is over, whoever has not answered yet."""

_AT_ONCE = 8
_MOST_REDIRECTS = 8
_LOOK_S = 0.05
_FOR_PEOPLE_ONLY = frozenset({401, 403, 405, 406, 418, 429, 451, 999})
"""What servers answer to programs that they keep out: it says nothing of the page (999 is LinkedIn's)."""

_NOT_ASKED = because(CauseCode.LINK_NOT_ASKED)


def client(agent: str) -> httpx.Client:
    """Return the client that asks; `agent` says who. It follows no link on to a private address."""
    return httpx.Client(headers={"User-Agent": agent}, max_redirects=_MOST_REDIRECTS, transport=SafeTransport())


def troubles(web: httpx.Client, urls: Iterable[str], is_over: Callable[[], bool] = lambda: False) -> dict[str, str]:
    """Return what is wrong with each of these links, "" where it answers: each asked once, eight at a time.

    Whoever is slower than a whole round is given up, and so are all as soon as `is_over`: the threads that ask are left
    behind, and keep no process from ending.
    """
    answers = dict.fromkeys(urls, _NOT_ASKED)
    waiting = deque(answers)

    def ask() -> None:
        with suppress(IndexError, RuntimeError):  # nothing is left to ask, or the round is over and the client closed
            while url := waiting.popleft():
                answers[url] = trouble(web, url)

    threads = [threading.Thread(target=ask, name="link", daemon=True) for _ in range(min(_AT_ONCE, len(answers)))]
    for thread in threads:
        thread.start()
    until = time.monotonic() + LONGEST_ROUND
    while time.monotonic() < until and not is_over():
        busy = [thread for thread in threads if thread.is_alive()]
        if not busy:
            break
        busy[0].join(_LOOK_S)
    waiting.clear()
    return dict(answers)


def trouble(web: httpx.Client, url: str) -> str:
    """Return what is wrong with a link, or "". Servers that know no HEAD are asked again with GET."""
    said = ""
    for method in ("HEAD", "GET"):
        try:
            written = {WRITTEN: url}
            with web.stream(method, url, follow_redirects=True, timeout=LINK_TIMEOUT, extensions=written) as answer:
                if answer.status_code < 400:
                    return ""
                keeps_out = answer.status_code in _FOR_PEOPLE_ONLY
                code = CauseCode.LINK_KEEPS_PROGRAMS_OUT if keeps_out else CauseCode.LINK_ANSWERS
                said = because(code, status=answer.status_code)
        except NotPublic as error:
            return because(CauseCode.LINK_PRIVATE, error=printable(str(error)))
        except httpx.TimeoutException:
            said = because(CauseCode.LINK_SLOW, seconds=round(LINK_TIMEOUT))
        except httpx.ConnectError as error:
            said = because(CauseCode.LINK_UNREACHABLE, error=why_unreachable(error))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            said = because(CauseCode.LINK_UNREACHABLE, error=printable(str(error)) or type(error).__name__)
    return said
