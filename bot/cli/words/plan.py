"""Planning in English: what is asked before it is sent, what goes on; and the run-up as a calendar."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from datetime import date
from itertools import groupby

from bot.cli.words.times import time_text
from bot.domain.delivery import Delivery
from bot.domain.near_words import same_words
from bot.domain.planning import NearMatch, PlanCode, PlanNote, is_called_off, is_out
from bot.errors import Fault, Severity
from bot.services.plan import near_other

PLANNED = "{added} new, {changed} changed, {cancelled} taken out, {missed} too late already, {kept} as they were"
"""What a planning has done with deliveries."""

_SHOWN = 8
"""How many numbers of deliveries one line names."""


def plan_lines(notes: Iterable[PlanNote]) -> list[str]:
    """Return a line for each thing to say; what is alike is one line."""
    return [f"{what}. {instead}" for what, instead in (_said(group) for group in _alike(notes))]


def faults(notes: Iterable[PlanNote]) -> list[Fault]:
    """Return the notes of a planning as faults, by file and line: a note where nothing need be done, else a warning."""
    all_faults = []
    for group in _alike(notes):
        first = group[0].draft
        severity = Severity.NOTE if group[0].says in {PlanCode.CONTINUES, PlanCode.UNREAD} else Severity.WARNING
        places = tuple(dict.fromkeys(f"{note.draft.path}:{note.draft.line}" for note in group))
        what, instead = _said(group)
        shown = places if len(places) > 1 else ()
        all_faults.append(Fault(first.path, first.line, what, instead, severity, places=shown))
    return all_faults


def _alike(notes: Iterable[PlanNote]) -> list[list[PlanNote]]:
    """Return the notes in groups. Questions are put one by one; the others are alike where message, state and what
    there is to say are the same."""
    ordered = sorted(notes, key=lambda note: (note.says, note.draft.message))
    return [list(notes) for _, notes in groupby(ordered, key=_kind)]


def _kind(note: PlanNote) -> Hashable:
    return note.says, note.draft.message, id(note) if note.says is PlanCode.HELD else 0


def _said(notes: Sequence[PlanNote]) -> tuple[str, str]:
    """Return what there is to say, and what to do about it."""
    first = notes[0]
    if first.says is PlanCode.NAMES_SOMEBODY:
        what = f"{first.draft.message} names, or links to, somebody who asked to be left alone, or may be asking for it"
        return what, "It is held when it is due, and does not go out: take them out of its words"
    if first.question is not None:
        return _held(first, first.question)
    if first.delivery is not None and len(notes) == 1 and first.says is not PlanCode.UNREAD:
        return _one(first, first.delivery)
    ids = [note.delivery.id for note in notes if note.delivery is not None]
    numbers = ", ".join(map(str, ids[:_SHOWN])) + (" …" if len(ids) > _SHOWN else "")
    name = first.draft.message
    if first.says is PlanCode.UNREAD:
        return _unread(name, ids, numbers)
    if first.says is PlanCode.OTHER_WORDS:
        what = f"{name} went out {_otherwise(first)} than the files have now (deliveries {numbers})"
        return what, f"To change it there: {'; '.join(f'bot edit {number}' for number in ids[:_SHOWN])}"
    what = f"{name}, {len(ids)} times, goes on with what is out, held or cancelled already (deliveries {numbers})"
    return what, "None of it is sent because of that"


def _unread(name: str, ids: Sequence[int], numbers: str) -> tuple[str, str]:
    """Return words for what the schedules hold; without `ids` it is not planned yet."""
    if not ids:
        return f"{name} will be held until somebody has read it", "Once it is planned: bot release ID"
    are = "delivery" if len(ids) == 1 else "deliveries"
    release = f"bot release {ids[0]}" if len(ids) == 1 else f"bot release --message {name}"
    return f"{name} is held until somebody has read it ({are} {numbers})", f"To let it go at its time: {release}"


def _held(note: PlanNote, question: NearMatch) -> tuple[str, str]:
    name, number = name_of_draft(note), note.delivery.id if note.delivery is not None else None
    is_held = "is held" if number else "will be held"
    delivery_name = f" as delivery {number}" if number else ""
    return f"{name} {is_held}{delivery_name}", near_other(question, number)


def _one(note: PlanNote, delivery: Delivery) -> tuple[str, str]:
    name = name_of_draft(note)
    if note.says is PlanCode.OTHER_WORDS:
        what = (
            f"{name} went out {_otherwise(note)} than the files have now: {delivery.url or f'delivery {delivery.id}'}"
        )
        return what, f"To change it there: bot edit {delivery.id}"
    if delivery.sent_at is not None and delivery.undone_at is None:
        at = time_text(delivery.sent_at, seconds=False)
        what = f"{name} went out on {at} already: {delivery.url or f'delivery {delivery.id}'}"
        return what, "It is not sent again; to repeat it, write both days into the schedule"
    if is_out(delivery):
        return (
            f"{name} may be out already as delivery {delivery.id}",
            f"It is not sent again. Look at: bot show {delivery.id}",
        )
    if delivery.undone_at is not None:
        return (
            f"{name} was taken back as delivery {delivery.id}",
            f"It stays so; to send it after all: bot retry {delivery.id}",
        )
    if is_called_off(delivery):
        return (
            f"{name} was cancelled as delivery {delivery.id}",
            f"It stays so; to send it after all: bot retry {delivery.id}",
        )
    return f"{name} is held as delivery {delivery.id}", f"It stays so; to let it go: bot release {delivery.id}"


def _otherwise(note: PlanNote) -> str:
    is_reworded = note.delivery is None or same_words(note.delivery.content) != same_words(note.draft.content)
    return "with other words" if is_reworded else "with another description, warning, language or visibility"


def name_of_draft(note: PlanNote) -> str:
    """Return a draft as people speak of it."""
    draft = note.draft
    return f"{draft.message} ({draft.day}, {draft.language}) on {draft.account}"


def past_day_text(day: date, days: int, *, is_anything_left: bool) -> str:
    """Return what to say when the day of action is over, and for how many days."""
    nothing = "" if is_anything_left else " Nothing is left to post."
    return (
        f"The day of action, {day:%d %B %Y}, is {days} days past.{nothing} For the next one, change day_of_action in "
        "bot.toml and start with an empty var/ folder; to see this one played, run: bot rehearse"
    )
