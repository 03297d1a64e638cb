"""Run the simulator: `python -m tests.servers.x [--port PORT] [--ledger FILE]`."""

import argparse
import asyncio
from collections.abc import Callable
from pathlib import Path

import uvloop

from tests.servers.x.contract import load
from tests.servers.x.ledger import Ledger
from tests.servers.x.simulator import Simulator
from tests.servers.x.wire import Connection


def serve(*, port: int = 0, ledger: str = "", tell: Callable[[str], None]) -> None:
    """Serve until ended; `tell` is given the address. `port` 0 takes a free one; what is accepted is appended to the
    file `ledger`, one JSON document a line."""
    uvloop.run(_run(port, Path(ledger) if ledger else None, tell))


async def _run(port: int, ledger: Path | None, tell: Callable[[str], None]) -> None:
    simulator = Simulator(Ledger(ledger), load())
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(simulator.serve), "127.0.0.1", port)
    tell(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.servers.x", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--ledger", default="")
    serve(**vars(parser.parse_args()), tell=lambda address: print(f"listening on {address}", flush=True))
