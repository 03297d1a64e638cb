"""Every error Groundswell raises on purpose; each tells a person what to do next, a refusal by its code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace
from datetime import UTC, datetime
from enum import StrEnum

from bot.causes import CauseCode, because, cause_code
from bot.fault_codes import FaultCode
from bot.values import dataclass


class Remedy(StrEnum):
    """What a person can do about something. Each face says how: by a command, or with a button."""

    ADOPT_STORE = "adopt_store"
    BACK_UP_STORE = "back_up_store"
    BEGIN_CAMPAIGN = "begin_campaign"
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


AT_BEGINS = "‹at:"


def at_time(instant: datetime) -> str:
    """Return the mark that stands for an instant in a text that is kept or handed on: "‹at:2025-04-16T09:30:00Z›".

    Whoever shows the text says it in the reader's terms.
    """
    return f"{AT_BEGINS}{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}{MARK_ENDS}"


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
    `column` counts from 1, and is 0 where the whole line is. Faults of one `group` (not empty) go away together:
    `merged` makes one of them, with all their `places`.
    """

    path: str
    line: int
    what: str
    instead: str
    severity: Severity = Severity.ERROR
    column: int = 0
    group: tuple[str, ...] = field(default=(), compare=False)
    places: tuple[str, ...] = ()
    is_unwritten: bool = field(default=False, compare=False)
    """Whether it is nothing but a place that its authors have marked as still to be written."""
    code: FaultCode | None = field(default=None, compare=False)
    """What is wrong, for faces in other languages: each error has one, what only deserves a look may have none."""
    facts: Mapping[str, str] = field(default_factory=dict, compare=False)
    """What the code is about, and what to write instead."""

    @property
    def place(self) -> str:
        """The file and line, and the column where there is one, as editors and compilers write it."""
        return f"{self.path}:{self.line}:{self.column}" if self.column else f"{self.path}:{self.line}"

    @property
    def as_cause(self) -> str:
        """The text in which it is kept and handed on: its code with its facts, beside its English."""
        return because(
            CauseCode.FAULT,
            text=str(self),
            path=self.path,
            line=self.line,
            fault=self.code or "",
            about=dict(self.facts),
        )

    def __str__(self) -> str:
        where = f" ({len(self.places)} places: {_first(self.places)})" if self.places else ""
        return f"{self.place}: {self.severity}: {self.what}{where}. {self.instead}"


_SHOWN = 3
"""How many of its places a fault names."""


