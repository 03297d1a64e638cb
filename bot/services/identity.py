"""Who we are on each platform, asked once and remembered, so that our own posts are never taken for somebody's."""

from __future__ import annotations

from bot.domain.money import Purpose
from bot.errors import Answer, PlatformError
from bot.services import money
from bot.services.work import Work
from bot.store import control


def learn(work: Work, only: str | None = None) -> None:
    """Fill in `own_handles`, of one account or of all; who does not answer now is asked again at the next call."""
    for name, platform in work.platforms.items():
        if name in work.own_handles or only not in {None, name}:
            continue
        with work.store.read() as tx:
            handle = control.account(tx, name).handle
        if handle:
            platform.known_as(handle)
        else:
            handle = _asked(work, name)
        if handle:
            work.own_handles[name] = handle
            with work.store.begin() as tx:
                control.set_account(tx, name, handle=handle)


def _asked(work: Work, name: str) -> str:
    """Our handle by the platform's own word; "" when it does not answer now, or when there is no money to ask it."""
    platform = work.platforms[name]
    with work.store.begin() as tx:
        aside = money.set_aside(tx, work, name, platform.facts_cost, work.clock(), Purpose.FACTS)
    if aside is None:
        return ""
    try:
        return platform.facts().handle
    except PlatformError as error:
        if error.answer is not Answer.AMBIGUOUS:  # one that went unanswered may be on the bill
            with work.store.begin() as tx:
                money.settle(tx, aside, billed=0)
        work.tell("account_failed", f"{name}: {error}", alarming=not error.unreachable, account=name)
        return ""
