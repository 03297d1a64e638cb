"""What the rules say of a sighting, with reasons a person can read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.campaign import ModerationRules, Wanted
from bot.domain.post import MediaKind, SeenPost


class Verdict(StrEnum):
    """What the rules say; only a person can turn `hold` into a reshare."""

    HOLD = "hold"
    APPROVE = "approve"
    REJECT = "reject"


class Reason(StrEnum):
    """Why, in the words people read."""

    OURS = "our own post"
    NOT_PUBLIC = "not public"
    BLOCKED = "blocked author"
    OPTED_OUT = "opted out in the bio"
    ALREADY = "already reshared by us"
    WRONG_KIND = "wrong kind"
    SENSITIVE = "marked sensitive"
    REPLY = "a reply to somebody"
    TRUSTED = "trusted author"
    NOBODY_DECIDED = "waits for a person"
    GONE = "deleted or hidden by its author"
    EDITED = "edited since it was approved"
    TAKEN_BACK = "taken back by us"


FINAL = frozenset({Reason.OURS, Reason.NOT_PUBLIC, Reason.BLOCKED, Reason.OPTED_OUT})
"""Reasons that no person can override: they protect somebody who is not in the room."""

_OPT_OUT = re.compile(r"#(?:nobots?|noboost|noreshare)(?!\w)", re.IGNORECASE)


@dataclass(frozen=True)
class Judgement:
    """A verdict and why."""

    verdict: Verdict
    reasons: tuple[str, ...]

    @property
    def is_final(self) -> bool:
        """Whether not even a person may approve it."""
        return any(reason in FINAL for reason in self.reasons)


@dataclass(frozen=True)
class House:
    """What the rules need to know of us: our own handles, whom we trust and block, and what we look for."""

    rules: ModerationRules
    kinds: tuple[Wanted, ...] = (Wanted.VIDEO,)
    own_handles: frozenset[str] = field(default_factory=frozenset)


def judge(post: SeenPost, house: House) -> Judgement:
    """Judge a post: what forbids a reshare first, then what deserves a look, then trust; else a person decides."""
    refusals = tuple(_refusals(post, house))
    if refusals:
        return Judgement(Verdict.REJECT, refusals)
    doubts = tuple(_doubts(post))
    if doubts:
        return Judgement(Verdict.HOLD, doubts)
    if same_handle_among(post.author.handle, house.rules.trusted):
        return Judgement(Verdict.APPROVE, (Reason.TRUSTED,))
    return Judgement(Verdict.HOLD, (Reason.NOBODY_DECIDED,))


def _refusals(post: SeenPost, house: House) -> Iterable[Reason]:
    if same_handle_among(post.author.handle, house.own_handles):
        yield Reason.OURS
    if not post.public or post.author.locked:
        yield Reason.NOT_PUBLIC
    if same_handle_among(post.author.handle, house.rules.blocked):
        yield Reason.BLOCKED
    if opted_out(post.author.bio):
        yield Reason.OPTED_OUT
    if post.reshared_by_us:
        yield Reason.ALREADY
    if not is_wanted(post.kinds, house.kinds):
        yield Reason.WRONG_KIND


def _doubts(post: SeenPost) -> Iterable[Reason]:
    if post.sensitive:
        yield Reason.SENSITIVE
    if post.is_reply:
        yield Reason.REPLY


def is_wanted(kinds: Iterable[MediaKind], wanted: Iterable[Wanted]) -> bool:
    """Whether a post carries a kind of media that the campaign reshares."""
    carried, asked = {str(kind) for kind in kinds}, set(wanted)
    return Wanted.ANY in asked or bool(carried & {str(kind) for kind in asked})


def opted_out(bio: str) -> bool:
    """Whether a biography (plain text) asks automated accounts to stay away."""
    return _OPT_OUT.search(unicodedata.normalize("NFKC", bio)) is not None


def same_handle_among(handle: str, handles: Iterable[str]) -> bool:
    """Whether a handle is one of these; platforms ignore case in handles."""
    return handle.casefold() in {other.casefold() for other in handles}
