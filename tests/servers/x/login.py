"""OAuth 1.0a by PIN: a request token, a page that shows a PIN, and an access token for it."""

import secrets
from urllib.parse import urlencode

from tests.servers.x import oauth
from tests.servers.x.messages import FORM, HTML, Request, Response
from tests.servers.x.model import User
from tests.servers.x.problems import refused
from tests.servers.x.world import World

PAGE = """<!DOCTYPE html><html><head><title>X / Authorize an application</title></head><body>
<p>Signed in as @{username}. Enter this PIN to complete the authorization:</p>
<kbd aria-labelledby="code-desc"><code>{pin}</code></kbd></body></html>"""


def answer(world: World, request: Request) -> Response:
    """The answer to any request under /oauth/."""
    if request.path == "/oauth/request_token" and request.method == "POST":
        return _request_token(world, request)
    if request.path in ("/oauth/authorize", "/oauth/authenticate") and request.method == "GET":
        return _authorize(world, request)
    if request.path == "/oauth/access_token" and request.method == "POST":
        return _access_token(world, request)
    raise refused(404)


def _request_token(world: World, request: Request) -> Response:
    signed = oauth.read(request)
    if signed.consumer_key not in world.consumers:
        raise refused(401)
    oauth.prove(request, signed, world.consumers[signed.consumer_key], "")
    given = signed.fields | dict(request.query) | dict(request.form)
    if given.get("oauth_callback") != "oob":
        raise refused(403, "Callback URL not approved for this client application.")
    token, secret = secrets.token_urlsafe(20), secrets.token_urlsafe(24)
    world.request_tokens[token] = (signed.consumer_key, secret, "", "")
    return _form({"oauth_token": token, "oauth_token_secret": secret, "oauth_callback_confirmed": "true"})


def _authorize(world: World, request: Request) -> Response:
    token = dict(request.query).get("oauth_token", "")
    if token not in world.request_tokens:
        return Response(404, b"<html><body>Whoa there! The request token is invalid.</body></html>", HTML)
    consumer_key, secret, _, pin = world.request_tokens[token]
    user = _person(world, consumer_key)
    if user is None:
        return Response(403, b"<html><body>Nobody is signed in.</body></html>", HTML)
    pin = pin or f"{secrets.randbelow(10**7):07d}"
    world.request_tokens[token] = (consumer_key, secret, user.id, pin)
    return Response(200, PAGE.format(username=user.username, pin=pin).encode(), HTML)


def _access_token(world: World, request: Request) -> Response:
    signed = oauth.read(request)
    consumer_key, secret, user_id, pin = world.request_tokens.get(signed.token, ("", "", "", ""))
    if not pin or consumer_key != signed.consumer_key:
        raise refused(401)
    oauth.prove(request, signed, world.consumers[consumer_key], secret)
    given = signed.fields | dict(request.query) | dict(request.form)
    if given.get("oauth_verifier") != pin:
        raise refused(401, "Error processing your OAuth request: Invalid oauth_verifier parameter")
    del world.request_tokens[signed.token]
    user = world.users[user_id]
    text, token = world.add_token(user, consumer_key)
    names = {"user_id": user.id, "screen_name": user.username}
    return _form({"oauth_token": text, "oauth_token_secret": token.secret, **names})


def _person(world: World, consumer_key: str) -> User | None:
    """Who sits before the browser: the one the settings name, or the first user of the app."""
    if world.settings.login_user:
        return world.user_named(world.settings.login_user)
    owners = (world.users[token.user_id] for token in world.tokens.values() if token.consumer_key == consumer_key)
    return next(owners, None)


def _form(content: dict[str, str]) -> Response:
    return Response(200, urlencode(content).encode(), FORM)
