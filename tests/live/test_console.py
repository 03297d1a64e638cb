"""The console beside a worker that sends: what is pressed there holds for what leaves."""

from __future__ import annotations

import json
import re
import socket
import time
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from tests.harness.console_server import PASSWORD, Browser
from tests.harness.live_campaign import LiveCampaign, now

EACH_S = 0.15


@pytest.mark.parametrize("campaign", ["live", pytest.param("shared", marks=pytest.mark.long)])
def test_stop_in_the_console_ends_a_burst_and_going_on_sends_the_rest_once(
    campaign: str, request: pytest.FixtureRequest
) -> None:
    live: LiveCampaign = request.getfixturevalue(campaign)
    live.many(1, now() + timedelta(days=1))
    live.mastodon.fault("delay", method="POST", path="/statuses$", seconds=EACH_S)
    live.x.fault("delay", "/2/tweets", method="POST", seconds=EACH_S, count=None)
    worker = live.run("--web", BOT_WEB_LISTEN="127.0.0.1:0")
    (address,) = live.until(lambda: re.findall(r"The console is at (\S+)", worker.out))
    link = json.loads(live.done("user", "add", "Mira", "--json", "--address", address).out)["link"]
    with Browser(address, httpx.Client(base_url=address, timeout=30)) as mira:
        path = link.removeprefix(address)
        assert mira.send(path, path, password=PASSWORD).status_code == 303
        live.many(15, now())
        live.until_accepted(3)
        assert mira.send("/stops", "/stop").status_code == 303
        stopped = time.time()
        live.until(lambda: "Nothing is under way any more" in mira.get("/stop").text)
        before = live.accepted()
        assert "Sending is stopped" in mira.get("/").text
        assert len(before) < 30, "it was to be stopped in the midst"
        assert before[-1].wall < stopped + EACH_S + 1, "nothing but the request in flight came after the switch"
        assert mira.send("/resumptions", "/stop").status_code == 303
        live.until_accepted(30)
    accepted = live.accepted()
    assert accepted[: len(before)] == before
    assert len({(one.account, one.text) for one in accepted}) == len(accepted) == 30
    assert worker.stopped() == 0


def test_beside_a_worker_whose_log_is_json_the_console_tells_nothing_else(live: LiveCampaign) -> None:
    live.many(1, now() + timedelta(days=1))
    worker = live.run("--web", "--log", "json", BOT_WEB_LISTEN="127.0.0.1:0")
    live.until(lambda: "Nobody can sign in yet" in worker.err)
    assert worker.stopped() == 0
    events = [json.loads(line) for line in worker.err.splitlines()]
    assert [event["text"] for event in events if event["event"] == "said"] == [
        "Nobody can sign in yet. Run: bot user add NAME --role admin"
    ]


def test_the_console_beside_a_worker_is_started_again_and_ends_with_it_however_it_ends(live: LiveCampaign) -> None:
    live.many(1, now())
    with socket.create_server(("127.0.0.1", 0)) as other:
        at = f"127.0.0.1:{other.getsockname()[1]}"
        worker = live.run("--web", BOT_WEB_LISTEN=at)
        worker.waits_for("failed")
        live.until_accepted(2)
    assert "The console has ended (exit status 1). The worker goes on, and starts it again." in worker.err
    address = live.until(lambda: re.findall(r"The console is at (\S+)", worker.out))[0]
    assert httpx.get(f"{address}/session/new").status_code == 200
    (console,) = _consoles(worker.pid)
    worker.killed()
    live.processes.append(live.run())
    live.until(lambda: not Path(f"/proc/{console}").exists())
    with socket.create_server(("127.0.0.1", int(at.rpartition(":")[2]))):
        pass


def _consoles(pid: int) -> list[int]:
    """The numbers of the console processes that a worker has started."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    return [child for child in children if b"\0web\0" in Path(f"/proc/{child}/cmdline").read_bytes()]
