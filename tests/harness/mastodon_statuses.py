"""Statuses as Mastodon sends them, made by hand."""

from __future__ import annotations

from typing import Any

TAG = "FreeBelarusUnionists"


def status(**fields: Any) -> dict[str, Any]:
    account = {"id": "9", "acct": "worker@union.example", "note": "", "locked": False}
    return {
        "id": "1",
        "created_at": "2025-04-16T09:00:00.000Z",
        "uri": "https://union.example/1",
        "account": account,
        "visibility": "public",
        "tags": [{"name": TAG}],
        **fields,
    }
