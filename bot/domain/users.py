"""People who use the console: what each may do, and the rules for passwords, sessions and wrong tries."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from bot.values import dataclass


class Role(StrEnum):
    """What a user may do besides reading, which every user may. A user has any set of them."""

    VIEWER = "viewer"
    EDITOR = "editor"
    MODERATOR = "moderator"
    ADMIN = "admin"


class Scope(StrEnum):
    """What a token is good for."""

    FEED = "feed"
    """Reading the campaign's calendar, by an address that has the token in it."""


class Weakness(StrEnum):
    """Why a password is refused."""

    SHORT = "short"
    LONG = "long"
    LIKE_NAME = "like_name"
    GUESSABLE = "guessable"


NEED_SECOND_FACTOR = frozenset({Role.MODERATOR, Role.ADMIN})
"""Roles that nobody has without a second factor: they decide about people, or about who decides."""

INVITATION_LASTS = timedelta(hours=72)
PROOF_LASTS = timedelta(minutes=5)
"""For how long somebody who has proved who they are may do what is dangerous without doing so again."""

CHALLENGE_LASTS = timedelta(minutes=5)
"""For how long a passkey may answer what it was asked to sign."""

LONGEST_PASSKEY_NAME = 40
LONGEST_TOKEN_NAME = 40
MOST_TOKENS = 10
"""How many tokens that are good one user may have."""

_TOKEN_OUTLASTS = timedelta(days=8)
_TOKEN_LASTS, _TOKEN_LASTS_AT_MOST = timedelta(days=30), timedelta(days=365)
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256
WEAKEST_SCORE = 3
"""Of zxcvbn's 0 to 4."""

RECOVERY_CODES = 10
_NAME = re.compile(r"[^\W_](?:[\w .'-]{0,38}[\w.])?\Z")


def token_lasts_until(day_of_action: date, now: datetime) -> datetime:
    """Return when a token made now (UTC) is over: a week after the day of action, but in 30 days at the earliest, and
    in a year at the latest."""
    after_the_day = datetime.combine(day_of_action, time(), UTC) + _TOKEN_OUTLASTS
    return min(max(after_the_day, now + _TOKEN_LASTS), now + _TOKEN_LASTS_AT_MOST)


def needs_second_factor(roles: Collection[Role]) -> bool:
    """Return whether somebody with these roles must have a second factor."""
    return not NEED_SECOND_FACTOR.isdisjoint(roles)


def name_key(name: str) -> str:
    """Return what two names must differ in to be two people's."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def is_name(name: str) -> bool:
    """Return whether a user can be called that: letters and figures of any script, at most 40 of them."""
    return _NAME.match(name) is not None


@dataclass(frozen=True)
class Bucket:
    """Wrong tries that are counted together: `free` of them cost nothing, each after that doubles the wait."""

    key: str
    free: int
    longest_wait: timedelta


FORGIVEN_AFTER = timedelta(hours=1)
"""How long after the last wrong try a bucket is empty again."""

_FIRST_WAIT = timedelta(seconds=1)


def waits_until(bucket: Bucket, failures: int, last_at: datetime) -> datetime:
    """Return when the next try is let through (an instant in the past where there is nothing to wait for).

    `failures` is the number of wrong tries in this bucket, `last_at` (UTC) when the last of them was.
    """
    beyond = failures - bucket.free
    if beyond < 0:
        return last_at
    wait: timedelta = _FIRST_WAIT * 2 ** min(beyond, 20)
    return last_at + min(wait, bucket.longest_wait)
