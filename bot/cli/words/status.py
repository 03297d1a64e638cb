"""How the campaign stands, in English: what does not go by itself, why, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from bot.cli.words.amounts import duration_text
from bot.cli.words.causes import cause_text, feeds_unseen
from bot.cli.words.deliveries import tried_on
from bot.cli.words.restore import doubt_text
from bot.cli.words.times import time_text
from bot.hosts import shown_source
from bot.services.status import (
    AccountCondition,
    AccountStatus,
    CampaignStatus,
    Hindrance,
    Obstacle,
    Pulse,
    WorkerStatus,
)
from bot.store.workers import WorkerKind
from bot.text_display import printable

START = "bot run"

_LOOK = "See: bot sources"
_MOST_NAMED = 3
"""Sources that are named in one line; `bot sources` shows all."""


def obstacles(status: CampaignStatus) -> list[str]:
    """Return all that keeps things from going out, a line each: for everybody who asks what will happen."""
    hindrances = [*status.general]
    for account in status.accounts.values():
        hindrances += [hindrance for hindrance in status.of_account(account.name) if hindrance not in status.general]
    return [
        *(sentence(hindrance, status) for hindrance in hindrances),
        *_doubt(status),
        *notes(status),
        *unseen(status),
    ]


def unseen(status: CampaignStatus) -> list[str]:
    """Return what is not seen of the hashtags and mentions, a line each: without it, that nothing comes means
    nothing."""
    sight = status.sight
    texts = [f"{_named(sight.failing)} cannot be read now."] if sight.failing else []
    texts += [f"{feeds_unseen(blind, host)}." for host, blind in sorted(sight.blind)]
    if sight.unreadable:
        entries = "1 entry" if sight.unreadable == 1 else f"{sight.unreadable} entries"
        texts.append(f"{entries} of the last 30 days could not be read.")
    return [f"{text} {_LOOK}" for text in texts]


def silent(status: CampaignStatus) -> list[str]:
    """Return what is suspect, though nothing failed: told to who asks how things stand, not to who asks what comes
    next."""
    names = status.sight.silent
    return [f"{_named(names)} never showed anything, though others do. {_LOOK}"] if names else []


def _named(sources: Sequence[str]) -> str:
    """Return the first of some sources, and how many more there are."""
    names = [shown_source(name) for name in sources[:_MOST_NAMED]]
    more = len(sources) - len(names)
    return f"{', '.join(names)}{f' and {more} more' if more else ''}"


def _doubt(status: CampaignStatus) -> list[str]:
    return [doubt_text(status.open_doubt)] if status.open_doubt is not None else []


def notes(status: CampaignStatus) -> list[str]:
    """Return what is odd about the workers, though things go out."""
    return list(_notes(status))


def _notes(status: CampaignStatus) -> Iterator[str]:
    running = status.running
    versions = sorted({worker.beat.version for worker in running})
    if len(versions) > 1:
        listed = ", ".join(f"{worker.beat.version} {_where(worker)}" for worker in running)
        yield f"Workers of different versions run: {listed}. Stop the older ones, and start them anew."
    for worker in running:
        if worker.beat.campaign != status.campaign:
            name = printable(worker.beat.campaign)
            yield f'The worker {_where(worker)} works for another campaign, "{name}": two must not share a store.'
        elif files := worker.beat.troubles.get("files"):
            yield f"The worker {_where(worker)} goes by the files as they were before this mistake: {files}"
    for worker in status.workers if running else ():
        if worker.pulse is Pulse.SILENT and worker.beat.kind is WorkerKind.RUN:
            yield f"Another worker, {_where(worker)}, does not answer: it was last seen {_ago(worker)}."


def lasting(hindrances: Iterable[Hindrance], status: CampaignStatus) -> str:
    """Return what keeps something back, in sentences; "" where nothing does."""
    return " ".join(dict.fromkeys(_sentence(sentence(hindrance, status)) for hindrance in hindrances))


def somebody_tries_on(status: CampaignStatus) -> str:
    """Return who goes on with what could not be done now."""
    return tried_on(is_worker_running=bool(status.running))


def worker_lines(status: CampaignStatus) -> list[str]:
    """Return who works on the campaign, a line for each; or that nobody does."""
    if not status.running:
        return [sentence(hindrance, status) for hindrance in status.general if hindrance.code is not Obstacle.STOPPED]
    return [_running(worker, status.now) for worker in status.running]


def _running(worker: WorkerStatus, now: datetime) -> str:
    command = START if worker.beat.kind is WorkerKind.RUN else "bot run --once"
    return f"{command} {_where(worker)}, version {worker.beat.version}, since {time_text(worker.beat.since, now)}"


def sentence(hindrance: Hindrance, status: CampaignStatus) -> str:
    """Return an obstacle as people are told of it: what it is, and the way out."""
    return " ".join(filter(None, _said(hindrance, status)))


def way_back(hindrance: Hindrance, status: CampaignStatus) -> str:
    """Return what ends an obstacle, or what to do."""
    return _said(hindrance, status)[1]


def _said(hindrance: Hindrance, status: CampaignStatus) -> tuple[str, str]:
    """Return what is the matter, and the way out."""
    match hindrance.code:
        case Obstacle.NO_WORKER | Obstacle.WORKER_SILENT:
            return _nobody(status)
        case Obstacle.NO_WORKER_FOR_ACCOUNT:
            name = hindrance.account
            return (
                f"No worker that runs works on {name}: it is not in {_folders(status)}.",
                f"Start one here: {START}",
            )
    return hindrance_text(hindrance, status.now)


def hindrance_text(hindrance: Hindrance, now: datetime) -> tuple[str, str]:
    """Return what is the matter, and the way out, of an obstacle that is no lack of workers."""
    name = hindrance.account
    since = f" since {time_text(hindrance.since, now)}" if hindrance.since else ""
    reason = _sentence(cause_text(hindrance.reason))
    match hindrance.code:
        case Obstacle.STOPPED:
            return "Sending is stopped.", "To go on, run: bot resume"
        case Obstacle.ACCOUNT_UNKNOWN:
            return f"{name} is not in bot.toml any more, so nothing is sent on it.", ""
        case Obstacle.ACCOUNT_CLOSED:
            return f"{name} is closed{since}: {reason}", f"When that is mended, run: bot resume {name}"
        case Obstacle.ACCOUNT_BARRED:
            return f"{name} cannot be used: {reason}", ""
        case Obstacle.NO_TOKEN:
            by_whom = "by the worker" if hindrance.by_worker else "from here"
            return f"{name} cannot be used {by_whom}: {reason}", ""
        case Obstacle.NEEDS_ADOPTION:
            return f"{name} is paused{since}: this store may not be the one that sends.", "See: bot db check"
        case Obstacle.NEEDS_RECOVERY:
            what = "this store does not know all that was sent on it."
            return f"{name} is paused{since}: {what}", "Its timeline is read first; see bot db check"
        case Obstacle.OUT_OF_REACH:
            return f"{name} is paused{since}: it cannot be reached, the last time because: {reason}", _again(
                hindrance, now
            )
        case Obstacle.RATE_LIMITED:
            return (
                f"{name} is paused{since}: {reason}",
                f"It goes on by itself at {time_text(hindrance.until or now, now)}",
            )
        case Obstacle.NO_MONEY:
            what = f"{name} has no money for it before midnight (UTC): the day's budget is used up."
            return what, "To send today, raise budget_usd_per_day; see: bot budget"
        case Obstacle.WAITS_FOR_LINK:
            return f"It waits for {{{hindrance.reason}}}:", "write the address under [links] in bot.toml."
        case Obstacle.TOO_LATE:
            return (
                f"It is too late by its own rule{_until(hindrance, now)}, and missed as soon as a worker looks at it.",
                "",
            )
    return "No worker runs.", f"Start one: {START}"


def _until(hindrance: Hindrance, now: datetime) -> str:
    return f" since {time_text(hindrance.until, now)}" if hindrance.until else ""


def _again(hindrance: Hindrance, now: datetime) -> str:
    when = f"next at {time_text(hindrance.until, now)}" if hindrance.until else "with whatever is due next"
    return (
        f"It is tried again by itself, {when}; what is due waits, and is missed by its own late rule alone. If it "
        f"lasts, see to the network, to its server and to its address in bot.toml. To try at once: "
        f"bot resume {hindrance.account}"
    )


def _nobody(status: CampaignStatus) -> tuple[str, str]:
    """Return who worked last, and how to have somebody work."""
    start = f"Start one: {START}"
    if not status.workers:
        return "No worker runs: nothing goes out, and nothing is read.", start
    last = next((worker for worker in status.workers if worker.pulse is Pulse.SILENT), status.workers[0])
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
    return " or ".join(dict.fromkeys(f"bot.toml {_where(worker)}" for worker in status.running))


def _where(worker: WorkerStatus) -> str:
    return "in this folder" if worker.is_here else printable(f"on {worker.beat.host} in {worker.beat.folder}")


def _ago(worker: WorkerStatus) -> str:
    return f"{duration_text(max(worker.age, timedelta()))} ago"


def in_words(name: str, account: AccountStatus, status: CampaignStatus) -> str:
    """Return how an account stands, as one line for people."""
    if account.condition is AccountCondition.OPEN:
        return f"{name} is open"
    return " ".join(sentence(hindrance, status) for hindrance in account.hindrances)


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."
