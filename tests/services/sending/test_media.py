"""Media goes ahead of its post, and no post leaves without it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain.delivery import State
from bot.errors import Outcome
from bot.platforms.rehearsal.faults import FaultyAction, How
from bot.platforms.rehearsal.state import Uploaded
from bot.services import decisions
from bot.services.sending import media
from tests.harness.campaign import IMAGE, VIDEO, CampaignHarness, draft
from tests.harness.faulty_platform import platform_error
from tests.harness.rehearsal_networks import START
from tests.harness.words import worded

MINUTE = timedelta(minutes=1)


def uploaded(harness: CampaignHarness) -> list[Uploaded]:
    return [one for one in harness.networks["mastodon"].ledger if isinstance(one, Uploaded)]


def prepare(harness: CampaignHarness, minutes: int) -> None:
    """What the worker's media lane does for so many minutes."""
    for _ in range(minutes * 4):
        for account in media.wanted(harness.work):
            media.prepare(harness.work, account)
        harness.clock.passes(seconds=15)


def test_a_file_is_uploaded_a_quarter_of_an_hour_ahead_and_once(harness: CampaignHarness) -> None:
    harness.plan(draft(media=[IMAGE], due=20 * MINUTE))
    prepare(harness, 4)
    assert uploaded(harness) == []
    prepare(harness, 10)
    (one,) = uploaded(harness)
    assert START + 5 * MINUTE <= one.at <= START + 6 * MINUTE
    harness.settle()
    assert len(uploaded(harness)) == 1
    (post,) = harness.accepted()
    assert (post.at, post.media[0].alt) == (START + 20 * MINUTE, "A banner.")


def test_a_video_is_processed_ahead_so_that_its_post_leaves_on_the_second_and_nobody_is_alarmed(
    harness: CampaignHarness,
) -> None:
    harness.plan(draft(media=[VIDEO], due=10 * MINUTE))
    prepare(harness, 9)
    harness.settle()
    assert harness.accepted()[0].at == START + 10 * MINUTE
    assert len(harness.accepted()[0].media) == 1
    assert not [event for event in harness.events if event.alarming]


def test_a_post_waits_for_a_video_that_is_still_processed(harness: CampaignHarness) -> None:
    harness.plan(draft(media=[VIDEO]))
    harness.deliver()
    assert (harness.texts(), harness.state()) == ([], State.PLANNED)
    harness.settle()
    (post,) = harness.accepted()
    assert len(post.media) == 1
    assert post.at <= START + timedelta(seconds=30)
    assert len(uploaded(harness)) == 1


def test_a_post_never_leaves_without_its_media_and_is_missed_in_the_end(harness: CampaignHarness) -> None:
    harness.plan(draft(media=[IMAGE]))
    (harness.folder / "banner.png").unlink()
    harness.settle(hours=7)
    assert (harness.texts(), harness.state()) == ([], State.MISSED)
    assert "cannot be read" in worded(harness.one().error)


def test_a_file_that_comes_back_in_time_is_posted(harness: CampaignHarness) -> None:
    harness.plan(draft(media=[IMAGE]))
    (harness.folder / "banner.png").rename(harness.folder / "away.png")
    harness.settle(minutes=10)
    (harness.folder / "away.png").rename(harness.folder / "banner.png")
    harness.settle()
    assert len(harness.accepted()[0].media) == 1


def test_a_file_that_changed_since_it_was_planned_is_not_posted(harness: CampaignHarness) -> None:
    harness.plan(draft(media=[IMAGE]))
    (harness.folder / "banner.png").write_bytes(b"something else")
    harness.settle()
    assert harness.texts() == []
    assert "bot plan" in worded(harness.one().error)


def test_a_file_the_platform_refuses_stops_the_post_for_good(harness: CampaignHarness) -> None:
    harness.plan(draft(media=[IMAGE]))
    harness.networks["mastodon"].fail_next(FaultyAction.UPLOAD, How.REJECTED)
    harness.settle()
    assert (harness.texts(), harness.state()) == ([], State.REJECTED)
    assert harness.told("rejected")[0].alarming


