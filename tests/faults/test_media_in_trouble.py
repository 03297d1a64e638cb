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


def ahead(one_server: OneServerHarness, minutes: int = 10) -> None:
    """Upload what is due in so many minutes, and let them pass."""
    one_server.prepare()
    assert one_server.place.uploads() == 1
    one_server.clock.passes(minutes=minutes)


def test_media_that_is_gone_before_its_post_is_uploaded_again(one_server: OneServerHarness) -> None:
    one_server.planned(media=[IMAGE], due=10 * MINUTE)
    ahead(one_server)
    one_server.place.forget_media()
    one_server.settle()
    one_server.check_sent_once()
    assert one_server.place.posts()[0].at <= START + 10 * MINUTE + timedelta(seconds=10)


@pytest.mark.parametrize("where", [X])
def test_media_that_expires_before_its_post_as_the_platform_said_is_uploaded_again(
    one_server: OneServerHarness,
) -> None:
    assert isinstance(one_server.place, OnX)
    one_server.place.keep_media(minutes=12)
    one_server.planned(media=[IMAGE], due=10 * MINUTE)
    ahead(one_server)
    one_server.place.keep_media(hours=24)
    one_server.settle()
    one_server.check_sent_once()
    assert one_server.place.posts()[0].at == START + 10 * MINUTE


def test_media_that_is_gone_while_its_post_waits_for_the_rate_limit_is_uploaded_again(
    one_server: OneServerHarness,
) -> None:
    one_server.planned(media=[IMAGE])
    one_server.place.limit(Deed.PUBLISH, "status", START + 15 * MINUTE)
    one_server.deliver()
    one_server.place.forget_media()
    one_server.settle()
    one_server.check_sent_once()
    assert (one_server.place.uploads(), len(one_server.place.asked(Deed.PUBLISH))) == (2, 2)


@pytest.mark.parametrize("where", [X])
def test_media_that_is_refused_whenever_it_is_attached_is_not_uploaded_for_ever(
    one_server: OneServerHarness,
) -> None:
    one_server.planned(media=[IMAGE], late=20 * MINUTE)
    refusal = {"title": "Invalid Request", "errors": [{"message": "Your media IDs are invalid."}]}
    one_server.place.strike(Deed.PUBLISH, "status", status=400, body=refusal, count=None)
    one_server.settle()
    assert (one_server.state(), one_server.place.posts()) == (State.REJECTED, [])
    assert "media" in worded(one_server.one().error)
    assert (one_server.place.uploads(), len(one_server.place.asked(Deed.PUBLISH))) == (MOST_UPLOADS, MOST_UPLOADS)


@KEYED_OR_X
@pytest.mark.parametrize("kind", BOTH_IN_LONG)
def test_a_post_waits_for_a_video_that_is_processed_at_its_second(one_server: OneServerHarness) -> None:
    one_server.place.process_videos(4)
    one_server.planned(media=[VIDEO])
    one_server.deliver()
    assert (one_server.state(), one_server.place.posts()) == (State.PLANNED, [])
    one_server.settle()
    one_server.check_sent_once()
    assert one_server.place.uploads() == 1
    assert one_server.place.posts()[0].at <= START + timedelta(seconds=30)


@KEYED_OR_X
def test_a_post_whose_video_is_processed_for_too_long_is_missed_by_its_own_rule(one_server: OneServerHarness) -> None:
    one_server.place.process_videos(10**6)
    one_server.planned(media=[VIDEO], late=MINUTE)
    one_server.settle()
    assert (one_server.state(), one_server.place.posts()) == (State.MISSED, [])
    assert "still processing" in worded(one_server.one().error)


@KEYED_OR_X
def test_a_video_that_fails_to_be_processed_is_uploaded_again_and_its_post_leaves_with_it(
    one_server: OneServerHarness,
) -> None:
    one_server.place.process_videos(2, fails=True)
    one_server.planned(media=[VIDEO], due=MINUTE)
    one_server.prepare()
    one_server.clock.passes(minutes=1)
    one_server.deliver()
    one_server.clock.set(one_server.one().not_before)
    one_server.deliver()
    assert (one_server.state(), one_server.place.posts()) == (State.PLANNED, [])
    one_server.place.process_videos(2)
    one_server.settle()
    one_server.check_sent_once()


@KEYED_OR_X
def test_a_video_that_fails_to_be_processed_every_time_is_for_a_person_and_can_be_tried_again(
    one_server: OneServerHarness,
) -> None:
    one_server.place.process_videos(2, fails=True)
    made = one_server.planned(media=[VIDEO])
    one_server.settle()
    assert (one_server.state(), one_server.place.posts()) == (State.REJECTED, [])
    assert one_server.place.uploads() == MOST_UPLOADS
    one_server.place.process_videos(2)
    decisions.retry(one_server.work, made, "ana")
    one_server.settle()
    one_server.check_sent_once()


@pytest.mark.parametrize("is_gone", [False, True])
def test_what_was_absent_after_lost_answers_goes_out_with_the_media_that_is_there(
    one_server: OneServerHarness, is_gone: bool
) -> None:
    one_server.planned(media=[IMAGE, IMAGE])
    one_server.place.strike(Deed.PUBLISH, "close", count=4)
    one_server.deliver()
    if is_gone:
        one_server.place.forget_media()
    one_server.settle()
    one_server.check_sent_once()
    assert one_server.place.uploads() == (4 if is_gone else 2)


@pytest.mark.parametrize("account", ["mastodon", "x"])
def test_a_video_that_cannot_be_processed_is_not_uploaded_anew_by_each_new_process(
    two_servers: TwoServerHarness, account: str
) -> None:
    two_servers.plan(draft(account=account, media=[VIDEO], due=12 * MINUTE))
    two_servers.places[account].process_videos(1, fails=True)
    for _ in range(12):
        two_servers.work = two_servers.worker()
        for _ in range(3):
            media.prepare(two_servers.work, account)
            two_servers.passes(seconds=20)
    assert two_servers.places[account].uploads() == MOST_UPLOADS
    for _ in range(5):
        two_servers.work = two_servers.worker()
        two_servers.deliver(account)
        two_servers.passes(minutes=1)
    assert (two_servers.states(), two_servers.places[account].uploads()) == ([State.REJECTED], MOST_UPLOADS)
    assert "process" in worded(two_servers.all()[0].error)
    decisions.retry(two_servers.work, two_servers.all()[0].id, "ana")
    two_servers.places[account].process_videos(0)
    two_servers.settle(minutes=2)
    assert len(two_servers.texts(account)) == 1, "what a person lets go again begins afresh"
