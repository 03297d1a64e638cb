"""Users of the console: who they are, how they prove it, their sessions and invitations. No secret is kept as it is,
but the seeds of second factors, from which codes are calculated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, exists, insert, select, update

from bot.domain.users import Role, name_key
from bot.store import schema as t
from bot.store.engine import Question, answer, update_row
from bot.values import dataclass


class CredentialKind(StrEnum):
    """What a user proves themselves with, beside the password."""

    TOTP = "totp"
    PASSKEY = "passkey"
    RECOVERY = "recovery"


_FACTORS = (CredentialKind.TOTP, CredentialKind.PASSKEY)
"""Second factors. Recovery codes stand in for one, and are none."""


@dataclass(frozen=True)
class User:
    """Somebody who may use the console; `disabled_at` (UTC) is None as long as they may.

    `password_hash` is argon2id's own text, "" until an invitation was taken up. `language` and `zone` are "" for the
    browser's and the campaign's.
    """

    id: int
    name: str
    roles: frozenset[Role]
    language: str
    zone: str
    password_hash: str
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True)
class Credential:
    """A second factor (`secret` is an app's seed, or a `Passkey` as JSON), or a recovery code (`secret` is its hash,
    `used_at` None until used)."""

    id: int
    kind: CredentialKind
    secret: str
    created_at: datetime
    used_at: datetime | None
    last_step: int


class PasskeyFacts(msgspec.Struct, frozen=True):
    """What is kept of a passkey, none of it secret: its user's name for it, the host for which it was made, its id, and
    its public key with that (attested credential data as WebAuthn writes it), both in base64url."""

    name: str
    host: str
    credential_id: str
    public: str


@dataclass(frozen=True)
class Passkey:
    """A passkey of a user. `counter` is how often it had signed when it last came; many passkeys do not count."""

    id: int
    facts: PasskeyFacts
    created_at: datetime
    used_at: datetime | None
    counter: int


@dataclass(frozen=True)
class Session:
    """A user who is signed in on a device. `key` is a hash of what the browser holds; times are UTC."""

    key: str
    user_id: int
    created_at: datetime
    seen_at: datetime
    proved_at: datetime
    has_second_factor: bool
    device: str


@dataclass(frozen=True)
class Invitation:
    """A link that may be used once, to become a user or (with `user_id`) to choose a new password."""

    key: str
    user_id: int | None
    name: str
    roles: frozenset[Role]
    invited_by: str
    expires_at: datetime
    used_at: datetime | None


def user_of(row: Row[Any]) -> User:
    """Return the user of a row of theirs."""
    return User(
        row.id,
        row.name,
        _roles(row),
        row.language,
        row.zone,
        row.password_hash,
        row.created_at,
        row.disabled_at,
    )


def _roles(row: Row[Any]) -> frozenset[Role]:
    return frozenset(map(Role, row.roles))


def add_user(tx: Connection, name: str, key: str, roles: Sequence[Role], now: datetime, password_hash: str) -> int:
    """Add a user and return their number. Raise IntegrityError where the name is taken."""
    row = {
        "name": name,
        "name_key": key,
        "roles": sorted(roles),
        "password_hash": password_hash,
        "created_at": now,
    }
    return int(tx.execute(insert(t.user).returning(t.user.c.id), row).scalar_one())


def user_by_name(tx: Connection, key: str) -> User | None:
    """Return who has this name (see `bot.domain.users.name_key`), or None."""
    row = tx.execute(select(t.user).where(t.user.c.name_key == key)).first()
    return user_of(row) if row else None


def user(tx: Connection, number: int) -> User | None:
    """Return the user with this number, or None."""
    row = tx.execute(select(t.user).where(t.user.c.id == number)).first()
    return user_of(row) if row else None


def users(tx: Connection) -> list[User]:
    """Return all users, the earliest first."""
    return answer(tx, users_question())


def users_question() -> Question[list[User]]:
    """Return the question whose answer `users` returns, to be asked with others."""
    return Question(_EVERYBODY, lambda rows: list(map(user_of, rows)))


_EVERYBODY = select(t.user).order_by(t.user.c.id)


def has_users(tx: Connection) -> bool:
    """Return whether anybody could sign in, or become able to with an invitation that was sent."""
    return tx.execute(select(t.user.c.id).where(t.user.c.disabled_at.is_(None)).limit(1)).first() is not None


def change_user(tx: Connection, number: int, **values: Any) -> None:
    """Change a user's own columns."""
    update_row(tx, t.user, {"id": number}, values)


def credentials(tx: Connection, user_id: int) -> list[Credential]:
    """Return a user's second factors and recovery codes."""
    rows = tx.execute(select(t.credential).where(t.credential.c.user_id == user_id).order_by(t.credential.c.id))
    return [
        Credential(row.id, CredentialKind(row.kind), row.secret, row.created_at, row.used_at, row.last_step)
        for row in rows
    ]


