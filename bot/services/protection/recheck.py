"""Posts that we reshared are looked at again: what was deleted, hidden or edited since is taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from bot.domain import fingerprint
from bot.domain.delivery import Delivery
from bot.domain.moderation import FINAL, SHOWN_CARE, Judgement, Reason, Verdict, judge, opted_out
from bot.domain.money import Purpose
from bot.domain.post import SeenPost, ShownState, all_shown, looked_at, still_known
from bot.domain.sighting import SightingState
from bot.errors import PlatformError
from bot.services import money
from bot.services.keys import shown_keys
from bot.services.known_ids import known_ids
from bot.services.moderation.moderate import house
from bot.services.protection import withdraw, withdrawal
from bot.services.sending import circuit
from bot.services.watching import spoken
from bot.services.work import SIGHTINGS, Work, name_of
from bot.store import charges, control, deliveries, rechecks, sightings
from bot.store import shown as shown_store
from bot.store.rechecks import Intervals

EVERY = timedelta(minutes=1)
"""How often a worker looks whether anything is due."""

MOST = 20
"""How many posts one look asks for: servers allow about 300 requests in five minutes, for everything."""

AGAIN = timedelta(minutes=15)
"""How soon a post is asked for again of which nothing could be said, where it is not due sooner."""

RECHECK = "posts that are looked at again"
"""What that is about, on the bill."""

DAY = timedelta(days=1)
SHARE = 10
"""One part in so many of a day's budget may go into looking again, evenly over the day: X itself removes the reposts
of what is deleted or protected."""


@dataclass(frozen=True)
class Change:
    """What has become of a post that we reshared, and where that leaves its sighting; whether it is kept as it is."""

    state: SightingState
    reason: str
    is_kept: bool = True


def look(work: Work, account: str) -> int:
    """Look at the reshares of an account that are due for it. Gives how many are being taken back."""
    now = work.clock()
    with work.store.read() as tx:
        most = affordable(tx, work, account, now, MOST) if _may_ask(tx, work, account, now) else 0
        due = rechecks.reshares_due(tx, account, now, _intervals(work, account, now), most) if most else []
    quotes = sum(fingerprint.quotes_in(one.content_hash) for one in due)
    shown = ask(work, account, [one.post_uri for one in due], quotes) if due else {}
    if shown is None:
        _try_again(work, due)
        return 0
    return sum(_settle(work, one, shown) for one in due)


def _may_ask(tx: Connection, work: Work, account: str, now: datetime) -> bool:
    if work.stopping.is_set() or account not in work.platforms or control.has_ended(tx):
        return False
    return control.account(tx, account).may_be_asked(now)


def _intervals(work: Work, account: str, now: datetime) -> Intervals:
    """For a day after its reshare, and on the day of action, a post is looked at often; where that costs money that
    nobody limits, daily."""
    rules, campaign = work.config.recheck, work.config.campaign
    is_free = not work.platforms[account].fetch_cost or money.budget(work, account) is not None
    fresh = rules.on_the_day if is_free else rules.later
    is_the_day = now.astimezone(campaign.timezone).date() == campaign.day_of_action
    return Intervals(fresh, fresh if is_the_day else rules.later, DAY)


def affordable(tx: Connection, work: Work, account: str, now: datetime, most: int) -> int:
    """How many posts may be asked for by now: what this costs is spent evenly over the UTC day."""
    cost, budget = work.platforms[account].fetch_cost, money.budget(work, account)
    if not cost or budget is None:
        return most
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    spent = sum(one.amount for one in charges.since(tx, account, now) if one.purpose is Purpose.RECHECK)
    by_now = budget // SHARE * ((now - midnight) / DAY)
    return max(0, min(most, int((by_now - spent) // cost)))


def ask(work: Work, account: str, uris: Sequence[str], quotes: int = 0) -> Mapping[str, SeenPost | None] | None:
    """The posts as they are now, those left out of which nothing can be said; None when nothing can be said of any.

    `quotes` are the posts that these quote, and that are paid for as well.
    """
    platform, now = work.platforms[account], work.clock()
    with work.store.begin() as tx:
        cost = platform.fetch_cost * (len(uris) + quotes)
        aside = money.set_aside(tx, work, account, cost, now, Purpose.RECHECK, RECHECK)
        known = known_ids(tx, work, account, uris)
    if aside is None:
        return None
    try:
        shown = platform.fetch_all(uris, known) if known else platform.fetch_all(uris)
    except PlatformError as error:
        with work.store.begin() as tx:
            money.settle_failed(tx, aside, error)
            error.args = (f"{account} could not look at posts again: {type(error).__name__}, {error.answer}.",)
            circuit.hold_account(tx, work, account, error)
        return None
    circuit.answered(work, account)
    if aside.amount:
        with work.store.begin() as tx:
            money.settle(tx, aside, platform.fetch_cost * looked_at(shown.values()))
    languages = work.config.campaign.languages
    return {uri: post and spoken.with_language(post, languages) for uri, post in shown.items()}


def _try_again(work: Work, due: Sequence[Delivery]) -> None:
    """Not knowing is no reason to take anything back, nor to wait for a day."""
    now = work.clock()
    if due:
        text = f"{len(due)} reshares could not be looked at again; they are tried again"
        work.tell("recheck_failed", text, account=due[0].account)
    with work.store.begin() as tx:
        for one in due:
            _looked_at(tx, work, one, now, again=AGAIN)


def _looked_at(tx: Connection, work: Work, one: Delivery, now: datetime, again: timedelta | None = None) -> None:
    interval = _intervals(work, one.account, now)
    is_fresh = now - (one.sent_at or one.due_at) < interval.is_fresh_for
    usual = interval.fresh if is_fresh else interval.later
    at = now if again is None or again >= usual else now - usual + again
    deliveries.change(tx, one.id, [one.state], rechecked_at=at)


def _settle(work: Work, one: Delivery, shown: Mapping[str, SeenPost | None]) -> bool:
    """Write down what a look has shown; gives whether the reshare is being taken back."""
    if one.post_uri not in shown:
        _try_again(work, [one])
        return False
    post, now = shown[one.post_uri], work.clock()
    edit = fingerprint.changed(one.content_hash, post) if post is not None else None
    if post is not None and (opted_out(post.author.bio) or (edit and withdrawal.says_stop(work, post))):
        withdrawal.let_go(work, post)
        return True
    theirs = [shown.post for shown in all_shown(post) if shown.post is not None] if post is not None else []
    for other in theirs:
        if opted_out(other.author.bio) or (edit and withdrawal.says_stop(work, other)):
            withdrawal.let_go(work, other)
    with work.store.begin(turn=SIGHTINGS) as tx:
        fresh = deliveries.get(tx, one.id, lock=True)
        if fresh is None or fresh.state is not one.state or fresh.undo_asked_at is not None:
            return fresh is not None and fresh.undo_asked_at is not None
        _looked_at(tx, work, fresh, now)
        change = _change(tx, work, fresh, post)
        if change is not None:
            withdraw.protect(tx, fresh, now)
            _tell_sighting(tx, work, fresh, post, change, now)
        elif post is not None:
            shown_store.note_delivery(tx, fresh.id, shown_keys(work, post))
            if not fingerprint.knows_shown(fresh.content_hash):
                deliveries.change(tx, fresh.id, [fresh.state], content_hash=fingerprint.of(post))
    if change is not None:
        text = f"{name_of(one)} is taken back: {change.reason}"
        work.tell_of(one, "recheck", text, alarming=True, reason=change.reason)
    return change is not None


def _change(tx: Connection, work: Work, one: Delivery, post: SeenPost | None) -> Change | None:
    if post is None:
        return Change(SightingState.GONE, Reason.GONE)
    if sightings.forgotten_among(tx, shown_keys(work, post)):
        return Change(SightingState.REJECTED, Reason.SHOWN_FORGOTTEN, is_kept=False)
    forbidden = [reason for reason in judge(post, house(tx, work)).reasons if reason in FINAL]
    for hidden in (Reason.NOT_PUBLIC, Reason.LOCKED, Reason.SHOWN_NOT_PUBLIC, Reason.SHOWN_LOCKED):
        if hidden in forbidden:
            return Change(SightingState.GONE, hidden)
    if forbidden:
        return Change(SightingState.REJECTED, forbidden[0])
    if any(shown.state is ShownState.GONE for shown in all_shown(post)):
        return Change(SightingState.REJECTED, Reason.SHOWN_GONE)
    match fingerprint.changed(one.content_hash, post):
        case fingerprint.Change.OWN:
            return Change(SightingState.HELD, Reason.EDITED)
        case fingerprint.Change.SHOWN:
            return Change(SightingState.HELD, Reason.SHOWN_EDITED)
    if not fingerprint.knows_shown(one.content_hash) and _went_by_rule(tx, one):
        shown = [why for why in judge(post, house(tx, work)).care if why in SHOWN_CARE]
        return Change(SightingState.HELD, shown[0]) if shown else None
    return None


def _went_by_rule(tx: Connection, one: Delivery) -> bool:
    """Whether no person said yes to a reshare; older versions let what shows somebody else go by rule."""
    seen = sightings.get(tx, one.sighting_id) if one.sighting_id is not None else None
    return seen is not None and not seen.decided_by


def _tell_sighting(
    tx: Connection, work: Work, one: Delivery, post: SeenPost | None, change: Change, now: datetime
) -> None:
    """A person who looks at it again sees it as it is now."""
    if one.sighting_id is None:
        return
    verdict = Verdict.HOLD if change.state is SightingState.HELD else Verdict.REJECT
    judgement = Judgement(verdict, (change.reason,))
    sightings.decide(tx, one.sighting_id, [SightingState.RESHARED], change.state, judgement, now)
    if post is not None and change.is_kept:
        seen = sightings.get(tx, one.sighting_id)
        known = still_known(seen.post, post) if seen is not None else post
        sightings.refresh(tx, one.sighting_id, known, shown_keys=shown_keys(work, known))
