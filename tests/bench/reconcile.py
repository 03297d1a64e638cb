"""From an answer that proves nothing to the proof: found on our own timeline, or absent from it and sent again."""

from __future__ import annotations

import statistics
import time
from datetime import UTC, datetime

import httpx

from tests.bench import queue
from tests.bench.door import ACCOUNTS, wait_for
from tests.bench.figures import Figure, ms
from tests.bench.servers import Campaign, Servers
from tests.bench.worker import RunningWorker

TIMES = 2
READINGS = 20


def measured(campaign: Campaign, worker: RunningWorker) -> list[Figure]:
    """The worker must be running, and wait no time of its own between two looks (`every = "0s"`)."""
    wait_for(lambda: any(one["event"] == "working" for one in worker.events()), "the worker")
    found, absent = (
        [seconds for time in range(TIMES) for seconds in _proofs(campaign, worker, event, f"{event} {time}")]
        for event in ("found", "absent")
    )
    limit = f"{ms(_reading(campaign.servers))} ms, one bare reading of a timeline"
    what = f"no answer to proof, {campaign.kind}, median of {len(found)}"
    return [
        Figure(f"{what}: there, 1 reading", f"{ms(statistics.median(found))} ms", limit=limit),
        Figure(f"{what}: not there, 3 readings", f"{ms(statistics.median(absent))} ms"),
    ]


def _proofs(campaign: Campaign, worker: RunningWorker, event: str, name: str) -> list[float]:
    """Seconds on each account from the answer that never came to this event, by the worker's log."""
    servers, before = campaign.servers, len(worker.events())
    effect = "accept_then_close" if event == "found" else "close"
    servers.mastodon.fault(effect, method="POST", path="/statuses$", count=1)
    servers.x.fault(effect, "/2/tweets", method="POST")  # type: ignore[arg-type]
    texts = {account: [f"Nobody answers: {campaign.kind}, {name}"] for account in ACCOUNTS}
    queue.put(campaign.url, campaign.config, texts, datetime.now(UTC))

    def told(what: str) -> dict[int, float]:
        events = worker.events()[before:]
        return {one["delivery"]: _instant(one["at"]) for one in events if one["event"] == what}

    wait_for(lambda: len(told("sent")) == len(ACCOUNTS), f"the posts that were {event}")
    unknown, proved = told("unknown"), told(event)
    return [proved[delivery] - begin for delivery, begin in unknown.items()]


def _instant(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()


def _reading(servers: Servers) -> float:
    """Seconds for one page of our own timeline, asked for and received."""
    address = f"{servers.mastodon.url}/api/v1/accounts/{servers.account.id}/statuses"
    token = {"Authorization": f"Bearer {servers.account.access_token}"}
    with httpx.Client(headers=token, trust_env=False) as client:
        taken = []
        for _ in range(READINGS):
            begin = time.perf_counter()
            client.get(address).raise_for_status()
            taken.append(time.perf_counter() - begin)
    return statistics.median(taken)
