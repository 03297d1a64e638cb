"""Silence is not health: who works on the campaign, what keeps things back, and what is said when that is over."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import literal

from bot.cli.words.events import event_text
from bot.cli.words.history import next_step_text
from bot.cli.words.restore import doubt_text
from bot.cli.words.status import notes, obstacles, worker_lines
from bot.domain.campaign import Account, PlatformName
from bot.domain.delivery import State
from bot.errors import Outcome
from bot.services import decisions, explain, own_accounts, stop
from bot.services import status as service
from bot.services.events import ALL_CLEAR, EventName
from bot.services.heartbeat import Heart
from bot.services.status import AccountCondition, CampaignStatus, Obstacle, Pulse, process_of, status
from bot.services.watching import poll
from bot.store import control, identity, workers
from bot.store.engine import UtcDateTime
from bot.store.workers import Heartbeat, WorkerKind
from tests.harness.campaign import CampaignHarness, config, draft
from tests.harness.faulty_platform import platform_error

NOBODY = "No worker runs: nothing goes out, and nothing is read."


@pytest.fixture(autouse=True)
def _our_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database server's clock is ours here."""
    monkeypatch.setattr(workers, "clock_part", lambda tx, now: literal(now, UtcDateTime))


def beat(desk: CampaignHarness, **some: object) -> Heartbeat:
    """A heartbeat of some other machine's worker."""
    now = desk.clock()
    values: dict[str, object] = {
        "key": f"{some.get('host', 'elsewhere')} {some.get('kind', 'run')} {now}",
        "kind": WorkerKind.RUN,
        "host": "elsewhere",
        "folder": "/srv/campaign",
        "campaign": "The desk",
        "version": "0.1.0",
        "pid": 4711,
        "process": "",
        "every_s": 10,
        "since": now,
        "beat_at": now,
        "accounts": {"mastodon": "", "x": ""},
    }
    made = Heartbeat(**(values | some))  # type: ignore[arg-type]
    with desk.work.store.begin() as tx:
        workers.beat(tx, made)
    return made


def said(desk: CampaignHarness) -> str:
    return "\n".join(obstacles(status(desk.work)))


def pulses(desk: CampaignHarness) -> list[Pulse]:
    return [one.pulse for one in status(desk.work).workers]


def codes(now: CampaignStatus, account: str) -> list[Obstacle]:
    return [one.code for one in now.accounts[account].hindrances]


def test_nobody_has_ever_worked_and_then_somebody_does(desk: CampaignHarness) -> None:
    assert said(desk) == f"{NOBODY} Start one: bot run"
    desk.works()
    assert (pulses(desk), said(desk)) == ([Pulse.RUNNING], "")
    (line,) = worker_lines(status(desk.work))
    assert line.startswith("bot run in this folder, version ")


@pytest.mark.parametrize(
    ("passed", "pulse"), [(34, Pulse.RUNNING), (36, Pulse.SILENT), (-34, Pulse.RUNNING), (-3600, Pulse.SILENT)]
)
def test_a_worker_of_another_machine_counts_as_long_as_its_beats_come(
    desk: CampaignHarness, passed: int, pulse: Pulse
) -> None:
    """Also by a clock that is behind or ahead, and never for long by one that was set."""
    beat(desk)
    desk.clock.passes(seconds=passed)
    assert pulses(desk) == [pulse]
    if pulse is Pulse.SILENT:
        assert "The worker on elsewhere in /srv/campaign does not answer: it was last seen " in said(desk)


def test_a_worker_that_was_killed_is_known_at_once_where_its_machine_can_be_asked(desk: CampaignHarness) -> None:
    beat(desk, pid=os.getpid(), process=process_of(os.getpid()))
    assert pulses(desk) == [Pulse.RUNNING]
    desk.clock.passes(seconds=1)
    beat(desk, host="another", pid=os.getpid(), process=process_of(os.getpid()) + "0")
    assert pulses(desk) == [Pulse.KILLED, Pulse.RUNNING], "a number that another process has by now is not it"


def test_an_end_is_said_with_when_and_where(desk: CampaignHarness) -> None:
    beat(desk, ended_at=desk.clock())
    desk.clock.passes(minutes=14)
    assert said(desk) == f"{NOBODY} The last one ended 14 minutes ago on elsewhere in /srv/campaign. Start one: bot run"


