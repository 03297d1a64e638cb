"""A post typed at the command line, made into a draft as if it stood in a file."""

from __future__ import annotations

from datetime import datetime

from bot.content.drafts import content_hash
from bot.content.length import OFFLINE, longest
from bot.content.rendering import placeholder_faults, render
from bot.domain.campaign import Account, Config
from bot.domain.delivery import Draft
from bot.domain.message import Wording
from bot.domain.schedule import counted
from bot.errors import Fault


def draft(
    config: Config, text: str, account: Account, *, language: str, due_at: datetime, expires_at: datetime, message: str
) -> tuple[Draft, list[Fault]]:
    """The draft, and what the platform would refuse of it. Times are UTC; `message` is its name in the queue."""
    campaign, accepted = config.campaign, OFFLINE[account.platform]
    wording = Wording("the text", tuple(part.strip() for part in text.split("\n---\n")))
    day = due_at.astimezone(campaign.timezone).date()
    content, waiting_for = render(wording, language, day, campaign)
    offset = (day - campaign.day_of_action).days
    made = Draft(
        message=message,
        day=counted(offset),
        language=language,
        account=account.name,
        platform=account.platform,
        due_at=due_at,
        expires_at=expires_at,
        wall_time=f"{due_at.astimezone(campaign.timezone):%Y-%m-%d %H:%M} {campaign.timezone.key}",
        content=content,
        content_hash=content_hash(content),
        length=longest(content, account.platform, accepted),
        limit=accepted.max_characters,
        waiting_for=waiting_for,
        offset=offset,
    )
    return made, [*placeholder_faults(wording, campaign), *_faults(made)]


def _faults(made: Draft) -> list[Fault]:
    if not all(part.text for part in made.content.parts):
        return [Fault("the text", 1, "there are no words", "Write what is to be posted.")]
    if made.length > made.limit:
        what = f"it is {made.length} characters long, and {made.account} takes {made.limit}"
        return [Fault("the text", 1, what, "Shorten it, or split it with a line of --- alone.")]
    return []
