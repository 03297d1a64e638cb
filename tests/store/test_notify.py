"""NOTIFY wakes other workers once there is something for them to do."""

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

Notifications = queue.Queue[None]
PATIENCE_S = 20


@pytest.fixture
def notified(served: PostgresqlStorePool) -> Iterator[Notifications]:
    """What another process hears; the first notification, for what was missed before, is heard already."""
    heard: Notifications = queue.Queue()
    listener = Listener(served.take(), lambda: heard.put(None))
    listener.start()
    heard.get(timeout=PATIENCE_S)
    yield heard
    listener.close()


def test_what_a_person_does_notifies_once_it_is_done(served: PostgresqlStorePool, notified: Notifications) -> None:
    store = served.take()
    with store.begin() as tx:
        control.write_audit(tx, START, "ana", "release", "delivery 1")
        control.write_audit(tx, START, "ana", "release", "delivery 2")
        with pytest.raises(queue.Empty):
            notified.get(timeout=0.2)
    notified.get(timeout=PATIENCE_S)
    assert notified.empty()


def test_what_comes_to_nothing_notifies_nobody(served: PostgresqlStorePool, notified: Notifications) -> None:
    store = served.take()

    def fail() -> None:
        with store.begin() as tx:
            notify_workers(tx)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.begin() as tx:
        notify_workers(tx)
    notified.get(timeout=PATIENCE_S)
    assert notified.empty()


def test_a_listener_that_was_cut_off_is_notified_when_it_listens_again(
    served: PostgresqlStorePool, notified: Notifications
) -> None:
    postgresql().cut(served.database)
    notified.get(timeout=PATIENCE_S)
    with served.take().begin() as tx:
        notify_workers(tx)
    notified.get(timeout=PATIENCE_S)


def test_sqlite_has_no_bell_and_needs_none(kept: StorePool) -> None:
    with kept.take().begin() as tx:
        notify_workers(tx)
