"""Today in one reading: what needs a person in the order of pressing, what goes next, and what became of the day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import bindparam, event

from bot.causes import CauseCode, because, cause_code
from bot.domain.delivery import State
from bot.services import stop, today
from bot.services.band import Stand
from bot.services.heartbeat import Heart
from bot.services.moderation import approval
from bot.services.protection import forget
from bot.services.status import Obstacle
from bot.services.today import Dot, NeedCode
from bot.store import authors, control, deliveries, workers
from bot.store.control import AutomaticApproval
from bot.store.engine import UtcDateTime
from bot.store.workers import WorkerKind
from tests.harness.campaign import CampaignHarness, draft
from tests.harness.rehearsal_networks import START

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _our_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database server's clock is ours here."""
    monkeypatch.setattr(workers, "clock_part", lambda _dialect: bindparam("now", type_=UtcDateTime))


def needs(harness: CampaignHarness) -> list[NeedCode]:
    return [waiting.code for waiting in today.read(harness.work).waits]


@contextmanager
def asked(harness: CampaignHarness) -> Iterator[list[str]]:
    """The queries that are made meanwhile."""
    queries: list[str] = []

    def note(_tx: object, _cursor: object, statement: str, *_more: object) -> None:
        queries.append(statement)

    event.listen(harness.work.store.engine, "before_cursor_execute", note)
    yield queries
    event.remove(harness.work.store.engine, "before_cursor_execute", note)


def test_nothing_is_planned_and_nobody_works(harness: CampaignHarness) -> None:
    found = today.read(harness.work)
    assert found.is_empty
    assert (found.day, found.days, found.next_at, found.posts, found.today) == (START.date(), 0, None, {}, ())
    assert [waiting.code for waiting in found.waits] == [NeedCode.NO_WORKER]
    rehearsed = today.read(replace(harness.work, is_rehearsal=True))
    assert (rehearsed.waits, rehearsed.band.stand) == ((), Stand.AT_WORK), (
        "its playback is at work, if not at all hours"
    )
    harness.works()
    assert needs(harness) == []
    assert today.read(harness.work).needs == {}


def test_the_day_is_told_by_message_and_language(harness: CampaignHarness) -> None:
    harness.works()
    report = harness.plan(
        *(draft(account=account, due=-HOUR) for account in ("mastodon", "x")),
        draft(language="de", parts=("Frei!",), due=HOUR),
        draft("thanks", parts=("Thank you.",), due=2 * HOUR),
        draft("thanks", parts=("Thanks.",), due=DAY),
    )
    out, unknown, due, later, tomorrow = report.ids
    harness.force(out, state=State.SENT, sent_at=START)
    harness.force(unknown, state=State.NEEDS_DECISION)
    found = today.read(harness.work)
    assert found.posts == {Dot.OUT: 1, Dot.UNKNOWN: 1, Dot.DUE: 2}
    assert found.next_at == START + HOUR
    call, thanks = found.today
    assert (call.message, [wording.language for wording in call.languages]) == ("call", ["en", "de"])
    assert [(dot.account, dot.dot, dot.delivery) for dot in call.languages[0].dots] == [
        ("mastodon", Dot.OUT, out),
        ("x", Dot.UNKNOWN, unknown),
    ]
    assert [(dot.dot, dot.delivery) for dot in call.languages[1].dots] == [(Dot.DUE, due)]
    assert (thanks.message, thanks.languages[0].at) == ("thanks", START + 2 * HOUR)
    assert [(upcoming.day - START.date(), upcoming.message, upcoming.at) for upcoming in found.upcoming] == [
        (timedelta(), "call", START + HOUR),
        (timedelta(), "thanks", START + 2 * HOUR),
        (DAY, "thanks", START + DAY),
    ]
    ids = [row.id for upcoming in found.upcoming for wording in upcoming.wordings for row in wording.deliveries]
    assert ids == [due, later, tomorrow]
    assert (found.first_due, found.last_due) == (START - HOUR, START + DAY)
    (question,) = found.waits
    assert (question.code, [row.id for row in question.deliveries]) == (NeedCode.UNKNOWN_OUTCOME, [unknown])


