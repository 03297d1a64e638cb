"""An account in doubt sends nothing until its own timeline has told what the store does not know."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.delivery import Draft, State
from bot.domain.post import Outgoing, OwnPost
from bot.errors import Answer
from bot.services import decide, doubt, moderate, obstacles, publish, reckon, withdraw
from bot.store import attempts, control, marks
from bot.store.marks import Doubt, Why
from bot.store.witness import Witness
from tests.desk import IMAGE, START, Desk, draft, no
from tests.shelf import SqliteShelf


def forget_since(desk: Desk, *, needs_yes: bool = False, known_until: bool = True) -> None:
    """The store is one that was restored: it knows all until now, and nothing after."""
    until = desk.clock() if known_until else None
    with desk.work.store.begin() as tx:
        marks.raise_doubt(tx, Doubt(Why.RESTORED, desk.clock(), until, needs_yes), desk.work.config.accounts)


def posts(desk: Desk, text: str, media: int = 0, reply_to: str = "", account: str = "mastodon") -> str:
    """What the worker that this store knows nothing of has posted, or a person by hand."""
    platform = desk.mastodon if account == "mastodon" else desk.x
    ids = tuple(platform.upload(desk.folder / "banner.png", IMAGE).media_id for _ in range(media))
    return str(platform.publish(Outgoing(text, "en", media_ids=ids, reply_to=reply_to)).post_id)


def every_second(desk: Desk, seconds: int) -> None:
    """What a worker does in so many seconds."""
    for _ in range(seconds):
        desk.deliver("mastodon")
        desk.clock.passes(seconds=1)


def in_doubt(desk: Desk) -> list[str]:
    with desk.work.store.read() as tx:
        return marks.in_doubt(tx)


def test_what_is_out_is_found_and_never_sent_again(desk: Desk) -> None:
    desk.plan(draft())
    forget_since(desk)
    before = posts(desk, "Free them all.")
    desk.settle()
    assert desk.texts() == ["Free them all."]
    one = desk.one()
    assert (one.state, one.sent_parts[0].post_id, one.error) == (State.SENT, before, "")
    assert one.url.endswith(before)
    assert in_doubt(desk) == []
    assert [event.alarming for event in desk.told("reckoned")] == [False, False]


def test_what_is_not_out_goes_after_three_healthy_readings_by_its_own_rule(desk: Desk) -> None:
    desk.plan(draft(), draft("late", late=timedelta(seconds=20)))
    forget_since(desk)
    every_second(desk, 60)
    assert desk.texts() == ["Free them all."]
    assert desk.states() == [State.SENT, State.MISSED]
    assert desk.mastodon.requests["look"] == 3
    assert desk.accepted()[0].at >= START + timedelta(seconds=40), "a request from before may have been under way"


def test_nothing_at_all_leaves_before_the_reckoning_is_done(desk: Desk) -> None:
    desk.plan(draft(), draft(account="x"), draft("pictured", media=[IMAGE], due=timedelta(minutes=5)))
    sighting = moderate_one(desk)
    forget_since(desk)
    desk.deliver()
    desk.clock.passes(seconds=15)
    desk.deliver()
    assert (desk.accepted(), desk.accepted("x"), desk.reshared()) == ([], [], [])
    assert desk.mastodon.requests["upload"] == 0
    desk.settle()
    assert (len(desk.accepted()), len(desk.accepted("x")), len(desk.reshared())) == (2, 1, 1)
    assert sighting


def moderate_one(desk: Desk) -> int:
    desk.solidarity()
    desk.read()
    (seen,) = desk.seen()
    moderate.approve(desk.work, seen.id, "ana")
    return seen.id


@pytest.mark.parametrize(
    "state", [State.HELD, State.MISSED, State.REJECTED, State.UNKNOWN, State.NEEDS_DECISION, State.CLAIMED]
)
def test_whatever_state_it_was_left_in_what_is_out_is_sent(desk: Desk, state: State) -> None:
    desk.plan(draft())
    if state in {State.UNKNOWN, State.NEEDS_DECISION}:
        desk.mastodon.refuse("publish", no(Answer.AMBIGUOUS))
        desk.deliver("mastodon")
        assert desk.state() is State.UNKNOWN
    desk.force(desk.one().id, state=state, error="whatever it was")
    forget_since(desk)
    posts(desk, "Free them all.")
    desk.settle()
    assert desk.state() is State.SENT
    assert len(desk.accepted()) == 1


def test_what_the_plan_called_off_and_was_sent_before_is_found(desk: Desk) -> None:
    desk.plan(draft())
    desk.plan()
    assert desk.state() is State.CANCELLED
    forget_since(desk)
    posts(desk, "Free them all.")
    desk.deliver()
    assert (desk.one().state, desk.one().cancelled_by) == (State.SENT, "")
    desk.plan(draft())
    desk.settle()
    assert len(desk.accepted()) == 1


def test_what_was_planned_after_the_backup_comes_back_by_the_files_and_is_found_too(desk: Desk) -> None:
    forget_since(desk)
    posts(desk, "Free them all.")
    desk.clock.passes(hours=8)
    desk.plan(draft())
    assert desk.state() is State.MISSED
    desk.settle()
    assert desk.state() is State.SENT
    assert len(desk.accepted()) == 1


def test_files_that_come_back_after_the_reckoning_are_reckoned_again(desk: Desk) -> None:
    forget_since(desk)
    posts(desk, "Free them all.")
    desk.clock.passes(minutes=30)
    desk.settle()
    assert in_doubt(desk) == []
    desk.plan(draft(due=timedelta(minutes=1)), draft("later", parts=["Later."], due=timedelta(hours=3)))
    desk.settle(hours=4)
    assert desk.texts() == ["Free them all.", "Later."]
    assert desk.states() == [State.SENT, State.SENT]


def test_posts_that_nobody_remembers_hold_what_was_due_meanwhile_and_nothing_else(desk: Desk) -> None:
    due, later = desk.plan(draft(), draft("later", parts=["Later."], due=timedelta(hours=3))).ids
    forget_since(desk)
    posts(desk, "Free them ALL, as somebody edited it.")
    desk.settle()
    assert [desk.state(due), desk.state(later)] == [State.HELD, State.PLANNED]
    assert f"bot release {due}, or bot cancel {due}" in desk.one(due).error
    assert [event.alarming for event in desk.told("reckoned") if event.fields["account"] == "mastodon"] == [True]
    decide.release(desk.work, due, "ana")
    desk.settle(hours=4)
    assert desk.texts() == ["Free them ALL, as somebody edited it.", "Free them all.", "Later."]


def test_answers_to_other_people_and_reshares_by_hand_are_none_of_ours(desk: Desk) -> None:
    desk.plan(draft())
    uri = desk.solidarity()
    forget_since(desk)
    desk.mastodon.reshare(desk.mastodon.fetch(uri), desk.clock() + timedelta(minutes=1))
    posts(desk, "Thank you!", reply_to=desk.mastodon.fetch(uri).native_id)
    desk.settle()
    assert desk.state() is State.SENT
    assert desk.texts() == ["Thank you!", "Free them all."]


def test_a_thread_that_is_out_in_part_goes_on_with_its_next_part(desk: Desk) -> None:
    desk.plan(draft(parts=["One.", "Two.", "Three."], media=[IMAGE], media_part=1))
    forget_since(desk)
    first = posts(desk, "One.")
    second = posts(desk, "Two.", media=1, reply_to=first)
    desk.settle()
    assert desk.texts() == ["One.", "Two.", "Three."]
    assert [part.post_id for part in desk.one().sent_parts][:2] == [first, second]
    assert desk.accepted()[2].reply_to == second
    assert desk.state() is State.SENT


def test_two_days_with_the_same_words_are_told_apart_by_their_order(desk: Desk) -> None:
    first, second = desk.plan(draft(day="T-7"), draft(day="T-1", due=timedelta(hours=2))).ids
    forget_since(desk)
    posts(desk, "Free them all.")
    desk.settle()
    assert [desk.state(first), desk.state(second)] == [State.SENT, State.PLANNED]
    desk.settle(hours=3)
    assert desk.texts() == ["Free them all."] * 2


def test_a_reshare_that_is_out_is_found(desk: Desk) -> None:
    moderate_one(desk)
    forget_since(desk)
    desk.mastodon.reshare(desk.mastodon.fetch(desk.one().post_uri), desk.clock() + timedelta(minutes=1))
    desk.settle()
    assert desk.state() is State.SENT
    assert len(desk.reshared()) == 1
    assert desk.mastodon.requests["reshare"] == 1
    assert [str(seen.state) for seen in desk.seen()] == ["reshared"]


def test_a_timeline_that_cannot_be_read_keeps_the_account_in_doubt_and_a_person_is_told_once(desk: Desk) -> None:
    desk.plan(draft())
    forget_since(desk)
    desk.mastodon.refuse("look", *[no(Answer.NOT_SENT)] * 8)
    desk.settle(minutes=5)
    assert desk.texts() == []
    assert in_doubt(desk) == ["mastodon"]
    assert [event.alarming for event in desk.told("still_in_doubt")].count(True) == 1
    desk.settle(hours=1)
    assert desk.texts() == ["Free them all."]


def test_a_timeline_that_loses_what_it_has_shown_is_not_believed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.plan(draft("other", parts=["Other."]), draft())
    forget_since(desk)
    posts(desk, "Other.")
    shown: list[OwnPost] = desk.mastodon.own_posts(START)
    answers = [shown, [], [], [], shown, shown]
    monkeypatch.setattr(desk.mastodon, "own_posts", lambda since: answers.pop(0) if answers else shown)
    desk.settle()
    assert answers == []
    assert desk.texts() == ["Other.", "Free them all."]


def test_readings_that_are_billed_are_paid_and_wait_for_money(tmp_path: Path) -> None:
    desk = Desk(tmp_path, budget=0.05)
    desk.plan(draft(account="x"))
    forget_since(desk)
    desk.settle(minutes=30)
    assert (desk.texts("x"), in_doubt(desk)) == ([], ["x"])
    assert desk.x.requests["look"] == 0


def test_what_was_spent_without_our_knowledge_is_on_the_bill(desk: Desk) -> None:
    desk.plan(draft(account="x"))
    forget_since(desk)
    posts(desk, "Free them all.", account="x")
    desk.deliver("x")
    with desk.work.store.read() as tx:
        spent = control.spent(tx, "x", START)
    assert spent == desk.x.reconcile_cost + 15_000


def test_a_person_can_look_where_we_cannot_and_what_was_due_is_held_for_them(desk: Desk) -> None:
    due, later = desk.plan(draft(), draft("later", parts=["Later."], due=timedelta(hours=3))).ids
    forget_since(desk)
    desk.mastodon.refuse("look", no(Answer.NOT_SENT))
    desk.deliver("mastodon")
    held = reckon.without_reading(desk.work.store, desk.work.locks, desk.clock(), "ana")
    assert [one.id for one in held] == [due]
    assert in_doubt(desk) == []
    desk.settle(hours=4)
    assert [desk.state(due), desk.state(later)] == [State.HELD, State.SENT]
    assert desk.texts() == ["Later."]


def test_nothing_is_reckoned_before_a_person_has_said_yes(desk: Desk) -> None:
    desk.plan(draft())
    forget_since(desk, needs_yes=True)
    desk.settle(hours=2)
    assert (desk.texts(), desk.mastodon.requests["look"]) == ([], 0)
    assert any("bot db adopt" in text for text in obstacles.obstacles(desk.work))
    doubt.adopt(desk.work.store, desk.folder, desk.work.config.accounts, desk.clock(), "ana")
    assert any("mastodon is paused: this store does not know" in text for text in obstacles.obstacles(desk.work))
    desk.settle()
    assert desk.texts() == ["Free them all."]
    assert obstacles.obstacles(desk.work) == []


def test_a_store_that_knows_nothing_looks_back_to_the_first_post_that_was_due(desk: Desk) -> None:
    posts(desk, "Free them all.")
    desk.clock.passes(hours=5)
    desk.plan(draft())
    forget_since(desk, known_until=False)
    desk.settle()
    assert desk.state() is State.SENT
    assert len(desk.accepted()) == 1


def test_a_worker_that_dies_between_two_readings_is_followed_by_one_that_goes_on(desk: Desk) -> None:
    desk.plan(draft())
    forget_since(desk)
    desk.deliver()
    desk.clock.passes(seconds=10)
    other = desk.worker()
    publish.deliver(other, "mastodon")
    desk.clock.passes(seconds=60)
    publish.deliver(desk.worker(), "mastodon")
    assert desk.mastodon.requests["look"] == 3
    assert desk.texts() == ["Free them all."]


def test_what_was_found_can_be_taken_back_like_all_that_is_out(desk: Desk) -> None:
    desk.plan(draft())
    forget_since(desk)
    posts(desk, "Free them all.")
    desk.deliver("mastodon")
    withdraw.undo(desk.work, desk.one().id, "ana")
    assert desk.one().undone_at is not None
    with desk.work.store.read() as tx:
        assert attempts.known_post_ids(tx, "mastodon") == frozenset()


def test_a_store_that_was_replaced_by_yesterdays_while_a_worker_works_sends_nothing_twice(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert isinstance(desk.shelf, SqliteShelf)
    watch(desk)
    desk.plan(*(draft(name, parts=[name], due=timedelta(minutes=place)) for place, name in enumerate("abc")))
    replaced(desk.shelf.file, lambda: desk.settle(minutes=1))
    desk.settle(hours=1)
    assert sorted(desk.texts()) == ["a", "b", "c"]
    assert len(desk.told("doubt")) == 1


def watch(desk: Desk) -> None:
    desk.work.store.witness = Witness(desk.folder / "witness")
    assert doubt.notice(desk.work.store, desk.work.config.accounts, desk.clock()) is None


def replaced(file: Path, meanwhile: Callable[[], None]) -> None:
    """What happened meanwhile is forgotten: the file is put back as it was."""
    kept = file.with_suffix(".kept")
    shutil.copy(file, kept)
    wal = file.with_name(file.name + "-wal")
    if wal.exists():
        shutil.copy(wal, kept.with_name(kept.name + "-wal"))
    meanwhile()
    for ending in ("-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
    if kept.with_name(kept.name + "-wal").exists():
        kept.with_name(kept.name + "-wal").replace(wal)
    kept.replace(file)


def drafts(count: int) -> list[Draft]:
    return [draft(f"m{number}", parts=[f"Number {number}."]) for number in range(count)]


def test_many_are_found_among_many_and_the_rest_goes_out(desk: Desk) -> None:
    desk.plan(*drafts(30))
    forget_since(desk)
    for number in range(0, 30, 2):
        posts(desk, f"Number {number}.")
    desk.settle()
    assert sorted(desk.texts()) == sorted(f"Number {number}." for number in range(30))
    assert desk.states() == [State.SENT] * 30
