"""What scripts read with `--json`; the field names are a contract, and codes stand beside the texts for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bot.causes import cause_code, causes_in
from bot.cli.words import status as status_words
from bot.cli.words.forecast import why_text
from bot.cli.words.history import answers, next_step_text
from bot.domain.moderation import Reason, reason_code
from bot.domain.money import MICRO
from bot.domain.post import Shown, all_shown
from bot.domain.text import rfc3339
from bot.services.explain import DeliveryHistory, next_step
from bot.services.forecast import Forecast
from bot.services.forecast import of as forecasts
from bot.services.preview import Preview, preview
from bot.services.status import status as status_of

if TYPE_CHECKING:
    from bot.domain.delivery import Delivery
    from bot.domain.polling import KnownStream
    from bot.domain.sighting import Sighting
    from bot.services.budget import BudgetForecast
    from bot.services.status import AccountStatus, CampaignStatus, Hindrance, Sight, WorkerStatus
    from bot.services.watching.source_status import SourceStatus
    from bot.services.work import Work
    from bot.store.approvals import Approval
    from bot.store.control import AutomaticApproval
    from bot.store.past_requests import PastAttempt
    from bot.store.sources import Gap, GivenUp


def delivery_json(
    delivery: Delivery, forecast: Forecast | None = None, status: CampaignStatus | None = None
) -> dict[str, Any]:
    """Return a delivery with the fields that scripts may rely on; `why` tells what decides when it goes.

    `blocked_by` has the codes of what keeps it from going out by itself as the campaign stands. People are shown it by
    its forecast, which knows its turn.
    """
    return {
        "id": delivery.id,
        "kind": str(delivery.kind),
        "account": delivery.account,
        "platform": delivery.platform,
        "state": str(delivery.state),
        "due_at": rfc3339(delivery.due_at),
        "sent_at": rfc3339(delivery.sent_at),
        "message": delivery.message,
        "day": delivery.day,
        "language": delivery.language,
        "text": delivery.content.text,
        "length": delivery.length,
        "limit": delivery.limit,
        "url": delivery.url,
        "attempts": delivery.attempts,
        "error": delivery.error,
        "error_code": _code(delivery.error),
        "post_uri": delivery.post_uri,
        "waiting_for": delivery.waiting_for,
        "expires_at": rfc3339(delivery.expires_at),
        "important": delivery.important,
        "trouble": delivery.trouble,
        "trouble_codes": [str(cause.code) for cause in causes_in(delivery.trouble)],
        "held_for": delivery.held_for,
        "near_to": delivery.near_to,
        "files_differ": bool(delivery.draft_hash),
        "moved_to": delivery.moved_to,
        "why": why_text(forecast) if forecast is not None else "",
        "why_codes": [str(why.code) for why in forecast.why] if forecast is not None else [],
        "blocked_by": [str(hindrance.code) for hindrance in status.of_delivery(delivery)] if status else [],
    }


def _code(text: str) -> str | None:
    """Return the code beside a text: None where it is "", or was kept in words by an earlier version."""
    code = cause_code(text)
    return str(code) if code else None


def deliveries_json(work: Work, deliveries: Sequence[Delivery]) -> list[dict[str, Any]]:
    """Return these deliveries for scripts."""
    now = status_of(work)
    with work.store.read() as tx:
        return [forecast_json(forecast, now) for forecast in forecasts(tx, work, deliveries)]


def forecast_json(forecast: Forecast, now: CampaignStatus | None = None) -> dict[str, Any]:
    """Return a delivery with the fields that scripts may rely on; `not_before` is when it goes, if that is known.

    `sources` is of the campaign as it stands, in each: a list in JSON stays a list.
    """
    document = delivery_json(forecast.delivery, forecast, now) | {"not_before": rfc3339(forecast.at)}
    return document | {"sources": sight_json(now.sight)} if now else document


def sight_json(sight: Sight) -> dict[str, int]:
    """Return how many sources fail, cannot see everything, or never showed anything; and entries that could not be
    read."""
    return {
        "failing": len(sight.failing),
        "blind": sum(sight.blind.values()),
        "silent": len(sight.silent),
        "unreadable": sight.unreadable,
    }


def sighting_json(
    sighting: Sighting, approvals: Sequence[Approval] = (), *, asks: bool | None = None
) -> dict[str, Any]:
    """Return a sighting with the fields that scripts may rely on; `approvals` are the yeses to one that is held for
    care.

    `asks` says whether its author may be asking to be left alone; where it is not known, the sighting's reasons tell.
    """
    return {
        "id": sighting.id,
        "platform": sighting.post.platform,
        "uri": sighting.post.uri,
        "url": sighting.post.url,
        "author": sighting.post.author.handle,
        "created_at": rfc3339(sighting.post.created_at),
        "hashtags": list(sighting.tags),
        "kinds": [str(kind) for kind in sighting.post.kinds],
        "videos": list(sighting.post.videos),
        "language": sighting.post.language,
        "sources": list(sighting.sources),
        "verdict": str(sighting.judgement.verdict),
        "reasons": list(sighting.judgement.reasons),
        "reason_codes": [reason_code(reason) for reason in sighting.judgement.reasons],
        "care": list(sighting.judgement.care),
        "care_codes": [reason_code(reason) for reason in sighting.judgement.care],
        "same_as": sighting.same_as,
        "approvals": [
            {"by": approval.by, "at": rfc3339(approval.at), "ticks": [str(tick) for tick in approval.ticks]}
            for approval in approvals
        ],
        "state": str(sighting.state),
        "text": sighting.post.text,
        "shows": [_shown_json(shown) for shown in all_shown(sighting.post)],
        "followers": sighting.post.author.followers,
        "joined_at": rfc3339(sighting.post.author.joined_at),
        "seen_at": rfc3339(sighting.seen_at),
        "links": sighting.post.links,
        "alts": list(sighting.post.alts),
        "lacks_alt": sighting.post.lacks_alt,
        "decided_by": sighting.decided_by,
        "decided_at": rfc3339(sighting.decided_at),
        "asks": Reason.MAY_WANT_OUT in sighting.judgement.reasons if asks is None else asks,
    }


def _shown_json(shown: Shown) -> dict[str, Any]:
    """Return somebody else's post that a post shows; what could not be read of it is empty."""
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
    """Return how automatic approval stands; `by` is "" where the alarm switched it off."""
    return {
        "automatic": now.is_on,
        "since": rfc3339(now.since),
        "by": now.by,
        "why": now.why,
        "why_code": _code(now.why),
    }


