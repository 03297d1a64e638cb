"""Why a store may not know what was sent, in English."""

from __future__ import annotations

from bot.cli.words.times import time_text
from bot.store.identity import RecoveryNeeded, RestoreReason


def doubt_text(doubt: RecoveryNeeded) -> str:
    """Return what was noticed, and what becomes of it."""
    until = time_text(doubt.known_until) if doubt.known_until else "the beginning"
    if not doubt.needs_yes:
        return (
            f"This store was restored or moved: it does not know what was sent since {until}. Nothing is sent on an "
            "account until its timeline has been read and compared, which happens by itself."
        )
    if doubt.why is RestoreReason.OTHER:
        what = "This folder has sent from another store so far: see DATABASE_URL and var/groundswell.db"
    else:
        what = f"This store is a copy of one that lived elsewhere; it knows what was sent until {until}"
    return (
        f"{what}. Nothing is sent from here. If this one shall send from now on, and no other one does any more, run: "
        "bot db adopt"
    )
