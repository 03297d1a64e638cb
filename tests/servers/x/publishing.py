"""How a post comes to be, whether it was sent through the API or seeded by a test."""

from collections.abc import Sequence

from tests.servers.x.model import Media, Post, User
from tests.servers.x.text import Composed, compose, kept
from tests.servers.x.world import World

REPOST_TEXT_LIMIT = 140


def publish(
    world: World,
    author: User,
    text: str,
    media: Sequence[Media] = (),
    reply_to: Post | None = None,
    at: float | None = None,
) -> Post:
    """A new post by `author` at the moment `at` (unix seconds, default now)."""
    moment = world.clock.now() if at is None else at
    number = world.clock.snowflake(moment)
    post = Post(number, author.id, text, composed(world, author, number, text, media), moment, list(media))
    post.history = [number]
    post.conversation_id = number
    if reply_to is not None:
        post.reply_to = reply_to.id
        post.conversation_id = reply_to.conversation_id
        reply_to.replies += 1
    world.add_post(post)
    return post


def composed(world: World, author: User, number: int, text: str, media: Sequence[Media]) -> Composed:
    """The text with its links wrapped and its media link, as X would give it back."""
    links = [
        (item.key, f"https://x.com/{author.username}/status/{number}/{item.type.rpartition('_')[2]}/1")
        for item in media
    ]
    any_host = world.settings.any_host_is_a_link
    return compose(kept(text), salt=str(number), any_host=any_host, media_links=links)


def repost(world: World, reposter: User, source: Post, at: float | None = None) -> Post:
    """A new repost of `source`; its text is the old "RT @…" form, cut as X cuts it."""
    moment = world.clock.now() if at is None else at
    username = world.users[source.author_id].username
    text = f"RT @{username}: {source.composed.text}"
    if len(text) > REPOST_TEXT_LIMIT:
        text = text[: REPOST_TEXT_LIMIT - 1] + "…"
    mention = {"start": 3, "end": 4 + len(username), "username": username}
    number = world.clock.snowflake(moment)
    post = Post(number, reposter.id, text, Composed(text, mentions=[mention]), moment, repost_of=source.id)
    post.history, post.conversation_id, post.lang = [number], number, source.lang
    source.reposts += 1
    world.add_post(post)
    return post
