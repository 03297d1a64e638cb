"""Types are right everywhere; beside the other tests, so that both cores have work from the beginning."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_types_are_right() -> None:
    root = Path(__file__).parents[1]
    command = [sys.executable, "-m", "mypy"]
    if "PYTEST_XDIST_WORKER" in os.environ and not (root / ".mypy_cache").exists():
        command += ["--cache-dir", os.devnull]  # to write it takes a fifth of the time: that is left to `make check`
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
