"""Reposting somebody's post and undoing it."""

from tests.servers.x.call import Call
from tests.servers.x.clock import iso
from tests.servers.x.messages import Response, json_response
from tests.servers.x.model import Post
from tests.servers.x.money import charge
from tests.servers.x.problems import invalid, refused
from tests.servers.x.publishing import repost

ALREADY = "You cannot retweet a Tweet that you have already retweeted."


def create_repost(call: Call) -> Response:
    """POST /2/users/{id}/retweets."""
    call.require_self()
    number = call.body["tweet_id"]
    if not number.isdigit():
        raise invalid("$.tweet_id: does not match the regex pattern ^[0-9]{1,19}$", "tweet_id", number)
    source = _source(call, int(number))
    known = (call.user.id, source.id) in call.world.reposts
    if known and call.settings.already_reposted == "forbidden":
        raise refused(403, ALREADY)
    charge(call.user, call.settings.prices.repost)
    if not known:
        post = repost(call.world, call.user, source)
        entry = {"id": str(post.id), "user": call.user.id, "post": str(source.id), "at": iso(post.created_at)}
        call.world.ledger.add("reposts", entry | {"undone_at": None})
    return json_response({"data": {"retweeted": True, "rest_id": str(source.id)}})


def delete_repost(call: Call) -> Response:
    """DELETE /2/users/{id}/retweets/{source_tweet_id}: the same answer whether there was one or not."""
    call.require_self()
    charge(call.user, call.settings.prices.unrepost)
    source_id = int(call.ids["source_tweet_id"])
    post = call.world.reposts.get((call.user.id, source_id))
    if post is not None:
        at = iso(call.now)
        call.world.posts[source_id].reposts -= 1
        call.world.forget_post(post, call.now)
        call.world.ledger.mark_repost(call.user.id, source_id, at)
        entry = {"kind_of": "repost", "id": str(source_id), "user": call.user.id, "at": at}
        call.world.ledger.add("deletes", entry)
    return json_response({"data": {"retweeted": False}})


def _source(call: Call, number: int) -> Post:
    post = call.world.posts.get(number)
    if post is not None and post.repost_of is not None:
        post = call.world.posts.get(post.repost_of)
    if post is None or not post.exists:
        status = call.settings.unknown_repost_status
        if status == 400:
            raise invalid("The Tweet you are trying to retweet does not exist.", "tweet_id", number, violation=False)
        raise refused(status, f"Could not find tweet with id: [{number}].")
    if call.world.users[post.author_id].protected:
        raise refused(403, "You are not permitted to retweet this Tweet.")
    return post
