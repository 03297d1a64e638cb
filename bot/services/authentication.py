"""Signing in to the console: password, second factor, sessions, and waiting after wrong tries."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

import pyotp
from sqlalchemy import Connection

from bot.domain.campaign import ConsoleRules
from bot.domain.users import (
    FORGIVEN_AFTER,
    PROOF_LASTS,
    RECOVERY_CODES,
    Bucket,
    Role,
    name_key,
    needs_second_factor,
    waits_until,
)
from bot.errors import Refused, RefusedCode
from bot.services.passwords import is_right
from bot.services.users import key_of
from bot.store import control, users
from bot.store.control import AuditAction
from bot.store.engine import Serialize
from bot.store.store import Store
from bot.store.users import Credential, CredentialKind, Session, User
from bot.values import dataclass

_STEP_S = 30
_SEEN_EVERY = timedelta(minutes=1)
"""A session's last sight is written down no oftener: a page is read, and nothing written, at most requests."""

_RECOVERY_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class Visitor:
    """Who is signed in. `token` is what their browser holds."""

    token: str
    session: Session
    user: User
    has_factor: bool
    """Whether they have a second factor at all."""

    @property
    def is_whole(self) -> bool:
        """Return whether they have proved all that their roles ask for."""
        if self.has_factor:
            return self.session.has_second_factor
        return not needs_second_factor(self.user.roles)

    def form_token(self) -> str:
        """Return what a form of this session carries; another one each time, so that nothing can be guessed of it from
        how well pages compress."""
        salt = secrets.token_urlsafe(8)
        return f"{salt}.{self._form_mark(salt)}"

    def is_form_token(self, written: str) -> bool:
        """Return whether a form of this session has carried this."""
        salt, _, mark = written.partition(".")
        return bool(salt) and hmac.compare_digest(mark.encode(), self._form_mark(salt).encode())

    def _form_mark(self, salt: str) -> str:
        return hmac.new(self.token.encode(), f"form:{salt}".encode(), "sha256").hexdigest()[:40]

    def has_proved_lately(self, now: datetime) -> bool:
        """Return whether they may do what is dangerous without proving again who they are."""
        return now - self.session.proved_at < PROOF_LASTS

    def ends_at(self, rules: ConsoleRules) -> datetime:
        """Return when the session ends by itself (UTC), if its user does nothing more."""
        return min(self.session.seen_at + rules.idle, self.session.created_at + rules.longest)

    def may_stay(self, rules: ConsoleRules) -> bool:
        """Return whether it goes on if its user does something before it ends."""
        return self.session.seen_at + rules.idle < self.session.created_at + rules.longest


def sign_in(
    store: Store, name: str, password: str, *, network: str, device: str, known_device: str, now: datetime
) -> str:
    """Begin a session for who knows the password, and return its token; a second factor may still be asked for.

    `network` is where the request comes from, `device` the browser's name, `known_device` what `device_mark` gave this
    browser at an earlier sign-in. Raise Refused: wrong (the same for unknown names, as fast), or to be tried later.
    """
    buckets = _buckets(store, name, network, known_device)
    admit(store, buckets, now)
    with store.read() as tx:
        user = users.user_by_name(tx, name_key(name))
    is_good = is_right(user.password_hash if user and user.disabled_at is None else "", password)
    if not is_good or user is None:
        raise Refused(RefusedCode.SIGN_IN_WRONG)
    with store.begin() as tx:
        _forgive(tx, buckets)
        return begin_within(tx, user, now, device, has_second_factor=False)


def begin(store: Store, user: User, device: str, now: datetime) -> str:
    """Begin a session for who has just chosen a password, and return its token."""
    with store.begin() as tx:
        return begin_within(tx, user, now, device, has_second_factor=False)


def let_in(store: Store, name: str, roles: Collection[Role], now: datetime, device: str = "") -> str:
    """Begin a session, with all that the roles ask for, for who has shown otherwise that they may come in; return its
    token. They become a user of that name without a password, unless they are one."""
    with store.begin(serialize=Serialize.USERS) as tx:
        user = users.user_by_name(tx, name_key(name))
        if user is None:
            number = users.add_user(tx, name, name_key(name), sorted(roles), now, "")
            users.add_credential(tx, number, CredentialKind.TOTP, new_seed(), now)
            user = users.user(tx, number)
            assert user is not None
        return begin_within(tx, user, now, device, has_second_factor=True)


def visitor(store: Store, token: str, rules: ConsoleRules, now: datetime, *, is_seen: bool = True) -> Visitor | None:
    """Return who holds a session's token, None where it is over or never was one.

    With `is_seen` it counts as a sign of its user, which keeps the session from ending.
    """
    if not token:
        return None
    key = key_of(token)
    with store.read() as tx:
        row = users.session(tx, key)
        if row is None:
            return None
    session, user, has_factor = row
    found = Visitor(token, session, user, has_factor)
    if now >= found.ends_at(rules) or user.disabled_at is not None:
        return None
    if is_seen and now - session.seen_at >= _SEEN_EVERY:
        with store.begin() as tx:
            users.change_session(tx, key, seen_at=now)
    return found


