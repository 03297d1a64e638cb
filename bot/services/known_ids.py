"""Which id somebody's post has on our own server: what search does not find is asked for by it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection

from bot.services.work import Work
from bot.store import sightings


def known_ids(tx: Connection, work: Work, account: str, uris: Collection[str]) -> Mapping[str, str]:
    """Return the ids of these posts on the account's server, of those that it has shown us itself."""
    configured = work.config.accounts.get(account)
    server = configured.server if configured else ""
    shown = (one.post for one in sightings.of_uris(tx, uris)) if server else ()
    return {post.uri: post.native_id for post in shown if post.view == server and post.native_id}
