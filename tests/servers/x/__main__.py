"""Run the simulator: `python -m tests.servers.x --port 0 [--ledger FILE]`."""

import argparse
import asyncio
import sys
from pathlib import Path

import uvloop

from tests.servers.x.contract import load
from tests.servers.x.ledger import Ledger
from tests.servers.x.simulator import Simulator
from tests.servers.x.wire import Connection


async def _run(port: int, ledger: Path | None, *, until_stdin_closes: bool) -> None:
    simulator = Simulator(Ledger(ledger), load())
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(simulator.serve), "127.0.0.1", port)
    print(f"listening on http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    if until_stdin_closes:
        await _end_of_stdin(loop)
    else:
        await server.serve_forever()


async def _end_of_stdin(loop: asyncio.AbstractEventLoop) -> None:
    """Return when the parent process is gone, so that no simulator outlives its tests."""
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


def main() -> None:
    """Read the command line and serve until stopped."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers.x", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--ledger", type=Path, help="append what was accepted to this file, one JSON document a line")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end when standard input does")
    options = parser.parse_args()
    try:
        uvloop.run(_run(options.port, options.ledger, until_stdin_closes=options.until_stdin_closes))
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
