"""Preflight: what would keep a post from being sent is found, and said, while there is time to mend it.

It tells and never holds back: nothing here changes when, or whether, anything is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, or_

from bot.domain.campaign import PlatformName
from bot.domain.delivery import Delivery, Kind, State
from bot.domain.limits import Limits
from bot.platforms.web.agent import agent_of
from bot.services.checking import foresight, links
from bot.services.checking.foresight import Finding
from bot.services.checking.preflight_account import ask, closed, of_account
from bot.services.checking.preflight_telling import Checked, tell
from bot.services.sending.record import is_open
from bot.services.work import Work
from bot.store import deliveries
from bot.store.schema import delivery

STAGES = (timedelta(hours=24), timedelta(hours=6), timedelta(hours=1))
"""How long before it is due an important post is checked; the others only at the last of these."""

AGAIN = timedelta(minutes=10)
"""How soon trouble is looked at again, and the least time between two checks of a post."""

TOO_SHORT = timedelta(minutes=2)
"""What is due sooner is not checked any more: nobody could mend it, and its second is to be left in peace."""

_QUIET = timedelta(seconds=10)
"""Nothing is checked so shortly before another post of the account is due."""

_WAITING = (State.PLANNED, State.CLAIMED, State.HELD)


def preflight_lock(account: str) -> str:
    """The name of the lock under which an account's posts are checked."""
    return f"preflight-{account}"


def look_ahead(work: Work, account: str) -> int:
    """Check those posts of an account whose time has come, all in one round. Gives how many that were."""
    if work.platforms[account].platform == PlatformName.REHEARSAL:
        return 0
    with work.locks.hold(preflight_lock(account)) as ours:
        if not ours:
            return 0
        now = work.clock()
        with work.store.read() as tx:
            if is_open(tx, work, account, now) and deliveries.is_any_due(tx, account, now + _QUIET):
                return 0
            soon = _soon(tx, account, now)
        _forget(work, [one for one in soon if _is_stale(one, now)])
        due = [one for one in soon if _is_due(one, now)]
        if due:
            _check(work, account, due, now)
        return len(due)


def _soon(tx: Connection, account: str, now: datetime) -> list[Delivery]:
    """What may be due for a check, and what carries trouble."""
    is_soon = and_(
        delivery.c.state == State.PLANNED, delivery.c.due_at >= now + TOO_SHORT, delivery.c.due_at <= now + STAGES[0]
    )
    mine = (delivery.c.account == account, delivery.c.kind == Kind.POST)
    return sorted(deliveries.listed(tx, *mine, or_(is_soon, delivery.c.trouble != "")), key=_by_time)


def _by_time(one: Delivery) -> tuple[datetime, int]:
    return one.due_at, one.id


def _around(tx: Connection, account: str, now: datetime) -> list[Delivery]:
    """The account's posts of the days before and after, the earliest first: what repeats, and what shares a budget."""
    near = (delivery.c.due_at > now - 2 * STAGES[0], delivery.c.due_at < now + 2 * STAGES[0])
    return sorted(
        deliveries.listed(tx, delivery.c.account == account, delivery.c.kind == Kind.POST, *near), key=_by_time
    )


def _is_due(one: Delivery, now: datetime) -> bool:
    """Whether it is to be checked now; a clock that was set back makes a check of the future count as none."""
    ahead, last = one.due_at - now, one.checked_at
    if one.state is not State.PLANNED or not TOO_SHORT <= ahead <= STAGES[0]:
        return False
    if last is None or last > now:
        return ahead <= (STAGES[0] if one.important else STAGES[-1])
    if now < last + AGAIN:
        return False
    return bool(one.trouble) or any(last < one.due_at - stage <= now for stage in _stages(one))


def _stages(one: Delivery) -> Sequence[timedelta]:
    return STAGES if one.important else STAGES[-1:]


def _is_stale(one: Delivery, now: datetime) -> bool:
    """Whether trouble is noted of something that does not wait any more, or not for a long time yet."""
    return bool(one.trouble) and (one.state not in _WAITING or one.due_at - now > STAGES[0])


def _forget(work: Work, stale: Sequence[Delivery]) -> None:
    if stale:
        with work.store.begin() as tx:
            for one in stale:
                deliveries.change(tx, one.id, [one.state], trouble="", checked_at=None)


def _check(work: Work, account: str, due: Sequence[Delivery], now: datetime) -> None:
    with work.store.read() as tx:
        posts = _around(tx, account, now)
        planned = [one for one in posts if one.state in (State.PLANNED, State.CLAIMED)]
        left = foresight.left_over(tx, work, account, planned)
        shared = list(of_account(tx, account, due[-1].due_at))
    limits, spare = None, foresight.spare(planned, left, now)
    if not any(finding.about == closed(account) for finding in shared):
        asked, limits = ask(work, account, now, spare)
        shared += asked
    troubles = _followed(work, due)
    if work.stopping.is_set():
        return
    found = [Checked(one, (*shared, *_findings(work, one, posts, limits, left, troubles))) for one in due]
    tell(work, _written_down(work, found, now), [one for one in posts if not _is_stale(one, now)], now)


def _followed(work: Work, due: Sequence[Delivery]) -> dict[str, str]:
    """What is wrong with the links of these posts, each followed once."""
    urls = dict.fromkeys(url for one in due for url in foresight.links_of(one))
    if not urls:
        return {}
    with links.client(agent_of(work.config)) as web:
        return links.troubles(web, urls, work.stopping.is_set)


def _findings(
    work: Work,
    one: Delivery,
    posts: Sequence[Delivery],
    limits: Limits | None,
    left: Mapping[int, int],
    troubles: Mapping[str, str],
) -> list[Finding]:
    return [
        *foresight.of_words(one, limits),
        *foresight.of_media(one, work.root, limits),
        *foresight.of_money(work, one, left),
        *foresight.of_repetition(one, posts),
        *foresight.of_links(one, troubles),
    ]


def _written_down(work: Work, found: Sequence[Checked], now: datetime) -> list[Checked]:
    """Those whose posts are still what was checked: an edit meanwhile asks for a check of its own."""
    kept = []
    with work.store.begin() as tx:
        for each in found:
            fresh = deliveries.get(tx, each.one.id)
            if fresh is None or fresh.content_hash != each.one.content_hash:
                continue
            if deliveries.change(tx, fresh.id, [State.PLANNED], checked_at=now, trouble=each.trouble):
                kept.append(each)
    return kept
