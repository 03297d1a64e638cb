"""`make screenshots`: pictures of every page of the console in its states, into `screenshots/`, to be looked at.

`python -m tests.screenshots stopped door` takes those scenes alone. The rehearsal shows what a campaign at work looks
like; the other scenes show the states that it has not.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page
from sqlalchemy import and_, insert, select, update

from bot.app import App
from bot.domain.delivery import State
from bot.domain.users import Role
from bot.errors import Outcome, PlatformError
from bot.services import stop
from bot.services.heartbeat import Heart
from bot.services.moderation import approval
from bot.store import control, identity
from bot.store import schema as t
from bot.store.identity import RecoveryNeeded, RestoreReason
from bot.store.sightings import StopAnswer
from bot.store.workers import WorkerKind
from tests.harness.bot_process import BotProcess, preloaded_bot, until
from tests.harness.campaign_folder import sound
from tests.harness.chromium import chromium
from tests.harness.console_server import Browser, ConsoleServer, GivenClock, served
from tests.harness.seen_posts import bring, post_of
from tests.harness.terminal import Terminal

PROJECT = Path(__file__).parents[1]
PICTURES = PROJECT / "screenshots"
A_WEEK_BEFORE = datetime(2025, 4, 9, 12, 32, tzinfo=UTC)
CAMPAIGN = ("bot.toml", "facts.toml", "messages", "schedules")


@dataclass(frozen=True)
class Look:
    """How a page is looked at; sizes are in CSS pixels."""

    name: str
    width: int
    height: int
    scheme: Literal["light", "dark"] = "light"
    language: str = "en"


LOOKS = (
    Look("desk", 1440, 900),
    Look("desk-dark", 1440, 900, "dark"),
    Look("phone", 390, 844),
    Look("phone-dark", 390, 844, "dark"),
    Look("phone-german", 320, 844, language="de"),
    Look("desk-belarusian", 1280, 900, language="be"),
)

PAGES = {
    "today": "/",
    "calendar-month": "/calendar/2025-04",
    "calendar-week": "/calendar/2025-W16",
    "calendar-day": "/calendar/2025-04-16",
    "calendar-agenda": "/calendar/agenda",
    "deliveries": "/deliveries",
    "delivery": "/deliveries >",
    "moderation": "/moderation",
    "moderation-many": "/moderation?many=1",
    "sightings": "/sightings",
    "sighting": "/sightings >",
    "blocks": "/sightings/blocks",
    "stop": "/stop",
    "me": "/me",
    "help": "/help",
    "address": "/links/live?address=video.example/w/a-broadcast",
    "missing": "/deliveries/99999",
}
"""`>` stands for the first row of that page."""

FEW = {name: PAGES[name] for name in ("today", "calendar-agenda", "deliveries", "moderation", "sightings", "stop")}


class Photographer:
    """Takes each page of a console in each look, as somebody who comes in by `enter`."""

    def __init__(self, chromium: Chromium, scene: str) -> None:
        self._chromium, self._scene = chromium, scene

    def take(self, address: str, pages: dict[str, str], enter: Callable[[Page], object] = lambda page: None) -> None:
        for look in LOOKS:
            context = self._chromium.new_context(
                viewport={"width": look.width, "height": look.height}, color_scheme=look.scheme, locale=look.language
            )
            page = context.new_page()
            enter(page)
            for name, path in pages.items():
                _go(page, address, path)
                page.evaluate("document.fonts.ready")
                page.screenshot(path=PICTURES / self._scene / f"{name}-{look.name}.png", full_page=True)
            context.close()
        print(f"{self._scene}: {len(pages) * len(LOOKS)} pictures")


def _go(page: Page, address: str, path: str) -> None:
    listed, is_row, _ = path.partition(" >")
    page.goto(address + listed)
    if is_row:
        row = page.locator(f"main a[href^='{listed}/']").filter(visible=True).first
        page.goto(address + (row.get_attribute("href") or listed))


def signed_in(visitor: Browser) -> Callable[[Page], object]:
    """Come in with the session that this visitor has."""
    session = visitor.http.cookies["gs"]
    return lambda page: page.context.add_cookies([{"name": "gs", "value": session, "url": visitor.address}])


@contextmanager
def rehearsed() -> Iterator[str]:
    """A rehearsal of the shipped campaign, where it rests a week before its day; gives the address to come in by."""
    with TemporaryDirectory() as folder:
        root = Path(folder) / "campaign"
        root.mkdir()
        for name in CAMPAIGN:
            copy = shutil.copytree if (PROJECT / name).is_dir() else shutil.copy
            copy(PROJECT / name, root / name)
        terminal = Terminal(root, Path(folder) / "home")
        terminal.home.mkdir()
        words = ["rehearse", "--web", "--speed", "0", "--listen", "127.0.0.1:0"]
        process = BotProcess(preloaded_bot(), words, root, Path(folder) / "logs", terminal.surroundings)
        try:
            yield until(lambda: re.findall(r"The rehearsal is at (http\S+)", process.out))[0]
        finally:
            process.killed()


def at_work(taken: Photographer) -> None:
    """A campaign at work: the rehearsal at its first rest."""
    with rehearsed() as key:
        taken.take(key.partition("/rehearsal/")[0], PAGES, lambda page: _rested(page, key))


def stopped(taken: Photographer) -> None:
    """The same, once somebody has pressed Stop."""
    with rehearsed() as key:
        own = key.partition("/rehearsal/")[0]

        def enter(page: Page) -> None:
            _rested(page, key)
            page.goto(f"{own}/stop")
            if (stop := page.locator("form[action='/stops'] button")).count():
                stop.first.click()

        taken.take(own, FEW, enter)


def _rested(page: Page, key: str) -> None:
    page.goto(key)
    page.locator("[value=to_next]").first.wait_for(timeout=120_000)


@contextmanager
def _console(now: datetime, *, is_shipped: bool = True) -> Iterator[ConsoleServer]:
    """A console of the shipped campaign, or of one that has just begun, beside which no worker runs."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        if is_shipped:
            for name in CAMPAIGN[2:]:
                shutil.copytree(PROJECT / name, root / name)
            for name in CAMPAIGN[:2]:
                shutil.copy(PROJECT / name, root / name)
        bot = root / "bot.toml" if is_shipped else sound(root).bot
        clock = GivenClock(datetime(2025, 3, 20, tzinfo=UTC))
        with served(bot, clock, lambda app: app.plan() if is_shipped else None) as server:
            clock.now = now
            yield server


