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


def tries(two_servers: TwoServerHarness, account: str) -> list[float]:
    """When requests for the account's deliveries left, in seconds after the first of them."""
    with two_servers.work.store.read() as tx:
        asked = select(t.attempt.c.started_at).join(t.delivery).where(t.delivery.c.account == account)
        times = sorted(row.started_at for row in tx.execute(asked))
    return [(at - times[0]).total_seconds() for at in times]


@pytest.mark.parametrize("kind", BOTH_IN_LONG)
def test_after_three_requests_that_reach_nobody_the_account_is_left_alone_and_the_other_goes_on(
    two_servers: TwoServerHarness, account: str
) -> None:
    texts = plan_many(two_servers, 6)
    two_servers.wires[account].cut()
    two_servers.deliver()
    two_servers.deliver()
    assert two_servers.texts(other(account)) == texts
    assert two_servers.attempts(account) == 3
    assert set(two_servers.states(account)) == {State.PLANNED}
    assert two_servers.alarms(account) == ["out_of_reach"], "one alarm, and none for each try"
    assert "connection refused" in event_text(two_servers.told("out_of_reach")[0])
    standing = two_servers.standing(account)
    (hindrance,) = standing.hindrances
    assert (standing.condition, hindrance.code) == (AccountCondition.PAUSED, Obstacle.OUT_OF_REACH)
    assert hindrance.since == two_servers.clock()
    assert hindrance.until == two_servers.clock() + 5 * SECOND
    assert two_servers.standing(other(account)).condition is AccountCondition.OPEN


def test_it_is_tried_again_by_itself_with_one_request_ever_later(two_servers: TwoServerHarness, account: str) -> None:
    plan_many(two_servers, 9)
    two_servers.wires[account].cut()
    two_servers.settle(minutes=20)
    gaps = [later - sooner for sooner, later in pairwise(tries(two_servers, account))]
    assert gaps == [0, 0, 5, 10, 20, 40, 80, 160, 300, 300]
    assert two_servers.alarms(account) == ["out_of_reach"]


@pytest.mark.parametrize("kind", BOTH_IN_LONG)
def test_when_it_is_back_all_that_is_not_late_goes_out_in_order(two_servers: TwoServerHarness, account: str) -> None:
    texts = plan_many(two_servers, 8)
    two_servers.wires[account].cut()
    two_servers.settle(minutes=2)
    assert two_servers.texts(account) == []
    two_servers.wires[account].mend()
    two_servers.settle(minutes=2)
    assert two_servers.texts(account) == two_servers.texts(other(account)) == texts
    (back,) = two_servers.told("in_reach")
    assert event_text(back) == f"{account} answers again, after 2 minutes"
    assert not back.alarming
    assert two_servers.alarms(account) == ["out_of_reach"]
    assert two_servers.standing(account).condition is AccountCondition.OPEN


def test_a_long_silence_ends_posts_by_their_own_late_rule_and_the_others_go_out_spaced(
    two_servers: TwoServerHarness, account: str
) -> None:
    some: dict[str, Any] = {"account": account, "due": MINUTE}
    two_servers.plan(
        draft("soon", parts=("Now or never.",), late=5 * MINUTE, **some),
        *(draft(f"m{number}", parts=(text,), **some) for number, text in enumerate(words(3))),
    )
    two_servers.wires[account].cut()
    two_servers.settle(minutes=30)
    two_servers.wires[account].mend()
    two_servers.settle(minutes=10)
    assert two_servers.texts(account) == words(3)
    assert sorted(two_servers.states()) == [State.MISSED, State.SENT, State.SENT, State.SENT]
    times = [post.at for post in two_servers.places[account].posts()]
    assert all(later - sooner >= 30 * SECOND for sooner, later in pairwise(times))


