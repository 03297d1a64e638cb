"""What was meant by a value that TOML cannot read: a day, a time, a length, a list, a text without quotation marks."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator

from bot.files.toml import values
from bot.text_display import quoted
from bot.values import dataclass

STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"|' + r"'[^'\n]*'")

LISTS = frozenset({"days", "accounts", "languages", "hashtags", "instances", "kinds", "trusted", "blocked", "facts"})
"""Keys whose value is a list."""

_SINGLE = frozenset({"message", "gap", "late", "timezone", "file", "alt", "link", "content_warning", "visibility"})
"""Keys whose value is one text."""

PROSE = frozenset({"alt", "content_warning"})
"""Keys whose text may hold commas, hashtags and quotation marks of its own."""

_LENGTHS = frozenset({"gap", "late"})
"""Keys whose value is a length of time."""

COMMAS = "the entries of a list are set apart by commas"


@dataclass(frozen=True)
class Fix:
    """What is wrong with a line or a value, the text fixed, and what to do where that text does not say it.

    `lines` is how many lines of the file the text takes the place of.
    """

    what: str
    text: str
    instead: str = ""
    lines: int = 1


def fixed_values(key: str, value: str) -> Iterator[Fix]:
    """Yield what may be wrong with the value of a key, the likeliest first."""
    if two := re.match(r"(\"[^\"\n]*\"|'[^'\n]*'|\[[^\]\n]*\]|[\w:.-]+)\s*[,;]?\s+[A-Za-z_]+\s*=[^=]", value):
        yield Fix("two keys stand on one line", two[1], "Write each of them on a line of its own")
        return
    if value.endswith("]") and "[" not in value and ("," in value or value[:1] in "\"'"):
        value = value[:-1].rstrip()
        if key not in LISTS and _is_value(value):
            is_quoted = not _is_value(value[1:-1]) or key in _SINGLE
            yield Fix("this ] closes no list", value if is_quoted else value[1:-1])
            return
    value = re.sub(r"(?<=[\w\"'])\]\s*,?\s*\[(?=[\w\"'])", ", ", value)
    if key in LISTS and value.startswith("{") and "=" not in value:
        value = f"[{value.strip('{}')}]"
    if key == "at" and value.startswith("{"):
        yield _times(value)
        return
    if key == "days" and (span := _span(value)):
        yield Fix("days that follow each other are written one by one", f"[{span}]", f"Write days = [{span}]")
        return
    if key in _SINGLE:
        yield _single(key, value)
        return
    if key == "at" and len(times := [values.time_of(piece) for piece in _split(value.strip("[]"))]) > 1 and all(times):
        yield Fix("at is one time of day", f"{times[0]}", f"Write at = {times[0]}, and a [[post]] for each other time")
        return
    trimmed = re.sub(r"[,;.\s]+\Z" if re.search(r"[\]\"'][,;.\s]+\Z", value) else r"[,; ]+\Z", "", value)
    if trimmed != value and trimmed:
        what = f"nothing but a comment may follow a value, no {quoted(value[len(trimmed) :].strip())} either"
        yield Fix(what, trimmed)
        value = trimmed
    if value.startswith(("[", "(")):
        inner = value[1:].rstrip()
        is_closed = inner.endswith(("]", ")"))
        for fix in fixed_items(key, inner[:-1] if is_closed else inner):
            what = fix.what if is_closed or fix.what != COMMAS else "this list is not closed"
            yield Fix(what, f"[{fix.text}]", fix.instead)
            if not is_closed:
                yield Fix(fix.what, f"[{fix.text},", fix.instead)
        if not is_closed:
            yield Fix("this list is not closed", f"{value}]")
        return
    fix = _scalar(key, value)
    if key in LISTS and len(_split(value)) == 1:
        yield Fix(f"{key} is a list, between [ and ]", f"[{value if _is_value(value) else fix.text}]", fix.instead)
    is_list = len(_split(value)) > 1 and not values.dates_of(value) and values.number(value) is None
    if is_list and not (value[:1] in "\"'" and len(STRING.findall(value)) < 2):
        for fix in fixed_items(key, value):
            yield Fix("several values are a list, between [ and ]", f"[{fix.text}]", fix.instead)
    yield fix


def _times(value: str) -> Fix:
    """Return a table of times by language, as TOML writes it."""
    pair = re.compile(
        r"[\"']?([A-Za-z][\w-]*)[\"']?\s*[:=]?\s*[\"']?(\d{1,2}(?:\s*[:.h]\s*\d\d){0,2}(?:\s*[ap]m)?)[\"']?"
    )
    pairs = [(match[1], match[2], values.time_of(match[2])) for match in pair.finditer(value)]
    odd = next((written for _, written, _ in pairs if not re.fullmatch(r"\d\d:\d\d:\d\d", written)), "")
    whole = f"{{ {', '.join(f'{name} = {at}' for name, _, at in pairs)} }}"
    if re.sub(r"[{}\[\],;.\s]", "", pair.sub("", value)) or not all(at for _, _, at in pairs) or not pairs:
        return Fix("this is not how TOML writes times of day", value)
    if re.fullmatch(r"\{(?:[^,;{}]*=[^,;{}:]*:[^,;{}]*,?)*\}", value) and odd:
        return Fix(f"{quoted(odd)} is not how TOML writes a time of day", whole)
    return Fix("this is not how TOML writes times of day", whole)


def _span(value: str) -> str:
    """Return every day between two that are written between quotation marks of their own; or ""."""
    between = re.fullmatch(
        r"[\[(]?\s*[\"'](T[+-]?\d*)[\"']\s*(?:-|\.{2,3}|…|to|bis|à)\s*[\"'](T[+-]?\d*)[\"']\s*[\])]?", value
    )
    days = values.day_instead(f"{between[1]}-{between[2].removeprefix('T')}") if between else ""
    return days.removeprefix("Write each day: ").removesuffix(".") if days.startswith("Write each day") else ""


def _single(key: str, value: str) -> Fix:
    """Return the one text of a key that has no list."""
    trimmed = re.sub(r"(?<=[\w\"'\])])\s*[,;]+\Z|(?<=[\"'])\s*[,;.]+\Z", "", value)
    if trimmed != value and _is_value(trimmed):
        return Fix(f"nothing but a comment may follow a value, no {quoted(value[-1])} either", trimmed)
    bare = trimmed
    if bare[:1] in ("(", "{", "[") and key not in PROSE:
        bare = bare.strip("(){}[] ")
        pieces = _split(bare)
        if pieces and key != "message":
            bare = pieces[0]
        if _is_value(bare) and bare[:1] in "\"'":
            return Fix(f"{key} is one text, without brackets", bare)
    if key == "message" and len(names := _split(bare.strip("[]"))) > 1:
        first = names[0] if _is_value(names[0]) and names[0][:1] in "\"'" else as_text(names[0].strip("\"'"))
        instead = f"Write message = {first}, and a [[post]] for each other message"
        return Fix("a [[post]] has one message", first, instead)
    return _scalar(key, bare)


def fixed_items(key: str, inner: str) -> Iterator[Fix]:
    """Yield what may be wrong with the entries of a list, which are written without its brackets."""
    pieces = _split(inner)
    if len(pieces) == 1 and len(words := pieces[0].split()) > 1 and all(map(_is_value, words)):
        pieces = words
    fixes = [None if _is_value(piece) else _scalar(key, piece) for piece in pieces]
    wrong = [fix for fix in fixes if fix is not None]
    text = ", ".join(fix.text if fix else piece for fix, piece in zip(fixes, pieces, strict=True))
    if text:
        what = wrong[0].what if wrong else COMMAS
        unsure = next((fix.instead for fix in wrong if fix.instead), "")
        if unsure and len(pieces) > 1:
            unsure = f"Write each as year, month and day: {unsure.removeprefix('Write ').replace(f'{key} = ', '')}"
        yield Fix(what, text, unsure)


def _split(inner: str) -> list[str]:
    """Return the entries of a list, also where the commas between texts are missing or typed as something else."""
    masked = STRING.sub(lambda match: "\x00" * len(match.group()), inner)
    pieces, start = [], 0
    for match in re.finditer(r"\s*[,;，、]\s*|(?<=\x00)\s+(?=\S)|(?<=\S)\s+(?=\x00)", masked):
        pieces.append(inner[start : match.start()])
        start = match.end()
    return [piece.strip() for piece in [*pieces, inner[start:]] if piece.strip()]


def _is_value(written: str) -> bool:
    try:
        tomllib.loads(f"x = {written}")
    except (ValueError, RecursionError):
        return False
    return "\n" not in written


def _scalar(key: str, written: str) -> Fix:
    """Return a single value fixed; with what to do in words where it can mean two things."""
    if doubled := re.fullmatch(r"(?:''|``)(\w[^'`\"]*)(?:''|``)", written):
        return Fix("the quotation marks do not fit together", as_text(doubled[1]))
    if written[:1] in "\"'":
        inner = written[1:-1] if len(written) > 1 and written[-1] in "\"'" else written[1:]
        if "\\" in inner and "'" not in inner:
            return Fix("a backslash in a text begins a sign of TOML's own", f"'{inner}'")
        return Fix("the quotation marks do not fit together", as_text(inner))
    return _bare(key, written) or Fix("a text stands between quotation marks", as_text(written.rstrip("\"'")))


def _bare(key: str, written: str) -> Fix | None:
    """Return the fix of a value without quotation marks that is not meant as a text."""
    at, shown = f"{key} = " if key else "", quoted(written)
    length = values.duration(written) if key not in ("", "at") and re.search(r"[^\W\d]\Z", written) else ""
    if length and re.fullmatch(r"\d+\s*[^\W\d_]+", written):
        return Fix("a length of time is a text, between quotation marks", f'"{length}"')
    if (number := values.number(written)) is not None and key != "at":
        return Fix(f"{shown} is not how TOML writes a number", number)
    if key in _LENGTHS and (told := values.duration_instead(key, written)) and re.fullmatch(r"[\d:]+", written):
        length = told.partition('"')[2].partition('"')[0]
        return Fix("a length of time is a text, between quotation marks", f'"{length}"')
    is_day = values.NUMBERS.match(written) is not None
    if key == "at":
        moment = values.time_of(re.sub(r"Z\Z|\A\d{4}-\d\d-\d\d[ T]", "", written).replace("-", ":"))
        sure = values.time_instead(written) or ("" if moment else "Write for example at = 09:30:00")
        what = f"{shown} is not how TOML writes a time of day" if moment else f"{shown} is no time of day"
        return Fix(what, f"{moment or '09:30:00'}", sure)
    if not written.isdigit() and not is_day and (moment := values.time_of(written)) is not None:
        return Fix(f"{shown} is not how TOML writes a time of day", f"{moment}")
    if re.fullmatch(r"\d{1,2}[:.h]\d{2}(?:[:.]\d{2})?", written) and not is_day:
        return Fix(f"{shown} is no time of day", "09:30:00", f"Write for example {at}09:30:00")
    if days := values.dates_of(written):
        instead = values.which(at, days, is_listed=key in LISTS) if len(days) > 1 else ""
        return Fix(f"{shown} is not how TOML writes a day", days[0].isoformat(), instead)
    if is_day:
        example = f"{at}[2025-04-16]" if key in LISTS else f"{at}2025-04-16"
        return Fix(f"{shown} is no day of the calendar", "2025-04-16", f"Write for example {example}")
    if counted := values.counted_day(written):
        return Fix("a day that is counted is a text, between quotation marks", f'"{counted}"')
    if (flag := values.flag(written)) is not None:
        said = str(flag).lower()
        return Fix(f"{shown} is not how TOML says {said}", said)
    if written.casefold() in ("none", "null", "nil"):
        return Fix(f"TOML has no {shown}", '""', "Take this line out")
    return None


def as_text(bare: str) -> str:
    """Return a text between the quotation marks that it takes."""
    return f"'{bare}'" if '"' in bare and "'" not in bare else json.dumps(bare, ensure_ascii=False)
