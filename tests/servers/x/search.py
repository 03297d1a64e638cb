"""Recent search: the last seven days, without the last half minute, and never a repost."""

from collections.abc import Iterator

from tests.servers.x.call import Call
from tests.servers.x.clock import iso, moment_of, oldest_id_at
from tests.servers.x.messages import Response
from tests.servers.x.model import Post
from tests.servers.x.money import charge_reads
from tests.servers.x.paging import before_id, first_page, listing, within
from tests.servers.x.problems import invalid
from tests.servers.x.query import Node, parse

REACH_S = 7 * 86_400
NEWEST_END_S = 10


def search_recent(call: Call) -> Response:
    """GET /2/tweets/search/recent."""
    query = parse(call.params["query"])
    _check_window(call)
    page, token = first_page(_found(call, query), call.params)
    charge_reads(call.user, page, call.settings.prices, call.now)
    return listing(call, page, token)


def _check_window(call: Call) -> None:
    """Raise a 400 Refusal for windows X does not serve; a client that slept for a week must expect the since_id one."""
    by_id = call.params.keys() & {"since_id", "until_id"}
    by_time = call.params.keys() & {"start_time", "end_time"}
    if by_id and by_time:
        raise invalid(
            "Invalid use of 'since_id' or 'until_id' in conjunction with 'start_time' or 'end_time'.", "since_id"
        )
    oldest = call.now - REACH_S
    for name in ("since_id", "until_id"):
        if name in call.params and int(call.params[name]) < oldest_id_at(oldest):
            message = f"'{name}' must be a tweet id created after {iso(oldest)}."
            raise invalid(message, name, call.params[name], violation=False)
    for name in ("start_time", "end_time"):
        if name in call.params and moment_of(call.params[name]) < oldest:
            message = f"Invalid '{name}'. '{name}' must be on or after {iso(oldest)}."
            raise invalid(message, name, call.params[name], violation=False)
    if "end_time" in call.params and moment_of(call.params["end_time"]) > call.now - _newest_end(call):
        raise invalid("'end_time' must be a minimum of 10 seconds prior to the request time.", "end_time")


def _newest_end(call: Call) -> float:
    return min(NEWEST_END_S, call.settings.search_window_s)


def _found(call: Call, query: Node) -> Iterator[Post]:
    newest = call.now - (0 if "end_time" in call.params else call.settings.search_window_s)
    oldest = call.now - REACH_S
    for post in within(call.world.newest_first(before_id(call.params)), call.params):
        if post.created_at < oldest:
            return
        author = call.world.users[post.author_id]
        if post.created_at > newest or post.repost_of is not None or author.protected:
            continue
        if query.matches(post, author):
            yield post
