"""Everything about the simulator that a test may set, with the defaults PLATFORMS.md gives."""

from typing import Any, Literal

import msgspec


class Prices(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """USD per call, or per thing read; with `reads_once_a_day` a post is free the second time."""

    create: float = 0.015
    create_with_url: float = 0.200
    repost: float = 0.015
    delete: float = 0.005
    unrepost: float = 0.005
    post_read: float = 0.005
    own_post_read: float = 0.001
    user_read: float = 0.010
    reads_once_a_day: bool = True


QUARTER_HOUR = 900
LIMITS: dict[str, list[tuple[int, int]]] = {
    "create": [(100, QUARTER_HOUR)],
    "create+repost": [(300, 3 * 3600)],
    "repost": [(50, QUARTER_HOUR)],
    "unrepost": [(50, QUARTER_HOUR)],
    "delete": [(50, QUARTER_HOUR)],
    "search": [(300, QUARTER_HOUR)],
    "timeline": [(900, QUARTER_HOUR)],
    "mentions": [(300, QUARTER_HOUR)],
    "lookup": [(900, QUARTER_HOUR)],
    "me": [(75, QUARTER_HOUR)],
    "user": [(900, QUARTER_HOUR)],
    "media": [(500, QUARTER_HOUR)],
    "append": [(10_000, QUARTER_HOUR)],
}


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All durations in seconds; `limits` are lists of (calls, seconds) per bucket, for each user.

    X makes links of known top-level domains only, so `https://campaign.example/` stays plain text there, and here
    unless `any_host_is_a_link`.
    """

    duplicate_window_s: float = 24 * 3600
    duplicates_count_deleted: bool = False
    search_window_s: float = 30
    timeline_lag_s: float = 0
    timeline_lag_reads: int = 0
    timeline_frozen: bool = False
    already_reposted: Literal["ok", "forbidden"] = "ok"
    unknown_repost_status: Literal[400, 403, 404] = 404
    unknown_delete_status: Literal[200, 404] = 404
    missing_lookup_status: Literal[200, 404] = 200
    video_looks: int = 2
    video_seconds: float | None = None
    video_outcome: Literal["succeeded", "failed"] = "succeeded"
    video_failure: str = ""
    check_after_s: int = 1
    media_life_s: int = 24 * 3600
    spelling: Literal["auto", "tweet", "post"] = "auto"
    any_host_is_a_link: bool = False
    partial_errors: list[dict[str, Any]] = []
    login_user: str = ""
    default_credits_usd: float = 1000.0
    prices: Prices = Prices()
    limits: dict[str, list[tuple[int, int]]] = msgspec.field(default_factory=lambda: dict(LIMITS))


def changed(settings: Settings, changes: dict[str, Any]) -> Settings:
    """The settings with `changes`; `prices` and `limits` are merged key by key. Raises msgspec.ValidationError."""
    merged = msgspec.to_builtins(settings) | changes
    for table in ("prices", "limits"):
        merged[table] = msgspec.to_builtins(getattr(settings, table)) | dict(changes.get(table, {}))
    unknown = merged["limits"].keys() - LIMITS.keys()
    if unknown:
        raise msgspec.ValidationError(f"unknown limits: {', '.join(sorted(unknown))}")
    return msgspec.convert(merged, Settings)
