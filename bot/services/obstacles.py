"""What keeps sending back at this moment, in words for whoever starts a worker and wonders."""

from __future__ import annotations

from bot.services.work import Work
from bot.store import control


def obstacles(work: Work) -> list[str]:
    """The stop switch, and the accounts that are closed until a person has mended them."""
    with work.store.read() as tx:
        found = ["Sending is stopped. To go on, run: bot resume"] if control.is_stopped(tx) else []
        states = [(name, control.account(tx, name)) for name in work.config.accounts]
    return found + [_closed(name, state.reason) for name, state in states if state.closed]


def _closed(account: str, reason: str) -> str:
    return f"{account} is closed: {reason} When that is mended, run: bot resume"
