"""The console on 100,000 deliveries and a million sightings: what each page costs its server, and the store."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlsplit

from sqlalchemy import text

from bot.app import open_app
from bot.domain.users import Role
from bot.services import authentication
from bot.store import control
from bot.store.engine import notify_workers
from bot.store.store import Store
from tests.bench import first_page, stores
from tests.bench.console_process import TABS, RunningConsole, signed_in, tabs
from tests.bench.crowd import DELIVERIES, MILLION, crowd, crowd_of_deliveries, spread_over
from tests.bench.figures import Figure, ms, ranked
from tests.bench.servers import PROJECT
from tests.harness.console_server import Browser

NOW = datetime(2025, 4, 9, 12, 32, tzinfo=UTC)
"""A week before the shipped campaign's day of action."""

PAGE_S, FIRST_S = 0.05, 0.025
"""What any page may take, and what Today and a moderation card may (the 95th percentile of its visits)."""

STOP_S = 0.3
SPAN = timedelta(days=365)
"""So long the deliveries have been going out: 271 a day."""

VISITS, STOPS = 60, 100
MOST_MB = 110
_COMMITS_EVERY_S = 0.02
ACCOUNT = "mastodon"


@dataclass(frozen=True)
class Visited:
    """A page, where it is, and what a visit may take (seconds)."""

    what: str
    path: str
    most_s: float = PAGE_S


def measured(folder: Path) -> Iterator[Figure]:
    """The console is a process of its own, on a clock that goes on from `NOW`."""
    for kind in stores.BOTH:
        config, environment = filled_campaign(kind, folder / f"console-{kind}")
        store = Store.open(environment["DATABASE_URL"])
        with RunningConsole(config, environment, NOW) as running:
            yield from _pages(kind, running, store)
            if kind == stores.SQLITE:
                with signed_in(running.address, store, "Ada", NOW) as visitor:
                    yield from first_page.measured(visitor)
        with (
            RunningConsole(config, environment, NOW) as running,
            signed_in(running.address, store, "Tab", NOW) as visitor,
            tabs(visitor),
        ):
            yield _memory(kind, running, store)
            yield _stop(kind, store, visitor)
        store.close()


def filled_campaign(kind: str, own: Path) -> tuple[Path, dict[str, str]]:
    """Make a copy of the shipped campaign in this folder, planned, on a store that is full. Return its `bot.toml`, and
    the environment that leads to the store."""
    for name in ("messages", "schedules"):
        shutil.copytree(PROJECT / name, own / name)
    shutil.copy(PROJECT / "bot.toml", own)
    environment = {"DATABASE_URL": stores.new(kind, own)}
    with patch.dict(os.environ, environment):
        app = open_app(own / "bot.toml", lambda: NOW, lambda event: None)
    app.plan()
    crowd(app.work.store, NOW - timedelta(days=2))
    crowd_of_deliveries(app.work.store, ACCOUNT, NOW)
    spread_over(app.work.store, NOW - SPAN, SPAN)
    app.close()
    return own / "bot.toml", environment


def _pages(kind: str, running: RunningConsole, store: Store) -> Iterator[Figure]:
    token = _token(store)
    for page in _visited(store):
        with visitor_of(running.address, token) as visit:
            visit(page.path)  # the first visit after a start makes templates and queries, once
            took: list[float] = []
            processor = running.processor()
            for _ in range(VISITS):
                begin = time.perf_counter()
                size = visit(page.path)
                took.append(time.perf_counter() - begin)
            processor = (running.processor() - processor) / VISITS
        p95 = ranked(took, 0.95)
        yield Figure(
            f"{kind}, {DELIVERIES:,} and {MILLION:,}: {page.what}",
            f"{ms(ranked(took, 0.5))} / {ms(p95)} ms",
            f"p95 < {ms(page.most_s)} ms",
            f"{ms(processor)} ms of the console's processor, {size / 1000:.0f} kB over the wire",
            p95 < page.most_s,
        )


def _token(store: Store) -> str:
    """The token of a session of somebody who may see every page."""
    return authentication.let_in(store, "Mira", (Role.ADMIN, Role.MODERATOR, Role.EDITOR), NOW)


