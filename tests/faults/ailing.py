"""A disk that fails under a running process: its calls on some files are answered with an error for a while."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.harness.bot_process import until

FULL = "pwrite64,ftruncate,fallocate:error=ENOSPC"
"""No room: what is open can be read, and synced, and not written."""

READ_ONLY = "openat,mkdir,unlink,pwrite64,ftruncate,fallocate:error=EROFS"
"""The kernel has found the file system damaged, and takes no write to it any more."""

UNSYNCED = "fsync,fdatasync:error=EIO"
"""The disk takes what is written into its memory, and cannot keep it."""


@dataclass(frozen=True)
class Ailment:
    """What went wrong so far."""

    log: Path

    @property
    def errors(self) -> int:
        """How many calls have failed of it."""
        return self.log.read_text().count("(INJECTED)")


@contextmanager
def ailing(pid: int, what: str, files: Sequence[Path], log: Path) -> Iterator[Ailment]:
    """While the block runs, the calls named in `what` (`names:error=E…`) fail on these files, for this process only."""
    which = [word for file in files for word in ("-P", str(file))]
    names = what.partition(":")[0]
    command = ["strace", "-f", "-p", str(pid), "-o", str(log), *which, "-e", f"trace={names}", "-e", f"inject={what}"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as strace:
        assert strace.stderr is not None
        try:
            said = strace.stderr.readline()
            assert re.search(r"attached", said), said
            threads = len(list(Path(f"/proc/{pid}/task").iterdir()))
            until(lambda: _traced(pid) >= threads)
            yield Ailment(log)
        finally:
            strace.terminate()
            strace.communicate()


def _traced(pid: int) -> int:
    """How many threads of a process are traced."""
    states = (task / "status" for task in Path(f"/proc/{pid}/task").iterdir())
    return sum("TracerPid:\t0\n" not in state.read_text() for state in states)
