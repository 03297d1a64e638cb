"""Reading the sources forward, so that nothing is skipped and nothing is stored twice."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import event

from bot.causes import CauseCode
from bot.cli.words.events import event_text
from bot.domain.post import Cursor, Page, SeenPost
from bot.domain.source_name import SourceKind
from bot.errors import StoreError
from bot.platforms.rehearsal.faults import FaultyAction, How
from bot.services.protection import forget
from bot.services.watching import poll
from bot.services.watching.poll import SourcePoll
from bot.store import sightings
from bot.store.engine import source_lock
from tests.harness.campaign import TAG, CampaignHarness
from tests.harness.faulty_platform import platform_error
from tests.harness.rehearsal_networks import START

MINUTE = timedelta(minutes=1)


def watch_of(harness: CampaignHarness, end: str = TAG) -> SourcePoll:
    (found,) = [one for one in poll.source_polls(harness.work) if one.source.name.endswith(end)]
    return found


def uris(harness: CampaignHarness) -> list[str]:
    return [one.post.uri for one in harness.seen()]


def test_everything_since_the_last_reading_is_taken_in_after_a_downtime(harness: CampaignHarness) -> None:
    harness.solidarity("first")
    harness.read()
    made = [harness.solidarity(f"u{n}", at=harness.clock() + n * timedelta(seconds=10)) for n in range(130)]
    harness.clock.passes(hours=30)
    harness.read()
    assert uris(harness)[1:] == made


def test_the_first_reading_goes_back_as_far_as_the_campaign_says_and_no_further(harness: CampaignHarness) -> None:
    harness.solidarity("old", at=START - timedelta(hours=25))
    recent = harness.solidarity("recent", at=START - timedelta(hours=23))
    harness.read()
    assert uris(harness) == [recent]


def test_a_source_without_posts_keeps_its_beginning(harness: CampaignHarness) -> None:
    harness.read()
    harness.clock.passes(hours=40)
    late = harness.solidarity("slow", at=START - timedelta(hours=1))
    harness.read()
    assert uris(harness) == [late]


def test_nothing_is_skipped_when_a_pages_posts_share_a_second(harness: CampaignHarness) -> None:
    made = {harness.solidarity(f"u{n}", at=START) for n in range(95)}
    harness.read()
    assert set(uris(harness)) == made


def test_a_post_is_stored_once_however_many_sources_and_hashtags_show_it(harness: CampaignHarness) -> None:
    harness.solidarity(text=f"Both! #{TAG} #April19")
    harness.read()
    harness.read()
    (seen,) = harness.seen()
    assert seen.sources == (f"rehearsal mastodon #{TAG}", "rehearsal mastodon #April19")
    assert seen.tags == (TAG, "April19")


def test_a_hashtag_that_is_watched_alone_is_read_like_the_others(harness: CampaignHarness) -> None:
    rules = replace(harness.work.config, monitor=replace(harness.work.config.monitor, also=("April19_WorkersRights",)))
    harness.work = replace(harness.work, config=rules)
    made = harness.solidarity(text="With you! #April19_WorkersRights")
    harness.read()
    (seen,) = harness.seen()
    assert (seen.post.uri, seen.tags) == (made, ("April19_WorkersRights",))


def test_a_page_that_shows_a_post_twice_stores_it_once(harness: CampaignHarness) -> None:
    harness.solidarity()
    source = watch_of(harness).source
    page = source.read(Cursor(START - timedelta(days=1)))

    class Twice:
        name = source.name
        kind = SourceKind.HASHTAG
        page_cost = 0

        def read(self, cursor: Cursor) -> Page:
            return Page(page.posts * 2, page.cursor)

    assert poll.read(harness.work, SourcePoll(Twice(), "mastodon", START, MINUTE)) == 1
    assert len(harness.seen()) == 1


@pytest.mark.parametrize(
    "tag", ["#freebelarusunionists", "#FREEBELARUSUNIONISTS", "#ＦｒｅｅＢｅｌａｒｕｓＵｎｉｏｎｉｓｔｓ"]
)
def test_a_hashtag_is_the_same_in_any_case_and_width(harness: CampaignHarness, tag: str) -> None:
    assert len(taken(harness, tag)) == 1


@pytest.mark.parametrize(
    "tag", ["#FreeBelarusUnionistsNow", "#Free", "#April19_WorkersRights", "#FreeBelarusUnionists_"]
)
def test_a_longer_or_shorter_hashtag_is_another_one(harness: CampaignHarness, tag: str) -> None:
    assert taken(harness, tag) == []


def taken(harness: CampaignHarness, tag: str) -> list[str]:
    """What is taken in of a source that shows a post under whatever hashtag."""
    harness.solidarity(text=f"Hello #{TAG}")
    source = watch_of(harness).source
    (post,) = source.read(Cursor(START - timedelta(days=1))).posts

    class Sloppy:
        name = "sloppy"
        kind = SourceKind.HASHTAG
        page_cost = 0

        def read(self, cursor: Cursor) -> Page:
            return Page((shown(post, tag),), cursor)

    poll.read(harness.work, SourcePoll(Sloppy(), "mastodon", START, MINUTE))
    return uris(harness)


def shown(post: SeenPost, tag: str) -> SeenPost:
    return replace(post, hashtags=(tag,))


def test_a_crash_between_reading_and_storing_reads_again(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [harness.solidarity(f"u{n}") for n in range(3)]

    def broken(*_: object) -> list[str]:
        raise StoreError(CauseCode.STORE_DISK, said="the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(sightings, "add", broken)
        with pytest.raises(StoreError):
            poll.read(harness.work, watch_of(harness))
    assert uris(harness) == []
    harness.work = harness.worker()
    harness.read()
    assert uris(harness) == made


def test_a_crash_between_two_pages_goes_on_where_it_was(harness: CampaignHarness) -> None:
    made = [harness.solidarity(f"u{n}") for n in range(100)]
    for how in (How.NOT_SENT, How.AMBIGUOUS_ACCEPTED, How.RATE_LIMITED):
        watch = watch_of(harness)
        read_one_page(harness, watch)
        harness.networks["mastodon"].fail_next(FaultyAction.READ, how)
        poll.read(harness.work, watch)
    harness.read()
    assert uris(harness) == made


def test_the_pages_of_a_backlog_are_stored_together_and_read_again_where_that_fails(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [harness.solidarity(f"u{n}") for n in range(170)]
    stored: list[str] = []
    event.listen(harness.work.store.engine, "before_cursor_execute", lambda *words: stored.append(words[2]))
    watch = watch_of(harness)
    read, reads = watch.source.read, count(1)

    def breaks(cursor: Cursor) -> Page:
        if next(reads) == 4:
            harness.networks["mastodon"].fail_next(FaultyAction.READ, How.NOT_SENT)
        return read(cursor)

    monkeypatch.setattr(watch.source, "read", breaks)
    poll.read(harness.work, watch)
    assert uris(harness) == made[:120], "what was read before a failure is stored"
    harness.clock.passes(minutes=5)
    poll.read(harness.work, watch)
    assert uris(harness) == made
    assert sum(one.startswith("INSERT INTO hourly_count ") for one in stored) == 2, "once with each transaction"


def read_one_page(harness: CampaignHarness, watch: SourcePoll) -> None:
    original = poll.MOST_PAGES
    try:
        poll.MOST_PAGES = 1
        poll.read(harness.work, watch)
    finally:
        poll.MOST_PAGES = original


def test_a_source_that_gives_much_does_not_keep_the_others_waiting_for_ever(harness: CampaignHarness) -> None:
    for n in range(90):
        harness.solidarity(f"u{n}")
    watch = watch_of(harness)
    read_one_page(harness, watch)
    assert len(harness.seen()) == 40
    assert watch.next_at <= harness.clock() + timedelta(seconds=20)


def test_readings_come_sooner_after_a_find_and_later_after_none(harness: CampaignHarness) -> None:
    watch = watch_of(harness)
    waits = []
    for _ in range(12):
        poll.read(harness.work, watch)
        waits.append((watch.next_at - harness.clock()).total_seconds())
        harness.clock.now = watch.next_at
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (30, 900)
    harness.solidarity()
    poll.read(harness.work, watch)
    assert watch.next_at == harness.clock() + timedelta(seconds=20)


def test_a_source_that_fails_is_asked_ever_later_or_when_it_says(harness: CampaignHarness) -> None:
    watch = watch_of(harness)
    for wait in (5, 10, 20):
        harness.networks["mastodon"].fail_next(FaultyAction.READ, How.NOT_SENT)
        poll.read(harness.work, watch)
        assert watch.next_at == harness.clock() + timedelta(seconds=wait)
    harness.networks["mastodon"].fail_next(FaultyAction.READ, How.RATE_LIMITED, until=START + 40 * MINUTE)
    poll.read(harness.work, watch)
    assert watch.next_at == START + 40 * MINUTE
    assert [event.alarming for event in harness.told("source_failed")] == [True, False, False, False]


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=1)])
def test_a_clock_that_was_set_back_does_not_keep_a_source_waiting(harness: CampaignHarness, back: timedelta) -> None:
    watch = watch_of(harness)
    poll.read(harness.work, watch)
    assert not watch.is_due(harness.clock() + timedelta(seconds=1))
    assert watch.is_due(harness.clock() - back)
    assert watch.is_due(watch.next_at)


def test_a_clock_that_jumps_skips_and_doubles_nothing(harness: CampaignHarness) -> None:
    made = [harness.solidarity("one")]
    harness.read()
    for hours in (24, -48, 1, -1, 24):
        harness.clock.passes(hours=hours)
        made.append(harness.solidarity(f"u{len(made)}"))
        harness.read()
    assert sorted(uris(harness)) == sorted(made)


def test_a_forgotten_author_is_never_taken_in_again(harness: CampaignHarness) -> None:
    harness.solidarity("ana")
    harness.read()
    forget.forget(harness.work, "@ana@elsewhere.example", "ben")
    harness.solidarity("ana", text=f"Again #{TAG}")
    harness.solidarity("ANA", text=f"In capitals #{TAG}")
    other = harness.solidarity("eva")
    harness.read()
    assert uris(harness) == [other]


def test_a_biography_is_read_and_never_stored(harness: CampaignHarness) -> None:
    harness.networks["mastodon"].join("@ana@elsewhere.example", bio="I live at 5 Secret Street. #nobot")
    harness.solidarity("ana")
    harness.read()
    (seen,) = harness.seen()
    assert "opted out in the bio" in seen.judgement.reasons
    stored = harness.store_pool.dump()
    assert b"elsewhere.example" in stored
    assert b"Secret Street" not in stored


def test_our_own_posts_are_known_even_when_nobody_asked_who_we_are(harness: CampaignHarness) -> None:
    harness.work.memory.handles.clear()
    harness.networks["mastodon"].post(harness.mastodon.handle, f"Ours #{TAG}")
    harness.read()
    assert harness.seen() == []


def test_two_workers_read_a_source_once(harness: CampaignHarness) -> None:
    watch, other = watch_of(harness), harness.worker()
    with other.locks.hold(source_lock(watch.source.name)):
        assert poll.read(harness.work, watch) == 0
    assert watch.next_at > harness.clock()
    assert harness.seen() == []


def test_what_is_seen_is_told_without_its_text(harness: CampaignHarness, tmp_path: Path) -> None:
    harness.solidarity(text=f"My secret words #{TAG}")
    harness.read()
    (told,) = harness.told("seen")
    assert "secret words" not in json.dumps([event_text(told), dict(told.fields)], default=str)


def test_an_answer_that_was_lost_is_read_again(harness: CampaignHarness) -> None:
    made = harness.solidarity()
    harness.networks["mastodon"].fail_next(FaultyAction.READ, How.AMBIGUOUS_ACCEPTED)
    harness.read()
    harness.read()
    assert uris(harness) == [made]


def test_a_failure_after_some_pages_keeps_those_pages(harness: CampaignHarness) -> None:
    for n in range(60):
        harness.solidarity(f"u{n}")
    source = watch_of(harness).source
    pages: list[datetime] = []

    class Fails:
        name = source.name
        kind = SourceKind.HASHTAG
        page_cost = 0

        def read(self, cursor: Cursor) -> Page:
            if pages:
                raise platform_error()
            pages.append(harness.clock())
            return source.read(cursor)

    poll.read(harness.work, SourcePoll(Fails(), "mastodon", START, MINUTE))
    assert len(harness.seen()) == 40
    harness.read()
    assert len(set(uris(harness))) == 60
