"""Whatever people do at any point of sending, and whatever fails meanwhile: the old text or the new one goes out, once.

The stories are made up by Hypothesis. What is short is the same in each run; `make test-long` tells new ones each time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from bot.services.sending import attempts
from bot.store.control import AccountState
from tests.faults.people import wrong
from tests.faults.people.deeds import Deed
from tests.faults.people.machine import People
from tests.faults.people.points import Place
from tests.faults.people.world import Design, Servers, World
from tests.servers.mastodon import MastodonServer
from tests.servers.x.handle import XSimulator

SHORT = settings(
    max_examples=5,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    database=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
UNTIL_CAUGHT = settings(SHORT, max_examples=100, phases=[Phase.generate], report_multiple_bugs=False)
LONG = settings(SHORT, max_examples=400, stateful_step_count=60, derandomize=False)

FIRST, SECOND = 0, 1
"""Of two posts that are due together, which a person is at. The attempt of the first is recorded as it is claimed; the
second is claimed until then."""

PLACES: tuple[Place, ...] = ("before publish", "after publish", *range(16))

Tell = Callable[[settings, Design], None]


@pytest.fixture
def servers(mastodon_process: MastodonServer, x_process: XSimulator) -> Servers:
    return Servers(mastodon_process, x_process)


@pytest.fixture
def store() -> str:
    return "sqlite"


@pytest.fixture
def tell(servers: Servers, tmp_path: Path, store: str) -> Tell:
    def told(how: settings, design: Design) -> None:
        run_state_machine_as_test(lambda: People(World(servers, tmp_path, store, design)), settings=how)  # type: ignore[arg-type]

    return told


def test_people_step_in_at_every_point_and_each_post_is_out_once(tell: Tell) -> None:
    tell(SHORT, Design())


@pytest.mark.long
def test_people_step_in_again_and_again_and_each_post_is_out_once(tell: Tell) -> None:
    tell(LONG, Design())


def test_a_post_that_comes_back_goes_on_with_its_own_row_and_is_out_once(servers: Servers, tmp_path: Path) -> None:
    """Another one that says nearly the same was missed meanwhile: chance once told a story in which it took that
    one's."""
    story = People(World(servers, tmp_path, "sqlite", Design()))
    story.world.files.due["call"] = timedelta(hours=10)
    story.a_campaign_begins({"call", "banner"}, {"x"}, yes=False)
    story.time_passes(25200, is_working=False, lag=0)
    story.a_worker_delivers(0, None, [], None)
    for deed in ("take out", "take out", "put back"):
        story.a_person_does_something(Deed(deed), [])
    named = [row.message for row in story.world.rows()]
    assert (named.count("call"), named.count("banner")) == (1, 1)
    story.teardown()


def test_stories_find_a_design_that_is_wrong(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AccountState, "may_send", wrong.may_send_although_all_is_stopped)
    with pytest.raises(AssertionError, match="stop"):
        tell(UNTIL_CAUGHT, Design())


@pytest.mark.parametrize("what", wrong.DESIGNS)
def test_a_design_that_is_wrong_is_caught_at_one_of_the_points(servers: Servers, tmp_path: Path, what: str) -> None:
    assert any(_caught(servers, tmp_path, what, to, wrong.DESIGNS[what]) for to in (SECOND, FIRST))


def test_a_worker_that_overlooks_an_edit_is_caught_at_one_of_the_points(
    servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "_recorded", wrong.recorded_blindly(attempts._recorded))
    assert _caught(servers, tmp_path, "edit text", SECOND, wrong.AN_EDIT_IS_OVERLOOKED)


@pytest.mark.parametrize(("what", "to"), [("edit text", FIRST), ("edit text", SECOND), ("hold", SECOND)])
def test_our_design_is_not_caught_at_any_of_the_points(servers: Servers, tmp_path: Path, what: str, to: int) -> None:
    assert not _caught(servers, tmp_path, what, to, Design())


def _caught(servers: Servers, folder: Path, what: str, to: int, design: Design) -> bool:
    """Whether a story goes wrong in which a person does this to one of two posts, at one of the points of sending
    them."""
    return any(_goes_wrong(People(World(servers, folder, "sqlite", design)), what, to, place) for place in PLACES)


def _goes_wrong(story: People, what: str, to: int, place: Place) -> bool:
    try:
        story.world.files.due["thread"] = story.world.files.due["call"]
        story.a_campaign_begins({"call", "thread"}, {"mastodon"}, yes=False)
        story.a_worker_delivers(0, None, [(place, Deed(what.partition(" what")[0], to))], None)
        story.a_worker_delivers(0, None, [], None)
        story.teardown()
    except AssertionError:
        return True
    finally:
        story.world.close()
    return False
