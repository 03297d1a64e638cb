"""What we reshared or keep is looked at again: what was deleted, hidden or edited since is taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from bot.domain import fingerprint
from bot.domain.addresses import plain_address
from bot.domain.delivery import NOT_BEGUN, CancelledBy, Delivery, State
from bot.domain.moderation import FINAL, SHOWN_CARE, Judgement, Reason, SimilarPosts, Verdict, judge, opted_out
from bot.domain.money import Purpose
from bot.domain.post import SeenPost, Shown, ShownAs, ShownState, all_shown, looked_at, still_known
from bot.domain.sighting import AFTER_VERDICT, Sighting, SightingState
from bot.errors import PlatformError
from bot.services import money
from bot.services.events import EventName
from bot.services.moderation.approval import moderation_context, queue_approved
from bot.services.protection.forget import FORGOTTEN
from bot.services.resharing import known_ids
from bot.services.sending import attempts, undo
from bot.services.work import Work, author_key, post_key, shown_keys
from bot.store import control, deliveries, retention, sightings
from bot.store.approvals import drop_approvals
from bot.store.engine import Serialize
from bot.store.retention import RecheckIntervals, RecheckRound
from bot.values import dataclass

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
"""The part of a day's budget (one in this many) that may go into looking again, evenly over the day: X itself removes
the reposts of what is deleted or protected."""


@dataclass(frozen=True)
class RecheckOutcome:
    """What has become of a post that we reshared, and where that leaves its sighting; whether it is kept as it is."""

    state: SightingState
    reason: str
    is_kept: bool = True


def recheck_reshares(work: Work, account: str) -> int:
    """Look at the reshares of an account that are due for it. Return how many are being taken back."""
    now = work.clock()
    with work.store.read() as tx:
        most = affordable(tx, work, account, now, MOST) if _may_ask(tx, work, account, now) else 0
        due = retention.rechecks_due(tx, account, now, _intervals(work, account, now), most) if most else []
    quotes = sum(fingerprint.quotes_in(delivery.content_hash) for delivery in due)
    shown = ask(work, account, [delivery.post_uri for delivery in due], quotes) if due else {}
    if shown is None:
        _try_again(work, due)
        return 0
    return sum(_settle(work, delivery, shown) for delivery in due)


def _may_ask(tx: Connection, work: Work, account: str, now: datetime) -> bool:
    if work.stopping.is_set() or account not in work.platforms or control.has_ended(tx):
        return False
    return control.account(tx, account).may_be_asked(now)


def _intervals(work: Work, account: str, now: datetime) -> RecheckIntervals:
    """Return how often posts are looked at: often for a day after the reshare, and on the day of action; daily where
    that costs money that nobody limits."""
    rules, campaign = work.config.recheck, work.config.campaign
    is_free = not work.platforms[account].fetch_cost or money.budget(work, account) is not None
    fresh = rules.on_the_day if is_free else rules.later
    is_the_day = now.astimezone(campaign.timezone).date() == campaign.day_of_action
    return RecheckIntervals(fresh, fresh if is_the_day else rules.later, DAY)


def affordable(tx: Connection, work: Work, account: str, now: datetime, most: int) -> int:
    """Return how many posts may be asked for by now: what this costs is spent evenly over the UTC day."""
    cost, budget = work.platforms[account].fetch_cost, money.budget(work, account)
    if not cost or budget is None:
        return most
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    spent = sum(
        charge.amount for charge in control.charges_since(tx, account, now) if charge.purpose is Purpose.RECHECK
    )
    by_now = budget // SHARE * ((now - midnight) / DAY)
    return max(0, min(most, int((by_now - spent) // cost)))


def ask(work: Work, account: str, uris: Sequence[str], quotes: int = 0) -> Mapping[str, SeenPost | None] | None:
    """Fetch the posts as they are now, and return them, those left out of which nothing can be said; None when nothing
    can be said of any.

    `quotes` are the posts that these quote, and that are paid for as well.
    """
    platform, now = work.platforms[account], work.clock()
    with work.store.begin() as tx:
        cost = platform.fetch_cost * (len(uris) + quotes)
        reservation = money.reserve(tx, work, account, cost, now, Purpose.RECHECK, RECHECK)
        native_ids = known_ids(tx, work, account, uris)
    if reservation is None:
        return None
    try:
        shown = platform.fetch_all(uris, native_ids) if native_ids else platform.fetch_all(uris)
    except PlatformError as error:
        with work.store.begin() as tx:
            money.settle_failed(tx, reservation, error)
            error.args = (f"{account} could not look at posts again: {type(error).__name__}, {error.answer}.",)
            attempts.hold_account(tx, work, account, error)
        return None
    attempts.answered(work, account)
    if reservation.amount:
        with work.store.begin() as tx:
            money.settle(tx, reservation, platform.fetch_cost * looked_at(shown.values()))
    from bot.services.watching import language  # takes 2 ms to load, and mostly nothing is due

    languages = work.config.campaign.languages
    return {uri: post and language.with_language(post, languages) for uri, post in shown.items()}


def _try_again(work: Work, due: Sequence[Delivery]) -> None:
    """Look again soon: not knowing is no reason to take anything back, nor to wait for a day."""
    now = work.clock()
    if due:
        work.tell(EventName.RECHECK_FAILED, account=due[0].account, reshares=len(due))
    with work.store.begin() as tx:
        for delivery in due:
            _looked_at(tx, work, delivery, now, again=AGAIN)


def _looked_at(tx: Connection, work: Work, delivery: Delivery, now: datetime, again: timedelta | None = None) -> None:
    interval = _intervals(work, delivery.account, now)
    is_fresh = now - (delivery.sent_at or delivery.due_at) < interval.is_fresh_for
    usual = interval.fresh if is_fresh else interval.later
    at = now if again is None or again >= usual else now - usual + again
    deliveries.change(tx, delivery.id, [delivery.state], rechecked_at=at)


def _settle(work: Work, delivery: Delivery, posts_now: Mapping[str, SeenPost | None]) -> bool:
    """Write down what a look has shown, and return whether the reshare is being taken back."""
    if delivery.post_uri not in posts_now:
        _try_again(work, [delivery])
        return False
    from bot.services.protection import stop_requests  # takes 3 ms to load, and mostly nothing is due

    post, now = posts_now[delivery.post_uri], work.clock()
    edit = fingerprint.changed(delivery.content_hash, post) if post is not None else None
    if post is not None and (opted_out(post.author.bio) or (edit and stop_requests.says_stop(work, post))):
        stop_requests.forget_author_of(work, post)
        return True
    shown_posts = [shown.post for shown in all_shown(post) if shown.post is not None] if post is not None else []
    for other in shown_posts:
        if opted_out(other.author.bio) or (edit and stop_requests.says_stop(work, other)):
            stop_requests.forget_author_of(work, other)
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        fresh = deliveries.get(tx, delivery.id, lock=True)
        if fresh is None or fresh.state is not delivery.state or fresh.undo_asked_at is not None:
            return fresh is not None and fresh.undo_asked_at is not None
        _looked_at(tx, work, fresh, now)
        change = _change(tx, work, fresh, post)
        if change is not None:
            undo.protect(tx, fresh, now, change.reason)
            _tell_sighting(tx, work, fresh, post, change, now)
        elif post is not None:
            sightings.note_shown_by_delivery(tx, fresh.id, shown_keys(work, post))
            if not fingerprint.knows_shown(fresh.content_hash):
                deliveries.change(tx, fresh.id, [fresh.state], content_hash=fingerprint.of(post))
    if change is not None:
        work.tell_of(delivery, EventName.RECHECK, alarming=True, reason=change.reason)
    return change is not None


def _change(tx: Connection, work: Work, delivery: Delivery, post: SeenPost | None) -> RecheckOutcome | None:
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
    match fingerprint.changed(delivery.content_hash, post):
        case fingerprint.ChangedPart.OWN:
            return RecheckOutcome(SightingState.HELD, Reason.EDITED)
        case fingerprint.ChangedPart.SHOWN:
            return RecheckOutcome(SightingState.HELD, Reason.SHOWN_EDITED)
    if not fingerprint.knows_shown(delivery.content_hash) and _went_by_rule(tx, delivery):
        care = [reason for reason in judge(post, moderation_context(tx, work)).care if reason in SHOWN_CARE]
        return RecheckOutcome(SightingState.HELD, care[0]) if care else None
    return None


def _went_by_rule(tx: Connection, delivery: Delivery) -> bool:
    """Return whether no person said yes to a reshare; older versions let what shows somebody else go by rule."""
    sighting = sightings.get(tx, delivery.sighting_id) if delivery.sighting_id is not None else None
    return sighting is not None and not sighting.decided_by


def _tell_sighting(
    tx: Connection, work: Work, delivery: Delivery, post: SeenPost | None, change: RecheckOutcome, now: datetime
) -> None:
    """Settle the sighting by what the look has shown, and store the post as it is now, for the person who looks at it
    again."""
    if delivery.sighting_id is None:
        return
    verdict = Verdict.HOLD if change.state is SightingState.HELD else Verdict.REJECT
    judgement = Judgement(verdict, (change.reason,))
    sightings.decide(tx, delivery.sighting_id, [SightingState.RESHARED], change.state, judgement, now)
    if post is not None and change.is_kept:
        sighting = sightings.get(tx, delivery.sighting_id)
        seen_post = still_known(sighting.post, post) if sighting is not None else post
        sightings.refresh(tx, delivery.sighting_id, seen_post, shown_keys=shown_keys(work, seen_post))


MOST_STORED = 10
"""How many posts one look asks for, beside the reshares, which go first."""

A_DAY = timedelta(days=1)


def recheck_stored(work: Work, account: str) -> int:
    """Go on with this day's round through what is stored of a platform. Return how many posts are gone.

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
        stored = sightings.unfinished(tx, platform, now, most)
        for sighting in stored:  # one that cannot be read now is asked for later all the same
            sightings.look_again(tx, sighting.id, _next_look(work, sighting, sighting.post, now))
        stored = [sighting for sighting in stored if _may_tell_more(work, sighting.post)]
        ids = {sighting.id for sighting in stored}
        stored += [
            sighting for sighting in _next(tx, work, platform, now, most - len(stored)) if sighting.id not in ids
        ]
    quotes = sum(
        sighting.post.own_links + sum(shown.how is not ShownAs.WORDS for shown in all_shown(sighting.post))
        for sighting in stored
    )
    shown = ask(work, account, [sighting.post.uri for sighting in stored], quotes) if stored else None
    return (
        sum(
            settle_stored(work, sighting, shown[sighting.post.uri]) for sighting in stored if sighting.post.uri in shown
        )
        if shown
        else 0
    )


