"""A post typed by a person: one delivery outside the schedules, checked as if it stood in a file."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.delivery import Delivery, Origin, State
from bot.domain.schedule import WallTimeError, duration, instant
from bot.errors import Fault, Refused, RefusedCode, Severity, merged
from bot.files import drafts
from bot.files.rendering import text_faults
from bot.services.checks.lint import of_wording
from bot.services.own_accounts import remembered_limits
from bot.services.sending.attempts import must_get
from bot.services.work import Work
from bot.store import control, deliveries
from bot.store.control import AuditAction


def post(work: Work, text: str, account: str, at: str, language: str | None, late: str, by: str) -> Delivery:
    """Queue a post. Raise Refused for an unknown account or time, or for words that the platform would refuse."""
    configured = work.config.accounts.get(account)
    if configured is None:
        raise Refused(RefusedCode.NO_SUCH_ACCOUNT, account=account, known=tuple(work.config.accounts))
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise Refused(RefusedCode.TEXT_UNDECODABLE)
    now = work.clock()
    due = _instant(work, at, now)
    languages = work.config.campaign.languages
    with work.store.read() as tx:
        limits = remembered_limits(tx, work.config).get(account)
    draft, faults = drafts.draft(
        work.config,
        text,
        configured,
        language=language or (languages[0] if languages else "en"),
        due_at=due,
        expires_at=due + _late(late),
        message=f"post-{now:%Y%m%d-%H%M%S}-{secrets.token_hex(4)}",
        limits=limits,
    )
    refuse(faults)
    if draft.expires_at < now:
        raise Refused(RefusedCode.TIME_IS_PAST, at=at, late=late)
    with work.store.begin() as tx:
        delivery_id = deliveries.add(tx, **deliveries.row_of(draft, State.PLANNED, Origin.COMMAND))
        control.write_audit(tx, now, by, AuditAction.POST, f"delivery {delivery_id}")
        return must_get(tx, delivery_id)


def doubts(work: Work, text: str) -> list[str]:
    """Return what deserves a look in the words of a typed post, which goes as it is."""
    campaign, wording = work.config.campaign, drafts.wording_of(text)
    faults = merged([*text_faults(wording, campaign), *of_wording(wording, campaign)])
    return [f"{fault.what}. {fault.instead}" for fault in faults if fault.severity is Severity.WARNING]


def refuse(faults: Sequence[Fault]) -> None:
    """Raise Refused with every error among the faults of a typed text; warnings are told, and it goes."""
    errors = tuple(fault for fault in faults if fault.severity is Severity.ERROR)
    if errors:
        raise Refused(RefusedCode.TEXT_AT_FAULT, faults=errors)


def _instant(work: Work, at: str, now: datetime) -> datetime:
    if at == "now":
        return now
    try:
        read = datetime.fromisoformat(at)
        if read.tzinfo is not None:
            return read
        return instant(read.date(), read.time(), work.config.campaign.timezone)
    except WallTimeError as error:
        raise Refused(
            RefusedCode.TIME_NOT_CLEAR, at=error.wall, is_skipped=error.skipped, choices=error.choices
        ) from error
    except ValueError as error:
        raise Refused(RefusedCode.NOT_A_TIME, written=at) from error


def _late(late: str) -> timedelta:
    try:
        return duration(late)
    except ValueError as error:
        raise Refused(RefusedCode.NOT_A_DURATION, written=late) from error
