"""One trouble is one trouble: what is put off takes no turn and moves nobody, and all that is shown is one forecast."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.cli.documents import forecast_json, history_json
from bot.cli.words.forecast import why_text
from bot.domain.campaign import PaceRules, QuietHours
from bot.domain.delivery import Kind, State
from bot.errors import Outcome
from bot.platforms.rehearsal.state import Reshared
from bot.services import decisions, explain, forecast, stop
from bot.services.moderation import approval
from bot.services.status import status
from bot.store import control
from bot.store import schema as t
from tests.harness.campaign import IMAGE, TAG, CampaignHarness, config, draft
from tests.harness.faulty_platform import platform_error
from tests.harness.rehearsal_networks import START
from tests.harness.table import each_of

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
PACE = PaceRules(min_gap=10 * MINUTE, per_hour=100, per_day=1000)


def approved(harness: CampaignHarness, *who: str, account: str = "mastodon") -> list[str]:
    uris = [
        harness.solidarity(name, account, text=f"{name * 3} number {place}. #{TAG}") for place, name in enumerate(who)
    ]
    harness.read()
    for seen in harness.seen():
        if str(seen.state) == "held":
            approval.approve(harness.work, seen.id, "ana")
    return uris


def cannot_be_fetched(harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch, *uris: str) -> list[datetime]:
    """Let fetches of these posts fail; gives when they were tried."""
    fetch, tried = harness.mastodon.fetch, []

    def refused(uri: str) -> Any:
        if uri in uris:
            tried.append(harness.clock())
            raise platform_error(Outcome.NOT_SENT, status=200)
        return fetch(uri)

    monkeypatch.setattr(harness.mastodon, "fetch", refused)
    return tried


def out(harness: CampaignHarness) -> list[timedelta]:
    return [one.at - START for one in harness.networks["mastodon"].ledger if isinstance(one, Reshared)]


def assert_all_say_the_same(harness: CampaignHarness) -> None:
    """The queue, each one's story, and both for scripts; and nothing is shown at a time that is over."""
    for one in forecast.queue(harness.work, [State.PLANNED]):
        told = history_json(harness.work, explain.story(harness.work, one.delivery.id))
        shown = forecast_json(one, status(harness.work))
        assert {name: told[name] for name in shown} == shown
        assert one.at is None or one.delivery.kind is Kind.POST or one.at > harness.clock() - MINUTE
        assert one.at is None or one.at == one.delivery.not_before


def test_one_that_cannot_be_fetched_keeps_nobody_from_their_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness = CampaignHarness(tmp_path, pace=PACE)
    tried = cannot_be_fetched(harness, monkeypatch, approved(harness, "ana", "eva", "ion", "kim")[0])
    for _ in range(60):
        harness.deliver("mastodon")
        harness.clock.passes(seconds=30)
        assert_all_say_the_same(harness)
    assert out(harness) == [0 * MINUTE, 10 * MINUTE, 20 * MINUTE]
    assert tried


def test_while_it_is_put_off_the_others_are_shown_at_the_times_at_which_they_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness = CampaignHarness(tmp_path, pace=PACE)
    uris = approved(harness, "ana", "eva", "ion")
    cannot_be_fetched(harness, monkeypatch, uris[0])
    harness.deliver("mastodon")
    shown = {one.delivery.post_uri: (one.at or START) - START for one in forecast.queue(harness.work, [State.PLANNED])}
    assert (out(harness), shown) == ([0 * MINUTE], {uris[2]: 10 * MINUTE, uris[0]: 20 * MINUTE})
    _, last = forecast.queue(harness.work, [State.PLANNED])
    assert "the last try came to nothing" in why_text(last)