def add_credential(tx: Connection, user_id: int, kind: CredentialKind, secret: str, now: datetime) -> None:
    """Record another way in which a user can prove themselves."""
    tx.execute(insert(t.credential), {"user_id": user_id, "kind": kind, "secret": secret, "created_at": now})


def passkeys(tx: Connection, user_id: int) -> list[Passkey]:
    """Return a user's passkeys, the earliest first."""
    return passkeys_among(credentials(tx, user_id))


def passkeys_among(known: Iterable[Credential]) -> list[Passkey]:
    """Return the passkeys of all that a user proves themselves with."""
    return [
        Passkey(
            each.id,
            msgspec.json.decode(each.secret, type=PasskeyFacts),
            each.created_at,
            each.used_at,
            each.last_step,
        )
        for each in known
        if each.kind is CredentialKind.PASSKEY
    ]


def has_passkey(tx: Connection, credential_id: str) -> bool:
    """Return whether a passkey with this id is anybody's."""
    rows = tx.execute(select(t.credential.c.secret).where(t.credential.c.kind == CredentialKind.PASSKEY))
    return any(msgspec.json.decode(row.secret, type=PasskeyFacts).credential_id == credential_id for row in rows)


def add_passkey(tx: Connection, user_id: int, facts: PasskeyFacts, counter: int, now: datetime) -> None:
    """Record a user's passkey; `counter` is how often it says it has signed."""
    secret = msgspec.json.encode(facts).decode()
    row = {"user_id": user_id, "kind": CredentialKind.PASSKEY, "secret": secret, "created_at": now}
    tx.execute(insert(t.credential), row | {"last_step": counter})


def use_passkey(tx: Connection, passkey: Passkey, counter: int, now: datetime) -> bool:
    """Write down that a passkey has signed; False where it has signed, or was removed, since it was read."""
    query = update(t.credential).where(t.credential.c.id == passkey.id, t.credential.c.last_step == passkey.counter)
    return tx.execute(query.values(last_step=counter, used_at=now)).rowcount == 1


def drop_credential(tx: Connection, number: int) -> None:
    """Take one second factor away."""
    tx.execute(delete(t.credential).where(t.credential.c.id == number))


def has_factor(tx: Connection, user_id: int) -> bool:
    """Return whether a user has any second factor."""
    query = select(t.credential.c.id).where(t.credential.c.user_id == user_id, t.credential.c.kind.in_(_FACTORS))
    return tx.execute(query.limit(1)).first() is not None


def drop_credentials(tx: Connection, user_id: int, kind: CredentialKind | None = None) -> None:
    """Take a user's second factors away, of one kind or all."""
    query = delete(t.credential).where(t.credential.c.user_id == user_id)
    tx.execute(query if kind is None else query.where(t.credential.c.kind == kind))


def take_step(tx: Connection, credential: Credential, step: int, now: datetime) -> bool:
    """Use up the code of a time step; False where that one, or a later one, was used already."""
    query = update(t.credential).where(t.credential.c.id == credential.id, t.credential.c.last_step < step)
    return tx.execute(query.values(last_step=step, used_at=now)).rowcount == 1


def use_up(tx: Connection, credential: Credential, now: datetime) -> bool:
    """Use up a recovery code; False where somebody did before."""
    query = update(t.credential).where(t.credential.c.id == credential.id, t.credential.c.used_at.is_(None))
    return tx.execute(query.values(used_at=now)).rowcount == 1


def add_session(tx: Connection, session: Session) -> None:
    """Write a session down."""
    tx.execute(insert(t.session), {name: getattr(session, name) for name in Session.__dataclass_fields__})


def session(tx: Connection, key: str) -> tuple[Session, User, bool] | None:
    """Return a session, whose it is, and whether they have a second factor; or None. One query: each request asks."""
    columns = [t.session.c[name].label(f"s_{name}") for name in Session.__dataclass_fields__]
    factor = exists().where(t.credential.c.user_id == t.user.c.id, t.credential.c.kind.in_(_FACTORS))
    query = select(t.user, factor.label("has_factor"), *columns).join_from(t.session, t.user)
    row = tx.execute(query.where(t.session.c.key == key)).first()
    if row is None:
        return None
    current = Session(**{name: getattr(row, f"s_{name}") for name in Session.__dataclass_fields__})
    return current, user_of(row), row.has_factor


def sessions_of(tx: Connection, user_id: int) -> list[Session]:
    """Return a user's sessions, the one that was seen last first."""
    rows = tx.execute(select(t.session).where(t.session.c.user_id == user_id).order_by(t.session.c.seen_at.desc()))
    return [Session(**row._mapping) for row in rows]


