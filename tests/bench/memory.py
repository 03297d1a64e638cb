"""What the worker holds in memory, beside an interpreter that has only imported the same libraries."""

from __future__ import annotations

import subprocess
import sys

from tests.bench.figures import Figure
from tests.bench.worker import RunningWorker

AIM_MB = 90
LIBRARIES = "apscheduler.schedulers.background, httpx, mastodon, msgspec, requests_oauthlib, sqlalchemy, tweepy, typer"
_BARE = f"import {LIBRARIES}\nfrom tests.bench.worker import memory_of\nprint(memory_of('self')[0])"


def measured(worker: RunningWorker, before: tuple[float, float]) -> list[Figure]:
    """`before` is what it held when it had planned, uploaded and posted once; it has posted much since."""
    now, most = worker.memory()
    done = subprocess.run([sys.executable, "-c", _BARE], capture_output=True, text=True, check=True)
    limit = f"{float(done.stdout):.0f} MB importing the same libraries"
    return [
        Figure("worker, resident / most ever", f"{now:.0f} / {most:.0f} MB", "< 90 MB", limit, most < AIM_MB),
        Figure("  planned, connected, first post with its card out", f"{before[0]:.0f} MB"),
    ]
