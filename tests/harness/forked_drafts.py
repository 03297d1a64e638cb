"""Drafts for `bot run` from a fork of a process that has loaded everything, where a new Python would load it again."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from threading import Lock
from typing import Any

from bot.services import campaign_files


class Forks:
    """What `bot.services.drafting` has for `subprocess`; made while this process has one thread."""

    TimeoutExpired = subprocess.TimeoutExpired

    def __init__(self) -> None:
        self._pipe, theirs = Pipe()
        self._one_at_a_time = Lock()
        if not os.fork():
            self._pipe.close()
            _serve(theirs)
        theirs.close()

    def run(
        self, command: Sequence[str], *, input: bytes, env: Mapping[str, str], **_: Any
    ) -> subprocess.CompletedProcess[bytes]:
        """Do what the command would do."""
        with self._one_at_a_time:
            self._pipe.send((command[-1], input, dict(env)))
            status, found = self._pipe.recv()
        return subprocess.CompletedProcess(command, status, found, b"")


def _serve(asked: Connection) -> None:
    """Fork for each order, until the process that gives them is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        while True:
            asked.send(_found(*asked.recv()))
    except (EOFError, OSError):
        os._exit(0)


def _found(path: str, limits: bytes, environment: dict[str, str]) -> tuple[int, bytes]:
    readable, writable = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.close(readable)
            os.environ.clear()
            os.environ.update(environment)
            sys.argv[1:] = [path]
            sys.stdin = io.TextIOWrapper(io.BytesIO(limits))
            with open(writable, "w", encoding="utf-8") as sys.stdout:
                campaign_files._main()
            os._exit(0)
        finally:
            os._exit(1)
    os.close(writable)
    with open(readable, "rb") as pipe:
        found = pipe.read()
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), found
