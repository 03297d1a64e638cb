"""A server on loopback that answers with whatever bytes it is told to, and keeps nothing."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress

from tests.harness.loopback_server import LoopbackServer

Answers = Callable[[str], bytes]
"""The whole answer, head and body, for a target ("/api/v1/…?limit=40")."""

JSON = "Content-Type: application/json\r\n"


def whole(body: bytes, status: str = "200 OK", head: str = JSON) -> bytes:
    """An answer with this body; `head` holds more lines, each with its end."""
    lines = f"HTTP/1.1 {status}\r\n{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return lines.encode("latin-1") + body


class ToldServer(LoopbackServer):
    """One answer for each connection, then it hangs up."""

    def __init__(self, answers: Answers) -> None:
        super().__init__()
        self.answers = answers

    def serve(self, connection: socket.socket) -> None:
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
