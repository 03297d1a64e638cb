"""The script of a rehearsal and its stage."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.campaign import MonitorRules
from bot.domain.message import Visibility
from bot.errors import PlatformError
from bot.platforms.rehearsal.script import TRUSTED, Arrival, CastRole, ModeratorAnswer, Stage, arrivals, troubles
from bot.platforms.rehearsal.state import Posted
from tests.harness.rehearsal_networks import START, RehearsalNetworks, accepted, post
from tests.harness.table import each_of

TAGS = ("FreeBelarusUnionists", "SolidarityWithUnionists", "SupportWorkersRights", "April19_WorkersRights")
DAY = date(2025, 4, 16)
BERLIN = ZoneInfo("Europe/Berlin")
SCRIPT = arrivals(TAGS, DAY, BERLIN)


def of(role: CastRole) -> list[Arrival]:
    return [arrival for arrival in SCRIPT if arrival.role is role]


def test_the_same_seed_tells_the_same_story_and_another_one_another() -> None:
    assert arrivals(TAGS, DAY, BERLIN) == SCRIPT
    assert arrivals(TAGS, DAY, BERLIN, seed=1) != SCRIPT


def test_posts_arrive_in_order_and_mostly_on_the_day() -> None:
    times = [arrival.at for arrival in SCRIPT]
    assert times == sorted(times)
    assert DAY - timedelta(days=31) <= times[0].date() <= times[-1].date() <= DAY + timedelta(days=8)
    per_day = Counter(at.astimezone(BERLIN).date() for at in times)
    assert per_day.most_common(1)[0][0] == DAY
    assert 100 <= len(SCRIPT) <= 150


def test_every_role_is_played() -> None:
    assert {arrival.role for arrival in SCRIPT} == set(CastRole)
    assert len(of(CastRole.VIDEO)) > len(SCRIPT) / 2 - 10
    assert len({arrival.language for arrival in of(CastRole.VIDEO)}) > 6


@each_of("seed", range(20))
def test_nobody_says_the_same_twice_but_where_the_script_wants_it(seed: int) -> None:
    said = Counter((one.handle, one.text.split(" #")[0]) for one in arrivals(TAGS, DAY, BERLIN, seed))
    twice = {handle for (handle, _), count in said.items() if count > 1}
    assert twice <= {arrival.handle for arrival in of(CastRole.DUPLICATE)}


def test_all_handles_are_invented() -> None:
    for arrival in SCRIPT:
        assert arrival.handle.endswith((".example", "_example")) or arrival.handle == "{us}"
        assert len(arrival.text) <= (280 if arrival.dialect == "x" else 500)


def test_those_who_need_care_are_left_to_people() -> None:
    assert all(
        arrival.opinion is None for role in (CastRole.CARE, CastRole.TRUSTED, CastRole.OURS) for arrival in of(role)
    )
    assert {arrival.language for arrival in of(CastRole.CARE)} == {"be", "ru"}
    assert {arrival.handle for arrival in of(CastRole.TRUSTED)} == {TRUSTED}


def test_who_deletes_or_edits_does_it_after_the_post_was_seen_and_before_the_yes() -> None:
    for arrival in [*of(CastRole.DELETED), *of(CastRole.EDITED)]:
        assert arrival.opinion is not None
        assert arrival.opinion.says is ModeratorAnswer.APPROVE
        assert arrival.at + MonitorRules().poll_max < arrival.later[0].at < arrival.opinion.at


def test_who_changes_their_mind_after_the_yes_leaves_time_for_the_reshare() -> None:
    for arrival in [*of(CastRole.REMOVED), *of(CastRole.CHANGED), *of(CastRole.WITHDRAWN)]:
        assert arrival.opinion is not None
        assert arrival.opinion.says is ModeratorAnswer.APPROVE
        assert arrival.later[0].at >= arrival.opinion.at + timedelta(hours=2)


@each_of("tags", [(), ("One",), tuple(f"Tag{number}" for number in range(9))])
def test_any_number_of_hashtags_will_do(tags: tuple[str, ...]) -> None:
    assert len(arrivals(tags, DAY, BERLIN)) == len(SCRIPT)


def test_the_stage_plays_everything_on_time() -> None:
    world = RehearsalNetworks()
    networks = {"mastodon": world.mastodon, "x": world.x}
    ours = {"mastodon": world.on_mastodon.facts().handle, "x": world.on_x.facts().handle}
    stage = Stage(networks, SCRIPT, (), ours)
    while (at := stage.next_event()) is not None:
        world.clock.now = at
        stage.advance(at)
    us = world.on_mastodon.facts().handle
    posts = [entry for network in networks.values() for entry in network.ledger if isinstance(entry, Posted)]
    (asks,) = [entry for entry in posts if entry.text == f"{us} Please remove it."]
    posts.remove(asks)
    assert sorted(entry.at for entry in posts) == [arrival.at for arrival in SCRIPT]
    (unlisted,) = [entry for entry in posts if entry.visibility is Visibility.UNLISTED]
    assert unlisted.text.startswith(us)
    (own,) = world.on_mastodon.own_posts(START)
    assert own.media_count == 1


def test_nothing_happens_before_its_time_and_deletions_happen() -> None:
    world = RehearsalNetworks()
    (arrival, *_) = [one for one in of(CastRole.DELETED) if one.dialect == "mastodon"]
    stage = Stage({"mastodon": world.mastodon}, [arrival])
    stage.advance(arrival.at - timedelta(seconds=1))
    assert not world.mastodon.ledger
    stage.advance(arrival.at)
    (posted,) = [entry for entry in world.mastodon.ledger if isinstance(entry, Posted)]
    uri = world.mastodon.dialect.uri(posted.handle, posted.post_id)
    assert stage.opinion(uri) == arrival.opinion
    assert world.on_mastodon.fetch(uri) is not None
    stage.advance(arrival.later[0].at)
    assert world.on_mastodon.fetch(uri) is None


def test_what_belongs_to_a_network_that_is_not_there_is_left_out() -> None:
    world = RehearsalNetworks()
    stage = Stage({"x": world.x}, SCRIPT, troubles(DAY, BERLIN))
    stage.advance(datetime(2026, 1, 1, tzinfo=UTC))
    assert accepted(world.x, Posted) == sum(arrival.dialect == "x" for arrival in SCRIPT)


def test_troubles_reach_the_network_when_they_are_due() -> None:
    world = RehearsalNetworks()
    first, *_ = troubles(DAY, BERLIN)
    Stage({"mastodon": world.mastodon}, (), [first]).advance(first.at)
    with pytest.raises(PlatformError):
        world.on_mastodon.publish(post())