@contextmanager
def visitor_of(address: str, token: str) -> Iterator[Callable[[str], int]]:
    """Yield what asks for a page as a browser does, on one connection, and returns how many bytes it was sent."""
    connection = HTTPConnection(urlsplit(address).netloc, timeout=60)

    def visit(path: str) -> int:
        connection.request("GET", path, headers={"cookie": f"gs={token}", "accept-encoding": "gzip"})
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, f"{path}: {answer.status}"
        return len(body)

    yield visit
    connection.close()


def _visited(store: Store) -> list[Visited]:
    with store.read() as tx:
        waiting = tx.execute(text("SELECT max(id) FROM sighting WHERE state = 'held'")).scalar_one()
        sent = tx.execute(text("SELECT max(id) FROM delivery WHERE state = 'sent'")).scalar_one()
        planned = tx.execute(text("SELECT max(id) FROM delivery WHERE state = 'planned'")).scalar_one()
    return [
        Visited("Today", "/", FIRST_S),
        Visited("a card in moderation", f"/moderation?card={waiting}", FIRST_S),
        Visited("a month", "/calendar/2025-04"),
        Visited("a week", "/calendar/2025-W15"),
        Visited("a day", "/calendar/2025-04-08"),
        Visited("the agenda", "/calendar/agenda"),
        Visited("deliveries", "/deliveries"),
        Visited("deliveries that are out", "/deliveries?state=sent"),
        Visited("deliveries of one message", "/deliveries?when=all&message=message-7"),
        Visited("deliveries that nothing fits", "/deliveries?when=all&message=none"),
        Visited("a delivery", f"/deliveries/{sent}"),
        Visited("a delivery to come", f"/deliveries/{planned}"),
        Visited("sightings", "/sightings"),
        Visited("sightings that are out", "/sightings?state=reshared"),
        Visited("a sighting", f"/sightings/{waiting}"),
        Visited("many at once", "/moderation?many=1"),
        Visited("who is blocked", "/sightings/blocks"),
        Visited("Stop", "/stop"),
        Visited("Me", "/me"),
        Visited("help", "/help"),
    ]


def _memory(kind: str, running: RunningConsole, store: Store) -> Figure:
    """Judged is the most of some looks, while the tabs follow what happens and somebody goes through all pages. The
    most ever is when a password is chosen: its hash and its judgement take 35 MB for a moment."""
    looks = []
    with visitor_of(running.address, _token(store)) as visit:
        for page in _visited(store) * 3:
            visit(page.path)
            looks.append(running.memory()[0])
    most, ever = max(looks), running.memory()[1]
    value = f"{ranked(looks, 0.5):.0f} / {most:.0f} / {ever:.0f} MB"
    what = f"{kind}: console with {TABS} tabs, resident p50 / most / most ever"
    return Figure(what, value, f"<= {MOST_MB} MB", "", most <= MOST_MB)


def _stop(kind: str, store: Store, visitor: Browser) -> Figure:
    took = []
    with _burst(store):
        for _ in range(STOPS):
            form = visitor.hidden("/stop")
            begin = time.perf_counter()
            answer = visitor.http.post("/stops", data=form, headers=visitor.own)
            took.append(time.perf_counter() - begin)
            assert answer.status_code == 303, answer.text
            with store.begin() as tx:
                tx.execute(text("DELETE FROM meta WHERE key = 'stopped'"))
    p99 = ranked(took, 0.99)
    return Figure(
        f"{kind}: Stop thrown with {TABS} tabs open and a burst under way",
        f"{ms(ranked(took, 0.5))} / {ms(p99)} ms",
        f"p99 < {ms(STOP_S)} ms",
        "",
        p99 < STOP_S,
    )


@contextmanager
def _burst(store: Store) -> Iterator[None]:
    """Commits as those of a worker that sends: some tens a second, each of which every open page is told of."""
    over = threading.Event()

    def commit() -> None:
        while not over.wait(_COMMITS_EVERY_S):
            with store.begin() as tx:
                control.write_look_audit(tx, NOW, "delivery 1", "it is not there")
                notify_workers(tx)

    thread = threading.Thread(target=commit, daemon=True)
    thread.start()
    yield
    over.set()
    thread.join()
