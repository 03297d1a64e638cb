"""The door: signing in, proving it again, signing out, and taking up an invitation."""

from __future__ import annotations

import re
from urllib.parse import quote

from fastapi import Response
from starlette.status import HTTP_403_FORBIDDEN, HTTP_410_GONE, HTTP_422_UNPROCESSABLE_CONTENT

from bot.errors import Refused
from bot.services import authentication, passkeys, users
from bot.services.authentication import Visitor
from bot.web.console import LOOPBACK_NAMES
from bot.web.rendering import device_of, end_session, refused, set_device, set_session, show_door, to
from bot.web.routes import Asked, AVisit, Need, Text, Visit, page, safe_back, write

_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_MACHINES = ("iPhone", "iPad", "Android", "Windows", "Macintosh", "Linux")


@page("/session/new", need=Need.NOTHING)
def new_session(visit: AVisit, back: Asked = "/", undone: Asked = "") -> Response:
    """Show where to sign in, and whether what was sent is `undone` for that; who is signed in already goes on."""
    if visit.visitor is not None and visit.visitor.is_whole:
        return to(safe_back(back))
    return _sign_in_page(visit, back, is_undone=bool(undone))


def _sign_in_page(
    visit: Visit, back: str, problem: str = "", name: str = "", status: int = 200, *, is_undone: bool = False
) -> Response:
    return show_door(
        visit,
        "session_new.html",
        status,
        back=safe_back(back),
        problem=problem,
        name=name,
        is_undone=is_undone,
        can_sign_in=can_sign_in(visit),
    )


def can_sign_in(visit: Visit) -> bool:
    """Return whether nobody on the way can read what is typed, or whoever serves the console has said that it is all
    right."""
    is_secret = visit.request.url.scheme == "https" or visit.request.url.hostname in LOOPBACK_NAMES
    return is_secret or visit.console.without_tls


@write("/sessions", need=Need.NOTHING)
def begin_session(visit: AVisit, name: Text = "", password: Text = "", back: Text = "/") -> Response:
    """Sign somebody in."""
    console = visit.console
    if not can_sign_in(visit):
        return _sign_in_page(visit, back, status=HTTP_403_FORBIDDEN)
    try:
        token = authentication.sign_in(
            console.work.store,
            name,
            password,
            network=visit.network,
            device=device_name(visit),
            known_device=device_of(visit),
            now=console.real_now(),
        )
    except Refused as error:
        return _sign_in_page(visit, back, refused(visit, error), name, HTTP_403_FORBIDDEN)
    return _signed_in(visit, token, name, back)


def _signed_in(visit: Visit, token: str, name: str, back: str) -> Response:
    """Remember the device, and go on to the second factor, where there is one to be asked for or to be set up."""
    console = visit.console
    visitor = authentication.visitor(console.work.store, token, console.rules, console.real_now())
    where = _next(visitor, back) if visitor else "/session/new"
    response = to(where)
    if visitor is not None and visitor.is_whole:
        set_device(visit, response, authentication.device_mark(console.work.store, name, device_of(visit)))
    return set_session(visit, response, token)


def _next(visitor: Visitor, back: str) -> str:
    if visitor.is_whole:
        return safe_back(back)
    return f"/session/proof?back={quote(safe_back(back), safe='/')}" if visitor.has_factor else "/me/factor"


@page("/session/proof", need=Need.PASSWORD)
def proof(visit: AVisit, back: Asked = "/", undone: Asked = "") -> Response:
    """Ask for the second factor, or for the password again, and say whether what was sent is `undone` for that."""
    return _proof_page(visit, back, is_undone=bool(undone))


def _proof_page(visit: Visit, back: str, problem: str = "", status: int = 200, *, is_undone: bool = False) -> Response:
    factors = passkeys.factors(visit.console.work.store, visit.user.user.id)
    return show_door(
        visit,
        "proof.html",
        status,
        back=safe_back(back),
        problem=problem,
        is_undone=is_undone,
        has_factor=visit.user.has_factor,
        factors=factors,
        usable=factors.usable(visit.site),
    )


@write("/session/proof", need=Need.PASSWORD)
def prove(visit: AVisit, code: Text = "", passkey: Text = "", back: Text = "/") -> Response:
    """Take the second factor, or the password again; the session goes on under another token."""
    console = visit.console
    take = authentication.prove if visit.user.has_factor else authentication.prove_by_password
    try:
        if passkey and visit.site is not None:
            token = passkeys.prove(
                console.work, console.challenges, visit.site, visit.user, passkey, console.real_now()
            )
        else:
            token = take(console.work.store, visit.user, code, network=visit.network, now=console.real_now())
    except Refused as error:
        return _proof_page(visit, back, refused(visit, error), HTTP_403_FORBIDDEN)
    return _signed_in(visit, token, visit.name, back)


@write("/session/end", need=Need.PASSWORD)
def end(visit: AVisit) -> Response:
    """Sign the visitor out."""
    authentication.sign_out(visit.console.work.store, visit.user)
    return end_session(visit, to("/session/new"))


@page("/invitations/{token}", need=Need.NOTHING)
def invited(visit: AVisit, token: str) -> Response:
    """Show who is invited, to choose a password."""
    return _invitation_page(visit, token)


def _invitation_page(visit: Visit, token: str, problem: str = "") -> Response:
    try:
        invitation = users.invitation(visit.console.work.store, token, visit.console.real_now())
    except Refused as error:
        gone = refused(visit, error)
        return show_door(visit, "invitation.html", HTTP_410_GONE, invitation=None, token="", problem=gone)
    status = HTTP_422_UNPROCESSABLE_CONTENT if problem else 200
    return show_door(visit, "invitation.html", status, invitation=invitation, token=token, problem=problem)


@write("/invitations/{token}", need=Need.NOTHING)
def take_up(visit: AVisit, token: str, password: Text = "") -> Response:
    """Make a user of who was invited, or store a new password, and sign them in."""
    console = visit.console
    try:
        user = users.take_up(console.work.store, token, password, console.real_now())
    except Refused as error:
        return _invitation_page(visit, token, refused(visit, error))
    session = authentication.begin(console.work.store, user, device_name(visit), console.real_now())
    return _signed_in(visit, session, user.name, "/")


def device_name(visit: Visit) -> str:
    """Return what somebody knows their device by, "Firefox, Android", as far as it says."""
    agent = visit.request.headers.get("user-agent", "")[:400]
    browser = next((name for sign, name in _BROWSERS if re.search(rf"\b{sign}\w*/", agent)), "")
    machine = next((name for name in _MACHINES if name in agent), "")
    return ", ".join(filter(None, (browser, machine))) or "?"
