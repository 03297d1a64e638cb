"""A store that cannot be written: nothing is sent because of it, and work goes on when it can be again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from sqlalchemy import Connection, event, insert

from bot.domain.delivery import State
from bot.domain.moderation import Judgement, Reason, Verdict
from bot.domain.sighting import SightingState
from bot.errors import Refused, StoreError
from bot.services import decide, moderate
from bot.store import sightings
from bot.store.schema import audit
from bot.store.store import Store
from tests.desk import Desk, draft

FULL = "PRAGMA max_page_count = 1"  # SQLite takes the file's present size instead: not a page may be added
READ_ONLY = "PRAGMA query_only = ON"


@contextmanager
def ailing(store: Store, pragma: str, cure: str) -> Iterator[None]:
    """Every connection of the store is like this for a while."""

    def ail(connection: Connection) -> None:
        connection.exec_driver_sql(pragma)

    event.listen(store._engine, "begin", ail)
    try:
        yield
    finally:
        event.remove(store._engine, "begin", ail)
        with store.read() as tx:
            tx.exec_driver_sql(cure)


def read_only(store: Store) -> AbstractContextManager[None]:
    return ailing(store, READ_ONLY, "PRAGMA query_only = OFF")


def full(store: Store) -> AbstractContextManager[None]:
    return ailing(store, FULL, "PRAGMA max_page_count = 1073741823")


def fill(desk: Desk) -> None:
    """Use up the free pages inside the file, so that the next row needs a new one."""
    with desk.work.store.begin() as tx:
        tx.execute(
            insert(audit), [{"at": desk.clock(), "actor": "a", "action": "b", "subject": "c" * 300} for _ in range(40)]
        )


def until_it_fails(do: Callable[[], object]) -> None:
    while True:
        do()


def send_and_fill(desk: Desk) -> None:
    desk.deliver("mastodon")
    fill(desk)


def test_a_store_that_can_only_be_read_sends_nothing_and_goes_on_afterwards(desk: Desk) -> None:
    desk.plan(draft())
    with read_only(desk.work.store):
        for _ in range(3):
            with pytest.raises(StoreError, match="only be read"):
                desk.deliver("mastodon")
            desk.clock.passes(minutes=1)
    assert desk.mastodon.requests["publish"] == 0
    desk.settle()
    assert (desk.state(), len(desk.texts())) == (State.SENT, 1)


def test_a_full_disk_loses_and_doubles_nothing_and_work_goes_on_when_there_is_room(desk: Desk) -> None:
    texts = [f"{n}" * 400 for n in range(9)]
    desk.plan(*(draft(text[0], parts=(text,)) for text in texts))
    with full(desk.work.store):
        with pytest.raises(StoreError, match=r"make room.*Nothing was sent"):
            until_it_fails(lambda: fill(desk))
        with pytest.raises(StoreError):
            until_it_fails(lambda: send_and_fill(desk))
    desk.settle()
    assert sorted(desk.texts()) == texts
    assert set(desk.states()) == {State.SENT}


def test_a_disk_that_fills_while_the_request_is_under_way_doubles_nothing(desk: Desk) -> None:
    desk.plan(draft("one", parts=("One.",)), draft("two", parts=("Two.",)))
    remedy = read_only(desk.work.store)
    desk.mastodon.after = lambda _: remedy.__enter__()
    with pytest.raises(StoreError):
        desk.deliver("mastodon")
    desk.mastodon.after = lambda _: None
    assert desk.texts() == ["One."]
    with pytest.raises(StoreError):
        desk.deliver("mastodon")
    remedy.__exit__(None, None, None)
    desk.settle()
    assert desk.texts() == ["One.", "Two."]
    assert desk.states() == [State.SENT, State.SENT]


def test_no_decision_is_half_taken_on_a_store_that_cannot_be_written(desk: Desk) -> None:
    desk.plan(draft())
    desk.solidarity()
    desk.read()
    before = (desk.all(), desk.seen())
    with read_only(desk.work.store):
        with pytest.raises(StoreError):
            decide.hold(desk.work, 1, "ana")
        with pytest.raises(StoreError):
            moderate.approve(desk.work, 1, "ana")
    assert (desk.all(), desk.seen()) == before


def test_a_refusal_in_the_middle_of_a_transaction_changes_nothing(desk: Desk) -> None:
    desk.solidarity()
    desk.read()
    moderate.approve(desk.work, 1, "ana")
    decide.cancel(desk.work, 1, "ana")
    desk.networks["mastodon"].delete(desk.seen()[0].post.uri)
    desk.settle()
    moderate.reject(desk.work, 1, "ana")
    before = desk.one()
    with desk.work.store.begin() as tx:
        judgement = Judgement(Verdict.REJECT, (Reason.BLOCKED,))
        sightings.decide(tx, 1, list(SightingState), SightingState.REJECTED, judgement, desk.clock())
    with pytest.raises(Refused):
        decide.retry(desk.work, 1, "ana")
    assert desk.one() == before
