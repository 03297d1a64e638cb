"""Passkeys: a user's device, or a security key, signs a challenge of ours, and so proves who they are.

fido2, which reads what browsers answer, is loaded when somebody makes or uses one, and never before.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from bot.domain.users import CHALLENGE_LASTS, LONGEST_PASSKEY_NAME
from bot.errors import Refused, RefusedCode
from bot.services.authentication import Visitor, begin_within, let_go_of_factor, new_recovery_codes
from bot.services.events import EventName
from bot.services.work import Work
from bot.store import control, users
from bot.store.control import AuditAction
from bot.store.engine import Serialize
from bot.store.store import Store
from bot.store.users import CredentialKind, Passkey, PasskeyFacts
from bot.values import dataclass

if TYPE_CHECKING:
    from fido2.server import Fido2Server
    from fido2.webauthn import AttestedCredentialData

_LONGEST_ID = 1023
_T = TypeVar("_T")


class ChallengePurpose(StrEnum):
    """What a challenge is signed for."""

    ADD = "add"
    PROVE = "prove"


@dataclass(frozen=True)
class Site:
    """Where browsers reach the console: its origin ("https://console.example"), and the host of that, for which
    passkeys are made."""

    origin: str
    host: str


@dataclass(frozen=True)
class Factors:
    """The second factors of a user."""

    has_app: bool
    passkeys: Sequence[Passkey]

    def usable(self, site: Site | None) -> list[Passkey]:
        """Return the passkeys that were made for this site."""
        return [each for each in self.passkeys if site is not None and each.facts.host == site.host]


@dataclass
class Challenges:
    """What sessions are asked to sign: one a session and purpose, good once and for five minutes. Safe to use from
    several threads; a process that starts again asks again."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _given: dict[tuple[str, ChallengePurpose], tuple[bytes, datetime]] = field(default_factory=dict)

    def give(self, session_key: str, purpose: ChallengePurpose, now: datetime) -> bytes:
        """Make a new challenge, and return it; an earlier one for the same is over."""
        challenge = secrets.token_bytes(32)
        with self._lock:
            for key in [key for key, (_, at) in self._given.items() if now - at >= CHALLENGE_LASTS]:
                del self._given[key]
            self._given[session_key, purpose] = challenge, now
        return challenge

    def take(self, session_key: str, purpose: ChallengePurpose, now: datetime) -> bytes:
        """Take a session's challenge away, and return it. Raise Refused where there is none any more."""
        with self._lock:
            challenge, at = self._given.pop((session_key, purpose), (b"", now))
        if not challenge or now - at >= CHALLENGE_LASTS:
            raise Refused(RefusedCode.PASSKEY_TOO_LATE)
        return challenge


def factors(store: Store, user_id: int) -> Factors:
    """Return a user's second factors."""
    with store.read() as tx:
        credentials = users.credentials(tx, user_id)
    return Factors(any(each.kind is CredentialKind.TOTP for each in credentials), users.passkeys_among(credentials))


def creation_options(
    store: Store, challenges: Challenges, site: Site, visitor: Visitor, campaign: str, now: datetime
) -> dict[str, Any]:
    """Return what a browser is asked, to make a passkey: `PublicKeyCredentialCreationOptionsJSON` of WebAuthn."""
    challenge = challenges.give(visitor.session.key, ChallengePurpose.ADD, now)
    user = visitor.user
    handle = hmac.new(store.instance_key.encode(), f"passkey:{user.id}".encode(), "sha256").digest()
    options, _ = _server(site, f"Groundswell: {campaign}").register_begin(
        {"id": handle, "name": user.name, "displayName": user.name},  # type: ignore[arg-type]
        [_attested(each) for each in factors(store, user.id).usable(site)],
        resident_key_requirement="preferred",  # type: ignore[arg-type]
        user_verification="preferred",  # type: ignore[arg-type]
        challenge=challenge,
    )
    return dict(options.public_key)


def request_options(
    store: Store, challenges: Challenges, site: Site, visitor: Visitor, now: datetime
) -> dict[str, Any]:
    """Return what a browser is asked, to use one: `PublicKeyCredentialRequestOptionsJSON` of WebAuthn."""
    challenge = challenges.give(visitor.session.key, ChallengePurpose.PROVE, now)
    options, _ = _server(site).authenticate_begin(
        [_attested(each) for each in factors(store, visitor.user.id).usable(site)],
        user_verification="preferred",  # type: ignore[arg-type]
        challenge=challenge,
    )
    return dict(options.public_key)


