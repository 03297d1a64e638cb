"""Processes that have loaded much once and fork whatever is asked of them. All processes of one test run share them.

Who shares the tests among several processes starts them for all, and says where by an
environment variable; else each is started when it is first needed. They end with whoever started them.
"""

from __future__ import annotations

import atexit
import json
import os
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

BOT = "tests.harness.preloaded_bot"
SERVERS = "tests.servers.preloaded"
OPTIONS: dict[str, tuple[str, ...]] = {SERVERS: (), BOT: ("-W", "error")}
"""Of the interpreter, by module: ours warns of nothing, which cannot be said of the libraries of the servers."""

_SHARED = "GROUNDSWELL_TESTS_PRELOADED"
_ROOT = Path(__file__).parents[2]
_PATIENCE_S = 120.0


class Orders:
    """What comes in at `address`, a path: one line of JSON for each order. Ends when standard input does."""

    def __init__(self, address: str) -> None:
        self._waiting = selectors.DefaultSelector()
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(address)
        self._listening.listen()
        self._waiting.register(self._listening, selectors.EVENT_READ)
        self._waiting.register(sys.stdin, selectors.EVENT_READ)

    def __iter__(self) -> Iterator[tuple[dict[str, Any], socket.socket]]:
        """Yield each order, and whom to `tell` what came of it."""
        while True:
            for key, _ in self._waiting.select():
                if key.fileobj is sys.stdin:
                    return self.close()
                if key.fileobj is self._listening:
                    asker, _ = self._listening.accept()
                    self._waiting.register(asker, selectors.EVENT_READ, (asker, asker.makefile("rb")))
                    continue
                asker, lines = key.data
                if line := lines.readline():
                    yield json.loads(line), asker
                else:
                    self._waiting.unregister(asker)
                    lines.close()
                    asker.close()

    def close(self) -> None:
        """Close all connections: in a child, which leaves them to the process that has forked it, and in the end."""
        for key in list(self._waiting.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        self._waiting.close()


def tell(asker: socket.socket, answer: object) -> None:
    """Answer an order with one line."""
    asker.sendall(json.dumps(answer).encode() + b"\n")


class Preloaded:
    """A process that runs `module`, as one of those that ask it."""

    def __init__(self, module: str) -> None:
        address = os.path.join(os.environ[_SHARED], module) if _SHARED in os.environ else _started(module)
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.settimeout(_PATIENCE_S)
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                self._connection.connect(address)
                break
            except (FileNotFoundError, ConnectionRefusedError):
                assert time.monotonic() < deadline, f"{module} did not start"
                time.sleep(0.02)
        self._answers = self._connection.makefile("r", encoding="utf-8")

    def ask(self, **wanted: object) -> Any:
        """Send one order, and return its answer. Raise RuntimeError if there is none."""
        self._connection.sendall(json.dumps(wanted).encode() + b"\n")
        if not (line := self._answers.readline()):
            raise RuntimeError("the preloaded process has ended: see its traceback above")
        return json.loads(line)


@cache
def preloaded(module: str) -> Preloaded:
    """Return this process's connection to the one that runs `module`."""
    return Preloaded(module)


def start_for_all() -> None:
    """Start them before the processes that share the tests, which find them by the environment."""
    for module in OPTIONS:
        _started(module)
    os.environ[_SHARED] = _folder().name


@cache
def _folder() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="groundswell-preloaded-")


def _started(module: str) -> str:
    address = os.path.join(_folder().name, module)
    command = [sys.executable, *OPTIONS[module], "-m", module, address]
    atexit.register(subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE).communicate)
    return address
