"""Serves the console: where it listens, who is in front of it, and how it ends."""

from __future__ import annotations

import ctypes
import errno
import gc
import ipaddress
import re
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import uvicorn

from bot.errors import Refused, RefusedCode
from bot.store import users
from bot.store.store import Store
from bot.values import dataclass
from bot.web.app import make_app
from bot.web.console import Console

_LISTEN = re.compile(r"(?:\[([0-9a-fA-F:.]+)\]|([^\s:/]+)):(\d{1,5})\Z")
_LOCALHOST = "localhost"
_ENDS_WITHIN_S = 5
_FLUSHES_EVERY_S = 0.5


@dataclass(frozen=True)
class Listen:
    """Where to listen. Port 0 is any that is free."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def address(self, port: int) -> str:
        """Return what is typed into a browser."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{port}"

    @property
    def is_loopback(self) -> bool:
        """Return whether only this machine can reach it."""
        if self.host == _LOCALHOST:
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def listen_of(written: str) -> Listen:
    """Return where to listen, "localhost:8377". Raise Refused where that is no host and port."""
    match = _LISTEN.match(written.strip())
    if match is None or int(match.group(3)) > 65535:
        raise Refused(RefusedCode.NOT_AN_ADDRESS_TO_LISTEN, listen=written)
    return Listen(match.group(1) or match.group(2), int(match.group(3)))


def require_door(store: Store, listen: Listen, *, has_proxy: bool, without_tls: bool) -> None:
    """Raise Refused where others could reach a console that has no users, or read its passwords on the way."""
    if listen.is_loopback:
        return
    with store.read() as tx:
        has_users = users.has_users(tx)
    if not has_users or not (has_proxy or without_tls):
        raise Refused(RefusedCode.LISTENS_TO_ALL, address=str(listen), has_users=has_users)


@dataclass(frozen=True)
class Serving:
    """A console that is being served at `address`, by a thread that ends only where something is wrong."""

    address: str
    thread: threading.Thread


_M_ARENA_MAX = -8

_MADE_BETWEEN_LOOKS = 10_000
"""How many things are made between two looks for what can be thrown away; fewer than while a command loads."""


def _share_arenas() -> None:
    """Have glibc's allocator keep one arena and not one for each thread (mallopt(3)): pages are made by many threads,
    and what each has freed would stay its own. Other systems have no such setting."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def _give_back() -> None:
    """Give what was freed back to the system, where the allocator does not do so by itself (malloc_trim(3))."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


@contextmanager
def serving(console: Console, listen: Listen, trusted_proxies: Iterable[str]) -> Iterator[Serving]:
    """Serve the console as long as the block runs. Raise Refused where nothing can listen there."""
    _share_arenas()
    gc.set_threshold(_MADE_BETWEEN_LOOKS)
    with _sockets(listen) as listening:
        proxies = list(trusted_proxies)
        server = uvicorn.Server(
            uvicorn.Config(
                make_app(console),
                http="h11",
                ws="none",
                loop="asyncio",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=True,
                proxy_headers=bool(proxies),
                forwarded_allow_ips=proxies,
                timeout_graceful_shutdown=_ENDS_WITHIN_S,
                limit_concurrency=400,
            )
        )
        thread = threading.Thread(target=server.run, args=(listening,), name="console", daemon=True)
        thread.start()
        try:
            yield Serving(listen.address(listening[0].getsockname()[1]), thread)
        finally:
            console.stopping.set()
            server.should_exit = True
            thread.join(_ENDS_WITHIN_S * 2)


def serve(
    console: Console,
    listen: Listen,
    trusted_proxies: Iterable[str],
    stopping: threading.Event,
    tell_address: Callable[[str], None],
) -> None:
    """Serve the console until `stopping` is set; `tell_address` is called once it can be reached.

    Raise Refused where nothing can listen there.
    """
    with serving(console, listen, trusted_proxies) as served:
        tell_address(served.address)
        while served.thread.is_alive() and not stopping.wait(_FLUSHES_EVERY_S):
            console.app.notifier.flush()
            _give_back()


@contextmanager
def _sockets(listen: Listen) -> Iterator[list[socket.socket]]:
    """Listen at an address, on each socket that browsers may reach. Where "localhost" leads browsers nobody else may
    listen for their passwords, so it is both of its addresses on a machine that has both."""
    with ExitStack() as opened:
        try:
            is_named = listen.host == _LOCALHOST
            sockets = [opened.enter_context(_socket("127.0.0.1" if is_named else listen.host, listen.port))]
            if is_named and socket.has_ipv6:
                sockets += map(opened.enter_context, _on_ipv6(sockets[0].getsockname()[1]))
        except OSError as error:
            raise Refused(RefusedCode.ADDRESS_TAKEN, address=str(listen), problem=str(error)) from None
        yield sockets


def _on_ipv6(port: int) -> list[socket.socket]:
    """Listen on ::1. Raise OSError where somebody else listens there; a machine that has no such address has none for
    others."""
    try:
        return [_socket("::1", port)]
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise
        return []


def _socket(host: str, port: int) -> socket.socket:
    family, kind, proto, _, at = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listening = socket.socket(family, kind, proto)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(at)
        listening.listen(128)
    except OSError:
        listening.close()
        raise
    return listening
