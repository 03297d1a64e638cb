"""A server on loopback that answers with whatever bytes it is told to, and keeps nothing."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

Answers = Callable[[str], bytes]
"""The whole answer, head and body, for a target ("/api/v1/…?limit=40")."""

JSON = "Content-Type: application/json\r\n"


def whole(body: bytes, status: str = "200 OK", head: str = JSON) -> bytes:
    """An answer with this body; `head` holds more lines, each with its end."""
    lines = f"HTTP/1.1 {status}\r\n{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return lines.encode("latin-1") + body


class ToldServer:
    """One answer for each connection, then it hangs up; a context manager."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head and (piece := connection.recv(65536)):
            head += piece
        if head:
            connection.sendall(self.answers(head.split(b" ", 2)[1].decode("latin-1")))
            connection.shutdown(socket.SHUT_WR)
            connection.recv(1)
