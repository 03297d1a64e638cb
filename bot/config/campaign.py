"""The `[campaign]` and `[links]` tables of `bot.toml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot import languages
from bot.config import zones
from bot.config.address import link_fault
from bot.domain import hashtag
from bot.domain.campaign import Campaign
from bot.hints import quoted, shortened
from bot.lookalikes import called, odd_letter
from bot.tomlfile import Table
from bot.tomlfile.meant import date_instead

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
    """The campaign, with faults noted for all that is wrong in it."""
    table = root.table("campaign")
    if "campaign" not in root:
        cause = f"no header campaign in {root.document.path}"
        instead = "Write [campaign] on a line above its name, and what else describes the campaign."
        root.error("there is no [campaign]", instead, cause=cause)
        links = _links(root.table("links"))
        return Campaign("", UNKNOWN_DAY, ZoneInfo(_DEFAULT_ZONE), (), _hashtags(root), links)
    table.refuse_unknown(("name", "day_of_action", "timezone", "languages", "hashtags", "contact"))
    name = table.text("name").strip()
    if not name and ("name" not in table or isinstance(table.values["name"], str)):
        table.error(f"{table.name} has no name", 'Write name = "…", as people call the campaign.', "name")
    return Campaign(
        name=name,
        day_of_action=_day_of_action(table),
        timezone=_timezone(table),
        languages=_languages(table),
        hashtags=_hashtags(table),
        links=_links(root.table("links")) if "links" in root else _misplaced_links(root),
        contact=_contact(table, reads_others=bool(root.table("monitor").values.get("instances"))),
    )


def _contact(table: Table, *, reads_others: bool) -> str:
    """Where the people of other servers can reach the campaign: a web address or a mailbox, in plain letters."""
    contact = table.text("contact").strip()
    is_plain = contact.isascii() and contact.isprintable() and " " not in contact
    if contact and not (is_plain and (_MAILBOX.match(contact) or not link_fault(contact))):
        instead = 'Write contact = "https://campaign.example/contact", or a mailbox.'
        table.error(f"{quoted(contact)} is no address that people can write to", instead, "contact")
        return ""
    if not contact and reads_others:
        instead = 'Write contact = "https://campaign.example/contact", or a mailbox: their people may want to ask.'
        table.warning("[monitor] reads other servers, and nothing tells them who it is", instead)
    return contact


def _day_of_action(table: Table) -> date:
    written = table.values.get("day_of_action")
    try:
        if isinstance(written, str):
            written = date.fromisoformat(written.strip())
    except ValueError:
        pass
    if isinstance(written, date) and not isinstance(written, datetime) and written.year in YEARS:
        return written
    missing = "day_of_action" not in table
    what = f"{table.name} has no day_of_action" if missing else "day_of_action is not a day"
    if isinstance(written, date) and written.year not in YEARS:
        what = f"day_of_action is in the year {written.year}"
    is_day = missing or isinstance(written, date)
    meant = "" if is_day else date_instead("day_of_action", table.written("day_of_action") or str(written))
    instead = meant or "Write for example day_of_action = 2025-04-16."
    table.error(what, instead, "day_of_action")
    return UNKNOWN_DAY


def zone(name: str) -> ZoneInfo:
    """The time zone of this name. Raises ValueError for an unknown one, whatever bytes it is made of."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        raise ValueError(f"{quoted(name)} is not a time zone") from error


def timezone(table: Table, default: ZoneInfo) -> ZoneInfo:
    """The `timezone` of a table, or the default where it has none."""
    written = table.text("timezone") if "timezone" in table else default.key
    try:
        found = zone(written)
    except ValueError:
        if isinstance(table.values["timezone"], str):
            table.error(f"{quoted(written)} is not a time zone", zones.instead(written), "timezone")
        return default
    if what := zones.misleading(written):
        table.warning(what, zones.instead(written), "timezone")
    return found


def _timezone(table: Table) -> ZoneInfo:
    if "timezone" not in table:
        what = f"{table.name} has no timezone, so {_DEFAULT_ZONE} is taken"
        table.warning(what, f"Write timezone = {quoted(_DEFAULT_ZONE)}, or the one you mean.")
    return timezone(table, ZoneInfo(_DEFAULT_ZONE))


def _languages(table: Table) -> tuple[str, ...]:
    codes = table.texts("languages")
    for place, code in enumerate(codes):
        if not languages.is_known(code):
            instead = f"{languages.write_instead(code)}."
            table.error(f"{quoted(code)} is not a language code", instead, "languages", place)
        elif code in codes[:place]:
            table.error(f"{quoted(code)} stands in languages twice", "Take one out.", "languages", place)
    return codes


def _hashtags(table: Table) -> tuple[str, ...]:
    tags = tuple(tag.strip().lstrip("#＃") for tag in table.texts("hashtags"))
    for place, tag in enumerate(tags):
        if not hashtag.is_whole(tag):
            instead = "Write letters, digits and underscores only, and at least one letter."
            wrong = next((letter for letter in tag if not hashtag.belongs(letter)), "")
            what = f"{quoted('#' + tag)} would not be one hashtag{f': it holds {called(wrong)}' if wrong else ''}"
            table.error(what, instead, "hashtags", place)
        elif any(hashtag.same(tag, other) for other in tags[:place]):
            table.error(f"{quoted('#' + tag)} stands in hashtags twice", "Take one out.", "hashtags", place)
        elif odd := odd_letter(tag):
            what = f"{quoted('#' + tag)} holds {odd}"
            table.warning(what, "Type it anew: nobody finds it as it is.", "hashtags", place)
        elif not hashtag.is_readable(tag):
            instead = "Write each word with a capital, as in FreeBelarusUnionists."
            table.warning(
                f"screen readers cannot tell the words of #{shortened(tag)} apart", instead, "hashtags", place
            )
    return tags


def _misplaced_links(root: Table) -> Mapping[str, str]:
    """The links that stand in an account, because their header is missing: every text would lack them too."""
    found: dict[str, str] = {}
    for _, account in root.table("accounts").tables():
        for name, value in account.values.items():
            is_link = isinstance(value, str) and (value == "" or value.startswith(("http://", "https://")))
            if is_link and name != "api_base_url" and _LINK_NAME.match(name):
                found[name] = str(value)
    return found


def _links(table: Table) -> Mapping[str, str]:
    links = {}
    for name in table.values:
        if not _LINK_NAME.match(name):
            table.error(f"{quoted(name)} cannot be a link's name", "Write it with a-z, 0-9, _ and - only.", name)
        elif name in PLACEHOLDERS:
            table.error(f"{{{name}}} has a meaning of its own", "Give the link another name.", name)
        links[name] = table.text(name).strip()
        if odd := odd_letter(links[name]):
            table.warning(f"the link {quoted(name)} holds {odd}", "Type it anew, or copy it from a browser.", name)
        if links[name] and (fault := link_fault(links[name])):
            instead = f'Write {name} = "https://…", or {name} = "" while it is not known.'
            table.error(f"the link {quoted(name)} {fault}", instead, name)
    return links
