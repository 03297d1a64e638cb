"""Makes answers: templates with the words of the visitor's language, and the cookies that go with them."""

from __future__ import annotations

import gc
import gzip
import secrets
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from bot.domain.users import Role
from bot.errors import Refused
from bot.services import band
from bot.services.band import Band, Swell
from bot.values import dataclass
from bot.web import languages, static_files
from bot.web.causes import account_name, reason_text, shown_name
from bot.web.faults import with_quotes
from bot.web.languages import Speech
from bot.web.refusals import refusal_text
from bot.web.rehearsal_strip import playing
from bot.web.routes import Visit, came_from, cookie_name
from bot.web.swell import drawn

_TEMPLATES = Path(__file__).parent / "templates"
_COMPRESSED = 5
"""How hard pages are compressed: the hardest, 9, takes twice as long and saves a twentieth."""


class _TemplateFiles(FileSystemLoader):
    """Loads templates, and has thrown away at once what compiling one leaves behind: 4 MB of objects that hold each
    other, which would lie about beside all that the page is made of."""

    def load(self, *about: Any, **more: Any) -> Template:
        """Return a template, compiled."""
        template = super().load(*about, **more)
        if gc.get_freeze_count():  # else it would look through all that is loaded, for ten times as long
            gc.collect()
        return template


