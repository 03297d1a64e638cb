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


def fill(desk: CampaignHarness) -> None:
    """Use up the free pages inside the file, so that the next row needs a new one."""
    with desk.work.store.begin() as tx:
        tx.execute(
            insert(t.audit),
            [{"at": desk.clock(), "actor": "a", "action": "b", "subject": "c" * 300} for _ in range(40)],
        )


def until_it_fails(do: Callable[[], object]) -> None:
    while True:
        do()


def send_and_fill(desk: CampaignHarness) -> None:
    desk.deliver("mastodon")
    fill(desk)


def test_a_store_that_can_only_be_read_sends_nothing_and_goes_on_afterwards(file_desk: CampaignHarness) -> None:
    file_desk.plan(draft())
    with read_only(file_desk.work.store):
        for _ in range(3):
            with pytest.raises(StoreError, match="store_read_only"):
                file_desk.deliver("mastodon")
            file_desk.clock.passes(minutes=1)
    assert file_desk.mastodon.requests["publish"] == 0
    file_desk.settle()
    assert (file_desk.state(), len(file_desk.texts())) == (State.SENT, 1)


def test_a_full_disk_loses_and_doubles_nothing_and_work_goes_on_when_there_is_room(file_desk: CampaignHarness) -> None:
    texts = [f"{n}" * 400 for n in range(9)]
    file_desk.plan(*(draft(text[0], parts=(text,)) for text in texts))
    with full(file_desk.work.store):
        with pytest.raises(StoreError, match="store_disk"):
            until_it_fails(lambda: fill(file_desk))
        with pytest.raises(StoreError):
            until_it_fails(lambda: send_and_fill(file_desk))
    file_desk.settle()
    assert sorted(file_desk.texts()) == texts
    assert set(file_desk.states()) == {State.SENT}


def test_a_disk_that_fills_while_the_request_is_under_way_doubles_nothing(file_desk: CampaignHarness) -> None:
    file_desk.plan(draft("one", parts=("One.",)), draft("two", parts=("Two.",)))
    remedy = read_only(file_desk.work.store)
    file_desk.mastodon.after = lambda _: remedy.__enter__()
    with pytest.raises(StoreError):
        file_desk.deliver("mastodon")
    file_desk.mastodon.after = lambda _: None
    assert file_desk.texts() == ["One."]
    with pytest.raises(StoreError):
        file_desk.deliver("mastodon")
    remedy.__exit__(None, None, None)
    file_desk.settle()
    assert file_desk.texts() == ["One.", "Two."]
    assert file_desk.states() == [State.SENT, State.SENT]


def test_no_decision_is_half_taken_on_a_store_that_cannot_be_written(file_desk: CampaignHarness) -> None:
    file_desk.plan(draft())
    file_desk.solidarity()
    file_desk.read()
    before = (file_desk.all(), file_desk.seen())
    with read_only(file_desk.work.store):
        with pytest.raises(StoreError):
            decisions.hold(file_desk.work, 1, "ana")
        with pytest.raises(StoreError):
            approval.approve(file_desk.work, 1, "ana")
    assert (file_desk.all(), file_desk.seen()) == before


def test_a_refusal_in_the_middle_of_a_transaction_changes_nothing(desk: CampaignHarness) -> None:
    desk.solidarity()
    desk.read()
    approval.approve(desk.work, 1, "ana")
    decisions.cancel(desk.work, 1, "ana")
    desk.networks["mastodon"].delete(desk.seen()[0].post.uri)
    desk.settle()
    approval.reject(desk.work, 1, "ana")
    before = desk.one()
    with desk.work.store.begin() as tx:
        judgement = Judgement(Verdict.REJECT, (Reason.BLOCKED,))
        sightings.decide(tx, 1, list(SightingState), SightingState.REJECTED, judgement, desk.clock())
    with refused(RefusedCode.APPROVAL_FORBIDDEN, reasons=(Reason.BLOCKED,)):
        decisions.retry(desk.work, 1, "ana")
    assert desk.one() == before
