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
    two_servers: TwoServerHarness, account: str
) -> None:
    texts = plan_many(two_servers, 3)
    with Stranger() as elsewhere:
        target = f"{elsewhere.url}/2/tweets"
        if account == "mastodon":
            two_servers.places[account].strike(Deed.PUBLISH, "redirect", status=307, location=target)
        else:
            two_servers.places[account].strike(Deed.PUBLISH, "status", status=307, headers={"location": target})
        two_servers.settle(minutes=5)
        assert elsewhere.heard == b""
        standing = two_servers.standing(account)
        assert standing.condition is AccountCondition.CLOSED
        assert elsewhere.url in (reason := standing.hindrances[0].reason)
    assert "Mend its address in bot.toml" in reason or "mend api_base_url in bot.toml" in reason
    assert (two_servers.attempts(account), two_servers.texts(account)) == (1, [])
    assert two_servers.texts(other(account)) == texts
    assert two_servers.alarms(account).count("account_closed") == 1
    stop.resume(two_servers.work, "ana", account)
    retry_rejected(two_servers, account)
    two_servers.settle(hours=1)
    assert sorted(two_servers.texts(account)) == texts


@pytest.mark.parametrize("deed", [Deed.UPLOAD, Deed.FETCH])
def test_a_redirect_to_a_login_page_closes_nothing_and_it_goes_on_by_itself(
    two_servers: TwoServerHarness, deed: Deed
) -> None:
    work_for(two_servers, "x", deed)
    with Stranger() as elsewhere:
        two_servers.places["x"].strike(deed, "status", status=302, headers={"location": f"{elsewhere.url}/login"})
        two_servers.settle(minutes=5)
        assert elsewhere.heard == b""
    assert two_servers.standing("x").condition is not AccountCondition.CLOSED
    two_servers.settle(minutes=10)
    assert two_servers.states("x") == [State.SENT]


def retry_rejected(two_servers: TwoServerHarness, account: str) -> None:
    for one in two_servers.all(account):
        if one.state is State.REJECTED:
            decisions.retry(two_servers.work, one.id, "ana")


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


def work_for(two_servers: TwoServerHarness, account: str, deed: Deed) -> None:
    """Give the account something to do that begins with this request."""
    if deed in {Deed.FETCH, Deed.RESHARE}:
        two_servers.approved(account)
        return
    (made, *_) = two_servers.plan(draft("first", account=account, media=[IMAGE] if deed is Deed.UPLOAD else ())).ids
    if deed is Deed.UNDO_POST:
        two_servers.deliver(account)
        undo.ask(two_servers.work, made, "ana")
    elif deed is Deed.LOOK:
        two_servers.places[account].strike(Deed.PUBLISH, "accept_then_close")
        two_servers.deliver(account)
        two_servers.passes(minutes=1)


ALIKE = frozenset({Deed.UPLOAD, Deed.RESHARE, Deed.UNDO_POST, Deed.LOOK})
"""Each day these have a revoked token only: other answers are told apart by whether we write or read."""


def closings() -> Iterator[Any]:
    for account, ways in CLOSINGS.items():
        for (why, answer), deed in product(ways, DEEDS):
            marks = [pytest.mark.long] if deed in ALIKE and answer is not REVOKED else []
            yield pytest.param(account, why, answer, deed, id=f"{account}-{why}-{deed}", marks=marks)


@pytest.mark.parametrize(("account", "why", "answer", "deed"), list(closings()))
def test_an_account_that_only_a_person_can_mend_is_closed_at_any_request_and_nothing_is_lost(
    two_servers: TwoServerHarness, account: str, why: str, answer: dict[str, Any], deed: Deed
) -> None:
    work_for(two_servers, account, deed)
    place = two_servers.places[account]
    place.strike(deed, "status", count=None, **answer)
    behind = [draft(f"behind {name}", account=name, due=2 * MINUTE, parts=(f"Behind {name}.",)) for name in ACCOUNTS]
    for one in behind:
        add(two_servers, one)
    before = len(place.asked(deed))
    two_servers.settle(hours=1)
    assert len(place.asked(deed)) == before + 1, f"{why}: one was enough to know"
    assert two_servers.standing(account).condition is AccountCondition.CLOSED
    assert [event.fields["account"] for event in two_servers.told("account_closed")] == [account]
    assert "Behind" not in " ".join(two_servers.texts(account))
    assert two_servers.texts(other(account)) == [f"Behind {other(account)}."]
    assert State.MISSED not in two_servers.states()
    assert State.NEEDS_DECISION not in two_servers.states()
    place.heal()
    stop.resume(two_servers.work, "ana", account)
    retry_rejected(two_servers, account)
    two_servers.settle(hours=1)
    assert two_servers.texts(account).count(f"Behind {account}.") == 1
    assert set(two_servers.states()) <= {State.SENT, State.CANCELLED}
    assert two_servers.standing(account).condition is AccountCondition.OPEN


