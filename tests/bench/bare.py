"""A client that does nothing but send: what the servers themselves take for the same posts."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

import requests

from bot.platforms.x.client import Keys
from tests.bench.servers import Servers

Ready = tuple[str, bytes, dict[str, str]]
"""A request that only has to be sent: path, body, headers."""


def post_all(servers: Servers, texts: Mapping[str, Sequence[str]], start: float) -> None:
    """Post each account's texts side by side from `start` (Unix seconds) on, one after the other on each."""
    ready = {"mastodon": (servers.mastodon.url, _to_mastodon), "x": (servers.x.url, _to_x)}
    lanes = []
    for account, those in texts.items():
        url, made = ready[account]
        lanes.append(threading.Thread(target=_send, args=(url, made(servers, those), start)))
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()


def _to_mastodon(servers: Servers, texts: Sequence[str]) -> list[Ready]:
    headers = {"Authorization": f"Bearer {servers.account.access_token}", "Content-Type": "application/json"}
    wishes = ({"status": text, "visibility": "public", "language": "en"} for text in texts)
    return [("/api/v1/statuses", json.dumps(wish).encode(), headers) for wish in wishes]


def _to_x(servers: Servers, texts: Sequence[str]) -> list[Ready]:
    """Signed ahead: the signature is the client's time, not the server's."""
    user = servers.user
    signature = Keys(user.api_key, user.api_secret, user.access_token, user.access_token_secret).signature()
    path = "/2/tweets"
    prepared = (
        requests.Request("POST", servers.x.url + path, json={"text": text}, auth=signature).prepare() for text in texts
    )
    return [
        (path, json.dumps({"text": text}).encode(), dict(one.headers))
        for text, one in zip(texts, prepared, strict=True)
    ]


def _send(url: str, requests_ready: Sequence[Ready], start: float) -> None:
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
