"""What a person may do with a delivery, in every state it can be in; and what settles an unknown outcome."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from bot.domain.delivery import Delivery, State
from bot.errors import Outcome, RefusedCode
from bot.platforms.rehearsal.faults import FaultyAction, How
from bot.services import decisions
from bot.services.moderation import approval
from bot.services.sending import undo
from bot.services.work import Work
from bot.store import schema as t
from bot.store.engine import account_lock
from tests.harness.campaign import CampaignHarness, draft
from tests.harness.faulty_platform import platform_error
from tests.harness.refusals import refused

Deed = Callable[[Work, int, str], Delivery]

DEEDS: dict[str, tuple[Deed, State, set[State]]] = {
    "hold": (decisions.hold, State.HELD, {State.PLANNED, State.CLAIMED}),
    "release": (decisions.release, State.PLANNED, {State.HELD}),
    "cancel": (
        decisions.cancel,
        State.CANCELLED,
        {State.PLANNED, State.CLAIMED, State.HELD, State.REJECTED, State.MISSED},
    ),
    "retry": (decisions.retry, State.PLANNED, {State.REJECTED, State.MISSED, State.CANCELLED}),
}
FOUND = "https://social.example/@mastodon/12345"


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("state", State)
def test_a_step_is_taken_where_a_deliverys_life_has_it_and_refused_with_advice_elsewhere(
    harness: CampaignHarness, deed: str, state: State
) -> None:
    do, after, allowed = DEEDS[deed]
    made = harness.planned()
    harness.force(made, state=state)
    if state in allowed:
        assert do(harness.work, made, "ana").state is after
        return
    before = harness.one()
    with refused(RefusedCode.WRONG_STATE, f"Delivery {made} is {state}, so you cannot {deed} it. .{{10}}", state=state):
        do(harness.work, made, "ana")
    assert harness.one() == before


@pytest.mark.parametrize("do", [*(deed for deed, _, _ in DEEDS.values()), undo.undo, decisions.resolve_not_sent])
def test_an_unknown_id_is_refused_with_advice(harness: CampaignHarness, do: Deed) -> None:
    with refused(RefusedCode.NO_SUCH_DELIVERY, r"no delivery 99\. Run: bot queue", delivery=99):
        do(harness.work, 99, "ana")


def test_what_a_person_did_is_written_down(harness: CampaignHarness) -> None:
    made = harness.planned()
    decisions.hold(harness.work, made, "ana")
    with harness.work.store.read() as tx:
        row = tx.execute(select(t.audit)).one()
    assert (row.actor, row.action, row.subject) == ("ana", "hold", f"delivery {made}")


def test_what_was_refused_is_not_written_down(harness: CampaignHarness) -> None:
    made = harness.planned()
    with refused(RefusedCode.WRONG_STATE, action="release"):
        decisions.release(harness.work, made, "ana")
    with harness.work.store.read() as tx:
        assert tx.execute(select(t.audit)).all() == []


def test_a_retried_post_leaves_now_late_or_not(harness: CampaignHarness) -> None:
    harness.plan(draft())
    harness.clock.passes(days=2)
    harness.deliver()
    assert harness.state() is State.MISSED
    decisions.retry(harness.work, harness.one().id, "ana")
    harness.deliver()
    assert harness.texts() == ["Free them all."]


def test_a_post_that_was_released_too_late_is_missed(harness: CampaignHarness) -> None:
    made = harness.planned()
    decisions.hold(harness.work, made, "ana")
    harness.clock.passes(days=1)
    decisions.release(harness.work, made, "ana")
    harness.settle()
    assert (harness.state(), harness.texts()) == (State.MISSED, [])


def needs_decision(harness: CampaignHarness, **some: object) -> int:
    """A post nobody knows the outcome of, and no reading can tell."""
    made = harness.planned(**some)
    harness.networks["mastodon"].fail_next(FaultyAction.PUBLISH, How.AMBIGUOUS_NOT_ACCEPTED)
    for _ in range(2 * harness.work.config.reconcile.reads):
        harness.networks["mastodon"].fail_next(FaultyAction.OWN_POSTS, How.NOT_SENT)
    harness.settle(hours=2)
    assert harness.state() is State.NEEDS_DECISION
    return made


def test_it_is_there_says_a_person(harness: CampaignHarness) -> None:
    made = needs_decision(harness)
    one = decisions.resolve_sent(harness.work, made, FOUND, "ana")
    assert (one.state, one.url, one.sent_parts[0].post_id) == (State.SENT, FOUND, "12345")
    harness.settle()
    assert harness.texts() == []


def test_it_is_not_there_says_a_person(harness: CampaignHarness) -> None:
    made = needs_decision(harness)
    assert decisions.resolve_not_sent(harness.work, made, "ana").state is State.PLANNED
    harness.settle()
    assert (harness.state(), harness.texts()) == (State.SENT, ["Free them all."])


def test_what_a_person_says_after_its_time_still_keeps_the_late_rule(harness: CampaignHarness) -> None:
    made = needs_decision(harness)
    harness.clock.passes(days=1)
    decisions.resolve_not_sent(harness.work, made, "ana")
    harness.settle()
    assert (harness.state(), harness.texts()) == (State.MISSED, [])


def test_a_thread_goes_on_after_a_person_has_found_its_part(harness: CampaignHarness) -> None:
    made = needs_decision(harness, parts=("One.", "Two."))
    entry = harness.networks["mastodon"].post(harness.mastodon.handle, "One.")
    decisions.resolve_sent(harness.work, made, entry, "ana")
    harness.settle()
    assert harness.texts() == ["One.", "Two."]
    assert harness.accepted()[1].reply_to == str(harness.accepted()[0].post_id)


def test_a_thread_goes_on_after_a_person_has_not_found_its_part(harness: CampaignHarness) -> None:
    made = needs_decision(harness, parts=("One.", "Two."))
    decisions.resolve_not_sent(harness.work, made, "ana")
    harness.settle()
    assert harness.texts() == ["One.", "Two."]


def test_an_address_that_a_person_gave_is_no_measure_of_our_timeline(harness: CampaignHarness) -> None:
    made = needs_decision(harness)
    decisions.resolve_sent(harness.work, made, FOUND, "ana")
    harness.plan(draft(), draft("two", parts=("Two.",)))
    harness.networks["mastodon"].fail_next(FaultyAction.PUBLISH, How.AMBIGUOUS_NOT_ACCEPTED)
    harness.settle()
    assert harness.states() == [State.SENT, State.SENT]
    assert harness.texts() == ["Two."]


@pytest.mark.parametrize("there", [True, False])
def test_a_reshare_is_settled_by_a_person_too(harness: CampaignHarness, there: bool) -> None:
    uri = harness.solidarity()
    harness.read()
    approval.approve(harness.work, harness.seen()[0].id, "ana")
    harness.networks["mastodon"].fail_next(FaultyAction.RESHARE, How.AMBIGUOUS_NOT_ACCEPTED)
    for _ in range(2 * harness.work.config.reconcile.reads):
        harness.networks["mastodon"].fail_next(FaultyAction.OWN_POSTS, How.NOT_SENT)
    harness.settle(hours=2)
    made = harness.one().id
    if there:
        decisions.resolve_sent(harness.work, made, uri, "ana")
    else:
        decisions.resolve_not_sent(harness.work, made, "ana")
    harness.settle()
    assert (harness.state(), len(harness.reshared())) == (State.SENT, 0 if there else 1)
    assert str(harness.seen()[0].state) == "reshared"


@pytest.mark.parametrize("url", ["", "12345", "ftp://social.example/1", "https://social.example/", "javascript:1"])
def test_what_is_no_address_settles_nothing(harness: CampaignHarness, url: str) -> None:
    made = needs_decision(harness)
    with refused(RefusedCode.NO_POST_ADDRESS):
        decisions.resolve_sent(harness.work, made, url, "ana")
    assert harness.state() is State.NEEDS_DECISION


def test_the_address_of_another_delivery_settles_nothing(harness: CampaignHarness) -> None:
    harness.plan(draft("one", parts=("One.",)))
    harness.deliver()
    out = harness.one()
    harness.plan(draft("one", parts=("One.",)), draft("two", parts=("Two.",)))
    harness.mastodon.refuse("publish", platform_error(Outcome.AMBIGUOUS))
    harness.deliver()
    with refused(RefusedCode.ANOTHER_OWN_POST):
        decisions.resolve_sent(harness.work, harness.all()[1].id, out.url, "ana")


@pytest.mark.parametrize("state", [one for one in State if one not in {State.UNKNOWN, State.NEEDS_DECISION}])
def test_what_is_known_cannot_be_settled(harness: CampaignHarness, state: State) -> None:
    made = harness.planned()
    harness.force(made, state=state)
    with refused(RefusedCode.NOTHING_TO_RESOLVE):
        decisions.resolve_sent(harness.work, made, FOUND, "ana")
    with refused(RefusedCode.NOTHING_TO_RESOLVE):
        decisions.resolve_not_sent(harness.work, made, "ana")
    assert harness.state() is state


def test_nobody_settles_what_a_worker_is_looking_for_at_this_moment(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decisions, "LOCK_WAIT", 0.05)
    harness.plan(draft())
    harness.networks["mastodon"].fail_next(FaultyAction.PUBLISH, How.AMBIGUOUS_ACCEPTED)
    harness.deliver()
    with (
        harness.work.locks.hold(account_lock("mastodon")),
        refused(RefusedCode.ACCOUNT_BUSY, "busy", account="mastodon"),
    ):
        decisions.resolve_not_sent(harness.work, harness.one().id, "ana")
    harness.settle()
    assert (harness.state(), len(harness.accepted())) == (State.SENT, 1)
