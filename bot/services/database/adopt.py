"""A person's yes: this store sends from now on, whatever became of the others."""

from __future__ import annotations

from datetime import datetime

from bot.domain.delivery import Delivery
from bot.errors import Refused
from bot.services.database import doubt, reckon
from bot.services.database.at_rest import AtRest
from bot.store import marks
from bot.store.seal import unseal
from bot.store.witness import Witness


def adopt(
    one: AtRest, now: datetime, by: str, *, although_moved: bool = False, without_reading: bool = False
) -> list[Delivery]:
    """Let the store send, once its accounts' timelines have been read; gives what is held for a person instead.

    `although_moved` breaks the seal of a store that was moved away. Raises Refused where there is nothing to adopt.
    """
    one.require_schema()
    if although_moved:
        _break_seal(one, now)
    doubt.watch_over(one.store, one.root, one.config.accounts, now)
    with one.store.read() as tx:
        waits = marks.read(tx).doubt
    if not without_reading or (waits is not None and waits.needs_yes):
        doubt.adopt(one.store, one.root, one.config.accounts, now, by)
    return reckon.without_reading(one.store, one.locks, now, by) if without_reading else []


def _break_seal(one: AtRest, now: datetime) -> None:
    """It comes back in doubt, and as one that needs a yes."""
    with one.store.begin() as tx:
        if not marks.read(tx).moved_to:
            raise Refused("This store was not moved.")
        unseal(tx)
        known_until = marks.last_event(tx)
        doubt.skip_numbers(tx, Witness(one.witness).known(), marks.read(tx).name)
        doubted = marks.Doubt(marks.Why.COPIED, now, known_until, needs_yes=True)
        marks.raise_doubt(tx, doubted, one.config.accounts)
