"""How an account's money stands, and what that means, in English."""

from __future__ import annotations

from datetime import datetime

from bot.cli.words.times import time_text
from bot.services.budget import BudgetForecast, ReadingCondition


def budget_text(forecast: BudgetForecast) -> str:
    """Return how an account's money stands, and what that means, for people."""
    if forecast.today.budget is None:
        return "There is no limit. To set one, write budget_usd_per_day into bot.toml."
    if forecast.condition is ReadingCondition.STOPPED:
        return (
            f"Readings have stopped until {_clock(forecast.until)}: what is left is too little, or needed for posts. "
            "Posts go on. To read on today, raise budget_usd_per_day."
        )
    if forecast.condition is ReadingCondition.SLOWED:
        return f"Most of it is used: readings get the rest bit by bit until {_clock(forecast.until)}. Posts go first."
    if forecast.foreseen > forecast.today.budget:
        return "At this rate it will not last: readings will get it bit by bit in the end. Posts go first."
    if dear := next((day for day in forecast.ahead if day.posts > forecast.today.budget), None):
        return (
            f"It does not cover the posts of {dear.day}: raise budget_usd_per_day, or some of them wait and are missed."
        )
    return "The budget covers it."


def _clock(at: datetime | None) -> str:
    return time_text(at) if at else "tomorrow"
