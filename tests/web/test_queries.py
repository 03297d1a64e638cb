"""Every page, with all there is to be shown on it, asks the store a few queries at most, however much is stored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, select, text, update

from bot.domain.delivery import State
from bot.domain.moderation import ChecklistItem
from bot.domain.users import Role
from bot.services import presence, stop
from bot.services.moderation import approval, blocking
from bot.services.work import author_key
from bot.store import schema as t
from bot.store import typed_addresses
from bot.store.sightings import StopAnswer
from bot.store.typed_addresses import TypedAddress
from bot.web.routes import ROUTES
from tests.harness.campaign_folder import CampaignFolder
from tests.harness.console_server import ConsoleServer, GivenClock, served
from tests.harness.seen_posts import bring, post_of

MOST = 6

AT = {
    "/calendar/{when}": ("2025-04", "2025-W15", "2025-04-09", "2025-04-13", "agenda", "2025-04?account=x&language=en"),
    "/deliveries": ("", "?when=past", "?when=all", "?state=planned&account=x&language=en&message=call"),
    "/deliveries/{number}": (*"123456", "999"),
    "/feeds/{token}/calendar.ics": ("{feed}", "nobodys/calendar.ics"),
    "/invitations/{token}": ("nobodys",),
    "/links/{name}": ("live", "website", "none"),
    "/moderation": ("", "?card={held}", "?card={held}&done={decided}", "?card={second}&done={decided}", "?many=1"),
    "/rehearsal/{key}": ("none",),
    "/sightings": ("", "?state=held", "?state=reshared"),
    "/sightings/{number:int}": ("{held}", "{second}", "{decided}", "999"),
    "/sightings/{number:int}/look/{once}": ("{held}/look/none",),
}
"""Where the pages are that have more than one address, behind what stays the same of them."""

NO_PAGE = {"/events"}
"""What has no end; it asks who is signed in, as all do."""


GROWING = ("delivery", "sighting", "trait", "attempt", "audit", "approval", "hourly_count", "sent_part")
_WHOLE = re.compile(rf"(?:SCAN|Seq Scan on) ({'|'.join(GROWING)})\b(?! USING)")
"""A table that is read whole, as each database says it of a query."""

Asked = tuple[str, Any]
"""A query, and the values in it."""


def addresses() -> Iterator[str]:
    for route in ROUTES:
        if route.method == "GET" and route.path not in NO_PAGE:
            begins = route.path.partition("{")[0]
            assert "{" not in route.path or route.path in AT, f"say in AT where {route.path} is"
            yield from (f"{begins}{rest}" for rest in AT.get(route.path, ("",)))


@pytest.fixture
def server(kind_of_store: str, folder: CampaignFolder) -> Iterator[ConsoleServer]:
    """A console with something of everything, on either database."""
    folder.change("bot.toml", 'platform = "x"', 'platform = "x"\nbudget_usd_per_day = 3.00')
    folder.write("bot.toml", folder.bot.read_text() + "\n[moderation]\ntwo_people = true\n")
    with served(folder.bot, GivenClock(), change=lambda app: app.plan()) as console:
        yield console


def filled(server: ConsoleServer) -> dict[str, int]:
    """Have posts of others wait, wait for a second yes, be decided on and be reshared, and deliveries be in many
    states; return the numbers of some."""
    work, now = server.console.work, server.clock()
    ana, eva = post_of("ana", now), post_of("eva", now)
    alike = replace(eva, text=ana.text, media_ids=ana.media_ids, author=replace(eva.author, followers=12))
    held, second, decided, blocked = bring(server, ana, alike, post_of("ben", now, "Other words"), post_of("bob", now))
    approval.approve(work, second, "jan", list(ChecklistItem))
    approval.approve(work, decided, "jan")
    blocking.block(work, blocked, "jan")
    presence.look(work, held, "jan")
    asks = {"key": "a", "author_key": author_key(work, ana.author.handle), "sighting_id": held, "asked_at": now}
    overdue = {"account": "x", "due_at": now - timedelta(hours=1), "expires_at": now + timedelta(days=1)}
    with server.store.begin() as tx:
        typed_addresses.keep(tx, "website", TypedAddress(work.config.campaign.links["website"], now, "jan"))
        tx.execute(insert(t.stop_request), {**asks, "answer": StopAnswer.OPEN})
        first, *others = tx.execute(select(t.delivery.c.id).order_by(t.delivery.c.id)).scalars()
        tx.execute(
            update(t.delivery).where(t.delivery.c.id == first).values(state=State.PLANNED, attempts=1, **overdue)
        )
        for number, state in zip(others, (State.UNKNOWN, State.SENT), strict=False):
            tx.execute(update(t.delivery).where(t.delivery.c.id == number).values(state=state, attempts=1))
    return {"held": held, "second": second, "decided": decided}


@contextmanager
def counted(server: ConsoleServer) -> Iterator[list[Asked]]:
    asked: list[Asked] = []

    def begins(_tx: object, _cursor: object, statement: str, values: Any, *_more: object) -> None:
        if not statement.startswith("BEGIN"):
            asked.append((statement, values))

    event.listen(server.store.engine, "before_cursor_execute", begins)
    yield asked
    event.remove(server.store.engine, "before_cursor_execute", begins)


def test_a_page_asks_a_few_queries_at_most(server: ConsoleServer) -> None:
    """At the worst moment: what is drawn on top is drawn anew, and it is written down that somebody was seen."""
    numbers, mira = filled(server), server.signed_in("Mira", Role.ADMIN, Role.MODERATOR, Role.EDITOR)
    most, queries, shown = dict[str, int](), dict[str, Any](), 0

    made = mira.send("/me/calendars", "/me", name="Phone").text
    feed = made.partition("/feeds/")[2].partition('"')[0]

    def visit(address: str) -> None:
        nonlocal shown
        server.clock.passes(timedelta(minutes=1))
        with counted(server) as asked:
            answer = mira.get(address)
        assert answer.status_code < 500, (address, server.events[-1])
        most[address] = len(asked)
        queries.update(asked)
        shown += answer.status_code == 200

    for address in [*addresses(), server.invite("Nora")]:
        visit(address.format(feed=feed, **numbers))
    stop.throw(server.console.work.store, "jan", server.clock())
    for address in ("/", "/stop", "/deliveries/1"):
        visit(address)
    assert {address: count for address, count in most.items() if count > MOST} == {}
    assert shown > 30, "of most there is something to be seen"
    assert {query: plan for query, plan in plans(server, queries) if _WHOLE.search(plan)} == {}


def plans(server: ConsoleServer, queries: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """How the database goes about each query."""
    with server.store.read() as tx:
        is_served = tx.dialect.name == "postgresql"
        if is_served:
            tx.execute(text("SET LOCAL enable_seqscan = off"))  # it reads a small table whole, whatever there is
        for query, values in queries.items():
            if query.lstrip().startswith(("SELECT", "WITH")):
                explained = f"{'EXPLAIN' if is_served else 'EXPLAIN QUERY PLAN'} {query}"
                yield query, "\n".join(str(row) for row in tx.exec_driver_sql(explained, values))
