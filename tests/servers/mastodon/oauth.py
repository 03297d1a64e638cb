"""Signing in: a person's yes becomes a code that is good once, and the code a token with the scopes agreed to."""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from mastodon_mock.db.models import Account, OAuthApp, OAuthToken
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.servers.mastodon.access import Call
from tests.servers.mastodon.wire import HTML, Answer, Refusal, ask
from tests.servers.mastodon.world import World

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"


@dataclass(frozen=True, slots=True)
class Code:
    account_id: int
    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str


async def authorize(world: World, call: Call) -> Answer:
    """The yes, as the page behind the authorize address would send it: its query, and `username`."""
    form = await call.request.params()
    redirect_uri = str(form.get("redirect_uri") or OUT_OF_BAND)
    scopes = tuple(str(form.get("scope") or "read").replace("+", " ").split())
    with world.session() as db:
        app = _app(db, form)
        account = db.scalar(select(Account).where(Account.username == form.get("username"), Account.domain.is_(None)))
        if account is None:
            raise Refusal(404, "Record not found")
        if redirect_uri not in app.redirect_uris:
            raise Refusal(400, "The redirect uri included is not valid.")
        if not all(_is_granted(scope, app.scopes) for scope in scopes):
            raise Refusal(400, "The requested scope is invalid, unknown, or malformed.")
        code = secrets.token_urlsafe(24)
        challenge = str(form.get("code_challenge") or "")
        world.memory.codes[code] = Code(account.id, app.client_id, redirect_uri, scopes, challenge)
    if redirect_uri == OUT_OF_BAND:
        page = f'<!doctype html><title>Mastodon</title><input class="oauth-code" readonly value="{code}">'
        return Answer(200, body=page.encode(), headers={"content-type": HTML})
    query = urlencode({"code": code, **({"state": form["state"]} if form.get("state") else {})})
    return Answer(302, body=b"", headers={"location": f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{query}"})


async def token(world: World, call: Call) -> Answer:
    form = await call.request.params()
    if form.get("grant_type") != "authorization_code":
        return await ask(world.app, call.request)
    code: Code | None = world.memory.codes.pop(str(form.get("code")), None)
    with world.session() as db:
        app = _app(db, form)
        if app.client_secret != form.get("client_secret"):
            raise Refusal(401, "invalid_client")
        if code is None or not _fits(code, form):
            raise Refusal(400, "invalid_grant")
        row = OAuthToken(access_token=secrets.token_urlsafe(32), app_id=app.id, account_id=code.account_id)
        row.scopes = list(code.scopes)
        db.add(row)
        db.commit()
        created_at = int(world.clock.now().timestamp())
        scope = " ".join(code.scopes)
        payload = {"access_token": row.access_token, "token_type": "Bearer", "scope": scope, "created_at": created_at}
        return Answer(payload=payload)


async def revoke(world: World, call: Call) -> Answer:
    world.memory.viewers.clear()
    return await ask(world.app, call.request)


def _app(db: Session, form: dict[str, Any]) -> OAuthApp:
    app = db.scalar(select(OAuthApp).where(OAuthApp.client_id == str(form.get("client_id"))))
    if app is None:
        raise Refusal(401, "invalid_client")
    return app


def _is_granted(scope: str, granted: list[str]) -> bool:
    return scope in granted or scope.partition(":")[0] in granted


def _fits(code: Code, form: dict[str, Any]) -> bool:
    proof = hashlib.sha256(str(form.get("code_verifier") or "").encode()).digest()
    is_proved = not code.challenge or base64.urlsafe_b64encode(proof).rstrip(b"=").decode() == code.challenge
    return is_proved and (code.client_id, code.redirect_uri) == (form.get("client_id"), form.get("redirect_uri"))
