"""X's endpoints: path, checks, rate limit buckets and the code that answers."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.servers.x import lookup, posts, reposts, search, timelines, uploads
from tests.servers.x.call import Call
from tests.servers.x.messages import Response
from tests.servers.x.problems import Refusal, problem
from tests.servers.x.rules import ABOUT_USER, NEW_POST, NEW_UPLOAD, OBJECTS, SEARCH, STATUS, TIMELINE, Rules, is_id_list


@dataclass(frozen=True)
class Route:
    """One endpoint; `template` is its path in X's OpenAPI document."""

    method: str
    template: str
    buckets: tuple[str, ...]
    handler: Callable[[Call], Response]
    rules: Rules = field(default_factory=Rules)


METADATA: dict[str, object] = {"id": str, "metadata": {"alt_text": {"text": str}}}
UPLOAD_PARTS = ("media_type", "media_category", "total_bytes")
UPLOAD = "/2/media/upload"
ROUTES = (
    Route("POST", "/2/tweets", ("create", "create+repost"), posts.create_post, Rules(body=NEW_POST)),
    Route("GET", "/2/tweets", ("lookup",), lookup.many_posts, Rules({**OBJECTS, "ids": is_id_list}, ("ids",))),
    Route("GET", "/2/tweets/search/recent", ("search",), search.search_recent, Rules(SEARCH, ("query",))),
    Route("GET", "/2/tweets/{id}", ("lookup",), lookup.one_post, Rules(OBJECTS)),
    Route("DELETE", "/2/tweets/{id}", ("delete",), posts.delete_post),
    Route("GET", "/2/users/me", ("me",), lookup.me, Rules(ABOUT_USER)),
    Route("GET", "/2/users/by/username/{username}", ("user",), lookup.user_by_username, Rules(ABOUT_USER)),
    Route(
        "GET",
        "/2/users/{id}/tweets",
        ("timeline",),
        timelines.user_posts,
        Rules({**TIMELINE, "exclude": lambda value: {"replies", "retweets"}.issuperset(value.split(","))}),
    ),
    Route("GET", "/2/users/{id}/mentions", ("mentions",), timelines.mentions, Rules(TIMELINE)),
    Route(
        "POST",
        "/2/users/{id}/retweets",
        ("repost", "create+repost"),
        reposts.create_repost,
        Rules(body={"tweet_id": str}, body_required=("tweet_id",)),
    ),
    Route("DELETE", "/2/users/{id}/retweets/{source_tweet_id}", ("unrepost",), reposts.delete_repost),
    Route(
        "POST",
        f"{UPLOAD}/initialize",
        ("media",),
        uploads.initialize,
        Rules(body=NEW_UPLOAD, body_required=UPLOAD_PARTS),
    ),
    Route("POST", f"{UPLOAD}/{{id}}/append", ("append",), uploads.append),
    Route("POST", f"{UPLOAD}/{{id}}/finalize", ("media",), uploads.finalize),
    Route("GET", UPLOAD, ("media",), uploads.status, Rules(STATUS, ("media_id",))),
    Route("POST", "/2/media/metadata", ("media",), uploads.describe, Rules(body=METADATA, body_required=("id",))),
)
FIXED = {(route.method, route.template): route for route in ROUTES if "{" not in route.template}
PATTERNS = [
    (route, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", route.template)))
    for route in ROUTES
    if "{" in route.template
]


def find(method: str, path: str) -> tuple[Route, dict[str, str]]:
    """The endpoint and the ids in the path; raises a 404 or 405 Refusal when X has no such endpoint here."""
    if (method, path) in FIXED:
        return FIXED[method, path], {}
    matches = [(route, match) for route, pattern in PATTERNS if (match := pattern.fullmatch(path))]
    is_fixed = any(known == path for _, known in FIXED)
    for route, match in matches:
        if route.method == method and not is_fixed:
            return route, match.groupdict()
    raise Refusal(problem(405 if matches or is_fixed else 404), f"there is no {method} {path}")
