"""The seal on a store that was moved: the database itself refuses every change, whoever asks for it."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.store import marks
from bot.store.schema import metadata

SAID = "this store was moved"
"""What the database answers; `bot.store.trouble` knows what to do about it."""

_EVENTS = ("INSERT", "UPDATE", "DELETE")


def seal(tx: Connection, moved_to: str) -> None:
    """Allow no change any more, from the end of this transaction on."""
    marks.put(tx, {marks.MOVED_TO: moved_to})
    if tx.dialect.name == "postgresql":
        refusal = f"CREATE OR REPLACE FUNCTION groundswell_moved() RETURNS trigger AS $$ BEGIN RAISE '{SAID}'; END $$"
        tx.exec_driver_sql(f"{refusal} LANGUAGE plpgsql")
    for table in metadata.sorted_tables:
        for event in _EVENTS:
            name, on = f"moved_{table.name}_{event.lower()}", f'BEFORE {event} ON "{table.name}"'
            if tx.dialect.name == "postgresql":
                tx.exec_driver_sql(f"CREATE TRIGGER {name} {on} EXECUTE FUNCTION groundswell_moved()")
            else:
                tx.exec_driver_sql(f"CREATE TRIGGER {name} {on} BEGIN SELECT RAISE(ABORT, '{SAID}'); END")


def unseal(tx: Connection) -> None:
    """Allow changes again."""
    for table in metadata.sorted_tables:
        for event in _EVENTS:
            where = f' ON "{table.name}"' if tx.dialect.name == "postgresql" else ""
            tx.exec_driver_sql(f"DROP TRIGGER IF EXISTS moved_{table.name}_{event.lower()}{where}")
    marks.drop(tx, marks.MOVED_TO)
