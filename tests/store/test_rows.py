"""Lists come a page at a time, by keys, and are counted by the database; each query is answered from an index."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from bot.domain.delivery import Kind, State
from bot.domain.moderation import Judgement, Verdict
from bot.domain.post import Author, MediaKind, SeenPost
from bot.domain.sighting import DECIDABLE, Seen, SightingState
from bot.store import deliveries, delivery_counts, due, overview, rows, sightings
from bot.store.batch import answers
from bot.store.delivery_counts import DueSpan
from bot.store.engine import Question, answer
from bot.store.rows import Attention, DeliveryQuery, PageKey, SightingQuery
from bot.store.store import Store
from tests.harness.stored_sightings import put_in
from tests.harness.table import each_of
from tests.store.stored_deliveries import DAY, HOUR, MINUTE, NINE, add


def every_page(page: Callable[[PageKey | None], rows.RowPage[Any]]) -> list[int]:
    ids: list[int] = []
    after: PageKey | None = None
    while True:
        found = page(after)
        ids += [row.id for row in found.rows]
        if found.next is None:
            return ids
        after = PageKey.parse(str(found.next))
        assert after == found.next, "an address holds all of it"


def test_pages_of_deliveries_hold_each_once_in_their_order(store: Store) -> None:
    with store.begin() as tx:
        ids = [add(tx, NINE + number // 3 * MINUTE) for number in range(11)]
        first = add(tx, NINE - timedelta(microseconds=1))
        assert every_page(lambda after: rows.deliveries(tx, after=after, limit=2)) == [first, *ids]
        assert every_page(lambda after: rows.deliveries(tx, after=after, limit=6)) == [first, *ids]
        backwards = every_page(lambda after: rows.deliveries(tx, after=after, limit=5, newest_first=True))
        assert backwards == [*reversed(ids), first]
        (row,) = rows.deliveries(tx, limit=1).rows
        delivery = deliveries.get(tx, first)
        assert delivery is not None
        assert row.label == delivery.label
        assert {name: getattr(delivery, name) for name in row.__dataclass_fields__} == {
            name: getattr(row, name) for name in row.__dataclass_fields__
        }
        assert rows.deliveries_of(tx, [first]) == {first: row}
        assert rows.deliveries_of(tx, []) == {}


def test_deliveries_are_filtered_by_all_that_is_asked(store: Store) -> None:
    with store.begin() as tx:
        plain = add(tx, NINE)
        held = add(tx, NINE, State.HELD, error="held by Ana")
        other = add(tx, NINE + HOUR, account="x", language="be", message="thanks", waiting_for="live")
        reshare = add(tx, NINE + HOUR, State.SENT, kind=Kind.RESHARE, post_uri="https://one.example/1")

        def ids(**wanted: Any) -> list[int]:
            return [row.id for row in rows.deliveries(tx, DeliveryQuery(**wanted)).rows]

        assert ids() == [plain, held, other, reshare]
        assert ids(states={State.HELD, State.SENT}) == [held, reshare]
        assert ids(account="x") == ids(language="be") == ids(message="thanks") == ids(waiting_for="live") == [other]
        assert ids(kind=Kind.POST, begin=NINE + HOUR) == [other]
        assert ids(end=NINE + HOUR) == [plain, held]
        assert ids(states=[State.HELD], error="held by Ana") == [held]
        assert ids(states=[State.SENT], account="x") == []


def test_what_wants_a_person_is_found_without_being_asked_for(store: Store) -> None:
    with store.begin() as tx:
        late, soon = add(tx, NINE), add(tx, NINE + HOUR)
        add(tx, NINE, kind=Kind.RESHARE, post_uri="https://one.example/1")
        unknown = [add(tx, NINE + HOUR, State.UNKNOWN), add(tx, NINE + 2 * HOUR, State.NEEDS_DECISION)]
        waits = add(tx, NINE + 2 * HOUR, waiting_for="live")
        in_trouble = add(tx, NINE + 3 * HOUR, trouble="the server takes no video")
        rejected = add(tx, NINE, State.REJECTED)
        add(tx, NINE, State.HELD, error="held by Ana")
        asked, kept_back = add(tx, NINE, State.HELD, held_for="near_words"), add(tx, NINE, State.HELD, hold=True)
        add(tx, NINE, State.SENT, trouble="what was wrong once")
        found = {why: [row.id for row in listed] for why, listed in answer(tx, rows.attention_question()).items()}
        assert found == {
            Attention.NEXT: [late, soon, waits, in_trouble],
            Attention.UNKNOWN: unknown,
            Attention.WAITS_FOR_LINK: [waits],
            Attention.TROUBLE: [in_trouble],
            Attention.REJECTED: [rejected],
            Attention.HELD: [asked, kept_back],
        }
        assert [row.id for row in answer(tx, rows.attention_question(1))[Attention.NEXT]] == [late]


def seen(number: int, language: str = "be", care: tuple[str, ...] = ()) -> Seen:
    uri = f"https://one.example/{number}"
    author = Author("@ana@one.example", "1")
    kinds = (MediaKind.VIDEO, MediaKind.IMAGE)
    post = SeenPost(
        "mastodon", uri, uri, "1", author, f"Text {number} " + "б" * 400, NINE, language=language, kinds=kinds
    )
    return Seen(post, ("one",), Judgement(Verdict.HOLD, ("nobody",), care))


def test_pages_of_sightings_show_how_each_begins(store: Store) -> None:
    with store.begin() as tx:
        ids = [
            sighting.id
            for hour in range(3)
            for sighting in put_in(
                tx, [seen(2 * hour + which, "de" if hour else "be") for which in range(2)], "s", NINE + hour * HOUR
            )
        ]
        assert every_page(lambda after: rows.sightings(tx, after=after, limit=2)) == ids
        backwards = every_page(lambda after: rows.sightings(tx, after=after, limit=4, newest_first=True))
        assert backwards == ids[::-1]
        (row,) = rows.sightings(tx, limit=1).rows
        stored = sightings.get(tx, ids[0])
        assert stored is not None
        assert row.text == stored.post.text[:300]
        assert (row.kinds, row.tags, row.sources) == (("video", "image"), ("one",), ("s",))
        assert (row.author, row.created_at, row.reasons) == ("@ana@one.example", NINE, ("nobody",))

        def wanted(**filters: Any) -> list[int]:
            return [row.id for row in rows.sightings(tx, SightingQuery(**filters)).rows]

        assert wanted(language="be") == ids[:2]
        assert wanted(platform="mastodon", begin=NINE + HOUR, end=NINE + 2 * HOUR) == ids[2:4]
        sightings.decide(tx, ids[1], DECIDABLE, SightingState.REJECTED, Judgement(Verdict.REJECT, ()), NINE)
        sightings.hold_for_care(tx, ids[3], ("small",))
        assert wanted(states=[SightingState.REJECTED]) == [ids[1]]
        assert wanted(states=[SightingState.HELD], needs_care=True) == [ids[3]]
        assert wanted(states=[SightingState.HELD], needs_care=False) == [ids[0], ids[2], *ids[4:]]


def test_what_waits_for_a_yes_is_counted_with_care_apart(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with store.begin() as tx:
        assert overview.approvals_waiting(tx) == overview.ApprovalsWaiting(0, 0, None)
        first, *_ = put_in(tx, [seen(1, care=("small",)), seen(2), seen(3)], "s", NINE)
        put_in(tx, [seen(4)], "s", NINE + HOUR)
        assert overview.approvals_waiting(tx) == overview.ApprovalsWaiting(1, 3, NINE)
        assert overview.approvals_waiting(tx).count == 4
        monkeypatch.setattr(overview, "MOST_COUNTED", 2)
        assert overview.approvals_waiting(tx) == overview.ApprovalsWaiting(1, 2, NINE)
        sightings.decide(tx, first.id, DECIDABLE, SightingState.REJECTED, Judgement(Verdict.REJECT, ()), NINE)
        assert overview.approvals_waiting(tx).with_care == 0


@each_of(
    "written", ["", "7", "-7", "20250416T090000000000", "20250416T090000000000-x", "20250416T090000000000-0", "x-7"]
)
def test_what_is_no_key_names_no_place(written: str) -> None:
    assert PageKey.parse(written) is None


@contextmanager
def asked(store: Store) -> Iterator[list[tuple[str, Any]]]:
    """The queries that are made meanwhile, with their parameters."""
    queries: list[tuple[str, Any]] = []

    def note(_tx: object, _cursor: object, statement: str, parameters: Any, *_more: object) -> None:
        queries.append((statement, parameters))

    event.listen(store.engine, "before_cursor_execute", note)
    yield queries
    event.remove(store.engine, "before_cursor_execute", note)


READINGS: tuple[Callable[[Connection], object], ...] = (
    lambda tx: rows.deliveries(tx, after=PageKey(NINE, 7)),
    lambda tx: rows.deliveries(tx, DeliveryQuery(states=[State.HELD]), PageKey(NINE, 7)),
    lambda tx: answer(tx, delivery_counts.counts_question([DueSpan(NINE, NINE + DAY)])),
    lambda tx: answer(tx, due.due_ends_question()),
    lambda tx: rows.sightings(tx, after=PageKey(NINE, 7)),
    lambda tx: rows.sightings(tx, SightingQuery(states=[SightingState.HELD]), PageKey(NINE, 7)),
    lambda tx: rows.sightings(tx, SightingQuery(language="be"), PageKey(NINE, 7)),
    lambda tx: overview.approvals_waiting(tx),
    lambda tx: answer(tx, rows.attention_question()),
)


@pytest.mark.parametrize("reading", READINGS)
def test_no_list_or_count_goes_through_a_whole_table(store: Store, reading: Callable[[Connection], object]) -> None:
    with store.begin() as tx, asked(store) as queries:
        reading(tx)
        (query, parameters) = queries[0]
        assert len(queries) == 1
        if tx.dialect.name == "postgresql":
            tx.execute(text("SET LOCAL enable_seqscan = off"))  # it reads a small table whole, whatever there is
        explained = "EXPLAIN QUERY PLAN" if tx.dialect.name == "sqlite" else "EXPLAIN"
        plan = "\n".join(str(row) for row in tx.exec_driver_sql(f"{explained} {query}", parameters))
    for whole in ("SCAN delivery'", "SCAN sighting'", "Seq Scan on delivery", "Seq Scan on sighting"):
        assert whole not in plan, plan
    assert "ix_delivery" in plan or "ix_sighting" in plan, plan


def test_several_questions_are_answered_as_each_alone(store: Store) -> None:
    """Instants, JSON, numbers, truths and what is not there come out of one statement as they were put in."""
    with store.begin() as tx:
        number = add(tx, NINE + timedelta(microseconds=7), State.SENT, error='“Ä” \n"', important=True, expires_at=NINE)
        add(tx, NINE, State.SENT, waiting_for="live")
        put_in(tx, [seen(1), seen(2)], "a source", NINE)
        whole: Question[Any] = deliveries.one_asked(number).rows
        held = rows.waiting_question(None)
        posts = sightings.question([1, 2])
        counts, standing = rows.author_counts_question("", 0), overview.standing_question(tx, NINE)
        none = rows.reshares_question(7)
        questions = (whole, held, posts, counts, none)
        found = answers(tx, *questions, standing)
        for each in questions:
            assert found[each] == answer(tx, each)
        assert found[none] == ()
        assert [row.id for row in found[held].rows] == [1, 2]
        assert found[standing].approvals == overview.approvals_waiting(tx)
