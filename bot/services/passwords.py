"""Passwords: how they are kept, and which are too weak. Two are hashed at a time: tries cannot take all memory."""

from __future__ import annotations

import sys
import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from bot.domain.users import LONGEST_PASSWORD, SHORTEST_PASSWORD, WEAKEST_SCORE, Weakness, name_key

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""OWASP's first choice for argon2id: 19 MiB, 2 passes, 1 lane, about 30 ms. The library's default takes 64 MiB."""

_AT_A_TIME = threading.BoundedSemaphore(2)
_JUDGING = threading.Lock()


def hashed(password: str) -> str:
    """Return what is stored of a password."""
    with _AT_A_TIME:
        return _HASHER.hash(password)


def is_right(password_hash: str, password: str) -> bool:
    """Return whether a password is the one that was hashed; for "" no password is, and it takes as long to say so."""
    with _AT_A_TIME:
        try:
            return _HASHER.verify(password_hash or _nobodys_hash(), password[:LONGEST_PASSWORD]) and bool(password_hash)
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False


def weakness(password: str, name: str) -> Weakness | None:
    """Return why somebody of this name should choose another password, None where it is good."""
    if len(password) < SHORTEST_PASSWORD:
        return Weakness.SHORT
    if len(password) > LONGEST_PASSWORD:
        return Weakness.LONG
    if len(name) > 2 and name_key(name) in name_key(password) and len(password) < len(name) + SHORTEST_PASSWORD:
        return Weakness.LIKE_NAME
    return None if _score(password, name) >= WEAKEST_SCORE else Weakness.GUESSABLE


def _score(password: str, name: str) -> int:
    """Return how hard a password is to guess, 0 to 4. The dictionaries for that take 11 MB, a tenth of the console; it
    lets go of them, as passwords are chosen seldom."""
    with _JUDGING:
        from zxcvbn import zxcvbn

        score: int = zxcvbn(password[:72], user_inputs=[name])["score"]  # type: ignore[no-untyped-call]
        for module in [module for module in sys.modules if module.partition(".")[0] == "zxcvbn"]:
            del sys.modules[module]
    return score


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash("nobody's")