def test_who_uses_cron_reads_when_the_last_run_was(desk: CampaignHarness) -> None:
    heart = Heart(WorkerKind.ONCE)
    heart.beat(desk.work, {"mastodon": "", "x": ""}, "")
    assert pulses(desk) == [Pulse.RUNNING]
    heart.beat(desk.work, {"mastodon": "", "x": ""}, "", is_last=True)
    desk.clock.passes(minutes=3)
    assert "bot run --once ran last 3 minutes ago in this folder. What is due goes out when it runs again" in said(desk)


def test_old_heartbeats_are_let_go(desk: CampaignHarness) -> None:
    for _ in range(5):
        beat(desk, kind=WorkerKind.ONCE, ended_at=desk.clock())
        desk.clock.passes(minutes=5)
    assert len(pulses(desk)) == 1
    beat(desk, host="gone")
    desk.clock.passes(days=8)
    beat(desk)
    assert [one.beat.host for one in status(desk.work).workers] == ["elsewhere"]


def test_several_workers_are_told_apart_and_what_is_odd_is_said(desk: CampaignHarness) -> None:
    desk.works()
    desk.clock.passes(seconds=1)
    beat(desk, version="0.0.9", campaign="Another one", accounts={"x": ""}, troubles={"files": "bot.toml:3: error: no"})
    text = said(desk)
    assert "Workers of different versions run: 0.0.9 on elsewhere in /srv/campaign, " in text
    assert 'works for another campaign, "Another one"' in text
    assert len(notes(status(desk.work))) == 2
    desk.clock.passes(minutes=1)
    desk.works()
    assert "Another worker, on elsewhere in /srv/campaign, does not answer: it was last seen 60 seconds ago." in said(
        desk
    )


def test_an_account_that_no_worker_knows_is_said(desk: CampaignHarness) -> None:
    beat(desk, accounts={"mastodon": ""})
    now = status(desk.work)
    assert [one.code for one in now.of_account("x")] == [Obstacle.NO_WORKER_FOR_ACCOUNT]
    assert now.of_account("mastodon") == ()
    assert [one.code for one in now.of_account("nosuch")] == [Obstacle.ACCOUNT_UNKNOWN]


def test_what_the_worker_found_of_secrets_counts_and_else_what_is_seen_here(
    desk: CampaignHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "secret_gap", lambda *_: "no access_token: run: bot login mastodon")
    desk.work = replace(desk.work, platforms={})
    here = status(desk.work)
    assert (codes(here, "mastodon"), here.accounts["mastodon"].condition) == (
        [Obstacle.NO_TOKEN],
        AccountCondition.UNUSABLE,
    )
    assert "mastodon cannot be used from here: no access_token" in said(desk)
    beat(desk, accounts={"mastodon": "", "x": "no api_key"})
    assert codes(status(desk.work), "mastodon") == [], "the worker has secrets that are not seen from here"
    assert "x cannot be used by the worker: no api_key." in said(desk)


def test_each_obstacle_has_its_code_and_its_way_back(desk: CampaignHarness) -> None:
    desk.works()
    until = desk.clock() + timedelta(hours=1)
    with desk.work.store.begin() as tx:
        control.set_account(tx, "mastodon", closed=True, reason="The token was revoked")
        control.set_account(tx, "x", paused_until=until, reason="Too many posts")
    assert codes(status(desk.work), "mastodon") == [Obstacle.ACCOUNT_CLOSED]
    assert codes(status(desk.work), "x") == [Obstacle.RATE_LIMITED]
    with desk.work.store.begin() as tx:
        control.set_account(tx, "mastodon", closed=False, failures=3)
        control.set_account(tx, "x", paused_until=None, in_doubt=True)
    assert codes(status(desk.work), "mastodon") == [Obstacle.OUT_OF_REACH]
    assert codes(status(desk.work), "x") == [Obstacle.NEEDS_RECOVERY]
    desk.work.memory.barred["x"] = "Two accounts share this name."
    stop.stop(desk.work, "ana")
    told = said(desk)
    for words in ("Sending is stopped. To go on, run: bot resume", "bot resume mastodon", "Two accounts share"):
        assert words in told


