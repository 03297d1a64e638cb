"""Posters' data is minimal and expires."""

from __future__ import annotations

import hmac

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


def test_forgetting_takes_back_reshares_and_leaves_no_trace_but_a_hash(harness: CampaignHarness) -> None:
    harness.approved()
    harness.approved("eva")
    harness.deliver()
    assert len(harness.reshared()) == 2
    assert forget.forget(harness.work, ANA, "ben") == {"sightings": 1, "undone": 1}
    assert taken_back(harness) == 1
    stored = everything_stored(harness)
    assert "ana" not in stored.replace("Solidarity from ", "").replace("@elsewhere", "")
    assert "eva" in stored


def test_what_stays_of_an_author_is_an_hmac_of_the_handle(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in (harness.work.store.instance_key, "long" * 40):
        monkeypatch.setattr(harness.work.store, "instance_key", key)
        assert author_key(harness.work, ANA) == hmac.digest(key.encode(), ANA.encode(), "sha256").hex()


def test_no_trace_is_left_in_errors_and_attempts_either(harness: CampaignHarness) -> None:
    harness.approved()
    for what in ("fetch", "reshare"):
        harness.mastodon.refuse(what, PlatformError(f"{ANA} cannot be reached", Outcome.NOT_SENT))
    harness.settle()
    assert len(harness.reshared()) == 1
    forget.forget(harness.work, ANA, "ben")
    assert "ana" not in everything_stored(harness)


def test_forgetting_calls_off_what_waits(harness: CampaignHarness) -> None:
    harness.approved()
    forget.forget(harness.work, "@ANA@Elsewhere.example", "ben")
    harness.settle(hours=30)
    assert (harness.reshared(), harness.seen(), harness.state()) == ([], [], State.CANCELLED)


def test_what_forgetting_called_off_cannot_be_retried(harness: CampaignHarness) -> None:
    harness.approved()
    forget.forget(harness.work, ANA, "ben")
    with refused(RefusedCode.RESHARED_POST_NOT_KEPT, "not stored any more"):
        decisions.retry(harness.work, harness.one().id, "ben")
    harness.settle()
    assert harness.reshared() == []


def test_only_what_it_takes_to_take_a_reshare_back_is_kept_until_that_is_confirmed(harness: CampaignHarness) -> None:
    harness.approved()
    harness.deliver()
    uri = harness.seen()[0].post.uri
    harness.networks["mastodon"].fail_next(FaultyAction.UNDO, How.NOT_SENT)
    with refused(RefusedCode.FORGOTTEN_BUT_OUT, "tries on until the platform confirms", reshares=1):
        forget.forget(harness.work, ANA, "ben")
    assert (harness.seen(), taken_back(harness), harness.one().post_uri) == ([], 0, uri)
    assert "ana" not in everything_stored(harness).replace(uri, "")
    harness.settle()
    assert taken_back(harness) == 1
    assert "ana" not in everything_stored(harness)
    assert forget.forget(harness.work, ANA, "ben") == {"sightings": 0, "undone": 0}


@pytest.mark.parametrize("how", [How.AMBIGUOUS_ACCEPTED, How.AMBIGUOUS_NOT_ACCEPTED])
def test_a_reshare_of_unknown_outcome_ends_taken_back_or_never_sent(harness: CampaignHarness, how: How) -> None:
    harness.approved()
    harness.networks["mastodon"].fail_next(FaultyAction.RESHARE, how)
    harness.deliver()
    with refused(RefusedCode.FORGOTTEN_BUT_OUT, reshares=1):
        forget.forget(harness.work, ANA, "ben")
    harness.settle(hours=30)
    forget.forget(harness.work, ANA, "ben")
    assert len(harness.reshared()) == taken_back(harness)
    harness.settle(hours=30)
    assert (harness.seen(), len(harness.reshared()) - taken_back(harness)) == ([], 0)


def test_forgetting_somebody_unknown_keeps_them_out_from_now_on(harness: CampaignHarness) -> None:
    assert forget.forget(harness.work, ANA, "ben") == {"sightings": 0, "undone": 0}
    harness.solidarity("ana")
    harness.read()
    assert harness.seen() == []
    assert forget.forget(harness.work, ANA, "ben") == {"sightings": 0, "undone": 0}


def test_what_is_no_handle_is_refused_with_an_example(harness: CampaignHarness) -> None:
    with refused(RefusedCode.NOT_A_HANDLE, "@user@host", written="ana"):
        forget.forget(harness.work, "ana", "ben")


def test_whom_a_restored_backup_brings_back_is_let_go_again(harness: CampaignHarness) -> None:
    harness.approved()
    harness.deliver()
    with harness.work.store.begin() as tx:
        authors.forget_author(tx, [author_key(harness.work, ANA)])
    upkeep.expire(harness.work)
    harness.deliver()
    assert (taken_back(harness), harness.seen()) == (1, [])
    assert "ana@" not in everything_stored(harness)
