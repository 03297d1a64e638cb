"""Requests that change something on the server, with their answers made out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from bot.errors import Answer
from bot.platforms.base import Clock
from bot.platforms.jsontext import decoded
from bot.platforms.mastodon.answers import Answered
from bot.platforms.mastodon.entities import Accepted
from bot.platforms.mastodon.errors import Explainer
from bot.platforms.mastodon.writing import Unanswered, Writer

_ACCEPTED = msgspec.json.Decoder(Accepted, strict=False)

Request = Callable[[Any], object]
"""Something to ask of a Mastodon.py client."""


class Sender:
    """`doing` is what the server is asked to do, in the words of an error."""

    def __init__(self, base_url: str, token: str, explain: Explainer, clock: Clock) -> None:
        self.explain = explain
        self._writer = Writer(base_url, token, clock)

    def ask(self, doing: str, request: Request, leave_by: datetime | None = None) -> Answered:
        """Whatever the server answers. Raises PlatformError (not sent or ambiguous) when it does not."""
        try:
            return self._writer.send(request, leave_by)
        except Unanswered as silence:
            problem = self.explain.unanswered(doing, silence.why, silence.proved)
            problem.unreachable = not silence.connected
        raise problem

    def send(self, doing: str, request: Request, leave_by: datetime | None = None) -> tuple[Answered, Accepted]:
        """An answer that is a success, and the status that was made by it. Raises PlatformError."""
        answer = self.ask(doing, request, leave_by)
        return answer, self.accepted(answer, doing)

    def accepted(self, answer: Answered, doing: str) -> Accepted:
        """The status that was made. Raises PlatformError; a success that shows none may have done anything."""
        return self._made(answer, doing, status_made(answer))

    def accepted_file(self, answer: Answered, doing: str) -> Accepted:
        """The file that was uploaded. Raises PlatformError as `accepted` does."""
        return self._made(answer, doing, file_made(answer))

    def _made(self, answer: Answered, doing: str, accepted: Accepted | None) -> Accepted:
        if not answer.is_success:
            raise self.explain.refused_write(answer, doing)
        if accepted is None:
            raise self.explain.unreadable(doing, Answer.AMBIGUOUS, answer)
        return accepted


def status_made(answer: Answered) -> Accepted | None:
    """The status that a success shows, None for anything else: JSON with an id is what others give, too."""
    accepted = _decoded(answer)
    return accepted if accepted is not None and accepted.is_status else None


def file_made(answer: Answered) -> Accepted | None:
    """The file that a success shows, None for anything else."""
    accepted = _decoded(answer)
    return accepted if accepted is not None and accepted.is_file else None


def _decoded(answer: Answered) -> Accepted | None:
    return decoded(answer.body, _ACCEPTED) if answer.is_success else None
