"""A client that does nothing but send: what the servers themselves take for the same posts."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Mapping, Sequence
from functools import partial
from urllib.parse import urlsplit

import requests

from bot.platforms.x.client import Keys
from tests.bench.servers import Servers

Ready = tuple[str, bytes, dict[str, str]]
"""A request that only has to be sent: path, body, headers."""


def post_all(servers: Servers, texts: Mapping[str, Sequence[str]], start: float) -> None:
    """Post each account's texts side by side from `start` (Unix seconds) on, one after the other on each."""
    user = servers.user
    keys = (user.api_key, user.api_secret, user.access_token, user.access_token_secret)
    ready = {
        "mastodon": (servers.mastodon.url, partial(to_mastodon, servers.account.access_token)),
        "x": (servers.x.url, partial(to_x, servers.x.url, keys)),
    }
    lanes = []
    for account, those in texts.items():
        url, made = ready[account]
        lanes.append(threading.Thread(target=send, args=(url, made(those), start)))
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()


def to_mastodon(token: str, texts: Sequence[str]) -> list[Ready]:
    """Posts of the account with this token."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    wishes = ({"status": text, "visibility": "public", "language": "en"} for text in texts)
    return [("/api/v1/statuses", json.dumps(wish).encode(), headers) for wish in wishes]


def to_x(url: str, keys: Sequence[str], texts: Sequence[str]) -> list[Ready]:
    """Signed ahead: the signature is the client's time, not the server's."""
    signature, path = Keys(*keys).signature(), "/2/tweets"
    prepared = (requests.Request("POST", url + path, json={"text": text}, auth=signature).prepare() for text in texts)
    return [
        (path, json.dumps({"text": text}).encode(), dict(one.headers))
        for text, one in zip(texts, prepared, strict=True)
    ]


def send(url: str, requests_ready: Sequence[Ready], start: float) -> None:
    """Send one after the other from `start` (Unix seconds) on. Raise RuntimeError for an answer that is none."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    connection.connect()
    time.sleep(max(0.0, start - time.time()))
    for path, body, headers in requests_ready:
        connection.request("POST", path, body, {**headers, "Content-Length": str(len(body))})
        answer = connection.getresponse()
        answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"the test server answered {answer.status} to the bare client")
    connection.close()
