"""The `[campaign]` and `[links]` tables of `bot.toml`, with help for mistaken time zones."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from bot import languages
from bot.domain import text
from bot.domain.campaign import Campaign
from bot.fault_codes import FaultCode
from bot.files.config.address import link_fault
from bot.files.toml.table import Table
from bot.files.toml.values import date_instead
from bot.lookalikes import called, difference, odd_letter, skeleton
from bot.text_display import quoted, shortened

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
    """Return what to write instead of something that is no time zone, or is one that means something else than it
    seems."""
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
    exact, cities = _exact(folded)
    if exact:
        odd = difference(bare.rpartition("/")[2], exact.rpartition("/")[2])
        return f"Write {quoted(exact)}{f': what stands there holds {odd}' if odd else ''}."
    city = re.split(r"[/,]", bare)[-1].strip().casefold()
    if next_city := _next_city(city):
        return f"Write {quoted(next_city)}: it has the same time."
    named = list(_by_name(city))
    if named:
        return _cities(named[:3], "the city you mean")
    near = (
        difflib.get_close_matches(skeleton(city).casefold().replace(" ", "_"), cities, 1, 0.8) if len(city) > 3 else []
    )
    return f"Write {quoted(cities[near[0]])}." if near else 'Write the nearest big city, as in "Europe/Berlin".'


def zone_of_city(written: str) -> ZoneInfo | None:
    """Return the time zone of a city or a country, or of this name; None where none, or several, can be meant."""
    bare = written.strip()
    exact, _ = _exact(skeleton(bare).casefold().replace(" ", "_"))
    city = re.split(r"[/,]", bare)[-1].strip().casefold()
    names = [exact] if exact else [name] if (name := _next_city(city)) else list(_by_name(city))
    return ZoneInfo(names[0]) if bare and len(names) == 1 else None


def _exact(folded: str) -> tuple[str, dict[str, str]]:
    """Return the zone of this name or with a city of this name, "" for none; and all zones by their cities."""
    zones = sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
    cities = {zone.rpartition("/")[2].casefold(): zone for zone in reversed(zones)}
    return {zone.casefold(): zone for zone in zones}.get(folded) or cities.get(folded.rpartition("/")[2], ""), cities


def _next_city(city: str) -> str:
    """Return the zone of a city that no zone is named after, "" for one that is not known."""
    words = set(re.split(r"[\s_.-]+", city))
    return next((zone for names, zone in _NEXT_CITY.items() if words & set(names.split())), "")


def _cities(zones: list[str], what: str) -> str:
    if len(zones) == 1:
        return f"Write {quoted(zones[0])}, or {what}."
    listed = " or ".join(quoted(zone) for zone in zones)
    return f"Write {listed}, or {what}." if zones else 'Write the nearest big city, as in "Europe/Berlin".'


def _with_offset(offset: timedelta) -> Iterator[str]:
    """Yield zones that are this far from UTC: first those all year, then in winter, then in summer."""
    zones: dict[int, list[str]] = {0: [], 1: [], 2: []}
    for name in _USUAL:
        winter, summer = (ZoneInfo(name).utcoffset(datetime(2025, month, 15)) for month in (1, 7))  # noqa: DTZ001
        if offset in (winter, summer):
            zones[0 if winter == summer else 1 if winter == offset else 2].append(name)
    for kind in zones.values():
        yield from kind


def _by_name(name: str) -> Iterator[str]:
    """Yield zones by the name of their city, or of their country, in the languages that campaigns are written in."""
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
    """Return what is misleading about a zone that there is: a sign that means the opposite, or no summer time;
    or ""."""
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


CAMPAIGN = ("name", "day_of_action", "timezone", "languages", "hashtags", "contact", "operator")
"""The keys of [campaign]."""

_NEEDED = {
    "name": lambda value: isinstance(value, str),
    "day_of_action": lambda value: isinstance(value, date),
    "hashtags": lambda value: isinstance(value, list),
    "timezone": lambda value: isinstance(value, str) and "/" in value and value in available_timezones(),
}

PLACEHOLDERS = ("countdown", "day_of_action", "hashtags", "link")
"""What every campaign can write between braces; `[links]` adds to them and must not hide them."""

YEARS = range(1980, 2200)
"""Days outside of these years are slips of the pen, and time zones mean nothing there."""

UNKNOWN_DAY = date(2000, 1, 1)
"""Stands for a day of action that could not be read."""

_MAILBOX = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+\Z", re.ASCII)
_LINK_NAME = re.compile(r"[a-z0-9_-]+\Z")
_DEFAULT_ZONE = "Europe/Berlin"


def campaign(root: Table) -> Campaign:
    """Return the campaign, with faults noted for all that is wrong in it."""
    table = root.table("campaign")
    if "campaign" not in root:
        root.error(
            FaultCode.NO_TABLE,
            "there is no [campaign]",
            'Write [campaign], and below it name = "…" and day_of_action = 2025-04-16.',
            table="[campaign]",
            write='[campaign] name = "…" day_of_action = 2025-04-16',
        )
        return Campaign("", UNKNOWN_DAY, ZoneInfo(_DEFAULT_ZONE), (), (), _links(root.table("links")))
    table.refuse_unknown(CAMPAIGN, needed=_NEEDED)
    name = table.text("name").strip()
    if not name and ("name" not in table or isinstance(table.values["name"], str)):
        table.error(
            FaultCode.MISSING_KEY,
            f"{table.name} has no name",
            'Write name = "…", as people call the campaign.',
            "name",
            table=table.name,
            key="name",
            write='name = "…"',
        )
    return Campaign(
        name=name,
        day_of_action=_day_of_action(table),
        timezone=_timezone(table),
        languages=_languages(table),
        hashtags=hashtags(table),
        links=_links(root.table("links")),
        operator=table.text("operator").strip(),
        contact=_contact(table, reads_others=bool(root.table("monitor").texts_or_none("instances"))),
    )


def _contact(table: Table, *, reads_others: bool) -> str:
    """Return where the people of other servers can reach the campaign: a web address or a mailbox, in plain letters."""
    contact = table.text("contact").strip()
    if contact and not is_contact(contact):
        instead = 'Write contact = "https://campaign.example/contact", or a mailbox.'
        table.error(
            FaultCode.BAD_ADDRESS,
            f"{quoted(contact)} is no address that people can write to",
            instead,
            "contact",
            key="contact",
            write='contact = "https://campaign.example/contact"',
        )
        return ""
    if not contact and reads_others:
        instead = 'Write contact = "https://campaign.example/contact", or a mailbox: their people may want to ask.'
        table.warning("[monitor] reads other servers, and nothing tells them who it is", instead)
    return contact


def is_contact(written: str) -> bool:
    """Return whether people can write to this: a mailbox, or the address of a page, in plain letters."""
    is_plain = written.isascii() and written.isprintable() and " " not in written
    return is_plain and (_MAILBOX.match(written) is not None or not link_fault(written))


def day_in(value: object) -> date | None:
    """Return the date that a value is, quoted or not; None for any other value."""
    try:
        day = date.fromisoformat(value.strip()) if isinstance(value, str) else value
    except ValueError:
        return None
    return day if isinstance(day, date) and not isinstance(day, datetime) else None


def _day_of_action(table: Table) -> date:
    written = table.values.get("day_of_action")
    day = day_in(written)
    if day is not None and day.year in YEARS:
        return day
    missing = "day_of_action" not in table
    what = f"{table.name} has no day_of_action" if missing else "day_of_action is not a day"
    if day is not None:
        what = f"day_of_action is in the year {day.year}"
    is_day = missing or isinstance(written, date) or day is not None
    meant = "" if is_day else date_instead("day_of_action", table.written("day_of_action") or str(written))
    instead = meant or "Write for example day_of_action = 2025-04-16."
    code = FaultCode.MISSING_KEY if missing else FaultCode.DAY_TOO_FAR if day is not None else FaultCode.NOT_A_DAY
    about = {"table": table.name, "key": "day_of_action", "written": shortened(str(written))}
    table.error(code, what, instead, "day_of_action", **about, write="day_of_action = 2025-04-16")
    return UNKNOWN_DAY


def zone(name: str) -> ZoneInfo:
    """Return the time zone of this name. Raise ValueError for an unknown one, whatever bytes it is made of."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        raise ValueError(f"{quoted(name)} is not a time zone") from error


