"""A user's own posts, and posts that mention a user. The own timeline can lag, as X's may."""

from collections.abc import Iterator

from tests.servers.x.call import Call
from tests.servers.x.messages import Response
from tests.servers.x.model import Post, User
from tests.servers.x.money import charge, charge_reads
from tests.servers.x.paging import before_id, first_page, listing, within
from tests.servers.x.problems import not_authorized_error, not_found_error


def user_posts(call: Call) -> Response:
    """GET /2/users/{id}/tweets."""
    owner = call.world.users.get(call.ids["id"])
    hidden = _not_readable(call, owner)
    if owner is None or hidden is not None:
        return hidden or call.answer({})
    page, token = first_page(_visible(call, owner), call.params)
    prices = call.settings.prices
    if owner.id == call.user.id:
        charge(call.user, prices.own_post_read, len(page))
    else:
        charge_reads(call.user, page, prices, call.now)
    return listing(call, page, token)


def mentions(call: Call) -> Response:
    """GET /2/users/{id}/mentions: posts of others, no reposts."""
    owner = call.world.users.get(call.ids["id"])
    hidden = _not_readable(call, owner)
    if owner is None or hidden is not None:
        return hidden or call.answer({})
    posts = within(call.world.newest_first(before_id(call.params)), call.params)
    page, token = first_page((post for post in posts if _mentions(call, post, owner)), call.params)
    charge_reads(call.user, page, call.settings.prices, call.now)
    return listing(call, page, token)


def _not_readable(call: Call, owner: User | None) -> Response | None:
    if owner is None:
        return call.answer({"errors": [not_found_error("user", "id", call.ids["id"])]})
    if owner.protected and owner.id != call.user.id:
        return call.answer({"errors": [not_authorized_error("user", "id", owner.id)]})
    return None


def _visible(call: Call, owner: User) -> Iterator[Post]:
    excluded = call.params.get("exclude", "").split(",")
    for post in within(call.world.newest_first(before_id(call.params)), call.params):
        if post.author_id != owner.id or _lags(call, post):
            continue
        if "retweets" in excluded and post.repost_of is not None:
            continue
        if "replies" in excluded and post.reply_to is not None:
            continue
        yield post


def _lags(call: Call, post: Post) -> bool:
    """Whether this read does not show the post yet; each read brings it one look nearer."""
    settings = call.settings
    if settings.timeline_frozen and post.id > call.world.frozen_after:
        return True
    if post.created_at > call.now - settings.timeline_lag_s:
        return settings.timeline_lag_s > 0
    post.timeline_looks += 1
    return post.timeline_looks <= settings.timeline_lag_reads


def _mentions(call: Call, post: Post, owner: User) -> bool:
    if post.repost_of is not None or post.author_id == owner.id or not call.world.may_see(call.user, post):
        return False
    return any(found["username"].lower() == owner.username.lower() for found in post.composed.mentions)
