"""The life of a delivery as a declaration: what may follow what, and what never may."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.domain.delivery import ON_TIME, STEPS, UNSENT, Delivery, Kind, Origin, SentPart, State
from bot.domain.message import Content, Part
from tests.harness.table import each_of

NOW = datetime(2025, 4, 16, 8, tzinfo=UTC)
FOR_A_PERSON = {State.NEEDS_DECISION, State.REJECTED, State.MISSED, State.HELD, State.CANCELLED}


def delivery(**more: object) -> Delivery:
    values: dict[str, object] = {
        "due_at": NOW,
        "not_before": NOW,
        "content": Content((Part("Free them."),), "en"),
    } | more
    names = {"kind": Kind.POST, "account": "a", "platform": "mastodon", "state": State.PLANNED, "message": "m"}
    return Delivery(id=1, day="T", language="en", origin=Origin.SCHEDULE, content_hash="h", **names, **values)  # type: ignore[arg-type]


def reachable(start: State) -> set[State]:
    found, waiting = set[State](), [start]
    while waiting:
        for after in STEPS[waiting.pop()] - found:
            found.add(after)
            waiting.append(after)
    return found


def test_every_state_has_its_steps_and_can_be_reached() -> None:
    assert set(STEPS) == set(State)
    assert reachable(State.PLANNED) == set(State)


@each_of("state", State)
def test_from_every_state_it_can_still_be_sent_or_a_person_sees_it(state: State) -> None:
    assert state is State.SENT or State.SENT in reachable(state)
    assert state in FOR_A_PERSON | {State.SENT} or STEPS[state] & (
        FOR_A_PERSON | {State.SENT, State.CLAIMED, State.SENDING}
    )


@each_of("state", State)
def test_nothing_is_sent_that_was_not_claimed_and_recorded_first(state: State) -> None:
    assert (State.SENDING in STEPS[state]) is (state is State.CLAIMED)
    assert (State.SENT in STEPS[state]) is (state in {State.SENDING, State.UNKNOWN, State.NEEDS_DECISION})


def test_what_was_sent_is_never_planned_again_without_being_taken_back() -> None:
    assert STEPS[State.SENT] == {State.CANCELLED}


def test_what_may_be_out_can_neither_be_held_nor_cancelled_nor_missed() -> None:
    for state in (State.SENDING, State.UNKNOWN, State.NEEDS_DECISION):
        assert not STEPS[state] & {State.HELD, State.CANCELLED, State.MISSED}
        assert state not in UNSENT


def test_only_a_proof_or_a_person_leads_out_of_the_unknown() -> None:
    assert STEPS[State.UNKNOWN] == {State.SENT, State.PLANNED, State.NEEDS_DECISION}
    assert STEPS[State.NEEDS_DECISION] == {State.SENT, State.PLANNED}


def test_late_is_after_its_rule_and_not_before() -> None:
    one = delivery(expires_at=NOW + timedelta(hours=6))
    assert not one.is_late(NOW + timedelta(hours=6))
    assert one.is_late(NOW + timedelta(hours=6, microseconds=1))


def test_without_a_rule_nothing_is_late() -> None:
    assert not delivery(expires_at=None).is_late(NOW + timedelta(days=900))


def test_nothing_is_late_while_it_is_on_time() -> None:
    one = delivery(expires_at=NOW)
    assert not one.is_late(NOW + ON_TIME)
    assert one.is_late(NOW + ON_TIME + timedelta(microseconds=1))


def test_what_has_begun_is_never_too_late() -> None:
    one = delivery(expires_at=NOW, sent_parts=(SentPart(0, "1", "https://a.example/1"),))
    assert one.begun
    assert not one.is_late(NOW + timedelta(days=9))