def first_minute(taken: Photographer) -> None:
    """Nothing is planned yet, and nobody has posted."""
    with _console(datetime(2025, 4, 1, 8, tzinfo=UTC), is_shipped=False) as server:
        taken.take(server.address, FEW, signed_in(server.signed_in("Mira", *Role)))


def viewer(taken: Photographer) -> None:
    """Whoever may look alone, a week before the day, while no worker runs."""
    with _console(A_WEEK_BEFORE) as server:
        taken.take(server.address, FEW | {"delivery": "/deliveries >"}, signed_in(server.signed_in("Nora")))


def in_doubt(taken: Photographer) -> None:
    """An older store was put in the place of the one that was sent from; a worker is there, and sends nothing."""
    with _console(A_WEEK_BEFORE) as server:
        known_until = server.clock() - timedelta(hours=26)
        doubt = RecoveryNeeded(RestoreReason.RESTORED, server.clock() - timedelta(minutes=12), known_until, True)
        with server.store.begin() as tx:
            identity.require_recovery(tx, doubt, server.console.work.config.accounts)
        Heart(WorkerKind.RUN).beat(server.console.app.work, {}, "")
        taken.take(server.address, FEW, signed_in(server.signed_in("Mira", *Role)))


def crowded(taken: Photographer) -> None:
    """A bad hour: more waits for people than Today shows one by one, stopped, and with a mistake in the files."""
    with _console(A_WEEK_BEFORE) as server:
        now, work = server.clock(), server.console.app.work
        Heart(WorkerKind.RUN).beat(work, {}, "messages/countdown/de.md:3: {lve} is no placeholder", faults=1)
        held = bring(server, *(post_of(f"author{n}", now, f"Post {n} says {'abc'[n % 3] * n}") for n in range(1, 9)))
        asks = {"key": "a", "author_key": "a", "sighting_id": held[0], "asked_at": now, "answer": StopAnswer.OPEN}
        ends = (State.NEEDS_DECISION, State.REJECTED, State.HELD, State.SENT, State.MISSED)
        with server.store.begin() as tx:
            today = and_(t.delivery.c.due_at < now, t.delivery.c.due_at > now - timedelta(days=3))
            for place, number in enumerate(tx.execute(select(t.delivery.c.id).where(today)).scalars().all()):
                state = ends[place % len(ends)]
                error = "" if state in (State.SENT, State.MISSED) else f"422: the platform's words, kind {place % 2}"
                tx.execute(update(t.delivery).where(t.delivery.c.id == number).values(state=state, error=error))
            tx.execute(insert(t.stop_request), asks)
            control.set_account(tx, "x", closed=True, reason="401: Could not authenticate you", failing_since=now)
        approval.switch(work, "Kasia", on=False)
        stop.throw(server.store, "Kasia", now)
        taken.take(server.address, FEW, signed_in(server.signed_in("Mira", *Role)))


