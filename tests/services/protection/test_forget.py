"""Posters' data is minimal and expires."""

from __future__ import annotations

import pytest

from bot.domain.delivery import State
from bot.errors import Outcome, PlatformError, RefusedCode
from bot.platforms.rehearsal.faults import FaultyAction, How
from bot.services import decisions
from bot.services.protection import forget
from bot.services.work import author_key
from bot.store import authors
from bot.worker import upkeep
from tests.harness.campaign import CampaignHarness
from tests.harness.refusals import refused
from tests.services.traces import everything_stored, taken_back

ANA = "@ana@elsewhere.example"


def test_forgetting_takes_back_reshares_and_leaves_no_trace_but_a_hash(desk: CampaignHarness) -> None:
    desk.approved()
    desk.approved("eva")
    desk.deliver()
    assert len(desk.reshared()) == 2
    assert forget.forget(desk.work, ANA, "ben") == {"sightings": 1, "undone": 1}
    assert taken_back(desk) == 1
    stored = everything_stored(desk)
    assert "ana" not in stored.replace("Solidarity from ", "").replace("@elsewhere", "")
    assert "eva" in stored


def test_no_trace_is_left_in_errors_and_attempts_either(desk: CampaignHarness) -> None:
    desk.approved()
    for what in ("fetch", "reshare"):
        desk.mastodon.refuse(what, PlatformError(f"{ANA} cannot be reached", Outcome.NOT_SENT))
    desk.settle()
    assert len(desk.reshared()) == 1
    forget.forget(desk.work, ANA, "ben")
    assert "ana" not in everything_stored(desk)


def test_forgetting_calls_off_what_waits(desk: CampaignHarness) -> None:
    desk.approved()
    forget.forget(desk.work, "@ANA@Elsewhere.example", "ben")
    desk.settle(hours=30)
    assert (desk.reshared(), desk.seen(), desk.state()) == ([], [], State.CANCELLED)


def test_what_forgetting_called_off_cannot_be_retried(desk: CampaignHarness) -> None:
    desk.approved()
    forget.forget(desk.work, ANA, "ben")
    with refused(RefusedCode.RESHARED_POST_NOT_KEPT, "not stored any more"):
        decisions.retry(desk.work, desk.one().id, "ben")
    desk.settle()
    assert desk.reshared() == []


def test_only_what_it_takes_to_take_a_reshare_back_is_kept_until_that_is_confirmed(desk: CampaignHarness) -> None:
    desk.approved()
    desk.deliver()
    uri = desk.seen()[0].post.uri
    desk.networks["mastodon"].fail_next(FaultyAction.UNDO, How.NOT_SENT)
    with refused(RefusedCode.FORGOTTEN_BUT_OUT, "tries on until the platform confirms", reshares=1):
        forget.forget(desk.work, ANA, "ben")
    assert (desk.seen(), taken_back(desk), desk.one().post_uri) == ([], 0, uri)
    assert "ana" not in everything_stored(desk).replace(uri, "")
    desk.settle()
    assert taken_back(desk) == 1
    assert "ana" not in everything_stored(desk)
    assert forget.forget(desk.work, ANA, "ben") == {"sightings": 0, "undone": 0}


@pytest.mark.parametrize("how", [How.AMBIGUOUS_ACCEPTED, How.AMBIGUOUS_NOT_ACCEPTED])
def test_a_reshare_of_unknown_outcome_ends_taken_back_or_never_sent(desk: CampaignHarness, how: How) -> None:
    desk.approved()
    desk.networks["mastodon"].fail_next(FaultyAction.RESHARE, how)
    desk.deliver()
    with refused(RefusedCode.FORGOTTEN_BUT_OUT, reshares=1):
        forget.forget(desk.work, ANA, "ben")
    desk.settle(hours=30)
    forget.forget(desk.work, ANA, "ben")
    assert len(desk.reshared()) == taken_back(desk)
    desk.settle(hours=30)
    assert (desk.seen(), len(desk.reshared()) - taken_back(desk)) == ([], 0)


def test_forgetting_somebody_unknown_keeps_them_out_from_now_on(desk: CampaignHarness) -> None:
    assert forget.forget(desk.work, ANA, "ben") == {"sightings": 0, "undone": 0}
    desk.solidarity("ana")
    desk.read()
    assert desk.seen() == []
    assert forget.forget(desk.work, ANA, "ben") == {"sightings": 0, "undone": 0}


def test_what_is_no_handle_is_refused_with_an_example(desk: CampaignHarness) -> None:
    with refused(RefusedCode.NOT_A_HANDLE, "@user@host", written="ana"):
        forget.forget(desk.work, "ana", "ben")


def test_whom_a_restored_backup_brings_back_is_let_go_again(desk: CampaignHarness) -> None:
    desk.approved()
    desk.deliver()
    with desk.work.store.begin() as tx:
        authors.forget_author(tx, [author_key(desk.work, ANA)])
    upkeep.expire(desk.work)
    desk.deliver()
    assert (taken_back(desk), desk.seen()) == (1, [])
    assert "ana@" not in everything_stored(desk)