def _first(places: tuple[str, ...]) -> str:
    more = len(places) - _SHOWN
    return ", ".join(places[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def merged(faults: Iterable[Fault]) -> list[Fault]:
    """Return the faults in order, each once, and one alone, an error if any is, of those of one group."""
    alone: list[Fault] = []
    together: dict[tuple[str, ...], list[Fault]] = {}
    for fault in sorted(set(faults)):
        if fault.group:
            together.setdefault(fault.group, []).append(fault)
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


class RefusedCode(StrEnum):
    """Why a command is refused. The values are a contract: scripts may rely on them; the words are the faces'."""

    # accounts
    NO_SUCH_ACCOUNT = "no_such_account"
    NO_ACCOUNT_TO_RESUME = "no_account_to_resume"
    NO_USABLE_ACCOUNT = "no_usable_account"
    ACCOUNT_NOT_IN_FILES = "account_not_in_files"
    ACCOUNT_UNUSABLE = "account_unusable"
    ACCOUNT_BARRED = "account_barred"
    ACCOUNT_BUSY = "account_busy"

    # a campaign that is to be begun
    ALREADY_A_CAMPAIGN = "already_a_campaign"
    NEEDS_AN_ANSWER = "needs_an_answer"
    ANSWER_NOT_USABLE = "answer_not_usable"
    NO_SUCH_PACK = "no_such_pack"
    NOT_A_PACK = "not_a_pack"
    PACK_TOO_LARGE = "pack_too_large"
    LEADS_OUTSIDE = "leads_outside"
    FILE_IS_THERE = "file_is_there"
    NOT_WRITTEN_OVER = "not_written_over"
    CANNOT_WRITE = "cannot_write"
    NOT_A_FILE = "not_a_file"

    # deliveries: what a person decides, takes back or changes
    NO_SUCH_DELIVERY = "no_such_delivery"
    NOTHING_LIKE_THAT = "nothing_like_that"
    NOTHING_TO_DO = "nothing_to_do"
    NO_POST_FITS = "no_post_fits"
    MANY_NEED_YES = "many_need_yes"
    WRONG_STATE = "wrong_state"
    NOTHING_OUT = "nothing_out"
    OUTCOME_NOT_KNOWN = "outcome_not_known"
    RESHARED_POST_PURGED = "reshared_post_purged"
    RESHARED_POST_NOT_KEPT = "reshared_post_not_kept"
    OUT_OF_REACH = "out_of_reach"
    NOT_TAKEN_BACK_YET = "not_taken_back_yet"
    NOT_EDITED_YET = "not_edited_yet"
    TEXT_IS_IN_NO_FILE = "text_is_in_no_file"
    TEXT_IS_IN_FILES = "text_is_in_files"
    FILES_AT_FAULT = "files_at_fault"
    FILES_BEING_SAVED = "files_being_saved"
    FILE_CHANGED_MEANWHILE = "file_changed_meanwhile"
    FILE_NOT_CHANGEABLE = "file_not_changeable"
    ADDRESS_NOT_USABLE = "address_not_usable"
    ADDRESS_KNOWN = "address_known"
    ADDRESS_BREAKS_FILES = "address_breaks_files"
    RESHARE_NOT_EDITABLE = "reshare_not_editable"
    BEING_TAKEN_BACK = "being_taken_back"
    NOTHING_TO_EDIT = "nothing_to_edit"
    THREAD_LENGTH_FIXED = "thread_length_fixed"
    VISIBILITY_FIXED = "visibility_fixed"
    PLATFORM_CANNOT_EDIT = "platform_cannot_edit"

    # resolving: which post a person means
    NOTHING_TO_RESOLVE = "nothing_to_resolve"
    NO_POST_ADDRESS = "no_post_address"
    ANOTHER_OWN_POST = "another_own_post"
    SOMEBODY_ELSES_POST = "somebody_elses_post"
    NO_SUCH_POST = "no_such_post"
    POST_UNREADABLE = "post_unreadable"
    ACCOUNT_UNREADABLE = "account_unreadable"
    READING_OVER_BUDGET = "reading_over_budget"
    POST_IS_RESHARE = "post_is_reshare"
    POST_SAYS_OTHER_WORDS = "post_says_other_words"
    POST_ANSWERS_ANOTHER = "post_answers_another"
    NOT_THE_RESHARED_POST = "not_the_reshared_post"
    NOT_RESHARED = "not_reshared"

    # typed posts
    TEXT_UNDECODABLE = "text_undecodable"
    TEXT_AT_FAULT = "text_at_fault"
    NOT_A_TIME = "not_a_time"
    TIME_NOT_CLEAR = "time_not_clear"
    TIME_IS_PAST = "time_is_past"
    TIME_IS_OVER = "time_is_over"
    NOT_A_DURATION = "not_a_duration"

    # sightings
    NO_SUCH_SIGHTING = "no_such_sighting"
    SIGHTING_GONE = "sighting_gone"
    ALREADY_RESHARED = "already_reshared"
    APPROVAL_FORBIDDEN = "approval_forbidden"
    SAME_VIDEO_OUT = "same_video_out"
    CHECKLIST_INCOMPLETE = "checklist_incomplete"
    DECIDED_MEANWHILE = "decided_meanwhile"
    POST_CHANGED = "post_changed"
    CARE_TAKES_ONE = "care_takes_one"
    CHECKLIST_DENIED = "checklist_denied"
    SECOND_PERSON_NEEDED = "second_person_needed"
    SECOND_YES_FROM_CONSOLE = "second_yes_from_console"
    ALREADY_BLOCKED = "already_blocked"
    AUTHOR_MAY_WANT_OUT = "author_may_want_out"
    SHOWN_AUTHOR_MAY_WANT_OUT = "shown_author_may_want_out"
    NAMES_SOMEBODY = "names_somebody"

    # people's wishes, and what is purged
    NOT_A_HANDLE = "not_a_handle"
    ANOTHER_AUTHOR = "another_author"
    NOT_FORGOTTEN = "not_forgotten"
    SIGHTING_NOT_KEPT = "sighting_not_kept"
    SHOWS_NOBODY_ELSE = "shows_nobody_else"
    FORGOTTEN_BUT_OUT = "forgotten_but_out"
    ASKS_FOR_NOTHING = "asks_for_nothing"
    TOO_EARLY_TO_PURGE = "too_early_to_purge"
    PURGE_NEEDS_YES = "purge_needs_yes"
    PURGE_DECLINED = "purge_declined"
    RESHARES_STILL_OUT = "reshares_still_out"

    # users of the console
    NAME_NOT_USABLE = "name_not_usable"
    USER_EXISTS = "user_exists"
    NO_SUCH_USER = "no_such_user"
    ONLY_INVITED = "only_invited"
    LAST_ADMIN = "last_admin"
    INVITATION_OVER = "invitation_over"
    PASSWORD_TOO_WEAK = "password_too_weak"  # noqa: S105
    SIGN_IN_WRONG = "sign_in_wrong"
    SIGN_IN_LATER = "sign_in_later"
    CODE_WRONG = "code_wrong"
    PASSKEY_TOO_LATE = "passkey_too_late"
    PASSKEY_WRONG = "passkey_wrong"
    PASSKEY_KNOWN = "passkey_known"
    PASSKEY_COPIED = "passkey_copied"
    LAST_FACTOR = "last_factor"
    TOO_MANY_TOKENS = "too_many_tokens"
    LISTENS_TO_ALL = "listens_to_all"
    ADDRESS_TAKEN = "address_taken"
    NOT_AN_ADDRESS_TO_LISTEN = "not_an_address_to_listen"

    # the switch, and workers
    SENDING_STOPPED = "sending_stopped"
    NOTHING_TO_STOP = "nothing_to_stop"
    WORKER_SENDING = "worker_sending"

    # the database, moves and backups
    STORE_MOVED = "store_moved"
    STORE_NOT_MOVED = "store_not_moved"
    NOTHING_TO_ADOPT = "nothing_to_adopt"
    NO_DATABASE_ADDRESS = "no_database_address"
    OTHER_SCHEMA = "other_schema"
    WORKER_BUSY = "worker_busy"
    MOVED_ELSEWHERE = "moved_elsewhere"
    TARGET_IN_USE = "target_in_use"
    TARGET_TAKEN_MEANWHILE = "target_taken_meanwhile"
    NO_SUCH_BACKUP = "no_such_backup"
    NOT_A_BACKUP = "not_a_backup"
    BACKUP_DAMAGED = "backup_damaged"
    ANOTHER_STORES_BACKUP = "another_stores_backup"
    STORE_IN_USE = "store_in_use"
    DATABASE_NOT_EMPTY = "database_not_empty"

    # questions at the terminal
    NOTHING_TYPED = "nothing_typed"
    NOT_USABLE_AS_TYPED = "not_usable_as_typed"
    NEITHER_YES_NOR_NO = "neither_yes_nor_no"
    CHECKLIST_UNANSWERED = "checklist_unanswered"
    DECLINED = "declined"
    BROKEN_OFF = "broken_off"
    NO_TERMINAL = "no_terminal"


class Refused(GroundswellError):
    """A person asked for something the campaign's state does not allow.

    `facts` are the values that it is about: numbers, names, states, instants. A face makes a sentence of them; the
    error's own text is for developers.
    """

    def __init__(self, code: RefusedCode, **facts: object) -> None:
        shown = ", ".join(f"{name}={value}" for name, value in facts.items())
        super().__init__(f"{code}: {shown}" if shown else str(code))
        self.code = code
        self.facts = facts


class StoreError(GroundswellError):
    """The store cannot be read or written; nothing was sent because of it.

    Its text is a cause (see `bot.causes`), of whose `code` and facts each face makes words.
    """

    def __init__(self, code: CauseCode, **facts: object) -> None:
        super().__init__(because(code, **facts))
        self.code = code


class Outcome(StrEnum):
    """What a failed request to a platform proves about the thing it asked for."""

    NOT_SENT = "not_sent"
    REJECTED = "rejected"
    AMBIGUOUS = "ambiguous"


class FailureDetail(StrEnum):
    """What more is known of a failed request than its code says, where it tells a person what to do."""

    ASLEEP = "asleep"
    CANNOT_EDIT = "cannot_edit"
    CLOCK_WRONG = "clock_wrong"
    CREDITS_GONE = "credits_gone"
    FILE_UNUSABLE = "file_unusable"
    FILES_GONE = "files_gone"
    FILES_PROCESSED = "files_processed"
    FOLLOWERS_ONLY = "followers_only"
    MOVED = "moved"
    NEEDS_LOGIN = "needs_login"
    NOT_THERE = "not_there"
    SHUT_OUT = "shut_out"
    TOKEN_TOO_NARROW = "token_too_narrow"  # noqa: S105


class PlatformError(GroundswellError):
    """A request to a platform failed.

    `what` is what happened, in the words of the platform's adapter or as a cause of ours, and `more` what else there is
    to say: the way out, and the platform's own words; `remedy` is what a person can do about it;
    `answer` says what is proved; `retry_at` (UTC) when to ask again, `None` for at our own discretion;
    `closes_account` that nothing on this account can work until a person fixes it (401, 402, suspension);
    `pauses_account` that nothing else on this account may be sent before `retry_at` (its rate limit is used up);
    `unreachable` that there never was a connection (no address, refused, no TLS), so that nothing was sent;
    `duplicate` that the platform refused a text for being posted before, which proves nothing of this attempt;
    `status` is that of the HTTP answer, 0 where none came; `billed` is what earlier parts of it, which were answered,
    have cost (micro-USD); `has_lost_media` that the platform does not have the post's files any more;
    `host` is who was asked, `account` for which of ours, `said` what was answered in the platform's own words, and
    `detail` what more is known: of these a face makes words of its own;
    `gateway` that the answer was not the platform's own word but that of something on the way: it is no refusal, and is
    tried again until it is too late.
    """

    def __init__(
        self,
        what: str,
        answer: Outcome,
        *,
        more: str = "",
        remedy: Remedy | None = None,
        retry_at: datetime | None = None,
        closes_account: bool = False,
        pauses_account: bool = False,
        unreachable: bool = False,
        duplicate: bool = False,
        status: int = 0,
        gateway: bool = False,
        host: str = "",
        account: str = "",
        said: str = "",
        detail: FailureDetail | None = None,
    ) -> None:
        super().__init__(f"{what}{more}")
        self.what = what
        self.more = more
        self.remedy = remedy
        self.answer = answer
        self.retry_at = retry_at
        self.closes_account = closes_account
        self.pauses_account = pauses_account
        self.unreachable = unreachable
        self.duplicate = duplicate
        self.status = status
        self.gateway = gateway
        self.host = host
        self.account = account
        self.said = said
        self.detail = detail
        self.billed = 0
        self.has_lost_media = False

    @property
    def code(self) -> CauseCode:
        """What it came to, of which a face in any language can make words."""
        if (ours := cause_code(self.what)) is not None:
            return ours
        if self.duplicate:
            return CauseCode.SAID_BEFORE
        if self.unreachable:
            return CauseCode.UNREACHABLE
        if self.status == 429:
            return CauseCode.RATE_LIMITED
        if self.closes_account:
            return CauseCode.LOGIN_REFUSED
        if self.gateway:
            return CauseCode.GATEWAY
        if self.answer is Outcome.REJECTED:
            return CauseCode.REFUSED
        if self.answer is Outcome.NOT_SENT:
            return CauseCode.NOT_DONE
        return CauseCode.UNCLEAR_ANSWER if self.status else CauseCode.NO_ANSWER

    @property
    def cause(self) -> str:
        """The text in which it is kept and handed on: its code and words."""
        if cause_code(self.what) is not None:
            return str(self)
        facts = {
            "what": self.what,
            "more": self.more,
            "remedy": self.remedy,
            "host": self.host,
            "account": self.account,
            "status": self.status,
            "said": self.said,
            "detail": self.detail,
            "until": self.retry_at,
        }
        return because(self.code, **{name: fact for name, fact in facts.items() if fact})

    def reword(self, change: Callable[[str], str]) -> None:
        """Change all its words, whoever asks for them."""
        self.what, self.more, self.said = change(self.what), change(self.more), change(self.said)
        self.args = (f"{self.what}{self.more}",)

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
        copy = PlatformError(
            self.what,
            Outcome.NOT_SENT,
            more=self.more,
            remedy=self.remedy,
            retry_at=self.retry_at,
            status=self.status,
            gateway=self.gateway,
            host=self.host,
            account=self.account,
            said=self.said,
            detail=self.detail,
        )
        copy.closes_account = self.closes_account
        return copy
