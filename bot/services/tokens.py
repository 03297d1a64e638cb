"""Tokens of users: made, listed and ended, and whose one is that a program shows."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from bot.domain.actor import By
from bot.domain.users import LONGEST_TOKEN_NAME, MOST_TOKENS, Bucket, Scope
from bot.errors import Refused, RefusedCode
from bot.services import authentication
from bot.services.users import key_of
from bot.store import control
from bot.store import tokens as stored
from bot.store.control import AuditAction
from bot.store.engine import Serialize
from bot.store.store import Store
from bot.store.tokens import Token
from bot.store.users import User

_FREE_TRIES, _LONGEST_WAIT = 20, timedelta(minutes=15)


def make(
    store: Store, user: User, name: str, scopes: Collection[Scope], expires_at: datetime, by: By, now: datetime
) -> str:
    """Make a token for a user, and return it: nobody can read it again. `expires_at` and `now` are in UTC.

    Raise Refused where they have as many as anybody may.
    """
    token = secrets.token_urlsafe(32)
    with store.begin(serialize=Serialize.USERS) as tx:
        if len(stored.good_of(tx, user.id, now)) >= MOST_TOKENS:
            raise Refused(RefusedCode.TOO_MANY_TOKENS, most=MOST_TOKENS)
        name = " ".join(name.split())[:LONGEST_TOKEN_NAME]
        number = stored.add(tx, user.id, name, key_of(token), scopes, now, expires_at)
        detail = f"token {number}: {', '.join(sorted(scopes))}"
        control.write_audit(tx, now, by, AuditAction.MAKE_TOKEN, f"user {user.name}", detail)
    return token


def own(store: Store, user: User, now: datetime) -> list[Token]:
    """Return a user's tokens that are good, the earliest first."""
    with store.read() as tx:
        return stored.good_of(tx, user.id, now)


def end(store: Store, user: User, number: int, by: By, now: datetime) -> None:
    """End one of a user's tokens at once. One that is not theirs, or is over, is passed over."""
    with store.begin(serialize=Serialize.USERS) as tx:
        if stored.end(tx, user.id, number, now):
            control.write_audit(tx, now, by, AuditAction.END_TOKEN, f"user {user.name}", f"token {number}")


def holder(store: Store, token: str, scope: Scope, now: datetime, *, network: str) -> User | None:
    """Return whose token this is, and write down on which day (UTC) it was used last; None where it is no good:
    nobody's, ended, over, for something else, or of somebody who was disabled.

    Wrong ones are counted by the `network` they come from. Raise Refused where there were too many: a token is longer
    than anybody guesses, and a right one is let through whoever else tries from there.
    """
    with store.read() as tx:
        found = stored.holder(tx, key_of(token))
    if found is None or not found[0].is_good(now) or scope not in found[0].scopes or found[1].disabled_at is not None:
        bucket = Bucket(authentication.hidden(store, "token", network), _FREE_TRIES, _LONGEST_WAIT)
        authentication.admit(store, [bucket], now)
        return None
    good, user = found
    if good.last_used_day != (day := f"{now.astimezone(UTC):%Y-%m-%d}"):
        with store.begin() as tx:
            stored.use(tx, good.id, day)
    return user
