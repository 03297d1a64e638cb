"""The contract suite's hands on the Mastodon test server."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from bot.domain.post import MediaKind
from bot.platforms.mastodon.adapter import MastodonPlatform
from tests.platforms.drivers import Call, Trouble
from tests.servers.mastodon import MastodonServer

_TYPES = {MediaKind.GIF: "gifv"}
_TARGETS = {
    Call.PUBLISH: ("POST", "/api/v1/statuses$"),
    Call.RESHARE: ("POST", "/reblog$"),
    Call.EDIT: ("PUT", "/api/v1/statuses/"),
    Call.UPLOAD: ("POST", "/api/v2/media$"),
    Call.OWN_POSTS: ("GET", "/api/v1/accounts/[^/]+/statuses$"),
    Call.FETCH: ("GET", "/api/v2/search$"),
    Call.SOURCE: ("GET", "/api/v1/timelines/tag/"),
}
_EFFECTS: dict[Trouble, dict[str, Any]] = {
    Trouble.RATE_LIMIT: {"effect": "status", "status": 429, "reset_in": 120.0},
    Trouble.BAD_TOKEN: {"effect": "status", "status": 401, "body": '{"error": "The access token is invalid"}'},
    Trouble.REFUSAL: {"effect": "status", "status": 422, "body": '{"error": "Validation failed"}'},
    Trouble.NO_ANSWER: {"effect": "close"},
    Trouble.UNAVAILABLE: {"effect": "status", "status": 503},
    Trouble.LOST_ANSWER: {"effect": "accept_then_close"},
    Trouble.HALF_ANSWER: {"effect": "accept_then_half"},
    Trouble.ERROR_AFTER: {"effect": "accept_then_status", "status": 500},
    Trouble.ERROR_PAGE: {"effect": "accept_then_html"},
}


class MastodonDriver:
    """Our account is @campaign, the poster @worker, on one server that other tests use after us."""

    name = "mastodon"
    hashtags: tuple[str, ...] = ("FreeBelarusUnionists", "April19_WorkersRights")

    def __init__(self, server: MastodonServer, dialect: str = "mastodon") -> None:
        self.server = server
        server.reset()
        server.settings(dialect=dialect)
        self.ours = server.add_account("campaign", bot=True)
        self.worker = server.add_account("worker")
        self.secrets: Collection[str] = (self.ours.access_token,)
        self._ids: dict[str, str] = {}
        self._platforms: list[MastodonPlatform] = []

    def now(self) -> datetime:
        return datetime.now(UTC)

    def platform(self) -> MastodonPlatform:
        return self._made(self.server.url)

    def unreachable(self) -> MastodonPlatform:
        return self._made("http://127.0.0.1:9")

    def somebody_posts(
        self, text: str, *, kind: MediaKind = MediaKind.VIDEO, at: datetime | None = None, replying: bool = False
    ) -> str:
        fields: dict[str, Any] = {"media": [{"type": _TYPES.get(kind, str(kind))}]} if kind != MediaKind.TEXT else {}
        if replying:
            fields["in_reply_to"] = self.server.seed_status(self.ours, "a question")
        post = self.server.seed_status(self.worker, text, **fields, **({"created_at": at} if at else {}))
        self._ids[post.uri] = post.id
        return post.uri

    def somebody_edits(self, uri: str, text: str) -> None:
        self.server.edit_status(self._ids[uri], text=text)

    def somebody_deletes(self, uri: str) -> None:
        self.server.delete_status(self._ids[uri])

    def somebody_hides(self, uri: str) -> None:
        self.server.set_visibility(self._ids[uri], "private")

    def somebody_reshares(self, uri: str) -> None:
        other = MastodonPlatform("other", self.server.url, self.worker.access_token, self.now)
        self._platforms.append(other)
        found = other.fetch(uri)
        assert found is not None
        other.reshare(found)

    def published(self) -> list[str]:
        return [entry["text"] for entry in self._live_posts()]

    def attached(self) -> list[str]:
        return [media["description"] for entry in self._live_posts() for media in entry["media"]]

    def reshared(self) -> list[str]:
        ours = (entry for entry in self.server.ledger().reblogs if entry["account"] == self.ours.username)
        return [entry["uri"] for entry in ours if entry["undone_at"] is None]

    def processes_uploads(self, *, looks: int = 0, fails: bool = False) -> None:
        self.server.settings(media_looks=looks, media_fails=fails)

    def breaks(self, call: Call, trouble: Trouble) -> None:
        method, path = _TARGETS[call]
        self.server.fault(**_EFFECTS[trouble], method=method, path=path, count=1)

    def close(self) -> None:
        for platform in self._platforms:
            platform.close()

    def _made(self, url: str) -> MastodonPlatform:
        platform = MastodonPlatform("mastodon", url, self.ours.access_token, self.now)
        self._platforms.append(platform)
        return platform

    def _live_posts(self) -> list[dict[str, Any]]:
        ledger = self.server.ledger()
        edits = {entry["id"]: entry for entry in ledger.edits}
        ours = (entry for entry in ledger.statuses if entry["account"] == self.ours.username)
        return [entry | edits.get(entry["id"], {}) for entry in ours if entry["deleted_at"] is None]
