"""Reads `facts.toml`: the claims that messages name in their heads, with source and date."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from bot.domain.facts import Fact
from bot.domain.message import Message
from bot.errors import Fault, Severity
from bot.fault_codes import FaultCode
from bot.files.config.campaign import UNKNOWN_DAY, YEARS, day_in
from bot.files.toml.document import read
from bot.files.toml.table import Table
from bot.files.toml.values import date_instead
from bot.text_display import choice, quoted, shortened, write_one_of

FILE = "facts.toml"
KEYS = ("claim", "source", "checked", "until", "note")
_NAME = re.compile(r"[a-z0-9_-]{1,60}\Z")
_EXAMPLES = {
    "claim": 'claim = "…", in the words of its source',
    "source": 'source = "…": whose word it is, where, and of which day',
    "checked": "checked = 2025-03-31, the day on which somebody last read the source",
    "until": "until = 2025-04-16, the last day of action that it is good for",
}


def load_facts(root: Path, messages: Mapping[str, Message]) -> tuple[Mapping[str, Fact], list[Fault]]:
    """Return the facts by their names, and every fault in them and in what the messages name of them."""
    path = root / FILE
    if not path.exists() and not path.is_symlink():
        return {}, list(_without_a_file(messages))
    document = read(path, FILE)
    if isinstance(document, list):
        return {}, document
    faults: list[Fault] = []
    facts = {name: _fact(name, table) for name, table in Table(document, faults).tables()}
    return facts, [*faults, *_unknown(messages, facts)]


def _fact(name: str, table: Table) -> Fact:
    if not _NAME.match(name):
        table.error(
            FaultCode.BAD_NAME,
            f"{quoted(name)} cannot be a fact's name",
            "Write it with a-z, 0-9, _ and - only.",
            name=shortened(name),
            letters="a-z 0-9 _ -",
        )
    table.refuse_unknown(KEYS)
    fact = Fact(
        name,
        claim=_text(table, "claim"),
        source=_text(table, "source"),
        checked=_day(table, "checked"),
        until=_day(table, "until"),
        note=table.text("note").strip(),
        line=table.line(),
    )
    if UNKNOWN_DAY not in (fact.checked, fact.until) and fact.until < fact.checked:
        what = f"{quoted(name)} was good until {fact.until}, and was checked after that, on {fact.checked}"
        table.error(
            FaultCode.FACT_OVER_WHEN_CHECKED,
            what,
            "Write until when it is good as its source stands now.",
            "until",
            name=shortened(name),
            until=str(fact.until),
            checked=str(fact.checked),
        )
    return fact


def _text(table: Table, key: str) -> str:
    text = table.text(key).strip()
    if not text and isinstance(table.values.get(key, ""), str):
        table.error(
            FaultCode.MISSING_KEY,
            f"{table.name} has no {key}",
            f"Write {_EXAMPLES[key]}.",
            key,
            table=table.name,
            key=key,
            write=f'{key} = "…"',
        )
    return text


def _day(table: Table, key: str) -> date:
    """Return a date, quoted or not; `UNKNOWN_DAY`, with a fault, where there is none."""
    written = table.values.get(key)
    day = day_in(written)
    if day is not None and day.year in YEARS:
        return day
    meant = date_instead(key, table.written(key) or str(written)) if key in table else ""
    what = f"{key} is not a day" if key in table else f"{table.name} has no {key}"
    code = FaultCode.NOT_A_DAY if key in table else FaultCode.MISSING_KEY
    about = {"table": table.name, "key": key, "written": shortened(str(written)), "write": f"{key} = 2025-03-31"}
    table.error(code, what, meant or f"Write {_EXAMPLES[key]}.", key, **about)
    return UNKNOWN_DAY


def _unknown(messages: Mapping[str, Message], facts: Mapping[str, Fact]) -> Iterator[Fault]:
    """Yield an error for each fact that a message names and nobody wrote down."""
    for message in messages.values():
        for wording in message.wordings.values():
            for place, name in enumerate(wording.facts):
                if name not in facts:
                    instead = f"Write [{name}] into {FILE}, with {', '.join(KEYS[:-1])}."
                    if facts:
                        instead = f"{write_one_of(name, facts)}, or write [{name}] into {FILE}."
                    what, line = f"{quoted(name)} is no fact of {FILE}", wording.line_of(f"facts.{place}")
                    yield Fault(
                        wording.path,
                        line,
                        what,
                        instead,
                        group=("no fact", name),
                        code=FaultCode.NO_SUCH_FACT,
                        facts={"name": shortened(name), **choice(name, facts)},
                    )


def _without_a_file(messages: Mapping[str, Message]) -> Iterator[Fault]:
    """Yield one warning, however many messages name facts, where nobody wrote any down: what they say may be true."""
    for message in messages.values():
        for wording in message.wordings.values():
            if wording.facts:
                what = f"messages name facts, and there is no {FILE}: nobody is told when they are outdated"
                instead = f"Put {FILE} beside bot.toml, or take facts out of the heads."
                yield Fault(FILE, 1, what, instead, Severity.WARNING)
                return