def test_many_that_fail_slowly_starve_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their origins are down, and each try of one takes a while."""
    harness = CampaignHarness(tmp_path, pace=PACE)
    down = approved(harness, *(f"down{n}" for n in range(12)))
    approved(harness, "ana", "eva", "ion")
    cannot_be_fetched(harness, monkeypatch, *down)
    harness.mastodon.before = lambda what: harness.clock.passes(seconds=15) if what == "fetch" else None
    while harness.clock() < START + 25 * MINUTE:
        harness.deliver("mastodon")
        harness.clock.passes(seconds=10)
    assert len(out(harness)) == 3


def test_once_it_can_be_fetched_it_goes_even_where_others_never_cease(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness = CampaignHarness(tmp_path, pace=PACE)
    (uri, *_) = approved(harness, "ana", *(f"u{n}" for n in range(12)))
    with monkeypatch.context() as failing:
        tried = cannot_be_fetched(harness, failing, uri)
        harness.deliver("mastodon")
        harness.settle(minutes=1)
    assert tried
    harness.settle(minutes=90)
    assert next(one for one in harness.all() if one.post_uri == uri).state is State.SENT
    assert harness.states().count(State.PLANNED) > 0


def test_overdue_posts_are_not_moved_by_one_that_lacks_its_file(harness: CampaignHarness) -> None:
    (harness.folder / "banner.png").unlink()
    harness.plan(draft("lame", media=[IMAGE]), *(draft(f"m{n}", parts=(f"Number {n}.",), due=MINUTE) for n in range(4)))
    harness.clock.passes(hours=1)
    for _ in range(12):
        harness.deliver("mastodon")
        assert_all_say_the_same(harness)
        harness.clock.passes(seconds=10)
    since_the_first = [one.at - harness.accepted()[0].at for one in harness.accepted()]
    assert since_the_first == [n * timedelta(seconds=30) for n in range(4)]


def resting(harness: CampaignHarness) -> None:
    with harness.work.store.begin() as tx:
        control.set_account(tx, "mastodon", paused_until=START + 3 * HOUR, reason="429")


def stopped(harness: CampaignHarness) -> None:
    stop.stop(harness.work, "ana")


def closed(harness: CampaignHarness) -> None:
    with harness.work.store.begin() as tx:
        control.set_account(tx, "mastodon", closed=True, reason="The token was revoked.")


HELD_UP: dict[str, tuple[Callable[[CampaignHarness], None], timedelta | None, str]] = {
    "an account that rests": (resting, 3 * HOUR, "mastodon rests until 11:00 UTC"),
    "the stop switch": (stopped, None, "sending is stopped"),
    "a closed account": (closed, None, "mastodon is closed: The token was revoked"),
}


@pytest.mark.parametrize("what", HELD_UP)
def test_what_holds_up_the_account_is_in_the_forecast_of_all_of_it(harness: CampaignHarness, what: str) -> None:
    happens, at, why = HELD_UP[what]
    harness.plan(draft(due=HOUR))
    approved(harness, "ana")
    happens(harness)
    told = list(forecast.queue(harness.work, [State.PLANNED]))
    assert [one.at for one in told] == [None if at is None else START + at] * 2
    assert all(why_text(one).endswith(why) for one in told)
    assert_all_say_the_same(harness)


def test_a_post_that_waits_for_a_link_is_shown_at_no_time(harness: CampaignHarness) -> None:
    harness.plan(draft(parts=("Watch: {live}",), waiting_for="live", due=HOUR), draft("other", due=HOUR))
    waits, other = sorted(forecast.queue(harness.work, [State.PLANNED]), key=lambda one: one.delivery.message)
    assert (waits.at, why_text(waits)) == (None, "waits for {live}")
    assert (other.at, why_text(other)) == (START + HOUR, "")


def test_a_reshare_that_there_is_no_money_for_is_shown_at_midnight_and_costs_the_posts_nothing(
    tmp_path: Path,
) -> None:
    harness = CampaignHarness(tmp_path, pace=PACE)
    harness.plan(*(draft(f"m{n}", account="x", parts=(f"{n}.",), due=HOUR) for n in range(3)))
    approved(harness, "ana", account="x")
    harness.work = harness.worker(config(budget=0.05, pace=PACE))
    harness.deliver("x")
    (reshare,) = [one for one in forecast.queue(harness.work, [State.PLANNED]) if one.delivery.kind is Kind.RESHARE]
    assert reshare.at == START.replace(hour=0) + timedelta(days=1)
    assert "does not cover it" in why_text(reshare)
    assert_all_say_the_same(harness)
    harness.settle(hours=2)
    assert len(harness.accepted("x")) == 3


def test_quiet_hours_are_in_the_forecast_and_move_nobody_twice(tmp_path: Path) -> None:
    harness = CampaignHarness(tmp_path, pace=PaceRules(min_gap=10 * MINUTE, quiet_hours=QuietHours(time(9), time(11))))
    approved(harness, "ana", "eva")
    told = list(forecast.queue(harness.work, [State.PLANNED]))
    assert [(one.at or START) - START for one in told] == [HOUR, HOUR + 10 * MINUTE]
    harness.settle(hours=2)
    assert out(harness) == [HOUR, HOUR + 10 * MINUTE]


def test_what_a_person_lets_go_again_begins_afresh(harness: CampaignHarness) -> None:
    harness.mastodon.refuse("fetch", platform_error(Outcome.NOT_SENT, status=200))
    approved(harness, "ana")
    harness.deliver("mastodon")
    assert harness.one().put_off_at == START
    approval.reject(harness.work, harness.seen()[0].id, "ana")
    approval.approve(harness.work, harness.seen()[0].id, "ana")
    with harness.work.store.read() as tx:
        assert tx.execute(t.delivery.select()).one().put_off_at is None
    harness.deliver("mastodon")
    assert len(out(harness)) == 1


def test_two_commands_in_a_row_tell_the_same_while_nobody_works(tmp_path: Path) -> None:
    harness = CampaignHarness(tmp_path, pace=PACE)
    harness.plan(draft(due=-HOUR, late=9 * HOUR))
    approved(harness, "ana", "eva")
    first = [one.at for one in forecast.queue(harness.work, [State.PLANNED])]
    harness.clock.passes(seconds=25)
    assert [one.at for one in forecast.queue(harness.work, [State.PLANNED])] == first
    harness.clock.passes(hours=1)
    assert min(one.at or START for one in forecast.queue(harness.work, [State.PLANNED])) > harness.clock() - MINUTE


@each_of("what", ["fetch", "reshare"])
def test_a_rate_limit_met_by_one_lets_all_reshares_rest_and_keeps_their_order(tmp_path: Path, what: str) -> None:
    harness = CampaignHarness(tmp_path, pace=PACE)
    uris = approved(harness, "ana", "eva", "ion")
    limit = platform_error(Outcome.NOT_SENT, retry_at=START + 15 * MINUTE, status=429)
    harness.mastodon.refuse(what, limit)
    for _ in range(10):
        harness.deliver("mastodon")
        harness.clock.passes(minutes=1)
        told = list(forecast.queue(harness.work, [State.PLANNED]))
        assert [one.delivery.post_uri for one in told] == uris
        assert [(one.at or START) - START for one in told] == [15 * MINUTE, 25 * MINUTE, 35 * MINUTE]
    assert harness.mastodon.requests["fetch"] == 1, (
        "a server that asks for fewer questions is not asked by the next one"
    )
    harness.settle(minutes=40)
    assert out(harness) == [15 * MINUTE, 25 * MINUTE, 35 * MINUTE]


def test_the_first_of_a_queue_are_those_of_the_whole_one_on_however_many_pages(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.plan(*(draft(f"post {number}", due=timedelta(minutes=number)) for number in range(12)))
    for number in range(5):
        harness.clock.passes(minutes=1)
        harness.deliver()
        if number % 2:
            decisions.hold(harness.work, 12 - number, "ana")
    whole = [one.delivery.id for one in forecast.queue(harness.work, list(State))]
    assert len(whole) == 12
    for limit in (1, 3, 5, 20):
        assert [one.delivery.id for one in forecast.queue(harness.work, list(State), limit)] == whole[:limit]
    held = [one.delivery.id for one in forecast.queue(harness.work, [State.HELD])]
    assert [one.delivery.id for one in forecast.queue(harness.work, [State.HELD], 2)] == held[:2]
    monkeypatch.setattr(forecast, "PAGE", 2)
    assert [one.delivery.id for one in forecast.queue(harness.work, list(State))] == whole
