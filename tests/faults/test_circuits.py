"""An account that is out of reach, or closed: nothing is tried there in vain or lost, and the other goes on."""

from __future__ import annotations

import socket
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select

from bot.cli.words.events import event_text
from bot.domain.delivery import State
from bot.services import stop
from bot.services.sending import undo
from bot.services.status import AccountCondition, Obstacle
from bot.store import schema as t
from tests.harness.campaign import IMAGE, draft
from tests.harness.place import Deed
from tests.harness.relay import Impostor
from tests.harness.stores import BOTH_IN_LONG
from tests.harness.two_servers import TwoServerHarness, add, other, plan_many, words

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def tries(pair: TwoServerHarness, account: str) -> list[float]:
    """When requests for the account's deliveries left, in seconds after the first of them."""
    with pair.work.store.read() as tx:
        asked = select(t.attempt.c.started_at).join(t.delivery).where(t.delivery.c.account == account)
        times = sorted(row.started_at for row in tx.execute(asked))
    return [(at - times[0]).total_seconds() for at in times]


@pytest.mark.parametrize("kind", BOTH_IN_LONG)
def test_after_three_requests_that_reach_nobody_the_account_is_left_alone_and_the_other_goes_on(
    pair: TwoServerHarness, account: str
) -> None:
    texts = plan_many(pair, 6)
    pair.wires[account].cut()
    pair.deliver()
    pair.deliver()
    assert pair.texts(other(account)) == texts
    assert pair.attempts(account) == 3
    assert set(pair.states(account)) == {State.PLANNED}
    assert pair.alarms(account) == ["out_of_reach"], "one alarm, and none for each try"
    assert "connection refused" in event_text(pair.told("out_of_reach")[0])
    standing = pair.standing(account)
    (hindrance,) = standing.hindrances
    assert (standing.condition, hindrance.code) == (AccountCondition.PAUSED, Obstacle.OUT_OF_REACH)
    assert hindrance.since == pair.clock()
    assert hindrance.until == pair.clock() + 5 * SECOND
    assert pair.standing(other(account)).condition is AccountCondition.OPEN


def test_it_is_tried_again_by_itself_with_one_request_ever_later(pair: TwoServerHarness, account: str) -> None:
    plan_many(pair, 9)
    pair.wires[account].cut()
    pair.settle(minutes=20)
    gaps = [later - sooner for sooner, later in pairwise(tries(pair, account))]
    assert gaps == [0, 0, 5, 10, 20, 40, 80, 160, 300, 300]
    assert pair.alarms(account) == ["out_of_reach"]


@pytest.mark.parametrize("kind", BOTH_IN_LONG)
def test_when_it_is_back_all_that_is_not_late_goes_out_in_order(pair: TwoServerHarness, account: str) -> None:
    texts = plan_many(pair, 8)
    pair.wires[account].cut()
    pair.settle(minutes=2)
    assert pair.texts(account) == []
    pair.wires[account].mend()
    pair.settle(minutes=2)
    assert pair.texts(account) == pair.texts(other(account)) == texts
    (back,) = pair.told("in_reach")
    assert event_text(back) == f"{account} answers again, after 2 minutes"
    assert not back.alarming
    assert pair.alarms(account) == ["out_of_reach"]
    assert pair.standing(account).condition is AccountCondition.OPEN


def test_a_long_silence_ends_posts_by_their_own_late_rule_and_the_others_go_out_spaced(
    pair: TwoServerHarness, account: str
) -> None:
    some: dict[str, Any] = {"account": account, "due": MINUTE}
    pair.plan(
        draft("soon", parts=("Now or never.",), late=5 * MINUTE, **some),
        *(draft(f"m{number}", parts=(text,), **some) for number, text in enumerate(words(3))),
    )
    pair.wires[account].cut()
    pair.settle(minutes=30)
    pair.wires[account].mend()
    pair.settle(minutes=10)
    assert pair.texts(account) == words(3)
    assert sorted(pair.states()) == [State.MISSED, State.SENT, State.SENT, State.SENT]
    times = [post.at for post in pair.places[account].posts()]
    assert all(later - sooner >= 30 * SECOND for sooner, later in pairwise(times))


def test_an_answer_in_between_begins_the_count_anew(pair: TwoServerHarness, account: str) -> None:
    wire = pair.wires[account]
    for turn in range(3):
        pair.plan(*(draft(f"t{turn}{n}", account=account, parts=(f"{turn}-{n}",)) for n in range(2)))
        wire.cut()
        pair.deliver(account)
        wire.mend()
        pair.settle(seconds=10)
    assert len(pair.texts(account)) == 6
    assert pair.attempts(account) == 12
    assert pair.told("out_of_reach") == pair.told("in_reach") == []


def test_a_refusal_in_between_is_an_answer_too(pair: TwoServerHarness, account: str) -> None:
    plan_many(pair, 2)
    pair.wires[account].cut()
    pair.deliver(account)
    pair.wires[account].mend()
    pair.places[account].strike(Deed.PUBLISH, "status", status=422, count=2)
    pair.settle(seconds=10)
    assert set(pair.states(account)) == {State.REJECTED}
    add(pair, draft("third", account=account))
    pair.wires[account].cut()
    pair.deliver(account)
    assert pair.attempts(account) == 5
    assert pair.told("out_of_reach") == []


@pytest.mark.parametrize("status", [404, 409, 422])
def test_a_refusal_is_an_answer_that_ends_a_long_silence(pair: TwoServerHarness, account: str, status: int) -> None:
    texts = plan_many(pair, 6)
    pair.wires[account].cut()
    pair.deliver(account)
    assert pair.standing(account).condition is AccountCondition.PAUSED
    pair.wires[account].mend()
    pair.places[account].strike(Deed.PUBLISH, "status", status=status, count=1)
    pair.passes(seconds=5)
    pair.deliver(account)
    assert pair.standing(account).condition is AccountCondition.OPEN
    assert len(pair.told("in_reach")) == 1
    assert len(pair.texts(account)) >= len(texts) - 3, "nothing else was left alone after that answer"


