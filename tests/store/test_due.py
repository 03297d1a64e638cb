"""What is due is claimed once, what is too late is missed, and when the next is due is known."""

from __future__ import annotations

from bot.domain.delivery import SentPart, State
from bot.store import deliveries, due
from bot.store.store import Store
from tests.harness.rehearsal_networks import START
from tests.store.stored_deliveries import HOUR, got, made


def test_what_is_due_is_claimed_once_and_the_earliest_first(store: Store) -> None:
    later, first = made(store, message="later"), made(store, message="first", due=-HOUR)
    made(store, message="not yet", due=HOUR)
    made(store, message="waits", waiting_for="live")
    made(store, message="elsewhere", account="x")
    with store.begin() as tx:
        assert [one.id for one in deliveries.claim_due(tx, "mastodon", START)] == [first, later]
        assert deliveries.claim_due(tx, "mastodon", START) == []
        assert deliveries.release_claims(tx, "mastodon") == 2
        assert deliveries.release_claims(tx, "mastodon") == 0


def test_what_is_to_be_taken_back_is_not_claimed(store: Store) -> None:
    one = made(store)
    with store.begin() as tx:
        deliveries.change(tx, one, [State.PLANNED], undo_asked_at=START)
        assert deliveries.claim_due(tx, "mastodon", START) == []


def test_what_has_begun_is_not_missed(store: Store) -> None:
    one, other = made(store, message="begun", parts=("1", "2")), made(store, message="not begun")
    with store.begin() as tx:
        deliveries.change(tx, one, [State.PLANNED], attempts=1)
        deliveries.record_part(tx, one, SentPart(0, "77", "https://a.example/77"), START)
        missed = deliveries.miss_late(tx, "mastodon", START + 9 * HOUR)
    assert [found.id for found in missed] == [other]
    assert got(store, one).sent_parts == (SentPart(0, "77", "https://a.example/77"),)


def test_the_next_due_is_what_can_go_by_itself(store: Store) -> None:
    made(store, message="overdue", due=-HOUR)
    made(store, message="waits", due=HOUR, waiting_for="live")
    made(store, State.HELD, message="held", due=HOUR)
    made(store, message="next", due=2 * HOUR)
    with store.read() as tx:
        assert due.next_due(tx, START) == START + 2 * HOUR
        assert due.next_due(tx, START + 3 * HOUR) is None
