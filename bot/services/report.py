"""Deliveries and sightings as scripts read them; the field names are a contract."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from bot.domain.delivery import Delivery, Kind
from bot.domain.moderation import Reason
from bot.domain.post import Shown, all_shown
from bot.domain.sighting import Sighting
from bot.domain.text import instant
from bot.services.status import AccountStatus, CampaignStatus, Hindrance, Sight, WorkerStatus
from bot.services.status_text import sentence, way_back
from bot.store.retention import Tally
from bot.store.sightings import Approval, AutomaticApproval


def delivery_json(one: Delivery, why: str = "", status: CampaignStatus | None = None) -> dict[str, Any]:
    """A delivery with the fields that scripts may rely on; `why` tells what decides when it goes.

    `blocked_by` has the codes of what keeps it from going out by itself as the campaign stands. People are shown it by
    `bot.services.forecast`, which knows its turn.
    """
    return {
        "id": one.id,
        "kind": str(one.kind),
        "account": one.account,
        "platform": one.platform,
        "state": str(one.state),
        "due_at": instant(one.due_at),
        "sent_at": instant(one.sent_at),
        "message": one.message,
        "day": one.day,
        "language": one.language,
        "text": one.content.text,
        "length": one.length,
        "limit": one.limit,
        "url": one.url,
        "attempts": one.attempts,
        "error": one.error,
        "post_uri": one.post_uri,
        "waiting_for": one.waiting_for,
        "expires_at": instant(one.expires_at),
        "important": one.important,
        "trouble": one.trouble,
        "held_for": one.held_for,
        "near_to": one.near_to,
        "files_differ": bool(one.draft_hash),
        "moved_to": one.moved_to,
        "why": why,
        "blocked_by": [str(each.code) for each in status.of_delivery(one)] if status else [],
    }


def sight_json(sight: Sight) -> dict[str, int]:
    """How many sources fail, cannot see everything, or never showed anything; and entries that could not be read."""
    return {
        "failing": len(sight.failing),
        "blind": sum(sight.blind.values()),
        "silent": len(sight.silent),
        "unreadable": sight.unreadable,
    }


def sighting_json(seen: Sighting, approvals: Sequence[Approval] = (), *, asks: bool | None = None) -> dict[str, Any]:
    """A sighting with the fields that scripts may rely on; `approvals` are the yeses to one that is held for care.

    `asks` says whether its author may be asking to be left alone; where it is not known, the sighting's reasons tell.
    """
    return {
        "id": seen.id,
        "platform": seen.post.platform,
        "uri": seen.post.uri,
        "url": seen.post.url,
        "author": seen.post.author.handle,
        "created_at": instant(seen.post.created_at),
        "hashtags": list(seen.tags),
        "kinds": [str(kind) for kind in seen.post.kinds],
        "videos": list(seen.post.videos),
        "language": seen.post.language,
        "sources": list(seen.sources),
        "verdict": str(seen.judgement.verdict),
        "reasons": list(seen.judgement.reasons),
        "care": list(seen.judgement.care),
        "same_as": seen.same_as,
        "approvals": [
            {"by": one.by, "at": instant(one.at), "ticks": [str(tick) for tick in one.ticks]} for one in approvals
        ],
        "state": str(seen.state),
        "text": seen.post.text,
        "shows": [_shown_json(one) for one in all_shown(seen.post)],
        "decided_by": seen.decided_by,
        "decided_at": instant(seen.decided_at),
        "asks": Reason.MAY_WANT_OUT in seen.judgement.reasons if asks is None else asks,
    }


def _shown_json(shown: Shown) -> dict[str, Any]:
    """Somebody else's post that a post shows; what could not be read of it is empty."""
    post = shown.post
    return {
        "how": str(shown.how),
        "state": str(shown.state),
        "author": shown.handle,
        "uri": (post.uri if post else shown.uri) or shown.url,
        "url": (post.url if post else shown.url) or shown.uri,
        "text": post.text if post else "",
        "language": post.language if post else "",
        "kinds": [str(kind) for kind in post.kinds] if post else [],
    }


def automatic_json(now: AutomaticApproval) -> dict[str, Any]:
    """Whether rules may approve; `by` is "" where the alarm switched it off."""
    return {"automatic": now.is_on, "since": instant(now.since), "by": now.by, "why": now.why}


def status_json(status: CampaignStatus) -> dict[str, Any]:
    """Who works on the campaign, what keeps everything from going out or being seen, and how each account stands."""
    return {
        "stopped": status.stopped,
        "sources": sight_json(status.sight),
        "worker_running": bool(status.running),
        "workers": [_worker_json(one) for one in status.workers],
        "obstacles": [_hindrance_json(one, status) for one in status.general],
        "accounts": {name: _account_json(one, status) for name, one in status.accounts.items()},
    }


def _worker_json(one: WorkerStatus) -> dict[str, Any]:
    beat = one.beat
    return {
        "state": str(one.pulse),
        "kind": str(beat.kind),
        "host": beat.host,
        "folder": beat.folder,
        "here": one.is_here,
        "campaign": beat.campaign,
        "version": beat.version,
        "pid": beat.pid,
        "since": instant(beat.since),
        "last_beat": instant(beat.beat_at),
        "ended_at": instant(beat.ended_at),
        "accounts": dict(beat.accounts),
    }


def _account_json(one: AccountStatus, status: CampaignStatus) -> dict[str, Any]:
    """The gravest obstacle's facts stand for the account; `obstacles` has all."""
    first = one.hindrances[0] if one.hindrances else None
    return {
        "state": str(one.condition),
        "since": instant(first.since) if first else None,
        "reason": first.reason if first else "",
        "next_try": instant(first.until) if first else None,
        "way_back": way_back(first, status) if first else "",
        "obstacles": [_hindrance_json(each, status) for each in one.hindrances],
    }


def _hindrance_json(one: Hindrance, status: CampaignStatus) -> dict[str, Any]:
    return {
        "code": str(one.code),
        "reason": one.reason,
        "since": instant(one.since),
        "until": instant(one.until),
        "found_by": "worker" if one.by_worker else "here",
        "text": sentence(one, status),
    }


def figures(deliveries: Sequence[Delivery], seen: Sequence[Sighting], purged: Sequence[Tally] = ()) -> dict[str, Any]:
    """What the campaign did, in numbers without people; what was `purged` counts as it was."""
    out = [one for one in deliveries if one.sent_at is not None and one.undone_at is None]
    return {
        "posts": dict(Counter(str(one.state) for one in deliveries if one.kind is Kind.POST)),
        "reshares": dict(Counter(str(one.state) for one in deliveries if one.kind is Kind.RESHARE)),
        "sent_by_account": dict(Counter(one.account for one in out)),
        "sent_by_language": dict(Counter(one.language for one in out)),
        "sightings": _with(Counter(str(one.state) for one in seen), ((one.state, one.posts) for one in purged)),
        "sightings_by_kind": _with(
            Counter(str(kind) for one in seen for kind in one.post.kinds),
            ((kind, one.posts) for one in purged for kind in filter(None, one.kinds.split("+"))),
        ),
        "sightings_by_language": _with(
            Counter(one.post.language or "unknown" for one in seen),
            ((one.language or "unknown", one.posts) for one in purged),
        ),
    }


def _with(stored: Counter[str], purged: Iterable[tuple[str, int]]) -> dict[str, int]:
    for what, posts in purged:
        stored[what] += posts
    return dict(stored)
