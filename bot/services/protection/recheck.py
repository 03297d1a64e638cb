"""What we reshared or keep is looked at again: what was deleted, hidden or edited since is taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from bot.domain import fingerprint
from bot.domain.delivery import NOT_BEGUN, CancelledBy, Delivery, State
from bot.domain.links import plain_address
from bot.domain.moderation import FINAL, SHOWN_CARE, Judgement, Reason, SimilarPosts, Verdict, judge, opted_out
from bot.domain.money import Purpose
from bot.domain.post import SeenPost, Shown, ShownAs, ShownState, all_shown, looked_at, still_known
from bot.domain.sighting import AFTER_VERDICT, Sighting, SightingState
from bot.errors import PlatformError
from bot.services import money
from bot.services.events import EventName
from bot.services.moderation.approval import moderation_context, queue_approved
from bot.services.protection import stop_requests
from bot.services.protection.forget import FORGOTTEN
from bot.services.resharing import known_ids
from bot.services.sending import attempts, undo
from bot.services.watching import language
from bot.services.work import Work, author_key, post_key, shown_keys
from bot.store import control, deliveries, retention, sightings
from bot.store.lock_names import Serialize
from bot.store.retention import RecheckIntervals, RecheckRound

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
class RecheckOutcome:
    """What has become of a post that we reshared, and where that leaves its sighting; whether it is kept as it is."""

    state: SightingState
    reason: str
    is_kept: bool = True


def recheck_reshares(work: Work, account: str) -> int:
    """Look at the reshares of an account that are due for it. Gives how many are being taken back."""
    now = work.clock()
    with work.store.read() as tx:
        most = affordable(tx, work, account, now, MOST) if _may_ask(tx, work, account, now) else 0
        due = retention.rechecks_due(tx, account, now, _intervals(work, account, now), most) if most else []
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


def _intervals(work: Work, account: str, now: datetime) -> RecheckIntervals:
    """For a day after its reshare, and on the day of action, a post is looked at often; where that costs money that
    nobody limits, daily."""
    rules, campaign = work.config.recheck, work.config.campaign
    is_free = not work.platforms[account].fetch_cost or money.budget(work, account) is not None
    fresh = rules.on_the_day if is_free else rules.later
    is_the_day = now.astimezone(campaign.timezone).date() == campaign.day_of_action
    return RecheckIntervals(fresh, fresh if is_the_day else rules.later, DAY)


def affordable(tx: Connection, work: Work, account: str, now: datetime, most: int) -> int:
    """How many posts may be asked for by now: what this costs is spent evenly over the UTC day."""
    cost, budget = work.platforms[account].fetch_cost, money.budget(work, account)
    if not cost or budget is None:
        return most
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    spent = sum(one.amount for one in control.charges_since(tx, account, now) if one.purpose is Purpose.RECHECK)
    by_now = budget // SHARE * ((now - midnight) / DAY)
    return max(0, min(most, int((by_now - spent) // cost)))


def ask(work: Work, account: str, uris: Sequence[str], quotes: int = 0) -> Mapping[str, SeenPost | None] | None:
    """The posts as they are now, those left out of which nothing can be said; None when nothing can be said of any.

    `quotes` are the posts that these quote, and that are paid for as well.
    """
    platform, now = work.platforms[account], work.clock()
    with work.store.begin() as tx:
        cost = platform.fetch_cost * (len(uris) + quotes)
        aside = money.reserve(tx, work, account, cost, now, Purpose.RECHECK, RECHECK)
        known = known_ids(tx, work, account, uris)
    if aside is None:
        return None
    try:
        shown = platform.fetch_all(uris, known) if known else platform.fetch_all(uris)
    except PlatformError as error:
        with work.store.begin() as tx:
            money.settle_failed(tx, aside, error)
            error.args = (f"{account} could not look at posts again: {type(error).__name__}, {error.answer}.",)
            attempts.hold_account(tx, work, account, error)
        return None
    attempts.answered(work, account)
    if aside.amount:
        with work.store.begin() as tx:
            money.settle(tx, aside, platform.fetch_cost * looked_at(shown.values()))
    languages = work.config.campaign.languages
    return {uri: post and language.with_language(post, languages) for uri, post in shown.items()}


def _try_again(work: Work, due: Sequence[Delivery]) -> None:
    """Not knowing is no reason to take anything back, nor to wait for a day."""
    now = work.clock()
    if due:
        work.tell(EventName.RECHECK_FAILED, account=due[0].account, reshares=len(due))
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
    if post is not None and (opted_out(post.author.bio) or (edit and stop_requests.says_stop(work, post))):
        stop_requests.let_go(work, post)
        return True
    theirs = [shown.post for shown in all_shown(post) if shown.post is not None] if post is not None else []
    for other in theirs:
        if opted_out(other.author.bio) or (edit and stop_requests.says_stop(work, other)):
            stop_requests.let_go(work, other)
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        fresh = deliveries.get(tx, one.id, lock=True)
        if fresh is None or fresh.state is not one.state or fresh.undo_asked_at is not None:
            return fresh is not None and fresh.undo_asked_at is not None
        _looked_at(tx, work, fresh, now)
        change = _change(tx, work, fresh, post)
        if change is not None:
            undo.protect(tx, fresh, now)
            _tell_sighting(tx, work, fresh, post, change, now)
        elif post is not None:
            sightings.note_shown_by_delivery(tx, fresh.id, shown_keys(work, post))
            if not fingerprint.knows_shown(fresh.content_hash):
                deliveries.change(tx, fresh.id, [fresh.state], content_hash=fingerprint.of(post))
    if change is not None:
        work.tell_of(one, EventName.RECHECK, alarming=True, reason=change.reason)
    return change is not None


def _change(tx: Connection, work: Work, one: Delivery, post: SeenPost | None) -> RecheckOutcome | None:
    if post is None:
        return RecheckOutcome(SightingState.GONE, Reason.GONE)
    if sightings.forgotten_among(tx, shown_keys(work, post)):
        return RecheckOutcome(SightingState.REJECTED, Reason.SHOWN_FORGOTTEN, is_kept=False)
    forbidden = [reason for reason in judge(post, moderation_context(tx, work)).reasons if reason in FINAL]
    for hidden in (Reason.NOT_PUBLIC, Reason.LOCKED, Reason.SHOWN_NOT_PUBLIC, Reason.SHOWN_LOCKED):
        if hidden in forbidden:
            return RecheckOutcome(SightingState.GONE, hidden)
    if forbidden:
        return RecheckOutcome(SightingState.REJECTED, forbidden[0])
    if any(shown.state is ShownState.GONE for shown in all_shown(post)):
        return RecheckOutcome(SightingState.REJECTED, Reason.SHOWN_GONE)
    match fingerprint.changed(one.content_hash, post):
        case fingerprint.ChangedPart.OWN:
            return RecheckOutcome(SightingState.HELD, Reason.EDITED)
        case fingerprint.ChangedPart.SHOWN:
            return RecheckOutcome(SightingState.HELD, Reason.SHOWN_EDITED)
    if not fingerprint.knows_shown(one.content_hash) and _went_by_rule(tx, one):
        shown = [why for why in judge(post, moderation_context(tx, work)).care if why in SHOWN_CARE]
        return RecheckOutcome(SightingState.HELD, shown[0]) if shown else None
    return None


def _went_by_rule(tx: Connection, one: Delivery) -> bool:
    """Whether no person said yes to a reshare; older versions let what shows somebody else go by rule."""
    seen = sightings.get(tx, one.sighting_id) if one.sighting_id is not None else None
    return seen is not None and not seen.decided_by


def _tell_sighting(
    tx: Connection, work: Work, one: Delivery, post: SeenPost | None, change: RecheckOutcome, now: datetime
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


MOST_STORED = 10
"""How many posts one look asks for, beside the reshares, which go first."""

A_DAY = timedelta(days=1)


def recheck_stored(work: Work, account: str) -> int:
    """Go on with this day's round through what is stored of a platform. Gives how many posts are gone.

    What nothing can be said of is looked at in the next round. One account of each platform does this for all. What
    could not be read whole goes first, soon after it was seen: again and again where that costs nothing, else once.
    """
    now = work.clock()
    if account not in work.platforms or not _is_in_charge(work, account):
        return 0
    platform = work.platforms[account].platform
    with work.store.begin() as tx:
        most = affordable(tx, work, account, now, MOST_STORED)
        if work.stopping.is_set() or not most or control.has_ended(tx):
            return 0
        if not control.account(tx, account).may_be_asked(now):
            return 0
        found = sightings.unfinished(tx, platform, now, most)
        for one in found:  # one that cannot be read now is asked for later all the same
            sightings.look_again(tx, one.id, _next_look(work, one, one.post, now))
        found = [one for one in found if _may_tell_more(work, one.post)]
        known = {one.id for one in found}
        found += [one for one in _next(tx, work, platform, now, most - len(found)) if one.id not in known]
    quotes = sum(
        one.post.own_links + sum(shown.how is not ShownAs.WORDS for shown in all_shown(one.post)) for one in found
    )
    shown = ask(work, account, [one.post.uri for one in found], quotes) if found else None
    return sum(_settle_stored(work, one, shown[one.post.uri]) for one in found if one.post.uri in shown) if shown else 0


def _is_in_charge(work: Work, account: str) -> bool:
    platform = work.platforms[account].platform
    return account == next(name for name, one in work.platforms.items() if one.platform == platform)


def _next(tx: Connection, work: Work, platform: str, now: datetime, most: int) -> list[Sighting]:
    """The next ones of the round, which is written down as having passed them."""
    if not most:
        return []
    where = retention.recheck_round(tx, platform) or RecheckRound(0, now)
    if where.is_through:
        if where.since <= now < where.since + work.config.recheck.later:
            return []
        where = RecheckRound(0, now)
    found = retention.stored_after(tx, platform, where.last, most)
    passed = replace(where, last=found[-1].id) if found else replace(where, is_through=True)
    retention.save_recheck_round(tx, platform, passed)
    return found


def _settle_stored(work: Work, one: Sighting, post: SeenPost | None) -> bool:
    """Write down what a look has shown; gives whether the post is gone.

    One that waits for a person is kept as it is now, and judged again: they decide on what is there.
    """
    if post is None or not post.public or post.author.locked:
        return _is_gone(work, one)
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        fresh = sightings.get(tx, one.id)
        if fresh is None:
            return False
        if sightings.forgotten_among(tx, shown_keys(work, post)):
            retention.remove(tx, [one.id], partial(post_key, work), FORGOTTEN)
            return True
        if fresh.state is SightingState.HELD:
            _judge_again(tx, work, fresh, post)
        elif _hides_more(fresh.post, post):
            known = still_known(fresh.post, post)
            sightings.refresh(tx, one.id, known, shown_keys=shown_keys(work, known))
    return False


def _with_known(before: SeenPost, now: SeenPost) -> SeenPost:
    """The post with what was known of what it shows, and with what another server's view of it shows, as that view:
    where one leaves a quote out, others show it."""
    now = still_known(before, now)
    if before.view == now.view:
        return now
    there = {plain_address(address) for one in now.shows for address in one.addresses}
    missing = [one for one in before.shows if there.isdisjoint(map(plain_address, one.addresses))]
    return replace(now, view=before.view, shows=(*now.shows, *missing)) if missing else now


def _hides_more(before: SeenPost, now: SeenPost) -> bool:
    """Whether the words of somebody whose post it shows are stored, and nobody may see them any more."""
    told = {address for one in all_shown(before) if one.post and one.post.text for address in one.addresses}
    hidden = (one for one in all_shown(now) if one.post is None or not one.post.public or one.post.author.locked)
    gone = (one for one in hidden if one.state is ShownState.GONE or one.post is not None)
    return any(not one.addresses or not told.isdisjoint(one.addresses) for one in gone) and bool(told)


def _judge_again(tx: Connection, work: Work, seen: Sighting, post: SeenPost) -> None:
    """Keep a post as it is now. No yes from before an edit counts any more; only what waited for more to be known may
    go by rule now."""
    post = _with_known(seen.post, post)
    now, today = work.clock(), judge(replace(post, reshared_by_us=False), moderation_context(tx, work), _company(seen))
    if fingerprint.changed(fingerprint.of(seen.post), post):
        sightings.drop_approvals(tx, seen.id)
    keys = author_key(work, post.author.handle), shown_keys(work, post)
    sightings.refresh(tx, seen.id, post, *keys)
    sightings.look_again(tx, seen.id, _next_look(work, seen, post, now))
    if Reason.FLAGGED in seen.judgement.care or seen.decided_by:
        return
    sightings.hold_for_care(tx, seen.id, today.care)
    if today.is_final:
        sightings.decide(tx, seen.id, [SightingState.HELD], SightingState.REJECTED, today, now)
    elif seen.post.is_unfinished and not post.is_unfinished:
        sightings.decide(tx, seen.id, [SightingState.HELD], AFTER_VERDICT[today.verdict], today, now)
        after = sightings.get(tx, seen.id)
        queue_approved(tx, work, [after] if after else [], now)


def _company(seen: Sighting) -> SimilarPosts:
    return SimilarPosts(same_video_as=seen.same_as or 0)


def _is_billed(work: Work, post: SeenPost) -> bool:
    return any(one.fetch_cost for one in work.platforms.values() if one.platform == post.platform)


def _may_tell_more(work: Work, post: SeenPost) -> bool:
    """Whether looking once more can be worth it: where it is billed, X has to know what is asked for by its number."""
    return not _is_billed(work, post) or any(map(_is_there, all_shown(post)))


def _is_there(shown: Shown) -> bool:
    return shown.state is ShownState.UNREAD and bool(shown.native_id)


def _next_look(work: Work, seen: Sighting, post: SeenPost, now: datetime) -> datetime | None:
    """When what is not known yet of a post is asked for once more: ever later, and after a day in the round alone."""
    if _is_billed(work, post):
        return None
    waited = now - seen.seen_at
    return now + max(EVERY, waited) if post.is_unfinished and waited < A_DAY else None


def _is_gone(work: Work, one: Sighting) -> bool:
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        judgement = Judgement(Verdict.REJECT, (Reason.GONE,))
        if not sightings.decide(tx, one.id, [one.state], SightingState.GONE, judgement, work.clock()):
            return False
        values = {"cancelled_by": CancelledBy.MODERATION, "error": str(Reason.GONE)}
        for made in deliveries.of_sighting(tx, one.id):
            deliveries.step(tx, made.id, NOT_BEGUN, State.CANCELLED, **values)
    work.tell(EventName.GONE, sighting=one.id)
    return True
