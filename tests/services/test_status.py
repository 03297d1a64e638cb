"""Silence is not health: who works on the campaign, what keeps things back, and what is said when that is over."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import bindparam

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
    monkeypatch.setattr(workers, "clock_part", lambda _dialect: bindparam("now", type_=UtcDateTime))


def beat(harness: CampaignHarness, **some: object) -> Heartbeat:
    """A heartbeat of some other machine's worker."""
    now = harness.clock()
    values: dict[str, object] = {
        "key": f"{some.get('host', 'elsewhere')} {some.get('kind', 'run')} {now}",
        "kind": WorkerKind.RUN,
        "host": "elsewhere",
        "folder": "/srv/campaign",
        "campaign": "The campaign",
        "version": "0.1.0",
        "pid": 4711,
        "process": "",
        "every_s": 10,
        "since": now,
        "beat_at": now,
        "accounts": {"mastodon": "", "x": ""},
    }
    made = Heartbeat(**(values | some))  # type: ignore[arg-type]
    with harness.work.store.begin() as tx:
        workers.beat(tx, made)
    return made


def said(harness: CampaignHarness) -> str:
    return "\n".join(obstacles(status(harness.work)))


def pulses(harness: CampaignHarness) -> list[Pulse]:
    return [one.pulse for one in status(harness.work).workers]


def codes(now: CampaignStatus, account: str) -> list[Obstacle]:
    return [one.code for one in now.accounts[account].hindrances]


def test_nobody_has_ever_worked_and_then_somebody_does(harness: CampaignHarness) -> None:
    assert said(harness) == f"{NOBODY} Start one: bot run"
    harness.works()
    assert (pulses(harness), said(harness)) == ([Pulse.RUNNING], "")
    (line,) = worker_lines(status(harness.work))
    assert line.startswith("bot run in this folder, version ")


@pytest.mark.parametrize(
    ("passed", "pulse"), [(34, Pulse.RUNNING), (36, Pulse.SILENT), (-34, Pulse.RUNNING), (-3600, Pulse.SILENT)]
)
def test_a_worker_of_another_machine_counts_as_long_as_its_beats_come(
    harness: CampaignHarness, passed: int, pulse: Pulse
) -> None:
    """Also by a clock that is behind or ahead, and never for long by one that was set."""
    beat(harness)
    harness.clock.passes(seconds=passed)
    assert pulses(harness) == [pulse]
    if pulse is Pulse.SILENT:
        assert "The worker on elsewhere in /srv/campaign does not answer: it was last seen " in said(harness)


def test_a_worker_that_was_killed_is_known_at_once_where_its_machine_can_be_asked(harness: CampaignHarness) -> None:
    beat(harness, pid=os.getpid(), process=process_of(os.getpid()))
    assert pulses(harness) == [Pulse.RUNNING]
    harness.clock.passes(seconds=1)
    beat(harness, host="another", pid=os.getpid(), process=process_of(os.getpid()) + "0")
    assert pulses(harness) == [Pulse.KILLED, Pulse.RUNNING], "a number that another process has by now is not it"


def test_an_end_is_said_with_when_and_where(harness: CampaignHarness) -> None:
    beat(harness, ended_at=harness.clock())
    harness.clock.passes(minutes=14)
    assert (
        said(harness) == f"{NOBODY} The last one ended 14 minutes ago on elsewhere in /srv/campaign. Start one: bot run"
    )


def test_who_uses_cron_reads_when_the_last_run_was(harness: CampaignHarness) -> None:
    heart = Heart(WorkerKind.ONCE)
    heart.beat(harness.work, {"mastodon": "", "x": ""}, "")
    assert pulses(harness) == [Pulse.RUNNING]
    heart.beat(harness.work, {"mastodon": "", "x": ""}, "", is_last=True)
    harness.clock.passes(minutes=3)
    assert "bot run --once ran last 3 minutes ago in this folder. What is due goes out when it runs again" in said(
        harness
    )


def test_old_heartbeats_are_let_go(harness: CampaignHarness) -> None:
    for _ in range(5):
        beat(harness, kind=WorkerKind.ONCE, ended_at=harness.clock())
        harness.clock.passes(minutes=5)
    assert len(pulses(harness)) == 1
    beat(harness, host="gone")
    harness.clock.passes(days=8)
    beat(harness)
    assert [one.beat.host for one in status(harness.work).workers] == ["elsewhere"]


