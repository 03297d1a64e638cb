"""The stream by which open pages learn that something has changed: a pulse without content, one stream a tab."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import anyio.to_thread
from fastapi import Response
from fastapi.responses import StreamingResponse

from bot.errors import StoreError
from bot.services import authentication
from bot.values import dataclass
from bot.web.relay import AS_IT_COMES
from bot.web.routes import AVisit, Visit, page

_LOOKS_EVERY_S = 0.5
_ALIVE_EVERY_S = 15.0
_WARNED = timedelta(minutes=2)
"""How long before a session ends by itself its open pages say so."""

_PULSE = b"event: pulse\ndata: {}\n\n"
_ALIVE = b": alive\n\n"


@page("/events")
async def events(visit: AVisit) -> Response:
    """Send a pulse whenever something has changed, until the tab, the session or the console ends."""
    return StreamingResponse(_stream(visit), media_type="text/event-stream", headers=dict([AS_IT_COMES]))


async def _stream(visit: Visit) -> AsyncIterator[bytes]:
    console, watcher = visit.console, visit.console.watcher
    watcher.start()
    known, quiet_for, unchecked_for = watcher.count, 0.0, 0.0
    yield b"retry: 2000\n\n"
    while not console.stopping.is_set() and console.watcher is watcher:
        await asyncio.sleep(_LOOKS_EVERY_S)
        quiet_for, unchecked_for = quiet_for + _LOOKS_EVERY_S, unchecked_for + _LOOKS_EVERY_S
        if watcher.count != known:
            known, quiet_for = watcher.count, 0.0
            yield _PULSE
        elif quiet_for >= _ALIVE_EVERY_S:
            quiet_for = 0.0
            yield _ALIVE
        if unchecked_for >= _ALIVE_EVERY_S:
            unchecked_for = 0.0
            try:
                left = await anyio.to_thread.run_sync(_time_left, visit)
            except StoreError:
                continue  # it is asked again; a pulse tells nobody anything
            if left is None:
                return
            if left.time <= _WARNED:
                yield f"event: ending\ndata: {'stay' if left.may_stay else 'over'}\n\n".encode()


@dataclass(frozen=True)
class TimeLeft:
    """How long a session lasts, and whether it lasts longer where its user does something."""

    time: timedelta
    may_stay: bool


def _time_left(visit: Visit) -> TimeLeft | None:
    """Return how long the session lasts, None where it is over.

    A stream is no sign of a person: it does not keep a session from ending.
    """
    console = visit.console
    store, now = console.app.work.store, console.real_now()
    visitor = authentication.visitor(store, visit.user.token, console.rules, now, is_seen=False)
    return TimeLeft(visitor.ends_at(console.rules) - now, visitor.may_stay(console.rules)) if visitor else None
