"""A store that cannot be written: nothing is sent because of it, and work goes on when it can be again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from sqlalchemy import Connection, event, insert

from bot.domain.delivery import State
from bot.domain.moderation import Judgement, Reason, Verdict
from bot.domain.sighting import SightingState
from bot.errors import RefusedCode, StoreError
from bot.services import decisions
from bot.services.moderation import approval
from bot.store import schema as t
from bot.store import sightings
from bot.store.store import Store
from tests.harness.campaign import CampaignHarness, draft
from tests.harness.refusals import refused

FULL = "PRAGMA max_page_count = 1"  # SQLite takes the file's present size instead: not a page may be added
READ_ONLY = "PRAGMA query_only = ON"


@contextmanager
def ailing(store: Store, pragma: str, cure: str) -> Iterator[None]:
    """Every connection of the store is like this for a while."""

    def ail(connection: Connection) -> None:
        connection.exec_driver_sql(pragma)

    event.listen(store.engine, "begin", ail)
    try:
        yield
    finally:
        event.remove(store.engine, "begin", ail)
        with store.read() as tx:
            tx.exec_driver_sql(cure)


def read_only(store: Store) -> AbstractContextManager[None]:
    return ailing(store, READ_ONLY, "PRAGMA query_only = OFF")


def full(store: Store) -> AbstractContextManager[None]:
    return ailing(store, FULL, "PRAGMA max_page_count = 1073741823")


def fill(harness: CampaignHarness) -> None:
    """Use up the free pages inside the file, so that the next row needs a new one."""
    with harness.work.store.begin() as tx:
        tx.execute(
            insert(t.audit),
            [{"at": harness.clock(), "actor": "a", "action": "b", "subject": "c" * 300} for _ in range(40)],
        )


def until_it_fails(do: Callable[[], object]) -> None:
    while True:
        do()


def send_and_fill(harness: CampaignHarness) -> None:
    harness.deliver("mastodon")
    fill(harness)


def test_a_store_that_can_only_be_read_sends_nothing_and_goes_on_afterwards(file_harness: CampaignHarness) -> None:
    file_harness.plan(draft())
    with read_only(file_harness.work.store):
        for _ in range(3):
            with pytest.raises(StoreError, match="store_read_only"):
                file_harness.deliver("mastodon")
            file_harness.clock.passes(minutes=1)
    assert file_harness.mastodon.requests["publish"] == 0
    file_harness.settle()
    assert (file_harness.state(), len(file_harness.texts())) == (State.SENT, 1)


def test_a_full_disk_loses_and_doubles_nothing_and_work_goes_on_when_there_is_room(
    file_harness: CampaignHarness,
) -> None:
    texts = [f"{n}" * 400 for n in range(9)]
    file_harness.plan(*(draft(text[0], parts=(text,)) for text in texts))
    with full(file_harness.work.store):
        with pytest.raises(StoreError, match="store_disk"):
            until_it_fails(lambda: fill(file_harness))
        with pytest.raises(StoreError):
            until_it_fails(lambda: send_and_fill(file_harness))
    file_harness.settle()
    assert sorted(file_harness.texts()) == texts
    assert set(file_harness.states()) == {State.SENT}


def test_a_disk_that_fills_while_the_request_is_under_way_doubles_nothing(file_harness: CampaignHarness) -> None:
    file_harness.plan(draft("one", parts=("One.",)), draft("two", parts=("Two.",)))
    remedy = read_only(file_harness.work.store)
    file_harness.mastodon.after = lambda _: remedy.__enter__()
    with pytest.raises(StoreError):
        file_harness.deliver("mastodon")
    file_harness.mastodon.after = lambda _: None
    assert file_harness.texts() == ["One."]
    with pytest.raises(StoreError):
        file_harness.deliver("mastodon")
    remedy.__exit__(None, None, None)
    file_harness.settle()
    assert file_harness.texts() == ["One.", "Two."]
    assert file_harness.states() == [State.SENT, State.SENT]


def test_no_decision_is_half_taken_on_a_store_that_cannot_be_written(file_harness: CampaignHarness) -> None:
    file_harness.plan(draft())
    file_harness.solidarity()
    file_harness.read()
    before = (file_harness.all(), file_harness.seen())
    with read_only(file_harness.work.store):
        with pytest.raises(StoreError):
            decisions.hold(file_harness.work, 1, "ana")
        with pytest.raises(StoreError):
            approval.approve(file_harness.work, 1, "ana")
    assert (file_harness.all(), file_harness.seen()) == before


def test_a_refusal_in_the_middle_of_a_transaction_changes_nothing(harness: CampaignHarness) -> None:
    harness.solidarity()
    harness.read()
    approval.approve(harness.work, 1, "ana")
    decisions.cancel(harness.work, 1, "ana")
    harness.networks["mastodon"].delete(harness.seen()[0].post.uri)
    harness.settle()
    approval.reject(harness.work, 1, "ana")
    before = harness.one()
    with harness.work.store.begin() as tx:
        judgement = Judgement(Verdict.REJECT, (Reason.BLOCKED,))
        sightings.decide(tx, 1, list(SightingState), SightingState.REJECTED, judgement, harness.clock())
    with refused(RefusedCode.APPROVAL_FORBIDDEN, reasons=(Reason.BLOCKED,)):
        decisions.retry(harness.work, 1, "ana")
    assert harness.one() == before
