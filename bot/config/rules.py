"""The tables of `bot.toml` that rule watching, resharing and reconciling."""

from __future__ import annotations

import re
from datetime import time, timedelta

from bot.config.address import server
from bot.domain.campaign import ModerationRules, MonitorRules, PaceRules, QuietHours, ReconcileRules, Wanted
from bot.domain.schedule import duration
from bot.hints import quoted, write_one_of
from bot.tomlfile import Table

_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})\Z")
_FEDIVERSE = re.compile(r"@[\w.-]+@[\w.-]+\w(:\d+)?\Z")
_X = re.compile(r"x:@?\w{1,15}\Z", re.ASCII)


def monitor(table: Table) -> MonitorRules:
    """What is watched, and how often."""
    table.refuse_unknown(("instances", "mentions", "kinds", "poll_min", "poll_max", "backfill"))
    usual = MonitorRules()
    rules = MonitorRules(
        instances=_instances(table),
        mentions=table.flag("mentions", usual.mentions),
        kinds=_kinds(table, usual.kinds),
        poll_min=length(table, "poll_min", usual.poll_min, "20s"),
        poll_max=length(table, "poll_max", usual.poll_max, "15m"),
        backfill=length(table, "backfill", usual.backfill, "24h"),
    )
    if rules.poll_min > rules.poll_max:
        table.error("poll_min is longer than poll_max", "Write the shorter interval as poll_min.", "poll_min")
    return rules


def length(table: Table, key: str, default: timedelta, example: str) -> timedelta:
    """A duration such as "10m"."""
    instead = f'Write a whole number and one of s, m, h, d: {key} = "{example}".'
    return table.parsed(key, duration, default, instead)


def _instances(table: Table) -> tuple[str, ...]:
    found: list[str] = []
    for place, written in enumerate(table.texts("instances")):
        try:
            address = server(written)
        except ValueError as error:
            instead = 'Write its host, as in "another.example".'
            table.error(f"the instance at place {place + 1} {error}", instead, "instances", place)
            continue
        if address in found:
            table.warning(f"{quoted(written)} stands in instances twice", "Take one out.", "instances", place)
        else:
            found.append(address)
    return tuple(found)


def _kinds(table: Table, default: tuple[Wanted, ...]) -> tuple[Wanted, ...]:
    written = table.texts("kinds", tuple(default))
    known = {kind.value: kind for kind in Wanted}
    for place, kind in enumerate(written):
        if kind not in known:
            table.error(f"{quoted(kind)} is not a kind of post", f"{write_one_of(kind, known)}.", "kinds", place)
    if not written:
        table.error("kinds is empty, so nothing would be found", 'Write kinds = ["video"].', "kinds")
    return tuple(known[kind] for kind in dict.fromkeys(written) if kind in known)


def moderation(table: Table) -> ModerationRules:
    """Whom a person trusts and blocks beforehand."""
    table.refuse_unknown(("trusted", "blocked"))
    trusted, blocked = _handles(table, "trusted"), _handles(table, "blocked")
    unwanted = {handle.casefold() for handle in blocked}
    for place, handle in enumerate(trusted):
        if handle.casefold() in unwanted:
            table.error(f"{quoted(handle)} is both trusted and blocked", "Take one out.", "trusted", place)
    return ModerationRules(trusted, blocked)


def _handles(table: Table, key: str) -> tuple[str, ...]:
    handles = table.texts(key)
    for place, handle in enumerate(handles):
        if not _FEDIVERSE.match(handle) and not _X.match(handle):
            table.error(f"{quoted(handle)} is not a handle", f"Write {_handle_instead(handle)}.", key, place)
    return handles


def _handle_instead(handle: str) -> str:
    """The handle that was probably meant, or one of each platform as examples."""
    bare = handle.strip().lstrip("@")
    if _FEDIVERSE.match(f"@{bare}"):
        return quoted(f"@{bare}")
    return quoted(f"x:{bare}") if _X.match(f"x:{bare}") else '"@user@mastodon.example" or "x:Handle"'


def pace(table: Table) -> PaceRules:
    """Caps, gaps and quiet hours of reshares."""
    table.refuse_unknown(("min_gap", "per_hour", "per_day", "quiet_hours", "same_author_gap"))
    usual = PaceRules()
    instead = 'Write quiet_hours = "22:00-07:00", or leave it out.'
    return PaceRules(
        min_gap=length(table, "min_gap", usual.min_gap, "10m"),
        per_hour=table.whole("per_hour", usual.per_hour),
        per_day=table.whole("per_day", usual.per_day),
        quiet_hours=table.parsed("quiet_hours", _quiet_hours, None, instead),
        same_author_gap=length(table, "same_author_gap", usual.same_author_gap, "24h"),
    )


def _quiet_hours(written: str) -> QuietHours | None:
    if not written.strip():
        return None
    match = _HOURS.match(written.strip())
    if match is None:
        raise ValueError(written)
    hour, minute, end_hour, end_minute = map(int, match.groups())
    hours = QuietHours(time(hour, minute), time(end_hour, end_minute))
    if hours.start == hours.end:
        raise ValueError(written)
    return hours


def reconcile(table: Table) -> ReconcileRules:
    """How absence is proved."""
    table.refuse_unknown(("reads", "every"))
    usual = ReconcileRules()
    return ReconcileRules(
        reads=table.whole("reads", usual.reads, least=1), every=length(table, "every", usual.every, "10s")
    )
