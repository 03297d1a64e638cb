"""Logging in to X by PIN (OAuth 1.0a, out of band): the three steps, with nothing asked of the person here."""

from __future__ import annotations

from dataclasses import field
from urllib.parse import parse_qs

import requests

from bot.errors import PlatformError
from bot.platforms.base import READ_TIMEOUT, Clock
from bot.platforms.http_client import HttpAnswer, is_page
from bot.platforms.x import client
from bot.platforms.x.client import Keys, exchange, new_session
from bot.platforms.x.errors import refusal, rejected, unreadable
from bot.values import dataclass


@dataclass(frozen=True)
class PendingPinLogin:
    """A login waiting for its PIN: the person opens `authorize_url`, agrees, and is shown the PIN."""

    authorize_url: str
    token: str = field(repr=False)
    secret: str = field(repr=False)


@dataclass(frozen=True)
class FinishedLogin:
    """What a finished login gives; the token and its secret do not expire until the person takes them back."""

    handle: str
    access_token: str = field(repr=False)
    access_token_secret: str = field(repr=False)


@dataclass(frozen=True)
class PinLogin:
    """Logs an account in to an app. `api_base_url` is X's, or a test server's."""

    account: str
    api_base_url: str
    api_key: str = field(repr=False)
    api_secret: str = field(repr=False)
    clock: Clock

    def begin(self) -> PendingPinLogin:
        """Ask X for a request token. Raise PlatformError."""
        client.silence_library_log()
        signature = Keys(self.api_key, self.api_secret).signature(callback_uri="oob")
        tokens = self._ask("/oauth/request_token", signature, ("oauth_token", "oauth_token_secret"))
        address = requests.Request(
            "GET", f"{self._base}/oauth/authorize", params={"oauth_token": tokens["oauth_token"]}
        )
        return PendingPinLogin(str(address.prepare().url), tokens["oauth_token"], tokens["oauth_token_secret"])

    def finish(self, pending: PendingPinLogin, pin: str) -> FinishedLogin:
        """Exchange the PIN for the account's token. Raise PlatformError."""
        if not pin.strip().isalnum():
            raise rejected("The PIN is the number that X shows after you agree: type it without anything else")
        keys = Keys(self.api_key, self.api_secret, pending.token, pending.secret)
        signature = keys.signature(verifier=pin.strip())
        names = ("oauth_token", "oauth_token_secret", "screen_name")
        tokens = self._ask("/oauth/access_token", signature, names)
        return FinishedLogin(f"x:{tokens['screen_name']}", tokens["oauth_token"], tokens["oauth_token_secret"])

    @property
    def _base(self) -> str:
        return self.api_base_url.rstrip("/")

    def _ask(self, route: str, signature: requests.auth.AuthBase, names: tuple[str, ...]) -> dict[str, str]:
        with new_session(self._base) as session:
            reply = exchange(session, requests.Request("POST", self._base + route, auth=signature), READ_TIMEOUT)
        if reply.status != 200:
            raise self._refused(reply)
        fields = parse_qs(reply.body.decode("utf-8", "replace"))
        if any(name not in fields for name in names):
            raise unreadable(reply)
        return {name: fields[name][0] for name in names}

    def _refused(self, reply: HttpAnswer) -> PlatformError:
        if reply.status != 401 or is_page(reply):
            return refusal(reply, self.account, self.clock())
        advice = "see that the app's key and secret are right, then begin again: a PIN serves once, for some minutes"
        return rejected(f"X did not let account {self.account} log in: {advice}")
