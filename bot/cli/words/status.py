"""How the campaign stands, in English: what does not go by itself, why, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from bot.cli.words.deliveries import tried_on
from bot.domain.text import duration_text
from bot.hosts import shown_source
from bot.services.database import restore_guard
from bot.services.status import (
    AccountCondition,
    AccountStatus,
    CampaignStatus,
    Hindrance,
    Obstacle,
    Pulse,
    WorkerStatus,
)
from bot.services.watching import poll
from bot.store.workers import WorkerKind
from bot.text_display import printable

START = "bot run"

_LOOK = "See: bot sources"
_MOST_NAMED = 3
"""Sources that are named in one line; `bot sources` shows all."""


def obstacles(status: CampaignStatus) -> list[str]:
    """All that keeps things from going out, a line each: for everybody who asks what will happen."""
    found = [*status.general]
    for account in status.accounts.values():
        found += [one for one in status.of_account(account.name) if one not in status.general]
    return [*(sentence(one, status) for one in found), *_doubt(status), *notes(status), *unseen(status)]


def unseen(status: CampaignStatus) -> list[str]:
    """What is not seen of the hashtags and mentions, a line each: without it, that nothing comes means nothing."""
    sight = status.sight
    said = [f"{_named(sight.failing)} cannot be read now."] if sight.failing else []
    said += [f"{poll.feeds_text(blind, host)[0]}." for host, blind in sorted(sight.blind)]
    if sight.unreadable:
        entries = "1 entry" if sight.unreadable == 1 else f"{sight.unreadable} entries"
        said.append(f"{entries} of the last 30 days could not be read.")
    return [f"{one} {_LOOK}" for one in said]


def silent(status: CampaignStatus) -> list[str]:
    """What is suspect, though nothing failed: told to who asks how things stand, not to who asks what comes next."""
    names = status.sight.silent
    return [f"{_named(names)} never showed anything, though others do. {_LOOK}"] if names else []


def _named(sources: Sequence[str]) -> str:
    """The first of some sources, and how many more there are."""
    names = [shown_source(name) for name in sources[:_MOST_NAMED]]
    more = len(sources) - len(names)
    return f"{', '.join(names)}{f' and {more} more' if more else ''}"


def held_back(status: CampaignStatus) -> list[str]:
    """What keeps a worker that is just beginning from sending; what it can use it says itself."""
    stopped = [Hindrance(Obstacle.STOPPED)] if status.stopped else []
    found = [one for account in status.accounts.values() for one in account.hindrances]
    unusable = {Obstacle.NO_TOKEN, Obstacle.ACCOUNT_BARRED}
    return [*(sentence(one, status) for one in [*stopped, *found] if one.code not in unusable), *_doubt(status)]


def _doubt(status: CampaignStatus) -> list[str]:
    if status.doubt is None or not any(_in_recovery(one) for one in status.accounts.values()):
        return []
    return [restore_guard.in_words(status.doubt)]


def _in_recovery(one: AccountStatus) -> bool:
    return any(each.code in {Obstacle.NEEDS_RECOVERY, Obstacle.NEEDS_ADOPTION} for each in one.hindrances)


def notes(status: CampaignStatus) -> list[str]:
    """What is odd about the workers, though things go out."""
    return list(_notes(status))


def _notes(status: CampaignStatus) -> Iterator[str]:
    running = status.running
    versions = sorted({one.beat.version for one in running})
    if len(versions) > 1:
        which = ", ".join(f"{one.beat.version} {_where(one)}" for one in running)
        yield f"Workers of different versions run: {which}. Stop the older ones, and start them anew."
    for one in running:
        if one.beat.campaign != status.campaign:
            name = printable(one.beat.campaign)
            yield f'The worker {_where(one)} works for another campaign, "{name}": two must not share a store.'
        elif files := one.beat.troubles.get("files"):
            yield f"The worker {_where(one)} goes by the files as they were before this mistake: {files}"
    for one in status.workers if running else ():
        if one.pulse is Pulse.SILENT and one.beat.kind is WorkerKind.RUN:
            yield f"Another worker, {_where(one)}, does not answer: it was last seen {_ago(one)}."


def lasting(hindrances: Iterable[Hindrance], status: CampaignStatus) -> str:
    """Return what keeps something back, in sentences; "" where nothing does."""
    return " ".join(dict.fromkeys(_sentence(sentence(each, status)) for each in hindrances))


def somebody_tries_on(status: CampaignStatus) -> str:
    """Return who goes on with what could not be done now."""
    return tried_on(is_worker_running=bool(status.running))


def worker_lines(status: CampaignStatus) -> list[str]:
    """Who works on the campaign, a line for each; or that nobody does."""
    if not status.running:
        return [sentence(one, status) for one in status.general if one.code is not Obstacle.STOPPED]
    return [_running(one, status.now) for one in status.running]


def _running(one: WorkerStatus, now: datetime) -> str:
    command = START if one.beat.kind is WorkerKind.RUN else "bot run --once"
    return f"{command} {_where(one)}, version {one.beat.version}, since {at_words(one.beat.since, now)}"


def sentence(one: Hindrance, status: CampaignStatus) -> str:
    """An obstacle as people are told of it: what it is, and the way out."""
    return " ".join(filter(None, _said(one, status)))


def way_back(one: Hindrance, status: CampaignStatus) -> str:
    """What ends an obstacle, or what to do."""
    return _said(one, status)[1]


def _said(one: Hindrance, status: CampaignStatus) -> tuple[str, str]:
    """What is the matter, and the way out."""
    name, now = one.account, status.now
    since = f" since {at_words(one.since, now)}" if one.since else ""
    reason = _sentence(one.reason)
    match one.code:
        case Obstacle.STOPPED:
            return "Sending is stopped.", "To go on, run: bot resume"
        case Obstacle.NO_WORKER | Obstacle.WORKER_SILENT:
            return _nobody(status)
        case Obstacle.NO_WORKER_FOR_ACCOUNT:
            return f"No worker that runs works on {name}: it is not in {_folders(status)}.", f"Start one here: {START}"
        case Obstacle.ACCOUNT_UNKNOWN:
            return f"{name} is not in bot.toml any more, so nothing is sent on it.", ""
        case Obstacle.ACCOUNT_CLOSED:
            return f"{name} is closed{since}: {reason}", f"When that is mended, run: bot resume {name}"
        case Obstacle.ACCOUNT_BARRED:
            return f"{name} cannot be used: {reason}", ""
        case Obstacle.NO_TOKEN:
            seen = "by the worker" if one.by_worker else "from here"
            return f"{name} cannot be used {seen}: {reason}", ""
        case Obstacle.NEEDS_ADOPTION:
            return f"{name} is paused{since}: this store may not be the one that sends.", "See: bot db check"
        case Obstacle.NEEDS_RECOVERY:
            what = "this store does not know all that was sent on it."
            return f"{name} is paused{since}: {what}", "Its timeline is read first; see bot db check"
        case Obstacle.OUT_OF_REACH:
            return f"{name} is paused{since}: it cannot be reached, the last time because: {reason}", _again(one, now)
        case Obstacle.RATE_LIMITED:
            return f"{name} is paused{since}: {reason}", f"It goes on by itself at {at_words(one.until or now, now)}"
        case Obstacle.NO_MONEY:
            what = f"{name} has no money for it before midnight (UTC): the day's budget is used up."
            return what, "To send today, raise budget_usd_per_day; see: bot budget"
        case Obstacle.WAITS_FOR_LINK:
            return f"It waits for {{{one.reason}}}:", "write the address under [links] in bot.toml."
        case Obstacle.TOO_LATE:
            return (
                f"It is too late by its own rule{_until(one, now)}, and missed as soon as a worker looks at it.",
                "",
            )


def _until(one: Hindrance, now: datetime) -> str:
    return f" since {at_words(one.until, now)}" if one.until else ""


def _again(one: Hindrance, now: datetime) -> str:
    when = f"next at {at_words(one.until, now)}" if one.until else "with whatever is due next"
    return (
        f"It is tried again by itself, {when}; what is due waits, and is missed by its own late rule alone. If it "
        f"lasts, see to the network, to its server and to its address in bot.toml. To try at once: "
        f"bot resume {one.account}"
    )


def _nobody(status: CampaignStatus) -> tuple[str, str]:
    """Who worked last, and how to have somebody work."""
    start = f"Start one: {START}"
    if not status.workers:
        return "No worker runs: nothing goes out, and nothing is read.", start
    last = next((one for one in status.workers if one.pulse is Pulse.SILENT), status.workers[0])
    where = _where(last)
    if last.beat.kind is WorkerKind.ONCE:
        how = "ran last" if last.pulse is Pulse.ENDED else "began last, and was killed,"
        what = f"No worker runs at this moment: bot run --once {how} {_ago(last)} {where}."
        return what, f"What is due goes out when it runs again. To have one that stays: {START}"
    if last.pulse is Pulse.SILENT:
        what = f"The worker {where} does not answer: it was last seen {_ago(last)}. Nothing goes out until it goes on."
        return what, f"Look there, or start another: {START}"
    how = "ended" if last.pulse is Pulse.ENDED else "was killed; it was last seen"
    return f"No worker runs: nothing goes out, and nothing is read. The last one {how} {_ago(last)} {where}.", start


def _folders(status: CampaignStatus) -> str:
    return " or ".join(dict.fromkeys(f"bot.toml {_where(one)}" for one in status.running))


def _where(one: WorkerStatus) -> str:
    return "in this folder" if one.is_here else printable(f"on {one.beat.host} in {one.beat.folder}")


def _ago(one: WorkerStatus) -> str:
    return f"{duration_text(max(one.age, timedelta()))} ago"


def in_words(name: str, one: AccountStatus, status: CampaignStatus) -> str:
    """How an account stands, as one line for people."""
    if one.condition is AccountCondition.OPEN:
        return f"{name} is open"
    return " ".join(sentence(each, status) for each in one.hindrances)


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


def at_words(at: datetime, now: datetime) -> str:
    """An instant (UTC) as people say it: without the day where it is today."""
    return f"{at:%H:%M:%S} UTC" if at.date() == now.date() else f"{at:%d %B %Y %H:%M:%S} UTC"
