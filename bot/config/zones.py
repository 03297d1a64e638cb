"""What to write instead of a time zone that is none: always a city, for only a city knows its summer time."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from bot.hints import quoted
from bot.lookalikes import difference, skeleton

_OFFSET = re.compile(
    r"(?:etc/)?(?:gmt|utc|ut|z)?\s*([-+−–—])\s*(\d{1,2})(?::?([0-5]\d))?\s*(?:h|hours?)?\Z", re.IGNORECASE
)
_USUAL = (
    *("Europe/Berlin", "Europe/Minsk", "Europe/Kyiv", "Europe/London", "Europe/Istanbul", "Europe/Vilnius"),
    *("Europe/Warsaw", "Europe/Moscow", "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
    *("America/Sao_Paulo", "America/Halifax", "America/St_Johns", "America/Anchorage", "Pacific/Honolulu"),
    *("Atlantic/Cape_Verde", "Atlantic/Azores", "Asia/Tbilisi", "Asia/Tehran", "Asia/Kabul", "Asia/Karachi"),
    *("Asia/Kolkata", "Asia/Kathmandu", "Asia/Dhaka", "Asia/Yangon", "Asia/Bangkok", "Asia/Shanghai", "Asia/Tokyo"),
    *("Australia/Adelaide", "Australia/Sydney", "Pacific/Noumea", "Pacific/Auckland"),
)
"""A zone for each offset, those first that campaigns name most."""

_ABBREVIATIONS = {
    "cet cest mez mesz met mest": ("Europe/Berlin", "Europe/Warsaw"),
    "eet eest oez oesz": ("Europe/Kyiv", "Europe/Vilnius"),
    "wet west": ("Europe/Lisbon",),
    "gmt bst": ("Europe/London",),
    "msk msd мск": ("Europe/Moscow",),
    "trt": ("Europe/Istanbul",),
    "est edt et est5edt": ("America/New_York",),
    "cst cdt ct cst6cdt": ("America/Chicago", "Asia/Shanghai"),
    "mst mdt mt mst7mdt": ("America/Denver", "America/Phoenix"),
    "pst pdt pt pst8pdt": ("America/Los_Angeles",),
    "hst": ("Pacific/Honolulu",),
    "ist": ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"),
    "jst": ("Asia/Tokyo",),
    "aest aedt": ("Australia/Sydney",),
    "brt": ("America/Sao_Paulo",),
    "z zulu": ("Etc/UTC",),
}
"""Names of times: some mean several places, and most are wrong for half of the year."""

_TIMES = {
    r"(?:w\. |western |central |c\. )?europ\w* (?:standard )?time|romance.*": ("Europe/Berlin", "Europe/Paris"),
    r"(?:e\. |eastern )europ\w*.*|fle .*|gtb .*": ("Europe/Kyiv", "Europe/Vilnius"),
    r"gmt standard.*|greenwich.*|british.*": ("Europe/London",),
    r"russian? .*|moscow .*": ("Europe/Moscow",),
    r"belarus .*": ("Europe/Minsk",),
    r"(?:us )?eastern.*": ("America/New_York",),
    r"(?:us )?central .*": ("America/Chicago",),
    r"(?:us )?mountain.*": ("America/Denver",),
    r"(?:us )?pacific.*": ("America/Los_Angeles",),
}
"""What Windows and people call times."""

_NEXT_CITY = {
    "munich münchen hamburg frankfurt cologne köln stuttgart leipzig bonn": "Europe/Berlin",
    "geneva genève genf bern basel": "Europe/Zurich",
    "milan milano turin naples napoli bologna": "Europe/Rome",
    "barcelona valencia sevilla": "Europe/Madrid",
    "lyon marseille strasbourg": "Europe/Paris",
    "gomel homel гомель brest брест grodno hrodna гродна гродно vitebsk viciebsk mogilev mahiliou": "Europe/Minsk",
    "petersburg": "Europe/Moscow",
    "lviv kharkiv odesa odessa dnipro": "Europe/Kyiv",
    "krakow kraków gdansk gdańsk wroclaw wrocław poznan białystok bialystok": "Europe/Warsaw",
    "kaunas": "Europe/Vilnius",
    "manchester edinburgh glasgow": "Europe/London",
    "washington boston": "America/New_York",
}
_LANGUAGES = ("en", "be", "ru", "uk", "de", "fr", "es", "pl")


def instead(written: str) -> str:
    """What to write instead of something that is no time zone, or is one that means something else than it seems."""
    bare = written.strip()
    if match := _OFFSET.match(bare):
        sign, hours, minutes = match.groups()
        offset = timedelta(hours=int(hours), minutes=int(minutes or 0)) * (1 if sign == "+" else -1)
        return _cities(list(_with_offset(offset))[:3], "a city that has this time: it knows its summer time too")
    if not bare:
        return 'Write the nearest big city, as in "Europe/Berlin".'
    for pattern, places in _TIMES.items():
        if re.fullmatch(pattern, bare, re.IGNORECASE):
            return _cities(list(places), "the city you mean: it knows its summer time too")
    bare = re.sub(r"\A([A-Za-z]+)[\\|-](?=[A-Z])", r"\1/", bare)
    folded = skeleton(bare).casefold().replace(" ", "_")
    for names, places in _ABBREVIATIONS.items():
        if bare.casefold() in names.split():
            return _cities(list(places), "the city you mean: it knows its summer time too")
    zones = sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
    cities = {zone.rpartition("/")[2].casefold(): zone for zone in reversed(zones)}
    exact = {zone.casefold(): zone for zone in zones}.get(folded) or cities.get(folded.rpartition("/")[2])
    if exact:
        odd = difference(bare.rpartition("/")[2], exact.rpartition("/")[2])
        return f"Write {quoted(exact)}{f': what stands there holds {odd}' if odd else ''}."
    city = re.split(r"[/,]", bare)[-1].strip().casefold()
    for names, zone in _NEXT_CITY.items():
        if set(re.split(r"[\s_.-]+", city)) & set(names.split()):
            return f"Write {quoted(zone)}: it has the same time."
    found = list(_by_name(city))
    if found:
        return _cities(found[:3], "the city you mean")
    near = (
        difflib.get_close_matches(skeleton(city).casefold().replace(" ", "_"), cities, 1, 0.8) if len(city) > 3 else []
    )
    return f"Write {quoted(cities[near[0]])}." if near else 'Write the nearest big city, as in "Europe/Berlin".'


def _cities(zones: list[str], what: str) -> str:
    if len(zones) == 1:
        return f"Write {quoted(zones[0])}, or {what}."
    listed = " or ".join(quoted(zone) for zone in zones)
    return f"Write {listed}, or {what}." if zones else 'Write the nearest big city, as in "Europe/Berlin".'


def _with_offset(offset: timedelta) -> Iterator[str]:
    """Zones that are so far from UTC: first those all year, then in winter, then in summer."""
    found: dict[int, list[str]] = {0: [], 1: [], 2: []}
    for name in _USUAL:
        winter, summer = (ZoneInfo(name).utcoffset(datetime(2025, month, 15)) for month in (1, 7))  # noqa: DTZ001
        if offset in (winter, summer):
            found[0 if winter == summer else 1 if winter == offset else 2].append(name)
    for kind in found.values():
        yield from kind


def _by_name(name: str) -> Iterator[str]:
    """Zones by the name of their city, or of their country, in the languages that campaigns are written in."""
    from babel import Locale
    from babel.core import get_global

    places = get_global("zone_territories")
    for spoken in _LANGUAGES:
        locale = Locale(spoken)
        for zone, names in locale.time_zones.items():
            if str(names.get("city", "")).casefold() == name and zone in available_timezones():
                yield zone
                return
    for spoken in _LANGUAGES:
        countries = {str(called).casefold(): code for code, called in Locale(spoken).territories.items()}
        if code := countries.get(name):
            zones = [zone for zone, place in places.items() if place == code and zone in available_timezones()]
            yield from sorted(zones, key=lambda zone: (zone not in _USUAL, zone))
            return


def misleading(written: str) -> str:
    """What is misleading about a zone that there is: a sign that means the opposite, or no summer time; or ""."""
    if re.match(r"Etc/GMT[-+][1-9]", written, re.IGNORECASE):
        hours = -int(written[7:])
        way = "ahead of" if hours > 0 else "behind"
        return f"{quoted(written)} is {abs(hours)} h {way} UTC: its sign is the other way"
    if (
        "/" not in written
        and written.casefold() in " ".join(_ABBREVIATIONS).split()
        and written.upper() not in ("GMT", "ZULU")
    ):
        return f"{quoted(written)} is the name of a time, and not of a place with its summer time"
    return ""