def _is_in_charge(work: Work, account: str) -> bool:
    platform = work.platforms[account].platform
    return account == next(name for name, other in work.platforms.items() if other.platform == platform)


def _next(tx: Connection, work: Work, platform: str, now: datetime, most: int) -> list[Sighting]:
    """Return the next ones of the round, which is written down as having passed them."""
    if not most:
        return []
    where = retention.recheck_round(tx, platform) or RecheckRound(0, now)
    if where.is_through:
        if where.since <= now < where.since + work.config.recheck.later:
            return []
        where = RecheckRound(0, now)
    stored = retention.stored_after(tx, platform, where.last, most)
    passed = replace(where, last=stored[-1].id) if stored else replace(where, is_through=True)
    retention.save_recheck_round(tx, platform, passed)
    return stored


def settle_stored(work: Work, sighting: Sighting, post: SeenPost | None) -> bool:
    """Write down what a look has shown, and return whether the post is gone.

    One that waits for a person is kept as it is now, and judged again: they decide on what is there.
    """
    if post is None or not post.public or post.author.locked:
        return _is_gone(work, sighting)
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        fresh = sightings.get(tx, sighting.id)
        if fresh is None:
            return False
        if sightings.forgotten_among(tx, shown_keys(work, post)):
            retention.remove(tx, [sighting.id], partial(post_key, work), FORGOTTEN)
            return True
        if fresh.state is SightingState.HELD:
            _judge_again(tx, work, fresh, post)
        elif _hides_more(fresh.post, post):
            seen_post = still_known(fresh.post, post)
            sightings.refresh(tx, sighting.id, seen_post, shown_keys=shown_keys(work, seen_post))
    return False


