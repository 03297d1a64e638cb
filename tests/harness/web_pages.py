"""A web server on this machine, whose pages come and go, and which counts how often each was asked for."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class WebPages:
    """Answers 200 for what is `there`, and 404 for everything else."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.there: set[str] = set()
        self.asked: Counter[str] = Counter()

    def put(self, name: str) -> str:
        """Put a page there; return its address."""
        self.there.add(f"/{name}")
        return f"{self.url}/{name}"


@contextmanager
def pages() -> Iterator[WebPages]:
    class Answers(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            found.asked[self.path] += 1
            self.send_response(200 if self.path in found.there else 404)
            self.end_headers()

        do_GET = do_HEAD  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        found = WebPages(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield found
        server.shutdown()
