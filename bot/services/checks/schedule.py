"""Checks wordings against the days they go out on, and posts against each other and the clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import combinations, groupby, pairwise

from bot.domain.campaign import Config
from bot.domain.delivery import Draft
from bot.domain.limits import REPETITION, traits_of
from bot.domain.message import Wording
from bot.domain.schedule import ScheduledPost, day_label
from bot.domain.text import is_near, normalised
from bot.errors import Fault, Severity
from bot.fault_codes import FaultCode
from bot.files.library import Library
from bot.files.rendering import counted_days, uses_countdown
from bot.text_display import quoted


def wording_of(library: Library, draft: Draft) -> Wording | None:
    """Return the file a draft's words come from."""
    message = library.messages.get(draft.message)
    return message.wording(draft.language, draft.platform) if message else None


def too_long(library: Library, drafts: Sequence[Draft]) -> Iterator[Fault]:
    """Yield texts over an account's length, each once, on the day that makes it longest."""
    worst: dict[tuple[str, str], Draft] = {}
    for draft in drafts:
        wording = wording_of(library, draft)
        if wording is not None and draft.length > draft.limit:
            key = (wording.path, draft.account)
            worst[key] = max(worst.get(key, draft), draft, key=lambda draft: draft.length)
    for (path, account), draft in worst.items():
        wording = wording_of(library, draft)
        over = draft.length - draft.limit
        what = f"on {account} this is {draft.length} characters long, and {draft.limit} fit"
        own = f"{draft.language}.{draft.platform}.md"
        instead = f"Take out {over}, split it with a line of ---, or write {own}."
        yield Fault(
            path,
            wording.line_of(f"part.{draft.longest_part}") if wording else 1,
            what,
            instead,
            code=FaultCode.TEXT_TOO_LONG,
            facts={"account": account, "length": str(draft.length), "limit": str(draft.limit)},
        )


def day_counts(library: Library, drafts: Sequence[Draft]) -> Iterator[Fault]:
    """Yield numbers of days written into a text that goes out on another day."""
    offsets: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    wordings: dict[tuple[str, str], Wording] = {}
    for draft in drafts:
        wording = wording_of(library, draft)
        if wording is not None and draft.offset <= 0:
            offsets[wording.path, draft.language].add(draft.offset)
            wordings[wording.path, draft.language] = wording
    for (path, language), wording in wordings.items():
        for place, part in enumerate(wording.parts):
            for days, position in counted_days(part, language):
                wrong = sorted(offsets[path, language] - {-days})
                if wrong:
                    line = wording.line_of(f"part.{place}") + part.count("\n", 0, position)
                    when = ", ".join(day_label(offset) for offset in wrong)
                    what = f"this says {days} days, and goes out on {when}"
                    instead = "Write {countdown} if it counts the days to the day of action."
                    yield Fault(path, line, what, instead, Severity.WARNING)


def _unspoken(config: Config) -> list[str]:
    """Return the languages of the campaign that no account posts in."""
    accounts = config.accounts.values()
    spoken = {language for account in accounts for language in account.languages or config.campaign.languages}
    return [language for language in config.campaign.languages if accounts and language not in spoken]


def unused(config: Config, library: Library, drafts: Sequence[Draft]) -> Iterator[Fault]:
    """Yield messages and translations that no schedule ever posts, and languages that no account does."""
    unspoken = _unspoken(config)
    for language in unspoken:
        place = config.campaign.languages.index(language)
        line = config.lines.get(f"campaign.languages.{place}", config.lines.get("campaign.languages", 1))
        what = f"no account posts in {quoted(language)}"
        instead = f"Add {quoted(language)} to languages of an account, or take it out here."
        yield Fault(config.path, line, what, instead, Severity.WARNING)
    used = {(draft.message, draft.language) for draft in drafts}
    scheduled = {post.message for post in library.schedule}
    for message in library.messages.values():
        for language in message.languages:
            wording = next(wording for (spoken, _), wording in sorted(message.wordings.items()) if spoken == language)
            if library.schedule and message.name not in scheduled:
                what = f"{message.name} is never scheduled"
                instead = f'Write a [[post]] with message = "{message.name}" into a file of schedules/.'
                yield Fault(wording.path, 1, what, instead, Severity.WARNING)
                break
            if drafts and (message.name, language) not in used and language not in unspoken:
                yield _left_out(library, message.name, language, wording.path)


def _left_out(library: Library, name: str, language: str, path: str) -> Fault:
    """Return the fault of a translation that no schedule posts: a note where every `[[post]]` of its message names the
    languages it is for, since somebody chose them."""
    what = f"{name} is never posted in {language}"
    instead = f'Add "{language}" to languages of its [[post]], or take this file away.'
    if all(post.languages for post in library.schedule if post.message == name):
        instead = f"Nothing is to be done if that is meant. Else add {language} to languages of its [[post]]."
        return Fault(path, 1, what, instead, Severity.NOTE, group=("languages left out",))
    return Fault(path, 1, what, instead, Severity.WARNING)


CROWDED = timedelta(minutes=5)
"""Followers skip what comes in a heap, and platforms take it for spam."""


