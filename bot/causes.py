"""Why something is as it is: a code with its facts, kept as one text; each face makes words of its own of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from bot.values import dataclass


class CauseCode(StrEnum):
    """Why a delivery, source, stream or account is as it is. The values are a contract: scripts may rely on them."""

    # deliveries: planned, and decided by people
    TOO_LATE_WHEN_PLANNED = "too_late_when_planned"
    LEFT_SCHEDULE = "left_schedule"
    HELD_WHEN_LEFT = "held_when_left"
    NEAR_OTHER = "near_other"
    HELD_BY = "held_by"
    HELD_BY_FILES = "held_by_files"
    HELD_UNREAD = "held_unread"
    NAMES_SOMEBODY = "names_somebody"
    HELD_REWORDED = "held_reworded"
    CANCELLED_BY = "cancelled_by"
    TAKEN_BACK = "taken_back"
    AUTHOR_ASKED = "author_asked"
    CAMPAIGN_OVER = "campaign_over"
    NOT_KNOWN_AFTER_RESTORE = "not_known_after_restore"
    TOO_LATE = "too_late"
    LINK_UNKNOWN = "link_unknown"
    LINK_TO_COME = "link_to_come"
    LINK_NOT_IN_TIME = "link_not_in_time"
    CALLED_OFF = "called_off"
    NO_YES = "no_yes"

    # deliveries: sending, and looking for what became of it
    NO_MONEY = "no_money"
    SENDER_ENDED = "sender_ended"
    PARTS_OUT = "parts_out"
    MEND_AND_RETRY = "mend_and_retry"
    PROVED_ABSENT = "proved_absent"
    NOT_LOOKED_YET = "not_looked_yet"
    CANNOT_LOOK = "cannot_look"
    NOBODY_KNOWS = "nobody_knows"
    TIMELINE_BEHIND = "timeline_behind"
    TIMELINE_LACKS_POST = "timeline_lacks_post"
    OLDER_POST_THERE = "older_post_there"
    SAID_BEFORE_BUT_ABSENT = "said_before_but_absent"
    GATEWAY_SINCE = "gateway_since"
    NEVER_ANSWERED = "never_answered"
    ACCOUNT_NOT_IN_FILES = "account_not_in_files"
    NOT_TAKEN_BACK_YET = "not_taken_back_yet"
    NOT_EDITED = "not_edited"
    NOT_EDITED_YET = "not_edited_yet"
    IT_IS_THERE = "it_is_there"
    IT_IS_ABSENT = "it_is_absent"
    NOT_SEEN = "not_seen"

    # sightings: why they wait for a person, beside the reasons without figures
    SMALL_ACCOUNT = "small_account"
    NEW_ACCOUNT = "new_account"
    CARE_LANGUAGE = "care_language"
    TOO_OLD = "too_old"
    YOUNG_ACCOUNT = "young_account"
    OTHER_LANGUAGE = "other_language"
    MANY_HASHTAGS = "many_hashtags"
    MANY_LINKS = "many_links"
    SAME_TEXT = "same_text"
    SAME_VIDEO = "same_video"
    SAME_VIDEO_OUT = "same_video_out"
    OF_SHOWN = "of_shown"
    HIJACK = "hijack"
    SWITCHED_ON = "switched_on"
    SWITCHED_OFF = "switched_off"
    FOR_CARE = "for_care"
    BY_PERSON = "by_person"

    # media
    FILE_GONE = "file_gone"
    FILE_CHANGED = "file_changed"
    STILL_PROCESSING = "still_processing"
    UPLOADED_AGAIN = "uploaded_again"
    MEDIA_UNUSABLE = "media_unusable"

    # what would keep a post from sending
    TOO_LONG = "too_long"
    MEDIA_REFUSED = "media_refused"
    LINK_DEAD = "link_dead"
    LINK_ANSWERS = "link_answers"
    LINK_KEEPS_PROGRAMS_OUT = "link_keeps_programs_out"
    LINK_PRIVATE = "link_private"
    LINK_SLOW = "link_slow"
    LINK_UNREACHABLE = "link_unreachable"
    LINK_NOT_ASKED = "link_not_asked"
    REPEATED = "repeated"
    BUDGET_TOO_SMALL = "budget_too_small"
    STOPPED = "stopped"
    ACCOUNT_CLOSED = "account_closed"
    ACCOUNT_PAUSED = "account_paused"
    ACCOUNT_REFUSED = "account_refused"
    ACCOUNT_READS_ONLY = "account_reads_only"
    ACCOUNT_SILENT = "account_silent"
    LIMITS_UNTOLD = "limits_untold"

    # secrets that are not there, or not safe
    SECRET_MISSING = "secret_missing"  # noqa: S105
    SECRET_UNSET = "secret_unset"  # noqa: S105
    SECRET_NO_FILE = "secret_no_file"  # noqa: S105
    SECRET_OPEN = "secret_open"  # noqa: S105
    SECRET_UNREADABLE = "secret_unreadable"  # noqa: S105
    SECRET_NO_TEXT = "secret_no_text"  # noqa: S105
    SECRET_EMPTY = "secret_empty"  # noqa: S105
    LOGIN_UNCLEAR = "login_unclear"

    # the files that people write
    FAULT = "fault"

    # accounts
    MAY_BE_OTHER = "may_be_other"
    NAMES_BUSY = "names_busy"

    # sources and streams
    FEEDS_UNSEEN = "feeds_unseen"
    FEEDS_REMEDY = "feeds_remedy"
    NOBODY_WORKED = "nobody_worked"
    PURGED_UNREAD = "purged_unread"
    SEARCH_TOO_SHORT = "search_too_short"
    BUDGET_SPENT = "budget_spent"
    NOBODY_LISTENS = "nobody_listens"
    STREAM_SILENT = "stream_silent"

    # what a request to a platform came to; its words are the platform's
    RATE_LIMITED = "rate_limited"
    UNREACHABLE = "unreachable"
    LOGIN_REFUSED = "login_refused"
    SAID_BEFORE = "said_before"
    GATEWAY = "gateway"
    REFUSED = "refused"
    NO_ANSWER = "no_answer"
    UNCLEAR_ANSWER = "unclear_answer"
    NOT_DONE = "not_done"

    # the store
    STORE_UNREACHABLE = "store_unreachable"
    STORE_CUT = "store_cut"
    STORE_DISK = "store_disk"
    STORE_READ_ONLY = "store_read_only"
    STORE_BUSY = "store_busy"
    STORE_MOVED = "store_moved"
    STORE_DAMAGED = "store_damaged"
    STORE_FAILED = "store_failed"
    STORE_UNOPENED = "store_unopened"
    STORE_ADDRESS = "store_address"
    STORE_CONNECTIONS = "store_connections"
    STORE_OPEN_FILES = "store_open_files"
    STORE_MISSING = "store_missing"
    STORE_OLDER = "store_older"
    STORE_NEWER = "store_newer"
    STORE_OTHER_SCHEMA = "store_other_schema"
    STORE_SCHEMA = "store_schema"
    STORE_COPY_DIFFERS = "store_copy_differs"
    DELIVERY_VANISHED = "delivery_vanished"
    FILE_DAMAGED = "file_damaged"
    ROW_WITHOUT_PARENT = "row_without_parent"
    COLUMNS_MISSING = "columns_missing"
    STATE_UNKNOWN = "state_unknown"
    KIND_UNKNOWN = "kind_unknown"
    SENT_AT_UNKNOWN = "sent_at_unknown"
    SENT_WITHOUT_POST = "sent_without_post"
    UNDER_WAY_WITHOUT_ATTEMPT = "under_way_without_attempt"
    BEHIND_ITS_ATTEMPTS = "behind_its_attempts"
    POST_CLAIMED_TWICE = "post_claimed_twice"
    DELIVERY_MISSING = "delivery_missing"
    LEFT_HALF_WAY = "left_half_way"

    # what to do about a store
    DO_UPGRADE = "do_upgrade"
    DO_USE_NEWER = "do_use_newer"
    DO_RESTORE = "do_restore"
    DO_RUN = "do_run"
    DO_REPORT = "do_report"

    # the rehearsal's store
    JOURNAL_UNREADABLE = "journal_unreadable"
    JOURNAL_UNOPENED = "journal_unopened"


@dataclass(frozen=True)
class Cause:
    """A code and what it is about. Facts are plain: text (which may be a cause itself), numbers, lists, instants."""

    code: CauseCode
    facts: Mapping[str, Any]


CAUSE_BEGINS, _ENDS = "‹why:", "›"
_MARK = re.compile(r"‹why:([a-z_]+)((?: \{[^‹›]*\})?)›")
_ESCAPED = {"‹": "\\u2039", "›": "\\u203a"}


def because(code: CauseCode | str, **facts: Any) -> str:
    """Return the text in which a cause is kept or handed on: '‹why:held_by {"by": "Ada"}›'.

    It may stand within another text, and be a fact of another cause. Instants are kept in UTC.
    """
    if not facts:
        return f"{CAUSE_BEGINS}{code}{_ENDS}"
    kept = json.dumps({name: _nested(fact) for name, fact in facts.items()}, ensure_ascii=False, default=_plain)
    for letter, escape in _ESCAPED.items():
        kept = kept.replace(letter, escape)
    return f"{CAUSE_BEGINS}{code} {kept}{_ENDS}"


_CODE = "why"
"""The key of the code of a cause that is a fact of another one, where its facts stand beside it."""


def _nested(fact: Any) -> Any:
    if isinstance(fact, list | tuple):
        return [_nested(each) for each in fact]
    mark = _MARK.fullmatch(fact) if isinstance(fact, str) else None
    return fact if mark is None else {_CODE: mark[1], **(json.loads(mark[2]) if mark[2] else {})}


def _unfolded(fact: Any) -> Any:
    if isinstance(fact, list):
        return [_unfolded(each) for each in fact]
    if isinstance(fact, dict) and _CODE in fact:
        facts = {name: _unfolded(each) for name, each in fact.items() if name != _CODE}
        return because(fact[_CODE], **facts)
    return fact


def _plain(value: object) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def causes_in(text: str) -> Iterator[Cause]:
    """Yield the causes that a text holds, in order: none in the prose that earlier versions kept."""
    for mark in _MARK.finditer(text) if CAUSE_BEGINS in text else ():
        cause = _read(mark)
        if cause is not None:
            yield cause


def cause_code(text: str) -> CauseCode | None:
    """Return the code of what a text says first; None where it is "", or in the words of an earlier version."""
    return next((cause.code for cause in causes_in(text)), None)


def with_words(text: str, words_of: Callable[[Cause], str]) -> str:
    """Return the text with words in place of each cause; one that only a newer version knows stays as it is kept."""

    def worded(mark: re.Match[str]) -> str:
        cause = _read(mark)
        return mark[0] if cause is None else words_of(cause)

    return _MARK.sub(worded, text) if CAUSE_BEGINS in text else text


def _read(mark: re.Match[str]) -> Cause | None:
    try:
        facts = json.loads(mark[2]) if mark[2] else {}
        return Cause(CauseCode(mark[1]), {name: _unfolded(fact) for name, fact in facts.items()})
    except ValueError:  # a newer version knows it
        return None
