"""What a worker does for posters beside sending and reading: look at their posts again, let what is stored expire."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from bot.services.protection import forget, recheck, retention
from bot.services.sending import undo
from bot.services.work import Work

OUT_OF_REACH_AGAIN = timedelta(hours=1)
"""How often it is said that something cannot be taken back by itself."""

Job = tuple[Callable[[], object], timedelta]
"""What to do, and how often."""


def jobs(work_now: Callable[[], Work]) -> dict[str, Job]:
    """Return every such job by its name; each takes the work as it is when its time comes."""
    by_name: dict[str, Job] = {"expire": (lambda: expire(work_now()), retention.EVERY)}
    by_name["out of reach"] = (lambda: undo.tell_out_of_reach(work_now()), OUT_OF_REACH_AGAIN)
    for name in work_now().platforms:
        by_name[f"recheck {name}"] = (partial(_recheck, work_now, name), recheck.EVERY)
    return by_name


def _recheck(work_now: Callable[[], Work], account: str) -> None:
    look_again(work_now(), account)


def look_again(work: Work, account: str) -> None:
    """Look again at what is out, then at what is stored: that is seen by nobody but us."""
    recheck.recheck_reshares(work, account)
    recheck.recheck_stored(work, account)


def expire(work: Work) -> None:
    """Remove what has expired, from the store and its backups, and forget again whom a backup has brought back."""
    forget.forget_again(work)
    retention.expire(work)
    retention.expire_backups(work)