def _with_known(before: SeenPost, now: SeenPost) -> SeenPost:
    """Return the post with what was known of what it shows, and with what another server's view of it shows, as that
    view: where one leaves a quote out, others show it."""
    now = still_known(before, now)
    if before.view == now.view:
        return now
    addresses = {plain_address(address) for shown in now.shows for address in shown.addresses}
    missing = [shown for shown in before.shows if addresses.isdisjoint(map(plain_address, shown.addresses))]
    return replace(now, view=before.view, shows=(*now.shows, *missing)) if missing else now


def _hides_more(before: SeenPost, now: SeenPost) -> bool:
    """Return whether the words of somebody whose post it shows are stored, and nobody may see them any more."""
    addresses = {
        address for shown in all_shown(before) if shown.post and shown.post.text for address in shown.addresses
    }
    hidden = (
        shown for shown in all_shown(now) if shown.post is None or not shown.post.public or shown.post.author.locked
    )
    hidden_for_sure = (shown for shown in hidden if shown.state is ShownState.GONE or shown.post is not None)
    return any(not shown.addresses or not addresses.isdisjoint(shown.addresses) for shown in hidden_for_sure) and bool(
        addresses
    )


def _judge_again(tx: Connection, work: Work, sighting: Sighting, post: SeenPost) -> None:
    """Keep a post as it is now. No yes from before an edit counts any more; only what waited for more to be known may
    go by rule now."""
    post = _with_known(sighting.post, post)
    now, today = (
        work.clock(),
        judge(replace(post, reshared_by_us=False), moderation_context(tx, work), _company(sighting)),
    )
    if fingerprint.changed(fingerprint.of(sighting.post), post):
        drop_approvals(tx, sighting.id)
    keys = author_key(work, post.author.handle), shown_keys(work, post)
    sightings.refresh(tx, sighting.id, post, *keys)
    sightings.look_again(tx, sighting.id, _next_look(work, sighting, post, now))
    if Reason.FLAGGED in sighting.judgement.care or sighting.decided_by:
        return
    sightings.hold_for_care(tx, sighting.id, today.care)
    if today.is_final:
        sightings.decide(tx, sighting.id, [SightingState.HELD], SightingState.REJECTED, today, now)
    elif sighting.post.is_unfinished and not post.is_unfinished:
        sightings.decide(tx, sighting.id, [SightingState.HELD], AFTER_VERDICT[today.verdict], today, now)
        after = sightings.get(tx, sighting.id)
        queue_approved(tx, work, [after] if after else [], now)


