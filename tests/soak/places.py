"""Where it all happens: our own server, three others of which we read two, and X; no clock is quite right."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from tests.harness.campaign import TAG
from tests.servers.mastodon import MastodonServer
from tests.servers.mastodon.records import MastodonPost
from tests.servers.x.handle import XSimulator
from tests.soak.script import Fate, Post, Shows, Where

US = "campaign"
SKEW = {Where.RED: timedelta(minutes=3), Where.GREEN: timedelta(minutes=-2), Where.FAR: timedelta()}
"""How far the clocks of other servers are off."""

_MEDIA = {Shows.VIDEO: ["video"], Shows.IMAGE: ["image"]}
_X_MEDIA = {Shows.VIDEO: ["video"], Shows.IMAGE: ["photo"]}
_NOTES = {"nobot": "<p>Rail worker. #nobot</p>"}
_EDITED = "words that nobody approved"


class Places:
    """All servers, and what people do on them."""

    def __init__(self, home: MastodonServer, others: Mapping[Where, MastodonServer], x: XSimulator) -> None:
        self.home, self.others, self.x = home, others, x
        for server in (home, *others.values()):
            server.reset()
            server.settings(rate_limits_enforced=False)
        x.reset()
        self.us = home.add_account(US, bot=True)
        self.us_on_x = x.add_user(US, credits=10_000)
        self._known: set[tuple[Where, str]] = set()

    def set_clocks(self, now: datetime) -> None:
        self.home.clock(now=now)
        for where, server in self.others.items():
            server.clock(now=now + SKEW[where])
        self.x.set_clock(now)

    def handle(self, post: Post) -> str:
        """The author as our own server names them."""
        return f"x:{post.author}" if post.where is Where.X else f"@{post.author}@{self._host(post.where)}"

    def arrive(self, post: Post) -> None:
        """The post is there: where it was made, and on our server if it is federated; else that can fetch it."""
        if post.where is Where.X:
            self._arrive_on_x(post)
            return
        made = self._on(self.others[post.where], post, self._local(post), "")
        post.uri, post.native[post.where] = made.uri, made.id
        author = f"{post.author}@{self._host(post.where)}"
        there = self._on(self.home, post, author, post.uri, known=post.is_federated)
        post.native["home"] = there.id

    def become(self, post: Post) -> None:
        """What is to become of the post becomes of it."""
        if post.fate is Fate.AUTHOR_STOPS:
            self._say_stop(post)
        elif post.where is Where.X:
            native = post.native["x"]
            if post.fate is Fate.DELETED:
                self.x.delete_post(native)
            else:
                self.x.edit_post(native, text=f"{_EDITED} #{TAG}", new_version=True)
        else:
            servers = {"home": self.home} | {str(where): server for where, server in self.others.items()}
            for name, native in post.native.items():
                if post.fate is Fate.DELETED:
                    servers[name].delete_status(native)
                else:
                    servers[name].edit_status(native, text=f"{_EDITED} #{TAG}")

    def goes_down(self, where: Where) -> None:
        self.others[where].fault("status", path="^/", count=None, status=503)

    def comes_back(self, where: Where) -> None:
        self.others[where].clear_faults()

    def reshares(self) -> list[tuple[str, datetime, bool]]:
        """All that was accepted: of which post (uri), when, and whether it still stands."""
        boosts = [
            (one["uri"], datetime.fromisoformat(one["at"]), one["undone_at"] is None)
            for one in self.home.ledger().reblogs
            if one["account"] == US
        ]
        reposts = [
            (f"https://x.com/i/status/{one['post']}", datetime.fromisoformat(one["at"]), one["undone_at"] is None)
            for one in self.x.ledger()["reposts"]
            if one["user"] == self.us_on_x.id
        ]
        return boosts + reposts

    def _host(self, where: Where) -> str:
        return self.others[where].url.removeprefix("http://")

    def _local(self, post: Post) -> str:
        """The author's account on the server where the post is made."""
        if (post.where, post.author) not in self._known:
            self._known.add((post.where, post.author))
            details = {"note": _NOTES.get(post.author, ""), "locked": post.author == "locked"}
            self.others[post.where].add_account(post.author, **details)
        return post.author

    def _on(self, server: MastodonServer, post: Post, author: str, uri: str, *, known: bool = True) -> MastodonPost:
        details = {"note": _NOTES.get(post.author, ""), "locked": post.author == "locked"} if uri else {}
        addresses = {"uri": uri, "url": uri, "known": known} if uri else {}
        media = [{"type": kind, "description": "people"} for kind in _MEDIA.get(post.shows, [])]
        text = self._text(post, f"@{US}")
        return server.seed_status(
            author, text, media=media, language=post.language, created_at=post.at, **details, **addresses
        )

    def _text(self, post: Post, us: str) -> str:
        tag = f"#{TAG}" if post.is_tagged else ""
        link = f"https://www.youtube.com/watch?v=video{post.number:06}" if post.shows is Shows.LINK else ""
        return " ".join(filter(None, (post.text, link, tag, us if post.mentions_us else "")))

    def _arrive_on_x(self, post: Post) -> None:
        media = [{"type": kind, "alt_text": "people"} for kind in _X_MEDIA.get(post.shows, [])]
        text = self._text(post, f"@{US}")
        native = self.x.seed_post(post.author, text, media=media, created_at=post.at, lang=post.language)
        post.native["x"], post.uri = native, f"https://x.com/i/status/{native}"

    def _say_stop(self, post: Post) -> None:
        if post.where is Where.X:
            self.x.seed_post(post.author, f"@{US} Please stop!", created_at=post.fate_at)
            return
        author = f"{post.author}@{self._host(post.where)}"
        self.home.seed_status(author, f"@{US} Please stop!", visibility="direct", created_at=post.fate_at)
