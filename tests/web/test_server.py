"""Where the console listens: "localhost" is all that browsers take it for, and nobody else's."""

from __future__ import annotations

import json
import os
import resource
import socket
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from bot.errors import Refused, RefusedCode
from bot.web.pages import events
from bot.web.server import listen_of, serving
from tests.harness.bot_process import PATIENCE_S, BotProcess, preloaded_bot, until
from tests.harness.campaign_folder import sound
from tests.harness.console_server import ConsoleServer
from tests.harness.terminal import Terminal


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


def test_who_comes_while_no_more_files_may_be_open_is_let_in_later_and_the_log_says_why(tmp_path: Path) -> None:
    folder = sound(tmp_path / "campaign")
    terminal = Terminal(folder.root, tmp_path / "home")
    terminal.home.mkdir()
    words = ["web", "--listen", "127.0.0.1:0", "--json"]
    console = BotProcess(preloaded_bot(), words, folder.root, tmp_path / "logs", terminal.surroundings)
    until(lambda: console.out.endswith("}\n"))
    address = json.loads(console.out)["address"]
    assert httpx.get(f"{address}/session/new").status_code == 200
    soft, hard = resource.prlimit(console.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(console.pid, resource.RLIMIT_NOFILE, (len(os.listdir(f"/proc/{console.pid}/fd")), hard))
    host, _, port = address.removeprefix("http://").partition(":")
    with ExitStack() as visitors:
        for _ in range(4):
            visitors.enter_context(socket.create_connection((host, int(port))))
        until(lambda: console.lines("failed"))
        resource.prlimit(console.pid, resource.RLIMIT_NOFILE, (soft, hard))
        assert httpx.get(f"{address}/session/new", timeout=PATIENCE_S).status_code == 200
    assert console.stopped() == 0
    assert "The console lets nobody in: Too many open files." in console.err
    assert "Traceback" not in console.err


def test_a_stream_lasts_while_the_store_cannot_be_read(server: ConsoleServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_ALIVE_EVERY_S", 0.5)
    mira = server.signed_in("Mira")
    with mira.http.stream("GET", "/events") as stream:
        lines = stream.iter_lines()
        _renamed(server, "session", "away")
        for _ in range(3):
            assert ": alive" in lines
        _renamed(server, "away", "session")
        assert "event: pulse" in lines
        assert ": alive" in lines
    assert [event for event in server.events if event.name == "failed"] == []


def _renamed(server: ConsoleServer, table: str, name: str) -> None:
    with server.store.begin() as tx:
        tx.exec_driver_sql(f'ALTER TABLE "{table}" RENAME TO "{name}"')
