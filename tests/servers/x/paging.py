"""Pages of posts, newest first: the window a request asks for, and tokens to go on with."""

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from tests.servers.x.call import Call
from tests.servers.x.clock import moment_of
from tests.servers.x.messages import Response
from tests.servers.x.model import Post
from tests.servers.x.problems import invalid
from tests.servers.x.render import includes_json, post_json
from tests.servers.x.rules import TOKEN_NAMES

DEFAULT_SIZE = 10


def before_id(params: Mapping[str, str]) -> int | None:
    """Only older posts than this id, by the paging token or `until_id`; raises a 400 Refusal for a made-up token."""
    limits = [int(params["until_id"])] if "until_id" in params else []
    limits += [_read_token(name, params[name]) for name in TOKEN_NAMES if name in params]
    return min(limits) if limits else None


def within(posts: Iterable[Post], params: Mapping[str, str]) -> Iterator[Post]:
    """The posts inside `since_id`, `start_time` and `end_time`; they must come newest first."""
    since = int(params.get("since_id", 0))
    start = moment_of(params["start_time"]) if "start_time" in params else 0.0
    end = moment_of(params["end_time"]) if "end_time" in params else float("inf")
    for post in posts:
        if post.id <= since or post.created_at < start:
            return
        if post.created_at < end:
            yield post


def first_page(posts: Iterator[Post], params: Mapping[str, str]) -> tuple[list[Post], str | None]:
    """As many as `max_results` wants, and a token when there are more."""
    size = int(params.get("max_results", DEFAULT_SIZE))
    page = list(islice(posts, size))
    more = next(posts, None) is not None
    return page, _token(page[-1].id) if more else None


def listing(call: Call, page: list[Post], next_token: str | None) -> Response:
    """The page as X answers it: data, includes, errors and meta."""
    includes, errors = includes_json(call.world, call.user, page, call.selection)
    meta: dict[str, Any] = {"result_count": len(page)}
    if page:
        meta |= {"newest_id": str(page[0].id), "oldest_id": str(page[-1].id)}
    if next_token is not None:
        meta["next_token"] = next_token
    data = [post_json(call.world, post, call.selection) for post in page]
    return call.answer({"data": data, "includes": includes, "errors": errors, "meta": meta})


def _token(number: int) -> str:
    return base64.b32encode(str(number).encode()).decode().rstrip("=").lower()


def _read_token(name: str, token: str) -> int:
    try:
        return int(base64.b32decode(token.upper() + "=" * (-len(token) % 8)))
    except (binascii.Error, ValueError):
        raise invalid(f"The `{name}` query parameter value [{token}] is not valid", name, token) from None
