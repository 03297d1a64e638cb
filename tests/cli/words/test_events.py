"""Events in words: each has some, made of facts that are told wherever it is."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from string import Formatter

from bot.cli.words.events import EVENTS, event_text
from bot.cli.words.refusals import refusal_text
from bot.cli.words.remedies import with_commands
from bot.domain.delivery import Kind
from bot.errors import Refused, RefusedCode
from bot.services.events import Event, EventName, failure_facts
from tests.harness.rehearsal_networks import START
from tests.harness.table import each_of

BOT = Path(__file__).parents[3] / "bot"
OF_A_DELIVERY = {"of", "delivery", "account", "kind"}


def test_every_event_has_words() -> None:
    assert EVENTS.keys() == set(EventName)


def told() -> Iterator[tuple[EventName, set[str]]]:
    """Each place that tells an event with facts that it names one by one: the event, and the facts."""
    for file in BOT.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            names = [
                one.attr for one in node.args if isinstance(one, ast.Attribute) and one.attr in EventName.__members__
            ]
            facts = {keyword.arg for keyword in node.keywords}
            if names and node.func.attr in {"tell", "tell_of"} and None not in facts:
                more = OF_A_DELIVERY if node.func.attr == "tell_of" else set()
                yield EventName[names[0]], {str(fact) for fact in facts} | more


def test_the_facts_of_which_words_are_made_are_told_everywhere() -> None:
    missing: dict[EventName, set[str]] = defaultdict(set)
    for name, facts in told():
        words = EVENTS[name]
        if isinstance(words, str):
            missing[name] |= {field for _, field, _, _ in Formatter().parse(words) if field} - facts
    assert len(missing) > 20
    assert {name: facts for name, facts in missing.items() if facts} == {}


@each_of(
    ("facts", "words"),
    [
        ({"kind": Kind.RESHARE, "sighting": 5}, "the reshare of sighting 5 on mastodon: the post"),
        ({"kind": Kind.RESHARE}, "the reshare of a sighting that is not kept any more on mastodon: the post"),
        (
            {"kind": Kind.POST, "message": "call", "day": "T", "language": "en", "url": "https://a.example/1"},
            "call (T, en) on mastodon: https://a.example/1",
        ),
    ],
)
def test_a_reshare_is_told_by_its_sighting_and_never_by_its_address(facts: dict[str, object], words: str) -> None:
    assert event_text(Event(START, EventName.SENT, {"account": "mastodon", **facts})) == words


def test_a_fault_of_our_own_is_told_without_its_text() -> None:
    facts = failure_facts(ZeroDivisionError("secret"))
    text = event_text(Event(START, EventName.FAILED, facts))
    assert text.startswith("a fault in Groundswell itself: ZeroDivisionError at an unknown place.")


def test_a_refusal_that_a_worker_meets_is_told_by_its_code() -> None:
    error = Refused(RefusedCode.STORE_MOVED, moved_to="postgresql://db.example/union")
    event = Event(START, EventName.FAILED, failure_facts(error))
    assert event.fields["code"] == "store_moved"
    assert event_text(event) == with_commands(refusal_text(error))


def test_braces_in_what_others_say_are_no_facts() -> None:
    event = Event(START, EventName.ACCOUNT_FAILED, {"account": "x", "error": "{by} {0}"})
    assert event_text(event) == "x: {by} {0}"


def test_one_that_waits_for_a_second_person_says_so() -> None:
    facts = {"sighting": 3, "by": "ana", "needs_another": True}
    words = "sighting 3 was approved by ana; a second person has to approve it too"
    assert event_text(Event(START, EventName.APPROVED, facts)) == words


def test_lengths_of_time_are_told_as_people_say_them() -> None:
    facts = {"account": "x", "after": timedelta(minutes=5)}
    assert event_text(Event(START, EventName.IN_REACH, facts)) == "x answers again, after 5 minutes"
