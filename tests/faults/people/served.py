"""Mastodon and X as the world has them: our account there, its ledger, and what can go wrong on the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from bot.platforms.base import Clock
from bot.platforms.mastodon.adapter import MastodonPlatform
from bot.platforms.x.adapter import XPlatform
from tests.servers.mastodon import MastodonServer
from tests.servers.x.handle import XSimulator

THEIRS = "A message of solidarity from our branch #FreeBelarusUnionists"
RESET_IN = 120.0
"""Seconds after which a used-up rate limit is fresh again."""


class Request(StrEnum):
    """What a fault is aimed at."""

    PUBLISH = "publish"
    RESHARE = "reshare"
    UNDO = "undo"
    LOOK = "look"
    UPLOAD = "upload"


class Trouble(StrEnum):
    """What becomes of the next request of a kind."""

    LOST = "accepted, and the answer lost"
    ERROR_AFTER = "accepted, and answered with 500"
    ERROR_PAGE = "accepted, and answered with a page"
    CLOSED = "not accepted, and the connection closed"
    BROKEN = "not accepted, and answered with 500"
    BUSY = "not accepted, and answered with 503"
    TOO_MANY = "not accepted, and answered with 429"


_EFFECTS: dict[Trouble, tuple[str, int]] = {
    Trouble.LOST: ("accept_then_close", 0),
    Trouble.ERROR_AFTER: ("accept_then_status", 500),
    Trouble.ERROR_PAGE: ("accept_then_html", 0),
    Trouble.CLOSED: ("close", 0),
    Trouble.BROKEN: ("status", 500),
    Trouble.BUSY: ("status", 503),
    Trouble.TOO_MANY: ("status", 429),
}


@dataclass(frozen=True)
class Entry:
    """What the ledger has of our account: a post, or the reshare of `reshare_of`."""

    id: str
    is_live: bool
    text: str = ""
    alts: tuple[str, ...] = ()
    parent: str = ""
    reshare_of: str = ""


class Place(Protocol):
    """One platform, empty but for us and somebody whose video waits to be reshared."""

    theirs: str

    def adapter(self, clock: Clock) -> Any:
        """A new adapter of our account, as a new process has one."""
        ...

    def set_clock(self, now: datetime) -> None: ...

    def book(self) -> list[Entry]:
        """All that was ever accepted, the posts first, each kind in its order."""
        ...

    def url_of(self, post_id: str) -> str: ...

    def breaks(self, request: Request, trouble: Trouble, now: datetime) -> None:
        """The next request of this kind goes wrong, and only that."""
        ...

    def lags(self, seconds: float) -> None:
        """Our own timeline lacks what is newer than this."""
        ...

    def heal(self) -> None: ...


class OnMastodon:
    """Mastodon, with an account of ours that is new."""

    _TARGETS: ClassVar[dict[Request, tuple[str | None, str]]] = {
        Request.PUBLISH: ("POST", "/api/v1/statuses$"),
        Request.RESHARE: ("POST", "/reblog$"),
        Request.UNDO: (None, "^/api/v1/statuses/[^/]+(/unreblog)?$"),
        Request.LOOK: ("GET", "/api/v1/accounts/[^/]+/statuses$"),
        Request.UPLOAD: ("POST", "/api/v2/media$"),
    }

    def __init__(self, server: MastodonServer, now: datetime) -> None:
        self._server = server
        server.reset()
        self.set_clock(now)
        self._ours = server.add_account("ours", bot=True)
        uri = "https://union.example/users/somebody/statuses/1"
        media = [{"type": "video"}]
        self.theirs = server.seed_status("somebody@union.example", THEIRS, media=media, uri=uri).uri

    def adapter(self, clock: Clock) -> MastodonPlatform:
        return MastodonPlatform("mastodon", self._server.url, self._ours.access_token, clock)

    def set_clock(self, now: datetime) -> None:
        self._server.clock(now=now)

    def book(self) -> list[Entry]:
        ledger = self._server.ledger()
        posts = [
            Entry(
                one["id"],
                one["deleted_at"] is None,
                one["text"],
                tuple(media["description"] for media in one["media"]),
                one["in_reply_to_id"] or "",
            )
            for one in ledger.statuses
        ]
        reshares = [Entry(one["id"], one["undone_at"] is None, reshare_of=one["uri"]) for one in ledger.reblogs]
        return [*posts, *reshares]

    def url_of(self, post_id: str) -> str:
        return f"{self._server.url}/@ours/{post_id}"

    def breaks(self, request: Request, trouble: Trouble, now: datetime) -> None:
        method, path = self._TARGETS[request]
        effect, status = _EFFECTS[trouble]
        wishes: dict[str, Any] = {"status": status} if status else {}
        self._server.fault(effect, method=method, path=path, count=1, reset_in=RESET_IN, **wishes)

    def lags(self, seconds: float) -> None:
        self._server.settings(timeline_lag=seconds)

    def heal(self) -> None:
        self._server.clear_faults()
        self.lags(0)


class OnX:
    """X, with an account of ours that is new."""

    _TARGETS: ClassVar[dict[Request, tuple[str, str]]] = {
        Request.PUBLISH: ("POST", "/2/tweets"),
        Request.RESHARE: ("POST", "/2/users/*/retweets"),
        Request.UNDO: ("DELETE", "*"),
        Request.LOOK: ("GET", "/2/users/*/tweets"),
        Request.UPLOAD: ("POST", "/2/media/upload/initialize"),
    }

    def __init__(self, simulator: XSimulator, now: datetime) -> None:
        self._x = simulator
        simulator.reset()
        self.set_clock(now)
        self._ours = simulator.add_user("ours")
        post_id = simulator.seed_post("somebody", THEIRS, media=[{"type": "video"}])
        self.theirs = f"https://x.com/i/status/{post_id}"

    def adapter(self, clock: Clock) -> XPlatform:
        ours = self._ours
        keys = (ours.api_key, ours.api_secret, ours.access_token, ours.access_token_secret)
        return XPlatform("x", self._x.url, *keys, clock)

    def set_clock(self, now: datetime) -> None:
        self._x.set_clock(now)

    def book(self) -> list[Entry]:
        ledger = self._x.ledger()
        posts = [
            Entry(
                one["id"],
                one["deleted_at"] is None,
                one["text"],
                tuple(media["alt"] for media in one["media"]),
                one["reply_to"] or "",
            )
            for one in ledger["posts"]
            if one["user"] == self._ours.id
        ]
        reshares = [
            Entry(one["id"], one["undone_at"] is None, reshare_of=f"https://x.com/i/status/{one['post']}")
            for one in ledger["reposts"]
            if one["user"] == self._ours.id
        ]
        return [*posts, *reshares]

    def url_of(self, post_id: str) -> str:
        return f"https://x.com/i/status/{post_id}"

    def breaks(self, request: Request, trouble: Trouble, now: datetime) -> None:
        method, path = self._TARGETS[request]
        effect, status = _EFFECTS[trouble]
        headers = {"x-rate-limit-reset": str(int((now + timedelta(seconds=RESET_IN)).timestamp()))}
        more: dict[str, Any] = {"status": status, "headers": headers} if status else {}
        self._x.fault(effect, path, method=method, **more)  # type: ignore[arg-type]

    def lags(self, seconds: float) -> None:
        self._x.settings(timeline_lag_s=seconds)

    def heal(self) -> None:
        self._x.clear_faults()
        self.lags(0)
