"""The names that accounts have in the store: all that is kept under one moves along when bot.toml has another."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Connection, Table, delete, insert, select, update

from bot.causes import CauseCode, because
from bot.domain.campaign import PlatformName
from bot.domain.delivery import NOT_OUT, TO_BE_PROVED, Kind, State
from bot.domain.identity import RealAccount
from bot.domain.source_name import SourceKind, SourceName, X
from bot.hosts import canonical_host
from bot.store import control, identity
from bot.store import schema as t
from bot.store.engine import all_rows, notify_workers

_WHO = ("platform", "server", "handle", "account_id", "credentials")
_ROWS = select(t.account_state.c.account, *(t.account_state.c[name] for name in _WHO))
_PLATFORMS = select(t.delivery.c.account, t.delivery.c.platform).distinct()
_WITH_SOURCES = tuple(table for table in t.metadata.tables.values() if "source" in table.c)

_MONEY = ("amount", "calls")


def known(tx: Connection, here: Mapping[str, RealAccount]) -> dict[str, RealAccount]:
    """Return what is stored of each account, by the name it has in the store.

    What an earlier version stored does not say on which server it was: that of the same name in bot.toml (`here`),
    or the one its posts are on.
    """
    platforms: dict[str, str] = {row.account: row.platform for row in all_rows(tx, _PLATFORMS, {})}
    by_name = {name: RealAccount(platform) for name, platform in platforms.items()}
    for row in all_rows(tx, _ROWS, {}):
        platform = row.platform or platforms.get(row.account, "")
        if platform or (row.handle and row.account in here):
            who = {name: getattr(row, name) for name in _WHO if name != "platform"}
            by_name[row.account] = RealAccount(platform or here[row.account].platform, **who)
    for name, real in by_name.items():
        if not real.server and real.platform != PlatformName.REHEARSAL:
            same_name = here.get(name)
            is_it = same_name is not None and same_name.platform == real.platform
            by_name[name] = replace(
                real, server=same_name.server if is_it and same_name else _server_of(tx, name, real)
            )
    return by_name


def _server_of(tx: Connection, name: str, real: RealAccount) -> str:
    if real.platform == PlatformName.X:
        return ""
    latest = select(t.delivery.c.url).where(
        t.delivery.c.account == name, t.delivery.c.kind == Kind.POST, t.delivery.c.url != ""
    )
    url = tx.execute(latest.order_by(t.delivery.c.sent_at.desc()).limit(1)).scalar()
    host = urlsplit(url).netloc if url else real.handle.rpartition("@")[2]
    return canonical_host(host) if host else ""


def remember(tx: Connection, name: str, real: RealAccount) -> None:
    """Write down which account a name is today."""
    control.set_account(tx, name, **{column: getattr(real, column) for column in _WHO})


def rename(tx: Connection, names: Mapping[str, str]) -> None:
    """Rename accounts to what bot.toml calls them today, all at once: one may take over another's name, or what is kept
    under several."""
    moving = {before: after for before, after in names.items() if before != after}
    waiting = {before: f"{before} → {after}" for before, after in moving.items()}
    for before, between in waiting.items():
        _move(tx, before, between)
    for before, between in waiting.items():
        _move(tx, between, moving[before])
    if moving:
        notify_workers(tx)


def set_aside(tx: Connection, name: str, aside: str) -> None:
    """Keep what went out on the account that had this name under `aside`: another real account has it now.

    What never went out follows the files, and with it what people said of it; nothing of it is at the new one yet.
    The day's money stays with the name, so that a budget is never new twice a day.
    """
    begun = select(t.sent_part.c.delivery_id)
    stays = (
        t.delivery.c.account == name,
        t.delivery.c.state.in_(NOT_OUT),
        t.delivery.c.undone_at.is_(None),
        t.delivery.c.id.not_in(begun),
    )
    ids = list(tx.execute(select(t.delivery.c.id).where(*stays)).scalars())
    claimed = t.delivery.c.id.in_(ids), t.delivery.c.state == State.CLAIMED
    tx.execute(update(t.delivery).where(*claimed).values(state=State.PLANNED))
    tx.execute(update(t.delivery).where(t.delivery.c.id.in_(ids)).values(revision=t.delivery.c.revision + 1))
    tx.execute(delete(t.upload).where(t.upload.c.delivery_id.in_(ids)))
    tx.execute(
        update(t.delivery).where(t.delivery.c.account == name, t.delivery.c.id.not_in(ids)).values(account=aside)
    )
    is_in_doubt = control.account(tx, name).in_doubt
    _move_state(tx, name, aside)
    control.set_account(tx, name, in_doubt=is_in_doubt)
    _move_marks(tx, name, aside)
    _move_sources(tx, name, aside, only_ours=True)
    notify_workers(tx)


def give_up_looking(tx: Connection, aside: str) -> None:
    """Leave to a person what is under way on an account that is not in bot.toml: nobody can look for it any more."""
    why = because(CauseCode.ACCOUNT_NOT_IN_FILES, account=aside)
    unproved = t.delivery.c.account == aside, t.delivery.c.state.in_(TO_BE_PROVED)
    tx.execute(update(t.delivery).where(*unproved).values(state=State.NEEDS_DECISION, error=why))
    claimed = t.delivery.c.account == aside, t.delivery.c.state == State.CLAIMED
    tx.execute(update(t.delivery).where(*claimed).values(state=State.PLANNED))


def _move(tx: Connection, before: str, after: str) -> None:
    _move_deliveries(tx, before, after)
    _move_state(tx, before, after)
    for table in t.metadata.tables.values():
        if "account" in table.c and table not in (t.delivery, t.account_state):
            _move_rows(tx, table, "account", before, after)
    _move_marks(tx, before, after)
    _move_sources(tx, before, after)


def _move_deliveries(tx: Connection, before: str, after: str) -> None:
    """Move the deliveries; of two reshares of one post under both names, the one that got further stays."""
    for twin_id in _lesser_twins(tx, before, after):
        tx.execute(delete(t.delivery).where(t.delivery.c.id == twin_id))
    tx.execute(update(t.delivery).where(t.delivery.c.account == before).values(account=after))


def _lesser_twins(tx: Connection, before: str, after: str) -> list[int]:
    first, second = t.delivery.alias("one"), t.delivery.alias("other")
    same = (first.c.platform == second.c.platform) & (first.c.post_uri == second.c.post_uri)
    pairs = select(first.c.id, first.c.state, second.c.id, second.c.state).join(second, same)
    of_both = first.c.account == before, second.c.account == after
    are_reshares = first.c.kind == Kind.RESHARE, second.c.kind == Kind.RESHARE
    return [
        min(((State(row[1]) not in NOT_OUT, row[0]), (State(row[3]) not in NOT_OUT, row[2])))[1]
        for row in tx.execute(pairs.where(*of_both, *are_reshares))
    ]


def _move_state(tx: Connection, before: str, after: str) -> None:
    """Move the account's state: what was known under the name that moves counts; a need of recovery counts from
    either."""
    row = tx.execute(select(t.account_state).where(t.account_state.c.account == before)).mappings().first()
    if row is None:
        return
    target = tx.execute(select(t.account_state).where(t.account_state.c.account == after)).mappings().first()
    values = {name: value for name, value in row.items() if name != "account"}
    values["in_doubt"] = row["in_doubt"] or bool(target and target["in_doubt"])
    tx.execute(delete(t.account_state).where(t.account_state.c.account.in_([before, after])))
    tx.execute(insert(t.account_state).values(account=after, **values))


def _move_rows(tx: Connection, table: Table, column: str, before: str, after: str) -> None:
    """Move the rows of an account to its new name. Money is added up; of all else the row of the name that moves is the
    one that counts."""
    keys = [key.name for key in table.primary_key if key.name != column]
    is_key = column in {key.name for key in table.primary_key}
    if is_key:
        for row in tx.execute(select(table).where(table.c[column] == before)).mappings().all():
            twin: list[ColumnElement[bool]] = [table.c[key] == row[key] for key in keys]
            target = tx.execute(select(table).where(table.c[column] == after, *twin)).mappings().first()
            if target is not None:
                more = {name: row[name] + target[name] for name in _MONEY if name in table.c}
                tx.execute(delete(table).where(table.c[column] == after, *twin))
                if more:
                    tx.execute(update(table).where(table.c[column] == before, *twin).values(**more))
    tx.execute(update(table).where(table.c[column] == before).values({column: after}))


def _move_marks(tx: Connection, before: str, after: str) -> None:
    for kind in (identity.RECKONING, identity.GAP):
        value = tx.execute(select(t.meta.c.value).where(t.meta.c.key == f"{kind}:{before}")).scalar()
        if value is not None:
            identity.drop_metadata(tx, f"{kind}:{before}")
            identity.put_metadata(tx, {f"{kind}:{after}": value})


def _move_sources(tx: Connection, before: str, after: str, *, only_ours: bool = False) -> None:
    """Move how far the sources were read that have the account's name; `only_ours` leaves X's search, which is
    anybody's."""
    for source in _sources(tx):
        renamed = _renamed(source, before, after, only_ours=only_ours)
        if renamed:
            for table in _WITH_SOURCES:
                _move_rows(tx, table, "source", source, renamed)


def sources_of(tx: Connection, names: Collection[str]) -> list[str]:
    """Return the sources that belong to one of these accounts by its name."""
    return [source for source in _sources(tx) if any(_renamed(source, name, name) for name in names)]


def _sources(tx: Connection) -> list[str]:
    return sorted({name for table in _WITH_SOURCES for name in tx.execute(select(table.c.source).distinct()).scalars()})


def _renamed(source: str, before: str, after: str, *, only_ours: bool = False) -> str:
    """Return the name of an account's source when the account has another name; "" for a source that is not the
    account's."""
    name = SourceName.parse(source)
    if name is None or name.account != before or (only_ours and name.place == X and name.kind is SourceKind.SEARCH):
        return ""
    return str(replace(name, account=after))
