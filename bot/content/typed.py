"""A post typed at the command line, made into a draft as if it stood in a file, and checked like one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.content.asked import Words
from bot.content.drafts import Slot, draft_of
from bot.content.rendering import text_faults, uses_countdown
from bot.content.wording import split
from bot.domain.campaign import Account, Campaign, Config
from bot.domain.delivery import Draft
from bot.domain.limits import Limits
from bot.domain.message import Wording
from bot.domain.schedule import Day, ScheduledPost
from bot.errors import Fault
from bot.hints import quoted
from bot.languages import is_known, write_instead

_PATH = "the text"


def draft(
    config: Config,
    text: str,
    account: Account,
    *,
    language: str,
    due_at: datetime,
    expires_at: datetime,
    message: str,
    limits: Limits | None = None,
) -> tuple[Draft, list[Fault]]:
    """The draft, and what the platform would refuse of it. Times are UTC; `message` is its name in the queue."""
    campaign = config.campaign
    wording = wording_of(text)
    local = due_at.astimezone(campaign.timezone)
    days = (Day((local.date() - campaign.day_of_action).days),)
    at, late = local.time().replace(microsecond=0), expires_at - due_at
    slot = Slot(ScheduledPost(_PATH, 1, message, days, at, campaign.timezone, late=late), 0, local.date(), due_at)
    made = draft_of(campaign, slot, Words(account, language, wording), {account.name: limits} if limits else {})
    return made, [*text_faults(wording, campaign, language), *_faults(campaign, wording, made)]


def wording_of(text: str) -> Wording:
    """The wording that a typed text is."""
    return Wording(_PATH, tuple(part for _, part in split(text.split("\n"))))


def _faults(campaign: Campaign, wording: Wording, made: Draft) -> Iterator[Fault]:
    if not all(wording.parts):
        yield Fault(_PATH, 1, "there are no words", "Write what is to be posted.")
    if not is_known(made.language):
        yield Fault(_PATH, 1, f"{quoted(made.language)} is not a language code", f"{write_instead(made.language)}.")
    if uses_countdown(wording) and made.offset >= 0:
        what = f"no days are left to count to {campaign.day_of_action}"
        yield Fault(_PATH, 1, what, "Take {countdown} out.")
    if made.length > made.limit:
        what = f"it is {made.length} characters long, and {made.account} takes {made.limit}"
        yield Fault(_PATH, 1, what, "Shorten it, or split it with a line of --- alone.")