def status_json(status: CampaignStatus) -> dict[str, Any]:
    """Return who works on the campaign, what keeps everything from going out or being seen, and how each account
    stands."""
    return {
        "stopped": status.stopped,
        "sources": sight_json(status.sight),
        "worker_running": bool(status.running),
        "workers": [_worker_json(worker) for worker in status.workers],
        "obstacles": [_hindrance_json(hindrance, status) for hindrance in status.general],
        "accounts": {name: _account_json(account, status) for name, account in status.accounts.items()},
    }


def _worker_json(worker: WorkerStatus) -> dict[str, Any]:
    beat = worker.beat
    return {
        "state": str(worker.pulse),
        "kind": str(beat.kind),
        "host": beat.host,
        "folder": beat.folder,
        "here": worker.is_here,
        "campaign": beat.campaign,
        "version": beat.version,
        "pid": beat.pid,
        "since": rfc3339(beat.since),
        "last_beat": rfc3339(beat.beat_at),
        "ended_at": rfc3339(beat.ended_at),
        "accounts": dict(beat.accounts),
    }


def _account_json(account: AccountStatus, status: CampaignStatus) -> dict[str, Any]:
    """Return how an account stands: the gravest obstacle's facts stand for it; `obstacles` has all."""
    first = account.hindrances[0] if account.hindrances else None
    return {
        "state": str(account.condition),
        "since": rfc3339(first.since) if first else None,
        "reason": first.reason if first else "",
        "reason_code": _code(first.reason) if first else None,
        "next_try": rfc3339(first.until) if first else None,
        "way_back": status_words.way_back(first, status) if first else "",
        "obstacles": [_hindrance_json(hindrance, status) for hindrance in account.hindrances],
    }


def _hindrance_json(hindrance: Hindrance, status: CampaignStatus) -> dict[str, Any]:
    return {
        "code": str(hindrance.code),
        "reason": hindrance.reason,
        "reason_code": _code(hindrance.reason),
        "since": rfc3339(hindrance.since),
        "until": rfc3339(hindrance.until),
        "found_by": "worker" if hindrance.by_worker else "here",
        "text": status_words.sentence(hindrance, status),
    }


def budget_json(forecast: BudgetForecast) -> dict[str, Any]:
    """Return an account's money with the fields that scripts may rely on, in USD."""
    today = forecast.today
    return {
        "account": forecast.account,
        "day": forecast.day,
        "budget_usd": None if today.budget is None else _usd(today.budget),
        "spent_usd": _usd(today.spent),
        "reserved_usd": _usd(today.reserved),
        "left_usd": None if today.budget is None else _usd(today.budget - today.spent),
        "foreseen_usd": _usd(forecast.foreseen),
        "by_purpose": {
            str(charge.purpose): {"calls": charge.calls, "usd": _usd(charge.amount)} for charge in forecast.spent_on
        },
        "state": str(forecast.condition),
        "until": rfc3339(forecast.until),
        "ahead": [{"day": day.day, "foreseen_usd": _usd(day.posts + day.usual)} for day in forecast.ahead],
    }


