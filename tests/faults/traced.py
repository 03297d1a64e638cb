"""What a process asked of the system: every call that touches a folder's files, and every request it sent."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote_plus

from tests.harness.bot_process import PATIENCE_S

CALLS = "openat,mkdir,write,writev,pwrite64,pwritev,ftruncate,fallocate,fsync,fdatasync,rename,unlink,sendto,sendmsg"

_LINE = re.compile(r"(\d+) +(?:(\w+)\((.*)|<\.\.\. \w+ resumed>(.*))")
_UNFINISHED = "<unfinished ...>"
_TEXT = re.compile(r'(?<=")(?:\\x[0-9a-f]{2})*(?=")')
_OPENED = re.compile(r"\d+<([^>]*)>")
_POSTING = re.compile(r"POST (/api/v1/statuses|/2/tweets|/api/v1/statuses/\w+/reblog|/2/users/\w+/retweets) ")


@dataclass(frozen=True)
class Call:
    """A system call; `began` and `ended` are places in the trace, so that what was still under way is known.

    `path` is the file it is about, or the socket; `more` is what stands behind it.
    """

    name: str
    path: str
    more: str
    began: int
    ended: int

    @cached_property
    def data(self) -> bytes:
        """The bytes that it wrote or sent."""
        found = _TEXT.search(self.more)
        assert found is not None, self.more[:200]
        return _bytes(found[0])

    @cached_property
    def numbers(self) -> list[int]:
        """The arguments that are numbers, in their order."""
        return [int(one) for one in re.findall(r", (\d+)(?=[,)])", _TEXT.sub("", self.more))]


@dataclass(frozen=True)
class Posting:
    """A request that asks a platform for a post or a reshare; it began to leave at `began`."""

    account: str
    is_reshare: bool
    text: str
    began: int


def trace(command: Sequence[str], log: Path, folder: Path, environment: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start a command whose calls are written to a file; what it says of itself goes into a pipe."""
    strace = ["strace", "-f", "--seccomp-bpf", "-y", "-xx", "-s", "1000000", "-o", str(log), "-e", f"trace={CALLS}"]
    return subprocess.Popen([*strace, *command], cwd=folder, env=dict(environment), stderr=subprocess.PIPE, text=True)


def cut_power(traced: subprocess.Popen[str]) -> None:
    """End the traced process at once; the trace is whole afterwards."""
    (child,) = Path(f"/proc/{traced.pid}/task/{traced.pid}/children").read_text().split()
    os.kill(int(child), signal.SIGKILL)
    traced.communicate(timeout=PATIENCE_S)


def calls(log: Path, concerns: Callable[[Call], bool]) -> list[Call]:
    """The successful calls of a trace that concern somebody, and those that never ended, in the order they began."""
    return sorted((one for one in _read(log) if concerns(one)), key=lambda one: one.began)


def _read(log: Path) -> Iterator[Call]:
    begun: dict[str, tuple[str, str, int]] = {}
    number = 0
    with log.open(encoding="ascii") as lines:
        for number, line in enumerate(lines):
            found = _LINE.match(line)
            if found is None:
                continue
            process, name, rest, resumed = found.groups()
            if name and rest.endswith(_UNFINISHED):
                begun[process] = (name, rest.removesuffix(_UNFINISHED).rstrip(), number)
                continue
            if not name:
                name, rest, began = begun.pop(process, ("", "", number))
                rest += resumed
            else:
                began = number
            if name and ") = -1 " not in " ".join(rest[-200:].split()):
                yield _call(name, rest, began, number)
    for name, rest, began in begun.values():
        yield _call(name, rest, began, number + 1)


def _call(name: str, rest: str, began: int, ended: int) -> Call:
    """The path is that of the open file, or the first that is named."""
    opened = _OPENED.match(rest)
    if opened:
        return Call(name, _plain(opened[1]), rest[opened.end() :], began, ended)
    named = _TEXT.search(rest)
    return Call(name, _plain(named[0]) if named else "", rest[named.end() :] if named else rest, began, ended)


def _plain(text: str) -> str:
    return _bytes(text).decode() if text.startswith("\\x") else text


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def postings(sent: Sequence[Call]) -> list[Posting]:
    """The requests among what was sent, each with all that was sent on its connection until the next one."""
    found: list[Posting] = []
    for place, one in enumerate(sent):
        if one.name not in ("sendto", "sendmsg") or not _POSTING.match(said := one.data.decode(errors="replace")):
            continue
        for later in sent[place + 1 :]:
            if later.path == one.path:
                more = later.data.decode(errors="replace")
                if re.match(r"[A-Z]+ /", more):
                    break
                said += more
        address = said.split()[1]
        is_reshare = address.endswith(("/reblog", "/retweets"))
        found.append(
            Posting("x" if address.startswith("/2/") else "mastodon", is_reshare, unquote_plus(said), one.began)
        )
    return found