def countdown_faults(config: Config, library: Library, drafts: Sequence[Draft]) -> Iterator[Fault]:
    """Yield countdowns that have nothing to count, or would count from another day than their readers."""
    posts = {(post.path, post.line): post for post in library.schedule}
    campaign = config.campaign
    for draft in drafts:
        wording = wording_of(library, draft)
        if wording is None or not uses_countdown(wording):
            continue
        post = posts[draft.path, draft.line]
        scheduled = campaign.day_of_action + timedelta(days=draft.offset)
        local = draft.due_at.astimezone(campaign.timezone).date()
        if draft.offset >= 0:
            what = f"{draft.message} counts the days, and on {draft.day} none are left"
            instead = f"Take the day out here, or {{countdown}} out of {wording.path}."
            yield Fault(
                draft.path,
                _day_line(post, draft),
                what,
                instead,
                code=FaultCode.NO_DAYS_LEFT,
                facts={"message": draft.message, "day": draft.day},
            )
        elif local != scheduled:
            what = f"{draft.wall_time} is {local} in {campaign.timezone.key}, so the countdown would be wrong by a day"
            instead = "Choose a time at which it is the same day in both zones."
            yield Fault(
                draft.path,
                post.lines.get("at", post.line),
                what,
                instead,
                code=FaultCode.DAY_DIFFERS,
                facts={"time": draft.wall_time, "day": str(local), "zone": campaign.timezone.key},
            )


def _day_line(post: ScheduledPost, draft: Draft) -> int:
    place = [str(day) for day in post.days].index(draft.day)
    return post.lines.get(f"days.{place}", post.line)


def crowded(drafts: Sequence[Draft]) -> Iterator[Fault]:
    """Yield posts of one account less than five minutes apart: once for each `[[post]]`, with the first occasion."""
    said_of: set[tuple[str, int, str]] = set()
    for account, posts in _by_account(drafts):
        for before, after in pairwise(posts):
            key = (after.path, after.line, account)
            if after.due_at - before.due_at >= CROWDED or key in said_of:
                continue
            said_of.add(key)
            what = (
                f"{account} posts {_named(before)} and {_named(after)} less than five minutes apart, "
                f"first at {after.wall_time}"
            )
            yield Fault(after.path, after.line, what, "Give them times further apart.", Severity.WARNING)


def _named(draft: Draft) -> str:
    return f"{draft.message} ({draft.language})"


def _by_account(drafts: Iterable[Draft]) -> Iterator[tuple[str, list[Draft]]]:
    ordered = sorted(drafts, key=lambda draft: (draft.account, draft.due_at, *draft.identity))
    for account, posts in groupby(ordered, key=lambda draft: draft.account):
        yield account, list(posts)


def repeated_on_x(drafts: Sequence[Draft]) -> Iterator[Fault]:
    """Yield the same text from one X account within a day, in another post or another part of a thread.

    Another post is a warning: other platforms take it, and X refuses its own alone. Another part is an error, for its
    thread would stay in pieces.
    """
    for account, posts in _by_account(draft for draft in drafts if traits_of(draft.platform).refuses_repetition):
        said: dict[str, Draft] = {}
        for draft in posts:
            for part in draft.content.parts:
                text = normalised(part.text)
                first = said.get(text)
                if first is not None and draft.due_at - first.due_at < REPETITION:
                    yield _repetition(account, first, draft)
                said[text] = draft


def _repetition(account: str, first: Draft, draft: Draft) -> Fault:
    if first is draft:
        what = f"{_named(draft)} has two parts with the same text, which X refuses"
        return Fault(
            draft.path,
            draft.line,
            what,
            f"Write different words, or {draft.language}.x.md for X alone.",
            code=FaultCode.PARTS_ALIKE,
            facts={"message": _named(draft)},
        )
    again = f"{_named(first)} at {first.wall_time} and {_named(draft)} at {draft.wall_time}"
    what = f"{account} would post the same text twice within a day ({again}), and X refuses the second"
    instead = f"Write different words, post them further apart, or name the accounts without {account} in accounts."
    is_thread = len(draft.content.parts) > 1
    return Fault(
        draft.path,
        draft.line,
        what,
        instead,
        Severity.ERROR if is_thread else Severity.WARNING,
        code=FaultCode.REPEATED_ON_X,
        facts={"account": account, "message": _named(draft), "other": _named(first)},
    )


def twins_on_x(library: Library, drafts: Sequence[Draft]) -> Iterator[Fault]:
    """Yield nearly the same text on two X accounts, which X's rules on automation forbid. Once for each pair of
    files."""
    samples: defaultdict[str, dict[str, Draft]] = defaultdict(dict)
    for draft in drafts:
        wording = wording_of(library, draft)
        if wording is not None and traits_of(draft.platform).refuses_repetition:
            samples[draft.account].setdefault(wording.path, draft)
    for account, other in combinations(sorted(samples), 2):
        for path, draft in samples[account].items():
            for other_path, twin in samples[other].items():
                if is_near(draft.content.text, twin.content.text):
                    later = max(draft, twin, key=lambda draft: (draft.due_at, draft.account))
                    where = path if path == other_path else f"{path} and {other_path}"
                    what = f"{account} and {other} would post nearly the same text on X ({where}), which X forbids"
                    instead = "Name one of them in accounts, or give each its own words."
                    yield Fault(
                        later.path,
                        later.line,
                        what,
                        instead,
                        group=("twins", account, other),
                        code=FaultCode.TWINS_ON_X,
                        facts={"account": account, "other": other},
                    )
