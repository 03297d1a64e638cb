"""A post is what a follower sees: files under other names never send it again, nor bring back what was stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.delivery import Draft, State
from bot.domain.planning import HeldFor, PlanCode
from bot.services import decisions, plan
from bot.services.sending import undo
from tests.harness.campaign import IMAGE, CampaignHarness, draft
from tests.harness.rehearsal_networks import START
from tests.harness.words import worded

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WORDS = "Free all the jailed trade unionists of Belarus, today and not tomorrow."
NEARLY = "Free all the jailed trade unionists of Belarus, now and not tomorrow."
OTHER = "Sign the petition to the embassy."


def on(days: int = 0, text: str = WORDS, message: str = "call", **more: Any) -> Draft:
    """A draft due so many days after the start, its day written as a date."""
    due = more.pop("due", timedelta()) + days * DAY
    day = more.pop("day", f"{(START + due).date()}")
    made = draft(message, parts=(text,), due=due, day=day, **more)
    return replace(made, wall_time=f"{(START + due).date()} 09:00 UTC")


Edit = Callable[[Draft], Draft]

SAME: dict[str, Edit] = {
    "the message's folder": lambda one: replace(one, message="appeal"),
    "the day as it is written": lambda one: replace(one, day="T-12"),
    "the zone as it is written": lambda one: replace(one, wall_time=one.wall_time.replace("UTC", "Etc/UTC")),
    "the language's file": lambda one: replace(one, language="de"),
    "the time of day": lambda one: replace(one, due_at=one.due_at + HOUR, expires_at=one.expires_at + HOUR),
    "folder, day and time": lambda one: replace(
        one, message="appeal", day="T-12", due_at=one.due_at + HOUR, expires_at=one.expires_at + HOUR
    ),
    "the day": lambda _: on(3),
    "folder and day": lambda _: on(3, message="appeal"),
}


@pytest.mark.parametrize("what", SAME)
def test_what_is_out_stays_out_under_another(harness: CampaignHarness, what: str) -> None:
    harness.plan(on())
    harness.deliver()
    harness.plan(SAME[what](on()))
    assert harness.plan(SAME[what](on())).news == []
    harness.settle(days=4)
    assert harness.texts() == [WORDS]
    assert harness.state() is State.SENT


@pytest.mark.parametrize("what", SAME)
@pytest.mark.parametrize("stopped", ["held", "cancelled", "taken back"])
def test_what_a_person_stopped_stays_stopped_under_another(harness: CampaignHarness, what: str, stopped: str) -> None:
    harness.plan(on())
    (made,) = (one.id for one in harness.all())
    if stopped == "held":
        decisions.hold(harness.work, made, "ana")
    elif stopped == "cancelled":
        decisions.cancel(harness.work, made, "ana")
    else:
        harness.deliver()
        undo.undo(harness.work, made, "ana")
    before = harness.state()
    harness.plan(SAME[what](on()))
    harness.settle(days=4)
    assert (harness.state(), len(harness.texts())) == (before, int(stopped == "taken back"))


@pytest.mark.parametrize("state", [State.SENDING, State.UNKNOWN, State.NEEDS_DECISION])
def test_what_may_be_out_is_not_planned_again_under_another_name(harness: CampaignHarness, state: State) -> None:
    harness.plan(on())
    harness.force(harness.one().id, state=state)
    harness.plan(on(message="appeal"))
    assert (harness.one().state, harness.one().message) == (state, "appeal")


def test_a_gap_in_which_a_draft_is_nowhere_loses_nothing(harness: CampaignHarness) -> None:
    harness.plan(on(), on(1, OTHER, "sign"), on(2, "Come to the rally.", "rally"))
    harness.deliver()
    decisions.hold(harness.work, harness.all()[1].id, "ana")
    decisions.cancel(harness.work, harness.all()[2].id, "ana")
    harness.plan()
    harness.plan(on(message="a"), on(1, OTHER, "b"), on(2, "Come to the rally.", "c"))
    assert harness.states() == [State.SENT, State.HELD, State.CANCELLED]
    harness.settle(days=4)
    assert harness.texts() == [WORDS]


def test_uploads_and_checks_stay_with_a_post_that_is_renamed(harness: CampaignHarness) -> None:
    harness.plan(on(media=[IMAGE]))
    harness.force(harness.one().id, checked_at=START)
    harness.plan(on(media=[replace(IMAGE, path="other-name.png")], message="appeal"))
    assert (harness.one().message, harness.one().checked_at) == ("appeal", START)


def test_another_picture_is_another_post_and_is_asked_about(harness: CampaignHarness) -> None:
    harness.plan(on(media=[IMAGE]))
    harness.deliver()
    harness.plan(on(media=[replace(IMAGE, sha256="0" * 64)], message="appeal"))
    assert harness.states() == [State.SENT, State.HELD]


@pytest.mark.parametrize("state", ["planned", "sent"])
def test_a_repetition_that_the_files_state_goes(harness: CampaignHarness, state: str) -> None:
    harness.plan(on(), *([on(2)] if state == "planned" else []))
    harness.deliver()
    harness.plan(on(), on(2))
    harness.settle(days=3)
    assert harness.texts() == [WORDS, WORDS]


def test_a_repetition_goes_on_when_the_days_that_are_past_are_taken_out(harness: CampaignHarness) -> None:
    harness.plan(on(), on(2), on(4))
    harness.deliver()
    harness.plan(on(2, message="appeal"), on(4, message="appeal"))
    harness.settle(days=5)
    assert harness.texts() == [WORDS] * 3


def test_what_is_out_is_continued_before_what_is_only_planned(harness: CampaignHarness) -> None:
    harness.plan(on(), on(3))
    harness.deliver()
    harness.plan(on(5, message="appeal"))
    harness.settle(days=6)
    assert (harness.texts(), harness.states()) == ([WORDS], [State.SENT, State.CANCELLED])


def test_two_messages_that_change_places_are_not_sent_twice(harness: CampaignHarness) -> None:
    harness.plan(on(), on(2, OTHER, "sign"))
    harness.deliver()
    harness.plan(on(text=OTHER), on(2, WORDS, "sign"))
    harness.settle(days=3)
    assert harness.texts() == [WORDS]
    assert harness.one(2).held_for == HeldFor.SAME_WORDS


def test_nearly_the_same_words_under_another_name_are_held_and_a_person_is_asked(harness: CampaignHarness) -> None:
    harness.plan(on())
    harness.deliver()
    report = harness.plan(on(text=NEARLY, message="appeal"))
    (note,) = report.news
    assert (note.says, note.question and note.question.why) == (PlanCode.HELD, HeldFor.NEAR_WORDS)
    held = harness.one(2)
    assert (held.state, held.held_for, held.near_to) == (State.HELD, HeldFor.NEAR_WORDS, 1)
    sent = harness.one(1)
    assert worded(held.error).startswith(f"These words went out on {START:%a %d %b %Y %H:%M} UTC: {sent.url}. ")
    assert worded(held.error).endswith(
        "Post them again: bot release 2. Leave it: bot cancel 2. Change it there: bot edit 1"
    )
    with harness.work.store.read() as tx:
        (found,) = plan.out_with_other_words(tx, [on(text=NEARLY, message="appeal")], harness.clock())
    assert (found.delivery.id, found.draft.content.text) == (1, NEARLY)
    assert harness.plan(on(text=NEARLY, message="appeal")).is_quiet
    harness.settle()
    assert harness.texts() == [WORDS]


@pytest.mark.parametrize(
    ("text", "is_near"),
    [
        (WORDS.replace("jailed", "jaild"), True),
        (f"{WORDS} Join us at the embassy at noon.", True),
        (WORDS.partition(",")[0], True),
        (WORDS.upper(), True),
        (f"{WORDS} {OTHER} Bring friends, a flag, a whistle and something warm to drink for all of us.", False),
        ("Free all the books in the library.", False),
    ],
)
def test_what_comes_near(harness: CampaignHarness, text: str, *, is_near: bool) -> None:
    harness.plan(on())
    harness.deliver()
    harness.plan(on(text=text, message="appeal"))
    assert harness.state(2) is (State.HELD if is_near else State.PLANNED)


LINK = "https://campaign.example/sign"
TAGS = "#FreeBelarusUnionists #April19 #Solidarity"


@pytest.mark.parametrize(
    ("text", "again", "is_near"),
    [
        ("Join us! ✊", "Join us!", True),
        ("Join us!", "Join\u200b us! #FreeBelarusUnionists", True),
        ("Join us!", "Ask us!", False),
        ("✊✊✊", "✊🏽✊🏽", True),
        ("✊", "🎉", False),
        (LINK, f"{LINK}?utm_source=x", True),
        (LINK, f"Sign: {LINK.replace('https', 'http')}/", True),
        (
            f"Stand with them at noon. {LINK} #FreeBelarusUnionists",
            f"Stand with them at noon! {LINK}?utm_id=7 {TAGS}",
            True,
        ),
        (f"Rally at noon {TAGS}", f"Letters to prison {TAGS}", False),
    ],
)
def test_links_hashtags_and_signs_make_no_other_words(
    harness: CampaignHarness, text: str, again: str, *, is_near: bool
) -> None:
    harness.plan(on(text=text))
    harness.deliver()
    harness.plan(on(text=again, message="appeal"))
    assert harness.state(2) is (State.HELD if is_near else State.PLANNED)


PARTS = (WORDS, "Forty addresses, one stamp each, and five minutes of your time.", "Sign here.")


@pytest.mark.parametrize(
    "again", [PARTS[1:2], PARTS[2:], ("Something else altogether, for once.", PARTS[0]), PARTS[::-1]]
)
@pytest.mark.parametrize("message", ["call", "appeal"])
def test_parts_of_a_thread_that_is_out_are_not_sent_again(
    harness: CampaignHarness, again: tuple[str, ...], message: str
) -> None:
    harness.plan(replace(draft(parts=PARTS), day="2025-04-16"))
    harness.deliver()
    harness.plan(replace(draft(message, parts=again, due=DAY), day="2025-04-17"))
    harness.settle(days=2)
    assert (harness.texts(), harness.state(2)) == ([*PARTS], State.HELD)
    assert "bot release 2" in worded(harness.one(2).error)


def test_threads_that_end_alike_may_be_edited_before_and_after_they_are_out(harness: CampaignHarness) -> None:
    def thread(text: str, message: str, due: timedelta) -> Draft:
        return replace(draft(message, parts=(text, "Sign here."), due=due), day=message)

    harness.plan(thread(WORDS, "one", timedelta()), thread(OTHER, "two", DAY))
    harness.deliver()
    harness.plan(thread(WORDS.upper(), "one", timedelta()), thread("Sign the petition to the embasy.", "two", DAY))
    assert harness.states() == [State.SENT, State.PLANNED]
    harness.plan(thread(OTHER, "two", DAY))
    assert harness.states() == [State.SENT, State.PLANNED]


def test_words_that_are_out_are_not_sent_again_within_a_thread(harness: CampaignHarness) -> None:
    harness.plan(on(), on(text=OTHER, message="sign"))
    harness.deliver()
    harness.plan(replace(draft("thread", parts=(WORDS, "And more of it.", OTHER))))
    assert harness.states() == [State.SENT, State.SENT, State.HELD]


@pytest.mark.parametrize("answer", ["release", "cancel"])
def test_an_answer_is_not_asked_for_again(harness: CampaignHarness, answer: str) -> None:
    harness.plan(on())
    harness.deliver()
    again = on(text=NEARLY, message="appeal", due=HOUR)
    harness.plan(again)
    getattr(decisions, answer)(harness.work, 2, "ana")
    assert harness.plan(again).is_quiet
    harness.plan(replace(again, message="renamed"))
    harness.plan(on(text=NEARLY.replace("now", "right now"), message="renamed", due=HOUR))
    harness.settle(hours=2)
    assert len(harness.texts()) == (2 if answer == "release" else 1)


def test_a_question_that_nobody_answered_is_put_again_after_a_gap(harness: CampaignHarness) -> None:
    again = on(2, NEARLY, "appeal")
    harness.plan(on())
    harness.deliver()
    harness.plan(again)
    harness.plan()
    harness.plan(again)
    assert harness.state(2) is State.HELD
    harness.plan(on(), again)
    assert harness.state(2) is State.PLANNED
    harness.plan(on(2, NEARLY.replace("now", "right now"), "appeal"))
    assert (harness.state(2), harness.one(2).near_to) == (State.HELD, 1)


def test_an_answer_that_takes_long_is_heeded_all_the_same(harness: CampaignHarness) -> None:
    harness.plan(on())
    harness.deliver()
    again = on(text=NEARLY, message="appeal")
    harness.plan(again)
    harness.clock.passes(hours=20)
    harness.plan(again)
    decisions.release(harness.work, 2, "ana")
    harness.plan(again)
    harness.settle()
    assert harness.texts() == [WORDS, NEARLY]


@pytest.mark.parametrize("stopped", ["hold", "cancel"])
def test_nearly_the_words_that_a_person_stopped_do_not_go_either(harness: CampaignHarness, stopped: str) -> None:
    harness.plan(on(1))
    getattr(decisions, stopped)(harness.work, 1, "ana")
    harness.plan(on(1, NEARLY, "appeal"))
    harness.settle(days=2)
    assert harness.texts() == []


def test_what_planning_held_goes_when_the_files_say_that_both_are_meant(harness: CampaignHarness) -> None:
    harness.plan(on())
    harness.deliver()
    harness.plan(on(2, NEARLY, "appeal"))
    assert harness.state(2) is State.HELD
    harness.plan(on(), on(2, NEARLY, "appeal"))
    assert (harness.state(2), harness.one(2).error) == (State.PLANNED, "")
    harness.plan(on(2, OTHER, "appeal"))
    harness.settle(days=3)
    assert harness.texts() == [WORDS, OTHER]


def test_after_two_weeks_nearly_the_same_words_are_no_repetition(harness: CampaignHarness) -> None:
    harness.plan(on())
    harness.deliver()
    harness.plan(on(13, NEARLY, "appeal"), on(15, NEARLY, "later"))
    assert harness.states() == [State.SENT, State.HELD, State.PLANNED]


def test_the_same_message_and_day_with_other_words_after_it_went_out_is_asked_about(harness: CampaignHarness) -> None:
    harness.plan(on(day="T-12"))
    harness.deliver()
    harness.plan(on(text=OTHER))
    assert (harness.states(), harness.one(2).held_for) == ([State.SENT, State.HELD], HeldFor.SAME_POST)


def test_an_edit_of_what_is_out_sends_nothing_and_is_said_once(harness: CampaignHarness) -> None:
    harness.plan(on())
    harness.deliver()
    edited = on(text=OTHER)
    with harness.work.store.read() as tx:
        (foreseen,) = plan.foresee(tx, [edited], harness.clock())
        (found,) = plan.out_with_other_words(tx, [edited], harness.clock())
    assert (found.delivery, found.draft) == (harness.one(), edited)
    assert [note.says for note in harness.plan(edited).news] == [foreseen.says] == [PlanCode.OTHER_WORDS]
    again = harness.plan(edited)
    assert ([note.says for note in again.notes], again.news) == ([PlanCode.OTHER_WORDS], [])
    assert harness.one().draft_hash == edited.content_hash
    harness.plan(on())
    assert harness.one().draft_hash == ""


def test_a_countdown_goes_on_when_its_first_days_are_taken_out_and_more_are_added(harness: CampaignHarness) -> None:
    def day(left: int) -> Draft:
        text = f"Only {left} days are left until we stand up together for the jailed unionists of Belarus."
        return replace(on(5 - left, text, day=f"T-{left}"), series="one countdown")

    harness.plan(day(5), day(4))
    harness.deliver()
    harness.plan(day(4), day(3), day(2))
    harness.settle(days=4)
    assert len(harness.texts()) == 4


@pytest.mark.parametrize("name", ["call", "appeal"])
@pytest.mark.parametrize("first", [0, 1])
def test_a_series_that_is_reworded_half_way_goes_on(harness: CampaignHarness, name: str, first: int) -> None:
    harness.plan(*(on(day) for day in range(4)))
    harness.deliver()
    harness.clock.passes(hours=12)
    harness.plan(*(on(day, NEARLY, name) for day in range(first, 4)))
    harness.settle(days=4)
    assert harness.texts() == [WORDS, NEARLY, NEARLY, NEARLY]


def test_a_day_of_action_that_moves_takes_what_is_unsent_along_and_sends_nothing_twice(
    harness: CampaignHarness,
) -> None:
    days = range(5, 0, -1)
    harness.plan(*(on(5 - left, f"{left} days.", day=f"T-{left}") for left in days))
    harness.deliver()
    harness.plan(*(on(6 - left, f"{left} days.", day=f"T-{left}") for left in days))
    harness.settle(days=7)
    assert harness.texts() == [f"{left} days." for left in days]


def test_words_that_a_person_posted_by_hand_have_gone_out_too(harness: CampaignHarness) -> None:
    harness.plan(on())
    harness.force(1, origin="command")
    harness.deliver()
    harness.plan(on(1, message="appeal"), on(1, OTHER, "sign"))
    assert harness.states() == [State.SENT, State.HELD, State.PLANNED]


def test_an_account_that_is_not_there_any_more_may_be_this_one(harness: CampaignHarness) -> None:
    harness.plan(on())
    harness.deliver()
    renamed = replace(on(), account="main")
    harness.plan(renamed)
    assert (harness.states(), harness.one(2).held_for) == ([State.SENT, State.HELD], HeldFor.OTHER_ACCOUNT)
    harness.force(1, account="mastodon (@union@old.example)")
    harness.plan(renamed)
    assert harness.state(2) is State.PLANNED


@pytest.mark.parametrize("text", [WORDS, f"{WORDS} Now."])
def test_who_comes_back_under_its_own_name_is_itself_and_no_missed_post_that_says_nearly_the_same(
    harness: CampaignHarness, text: str
) -> None:
    missed, own = on(text=NEARLY, message="appeal", late=HOUR), on(text=WORDS, due=5 * HOUR)
    harness.plan(missed, own)
    harness.plan(missed)
    harness.clock.passes(hours=4)
    harness.deliver()
    harness.plan(replace(own, content=on(text=text).content, content_hash=on(text=text).content_hash))
    assert [(one.message, str(one.state)) for one in harness.all()] == [("appeal", "missed"), ("call", "planned")]
    harness.settle(days=1)
    assert harness.texts() == [text]


def test_a_missed_post_that_is_renamed_and_reworded_is_itself_where_no_other_has_that_name(
    harness: CampaignHarness,
) -> None:
    harness.plan(on(text=NEARLY, message="appeal", late=HOUR))
    harness.clock.passes(hours=4)
    harness.deliver()
    harness.plan(on(text=WORDS, due=5 * HOUR))
    assert [(one.message, str(one.state)) for one in harness.all()] == [("call", "planned")]
    harness.settle(days=1)
    assert harness.texts() == [WORDS]


def test_what_belongs_to_a_file_with_a_fault_stays_as_it_is(harness: CampaignHarness) -> None:
    harness.plan(on(1), on(1, OTHER, "sign"))
    plan.plan(harness.work.store, [], harness.clock(), messages_at_fault={"call"}, accounts=["mastodon"])
    assert harness.states() == [State.PLANNED, State.CANCELLED]
    plan.plan(harness.work.store, [on(1, OTHER, "sign")], harness.clock(), schedules_at_fault=True)
    assert harness.states() == [State.PLANNED, State.PLANNED]


@pytest.mark.parametrize("text", [WORDS, NEARLY])
@pytest.mark.parametrize("days", [0, 2])
@pytest.mark.parametrize("is_out", [True, False])
def test_a_copy_of_a_message_with_a_fault_does_not_go_beside_it(
    harness: CampaignHarness, text: str, days: int, *, is_out: bool
) -> None:
    harness.plan(on(due=timedelta() if is_out else HOUR))
    harness.deliver()
    copy = on(days, text, "copy", due=timedelta() if is_out else HOUR)
    plan.plan(harness.work.store, [copy], harness.clock(), messages_at_fault={"call"})
    harness.settle(days=3)
    assert harness.texts() == [WORDS]
