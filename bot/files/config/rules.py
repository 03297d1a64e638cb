"""The tables of `bot.toml` that rule watching, pace, prices, reconciling, and how long what was seen is kept."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import time, timedelta

from bot.domain import text
from bot.domain.campaign import (
    MonitorRules,
    PaceRules,
    QuietHours,
    RecheckRules,
    ReconcileRules,
    RetentionRules,
    WantedKind,
)
from bot.domain.money import Prices
from bot.fault_codes import FaultCode
from bot.files.config.address import server
from bot.files.config.campaign import hashtags
from bot.files.toml.table import Table
from bot.files.toml.values import time_of
from bot.text_display import choice, quoted, shortened, write_one_of

MONITOR = ("instances", "also", "mentions", "streams", "kinds", "poll_min", "poll_max", "backfill")
PACE = ("min_gap", "per_hour", "per_day", "quiet_hours", "same_author_gap")
RECHECK = ("on_the_day", "later")
RETENTION = ("decided", "undecided")
RECONCILE = ("reads", "every")
PRICES = tuple(field.name for field in fields(Prices))
"""The keys of each table."""

_DEAREST = 100


def prices(table: Table) -> Prices:
    """Return the price of each call in USD; what is not written has the price that was known when this was made."""
    table.refuse_unknown(PRICES)
    return Prices(**{name: _amount(table, name) for name in PRICES if name in table})


def _amount(table: Table, name: str) -> float:
    usual = float(getattr(Prices(), name))
    amount = table.values[name]
    if isinstance(amount, int | float) and not isinstance(amount, bool) and 0 <= amount <= _DEAREST:
        return float(amount)
    table.error(
        FaultCode.NOT_AN_AMOUNT,
        f"{name} is not an amount in US dollars",
        f"Write for example {name} = {usual:.3f}.",
        name,
        key=name,
        write=f"{name} = {usual:.3f}",
    )
    return usual


_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})\Z")


def monitor(table: Table, posted: tuple[str, ...] = ()) -> MonitorRules:
    """Return what is watched, and how often; `posted` are the campaign's own hashtags."""
    table.refuse_unknown(MONITOR)
    usual = MonitorRules()
    rules = MonitorRules(
        instances=_instances(table),
        also=_also(table, posted),
        mentions=table.flag("mentions", usual.mentions),
        streams=table.flag("streams", usual.streams),
        kinds=_kinds(table, usual.kinds),
        poll_min=length(table, "poll_min", usual.poll_min, "20s"),
        poll_max=length(table, "poll_max", usual.poll_max, "15m"),
        backfill=length(table, "backfill", usual.backfill, "24h"),
    )
    if rules.poll_min > rules.poll_max:
        table.error(
            FaultCode.LONGER_THAN,
            "poll_min is longer than poll_max",
            "Write the shorter interval as poll_min.",
            "poll_min",
            key="poll_min",
            other="poll_max",
        )
    return rules


def _also(table: Table, posted: tuple[str, ...]) -> tuple[str, ...]:
    """Return the hashtags that are watched and never posted."""
    tags = hashtags(table, "also")
    for place, tag in enumerate(tags):
        if any(text.same(tag, own) for own in posted):
            what = f"{quoted('#' + tag)} is a hashtag of the campaign, and watched as such"
            table.warning(what, "Take it out here, or out of hashtags under [campaign].", "also", place)
    return tuple(tag for tag in tags if not any(text.same(tag, own) for own in posted))


def length(table: Table, key: str, default: timedelta, example: str) -> timedelta:
    """Return a duration such as "10m"."""
    return table.duration(key, default, example)


def _instances(table: Table) -> tuple[str, ...]:
    addresses: list[str] = []
    for place, written in enumerate(table.texts("instances")):
        try:
            address = server(written)
        except ValueError as error:
            instead = 'Write its host, as in "another.example".'
            table.error(
                FaultCode.BAD_ADDRESS,
                f"the instance at place {place + 1} {error}",
                instead,
                "instances",
                place,
                key="instances",
                write="another.example",
            )
            continue
        if address in addresses:
            table.warning(f"{quoted(written)} stands in instances twice", "Take one out.", "instances", place)
        else:
            addresses.append(address)
    return tuple(addresses)


