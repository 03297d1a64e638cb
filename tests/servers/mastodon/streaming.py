"""Streams over server-sent events: honest ones, and all the ways in which one may be of no use."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from mastodon_mock.streaming import EventBus, Subscriber, hashtag_channel, sse_format, user_channel
from starlette.types import Receive, Send

from tests.servers.mastodon.access import viewer_of
from tests.servers.mastodon.dress import refused
from tests.servers.mastodon.hashtags import normalised
from tests.servers.mastodon.ledger import Entry
from tests.servers.mastodon.wire import Answer, Connection, Refusal, Request
from tests.servers.mastodon.world import Viewer, World

_LIE = b'event: update\ndata: {"id": "1"}\n\n' * 100
_MEGABYTE = b"data: " + b"x" * 1_000_000
_MOMENT_S = 0.01


async def stream(world: World, request: Request, entry: Entry, connection: Connection) -> None:
    """Answers one request for a stream; the ledger says when it was opened and when it was over."""
    try:
        viewer, channel = _asked(world, request)
    except Refusal as refusal:
        entry["status"] = refusal.status
        world.ledger.end_request(entry)
        await connection.answer(refused(world, refusal))
        return
    if world.settings.streams == "redirect":
        entry["status"] = 301
        world.ledger.end_request(entry)
        await connection.answer(Answer(301, {}, headers={"location": f"{world.address}/api/v1/streaming/elsewhere"}))
        return
    entry["status"] = 200
    world.ledger.end_request(entry)
    opened = world.ledger.stream({"path": request.path, "query": request.query, "account": viewer.username})
    try:
        await _give(world, channel, connection.receive, connection.send)
    finally:
        opened["closed"] = time.time()


def _asked(world: World, request: Request) -> tuple[Viewer, str]:
    """Whose stream it is, and the channel it hears. Raises Refusal."""
    viewer = viewer_of(world, request)
    if viewer is None or viewer.account_id is None:
        raise Refusal(401, "This method requires an authenticated user")
    name = request.path.removeprefix("/api/v1/streaming/")
    if world.settings.streams == "missing" or name not in ("hashtag", "user/notification"):
        raise Refusal(404, "Not found")
    if name == "hashtag":
        return viewer, hashtag_channel(normalised(request.value("tag") or ""))
    return viewer, user_channel(viewer.account_id)


async def _give(world: World, channel: str, receive: Receive, send: Send) -> None:
    """Sends pieces until they end, or the client leaves."""
    bus: EventBus = world.app.state.event_bus
    mailbox = bus.subscribe(channel)
    gone = asyncio.ensure_future(receive())
    try:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        async with aclosing(_pieces(world, mailbox)) as pieces:
            async for piece in pieces:
                if gone.done():
                    return
                if piece:
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()
        bus.unsubscribe(mailbox)


async def _pieces(world: World, mailbox: Subscriber) -> AsyncGenerator[bytes, None]:
    manner, beat = world.settings.streams, world.settings.heartbeat
    yield b":connected\n\n"
    if manner == "huge":
        yield _MEGABYTE + b"\n\n"
    while manner != "dropping":
        try:
            event = await asyncio.wait_for(mailbox.queue.get(), _MOMENT_S if manner == "lying" else beat)
        except TimeoutError:
            yield {"lying": _LIE, "mute": b""}.get(manner, b":thump\n\n")
            continue
        is_for_us = not mailbox.channel.startswith("user:") or event.name == "notification"
        if is_for_us and manner in ("honest", "huge"):
            yield sse_format(event.name, event.payload)