def change_session(tx: Connection, key: str, **values: Any) -> None:
    """Change a session's own columns."""
    update_row(tx, t.session, {"key": key}, values)


def end_session(tx: Connection, key: str) -> None:
    """End a session."""
    tx.execute(delete(t.session).where(t.session.c.key == key))


def end_sessions_of(tx: Connection, user_id: int, but: str = "") -> None:
    """End all sessions of a user, except one."""
    tx.execute(delete(t.session).where(t.session.c.user_id == user_id, t.session.c.key != but))


def end_old_sessions(tx: Connection, seen_before: datetime, created_before: datetime) -> None:
    """End the sessions that are over by themselves."""
    tx.execute(delete(t.session).where((t.session.c.seen_at < seen_before) | (t.session.c.created_at < created_before)))


def add_invitation(tx: Connection, invitation: Invitation, now: datetime) -> None:
    """Write an invitation down; earlier ones for the same name are over."""
    withdraw_invitations(tx, invitation.name, now)
    row = {name: getattr(invitation, name) for name in Invitation.__dataclass_fields__}
    tx.execute(insert(t.invitation), row | {"roles": sorted(invitation.roles), "created_at": now})


def withdraw_invitations(tx: Connection, name: str, now: datetime) -> list[Invitation]:
    """End the invitations that can still be used of who has this name, however it is written; return them."""
    ended = [invitation for invitation in invitations(tx, now) if name_key(invitation.name) == name_key(name)]
    tx.execute(delete(t.invitation).where(t.invitation.c.key.in_([invitation.key for invitation in ended])))
    return ended


def invitation(tx: Connection, key: str) -> Invitation | None:
    """Return an invitation by the hash of its link, used or not; None where there never was one."""
    row = tx.execute(select(t.invitation).where(t.invitation.c.key == key)).first()
    if row is None:
        return None
    return Invitation(row.key, row.user_id, row.name, _roles(row), row.invited_by, row.expires_at, row.used_at)


def use_invitation(tx: Connection, key: str, now: datetime) -> bool:
    """Use an invitation up; False where it was used or is over."""
    query = update(t.invitation).where(
        t.invitation.c.key == key, t.invitation.c.used_at.is_(None), t.invitation.c.expires_at > now
    )
    return tx.execute(query.values(used_at=now)).rowcount == 1


def invitations(tx: Connection, now: datetime) -> list[Invitation]:
    """Return the invitations that can still be used."""
    query = select(t.invitation).where(t.invitation.c.used_at.is_(None), t.invitation.c.expires_at > now)
    return [
        Invitation(row.key, row.user_id, row.name, _roles(row), row.invited_by, row.expires_at, None)
        for row in tx.execute(query.order_by(t.invitation.c.expires_at))
    ]


def failures(tx: Connection, bucket: str, since: datetime) -> tuple[int, datetime] | None:
    """Return how many wrong tries are counted in a bucket and when the last was (UTC); None where none since then."""
    query = select(t.sign_in_failure).where(t.sign_in_failure.c.bucket == bucket, t.sign_in_failure.c.last_at > since)
    row = tx.execute(query).first()
    return (row.failures, row.last_at) if row else None


def count_failure(tx: Connection, bucket: str, since: datetime, now: datetime) -> None:
    """Count a wrong try; buckets without one since then are emptied."""
    tx.execute(delete(t.sign_in_failure).where(t.sign_in_failure.c.last_at <= since))
    row = update(t.sign_in_failure).where(t.sign_in_failure.c.bucket == bucket)
    if not tx.execute(row.values(failures=t.sign_in_failure.c.failures + 1, last_at=now)).rowcount:
        tx.execute(insert(t.sign_in_failure), {"bucket": bucket, "failures": 1, "last_at": now})


def forget_failures(tx: Connection, bucket: str) -> None:
    """Empty a bucket: whoever was counted there has proved who they are."""
    tx.execute(delete(t.sign_in_failure).where(t.sign_in_failure.c.bucket == bucket))


def take_back_failure(tx: Connection, bucket: str) -> None:
    """Count a try no more that was not wrong after all."""
    query = update(t.sign_in_failure).where(t.sign_in_failure.c.bucket == bucket, t.sign_in_failure.c.failures > 0)
    tx.execute(query.values(failures=t.sign_in_failure.c.failures - 1))


def admins(tx: Connection) -> int:
    """Return how many users that are not disabled are admins."""
    rows = tx.execute(select(t.user.c.roles).where(t.user.c.disabled_at.is_(None), t.user.c.password_hash != ""))
    return sum(Role.ADMIN in row.roles for row in rows)