def _kinds(table: Table, default: tuple[WantedKind, ...]) -> tuple[WantedKind, ...]:
    written = table.texts("kinds", tuple(default))
    kinds = {kind.value: kind for kind in WantedKind}
    for place, kind in enumerate(written):
        if kind not in kinds:
            table.error(
                FaultCode.NOT_KNOWN,
                f"{quoted(kind)} is not a kind of post",
                f"{write_one_of(kind, kinds)}.",
                "kinds",
                place,
                key="kinds",
                written=shortened(kind),
                **choice(kind, kinds),
            )
    if not written:
        table.error(
            FaultCode.EMPTY_LIST,
            "kinds is empty, so nothing would be found",
            'Write kinds = ["video"].',
            "kinds",
            key="kinds",
            write='kinds = ["video"]',
        )
    return tuple(kinds[kind] for kind in dict.fromkeys(written) if kind in kinds)


def pace(table: Table) -> PaceRules:
    """Return caps, gaps and quiet hours of reshares; `[pace.burst]` has what is another on the day of action itself."""
    table.refuse_unknown((*PACE, "burst"))
    usual = _pace(table, PaceRules())
    if "burst" not in table:
        return usual
    burst = table.table("burst")
    burst.refuse_unknown(PACE)
    return replace(usual, burst=_pace(burst, usual))


def _pace(table: Table, usual: PaceRules) -> PaceRules:
    instead = _quiet_instead(table.values.get("quiet_hours"))
    return PaceRules(
        min_gap=length(table, "min_gap", usual.min_gap, "10m"),
        per_hour=table.whole("per_hour", usual.per_hour),
        per_day=table.whole("per_day", usual.per_day),
        quiet_hours=table.parsed(
            "quiet_hours", _quiet_hours, usual.quiet_hours, instead, 'quiet_hours = "22:00-07:00"'
        ),
        same_author_gap=length(table, "same_author_gap", usual.same_author_gap, "24h"),
    )


def _quiet_instead(written: object) -> str:
    ends = re.split(r"\s*[-–—−]\s*|\s+(?:to|bis|until)\s+", written.strip()) if isinstance(written, str) else []
    times = [time_of(end if re.search(r"\D", end) else f"{end}:00") for end in ends if end]
    if len(times) == 2 and times[0] and times[1] and times[0] != times[1]:
        return f'Write quiet_hours = "{times[0]:%H:%M}-{times[1]:%H:%M}".'
    return 'Write quiet_hours = "22:00-07:00", or leave it out.'


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
    """Return how absence is proved."""
    table.refuse_unknown(RECONCILE)
    usual = ReconcileRules()
    return ReconcileRules(
        reads=table.whole("reads", usual.reads, least=1), every=length(table, "every", usual.every, "10s")
    )


def retention(table: Table) -> RetentionRules:
    """Return how long what is stored of a post is kept."""
    table.refuse_unknown(RETENTION)
    usual = RetentionRules()
    rules = RetentionRules(
        decided=length(table, "decided", usual.decided, "7d"),
        undecided=length(table, "undecided", usual.undecided, "30d"),
    )
    for key, kept in (("decided", rules.decided), ("undecided", rules.undecided)):
        if kept > _LONGEST_KEPT:
            what = f"{key} keeps what people posted for {kept.days} days"
            table.warning(what, "Write a shorter time: what is not kept can fall into nobody's hands.", key)
    return rules


_LONGEST_KEPT = timedelta(days=90)


def recheck(table: Table) -> RecheckRules:
    """Return how often a post that was reshared is looked at again."""
    table.refuse_unknown(RECHECK)
    usual = RecheckRules()
    rules = RecheckRules(
        on_the_day=length(table, "on_the_day", usual.on_the_day, "5m"),
        later=length(table, "later", usual.later, "1d"),
    )
    for key, every in (("on_the_day", rules.on_the_day), ("later", rules.later)):
        if every < _SHORTEST_RECHECK:
            table.error(
                FaultCode.TOO_SHORT,
                f"{key} is shorter than a minute",
                f'Write for example {key} = "5m".',
                key,
                key=key,
                write=f'{key} = "5m"',
            )
    return rules


_SHORTEST_RECHECK = timedelta(minutes=1)
