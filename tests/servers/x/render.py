"""Posts, users and media as X writes them in JSON, with the fields and expansions that were asked for."""

from collections.abc import Callable, Sequence
from typing import Any

from tests.servers.x import vocabulary as words
from tests.servers.x.clock import iso
from tests.servers.x.model import Media, Post, User
from tests.servers.x.problems import not_authorized_error, not_found_error
from tests.servers.x.selection import Selection
from tests.servers.x.world import World

Entry = dict[str, Any]


def post_json(world: World, post: Post, selection: Selection) -> Entry:
    """One post with the selected fields that it has."""
    entry: Entry = {}
    for name in sorted(selection.post):
        make = POST_FIELDS.get(name)
        value = make(world, post) if make is not None else None
        if value is not None:
            entry[words.newer(name) if selection.newer else name] = value
    if selection.newer and "public_metrics" in entry:
        entry["public_metrics"] = _newer_metrics(entry["public_metrics"])
    return entry


def user_json(world: World, user: User, selection: Selection) -> Entry:
    """One user with the selected fields."""
    known: Entry = {
        "id": user.id,
        "name": user.name,
        "username": user.username,
        "description": user.description,
        "protected": user.protected,
        "verified": user.verified,
        "verified_type": "blue" if user.verified else "none",
        "created_at": iso(user.created_at),
    }
    if "public_metrics" in selection.user:
        metrics = _user_metrics(world, user)
        known["public_metrics"] = _newer_metrics(metrics) if selection.newer else metrics
    return {name: value for name, value in known.items() if name in selection.user}


def media_json(media: Media, selection: Selection) -> Entry:
    """One media object; only photos have a url, only moving pictures a preview and a length."""
    address = f"https://pbs.twimg.com/media/{media.key}.jpg"
    known: Entry = {"media_key": media.key, "type": media.type, "width": 1280, "height": 720}
    if media.alt_text:
        known["alt_text"] = media.alt_text
    if media.type == "photo":
        known["url"] = address
    else:
        known["preview_image_url"] = address
        known["variants"] = [{"content_type": "video/mp4", "url": f"https://video.twimg.com/{media.key}.mp4"}]
    if media.type == "video":
        known["duration_ms"] = media.duration_ms
    return {name: value for name, value in known.items() if name in selection.media}


def includes_json(world: World, viewer: User, posts: Sequence[Post], selection: Selection) -> tuple[Entry, list[Entry]]:
    """What the expansions add, and the partial errors for what they could not show."""
    wanted = selection.expansions
    referenced, errors = _referenced(world, viewer, posts) if _wants_referenced(wanted) else ([], [])
    users: dict[str, User] = {}
    media: dict[str, Media] = {}
    for post in posts:
        if "author_id" in wanted:
            users[post.author_id] = world.users[post.author_id]
        if "attachments.media_keys" in wanted:
            media |= {item.key: item for item in post.media}
        users |= {user.id: user for user in _also_named(world, post, wanted)}
    for post in referenced:
        if "referenced_tweets.id.author_id" in wanted:
            users[post.author_id] = world.users[post.author_id]
        if "referenced_tweets.id.attachments.media_keys" in wanted:
            media |= {item.key: item for item in post.media}
    includes: Entry = {
        "users": [user_json(world, user, selection) for user in users.values()],
        "media": [media_json(item, selection) for item in media.values()],
        "posts" if selection.newer else "tweets": [post_json(world, post, selection) for post in referenced],
    }
    return {name: entries for name, entries in includes.items() if entries}, errors


def _wants_referenced(wanted: frozenset[str]) -> bool:
    return any(name.startswith("referenced_tweets.id") for name in wanted)


def _also_named(world: World, post: Post, wanted: frozenset[str]) -> list[User]:
    names: list[str] = []
    if "in_reply_to_user_id" in wanted and post.reply_to in world.posts:
        names.append(world.posts[post.reply_to].author_id)
    if "entities.mentions.username" in wanted:
        names += [mention["username"] for mention in post.composed.mentions]
    found = (world.user_named(name) for name in names)
    return [user for user in found if user is not None]


def _referenced(world: World, viewer: User, posts: Sequence[Post]) -> tuple[list[Post], list[Entry]]:
    found: dict[int, Post] = {}
    errors: list[Entry] = []
    for post in posts:
        for number in (post.repost_of, post.quotes, post.reply_to):
            other = world.posts.get(number) if number is not None else None
            if other is not None and other.exists and world.may_see(viewer, other):
                found[other.id] = other
            elif other is not None and other.exists:
                errors.append(not_authorized_error("tweet", "referenced_tweets.id", str(number)))
            elif number is not None:
                errors.append(not_found_error("tweet", "referenced_tweets.id", str(number)))
    return list(found.values()), errors


def _newer_metrics(metrics: dict[str, int]) -> dict[str, int]:
    return {words.NEWER_METRICS.get(name, name): count for name, count in metrics.items()}


def _entities(world: World, post: Post) -> Entry | None:
    entities = post.composed.entities()
    if "mentions" in entities:
        named = [(mention, world.user_named(mention["username"])) for mention in entities["mentions"]]
        entities["mentions"] = [{**mention, "id": user.id} if user else mention for mention, user in named]
    return entities or None


def _references(world: World, post: Post) -> list[Entry] | None:
    links = (("retweeted", post.repost_of), ("quoted", post.quotes), ("replied_to", post.reply_to))
    return [{"type": kind, "id": str(number)} for kind, number in links if number is not None] or None


def _answered_user(world: World, post: Post) -> str | None:
    return world.posts[post.reply_to].author_id if post.reply_to in world.posts else None


def _user_metrics(world: World, user: User) -> dict[str, int]:
    written = sum(post.author_id == user.id for post in world.newest_first())
    return {"followers_count": user.followers, "following_count": 0, "tweet_count": written, "listed_count": 0}


def _metrics(world: World, post: Post) -> dict[str, int]:
    nothing = dict.fromkeys(("like_count", "quote_count", "bookmark_count", "impression_count"), 0)
    return {"retweet_count": post.reposts, "reply_count": post.replies, **nothing}


def _withheld(world: World, post: Post) -> dict[str, Any] | None:
    return {"copyright": False, "country_codes": post.withheld, "scope": "tweet"} if post.withheld else None


POST_FIELDS: dict[str, Callable[[World, Post], Any]] = {
    "id": lambda world, post: str(post.id),
    "text": lambda world, post: post.composed.text,
    "edit_history_tweet_ids": lambda world, post: [str(number) for number in post.history or [post.id]],
    "author_id": lambda world, post: post.author_id,
    "created_at": lambda world, post: iso(post.created_at),
    "conversation_id": lambda world, post: str(post.conversation_id),
    "in_reply_to_user_id": _answered_user,
    "lang": lambda world, post: post.lang,
    "possibly_sensitive": lambda world, post: post.possibly_sensitive,
    "withheld": _withheld,
    "reply_settings": lambda world, post: "everyone",
    "public_metrics": _metrics,
    "entities": _entities,
    "referenced_tweets": _references,
    "attachments": lambda world, post: {"media_keys": [item.key for item in post.media]} if post.media else None,
}
