"""A post typed by a person: one delivery for each account outside the schedules, checked as if it stood in a file."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, and_

from bot.domain import text as domain_text
from bot.domain.actor import By
from bot.domain.campaign import Account, PlatformName
from bot.domain.delivery import OUT_OR_QUEUED, Delivery, Draft, Kind, Origin, State
from bot.domain.limits import Limits, limits_of, refusals, refused_together
from bot.domain.message import Media, Wording
from bot.domain.schedule import Day, WallTimeError, duration, instant
from bot.errors import Fault, Refused, RefusedCode, Severity, merged
from bot.files import drafts
from bot.files.media import MediaError, attachable
from bot.files.rendering import text_faults
from bot.files.starter.record import taken_over
from bot.services import named
from bot.services.checks.letters import of_wording
from bot.services.database.known_limits import remembered_limits
from bot.services.sending.attempts import must_get
from bot.services.work import Work
from bot.store import control, deliveries
from bot.store import schema as t
from bot.store.control import AuditAction
from bot.values import dataclass

KEPT = Path("var") / "media"
"""Where files are kept that were given by hand, beneath the campaign's folder: they go out when the post is due."""


@dataclass(frozen=True)
class TypedPost:
    """What a person typed: words, accounts, when, and files with their alternative texts. `at` and `late` are as they
    were written; without a `language` it is the campaign's first, or the account's."""

    text: str
    accounts: tuple[str, ...]
    at: str
    language: str | None = None
    late: str = "6h"
    media: tuple[tuple[Path, str], ...] = ()


@dataclass(frozen=True)
class SaidAlready:
    """A delivery that says on an account what is about to be queued there, in the same words or nearly so."""

    account: str
    delivery: Delivery
    is_same: bool


def post(work: Work, text: str, account: str, at: str, language: str | None, late: str, by: By) -> Delivery:
    """Queue a post on one account. Raise Refused as `queue` does."""
    return queue(work, TypedPost(text, (account,), at, language, late), by)[0]


def queue(work: Work, typed: TypedPost, by: By) -> list[Delivery]:
    """Queue a post on each of its accounts, on all or none. Raise Refused for an unknown account or time, for words
    that a platform would refuse, and for files that it would."""
    accounts = [_configured(work, name) for name in dict.fromkeys(typed.accounts)]
    if any("\ud800" <= letter <= "\udfff" for letter in typed.text):
        raise Refused(RefusedCode.TEXT_UNDECODABLE)
    now = work.clock()
    due = _instant(work, typed.at, now)
    expires_at = due + _late(typed.late)
    media = _read(work, typed.media)
    message = f"post-{now:%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"
    with work.store.read() as tx:
        limits = remembered_limits(tx, work.config)
    made: list[Draft] = []
    faults = list(_twins(accounts))
    for account in accounts:
        draft, of_draft = drafts.draft(
            work.config,
            typed.text,
            account,
            language=typed.language or _usual_language(work, account),
            due_at=due,
            expires_at=expires_at,
            message=message,
            limits=limits.get(account.name),
            media=media,
        )
        made.append(draft)
        faults += [*of_draft, *_media_faults(work, media, account, limits)]
    faults += [fault for draft in made if draft.platform is PlatformName.X for fault in _said_by_another(work, draft)]
    refuse(merged(faults))
    if expires_at < now:
        raise Refused(RefusedCode.TIME_IS_PAST, at=typed.at, late=typed.late)
    if not work.store.takes_back:
        _keep(work, media, typed.media)
    with work.store.begin() as tx:
        for draft in made:
            named.must_not_name(tx, work, draft.account, draft.content)
        ids = [deliveries.add(tx, **deliveries.row_of(draft, State.PLANNED, Origin.COMMAND)) for draft in made]
        for delivery_id in ids:
            control.write_audit(tx, now, by, AuditAction.POST, f"delivery {delivery_id}")
        return [must_get(tx, delivery_id) for delivery_id in ids]


