"""Commands on what is watched, and what it costs: sources, budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from bot.cli.app import AsJson, ConfigPath, app, opened, print_json, print_labelled, say_obstacles
from bot.cli.output import print_table
from bot.domain.money import dollars
from bot.hosts import shown_source

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from bot.domain.campaign import Config
    from bot.services.budget import BudgetForecast
    from bot.services.watching.source_status import SourceStanding
    from bot.store.sources import Gap

_MOST_GAPS = 3
"""How many gaps of each source are shown to people; `--json` has all."""


@app.command()
def sources(config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Show what is watched, what it gives, and where it has gaps.

    BEHIND is how long ago a source was last read to its end; POSTS/H counts the last two to three hours.

    Example: bot sources
    """
    from bot.services.status import status
    from bot.services.status_text import unseen
    from bot.services.watching import source_status as service

    with opened(config) as campaign:
        campaign.take_up(campaign.work.config)
        found, now, campaign_now = service.standings(campaign.work), campaign.work.clock(), status(campaign.work)
        has_ended = service.has_ended(campaign.work)
    is_read = bool(campaign_now.running)
    if as_json:
        print_json([service.source_json(one, is_read=is_read) for one in found])
        return
    headings = ("STATE", "READ (UTC)", "BEHIND", "POSTS/H", "SOURCE")
    print_table(headings, [_row(one, now) for one in found], _nothing(campaign.work.config, has_ended))
    _print_about("What to do:", _advice(found, is_read=is_read))
    _print_about("Not readable:", [line for one in found for line in _unreadable(one, now)])
    _print_about("Gaps:", [line for one in found for line in _gaps(one, now)])
    say_obstacles(campaign_now, unless=frozenset(unseen(campaign_now)))


def _nothing(config: Config, has_ended: bool) -> str:
    """Why there is no source at all."""
    if has_ended:
        return "Nothing is watched: the campaign was purged after its end. To watch again, run: bot resume"
    if not config.campaign.hashtags:
        return "Nothing is watched. Write hashtags into bot.toml."
    return "Nothing is watched: no account can be used from here. Run: bot report"


def _row(one: SourceStanding, now: datetime) -> tuple[object, ...]:
    read = _at(one.known.read_at, now) if one.known.read_at else "never"
    behind = "-" if one.lag is None else _length(one.lag)
    return one.condition, read, behind, f"{one.posts_per_hour:.1f}", shown_source(one.name)


def _advice(found: list[SourceStanding], *, is_read: bool = True) -> list[tuple[str, str]]:
    """The same advice is given once, however many sources it is for."""
    from bot.services.watching.source_status import advice

    wanted: dict[tuple[str, str], list[str]] = {}
    for one in found:
        if words := advice(one, is_read=is_read):
            wanted.setdefault((str(one.condition), words), []).append(shown_source(one.name))
    return [(state, f"{', '.join(names)}: {words}") for (state, words), names in wanted.items()]


def _gaps(one: SourceStanding, now: datetime) -> list[tuple[str, str]]:
    """The newest, and before all others those that were not filled."""
    telling = sorted(one.gaps, key=lambda gap: gap.filled)[:_MOST_GAPS]
    return [(_when(gap, now), f"{one.name}: {gap.reason}{_then(gap)}") for gap in telling]


def _unreadable(one: SourceStanding, now: datetime) -> list[tuple[str, str]]:
    """How many entries were given up, and why: the posts behind them are sightings of nobody."""
    from bot.services.watching.source_status import unreadable_in_words

    if one.given_up is None or one.given_up.last_at is None:
        return []
    return [(f"last {_at(one.given_up.last_at, now)}", f"{one.name}: {unreadable_in_words(one.given_up)}")]


def _when(gap: Gap, now: datetime) -> str:
    if gap.ended_at is None:
        return f"since {_at(gap.began_at, now)}"
    return f"{_at(gap.began_at, now)} - {_at(gap.ended_at, now)}"


def _then(gap: Gap) -> str:
    if gap.filled:
        return "; all of it was read afterwards"
    return "; posts of this time were missed for good" if gap.ended_at else ""


def _calls(count: int) -> str:
    return "1 call" if count == 1 else f"{count} calls"


def _print_about(heading: str, lines: list[tuple[str, str]]) -> None:
    if lines:
        typer.echo(f"\n{heading}")
        print_labelled(lines)


def _at(at: datetime, now: datetime) -> str:
    return f"{at:%H:%M:%S}" if at.date() == now.date() else f"{at:%d %b %H:%M}"


def _length(length: timedelta) -> str:
    seconds = max(0, round(length.total_seconds()))
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


@app.command()
def budget(config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Show what X costs: today, by purpose, and in the coming days.

    Example: bot budget
    """
    from bot.services import budget as budget_service

    with opened(config) as campaign:
        campaign.take_up(campaign.work.config)
        found = budget_service.budget_forecasts(campaign.work)
    if as_json:
        print_json([budget_service.budget_json(one) for one in found])
        return
    if not found:
        typer.echo("No account is billed: only X costs money.")
    for one in found:
        _print_budget(one)


def _print_budget(one: BudgetForecast) -> None:
    from bot.services.budget import budget_text

    purse = one.purse
    whole = "no limit" if purse.budget is None else f"{dollars(purse.budget)} a day"
    spent = ", ".join(f"{each.purpose} {dollars(each.amount)} ({_calls(each.calls)})" for each in one.spent_on)
    lines = [
        ("spent", f"{dollars(purse.spent)}{f': {spent}' if spent else ''}"),
        ("kept", f"{dollars(purse.reserved)} for posts that are planned today"),
        ("foreseen", f"{dollars(one.foreseen)} by the end of the day, at this rate"),
        *((day.day, f"{dollars(day.posts + day.usual)}, {dollars(day.posts)} of it for posts") for day in one.ahead),
        ("so", budget_text(one)),
    ]
    typer.echo(f"{one.account}, {one.day} (UTC): {whole}")
    print_labelled([(f"  {label}", words) for label, words in lines])
