"""Listening: one worker at a time, through every trouble, and gone at once when told to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.causes import CauseCode
from bot.cli.words.events import event_text
from bot.domain.polling import KnownStream, StreamState
from bot.errors import Outcome, PlatformError, StoreError
from bot.store import sources
from bot.worker import streams as listening
from bot.worker.streams import StreamListeners
from tests.harness.bot_process import until
from tests.harness.campaign import CampaignHarness

SOURCE = "social.example #Tag"
KEY = ("mastodon", SOURCE)


class Scripted:
    """A stream that gives each signs, raises each error, and then waits until it is hung up."""

    source = SOURCE

    def __init__(self, *script: bool | PlatformError) -> None:
        self._script = list(script)
        self._over = threading.Event()
        self.opened = self.ended = 0

    def listen(self) -> Generator[bool]:
        self._over.clear()
        self.opened += 1
        try:
            while self._script:
                sign = self._script.pop(0)
                if isinstance(sign, PlatformError):
                    raise sign
                yield sign
            self._over.wait(10)
            raise PlatformError("It broke off.", Outcome.NOT_SENT)
        finally:
            self.ended += 1

    def says(self, *script: bool | PlatformError) -> None:
        """More of the script, for what waits: it breaks off and says this when it is opened again."""
        self._script += script
        self._over.set()

    def hang_up(self) -> None:
        self._over.set()


class Room:
    """A worker's listeners at a campaign."""

    def __init__(self, harness: CampaignHarness) -> None:
        self.harness = harness
        self.announced: list[Any] = []
        self.failed: list[Exception] = []
        self._all: list[StreamListeners] = []

    def listens(self, *streams: Scripted, origin: object = None) -> StreamListeners:
        found = StreamListeners(self.announced.append, self.failed.append)
        self._all.append(found)
        self.turns_to(found, *streams, origin=origin)
        return found

    def turns_to(self, listeners: StreamListeners, *streams: Scripted, origin: object = None) -> None:
        listeners.renew(self.harness.work, [("mastodon", origin, stream) for stream in streams])

    def known(self) -> KnownStream | None:
        with self.harness.work.store.read() as tx:
            return next(iter(sources.streams(tx)), None)

    def state(self) -> StreamState | None:
        known = self.known()
        return known.state if known else None

    def end(self) -> None:
        for one in self._all:
            one.end()
        assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("stream ")]
        assert self.failed == []


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """Where nobody waits for long."""
    for name in ("LOOK_AGAIN", "OFF_FOR"):
        monkeypatch.setattr(listening, name, timedelta(milliseconds=20))
    monkeypatch.setattr(listening, "LOCK_WAIT", 0.0)
    monkeypatch.setattr(listening, "BREATH", 0.0)
    monkeypatch.setattr(listening, "backoff", lambda failures: timedelta(milliseconds=failures))
    found = Room(CampaignHarness(tmp_path))
    yield found
    found.end()


def refused() -> PlatformError:
    return PlatformError("There is none.", Outcome.REJECTED)


def lost() -> PlatformError:
    return PlatformError("It broke off.", Outcome.NOT_SENT)


def test_an_opening_and_an_event_are_announced_and_a_heartbeat_is_not(room: Room) -> None:
    """What came before a stream was open, at a worker's start too, is told by nobody: it is looked for."""
    stream = Scripted(False, False)
    room.listens(stream)
    until(lambda: room.state() is StreamState.OPEN)
    assert room.announced == [KEY]
    stream.says(False, True)
    until(lambda: (known := room.known()) and known.event_at)
    assert room.announced == [KEY] * 3, "it was opened twice, and told of one post"


def test_what_came_while_a_stream_was_lost_is_looked_for_when_it_is_open_again(room: Room) -> None:
    room.listens(Scripted(False, lost(), False))
    until(lambda: room.announced == [KEY, KEY])


def test_a_stream_that_was_refused_is_off_says_so_once_and_is_tried_again(room: Room) -> None:
    stream = Scripted(refused(), refused())
    room.listens(stream)
    until(lambda: stream.opened > 2)
    assert [event_text(event) for event in room.harness.events if event.name == "stream_off"] == [
        "There is none. What is posted is found by looking, as often as without streams"
    ]
    assert not [event for event in room.harness.events if event.alarming]


def test_one_that_does_not_announce_what_is_there_is_silent_opened_anew_and_well_with_its_next_event(
    room: Room,
) -> None:
    stream = Scripted(False)
    listener = room.listens(stream).of(KEY)
    assert listener
    until(lambda: room.state() is StreamState.OPEN)
    before, after = room.harness.clock() - timedelta(minutes=1), room.harness.clock()
    for last_read in (None, before, after, after):
        listener.found_unannounced(last_read)
    assert stream.opened == 1
    stream._script += [False]
    listener.found_unannounced(after)
    until(lambda: stream.opened == 2)
    until(lambda: room.state() is StreamState.SILENT)
    stream.says(False, True)
    until(lambda: room.state() is StreamState.OPEN)
    assert len(room.harness.told("stream_silent")) == 1


def test_an_event_in_between_proves_that_a_stream_is_not_silent(room: Room) -> None:
    stream = Scripted(False)
    listener = room.listens(stream).of(KEY)
    assert listener
    until(lambda: room.state() is StreamState.OPEN)
    for _ in range(2):
        listener.found_unannounced(room.harness.clock())
    listener._heard(is_event=True)
    for _ in range(2):
        listener.found_unannounced(room.harness.clock())
    assert stream.opened == 1


def test_of_two_workers_one_listens_until_it_is_gone(room: Room) -> None:
    first, second = Scripted(False), Scripted(False)
    one = room.listens(first)
    until(lambda: first.opened)
    room.listens(second)
    began = time.monotonic()
    until(lambda: time.monotonic() - began > 0.1)
    assert second.opened == 0
    one.end()
    until(lambda: second.opened == 1)


def test_streams_of_an_account_that_was_made_anew_are_opened_anew_and_others_are_let_be(room: Room) -> None:
    first, second, third = Scripted(False), Scripted(False), Scripted(False)
    listeners = room.listens(first, origin="old")
    until(lambda: first.opened)
    room.turns_to(listeners, second, origin="old")
    assert first.ended == second.opened == 0
    room.turns_to(listeners, third, origin="new")
    until(lambda: third.opened)
    assert first.ended == 1
    room.turns_to(listeners)
    until(lambda: third.ended)


def test_a_store_that_fails_for_a_while_does_not_end_the_listening(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    working: Callable[..., None] = sources.save_stream
    failures = iter([True, True, False])

    def save(*given: Any) -> None:
        if next(failures, False):
            raise StoreError(CauseCode.STORE_DISK, said="The disk is full")
        working(*given)

    monkeypatch.setattr(sources, "save_stream", save)
    room.listens(Scripted(False, False, False, False))
    until(lambda: room.state() is StreamState.OPEN)
    assert [getattr(error, "code", None) for error in room.failed] == [CauseCode.STORE_DISK] * 2
    room.failed.clear()


def test_nobody_listens_any_more_after_the_end(room: Room) -> None:
    stream = Scripted(False)
    listeners = room.listens(stream)
    until(lambda: room.state() is StreamState.OPEN)
    listeners.end()
    assert stream.ended == 1, "it was not waited for"
    assert room.state() is StreamState.LOST
    room.turns_to(listeners, Scripted(False))
    assert listeners.of(KEY) is None
    known = room.known()
    assert known
    assert known.state is not StreamState.OPEN