def prove(store: Store, visitor: Visitor, code: str, *, network: str, now: datetime) -> str:
    """Take a code of the second factor, or a recovery code, and return the token of the session that goes on.

    The token is a new one: what was seen before the proof is worth nothing after it. Each code works once.
    Raise Refused: wrong, or to be tried later.
    """
    buckets = _factor_buckets(store, visitor.user, network)
    admit(store, buckets, now)
    code = "".join(code.split()).lower()
    with store.begin(serialize=Serialize.USERS) as tx:
        if _takes(tx, users.credentials(tx, visitor.user.id), code, now):
            _forgive(tx, buckets)
            users.end_session(tx, visitor.session.key)
            return begin_within(tx, visitor.user, now, visitor.session.device, has_second_factor=True)
    raise Refused(RefusedCode.CODE_WRONG)


def prove_by_password(store: Store, visitor: Visitor, password: str, *, network: str, now: datetime) -> str:
    """Take the password again, of who has no second factor, and return the token of the session that goes on."""
    buckets = _factor_buckets(store, visitor.user, network)
    admit(store, buckets, now)
    if not is_right(visitor.user.password_hash, password):
        raise Refused(RefusedCode.SIGN_IN_WRONG)
    with store.begin() as tx:
        _forgive(tx, buckets)
        users.end_session(tx, visitor.session.key)
        return begin_within(tx, visitor.user, now, visitor.session.device, has_second_factor=False)


def new_seed() -> str:
    """Return the seed of a second factor that is to be set up."""
    return pyotp.random_base32()


def as_seed(written: str) -> str:
    """Return a seed that a form has carried, a new one where that is none."""
    is_seed = len(written) == len(new_seed()) and set(written) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    return written if is_seed else new_seed()


def seed_address(seed: str, user: User, campaign: str) -> str:
    """Return the address that an authenticator app reads, from a QR code or pressed on a phone."""
    return pyotp.TOTP(seed).provisioning_uri(name=user.name, issuer_name=f"Groundswell: {campaign}")


def set_up_factor(store: Store, visitor: Visitor, seed: str, code: str, now: datetime) -> tuple[str, list[str]]:
    """Set an authenticator app up as a user's second factor, once a code shows that it works; an earlier app and all
    recovery codes are over.

    Return the token of the session that goes on, and ten recovery codes, which are shown this once.
    Raise Refused where the code is wrong.
    """
    step = _step_of(seed, "".join(code.split()), now) if as_seed(seed) == seed else None
    if step is None:
        raise Refused(RefusedCode.CODE_WRONG)
    with store.begin(serialize=Serialize.USERS) as tx:
        user = visitor.user
        users.drop_credentials(tx, user.id, CredentialKind.TOTP)
        users.add_credential(tx, user.id, CredentialKind.TOTP, seed, now)
        (factor,) = (each for each in users.credentials(tx, user.id) if each.kind is CredentialKind.TOTP)
        users.take_step(tx, factor, step, now)
        codes = new_recovery_codes(tx, user, now)
        users.end_sessions_of(tx, user.id)
        control.write_audit(tx, now, user.name, AuditAction.SECOND_FACTOR, f"user {user.name}")
        return begin_within(tx, user, now, visitor.session.device, has_second_factor=True), codes


def remove_app(store: Store, visitor: Visitor, now: datetime) -> None:
    """Take a user's authenticator app away; where there is none, nothing happens.

    Raise Refused where it is the last second factor of somebody whose roles need one.
    """
    user = visitor.user
    with store.begin(serialize=Serialize.USERS) as tx:
        if not any(each.kind is CredentialKind.TOTP for each in users.credentials(tx, user.id)):
            return
        users.drop_credentials(tx, user.id, CredentialKind.TOTP)
        let_go_of_factor(tx, user)
        control.write_audit(tx, now, user.name, AuditAction.REMOVE_APP, f"user {user.name}")


def let_go_of_factor(tx: Connection, user: User) -> None:
    """Drop the recovery codes of a user who has no second factor left. Raise Refused where their roles need one."""
    if users.has_factor(tx, user.id):
        return
    if needs_second_factor(user.roles):
        raise Refused(RefusedCode.LAST_FACTOR)
    users.drop_credentials(tx, user.id, CredentialKind.RECOVERY)


def new_recovery_codes(tx: Connection, user: User, now: datetime) -> list[str]:
    """Make ten new recovery codes for a user, which are shown this once, and return them; earlier ones end."""
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    users.drop_credentials(tx, user.id, CredentialKind.RECOVERY)
    for code in codes:
        users.add_credential(tx, user.id, CredentialKind.RECOVERY, key_of(code.replace("-", "")), now)
    return codes


