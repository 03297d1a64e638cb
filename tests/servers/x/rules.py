"""The simulator's own checks of a request, which hold with or without X's OpenAPI document."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.servers.x import vocabulary as words
from tests.servers.x.clock import moment_of
from tests.servers.x.problems import invalid

NUMBER = re.compile(r"[0-9]{1,19}")
HANDLE = re.compile(r"[A-Za-z0-9_]{1,15}")
TOKEN_NAMES = ("pagination_token", "next_token")
Check = Callable[[str], bool]


@dataclass(frozen=True)
class Rules:
    """What one route takes: query parameters with their checks, the required ones, and the keys of its JSON body."""

    query: Mapping[str, Check] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    body: Mapping[str, object] | None = None
    body_required: tuple[str, ...] = ()


def _is_number(value: str) -> bool:
    return NUMBER.fullmatch(value) is not None


def _is_text(value: str) -> bool:
    return bool(value)


def _is_moment(value: str) -> bool:
    try:
        moment_of(value)
    except ValueError:
        return False
    return True


def _between(low: int, high: int) -> Check:
    return lambda value: value.isdigit() and low <= int(value) <= high


def _list_of(allowed: frozenset[str], rename: Callable[[str], str] = words.older_field) -> Check:
    def check(value: str) -> bool:
        names = [rename(name) for name in value.split(",")]
        return len(names) == len(set(names)) and allowed.issuperset(names)

    return check


def is_id_list(value: str) -> bool:
    return len(value.split(",")) <= 100 and all(_is_number(part) for part in value.split(","))


OBJECTS: dict[str, Check] = {
    "tweet.fields": _list_of(words.POST_FIELDS),
    "post.fields": _list_of(words.POST_FIELDS),
    "expansions": _list_of(words.POST_EXPANSIONS, words.older_expansion),
    "user.fields": _list_of(words.USER_FIELDS),
    "media.fields": _list_of(words.MEDIA_FIELDS),
    "poll.fields": _list_of(words.POLL_FIELDS),
    "place.fields": _list_of(words.PLACE_FIELDS),
}
WINDOW: dict[str, Check] = {
    "since_id": _is_number,
    "until_id": _is_number,
    "start_time": _is_moment,
    "end_time": _is_moment,
    "pagination_token": _is_text,
}
ABOUT_USER: dict[str, Check] = {
    "user.fields": OBJECTS["user.fields"],
    "expansions": _list_of(words.USER_EXPANSIONS),
    "tweet.fields": OBJECTS["tweet.fields"],
    "post.fields": OBJECTS["post.fields"],
}
TIMELINE = {**OBJECTS, **WINDOW, "max_results": _between(5, 100)}
SEARCH: dict[str, Check] = {
    **OBJECTS,
    **WINDOW,
    "query": lambda value: 1 <= len(value) <= 512,
    "next_token": _is_text,
    "max_results": _between(10, 100),
    "sort_order": frozenset({"recency", "relevancy"}).__contains__,
}
NEW_POST: dict[str, object] = {
    "text": str,
    "media": {"media_ids": list, "tagged_user_ids": list},
    "reply": {"in_reply_to_tweet_id": str, "exclude_reply_user_ids": list, "auto_populate_reply_metadata": bool},
    "reply_settings": str,
    "for_super_followers_only": bool,
    "made_with_ai": bool,
    "paid_partnership": bool,
}
NEW_UPLOAD: dict[str, object] = {"media_type": str, "total_bytes": int, "media_category": str, "shared": bool}
STATUS: dict[str, Check] = {"media_id": _is_number, "command": "STATUS".__eq__}


def check_query(rules: Rules, query: list[tuple[str, str]]) -> dict[str, str]:
    """The query parameters as a mapping; raises a 400 Refusal for an unknown, repeated, missing or bad one."""
    params: dict[str, str] = {}
    for name, value in query:
        check = rules.query.get(name)
        if check is None:
            raise invalid(f"The query parameter [{name}] is not one of [{','.join(sorted(rules.query))}]", name, value)
        if name in params:
            raise invalid(f"The query parameter [{name}] is given more than once", name, value)
        if not check(value):
            raise invalid(f"The `{name}` query parameter value [{value}] is not valid", name, value)
        params[name] = value
    for name in rules.required:
        if name not in params:
            raise invalid(f"The `{name}` query parameter can not be empty", name)
    return params


def check_path(ids: Mapping[str, str]) -> None:
    """Raise a 400 Refusal for a path part that is no id or username."""
    for name, value in ids.items():
        pattern = HANDLE if name == "username" else NUMBER
        if not pattern.fullmatch(value):
            raise invalid(f"The `{name}` query parameter value [{value}] is not valid", name, value)


def check_body(rules: Rules, body: Any) -> None:
    """Raise a 400 Refusal for a JSON body with an unknown key, a wrong type or a missing key."""
    if rules.body is None:
        return
    _check_object(body, rules.body, "$")
    for name in rules.body_required:
        if name not in body:
            raise invalid(f"$.{name}: is missing but it is required")


def _check_object(value: Any, shape: Mapping[str, object], path: str) -> None:
    if not isinstance(value, dict):
        raise invalid(f"{path}: is not an object")
    for key, part in value.items():
        wanted = shape.get(key)
        if wanted is None:
            message = "is not defined in the schema and the schema does not allow additional properties"
            raise invalid(f"{path}.{key}: {message}")
        if isinstance(wanted, dict):
            _check_object(part, wanted, f"{path}.{key}")
        elif isinstance(wanted, type) and (not isinstance(part, wanted) or (wanted is int and part is True)):
            raise invalid(f"{path}.{key}: {type(part).__name__} found, {wanted.__name__} expected")
