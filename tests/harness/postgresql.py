"""A PostgreSQL server of this process's own, in a temporary folder, and databases on it."""

from __future__ import annotations

import atexit
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

import psycopg

from tests.harness.memory import folder_in_memory

_USER = "groundswell"
_FOR_SPEED = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "on"}
_USUAL = {
    "listen_addresses": "",
    "max_connections": "300",
    "shared_buffers": "64MB",
    "timezone": "Asia/Kathmandu",
    "autovacuum": "off",
    "log_min_messages": "fatal",
}
"""Odd on purpose: whoever takes the server's zone for UTC shall be found out."""

_PATIENCE_S = 30.0


class PostgreSQL:
    """A running server; nobody but this machine's users can reach it. It ends with this process.

    `durable` is for timings: commits go to the disk as in real life.
    """

    def __init__(self, *, durable: bool = False) -> None:
        parent = None if durable else folder_in_memory()
        self._folder = Path(tempfile.mkdtemp(prefix="groundswell-pg-", dir=parent))
        atexit.register(shutil.rmtree, self._folder, ignore_errors=True)
        self._account = _unprivileged()
        self._own(self._folder)
        self._numbers = itertools.count(1)
        data = self._folder / "data"
        self._run("initdb", "-D", str(data), "-U", _USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        settings = _USUAL | ({} if durable else _FOR_SPEED) | {"unix_socket_directories": str(self._folder)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self._folder / "log").open("wb") as log:
            self._server = subprocess.Popen(
                [_program("postgres"), "-D", str(data), *options],
                stdout=subprocess.DEVNULL,
                stderr=log,
                env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
                start_new_session=True,
                **self._account,
            )
        atexit.register(self.close)
        self._wait()

    def url(self, database: str) -> str:
        """Return the address of a database, as `DATABASE_URL` has it."""
        return f"postgresql+psycopg://{_USER}@/{database}?host={self._folder}"

    def create(self, template: str = "template1") -> str:
        """Create a new database; return its name."""
        name = f"campaign_{next(self._numbers)}"
        self.ask(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, database: str) -> None:
        """Take a database away, whoever is connected to it."""
        self.ask(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    def ask(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Return the answer to whatever an administrator asks of the server."""
        with psycopg.connect(host=str(self._folder), user=_USER, dbname=database, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def cut(self, database: str) -> int:
        """Cut every connection to a database, as a network would; gives how many there were.

        They are gone when this returns: one that lives on for a moment may be cut in the middle of what begins then.
        """
        query = f"SELECT pg_terminate_backend(pid, {1000 * _PATIENCE_S:.0f}) FROM pg_stat_activity WHERE datname = "
        return len(self.ask(f"{query}'{database}'"))

    def close(self) -> None:
        """End the server at once."""
        if self._server.poll() is None:
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait(_PATIENCE_S)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, program: str, *words: str) -> None:
        done = subprocess.run([_program(program), *words], capture_output=True, text=True, **self._account)
        assert done.returncode == 0, done.stderr

    def _own(self, folder: Path) -> None:
        if self._account:
            os.chown(folder, self._account["user"], self._account["group"])

    def _wait(self) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                self.ask("SELECT 1")
            except psycopg.OperationalError:
                assert self._server.poll() is None, (self._folder / "log").read_text()
                assert time.monotonic() < deadline, (self._folder / "log").read_text()
                time.sleep(0.02)
            else:
                return


@cache
def postgresql() -> PostgreSQL:
    """Return the server of this process, started when it is first needed."""
    return PostgreSQL()


def _program(name: str) -> str:
    """Return a program's path: Debian keeps the servers of several versions side by side, and none of them on the
    path."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    return str(found[-1]) if found else name


def _unprivileged() -> dict[str, Any]:
    """Return as whom the server runs: it refuses to be root."""
    if os.getuid() != 0:
        return {}
    user = next(one for one in pwd.getpwall() if one.pw_name in {"postgres", "nobody"})
    user = next((one for one in pwd.getpwall() if one.pw_name == "postgres"), user)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