def test_several_workers_are_told_apart_and_what_is_odd_is_said(harness: CampaignHarness) -> None:
    harness.works()
    harness.clock.passes(seconds=1)
    beat(
        harness,
        version="0.0.9",
        campaign="Another one",
        accounts={"x": ""},
        troubles={"files": "bot.toml:3: error: no"},
    )
    text = said(harness)
    assert "Workers of different versions run: 0.0.9 on elsewhere in /srv/campaign, " in text
    assert 'works for another campaign, "Another one"' in text
    assert len(notes(status(harness.work))) == 2
    harness.clock.passes(minutes=1)
    harness.works()
    assert "Another worker, on elsewhere in /srv/campaign, does not answer: it was last seen 60 seconds ago." in said(
        harness
    )


def test_an_account_that_no_worker_knows_is_said(harness: CampaignHarness) -> None:
    beat(harness, accounts={"mastodon": ""})
    now = status(harness.work)
    assert [one.code for one in now.of_account("x")] == [Obstacle.NO_WORKER_FOR_ACCOUNT]
    assert now.of_account("mastodon") == ()
    assert [one.code for one in now.of_account("nosuch")] == [Obstacle.ACCOUNT_UNKNOWN]


def test_what_the_worker_found_of_secrets_counts_and_else_what_is_seen_here(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "secret_gap", lambda *_: "no access_token: run: bot login mastodon")
    harness.work = replace(harness.work, platforms={})
    here = status(harness.work)
    assert (codes(here, "mastodon"), here.accounts["mastodon"].condition) == (
        [Obstacle.NO_TOKEN],
        AccountCondition.UNUSABLE,
    )
    assert "mastodon cannot be used from here: no access_token" in said(harness)
    beat(harness, accounts={"mastodon": "", "x": "no api_key"})
    assert codes(status(harness.work), "mastodon") == [], "the worker has secrets that are not seen from here"
    assert "x cannot be used by the worker: no api_key." in said(harness)


def test_each_obstacle_has_its_code_and_its_way_back(harness: CampaignHarness) -> None:
    harness.works()
    until = harness.clock() + timedelta(hours=1)
    with harness.work.store.begin() as tx:
        control.set_account(tx, "mastodon", closed=True, reason="The token was revoked")
        control.set_account(tx, "x", paused_until=until, reason="Too many posts")
    assert codes(status(harness.work), "mastodon") == [Obstacle.ACCOUNT_CLOSED]
    assert codes(status(harness.work), "x") == [Obstacle.RATE_LIMITED]
    with harness.work.store.begin() as tx:
        control.set_account(tx, "mastodon", closed=False, failures=3)
        control.set_account(tx, "x", paused_until=None, in_doubt=True)
    assert codes(status(harness.work), "mastodon") == [Obstacle.OUT_OF_REACH]
    assert codes(status(harness.work), "x") == [Obstacle.NEEDS_RECOVERY]
    harness.work.memory.barred["x"] = "Two accounts share this name."
    stop.stop(harness.work, "ana")
    told = said(harness)
    for words in ("Sending is stopped. To go on, run: bot resume", "bot resume mastodon", "Two accounts share"):
        assert words in told


def test_money_that_is_gone_holds_back_what_is_due_today_alone(tmp_path: Path) -> None:
    harness = CampaignHarness(tmp_path, budget=0.5)
    harness.works()
    with harness.work.store.begin() as tx:
        control.spend(tx, "x", 490_000, harness.clock())
    assert codes(status(harness.work), "x") == [Obstacle.NO_MONEY]
    today, later = harness.plan(draft("a", account="x"), draft("b", account="x", due=timedelta(days=2))).ids
    now = status(harness.work)
    assert [one.code for one in now.of_delivery(harness.one(today))] == [Obstacle.NO_MONEY]
    assert now.of_delivery(harness.one(later)) == ()


def test_what_comes_next_is_true_of_a_delivery_in_every_state(harness: CampaignHarness) -> None:
    made = harness.planned(due=timedelta(hours=1))

    def told() -> str:
        story = explain.story(harness.work, made)
        return next_step_text(harness.work, story.expected, status(harness.work))

    assert told().startswith("It does not go out by itself as things are. No worker runs")
    harness.works()
    assert told().startswith("It goes out by itself at 09:00 UTC.")
    stop.stop(harness.work, "ana")
    assert "Sending is stopped. To go on, run: bot resume" in told()
    stop.resume(harness.work, "ana")
    harness.force(made, expires_at=harness.clock() - timedelta(minutes=1), due_at=harness.clock() - timedelta(hours=1))
    assert "too late by its own rule" in told()
    harness.force(made, expires_at=None, state=State.SENDING)
    assert "when it was last heard of" in told()
    harness.clock.passes(minutes=5)
    assert told().startswith("A worker was sending it, and does not run any more")
    harness.force(made, state=State.SENT, undo_asked_at=harness.clock())
    assert told().startswith("It is to be taken back, and is not yet. No worker runs that could try on")
    harness.works()
    assert told() == "It is to be taken back, and is not yet. The worker that runs tries on."
    closed = "The token was revoked. When that is mended, run: bot resume mastodon."
    with harness.work.store.begin() as tx:
        control.set_account(tx, "mastodon", closed=True, reason="The token was revoked")
    assert told() == f"It is to be taken back, and cannot be as things are. mastodon is closed: {closed}"
    harness.force(made, state=State.UNKNOWN, undo_asked_at=None)
    assert told().startswith(f"It is not looked for as things are. mastodon is closed: {closed} Found, it counts as")