def _company(sighting: Sighting) -> SimilarPosts:
    return SimilarPosts(same_video_as=sighting.same_as or 0)


def _is_billed(work: Work, post: SeenPost) -> bool:
    return any(platform.fetch_cost for platform in work.platforms.values() if platform.platform == post.platform)


def _may_tell_more(work: Work, post: SeenPost) -> bool:
    """Return whether looking once more can be worth it: where it is billed, X has to know what is asked for by its
    number."""
    return not _is_billed(work, post) or any(map(_is_there, all_shown(post)))


def _is_there(shown: Shown) -> bool:
    return shown.state is ShownState.UNREAD and bool(shown.native_id)


def _next_look(work: Work, sighting: Sighting, post: SeenPost, now: datetime) -> datetime | None:
    """Return when what is not known yet of a post is asked for once more: ever later, and after a day in the round
    alone."""
    if _is_billed(work, post):
        return None
    waited = now - sighting.seen_at
    return now + max(EVERY, waited) if post.is_unfinished and waited < A_DAY else None


def _is_gone(work: Work, sighting: Sighting) -> bool:
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        judgement = Judgement(Verdict.REJECT, (Reason.GONE,))
        if not sightings.decide(tx, sighting.id, [sighting.state], SightingState.GONE, judgement, work.clock()):
            return False
        values = {"cancelled_by": CancelledBy.MODERATION, "error": str(Reason.GONE)}
        for delivery in deliveries.of_sighting(tx, sighting.id):
            deliveries.step(tx, delivery.id, NOT_BEGUN, State.CANCELLED, **values)
    work.tell(EventName.GONE, sighting=sighting.id)
    return True
