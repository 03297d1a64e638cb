"""What stands between a worker and a server: a wire that can be cut, a stranger, one with a bad certificate."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

CERTIFICATE = Path(__file__).with_name("self_made.pem")
"""Made for 127.0.0.1 by nobody whom anybody trusts; good for a hundred years."""


class _Listener:
    """A port of this machine on which connections are taken, each in a thread, until it is closed."""

    scheme = "http"

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._begin()

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()

    def cut(self) -> None:
        """Refuse whoever comes, and throw out whoever is there."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for one in list(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _begin(self) -> None:
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        raise NotImplementedError


class Relay(_Listener):
    """A wire to a server, at an address of its own."""

    def __init__(self, url: str) -> None:
        target = urlsplit(url)
        self._target = (target.hostname or "", target.port or 80)
        super().__init__()

    def cut(self) -> None:
        """Cut the server off. The port stays ours meanwhile, with nobody who listens: another process could be given it
        otherwise."""
        super().cut()
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", self.port))

    def __exit__(self, *_: object) -> None:
        self.cut()
        self._listener.close()

    def mend(self) -> None:
        """Bring the server back, at the same address."""
        self._listener.listen()
        self._begin()

    def _serve(self, connection: socket.socket) -> None:
        with connection, socket.create_connection(self._target) as server:
            self._open.add(server)
            back = threading.Thread(target=_pump, args=(server, connection), daemon=True)
            back.start()
            _pump(connection, server)
            back.join()
            self._open -= {connection, server}


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


class Stranger(_Listener):
    """Takes whatever comes and answers nothing; `heard` is what it was told."""

    def __init__(self) -> None:
        self.heard = b""
        super().__init__()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while data := connection.recv(65536):
                self.heard += data


class Impostor(Stranger):
    """Speaks TLS with a certificate that nobody vouches for; `heard` is what it was told once that was accepted."""

    scheme = "https"

    def __init__(self) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(CERTIFICATE)
        self.greeted = 0
        super().__init__()

    def _serve(self, connection: socket.socket) -> None:
        self.greeted += 1
        with suppress(OSError), self._context.wrap_socket(connection, server_side=True) as safe:
            super()._serve(safe)
