"""What a fault does to one request: before it is processed, or to the answer afterwards."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.servers.mastodon.dress import dressed, forced, rate_limited
from tests.servers.mastodon.faults import Fault
from tests.servers.mastodon.limits import Toll
from tests.servers.mastodon.wire import HTML, Answer, Connection
from tests.servers.mastodon.world import World

_Process = Callable[[], Awaitable[Answer]]
_APOLOGY = "<!doctype html><html><body><h1>Something went wrong on our end.</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Victim:
    """A request about to be struck. `tell` hears the status the client gets, None for none, before it gets it."""

    connection: Connection
    process: _Process
    tell: Callable[[int | None], None]

    async def give(self, answer: Answer) -> None:
        self.tell(answer.status)
        await self.connection.answer(answer)

    async def hang_up(self) -> None:
        self.tell(None)
        await self.connection.close()


class Late:
    """Requests whose clients have given up, and that are processed all the same: in their time, or when told to."""

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Task[None], _Process] = {}

    def keep(self, seconds: float, process: _Process) -> None:
        """Process it in so many real seconds."""

        async def come() -> None:
            await asyncio.sleep(seconds)
            del self._waiting[task]
            await process()

        task = asyncio.ensure_future(come())
        self._waiting[task] = process

    async def release(self) -> int:
        """Process now what is still kept; gives how many requests that were."""
        waiting = self.forget()
        for process in waiting:
            await process()
        return len(waiting)

    def forget(self) -> list[_Process]:
        """Keep nothing any more; gives what was kept."""
        waiting = list(self._waiting.values())
        for task in self._waiting:
            task.cancel()
        self._waiting.clear()
        return waiting


async def strike(fault: Fault, world: World, victim: Victim, late: Late) -> None:
    match fault.effect:
        case "close":
            await victim.hang_up()
        case "hang":
            victim.tell(None)
            await victim.connection.wait_for_the_client_to_leave()
        case "late_accept":
            late.keep(fault.seconds, victim.process)
            await victim.hang_up()
        case "status":
            await victim.give(_forced(fault, world))
        case "redirect":
            await victim.give(_redirect(fault, world))
        case "delay":
            await world.faults.pause(fault)
            await victim.give(await victim.process())
        case _:
            await _spoil(fault, world, victim, await victim.process())


async def _spoil(fault: Fault, world: World, victim: Victim, answer: Answer) -> None:
    match fault.effect:
        case "accept_then_status":
            await victim.give(_forced(fault, world))
        case "accept_then_html":
            body = (fault.body or _APOLOGY).encode()
            await victim.give(Answer(200, body=body, headers={"content-type": HTML}))
        case "accept_then_delay":
            await world.faults.pause(fault)
            await victim.give(answer)
        case "accept_then_half":
            victim.tell(None)
            await victim.connection.half(answer)
        case _:
            await victim.hang_up()


def _forced(fault: Fault, world: World) -> Answer:
    answer = forced(world, fault.status, fault.body)
    answer = rate_limited(world, answer, fault.reset_in) if fault.status == 429 else _dress(world, answer)
    answer.headers.update({name.lower(): value for name, value in fault.headers.items()})
    return answer


def _redirect(fault: Fault, world: World) -> Answer:
    status = fault.status if 300 <= fault.status < 400 else 302
    return _dress(world, Answer(status, body=b"", headers={"location": fault.location, **fault.headers}))


def _dress(world: World, answer: Answer) -> Answer:
    return dressed(world, answer, Toll(world.settings.rate_limit, world.settings.rate_limit - 1, world.clock.now()))
