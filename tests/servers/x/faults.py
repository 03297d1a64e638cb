"""Faults a test asks for: answers that are wrong, late, cut short or absent, with the request processed or not."""

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any, Literal

import msgspec

from tests.servers.x.messages import HTML, Request, Response, json_response
from tests.servers.x.problems import problem

Effect = Literal[
    "status",
    "close",
    "hang",
    "delay",
    "late_accept",
    "accept_then_status",
    "accept_then_close",
    "accept_then_half",
    "accept_then_html",
    "accept_then_delay",
]
PAGE = b"<!DOCTYPE html><html><body><h1>Something went wrong</h1></body></html>"


class Fault(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One fault: what it applies to, what it does, and to how many requests.

    `path` is a glob such as `/2/tweets*`, or a regular expression when it starts with `^`; the query string is not part
    of it. The first `after` matches pass, the next `count` are hit (None: all of them). Faults stand in a queue: what
    an earlier one hits, a later one neither sees nor counts.
    """

    effect: Effect
    path: str = "*"
    method: str = ""
    count: int | None = 1
    after: int = 0
    status: int = 503
    body: Any = None
    headers: dict[str, str] = {}
    seconds: float = 0.0
    matched: int = 0

    def hits(self, request: Request) -> bool:
        """Whether this request is one of those it is meant for; counts the match."""
        if self.method and self.method.upper() != request.method:
            return False
        if self.path.startswith("^"):
            if not re.search(self.path, request.path):
                return False
        elif not fnmatchcase(request.path, self.path):
            return False
        self.matched += 1
        return self.matched > self.after and (self.count is None or self.matched <= self.after + self.count)

    def canned(self) -> Response:
        """The answer a `status` fault gives: its body, or X's problem for the status."""
        if self.body is None:
            return problem(self.status, headers=self.headers)
        if isinstance(self.body, str):
            return Response(self.status, self.body.encode(), HTML, self.headers)
        return json_response(self.body, self.status, self.headers)


Process = Callable[[], Response]


_LOOK_S = 0.05


async def _pause(fault: Fault, faults: Sequence[Fault]) -> None:
    """Wait as long as a slow one says, or until it is none of the faults any more."""
    end = time.monotonic() + fault.seconds
    while (left := end - time.monotonic()) > 0 and fault in faults:
        await asyncio.sleep(min(left, _LOOK_S))


async def apply(
    fault: Fault,
    faults: Sequence[Fault],
    process: Process,
    later: Callable[[float, Process], None],
    gone: asyncio.Event,
) -> Response | None:
    """Answer as the fault, one of those in force, wants; None hangs up. `later` keeps a processing for so many seconds
    from now."""
    if fault.effect.startswith("accept_then_"):
        return await _after_accepting(fault, faults, process())
    if fault.effect == "status":
        return fault.canned()
    if fault.effect == "delay":
        await _pause(fault, faults)
        return process()
    if fault.effect == "late_accept":
        later(fault.seconds, process)
    if fault.effect == "hang":
        await gone.wait()
    return None


async def _after_accepting(fault: Fault, faults: Sequence[Fault], answer: Response) -> Response | None:
    if fault.effect == "accept_then_status":
        return fault.canned()
    if fault.effect == "accept_then_half":
        return replace(answer, half=True)
    if fault.effect == "accept_then_html":
        return Response(200, PAGE, HTML)
    if fault.effect == "accept_then_delay":
        await _pause(fault, faults)
        return answer
    return None
