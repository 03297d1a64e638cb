"""Every route, with what it takes to use it, declared where it is written; and the one guard that holds all to it.

A reading is a GET and changes nothing. A write is a POST that carries its session's token and comes from one of our own
pages; it answers with a redirection to the page that shows what came of it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, TypeVar
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from pydantic import AfterValidator, Field

from bot.domain.actor import Actor, Via
from bot.domain.users import Role
from bot.services import authentication
from bot.services.authentication import Visitor
from bot.services.passkeys import Site
from bot.values import dataclass
from bot.web.console import Console

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


class Need(StrEnum):
    """What it takes to use a route, beside a role."""

    NOTHING = "nothing"
    """Nobody need be signed in."""

    ADDRESS = "address"
    """The address itself is the key: programs come without a session, and whose it would be is not looked at."""

    PASSWORD = "password"  # noqa: S105
    """Signed in by name and password; a second factor may still be asked for."""

    WHOLE = "whole"
    """Signed in with all that one's roles ask for."""

    FRESH = "fresh"
    """That, and proved again within the last minutes: what is dangerous."""


_OPEN = frozenset({Need.NOTHING, Need.ADDRESS})


@dataclass(frozen=True)
class Route:
    """One route. `role` is what the visitor must have, VIEWER for everybody who is signed in."""

    method: str
    path: str
    need: Need
    role: Role
    endpoint: Callable[..., Any]
    answers_head: bool = False
    """Whether a program may ask for what stands above the page alone; browsers never do."""

    @property
    def methods(self) -> list[str]:
        """Return what it may be asked by."""
        return [self.method, *(["HEAD"] if self.answers_head else [])]


ROUTES: list[Route] = []
"""All of them; a test walks each as each role, and as nobody."""


def page(
    path: str, *, role: Role = Role.VIEWER, need: Need = Need.WHOLE, answers_head: bool = False
) -> Callable[[Endpoint], Endpoint]:
    """Declare a function as what answers to reading a path."""
    return _declare("GET", path, role, need, answers_head=answers_head)


def write(path: str, *, role: Role = Role.VIEWER, need: Need = Need.WHOLE) -> Callable[[Endpoint], Endpoint]:
    """Declare a function as what answers to a form that is sent to a path."""
    return _declare("POST", path, role, need)


def _declare(
    method: str, path: str, role: Role, need: Need, *, answers_head: bool = False
) -> Callable[[Endpoint], Endpoint]:
    def declared(endpoint: Endpoint) -> Endpoint:
        ROUTES.append(Route(method, path, need, role, endpoint, answers_head))
        return endpoint

    return declared


class SignInNeeded(Exception):
    """Nobody is signed in, or not with all that is needed; `where` is the page that mends it."""

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


class NotForYou(Exception):
    """What was asked for is not for this visitor's roles: it is as if it did not exist."""


class NotFromHere(Exception):
    """A write that does not come from a form of ours."""


@dataclass(frozen=True)
class Visit:
    """A request of somebody: who it is (None: nobody is signed in), where from, and what for."""

    request: Request
    console: Console
    visitor: Visitor | None

    @property
    def user(self) -> Visitor:
        """Who is signed in, on routes that nobody else reaches."""
        assert self.visitor is not None
        return self.visitor

    @property
    def name(self) -> str:
        """The visitor's name, as it is written down."""
        return self.user.user.name

    @property
    def actor(self) -> Actor:
        """The visitor, as services take who does something."""
        return Actor(self.user.user.id, self.name, Via.CONSOLE)

    @property
    def origin(self) -> str:
        """Where the console is reached, as browsers write it: "https://console.example"."""
        return _origin(self.request)

    @property
    def is_refresh(self) -> bool:
        """Return whether an open page asks by itself, and no person does."""
        return self.request.headers.get("hx-request") == "true"

    def may(self, role: Role) -> bool:
        """Return whether the visitor has a role."""
        return self.visitor is not None and has_role(self.visitor, role)

    @property
    def site(self) -> Site | None:
        """Where passkeys can be made and used, None where browsers refuse that: over plain http, but for "localhost",
        and at addresses without a name."""
        host, is_secret = self.request.url.hostname or "", self.request.url.scheme == "https"
        if not (is_secret or host == "localhost") or _is_address(host):
            return None
        return Site(self.origin, host)

    @property
    def network(self) -> str:
        """Where the request comes from: an IPv4 address, or the network that one IPv6 subscriber has."""
        return network_of(self.request.client.host if self.request.client else "")


def network_of(address: str) -> str:
    """Return what wrong tries from an address are counted by."""
    try:
        at = ipaddress.ip_address(address)
    except ValueError:
        return address
    if at.version == 6:
        return str(at.ipv4_mapped or ipaddress.ip_network((at, 64), strict=False))
    return str(at)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def has_role(visitor: Visitor, role: Role) -> bool:
    """Return whether somebody who is signed in has a role; everybody is a viewer."""
    return role is Role.VIEWER or role in visitor.user.roles