@cache
def environment() -> Environment:
    """Return what templates are made with: strict about names, and all text is text."""
    made = Environment(
        loader=_TemplateFiles(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.filters.update(account=account_name, handle=shown_name, quotes=with_quotes)
    made.globals.update(icon=static_files.icon, static=static_files.address, Role=Role, reason_text=reason_text)
    return made


@pass_context
def _gettext(context: Context, text: str) -> str:
    speech: Speech = context["speech"]
    return speech.gettext(text)


@pass_context
def _ngettext(context: Context, one: str, many: str, count: int) -> str:
    speech: Speech = context["speech"]
    return speech.ngettext(one, many, count)


def speech_of(visit: Visit) -> Speech:
    """Return how to speak to who visits: in their own language, and the campaign's zone, which leads everywhere."""
    own = visit.visitor.user.language if visit.visitor else ""
    language = languages.chosen(own, visit.request.headers.get("accept-language", ""))
    return Speech(language, visit.console.app.work.config.campaign.timezone)


def show(
    visit: Visit, template: str, status: int = 200, *, place: str, top: Band | None = None, **values: Any
) -> Response:
    """Return a page of who is signed in, with the band that stands on top of all of them.

    `place` says which of the pages in the band it is, or belongs to; `top` is the band where it is known already.
    """
    work, now, speech = visit.console.work, visit.console.clock(), speech_of(visit)
    on_top = {
        "band": top or band.read(work, now),
        "now": now,
        "swell": _swell(visit, speech, slim=place != "today"),
        "place": place,
        "places": _places(visit, speech),
        "city": speech.city(),
        "playing": playing(visit.console.rehearsal, speech),
        "initials": "".join(word[0] for word in visit.name.split()[:2]).upper(),
    }
    return _answer(visit, template, status, on_top | values)


def _swell(visit: Visit, speech: Speech, *, slim: bool) -> Markup:
    """Return the campaign's swell as it is drawn for all who speak this language."""
    console = visit.console

    def draw(swell: Swell) -> Markup:
        day_of_action = console.work.config.campaign.day_of_action
        picture = drawn(swell, speech, console.clock(), day_of_action, slim=slim)
        return Markup(environment().get_template("swell.html").render(picture=picture, speech=speech))  # noqa: S704

    return console.swell_drawn((speech.language, slim), draw)


def _places(visit: Visit, speech: Speech) -> list[Place]:
    """Return the pages that the band leads to, as far as they are for the visitor."""
    places = [
        Place("today", "/", speech.gettext("Today"), "house", "g t"),
        Place("calendar", "/calendar", speech.gettext("Calendar"), "calendar-days", "g c"),
        Place("deliveries", "/deliveries", speech.gettext("Deliveries"), "list", "g d"),
    ]
    if visit.may(Role.MODERATOR):
        return [*places, Place("moderation", "/moderation", speech.gettext("Moderation"), "scan-eye", "m")]
    return [*places, Place("sightings", "/sightings", speech.gettext("Posts of others"), "scan-eye", "m")]


@dataclass(frozen=True)
class Place:
    """A page that the band leads to, its icon on phones, and the keys that lead there."""

    key: str
    href: str
    name: str
    icon: str
    keys: str


def show_door(visit: Visit, template: str, status: int = 200, **values: Any) -> Response:
    """Return a page of the door, which says nothing of the campaign but its name."""
    return _answer(visit, template, status, values)


def refused(visit: Visit, error: Refused) -> str:
    """Return a refusal in the visitor's words."""
    return refusal_text(error, speech_of(visit))


def to(where: str) -> Response:
    """Return the answer to a write that was done: the page that shows what came of it."""
    return RedirectResponse(where, status_code=303)


def _answer(visit: Visit, template: str, status: int, values: dict[str, Any]) -> Response:
    nonce = secrets.token_urlsafe(16)
    visit.request.state.nonce = nonce
    speech = speech_of(visit)
    page = environment().get_template(template)
    text = page.render(
        speech=speech,
        visit=visit,
        nonce=nonce,
        campaign=visit.console.app.work.config.campaign,
        is_rehearsal=visit.console.rehearsal is not None,
        form=_form_token(visit),
        are_keys_off=visit.request.cookies.get(cookie_name(visit.request, _KEYS)) == _OFF,
        stands_at=_stands_at(visit),
        **values,
    )
    return _compressed(text.encode(), status, visit.request.headers.get("accept-encoding", ""))


def _stands_at(visit: Visit) -> str:
    """Return the page on which the form stands that this page answers, "" where it answers none, or a browser keeps it
    to itself: what another page says would be put in."""
    is_known = visit.request.method == "POST" and "referer" in visit.request.headers
    return came_from(visit) if is_known else ""


def _compressed(page: bytes, status: int, accepted: str) -> Response:
    """Return a page as who asked for it takes it. The thread that has made it compresses it too, for Starlette has the
    loop do so that all requests share."""
    headers = {"vary": "accept-encoding"}
    if "gzip" in accepted:
        page, headers["content-encoding"] = gzip.compress(page, _COMPRESSED, mtime=0), "gzip"
    return HTMLResponse(page, status, headers)


def _form_token(visit: Visit) -> Callable[[], str]:
    return visit.visitor.form_token if visit.visitor else lambda: ""


def set_session(visit: Visit, response: Response, token: str) -> Response:
    """Set the cookie that holds a session's token."""
    _set_cookie(visit, response, visit.console.cookie, token, None)
    return response


def set_device(visit: Visit, response: Response, mark: str) -> Response:
    """Set the cookie by which a browser is known from which somebody has signed in."""
    _set_cookie(visit, response, "gs-device", mark, 180 * 24 * 3600)
    return response


def device_of(visit: Visit) -> str:
    """Return the mark by which a browser is known, from its cookie; "" where it has none."""
    return visit.request.cookies.get(cookie_name(visit.request, "gs-device"), "")


def set_keys(visit: Visit, response: Response, *, are_off: bool) -> Response:
    """Set the cookie that says whether single keys press what is on a page."""
    _set_cookie(visit, response, _KEYS, _OFF if are_off else "", _KEYS_LAST_S if are_off else 0)
    return response


_KEYS, _OFF, _KEYS_LAST_S = "gs-keys", "off", 365 * 24 * 3600


def end_session(visit: Visit, response: Response) -> Response:
    """Delete the cookie of the session."""
    is_tls = visit.request.url.scheme == "https"
    response.delete_cookie(
        cookie_name(visit.request, visit.console.cookie), secure=is_tls, httponly=True, samesite="lax"
    )
    return response


def _set_cookie(visit: Visit, response: Response, name: str, value: str, seconds: int | None) -> None:
    response.set_cookie(
        cookie_name(visit.request, name),
        value,
        max_age=seconds,
        path="/",
        secure=visit.request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
