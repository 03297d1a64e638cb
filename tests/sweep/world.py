"""What outlives a process that is killed: its files and commits, what it has sent, and the hour."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event

from tests.sweep.life import HandClock


class World:
    """Called, it gives all of that, to be compared; it counts what this process sends and commits."""

    def __init__(self, files: Sequence[Path], store: Engine, clock: HandClock) -> None:
        self._files = files
        self._clock = clock
        self._sent = self._committed = 0
        event.listen(store, "commit", self._commits)
        for name in ("send", "sendall", "sendmsg", "sendfile"):
            setattr(socket.socket, name, self._counting(getattr(socket.socket, name)))

    def __call__(self) -> object:
        return self._sent, self._committed, self._clock.now, [_content(file) for file in self._files]

    def _commits(self, _: Connection) -> None:
        self._committed += 1

    def _counting(self, send: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **more: Any) -> Any:
            self._sent += 1
            return send(*arguments, **more)

        return counted


def _content(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
