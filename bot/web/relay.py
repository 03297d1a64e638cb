"""Files of others as they pass through here to who looks at a post: four at a time, in pieces, and never kept.

What a look has shown is remembered for its session alone, under random names, until the post is decided.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from fastapi import Response
from starlette.types import Receive, Scope, Send

from bot.domain.fingerprint import ChangedPart
from bot.domain.post import CaptionFile, MediaFile, MediaKind
from bot.domain.sighting import SightingState
from bot.platforms.web.passed_file import LONGEST, FileUnavailable
from bot.values import dataclass

if TYPE_CHECKING:
    from bot.platforms.web.remote_file import OpenedRemoteFile

AT_ONCE = 4
_LASTS = timedelta(hours=1)
_MOST_LOOKS = 400
_ASKS_EVERY_S = 5.0
PLAYED = frozenset({MediaKind.VIDEO, MediaKind.GIF, MediaKind.SILENT_VIDEO, MediaKind.AUDIO})
"""What is played to its end; the rest is looked at."""

AS_IT_COMES = ("x-accel-buffering", "no")
"""Tells a proxy like nginx to pass on what comes, when it comes: it would gather a stream until that is of no use any
more, and put a film on its disk that is to be nowhere."""

_ALONE = "default-src 'none'; sandbox; frame-ancestors 'none'"


def _name() -> str:
    return secrets.token_urlsafe(18)


@dataclass(frozen=True)
class RelayedCaptions:
    """Captions of a film that a look has shown. `once` is their name in addresses of ours."""

    file: CaptionFile
    once: str = field(default_factory=_name)


@dataclass
class RelayedFile:
    """A file that a look has shown. `once` is its name in addresses of ours; `is_whole` says that its last byte went
    through."""

    file: MediaFile
    once: str = field(default_factory=_name)
    media_type: str = ""
    is_whole: bool = False
    captions: tuple[RelayedCaptions, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.captions = tuple(map(RelayedCaptions, self.file.captions))

    def went_through(self) -> None:
        """Write down that its last byte has gone through."""
        self.is_whole = True


@dataclass(frozen=True)
class KeptLook:
    """What a look has shown to one session: how the post stood, what was `changed` since it was seen, with the words
    that it had `before`, and which sentences were ticked when it was looked at."""

    session: str
    number: int
    state: SightingState
    at: datetime
    files: tuple[RelayedFile, ...]
    changed: ChangedPart | None
    before: str
    ticks: frozenset[str]

    @property
    def was_played(self) -> bool:
        """Return whether every film and sound of it has gone through to its end."""
        films = [each for each in self.files if each.file.kind in PLAYED]
        return bool(films) and all(each.is_whole for each in films)


@dataclass(eq=False)
class Turn:
    """One of the files that go through at the same time; over once the same one is asked for again."""

    key: tuple[str, str]
    is_over: bool = False


@dataclass
class Relay:
    """All that goes through one console."""

    _looks: dict[tuple[str, int], KeptLook] = field(default_factory=dict)
    _turns: dict[tuple[str, str], Turn] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _captions: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def captions(self, read: Callable[[], str]) -> str:
        """Return what `read` gives of a file of captions, four at a time; they are small, and who asks waits."""
        async with self._captions:
            return await asyncio.to_thread(read)

    def keep(self, look: KeptLook) -> None:
        """Remember what a look has shown; what the same session was shown of the post before is over."""
        with self._guard:
            self._looks = {key: kept for key, kept in self._looks.items() if _lasts(kept, look.at)}
            self._looks.pop((look.session, look.number), None)
            self._looks[look.session, look.number] = look
            for key in list(self._looks)[:-_MOST_LOOKS]:
                del self._looks[key]

    def look(self, session: str, number: int, state: SightingState, now: datetime) -> KeptLook | None:
        """Return what a session was shown of a post that stands as it stood then; None where that is over."""
        kept = self._looks.get((session, number))
        return kept if kept and kept.state is state and _lasts(kept, now) else None

    def begin(self, session: str, once: str) -> Turn | None:
        """Begin a turn for a file, and return it; None while four others go through. A browser that asks for another
        part of a file has done with the one before."""
        turn = Turn((session, once))
        with self._guard:
            before = self._turns.get(turn.key)
            if before is None and len(self._turns) >= AT_ONCE:
                return None
            if before is not None:
                before.is_over = True
            self._turns[turn.key] = turn
        return turn

    def end(self, turn: Turn) -> None:
        """Let the next file through."""
        with self._guard:
            if self._turns.get(turn.key) is turn:
                del self._turns[turn.key]


def _lasts(kept: KeptLook, now: datetime) -> bool:
    return timedelta() <= now - kept.at < _LASTS


class CaptionsResponse(Response):
    """Captions, as they were written anew."""

    def __init__(self, captions: str) -> None:
        super().__init__(captions, media_type="text/vtt", headers={"content-security-policy": _ALONE})


class FileResponse(Response):
    """A file on its way: nothing in it is run, and it ends with its turn, or as soon as `may_go_on` says no."""

    def __init__(
        self,
        opened: OpenedRemoteFile,
        turn: Turn,
        at_end: Callable[[], None],
        ended: Callable[[], None],
        may_go_on: Callable[[], bool],
    ) -> None:
        headers = {
            "content-type": opened.media_type,
            "content-disposition": "inline",
            "content-security-policy": _ALONE,
            "accept-ranges": "bytes",
            AS_IT_COMES[0]: AS_IT_COMES[1],
        }
        if opened.length is not None:
            headers["content-length"] = str(opened.length)
        if opened.is_part:
            headers["content-range"] = opened.content_range
        super().__init__(status_code=206 if opened.is_part else 200)
        self.raw_headers = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        self._opened = opened
        self._turn = turn
        self._at_end = at_end
        self._ended = ended
        self._may_go_on = may_go_on

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on; an answer that breaks off is one that the browser knows to be no whole file."""
        hung_up = asyncio.create_task(_hung_up(receive))
        try:
            with suppress(TimeoutError, FileUnavailable):
                async with asyncio.timeout(LONGEST):
                    await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
                    await self._pass_on(send, hung_up)
        finally:
            hung_up.cancel()
            self._ended()
            await asyncio.to_thread(self._opened.close)

    async def _pass_on(self, send: Send, hung_up: asyncio.Task[None]) -> None:
        pieces, given = self._opened.pieces(), 0
        asked = asyncio.get_running_loop().time()
        while piece := await asyncio.to_thread(next, pieces, b""):
            if hung_up.done() or self._turn.is_over:
                return
            if asyncio.get_running_loop().time() - asked >= _ASKS_EVERY_S:
                if not await asyncio.to_thread(self._may_go_on):
                    return
                asked = asyncio.get_running_loop().time()
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            given += len(piece)
        if self._opened.length is None or given == self._opened.length:
            if self._opened.total is None or self._opened.first + given >= self._opened.total:
                self._at_end()
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
