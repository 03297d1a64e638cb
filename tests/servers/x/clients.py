"""Ways for tests to call the simulator as an account: httpx with OAuth 1.0a, and tweepy sent to another host."""

from collections.abc import Generator
from typing import Any
from urllib.parse import urlsplit

import httpx
import requests
from oauthlib.oauth1 import Client
from requests.adapters import HTTPAdapter
from tweepy import client as tweepy_v2

from tests.servers.x.handle import XSimulator, XUser

TIMEOUT_S = 5.0


class OAuth1(httpx.Auth):
    """Signs each request for the address it goes to."""

    def __init__(self, user: XUser) -> None:
        self._signer: Any = Client(user.api_key, user.api_secret, user.access_token, user.access_token_secret)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Called by httpx."""
        _, headers, _ = self._signer.sign(str(request.url), request.method)
        request.headers["Authorization"] = headers["Authorization"]
        yield request


class Redirected(HTTPAdapter):
    """Sends what was meant, and signed, for api.twitter.com to the simulator."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._host = urlsplit(url)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Called by requests."""
        wanted = urlsplit(request.url or "")
        request.url = wanted._replace(scheme=self._host.scheme, netloc=self._host.netloc).geturl()
        return super().send(request, *args, **{**kwargs, "timeout": TIMEOUT_S})


def signed_client(simulator: XSimulator, user: XUser) -> httpx.Client:
    """An httpx client that speaks as `user`."""
    return httpx.Client(base_url=simulator.url, auth=OAuth1(user), timeout=TIMEOUT_S, trust_env=False)


def tweepy_client(simulator: XSimulator, user: XUser) -> Any:
    """A tweepy client, which is untyped, that speaks as `user`."""
    new_client: Any = tweepy_v2.Client
    client = new_client(
        consumer_key=user.api_key,
        consumer_secret=user.api_secret,
        access_token=user.access_token,
        access_token_secret=user.access_token_secret,
    )
    client.session.trust_env = False
    client.session.mount("https://api.twitter.com", Redirected(simulator.url))
    return client
