"""Reading what people post on embedded networks."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.message import Visibility
from bot.domain.post import Cursor, MediaKind
from bot.platforms.rehearsal.rules import hashtags_in, mentions_in
from tests.harness.rehearsal_networks import START, RehearsalNetworks, post, read_all, source_named
from tests.harness.table import each_of

AUTHOR = "@metalworkers@union.example"


def test_a_backlog_is_read_forward_page_by_page_and_nothing_twice() -> None:
    world = RehearsalNetworks()
    uris = [world.mastodon.post(AUTHOR, f"number {number} #Solidarity") for number in range(95)]
    assert [seen.uri for seen in read_all(source_named(world.on_mastodon, "#Solidarity"))] == uris


def test_a_page_of_deleted_posts_does_not_stop_the_reading() -> None:
    world = RehearsalNetworks()
    gone = [world.mastodon.post(AUTHOR, "#Solidarity") for _ in range(60)]
    stays = world.mastodon.post(AUTHOR, "#Solidarity")
    for uri in gone:
        world.mastodon.delete(uri)
    assert [seen.uri for seen in read_all(source_named(world.on_mastodon, "#Solidarity"))] == [stays]


def test_the_first_reading_begins_at_the_horizon() -> None:
    world = RehearsalNetworks()
    world.mastodon.post(AUTHOR, "long ago #Solidarity", at=START - timedelta(days=3))
    world.mastodon.post(AUTHOR, "today #Solidarity")
    assert [seen.text for seen in read_all(source_named(world.on_mastodon, "#Solidarity"))] == ["today #Solidarity"]


def test_a_post_under_two_hashtags_is_in_both_timelines_but_once_in_xs_search() -> None:
    world = RehearsalNetworks()
    for network in (world.mastodon, world.x):
        network.post("x:a_example" if network is world.x else AUTHOR, "#Solidarity #freedom", kinds=[MediaKind.VIDEO])
    tags = ("Solidarity", "Freedom")
    assert len(read_all(source_named(world.on_mastodon, "#Solidarity", *tags))) == 1
    assert len(read_all(source_named(world.on_mastodon, "#Freedom", *tags))) == 1
    (seen,) = read_all(source_named(world.on_x, "search", *tags))
    assert seen.platform == "x"
    assert seen.hashtags == ("Solidarity", "freedom")
    assert seen.kinds == (MediaKind.VIDEO,)


def test_whole_hashtags_are_compared() -> None:
    world = RehearsalNetworks()
    world.mastodon.post(AUTHOR, "#April19_WorkersRights")
    assert read_all(source_named(world.on_mastodon, "#April19", "April19")) == []


def test_unlisted_posts_reach_no_hashtag_but_whom_they_mention() -> None:
    world = RehearsalNetworks()
    world.mastodon.post(AUTHOR, "@mastodon@social.example #Solidarity", visibility=Visibility.UNLISTED)
    assert read_all(source_named(world.on_mastodon, "#Solidarity")) == []
    (seen,) = read_all(source_named(world.on_mastodon, "mentions"))
    assert not seen.public


def test_a_post_that_lost_its_hashtag_is_no_longer_shown_under_it() -> None:
    world = RehearsalNetworks()
    world.mastodon.edit(world.mastodon.post(AUTHOR, "#Solidarity"), "something else")
    assert read_all(source_named(world.on_mastodon, "#Solidarity")) == []


def test_our_own_posts_are_seen_too() -> None:
    world = RehearsalNetworks()
    world.on_x.publish(post())
    (seen,) = read_all(source_named(world.on_x, "search"))
    assert seen.author.handle == world.on_x.facts().handle


def test_x_bills_each_post_it_shows_once_a_day_and_nothing_for_nothing() -> None:
    world = RehearsalNetworks()
    search = source_named(world.on_x, "search")
    begin = Cursor(START - timedelta(days=1))
    assert search.read(begin).cost == 0
    world.x.post("x:a_example", "#Solidarity")
    assert search.read(begin).cost == 5_000 <= search.page_cost
    assert search.read(begin).cost == 0
    world.clock.passes(days=1)
    assert search.read(begin).cost == 5_000


def test_xs_search_reaches_back_a_week_only() -> None:
    world = RehearsalNetworks()
    world.x.post("x:a_example", "#Solidarity")
    world.clock.passes(days=8)
    assert source_named(world.on_x, "search").read(Cursor(START)).posts == ()


def test_without_hashtags_only_mentions_are_watched() -> None:
    assert [source.name for source in RehearsalNetworks().on_x.sources(())] == ["rehearsal x mentions"]


def test_a_post_tells_what_the_rules_ask_for() -> None:
    world = RehearsalNetworks()
    joined = START - timedelta(days=40)
    world.mastodon.join(AUTHOR, joined_at=joined, followers=12)
    link = "https://videos.example/w/cJJKynSJcYGme1hx4UEPvd"
    world.mastodon.post(AUTHOR, f"{link} #Solidarity", kinds=[MediaKind.IMAGE])
    (seen,) = read_all(source_named(world.on_mastodon, "#Solidarity"))
    assert (seen.author.joined_at, seen.author.followers) == (joined, 12)
    assert (seen.links, seen.lacks_alt) == (1, True)


def test_a_link_to_a_video_is_named_as_everywhere() -> None:
    world = RehearsalNetworks()
    link = "https://videos.example/w/cJJKynSJcYGme1hx4UEPvd"
    world.mastodon.post(AUTHOR, f"{link} #Solidarity")
    world.mastodon.post(AUTHOR, "with words #Solidarity", kinds=[MediaKind.VIDEO], alt="A crane moves.")
    linked, attached = read_all(source_named(world.on_mastodon, "#Solidarity"))
    assert linked.kinds == (MediaKind.VIDEO_LINK,)
    assert linked.videos == ("peertube:5f0c1c1e-9d2b-4c67-a3f1-7e2d94b8c60a",)
    assert not attached.lacks_alt


def test_only_mentions_are_said_to_us() -> None:
    world = RehearsalNetworks()
    begin = Cursor(START - timedelta(days=1))
    pages = {source.name: source.read(begin) for source in world.on_x.sources(["Solidarity"])}
    assert {name: page.to_us for name, page in pages.items()} == {
        "rehearsal x search": False,
        "rehearsal x mentions": True,
    }


@each_of(
    ("text", "tags"),
    [
        ("#FreeBelarusUnionists, #2025 and #April19_WorkersRights!", ("FreeBelarusUnionists", "April19_WorkersRights")),
        ("https://campaign.example/#part a#b &#39; #Салідарнасць", ("Салідарнасць",)),
    ],
)
def test_hashtags_are_read_from_the_text(text: str, tags: tuple[str, ...]) -> None:
    assert hashtags_in(text) == tags


def test_mentions_are_read_from_the_text() -> None:
    assert mentions_in("@us and @you@union.example. mail@union.example") == (("us", ""), ("you", "union.example"))
