"""The layer around the mock: every request is written down, perhaps struck by a fault, answered and dressed."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.types import Receive, Scope, Send

from tests.servers.mastodon import instance, media, oauth, pages, reblogs, statuses, streaming, timelines
from tests.servers.mastodon.access import Call, viewer_of
from tests.servers.mastodon.clock import ULID_PATTERN, from_ulid
from tests.servers.mastodon.control import control
from tests.servers.mastodon.dress import dressed, if_changed, refused
from tests.servers.mastodon.strike import Late, Victim, strike
from tests.servers.mastodon.wire import Answer, Connection, Refusal, Request, ask, read_request
from tests.servers.mastodon.world import World

_Handler = Callable[[World, Call], Awaitable[Answer]]
_ID = r"(?P<target>\d+)"
_ROUTES: tuple[tuple[re.Pattern[str], _Handler], ...] = tuple(
    (re.compile(pattern), handler)
    for pattern, handler in (
        (r"POST /api/v1/statuses", statuses.post_status),
        (rf"GET /api/v1/statuses/{_ID}", statuses.get_status),
        (rf"PUT /api/v1/statuses/{_ID}", statuses.edit_status),
        (rf"DELETE /api/v1/statuses/{_ID}", statuses.delete_status),
        (rf"POST /api/v1/statuses/{_ID}/reblog", reblogs.reblog),
        (rf"POST /api/v1/statuses/{_ID}/unreblog", reblogs.unreblog),
        (rf"GET /api/v1/accounts/{_ID}/statuses", timelines.account_timeline),
        (r"GET /api/v1/timelines/tag/(?P<target>[^/]+)", timelines.hashtag_timeline),
        (r"GET /api/v2/search", timelines.search),
        (r"POST /api/v[12]/media", media.upload),
        (rf"GET /api/v1/media/{_ID}", media.get_media),
        (rf"(PUT|DELETE) /api/v1/media/{_ID}", media.change_media),
        (r"GET /api/v[12]/instance", instance.instance),
        (r"GET /robots\.txt", pages.robots),
        (rf"GET /users/[^/]+/statuses/{_ID}", pages.activity),
        (r"POST /oauth/authorize", oauth.authorize),
        (r"POST /oauth/token", oauth.token),
        (r"POST /oauth/revoke", oauth.revoke),
    )
)


class Layer:
    """The ASGI application. Work on one request is never cut short because its client has left."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._late = Late()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._world.app(scope, receive, send)
            return
        connection = Connection(scope, receive, send)
        request = await read_request(scope, receive)
        if request.path.startswith("/_sim/"):
            await connection.answer(await self._control(request))
        elif request.path.startswith("/api/v1/streaming/"):
            await streaming.stream(self._world, request, self._begin(request, None), connection)
        else:
            await self._respond(request, connection)

    async def _control(self, request: Request) -> Answer:
        if request.path == "/_sim/release":
            return Answer(payload={"released": await self._late.release()})
        if request.path == "/_sim/reset":
            self._late.forget()
        return control(self._world, request)

    async def _respond(self, request: Request, connection: Connection) -> None:
        account = self._account(request)
        entry = self._begin(request, account)
        fault = self._world.faults.striking(request, account)

        def tell(status: int | None) -> None:
            entry["status"] = status
            self._world.ledger.end_request(entry)

        victim = Victim(connection, lambda: self._process(request), tell)
        if fault is None:
            await victim.give(await victim.process())
        else:
            entry["fault"] = fault.effect
            await strike(fault, self._world, victim, self._late)

    def _begin(self, request: Request, account: str | None) -> dict[str, Any]:
        return self._world.ledger.begin_request(
            {
                "method": request.method,
                "path": request.path,
                "query": request.query,
                "account": account,
                "agent": request.headers.get("user-agent"),
                "idempotency_key": request.headers.get("idempotency-key"),
                "at": self._world.now_text,
                "status": None,
                "fault": None,
            }
        )

    def _account(self, request: Request) -> str | None:
        try:
            viewer = viewer_of(self._world, request)
        except Refusal:
            return None
        return viewer.username if viewer is not None else None

    async def _process(self, request: Request) -> Answer:
        world = self._world
        toll = world.limits.charge(request, world.settings, world.clock.now())
        if toll.is_exceeded and world.settings.rate_limits_enforced:
            answer = refused(world, Refusal(429, "Too many requests"))
        else:
            try:
                answer = await self._answer(self._routed(request))
            except Refusal as refusal:
                answer = refused(world, refusal)
        answer = dressed(world, answer, toll)
        return if_changed(request, answer) if world.settings.etags else answer

    async def _answer(self, request: Request) -> Answer:
        viewer = viewer_of(self._world, request)
        target = f"{request.method} {request.path}"
        for pattern, handler in _ROUTES:
            if (match := pattern.fullmatch(target)) is not None:
                return await handler(self._world, Call(request, viewer, match.groupdict().get("target") or ""))
        return await ask(self._world.app, request)

    def _routed(self, request: Request) -> Request:
        """The request with ids as the database knows them, and without a trailing slash where that is forgiven."""
        path, query = request.path, request.query
        if path.endswith("/") and path != "/":
            if self._world.settings.strict_paths:
                raise Refusal(404, "Not found")
            path = path.rstrip("/")
        if self._world.settings.ulid_ids:
            path = re.sub(rf"(?<=/){ULID_PATTERN}(?=/|$)", _as_number, path)
            query = re.sub(rf"(?<=id=){ULID_PATTERN}(?=&|$)", _as_number, query)
        return request.with_target(path, query)


def _as_number(match: re.Match[str]) -> str:
    return str(from_ulid(match[0]))
