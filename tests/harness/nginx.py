"""A real nginx in front of a test's own server: Debian's program, with TLS, on ports of this machine."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.harness.bot_process import PATIENCE_S
from tests.harness.relay import CERTIFICATE

PROGRAM = Path("/usr/sbin/nginx")
LISTENS = "listen 443 ssl;"
_FRAME = """\
{user}
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log stderr crit;
events {{ worker_connections 64; }}
http {{
{paths}
{servers}
}}
"""
_PATHS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@contextmanager
def nginx(folder: Path, servers: Sequence[str]) -> Iterator[list[int]]:
    """Run with these `server` blocks, as somebody writes them for port 443; lend the ports that they listen on instead.

    The ports are taken here and handed on, as a running nginx hands them to its successor: nobody else can be given
    them meanwhile.
    """
    assert PROGRAM.exists(), "nginx is missing: run tools/packages"
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in servers]
    ports = [each.getsockname()[1] for each in sockets]
    blocks = [_on_port(server, port) for server, port in zip(servers, ports, strict=True)]
    paths = "\n".join(f"{name}_temp_path {folder}/{name};" for name in _PATHS)
    user = "user root;" if os.getuid() == 0 else ""
    conf = _FRAME.format(user=user, folder=folder, paths=paths, servers="\n".join(blocks))
    (folder / "nginx.conf").write_text(conf, encoding="utf-8")
    numbers = [each.fileno() for each in sockets]
    with (folder / "nginx.err").open("wb") as errors:
        process = subprocess.Popen(
            [PROGRAM, "-e", "stderr", "-p", folder, "-c", folder / "nginx.conf"],
            env={"PATH": os.environ["PATH"], "NGINX": "".join(f"{number};" for number in numbers)},
            pass_fds=numbers,
            stderr=errors,
        )
    try:
        yield ports
        assert process.poll() is None, (folder / "nginx.err").read_text(encoding="utf-8")
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
        for each in sockets:
            each.close()


def _on_port(server: str, port: int) -> str:
    """Return the block with our port and our certificate in the place of its own."""
    assert LISTENS in server
    lines = [line for line in server.splitlines() if "ssl_certificate" not in line]
    own = f"listen 127.0.0.1:{port} ssl; ssl_certificate {CERTIFICATE}; ssl_certificate_key {CERTIFICATE};"
    return "\n".join(lines).replace(LISTENS, own)
