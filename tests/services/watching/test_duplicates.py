"""Posts that show the same are found among all others, and nothing else is taken for the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.campaign import AlarmRules, ModerationRules
from bot.domain.post import Author, Cursor, MediaKind, Page, SeenPost
from bot.domain.sighting import Sighting
from bot.services.moderation import approval
from bot.services.watching import duplicates, ingest
from bot.services.watching.duplicates import KnownPosts
from bot.store import schema as t
from tests.harness.campaign import TAG, CampaignHarness
from tests.harness.rehearsal_networks import START
from tests.harness.words import worded

CALL = "We stand with the jailed trade union leaders of Belarus and we will not forget a single one of them"
OWN = "Here is what my colleagues at the port had to say about all of this when I asked them on Monday"
NUMBERS = count(1)


def post(handle: str, text: str = "", *videos: str, at: timedelta = timedelta(), **more: Any) -> SeenPost:
    """Somebody's post with a video, made `at` after the start; its own words unless told."""
    number = next(NUMBERS)
    platform = "x" if handle.startswith("x:") else "mastodon"
    uri = f"https://{platform}.example/{number}"
    words = text or f"Number {number} has words of its own that {number * 7} others never wrote {number * 13} times"
    known: dict[str, Any] = {"public": True, "kinds": (MediaKind.VIDEO,), "hashtags": (TAG,)} | more
    return SeenPost(
        platform, uri, uri, str(number), Author(handle, f"id-{handle}"), words, START + at, videos=videos, **known
    )


def take_in(harness: CampaignHarness, *posts: SeenPost, known: KnownPosts | None = None) -> list[Sighting]:
    """One page of a source; `known` is there where it is one of several that are read together."""
    found = ingest.ingest(harness.work, "a source", Page(posts, Cursor(START)), known)
    return sorted(found, key=lambda one: one.id)


def same_as(harness: CampaignHarness) -> list[int | None]:
    """What each sighting is shown beside, by number."""
    with harness.work.store.read() as tx:
        return list(tx.execute(select(t.sighting.c.same_as).order_by(t.sighting.c.id)).scalars())


def test_one_video_on_two_networks_is_shown_together(harness: CampaignHarness) -> None:
    take_in(harness, post("@ana@one.example", "", "youtube:dQw4w9WgXcQ"))
    take_in(harness, post("@cem@two.example"))
    take_in(harness, post("x:Bob", "", "media:7", "youtube:dQw4w9WgXcQ"))
    take_in(harness, post("x:Dee", "", "youtube:aaaaaaaaaaa"), post("@eva@two.example", "", "youtube:dQw4w9WgXcQ"))
    assert same_as(harness) == [None, None, 1, None, 1]
    assert [one.same_as for one in harness.seen()] == same_as(harness)


def test_one_video_twice_on_one_page_is_shown_together(harness: CampaignHarness) -> None:
    found = take_in(harness, *(post(f"@u{number}@one.example", "", "vimeo:76979871") for number in range(5)))
    assert same_as(harness) == [None, 1, 1, 1, 1]
    assert [reason for one in found for reason in map(worded, one.judgement.reasons) if "same video" in reason] == [
        "the same video as sighting 1"
    ] * 4


def test_the_same_author_on_the_other_network_is_known_by_name_and_words(harness: CampaignHarness) -> None:
    take_in(harness, post("@anna_k@one.example", f"{CALL} #{TAG} https://one.example/x 🎥"))
    take_in(harness, post("x:Anna_K", f"{CALL.upper()}! #{TAG} @itucasia https://t.co/abc", at=timedelta(hours=40)))
    assert same_as(harness) == [None, 1]


def test_a_text_that_was_cut_for_the_other_network_is_still_the_same(harness: CampaignHarness) -> None:
    take_in(harness, post("@anna_k@one.example", f"{CALL}. {OWN}"))
    take_in(harness, post("x:anna_k", f"{CALL}…"))
    assert same_as(harness) == [None, 1]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(("@anna@one.example", CALL), ("x:anna", OWN), id="other words"),
        pytest.param(("@anna@one.example", CALL), ("x:berta", CALL), id="another name"),
        pytest.param(("@anna@one.example", CALL), ("@anna@two.example", CALL), id="another server"),
        pytest.param(("@anna@one.example", "Freedom now!"), ("x:anna", "Freedom now!"), id="few words"),
        pytest.param(("@anna@one.example", CALL, "youtube:1"), ("x:anna", CALL, "youtube:2"), id="another video"),
        pytest.param(("@anna@one.example", CALL, "media:1"), ("@anna@one.example", CALL, "media:2"), id="another file"),
    ],
)
def test_what_differs_is_not_taken_for_the_same(
    harness: CampaignHarness, first: tuple[str, ...], second: tuple[str, ...]
) -> None:
    take_in(harness, post(*first))
    take_in(harness, post(*second))
    assert same_as(harness) == [None, None]


