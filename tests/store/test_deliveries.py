"""Rows move by conditional updates: zero changed rows means that somebody else was first."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import StatementError

from bot.domain.delivery import STEPS, SentPart, State
from bot.errors import StoreError
from bot.store import control, deliveries, past_requests
from bot.store import schema as t
from bot.store.store import Store
from tests.harness.campaign import IMAGE, draft
from tests.harness.rehearsal_networks import START
from tests.harness.stores import PostgresqlStorePool
from tests.store.stored_deliveries import HOUR, got, made


def test_a_delivery_is_read_as_it_was_written(store: Store) -> None:
    wanted = draft(parts=("Раз. 🎬", "Два."), media=[IMAGE], language="be", waiting_for="live")
    with store.begin() as tx:
        one = deliveries.add(tx, **deliveries.row_of(wanted, State.PLANNED))
    found = got(store, one)
    assert (found.content, found.content_hash) == (wanted.content, wanted.content_hash)
    assert (found.due_at, found.expires_at, found.wall_time) == (wanted.due_at, wanted.expires_at, wanted.wall_time)
    assert (found.length, found.limit, found.waiting_for) == (wanted.length, wanted.limit, "live")


@pytest.mark.parametrize("start", State)
def test_a_step_is_one_that_a_deliverys_life_has(store: Store, start: State) -> None:
    for to in State:
        one = made(store, start)
        with store.begin() as tx:
            if to in STEPS[start]:
                assert deliveries.step(tx, one, start, to, error="moved"), to
            else:
                with pytest.raises(ValueError, match="there is no step"):
                    deliveries.step(tx, one, start, to, error="moved")
        assert got(store, one).state is (to if to in STEPS[start] else start)


def test_who_comes_second_changes_nothing(store: Store) -> None:
    one = made(store)
    with store.begin() as tx:
        assert deliveries.step(tx, one, State.PLANNED, State.HELD, error="first")
        assert not deliveries.step(tx, one, State.PLANNED, State.CANCELLED, error="second")
        assert not deliveries.change(tx, one, [State.PLANNED], error="second")
    assert (got(store, one).state, got(store, one).error) == (State.HELD, "first")


def test_a_state_is_changed_by_a_step_alone(store: Store) -> None:
    one = made(store)
    with store.begin() as tx, pytest.raises(ValueError, match="by a step"):
        deliveries.change(tx, one, [State.PLANNED], state=State.SENT)


def test_attempts_are_found_by_part_and_revision(store: Store) -> None:
    one = made(store, parts=("1", "2"))
    rest = {"started_at": START, "deadline": START + HOUR, "content_hash": "h", "idempotency_key": "k"}
    with store.begin() as tx:
        for number, (part, revision) in enumerate(((0, 0), (0, 0), (1, 0), (0, 1)), start=1):
            deliveries.record_attempt(tx, delivery_id=one, part=part, revision=revision, number=number, **rest)
        deliveries.change(tx, one, [State.PLANNED], revision=1, attempts=4)
        now = deliveries.get(tx, one)
        assert now is not None
        assert [attempt.number for attempt, _ in past_requests.attempts_of_part(tx, now, 0)] == [4]
        assert [attempt.number for attempt, _ in past_requests.attempts_of_part(tx, now, 0, every_revision=True)] == [
            1,
            2,
            4,
        ]


def test_no_two_attempts_have_the_same_number(store: Store) -> None:
    one = made(store)
    rest = {"started_at": START, "deadline": START + HOUR, "content_hash": "h", "idempotency_key": "k"}
    with store.begin() as tx:
        deliveries.record_attempt(tx, delivery_id=one, part=0, revision=0, number=1, **rest)
    with pytest.raises(StoreError, match=r"(?i)unique"), store.begin() as tx:
        deliveries.record_attempt(tx, delivery_id=one, part=1, revision=1, number=1, **rest)


def test_of_many_sent_a_page_has_what_is_out_of_each(store: Store) -> None:
    ids = _many_sent(store)
    with store.read() as tx:
        page = deliveries.page_by_due_time(tx, [State.SENT], 600)
    assert [[part.post_id for part in sent.sent_parts] for sent in page] == [
        [f"{one}-0", f"{one}-1"] for one in ids[:600]
    ]


def test_what_is_out_is_read_of_the_deliveries_on_the_page_alone(file_store: Store) -> None:
    """However many these are: all that was ever sent would be read anew for each page of a long list."""
    ids, asked = _many_sent(file_store), list[str]()
    with file_store.read() as tx:
        driver: Any = tx.connection.driver_connection
        driver.set_trace_callback(asked.append)
        deliveries.page_by_due_time(tx, [State.SENT], 600)
        driver.set_trace_callback(None)
    (question,) = (statement for statement in asked if "FROM sent_part" in statement)
    assert f",{ids[599]}]" in question
    assert f",{ids[600]}" not in question


def _many_sent(store: Store) -> list[int]:
    """Store 700 threads of two parts that are out, and return their numbers."""
    sent = deliveries.row_of(draft(), State.SENT) | {"attempts": 2}
    with store.begin() as tx:
        tx.execute(insert(t.delivery), [sent] * 700)
        ids = list(deliveries.due_times(tx, [State.SENT], {}))
        parts = [(one, SentPart(index, f"{one}-{index}", "")) for one in ids for index in (0, 1)]
        tx.execute(insert(t.sent_part), [deliveries.part_row(one, part, START) for one, part in parts])
    return ids


def test_an_instant_without_a_zone_is_refused(store: Store) -> None:
    wanted = replace(draft(), due_at=START.replace(tzinfo=None))
    with pytest.raises(StatementError, match="with a zone"), store.begin() as tx:
        deliveries.add(tx, **deliveries.row_of(wanted, State.PLANNED))


def test_who_has_waited_for_a_delivery_sees_that_all_was_stopped_meanwhile(served: PostgresqlStorePool) -> None:
    store, found = served.take(), []
    one = got(store, made(store, State.CLAIMED))

    def wait() -> None:
        with store.begin() as tx:
            found.append(deliveries.as_it_stands(tx, one))

    waiting = threading.Thread(target=wait)
    with store.begin() as tx:
        deliveries.change(tx, one.id, [State.CLAIMED], error="being changed")
        with store.begin() as other:
            assert deliveries.as_it_stands(other, one, waits=False) is None
        waiting.start()
        while not tx.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE NOT granted").scalar():
            assert waiting.is_alive()
        control.stop(tx, START, "Ana")
    waiting.join()
    assert [(standing[0].state, standing[1].stopped) for standing in found if standing] == [(State.CLAIMED, True)]


def test_contents_that_are_not_read_to_the_end_leave_no_cursor_open(store: Store) -> None:
    """On PostgreSQL they come by a cursor of the server's; that it was left open, the driver warns."""
    numbers = [made(store) for _ in range(3)]
    with store.read() as tx, closing(deliveries.contents(tx)) as said:
        assert next(said)[0] == numbers[-1]