def test_an_upload_whose_answer_was_lost_is_made_again_for_it_publishes_nothing(harness: CampaignHarness) -> None:
    harness.plan(draft(media=[IMAGE]))
    harness.networks["mastodon"].fail_next(FaultyAction.UPLOAD, How.AMBIGUOUS_ACCEPTED)
    harness.settle()
    assert (len(harness.accepted()), harness.state()) == (1, State.SENT)


def test_an_upload_that_fails_ahead_is_not_tried_every_five_seconds(harness: CampaignHarness) -> None:
    harness.plan(draft(media=[IMAGE], due=14 * MINUTE))
    harness.mastodon.errors["upload"].extend(platform_error(Outcome.NOT_SENT) for _ in range(5))
    prepare(harness, 10)
    assert harness.mastodon.requests["upload"] == 6
    assert harness.one().error != "" or uploaded(harness)
    harness.settle()
    assert harness.accepted()[0].at == START + 14 * MINUTE


def test_an_upload_ahead_waits_as_long_as_the_platform_says_and_the_post_tries_all_the_same(
    harness: CampaignHarness,
) -> None:
    harness.plan(draft(media=[IMAGE], due=14 * MINUTE))
    harness.mastodon.refuse("upload", platform_error(Outcome.NOT_SENT, retry_at=START + timedelta(hours=2)))
    prepare(harness, 13)
    assert harness.mastodon.requests["upload"] == 1
    harness.settle()
    assert harness.accepted()[0].at == START + 14 * MINUTE


def test_an_upload_that_dies_before_its_post_is_made_anew(harness: CampaignHarness) -> None:
    harness.plan(draft(media=[IMAGE], due=10 * MINUTE))
    prepare(harness, 1)
    harness.plan(draft(media=[IMAGE], due=timedelta(hours=30)))
    harness.clock.now = START + timedelta(hours=30)
    harness.settle()
    assert (len(uploaded(harness)), len(harness.accepted())) == (2, 1)


def test_new_alternative_text_goes_out_with_the_post(harness: CampaignHarness) -> None:
    harness.plan(draft(media=[IMAGE], due=10 * MINUTE))
    prepare(harness, 1)
    harness.plan(draft(media=[replace(IMAGE, alt="A red banner.")], due=10 * MINUTE))
    harness.settle()
    assert harness.accepted()[0].media[0].alt == "A red banner."


def test_media_of_a_later_part_goes_out_with_that_part(harness: CampaignHarness) -> None:
    harness.plan(draft(parts=("One.", "Two."), media=[IMAGE, IMAGE], media_part=1))
    harness.settle()
    assert [len(one.media) for one in harness.accepted()] == [0, 2]


def test_a_video_whose_processing_keeps_failing_is_rejected_and_uploaded_anew_when_retried(
    harness: CampaignHarness,
) -> None:
    harness.plan(draft(media=[VIDEO]))
    for _ in range(media.MOST_UPLOADS):
        harness.networks["mastodon"].fail_next(FaultyAction.PROCESSING, How.REJECTED)
    harness.settle()
    assert harness.state() is State.REJECTED
    decisions.retry(harness.work, harness.one().id, "ana")
    harness.settle()
    assert (len(uploaded(harness)), len(harness.accepted())) == (media.MOST_UPLOADS + 1, 1)


def test_a_post_with_lost_answer_that_was_absent_goes_with_its_media(harness: CampaignHarness) -> None:
    harness.plan(draft(media=[IMAGE]))
    harness.networks["mastodon"].fail_next(FaultyAction.PUBLISH, How.AMBIGUOUS_NOT_ACCEPTED)
    harness.settle()
    assert (len(harness.accepted()), len(harness.accepted()[0].media)) == (1, 1)


def test_two_workers_upload_a_file_once(harness: CampaignHarness) -> None:
    harness.plan(draft(media=[IMAGE], due=10 * MINUTE))
    other = harness.worker()
    harness.mastodon.before = lambda _: media.prepare(other, "mastodon")
    media.prepare(harness.work, "mastodon")
    harness.mastodon.before = lambda _: None
    media.prepare(other, "mastodon")
    assert len(uploaded(harness)) == 1