def test_what_is_most_pressing_stands_first(harness: CampaignHarness) -> None:
    """Everything at once: each kind is told, with what it is about."""
    report = harness.plan(
        draft(due=HOUR / 2, waiting_for="live"),
        draft("later", parts=("Later.",), due=2 * DAY, waiting_for="stream"),
        draft("later", parts=("Later, too.",), language="be", due=2 * DAY, waiting_for="stream"),
        *(draft("refused", parts=(f"No. {number}",), due=-HOUR) for number in range(2)),
        draft("held", parts=("Almost the same.",), due=HOUR),
        draft("trouble", parts=("Too long.",), due=HOUR),
        draft("unknown", parts=("Out?",), account="x", due=-HOUR),
    )
    now, _, _, refused, refused_too, held, trouble, unknown = report.ids
    for number in (refused, refused_too):
        harness.force(number, state=State.REJECTED, error="the token was revoked")
    harness.force(held, state=State.HELD, held_for="near_words")
    harness.force(trouble, trouble="it takes 500 characters")
    harness.force(unknown, state=State.NEEDS_DECISION)
    Heart(WorkerKind.RUN).beat(harness.work, {"mastodon": ""}, "bot.toml:7: error: no such key")
    harness.solidarity()
    harness.read()
    with harness.work.store.begin() as tx:
        control.set_account(tx, "x", closed=True, reason="suspended", failing_since=START)
        authors.add_stop_request(tx, "a post", "an author", None, START)
        why = because(CauseCode.HIJACK, authors=7, within_s=3600)
        control.set_automatic_approval(tx, AutomaticApproval(is_on=False, since=START, why=why))
    stop.stop(harness.work, "Kasia")
    found = today.read(harness.work)
    assert [waiting.code for waiting in found.waits] == [
        NeedCode.STOPPED,
        NeedCode.FILES_AT_FAULT,
        NeedCode.UNKNOWN_OUTCOME,
        NeedCode.LINK_DUE,
        NeedCode.ACCOUNT_CLOSED,
        NeedCode.MAY_WANT_OUT,
        NeedCode.TROUBLE_AHEAD,
        NeedCode.REJECTED,
        NeedCode.HELD_BACK,
        NeedCode.ALARM,
        NeedCode.APPROVALS,
        NeedCode.LINK_MISSING,
    ]
    by_code = {waiting.code: waiting for waiting in found.waits}
    assert (by_code[NeedCode.STOPPED].by, by_code[NeedCode.STOPPED].since) == ("Kasia", harness.clock())
    assert by_code[NeedCode.FILES_AT_FAULT].reason == "bot.toml:7: error: no such key"
    assert (by_code[NeedCode.LINK_DUE].link, by_code[NeedCode.LINK_DUE].deliveries[0].id) == ("live", now)
    assert (by_code[NeedCode.LINK_MISSING].link, by_code[NeedCode.LINK_MISSING].count) == ("stream", 2)
    closed = by_code[NeedCode.ACCOUNT_CLOSED]
    assert (closed.account, closed.reason, closed.obstacle) == ("x", "suspended", Obstacle.ACCOUNT_CLOSED)
    assert (by_code[NeedCode.REJECTED].count, by_code[NeedCode.REJECTED].reason) == (2, "the token was revoked")
    assert (by_code[NeedCode.APPROVALS].count, by_code[NeedCode.APPROVALS].with_care) == (1, 0)
    assert by_code[NeedCode.ALARM].reason == why
    assert found.waiting_for_link == 1
    approval.switch(harness.work, "Ana", on=False)
    assert NeedCode.ALARM not in needs(harness), "a person has looked at it"


def test_accounts_and_sources_are_told_as_they_stand(harness: CampaignHarness) -> None:
    harness.works()
    harness.read()
    found = today.read(harness.work)
    assert [(account.name, account.status.hindrances, account.spent) for account in found.accounts] == [
        ("mastodon", (), 0),
        ("x", (), 0),
    ]
    assert found.accounts[0].handle == harness.mastodon.handle
    assert found.sources.total > 0
    assert (found.sources.failing, found.sources.behind) == ((), timedelta())


def test_today_is_read_in_few_queries_however_much_there_is(harness: CampaignHarness) -> None:
    harness.works()
    harness.read()
    counted = []
    for number in range(3):
        harness.plan(
            *(draft(f"message-{number}", parts=(f"Text {number} {post}",), due=post * HOUR) for post in range(9))
        )
        with asked(harness) as queries:
            today.read(harness.work)
        counted.append(len([query for query in queries if query.lstrip().upper().startswith(("SELECT", "WITH"))]))
    assert len(set(counted)) == 1
    assert counted[0] <= 6, queries


def test_a_post_that_names_who_asked_to_be_left_alone_waits_for_a_person(harness: CampaignHarness) -> None:
    harness.works()
    thanks = harness.planned(message="thanks", parts=("Thank you, @ana@elsewhere.example!",), due=HOUR)
    assert [waiting.code for waiting in today.read(harness.work).waits] == []
    forget.forget(harness.work, "@Ana@elsewhere.example", "Kasia")
    (waiting,) = today.read(harness.work).waits
    assert (waiting.code, [row.id for row in waiting.deliveries]) == (NeedCode.HELD_BACK, [thanks])
    assert cause_code(waiting.reason) is CauseCode.NAMES_SOMEBODY


def test_what_is_held_since_a_backup_was_put_back_waits_for_a_person_as_one_thing(harness: CampaignHarness) -> None:
    harness.works()
    harness.plan(draft("one", due=HOUR), draft("two", parts=("Go on.",), due=HOUR), draft("three", due=2 * HOUR))
    held = [one.id for one in harness.all()][:2]
    with harness.work.store.begin() as tx:
        for number in held:
            error = because(CauseCode.NOT_KNOWN_AFTER_RESTORE, delivery=number)
            deliveries.step(tx, number, State.PLANNED, State.HELD, error=error)
    (waiting,) = today.read(harness.work).waits
    assert (waiting.code, [row.id for row in waiting.deliveries]) == (NeedCode.HELD_BACK, held)
