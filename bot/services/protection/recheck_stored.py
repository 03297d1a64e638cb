"""Everything that is stored of others is looked at about once a day: what was deleted or hidden there goes here too."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from bot.domain import fingerprint
from bot.domain.address import plain_address
from bot.domain.delivery import State
from bot.domain.moderation import Company, Judgement, Reason, Verdict, judge
from bot.domain.post import SeenPost, Shown, ShownAs, ShownState, all_shown, still_known
from bot.domain.sighting import AFTER_VERDICT, Sighting, SightingState
from bot.services.keys import author_key, post_key, shown_keys
from bot.services.moderation.moderate import house, queue_approved
from bot.services.protection import recheck
from bot.services.protection.forget import FORGOTTEN
from bot.services.work import SIGHTINGS, Work
from bot.store import approvals, control, deliveries, rechecks, retention, sightings
from bot.store.rechecks import Round

MOST = 10
"""How many posts one look asks for, beside the reshares, which go first."""

A_DAY = timedelta(days=1)

_WAITING = (State.PLANNED, State.CLAIMED, State.HELD)


def look(work: Work, account: str) -> int:
    """Go on with this day's round through what is stored of a platform. Gives how many posts are gone.

    What nothing can be said of is looked at in the next round. One account of each platform does this for all. What
    could not be read whole goes first, soon after it was seen: again and again where that costs nothing, else once.
    """
    now = work.clock()
    if account not in work.platforms or not _is_in_charge(work, account):
        return 0
    platform = work.platforms[account].platform
    with work.store.begin() as tx:
        most = recheck.affordable(tx, work, account, now, MOST)
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
    quotes = sum(shown.how is not ShownAs.WORDS for one in found for shown in all_shown(one.post))
    shown = recheck.ask(work, account, [one.post.uri for one in found], quotes) if found else None
    return sum(_settle(work, one, shown[one.post.uri]) for one in found if one.post.uri in shown) if shown else 0


def _is_in_charge(work: Work, account: str) -> bool:
    platform = work.platforms[account].platform
    return account == next(name for name, one in work.platforms.items() if one.platform == platform)


def _next(tx: Connection, work: Work, platform: str, now: datetime, most: int) -> list[Sighting]:
    """The next ones of the round, which is written down as having passed them."""
    if not most:
        return []
    where = rechecks.round_of(tx, platform) or Round(0, now)
    if where.is_through:
        if where.since <= now < where.since + work.config.recheck.later:
            return []
        where = Round(0, now)
    found = rechecks.stored_after(tx, platform, where.last, most)
    passed = replace(where, last=found[-1].id) if found else replace(where, is_through=True)
    rechecks.save_round(tx, platform, passed)
    return found


def _settle(work: Work, one: Sighting, post: SeenPost | None) -> bool:
    """Write down what a look has shown; gives whether the post is gone.

    One that waits for a person is kept as it is now, and judged again: they decide on what is there.
    """
    if post is None or not post.public or post.author.locked:
        return _is_gone(work, one)
    with work.store.begin(turn=SIGHTINGS) as tx:
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
    now, today = work.clock(), judge(replace(post, reshared_by_us=False), house(tx, work), _company(seen))
    if fingerprint.changed(fingerprint.of(seen.post), post):
        approvals.drop(tx, seen.id)
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


def _company(seen: Sighting) -> Company:
    return Company(same_video_as=seen.same_as or 0)


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
    return now + max(recheck.EVERY, waited) if post.is_unfinished and waited < A_DAY else None


def _is_gone(work: Work, one: Sighting) -> bool:
    with work.store.begin(turn=SIGHTINGS) as tx:
        judgement = Judgement(Verdict.REJECT, (Reason.GONE,))
        if not sightings.decide(tx, one.id, [one.state], SightingState.GONE, judgement, work.clock()):
            return False
        values = {"cancelled_by": "moderation", "error": str(Reason.GONE)}
        for made in deliveries.of_sighting(tx, one.id):
            deliveries.step(tx, made.id, _WAITING, State.CANCELLED, **values)
    work.tell("gone", f"sighting {one.id} was deleted or hidden by its author", sighting=one.id)
    return True
