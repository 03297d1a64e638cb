"""Locks and turns between processes, on either database."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.store.engine import LockName
from bot.store.store import AdvisoryLocks, FileLocks, Store
from tests.harness.postgresql import postgresql
from tests.harness.stores import PostgresqlStorePool, StorePool

Locks = FileLocks | AdvisoryLocks
NewLocks = Callable[[], Locks]


@pytest.fixture
def new_locks(kept: StorePool, tmp_path: Path) -> NewLocks:
    """Gives the locks of one more process on the same store."""
    return lambda: kept.locks(kept.take(), tmp_path / "locks")


def test_a_lock_is_one_holders_at_a_time(new_locks: NewLocks) -> None:
    locks, others = new_locks(), new_locks()
    with locks.hold(LockName("account-x")) as ours:
        assert ours
        with others.hold(LockName("account-x")) as theirs, others.hold(LockName("account-mastodon")) as free:
            assert (theirs, free) == (False, True)
        with locks.hold(LockName("account-x")) as again:
            assert not again
        with others.hold(LockName("account-x")) as theirs:
            assert not theirs, "whoever asked in vain must not have freed it"
    with others.hold(LockName("account-x")) as theirs:
        assert theirs


def test_a_lock_is_waited_for(new_locks: NewLocks) -> None:
    locks, held, done = new_locks(), threading.Event(), threading.Event()

    def hold() -> None:
        with locks.hold(LockName("one")):
            held.set()
            done.wait(5)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(5)
    with locks.hold(LockName("one"), wait=0.05) as ours:
        assert not ours
    done.set()
    with locks.hold(LockName("one"), wait=5) as ours:
        assert ours
    thread.join(5)


HOLDER = """\
import pathlib, sys
from bot.store.store import Store, locks_of
with locks_of(Store.open(sys.argv[1]), pathlib.Path(sys.argv[2])).hold("one") as ours:
    print(ours, flush=True)
    sys.stdin.read()
"""


def test_a_lock_is_free_when_its_holder_is_killed(kept: StorePool, tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, kept.url, str(tmp_path / "locks")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "True\n"
    locks = kept.locks(kept.take(), tmp_path / "locks")
    with locks.hold(LockName("one")) as ours:
        assert not ours
    holder.kill()
    holder.communicate()
    with locks.hold(LockName("one"), wait=5) as ours:
        assert ours


@pytest.mark.parametrize("name", ["a/b", "../up", "source-a.example #Ў", "x\0y", "."])
def test_any_name_is_a_locks_name(new_locks: NewLocks, tmp_path: Path, name: str) -> None:
    with new_locks().hold(LockName(name)) as ours, new_locks().hold(LockName(name)) as theirs:
        assert (ours, theirs) == (True, False)
    assert set(os.listdir(tmp_path)) <= {"locks"}


def test_the_file_of_a_lock_is_in_its_folder_whatever_its_name(tmp_path: Path) -> None:
    with FileLocks(tmp_path / "locks").hold(LockName("../up")):
        assert [file.parent for file in (tmp_path / "locks").iterdir()] == [tmp_path / "locks"]


def test_a_connection_that_is_cut_takes_its_locks_along_and_is_made_anew(served: PostgresqlStorePool) -> None:
    locks, others = (AdvisoryLocks(served.take()) for _ in range(2))
    with locks.hold(LockName("one")) as ours:
        postgresql().cut(served.database)
        with others.hold(LockName("one")) as theirs:
            assert (ours, theirs) == (True, True)
            with locks.hold(LockName("two")) as more, locks.hold(LockName("one")) as again:
                assert (more, again) == (True, False)
    with locks.hold(LockName("one")) as ours, others.hold(LockName("one")) as theirs:
        assert (ours, theirs) == (True, False)
    locks.close()
    others.close()


def test_of_transactions_with_one_turn_each_sees_what_the_one_before_has_done(kept: StorePool) -> None:
    """Both look first and write then, which without turns would count one of them out."""
    stores = [kept.take() for _ in range(2)]
    failed: list[BaseException] = []

    def count(store: Store) -> None:
        try:
            for _ in range(25):
                with store.begin(serialize="counting") as tx:
                    known = tx.exec_driver_sql("SELECT value FROM meta WHERE key = 'count'").scalar()
                    if known is None:
                        tx.exec_driver_sql("INSERT INTO meta (key, value) VALUES ('count', '1')")
                    else:
                        tx.exec_driver_sql(f"UPDATE meta SET value = '{int(known) + 1}' WHERE key = 'count'")
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=count, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failed == []
    with kept.take().read() as tx:
        assert tx.exec_driver_sql("SELECT value FROM meta WHERE key = 'count'").scalar() == "50"


def test_stores_that_are_opened_at_the_same_time_become_one(served: PostgresqlStorePool) -> None:
    name = postgresql().create()
    made: list[Store] = []
    threads = [threading.Thread(target=lambda: made.append(Store.open(postgresql().url(name)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len({store.instance_key for store in made}) == 1
    assert len({store.fencing_token for store in made}) == 4
    for store in made:
        store.close()
    postgresql().drop(name)
