"""What people mean by times, days, lengths, numbers and flags that they write as they are used to."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, time

from bot.lookalikes import without_hidden

QUOTES = "“”„‟«»‹›‘’‚‛′″＂＇`´"
"""Marks that are typed, or made by an editor, in place of " and '."""

_COLONS = {ord("∶"): ":", ord("꞉"): ":", ord("ː"): ":", ord("։"): ":", ord("׃"): ":"}
DASHES = re.compile("[‐‑‒–—―−﹣－]")

_MONTHS = {
    name: month
    for month, names in enumerate(
        (
            "january jan januar janvier enero january студзеня января січня stycznia",
            "february feb februar février fevrier febrero лютага февраля лютого lutego",
            "march mar märz maerz mars marzo сакавіка марта березня marca",
            "april apr avril abril красавіка апреля квітня kwietnia",
            "may mai mayo траўня мая травня maja",
            "june jun juni juin junio чэрвеня июня червня czerwca",
            "july jul juli juillet julio ліпеня июля липня lipca",
            "august aug août aout agosto жніўня августа серпня sierpnia",
            "september sep sept septembre septiembre верасня сентября вересня września",
            "october oct okt oktober octobre octubre кастрычніка октября жовтня października",
            "november nov novembre noviembre лістапада ноября листопада listopada",
            "december dec dez dezember décembre decembre diciembre снежня декабря грудня grudnia",
        ),
        1,
    )
    for name in names.split()
}
_TIME = re.compile(
    r"(?:kl\.?|um|at|à|a las|в|у)?\s*(\d{1,2})(?:\s*[:.h]\s*(\d{2})(?:\s*[:.]\s*(\d{2}))?)?"
    r"\s*(?P<half>[ap]\.?\s?m\.?)?\s*(?P<unit>uhr|h|hrs?|hours?|ч\.?|гадзін\w*|o'clock)?\.?\Z",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"[TDJtdjТтДд]\s*(?:(?P<sign>[-+])?\s*(?P<days>\d{1,4}))?(?:\s*(?:days?|d))?\Z")
NUMBERS = re.compile(r"(\d{1,4})\s*[./\s-]\s*(\d{1,2})\s*[./\s-]\s*(\d{1,4})\.?\Z")
_WEEKDAY, _OF = r"(?:[^\W\d_]+,?\s+)?", r"(?:de\s+)?"
_DAY_FIRST = re.compile(
    rf"{_WEEKDAY}(\d{{1,2}})(?:st|nd|rd|th|\.)?\s+{_OF}([^\W\d_]+)\.?,?\s+{_OF}(\d{{4}})(?:\s*г\.?)?\Z"
)
_MONTH_FIRST = re.compile(rf"{_WEEKDAY}([^\W\d_]+)\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})\Z")
_DURATION = re.compile(r"(\d{1,6}(?:[.,]\d+)?)\s*([^\W\d_]+)\.?\s*(?:(\d{1,4})\s*([^\W\d_]+)?)?\Z")
_UNITS = {
    "s sec secs second seconds sekunden сек с": 1,
    "m min mins minute minutes minuten мин хв хвілін": 60,
    "h hr hrs hour hours std stunde stunden heure heures ч час часа часов гадзін": 3600,
    "d day days tag tage jour jours день дня дней дзён": 86400,
    "w week weeks woche wochen": 604800,
}
_LETTERS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))
_TRUE = frozenset({"true", "yes", "on", "y", "ja", "oui", "sí", "si", "да", "так"})
_FALSE = frozenset({"false", "no", "off", "n", "nein", "non", "нет", "не"})


def _bare(written: str) -> str:
    plain_text = without_hidden(unicodedata.normalize("NFKC", written)).translate(_COLONS)
    return DASHES.sub("-", plain_text).strip().strip("\"'" + QUOTES).strip()