def test_an_answer_in_between_begins_the_count_anew(two_servers: TwoServerHarness, account: str) -> None:
    wire = two_servers.wires[account]
    for turn in range(3):
        two_servers.plan(*(draft(f"t{turn}{n}", account=account, parts=(f"{turn}-{n}",)) for n in range(2)))
        wire.cut()
        two_servers.deliver(account)
        wire.mend()
        two_servers.settle(seconds=10)
    assert len(two_servers.texts(account)) == 6
    assert two_servers.attempts(account) == 12
    assert two_servers.told("out_of_reach") == two_servers.told("in_reach") == []


def test_a_refusal_in_between_is_an_answer_too(two_servers: TwoServerHarness, account: str) -> None:
    plan_many(two_servers, 2)
    two_servers.wires[account].cut()
    two_servers.deliver(account)
    two_servers.wires[account].mend()
    two_servers.places[account].strike(Deed.PUBLISH, "status", status=422, count=2)
    two_servers.settle(seconds=10)
    assert set(two_servers.states(account)) == {State.REJECTED}
    add(two_servers, draft("third", account=account))
    two_servers.wires[account].cut()
    two_servers.deliver(account)
    assert two_servers.attempts(account) == 5
    assert two_servers.told("out_of_reach") == []


@pytest.mark.parametrize("status", [404, 409, 422])
def test_a_refusal_is_an_answer_that_ends_a_long_silence(
    two_servers: TwoServerHarness, account: str, status: int
) -> None:
    texts = plan_many(two_servers, 6)
    two_servers.wires[account].cut()
    two_servers.deliver(account)
    assert two_servers.standing(account).condition is AccountCondition.PAUSED
    two_servers.wires[account].mend()
    two_servers.places[account].strike(Deed.PUBLISH, "status", status=status, count=1)
    two_servers.passes(seconds=5)
    two_servers.deliver(account)
    assert two_servers.standing(account).condition is AccountCondition.OPEN
    assert len(two_servers.told("in_reach")) == 1
    assert len(two_servers.texts(account)) >= len(texts) - 3, "nothing else was left alone after that answer"


def test_a_gateway_that_has_nobody_behind_it_is_no_answer(two_servers: TwoServerHarness, account: str) -> None:
    plan_many(two_servers, 4)
    two_servers.wires[account].cut()
    two_servers.deliver(account)
    two_servers.wires[account].mend()
    two_servers.places[account].strike(Deed.PUBLISH, "status", status=502, count=1)
    two_servers.passes(seconds=5)
    two_servers.deliver(account)
    assert two_servers.standing(account).condition is AccountCondition.PAUSED
    assert two_servers.told("in_reach") == []


def test_a_worker_that_is_started_meanwhile_leaves_it_alone_too(two_servers: TwoServerHarness, account: str) -> None:
    plan_many(two_servers, 5)
    two_servers.wires[account].cut()
    two_servers.deliver()
    two_servers.work = two_servers.worker()
    two_servers.passes(seconds=4)
    two_servers.deliver()
    assert two_servers.attempts(account) == 3
    two_servers.wires[account].mend()
    two_servers.settle(seconds=2)
    assert two_servers.texts(account) == words(5)
    assert len(two_servers.told("in_reach")) == 1


def test_a_clock_that_is_set_back_does_not_make_a_short_pause_a_long_one(
    two_servers: TwoServerHarness, account: str
) -> None:
    plan_many(two_servers, 5, late=timedelta(days=2))
    two_servers.passes(hours=5)
    two_servers.wires[account].cut()
    for _ in range(4):
        two_servers.deliver(account)
        two_servers.passes(seconds=30)
    assert two_servers.told("out_of_reach")
    two_servers.wires[account].mend()
    two_servers.passes(hours=-3)
    assert two_servers.standing(account).hindrances[0].until
    two_servers.deliver(account)
    assert len(two_servers.texts(account)) == 1


