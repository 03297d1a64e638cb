"""What planning would do, said before it is done: what goes on with what is out, what will be held and asked about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from sqlalchemy import Connection

from bot.domain.campaign import Config
from bot.domain.identity import RealAccount, line_up
from bot.domain.planning import PlanCode, PlanNote
from bot.errors import FaultyFiles
from bot.files.config import load as configuration
from bot.services import named
from bot.services.campaign_files import Files, sound_drafts, sound_of
from bot.services.database.open import open_existing
from bot.services.plan import foresee
from bot.store import accounts, identity
from bot.store.migrate import HEAD
from bot.values import dataclass


@dataclass(frozen=True)
class Foreseen:
    """What a planning would have to say, and the zone for people."""

    notes: Sequence[PlanNote] = ()
    zone: tzinfo = UTC


def foreseen(path: Path, now: datetime, files: Files | None = None) -> Foreseen:
    """Return what a planning at `now` (UTC) would have to say to the store that is there; nothing is changed.

    `files` are not read again. Nothing is said of files with errors, nor where nothing was planned yet. Raise
    StoreError.
    """
    try:
        sound = sound_of(files) if files else sound_drafts(path)
        config = files.config if files else configuration.read(path)
    except FaultyFiles:
        return Foreseen()
    with open_existing(path, config) as opened:
        if opened.schema != HEAD:
            return Foreseen()
        with opened.store.read() as tx:
            notes = foresee(
                tx,
                sound.drafts,
                now,
                accounts=config.accounts,
                names=_names(tx, config),
                messages_at_fault=sound.messages_at_fault,
                schedules_at_fault=sound.schedules_at_fault,
            )
            instance_key = identity.read_metadata(tx).instance
            notes += [
                PlanNote(PlanCode.NAMES_SOMEBODY, draft)
                for draft in sound.drafts
                if draft.expires_at >= now
                and named.names_somebody(tx, instance_key, config.accounts[draft.account], draft.content)
            ]
    return Foreseen(notes, config.campaign.timezone)


def _names(tx: Connection, config: Config) -> Mapping[str, str]:
    """Return what bot.toml calls the stored accounts now, as far as their servers tell without being asked."""
    asked = {name: RealAccount(account.platform, account.server) for name, account in config.accounts.items()}
    return {before: after for before, after in line_up(asked, accounts.known(tx, asked)).names.items() if after}
