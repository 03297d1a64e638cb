"""Passkeys: what a browser is asked to sign, adding one, and removing one."""

from __future__ import annotations

from fastapi import Response
from fastapi.responses import JSONResponse
from starlette.status import HTTP_403_FORBIDDEN

from bot.errors import Refused
from bot.services import authentication, passkeys
from bot.services.passkeys import Site
from bot.web.pages.door import device_name
from bot.web.pages.me import factor_page, may_change, settings_page
from bot.web.rendering import refused, set_session, show_door, to
from bot.web.routes import AVisit, Need, NotFromHere, RowNumber, SignInNeeded, Text, Visit, write


@write("/session/proof/challenge", need=Need.PASSWORD)
def ask_for_proof(visit: AVisit) -> Response:
    """Return what the browser is to have signed by one of the visitor's passkeys."""
    console = visit.console
    options = passkeys.request_options(
        console.work.store, console.challenges, _site(visit), visit.user, console.real_now()
    )
    return JSONResponse(options)


@write("/me/passkeys/challenge", need=Need.PASSWORD)
def ask_for_new(visit: AVisit) -> Response:
    """Return what the browser is to make a passkey of."""
    console = visit.console
    _require_lately(visit)
    campaign = console.work.config.campaign.name
    options = passkeys.creation_options(
        console.work.store, console.challenges, _site(visit), visit.user, campaign, console.real_now()
    )
    return JSONResponse(options)


@write("/me/passkeys", need=Need.PASSWORD)
def add(visit: AVisit, passkey: Text = "", name: Text = "") -> Response:
    """Take a passkey over that the browser has made; show recovery codes where it is the first second factor."""
    console = visit.console
    _require_lately(visit)
    try:
        token, codes = passkeys.add(
            console.work.store,
            console.challenges,
            _site(visit),
            visit.user,
            passkey,
            name.strip() or device_name(visit),
            console.real_now(),
        )
    except Refused as error:
        problem = refused(visit, error)
        if visit.user.is_whole and visit.user.has_factor:
            return settings_page(visit, problem, HTTP_403_FORBIDDEN, name)
        return factor_page(visit, authentication.new_seed(), problem, HTTP_403_FORBIDDEN, name)
    if not codes:
        return to("/me")
    return set_session(visit, show_door(visit, "recovery.html", codes=codes), token)


@write("/me/passkeys/{number}/remove", need=Need.FRESH)
def remove(visit: AVisit, number: RowNumber) -> Response:
    """Remove one of the visitor's passkeys."""
    try:
        passkeys.remove(visit.console.work.store, visit.user, number, visit.console.real_now())
    except Refused as error:
        return settings_page(visit, refused(visit, error), HTTP_403_FORBIDDEN)
    return to("/me")


def _site(visit: Visit) -> Site:
    """Return where passkeys work; pages offer them nowhere else."""
    if visit.site is None:
        raise NotFromHere
    return visit.site


def _require_lately(visit: Visit) -> None:
    """Raise SignInNeeded unless the visitor has proved lately who they are: with the second factor, if there is one."""
    if visit.user.has_factor:
        if not may_change(visit):
            raise SignInNeeded("/session/proof?back=/me")
    elif not visit.user.has_proved_lately(visit.console.real_now()):
        raise SignInNeeded("/session/proof?back=/me/factor")
