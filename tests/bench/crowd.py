"""A store that has seen a million posts: made by the database itself, for Python would take an hour."""

from __future__ import annotations

from sqlalchemy import text

from bot.store.store import Store

MILLION = 1_000_000

_NUMBERS = {
    True: f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {MILLION}) ",
    False: f"WITH numbers AS (SELECT generate_series(1, {MILLION}) AS n) ",
}
_POST = (
    '{"platform": "mastodon", "uri": "https://h.example/old/\' || n || \'", '
    '"url": "https://h.example/old/\' || n || \'", '
    '"native_id": "\' || n || \'", '
    '"author": {"handle": "@a\' || (n - n / 5000 * 5000) || \'@h.example", "account_id": "1"}, '
    '"text": "An old post, number \' || n || \'", "created_at": "2025-01-01T00:00:00Z"}'
)
_SIGHTINGS = (
    "INSERT INTO sighting (platform, uri, state, author, post, tags, sources, created_at, seen_at, verdict, reasons, "
    "decided_by, author_key, care) SELECT 'mastodon', 'https://h.example/old/' || n, 'rejected', "
    "'@a' || (n - n / 5000 * 5000) || '@h.example', {json}, {empty}, {empty}, {at}, {at}, 'reject', {empty}, '', "
    "'key' || (n - n / 5000 * 5000), {empty} FROM numbers"
)
_TRAITS = "INSERT INTO trait (value, sighting_id) SELECT 'media:' || id, id FROM sighting"
_KNOWN = "INSERT INTO known (key) SELECT 'forgotten:' || n FROM numbers"


def crowd(store: Store) -> None:
    """Fill an empty store: sightings, a trait of each, and as many keys of posts that were purged."""
    numbers = _NUMBERS[store.is_sqlite]
    cast = "" if store.is_sqlite else "::json"
    at = "'2025-01-01 00:00:00.000000'" if store.is_sqlite else "timestamptz '2025-01-01 00:00:00+00'"
    json, empty = f"('{_POST}'){cast}", f"'[]'{cast}"
    with store.begin() as tx:
        tx.exec_driver_sql(numbers + _SIGHTINGS.format(json=json, empty=empty, at=at))
        tx.exec_driver_sql(_TRAITS)
        tx.exec_driver_sql(numbers + _KNOWN)
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
