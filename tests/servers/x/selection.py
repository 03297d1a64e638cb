"""Which fields and expansions a request asked for, and in which of X's two spellings it wants the answer."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.servers.x import vocabulary as words
from tests.servers.x.settings import Settings

ALWAYS_POST = frozenset({"id", "text", "edit_history_tweet_ids"})
ALWAYS_USER = frozenset({"id", "name", "username"})
ALWAYS_MEDIA = frozenset({"media_key", "type"})
BROUGHT_BY = {
    "author_id": "author_id",
    "attachments.media_keys": "attachments",
    "referenced_tweets.id": "referenced_tweets",
    "referenced_tweets.id.author_id": "referenced_tweets",
    "in_reply_to_user_id": "in_reply_to_user_id",
    "entities.mentions.username": "entities",
}


@dataclass(frozen=True)
class Selection:
    """Names in the older spelling; `newer` asks for the answer in the newer one."""

    post: frozenset[str]
    user: frozenset[str]
    media: frozenset[str]
    expansions: frozenset[str]
    newer: bool


def selection_of(params: Mapping[str, str], settings: Settings) -> Selection:
    """Read the request's field parameters; without a setting the answer follows the request's own spelling."""
    expansions = frozenset(words.older_expansion(name) for name in _names(params, "expansions"))
    fields = {words.older_field(name) for name in _names(params, "tweet.fields") + _names(params, "post.fields")}
    brought = {BROUGHT_BY[name] for name in expansions if name in BROUGHT_BY}
    newer = "post.fields" in params or "referenced_posts" in params.get("expansions", "")
    if settings.spelling != "auto":
        newer = settings.spelling == "post"
    return Selection(
        ALWAYS_POST | fields | brought,
        ALWAYS_USER | {words.older_field(name) for name in _names(params, "user.fields")},
        ALWAYS_MEDIA | set(_names(params, "media.fields")),
        expansions,
        newer,
    )


def _names(params: Mapping[str, str], parameter: str) -> list[str]:
    return params[parameter].split(",") if parameter in params else []