def said_already(work: Work, typed: Sequence[Delivery]) -> list[SaidAlready]:
    """Return what says nearly the same on the same account already, is out or to come: the latest on each account."""
    near = []
    for new in typed:
        other = _nearest(work, new.content.text, t.delivery.c.account == new.account)
        if other is not None:
            is_same = domain_text.normalised(other.content.text) == domain_text.normalised(new.content.text)
            near.append(SaidAlready(new.account, other, is_same))
    return near


def _nearest(work: Work, text: str, where: ColumnElement[bool]) -> Delivery | None:
    """Return the latest post that says nearly the same, is out or to come; None where there is none."""
    vocabulary = frozenset(domain_text.words(text))
    said_or_to_say = where, t.delivery.c.kind == Kind.POST, t.delivery.c.state.in_(OUT_OR_QUEUED)
    with work.store.read() as tx, closing(deliveries.contents(tx, *said_or_to_say)) as said:
        near = (
            number
            for number, _, content in said
            if domain_text.are_near(vocabulary, frozenset(domain_text.words(content.text)))
        )
        nearest = next(near, None)
        return None if nearest is None else must_get(tx, nearest)


def _said_by_another(work: Work, draft: Draft) -> Iterator[Fault]:
    """Yield what another account on X has said in nearly these words, or is going to."""
    on_x = and_(t.delivery.c.platform == PlatformName.X, t.delivery.c.account != draft.account)
    other = _nearest(work, draft.content.text, on_x)
    if other is not None:
        what = f"{other.account} says nearly the same (delivery {other.id}), and X forbids the same on several accounts"
        yield Fault(_WORDS, 1, what, f"Write other words for {draft.account}.")


def doubts(work: Work, typed: TypedPost) -> list[str]:
    """Return what deserves a look in the words of a typed post, which goes as it is."""
    campaign, wording = work.config.campaign, drafts.wording_of(typed.text)
    faults = [*text_faults(wording, campaign), *of_wording(wording, campaign)]
    if any(_configured(work, name).platform is PlatformName.X for name in typed.accounts):
        faults += _still_theirs(work, wording)
    return [f"{fault.what}. {fault.instead}" for fault in merged(faults) if fault.severity is Severity.WARNING]


def _still_theirs(work: Work, wording: Wording) -> Iterator[Fault]:
    """Yield what is nearly said in the campaign that this one was taken over from, whose account on X has said it."""
    record = taken_over(work.root)
    theirs = [text for texts in record.texts.values() for text in texts]
    if any(domain_text.is_near(part, text) for part in wording.parts for text in theirs):
        what = f"this is nearly what {record.name} says, and X forbids the same words on several accounts"
        yield Fault(_WORDS, 1, what, "Say it on X in words of your own.", Severity.WARNING)


def refuse(faults: Sequence[Fault]) -> None:
    """Raise Refused with every error among the faults of a typed text; warnings are told, and it goes."""
    errors = tuple(fault for fault in faults if fault.severity is Severity.ERROR)
    if errors:
        raise Refused(RefusedCode.TEXT_AT_FAULT, faults=errors)


def _configured(work: Work, name: str) -> Account:
    configured = work.config.accounts.get(name)
    if configured is None:
        raise Refused(RefusedCode.NO_SUCH_ACCOUNT, account=name, known=tuple(work.config.accounts))
    return configured


def _usual_language(work: Work, account: Account) -> str:
    languages = work.config.campaign.languages
    spoken = [language for language in languages if not account.languages or language in account.languages]
    return (*spoken, *languages, "en")[0]


_WORDS = "the text"


def _twins(accounts: Sequence[Account]) -> Iterator[Fault]:
    """Yield the same words on several accounts of X, which forbids that and can lock them all."""
    on_x = [account.name for account in accounts if account.platform is PlatformName.X]
    if len(on_x) > 1:
        what = f"{' and '.join(on_x)} would say the same, which X forbids"
        yield Fault(_WORDS, 1, what, "Post it on one of them, and in other words on the other.")