def test_money_that_is_gone_holds_back_what_is_due_today_alone(tmp_path: Path) -> None:
    desk = CampaignHarness(tmp_path, budget=0.5)
    desk.works()
    with desk.work.store.begin() as tx:
        control.spend(tx, "x", 490_000, desk.clock())
    assert codes(status(desk.work), "x") == [Obstacle.NO_MONEY]
    today, later = desk.plan(draft("a", account="x"), draft("b", account="x", due=timedelta(days=2))).ids
    now = status(desk.work)
    assert [one.code for one in now.of_delivery(desk.one(today))] == [Obstacle.NO_MONEY]
    assert now.of_delivery(desk.one(later)) == ()


def test_what_comes_next_is_true_of_a_delivery_in_every_state(desk: CampaignHarness) -> None:
    made = desk.planned(due=timedelta(hours=1))

    def told() -> str:
        story = explain.story(desk.work, made)
        return next_step_text(desk.work, story.expected, status(desk.work))

    assert told().startswith("It does not go out by itself as things are. No worker runs")
    desk.works()
    assert told().startswith("It goes out by itself at 09:00 UTC.")
    stop.stop(desk.work, "ana")
    assert "Sending is stopped. To go on, run: bot resume" in told()
    stop.resume(desk.work, "ana")
    desk.force(made, expires_at=desk.clock() - timedelta(minutes=1), due_at=desk.clock() - timedelta(hours=1))
    assert "too late by its own rule" in told()
    desk.force(made, expires_at=None, state=State.SENDING)
    assert "when it was last heard of" in told()
    desk.clock.passes(minutes=5)
    assert told().startswith("A worker was sending it, and does not run any more")
    desk.force(made, state=State.SENT, undo_asked_at=desk.clock())
    assert told().startswith("It is to be taken back, and is not yet. No worker runs that could try on")
    desk.works()
    assert told() == "It is to be taken back, and is not yet. The worker that runs tries on."
    closed = "The token was revoked. When that is mended, run: bot resume mastodon."
    with desk.work.store.begin() as tx:
        control.set_account(tx, "mastodon", closed=True, reason="The token was revoked")
    assert told() == f"It is to be taken back, and cannot be as things are. mastodon is closed: {closed}"
    desk.force(made, state=State.UNKNOWN, undo_asked_at=None)
    assert told().startswith(f"It is not looked for as things are. mastodon is closed: {closed} Found, it counts as")


def test_a_copy_of_the_store_has_nobody_who_works_on_it(desk: CampaignHarness) -> None:
    desk.works()
    with desk.work.store.begin() as tx:
        identity.require_recovery(
            tx,
            identity.RecoveryNeeded(identity.RestoreReason.RESTORED, desk.clock(), None, needs_yes=False),
            ["mastodon"],
        )
    assert pulses(desk) == []
    assert NOBODY in said(desk)
    assert doubt_text(
        identity.RecoveryNeeded(identity.RestoreReason.RESTORED, desk.clock(), None, needs_yes=False)
    ) in said(desk)


def test_what_is_mended_is_said_also_by_the_worker_that_comes_after(desk: CampaignHarness) -> None:
    heart, fine = Heart(WorkerKind.RUN), {"mastodon": "", "x": ""}
    desk.planned(waiting_for="live", due=timedelta(minutes=30))
    desk.deliver("mastodon")
    with desk.work.store.begin() as tx:
        control.set_account(tx, "mastodon", closed=True, reason="revoked")
    stop.stop(desk.work, "ana")
    heart.beat(desk.work, fine | {"x": "no api_key"}, "bot.toml:3: error: no")
    assert not desk.told("account_back")
    stop.resume(desk.work, "ana")
    campaign = replace(desk.work.config.campaign, links={"live": "https://live.example/"})
    desk.work = replace(desk.work, config=replace(desk.work.config, campaign=campaign))
    with desk.work.store.begin() as tx:
        tx.exec_driver_sql("UPDATE delivery SET waiting_for = '', error = ''")
    desk.clock.passes(seconds=1)
    Heart(WorkerKind.RUN).beat(desk.work, fine, "")
    told = [(event.name, event.fields.get("account"), event.alarming) for event in desk.events]
    for wanted in (("account_back", "mastodon"), ("account_back", "x"), ("resumed", None), ("files_fine", None)):
        assert (*wanted, False) in told
    assert len(desk.told("link_known")) == 1
    desk.clock.passes(seconds=1)
    Heart(WorkerKind.RUN).beat(desk.work, fine, "")
    assert len(desk.told("account_back")) == 2, "each is said once"


