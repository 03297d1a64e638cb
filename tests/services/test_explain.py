"""An outcome that nobody knows, in plain words: what was sent and looked at, what comes next, what to answer."""

from __future__ import annotations

from datetime import timedelta

from bot.cli.documents import history_json
from bot.cli.words.history import answers, fact_lines, story_lines
from bot.cli.words.remedies import spelled_out
from bot.cli.words.times import show_in
from bot.domain.delivery import State
from bot.errors import Outcome, RefusedCode
from bot.services import decisions, explain
from bot.services.moderation import approval
from bot.services.preview import preview
from tests.harness.campaign import IMAGE, CampaignHarness
from tests.harness.faulty_platform import platform_error
from tests.harness.refusals import refused
from tests.harness.rehearsal_networks import START

LONG = "Free them all. Trade union activity is not extremism. " * 4


def told(harness: CampaignHarness, delivery_id: int) -> str:
    """Every line, as words after their label."""
    show_in(harness.work.config.campaign.timezone)
    story = explain.story(harness.work, delivery_id)
    found = [*fact_lines(preview(harness.work, story.delivery)), *story_lines(harness.work, story)]
    return "\n".join(f"{label}: {words}" if label else f"  {words}" for label, words in found)


def unknown(harness: CampaignHarness, **some: object) -> int:
    made = harness.planned(**some)
    harness.mastodon.refuse("publish", platform_error(Outcome.AMBIGUOUS))
    harness.deliver("mastodon")
    assert harness.state() is State.UNKNOWN
    return made


def test_an_unknown_outcome_says_what_was_sent_when_and_when_it_is_looked_for_again(harness: CampaignHarness) -> None:
    made = unknown(harness, parts=(LONG,))
    assert "Next: No worker runs that could look for it. Start one: bot run. Found, it counts as" in told(harness, made)
    harness.works()
    assert told(harness, made) == (
        "What: call (T, en) on mastodon\n"
        "Due: Wed 16 Apr 2025 10:00 CEST (08:00 UTC)\n"
        "Language: English\n"
        "Length: 216/500 characters\n"
        "Request 1: 10:00 CEST (08:00 UTC)\n"
        "  nobody knows what became of it: made up: ambiguous.\n"
        "Next: It is looked for by itself, next at 10:00:10 CEST (08:00:10 UTC). Found, it counts as sent; absent from "
        "3 readings, it is sent again; else you are asked."
    )
    harness.settle(seconds=10)
    assert "Looked: at 10:00:10 CEST (08:00:10 UTC): it is not there." in told(harness, made)


def test_what_a_person_has_to_decide_says_what_was_looked_at_and_both_answers(harness: CampaignHarness) -> None:
    made = unknown(harness)
    harness.mastodon.refuse("look", *[platform_error(Outcome.NOT_SENT)] * 5)
    harness.settle(hours=1)
    assert harness.state() is State.SENT
    harness.force(made, state=State.NEEDS_DECISION, error="nobody knows whether it is out: it lags.")
    lines = told(harness, made)
    assert "Looked: 5 times, at 10:00:10, 10:00:30, " in lines
    assert ": it could not be seen: made up: not_sent." in lines
    assert "Now: nobody knows whether it is out: it lags.\nNext: Nothing happens by itself." in lines
    story = explain.story(harness.work, made)
    assert answers(story) == {
        "It is there": f"bot resolve {made} --sent URL",
        "It is not there": f"bot resolve {made} --not-sent",
    }
    document = spelled_out(history_json(harness.work, story))
    assert document["looks"][0]["showed_code"] == "not_seen"
    assert document["answers"] == list(answers(story).values())
    assert [one["answer"] for one in document["requests"]] == ["ambiguous", "accepted"]
    assert [one["showed"] for one in document["looks"]][:2] == ["it could not be seen: made up: not_sent"] * 2


def test_what_people_did_stands_between_the_requests_in_the_order_of_time(harness: CampaignHarness) -> None:
    made = unknown(harness)
    harness.clock.passes(days=1)
    decisions.resolve_not_sent(harness.work, made, "ana")
    harness.force(made, expires_at=None)
    harness.deliver("mastodon")
    labels = [label for label, _ in story_lines(harness.work, explain.story(harness.work, made)) if label]
    assert labels == ["Request 1", "By hand", "Request 2", "Next"]
    assert "By hand: Thu 17 Apr 10:00 CEST (08:00 UTC) ana: resolve as not sent" in told(harness, made)
    assert f"Next: It is out: {harness.one().url}" in told(harness, made)


def test_a_thread_says_which_part_each_request_was_for(harness: CampaignHarness) -> None:
    made = harness.planned(parts=("One.", "Two."))
    harness.settle(minutes=1)
    assert "Part 1 of 2: accepted.\nRequest 2" in told(harness, made)
    assert "Part 2 of 2: accepted." in told(harness, made)


def test_what_comes_next_is_said_of_every_state(harness: CampaignHarness) -> None:
    made = harness.planned(due=timedelta(hours=1), media=[IMAGE])
    for state in State:
        harness.force(made, state=state)
        assert told(harness, made).splitlines()[-1].startswith("Next: "), state
    harness.force(made, state=State.PLANNED, waiting_for="live")
    assert "It waits for {live}" in told(harness, made)
    harness.force(made, waiting_for="", not_before=START + timedelta(hours=2), trouble="banner.png is gone.")
    assert "Next: It does not go out by itself as things are. No worker runs" in told(harness, made)
    harness.works()
    at = "12:00 CEST (10:00 UTC)"
    assert f"Trouble: banner.png is gone.\nNext: It goes out by itself at {at}: overdue." in told(harness, made)


def test_a_reshare_is_told_too_and_what_is_not_there_is_refused(harness: CampaignHarness) -> None:
    uri = harness.solidarity()
    harness.read()
    approval.approve(harness.work, harness.seen()[0].id, "ana")
    harness.settle(minutes=1)
    assert f"What: the reshare of sighting {harness.seen()[0].id} on mastodon\nDue: " in told(harness, harness.one().id)
    assert f"\nPost: {uri}\n" in told(harness, harness.one().id)
    with refused(RefusedCode.NO_SUCH_DELIVERY, "There is no delivery 99", delivery=99):
        explain.story(harness.work, 99)