def test_files_on_two_networks_tell_nothing_of_each_other(harness: CampaignHarness) -> None:
    take_in(harness, post("@anna@one.example", CALL, "media:1"))
    take_in(harness, post("x:anna", CALL, "media:2"))
    assert same_as(harness) == [None, 1]


def test_after_two_days_the_same_words_are_another_post(harness: CampaignHarness) -> None:
    take_in(harness, post("@anna@one.example", CALL))
    harness.clock.now += timedelta(hours=49)
    take_in(harness, post("x:anna", CALL, at=timedelta(hours=49)))
    assert same_as(harness) == [None, None]


def test_an_author_who_posts_once_more_is_noticed(harness: CampaignHarness) -> None:
    take_in(harness, post("@anna@one.example", CALL))
    take_in(harness, post("@Anna@one.example", f"{CALL} 🎉"))
    assert same_as(harness) == [None, 1]


def test_words_that_many_share_do_not_make_two_people_one(harness: CampaignHarness) -> None:
    """People share a prepared text with their own videos: that is what a campaign asks them to do."""
    take_in(harness, *(post(f"@union{number}@one.example", CALL) for number in range(3)))
    take_in(harness, post("@maria@one.example", CALL))
    take_in(harness, post("x:maria", CALL))
    assert same_as(harness) == [None] * 5


def test_a_post_that_is_like_a_copy_is_shown_beside_the_first(harness: CampaignHarness) -> None:
    take_in(harness, post("@ana@one.example", "", "tiktok:7106594312292453675"))
    take_in(harness, post("@bob@one.example", CALL, "tiktok:7106594312292453675"))
    take_in(harness, post("x:bob", CALL, "media:3"))
    assert same_as(harness) == [None, 1, 1]


@pytest.mark.parametrize("in_one", [False, True], ids=["page by page", "in one reading"])
def test_how_many_others_post_one_text_is_counted_by_author(harness: CampaignHarness, in_one: bool) -> None:
    """In nearly the same words: what is spread by machines differs in a number, a sign or a link."""
    others, known = [], KnownPosts() if in_one else None
    for number, author in enumerate(("ana", "bob", "cem", "ana", "dee")):
        text = f"{CALL}, number {number} {'🎉' * number} https://spam.example/{number}"
        (found,) = take_in(harness, post(f"@{author}@one.example", text, at=timedelta(minutes=number)), known=known)
        others += [tuple(map(worded, found.judgement.reasons))]
    assert "the same text from 2 other accounts" in others[2]
    assert "the same text from 3 other accounts" in others[4]


def test_one_name_on_many_servers_does_not_hide_a_flood(harness: CampaignHarness) -> None:
    posts = [post(f"@info@h{number}.example", CALL) for number in range(4)]
    for one in posts[:3]:
        take_in(harness, one)
    (found,) = take_in(harness, posts[3])
    assert "the same text from 3 other accounts" in map(worded, found.judgement.reasons)


def test_who_floods_first_does_not_hide_the_others(harness: CampaignHarness) -> None:
    take_in(harness, *(post("@loud@one.example", CALL, f"youtube:{number}") for number in range(2 * duplicates.ENOUGH)))
    for number in range(3):
        (found,) = take_in(harness, post(f"@bot{number}@two.example", CALL))
    assert "the same text from 3 other accounts" in map(worded, found.judgement.reasons)


def test_one_page_of_copies_counts_each_of_them(harness: CampaignHarness) -> None:
    found = take_in(harness, *(post(f"@bot{number}@one.example", CALL) for number in range(5)))
    assert all("the same text from 4 other accounts" in map(worded, one.judgement.reasons) for one in found)


def test_texts_of_yesterday_are_no_flood_of_today(harness: CampaignHarness) -> None:
    take_in(harness, *(post(f"@bot{number}@one.example", CALL) for number in range(4)))
    harness.clock.now += timedelta(hours=25)
    (found,) = take_in(harness, post("@ana@one.example", CALL, at=timedelta(hours=25)))
    assert not [reason for reason in map(worded, found.judgement.reasons) if "same text" in reason]


