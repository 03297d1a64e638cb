"""tweepy's client with a transport of our own underneath: signed for the host that is really called."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import requests
from requests_oauthlib import OAuth1
from tweepy.client import Client

from bot.errors import Answer, PlatformError
from bot.platforms.base import READ_TIMEOUT, Clock, is_too_late
from bot.platforms.x import quiet
from bot.platforms.x.errors import Reply, refusal
from bot.platforms.x.transport import exchange, new_session


@dataclass(frozen=True)
class Keys:
    """The app's key and secret, and the user's token and its secret; none of them is ever printed."""

    api_key: str = field(repr=False)
    api_secret: str = field(repr=False)
    access_token: str = field(default="", repr=False)
    access_token_secret: str = field(default="", repr=False)

    def removed_from(self, reply: Reply) -> Reply:
        """The answer without any of them, should somebody on the way have echoed the request."""
        body = reply.body
        for key in (self.api_key, self.api_secret, self.access_token, self.access_token_secret):
            body = body.replace(key.encode(), b"[secret]") if key else body
        return Reply(reply.status, reply.headers, body)

    def signature(self, *, callback_uri: str | None = None, verifier: str | None = None) -> OAuth1:
        """Signs a request by OAuth 1.0a. `decoding=None` keeps the headers text."""
        return OAuth1(
            self.api_key,
            client_secret=self.api_secret,
            resource_owner_key=self.access_token or None,
            resource_owner_secret=self.access_token_secret or None,
            callback_uri=callback_uri,
            verifier=verifier,
            decoding=None,
        )


@dataclass(frozen=True)
class Access:
    """Which account asks, where, and by which clock; `read_timeout` in seconds."""

    account: str
    base_url: str
    keys: Keys
    clock: Clock
    read_timeout: float = READ_TIMEOUT

    @property
    def user_id(self) -> str:
        """Our own user id: an access token begins with it. Raises PlatformError where it does not."""
        user_id = self.keys.access_token.partition("-")[0]
        if user_id.isascii() and user_id.isdigit():
            return user_id
        advice = f"run `bot login {self.account}` for a token of OAuth 1.0a"
        message = f"The access token of account {self.account} does not begin with its user's number: {advice}"
        raise PlatformError(message, Answer.REJECTED, closes_account=True)


class XClient(Client):
    """tweepy knows X's routes and parameters; requests, signatures, timeouts and errors are ours.

    tweepy itself signs for api.twitter.com, waits for ever, logs headers at DEBUG, and fails on odd bodies. It also
    keeps every client it has seen alive through a cache on the user's id.
    """

    def __init__(self, access: Access) -> None:
        super().__init__(return_type=requests.Response, wait_on_rate_limit=False)  # type: ignore[no-untyped-call]
        self.session: requests.Session = new_session(access.base_url)
        self._access = access
        self._auth = access.keys.signature()
        self.leave_by: datetime | None = None

    def request(
        self,
        method: str,
        route: str,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        user_auth: bool = True,
        files: Mapping[str, Any] | None = None,
    ) -> Reply:
        """One signed request. Raises PlatformError for every answer that is no success, and for none at all."""
        access = self._access
        request = requests.Request(
            method, access.base_url + route, params=params, json=json, files=files, auth=self._auth
        )
        reply = exchange(self.session, request, access.read_timeout, lambda: is_too_late(access.clock, self.leave_by))
        if 200 <= reply.status < 300:
            return reply
        refused = refusal(access.keys.removed_from(reply), access.account, access.clock(), reads=method == "GET")
        refused.pauses_account = reply.status == 429 and (method, route) == ("POST", "/2/tweets")
        raise refused

    def _get_authenticating_user_id(self, *, oauth_1: bool = True) -> str:
        return self._access.user_id


class Clients:
    """One client for each thread, since a session is not safe to share."""

    def __init__(self, access: Access) -> None:
        quiet.silence()
        self.access = access
        self._own = threading.local()
        self._all: weakref.WeakSet[XClient] = weakref.WeakSet()
        self._lock = threading.Lock()

    @property
    def mine(self) -> Any:
        """This thread's client. Untyped, as tweepy's methods are; each call gives back a `Reply`."""
        client = getattr(self._own, "client", None)
        if client is None:
            client = self._own.client = XClient(self.access)
            with self._lock:
                self._all.add(client)
        return client

    @contextmanager
    def leaving(self, leave_by: datetime | None) -> Iterator[Any]:
        """This thread's client, whose requests do not leave any more after `leave_by` (UTC)."""
        client = self.mine
        client.leave_by = leave_by
        try:
            yield client
        finally:
            client.leave_by = None

    def close(self) -> None:
        """Close the connections of every thread."""
        with self._lock:
            for client in list(self._all):
                client.session.close()
