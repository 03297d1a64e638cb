"""Every post that the files ask for: one draft per message, day, language and account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from bot.content.asked import Words, due, words
from bot.content.length import longest
from bot.content.library import Library
from bot.content.rendering import render, uses_countdown, waiting
from bot.domain.campaign import Campaign, Config
from bot.domain.delivery import Draft
from bot.domain.limits import Limits, limits_of
from bot.domain.message import Content
from bot.domain.schedule import ScheduledPost, end_of_day
from bot.domain.text import digest
from bot.errors import Fault

_ANY_LINK = "https://example.org/"
"""Stands for a link that is not known yet while a text is counted: every link counts the same."""


@dataclass(frozen=True)
class Slot:
    """One day of a scheduled post: `place` in its list of days, its calendar date, and when it is due (UTC)."""

    post: ScheduledPost
    place: int
    day: date
    due_at: datetime


def expand(config: Config, library: Library, limits: Mapping[str, Limits]) -> tuple[list[Draft], list[Fault]]:
    """Every post by the time it is due; and each fault that keeps one from being planned.

    `limits` are by account name; an account that is not among them has its platform's usual ones.
    """
    drafts: dict[tuple[str, int, str, str], Draft] = {}
    faults: list[Fault] = []
    for post in library.schedule:
        wanted = words(config, library, post, faults)
        for slot in _slots(config.campaign, post, faults):
            for each in wanted:
                draft = draft_of(config.campaign, slot, each, limits)
                key = (draft.message, draft.offset, draft.language, draft.account)
                if drafts.setdefault(key, draft) is not draft:
                    faults.append(_twice(slot, drafts[key]))
    return sorted(drafts.values(), key=lambda draft: (draft.due_at, *draft.identity)), sorted(set(faults))


def _slots(campaign: Campaign, post: ScheduledPost, faults: list[Fault]) -> Iterator[Slot]:
    for place, day in enumerate(post.days):
        on = day.on(campaign.day_of_action)
        due_at = due(post, on, faults)
        if due_at is not None:
            yield Slot(post, place, on, due_at)


def draft_of(campaign: Campaign, slot: Slot, each: Words, limits: Mapping[str, Limits]) -> Draft:
    """The draft of one slot in one account's words."""
    post, account = slot.post, each.account
    accepted = limits.get(account.name) or limits_of(account)
    content, waiting_for = render(each.wording, each.language, slot.day, campaign)
    counted, _ = render(each.wording, each.language, slot.day, _with_any_links(campaign, each))
    return Draft(
        message=post.message,
        day=str(post.days[slot.place]),
        language=each.language,
        account=account.name,
        platform=account.platform,
        due_at=slot.due_at,
        expires_at=_expiry(campaign, slot, each),
        wall_time=f"{slot.day} {post.at.isoformat('auto' if post.at.second else 'minutes')} {post.zone.key}",
        content=content,
        content_hash=content_hash(content),
        length=longest(counted, account.platform, accepted),
        limit=accepted.max_characters,
        waiting_for=waiting_for,
        path=post.path,
        line=post.line,
        offset=(slot.day - campaign.day_of_action).days,
        important=slot.day == campaign.day_of_action if post.important is None else post.important,
        series=digest(each.language, *each.wording.parts) if uses_countdown(each.wording) else "",
    )


def _with_any_links(campaign: Campaign, each: Words) -> Campaign:
    unknown = waiting(each.wording, campaign)
    return replace(campaign, links={**campaign.links, **dict.fromkeys(unknown, _ANY_LINK)}) if unknown else campaign


def _expiry(campaign: Campaign, slot: Slot, each: Words) -> datetime:
    """When it is too late (UTC). A countdown is true until midnight, in the zone where midnight comes first."""
    expiry = slot.due_at + slot.post.late
    if not uses_countdown(each.wording):
        return expiry
    midnights = (end_of_day(slot.day, zone) for zone in (campaign.timezone, slot.post.zone))
    return max(min(expiry, *midnights), slot.due_at).astimezone(UTC)


def content_hash(content: Content) -> str:
    """Changes with anything that readers would see or hear of a post, the bytes of its media included."""
    pieces = [content.language, content.visibility, content.content_warning, str(content.sensitive)]
    for part in content.parts:
        media = (piece for file in part.media for piece in (file.sha256, file.mime_type, file.alt))
        pieces.append(digest(part.text, *media))
    return digest(*pieces)


def _twice(slot: Slot, first: Draft) -> Fault:
    post = slot.post
    what = f"{post.message} ({first.language}) is scheduled twice on {slot.day} for {first.account}"
    instead = f"Take the day out here or in {first.path}:{first.line}; a message goes out once a day."
    cause = f"twice {post.path}:{post.line} {first.path}:{first.line}"
    return Fault(post.path, post.lines.get(f"days.{slot.place}", post.line), what, instead, cause=cause)
