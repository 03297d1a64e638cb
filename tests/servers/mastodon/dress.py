"""How an answer looks on the wire in the dialect spoken: bodies, statuses and headers."""

import re
from datetime import datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from html import escape
from http import HTTPStatus

from tests.servers.mastodon.entities import presented
from tests.servers.mastodon.limits import Toll
from tests.servers.mastodon.wire import HTML, Answer, Refusal, Request
from tests.servers.mastodon.world import World


def refused(world: World, refusal: Refusal) -> Answer:
    return Answer(refusal.status, {"error": refusal.reason})


def forced(world: World, status: int, body: str | None) -> Answer:
    """The answer of a status a test asked for, with its own body if it gave one."""
    if body is None:
        return Answer(status, {"error": _phrase(status)})
    kind = "application/json; charset=utf-8" if body.lstrip().startswith(("{", "[")) else HTML
    return Answer(status, body=body.encode(), headers={"content-type": kind})


def rate_limited(world: World, answer: Answer, reset_in: float) -> Answer:
    reset = world.clock.now() + timedelta(seconds=reset_in)
    return dressed(world, answer, Toll(world.settings.rate_limit, 0, reset))


def dressed(world: World, answer: Answer, toll: Toll) -> Answer:
    settings = world.settings
    if answer.status == 422:
        answer.status = settings.refused_status
    if answer.body is None:
        presented(world, answer.payload)
        if answer.status >= 400 and settings.html_errors:
            answer.body, answer.headers["content-type"] = _error_page(answer), HTML
    if settings.ulid_ids and "link" in answer.headers:
        answer.headers["link"] = re.sub(
            r"(?<=_id=)\d+", lambda id_: world.public_id(int(id_[0])), answer.headers["link"]
        )
    answer.headers["date"] = format_datetime(world.clock.now(), usegmt=True)
    answer.headers["server"] = settings.dialect.capitalize()
    answer.headers["x-ratelimit-limit"] = str(toll.limit)
    answer.headers["x-ratelimit-remaining"] = str(max(0, toll.remaining))
    answer.headers["x-ratelimit-reset"] = _reset(toll.reset, as_integer=settings.integer_reset)
    return answer


def if_changed(request: Request, answer: Answer) -> Answer:
    """The answer with a validator; 304 to who has it already (RFC 9110, 13)."""
    if request.method != "GET" or answer.status != 200:
        return answer
    etag = f'W/"{sha256(answer.content()).hexdigest()[:32]}"'
    answer.headers["etag"] = etag
    if request.headers.get("if-none-match") == etag:
        answer.status, answer.body = 304, b""
    return answer


def _reset(instant: datetime, *, as_integer: bool) -> str:
    return str(int(instant.timestamp())) if as_integer else instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _error_page(answer: Answer) -> bytes:
    reason = answer.payload.get("error", "") if isinstance(answer.payload, dict) else ""
    return f"<!doctype html><title>Error</title><h1>{escape(str(reason))}</h1>".encode()


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "An unexpected error occurred"
