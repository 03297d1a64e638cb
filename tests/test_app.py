"""A campaign that is opened again knows whether its queue is still what the files ask for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import App, open_app
from bot.clock import system_clock
from bot.domain.limits import default_limits
from bot.services.own_accounts import remember_limits
from bot.services.plan import PlanReport, scheduled
from tests.harness import rehearsal_campaign
from tests.servers.mastodon import MastodonServer


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return rehearsal_campaign.make_waiting(tmp_path)


@contextmanager
def opened(root: Path) -> Iterator[App]:
    app = open_app(root / "bot.toml", system_clock, lambda _: None)
    try:
        app.connect()
        yield app
    finally:
        app.close()


def is_planned(root: Path) -> bool:
    with opened(root) as app:
        return app.is_planned()


def plan(root: Path) -> None:
    with opened(root) as app:
        app.plan()


def other_words(root: Path) -> None:
    (root / "messages/later/en.md").write_text("Same day.\n")


def an_old_time_restored(root: Path) -> None:
    """As `rsync -t` and `cp -p` do: neither size nor time tell."""
    file = root / "messages/later/en.md"
    times = file.stat()
    file.write_text("Some way.\n")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))


def another_schedule(root: Path) -> None:
    (root / "schedules/more.toml").write_text('[[post]]\nmessage = "later"\ndays = ["T-1"]\nat = 09:00:00\n')


def a_message_renamed(root: Path) -> None:
    (root / "messages/later").rename(root / "messages/sooner")


def another_zone(root: Path) -> None:
    (root / "bot.toml").write_text(rehearsal_campaign.WAITING.replace('"UTC"', '"Europe/Berlin"'))


def other_limits(root: Path) -> None:
    with opened(root) as app:
        config = app.work.config
        usual = default_limits(config)["union"]
        remember_limits(app.work, config.accounts["union"], replace(usual, max_characters=usual.max_characters + 1))


def test_a_queue_that_was_planned_from_these_files_need_not_be_planned_first(root: Path) -> None:
    assert not is_planned(root), "it was never planned"
    plan(root)
    assert is_planned(root)


@pytest.mark.parametrize(
    "change", [other_words, an_old_time_restored, another_schedule, a_message_renamed, another_zone, other_limits]
)
def test_whatever_a_plan_depends_on_has_it_planned_anew(root: Path, change: Callable[[Path], None]) -> None:
    plan(root)
    change(root)
    assert not is_planned(root)


def test_what_a_server_said_and_what_is_remembered_of_it_is_the_same_plan(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with MastodonServer() as server:
        monkeypatch.setenv("UNION", server.add_account("union").access_token)
        own = f'platform = "mastodon"\napi_base_url = "{server.url}"\naccess_token_env = "UNION"'
        (root / "bot.toml").write_text(rehearsal_campaign.WAITING.replace('platform = "rehearsal"', own))
        with opened(root) as app:
            app.plan()
            assert app.is_planned(), "by what the server said"
        with opened(root) as app:
            assert app.is_planned(), "by what the store remembers, before anybody is asked"
            assert app.plan(unless_planned=True).counts == PlanReport().counts
            assert app.is_planned()


def test_files_with_a_fault_are_looked_at_each_time(root: Path) -> None:
    plan(root)
    (root / "messages/later/en.md").write_text("Some {day}.\n")
    plan(root)
    assert not is_planned(root), "its errors are to be said"


def test_a_file_that_is_still_being_saved_is_left_alone_until_it_stays_as_it_is(root: Path) -> None:
    """Half a message may look like a whole one, and could be due."""
    file = root / "messages/later/en.md"

    def planned_words(app: App) -> set[str]:
        return {each.content.text for each in scheduled(app.work.store) if each.message == "later"}

    with opened(root) as app:
        app.plan()
        (before,) = planned_words(app)
        for saved in ("Other", "Other words, of which", "Other words, of which the last was late."):
            file.write_text(saved)
            app.follow(once_settled=True)
            assert planned_words(app) == {before}
        app.follow(once_settled=True)
        assert planned_words(app) == {"Other words, of which the last was late."}
