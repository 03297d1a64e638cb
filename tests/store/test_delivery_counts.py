"""Our deliveries are counted by the database, each once, by the spans that are asked for."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import update

from bot.domain.delivery import Kind, State
from bot.store import delivery_counts, due
from bot.store import schema as t
from bot.store.batch import answers
from bot.store.delivery_counts import DueSpan
from bot.store.engine import answer
from bot.store.rows import DeliveryQuery
from bot.store.store import Store
from tests.store.stored_deliveries import DAY, HOUR, NINE, add


def test_a_day_is_counted_by_message_language_account_and_state(store: Store) -> None:
    with store.begin() as tx:
        assert answer(tx, due.due_ends_question()) is None
        add(tx, NINE)
        add(tx, NINE + 2 * HOUR)
        add(tx, NINE, State.SENT)
        add(tx, NINE + DAY - HOUR, waiting_for="live")
        add(tx, NINE + DAY, account="x")
        add(tx, NINE + 3 * DAY)
        days = [DueSpan(NINE + day * DAY, NINE + (day + 1) * DAY) for day in range(2)]
        counts = answer(tx, delivery_counts.counts_question(days))
        assert [(c.span, c.account, c.state, c.waits, c.posts, c.first_at, c.last_at) for c in counts] == [
            (0, "mastodon", State.PLANNED, False, 2, NINE, NINE + 2 * HOUR),
            (0, "mastodon", State.SENT, False, 1, NINE, NINE),
            (0, "mastodon", State.PLANNED, True, 1, NINE + DAY - HOUR, NINE + DAY - HOUR),
            (1, "x", State.PLANNED, False, 1, NINE + DAY, NINE + DAY),
        ]
        assert answer(tx, delivery_counts.counts_question(days, DeliveryQuery(account="x"))) == counts[-1:]
        summed = [
            (each.span, each.state, each.waits, each.posts) for each in answer(tx, delivery_counts.sums_question(days))
        ]
        assert sorted(summed) == sorted((c.span, c.state, c.waits, c.posts) for c in counts)
        assert answer(tx, due.due_ends_question()) == (NINE, NINE + 3 * DAY)


def test_only_the_first_messages_of_each_day_are_counted_where_no_more_are_wanted(store: Store) -> None:
    with store.begin() as tx:
        add(tx, NINE, State.CANCELLED, message="called off")
        add(tx, NINE, kind=Kind.RESHARE, post_uri="https://one.example/1", message="")
        for message, hours in (("third", 3), ("first", 2), ("second", 2), ("first", 5), ("fourth", 26)):
            add(tx, NINE + hours * HOUR, message=message)
        days = [DueSpan(NINE + day * DAY, NINE + (day + 1) * DAY) for day in range(2)]
        first, sums = delivery_counts.counts_question(days, first_messages=2), delivery_counts.sums_question(days)
        found = answers(tx, first, sums)
        assert [(c.span, c.message, c.posts) for c in found[first]] == [
            (0, "first", 2),
            (0, "second", 1),
            (1, "fourth", 1),
        ]
        assert [sum(each.posts for each in found[sums] if each.span == span) for span in range(2)] == [6, 1]


def test_each_delivery_is_counted_once(store: Store) -> None:
    with store.begin() as tx:
        for number, state in enumerate(State):
            add(tx, NINE + number * HOUR, state)
        tx.execute(update(t.delivery).values(language="be"))
        spans = [DueSpan(NINE + hours * HOUR, NINE + (hours + 5) * HOUR) for hours in (0, 5)]
        assert Counter(count.state for count in answer(tx, delivery_counts.counts_question(spans))) == Counter(State)
