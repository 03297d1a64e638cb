"""A store that has seen a million posts and sent a hundred thousand: made by the database itself, for Python would take
an hour."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from bot.store.store import Store

MILLION = int(os.environ.get("BENCH_SIGHTINGS", "1_000_000"))
"""BENCH_SIGHTINGS makes it a smaller one, for a look in between."""

DELIVERIES = MILLION // 10


@dataclass(frozen=True)
class Extent:
    """How much a store holds: deliveries, of which some are still to come, the first of them in ten days, and some were
    reshares; and sightings, of which one in so many is held."""

    sightings: int
    deliveries: int
    held: int = 2000

    @property
    def planned(self) -> int:
        return max(self.deliveries // 100, 1)

    @property
    def reshares(self) -> int:
        return self.deliveries * 9 // 100


WHOLE = Extent(MILLION, DELIVERIES)

_NUMBERS = {
    True: "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {most}) ",
    False: "WITH numbers AS (SELECT generate_series(1, {most}) AS n) ",
}
_POST = (
    '{"platform": "mastodon", "uri": "https://h.example/old/\' || n || \'", '
    '"url": "https://h.example/old/\' || n || \'", '
    '"native_id": "\' || n || \'", '
    '"author": {"handle": "@a\' || (n - n / 5000 * 5000) || \'@h.example", "account_id": "1"}, '
    '"text": "An old post, number \' || n || \'", "created_at": "2025-01-01T00:00:00Z"}'
)
_SIGHTINGS = (
    "INSERT INTO sighting (platform, uri, state, author, post, tags, sources, language, kinds, created_at, seen_at, "
    "verdict, reasons, decided_by, author_key, care) SELECT 'mastodon', 'https://h.example/old/' || n, "
    "CASE WHEN n - n / {held} * {held} = 0 THEN 'held' ELSE 'rejected' END, "
    "'@a' || (n - n / 5000 * 5000) || '@h.example', {json}, {empty}, {empty}, 'en', 'video', {at}, {at}, 'reject', "
    "{empty}, '', 'key' || (n - n / 5000 * 5000), {empty} FROM numbers"
)
_TRAITS = "INSERT INTO trait (value, sighting_id) SELECT 'media:' || id, id FROM sighting ORDER BY 1"
_CONTENT = (
    '{"parts": [{"text": "A post that went out, number \' || n || \', as long as posts are, with a link and tags", '
    '"media": []}], "language": "en"}'
)
_IS_PLANNED = "n > {sent}"
_IS_RESHARE = "n <= {reshares}"
_COLUMNS = {
    "kind": f"CASE WHEN {_IS_RESHARE} THEN 'reshare' ELSE 'post' END",
    "account": "'{account}'",
    "platform": "'mastodon'",
    "state": f"CASE WHEN {_IS_PLANNED} THEN 'planned' ELSE 'sent' END",
    "origin": f"CASE WHEN {_IS_RESHARE} THEN 'moderation' ELSE 'command' END",
    "message": "'message-' || (n - n / 100 * 100)",
    "day": "'2025-01-01'",
    "language": "'en'",
    "due_at": f"CASE WHEN {_IS_PLANNED} THEN {{later}} ELSE {{at}} END",
    "not_before": f"CASE WHEN {_IS_PLANNED} THEN {{later}} ELSE {{at}} END",
    "sent_at": f"CASE WHEN {_IS_PLANNED} THEN NULL ELSE {{at}} END",
    "rechecked_at": f"CASE WHEN {_IS_RESHARE} THEN {{recently}} END",
    "content": "{json}",
    "content_hash": "'hash' || n",
    "post_uri": f"CASE WHEN {_IS_RESHARE} THEN 'https://h.example/old/' || n ELSE '' END",
    "sighting_id": f"CASE WHEN {_IS_RESHARE} THEN n END",
    "attempts": f"CASE WHEN {_IS_PLANNED} THEN 0 ELSE 1 END",
    "author_key": f"CASE WHEN {_IS_RESHARE} THEN 'key' || n ELSE '' END",
    **dict.fromkeys(("wall_time", "waiting_for", "error", "url", "cancelled_by"), "''"),
    **dict.fromkeys(("length", '"limit"', "revision", "looks", "failed_looks"), "0"),
}
_DELIVERIES = f"INSERT INTO delivery ({', '.join(_COLUMNS)}) SELECT {', '.join(_COLUMNS.values())} FROM numbers"
_ATTEMPTS = (
    "INSERT INTO attempt (delivery_id, part, number, revision, started_at, deadline, content_hash, idempotency_key, "
    "newest_own_id, cost, answered_at, answer, error) SELECT id, 0, 1, 0, due_at, due_at, content_hash, 'key' || id, "
    "'', 0, due_at, 'accepted', '' FROM delivery WHERE state = 'sent'"
)
_PARTS = (
    "INSERT INTO sent_part (delivery_id, part, post_id, url, sent_at) "
    "SELECT id, 0, 'post' || id, '', due_at FROM delivery WHERE state = 'sent'"
)
_COUNTS = (
    "INSERT INTO hourly_count (tag, platform, hour, language, kind, outcome, posts) "
    "SELECT '', {platform}, {hour}, {language}, {kind}, state, count(*) FROM sighting GROUP BY 1, 2, 3, 4, 5, 6"
)
_KNOWN = "INSERT INTO known (key) SELECT 'forgotten:' || n FROM numbers"


def crowd(store: Store, seen_at: datetime = datetime(2025, 1, 1, tzinfo=UTC), extent: Extent = WHOLE) -> None:
    """Fill an empty store: sightings, a trait of each, and as many keys of posts that were purged."""
    numbers = _NUMBERS[store.is_sqlite].format(most=extent.sightings)
    cast = "" if store.is_sqlite else "::json"
    at, hour = _written(store, seen_at), _written(store, seen_at.replace(minute=0, second=0))
    json, empty = f"('{_POST}'){cast}", f"'[]'{cast}"
    with store.begin() as tx:
        tx.exec_driver_sql(numbers + _SIGHTINGS.format(json=json, empty=empty, at=at, held=extent.held))
        tx.exec_driver_sql(_TRAITS)
        for platform, language, kind in (("''", "''", "''"), ("platform", "language", "kinds")):
            tx.exec_driver_sql(_COUNTS.format(platform=platform, language=language, kind=kind, hour=hour))
        tx.exec_driver_sql(numbers + _KNOWN)
    _analyse(store)


def crowd_of_deliveries(store: Store, account: str, now: datetime, extent: Extent = WHOLE) -> None:
    """Add deliveries of an account, with their attempts, to the store that `crowd` has filled."""
    cast = "" if store.is_sqlite else "::json"
    instants = {"at": now - timedelta(days=9), "later": now + timedelta(days=10), "recently": now - timedelta(hours=1)}
    written = {name: _written(store, at) for name, at in instants.items()} | {
        "json": f"('{_CONTENT}'){cast}",
        "account": account,
        "sent": str(extent.deliveries - extent.planned),
        "reshares": str(extent.reshares),
    }
    columns = _DELIVERIES
    for name, value in written.items():
        columns = columns.replace(f"{{{name}}}", value)
    with store.begin() as tx:
        tx.exec_driver_sql(_NUMBERS[store.is_sqlite].format(most=extent.deliveries) + columns)
        tx.exec_driver_sql(_ATTEMPTS)
        tx.exec_driver_sql(_PARTS)
    _analyse(store)


def spread_over(store: Store, begin: datetime, time: timedelta) -> None:
    """Give what was sent, and what was seen, its instants anew: even steps over this time, so that each hour has its
    share."""

    def at(most: int) -> str:
        step = time.total_seconds() / most
        if store.is_sqlite:
            after = f"'+' || CAST(id * {step} AS INTEGER) || ' seconds'"
            return f"strftime('%Y-%m-%d %H:%M:%S.000000', '{begin:%Y-%m-%d %H:%M:%S}', {after})"
        return f"(timestamptz '{begin:%Y-%m-%d %H:%M:%S}+00' + make_interval(secs => id * {step}))"

    due = ", ".join(f"{column} = {at(DELIVERIES)}" for column in ("due_at", "not_before", "sent_at"))
    with store.begin() as tx:
        tx.exec_driver_sql(f"UPDATE delivery SET {due} WHERE state = 'sent'")
        tx.exec_driver_sql(f"UPDATE sighting SET seen_at = {at(MILLION)}")
    _analyse(store)


def _written(store: Store, at: datetime) -> str:
    instant = f"{at:%Y-%m-%d %H:%M:%S}"
    return f"'{instant}.000000'" if store.is_sqlite else f"timestamptz '{instant}+00'"


def _analyse(store: Store) -> None:
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
