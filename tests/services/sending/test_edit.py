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
from bot.services.drafting import Sound
from bot.services.own_accounts import remember_limits
from bot.services.sending import deliver, edit, undo
from bot.services.stop import stop
from bot.store import edits, past_requests
from tests.harness.campaign import IMAGE, CampaignHarness, draft
from tests.harness.refusals import refused
from tests.harness.words import worded

WRONG = "Free htem all."
RIGHT = "Free them all."


def out(harness: CampaignHarness, *parts: str, **more: Any) -> int:
    """Something that is out, with a mistake in it."""
    number = harness.planned(parts=parts or (WRONG,), **more)
    harness.deliver()
    assert harness.state(number) is State.SENT
    return number


def changed(harness: CampaignHarness, number: int, *drafts: Draft) -> bool:
    """Change it to what the files have; gives whether it says that now."""
    wanted = edit.from_files(harness.work, number, Sound(drafts))
    return edit.says(edit.edit(harness.work, wanted, "Ana"), wanted)


def shown(harness: CampaignHarness, account: str = "mastodon") -> list[str]:
    """What followers read, the oldest first."""
    with harness.networks[account].reading() as memory:
        return [post.text for post in memory.posts.values()]


def asked(harness: CampaignHarness, number: int) -> bool:
    with harness.work.store.read() as tx:
        return edits.requested_edit(tx, number) is not None


def test_a_post_gets_the_words_of_the_files_and_keeps_its_place(harness: CampaignHarness) -> None:
    number = out(harness)
    before = harness.one(number)
    right = draft(parts=(RIGHT,))
    assert changed(harness, number, right)
    after = harness.one(number)
    assert shown(harness) == [RIGHT]
    assert (after.state, after.url, after.sent_at) == (State.SENT, before.url, before.sent_at)
    assert (after.content, after.content_hash) == (right.content, right.content_hash)
    assert not edit.from_files(harness.work, number, Sound((right,))).is_needed
    harness.plan(right)
    harness.deliver()
    assert len(harness.accepted()) == 1
    with harness.work.store.read() as tx:
        assert [past.attempt.action for past in past_requests.attempt_history(tx, number)] == [
            Action.PUBLISH,
            Action.EDIT,
        ]
    told = [words for _, words in story_lines(harness.work, explain.story(harness.work, number))]
    assert "Other words: accepted." in told
    assert any("Ana: edit “Free them all.”" in words for words in told)


def test_of_a_thread_what_has_changed_is_changed(harness: CampaignHarness) -> None:
    number = out(harness, "One.", WRONG, "Three.")
    assert changed(harness, number, draft(parts=("One.", RIGHT, "Three.")))
    assert shown(harness) == ["One.", RIGHT, "Three."]
    assert harness.mastodon.requests["edit"] == 1
    undo.undo(harness.work, number, "Ana")
    assert shown(harness) == []


def test_files_stay_where_they_are_and_new_ones_are_given(harness: CampaignHarness) -> None:
    number = out(harness, media=[IMAGE])
    (harness.folder / "other.png").write_bytes(b"another")
    assert changed(harness, number, draft(parts=(RIGHT,), media=[IMAGE]))
    assert harness.mastodon.requests["upload"] == 1
    with harness.networks["mastodon"].reading() as memory:
        assert [one.alt for post in memory.posts.values() for one in post.media] == [IMAGE.alt]


@pytest.mark.parametrize("how", [How.AMBIGUOUS_ACCEPTED, How.AMBIGUOUS_NOT_ACCEPTED, How.NOT_SENT, How.RATE_LIMITED])
def test_what_got_no_answer_is_tried_again_by_a_worker(harness: CampaignHarness, how: How) -> None:
    number = out(harness)
    harness.networks["mastodon"].fail_next(Asked.EDIT, how, until=harness.clock() + timedelta(minutes=1))
    assert not changed(harness, number, draft(parts=(RIGHT,)))
    assert worded(harness.one(number).error).startswith("not changed yet, will be tried again:")
    assert harness.one(number).content.parts[0].text == WRONG
    harness.settle(minutes=10)
    assert shown(harness) == [RIGHT]
    assert (harness.one(number).content.parts[0].text, harness.one(number).error) == (RIGHT, "")
    assert len(harness.accepted()) == 1
    assert harness.told("edited")