def test_a_copy_of_the_store_has_nobody_who_works_on_it(harness: CampaignHarness) -> None:
    harness.works()
    with harness.work.store.begin() as tx:
        identity.require_recovery(
            tx,
            identity.RecoveryNeeded(identity.RestoreReason.RESTORED, harness.clock(), None, needs_yes=False),
            ["mastodon"],
        )
    assert pulses(harness) == []
    assert NOBODY in said(harness)
    assert doubt_text(
        identity.RecoveryNeeded(identity.RestoreReason.RESTORED, harness.clock(), None, needs_yes=False)
    ) in said(harness)


def test_what_is_mended_is_said_also_by_the_worker_that_comes_after(harness: CampaignHarness) -> None:
    heart, fine = Heart(WorkerKind.RUN), {"mastodon": "", "x": ""}
    harness.planned(waiting_for="live", due=timedelta(minutes=30))
    harness.deliver("mastodon")
    with harness.work.store.begin() as tx:
        control.set_account(tx, "mastodon", closed=True, reason="revoked")
    stop.stop(harness.work, "ana")
    heart.beat(harness.work, fine | {"x": "no api_key"}, "bot.toml:3: error: no")
    assert not harness.told("account_back")
    stop.resume(harness.work, "ana")
    campaign = replace(harness.work.config.campaign, links={"live": "https://live.example/"})
    harness.work = replace(harness.work, config=replace(harness.work.config, campaign=campaign))
    with harness.work.store.begin() as tx:
        tx.exec_driver_sql("UPDATE delivery SET waiting_for = '', error = ''")
    harness.clock.passes(seconds=1)
    Heart(WorkerKind.RUN).beat(harness.work, fine, "")
    told = [(event.name, event.fields.get("account"), event.alarming) for event in harness.events]
    for wanted in (("account_back", "mastodon"), ("account_back", "x"), ("resumed", None), ("files_fine", None)):
        assert (*wanted, False) in told
    assert len(harness.told("link_known")) == 1
    harness.clock.passes(seconds=1)
    Heart(WorkerKind.RUN).beat(harness.work, fine, "")
    assert len(harness.told("account_back")) == 2, "each is said once"


def test_a_source_that_was_told_of_is_told_of_when_it_is_back(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = poll.source_polls(harness.work)[0]
    read = type(watch.source).read

    def fails(*_: object) -> None:
        raise platform_error(Outcome.NOT_SENT)

    monkeypatch.setattr(type(watch.source), "read", fails)
    poll.read(harness.work, watch)
    monkeypatch.setattr(type(watch.source), "read", read)
    harness.clock.passes(minutes=5)
    for _ in range(2):
        poll.read(harness.work, watch)
    assert len(harness.told("source_failed")) == 1
    (back,) = harness.told("source_back")
    assert event_text(back) == f"{watch.source.name} can be read again, after 5 minutes"


def test_an_account_that_did_not_say_who_we_are_and_does_now_is_told(harness: CampaignHarness) -> None:
    harness.work.memory.handles.clear()
    harness.mastodon.refuse("facts", platform_error())
    own_accounts.learn(harness.work, "mastodon")
    assert [event.alarming for event in harness.told("account_failed")] == [True]
    for _ in range(2):
        own_accounts.learn(harness.work, "mastodon")
    assert [event.fields["account"] for event in harness.told("account_back")] == ["mastodon"]


def test_a_person_who_settles_an_outcome_ends_its_alarm(harness: CampaignHarness) -> None:
    made = harness.planned()
    harness.force(made, state=State.NEEDS_DECISION)
    decisions.resolve_not_sent(harness.work, made, "ana")
    assert [event.fields["delivery"] for event in harness.told("settled")] == [made]


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
    harness = CampaignHarness(tmp_path)
    accounts = {"stage": Account("stage", PlatformName.REHEARSAL, "")}
    harness.work = replace(harness.work, platforms={}, config=replace(config(), accounts=accounts))
    assert status(harness.work).accounts["stage"].condition is AccountCondition.OPEN