def timezone(table: Table, default: ZoneInfo) -> ZoneInfo:
    """Return the `timezone` of a table, or the default where it has none."""
    written = table.text("timezone") if "timezone" in table else default.key
    try:
        meant = zone(written)
    except ValueError:
        if isinstance(table.values["timezone"], str):
            table.error(
                FaultCode.NOT_A_ZONE,
                f"{quoted(written)} is not a time zone",
                instead(written),
                "timezone",
                written=shortened(written),
            )
        return default
    if what := misleading(written):
        table.warning(what, instead(written), "timezone")
    return meant


def _timezone(table: Table) -> ZoneInfo:
    if "timezone" not in table:
        what = f"{table.name} has no timezone, so {_DEFAULT_ZONE} is taken"
        table.warning(what, f"Write timezone = {quoted(_DEFAULT_ZONE)}, or the one you mean.")
    return timezone(table, ZoneInfo(_DEFAULT_ZONE))


def _languages(table: Table) -> tuple[str, ...]:
    """Return the codes; in the place of each that is none the one that is meant, so that nothing else is told of it."""
    codes = table.texts("languages")
    meant: list[str] = []
    for place, code in enumerate(codes):
        if not languages.is_known(code):
            table.error(
                FaultCode.NOT_A_LANGUAGE,
                f"{quoted(code)} is not a language code",
                f"{languages.write_instead(code)}.",
                "languages",
                place,
                language=shortened(code),
                near=languages.meant(code),
            )
            meant.append(languages.meant(code) or code)
            continue
        if code in codes[:place]:
            table.error(
                FaultCode.TWICE_IN_LIST,
                f"{quoted(code)} stands in languages twice",
                "Take one out.",
                "languages",
                place,
                key="languages",
                written=shortened(code),
            )
        meant.append(code)
    return tuple(dict.fromkeys(meant))


