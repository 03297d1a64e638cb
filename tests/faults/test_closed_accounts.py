"""An account that only a person can mend is closed at the first answer that says so, and the other goes on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from bot.cli.documents import status_json
from bot.cli.words.status import sentence, way_back
from bot.cli.words.times import time_text
from bot.domain.delivery import State
from bot.errors import RefusedCode
from bot.services import decisions, stop
from bot.services.sending import media, undo
from bot.services.status import AccountCondition, status
from bot.services.watching import poll
from tests.harness.campaign import IMAGE, draft
from tests.harness.place import Deed
from tests.harness.refusals import refused
from tests.harness.rehearsal_networks import START
from tests.harness.relay import Stranger
from tests.harness.two_servers import ACCOUNTS, TwoServerHarness, add, other, plan_many
from tests.harness.words import worded

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def test_a_redirect_to_elsewhere_is_followed_nowhere_and_closes_the_account(
    pair: TwoServerHarness, account: str
) -> None:
    texts = plan_many(pair, 3)
    with Stranger() as elsewhere:
        target = f"{elsewhere.url}/2/tweets"
        if account == "mastodon":
            pair.places[account].strike(Deed.PUBLISH, "redirect", status=307, location=target)
        else:
            pair.places[account].strike(Deed.PUBLISH, "status", status=307, headers={"location": target})
        pair.settle(minutes=5)
        assert elsewhere.heard == b""
        standing = pair.standing(account)
        assert standing.condition is AccountCondition.CLOSED
        assert elsewhere.url in (reason := standing.hindrances[0].reason)
    assert "Mend its address in bot.toml" in reason or "mend api_base_url in bot.toml" in reason
    assert (pair.attempts(account), pair.texts(account)) == (1, [])
    assert pair.texts(other(account)) == texts
    assert pair.alarms(account).count("account_closed") == 1
    stop.resume(pair.work, "ana", account)
    retry_rejected(pair, account)
    pair.settle(hours=1)
    assert sorted(pair.texts(account)) == texts


@pytest.mark.parametrize("deed", [Deed.UPLOAD, Deed.FETCH])
def test_a_redirect_to_a_login_page_closes_nothing_and_it_goes_on_by_itself(pair: TwoServerHarness, deed: Deed) -> None:
    work_for(pair, "x", deed)
    with Stranger() as elsewhere:
        pair.places["x"].strike(deed, "status", status=302, headers={"location": f"{elsewhere.url}/login"})
        pair.settle(minutes=5)
        assert elsewhere.heard == b""
    assert pair.standing("x").condition is not AccountCondition.CLOSED
    pair.settle(minutes=10)
    assert pair.states("x") == [State.SENT]


def retry_rejected(pair: TwoServerHarness, account: str) -> None:
    for one in pair.all(account):
        if one.state is State.REJECTED:
            decisions.retry(pair.work, one.id, "ana")


REVOKED, NO_CREDITS = {"status": 401}, {"status": 402}
CLOSINGS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "mastodon": [
        ("token revoked", REVOKED),
        ("suspended", {"status": 403, "body": '{"error": "Your login is currently disabled"}'}),
    ],
    "x": [
        ("token revoked", REVOKED),
        ("credits gone", NO_CREDITS),
        ("suspended", {"status": 403, "body": {"title": "Forbidden", "detail": "Your account is suspended"}}),
    ],
}
DEEDS = (Deed.PUBLISH, Deed.UPLOAD, Deed.FETCH, Deed.RESHARE, Deed.UNDO_POST, Deed.LOOK)


def work_for(pair: TwoServerHarness, account: str, deed: Deed) -> None:
    """Give the account something to do that begins with this request."""
    if deed in {Deed.FETCH, Deed.RESHARE}:
        pair.approved(account)
        return
    (made, *_) = pair.plan(draft("first", account=account, media=[IMAGE] if deed is Deed.UPLOAD else ())).ids
    if deed is Deed.UNDO_POST:
        pair.deliver(account)
        undo.ask(pair.work, made, "ana")
    elif deed is Deed.LOOK:
        pair.places[account].strike(Deed.PUBLISH, "accept_then_close")
        pair.deliver(account)
        pair.passes(minutes=1)


ALIKE = frozenset({Deed.UPLOAD, Deed.RESHARE, Deed.UNDO_POST, Deed.LOOK})
"""Each day these have a revoked token only: other answers are told apart by whether we write or read."""


def closings() -> Iterator[Any]:
    for account, ways in CLOSINGS.items():
        for (why, answer), deed in product(ways, DEEDS):
            marks = [pytest.mark.long] if deed in ALIKE and answer is not REVOKED else []
            yield pytest.param(account, why, answer, deed, id=f"{account}-{why}-{deed}", marks=marks)


@pytest.mark.parametrize(("account", "why", "answer", "deed"), list(closings()))
def test_an_account_that_only_a_person_can_mend_is_closed_at_any_request_and_nothing_is_lost(
    pair: TwoServerHarness, account: str, why: str, answer: dict[str, Any], deed: Deed
) -> None:
    work_for(pair, account, deed)
    place = pair.places[account]
    place.strike(deed, "status", count=None, **answer)
    behind = [draft(f"behind {name}", account=name, due=2 * MINUTE, parts=(f"Behind {name}.",)) for name in ACCOUNTS]
    for one in behind:
        add(pair, one)
    before = len(place.asked(deed))
    pair.settle(hours=1)
    assert len(place.asked(deed)) == before + 1, f"{why}: one was enough to know"
    assert pair.standing(account).condition is AccountCondition.CLOSED
    assert [event.fields["account"] for event in pair.told("account_closed")] == [account]
    assert "Behind" not in " ".join(pair.texts(account))
    assert pair.texts(other(account)) == [f"Behind {other(account)}."]
    assert State.MISSED not in pair.states()
    assert State.NEEDS_DECISION not in pair.states()
    place.heal()
    stop.resume(pair.work, "ana", account)
    retry_rejected(pair, account)
    pair.settle(hours=1)
    assert pair.texts(account).count(f"Behind {account}.") == 1
    assert set(pair.states()) <= {State.SENT, State.CANCELLED}
    assert pair.standing(account).condition is AccountCondition.OPEN


def test_a_refused_post_says_the_way_back_and_those_behind_it_wait(pair: TwoServerHarness, account: str) -> None:
    plan_many(pair, 3)
    pair.places[account].strike(Deed.PUBLISH, "status", status=401)
    pair.deliver()
    first, *behind = pair.all(account)
    assert first.state is State.REJECTED
    assert f"bot login {account}" in worded(first.error)
    assert worded(first.error).endswith(f"run: bot resume {account}, then: bot retry {first.id}")
    assert {(one.state, one.error) for one in behind} == {(State.PLANNED, "")}
    (said,) = [sentence(one, status(pair.work)) for one in status(pair.work).held_back]
    assert said.startswith(f"{account} is closed since {time_text(pair.clock(), pair.clock())}: ")
    assert said.endswith(f"When that is mended, run: bot resume {account}")


def test_a_source_that_is_refused_keeps_nobody_from_posting(pair: TwoServerHarness, account: str) -> None:
    texts = plan_many(pair, 2)
    if account == "mastodon":
        pair.on_mastodon.server.fault("status", path="/timelines/tag/", status=401)
    else:
        pair.on_x.server.fault("status", "/2/tweets/search/recent", status=401, count=None)
    for watch in poll.source_polls(pair.work):
        poll.read(pair.work, watch)
    assert pair.told("source_failed")
    assert pair.standing(account).condition is AccountCondition.OPEN
    pair.deliver()
    assert pair.texts(account) == pair.texts(other(account)) == texts


def test_an_upload_ahead_that_is_refused_closes_the_account_before_its_post_is_due(
    pair: TwoServerHarness, account: str
) -> None:
    pair.plan(draft("picture", account=account, media=[IMAGE], due=10 * MINUTE))
    pair.places[account].strike(Deed.UPLOAD, "status", count=None, status=401)
    media.prepare(pair.work, account)
    pair.passes(minutes=2)
    media.prepare(pair.work, account)
    assert len(pair.places[account].asked(Deed.UPLOAD)) == 1
    assert pair.standing(account).condition is AccountCondition.CLOSED


def test_one_account_is_opened_alone_and_a_stop_stays(pair: TwoServerHarness) -> None:
    texts = plan_many(pair, 3)
    for account in ACCOUNTS:
        pair.places[account].strike(Deed.PUBLISH, "status", status=401)
    pair.deliver()
    stop.stop(pair.work, "ana")
    assert stop.resume(pair.work, "ana", "x").is_stopped
    pair.deliver()
    assert pair.texts("x") == []
    assert pair.standing("mastodon").condition is AccountCondition.CLOSED
    assert not stop.resume(pair.work, "ana").is_stopped
    pair.deliver()
    assert pair.texts("mastodon") == pair.texts("x") == texts[1:]
    with refused(RefusedCode.NO_ACCOUNT_TO_RESUME, 'no account "mastodn"'):
        stop.resume(pair.work, "ana", "mastodn")


def test_the_report_says_how_each_account_stands(pair: TwoServerHarness) -> None:
    plan_many(pair, 4)
    pair.wires["mastodon"].cut()
    pair.places["x"].strike(Deed.PUBLISH, "status", status=402)
    pair.deliver()
    found = status_json(status(pair.work))["accounts"]
    at = START + 4 * SECOND
    assert found["mastodon"]["state"] == "paused"
    assert found["mastodon"]["since"] == f"{at:%Y-%m-%dT%H:%M:%SZ}"
    assert found["mastodon"]["next_try"] == f"{at + 5 * SECOND:%Y-%m-%dT%H:%M:%SZ}"
    assert "tried again by itself, next at 08:00:09 UTC" in found["mastodon"]["way_back"]
    assert (found["x"]["state"], found["x"]["next_try"]) == ("closed", None)
    assert "credits" in found["x"]["reason"]
    assert found["x"]["way_back"].endswith("run: bot resume x")
    pair.on_mastodon.heal()
    stop.resume(pair.work, "ana")
    assert status_json(status(pair.work))["accounts"]["x"] == {
        "state": "open",
        "since": None,
        "reason": "",
        "reason_code": None,
        "next_try": None,
        "way_back": "",
        "obstacles": [],
    }


def test_a_rate_limit_reads_as_what_ends_by_itself(pair: TwoServerHarness, account: str) -> None:
    plan_many(pair, 2)
    pair.places[account].limit(Deed.PUBLISH, "status", START + 15 * MINUTE)
    pair.deliver()
    standing = pair.standing(account)
    (hindrance,) = standing.hindrances
    assert (standing.condition, hindrance.until) == (AccountCondition.PAUSED, START + 15 * MINUTE)
    assert way_back(hindrance, status(pair.work)) == "It goes on by itself at 08:15 UTC"
    pair.move_to(START + 16 * MINUTE)
    assert pair.standing(account).condition is AccountCondition.OPEN
