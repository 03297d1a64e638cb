"""What would keep a planned post from being sent, as far as its files, its texts and the store can show."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from bot.content.length import length
from bot.content.media_facts import HEAD, recognised
from bot.domain.campaign import PlatformName
from bot.domain.delivery import Delivery, State
from bot.domain.limits import Limits, refusals, refused_together
from bot.domain.links import links_in
from bot.domain.message import Media
from bot.domain.money import dollars, micro
from bot.domain.text import normalised
from bot.services.checking.times import REPETITION
from bot.services.money import price
from bot.services.work import Work
from bot.store import control

_OUT = frozenset({State.SENT, State.SENDING, State.UNKNOWN, State.NEEDS_DECISION})


@dataclass(frozen=True)
class Finding:
    """Something that stands in a post's way. `about` begins the text, and stays the same while its details change."""

    about: str
    text: str


def called(one: Delivery) -> str:
    """A post by its message and language, as far as its words go."""
    return f"{one.message} ({one.language})"


def of_words(one: Delivery, limits: Limits | None) -> Iterator[Finding]:
    """The link that is not known yet, and each part that is longer than the server takes now."""
    if one.waiting_for:
        about = f"{{{one.waiting_for}}} is not known"
        yield Finding(about, f"{about}: fill it in under [links] of bot.toml.")
    if limits is None:
        return
    longest = _longest(one, limits)
    if longest > limits.max_characters:
        about = f"{called(one)} is too long for {one.account}"
        fit = f"{longest} characters, and {limits.max_characters} fit"
        yield Finding(about, f"{about}: {fit}. Shorten it, or split it with a line of ---.")


def _longest(one: Delivery, limits: Limits) -> int:
    """X counts as it did when this was planned; a text with a link to come was counted with one."""
    if one.platform == PlatformName.X or one.waiting_for:
        return one.length
    warning = one.content.content_warning
    return max(length(part.text, one.platform, limits, warning) for part in one.content.parts)


def of_media(one: Delivery, root: Path, limits: Limits | None) -> Iterator[Finding]:
    """Each file that is gone, that has changed, or that the server does not take."""
    for part in one.content.parts:
        for media in part.media:
            yield from _of_file(one, media, root, limits)
        for _, refusal in refused_together(part.media, one.account, limits) if limits is not None else ():
            about = f"{called(one)}: {refusal.what}"
            yield Finding(about, f"{about}. {refusal.instead}")


def _of_file(one: Delivery, media: Media, root: Path, limits: Limits | None) -> Iterator[Finding]:
    try:
        with (root / media.path).open("rb") as file:
            kind = recognised(file.read(HEAD))
            file.seek(0)
            found = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
    except OSError as error:
        yield Finding(media.path, f"{media.path} cannot be read ({error.strerror}). Put it back.")
        return
    if found != media.sha256:
        yield Finding(media.path, f"{media.path} has changed since it was planned. Run: bot plan")
    if limits is not None:
        now = replace(media, mime_type=kind or media.mime_type, size=size)
        for refusal in refusals(now, one.account, limits):
            yield Finding(media.path, f"{media.path}: {refusal.what}. {refusal.instead}")


def links_of(one: Delivery) -> Iterator[str]:
    """Every address that the post sends its readers to."""
    for part in one.content.parts:
        yield from (link.address for link in links_in(part.text, one.platform))


def of_links(one: Delivery, troubles: Mapping[str, str]) -> Iterator[Finding]:
    """Each link that does not answer: a warning, since it may be the network between us and it."""
    for url in dict.fromkeys(links_of(one)):
        if troubles.get(url):
            text = f"{url} {troubles[url]}. That may be the network; look at it with a browser."
            yield Finding(url, text)


def of_repetition(one: Delivery, others: Sequence[Delivery]) -> Iterator[Finding]:
    """Texts that X has had, or will have had, from this account within a day."""
    if one.platform != PlatformName.X:
        return
    mine = {normalised(part.text) for part in one.content.parts}
    for other in others:
        at = other.sent_at or other.due_at
        is_before = other.id != one.id and (at, other.id) < (one.due_at, one.id)
        if not is_before or one.due_at - at >= REPETITION or other.state not in _OUT | {State.PLANNED, State.CLAIMED}:
            continue
        if mine & {normalised(part.text) for part in other.content.parts}:
            about = f"{called(one)} says the same as delivery {other.id}"
            yield Finding(about, f"{about} on {one.account} within a day, which X refuses. Write different words.")


def left_over(tx: Connection, work: Work, account: str, posts: Sequence[Delivery]) -> dict[int, int]:
    """What each post's day (UTC) would have left of its budget after it, by delivery, in micro-USD; may be negative.

    Nothing for accounts without a budget. `posts` are all that are planned, the earliest first.
    """
    budget = work.config.accounts[account].budget_usd_per_day
    left: dict[str, int] = {}
    after: dict[int, int] = {}
    for one in posts if budget is not None else ():
        day = one.due_at.astimezone(UTC).date().isoformat()
        if day not in left:
            left[day] = micro(budget or 0) - control.spent(tx, account, one.due_at)
        left[day] -= price(work, one)
        after[one.id] = left[day]
    return after


def spare(posts: Sequence[Delivery], left: Mapping[int, int], now: datetime) -> int | None:
    """What the posts of this day (UTC) leave of its budget, in micro-USD; None where no post needs any of it."""
    today = now.astimezone(UTC).date()
    return min(
        (left[one.id] for one in posts if one.id in left and one.due_at.astimezone(UTC).date() == today), default=None
    )


def of_money(work: Work, one: Delivery, left: Mapping[int, int]) -> Iterator[Finding]:
    """What the budget of its day does not cover."""
    if left.get(one.id, 0) < 0:
        budget = dollars(micro(work.config.accounts[one.account].budget_usd_per_day or 0))
        about = f"The budget of {one.account} for {one.due_at.astimezone(UTC):%d %B} (UTC)"
        missing = dollars(-left[one.id])
        yield Finding(about, f"{about} does not cover it: {missing} more than {budget}. Raise budget_usd_per_day.")
