"""Messages by the hundred, and the judgement on them: by the servers' ledgers each is out once, whole and in order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tests.harness.live_campaign import LiveCampaign

Part = tuple[str, int]
"""The text of one post, and how many files it carries."""


@dataclass(frozen=True)
class Out:
    """A post as a ledger has it; `parent` is the id of the one it answers, "" for none."""

    account: str
    post_id: str
    text: str
    parent: str
    media: int


def more_accounts(live: LiveCampaign, names: Sequence[str]) -> None:
    """Write further accounts on the Mastodon server, each with a token of its own in a file."""
    for name in names:
        token = live.root.parent / f"{name}.token"
        token.touch(0o600)
        token.write_text(live.mastodon.add_account(name, bot=True).access_token)
        table = f'[accounts.{name}]\nplatform = "mastodon"\napi_base_url = "{live.mastodon.url}"\n'
        live.change("bot.toml", "[links]", f'{table}access_token_file = "{token}"\n\n[links]')


def without_limits(live: LiveCampaign) -> None:
    """Let the servers take as much as comes, and the campaign pay for it."""
    live.mastodon.settings(rate_limit=1_000_000, media_limit=1_000_000)
    live.x.settings(limits={"create": [], "create+repost": [], "media": [], "append": [], "timeline": []})
    live.change(
        "bot.toml", f'api_base_url = "{live.x.url}"', f'api_base_url = "{live.x.url}"\nbudget_usd_per_day = 500.0'
    )


def out(live: LiveCampaign) -> list[Out]:
    """Return every post of ours that the servers took in, the earliest first; accounts by their names in bot.toml."""
    names = {live.union.username: "mastodon"}
    of_mastodon = [
        Out(
            names.get(one["account"], one["account"]),
            one["id"],
            one["text"],
            one["in_reply_to_id"] or "",
            len(one["media"]),
        )
        for one in live.mastodon.ledger().statuses
    ]
    of_x = [
        Out("x", one["id"], one["text"], one["reply_to"] or "", len(one["media"])) for one in live.x.ledger()["posts"]
    ]
    return of_mastodon + of_x


def all_sent(live: LiveCampaign) -> bool:
    """Return whether the store says that everything is sent."""
    return {one["state"] for one in live.queue()} == {"sent"}


def assert_once(live: LiveCampaign, messages: dict[str, list[Part]], accounts: Sequence[str]) -> None:
    """Assert that each message is out on each account once, its parts in order, and stored under its own address."""
    found = out(live)
    first = {(one["account"], one["message"]): re.split("[/?]", one["url"])[-1] for one in live.queue()}
    wrong = [
        f"{account} {name}: {posts}"
        for account in accounts
        for name, parts in messages.items()
        if not _is_whole(posts := _of(found, account, parts), parts, first.get((account, name), "nothing planned"))
    ]
    assert wrong == []
    assert len(found) == len(accounts) * sum(map(len, messages.values()))


def _of(found: Sequence[Out], account: str, parts: Sequence[Part]) -> list[Out]:
    texts = {text for text, _ in parts}
    return [one for one in found if one.account == account and one.text in texts]


def _is_whole(posts: Sequence[Out], parts: Sequence[Part], first: str) -> bool:
    ids = [post.post_id for post in posts]
    return (
        [(post.text, post.media) for post in posts] == list(parts)
        and [post.parent for post in posts] == ["", *ids][: len(ids)]
        and ids[0] == first
    )
