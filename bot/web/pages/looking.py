"""A look at a post of somebody: fetched again on a press, its files passed on, and who else looks at it."""

from __future__ import annotations

import asyncio
from functools import partial
from http import HTTPStatus
from secrets import compare_digest

from fastapi import Response
from fastapi.responses import PlainTextResponse
from starlette.exceptions import HTTPException

from bot.domain.users import Role
from bot.errors import Refused
from bot.platforms.web.passed_file import FileTrouble, FileUnavailable
from bot.services import authentication, presence
from bot.services.moderation import look as looks
from bot.services.moderation import review_queue
from bot.web.languages import Speech
from bot.web.pages.moderation import Notice, card_address, shown_again
from bot.web.relay import CaptionsResponse, FileResponse, KeptLook, RelayedFile
from bot.web.rendering import speech_of, to
from bot.web.routes import AVisit, RowNumber, Text, Texts, Visit, page, write


@write("/sightings/{number:int}/look", role=Role.MODERATOR)
async def look(visit: AVisit, number: RowNumber, before: Text = "", at: Text = "", ticks: Texts = None) -> Response:
    """Fetch a post again, and show it with its files, and with what was ticked already; or say that it is gone.

    Somebody else's server may be slow: who waits for it takes no thread that makes pages.
    """
    return await asyncio.to_thread(_looked_at, visit, number, before, at, frozenset(ticks or ()))


def _looked_at(visit: Visit, number: int, before: str, at: str, given: frozenset[str]) -> Response:
    try:
        shown = looks.look(visit.console.connected, number, visit.actor)
    except Refused as error:
        return shown_again(visit, number, error, at, before, given)
    if shown.sighting is None:
        return to(card_address(None, notice=Notice.GONE))
    visit.console.relay.keep(
        KeptLook(
            visit.user.session.key,
            number,
            shown.sighting.state,
            visit.console.real_now(),
            tuple(map(RelayedFile, shown.files)),
            shown.changed,
            before,
            given,
        )
    )
    return to(f"{f'/sightings/{number}' if at == 'sighting' else card_address(number)}#files")


@page("/sightings/{number:int}/look/{once}", role=Role.MODERATOR)
async def file(visit: AVisit, number: RowNumber, once: str) -> Response:
    """Pass on a file that a look has shown to this session, until the post is decided; four at a time in all."""
    kept = await asyncio.to_thread(kept_look, visit, number)
    console, speech = visit.console, speech_of(visit)
    found = next((each for each in kept.files if _is_it(each.once, once)), None) if kept else None
    if found is None:
        of_films = (captions for each in kept.files for captions in each.captions) if kept else ()
        captions = next((each for each in of_films if _is_it(each.once, once)), None)
        if captions is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return await _captions(visit, captions.file.address)
    turn = console.relay.begin(visit.user.session.key, once)
    if turn is None:
        full = speech.gettext("Four files are being watched just now. Try again in a minute.")
        return PlainTextResponse(full, HTTPStatus.SERVICE_UNAVAILABLE, {"retry-after": "60"})
    ended = partial(console.relay.end, turn)
    wanted = visit.request.headers.get("range", "")
    try:
        opened = await asyncio.to_thread(console.remote_files.open, found.file.address, wanted, found.media_type)
    except FileUnavailable as error:
        ended()
        return PlainTextResponse(_words(error.trouble, speech), HTTPStatus.BAD_GATEWAY)
    except BaseException:
        ended()
        raise
    found.media_type = opened.media_type
    return FileResponse(opened, turn, found.went_through, ended, lambda: _may_go_on(visit, number, kept))


async def _captions(visit: Visit, address: str) -> Response:
    """Pass captions on, written anew; what is none is not passed on."""
    from bot.platforms.web.captions import MOST_BYTES, rewritten

    console = visit.console
    try:
        return CaptionsResponse(
            await console.relay.captions(lambda: rewritten(console.remote_files.read(address, MOST_BYTES)))
        )
    except (FileUnavailable, ValueError):
        return PlainTextResponse(speech_of(visit).gettext("These captions cannot be shown."), HTTPStatus.BAD_GATEWAY)


def _is_it(once: str, asked: str) -> bool:
    return compare_digest(once.encode(), asked.encode())


def kept_look(visit: Visit, number: int) -> KeptLook | None:
    """Return what the session was shown of a post, as long as that is not decided since."""
    sighting = review_queue.stands(visit.console.work, number)
    now = visit.console.real_now()
    return visit.console.relay.look(visit.user.session.key, number, sighting.state, now) if sighting else None


def _may_go_on(visit: Visit, number: int, kept: KeptLook | None) -> bool:
    """Return whether a file may go on to the visitor. Watching is no sign of a person: it does not keep a session from
    ending."""
    console = visit.console
    store, now = console.app.work.store, console.real_now()
    visitor = authentication.visitor(store, visit.user.token, console.rules, now, is_seen=False)
    return visitor is not None and kept_look(visit, number) is kept


def _words(trouble: FileTrouble, speech: Speech) -> str:
    return {
        FileTrouble.UNREACHABLE: speech.gettext("Its server does not give this file. Watch it at its place."),
        FileTrouble.PRIVATE: speech.gettext("This file is at an address that is not public. It is not fetched."),
        FileTrouble.TOO_LARGE: speech.gettext("This file is larger than 200 MB. Watch it at its place."),
        FileTrouble.NOT_PLAYABLE: speech.gettext("Browsers do not play this kind of file. Watch it at its place."),
    }[trouble]


@write("/sightings/{number:int}/presence", role=Role.MODERATOR)
def present(visit: AVisit, number: RowNumber, leaves: Text = "") -> Response:
    """Write down that somebody looks at a post, or that they have left it."""
    if leaves:
        presence.leave(visit.console.work, visit.actor, number)
    else:
        presence.look(visit.console.work, number, visit.actor)
    return Response(status_code=HTTPStatus.NO_CONTENT)