def test_a_gateway_that_has_nobody_behind_it_is_no_answer(pair: TwoServerHarness, account: str) -> None:
    plan_many(pair, 4)
    pair.wires[account].cut()
    pair.deliver(account)
    pair.wires[account].mend()
    pair.places[account].strike(Deed.PUBLISH, "status", status=502, count=1)
    pair.passes(seconds=5)
    pair.deliver(account)
    assert pair.standing(account).condition is AccountCondition.PAUSED
    assert pair.told("in_reach") == []


def test_a_worker_that_is_started_meanwhile_leaves_it_alone_too(pair: TwoServerHarness, account: str) -> None:
    plan_many(pair, 5)
    pair.wires[account].cut()
    pair.deliver()
    pair.work = pair.worker()
    pair.passes(seconds=4)
    pair.deliver()
    assert pair.attempts(account) == 3
    pair.wires[account].mend()
    pair.settle(seconds=2)
    assert pair.texts(account) == words(5)
    assert len(pair.told("in_reach")) == 1


def test_a_clock_that_is_set_back_does_not_make_a_short_pause_a_long_one(pair: TwoServerHarness, account: str) -> None:
    plan_many(pair, 5, late=timedelta(days=2))
    pair.passes(hours=5)
    pair.wires[account].cut()
    for _ in range(4):
        pair.deliver(account)
        pair.passes(seconds=30)
    assert pair.told("out_of_reach")
    pair.wires[account].mend()
    pair.passes(hours=-3)
    assert pair.standing(account).hindrances[0].until
    pair.deliver(account)
    assert len(pair.texts(account)) == 1


def test_what_nobody_knows_is_not_given_up_while_nobody_can_look(pair: TwoServerHarness, account: str) -> None:
    pair.plan(draft("lost", account=account))
    pair.places[account].strike(Deed.PUBLISH, "accept_then_close")
    pair.deliver()
    assert pair.states() == [State.UNKNOWN]
    pair.wires[account].cut()
    pair.settle(hours=2)
    assert (pair.states(), pair.all()[0].failed_looks) == ([State.UNKNOWN], 0)
    assert pair.alarms(account) == ["unknown", "out_of_reach"]
    pair.wires[account].mend()
    pair.settle(hours=1)
    assert pair.states() == [State.SENT]
    assert pair.texts(account) == ["Free them all."]


def test_looks_that_reach_nobody_cost_nothing(pair: TwoServerHarness) -> None:
    pair.work = pair.worker(budget=0.3)
    pair.plan(draft("lost", account="x"))
    pair.places["x"].strike(Deed.PUBLISH, "accept_then_close")
    pair.deliver()
    pair.wires["x"].cut()
    pair.settle(hours=2)
    pair.wires["x"].mend()
    pair.settle(hours=1)
    assert pair.states() == [State.SENT]
    assert pair.told("no_money") == []


@pytest.mark.parametrize("deed", ["reshare", "undo", "upload"])
def test_whatever_is_asked_of_it_first_tells_that_it_is_out_of_reach_and_goes_on_afterwards(
    pair: TwoServerHarness, account: str, deed: str
) -> None:
    if deed == "reshare":
        pair.approved(account)
    elif deed == "undo":
        (made,) = pair.plan(draft("out", account=account)).ids
        pair.deliver()
        undo.ask(pair.work, made, "ana")
    else:
        pair.plan(draft("picture", account=account, media=[IMAGE]))
    pair.wires[account].cut()
    for _ in range(8):
        pair.settle(seconds=30)
    assert pair.alarms(account) == ["out_of_reach"]
    pair.wires[account].mend()
    pair.settle(hours=1)
    assert len(pair.told("in_reach")) == 1
    (one,) = pair.all()
    assert one.state is (State.CANCELLED if deed == "undo" else State.SENT)
    place = pair.places[account]
    out = [post.there for post in place.posts()] + [entry.there for entry in place.reshares()]
    assert out == [deed != "undo"]


def test_a_name_that_nobody_knows_is_said(
    pair: TwoServerHarness, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = socket.getaddrinfo

    def unknown(host: Any, *more: Any, **options: Any) -> Any:
        if host == "gone.example":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return asked(host, *more, **options)

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    texts = plan_many(pair, 4)
    pair.work = pair.worker({account: "http://gone.example:8080"})
    pair.deliver()
    assert pair.texts(other(account)) == texts
    assert "its name is not known (DNS)" in event_text(pair.told("out_of_reach")[0])


def test_nothing_is_sent_to_one_whose_certificate_nobody_vouches_for(pair: TwoServerHarness, account: str) -> None:
    texts = plan_many(pair, 4)
    with Impostor() as impostor:
        pair.work = pair.worker({account: impostor.url})
        pair.deliver()
        assert impostor.greeted == 3
        assert impostor.heard == b""
    assert pair.texts(other(account)) == texts
    assert "its certificate is not valid: self-signed certificate" in pair.standing(account).hindrances[0].reason
    assert set(pair.states(account)) == {State.PLANNED}
    pair.work = pair.worker()
    pair.settle(seconds=10)
    assert pair.texts(account) == texts


def test_a_person_can_have_it_tried_at_once(pair: TwoServerHarness, account: str) -> None:
    plan_many(pair, 3)
    pair.wires[account].cut()
    pair.settle(minutes=4)
    pair.wires[account].mend()
    stop.resume(pair.work, "ana", account)
    pair.deliver()
    assert pair.texts(account) == words(3)