def afterwards(taken: Photographer) -> None:
    """A month after the day of action: a post in ten was missed, all else is out."""
    with _console(datetime(2025, 5, 16, 12, tzinfo=UTC)) as server:
        with server.store.begin() as tx:
            for state, which in ((State.SENT, t.delivery.c.id % 10 > 0), (State.MISSED, t.delivery.c.id % 10 == 0)):
                tx.execute(update(t.delivery).where(which).values(state=state, waiting_for=""))
        taken.take(server.address, FEW, signed_in(server.signed_in("Mira", *Role)))


def in_trouble(taken: Photographer) -> None:
    """A worker goes by files that have a mistake since, has no login, and X has refused a post."""
    with _console(datetime(2025, 4, 9, 6, tzinfo=UTC)) as server:
        app = server.console.app
        assert isinstance(app, App)
        bot = app.root / "bot.toml"
        bot.write_text(bot.read_text("utf-8").replace("\nhashtags ", "\nhashtag = []\nhashtags ", 1), "utf-8")
        app.follow()
        app.take_up(app.work.config)
        Heart(WorkerKind.RUN).beat(app.work, app.accounts(), app.files_fault, faults=app.faults)
        said = "Your status contains words that we don't take."
        refused = PlatformError("", Outcome.REJECTED, status=403, host="mastodon.example", said=said).cause
        with server.store.begin() as tx:
            first = min(tx.execute(select(t.delivery.c.id).where(t.delivery.c.account == "mastodon")).scalars())
            tx.execute(update(t.delivery).where(t.delivery.c.id == first).values(state=State.REJECTED, error=refused))
        pages = {"today": "/", "delivery": f"/deliveries/{first}"}
        taken.take(server.address, pages, signed_in(server.signed_in("Mira", *Role)))


def door(taken: Photographer) -> None:
    """Before somebody is in, and what they set up."""
    with _console(datetime(2025, 4, 9, 12, 32, tzinfo=UTC), is_shipped=False) as server:
        pages = {"sign-in": "/session/new", "used-up": "/invitations/nothing", "invitation": server.invite("Nora")}
        taken.take(server.address, pages)
        mira = server.signed_in("Mira", *Role)
        taken.take(server.address, {"factor": "/me/factor", "proof": "/session/proof"}, signed_in(mira))


SCENES = (at_work, stopped, first_minute, viewer, in_doubt, crowded, afterwards, in_trouble, door)


def main(wanted: Sequence[str]) -> None:
    with chromium() as browser:
        for scene in SCENES:
            if not wanted or scene.__name__ in wanted:
                shutil.rmtree(PICTURES / scene.__name__, ignore_errors=True)
                scene(Photographer(browser, scene.__name__))


if __name__ == "__main__":
    main(sys.argv[1:])
