"""The whole simulator: each request through faults, OAuth, limits, checks and money to its endpoint and the ledger."""

import asyncio
import sys
import traceback
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate
from functools import partial
from typing import Any

import msgspec

from tests.servers.x import control, login, routes
from tests.servers.x.call import Call
from tests.servers.x.clock import iso
from tests.servers.x.contract import Contract
from tests.servers.x.faults import Fault, apply
from tests.servers.x.ledger import Entry, Ledger
from tests.servers.x.messages import Request, Response
from tests.servers.x.money import require_credits
from tests.servers.x.problems import Refusal, invalid, problem
from tests.servers.x.rules import Rules, check_body, check_path, check_query
from tests.servers.x.world import World


class Simulator:
    """Serves requests one at a time: what it accepts, it accepts whole."""

    def __init__(self, ledger: Ledger, contract: Contract | None) -> None:
        self.world = World(ledger)
        self._contract = contract
        self._late: dict[asyncio.TimerHandle, Callable[[], Response]] = {}

    async def serve(self, request: Request, gone: asyncio.Event) -> Response | None:
        """The answer to one request, or None to hang up; `gone` is set when the client has left."""
        if request.path.startswith("/_sim/"):
            if request.path == "/_sim/reset":
                self._forget_late()
            return control.answer(self.world, request, self._release)
        fault = next((fault for fault in self.world.faults if fault.hits(request)), None)
        entry = self._new_entry(request, fault)
        process = partial(self._process, request, entry)
        response = process() if fault is None else await apply(fault, self.world.faults, process, self._later, gone)
        if response is not None:
            response = _with_headers(response, {"date": formatdate(self.world.clock.now(), usegmt=True)})
        entry["status"] = None if response is None else response.status
        self.world.ledger.write("requests", entry)
        return response

    def _new_entry(self, request: Request, fault: Fault | None) -> Entry:
        entry: Entry = {
            "method": request.method,
            "path": request.path,
            "query": request.query_string,
            "at": iso(self.world.clock.now()),
            "user": None,
            "status": None,
            "processed": None,
            "fault": fault.effect if fault else None,
        }
        return self.world.ledger.add("requests", entry)

    def _process(self, request: Request, entry: Entry) -> Response:
        try:
            response = self._answer(request, entry)
        except Refusal as refusal:
            response = refusal.response
            if refusal.violation:
                violation = {"method": request.method, "path": request.path, "message": refusal.violation}
                self.world.ledger.add("violations", violation | {"at": entry["at"]})
        except Exception:
            traceback.print_exc(file=sys.stderr)
            response = problem(500, "The simulator itself failed; its standard error says how.")
        entry["processed"] = response.status
        return response

    def _answer(self, request: Request, entry: Entry) -> Response:
        if request.path.startswith("/oauth/"):
            return login.answer(self.world, request)
        route, ids = routes.find(request.method, request.path)
        user = self.world.authenticate(request)
        entry["user"] = user.id
        rates = self.world.settings.limits
        headers = self.world.limiter.take(user.id, route.buckets, rates, self.world.clock.now())
        try:
            check_path(ids)
            params = check_query(route.rules, request.query)
            body = _json_body(request, route.rules)
            if self._contract is not None:
                self._contract.check(request.method, route.template, params, body)
            require_credits(user)
            response = route.handler(Call(self.world, user, request, ids, params, body))
        except Refusal as refusal:
            raise Refusal(_with_headers(refusal.response, headers), refusal.violation) from refusal
        return _with_headers(response, headers)

    def _later(self, seconds: float, process: Callable[[], Response]) -> None:
        def run() -> None:
            self._late.pop(handle)()

        handle: asyncio.TimerHandle = asyncio.get_running_loop().call_later(seconds, run)
        self._late[handle] = process

    def _release(self) -> int:
        waiting = list(self._late.items())
        self._forget_late()
        for _, process in waiting:
            process()
        return len(waiting)

    def _forget_late(self) -> None:
        for handle in self._late:
            handle.cancel()
        self._late.clear()


def _json_body(request: Request, rules: Rules) -> Any:
    if rules.body is None:
        return None
    if request.content_type != "application/json":
        raise invalid("the content type must be application/json")
    try:
        body = msgspec.json.decode(request.body)
    except msgspec.DecodeError:
        raise invalid("the body is not JSON") from None
    check_body(rules, body)
    return body


def _with_headers(response: Response, headers: dict[str, str]) -> Response:
    return replace(response, headers={**headers, **response.headers})
