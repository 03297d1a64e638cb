"""Notices that the store is not the one that was sent from last: an older one, a copy, another one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from bot.errors import Refused
from bot.services.work import Work
from bot.store import control, marks, numbering
from bot.store.marks import Doubt, Marks, Why
from bot.store.place import address_key, newest_attempt, place_of
from bot.store.store import Store
from bot.store.witness import Testimony, Witness

_TURN = "marks"


@dataclass(frozen=True)
class Found:
    """A store as it was found: what it says of itself, where it lives, its newest attempt, and what the witness says.

    `address` is where we asked for it, `numbers` are the highest that it has given.
    """

    marks: Marks
    place: str
    attempt: int
    address: str
    witness: Testimony | None
    numbers: dict[str, int] = field(default_factory=dict)


def watch_over(store: Store, root: Path, accounts: Iterable[str], now: datetime) -> Doubt | None:
    """Take up the witness beside bot.toml, and look. Gives what was noticed just now. Raises Refused: it was moved."""
    store.witness = Witness(root / "var" / "witness")
    return notice(store, accounts, now)


def watch(work: Work) -> None:
    """Look again, while working: a database can be replaced under a worker's hands. Raises Refused: it was moved."""
    doubt = notice(work.store, work.config.accounts, work.clock())
    if doubt is not None:
        work.tell("doubt", in_words(doubt), alarming=True)


def notice(store: Store, accounts: Iterable[str], now: datetime) -> Doubt | None:
    """Doubt the store if there is reason to, on all accounts, and write that into it. Gives what is new.

    What is noticed once is noticed: the store counts one epoch on, and lives where it is now. The witness goes on
    speaking for the store before until a person has said yes to this one.
    """
    witness = store.witness
    if witness is None:
        return None
    found = _found(store, witness)
    if found.marks.moved_to:
        raise Refused(_moved(found.marks.moved_to))
    why = judge(found)
    if why is None:
        _settle(store, witness, found)
        return None
    with store.begin(turn=_TURN) as tx:
        fresh = marks.read(tx)
        if fresh != found.marks:
            return None
        doubt = _doubt(found, why, marks.last_event(tx), now)
        marks.drop(tx, marks.TAKEN_AT)
        marks.raise_doubt(tx, doubt, accounts)
        epoch = _next_epoch(found.marks, found.witness)
        marks.put(tx, {marks.EPOCH: str(epoch), marks.PLACE: found.place})
        skip_numbers(tx, found.witness, found.marks.name)
        given = numbering.highest(tx)
    if not doubt.needs_yes:
        witness.write(Testimony(fresh.name, epoch, found.attempt, found.address, given))
    return doubt


def _found(store: Store, witness: Witness) -> Found:
    """The witness first: it may be behind the database, and must not seem ahead of it."""
    testimony = witness.known()
    found = _read(store, testimony)
    if found.place != witness.place:
        store.close()  # what is open may be a file that is not there any more
        witness.place = found.place
        found = _read(store, testimony)
    store.instance_key = found.marks.instance
    return found


def _read(store: Store, testimony: Testimony | None) -> Found:
    with store.read() as tx:
        place, attempt = place_of(store.url, tx), newest_attempt(tx)
        return Found(marks.read(tx), place, attempt, address_key(store.url), testimony, numbering.highest(tx))


def judge(found: Found) -> Why | None:
    """What is wrong with a store, if anything."""
    marked, seen = found.marks, found.witness
    if seen is not None and seen.instance != marked.name:
        is_known = marked.doubt is not None and marked.doubt.why is Why.OTHER and marked.place == found.place
        return None if is_known else Why.OTHER
    is_behind = seen is not None and (
        seen.epoch > marked.epoch or (seen.epoch == marked.epoch and seen.attempt > found.attempt)
    )
    is_elsewhere = marked.place not in {"", found.place}
    if not (marked.taken_at or is_behind or is_elsewhere):
        return None
    return Why.RESTORED if seen is not None and seen.address == found.address else Why.COPIED