def test_what_nobody_knows_is_not_given_up_while_nobody_can_look(two_servers: TwoServerHarness, account: str) -> None:
    two_servers.plan(draft("lost", account=account))
    two_servers.places[account].strike(Deed.PUBLISH, "accept_then_close")
    two_servers.deliver()
    assert two_servers.states() == [State.UNKNOWN]
    two_servers.wires[account].cut()
    two_servers.settle(hours=2)
    assert (two_servers.states(), two_servers.all()[0].failed_looks) == ([State.UNKNOWN], 0)
    assert two_servers.alarms(account) == ["unknown", "out_of_reach"]
    two_servers.wires[account].mend()
    two_servers.settle(hours=1)
    assert two_servers.states() == [State.SENT]
    assert two_servers.texts(account) == ["Free them all."]


def test_looks_that_reach_nobody_cost_nothing(two_servers: TwoServerHarness) -> None:
    two_servers.work = two_servers.worker(budget=0.3)
    two_servers.plan(draft("lost", account="x"))
    two_servers.places["x"].strike(Deed.PUBLISH, "accept_then_close")
    two_servers.deliver()
    two_servers.wires["x"].cut()
    two_servers.settle(hours=2)
    two_servers.wires["x"].mend()
    two_servers.settle(hours=1)
    assert two_servers.states() == [State.SENT]
    assert two_servers.told("no_money") == []


@pytest.mark.parametrize("deed", ["reshare", "undo", "upload"])
def test_whatever_is_asked_of_it_first_tells_that_it_is_out_of_reach_and_goes_on_afterwards(
    two_servers: TwoServerHarness, account: str, deed: str
) -> None:
    if deed == "reshare":
        two_servers.approved(account)
    elif deed == "undo":
        (made,) = two_servers.plan(draft("out", account=account)).ids
        two_servers.deliver()
        undo.ask(two_servers.work, made, "ana")
    else:
        two_servers.plan(draft("picture", account=account, media=[IMAGE]))
    two_servers.wires[account].cut()
    for _ in range(8):
        two_servers.settle(seconds=30)
    assert two_servers.alarms(account) == ["out_of_reach"]
    two_servers.wires[account].mend()
    two_servers.settle(hours=1)
    assert len(two_servers.told("in_reach")) == 1
    (one,) = two_servers.all()
    assert one.state is (State.CANCELLED if deed == "undo" else State.SENT)
    place = two_servers.places[account]
    out = [post.there for post in place.posts()] + [entry.there for entry in place.reshares()]
    assert out == [deed != "undo"]


def test_a_name_that_nobody_knows_is_said(
    two_servers: TwoServerHarness, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = socket.getaddrinfo

    def unknown(host: Any, *more: Any, **options: Any) -> Any:
        if host == "gone.example":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return asked(host, *more, **options)

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    texts = plan_many(two_servers, 4)
    two_servers.work = two_servers.worker({account: "http://gone.example:8080"})
    two_servers.deliver()
    assert two_servers.texts(other(account)) == texts
    assert "its name is not known (DNS)" in event_text(two_servers.told("out_of_reach")[0])


def test_nothing_is_sent_to_one_whose_certificate_nobody_vouches_for(
    two_servers: TwoServerHarness, account: str
) -> None:
    texts = plan_many(two_servers, 4)
    with Impostor() as impostor:
        two_servers.work = two_servers.worker({account: impostor.url})
        two_servers.deliver()
        assert impostor.greeted == 3
        assert impostor.heard == b""
    assert two_servers.texts(other(account)) == texts
    assert "its certificate is not valid: self-signed certificate" in two_servers.standing(account).hindrances[0].reason
    assert set(two_servers.states(account)) == {State.PLANNED}
    two_servers.work = two_servers.worker()
    two_servers.settle(seconds=10)
    assert two_servers.texts(account) == texts


def test_a_person_can_have_it_tried_at_once(two_servers: TwoServerHarness, account: str) -> None:
    plan_many(two_servers, 3)
    two_servers.wires[account].cut()
    two_servers.settle(minutes=4)
    two_servers.wires[account].mend()
    stop.resume(two_servers.work, "ana", account)
    two_servers.deliver()
    assert two_servers.texts(account) == words(3)