def _usd(amount: int) -> float:
    return round(amount / MICRO, 6)


def source_json(standing: SourceStatus, *, is_read: bool = True) -> dict[str, Any]:
    """Return a source with the fields that scripts may rely on."""
    state = standing.known
    return {
        "source": state.source,
        "account": standing.account or None,
        "state": str(standing.condition),
        "worker_running": is_read,
        "last_success": rfc3339(state.read_at),
        "lag_s": None if standing.lag is None else max(0, round(standing.lag.total_seconds())),
        "posts_per_hour": standing.posts_per_hour,
        "next_at": rfc3339(state.next_at),
        "interval_s": round(state.interval.total_seconds()) or None,
        "error": state.error,
        "error_code": _code(state.error),
        "failing_since": rfc3339(state.failing_since),
        "watched_since": rfc3339(state.horizon) if state.read_at else None,
        "stream": _stream_json(standing.stream) if standing.stream else None,
        "gaps": [gap_json(gap) for gap in standing.gaps],
        "cannot_see": str(standing.known.blind) or None,
        "unreadable": _unreadable_json(standing.given_up),
    }


def _unreadable_json(given_up: GivenUp | None) -> dict[str, Any]:
    """Return how many entries could not be read in the last 30 days, what of them was at fault, and when the last one
    came."""
    if given_up is None:
        return {"count": 0, "reasons": {}, "last_at": None}
    reasons = {str(part): count for part, count in sorted(given_up.parts.items())}
    return {"count": given_up.count, "reasons": reasons, "last_at": rfc3339(given_up.last_at)}


def gap_json(gap: Gap) -> dict[str, Any]:
    """Return a time that was not covered when it was, and whether what was posted in it has been read since."""
    return {
        "began_at": rfc3339(gap.began_at),
        "ended_at": rfc3339(gap.ended_at),
        "reason": gap.reason,
        "reason_code": _code(gap.reason),
        "filled": gap.filled,
    }


def _stream_json(stream: KnownStream) -> dict[str, Any]:
    return {
        "state": str(stream.state),
        "since": rfc3339(stream.since),
        "last_event": rfc3339(stream.event_at),
        "reason": stream.reason,
        "reason_code": _code(stream.reason),
    }


def history_json(work: Work, history: DeliveryHistory) -> dict[str, Any]:
    """Return the story for scripts: the delivery's own fields, and the requests, looks and acts beside them."""
    now = status_of(work)
    return {
        **forecast_json(history.expected, now),
        **_content_json(preview(work, history.delivery)),
        "requests": [_request(past) for past in history.requests],
        "looks": [
            {"at": rfc3339(act.at), "showed": act.detail, "showed_code": _code(act.detail)} for act in history.looks
        ],
        "acts": [
            {
                "at": rfc3339(act.at),
                "actor": act.actor,
                "code": act.code,
                "action": act.action,
                "detail": act.detail,
            }
            for act in history.acts
        ],
        "next": next_step_text(work, history.expected, now),
        "next_code": str(next_step(history.expected, now).code),
        "worker_running": bool(now.running),
        "answers": list(answers(history).values()),
        "asks": history.asks or history.shown_asks,
    }


def _content_json(shown: Preview) -> dict[str, Any]:
    """Return all that is published, and what it costs: in `parts` each post of a thread with its files."""
    content = shown.delivery.content
    return {
        "parts": [
            {
                "text": part.text,
                "price_usd": _usd(price),
                "media": [
                    {"file": media.path, "alt": media.alt, "type": media.mime_type, "bytes": media.size}
                    for media in part.media
                ],
            }
            for part, price in zip(content.parts, shown.prices, strict=False)
        ],
        "content_warning": content.content_warning,
        "sensitive": content.sensitive,
        "visibility": str(content.visibility),
        "price_usd": _usd(shown.price),
    }


def _request(past: PastAttempt) -> dict[str, Any]:
    tried = past.attempt
    return {
        "attempt": tried.id,
        "number": tried.number,
        "part": tried.part,
        "action": str(tried.action),
        "started_at": rfc3339(tried.started_at),
        "answered_at": rfc3339(past.answered_at),
        "answer": past.answer,
        "error": past.error,
        "error_code": _code(past.error),
    }
