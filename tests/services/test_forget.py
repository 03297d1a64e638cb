"""Posters' data is minimal and expires."""

from __future__ import annotations

import pytest

from bot.domain.delivery import State
from bot.errors import Answer, PlatformError, Refused
from bot.platforms.rehearsal.faults import Action, How
from bot.platforms.rehearsal.ledger import Unreshared
from bot.services import decide, forget, moderate, withdraw
from bot.store.schema import metadata
from tests.desk import Desk

ANA = "@ana@elsewhere.example"


def approved(desk: Desk, who: str = "ana") -> None:
    desk.solidarity(who)
    desk.read()
    for seen in desk.seen():
        if str(seen.state) == "held":
            moderate.approve(desk.work, seen.id, "ben")


def taken_back(desk: Desk) -> int:
    return sum(isinstance(one, Unreshared) for one in desk.networks["mastodon"].ledger)


def everything_stored(desk: Desk) -> str:
    """Every column of every row, as text."""
    with desk.work.store.read() as tx:
        rows = [row for table in metadata.sorted_tables for row in tx.execute(table.select())]
    return "\n".join(map(str, rows))


def test_forgetting_takes_back_reshares_and_leaves_no_trace_but_a_hash(desk: Desk) -> None:
    approved(desk)
    approved(desk, "eva")
    desk.deliver()
    assert len(desk.reshared()) == 2
    assert forget.forget(desk.work, ANA, "ben") == {"sightings": 1, "undone": 1}
    assert taken_back(desk) == 1
    stored = everything_stored(desk)
    assert "ana" not in stored.replace("Solidarity from ", "").replace("@elsewhere", "")
    assert "eva" in stored


def test_no_trace_is_left_in_errors_and_attempts_either(desk: Desk) -> None:
    approved(desk)
    for what in ("fetch", "reshare"):
        desk.mastodon.refuse(what, PlatformError(f"{ANA} cannot be reached", Answer.NOT_SENT))
    desk.settle()
    assert len(desk.reshared()) == 1
    forget.forget(desk.work, ANA, "ben")
    assert "ana" not in everything_stored(desk)


def test_forgetting_calls_off_what_waits(desk: Desk) -> None:
    approved(desk)
    forget.forget(desk.work, "@ANA@Elsewhere.example", "ben")
    desk.settle(hours=30)
    assert (desk.reshared(), desk.seen(), desk.state()) == ([], [], State.CANCELLED)


def test_what_forgetting_called_off_cannot_be_retried(desk: Desk) -> None:
    approved(desk)
    forget.forget(desk.work, ANA, "ben")
    with pytest.raises(Refused, match="not stored any more"):
        decide.retry(desk.work, desk.one().id, "ben")
    desk.settle()
    assert desk.reshared() == []


def test_what_is_needed_to_take_a_reshare_back_is_kept_until_that_is_confirmed(desk: Desk) -> None:
    approved(desk)
    desk.deliver()
    desk.networks["mastodon"].fail_next(Action.UNDO, How.NOT_SENT)
    with pytest.raises(Refused, match="again in a few minutes"):
        forget.forget(desk.work, ANA, "ben")
    assert (len(desk.seen()), taken_back(desk)) == (1, 0)
    desk.settle()
    assert taken_back(desk) == 1
    assert forget.forget(desk.work, ANA, "ben")["sightings"] == 1
    assert desk.seen() == []


@pytest.mark.parametrize("how", [How.AMBIGUOUS_ACCEPTED, How.AMBIGUOUS_NOT_ACCEPTED])
def test_a_reshare_of_unknown_outcome_ends_taken_back_or_never_sent(desk: Desk, how: How) -> None:
    approved(desk)
    desk.networks["mastodon"].fail_next(Action.RESHARE, how)
    desk.deliver()
    with pytest.raises(Refused):
        forget.forget(desk.work, ANA, "ben")
    desk.settle(hours=30)
    forget.forget(desk.work, ANA, "ben")
    assert len(desk.reshared()) == taken_back(desk)
    desk.settle(hours=30)
    assert (desk.seen(), len(desk.reshared()) - taken_back(desk)) == ([], 0)


def test_forgetting_somebody_unknown_keeps_them_out_from_now_on(desk: Desk) -> None:
    assert forget.forget(desk.work, ANA, "ben") == {"sightings": 0, "undone": 0}
    desk.solidarity("ana")
    desk.read()
    assert desk.seen() == []
    assert forget.forget(desk.work, ANA, "ben") == {"sightings": 0, "undone": 0}


def test_what_is_no_handle_is_refused_with_an_example(desk: Desk) -> None:
    with pytest.raises(Refused, match="@user@host"):
        forget.forget(desk.work, "ana", "ben")


def test_purging_removes_what_was_decided_long_ago_and_keeps_what_is_waited_for(desk: Desk) -> None:
    approved(desk, "sent")
    desk.deliver()
    desk.solidarity("held")
    desk.read()
    desk.clock.passes(days=31)
    assert forget.purge(desk.work, 30, 90, "ben") == 1
    assert [seen.post.author.handle for seen in desk.seen()] == ["@held@elsewhere.example"]
    desk.clock.passes(days=60)
    assert forget.purge(desk.work, 30, 90, "ben") == 1
    assert desk.seen() == []


def test_an_approved_post_is_not_purged_before_its_turn(desk: Desk) -> None:
    approved(desk)
    decide.hold(desk.work, desk.one().id, "ben")
    desk.clock.passes(days=200)
    assert forget.purge(desk.work, 30, 90, "ben") == 0


def test_a_reshare_whose_sighting_was_purged_can_still_be_taken_back(desk: Desk) -> None:
    approved(desk)
    desk.deliver()
    desk.clock.passes(days=40)
    forget.purge(desk.work, 30, 90, "ben")
    withdraw.undo(desk.work, desk.one().id, "ben")
    assert taken_back(desk) == 1
