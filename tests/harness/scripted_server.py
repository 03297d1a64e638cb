"""A server that says exactly what a test tells it to, byte for byte, and writes down what it was asked."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable
from types import TracebackType

from tests.harness.loopback_server import LoopbackServer


class ScriptedServer(LoopbackServer):
    """Sends each connection the next script: pieces of bytes, sent with a pause between them, then kept open.

    `requests` are the heads of what came in; `connections` counts who came. With `takes`, so many bytes are
    taken in first, at `bytes_a_second`.
    """

    def __init__(
        self, *scripts: Iterable[bytes], pause: float = 0.0, takes: int = 0, bytes_a_second: int = 8_000_000
    ) -> None:
        super().__init__()
        self._scripts = list(scripts)
        self._pause = pause
        self._takes = takes
        self._bytes_a_second = bytes_a_second
        self.requests: list[str] = []
        self.connections = 0
        self._open: list[socket.socket] = []

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        for connection in self._open:
            connection.close()

    def serve(self, connection: socket.socket) -> None:
        self._open.append(connection)
        self.connections += 1
        self._answer(connection, self._scripts.pop(0))

    def _answer(self, connection: socket.socket, script: Iterable[bytes]) -> None:
        begin = connection.recv(65536)
        self.requests.append(begin.decode("latin-1"))
        taken = len(begin.partition(b"\r\n\r\n")[2])
        while taken < self._takes and (piece := connection.recv(65536)):
            taken += len(piece)
            time.sleep(len(piece) / self._bytes_a_second)
        for piece in script:
            try:
                connection.sendall(piece)
            except OSError:
                return
            time.sleep(self._pause)


def answer(body: str, status: str = "200 OK", **headers: str) -> list[bytes]:
    """Return a whole answer as one piece; an underscore in a header's name stands for a hyphen."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body.encode())}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ["\r\n".join([*lines, "", body]).encode()]
