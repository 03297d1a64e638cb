"""Where the console listens: "localhost" is all that browsers take it for, and nobody else's."""

from __future__ import annotations

import socket

import httpx
import pytest

from bot.errors import Refused, RefusedCode
from bot.web.server import listen_of, serving
from tests.harness.console_server import ConsoleServer


def test_by_name_it_is_reached_at_both_loopback_addresses_and_by_the_name(server: ConsoleServer) -> None:
    with serving(server.console, listen_of("localhost:0"), ()) as served:
        assert served.address.startswith("http://localhost:")
        _, _, port = served.address.rpartition(":")
        for host in ("localhost", "127.0.0.1", "[::1]"):
            assert httpx.get(f"http://{host}:{port}/session/new").status_code == 200
        server.console.stopping.clear()


def test_where_browsers_would_ask_somebody_else_first_nothing_is_served(server: ConsoleServer) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as other:
        port = other.getsockname()[1]
        with pytest.raises(Refused) as refused, serving(server.console, listen_of(f"localhost:{port}"), ()):
            pass
    assert refused.value.code is RefusedCode.ADDRESS_TAKEN
    with socket.create_server(("127.0.0.1", port)):
        pass
