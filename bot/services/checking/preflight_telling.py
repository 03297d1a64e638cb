"""Says what a preflight has found: each trouble once, again an hour before, and a word when it is over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.delivery import Delivery
from bot.services.checking.foresight import Finding
from bot.services.work import Work, name_of

LAST_WORD = timedelta(hours=1)
"""How long before it is due a post's trouble is said again."""


@dataclass(frozen=True)
class Checked:
    """A post as it was before its check, and what was found."""

    one: Delivery
    found: tuple[Finding, ...]

    @property
    def trouble(self) -> str:
        """All of it, as the queue shows it."""
        return " ".join(finding.text for finding in self.found)


def tell(work: Work, checked: Sequence[Checked], posts: Iterable[Delivery], now: datetime) -> None:
    """Report what is new, what still stands an hour before, and what is mended. One event for all posts it is about."""
    carried = " ".join({one.trouble for one in posts})
    raised: dict[str, tuple[str, list[Delivery]]] = {}
    mended: dict[str, list[Delivery]] = {}
    for each in checked:
        for finding in each.found:
            if _is_last_word(each.one, finding, now) or finding.about not in carried:
                raised.setdefault(finding.about, (finding.text, []))[1].append(each.one)
        if each.one.trouble and not each.found:
            mended.setdefault(each.one.trouble, []).append(each.one)
    for text, ones in raised.values():
        _report(work, "trouble_ahead", f"due {_when(work, ones[0])}: {text}", ones, alarming=True)
    for text, ones in mended.items():
        _report(work, "trouble_over", f"what stood in its way is mended: {text}", ones, alarming=False)


def _is_last_word(one: Delivery, finding: Finding, now: datetime) -> bool:
    """At the check an hour before. Of a link that is not known yet the door out says so itself then."""
    hour = one.due_at - LAST_WORD
    is_first_since = one.checked_at is None or one.checked_at < hour or one.checked_at > now
    return now >= hour and is_first_since and not (one.waiting_for and finding.about.startswith("{"))


def _when(work: Work, one: Delivery) -> str:
    return f"{one.due_at.astimezone(work.config.campaign.timezone):%a %d %b %H:%M %Z}"


def _report(work: Work, name: str, text: str, ones: Sequence[Delivery], *, alarming: bool) -> None:
    first, others = ones[0], [one.id for one in ones[1:]]
    more = f" and {len(others)} more" if others else ""
    ids = {"also": others} if others else {}
    work.tell(
        name, f"{name_of(first)}{more}, {text}", alarming=alarming, delivery=first.id, account=first.account, **ids
    )
