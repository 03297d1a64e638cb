"""The servers that an account of ours is put on: Mastodon, one that speaks its API in its own way, and X."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.platforms.base import Clock, Platform
from bot.platforms.mastodon.adapter import MastodonPlatform
from bot.platforms.x.adapter import XPlatform
from tests.harness.place import HOUR_S, KEYED, Deed, Out, Place, Reshared, X
from tests.servers.mastodon import MastodonServer
from tests.servers.x.handle import XSimulator

_MASTODON_PATHS = {
    Deed.PUBLISH: ("POST", "/api/v1/statuses"),
    Deed.RESHARE: ("POST", "/api/v1/statuses/[^/]+/reblog"),
    Deed.UPLOAD: ("POST", "/api/v2/media"),
    Deed.DESCRIBE: ("POST", "/api/v2/media"),
    Deed.PROCESSED: ("GET", "/api/v1/media/[^/]+"),
    Deed.UNDO_POST: ("DELETE", "/api/v1/statuses/[^/]+"),
    Deed.UNDO_RESHARE: ("POST", "/api/v1/statuses/[^/]+/unreblog"),
    Deed.LOOK: ("GET", "/api/v1/accounts/[^/]+/statuses"),
    Deed.FETCH: ("GET", "/api/v2/search"),
}


class OnMastodon(Place):
    """@campaign on a Mastodon server, or on another one that speaks its API in its own way."""

    account = "mastodon"

    def __init__(self, server: MastodonServer, dialect: str = KEYED) -> None:
        self.name = dialect
        self.server = server
        server.reset()
        server.settings(dialect=dialect)
        self._ours = server.add_account("campaign", bot=True)

    def platform(self, clock: Clock) -> Platform:
        return MastodonPlatform(self.account, self.server.url, self._ours.access_token, clock)

    def set_clock(self, now: datetime) -> None:
        self.server.clock(now=now)

    def posts(self) -> list[Out]:
        return [
            Out(
                one["text"],
                one["id"],
                one["in_reply_to_id"] or "",
                len(one["media"]),
                one["deleted_at"] is None,
                datetime.fromisoformat(one["at"]),
            )
            for one in self.server.ledger().statuses
            if one["account"] == self._ours.username
        ]

    def reshares(self) -> list[Reshared]:
        ours = (one for one in self.server.ledger().reblogs if one["account"] == self._ours.username)
        return [Reshared(one["uri"], one["undone_at"] is None) for one in ours]

    def uploads(self) -> int:
        return len(self.server.ledger().media)

    def asked(self, deed: Deed) -> list[datetime]:
        return _times(self.server.ledger().requests, *_MASTODON_PATHS[deed])

    def keys(self) -> list[str]:
        """Return the idempotency keys of our requests to publish, in order."""
        requests = self.server.ledger().requests
        return [one["idempotency_key"] for one in requests if (one["method"], one["path"]) == _PUBLISH]

    def strike(self, deed: Deed, effect: str, *, count: int | None = 1, after: int = 0, **more: Any) -> None:
        method, path = _MASTODON_PATHS[deed]
        more = {"seconds": HOUR_S} | more if effect == "late_accept" else more
        self.server.fault(effect, method=method, path=f"^{path}$", count=count, after=after, **more)

    def limit(self, deed: Deed, effect: str, reset: datetime) -> None:
        wait = reset - self.server.clock()
        self.strike(deed, effect, status=429, reset_in=wait.total_seconds())

    def heal(self) -> None:
        self.server.clear_faults()

    def release_late(self) -> int:
        return self.server.release_late()

    def forget_media(self) -> None:
        self.server.forget_media()

    def freeze(self, frozen: bool = True) -> None:
        self.server.settings(timeline_frozen=frozen)

    def lag(self, seconds: float) -> None:
        self.server.settings(timeline_lag=seconds)

    def process_videos(self, looks: int, *, fails: bool = False) -> None:
        self.server.settings(media_looks=looks, media_fails=fails)

    def by_hand(self, text: str, at: datetime) -> str:
        return self.server.seed_status(self._ours, text, created_at=at).id

    def delete(self, post_id: str) -> None:
        self.server.delete_status(post_id)

    def theirs(self, text: str, who: str = "ana") -> str:
        uri = f"https://union.example/users/{who}/statuses/1"
        return self.server.seed_status(f"{who}@union.example", text, media=[{"type": "video"}], uri=uri, url=uri).uri


_PUBLISH = ("POST", "/api/v1/statuses")

_X_PATHS = {
    Deed.PUBLISH: ("POST", "/2/tweets"),
    Deed.RESHARE: ("POST", "/2/users/[0-9]+/retweets"),
    Deed.UPLOAD: ("POST", "/2/media/upload/[0-9]+/finalize"),
    Deed.DESCRIBE: ("POST", "/2/media/metadata"),
    Deed.PROCESSED: ("GET", "/2/media/upload"),
    Deed.UNDO_POST: ("DELETE", "/2/tweets/[0-9]+"),
    Deed.UNDO_RESHARE: ("DELETE", "/2/users/[0-9]+/retweets/[0-9]+"),
    Deed.LOOK: ("GET", "/2/users/[0-9]+/tweets"),
    Deed.FETCH: ("GET", "/2/tweets/[0-9]+"),
}


class OnX(Place):
    """@campaign on X; an answer is waited for no longer than a fifth of a second."""

    name = account = X

    def __init__(self, server: XSimulator) -> None:
        self.server = server
        server.reset()
        server.settings(check_after_s=0)
        self._ours = server.add_user("campaign")

    def platform(self, clock: Clock) -> Platform:
        ours = self._ours
        keys = (ours.api_key, ours.api_secret, ours.access_token, ours.access_token_secret)
        return XPlatform(self.account, self.server.url, *keys, clock, read_timeout=0.5)

    def set_clock(self, now: datetime) -> None:
        self.server.set_clock(now)

    def posts(self) -> list[Out]:
        return [
            Out(
                one["text"],
                one["id"],
                one["reply_to"] or "",
                len(one["media"]),
                one["deleted_at"] is None,
                datetime.fromisoformat(one["at"]),
            )
            for one in self.server.ledger()["posts"]
            if one["user"] == self._ours.id
        ]

    def reshares(self) -> list[Reshared]:
        ours = (one for one in self.server.ledger()["reposts"] if one["user"] == self._ours.id)
        return [Reshared(f"https://x.com/i/status/{one['post']}", one["undone_at"] is None) for one in ours]

    def uploads(self) -> int:
        requests = self.server.ledger()["requests"]
        path = _X_PATHS[Deed.UPLOAD][1]
        return sum(one["processed"] == 200 for one in requests if re.fullmatch(path, one["path"]))

    def asked(self, deed: Deed) -> list[datetime]:
        return _times(self.server.ledger()["requests"], *_X_PATHS[deed])

    def strike(self, deed: Deed, effect: Any, *, count: int | None = 1, after: int = 0, **more: Any) -> None:
        method, path = _X_PATHS[deed]
        more = {"seconds": HOUR_S} | more if effect == "late_accept" else more
        self.server.fault(effect, f"^{path}$", method=method, count=count, after=after, **more)

    def limit(self, deed: Deed, effect: str, reset: datetime) -> None:
        told = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(int(reset.timestamp()))}
        self.strike(deed, effect, status=429, headers=told)

    def heal(self) -> None:
        self.server.clear_faults()

    def release_late(self) -> int:
        return self.server.release_late()

    def forget_media(self) -> None:
        self.server.forget_media()

    def keep_media(self, **some: float) -> None:
        """Set how long an upload lives from now on, in the words of `timedelta`."""
        self.server.settings(media_life_s=int(timedelta(**some).total_seconds()))

    def freeze(self, frozen: bool = True) -> None:
        self.server.settings(timeline_frozen=frozen)

    def lag(self, seconds: float) -> None:
        self.server.settings(timeline_lag_s=seconds)

    def process_videos(self, looks: int, *, fails: bool = False) -> None:
        self.server.settings(video_looks=looks, video_outcome="failed" if fails else "succeeded")

    def by_hand(self, text: str, at: datetime) -> str:
        return self.server.seed_post("campaign", text, created_at=at)

    def delete(self, post_id: str) -> None:
        self.server.delete_post(post_id)

    def theirs(self, text: str, who: str = "ana") -> str:
        return f"https://x.com/i/status/{self.server.seed_post(who, text, media=[{'type': 'video'}])}"


def _times(requests: Sequence[dict[str, Any]], method: str, path: str) -> list[datetime]:
    """Return when the requests to this path came in."""
    return [
        datetime.fromisoformat(one["at"])
        for one in requests
        if one["method"] == method and re.fullmatch(path, one["path"])
    ]