def test_a_refused_post_says_the_way_back_and_those_behind_it_wait(two_servers: TwoServerHarness, account: str) -> None:
    plan_many(two_servers, 3)
    two_servers.places[account].strike(Deed.PUBLISH, "status", status=401)
    two_servers.deliver()
    first, *behind = two_servers.all(account)
    assert first.state is State.REJECTED
    assert f"bot login {account}" in worded(first.error)
    assert worded(first.error).endswith(f"run: bot resume {account}, then: bot retry {first.id}")
    assert {(one.state, one.error) for one in behind} == {(State.PLANNED, "")}
    (said,) = [sentence(one, status(two_servers.work)) for one in status(two_servers.work).held_back]
    assert said.startswith(f"{account} is closed since {time_text(two_servers.clock(), two_servers.clock())}: ")
    assert said.endswith(f"When that is mended, run: bot resume {account}")


def test_a_source_that_is_refused_keeps_nobody_from_posting(two_servers: TwoServerHarness, account: str) -> None:
    texts = plan_many(two_servers, 2)
    if account == "mastodon":
        two_servers.on_mastodon.server.fault("status", path="/timelines/tag/", status=401)
    else:
        two_servers.on_x.server.fault("status", "/2/tweets/search/recent", status=401, count=None)
    for watch in poll.source_polls(two_servers.work):
        poll.read(two_servers.work, watch)
    assert two_servers.told("source_failed")
    assert two_servers.standing(account).condition is AccountCondition.OPEN
    two_servers.deliver()
    assert two_servers.texts(account) == two_servers.texts(other(account)) == texts


def test_an_upload_ahead_that_is_refused_closes_the_account_before_its_post_is_due(
    two_servers: TwoServerHarness, account: str
) -> None:
    two_servers.plan(draft("picture", account=account, media=[IMAGE], due=10 * MINUTE))
    two_servers.places[account].strike(Deed.UPLOAD, "status", count=None, status=401)
    media.prepare(two_servers.work, account)
    two_servers.passes(minutes=2)
    media.prepare(two_servers.work, account)
    assert len(two_servers.places[account].asked(Deed.UPLOAD)) == 1
    assert two_servers.standing(account).condition is AccountCondition.CLOSED


def test_one_account_is_opened_alone_and_a_stop_stays(two_servers: TwoServerHarness) -> None:
    texts = plan_many(two_servers, 3)
    for account in ACCOUNTS:
        two_servers.places[account].strike(Deed.PUBLISH, "status", status=401)
    two_servers.deliver()
    stop.stop(two_servers.work, "ana")
    assert stop.resume(two_servers.work, "ana", "x").is_stopped
    two_servers.deliver()
    assert two_servers.texts("x") == []
    assert two_servers.standing("mastodon").condition is AccountCondition.CLOSED
    assert not stop.resume(two_servers.work, "ana").is_stopped
    two_servers.deliver()
    assert two_servers.texts("mastodon") == two_servers.texts("x") == texts[1:]
    with refused(RefusedCode.NO_ACCOUNT_TO_RESUME, 'no account "mastodn"'):
        stop.resume(two_servers.work, "ana", "mastodn")


def test_the_report_says_how_each_account_stands(two_servers: TwoServerHarness) -> None:
    plan_many(two_servers, 4)
    two_servers.wires["mastodon"].cut()
    two_servers.places["x"].strike(Deed.PUBLISH, "status", status=402)
    two_servers.deliver()
    found = status_json(status(two_servers.work))["accounts"]
    at = START + 4 * SECOND
    assert found["mastodon"]["state"] == "paused"
    assert found["mastodon"]["since"] == f"{at:%Y-%m-%dT%H:%M:%SZ}"
    assert found["mastodon"]["next_try"] == f"{at + 5 * SECOND:%Y-%m-%dT%H:%M:%SZ}"
    assert "tried again by itself, next at 08:00:09 UTC" in found["mastodon"]["way_back"]
    assert (found["x"]["state"], found["x"]["next_try"]) == ("closed", None)
    assert "credits" in found["x"]["reason"]
    assert found["x"]["way_back"].endswith("run: bot resume x")
    two_servers.on_mastodon.heal()
    stop.resume(two_servers.work, "ana")
    assert status_json(status(two_servers.work))["accounts"]["x"] == {
        "state": "open",
        "since": None,
        "reason": "",
        "reason_code": None,
        "next_try": None,
        "way_back": "",
        "obstacles": [],
    }


def test_a_rate_limit_reads_as_what_ends_by_itself(two_servers: TwoServerHarness, account: str) -> None:
    plan_many(two_servers, 2)
    two_servers.places[account].limit(Deed.PUBLISH, "status", START + 15 * MINUTE)
    two_servers.deliver()
    standing = two_servers.standing(account)
    (hindrance,) = standing.hindrances
    assert (standing.condition, hindrance.until) == (AccountCondition.PAUSED, START + 15 * MINUTE)
    assert way_back(hindrance, status(two_servers.work)) == "It goes on by itself at 08:15 UTC"
    two_servers.move_to(START + 16 * MINUTE)
    assert two_servers.standing(account).condition is AccountCondition.OPEN
