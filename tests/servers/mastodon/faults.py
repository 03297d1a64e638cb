"""Faults a test asks for: which requests they strike, how often, and what then happens to them."""

import asyncio
import itertools
import re
import time
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.servers.mastodon.wire import Request

#: The request is not processed.
BEFORE = frozenset({"status", "close", "hang", "redirect", "late_accept"})
#: The request is processed; the answer suffers.
AFTER = frozenset({"accept_then_status", "accept_then_close", "accept_then_half", "accept_then_html"})
SLOW = frozenset({"delay", "accept_then_delay"})
_LOOK_S = 0.05


@dataclass
class Fault:
    """`after` matching requests pass unharmed, then `count` are struck (None: all). `seconds` are real seconds; what is
    slow goes on once its fault is removed."""

    effect: str
    method: str | None = None
    path: str = ""  # a regular expression, searched for in the path
    account: str | None = None  # only requests by this account
    count: int | None = None
    after: int = 0
    status: int = 503
    seconds: float = 1.0
    body: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    location: str = ""
    reset_in: float = 300.0  # of a 429: seconds until X-RateLimit-Reset
    id: str = ""
    seen: int = 0
    fired: int = 0

    def __post_init__(self) -> None:
        if self.effect not in BEFORE | AFTER | SLOW:
            raise ValueError(f"no such effect: {self.effect}")
        re.compile(self.path)

    def strikes(self, request: Request, account: str | None) -> bool:
        """Whether it strikes this request; counts the request either way."""
        if not self._concerns(request, account):
            return False
        self.seen += 1
        if self.seen <= self.after or (self.count is not None and self.fired >= self.count):
            return False
        self.fired += 1
        return True

    def _concerns(self, request: Request, account: str | None) -> bool:
        return (
            (self.method is None or self.method.upper() == request.method)
            and (self.account is None or self.account == account)
            and re.search(self.path, request.path) is not None
        )


class Faults:
    """The faults in force, first added first asked."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._numbers = itertools.count(1)

    def add(self, wishes: dict[str, Any]) -> Fault:
        """Raises ValueError or TypeError for what is no fault."""
        fault = Fault(**wishes)
        fault.id = f"fault-{next(self._numbers)}"
        self._faults.append(fault)
        return fault

    def striking(self, request: Request, account: str | None) -> Fault | None:
        return next((fault for fault in self._faults if fault.strikes(request, account)), None)

    async def pause(self, fault: Fault) -> None:
        """Wait as long as a slow one says, or until it is removed."""
        end = time.monotonic() + fault.seconds
        while (left := end - time.monotonic()) > 0 and fault in self._faults:
            await asyncio.sleep(min(left, _LOOK_S))

    def remove(self, fault_id: str | None = None) -> None:
        self._faults = [fault for fault in self._faults if fault_id is not None and fault.id != fault_id]

    def as_list(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._faults]