def sign_out(store: Store, visitor: Visitor, *, everywhere: bool = False) -> None:
    """End a session, or all of its user's."""
    with store.begin() as tx:
        if everywhere:
            users.end_sessions_of(tx, visitor.user.id)
        users.end_session(tx, visitor.session.key)


def device_mark(store: Store, user_name: str, old: str = "") -> str:
    """Return what a browser keeps from which somebody has signed in: it is counted for itself from then on, so that
    nobody's wrong tries elsewhere keep its user out."""
    nonce = old.partition(".")[0] if _is_known(store, user_name, old) else secrets.token_urlsafe(16)
    return f"{nonce}.{_mark(store, user_name, nonce)}"


def _mark(store: Store, user_name: str, nonce: str) -> str:
    return hmac.new(store.instance_key.encode(), f"device:{name_key(user_name)}:{nonce}".encode(), "sha256").hexdigest()


def _is_known(store: Store, user_name: str, device: str) -> bool:
    nonce, _, mark = device.partition(".")
    return bool(nonce) and hmac.compare_digest(mark.encode(), _mark(store, user_name, nonce).encode())


_MINUTES, _QUARTER = timedelta(minutes=2), timedelta(minutes=15)


def _buckets(store: Store, name: str, network: str, known_device: str) -> list[Bucket]:
    """Return by what a try is counted: a known device for itself, all others by name and network, network, and all."""
    if _is_known(store, name, known_device):
        return [Bucket(hidden(store, "device", known_device), 5, _MINUTES)]
    return [
        Bucket(hidden(store, "name", f"{name_key(name)[:80]}|{network}"), 4, _QUARTER),
        Bucket(hidden(store, "network", network), 20, _QUARTER),
        Bucket(hidden(store, "all", ""), 300, timedelta(seconds=8)),
    ]


def _factor_buckets(store: Store, user: User, network: str) -> list[Bucket]:
    """Return by what a try of a second factor is counted: for the user too, since a code has six figures only, and
    whoever tries has the password."""
    return [
        Bucket(hidden(store, "code", str(user.id)), 4, _QUARTER),
        Bucket(hidden(store, "network", network), 20, _QUARTER),
    ]


def hidden(store: Store, kind: str, what: str) -> str:
    """Return a keyed hash of what is counted: nobody's name or address is kept."""
    return hmac.new(store.instance_key.encode(), f"{kind}:{what}".encode(), "sha256").hexdigest()[:32]


def admit(store: Store, buckets: Iterable[Bucket], now: datetime) -> None:
    """Let a try through, and count it as a wrong one until it has proved right: many at once are no way around."""
    since = now - FORGIVEN_AFTER
    with store.begin(serialize=Serialize.USERS) as tx:
        for bucket in buckets:
            counted = users.failures(tx, bucket.key, since)
            if counted and (until := waits_until(bucket, *counted)) > now:
                raise Refused(RefusedCode.SIGN_IN_LATER, until=until)
        for bucket in buckets:
            users.count_failure(tx, bucket.key, since, now)


def _forgive(tx: Connection, buckets: list[Bucket]) -> None:
    """Empty the bucket of a try that was right. Only the first one is its own: others may be trying from the same
    network."""
    users.forget_failures(tx, buckets[0].key)
    for bucket in buckets[1:]:
        users.take_back_failure(tx, bucket.key)


def begin_within(tx: Connection, user: User, now: datetime, device: str, *, has_second_factor: bool) -> str:
    """Begin a session within a transaction, and return its token."""
    token = secrets.token_urlsafe(32)
    users.add_session(tx, Session(key_of(token), user.id, now, now, now, has_second_factor, device[:80]))
    users.end_old_sessions(tx, now - timedelta(days=1), now - timedelta(days=7))
    return token


def _takes(tx: Connection, known: list[Credential], code: str, now: datetime) -> bool:
    """Return whether a code is one of a user's, and use it up."""
    for credential in known:
        if credential.kind is CredentialKind.TOTP:
            step = _step_of(credential.secret, code, now)
            if step is not None:
                return users.take_step(tx, credential, step, now)
        elif (
            credential.kind is CredentialKind.RECOVERY
            and credential.used_at is None
            and hmac.compare_digest(credential.secret, key_of(code.replace("-", "")))
        ):
            return users.use_up(tx, credential, now)
    return False


def _step_of(seed: str, code: str, now: datetime) -> int | None:
    """Return the time step whose code this is: the one that is now, or the one before or after it."""
    step = int(now.timestamp()) // _STEP_S
    factor = pyotp.TOTP(seed)
    for near in (step, step - 1, step + 1):
        if hmac.compare_digest(factor.at(near * _STEP_S).encode(), code.encode()):
            return near
    return None


def _recovery_code() -> str:
    letters = "".join(secrets.choice(_RECOVERY_ALPHABET) for _ in range(12))
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"
