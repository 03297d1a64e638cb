"""The console on 100,000 deliveries and a million sightings: what each page costs its server, and the store."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from sqlalchemy import event, text

from bot.domain.users import Role
from bot.store.store import Store
from tests.bench import stores
from tests.bench.crowd import DELIVERIES, MILLION, crowd, crowd_of_deliveries, spread_over
from tests.bench.figures import Figure, ms, ranked
from tests.bench.servers import PROJECT
from tests.harness.console_server import Browser, ConsoleServer, GivenClock, served

NOW = datetime(2025, 4, 9, 12, 32, tzinfo=UTC)
"""A week before the shipped campaign's day of action."""

PAGE_S, FIRST_S = 0.05, 0.025
"""What any page may take, and what Today and a moderation card may (the 95th percentile of its visits)."""

MOST_STATEMENTS = 6
STOP_S = 0.3
SPAN = timedelta(days=365)
"""So long the deliveries have been going out: 271 a day."""

VISITS, STOPS, TABS = 30, 20, 20
ACCOUNT = "mastodon"


@dataclass(frozen=True)
class Visited:
    """A page, where it is, and what a visit may take (seconds)."""

    what: str
    path: str
    most_s: float = PAGE_S


def measured(folder: Path) -> Iterator[Figure]:
    """A page is asked for by a signed-in browser in this process: what its own client takes is part of each figure."""
    for kind in stores.BOTH:
        with _console(kind, folder / f"console-{kind}") as console:
            yield from _pages(kind, console)
            yield _stop(kind, console)


@contextmanager
def _console(kind: str, own: Path) -> Iterator[ConsoleServer]:
    for name in ("messages", "schedules"):
        shutil.copytree(PROJECT / name, own / name)
    shutil.copy(PROJECT / "bot.toml", own)
    url = stores.new(kind, own)
    given = patch.dict(os.environ, DATABASE_URL=url)
    with given, served(own / "bot.toml", GivenClock(NOW), change=lambda app: app.plan()) as console:
        crowd(console.store, NOW - timedelta(days=2))
        crowd_of_deliveries(console.store, ACCOUNT, NOW)
        spread_over(console.store, NOW - SPAN, SPAN)
        yield console


def _pages(kind: str, console: ConsoleServer) -> Iterator[Figure]:
    mira = console.signed_in("Mira", Role.ADMIN, Role.MODERATOR, Role.EDITOR)
    statements = _counted(console.store)
    for page in _visited(console):
        took: list[float] = []
        processor = time.process_time()
        for _ in range(VISITS):
            statements.clear()
            begin = time.perf_counter()
            answer = mira.get(page.path)
            took.append(time.perf_counter() - begin)
            assert answer.status_code == 200, f"{page.path}: {answer.status_code}"
        processor = (time.process_time() - processor) / VISITS
        p95 = ranked(took, 0.95)
        is_met = p95 < page.most_s and len(statements) <= MOST_STATEMENTS
        yield Figure(
            f"{kind}, {DELIVERIES:,} and {MILLION:,}: {page.what}",
            f"{ms(ranked(took, 0.5))} / {ms(p95)} ms, {len(statements)} statements",
            f"p95 < {ms(page.most_s)} ms, at most {MOST_STATEMENTS}",
            f"{ms(processor)} ms of processor, {len(answer.content) / 1000:.0f} kB",
            is_met,
        )


def _visited(console: ConsoleServer) -> list[Visited]:
    with console.store.read() as tx:
        waiting = tx.execute(text("SELECT max(id) FROM sighting WHERE state = 'held'")).scalar_one()
        sent = tx.execute(text("SELECT max(id) FROM delivery WHERE state = 'sent'")).scalar_one()
    return [
        Visited("Today", "/", FIRST_S),
        Visited("a card in moderation", f"/moderation?card={waiting}", FIRST_S),
        Visited("a month", "/calendar/2025-04"),
        Visited("a week", "/calendar/2025-W15"),
        Visited("a day", "/calendar/2025-04-08"),
        Visited("the agenda", "/calendar/agenda"),
        Visited("deliveries", "/deliveries"),
        Visited("deliveries that are out", "/deliveries?state=sent"),
        Visited("a delivery", f"/deliveries/{sent}"),
        Visited("sightings", "/sightings"),
        Visited("a sighting", f"/sightings/{waiting}"),
        Visited("Stop", "/stop"),
        Visited("Me", "/me"),
        Visited("help", "/help"),
    ]


@contextmanager
def _tabs(console: ConsoleServer, browser: Browser) -> Iterator[None]:
    with ExitStack() as open_tabs:
        for _ in range(TABS):
            open_tabs.enter_context(browser.http.stream("GET", "/events", timeout=60))
        yield


def _stop(kind: str, console: ConsoleServer) -> Figure:
    ada = console.signed_in("Ada", Role.ADMIN)
    took = []
    with _tabs(console, ada):
        for _ in range(STOPS):
            form = ada.hidden("/stop")
            begin = time.perf_counter()
            answer = ada.http.post("/stops", data=form, headers=ada.own)
            took.append(time.perf_counter() - begin)
            assert answer.status_code == 303, answer.text
            with console.store.begin() as tx:
                tx.execute(text("DELETE FROM meta WHERE key = 'stopped'"))
    most = max(took)
    return Figure(
        f"{kind}: Stop thrown with {TABS} tabs open",
        f"{ms(ranked(took, 0.5))} / {ms(most)} ms",
        f"< {ms(STOP_S)} ms",
        "",
        most < STOP_S,
    )


def _counted(store: Store) -> list[str]:
    statements: list[str] = []

    def begins(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    event.listen(store.engine, "before_cursor_execute", begins)
    return statements