def _settle(store: Store, witness: Witness, found: Found) -> None:
    """All is well: a store that never said where it lives says so, and the witness keeps up.

    One that was set back to a moment from which nothing was sent since needs no doubt, only other numbers.
    """
    marked, seen = found.marks, found.witness
    if seen is not None and any(number > found.numbers.get(name, 0) for name, number in seen.numbers.items()):
        with store.begin(turn=_TURN) as tx:
            skip_numbers(tx, seen, marked.name)
            found = replace(found, numbers=numbering.highest(tx))
    if not marked.place:
        with store.begin(turn=_TURN) as tx:
            marks.put(tx, {marks.EPOCH: str(max(marked.epoch, 1)), marks.PLACE: found.place})
    now = Testimony(marked.name, max(marked.epoch, 1), found.attempt, found.address, found.numbers)
    if seen != now and not (marked.doubt and marked.doubt.needs_yes):
        witness.write(now)


def _doubt(found: Found, why: Why, last_event: datetime | None, now: datetime) -> Doubt:
    """A backup knows when it was taken; any other store, what happened last in it. An earlier doubt stays."""
    before = found.marks.doubt
    known_until = min(found.marks.taken_at or last_event or now, now) if found.attempt or last_event else None
    if before is not None:
        known_until = min(before.known_until, known_until) if before.known_until and known_until else None
    needs_yes = why is not Why.RESTORED or (before is not None and before.needs_yes)
    return Doubt(why, now, known_until, needs_yes)


def _next_epoch(marked: Marks, seen: Testimony | None) -> int:
    return max(marked.epoch, 1, seen.epoch if seen and seen.instance == marked.name else 0) + 1


def adopt(store: Store, root: Path, accounts: Iterable[str], now: datetime, by: str) -> Doubt:
    """A person says that this store sends from now on, and no other one. Its accounts are reconciled before that.

    Raises Refused where nothing is in doubt.
    """
    witness = store.witness or Witness(root / "var" / "witness")
    with store.begin(turn=_TURN) as tx:
        marked = marks.read(tx)
        if marked.doubt is None or not marked.doubt.needs_yes:
            raise Refused("This store is the one that sends already: there is nothing to adopt.")
        doubt = Doubt(marked.doubt.why, now, marked.doubt.known_until, needs_yes=False)
        epoch = _next_epoch(marked, witness.known())
        marks.raise_doubt(tx, doubt, accounts)
        marks.put(tx, {marks.EPOCH: str(epoch), marks.PLACE: place_of(store.url, tx)})
        control.write_down(tx, now, by, "adopt", "this store")
        attempt, given = newest_attempt(tx), numbering.highest(tx)
    witness.write(Testimony(marked.name, epoch, attempt, address_key(store.url), given))
    return doubt


def skip_numbers(tx: Connection, seen: Testimony | None, name: str) -> None:
    """Have a store that others may have gone on from give none of the numbers that those gave meanwhile."""
    known = seen.numbers if seen is not None and seen.instance == name else {}
    numbering.jump_ahead(tx, known, is_all_known=bool(known))


def keep_up(store: Store) -> None:
    """Have the witness know the numbers that were given last; called when a command or a worker ends."""
    witness = store.witness
    known = witness.known() if witness is not None else None
    if witness is None or known is None:
        return
    with store.read() as tx:
        marked, given = marks.read(tx), numbering.highest(tx)
    if (marked.name, marked.epoch) == (known.instance, known.epoch) and given != known.numbers:
        witness.write(replace(known, numbers=given))


def standing(work: Work) -> list[str]:
    """What is the matter with the store, in words, as long as an account is in doubt for it."""
    with work.store.read() as tx:
        doubt = marks.read(tx).doubt
        is_any = any(name in work.config.accounts for name in marks.in_doubt(tx))
    return [in_words(doubt)] if doubt is not None and is_any else []


def in_words(doubt: Doubt) -> str:
    """What was noticed, and what becomes of it."""
    until = f"{doubt.known_until.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if doubt.known_until else "the beginning"
    if not doubt.needs_yes:
        return (
            f"This store was restored or moved: it does not know what was sent since {until}. Nothing is sent on an "
            "account until its timeline has been read and compared, which happens by itself."
        )
    if doubt.why is Why.OTHER:
        what = "This folder has sent from another store so far: see DATABASE_URL and var/groundswell.db"
    else:
        what = f"This store is a copy of one that lived elsewhere; it knows what was sent until {until}"
    return (
        f"{what}. Nothing is sent from here. If this one shall send from now on, and no other one does any more, run: "
        "bot db adopt"
    )


def _moved(where: str) -> str:
    return (
        f"This store was moved to {where}, and is kept as it was then. Set DATABASE_URL to that database. bot db check "
        "shows this store; to go on with it after all, see docs/database.md."
    )
