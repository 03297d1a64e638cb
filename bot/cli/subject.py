"""Names whose post a number stands for before a command acts on it, and asks whoever sits at the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.cli.app import say
from bot.cli.words.subjects import owners_text, subject_text
from bot.errors import Refused, RefusedCode
from bot.services import subject as service
from bot.text_display import shortened

if TYPE_CHECKING:
    from bot.services.subject import Subject
    from bot.services.work import Work
from bot.cli.confirm import of_post, said_yes, somebody_is_there

_LONGEST_TEXT = 200


def confirm(
    work: Work, subject: Subject | None, question: str, *, expect: str | None, is_agreed: bool, as_json: bool = False
) -> None:
    """Let a command go on only if it acts on whom the person means. Raise Refused.

    At a terminal author and post are shown, and the question is asked, unless that was agreed to beforehand (`--yes`),
    `--expect` names the author, or a program reads the answer. Elsewhere nobody can be asked. Where there is no such
    row (None) the command itself says so.
    """
    if subject is None:
        return
    if expect is not None:
        service.expect(work, subject, expect)
    if not somebody_is_there():
        return
    say(in_words(subject))
    if not (is_agreed or expect is not None or as_json) and not said_yes(f"{question} y/n: "):
        raise Refused(RefusedCode.DECLINED)


def confirm_sighting(
    work: Work, sighting_id: int, question: str, *, expect: str | None, is_agreed: bool, as_json: bool
) -> None:
    """Confirm whose sighting it is, as `confirm` does."""
    subject = service.of_sighting(work, sighting_id)
    confirm(work, subject, question, expect=expect, is_agreed=is_agreed, as_json=as_json)


def confirm_delivery(
    work: Work, delivery_id: int, question: str, *, expect: str | None, is_agreed: bool, as_json: bool
) -> None:
    """Confirm whose post a delivery is of, as `confirm` does."""
    subject = service.of_delivery(work, delivery_id)
    confirm(work, subject, question, expect=expect, is_agreed=is_agreed, as_json=as_json)


def in_words(subject: Subject) -> str:
    """Return whose post it is, and what it says."""
    named = f"{subject_text(subject.name)}, {owners_text(subject.owners)}"
    text = " ".join(subject.text.split())
    if subject.counts is not None:
        text = f"{subject.counts.sightings} sightings, {subject.counts.reshares_out} reshares that are out"
    lines = [f"{named}:" if text or subject.url else named]
    lines += [f"  {shortened(text, _LONGEST_TEXT)}"] if text else []
    lines += [f"  {shortened(subject.url, _LONGEST_TEXT)}"] if subject.url else []
    lines += [f"  It shows {line}" for line in of_post(subject.post)] if subject.post else []
    return "\n".join(lines)
