"""What is wrong with a source and what to do about it, in English."""

from __future__ import annotations

from bot.cli.words.causes import feeds_remedy, feeds_unseen
from bot.domain.post import Blind, Unread
from bot.services.watching.source_status import SourceCondition, SourceStatus
from bot.services.watching.watched import host_of
from bot.store.sources import GivenUp


def advice(standing: SourceStatus, *, is_read: bool = True) -> str:
    """Return what is wrong with a source and what to do about it; "" where nothing is to be done.

    `is_read` says that a worker runs: only then does anything go on by itself.
    """
    blind = (
        feeds(standing.known.blind, host_of(standing.name)) if standing.condition is not SourceCondition.LEFT else ""
    )
    return " ".join(dict.fromkeys(filter(None, (_advice(standing, is_read=is_read), blind))))


def _advice(standing: SourceStatus, *, is_read: bool) -> str:
    match standing.condition:
        case SourceCondition.FAILING:
            again = "It is tried again by itself." if is_read else "A worker tries it again once one runs."
            return standing.known.error or f"It could not be read. {again}"
        case SourceCondition.STOPPED:
            return (
                f"The day's budget of {standing.account} is spent, or needed for posts planned today. It goes on where "
                "it was at midnight (UTC). To go on now, raise budget_usd_per_day; see: bot budget"
            )
        case SourceCondition.SLOWED:
            return f"The day's budget of {standing.account} is nearly spent; the rest comes bit by bit. See: bot budget"
        case SourceCondition.NEW:
            return "It was not read yet; the worker is about to." if is_read else "It was not read yet. Start: bot run"
        case SourceCondition.WAITING:
            if is_read:
                return "The worker that runs does not read it, or is late: see what it says in its log."
            return "No worker reads it. Start: bot run"
        case SourceCondition.BEHIND:
            return f"There is more to read; {'it goes on by itself' if is_read else 'a worker goes on once one runs'}."
        case SourceCondition.OFF | SourceCondition.PARTIAL:
            return feeds(standing.known.blind, host_of(standing.name))
        case SourceCondition.SILENT:
            return (
                "It has never shown anything, though others show posts under the same hashtag: its server may not "
                "show hashtags to programs, or know nobody who posts them. Look at it with a browser."
            )
        case SourceCondition.LEFT:
            return "It is not watched any more: it is not in bot.toml, or its account cannot be used. See: bot check"
    return ""


_UNREAD = {
    Unread.SHAPE: "of no known shape",
    Unread.ID: "without an id",
    Unread.AUTHOR: "without an author who can be named",
    Unread.ADDRESS: "without an address",
    Unread.VISIBILITY: "without a word on who may see it",
}


def unreadable(given_up: GivenUp) -> str:
    """Return how many entries of a source could not be read, and what of them was at fault."""
    why = ", ".join(f"{count} {_UNREAD[part]}" for part, count in given_up.parts.most_common())
    what = "1 entry" if given_up.count == 1 else f"{given_up.count} entries"
    return f"{what} of the last 30 days could not be read: {why}. Look at the source in a browser."


def feeds(blind: Blind, host: str) -> str:
    """Return what a server does not show under hashtags, and what to do about it; "" where it shows all."""
    return ". ".join(filter(None, (feeds_unseen(blind, host), feeds_remedy(blind))))