def add(
    store: Store, challenges: Challenges, site: Site, visitor: Visitor, answer: str, name: str, now: datetime
) -> tuple[str, list[str]]:
    """Record for a user the passkey that their browser has made; `answer` is its `RegistrationResponseJSON`.

    Return the token of the session that goes on, and ten recovery codes where it is their first second factor; none
    where they have codes. Raise Refused: too late, no answer to our challenge, or somebody's already.
    """
    challenge = challenges.take(visitor.session.key, ChallengePurpose.ADD, now)
    server = _server(site)
    made = _read(lambda: server.register_complete(_state(challenge), _decoded(answer)))
    public = made.credential_data
    if public is None or len(public.credential_id) > _LONGEST_ID or not _is_known_algorithm(public):
        raise Refused(RefusedCode.PASSKEY_WRONG)
    facts = PasskeyFacts(
        " ".join(name.split())[:LONGEST_PASSKEY_NAME], site.host, _text(public.credential_id), _text(public)
    )
    user = visitor.user
    with store.begin(serialize=Serialize.USERS) as tx:
        if users.has_passkey(tx, facts.credential_id):
            raise Refused(RefusedCode.PASSKEY_KNOWN)
        is_first = not users.has_factor(tx, user.id)
        if not is_first and not visitor.is_whole:  # set up meanwhile, perhaps by somebody else
            raise Refused(RefusedCode.PASSKEY_TOO_LATE)
        users.add_passkey(tx, user.id, facts, made.counter, now)
        control.write_audit(tx, now, user.name, AuditAction.ADD_PASSKEY, f"user {user.name}")
        if not is_first:
            return visitor.token, []
        users.end_sessions_of(tx, user.id)
        codes = new_recovery_codes(tx, user, now)
        return begin_within(tx, user, now, visitor.session.device, has_second_factor=True), codes


def prove(work: Work, challenges: Challenges, site: Site, visitor: Visitor, answer: str, now: datetime) -> str:
    """Take a passkey's signature; `answer` is the browser's `AuthenticationResponseJSON`. Return the token of the
    session that goes on, a new one.

    Raise Refused: too late, not one of theirs, not for this site, or perhaps copied, of which people are told.
    """
    challenge = challenges.take(visitor.session.key, ChallengePurpose.PROVE, now)
    usable = factors(work.store, visitor.user.id).usable(site)
    used, counter = _signed(site, challenge, usable, answer)
    if (counter or used.counter) and counter <= used.counter:
        work.tell(EventName.PASSKEY_COPIED, user=visitor.user.name)
        raise Refused(RefusedCode.PASSKEY_COPIED)
    with work.store.begin(serialize=Serialize.USERS) as tx:
        if not users.use_passkey(tx, used, counter, now):
            raise Refused(RefusedCode.PASSKEY_TOO_LATE)
        users.end_session(tx, visitor.session.key)
        return begin_within(tx, visitor.user, now, visitor.session.device, has_second_factor=True)


def remove(store: Store, visitor: Visitor, number: int, now: datetime) -> None:
    """Take one of a user's passkeys away. One that is not theirs, or is gone, is passed over.

    Raise Refused where it is the last second factor of somebody whose roles need one.
    """
    user = visitor.user
    with store.begin(serialize=Serialize.USERS) as tx:
        if number not in {each.id for each in users.passkeys(tx, user.id)}:
            return
        users.drop_credential(tx, number)
        let_go_of_factor(tx, user)
        control.write_audit(tx, now, user.name, AuditAction.REMOVE_PASSKEY, f"user {user.name}")


def _signed(site: Site, challenge: bytes, usable: Sequence[Passkey], answer: str) -> tuple[Passkey, int]:
    """Return which of a user's passkeys has signed, and how often it says it has by now."""
    from fido2.webauthn import AuthenticationResponse

    server, passkeys = _server(site), {each.facts.credential_id: each for each in usable}

    def read() -> tuple[Passkey, int]:
        response = AuthenticationResponse.from_dict(_decoded(answer))
        by = server.authenticate_complete(_state(challenge), [_attested(each) for each in usable], response)
        return passkeys[_text(by.credential_id)], response.response.authenticator_data.counter

    return _read(read)


def _read(reader: Callable[[], _T]) -> _T:
    """Return what is made of a browser's answer, which may hold anything at all: readers of it fail in many ways."""
    try:
        return reader()
    except Exception as error:
        raise Refused(RefusedCode.PASSKEY_WRONG) from error


def _decoded(answer: str) -> Mapping[str, Any]:
    return msgspec.json.decode(answer, type=dict[str, Any])


def _server(site: Site, name: str = "Groundswell") -> Fido2Server:
    from fido2.server import Fido2Server
    from fido2.webauthn import PublicKeyCredentialRpEntity

    server = Fido2Server(
        PublicKeyCredentialRpEntity(name=name, id=site.host), verify_origin=lambda origin: origin == site.origin
    )
    server.timeout = int(CHALLENGE_LASTS.total_seconds() * 1000)  # type: ignore[assignment]
    return server


def _state(challenge: bytes) -> dict[str, Any]:
    return {"challenge": _text(challenge), "user_verification": None}


def _attested(passkey: Passkey) -> AttestedCredentialData:
    from fido2.utils import websafe_decode
    from fido2.webauthn import AttestedCredentialData

    return AttestedCredentialData(websafe_decode(passkey.facts.public))


def _is_known_algorithm(public: AttestedCredentialData) -> bool:
    from fido2.cose import CoseKey

    return public.public_key.ALGORITHM in CoseKey.supported_algorithms()


def _text(value: bytes) -> str:
    from fido2.utils import websafe_encode

    return websafe_encode(value)
