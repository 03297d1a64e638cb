"""Media that is gone, is still processed, or cannot be processed at the due second: no post leaves without it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.delivery import State
from bot.services import decisions
from bot.services.sending import media
from bot.services.sending.media import MOST_UPLOADS
from tests.harness.campaign import IMAGE, VIDEO, draft
from tests.harness.one_server import OneServerHarness
from tests.harness.place import KEYED_OR_X, Deed, X
from tests.harness.places import OnX
from tests.harness.rehearsal_networks import START
from tests.harness.stores import BOTH_IN_LONG
from tests.harness.two_servers import TwoServerHarness
from tests.harness.words import worded

MINUTE = timedelta(minutes=1)


def ahead(stand: OneServerHarness, minutes: int = 10) -> None:
    """Upload what is due in so many minutes, and let them pass."""
    stand.prepare()
    assert stand.place.uploads() == 1
    stand.clock.passes(minutes=minutes)


def test_media_that_is_gone_before_its_post_is_uploaded_again(stand: OneServerHarness) -> None:
    stand.planned(media=[IMAGE], due=10 * MINUTE)
    ahead(stand)
    stand.place.forget_media()
    stand.settle()
    stand.check_sent_once()
    assert stand.place.posts()[0].at <= START + 10 * MINUTE + timedelta(seconds=10)


@pytest.mark.parametrize("where", [X])
def test_media_that_expires_before_its_post_as_the_platform_said_is_uploaded_again(stand: OneServerHarness) -> None:
    assert isinstance(stand.place, OnX)
    stand.place.keep_media(minutes=12)
    stand.planned(media=[IMAGE], due=10 * MINUTE)
    ahead(stand)
    stand.place.keep_media(hours=24)
    stand.settle()
    stand.check_sent_once()
    assert stand.place.posts()[0].at == START + 10 * MINUTE


def test_media_that_is_gone_while_its_post_waits_for_the_rate_limit_is_uploaded_again(stand: OneServerHarness) -> None:
    stand.planned(media=[IMAGE])
    stand.place.limit(Deed.PUBLISH, "status", START + 15 * MINUTE)
    stand.deliver()
    stand.place.forget_media()
    stand.settle()
    stand.check_sent_once()
    assert (stand.place.uploads(), len(stand.place.asked(Deed.PUBLISH))) == (2, 2)


@pytest.mark.parametrize("where", [X])
def test_media_that_is_refused_whenever_it_is_attached_is_not_uploaded_for_ever(
    stand: OneServerHarness,
) -> None:
    stand.planned(media=[IMAGE], late=20 * MINUTE)
    refusal = {"title": "Invalid Request", "errors": [{"message": "Your media IDs are invalid."}]}
    stand.place.strike(Deed.PUBLISH, "status", status=400, body=refusal, count=None)
    stand.settle()
    assert (stand.state(), stand.place.posts()) == (State.REJECTED, [])
    assert "media" in worded(stand.one().error)
    assert (stand.place.uploads(), len(stand.place.asked(Deed.PUBLISH))) == (MOST_UPLOADS, MOST_UPLOADS)


@KEYED_OR_X
@pytest.mark.parametrize("kind", BOTH_IN_LONG)
def test_a_post_waits_for_a_video_that_is_processed_at_its_second(stand: OneServerHarness) -> None:
    stand.place.process_videos(4)
    stand.planned(media=[VIDEO])
    stand.deliver()
    assert (stand.state(), stand.place.posts()) == (State.PLANNED, [])
    stand.settle()
    stand.check_sent_once()
    assert stand.place.uploads() == 1
    assert stand.place.posts()[0].at <= START + timedelta(seconds=30)


@KEYED_OR_X
def test_a_post_whose_video_is_processed_for_too_long_is_missed_by_its_own_rule(stand: OneServerHarness) -> None:
    stand.place.process_videos(10**6)
    stand.planned(media=[VIDEO], late=MINUTE)
    stand.settle()
    assert (stand.state(), stand.place.posts()) == (State.MISSED, [])
    assert "still processing" in worded(stand.one().error)


@KEYED_OR_X
def test_a_video_that_fails_to_be_processed_is_uploaded_again_and_its_post_leaves_with_it(
    stand: OneServerHarness,
) -> None:
    stand.place.process_videos(2, fails=True)
    stand.planned(media=[VIDEO], due=MINUTE)
    stand.prepare()
    stand.clock.passes(minutes=1)
    stand.deliver()
    stand.clock.set(stand.one().not_before)
    stand.deliver()
    assert (stand.state(), stand.place.posts()) == (State.PLANNED, [])
    stand.place.process_videos(2)
    stand.settle()
    stand.check_sent_once()


@KEYED_OR_X
def test_a_video_that_fails_to_be_processed_every_time_is_for_a_person_and_can_be_tried_again(
    stand: OneServerHarness,
) -> None:
    stand.place.process_videos(2, fails=True)
    made = stand.planned(media=[VIDEO])
    stand.settle()
    assert (stand.state(), stand.place.posts()) == (State.REJECTED, [])
    assert stand.place.uploads() == MOST_UPLOADS
    stand.place.process_videos(2)
    decisions.retry(stand.work, made, "ana")
    stand.settle()
    stand.check_sent_once()


@pytest.mark.parametrize("is_gone", [False, True])
def test_what_was_absent_after_lost_answers_goes_out_with_the_media_that_is_there(
    stand: OneServerHarness, is_gone: bool
) -> None:
    stand.planned(media=[IMAGE, IMAGE])
    stand.place.strike(Deed.PUBLISH, "close", count=4)
    stand.deliver()
    if is_gone:
        stand.place.forget_media()
    stand.settle()
    stand.check_sent_once()
    assert stand.place.uploads() == (4 if is_gone else 2)


@pytest.mark.parametrize("account", ["mastodon", "x"])
def test_a_video_that_cannot_be_processed_is_not_uploaded_anew_by_each_new_process(
    pair: TwoServerHarness, account: str
) -> None:
    pair.plan(draft(account=account, media=[VIDEO], due=12 * MINUTE))
    pair.places[account].process_videos(1, fails=True)
    for _ in range(12):
        pair.work = pair.worker()
        for _ in range(3):
            media.prepare(pair.work, account)
            pair.passes(seconds=20)
    assert pair.places[account].uploads() == MOST_UPLOADS
    for _ in range(5):
        pair.work = pair.worker()
        pair.deliver(account)
        pair.passes(minutes=1)
    assert (pair.states(), pair.places[account].uploads()) == ([State.REJECTED], MOST_UPLOADS)
    assert "process" in worded(pair.all()[0].error)
    decisions.retry(pair.work, pair.all()[0].id, "ana")
    pair.places[account].process_videos(0)
    pair.settle(minutes=2)
    assert len(pair.texts(account)) == 1, "what a person lets go again begins afresh"
