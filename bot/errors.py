"""Every error Groundswell raises on purpose; each message tells a person what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Severity(StrEnum):
    """Whether a fault stops the campaign or only deserves a look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong in a file people write: where it is, what is wrong, what to write instead.

    `path` is relative to the campaign's folder; `line` counts from 1, and is 1 where the whole file is at fault.
    """

    path: str
    line: int
    what: str
    instead: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.severity}: {self.what}. {self.instead}"


class GroundswellError(Exception):
    """The root of all errors raised on purpose."""


class FaultyFiles(GroundswellError):
    """Files people wrote cannot be used as they are; carries every fault found in one pass."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


class Refused(GroundswellError):
    """A person asked for something the campaign's state does not allow."""


class StoreError(GroundswellError):
    """The store cannot be read or written; nothing was sent because of it."""


class Answer(StrEnum):
    """What a failed request to a platform proves about the thing it asked for."""

    NOT_SENT = "not_sent"
    REJECTED = "rejected"
    AMBIGUOUS = "ambiguous"


class PlatformError(GroundswellError):
    """A request to a platform failed.

    `answer` says what is proved; `retry_at` (UTC) when to ask again, `None` for at our own discretion;
    `closes_account` that nothing on this account can work until a person mends it (401, 402, suspension);
    `pauses_account` that nothing else on this account may be sent before `retry_at` (its rate limit is used up);
    `unreachable` that there never was a connection (no address, refused, no TLS), so that nothing was sent;
    `duplicate` that the platform refused a text for being posted before, which proves nothing of this attempt;
    `status` is that of the HTTP answer, 0 where none came.
    """

    def __init__(
        self,
        message: str,
        answer: Answer,
        *,
        retry_at: datetime | None = None,
        closes_account: bool = False,
        pauses_account: bool = False,
        unreachable: bool = False,
        duplicate: bool = False,
        status: int = 0,
    ) -> None:
        super().__init__(message)
        self.answer = answer
        self.retry_at = retry_at
        self.closes_account = closes_account
        self.pauses_account = pauses_account
        self.unreachable = unreachable
        self.duplicate = duplicate
        self.status = status

    @property
    def shows_reach(self) -> bool:
        """Return whether the server itself answered. A 5xx may be the page of a gateway whose server is away."""
        return 0 < self.status < 500

    def as_not_sent(self) -> PlatformError:
        """Return the error of a call that publishes nothing: whatever became of it, nothing was published."""
        if self.answer is not Answer.AMBIGUOUS:
            return self
        kept = PlatformError(str(self), Answer.NOT_SENT, retry_at=self.retry_at, status=self.status)
        kept.closes_account = self.closes_account
        return kept
