"""Child processes that live one life each: forked, struck from outside, and heard to the end."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable

import msgspec

from tests.sweep.jobs import Outcome

LONGEST_LIFE = 60
"""Seconds after which a life that hangs is ended, and the case fails."""

WAITING = b"waiting\n"


def fork(run: Callable[[], Outcome]) -> tuple[int, int]:
    """Run in a child; gives its process id, and where its outcome can be read."""
    readable, writable = os.pipe()
    child = os.fork()
    if child:
        os.close(writable)
        return child, readable
    try:
        outcome = guarded(run)
        with open(writable, "wb") as pipe:
            pipe.write(msgspec.json.encode(outcome))
        os._exit(0)
    finally:
        os._exit(1)


def guarded(run: Callable[[], Outcome]) -> Outcome:
    """The outcome, or the traceback of what went wrong. A life that hangs ends this process, and with it the test."""
    signal.alarm(LONGEST_LIFE)
    try:
        return run()
    except Exception:
        return Outcome(failed=traceback.format_exc())
    finally:
        signal.alarm(0)


def kill_when_told(child: int) -> None:
    """Tell the test that a child is to wait for an answer, and kill the child when the test says that it does."""
    sys.stdout.buffer.write(WAITING)
    sys.stdout.buffer.flush()
    sys.stdin.buffer.readline()
    os.kill(child, signal.SIGKILL)


def has_stopped(child: int) -> bool:
    """Wait until a child stands still, or has ended; gives whether it stands still."""
    ended = os.waitid(os.P_PID, child, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    return ended is not None and ended.si_code == os.CLD_STOPPED


def end_of(child: int, readable: int) -> tuple[Outcome, int]:
    """What a child told, once it has ended, and how it did: minus the signal, or its exit status."""
    with open(readable, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    return msgspec.json.decode(told, type=Outcome) if told else Outcome(), os.waitstatus_to_exitcode(status)
