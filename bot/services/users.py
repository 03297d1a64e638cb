"""Users of the console: invited by a link that works once, disabled, let in again, and their passwords."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from bot.domain import users as rules
from bot.domain.actor import By
from bot.domain.users import Role
from bot.errors import Refused, RefusedCode
from bot.services.passwords import hashed, weakness
from bot.store import control, tokens, users
from bot.store.control import AuditAction
from bot.store.engine import Serialize
from bot.store.store import Store
from bot.store.users import Invitation, User


def key_of(token: str) -> str:
    """Return what is stored of a link or a cookie: nobody who reads the store can use it."""
    return hashlib.sha256(token.encode()).hexdigest()


def invite(store: Store, name: str, roles: Collection[Role], by: By, now: datetime) -> str:
    """Invite somebody, and return the token of the link by which they become a user, within 72 hours, once.

    `now` is in UTC. Raise Refused where the name cannot be one, or is a user's.
    """
    name = name.strip()
    if not rules.is_name(name):
        raise Refused(RefusedCode.NAME_NOT_USABLE, name=name)
    with store.begin(serialize=Serialize.USERS) as tx:
        if _user(tx, name) is not None:
            raise Refused(RefusedCode.USER_EXISTS, name=name)
        token = _invited(tx, None, name, frozenset(roles) - {Role.VIEWER}, by, now)
        control.write_audit(tx, now, by, AuditAction.INVITE, f"user {name}", ", ".join(sorted(roles)))
        return token


def reset(store: Store, name: str, by: By, now: datetime) -> str:
    """Take a user's password, second factors, sessions and tokens away, let them in again, and return what is in the
    link by which they choose a new password. Raise Refused where there is no such user."""
    with store.begin(serialize=Serialize.USERS) as tx:
        user = _known(tx, name, now)
        users.change_user(tx, user.id, password_hash="", disabled_at=None)
        users.drop_credentials(tx, user.id)
        users.end_sessions_of(tx, user.id)
        tokens.end_all_of(tx, user.id, now)
        control.write_audit(tx, now, by, AuditAction.RESET_USER, f"user {user.name}")
        return _invited(tx, user.id, user.name, user.roles, by, now)


def give_roles(store: Store, name: str, roles: Collection[Role], by: By, now: datetime) -> User:
    """Give a user these roles in place of those they had, and end their sessions: they sign in anew with the new ones.
    Return the user. Raise Refused: no such user, or no admin would be left."""
    with store.begin(serialize=Serialize.USERS) as tx:
        user, given = _known(tx, name, now), frozenset(roles) - {Role.VIEWER}
        if Role.ADMIN not in given:
            _require_another_admin(tx, user)
        users.change_user(tx, user.id, roles=sorted(given))
        users.end_sessions_of(tx, user.id)
        control.write_audit(tx, now, by, AuditAction.GIVE_ROLES, f"user {user.name}", ", ".join(sorted(given)))
        return user


def _require_another_admin(tx: Connection, user: User) -> None:
    if Role.ADMIN in user.roles and user.disabled_at is None and user.password_hash and users.admins(tx) == 1:
        raise Refused(RefusedCode.LAST_ADMIN, name=user.name)


def disable(store: Store, name: str, by: By, now: datetime) -> User | None:
    """Let a user in no more, and end their sessions and tokens at once; their open links hold no more. Return the user,
    None where somebody was only invited. Raise Refused: nobody of that name, or the last admin."""
    with store.begin(serialize=Serialize.USERS) as tx:
        withdrawn = users.withdraw_invitations(tx, name, now)
        for invited in withdrawn:
            control.write_audit(tx, now, by, AuditAction.WITHDRAW_INVITATION, f"user {invited.name}")
        if withdrawn and _user(tx, name) is None:
            return None
        user = _known(tx, name, now)
        _require_another_admin(tx, user)
        users.change_user(tx, user.id, disabled_at=now)
        users.end_sessions_of(tx, user.id)
        tokens.end_all_of(tx, user.id, now)
        control.write_audit(tx, now, by, AuditAction.DISABLE_USER, f"user {user.name}")
        return user


def invitation(store: Store, token: str, now: datetime) -> Invitation:
    """Return the invitation of a link. Raise Refused where it was used, is over, or never was one."""
    with store.read() as tx:
        stored = users.invitation(tx, key_of(token))
    if stored is None or stored.used_at is not None or stored.expires_at <= now:
        raise Refused(RefusedCode.INVITATION_OVER)
    return stored


def take_up(store: Store, token: str, password: str, now: datetime) -> User:
    """Make a user of who was invited, or give one a new password. Return the user.

    Raise Refused where the link does not hold any more, or the password is too weak, and then the link still holds.
    """
    invited = invitation(store, token, now)
    if (why := weakness(password, invited.name)) is not None:
        raise Refused(RefusedCode.PASSWORD_TOO_WEAK, weakness=why)
    password_hash = hashed(password)
    with store.begin(serialize=Serialize.USERS) as tx:
        if not users.use_invitation(tx, invited.key, now):
            raise Refused(RefusedCode.INVITATION_OVER)
        if invited.user_id is not None:
            number = invited.user_id
            users.change_user(tx, number, password_hash=password_hash)
        else:
            try:
                key = rules.name_key(invited.name)
                number = users.add_user(tx, invited.name, key, sorted(invited.roles), now, password_hash)
            except IntegrityError:
                raise Refused(RefusedCode.USER_EXISTS, name=invited.name) from None
        control.write_audit(tx, now, invited.name, AuditAction.JOIN, f"user {invited.name}")
        user = users.user(tx, number)
        assert user is not None
        return user


def change_password(store: Store, user: User, password: str, session_key: str, now: datetime) -> None:
    """Store a user's new password; their other sessions end. Raise Refused where it is too weak."""
    if (why := weakness(password, user.name)) is not None:
        raise Refused(RefusedCode.PASSWORD_TOO_WEAK, weakness=why)
    password_hash = hashed(password)
    with store.begin() as tx:
        users.change_user(tx, user.id, password_hash=password_hash)
        users.end_sessions_of(tx, user.id, but=session_key)
        control.write_audit(tx, now, user.name, AuditAction.CHANGE_PASSWORD, f"user {user.name}")


def _user(tx: Connection, name: str) -> User | None:
    return users.user_by_name(tx, rules.name_key(name))


def _known(tx: Connection, name: str, now: datetime) -> User:
    user, key = _user(tx, name), rules.name_key(name)
    if user is not None:
        return user
    for invited in users.invitations(tx, now):
        if rules.name_key(invited.name) == key:
            raise Refused(RefusedCode.ONLY_INVITED, name=invited.name)
    raise Refused(RefusedCode.NO_SUCH_USER, name=name, known=tuple(known.name for known in users.users(tx)))


def _invited(tx: Connection, user_id: int | None, name: str, roles: frozenset[Role], by: By, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    invited = Invitation(key_of(token), user_id, name, roles, str(by), now + rules.INVITATION_LASTS, None)
    users.add_invitation(tx, invited, now)
    return token
