"""Checks posts against each other and against the clock: wrong countdowns, crowds, repetitions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import combinations, groupby, pairwise

from bot.content.library import Library
from bot.content.rendering import uses_countdown
from bot.domain.campaign import Config, PlatformName
from bot.domain.delivery import Draft
from bot.domain.schedule import ScheduledPost
from bot.domain.text import is_near, normalised
from bot.errors import Fault, Severity
from bot.services.checking.uses import wording_of

CROWDED = timedelta(minutes=5)
"""Followers skip what comes in a heap, and platforms take it for spam."""

REPETITION = timedelta(hours=24)
"""X refuses a text it has had from the same account lately; how lately it does not say."""


def countdown_faults(config: Config, library: Library, drafts: Sequence[Draft]) -> Iterator[Fault]:
    """Countdowns that have nothing to count, or would count from another day than their readers."""
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
            yield Fault(draft.path, _day_line(post, draft), what, instead)
        elif local != scheduled:
            what = f"{draft.wall_time} is {local} in {campaign.timezone.key}, so the countdown would be wrong by a day"
            instead = "Choose a time at which it is the same day in both zones."
            yield Fault(draft.path, post.lines.get("at", post.line), what, instead)


def _day_line(post: ScheduledPost, draft: Draft) -> int:
    place = [str(day) for day in post.days].index(draft.day)
    return post.lines.get(f"days.{place}", post.line)


def crowded(drafts: Sequence[Draft]) -> Iterator[Fault]:
    """Posts of one account less than five minutes apart: once for each `[[post]]`, with the first occasion."""
    told: set[tuple[str, int, str]] = set()
    for account, posts in _by_account(drafts):
        for before, after in pairwise(posts):
            key = (after.path, after.line, account)
            if after.due_at - before.due_at >= CROWDED or key in told:
                continue
            told.add(key)
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
    """The same text from one X account within a day, in another post or another part of a thread."""
    for account, posts in _by_account(draft for draft in drafts if draft.platform == PlatformName.X):
        said: dict[str, Draft] = {}
        for draft in posts:
            for part in draft.content.parts:
                text = normalised(part.text)
                first = said.get(text)
                if first is not None and draft.due_at - first.due_at < REPETITION:
                    yield _repetition(account, first, draft)
                said[text] = draft


def _repetition(account: str, first: Draft, draft: Draft) -> Fault:
    again = f"{_named(first)} at {first.wall_time} and {_named(draft)} at {draft.wall_time}"
    what = f"{account} would post the same text twice within a day ({again}), which X refuses"
    if first is draft:
        what = f"{_named(draft)} has two parts with the same text, which X refuses"
    return Fault(draft.path, draft.line, what, "Write different words, or post them further apart.")


def twins_on_x(library: Library, drafts: Sequence[Draft]) -> Iterator[Fault]:
    """Nearly the same text on two X accounts, which X's rules on automation forbid. Once for each pair of files."""
    samples: defaultdict[str, dict[str, Draft]] = defaultdict(dict)
    for draft in drafts:
        wording = wording_of(library, draft)
        if wording is not None and draft.platform == PlatformName.X:
            samples[draft.account].setdefault(wording.path, draft)
    for one, other in combinations(sorted(samples), 2):
        for path, draft in samples[one].items():
            for other_path, twin in samples[other].items():
                if is_near(draft.content.text, twin.content.text):
                    later = max(draft, twin, key=lambda each: (each.due_at, each.account))
                    where = path if path == other_path else f"{path} and {other_path}"
                    what = f"{one} and {other} would post nearly the same text on X ({where}), which X forbids"
                    instead = "Name one of them in accounts, or give each its own words."
                    yield Fault(later.path, later.line, what, instead, cause=f"twins {one} {other}")