def test_after_an_unknown_outcome_the_old_words_can_be_had_back(harness: CampaignHarness) -> None:
    number = out(harness)
    harness.networks["mastodon"].fail_next(Asked.EDIT, How.AMBIGUOUS_ACCEPTED)
    assert not changed(harness, number, draft(parts=(RIGHT,)))
    assert shown(harness) == [RIGHT]
    assert changed(harness, number, draft(parts=(WRONG,)))
    assert shown(harness) == [WRONG]
    assert not asked(harness, number)


def test_a_no_is_final_and_told(harness: CampaignHarness) -> None:
    number = out(harness)
    harness.networks["mastodon"].fail_next(Asked.EDIT, How.REJECTED)
    assert not changed(harness, number, draft(parts=(RIGHT,)))
    assert worded(harness.one(number).error).startswith("not changed: ")
    assert not asked(harness, number)
    assert [event.alarming for event in harness.told("edit_failed")] == [True]


def test_nothing_is_changed_while_sending_is_stopped_nor_once_it_is_taken_back(harness: CampaignHarness) -> None:
    number = out(harness)
    harness.networks["mastodon"].fail_next(Asked.EDIT, How.NOT_SENT)
    changed(harness, number, draft(parts=(RIGHT,)))
    stop(harness.work, "Ana")
    harness.clock.passes(hours=1)
    deliver.deliver(harness.work, "mastodon")
    with refused(RefusedCode.SENDING_STOPPED, "bot resume"):
        changed(harness, number, draft(parts=(RIGHT,)))
    assert shown(harness) == [WRONG]
    undo.undo(harness.work, number, "Ana")
    with refused(RefusedCode.NOTHING_TO_EDIT, "bot retry"):
        changed(harness, number, draft(parts=(RIGHT,)))
    assert shown(harness) == []


def test_what_cannot_be_done_says_what_to_do_instead(harness: CampaignHarness) -> None:
    number = out(harness, "One.", "Two.")
    instead = f"in 2 parts, and it would have 1 part now.*bot undo {number}.*bot plan.*retry"
    with refused(RefusedCode.THREAD_LENGTH_FIXED, instead):
        changed(harness, number, draft(parts=("One.",)))
    on_x = harness.plan(draft(parts=("One.", "Two.")), draft(parts=(WRONG,), account="x")).ids[0]
    harness.deliver()
    right = draft(parts=(RIGHT,), account="x")
    with refused(RefusedCode.PLATFORM_CANNOT_EDIT, f"Posts on x cannot be changed by a program.*edit {on_x} --done"):
        changed(harness, on_x, right)
    wanted = edit.from_files(harness.work, on_x, Sound((right,)))
    assert edit.says(edit.done_by_hand(harness.work, wanted, "Ana"), wanted)
    assert shown(harness, "x") == [WRONG]
    with refused(RefusedCode.TEXT_IS_IN_FILES, f"messages/call/.*bot edit {number}"):
        edit.from_text(harness.work, number, RIGHT)


def test_a_typed_post_is_judged_by_what_its_server_said_last(harness: CampaignHarness) -> None:
    remember_limits(harness.work, harness.work.config.accounts["mastodon"], replace(MASTODON, max_characters=900))
    number = compose.post(harness.work, WRONG, "mastodon", "now", None, "6h", "Ana").id
    harness.deliver()
    assert harness.state(number) is State.SENT
    assert edit.from_text(harness.work, number, "w" * 800).delivery.id == number
    with refused(RefusedCode.TEXT_AT_FAULT, "takes 900"):
        edit.from_text(harness.work, number, "w" * 901)


def test_a_change_that_was_asked_for_before_a_post_was_posted_anew_is_forgotten(harness: CampaignHarness) -> None:
    number = out(harness)
    harness.networks["mastodon"].fail_next(Asked.EDIT, How.NOT_SENT)
    assert not changed(harness, number, draft(parts=(RIGHT,)))
    told = [words for _, words in story_lines(harness.work, explain.story(harness.work, number))]
    assert any(words.startswith("not changed yet, will be tried again:") for words in told)
    undo.undo(harness.work, number, "Ana")
    newest = draft(parts=("Free them all now.",))
    harness.plan(newest)
    harness.clock.passes(minutes=5)
    decisions.retry(harness.work, number, "Ana")
    harness.settle(minutes=10)
    assert shown(harness) == ["Free them all now."]
    assert not asked(harness, number)
