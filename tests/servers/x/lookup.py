"""Looking up single posts and users."""

from tests.servers.x.call import Call
from tests.servers.x.messages import Response, json_response
from tests.servers.x.model import Post, User
from tests.servers.x.money import charge, charge_reads
from tests.servers.x.problems import not_authorized_error, not_found_error, problem
from tests.servers.x.render import Entry, includes_json, post_json, user_json


def one_post(call: Call) -> Response:
    """GET /2/tweets/{id}."""
    posts, errors = _readable(call, [call.ids["id"]], "id")
    if not posts:
        return _missing(call, errors)
    includes, more = includes_json(call.world, call.user, posts, call.selection)
    content = {"data": post_json(call.world, posts[0], call.selection), "includes": includes, "errors": more}
    return call.answer(content)


def many_posts(call: Call) -> Response:
    """GET /2/tweets?ids=: those that can be read, and an error for each that can not."""
    posts, errors = _readable(call, call.params["ids"].split(","), "ids")
    includes, more = includes_json(call.world, call.user, posts, call.selection)
    data = [post_json(call.world, post, call.selection) for post in posts]
    return call.answer({"data": data, "includes": includes, "errors": errors + more})


def me(call: Call) -> Response:
    """GET /2/users/me."""
    charge(call.user, call.settings.prices.user_read)
    return call.answer({"data": user_json(call.world, call.user, call.selection)})


def user_by_username(call: Call) -> Response:
    """GET /2/users/by/username/{username}."""
    user: User | None = call.world.user_named(call.ids["username"])
    if user is None or user.username.lower() != call.ids["username"].lower():
        return _missing(call, [not_found_error("user", "username", call.ids["username"])])
    charge(call.user, call.settings.prices.user_read)
    return call.answer({"data": user_json(call.world, user, call.selection)})


def _readable(call: Call, numbers: list[str], parameter: str) -> tuple[list[Post], list[Entry]]:
    posts: list[Post] = []
    errors: list[Entry] = []
    for number in dict.fromkeys(numbers):
        post = call.world.posts.get(int(number))
        if post is None or not post.exists:
            errors.append(not_found_error("tweet", parameter, number))
        elif not call.world.may_see(call.user, post):
            errors.append(not_authorized_error("tweet", parameter, number))
        else:
            posts.append(post)
    charge_reads(call.user, posts, call.settings.prices, call.now)
    return posts, errors


def _missing(call: Call, errors: list[Entry]) -> Response:
    if call.settings.missing_lookup_status == 404:
        return problem(404, errors[0]["detail"])
    return json_response({"errors": errors})