def hashtags(table: Table, key: str = "hashtags") -> tuple[str, ...]:
    """Return the hashtags of a list, without the sign, with faults noted for those that would find nobody."""
    tags = tuple(tag.strip().lstrip("#＃") for tag in table.texts(key))
    for place, tag in enumerate(tags):
        if not text.is_whole(tag):
            instead = "Write letters, digits and underscores only, and at least one letter."
            wrong = next((letter for letter in tag if not text.belongs(letter)), "")
            what = f"{quoted('#' + tag)} would not be one hashtag{f': it holds {called(wrong)}' if wrong else ''}"
            table.error(FaultCode.NOT_A_HASHTAG, what, instead, key, place, tag=shortened(tag))
        elif any(text.same(tag, other) for other in tags[:place]):
            table.error(
                FaultCode.TWICE_IN_LIST,
                f"{quoted('#' + tag)} stands in {key} twice",
                "Take one out.",
                key,
                place,
                key=key,
                written=f"#{shortened(tag)}",
            )
        elif odd := odd_letter(tag):
            what = f"{quoted('#' + tag)} holds {odd}"
            table.warning(what, "Type it anew: nobody finds it as it is.", key, place)
        elif key == "hashtags" and not text.is_readable(tag):
            instead = "Write each word with a capital, as in FairFaresNow."
            table.warning(
                f"screen readers cannot tell the words of #{shortened(tag)} apart", instead, "hashtags", place
            )
    return tags


def is_link(name: str, value: object) -> bool:
    """Return whether this is the name of a link with its address, or with none yet."""
    is_address = isinstance(value, str) and (value == "" or value.startswith(("http://", "https://")))
    return is_address and _LINK_NAME.match(name) is not None


def _links(table: Table) -> Mapping[str, str]:
    links = {}
    for name in table.values:
        if not _LINK_NAME.match(name):
            table.error(
                FaultCode.BAD_NAME,
                f"{quoted(name)} cannot be a link's name",
                "Write it with a-z, 0-9, _ and - only.",
                name,
                name=shortened(name),
                letters="a-z 0-9 _ -",
            )
        elif name in PLACEHOLDERS:
            table.error(
                FaultCode.LINK_RESERVED,
                f"{{{name}}} has a meaning of its own",
                "Give the link another name.",
                name,
                name=name,
            )
        is_text = isinstance(table.values[name], str)
        links[name] = table.text(name, "" if is_text else "https://campaign.example/").strip()  # else it seemed to wait
        if odd := odd_letter(links[name]):
            table.warning(f"the link {quoted(name)} holds {odd}", "Type it anew, or copy it from a browser.", name)
        if links[name] and (fault := link_fault(links[name])):
            instead = f'Write {name} = "https://…", or {name} = "" while it is not known.'
            table.error(
                FaultCode.BAD_ADDRESS,
                f"the link {quoted(name)} {fault}",
                instead,
                name,
                key=shortened(name),
                write=f'{shortened(name)} = "https://…"',
            )
    return links