def test_the_same_text_is_known_for_a_day_and_alarms_within_its_hour_alone(harness: CampaignHarness) -> None:
    take_in(harness, *(post(f"@bot{number}@one.example", CALL) for number in range(4)))
    harness.clock.now += timedelta(hours=23)
    (found,) = take_in(harness, post("@ana@one.example", CALL, at=timedelta(hours=23)))
    assert "the same text from 4 other accounts" in map(worded, found.judgement.reasons)
    with harness.work.store.read() as tx:
        assert duplicates.same_text(tx, harness.work, {found.id: found.post}) == {found.id: [1, 2, 3, 4]}
        assert approval.is_automatic(tx)
    take_in(harness, *(post(f"@more{number}@one.example", CALL, at=timedelta(hours=23)) for number in range(4)))
    with harness.work.store.read() as tx:
        assert not approval.is_automatic(tx)


def test_posts_caught_up_with_are_counted_by_when_they_were_made(harness: CampaignHarness) -> None:
    posts = [post(f"@u{number}@one.example", CALL, at=timedelta(hours=25 * number)) for number in range(6)]
    found = take_in(harness, *posts)
    assert not [reason for one in found for reason in map(worded, one.judgement.reasons) if "same text" in reason]


def test_a_flood_of_one_video_does_not_grow_what_is_compared(harness: CampaignHarness) -> None:
    for _ in range(3):
        take_in(harness, *(post("@loud@one.example", CALL, "youtube:dQw4w9WgXcQ") for _ in range(40)))
    with harness.work.store.read() as tx:
        kept = [row.value for row in tx.execute(select(t.trait.c.value))]
    assert kept.count("youtube:dQw4w9WgXcQ") <= duplicates.ENOUGH + 40
    assert same_as(harness) == [None] + [1] * 119


def test_a_page_read_again_is_not_like_itself(harness: CampaignHarness) -> None:
    page = [post("@ana@one.example", CALL, "youtube:dQw4w9WgXcQ"), post("@bob@one.example")]
    take_in(harness, *page)
    assert take_in(harness, *page) == []
    assert take_in(harness, *page, *page) == []
    assert same_as(harness) == [None, None]


def test_a_page_that_holds_a_post_twice_stores_it_once(harness: CampaignHarness) -> None:
    one = post("@ana@one.example", CALL, "youtube:dQw4w9WgXcQ")
    assert len(take_in(harness, one, one)) == 1
    assert same_as(harness) == [None]


def test_traits_name_nobody_and_say_nothing(harness: CampaignHarness) -> None:
    take_in(harness, post("@anna_k@one.example", CALL, "youtube:dQw4w9WgXcQ"))
    with harness.work.store.read() as tx:
        kept = sorted(row.value for row in tx.execute(select(t.trait.c.value)))
    assert [value.partition(":")[0] for value in kept] == ["name", "text", "text", "youtube"]
    everything = " ".join(kept).casefold()
    assert not [word for word in ("anna", *CALL.casefold().split()) if len(word) > 3 and word in everything]


def test_what_is_removed_leaves_no_traits(harness: CampaignHarness) -> None:
    take_in(harness, post("@anna_k@one.example", CALL, "youtube:dQw4w9WgXcQ"))
    with harness.work.store.begin() as tx:
        tx.execute(t.sighting.delete())
        assert tx.execute(select(t.trait.c.value)).all() == []


def test_a_larger_alarm_is_counted_up_to(harness: CampaignHarness) -> None:
    rules = ModerationRules(alarm=AlarmRules(authors=60))
    harness.work = replace(harness.work, config=replace(harness.work.config, moderation=rules))
    found = take_in(harness, *(post(f"@bot{number}@one.example", CALL) for number in range(70)))
    assert "the same text from 69 other accounts" in map(worded, found[0].judgement.reasons)


def test_whoever_posts_one_thing_and_then_another_one_twice_is_seen_to_post_it_again(harness: CampaignHarness) -> None:
    others = [post(f"@worker{number}@one.example") for number in range(60)]
    ana = [post("@ana@one.example", text, at=timedelta(minutes=place)) for place, text in enumerate((CALL, OWN, OWN))]
    found = take_in(harness, *ana, *others)
    (first, second, third) = (one for one in harness.seen() if one.post.author.handle == "@ana@one.example")
    assert len(found) == 3 + len(others)
    assert (first.same_as, second.same_as, third.same_as) == (None, None, second.id)
