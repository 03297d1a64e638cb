"""Reads `schedules/`: which message goes out when, on which accounts, in which languages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

from bot.domain.campaign import Campaign
from bot.domain.schedule import Day, ScheduledPost
from bot.domain.text import composed
from bot.errors import Fault, Severity
from bot.fault_codes import FaultCode
from bot.files.config.campaign import YEARS, timezone
from bot.files.messages import also_there, entries, is_readme, rename_to
from bot.files.toml.document import read
from bot.files.toml.headers import TableKind
from bot.files.toml.table import Table
from bot.files.toml.values import day_instead, days_instead, time_instead, time_of
from bot.languages import is_known, is_real
from bot.lookalikes import skeleton
from bot.text_display import nearest, printable, quoted, shortened

FOLDER = "schedules"
_KEYS = ("message", "days", "at", "gap", "accounts", "languages", "late", "timezone", "important", "hold")
_NEEDED = {
    "message": lambda value: isinstance(value, str) and not time_instead(value),
    "days": lambda value: isinstance(value, list),
}
_TABLES = (
    TableKind("", frozenset({"times", "post"})),
    TableKind("times", takes=lambda key, value: is_known(key) and isinstance(value, time)),
    TableKind("post", frozenset(_KEYS), is_listed=True),
)
_LATE = timedelta(hours=6)


def load_schedules(
    root: Path, campaign: Campaign, accounts: Sequence[str] = ()
) -> tuple[tuple[ScheduledPost, ...], list[Fault]]:
    """Return every `[[post]]` that can be understood, in the order of files and lines; and every fault.

    `accounts` are the names of the accounts there are.
    """
    home = root / FOLDER
    if not home.is_dir():
        instead = "Make it, and in it a file such as countdown.toml with a [[post]] for each message."
        return (), [
            Fault(
                FOLDER,
                1,
                f"there is no folder {FOLDER}/",
                rename_to(root, FOLDER) or instead,
                code=FaultCode.NO_FOLDER,
                facts={"folder": f"{FOLDER}/"},
            )
        ]
    faults: list[Fault] = list(also_there(root, FOLDER, "*.toml"))
    posts: list[ScheduledPost] = []
    for file in entries(home, FOLDER, faults):
        shown = f"{FOLDER}/{printable(file.name)}"
        if file.suffix == ".toml" and not file.is_dir():
            posts.extend(_posts(file, shown, campaign, faults, accounts))
        elif not is_readme(file):
            faults.extend(_passed_over(file, shown))
    if not posts and not faults:
        instead = "Write [[post]] with message, days and at into a file such as schedules/countdown.toml."
        faults.append(Fault(FOLDER, 1, "nothing is scheduled", instead, Severity.WARNING))
    return tuple(posts), faults


def _passed_over(file: Path, shown: str) -> Iterator[Fault]:
    """Yield a file that is no schedule by its name, and would be passed over without a word."""
    if file.is_symlink() and not file.exists():
        yield Fault(
            shown, 1, "this link leads nowhere", "Take it away, or let it lead to a file.", code=FaultCode.LINK_NOWHERE
        )
    elif file.is_dir():
        faults: list[Fault] = []
        inner = [entry.name for entry in entries(file, shown, faults) if not is_readme(entry)]
        yield from faults
        if inner:
            what = f"folders within {FOLDER}/ are not read"
            yield Fault(
                shown,
                1,
                what,
                f"Put {printable(inner[0])} into {FOLDER}/ itself, or take the folder away.",
                code=FaultCode.NOT_READ,
            )
        elif file.suffix.casefold() == ".toml":
            yield Fault(
                shown,
                1,
                "this is a folder, so nothing is scheduled by it",
                "Write a file of this name in its place.",
                code=FaultCode.NOT_A_FILE,
            )
    else:
        name = skeleton(file.name).casefold()
        stem = file.name.casefold().split(".")[0]
        is_schedule = ".toml" in name or file.suffix.casefold() in _LIKE_TOML
        what = "this file is not read, so nothing in it is posted"
        instead = f"Save it as {FOLDER}/{printable(stem)}.toml, or take it away."
        if file.suffix.casefold() in (".md", ".png", ".jpg", ".jpeg", ".mp4"):
            instead = f"Put it into the folder of its message: messages/<name>/{printable(file.name)}."
        yield Fault(
            shown,
            1,
            what,
            instead,
            Severity.ERROR if is_schedule else Severity.WARNING,
            code=FaultCode.NOT_READ,
            facts={"rename": f"{FOLDER}/{printable(stem)}.toml"},
        )


_LIKE_TOML = frozenset(
    {"", ".tml", ".tom", ".yaml", ".yml", ".json", ".ini", ".cfg", ".conf", ".csv", ".xlsx", ".ods", ".ics"}
)
"""Endings of files that people write schedules in."""


def _posts(
    file: Path, shown: str, campaign: Campaign, faults: list[Fault], accounts: Sequence[str]
) -> Iterator[ScheduledPost]:
    document = read(file, shown, _TABLES)
    if isinstance(document, list):
        faults.extend(document)
        return
    faults.extend(document.faults)
    root = Table(document, faults)
    root.refuse_unknown(("times", "post"))
    times = _times(root.table("times"), campaign) if root.values.get("times") else None
    for table in root.entries("post"):
        post = _post(table, campaign, times, accounts)
        if post is not None:
            yield post


def _times(table: Table, campaign: Campaign) -> dict[str, time]:
    """Return the wall time of each language; one that is no language of the campaign, or has no time, is at fault."""
    if campaign.languages:
        lacking = [language for language in campaign.languages if language not in table.values]
        others = [language for language in table.values if language not in campaign.languages and is_real(language)]
        others = [language for language in others if len(language) < 3 or not nearest(language, lacking)]
        table.refuse_unknown([*campaign.languages, *others])
        for language in others:
            what = f"{quoted(language)} is not a language of the campaign"
            instead = "Take it out here, or put it back under languages in bot.toml."
            table.warning(what, instead, language, group=("no language", language))
    spoken = [language for language in table.values if language in campaign.languages]
    return {language: _time(table, language) or _meant_time(table, language) for language in spoken}


def _meant_time(table: Table, key: str) -> time:
    """Return a time in the place of one that is at fault: that there is none must not be told too."""
    return time_of(table.written(key)) or time(12)


def _is_time(value: object) -> bool:
    return isinstance(value, time)


def _post(
    table: Table, campaign: Campaign, times: Mapping[str, time] | None, accounts: Sequence[str]
) -> ScheduledPost | None:
    """Return what a [[post]] says, or None, with a fault. `times` are those of the file, None where it has none."""
    if not table.values:
        table.error(
            FaultCode.EMPTY_ENTRY,
            "this [[post]] is empty",
            "Write message, days and at below it, or take it out.",
            table="[[post]]",
            write="message, days, at",
        )
        return None
    table.refuse_unknown(_KEYS, needed=_NEEDED if times or "at" in table else {**_NEEDED, "at": _is_time})
    message, days = composed(table.text("message")), tuple(_days(table, campaign))
    is_by_language = bool(table.values.get("at")) and isinstance(table.values["at"], Mapping)
    if is_by_language:
        times = {**(times or {}), **_times(table.table("at"), campaign)}
    at = None if is_by_language or (times is not None and "at" not in table) else _time(table, "at")
    if not message and isinstance(table.values.get("message", ""), str):
        table.error(
            FaultCode.MISSING_KEY,
            "this post names no message",
            'Write message = "…", the name of a folder in messages/.',
            "message",
            table="[[post]]",
            key="message",
            write='message = "…"',
        )
    post = ScheduledPost(
        path=table.document.path,
        line=table.line(),
        message=message,
        days=days,
        at=at,
        times=times or {} if at is None else {},
        gap=table.duration("gap", timedelta(0), "10m"),
        zone=timezone(table, campaign.timezone) if "timezone" in table else campaign.timezone,
        accounts=_names(table, "accounts", accounts),
        languages=_names(table, "languages", campaign.languages),
        late=table.duration("late", _LATE, "6h"),
        important=table.flag("important", True) if "important" in table else None,
        hold=table.flag("hold", False) if "hold" in table else False,
        lines=_lines(table),
    )
    is_whole = all(table.texts_or_none(key) is not None for key in ("accounts", "languages") if key in table)
    return post if message and days and (at is not None or post.times) and is_whole else None


def _lines(table: Table) -> dict[str, int]:
    depth = len(table.keys)
    lines = {keys[depth:]: table.document.line(*keys) for keys in table.document.lines if keys[:depth] == table.keys}
    return {".".join(map(str, keys)): line for keys, line in lines.items() if keys}


def _meant_names(written: str, known: Sequence[str]) -> list[str]:
    """Return the names that were meant by several in one text; none where any of them is like no other."""
    pieces = [piece for piece in re.split(r"[,;\s]+", written) if piece]
    names = [piece if piece in known else nearest(piece, known) for piece in pieces]
    return list(dict.fromkeys(names)) if all(names) else []


def _names(table: Table, key: str, known: Sequence[str] = ()) -> tuple[str, ...]:
    """Return a list of names; an empty one is no way to say "all", and would surprise who wrote it to say "none"."""
    written = table.values.get(key)
    if known and isinstance(written, str) and (meant := _meant_names(written, known)):
        what = f"{key} must be a list"
        instead = f"Write {key} = [{', '.join(map(quoted, meant))}]."
        table.error_of_group(
            (what, table.name, table.document.path),
            FaultCode.OTHER_KIND,
            what,
            instead,
            key,
            key=key,
            write=f"{key} = [{', '.join(map(quoted, meant))}]",
        )
        return tuple(meant)
    names = table.texts(key)
    if table.values.get(key) == []:
        table.error(
            FaultCode.EMPTY_LIST,
            f"{key} is empty, so nothing would be posted",
            f"Name some, or leave {key} out for all.",
            key,
            key=key,
        )
    return names


def _days(table: Table, campaign: Campaign) -> Iterator[Day]:
    written = table.values.get("days")
    instead = 'Write days = ["T-3", "T", 2025-03-17], counted from the day of action or dates.'
    if not isinstance(written, list) or not written:
        if isinstance(written, str | date) and not isinstance(written, datetime):
            instead = days_instead(str(written)) or instead
        group = ("days without brackets", table.document.path) if "days" in table else ()
        table.error_of_group(
            group,
            FaultCode.MISSING_KEY,
            "this post has no list of days",
            instead,
            "days",
            table="[[post]]",
            key="days",
            write='days = ["T-3", "T", 2025-03-17]',
        )
        return
    for place, value in enumerate(written):
        day = _day(value)
        if day is None:
            is_number = isinstance(value, int) and not isinstance(value, bool)
            shown = quoted(str(value)) if isinstance(value, str) or is_number else f"the entry at place {place + 1}"
            meant = ""
            if isinstance(value, datetime):
                shown, meant = f"{value:%Y-%m-%d} with a time", f"Write {value:%Y-%m-%d}, and the time as at = …."
            elif is_number:
                meant = day_instead(f"T{value}" if value > 0 else str(value))
            elif isinstance(value, str):
                meant = day_instead(value)
            table.error(
                FaultCode.NOT_A_DAY,
                f"{shown} is not a day",
                meant or instead,
                "days",
                place,
                key="days",
                written=shortened(str(value)),
                write='"T-3", "T", 2025-03-17',
            )
        elif day.on(campaign.day_of_action).year not in YEARS:
            table.error(
                FaultCode.DAY_TOO_FAR,
                f"{day} is in the year {day.on(campaign.day_of_action).year}",
                instead,
                "days",
                place,
                key="days",
                written=str(day),
            )
        else:
            yield day


def _day(value: object) -> Day | None:
    if isinstance(value, datetime) or not isinstance(value, str | date):
        return None
    try:
        return Day.parse(value)
    except ValueError:
        return None


def _time(table: Table, key: str) -> time | None:
    """Return the time of day that a key holds, or None, with a fault."""
    written = table.values.get(key)
    try:
        at = time.fromisoformat(written.strip()) if isinstance(written, str) else written
    except ValueError:
        at = None
    if isinstance(at, time) and at.tzinfo is None:
        return at.replace(microsecond=0)
    what = f"{key} is not a time of day" if table.values.get(key) else "this post has no time"
    code = FaultCode.NOT_A_TIME if table.values.get(key) else FaultCode.MISSING_KEY
    meant = None if isinstance(written, datetime) else time_of(table.written(key) or str(written))
    about = {"table": "[[post]]", "key": key, "written": shortened(str(written))}
    about["write"] = f"{key} = {meant or '09:30:00'}"
    if instead := time_instead(str(written), key):
        table.error(code, what, f"{instead}.", key, **about)
    elif isinstance(written, list) and written and (first := time_of(str(written[0]))):
        more = ", and a [[post]] for each other time" if len(written) > 1 else ""
        table.error(code, what, f"Write {key} = {first}{more}.", key, **about)
    elif key in table and isinstance(written, str | int | float) and meant is not None:
        table.error(code, what, f"Write {key} = {meant}.", key, **about)
    else:
        table.error(code, what, f"Write {key} = 09:30:00, the time in the campaign's timezone.", key, **about)
    return None
