"""The real `bot web`, a process of its own, and tabs that follow it as those of browsers do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from bot.services import users
from bot.store.store import Store
from tests.bench.worker import STOP_S, memory_of, processor_of
from tests.harness.console_server import PASSWORD, Browser

TABS = 20
_GENTLY_S = 2.0
"""So long a tab waits between two looks at its page, as `live.js` does."""


class RunningConsole:
    """`with RunningConsole(bot_toml, environment):`; it listens at `address`, on a port that was free. For it, it is
    `at` (UTC) when it is started, or what it is."""

    def __init__(self, config: Path, environment: dict[str, str], at: datetime | None = None) -> None:
        program = ["bot"] if at is None else ["tests.bench.at", at.isoformat()]
        self._command = [sys.executable, "-m", *program, "web", "--listen", "127.0.0.1:0", "--json"]
        self._command += ["--config", str(config)]
        self._environment = {**os.environ, **environment}
        self._log = config.parent / "console.log"
        self.address = ""

    def __enter__(self) -> Self:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environment, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self._process.stdout is not None
        said = ""
        while not said.rstrip().endswith("}"):
            line = self._process.stdout.readline()
            assert line, "the console has ended"
            said += line
        self.address = json.loads(said)["address"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(STOP_S)

    def memory(self) -> tuple[float, float]:
        """What it holds now and the most it ever held, in MB (10^6 bytes)."""
        return memory_of(self._process.pid)

    def processor(self) -> float:
        """How many seconds of processor it has taken."""
        return processor_of(self._process.pid)


@contextmanager
def signed_in(address: str, store: Store, name: str, now: datetime | None = None) -> Iterator[Browser]:
    """The browser of a new user, who reads. `now` (UTC) is what it is for the console."""
    link = f"/invitations/{users.invite(store, name, (), 'root', now or datetime.now(UTC))}"
    with Browser(address, httpx.Client(base_url=address, timeout=60)) as browser:
        assert browser.send(link, link, password=PASSWORD).status_code == 303
        yield browser


@contextmanager
def tabs(browser: Browser, *, count: int = TABS, path: str = "/") -> Iterator[None]:
    """As many tabs as that, each of which looks at its page again at each pulse, and not oftener than every two
    seconds."""
    over = threading.Event()
    with ExitStack() as opened:
        for _ in range(count):
            thread = threading.Thread(target=_follow, args=(browser, path, over), daemon=True)
            thread.start()
            opened.callback(thread.join)
        opened.callback(over.set)
        yield


def _follow(browser: Browser, path: str, over: threading.Event) -> None:
    own = {"hx-request": "true"}
    with httpx.Client(base_url=browser.address, cookies=browser.http.cookies, timeout=60) as tab:
        tab.get(path)
        with tab.stream("GET", "/events") as stream:
            for line in stream.iter_lines():
                if over.is_set():
                    return
                if line.startswith("event: pulse"):
                    tab.get(path, headers=own)
                    over.wait(_GENTLY_S)
