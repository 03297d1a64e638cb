"""The rehearsal in the browser: coming in by the key of its address, and how it goes on."""

from __future__ import annotations

import asyncio
import hmac

from fastapi import Response

from bot.domain.users import Role
from bot.services import authentication
from bot.services.rehearsal.tempo import Tempo
from bot.web.console import PlayedRehearsal
from bot.web.pages.door import device_name
from bot.web.rendering import set_session, to
from bot.web.routes import AVisit, Need, NotForYou, NotFromHere, Text, Visit, came_from, page, write

_SOON_S = 3.0
_BEGINS_WITHIN_S = 60.0
_ASKED = frozenset(Tempo) - {Tempo.OPENING}


@page("/rehearsal/{key}", need=Need.NOTHING)
def enter(visit: AVisit, key: str) -> Response:
    """Let in who has the key: whoever sits at the terminal that has printed it."""
    rehearsal = _rehearsal(visit)
    if not hmac.compare_digest(key.encode(), rehearsal.key.encode()):
        raise NotForYou
    if visit.visitor is not None and visit.visitor.is_whole:
        return to("/")
    return _let_in(visit, rehearsal)


@write("/rehearsal/tempo")
async def go_on(visit: AVisit, tempo: Text = "") -> Response:
    """Let the rehearsal go on, rest, or begin again."""
    return await asyncio.to_thread(_go_on, visit, tempo)


def _go_on(visit: Visit, tempo: str) -> Response:
    rehearsal = _rehearsal(visit)
    if tempo not in _ASKED:
        raise NotFromHere
    if tempo == Tempo.AGAIN:
        rehearsal.playback.wait_for_beginning(_BEGINS_WITHIN_S)
        return _let_in(visit, rehearsal)
    rehearsal.playback.ask(Tempo(tempo))
    if tempo != Tempo.HOURLY:
        rehearsal.playback.wait_for_rest(_SOON_S)
    return to(came_from(visit))


def _rehearsal(visit: Visit) -> PlayedRehearsal:
    if visit.console.rehearsal is None:
        raise NotForYou
    return visit.console.rehearsal


def _let_in(visit: Visit, rehearsal: PlayedRehearsal) -> Response:
    console = visit.console
    store, now = console.app.work.store, console.real_now()
    token = authentication.let_in(store, rehearsal.person, tuple(Role), now, device_name(visit))
    return set_session(visit, to("/"), token)
