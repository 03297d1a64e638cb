"""Mastodon and X, each in a process of its own that keeps its ledger."""

from __future__ import annotations

from collections.abc import Iterable

from tests.servers.mastodon import MastodonServer
from tests.servers.x.handle import XSimulator
from tests.sweep.places import KEPT, THEIRS, Accepted, Access, Book, Effect
from tests.sweep.scene import Scene


class Mastodon(MastodonServer):
    """The Mastodon server as a place."""

    def __init__(self) -> None:
        super().__init__()
        self._count = 0

    def newcomer(self) -> Access:
        self._count += 1
        account = self.add_account(f"ours{self._count}", bot=True)
        token = account.access_token
        return {"platform": "mastodon", "url": self.url, "access_token": token, "name": account.username}

    def theirs(self) -> str:
        self._count += 1
        uri = f"https://union.example/users/somebody/statuses/{self._count}"
        url = f"https://union.example/@somebody/{self._count}"
        return self.seed_status("somebody@union.example", THEIRS, media=[{"type": "video"}], uri=uri, url=url).uri

    def keep_back(self, effect: Effect, scene: Scene, after: int) -> None:
        path = "/reblog$" if scene is Scene.RESHARE else "/statuses$"
        self.clear_faults()
        self.fault(effect, method="POST", path=path, after=after, count=1, seconds=KEPT)

    def keeps(self, effect: Effect) -> bool:
        last = self.ledger().requests[-1:]
        return bool(last) and last[0]["fault"] == effect

    def books(self, ours: Iterable[Access]) -> list[Book]:
        ledger = self.ledger()
        return [
            Book(
                tuple(
                    Accepted(one["id"], one["text"], one["in_reply_to_id"] or "", len(one["media"]))
                    for one in ledger.statuses
                    if one["account"] == access["name"]
                ),
                tuple(one["uri"] for one in ledger.reblogs if one["account"] == access["name"]),
            )
            for access in ours
        ]


class X(XSimulator):
    """The simulator of X as a place."""

    def __init__(self) -> None:
        super().__init__()
        self._count = 0

    def newcomer(self) -> Access:
        self._count += 1
        user = self.add_user(f"ours{self._count}")
        return {
            "platform": "x",
            "url": self.url,
            "id": user.id,
            "api_key": user.api_key,
            "api_secret": user.api_secret,
            "access_token": user.access_token,
            "access_token_secret": user.access_token_secret,
        }

    def theirs(self) -> str:
        post_id = self.seed_post("somebody", THEIRS, media=[{"type": "video"}])
        return f"https://x.com/i/status/{post_id}"

    def keep_back(self, effect: Effect, scene: Scene, after: int) -> None:
        path = "/2/users/*/retweets" if scene is Scene.RESHARE else "/2/tweets"
        self.clear_faults()
        self.fault(effect, path, method="POST", after=after, seconds=KEPT)

    def keeps(self, effect: Effect) -> bool:
        last = self.ledger()["requests"][-1:]
        return bool(last) and last[0]["fault"] == effect

    def books(self, ours: Iterable[Access]) -> list[Book]:
        ledger = self.ledger()
        return [
            Book(
                tuple(
                    Accepted(one["id"], one["text"], one["reply_to"] or "", len(one["media"]))
                    for one in ledger["posts"]
                    if one["user"] == access["id"]
                ),
                tuple(
                    f"https://x.com/i/status/{one['post']}" for one in ledger["reposts"] if one["user"] == access["id"]
                ),
            )
            for access in ours
        ]
