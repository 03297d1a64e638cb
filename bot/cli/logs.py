"""The log: one line for each event, for people or as JSON, without secrets or anything that upsets a terminal."""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

import typer

from bot.causes import cause_code
from bot.cli.output import Output, shows_everything
from bot.cli.words.remedies import spelled_out, with_commands
from bot.domain.text import rfc3339
from bot.files.config.credentials import masked
from bot.services.events import Event, EventName
from bot.text_display import escaped, printable, quoted


class Form(StrEnum):
    """How a line of the log is written."""

    PEOPLE = "people"
    JSON = "json"


def log_form(written: str) -> Form:
    """Return the form that a person named. Raise BadParameter where there is none of this name."""
    if written not in list(Form):
        raise typer.BadParameter(f"{quoted(written)} is not one of {', '.join(Form)}")
    return Form(written)


QUIET = (
    *("apscheduler", "hpack", "httpcore", "httpx", "mastodon", "oauthlib", "requests", "requests_oauthlib"),
    *("tweepy", "urllib3"),
)
"""Libraries that write every address they ask for into their log, and posters' addresses among them."""

_MACHINE = f"{socket.gethostname()}:"


_IDS = frozenset(
    {
        *("account", "also", "count", "deliveries", "delivery", "library", "reason"),
        *("sighting", "verdict"),
    }
)
"""The facts that stand before the words of a line for people."""


def _is_id(event: Event, fact: str) -> bool:
    if event.name is EventName.HELD_BACK:
        return False
    return fact in _IDS or (fact == "source" and event.name is EventName.UNREADABLE)


def line(event: Event, form: Form) -> str:
    """Return an event as one line of the log."""
    return json_line(event) if form is Form.JSON else people_line(event)


def people_line(event: Event) -> str:
    """Return an event for people: instant, name, ids, words."""
    ids = " ".join(f"{name}={_plain(value)}" for name, value in event.fields.items() if _is_id(event, name))
    mark = "!" if event.alarming else " "
    text = _text(event).replace("\n", " | ")
    text_shown = with_commands(f"{ids}{' ' if ids else ''}{text}")
    return masked(printable(f"{event.at:%Y-%m-%dT%H:%M:%SZ} {mark} {event.name} {text_shown}"))


def json_line(event: Event) -> str:
    """Return an event as one JSON object; its ids are fields of their own."""
    at = event.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    first = {"at": at, "event": event.name, "alarming": event.alarming, "text": _text(event)}
    return document(spelled_out({**first, **_plain_facts(event), "worker": worker()}))


def _text(event: Event) -> str:
    from bot.cli.words.events import event_text  # with all that its words need: commands that tell nothing start sooner

    return event_text(event)


def _plain_facts(event: Event) -> dict[str, Any]:
    """Return the facts of an event as JSON has them: instants in RFC 3339, lengths of time in seconds.

    Beside a text that says why stands its code. What is no plain fact, as a fault in a file, is for the words alone.
    """
    facts = {name: _json_value(value) for name, value in event.fields.items() if _is_plain(value)}
    codes = {name: cause_code(value) for name, value in facts.items() if isinstance(value, str)}
    return facts | {f"{name}_code": str(code) for name, code in codes.items() if code is not None}


def _is_plain(value: object) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str | bool | int | float | date | timedelta)


def _json_value(value: object) -> object:
    match value:
        case datetime():
            return rfc3339(value)
        case date():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case list() | tuple():
            return [_json_value(each) for each in value]
    return value


def document(fields: dict[str, Any]) -> str:
    """Return a JSON object on one line: whatever is no printable character is escaped, whoever wrote it."""
    return escaped(masked(json.dumps(fields, ensure_ascii=not shows_everything(sys.stderr), default=str)))


def worker() -> str:
    """Return this process among all that work on the campaign, on whichever machine."""
    return f"{_MACHINE}{os.getpid()}"


def _plain(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def write(text: str) -> None:
    """Write a line of the log, in one piece for several threads do; whatever becomes of the log, the work goes on."""
    if isinstance(sys.stderr, Output):
        sys.stderr.write_line(text)
        return
    try:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
    except OSError:
        return


class _Libraries(logging.Handler):
    """What a library warns of, as an event like any other."""

    def __init__(self, report: Callable[[Event], None]) -> None:
        super().__init__(logging.WARNING)
        self._report = report

    def emit(self, record: logging.LogRecord) -> None:

        at = datetime.fromtimestamp(record.created, UTC)
        self._report(Event(at, EventName.LIBRARY_WARNED, fields={"text": record.getMessage(), "library": record.name}))


def listen_to_libraries(report: Callable[[Event], None]) -> None:
    """Log no more than warnings of libraries from now on, and those in the log's own form."""
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger().addHandler(_Libraries(report))
