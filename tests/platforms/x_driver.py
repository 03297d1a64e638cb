"""The contract suite's hands on the X simulator."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.post import MediaKind
from bot.platforms.x.adapter import XPlatform
from tests.platforms.drivers import Call, Trouble
from tests.servers.x.handle import XSimulator

_TYPES = {MediaKind.GIF: "animated_gif", MediaKind.IMAGE: "photo", MediaKind.VIDEO: "video"}
_TARGETS = {
    Call.PUBLISH: ("POST", "/2/tweets"),
    Call.RESHARE: ("POST", "/2/users/*/retweets"),
    Call.UPLOAD: ("POST", "/2/media/upload/initialize"),
    Call.OWN_POSTS: ("GET", "/2/users/*/tweets"),
    Call.FETCH: ("GET", "^/2/tweets/[0-9]+$"),
    Call.SOURCE: ("GET", "/2/tweets/search/recent"),
}
_EFFECTS: dict[Trouble, dict[str, Any]] = {
    Trouble.RATE_LIMIT: {"effect": "status", "status": 429},
    Trouble.BAD_TOKEN: {"effect": "status", "status": 401},
    Trouble.REFUSAL: {"effect": "status", "status": 400},
    Trouble.NO_ANSWER: {"effect": "close"},
    Trouble.UNAVAILABLE: {"effect": "status", "status": 503},
    Trouble.LOST_ANSWER: {"effect": "accept_then_close"},
    Trouble.HALF_ANSWER: {"effect": "accept_then_half"},
    Trouble.ERROR_AFTER: {"effect": "accept_then_status", "status": 500},
    Trouble.ERROR_PAGE: {"effect": "accept_then_html"},
}
_WHAT_A_TEST_SENDS_ON_PURPOSE = "text is too long or has invalid characters"


class XDriver:
    """Our account is @campaign, the poster @worker; searches show a post at once."""

    name = "x"
    hashtags: tuple[str, ...] = ("FreeBelarusUnionists", "April19_WorkersRights")

    def __init__(self, simulator: XSimulator) -> None:
        self.x = simulator
        simulator.reset()
        simulator.settings(search_window_s=0)
        self.ours = simulator.add_user("campaign")
        keys = (self.ours.api_key, self.ours.api_secret, self.ours.access_token, self.ours.access_token_secret)
        self._keys = keys
        self.secrets: Collection[str] = keys
        self._platforms: list[XPlatform] = []

    def now(self) -> datetime:
        return datetime.now(UTC)

    def platform(self) -> XPlatform:
        return self._made(self.x.url)

    def unreachable(self) -> XPlatform:
        return self._made("http://127.0.0.1:9")

    def somebody_posts(
        self, text: str, *, kind: MediaKind = MediaKind.VIDEO, at: datetime | None = None, replying: bool = False
    ) -> str:
        media = [] if kind is MediaKind.TEXT else [{"type": _TYPES[kind]}]
        details = {"reply_to": self.x.seed_post("campaign", "a question")} if replying else {}
        return _uri(self.x.seed_post("worker", text, media=media, created_at=at, **details))

    def somebody_edits(self, uri: str, text: str) -> None:
        self.x.edit_post(_id(uri), text=text, new_version=True)

    def somebody_deletes(self, uri: str) -> None:
        self.x.delete_post(_id(uri))

    def somebody_hides(self, uri: str) -> None:
        self.x.edit_post(_id(uri), protected=True)

    def somebody_reshares(self, uri: str) -> None:
        self.x.seed_post("other", repost_of=_id(uri))

    def published(self) -> list[str]:
        return [entry["text"] for entry in self._live_posts()]

    def attached(self) -> list[str]:
        return [media["alt"] for entry in self._live_posts() for media in entry["media"]]

    def reshared(self) -> list[str]:
        ours = (entry for entry in self.x.ledger()["reposts"] if entry["user"] == self.ours.id)
        return [_uri(entry["post"]) for entry in ours if entry["undone_at"] is None]

    def processes_uploads(self, *, looks: int = 0, fails: bool = False) -> None:
        """X processes only videos; here it says so of pictures too."""
        self._answers("/2/media/upload/*/finalize", "in_progress", 1)
        self._answers("/2/media/upload", "in_progress", looks - 1)
        self._answers("/2/media/upload", "failed" if fails else "succeeded", None)

    def breaks(self, call: Call, trouble: Trouble) -> None:
        method, path = _TARGETS[call]
        soon = self.now() + timedelta(minutes=2)
        headers = {"x-rate-limit-reset": str(int(soon.timestamp()))} if trouble is Trouble.RATE_LIMIT else {}
        self.x.fault(**_EFFECTS[trouble], method=method, path=path, headers=headers)

    def close(self) -> None:
        for platform in self._platforms:
            platform.close()
        broken = [entry["message"] for entry in self.x.ledger()["violations"]]
        assert set(broken) <= {_WHAT_A_TEST_SENDS_ON_PURPOSE}, "the adapter sent what X's own document forbids"

    def _answers(self, path: str, state: str, count: int | None) -> None:
        if count is None or count > 0:
            body = {"data": {"id": "1", "processing_info": {"state": state, "check_after_secs": 0}}}
            self.x.fault("accept_then_status", path, status=200, body=body, count=count)

    def _made(self, url: str) -> XPlatform:
        platform = XPlatform("x", url, *self._keys, self.now)
        self._platforms.append(platform)
        return platform

    def _live_posts(self) -> list[dict[str, Any]]:
        ours = (entry for entry in self.x.ledger()["posts"] if entry["user"] == self.ours.id)
        return [entry for entry in ours if entry["deleted_at"] is None]


def _uri(post_id: str) -> str:
    return f"https://x.com/i/status/{post_id}"


def _id(uri: str) -> str:
    found = re.search(r"[0-9]+$", uri)
    assert found is not None
    return found.group()
