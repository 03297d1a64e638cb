"""A bell that wakes other workers once there is something for them to do."""

from __future__ import annotations

import queue
from collections.abc import Iterator

import pytest

from bot.store import control
from bot.store.engine import notify_workers
from bot.store.notify import Listener
from tests.harness.postgresql import postgresql
from tests.harness.rehearsal_networks import START
from tests.harness.stores import PostgresqlStorePool, StorePool

Rings = queue.Queue[None]
PATIENCE_S = 20


@pytest.fixture
def rings(served: PostgresqlStorePool) -> Iterator[Rings]:
    """What another process hears; the first ring, for what was missed before, is heard already."""
    heard: Rings = queue.Queue()
    bell = Listener(served.take(), lambda: heard.put(None))
    bell.start()
    heard.get(timeout=PATIENCE_S)
    yield heard
    bell.close()


def test_what_a_person_does_rings_once_it_is_done(served: PostgresqlStorePool, rings: Rings) -> None:
    store = served.take()
    with store.begin() as tx:
        control.write_audit(tx, START, "ana", "release", "delivery 1")
        control.write_audit(tx, START, "ana", "release", "delivery 2")
        with pytest.raises(queue.Empty):
            rings.get(timeout=0.2)
    rings.get(timeout=PATIENCE_S)
    assert rings.empty()


def test_what_comes_to_nothing_does_not_ring(served: PostgresqlStorePool, rings: Rings) -> None:
    store = served.take()

    def fail() -> None:
        with store.begin() as tx:
            notify_workers(tx)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.begin() as tx:
        notify_workers(tx)
    rings.get(timeout=PATIENCE_S)
    assert rings.empty()


def test_a_bell_whose_connection_was_cut_rings_when_it_hears_again(served: PostgresqlStorePool, rings: Rings) -> None:
    postgresql().cut(served.database)
    rings.get(timeout=PATIENCE_S)
    with served.take().begin() as tx:
        notify_workers(tx)
    rings.get(timeout=PATIENCE_S)


def test_sqlite_has_no_bell_and_needs_none(kept: StorePool) -> None:
    with kept.take().begin() as tx:
        notify_workers(tx)
