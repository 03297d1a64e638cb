"""Logging in to a Mastodon server: an app of the campaign's own, and a token for the code that the server shows."""

from __future__ import annotations

import re
from dataclasses import field
from typing import TypeVar
from urllib.parse import urlencode

import msgspec

from bot.domain.post import AccountFacts
from bot.errors import Outcome, PlatformError
from bot.hosts import host_of
from bot.platforms.base import CONNECT_TIMEOUT, READ_TIMEOUT, USER_AGENT, Clock
from bot.platforms.http_client import HttpAnswer, proved_by, what_it_was
from bot.platforms.mastodon.adapter import MastodonPlatform
from bot.platforms.mastodon.client import Unanswered, Writer
from bot.platforms.mastodon.errors import Explainer, reason_of, speaks
from bot.platforms.mastodon.server import full_address
from bot.values import dataclass

SCOPES = (
    "read:accounts",  # who we are
    "read:statuses",  # our own timeline, hashtag timelines, a post before it is boosted
    "read:search",  # to find a post of another server on ours
    "read:notifications",  # mentions
    "write:statuses",  # posts, boosts, and taking them back
    "write:media",  # uploads, and whether they are processed
)
"""All that the adapter's requests need, and nothing that could follow, block or change the profile."""

_OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
_APP_NAME = "Groundswell"

Shape = TypeVar("Shape")


class _App(msgspec.Struct):
    client_id: str
    client_secret: str


class _OAuthToken(msgspec.Struct):
    access_token: str


@dataclass(frozen=True)
class PendingCodeLogin:
    """A login waiting for its code: the person opens `authorize_url`, agrees, and is shown the code."""

    authorize_url: str
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)


@dataclass(frozen=True)
class CodeLogin:
    """Logs an account in on its server. Nothing is asked of the person here."""

    account: str
    api_base_url: str
    clock: Clock

    def begin(self) -> PendingCodeLogin:
        """Register an app; servers sweep away those that nobody used. Raise PlatformError."""
        doing = "register an app for us"
        form = {"client_name": _APP_NAME, "redirect_uris": _OUT_OF_BAND, "scopes": " ".join(SCOPES)}
        answer = self._post("/api/v1/apps", form, doing)
        if answer.status == 404:
            words = f"{self._explain.host} does not speak Mastodon's API (404). Mend api_base_url in bot.toml."
            if not speaks(answer):
                words = (
                    f"{self._explain.host} does not speak Mastodon's API, or something stands before it: it answered "
                    f"404 with {what_it_was(answer)}. Mend api_base_url in bot.toml, or try again in a minute."
                )
            raise self._explain.error(words, Outcome.REJECTED if speaks(answer) else Outcome.NOT_SENT)
        if proved_by(answer, is_own=speaks(answer)) is Outcome.REJECTED:
            words = f"{self._explain.host} refused to {doing} ({answer.status}): {reason_of(answer) or 'no reason'}"
            raise self._explain.error(words, Outcome.REJECTED)
        app = self._shaped(_App, answer, doing)
        query = {"client_id": app.client_id, "redirect_uri": _OUT_OF_BAND, "response_type": "code"}
        address = f"{self._base}/oauth/authorize?{urlencode({**query, 'scope': ' '.join(SCOPES)})}"
        return PendingCodeLogin(address, app.client_id, app.client_secret)

    def finish(self, pending: PendingCodeLogin, code: str) -> str:
        """Return the token for a code. Raise PlatformError, rejected when the code is not the one that was shown."""
        doing = "give us a token"
        form = {"grant_type": "authorization_code", "code": _code_in(code), "redirect_uri": _OUT_OF_BAND}
        app = {"client_id": pending.client_id, "client_secret": pending.client_secret}
        answer = self._post("/oauth/token", {**form, **app, "scope": " ".join(SCOPES)}, doing)
        if proved_by(answer, is_own=speaks(answer)) is Outcome.REJECTED:
            advice = "Copy it whole; it serves once, for some minutes."
            words = f"{self._explain.host} did not accept the code ({answer.status}). {advice}"
            raise self._explain.error(words, Outcome.REJECTED)
        return self._shaped(_OAuthToken, answer, doing).access_token

    def facts(self, token: str) -> AccountFacts:
        """Return whose token it is, and what to know of that account before it posts. Raise PlatformError."""
        platform = MastodonPlatform(self.account, self.api_base_url, token, self.clock)
        try:
            return platform.facts()
        finally:
            platform.close()

    @property
    def _base(self) -> str:
        return full_address(self.api_base_url)

    @property
    def _explain(self) -> Explainer:
        return Explainer(host_of(self._base), self.account, "", self.clock)

    def _post(self, path: str, form: dict[str, str], doing: str) -> HttpAnswer:
        timeout = (CONNECT_TIMEOUT, READ_TIMEOUT)
        headers = {"User-Agent": USER_AGENT}
        try:
            return Writer(self._base, "", self.clock).send(
                lambda client: client.session.post(self._base + path, data=form, headers=headers, timeout=timeout)
            )
        except Unanswered as silence:
            problem: PlatformError = self._explain.unanswered(doing, silence.why, Outcome.NOT_SENT)
        raise problem

    def _shaped(self, shape: type[Shape], answer: HttpAnswer, doing: str) -> Shape:
        if not answer.is_success:
            raise self._explain.refused_read(answer, doing)
        try:
            return msgspec.json.decode(answer.body, type=shape, strict=False)
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass
        raise self._explain.unreadable(doing, Outcome.NOT_SENT, answer)


def _code_in(typed: str) -> str:
    """Return the code, also out of the address of the page that shows it."""
    match = re.search(r"[?&]code=([^&#\s]+)", typed)
    return match[1] if match else typed.strip()