def _read(work: Work, files: Sequence[tuple[Path, str]]) -> tuple[Media, ...]:
    """Return the files as they lie on disk now, under the path at which they are kept until they go out."""
    media, faults = [], []
    home = (work.root / "messages").resolve()
    for written, alt in files:
        shown = str(written)
        if not alt.strip():
            faults.append(Fault(shown, 1, f"{written.name} has no alternative text", "Write what it shows: --alt …"))
            continue
        try:
            file = written.resolve()
            is_ours = file.is_relative_to(home)
            path = Path("messages") / file.relative_to(home) if is_ours else KEPT / file.name
            attached = attachable(file, shown, alt.strip(), path.as_posix())
            kept = KEPT / attached.sha256[:16] / file.name
            media.append(attached if is_ours else replace(attached, path=kept.as_posix()))
        except MediaError as error:
            faults.append(Fault(shown, 1, error.what, error.instead))
    refuse(faults)
    return tuple(media)


def _media_faults(
    work: Work, media: Sequence[Media], account: Account, limits: Mapping[str, Limits]
) -> Iterator[Fault]:
    accepted = limits.get(account.name) or limits_of(account)
    for file in media:
        for refusal in refusals(file, account.name, accepted):
            yield Fault(file.path, 1, refusal.what, refusal.instead)
        if file.facts.has_fixed_place and work.config.strip_location:
            what = f"{file.path} tells where it was taken in a way that cannot be taken out here"
            yield Fault(file.path, 1, what, "Export it anew without places.")
    for _, refusal in refused_together(media, account.name, accepted):
        yield Fault(_WORDS, 1, refusal.what, refusal.instead)


def _keep(work: Work, media: Sequence[Media], files: Sequence[tuple[Path, str]]) -> None:
    """Copy what lies outside of `messages/` to where it is sent from: its own file may be moved or changed until then.

    Raise Refused where that cannot be done.
    """
    for file, (written, _) in zip(media, files, strict=True):
        kept = work.root / file.path
        if not file.path.startswith(KEPT.as_posix()) or kept.exists():
            continue
        try:
            kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            beside = kept.with_name(f".{kept.name}.{secrets.token_hex(4)}")
            shutil.copyfile(written, beside)
            os.replace(beside, kept)
        except OSError as error:
            what = f"{written.name} cannot be kept until it goes out: {error.strerror}"
            refuse([Fault(str(written), 1, what, "Make room, and see that var/ can be written.")])


_AT = re.compile(
    r"(?:(?P<day>today|tomorrow|t(?:[+-]\d{1,4})?|\d{4}-\d{2}-\d{2})\s+)?(?P<hour>\d{1,2})[:.](?P<minute>\d{2})\Z",
    re.IGNORECASE | re.ASCII,
)


def _instant(work: Work, at: str, now: datetime) -> datetime:
    written = at.strip()
    if written.casefold() == "now":
        return now
    zone = work.config.campaign.timezone
    try:
        if (match := _AT.match(written)) is not None:
            clock_time = time(int(match["hour"]), int(match["minute"]))
            due = instant(_day(work, match["day"], now), clock_time, zone)
            if due < now and (match["day"] or "today").casefold() == "today":
                raise Refused(RefusedCode.TIME_IS_OVER, written=written, now=now, clock_time=clock_time)
            return due
        read = datetime.fromisoformat(written)
        if read.tzinfo is not None:
            return read
        return instant(read.date(), read.time(), zone)
    except WallTimeError as error:
        raise Refused(
            RefusedCode.TIME_NOT_CLEAR, at=error.wall, is_skipped=error.skipped, choices=error.choices
        ) from error
    except (ValueError, OverflowError) as error:
        raise Refused(RefusedCode.NOT_A_TIME, written=at) from error


def _day(work: Work, written: str | None, now: datetime) -> date:
    today = now.astimezone(work.config.campaign.timezone).date()
    match (written or "today").casefold():
        case "today":
            return today
        case "tomorrow":
            return today + timedelta(days=1)
        case day:
            return Day.parse(day.upper()).on(work.config.campaign.day_of_action)


def _late(late: str) -> timedelta:
    try:
        return duration(late)
    except ValueError as error:
        raise Refused(RefusedCode.NOT_A_DURATION, written=late) from error
