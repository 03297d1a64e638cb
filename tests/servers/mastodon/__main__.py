"""Runs the Mastodon test server: `python -m tests.servers.mastodon --port 0 [--ledger FILE]`."""

import argparse
import gc
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
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


def main() -> None:
    options = _options()
    listener = _listener(options.port)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    folder = Path(tempfile.mkdtemp(prefix="mastodon-server-", dir=_MEMORY_DISK if _MEMORY_DISK.is_dir() else None))
    config = uvicorn.Config(
        Layer(World(address, folder, options.ledger)),
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
    if options.stop_with_stdin:
        threading.Thread(target=_stop_with_stdin, daemon=True).start()
    gc.collect()
    gc.freeze()  # what is loaded stays: the collector need not look at it at every hundredth request
    gc.set_threshold(50_000, 20, 100)
    print(f"listening on {address}", flush=True)
    server.run(sockets=[listener])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.servers.mastodon", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--ledger", type=Path, help="append what is accepted to this file, one JSON object a line")
    parser.add_argument("--stop-with-stdin", action="store_true", help="end when standard input ends")
    return parser.parse_args()


def _listener(port: int) -> socket.socket:
    """Made with IPPROTO_TCP, without which asyncio leaves TCP_NODELAY off and every answer takes 40 ms longer."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(256)
    return listener


def _stop_with_stdin() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