def test_a_source_that_was_told_of_is_told_of_when_it_is_back(
    desk: CampaignHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = poll.source_polls(desk.work)[0]
    read = type(watch.source).read

    def fails(*_: object) -> None:
        raise platform_error(Outcome.NOT_SENT)

    monkeypatch.setattr(type(watch.source), "read", fails)
    poll.read(desk.work, watch)
    monkeypatch.setattr(type(watch.source), "read", read)
    desk.clock.passes(minutes=5)
    for _ in range(2):
        poll.read(desk.work, watch)
    assert len(desk.told("source_failed")) == 1
    (back,) = desk.told("source_back")
    assert event_text(back) == f"{watch.source.name} can be read again, after 5 minutes"


def test_an_account_that_did_not_say_who_we_are_and_does_now_is_told(desk: CampaignHarness) -> None:
    desk.work.memory.handles.clear()
    desk.mastodon.refuse("facts", platform_error())
    own_accounts.learn(desk.work, "mastodon")
    assert [event.alarming for event in desk.told("account_failed")] == [True]
    for _ in range(2):
        own_accounts.learn(desk.work, "mastodon")
    assert [event.fields["account"] for event in desk.told("account_back")] == ["mastodon"]


def test_a_person_who_settles_an_outcome_ends_its_alarm(desk: CampaignHarness) -> None:
    made = desk.planned()
    desk.force(made, state=State.NEEDS_DECISION)
    decisions.resolve_not_sent(desk.work, made, "ana")
    assert [event.fields["delivery"] for event in desk.told("settled")] == [made]


def calls() -> Iterator[tuple[EventName, bool]]:
    """Every event whose name the code tells in so many words, and whether it may be alarming."""
    for file in (Path(__file__).parents[2] / "bot").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
                alarming = [one.value for one in node.keywords if one.arg == "alarming"]
                is_alarming = bool(alarming) and not (isinstance(alarming[0], ast.Constant) and not alarming[0].value)
                if called in {"tell", "tell_of", "_report", "Event"}:
                    for name in filter(None, map(event_of, node.args)):
                        yield name, is_alarming


def event_of(node: ast.AST) -> EventName | None:
    """The event that an expression names."""
    is_name = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "EventName"
    return EventName[node.attr] if is_name and isinstance(node, ast.Attribute) else None


RECKONED = {EventName.POSTPONED, EventName.REJECTED, EventName.UNKNOWN, EventName.ASKED, EventName.GATEWAY}
"""Alarms whose names no call shows; what stands in a table as well is `NEVER_ALARMING`."""

NEVER_ALARMING = {EventName.CONTINUED, EventName.OUT_OTHERWISE}


def test_every_event_is_told_somewhere() -> None:
    assert {name for name, _ in calls()} | RECKONED | NEVER_ALARMING == set(EventName)


def test_every_alarm_has_its_all_clear_in_the_code_and_in_the_docs() -> None:
    alarms = ({name for name, is_alarming in calls() if is_alarming} | RECKONED) - {EventName.SAID}
    assert alarms >= {EventName.MISSED, EventName.FAILED, EventName.ACCOUNT_CLOSED, EventName.WAITING, EventName.HIJACK}
    assert alarms - ALL_CLEAR.keys() - {EventName.SAID} == set(), (
        "say in bot.services.events what comes when it is over"
    )
    docs = (Path(__file__).parents[2] / "docs" / "logs.md").read_text(encoding="utf-8")
    table = docs.partition("## When it is over")[2]
    for name in alarms:
        (row,) = [line for line in table.splitlines() if line.startswith(f"| `{name}` |")]
        for after in ALL_CLEAR[name]:
            assert f"`{after}`" in row, (name, after)


def test_secrets_are_not_asked_for_where_none_are_needed(tmp_path: Path) -> None:
    desk = CampaignHarness(tmp_path)
    accounts = {"stage": Account("stage", PlatformName.REHEARSAL, "")}
    desk.work = replace(desk.work, platforms={}, config=replace(config(), accounts=accounts))
    assert status(desk.work).accounts["stage"].condition is AccountCondition.OPEN
