"""Changing a post that is out: recorded before it leaves, tried until the platform says yes or no, never a new post."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.cli.words.history import story_lines
from bot.domain.delivery import Action, Draft, State
from bot.domain.limits import MASTODON
from bot.errors import RefusedCode
from bot.platforms.rehearsal.faults import FaultyAction as Asked
from bot.platforms.rehearsal.faults import How
from bot.services import compose, decisions, explain
from bot.services.campaign_files import Sound
from bot.services.own_accounts import remember_limits
from bot.services.sending import deliver, edit, undo
from bot.services.stop import stop
from bot.store import deliveries, edits
from tests.harness.campaign import IMAGE, CampaignHarness, draft
from tests.harness.refusals import refused
from tests.harness.words import worded

WRONG = "Free htem all."
RIGHT = "Free them all."


def out(desk: CampaignHarness, *parts: str, **more: Any) -> int:
    """Something that is out, with a mistake in it."""
    number = desk.planned(parts=parts or (WRONG,), **more)
    desk.deliver()
    assert desk.state(number) is State.SENT
    return number


def changed(desk: CampaignHarness, number: int, *drafts: Draft) -> bool:
    """Change it to what the files have; gives whether it says that now."""
    wanted = edit.from_files(desk.work, number, Sound(drafts))
    return edit.says(edit.edit(desk.work, wanted, "Ana"), wanted)


def shown(desk: CampaignHarness, account: str = "mastodon") -> list[str]:
    """What followers read, the oldest first."""
    with desk.networks[account].reading() as memory:
        return [post.text for post in memory.posts.values()]


def asked(desk: CampaignHarness, number: int) -> bool:
    with desk.work.store.read() as tx:
        return edits.requested_edit(tx, number) is not None


def test_a_post_gets_the_words_of_the_files_and_keeps_its_place(desk: CampaignHarness) -> None:
    number = out(desk)
    before = desk.one(number)
    right = draft(parts=(RIGHT,))
    assert changed(desk, number, right)
    after = desk.one(number)
    assert shown(desk) == [RIGHT]
    assert (after.state, after.url, after.sent_at) == (State.SENT, before.url, before.sent_at)
    assert (after.content, after.content_hash) == (right.content, right.content_hash)
    assert not edit.from_files(desk.work, number, Sound((right,))).is_needed
    desk.plan(right)
    desk.deliver()
    assert len(desk.accepted()) == 1
    with desk.work.store.read() as tx:
        assert [past.attempt.action for past in deliveries.attempt_history(tx, number)] == [Action.PUBLISH, Action.EDIT]
    told = [words for _, words in story_lines(desk.work, explain.story(desk.work, number))]
    assert "Other words: accepted." in told
    assert any("Ana: edit “Free them all.”" in words for words in told)


def test_of_a_thread_what_has_changed_is_changed(desk: CampaignHarness) -> None:
    number = out(desk, "One.", WRONG, "Three.")
    assert changed(desk, number, draft(parts=("One.", RIGHT, "Three.")))
    assert shown(desk) == ["One.", RIGHT, "Three."]
    assert desk.mastodon.requests["edit"] == 1
    undo.undo(desk.work, number, "Ana")
    assert shown(desk) == []


def test_files_stay_where_they_are_and_new_ones_are_given(desk: CampaignHarness) -> None:
    number = out(desk, media=[IMAGE])
    (desk.folder / "other.png").write_bytes(b"another")
    assert changed(desk, number, draft(parts=(RIGHT,), media=[IMAGE]))
    assert desk.mastodon.requests["upload"] == 1
    with desk.networks["mastodon"].reading() as memory:
        assert [one.alt for post in memory.posts.values() for one in post.media] == [IMAGE.alt]


@pytest.mark.parametrize("how", [How.AMBIGUOUS_ACCEPTED, How.AMBIGUOUS_NOT_ACCEPTED, How.NOT_SENT, How.RATE_LIMITED])
def test_what_got_no_answer_is_tried_again_by_a_worker(desk: CampaignHarness, how: How) -> None:
    number = out(desk)
    desk.networks["mastodon"].fail_next(Asked.EDIT, how, until=desk.clock() + timedelta(minutes=1))
    assert not changed(desk, number, draft(parts=(RIGHT,)))
    assert worded(desk.one(number).error).startswith("not changed yet, will be tried again:")
    assert desk.one(number).content.parts[0].text == WRONG
    desk.settle(minutes=10)
    assert shown(desk) == [RIGHT]
    assert (desk.one(number).content.parts[0].text, desk.one(number).error) == (RIGHT, "")
    assert len(desk.accepted()) == 1
    assert desk.told("edited")


def test_after_an_unknown_outcome_the_old_words_can_be_had_back(desk: CampaignHarness) -> None:
    number = out(desk)
    desk.networks["mastodon"].fail_next(Asked.EDIT, How.AMBIGUOUS_ACCEPTED)
    assert not changed(desk, number, draft(parts=(RIGHT,)))
    assert shown(desk) == [RIGHT]
    assert changed(desk, number, draft(parts=(WRONG,)))
    assert shown(desk) == [WRONG]
    assert not asked(desk, number)


def test_a_no_is_final_and_told(desk: CampaignHarness) -> None:
    number = out(desk)
    desk.networks["mastodon"].fail_next(Asked.EDIT, How.REJECTED)
    assert not changed(desk, number, draft(parts=(RIGHT,)))
    assert worded(desk.one(number).error).startswith("not changed: ")
    assert not asked(desk, number)
    assert [event.alarming for event in desk.told("edit_failed")] == [True]


def test_nothing_is_changed_while_sending_is_stopped_nor_once_it_is_taken_back(desk: CampaignHarness) -> None:
    number = out(desk)
    desk.networks["mastodon"].fail_next(Asked.EDIT, How.NOT_SENT)
    changed(desk, number, draft(parts=(RIGHT,)))
    stop(desk.work, "Ana")
    desk.clock.passes(hours=1)
    deliver.deliver(desk.work, "mastodon")
    with refused(RefusedCode.SENDING_STOPPED, "bot resume"):
        changed(desk, number, draft(parts=(RIGHT,)))
    assert shown(desk) == [WRONG]
    undo.undo(desk.work, number, "Ana")
    with refused(RefusedCode.NOTHING_TO_EDIT, "bot retry"):
        changed(desk, number, draft(parts=(RIGHT,)))
    assert shown(desk) == []


def test_what_cannot_be_done_says_what_to_do_instead(desk: CampaignHarness) -> None:
    number = out(desk, "One.", "Two.")
    instead = f"in 2 parts, and it would have 1 part now.*bot undo {number}.*bot plan.*retry"
    with refused(RefusedCode.THREAD_LENGTH_FIXED, instead):
        changed(desk, number, draft(parts=("One.",)))
    on_x = desk.plan(draft(parts=("One.", "Two.")), draft(parts=(WRONG,), account="x")).ids[0]
    desk.deliver()
    right = draft(parts=(RIGHT,), account="x")
    with refused(RefusedCode.PLATFORM_CANNOT_EDIT, f"Posts on x cannot be changed by a program.*edit {on_x} --done"):
        changed(desk, on_x, right)
    wanted = edit.from_files(desk.work, on_x, Sound((right,)))
    assert edit.says(edit.done_by_hand(desk.work, wanted, "Ana"), wanted)
    assert shown(desk, "x") == [WRONG]
    with refused(RefusedCode.TEXT_IS_IN_FILES, f"messages/call/.*bot edit {number}"):
        edit.from_text(desk.work, number, RIGHT)


def test_a_typed_post_is_judged_by_what_its_server_said_last(desk: CampaignHarness) -> None:
    remember_limits(desk.work, desk.work.config.accounts["mastodon"], replace(MASTODON, max_characters=900))
    number = compose.post(desk.work, WRONG, "mastodon", "now", None, "6h", "Ana").id
    desk.deliver()
    assert desk.state(number) is State.SENT
    assert edit.from_text(desk.work, number, "w" * 800).delivery.id == number
    with refused(RefusedCode.TEXT_AT_FAULT, "takes 900"):
        edit.from_text(desk.work, number, "w" * 901)


def test_a_change_that_was_asked_for_before_a_post_was_posted_anew_is_forgotten(desk: CampaignHarness) -> None:
    number = out(desk)
    desk.networks["mastodon"].fail_next(Asked.EDIT, How.NOT_SENT)
    assert not changed(desk, number, draft(parts=(RIGHT,)))
    told = [words for _, words in story_lines(desk.work, explain.story(desk.work, number))]
    assert any(words.startswith("not changed yet, will be tried again:") for words in told)
    undo.undo(desk.work, number, "Ana")
    newest = draft(parts=("Free them all now.",))
    desk.plan(newest)
    desk.clock.passes(minutes=5)
    decisions.retry(desk.work, number, "Ana")
    desk.settle(minutes=10)
    assert shown(desk) == ["Free them all now."]
    assert not asked(desk, number)
