"""Runs the Mastodon test server: `python -m tests.servers.mastodon [--port PORT] [--ledger FILE]`."""

import argparse
import os
import shutil
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import uvicorn

from tests.servers.mastodon.layer import Layer
from tests.servers.mastodon.wire import ClosableProtocol
from tests.servers.mastodon.world import World

_MEMORY_DISK = Path("/dev/shm")


class _Server(uvicorn.Server):
    """Leaves at once when told to: a hanging fault must not hold up the end of a test."""

    def __init__(self, config: uvicorn.Config, folder: Path) -> None:
        super().__init__(config)
        self._folder = folder

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        os._exit(0)


def serve(*, port: int = 0, ledger: str = "", tell: Callable[[str], None]) -> None:
    """Serve until told to end; `tell` is given the address. `port` 0 takes a free one; what is accepted is appended to
    the file `ledger`, one JSON object a line."""
    listener = _listener(port)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    folder = Path(tempfile.mkdtemp(prefix="mastodon-server-", dir=_MEMORY_DISK if _MEMORY_DISK.is_dir() else None))
    config = uvicorn.Config(
        Layer(World(address, folder, Path(ledger) if ledger else None)),
        http=ClosableProtocol,
        lifespan="off",
        log_level="error",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=60,
    )
    server = _Server(config, folder)
    tell(address)
    server.run(sockets=[listener])


def _listener(port: int) -> socket.socket:
    """Made with IPPROTO_TCP, without which asyncio leaves TCP_NODELAY off and every answer takes 40 ms longer."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(256)
    return listener


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.servers.mastodon", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--ledger", default="")
    serve(**vars(parser.parse_args()), tell=lambda address: print(f"listening on {address}", flush=True))
