"""Every error Groundswell raises on purpose; each message tells a person what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum


class Remedy(StrEnum):
    """What a person can do about something. Each face says how: by a command, or with a button."""

    ADOPT_STORE = "adopt_store"
    BACK_UP_STORE = "back_up_store"
    CANCEL = "cancel"
    CHECK_FILES = "check_files"
    CHECK_ONLINE = "check_online"
    CHECK_STORE = "check_store"
    EDIT = "edit"
    LOG_IN = "log_in"
    PLAN = "plan"
    RELEASE = "release"
    REPORT = "report"
    RESTORE_STORE = "restore_store"
    RESUME = "resume"
    RETRY = "retry"
    RUN = "run"
    SHOW = "show"
    UPGRADE_STORE = "upgrade_store"


MARK_BEGINS, MARK_ENDS = "‹do:", "›"


def to_do(remedy: Remedy, *about: object) -> str:
    """Return the mark that stands for a remedy in a text that is kept or handed on: "‹do:log_in mastodon›".

    `about` is the account or delivery that it is for. Whoever shows the text puts words of its own in the mark's place.
    """
    return f"{MARK_BEGINS}{' '.join([remedy, *map(str, about)])}{MARK_ENDS}"


class Severity(StrEnum):
    """Whether a fault stops the campaign or only deserves a look."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    """Nothing need be done; it is good to know."""


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong in a file people write: where it is, what is wrong, what to write instead.

    `path` is relative to the campaign's folder; `line` counts from 1, and is 1 where the whole file is at fault;
    `column` counts from 1, and is 0 where the whole line is. Faults with the same `cause` (not "") go away together:
    `merged` makes one of them, with all their `places`.
    """

    path: str
    line: int
    what: str
    instead: str
    severity: Severity = Severity.ERROR
    column: int = 0
    cause: str = field(default="", compare=False)
    places: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """The file and line, and the column where there is one, as editors and compilers write it."""
        return f"{self.path}:{self.line}:{self.column}" if self.column else f"{self.path}:{self.line}"

    def __str__(self) -> str:
        where = f" ({len(self.places)} places: {_first(self.places)})" if self.places else ""
        return f"{self.place}: {self.severity}: {self.what}{where}. {self.instead}"


_SHOWN = 3
"""How many of its places a fault names."""


def _first(places: tuple[str, ...]) -> str:
    more = len(places) - _SHOWN
    return ", ".join(places[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def merged(faults: Iterable[Fault]) -> list[Fault]:
    """Return the faults in order, each once, and one alone, an error if any is, of those that have the same cause."""
    alone: list[Fault] = []
    together: dict[str, list[Fault]] = {}
    for fault in sorted(set(faults)):
        if fault.cause:
            together.setdefault(fault.cause, []).append(fault)
        else:
            alone.append(fault)
    for same in together.values():
        worst = next((fault for fault in same if fault.severity is Severity.ERROR), same[0])
        places = tuple(dict.fromkeys(place for fault in same for place in (fault.places or (fault.place,))))
        alone.append(replace(worst, places=places if len(places) > 1 else ()))
    return sorted(alone)


class GroundswellError(Exception):
    """The root of all errors raised on purpose."""


class FaultyFiles(GroundswellError):
    """Files people wrote cannot be used as they are; carries every fault found in one pass."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in merged(faults)))
        self.faults = faults


class Refused(GroundswellError):
    """A person asked for something the campaign's state does not allow."""


class StoreError(GroundswellError):
    """The store cannot be read or written; nothing was sent because of it."""


class Outcome(StrEnum):
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
    `status` is that of the HTTP answer, 0 where none came; `billed` is what earlier parts of it, which were answered,
    have cost (micro-USD);
    `gateway` that the answer was not the platform's own word but that of something on the way (see
    `bot.platforms.gateway`): it is no refusal, and is tried again until it is too late.
    """

    def __init__(
        self,
        message: str,
        answer: Outcome,
        *,
        retry_at: datetime | None = None,
        closes_account: bool = False,
        pauses_account: bool = False,
        unreachable: bool = False,
        duplicate: bool = False,
        status: int = 0,
        gateway: bool = False,
    ) -> None:
        super().__init__(message)
        self.answer = answer
        self.retry_at = retry_at
        self.closes_account = closes_account
        self.pauses_account = pauses_account
        self.unreachable = unreachable
        self.duplicate = duplicate
        self.status = status
        self.gateway = gateway
        self.billed = 0

    @property
    def shows_reach(self) -> bool:
        """Return whether the server itself answered. A 5xx may be the page of a gateway whose server is away."""
        return 0 < self.status < 500 and not self.gateway

    @property
    def is_rate_limit(self) -> bool:
        """Return whether the server asks for fewer requests of this kind, until `retry_at`."""
        return self.status == 429 and self.retry_at is not None

    def as_not_sent(self) -> PlatformError:
        """Return the error of a call that publishes nothing: whatever became of it, nothing was published."""
        if self.answer is not Outcome.AMBIGUOUS:
            return self
        kept = PlatformError(
            str(self), Outcome.NOT_SENT, retry_at=self.retry_at, status=self.status, gateway=self.gateway
        )
        kept.closes_account = self.closes_account
        return kept
