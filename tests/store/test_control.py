"""What holds sending back: the switch, closed and paused accounts, and the day's money."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from bot.domain.delivery import LONGEST_WAIT
from bot.store import control, sources
from bot.store.store import Store
from tests.harness.rehearsal_networks import START

LATE = datetime(2025, 4, 16, 23, 59, 59, tzinfo=UTC)


def test_an_unknown_account_is_open(store: Store) -> None:
    with store.read() as tx:
        assert control.account(tx, "mastodon").may_send(START)


def test_a_pause_ends_by_itself_and_a_closed_account_does_not_open_by_itself(store: Store) -> None:
    with store.begin() as tx:
        control.set_account(tx, "x", paused_until=START, reason="slow down")
        assert not control.account(tx, "x").may_send(START - timedelta(seconds=1))
        assert control.account(tx, "x").may_send(START)
        control.set_account(tx, "x", closed=True)
        assert not control.account(tx, "x").may_send(START + timedelta(days=900))
        assert control.account(tx, "mastodon").may_send(START)
        control.resume(tx)
        assert control.account(tx, "x").may_send(START)


def test_an_account_that_could_not_be_reached_is_left_alone_after_three_failures_and_not_for_ever(store: Store) -> None:
    until = START + LONGEST_WAIT
    with store.begin() as tx:
        control.set_account(tx, "x", failures=2)
        assert not control.account(tx, "x").is_out_of_reach
        control.set_account(tx, "x", failures=3, paused_until=until)
        known = control.account(tx, "x")
    assert known.is_out_of_reach
    assert not known.may_send(START)
    assert not known.may_be_asked(START)
    assert known.may_send(until)
    assert known.may_send(START - timedelta(seconds=1)), "a clock that was set back does not make it longer"


def test_a_rate_limit_on_posting_keeps_nobody_from_reading_and_lasts_as_long_as_it_was_said(store: Store) -> None:
    with store.begin() as tx:
        control.set_account(tx, "x", paused_until=START + timedelta(days=1), reason="slow down")
        known = control.account(tx, "x")
    assert known.may_be_asked(START)
    assert not known.may_send(START)


def test_one_account_is_opened_alone_and_the_switch_stays(store: Store) -> None:
    with store.begin() as tx:
        control.stop(tx, START, "ana")
        for name in ("mastodon", "x"):
            control.set_account(tx, name, closed=True, reason="revoked", failures=4, failing_since=START)
        control.open_account(tx, "x")
        opened = control.account(tx, "x")
        assert (opened.closed, opened.reason, opened.failures, opened.failing_since) == (False, "", 0, None)
        assert control.account(tx, "mastodon").closed
        assert control.is_stopped(tx)


def test_the_next_end_of_a_pause_is_known(store: Store) -> None:
    with store.begin() as tx:
        assert control.next_pause_end(tx, START) is None
        control.set_account(tx, "x", paused_until=START)
        control.set_account(tx, "mastodon", paused_until=START + timedelta(seconds=9))
        assert control.next_pause_end(tx, START) == START + timedelta(seconds=9)


def test_opening_accounts_keeps_what_is_known_of_them(store: Store) -> None:
    with store.begin() as tx:
        control.set_account(tx, "x", handle="x:Union", newest_own_id="7", closed=True)
        control.resume(tx)
        known = control.account(tx, "x")
    assert (known.handle, known.newest_own_id, known.closed) == ("x:Union", "7", False)


def test_money_is_counted_by_account_and_utc_day(store: Store) -> None:
    minsk = timezone(timedelta(hours=3))
    with store.begin() as tx:
        assert control.spend(tx, "x", 15, LATE)
        assert control.spend(tx, "x", 20, (LATE + timedelta(seconds=1)).astimezone(minsk))
        assert control.spend(tx, "other", 7, LATE)
        assert control.spent(tx, "x", LATE.astimezone(minsk)) == 15
        assert control.spent(tx, "x", LATE + timedelta(seconds=1)) == 20
        control.spend(tx, "x", -15, LATE)
        assert control.spent(tx, "x", LATE) == 0


def test_a_limit_can_be_reached_and_not_passed(store: Store) -> None:
    with store.begin() as tx:
        assert control.spend(tx, "x", 60, START, limit=100)
        assert not control.spend(tx, "x", 41, START, limit=100)
        assert control.spend(tx, "x", 40, START, limit=100)
        assert not control.spend(tx, "x", 1, START, limit=100)
        assert control.spend(tx, "x", 0, START, limit=0)
        assert control.spent(tx, "x", START) == 100


def test_the_next_budget_begins_at_midnight_utc(store: Store) -> None:
    assert control.next_budget(LATE) == datetime(2025, 4, 17, tzinfo=UTC)
    assert control.next_budget(datetime(2025, 4, 17, tzinfo=UTC)) == datetime(2025, 4, 18, tzinfo=UTC)


def test_the_switch_is_the_stores_not_the_processs(store: Store) -> None:
    with store.begin() as tx:
        control.stop(tx, START, "ana")
        control.stop(tx, START, "ben")
    again = Store.open(store.url)
    with again.read() as tx:
        assert control.is_stopped(tx)
    again.close()


def test_a_cursor_keeps_its_beginning_and_moves_with_its_posts(store: Store) -> None:
    with store.begin() as tx:
        first = sources.cursor_of(tx, "source", START)
        assert sources.cursor_of(tx, "source", START + timedelta(days=1)) == first
        moved = replace(first, newest="9", pending="p", resume="r")
        sources.save_cursor(tx, "source", moved, START)
        sources.note_failure(tx, "source", "no connection", START, 1, START)
        assert sources.cursor_of(tx, "source", START) == moved
