"""Checks wordings against the days they go out on: length with everything filled in, counted days, and disuse."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from bot.content.library import Library
from bot.content.rendering import counted_days
from bot.domain.delivery import Draft
from bot.domain.message import Wording
from bot.domain.schedule import counted
from bot.errors import Fault, Severity


def wording_of(library: Library, draft: Draft) -> Wording | None:
    """The file a draft's words come from."""
    message = library.messages.get(draft.message)
    return message.wording(draft.language, draft.platform) if message else None


def too_long(library: Library, drafts: Sequence[Draft]) -> Iterator[Fault]:
    """Texts over an account's length, each once, on the day that makes it longest."""
    worst: dict[tuple[str, str], Draft] = {}
    for draft in drafts:
        wording = wording_of(library, draft)
        if wording is not None and draft.length > draft.limit:
            key = (wording.path, draft.account)
            worst[key] = max(worst.get(key, draft), draft, key=lambda one: one.length)
    for (path, account), draft in worst.items():
        wording = wording_of(library, draft)
        over = draft.length - draft.limit
        what = f"on {account} this is {draft.length} characters long, and {draft.limit} fit"
        own = f"{draft.language}.{draft.platform}.md"
        instead = f"Take out {over}, split it with a line of ---, or write {own}."
        yield Fault(path, _longest_part(wording, draft) if wording else 1, what, instead)


def _longest_part(wording: Wording, draft: Draft) -> int:
    lengths = [len(part.text) for part in draft.content.parts]
    return wording.line_of(f"part.{lengths.index(max(lengths))}")


def day_counts(library: Library, drafts: Sequence[Draft]) -> Iterator[Fault]:
    """Numbers of days written into a text that goes out on another day."""
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
                    when = ", ".join(counted(offset) for offset in wrong)
                    what = f"this says {days} days, and goes out on {when}"
                    instead = "Write {countdown} if it counts the days to the day of action."
                    yield Fault(path, line, what, instead, Severity.WARNING)


def unused(library: Library, drafts: Sequence[Draft]) -> Iterator[Fault]:
    """Messages and translations that no schedule ever posts."""
    used = {(draft.message, draft.language) for draft in drafts}
    scheduled = {post.message for post in library.schedule}
    for message in library.messages.values():
        for language in message.languages:
            wording = next(one for (spoken, _), one in sorted(message.wordings.items()) if spoken == language)
            if library.schedule and message.name not in scheduled:
                what = f"{message.name} is never scheduled"
                instead = f'Write a [[post]] with message = "{message.name}" into a file of schedules/.'
                yield Fault(wording.path, 1, what, instead, Severity.WARNING)
                break
            if drafts and (message.name, language) not in used:
                what = f"{message.name} is never posted in {language}"
                instead = f'Add "{language}" to languages of its [[post]], or take this file away.'
                yield Fault(wording.path, 1, what, instead, Severity.WARNING)