@cache
def router() -> APIRouter:
    """Return all declared routes, each behind the guard. They are made once for a process, which takes a tenth of a
    second."""
    made = APIRouter(include_in_schema=False)
    for route in ROUTES:
        dependency = Depends(_guarded(route))
        made.add_api_route(route.path, route.endpoint, methods=route.methods, dependencies=[dependency])
    return made


def _guarded(route: Route) -> Callable[..., Visit]:
    def guard(request: Request, csrf: Annotated[str, Form()] = "") -> Visit:
        return _visit(route, request, csrf)

    def reading(request: Request) -> Visit:
        return _visit(route, request, "")

    return guard if route.method == "POST" else reading


async def visit_of(request: Request) -> Visit:
    """Return the visit that the guard has let through; there is nothing to wait for, and no thread is asked for it.

    Raise NotFromHere where what should be the form's token is no text, which the guard is not even asked about.
    """
    visit: Visit | None = getattr(request.state, "visit", None)
    if visit is None:
        raise NotFromHere
    return visit


AVisit = Annotated[Visit, Depends(visit_of)]


def _without_nul(text: str) -> str:
    """Return a text that a store can be asked about: PostgreSQL knows no such letter, and nobody types it."""
    return text.replace("\0", "")


_LARGEST = 2**63 - 1
"""The largest number that a store can be asked about."""

Text = Annotated[str, Form(), AfterValidator(_without_nul)]
Texts = Annotated[list[str] | None, Form()]
Numbers = Annotated[list[Annotated[int, Field(ge=0, le=_LARGEST)]] | None, Form()]
Asked = Annotated[str, Query(), AfterValidator(_without_nul)]
AskedNumber = Annotated[int, Query(ge=0, le=_LARGEST)]
RowNumber = Annotated[int, Path(ge=0, le=_LARGEST)]
"""What routes take of forms (`Text`, `Texts`, `Numbers`), of what stands behind a "?" (`Asked`, `AskedNumber`), and of
their paths; what is none of these is answered by `error_pages`."""


def cookie_name(request: Request, name: str) -> str:
    """Return a cookie's name: only this very host, over TLS, may set one that begins with `__Host-`."""
    return f"__Host-{name}" if request.url.scheme == "https" else name


def known_visitor(request: Request) -> Visitor | None:
    """Return whose session a request carries, None for nobody's."""
    console: Console = request.app.state.console
    token = request.cookies.get(cookie_name(request, console.cookie), "")
    is_person = request.headers.get("hx-request") != "true"  # an open page asks by itself, and keeps no session alive
    store, now = console.app.work.store, console.real_now()
    return authentication.visitor(store, token, console.rules, now, is_seen=is_person)


def _visit(route: Route, request: Request, csrf: str) -> Visit:
    visitor = None if route.need is Need.ADDRESS else known_visitor(request)
    visit = Visit(request, request.app.state.console, visitor)
    if route.method == "POST":
        _require_own_form(request, None if route.need is Need.NOTHING else visitor, csrf)
    _require(visit, route)
    request.state.visit = visit
    return visit


def _require_own_form(request: Request, visitor: Visitor | None, csrf: str) -> None:
    """Raise NotFromHere unless a form comes from a page of ours, and from one of the visitor's own session."""
    site = request.headers.get("sec-fetch-site")
    origin, own = request.headers.get("origin"), _origin(request)
    if site is not None and site != "same-origin":
        raise NotFromHere
    if origin is not None and origin != own:
        raise NotFromHere
    if site is None and origin is None:
        raise NotFromHere
    if visitor is not None and not visitor.is_form_token(csrf):
        raise NotFromHere


def _origin(request: Request) -> str:
    """Return where a request of our own pages comes from, as browsers write it."""
    return f"{request.url.scheme}://{request.headers.get('host', '')}"


def _require(visit: Visit, route: Route) -> None:
    if route.need in _OPEN:
        return
    visitor = visit.visitor
    back = quote(_back(visit.request), safe="/")
    if visitor is None:
        raise SignInNeeded(f"/session/new?back={back}")
    if route.need is not Need.PASSWORD and not visitor.is_whole:
        raise SignInNeeded(f"/session/proof?back={back}" if visitor.has_factor else "/me/factor")
    if not has_role(visitor, route.role):
        raise NotForYou
    if (
        route.need is Need.FRESH
        and visit.console.rehearsal is None
        and not visitor.has_proved_lately(visit.console.real_now())
    ):
        raise SignInNeeded(f"/session/proof?back={back}")


def _back(request: Request) -> str:
    """Return where to go on after signing in: the page that was asked for, or the one that a form stands on."""
    if request.method == "GET":
        return request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return _form_page(request)


def _form_page(request: Request) -> str:
    parts = urlsplit(request.headers.get("referer", ""))
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def came_from(visit: Visit) -> str:
    """Return the page of ours that a form stands on."""
    return safe_back(_form_page(visit.request))


def safe_back(back: str) -> str:
    """Return a page of ours to go on to; anything else is the first page."""
    parts = urlsplit(back)
    is_ours = back.startswith("/") and not back.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return back if is_ours and "\\" not in back and back.isprintable() else "/"
