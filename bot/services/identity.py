"""Who we are on each platform, asked once and remembered, so that our own posts are never taken for somebody's."""

from __future__ import annotations

from bot.errors import PlatformError
from bot.services.work import Work
from bot.store import control


def learn(work: Work, only: str | None = None) -> None:
    """Fill in `own_handles`, of one account or of all; who does not answer now is asked again at the next call."""
    for name, platform in work.platforms.items():
        if name in work.own_handles or only not in {None, name}:
            continue
        with work.store.read() as tx:
            handle = control.account(tx, name).handle
        try:
            handle = handle or platform.facts().handle
        except PlatformError as error:
            work.tell("account_failed", f"{name}: {error}", alarming=not error.unreachable, account=name)
            continue
        work.own_handles[name] = handle
        with work.store.begin() as tx:
            control.set_account(tx, name, handle=handle)
