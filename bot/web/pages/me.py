"""One's own page: language, second factor, password, where one is signed in, and links to one's calendar."""

from __future__ import annotations

from collections.abc import Collection

from fastapi import Response
from markupsafe import Markup
from starlette.status import HTTP_403_FORBIDDEN, HTTP_422_UNPROCESSABLE_CONTENT

from bot.domain.users import Role, needs_second_factor
from bot.errors import Refused
from bot.services import authentication, passkeys, tokens, users
from bot.store import users as stored
from bot.web.languages import LANGUAGES, Speech
from bot.web.pages.door import can_sign_in, device_name
from bot.web.rendering import end_session, refused, set_keys, set_session, show, show_door, speech_of, to
from bot.web.routes import AVisit, Need, Text, Visit, page, write


@page("/me")
def me(visit: AVisit) -> Response:
    """Show one's own settings."""
    return settings_page(visit)


def settings_page(
    visit: Visit, problem: str = "", status: int = 200, passkey_name: str = "", *, calendar_link: str = ""
) -> Response:
    """Return the page of one's own settings, with what was in the way of changing them, or a link to one's calendar
    that was made just now."""
    with visit.console.work.store.read() as tx:
        sessions = stored.sessions_of(tx, visit.user.user.id)
    roles = role_names(visit.user.user.roles, speech_of(visit))
    return show(
        visit,
        "me.html",
        status,
        place="me",
        sessions=sessions,
        languages=LANGUAGES,
        problem=problem,
        role_names=roles,
        factors=passkeys.factors(visit.console.work.store, visit.user.user.id),
        site=visit.site,
        passkey_name=passkey_name or device_name(visit),
        device=device_name(visit),
        calendar_link=calendar_link,
        tokens=tokens.own(visit.console.work.store, visit.user.user, visit.console.real_now()),
    )


def role_names(roles: Collection[Role], speech: Speech) -> str:
    """Return what somebody may do, as one phrase: "Editor and moderator"."""
    names = {
        Role.EDITOR: speech.gettext("editor"),
        Role.MODERATOR: speech.gettext("moderator"),
        Role.ADMIN: speech.gettext("admin"),
    }
    phrase = speech.all_of([name for role, name in names.items() if role in roles]) or speech.gettext("viewer")
    return phrase[:1].upper() + phrase[1:]


@write("/me/language")
def choose_language(visit: AVisit, language: Text = "") -> Response:
    """Choose the language that the console speaks to oneself; "" is the browser's."""
    if language not in ("", *LANGUAGES):
        problem = speech_of(visit).gettext("The console does not speak this language. Choose one of the list.")
        return settings_page(visit, problem, HTTP_422_UNPROCESSABLE_CONTENT)
    with visit.console.work.store.begin() as tx:
        stored.change_user(tx, visit.user.user.id, language=language)
    return to("/me")


@write("/me/keys")
def choose_keys(visit: AVisit, keys: Text = "") -> Response:
    """Switch single keys off in this browser, or on again (WCAG 2.1.4)."""
    return set_keys(visit, to("/me"), are_off=keys == "off")


@write("/me/password", need=Need.FRESH)
def choose_password(visit: AVisit, password: Text = "") -> Response:
    """Choose another password; all other sessions end."""
    console = visit.console
    try:
        users.change_password(console.work.store, visit.user.user, password, visit.user.session.key, console.real_now())
    except Refused as error:
        return settings_page(visit, refused(visit, error), HTTP_403_FORBIDDEN)
    return to("/me")


@write("/me/sessions/end")
def end_everywhere(visit: AVisit) -> Response:
    """End all of one's sessions, this one too."""
    authentication.sign_out(visit.console.work.store, visit.user, everywhere=True)
    return end_session(visit, to("/session/new"))


@page("/me/factor", need=Need.PASSWORD)
def factor(visit: AVisit) -> Response:
    """Show how a second factor is set up; who has one already proves it first."""
    if visit.user.has_factor and not may_change(visit):
        return to("/session/proof?back=/me/factor")
    return factor_page(visit, authentication.new_seed())


@write("/me/factor", need=Need.PASSWORD)
def set_up_factor(visit: AVisit, seed: Text = "", code: Text = "") -> Response:
    """Take an app's codes over, once it shows a right one, and show the recovery codes."""
    console = visit.console
    if visit.user.has_factor and not may_change(visit):
        return to("/session/proof?back=/me/factor")
    try:
        token, codes = authentication.set_up_factor(console.work.store, visit.user, seed, code, console.real_now())
    except Refused as error:
        return factor_page(visit, authentication.as_seed(seed), refused(visit, error), HTTP_403_FORBIDDEN)
    return set_session(visit, show_door(visit, "recovery.html", codes=codes), token)


@write("/me/factor/remove", need=Need.FRESH)
def remove_factor(visit: AVisit) -> Response:
    """Remove the app that shows codes."""
    try:
        authentication.remove_app(visit.console.work.store, visit.user, visit.console.real_now())
    except Refused as error:
        return settings_page(visit, refused(visit, error), HTTP_403_FORBIDDEN)
    return to("/me")


def may_change(visit: Visit) -> bool:
    """Return whether somebody who has a second factor may change it without proving it once more."""
    return visit.user.is_whole and visit.user.has_proved_lately(visit.console.real_now())


def factor_page(visit: Visit, seed: str, problem: str = "", status: int = 200, passkey_name: str = "") -> Response:
    """Return the page on which a second factor is set up, with what was in the way; `seed` is an app's."""
    import segno  # with what it draws, a megabyte of the console, for a page that each sees once

    address = authentication.seed_address(seed, visit.user.user, visit.console.work.config.campaign.name)
    picture = segno.make(address, error="m").svg_inline(scale=5, border=3, dark="#0b3038", light="#fff")
    return show_door(
        visit,
        "factor.html",
        status,
        seed=seed,
        spaced_seed=" ".join(seed[place : place + 4] for place in range(0, len(seed), 4)),
        address=address,
        picture=Markup(picture),  # noqa: S704
        is_needed=needs_second_factor(visit.user.user.roles),
        problem=problem,
        can_sign_in=can_sign_in(visit),
        has_factor=visit.user.has_factor,
        site=visit.site,
        passkey_name=passkey_name or device_name(visit),
    )
