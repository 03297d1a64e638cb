"""What is said where a request leads to no page of ours: what happened, and where to go on; nothing was changed."""

from __future__ import annotations

import secrets
from contextlib import suppress
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from bot.causes import CauseCode
from bot.errors import GroundswellError, StoreError
from bot.services.events import EventName, failure_facts
from bot.web import rendering
from bot.web.console import Console
from bot.web.routes import NotForYou, NotFromHere, SignInNeeded, Visit, came_from, known_visitor, router

_NOWHERE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED})
_ASKED_AT = {"/stops": "/stop", "/resumptions": "/stop"}
"""On which page the forms stand that are sent to an address without a page above it."""


class ErrorKind(StrEnum):
    """What a page of an error says."""

    MISSING = "missing"
    FORM = "form"
    LARGE = "large"
    STORE = "store"
    DISK = "disk"
    BROKEN = "broken"


def add_to(app: FastAPI) -> None:
    """Have the application answer each error with its page."""
    for error, answer in (
        (SignInNeeded, _to_the_door),
        (NotForYou, _nothing_here),
        (NotFromHere, _not_from_here),
        (HTTPException, _http_error),
        (RequestValidationError, _not_understood),
        (StoreError, _store_away),
        (Exception, _broken),
    ):
        app.add_exception_handler(error, answer)  # type: ignore[arg-type]


def too_large(request: Request, console: Console) -> Response:
    """Return the answer to more than any form of ours sends."""
    return rendering.show_door(
        Visit(request, console, None), "error.html", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, **_said(ErrorKind.LARGE)
    )


def _said(kind: ErrorKind, *, number: str = "", back: str = "/", layout: str = "door.html") -> dict[str, Any]:
    return {"kind": kind, "number": number, "back": back, "layout": layout}


def _page(request: Request, kind: ErrorKind, status: int) -> Response:
    """Return the page of an error: to who is signed in with Stop and all other pages around it."""
    visit = _visit(request)
    back = came_from(visit) if request.method == "POST" else "/"
    if visit.visitor is None or not visit.visitor.is_whole:
        return rendering.show_door(visit, "error.html", status, **_said(kind, back=back))
    try:
        return rendering.show(visit, "error.html", status, place="", **_said(kind, back=back, layout="base.html"))
    except StoreError as error:
        return _store_page(visit, error)


def _visit(request: Request) -> Visit:
    """Return the visit that the guard has let through, or whose it is that no guard has seen."""
    known: Visit | None = getattr(request.state, "visit", None)
    if known is not None:
        return known
    visitor = None
    with suppress(StoreError):
        visitor = known_visitor(request)
    return Visit(request, request.app.state.console, visitor)


async def _to_the_door(request: Request, error: SignInNeeded) -> Response:
    """Lead to where somebody signs in, or proves who they are; who has sent a form is told that it is not done."""
    if request.headers.get("hx-request") == "true":
        return Response(status_code=HTTPStatus.NO_CONTENT, headers={"hx-redirect": error.where})
    undone = "undone=1" if request.method == "POST" else ""
    return rendering.to(f"{error.where}{'&' if '?' in error.where else '?'}{undone}" if undone else error.where)


def _nothing_here(request: Request, _error: Exception) -> Response:
    return _page(request, ErrorKind.MISSING, HTTPStatus.NOT_FOUND)


def _not_from_here(request: Request, _error: Exception) -> Response:
    return _page(request, ErrorKind.FORM, HTTPStatus.FORBIDDEN)


def _http_error(request: Request, error: HTTPException) -> Response:
    """Say that there is no such page, or that a form could not be read. An address that forms are sent to leads who
    reads it to the page on which they stand: a page that was loaded again, or followed after signing in."""
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and request.method == "GET":
        return rendering.to(_page_above(request.url.path))
    kind = ErrorKind.MISSING if error.status_code in _NOWHERE else ErrorKind.FORM
    return _page(request, kind, error.status_code)


def _page_above(path: str) -> str:
    above = path.rpartition("/")[0]
    while above:
        if any("GET" in route.methods and route.path_regex.match(above) for route in router().routes):  # type: ignore[attr-defined]
            return above
        above = above.rpartition("/")[0]
    return _ASKED_AT.get(path, "/")


def _not_understood(request: Request, error: RequestValidationError) -> Response:
    """Say that there is nothing at an address with such a number in it, or that a form is none of ours."""
    if request.method == "GET" or any(each["loc"][0] == "path" for each in error.errors()):
        return _page(request, ErrorKind.MISSING, HTTPStatus.NOT_FOUND)
    return _page(request, ErrorKind.FORM, HTTPStatus.BAD_REQUEST)


def _store_away(request: Request, error: StoreError) -> Response:
    return _store_page(Visit(request, request.app.state.console, None), error)


def _store_page(visit: Visit, error: StoreError) -> Response:
    kind = ErrorKind.DISK if error.code is CauseCode.STORE_DISK else ErrorKind.STORE
    return rendering.show_door(visit, "error.html", HTTPStatus.SERVICE_UNAVAILABLE, **_said(kind))


def _broken(request: Request, error: Exception) -> Response:
    """Say a number, by which the log can be searched; never where in the code it happened."""
    number = secrets.token_hex(4)
    console: Console = request.app.state.console
    console.app.work.tell(EventName.FAILED, alarming=True, number=number, **failure_facts(error))
    status = HTTPStatus.CONFLICT if isinstance(error, GroundswellError) else HTTPStatus.INTERNAL_SERVER_ERROR
    visit = Visit(request, console, None)
    return rendering.show_door(visit, "error.html", status, **_said(ErrorKind.BROKEN, number=number))