def time_of(written: str) -> time | None:
    """Return the time of day that somebody meant by "9:30", "9.30", "21h", "9:30 pm" or "930"; None where it is
    unclear."""
    bare = _bare(written).casefold()
    if re.fullmatch(r"\d{3,4}", bare):
        bare = f"{bare[:-2]}:{bare[-2:]}"
    match = _TIME.match(bare)
    if match is None:
        return None
    hour, minute, second = (int(group or 0) for group in match.groups()[:3])
    if half := match["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    try:
        return time(hour, minute, second)
    except ValueError:
        return None


def dates_of(written: str) -> list[date]:
    """Return the days, up to two, that somebody can have meant by "10.12.2026", "2026/12/1" or "16 April 2025"."""
    bare = _bare(written)
    if match := NUMBERS.match(bare):
        first, second, third = match.groups()
        if len(first) == 4:
            return _dates((int(first), int(second), int(third))) or _dates((int(first), int(third), int(second)))
        if len(third) in (2, 4):
            year = int(third) + (2000 if len(third) == 2 else 0)
            return _dates((year, int(second), int(first)), (year, int(first), int(second)))
        return []
    if re.fullmatch(r"(?:19|20|21)\d{6}", bare):
        return _dates((int(bare[:4]), int(bare[4:6]), int(bare[6:])))
    if match := _DAY_FIRST.match(bare):
        day, name, year_written = match.groups()
    elif match := _MONTH_FIRST.match(bare):
        name, day, year_written = match.groups()
    else:
        return []
    month = _MONTHS.get(name.casefold())
    return _dates((int(year_written), month, int(day))) if month else []


def _dates(*choices: tuple[int, int, int]) -> list[date]:
    dates = []
    for choice in choices:
        try:
            dates.append(date(*choice))
        except ValueError:
            continue
    return list(dict.fromkeys(dates))


def which(before: str, days: list[date], *, is_listed: bool = False) -> str:
    """Return what to write where a day can be two; between brackets where it is one of a list."""
    first, last = ("[", "]") if is_listed else ("", "")
    return "Write " + " or ".join(f"{before}{first}{day.isoformat()}{last} for {day.day} {day:%B}" for day in days)


def time_instead(written: str, key: str = "at") -> str:
    """Return what to write at a key for a time of day that has a zone with it, or is the end of a day; "" for any
    other."""
    bare = _bare(written)
    if re.fullmatch(r"24[:.h]?(?:00)?(?::00)?", bare):
        return f"Write {key} = 23:59:00, or {key} = 00:00:00 on the day after"
    zoned = re.fullmatch(
        r"(\d{1,2}[:.h]\d{2}(?::\d{2})?)\s*(?:[A-Z]{2,5}|(?:GMT|UTC)?\s*[-+]\s*\d{1,2}(?::?\d{2})?)", bare
    )
    moment = time_of(zoned[1]) if zoned and not re.search(r"[AaPp]\.?[Mm]\.?\Z|UHR\Z", bare) else None
    return f'Write {key} = {moment}, and timezone = "…" where it is another than the campaign\'s' if moment else ""


def day_instead(written: str) -> str:
    """Return what to write for a day as it stands in a list of days, or ""."""
    if counted := counted_day(written):
        return f'Write "{counted}".'
    bare = _bare(written)
    if re.fullmatch(r"(?:day\s*)?[-+]?0", bare, re.IGNORECASE):
        return 'Write "T".'
    if span := re.fullmatch(
        r"[TDJТ]?([-+]\d{1,3})\s*(?:-|–|—|\.{2,3}|…|to|bis|до|à|a)\s*[TDJТ]?([-+]\d{1,3}|)", bare, re.IGNORECASE
    ):
        first, last = int(span[1]), int(span[2] or 0)
        if 0 < last - first < 32:
            each = ", ".join(f'"T{number:+d}"' if number else '"T"' for number in range(first, last + 1))
            return f"Write each day: {each}."
    if match := re.fullmatch(r"[TtТт]\s*(\d{1,4})", bare):
        return f'Write "T-{match[1]}" for days before the day of action, "T+{match[1]}" for days after it.'
    if match := re.fullmatch(r"(?:T\s*(minus|plus)\s*)?(\d{1,4})\s*(?:days?\s+(before|after).*)?", bare, re.IGNORECASE):
        way = (match[1] or match[3] or "").casefold()
        return f'Write "T{"-" if way in ("minus", "before") else "+"}{match[2]}".' if way else ""
    if match := re.fullmatch(r"([-+])\s*(\d{1,4})(?:\s*d(?:ays?)?)?", bare):
        return f'Write "T{match[1]}{match[2]}".'
    days = dates_of(written)
    return f"{which('', days)}." if len(days) > 1 else f"Write {days[0].isoformat()}." if days else ""


def days_instead(written: str) -> str:
    """Return what to write where days stand without brackets around them, or ""."""
    pieces = [piece for piece in re.split(r"\s*[,;]\s*", written.strip()) if piece]
    if not pieces:
        return ""
    days = [day_instead(piece).removeprefix("Write ").removesuffix(".") for piece in pieces]
    return f"Write days = [{', '.join(days)}]." if all(days) and not any(" " in day for day in days) else ""


def date_instead(key: str, written: str) -> str:
    """Return what to write for a key that is a date, or ""."""
    days = dates_of(written)
    if len(days) > 1:
        return f"{which(f'{key} = ', days)}."
    return f"Write {key} = {days[0].isoformat()}." if days else ""


def counted_day(written: str) -> str:
    """Return the day counted from the day of action that somebody meant by "T − 7", "t-7" or "J-7"; or ""."""
    match = _COUNTED.match(re.sub(r"[-+]+(?=[-+]\s*\d)", "", _bare(written)))
    if match is None or (match["days"] and not match["sign"]):
        return ""
    if not match["days"]:
        return "T"
    return f"T{match['sign']}{int(match['days'])}" if int(match["days"]) else "T"


def duration(written: str) -> str:
    """Return the length of time that somebody meant by "6 hours", "1h30" or "90 min", as in "6h"; or ""."""
    match = _DURATION.match(_bare(written).casefold())
    if match is None:
        return ""
    many, unit, more, less = match.groups()
    size = _unit(unit)
    smaller = _unit(less) if less else {3600: 60, 60: 1}.get(size or 0)
    if size is None or (more and smaller is None):
        return ""
    seconds = round(float(many.replace(",", ".")) * size) + int(more or 0) * (smaller or 0)
    size, letter = next((size, letter) for size, letter in _LETTERS if seconds % size == 0)
    return f"{seconds // size}{letter}"


def _unit(written: str) -> int | None:
    return next((size for names, size in _UNITS.items() if written in names.split()), None)


def duration_instead(key: str, written: str) -> str:
    """Return what to write for a key that is a length of time, or ""."""
    bare = _bare(written)
    if re.fullmatch(r"\d{1,6}", bare):
        return f'Write {key} = "{bare}h" for hours, "{bare}m" for minutes, "{bare}s" for seconds or "{bare}d" for days.'
    if clock := re.fullmatch(r"(\d{1,2}):(\d{2})(?::00)?", bare):
        return f'Write {key} = "{int(clock[1]) * 60 + int(clock[2])}m".'
    length = duration(written)
    return f'Write {key} = "{length}".' if length else ""


def flag(written: str) -> bool | None:
    """Return what somebody meant by "yes", "off" or "True"; None where that is unclear."""
    bare = written.strip().casefold()
    return True if bare in _TRUE else False if bare in _FALSE else None


def number(written: str) -> str | None:
    """Return the number as TOML writes it that somebody meant by "3,00", "$3" or "007"; None where it is none, or is
    fine."""
    bare = re.sub(r"\s*(?:usd|us\$|dollars?|\$)\s*", "", written.strip(), flags=re.IGNORECASE)
    if bare == written.strip() and not re.fullmatch(r"0+\d+|\d+,\d{1,2}|\.\d+|\d+\.", bare):
        return None
    bare = bare.replace(",", ".")
    if not re.fullmatch(r"\d+\.?\d*|\.\d+", bare):
        return None
    whole, dot, rest = bare.partition(".")
    return f"{int(whole or 0)}.{rest or 0}" if dot else str(int(whole))
