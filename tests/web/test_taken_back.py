"""A reshare is asked back from the console, and its page says when it was, by whom or why; the server is the judge."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.actor import Actor, Via
from bot.domain.moderation import ChecklistItem
from bot.domain.users import Role
from bot.services.moderation import approval
from bot.services.protection import recheck
from bot.services.sending import deliver
from tests.harness.console_server import Browser, ConsoleServer
from tests.harness.film_server import FilmServer
from tests.harness.watched_posts import posted, seen
from tests.servers.mastodon import MastodonServer

JAN = Actor(99, "Jan", Via.CONSOLE)


@pytest.fixture
def mira(watched: ConsoleServer) -> Browser:
    return watched.signed_in("Mira", Role.MODERATOR)


def goes_on(server: ConsoleServer) -> None:
    """A worker's turn, some minutes later."""
    server.clock.passes(timedelta(minutes=3))
    deliver.deliver(server.console.connected, "mastodon")


def page_of_reshare(browser: Browser) -> str:
    return browser.get("/deliveries/1").text


def test_a_reshare_that_is_out_is_asked_back_and_gone(
    watched: ConsoleServer, mastodon: MastodonServer, films: FilmServer, mira: Browser
) -> None:
    number = seen(watched, posted(watched, mastodon, "ana", f"{films.url}/film.webm")).id
    approval.approve(watched.console.connected, number, JAN, ChecklistItem)
    goes_on(watched)
    (reblog,) = mastodon.ledger().reblogs
    assert reblog["undone_at"] is None
    assert "Take the reshare back" in mira.get(f"/sightings/{number}").text
    assert mira.send(f"/sightings/{number}/reconsideration", f"/sightings/{number}").status_code == 303
    assert "It is being taken back." in mira.get(f"/sightings/{number}").text
    assert "Mira asked to take it back." in page_of_reshare(mira)
    goes_on(watched)
    (reblog,) = mastodon.ledger().reblogs
    assert reblog["undone_at"] is not None
    page = page_of_reshare(mira)
    assert page.count("Mira asked to take it back.") == 2, "in its story, and on top"
    assert "Taken back: " in page
    assert "<b>Taken back.</b>" in page


def test_what_its_author_deletes_is_taken_back_and_says_why(
    watched: ConsoleServer, mastodon: MastodonServer, films: FilmServer
) -> None:
    post = posted(watched, mastodon, "ana", f"{films.url}/film.webm")
    work = watched.console.connected
    approval.approve(work, seen(watched, post).id, JAN, ChecklistItem)
    goes_on(watched)
    mastodon.delete_status(post)
    watched.clock.passes(timedelta(hours=13))
    recheck.recheck_reshares(work, "mastodon")
    later = watched.signed_in("Mira", Role.MODERATOR)
    assert "Groundswell itself asked it back. Deleted or hidden by its author." in page_of_reshare(later)
    goes_on(watched)
    assert "Taken back: " in page_of_reshare(later)
