"""What scripts read with `--json`; the field names are a contract, and codes stand beside the texts for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.cli.words import status as status_words
from bot.cli.words.forecast import why_text
from bot.cli.words.history import answers, next_step_text
from bot.domain.delivery import Delivery
from bot.domain.moderation import Reason
from bot.domain.money import MICRO
from bot.domain.polling import KnownStream
from bot.domain.post import Shown, all_shown
from bot.domain.sighting import Sighting
from bot.domain.text import instant
from bot.services.budget import BudgetForecast
from bot.services.explain import DeliveryHistory, next_step
from bot.services.forecast import Forecast
from bot.services.forecast import of as forecasts
from bot.services.status import AccountStatus, CampaignStatus, Hindrance, Sight, WorkerStatus
from bot.services.status import status as status_of
from bot.services.watching.source_status import SourceStatus
from bot.services.work import Work
from bot.store.deliveries import PastAttempt
from bot.store.sightings import Approval, AutomaticApproval
from bot.store.sources import Gap, GivenUp


def delivery_json(
    one: Delivery, forecast: Forecast | None = None, status: CampaignStatus | None = None
) -> dict[str, Any]:
    """Return a delivery with the fields that scripts may rely on; `why` tells what decides when it goes.

    `blocked_by` has the codes of what keeps it from going out by itself as the campaign stands. People are shown it by
    its forecast, which knows its turn.
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
        "why": why_text(forecast) if forecast is not None else "",
        "why_codes": [str(why.code) for why in forecast.why] if forecast is not None else [],
        "blocked_by": [str(each.code) for each in status.of_delivery(one)] if status else [],
    }


def deliveries_json(work: Work, found: Sequence[Delivery]) -> list[dict[str, Any]]:
    """Return these deliveries for scripts."""
    now = status_of(work)
    with work.store.read() as tx:
        return [forecast_json(one, now) for one in forecasts(tx, work, found)]


def forecast_json(one: Forecast, now: CampaignStatus | None = None) -> dict[str, Any]:
    """Return a delivery with the fields that scripts may rely on; `not_before` is when it goes, if that is known.

    `sources` is of the campaign as it stands, in each: a list in JSON stays a list.
    """
    found = delivery_json(one.delivery, one, now) | {"not_before": instant(one.at)}
    return found | {"sources": sight_json(now.sight)} if now else found


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
        "way_back": status_words.way_back(first, status) if first else "",
        "obstacles": [_hindrance_json(each, status) for each in one.hindrances],
    }


def _hindrance_json(one: Hindrance, status: CampaignStatus) -> dict[str, Any]:
    return {
        "code": str(one.code),
        "reason": one.reason,
        "since": instant(one.since),
        "until": instant(one.until),
        "found_by": "worker" if one.by_worker else "here",
        "text": status_words.sentence(one, status),
    }


def budget_json(one: BudgetForecast) -> dict[str, Any]:
    """An account's money with the fields that scripts may rely on, in USD."""
    purse = one.purse
    return {
        "account": one.account,
        "day": one.day,
        "budget_usd": None if purse.budget is None else _usd(purse.budget),
        "spent_usd": _usd(purse.spent),
        "reserved_usd": _usd(purse.reserved),
        "left_usd": None if purse.budget is None else _usd(purse.budget - purse.spent),
        "foreseen_usd": _usd(one.foreseen),
        "by_purpose": {str(each.purpose): {"calls": each.calls, "usd": _usd(each.amount)} for each in one.spent_on},
        "state": str(one.condition),
        "until": instant(one.until),
        "ahead": [{"day": each.day, "foreseen_usd": _usd(each.posts + each.usual)} for each in one.ahead],
    }


def _usd(amount: int) -> float:
    return round(amount / MICRO, 6)


def source_json(one: SourceStatus, *, is_read: bool = True) -> dict[str, Any]:
    """A source with the fields that scripts may rely on."""
    known = one.known
    return {
        "source": known.source,
        "account": one.account or None,
        "state": str(one.condition),
        "worker_running": is_read,
        "last_success": instant(known.read_at),
        "lag_s": None if one.lag is None else max(0, round(one.lag.total_seconds())),
        "posts_per_hour": one.posts_per_hour,
        "next_at": instant(known.next_at),
        "interval_s": round(known.interval.total_seconds()) or None,
        "error": known.error,
        "failing_since": instant(known.failing_since),
        "watched_since": instant(known.horizon) if known.read_at else None,
        "stream": _stream_json(one.stream) if one.stream else None,
        "gaps": [gap_json(gap) for gap in one.gaps],
        "cannot_see": str(one.known.blind) or None,
        "unreadable": _unreadable_json(one.given_up),
    }


def _unreadable_json(given_up: GivenUp | None) -> dict[str, Any]:
    """How many entries could not be read in the last 30 days, what of them was at fault, and when the last one came."""
    if given_up is None:
        return {"count": 0, "reasons": {}, "last_at": None}
    reasons = {str(part): count for part, count in sorted(given_up.parts.items())}
    return {"count": given_up.count, "reasons": reasons, "last_at": instant(given_up.last_at)}


def gap_json(gap: Gap) -> dict[str, Any]:
    """A time that was not covered when it was, and whether what was posted in it has been read since."""
    return {
        "began_at": instant(gap.began_at),
        "ended_at": instant(gap.ended_at),
        "reason": gap.reason,
        "filled": gap.filled,
    }


def _stream_json(stream: KnownStream) -> dict[str, Any]:
    return {
        "state": str(stream.state),
        "since": instant(stream.since),
        "last_event": instant(stream.event_at),
        "reason": stream.reason,
    }


def history_json(work: Work, history: DeliveryHistory) -> dict[str, Any]:
    """Return the story for scripts: the delivery's own fields, and the requests, looks and acts beside them."""
    now = status_of(work)
    return {
        **forecast_json(history.expected, now),
        "requests": [_request(past) for past in history.requests],
        "looks": [{"at": instant(act.at), "showed": act.detail} for act in history.looks],
        "acts": [
            {"at": instant(act.at), "actor": act.actor, "code": act.code, "action": act.action, "detail": act.detail}
            for act in history.acts
        ],
        "next": next_step_text(work, history.expected, now),
        "next_code": str(next_step(history.expected, now).code),
        "worker_running": bool(now.running),
        "answers": list(answers(history).values()),
        "asks": history.asks or history.shown_asks,
    }


def _request(past: PastAttempt) -> dict[str, Any]:
    tried = past.attempt
    return {
        "attempt": tried.id,
        "number": tried.number,
        "part": tried.part,
        "action": str(tried.action),
        "started_at": instant(tried.started_at),
        "answered_at": instant(past.answered_at),
        "answer": past.answer,
        "error": past.error,
    }
