"""A worker on PostgreSQL is woken by whoever gives it something to do, and asks the store hardly ever otherwise."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import event

from bot.app import App, open_app
from bot.clock import system_clock
from bot.domain.delivery import State
from bot.services import compose, decisions, stop
from bot.services.events import Event
from bot.store import deliveries
from bot.worker import worker
from bot.worker.jobs import WakeSchedule
from bot.worker.worker import Worker
from tests.harness import rehearsal_campaign
from tests.harness.bot_process import until
from tests.harness.postgresql import postgresql
from tests.harness.stores import PostgresqlStorePool, store_pool

NOON = datetime(2025, 4, 16, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PostgresqlStorePool:
    """A campaign on PostgreSQL, and a worker that but for NOTIFY would look once an hour."""
    rehearsal_campaign.make_waiting(tmp_path)
    found = store_pool("postgresql")
    found.clear()
    assert isinstance(found, PostgresqlStorePool)
    monkeypatch.setenv("DATABASE_URL", found.url)
    monkeypatch.setattr(worker, "LONGEST_UNASKED", timedelta(hours=1))
    return found


@contextmanager
def working(folder: Path, told: list[Event]) -> Iterator[App]:
    app = open_app(folder / "bot.toml", system_clock, told.append)
    app.connect()
    app.plan()
    thread = threading.Thread(target=Worker(app).run)
    thread.start()
    try:
        until(lambda: any(one.name == "working" for one in told))
        yield app
    finally:
        app.work.stopping.set()
        thread.join(20)
        app.close()
    assert not thread.is_alive()


@pytest.fixture
def person(served: PostgresqlStorePool, tmp_path: Path) -> Iterator[App]:
    """Somebody at another terminal."""
    app = open_app(tmp_path / "bot.toml", system_clock, lambda _: None)
    yield app
    app.close()


def is_sent(app: App, delivery_id: int) -> bool:
    with app.work.store.read() as tx:
        found = deliveries.get(tx, delivery_id)
    return found is not None and found.state is State.SENT


def test_what_a_person_queues_or_releases_goes_out_without_waiting_for_a_look(person: App, tmp_path: Path) -> None:
    with working(tmp_path, []):
        one = compose.post(person.work, "Now!", "union", "now", "en", "1h", "ana")
        until(lambda: is_sent(person, one.id))
        later = (system_clock() + timedelta(hours=2)).isoformat()
        other = compose.post(person.work, "Held.", "union", later, "en", "1h", "ana")
        decisions.cancel(person.work, other.id, "ana")
        stop.stop(person.work, "ana")
        third = compose.post(person.work, "After the stop.", "union", "now", "en", "1h", "ana")
        assert not is_sent(person, third.id)
        stop.resume(person.work, "ana")
        until(lambda: is_sent(person, third.id))


def test_what_is_due_later_leaves_at_its_second_without_another_look(person: App, tmp_path: Path) -> None:
    with working(tmp_path, []):
        due = system_clock() + 2 * SECOND
        one = compose.post(person.work, "In two seconds.", "union", due.isoformat(), "en", "1h", "ana")
        until(lambda: is_sent(person, one.id))
        with person.work.store.read() as tx:
            sent = deliveries.get(tx, one.id)
    assert sent is not None
    assert sent.sent_at is not None
    assert sent.sent_at >= due


def test_a_bell_whose_connection_was_cut_misses_nothing(
    person: App, tmp_path: Path, served: PostgresqlStorePool
) -> None:
    with working(tmp_path, []):
        for number in range(3):
            postgresql().cut(served.database)
            person.work.store.close()  # whoever comes next at the terminal has a connection that is whole
            one = compose.post(person.work, f"After cut {number}.", "union", "now", "en", "1h", "ana")
            until(partial(is_sent, person, one.id))


def test_an_idle_worker_does_not_ask_every_second(person: App, tmp_path: Path) -> None:
    asked: list[str] = []
    with working(tmp_path, []) as app:
        one = compose.post(person.work, "First.", "union", "now", "en", "1h", "ana")
        until(lambda: is_sent(person, one.id))
        until(lambda: app.work.clock() > one.due_at + 2 * SECOND)
        event.listen(app.work.store.engine, "before_cursor_execute", lambda *words: asked.append(words[2]))
        begun = app.work.clock()
        until(lambda: app.work.clock() > begun + 3 * SECOND)
        assert [one for one in asked if one.startswith("UPDATE delivery")] == []


def schedule(every: timedelta, *due: datetime) -> WakeSchedule:
    """One that has looked at noon, with nothing due before."""
    made = WakeSchedule(every, lambda after: min(each for each in due if each > after))
    assert made.is_time(NOON), "nobody has looked yet"
    return made


def is_time(looking: WakeSchedule, now: datetime) -> bool:
    """What a waking finds out."""
    looking.look_up(now)
    return looking.is_time(now)


def test_the_store_is_asked_when_something_is_due_or_the_clock_went_wrong() -> None:
    looking = schedule(timedelta(minutes=5), NOON + 10 * SECOND, NOON + timedelta(hours=1))
    assert not is_time(looking, NOON + 9 * SECOND)
    assert is_time(looking, NOON + 10 * SECOND)
    assert not is_time(looking, NOON + 11 * SECOND)
    assert is_time(looking, NOON + timedelta(minutes=6)), "somebody may have died at it"
    assert is_time(looking, NOON - timedelta(hours=1)), "the clock was set back"
    assert not is_time(looking, NOON - timedelta(minutes=59))
    looking.forget()
    assert is_time(looking, NOON - timedelta(minutes=59)), "somebody rang"


def test_what_becomes_due_while_a_job_is_at_work_is_due_at_the_next_waking() -> None:
    looking = schedule(timedelta(minutes=5), NOON + 10 * SECOND, NOON + 20 * SECOND, NOON + timedelta(hours=1))
    assert is_time(looking, NOON + 10 * SECOND)
    looking.look_up(NOON + 10 * SECOND)
    looking.forget_due()  # the job ends at a moment in which something else becomes due
    assert is_time(looking, NOON + 20 * SECOND + SECOND / 20)


def test_what_becomes_due_while_a_waking_is_at_work_is_due_at_the_next_one() -> None:
    looking = schedule(timedelta(minutes=5), NOON + 10 * SECOND, NOON + timedelta(hours=1))
    now = NOON + 10 * SECOND + SECOND / 20
    looking.look_up(now)
    looking.forget_due()  # a job ends just then
    assert not looking.is_time(now)
    looking.look_up(now)
    assert looking.next_wake(now + SECOND) < now, "it wakes again at once"
    assert is_time(looking, now)


def test_a_change_while_the_store_is_asked_is_asked_for_again() -> None:
    due = [NOON + timedelta(hours=1)]

    def asked(after: datetime) -> datetime:
        answer = min(each for each in due if each > after)
        if len(due) == 1:  # a job puts something off by a minute before the answer is there
            due.append(NOON + timedelta(minutes=1))
            looking.forget_due()
        return answer

    looking = WakeSchedule(timedelta(hours=2), asked)
    assert is_time(looking, NOON)
    looking.look_up(NOON)
    assert is_time(looking, NOON + timedelta(minutes=1))


def test_what_became_due_shortly_before_a_worker_began_is_due_at_its_first_waking_alone() -> None:
    due = (NOON - timedelta(minutes=1), NOON + timedelta(hours=1))
    looking = WakeSchedule(
        timedelta(0), lambda after: min(each for each in due if each > after), before=timedelta(minutes=5)
    )
    looking.look_up(NOON)
    assert looking.is_due(NOON)
    assert looking.is_time(NOON)
    looking.forget()  # it is held back, and what can wait does not wait for ever
    looking.look_up(NOON + SECOND)
    assert not looking.is_due(NOON + SECOND)


def test_without_a_bell_every_waking_looks() -> None:
    looking = schedule(timedelta(0), NOON + timedelta(hours=1))
    assert is_time(looking, NOON)
    assert is_time(looking, NOON)
