"""A server of films on this machine: whole ones with ranges, and what is no film, has no end, or leads elsewhere."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FILM = (Path(__file__).parent / "film.webm").read_bytes()
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
CAPTIONS = "WEBVTT\n\n00:00.000 --> 01:00.000 line:0\n<v Ana>Bonjour <b>à tous</b>\n".encode()
PAGE = b"<!doctype html><script>alert(1)</script>" + bytes(64)
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


@dataclass
class FilmServer:
    """What is at each path; `asked` are the heads of the requests, by path; `hold` keeps films from going on."""

    url: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    elsewhere: str = ""
    hold: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://")


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        films = self.server.films
        films.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        match self.path.partition("?")[0]:
            case "/film.webm":
                self._part(FILM, "video/webm")
            case "/page.mp4":
                self._part(PAGE, "video/mp4")
            case "/captions.vtt":
                self._part(CAPTIONS, "text/html")
            case "/picture.png":
                self._part(PNG, "text/html")
            case "/elsewhere":
                self.send_response(302)
                self.send_header("Location", films.elsewhere)
                self.end_headers()
            case "/huge":
                self._head(FILM[:64], length=300 * 1024**2)
            case "/endless":
                self._head(FILM)
                while not films.over.is_set():
                    self.wfile.write(bytes(1024 * 1024))
            case "/held":
                self._head(FILM[:100], length=len(FILM))
                films.hold.wait(30)
                self.wfile.write(FILM[100:])
            case "/drip":
                self._head(b"", length=len(FILM))
                for letter in FILM:
                    self.wfile.write(bytes([letter]))
                    if films.over.wait(0.005):
                        return
            case "/packed":
                self._head(FILM, encoding="gzip")
            case _:
                self.send_error(404)

    def _head(self, body: bytes, length: int | None = None, encoding: str = "") -> None:
        self.send_response(200)
        self.send_header("Content-Type", "video/webm")
        self.send_header("Set-Cookie", "who=you")
        if length is not None:
            self.send_header("Content-Length", str(length))
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def _part(self, body: bytes, kind: str) -> None:
        wanted = _RANGE.match(self.headers.get("Range", ""))
        first = int(wanted[1]) if wanted else 0
        last = min(int(wanted[2]) if wanted and wanted[2] else len(body) - 1, len(body) - 1)
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(last + 1 - first))
        if wanted:
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(body)}")
        self.end_headers()
        self.wfile.write(body[first : last + 1])

    def handle(self) -> None:
        with suppress(OSError):  # whoever asked has hung up
            super().handle()

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    films: FilmServer


@contextmanager
def film_server() -> Iterator[FilmServer]:
    """Serve until the test is over."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        films = server.films = FilmServer(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield films
        finally:
            films.over.set()
            films.hold.set()
            server.shutdown()
            thread.join(5)
