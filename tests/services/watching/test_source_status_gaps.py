"""What a source did not cover is written down with its reason, and is over once all of it has been read."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.cli.documents import source_json
from bot.domain.post import Cursor, Page
from bot.errors import Outcome, PlatformError
from bot.platforms.base import Source
from bot.platforms.mastodon.instance import PublicInstance
from bot.services.watching import poll, source_status
from bot.services.watching.poll import SourcePoll
from bot.services.watching.source_status import SourceCondition, SourceStatus
from tests.harness.campaign import TAG, CampaignHarness, config
from tests.harness.rehearsal_networks import START
from tests.harness.words import worded
from tests.platforms.mastodon_driver import MastodonDriver
from tests.servers.mastodon import MastodonServer

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
REFUSED = "social.example does not show it (401)"


class Moody:
    """A source that refuses to be read, says what it has lost, or shows all it has again, while the test wants it."""

    page_cost = 0

    def __init__(self, source: Source) -> None:
        self.name, self.kind, self._source = source.name, source.kind, source
        self.error: PlatformError | None = None
        self.gap = ""
        self.shows_all_again = False

    def read(self, cursor: Cursor) -> Page:
        if self.error:
            raise self.error
        begin = Cursor(cursor.horizon) if self.shows_all_again else cursor
        page = replace(self._source.read(begin), gap=self.gap)
        self.gap = ""
        return page


def refusal(retry_at: datetime | None = None) -> PlatformError:
    return PlatformError(REFUSED, Outcome.REJECTED, more=". Take it out of bot.toml.", retry_at=retry_at)


def moody(harness: CampaignHarness) -> tuple[SourcePoll, Moody]:
    watch = next(one for one in poll.source_polls(harness.work) if one.source.name.endswith(TAG))
    source = Moody(watch.source)
    watch.source = source
    return watch, source


def standing(harness: CampaignHarness, end: str = TAG) -> SourceStatus:
    (found,) = [one for one in source_status.source_statuses(harness.work) if one.name.endswith(end)]
    return found


def told(harness: CampaignHarness, end: str = TAG) -> list[tuple[datetime, datetime | None, str, bool]]:
    return [(gap.began_at, gap.ended_at, worded(gap.reason), gap.filled) for gap in standing(harness, end).gaps]


def test_a_source_that_refuses_has_a_gap_from_its_last_reading_until_it_is_read_again(harness: CampaignHarness) -> None:
    watch, source = moody(harness)
    poll.read(harness.work, watch)
    source.error = refusal()
    for _ in range(8):
        harness.clock.passes(minutes=5)
        poll.read(harness.work, watch)
    assert told(harness) == [(START, None, REFUSED, False)]
    made = harness.solidarity()
    assert (standing(harness).condition, standing(harness).known.failing_since) == (
        SourceCondition.FAILING,
        START + 5 * MINUTE,
    )
    source.error = None
    harness.clock.passes(minutes=5)
    poll.read(harness.work, watch)
    assert told(harness) == [(START, START + 45 * MINUTE, REFUSED, True)]
    assert [one.post.uri for one in harness.seen()] == [made]
    assert (standing(harness).condition, standing(harness).known.failing_since) == (SourceCondition.OK, None)


def test_a_hiccup_is_no_gap(harness: CampaignHarness) -> None:
    watch, source = moody(harness)
    poll.read(harness.work, watch)
    source.error = refusal()
    poll.read(harness.work, watch)
    source.error = None
    harness.clock.passes(seconds=30)
    poll.read(harness.work, watch)
    assert told(harness) == []


def test_a_server_that_wants_to_be_left_alone_for_long_is_a_gap_at_once(harness: CampaignHarness) -> None:
    watch, source = moody(harness)
    poll.read(harness.work, watch)
    source.error = refusal(retry_at=START + 20 * MINUTE)
    poll.read(harness.work, watch)
    assert told(harness) == [(START, None, REFUSED, False)]


def test_the_first_reading_is_no_gap_but_says_since_when_a_source_is_watched(harness: CampaignHarness) -> None:
    harness.read()
    assert told(harness) == []
    assert source_json(standing(harness))["watched_since"] == "2025-04-15T08:00:00Z"


def test_a_time_in_which_nobody_reads_is_a_gap_that_is_filled_by_itself(harness: CampaignHarness) -> None:
    harness.read()
    harness.clock.passes(hours=30)
    made = harness.solidarity(at=START + HOUR)
    assert standing(harness).condition is SourceCondition.WAITING
    harness.work = harness.worker()
    harness.read()
    assert told(harness) == [(START, START + 30 * HOUR, "no worker was running", True)]
    assert [one.post.uri for one in harness.seen()] == [made]


def test_a_worker_that_is_restarted_leaves_no_gap(harness: CampaignHarness) -> None:
    harness.read()
    harness.clock.passes(minutes=10)
    harness.work = harness.worker()
    harness.read()
    assert told(harness) == []


def test_what_is_lost_for_good_stays_a_gap_for_ever(harness: CampaignHarness) -> None:
    watch, source = moody(harness)
    poll.read(harness.work, watch)
    harness.clock.passes(days=9)
    source.gap = "7-day window passed"
    poll.read(harness.work, watch)
    expected = [(START, START + 9 * DAY, "7-day window passed", False)]
    assert told(harness) == expected
    harness.clock.passes(minutes=1)
    poll.read(harness.work, watch)
    assert told(harness) == expected


def test_a_source_that_could_never_be_read_before_has_lost_nothing_that_was_promised(harness: CampaignHarness) -> None:
    watch, source = moody(harness)
    source.gap = "7-day window passed"
    poll.read(harness.work, watch)
    assert told(harness) == []


def test_a_spent_budget_is_a_gap_until_the_next_day(harness: CampaignHarness) -> None:
    harness.work = harness.worker(config(budget=0.0))
    made = harness.solidarity(account="x")
    harness.read()
    (gap,) = told(harness, "x search")
    assert gap[1:] == (None, "the day's budget of x is spent", False)
    assert standing(harness, "x search").condition is SourceCondition.STOPPED
    harness.work = harness.worker(config(budget=1.0))
    harness.clock.passes(hours=16)
    harness.read()
    (gap,) = told(harness, "x search")
    assert gap[1:] == (START + 16 * HOUR, "the day's budget of x is spent", True)
    assert made in [one.post.uri for one in harness.seen()]


def test_a_worker_that_begins_goes_on_with_the_interval_that_others_have_learnt(harness: CampaignHarness) -> None:
    for _ in range(12):
        harness.read()
        harness.clock.passes(minutes=15)
    watch, _ = moody(harness)
    harness.work = harness.worker()
    poll.read(harness.work, watch)
    assert watch.next_at == harness.clock() + 15 * MINUTE


def test_posts_per_hour_count_each_post_once_by_its_own_time(harness: CampaignHarness) -> None:
    for number in range(6):
        harness.solidarity(f"u{number}", at=START - number * 20 * MINUTE)
    harness.solidarity("soon", at=START + 40 * DAY)
    for _ in range(3):
        harness.read()
    assert standing(harness).posts_per_hour == 3.5
    harness.clock.passes(hours=4)
    assert standing(harness).posts_per_hour == 0


def test_a_source_that_shows_its_posts_again_does_not_seem_livelier_for_it(harness: CampaignHarness) -> None:
    watch, source = moody(harness)
    for number in range(5):
        harness.solidarity(f"u{number}")
    for _ in range(3):
        poll.read(harness.work, watch)
        source.shows_all_again = True
    assert standing(harness).posts_per_hour == 2.5


def test_a_lag_says_how_long_ago_a_source_was_read_to_its_end(harness: CampaignHarness) -> None:
    assert source_json(standing(harness)) | {"source": "", "account": ""} == {
        **dict.fromkeys(
            ("last_success", "lag_s", "next_at", "interval_s", "failing_since", "watched_since", "stream", "cannot_see")
        ),
        "source": "",
        "account": "",
        "state": "new",
        "worker_running": True,
        "posts_per_hour": 0.0,
        "error": "",
        "error_code": None,
        "gaps": [],
        "unreadable": {"count": 0, "last_at": None, "reasons": {}},
    }
    harness.read()
    harness.clock.passes(seconds=25)
    found = source_json(standing(harness))
    assert (found["state"], found["lag_s"], found["interval_s"]) == ("ok", 25, 30)
    assert (found["last_success"], found["next_at"]) == ("2025-04-16T08:00:00Z", "2025-04-16T08:00:30Z")


def test_an_instance_that_wants_an_account_says_so_in_its_gap(
    harness: CampaignHarness, mastodon_process: MastodonServer
) -> None:
    driver = MastodonDriver(mastodon_process)
    uri = driver.somebody_posts(f"Solidarity! #{TAG}")
    driver.server.settings(anonymous_timelines="401")
    harness.clock.now = driver.now()
    instance = PublicInstance(driver.server.url, "Groundswell", harness.clock)
    harness.work = replace(harness.worker(), platforms={}, instances=(instance,))
    watch = next(one for one in poll.source_polls(harness.work) if one.source.name.endswith(TAG))
    for _ in range(2):
        poll.read(harness.work, watch)
        harness.clock.passes(minutes=3)
    (gap,) = told(harness)
    assert gap[2] == f"{instance.host} does not show #{TAG} without an account (401)"
    driver.server.settings(anonymous_timelines="open")
    poll.read(harness.work, watch)
    assert [one[3] for one in told(harness)] == [True]
    assert [one.post.uri for one in harness.seen()] == [uri]
    instance.close()
    driver.close()
