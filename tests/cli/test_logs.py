"""The log: one line for each event, for people or machines, whatever somebody put into it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cli import logs
from bot.cli.logs import Form
from bot.cli.words.events import event_text
from bot.domain.delivery import Kind
from bot.files.config.credentials import Secret, masked
from bot.services.events import Event, EventName
from tests.harness.table import each_of

ROOT = Path(__file__).parents[2]
AT = datetime(2025, 4, 16, 7, 30, 0, 412_000, tzinfo=UTC)
NASTY = "one\ntwo\r\x1b[2Jthree\u2028four\x9bfive\u202esix\ud800seven\x00"


def test_an_event_for_people_is_a_line_with_its_ids() -> None:
    facts = {"delivery": 12, "also": [13, 14], "url": "u", "by": "somebody", "text": "call on mastodon: done\nand well"}
    event = Event(AT, EventName.LIBRARY_WARNED, facts, alarming=True)
    wanted = "2025-04-16T07:30:00Z ! library_warned delivery=12 also=13,14 call on mastodon: done | and well"
    assert logs.line(event, Form.PEOPLE) == wanted


def test_an_event_for_machines_has_its_ids_as_fields() -> None:
    ids = {"delivery": 12, "attempt": 31, "account": "mastodon", "kind": Kind.POST}
    words = {"message": "Праца", "day": "T", "language": "be", "url": "u"}
    event = Event(AT, EventName.SENT, {**ids, **words, "also": [13], "after": timedelta(minutes=1), "at_once": AT})
    found = json.loads(logs.line(event, Form.JSON))
    assert found.pop("worker") == logs.worker()
    assert found == {
        "at": "2025-04-16T07:30:00.412Z",
        "event": "sent",
        "alarming": False,
        "text": "Праца (T, be) on mastodon: u",
        "delivery": 12,
        "attempt": 31,
        "account": "mastodon",
        "kind": "post",
        "message": "Праца",
        "day": "T",
        "language": "be",
        "url": "u",
        "also": [13],
        "after": 60.0,
        "at_once": "2025-04-16T07:30:00Z",
    }


@each_of("form", list(Form))
def test_nothing_that_anybody_wrote_breaks_a_line_or_upsets_a_terminal(form: Form) -> None:
    line = logs.line(Event(AT, EventName.LIBRARY_WARNED, {"text": NASTY, "account": NASTY}), form)
    assert line.isprintable()
    line.encode()
    if form is Form.JSON:
        assert json.loads(line)["text"] == NASTY


@each_of("form", list(Form))
@each_of("secret", ["tok-4e5f6a7b", 'pa"ss\\wörd/1', "with space & more"])
def test_a_known_secret_is_masked_by_its_value_wherever_it_comes_from(form: Form, secret: str) -> None:
    secret += f"-{form}"
    assert secret in logs.line(Event(AT, EventName.LIBRARY_WARNED, {"text": f"no: {secret}"}), Form.PEOPLE)
    Secret(secret)
    line = logs.line(Event(AT, EventName.LIBRARY_WARNED, {"text": f"no: {secret}", "account": secret}), form)
    assert secret not in line
    assert json.dumps(secret)[1:-1] not in line
    assert line.count("•••") == 2
    if form is Form.JSON:
        json.loads(line)


def test_a_very_short_secret_does_not_mask_half_the_log() -> None:
    Secret("it")
    assert masked("it is") == "it is"


@pytest.fixture
def told() -> Iterator[list[Event]]:
    """What libraries said, heard for one test."""
    root, found = logging.getLogger(), list[Event]()
    before = list(root.handlers), {name: logging.getLogger(name).level for name in logs.QUIET}
    logs.listen_to_libraries(found.append)
    yield found
    root.handlers[:] = before[0]
    for name, level in before[1].items():
        logging.getLogger(name).setLevel(level)


def test_libraries_say_warnings_only_and_as_events(told: list[Event]) -> None:
    for name in logs.QUIET:
        assert not logging.getLogger(f"{name}.inner").isEnabledFor(logging.INFO), name
    logging.getLogger("httpx").info("GET https://social.example/@ana/1")
    logging.getLogger("urllib3.connectionpool").warning("the pool of %s is full", "social.example")
    (event,) = told
    assert (event.name, event_text(event)) == ("library_warned", "the pool of social.example is full")
    assert event.fields["library"] == "urllib3.connectionpool"


def test_every_event_is_explained_in_the_documentation() -> None:
    explained = (ROOT / "docs" / "logs.md").read_text(encoding="utf-8")
    assert [name for name in EventName if f"`{name}`" not in explained] == [], "explain it in docs/logs.md"
