"""A process that has loaded both servers once, and forks one for each order: loading the Mastodon mock takes seconds of
the processor.

An order says which module is to `serve`, and with what. The server answers for itself, with its process and its
address.
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import socket
import sys
import threading
from typing import Any

from tests.harness.preloaded import Orders, tell

MODULES = ("tests.servers.mastodon.__main__", "tests.servers.x.__main__")


def main() -> None:
    """Fork what is asked for, until nobody asks any more; the servers end with this process."""
    for module in MODULES:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()  # what is loaded stays: the collector need not look at it at every hundredth request
    gc.set_threshold(50_000, 20, 100)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how a server ended
    ours, lifeline = os.pipe()
    for wanted, asker in (orders := Orders(sys.argv[1])):
        if not os.fork():
            os.close(lifeline)
            own = asker.dup()
            orders.close()
            _become(wanted, ours, own)


def _become(wanted: dict[str, Any], lifeline: int, asker: socket.socket) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115 - the orders are not for a server
    os.environ.update(wanted["environment"])
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()

    def tell_address(url: str) -> None:
        tell(asker, {"pid": os.getpid(), "url": url})
        asker.close()

    importlib.import_module(wanted["module"]).serve(**wanted["options"], tell=tell_address)
    os._exit(0)


def _end_with(lifeline: int) -> None:
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
