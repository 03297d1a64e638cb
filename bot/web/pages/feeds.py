"""The campaign in one's own calendar app: links that are made and ended on one's page, and what they give."""

from __future__ import annotations

import asyncio
import math
from datetime import datetime
from http import HTTPStatus

from fastapi import Response
from fastapi.responses import PlainTextResponse

from bot.domain.users import Scope, token_lasts_until
from bot.errors import Refused
from bot.services import authentication, calendar_feed, tokens
from bot.web import languages
from bot.web.ics import CalendarText
from bot.web.languages import Speech
from bot.web.pages.door import device_name
from bot.web.pages.me import settings_page
from bot.web.rendering import refused, speech_of, to
from bot.web.routes import Asked, AVisit, Need, NotForYou, RowNumber, Text, Visit, page, write

_UNSAID = {"referrer-policy": "no-referrer"}
"""The address is a secret: it is told to nobody to whom a link leads."""


@write("/me/calendars", need=Need.FRESH)
def make(visit: AVisit, name: Text = "") -> Response:
    """Make a link, and show it, this once."""
    console, user = visit.console, visit.user.user
    if console.rehearsal is not None:
        raise NotForYou
    now = console.real_now()
    until = token_lasts_until(console.work.config.campaign.day_of_action, now)
    try:
        token = tokens.make(
            console.work.store, user, name.strip() or device_name(visit), [Scope.FEED], until, visit.actor, now
        )
    except Refused as error:
        return settings_page(visit, refused(visit, error), HTTPStatus.CONFLICT)
    own = "" if user.language else f"?language={speech_of(visit).language}"
    return settings_page(visit, calendar_link=f"{visit.origin}/feeds/{token}/calendar.ics{own}")


@write("/me/calendars/{number:int}/end")
def end(visit: AVisit, number: RowNumber) -> Response:
    """End a link at once."""
    tokens.end(visit.console.work.store, visit.user.user, number, visit.actor, visit.console.real_now())
    return to("/me")


@page("/feeds/{token}/calendar.ics", need=Need.ADDRESS, answers_head=True)
async def calendar(visit: AVisit, token: str, language: Asked = "") -> Response:
    """Give the campaign to a calendar app that has a link. One is written at a time, and by no thread that makes pages:
    a long one takes half a second."""
    async with visit.console.writing_calendar:
        return await asyncio.to_thread(_calendar, visit, token, language)


def _calendar(visit: Visit, token: str, language: str) -> Response:
    console, now = visit.console, visit.console.real_now()
    store = console.work.store
    try:
        user = tokens.holder(store, token, Scope.FEED, now, network=visit.network)
    except Refused as error:
        until = error.facts["until"]
        assert isinstance(until, datetime)
        later = {"retry-after": str(math.ceil((until - now).total_seconds()))}
        return PlainTextResponse(refused(visit, error), HTTPStatus.TOO_MANY_REQUESTS, _UNSAID | later)
    if user is None:
        nothing = speech_of(visit).gettext("There is no calendar at this address, or not any more.")
        return PlainTextResponse(nothing, HTTPStatus.NOT_FOUND, _UNSAID)
    campaign = console.work.config.campaign
    accepted = visit.request.headers.get("accept-language", "")
    speech = Speech(languages.chosen(user.language or language, accepted), campaign.timezone)
    mark = authentication.hidden(store, "calendar", "")
    text = CalendarText(calendar_feed.read(console.work), campaign, speech, visit.origin, mark)
    headers = _UNSAID | {"etag": text.etag, "vary": "accept-language"}
    if text.etag in visit.request.headers.get("if-none-match", ""):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(text.written(console.clock()), headers=headers, media_type="text/calendar; charset=utf-8")
