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


def uploaded(desk: CampaignHarness) -> list[Uploaded]:
    return [one for one in desk.networks["mastodon"].ledger if isinstance(one, Uploaded)]


def prepare(desk: CampaignHarness, minutes: int) -> None:
    """What the worker's media lane does for so many minutes."""
    for _ in range(minutes * 4):
        media.prepare(desk.work, "mastodon")
        desk.clock.passes(seconds=15)


def test_a_file_is_uploaded_a_quarter_of_an_hour_ahead_and_once(desk: CampaignHarness) -> None:
    desk.plan(draft(media=[IMAGE], due=20 * MINUTE))
    prepare(desk, 4)
    assert uploaded(desk) == []
    prepare(desk, 10)
    (one,) = uploaded(desk)
    assert START + 5 * MINUTE <= one.at <= START + 6 * MINUTE
    desk.settle()
    assert len(uploaded(desk)) == 1
    (post,) = desk.accepted()
    assert (post.at, post.media[0].alt) == (START + 20 * MINUTE, "A banner.")


def test_a_video_is_processed_ahead_so_that_its_post_leaves_on_the_second_and_nobody_is_alarmed(
    desk: CampaignHarness,
) -> None:
    desk.plan(draft(media=[VIDEO], due=10 * MINUTE))
    prepare(desk, 9)
    desk.settle()
    assert desk.accepted()[0].at == START + 10 * MINUTE
    assert len(desk.accepted()[0].media) == 1
    assert not [event for event in desk.events if event.alarming]


def test_a_post_waits_for_a_video_that_is_still_processed(desk: CampaignHarness) -> None:
    desk.plan(draft(media=[VIDEO]))
    desk.deliver()
    assert (desk.texts(), desk.state()) == ([], State.PLANNED)
    desk.settle()
    (post,) = desk.accepted()
    assert len(post.media) == 1
    assert post.at <= START + timedelta(seconds=30)
    assert len(uploaded(desk)) == 1


def test_a_post_never_leaves_without_its_media_and_is_missed_in_the_end(desk: CampaignHarness) -> None:
    desk.plan(draft(media=[IMAGE]))
    (desk.folder / "banner.png").unlink()
    desk.settle(hours=7)
    assert (desk.texts(), desk.state()) == ([], State.MISSED)
    assert "cannot be read" in worded(desk.one().error)


def test_a_file_that_comes_back_in_time_is_posted(desk: CampaignHarness) -> None:
    desk.plan(draft(media=[IMAGE]))
    (desk.folder / "banner.png").rename(desk.folder / "away.png")
    desk.settle(minutes=10)
    (desk.folder / "away.png").rename(desk.folder / "banner.png")
    desk.settle()
    assert len(desk.accepted()[0].media) == 1


def test_a_file_that_changed_since_it_was_planned_is_not_posted(desk: CampaignHarness) -> None:
    desk.plan(draft(media=[IMAGE]))
    (desk.folder / "banner.png").write_bytes(b"something else")
    desk.settle()
    assert desk.texts() == []
    assert "bot plan" in worded(desk.one().error)


def test_a_file_the_platform_refuses_stops_the_post_for_good(desk: CampaignHarness) -> None:
    desk.plan(draft(media=[IMAGE]))
    desk.networks["mastodon"].fail_next(FaultyAction.UPLOAD, How.REJECTED)
    desk.settle()
    assert (desk.texts(), desk.state()) == ([], State.REJECTED)
    assert desk.told("rejected")[0].alarming


def test_an_upload_whose_answer_was_lost_is_made_again_for_it_publishes_nothing(desk: CampaignHarness) -> None:
    desk.plan(draft(media=[IMAGE]))
    desk.networks["mastodon"].fail_next(FaultyAction.UPLOAD, How.AMBIGUOUS_ACCEPTED)
    desk.settle()
    assert (len(desk.accepted()), desk.state()) == (1, State.SENT)


def test_an_upload_that_fails_ahead_is_not_tried_every_five_seconds(desk: CampaignHarness) -> None:
    desk.plan(draft(media=[IMAGE], due=14 * MINUTE))
    desk.mastodon.errors["upload"].extend(platform_error(Outcome.NOT_SENT) for _ in range(5))
    prepare(desk, 10)
    assert desk.mastodon.requests["upload"] == 6
    assert desk.one().error != "" or uploaded(desk)
    desk.settle()
    assert desk.accepted()[0].at == START + 14 * MINUTE


def test_an_upload_ahead_waits_as_long_as_the_platform_says_and_the_post_tries_all_the_same(
    desk: CampaignHarness,
) -> None:
    desk.plan(draft(media=[IMAGE], due=14 * MINUTE))
    desk.mastodon.refuse("upload", platform_error(Outcome.NOT_SENT, retry_at=START + timedelta(hours=2)))
    prepare(desk, 13)
    assert desk.mastodon.requests["upload"] == 1
    desk.settle()
    assert desk.accepted()[0].at == START + 14 * MINUTE


def test_an_upload_that_dies_before_its_post_is_made_anew(desk: CampaignHarness) -> None:
    desk.plan(draft(media=[IMAGE], due=10 * MINUTE))
    prepare(desk, 1)
    desk.plan(draft(media=[IMAGE], due=timedelta(hours=30)))
    desk.clock.now = START + timedelta(hours=30)
    desk.settle()
    assert (len(uploaded(desk)), len(desk.accepted())) == (2, 1)


def test_new_alternative_text_goes_out_with_the_post(desk: CampaignHarness) -> None:
    desk.plan(draft(media=[IMAGE], due=10 * MINUTE))
    prepare(desk, 1)
    desk.plan(draft(media=[replace(IMAGE, alt="A red banner.")], due=10 * MINUTE))
    desk.settle()
    assert desk.accepted()[0].media[0].alt == "A red banner."


def test_media_of_a_later_part_goes_out_with_that_part(desk: CampaignHarness) -> None:
    desk.plan(draft(parts=("One.", "Two."), media=[IMAGE, IMAGE], media_part=1))
    desk.settle()
    assert [len(one.media) for one in desk.accepted()] == [0, 2]


def test_a_video_whose_processing_keeps_failing_is_rejected_and_uploaded_anew_when_retried(
    desk: CampaignHarness,
) -> None:
    desk.plan(draft(media=[VIDEO]))
    for _ in range(media.MOST_UPLOADS):
        desk.networks["mastodon"].fail_next(FaultyAction.PROCESSING, How.REJECTED)
    desk.settle()
    assert desk.state() is State.REJECTED
    decisions.retry(desk.work, desk.one().id, "ana")
    desk.settle()
    assert (len(uploaded(desk)), len(desk.accepted())) == (media.MOST_UPLOADS + 1, 1)


def test_a_post_with_lost_answer_that_was_absent_goes_with_its_media(desk: CampaignHarness) -> None:
    desk.plan(draft(media=[IMAGE]))
    desk.networks["mastodon"].fail_next(FaultyAction.PUBLISH, How.AMBIGUOUS_NOT_ACCEPTED)
    desk.settle()
    assert (len(desk.accepted()), len(desk.accepted()[0].media)) == (1, 1)


def test_two_workers_upload_a_file_once(desk: CampaignHarness) -> None:
    desk.plan(draft(media=[IMAGE], due=10 * MINUTE))
    other = desk.worker()
    desk.mastodon.before = lambda _: media.prepare(other, "mastodon")
    media.prepare(desk.work, "mastodon")
    desk.mastodon.before = lambda _: None
    media.prepare(other, "mastodon")
    assert len(uploaded(desk)) == 1
