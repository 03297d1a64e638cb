"""Commands on what is watched, and what it costs: sources, budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from bot.cli.app import AsJson, ConfigPath, app, opened, print_json, print_labelled, say_obstacles
from bot.cli.output import print_table
from bot.cli.words.amounts import duration_text
from bot.cli.words.times import short_text, time_text
from bot.domain.money import dollars
from bot.hosts import shown_source

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.campaign import Config
    from bot.services.budget import BudgetForecast
    from bot.services.watching.source_status import SourceStatus
    from bot.store.sources import Gap

_MOST_GAPS = 3
"""How many gaps of each source are shown to people; `--json` has all."""


@app.command()
def sources(config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Show what is watched, what it gives, and where it has gaps.

    BEHIND is how long ago a source was last read to its end; POSTS/H counts the last two to three hours.

    Example: bot sources
    """
    from bot.cli.documents import source_json
    from bot.cli.words.status import unseen
    from bot.services.status import status
    from bot.services.watching import source_status as service

    with opened(config, looks=True) as campaign:
        campaign.take_up(campaign.work.config)
        standings, now, campaign_now = (
            service.source_statuses(campaign.work),
            campaign.work.clock(),
            status(campaign.work),
        )
        has_ended = service.has_ended(campaign.work)
    is_read = bool(campaign_now.running)
    if as_json:
        print_json([source_json(standing, is_read=is_read) for standing in standings])
        return
    headings = ("STATE", "READ", "BEHIND", "POSTS/H", "SOURCE")
    print_table(headings, [_row(standing, now) for standing in standings], _nothing(campaign.work.config, has_ended))
    _print_about("What to do:", _advice(standings, is_read=is_read))
    _print_about("Not readable:", [line for standing in standings for line in _unreadable(standing, now)])
    _print_about("Gaps:", [line for standing in standings for line in _gaps(standing, now)])
    say_obstacles(campaign_now, unless=frozenset(unseen(campaign_now)))


def _nothing(config: Config, has_ended: bool) -> str:
    """Return why there is no source at all."""
    if has_ended:
        return "Nothing is watched: the campaign was purged after its end. To watch again, run: bot resume"
    if not config.watched_hashtags:
        return "Nothing is watched. Write hashtags into bot.toml."
    return "Nothing is watched: no account can be used from here. Run: bot report"


def _row(standing: SourceStatus, now: datetime) -> tuple[object, ...]:
    read = short_text(standing.known.read_at, now) if standing.known.read_at else "never"
    behind = "-" if standing.lag is None else duration_text(standing.lag, short=True)
    return standing.condition, read, behind, f"{standing.posts_per_hour:.1f}", shown_source(standing.name)


def _advice(standings: list[SourceStatus], *, is_read: bool = True) -> list[tuple[str, str]]:
    """Return each advice once, however many sources it is for."""
    from bot.cli.words.sources import advice

    names_by_advice: dict[tuple[str, str], list[str]] = {}
    for standing in standings:
        if words := advice(standing, is_read=is_read):
            names_by_advice.setdefault((str(standing.condition), words), []).append(shown_source(standing.name))
    return [(state, f"{', '.join(names)}: {words}") for (state, words), names in names_by_advice.items()]


def _gaps(standing: SourceStatus, now: datetime) -> list[tuple[str, str]]:
    """Return the newest, and before all others those that were not filled."""
    telling = sorted(standing.gaps, key=lambda gap: gap.filled)[:_MOST_GAPS]
    return [(_when(gap, now), f"{standing.name}: {gap.reason}{_then(gap)}") for gap in telling]


def _unreadable(standing: SourceStatus, now: datetime) -> list[tuple[str, str]]:
    """Return how many entries were given up, and why: the posts behind them are sightings of nobody."""
    from bot.cli.words.sources import unreadable

    if standing.given_up is None or standing.given_up.last_at is None:
        return []
    return [(f"last {time_text(standing.given_up.last_at, now)}", f"{standing.name}: {unreadable(standing.given_up)}")]


def _when(gap: Gap, now: datetime) -> str:
    if gap.ended_at is None:
        return f"since {time_text(gap.began_at, now)}"
    return f"{time_text(gap.began_at, now)} - {time_text(gap.ended_at, gap.began_at)}"


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


@app.command()
def budget(config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Show what X costs: today, by purpose, and in the coming days.

    Example: bot budget
    """
    from bot.cli.documents import budget_json
    from bot.services import budget as budget_service

    with opened(config, looks=True) as campaign:
        campaign.take_up(campaign.work.config)
        forecasts = budget_service.budget_forecasts(campaign.work)
    if as_json:
        print_json([budget_json(forecast) for forecast in forecasts])
        return
    if not forecasts:
        typer.echo("No account is billed: only X costs money.")
    for forecast in forecasts:
        _print_budget(forecast)


def _print_budget(forecast: BudgetForecast) -> None:
    from bot.cli.words.budget import budget_text

    today = forecast.today
    whole = "no limit" if today.budget is None else f"{dollars(today.budget)} a day"
    spent = ", ".join(
        f"{charge.purpose} {dollars(charge.amount)} ({_calls(charge.calls)})" for charge in forecast.spent_on
    )
    lines = [
        ("spent", f"{dollars(today.spent)}{f': {spent}' if spent else ''}"),
        ("kept", f"{dollars(today.reserved)} for posts that are planned today"),
        ("foreseen", f"{dollars(forecast.foreseen)} by the end of the day, at this rate"),
        *(
            (day.day, f"{dollars(day.posts + day.usual)}, {dollars(day.posts)} of it for posts")
            for day in forecast.ahead
        ),
        ("so", budget_text(forecast)),
    ]
    typer.echo(f"{forecast.account}, {forecast.day} (UTC): {whole}")
    print_labelled([(f"  {label}", words) for label, words in lines])
