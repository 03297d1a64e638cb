"""Preflight: what would keep a post or an account from sending is found, and said, while it can be fixed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, or_

from bot.causes import CauseCode, because, causes_in
from bot.domain.campaign import PlatformName
from bot.domain.delivery import NOT_BEGUN, OUT, TO_BE_SENT, Delivery, Kind, State
from bot.domain.limits import REPETITION, Limits, Refusal, refusals, refused_together, traits_of
from bot.domain.links import links_in
from bot.domain.message import Media
from bot.domain.money import Purpose, micro
from bot.domain.text import normalised
from bot.errors import Outcome, PlatformError
from bot.files.length import length
from bot.files.media_facts import HEAD, recognised
from bot.platforms.web.user_agent import agent_of
from bot.services import money
from bot.services.database.known_limits import remembered_limits
from bot.services.events import EventName
from bot.services.money import Reservation, price
from bot.services.own_accounts import FACTS, remember_limits
from bot.services.sending.attempts import is_open
from bot.services.work import Work
from bot.shapes import resolve_shapes
from bot.store import control, deliveries, identity
from bot.store import schema as t
from bot.store.engine import preflight_lock
from bot.values import dataclass


class PreflightCode(StrEnum):
    """What may stand in a post's way."""

    LINK_UNKNOWN = "link_unknown"
    TOO_LONG = "too_long"
    MEDIA_REFUSED = "media_refused"
    FILE_GONE = "file_gone"
    FILE_CHANGED = "file_changed"
    LINK_DEAD = "link_dead"
    REPEATED = "repeated"
    NO_MONEY = "no_money"
    STOPPED = "stopped"
    ACCOUNT_CLOSED = "account_closed"
    ACCOUNT_PAUSED = "account_paused"
    ACCOUNT_REFUSED = "account_refused"
    ACCOUNT_READS_ONLY = "account_reads_only"
    NO_ANSWER = "no_answer"


@dataclass(frozen=True)
class PreflightProblem:
    """Something that stands in a post's way. `about` tells it from others, and stays the same while details change.

    `cause` is kept with the post, and has `about` among its facts.
    """

    code: PreflightCode
    about: str
    cause: str


def _problem(code: PreflightCode, kept_as: CauseCode, about: str, **facts: Any) -> PreflightProblem:
    return PreflightProblem(code, about, because(kept_as, about=about, **facts))


def called(delivery: Delivery) -> str:
    """Return how a post is named to people: by its message and language, as far as its words go."""
    return f"{delivery.message} ({delivery.language})"


def of_words(delivery: Delivery, limits: Limits | None) -> Iterator[PreflightProblem]:
    """Yield the link that is not known yet, and each part that is longer than the server takes now."""
    if delivery.waiting_for:
        link = delivery.waiting_for
        yield _problem(PreflightCode.LINK_UNKNOWN, CauseCode.LINK_TO_COME, f"link {link}", link=link)
    if limits is None:
        return
    longest = _longest(delivery, limits)
    if longest > limits.max_characters:
        facts = {"post": called(delivery), "account": delivery.account}
        about = f"length {delivery.account} {called(delivery)}"
        limit = limits.max_characters
        yield _problem(PreflightCode.TOO_LONG, CauseCode.TOO_LONG, about, **facts, length=longest, limit=limit)


def _longest(delivery: Delivery, limits: Limits) -> int:
    """Return the length of the longest part as it counts now; X counts as it did when this was planned, but a text with
    a link to come was counted with one."""
    if traits_of(delivery.platform).counts_weighted or delivery.waiting_for:
        return delivery.length
    warning = delivery.content.content_warning
    return max(length(part.text, delivery.platform, limits, warning) for part in delivery.content.parts)


def of_media(delivery: Delivery, root: Path, limits: Limits | None) -> Iterator[PreflightProblem]:
    """Yield each file that is gone, that has changed, or that the server does not take."""
    for part in delivery.content.parts:
        for media in part.media:
            yield from _of_file(delivery, media, root, limits)
        for _, refusal in refused_together(part.media, delivery.account, limits) if limits is not None else ():
            facts = {"post": called(delivery), **_told(refusal)}
            about = f"media {called(delivery)} {refusal.what}"
            yield _problem(PreflightCode.MEDIA_REFUSED, CauseCode.MEDIA_REFUSED, about, **facts)


def _told(refusal: Refusal) -> Mapping[str, str]:
    return {"what": refusal.what, "instead": refusal.instead, "fault": refusal.fault, **refusal.facts}


def _of_file(delivery: Delivery, media: Media, root: Path, limits: Limits | None) -> Iterator[PreflightProblem]:
    try:
        with (root / media.path).open("rb") as file:
            kind = recognised(file.read(HEAD))
            file.seek(0)
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
    except OSError as error:
        facts = {"file": media.path, "problem": error.strerror}
        yield _problem(PreflightCode.FILE_GONE, CauseCode.FILE_GONE, f"file {media.path}", **facts)
        return
    if sha256 != media.sha256:
        yield _problem(PreflightCode.FILE_CHANGED, CauseCode.FILE_CHANGED, f"file {media.path}", file=media.path)
    if limits is not None:
        now = replace(media, mime_type=kind or media.mime_type, size=size)
        for refusal in refusals(now, delivery.account, limits):
            facts = {"post": media.path, **_told(refusal)}
            yield _problem(PreflightCode.MEDIA_REFUSED, CauseCode.MEDIA_REFUSED, f"file {media.path}", **facts)


def links_of(delivery: Delivery) -> Iterator[str]:
    """Yield every address that the post sends its readers to."""
    for part in delivery.content.parts:
        yield from (link.address for link in links_in(part.text, delivery.platform))


def of_links(delivery: Delivery, troubles: Mapping[str, str]) -> Iterator[PreflightProblem]:
    """Yield each link that does not answer: a warning, since it may be the network between us and it."""
    for url in dict.fromkeys(links_of(delivery)):
        if troubles.get(url):
            yield _problem(PreflightCode.LINK_DEAD, CauseCode.LINK_DEAD, f"link {url}", url=url, problem=troubles[url])


def of_repetition(delivery: Delivery, listed: Sequence[Delivery]) -> Iterator[PreflightProblem]:
    """Yield texts that X has had, or will have had, from this account within a day."""
    if not traits_of(delivery.platform).refuses_repetition:
        return
    mine = {normalised(part.text) for part in delivery.content.parts}
    for other in listed:
        at = other.sent_at or other.due_at
        is_before = other.id != delivery.id and (at, other.id) < (delivery.due_at, delivery.id)
        if not is_before or delivery.due_at - at >= REPETITION or other.state not in OUT | TO_BE_SENT:
            continue
        if mine & {normalised(part.text) for part in other.content.parts}:
            facts = {"post": called(delivery), "other": other.id, "account": delivery.account}
            about = f"words {called(delivery)} {other.id}"
            yield _problem(PreflightCode.REPEATED, CauseCode.REPEATED, about, **facts)


def left_over(tx: Connection, work: Work, account: str, posts: Sequence[Delivery]) -> dict[int, int]:
    """Return what each post's day (UTC) would have left of its budget after it, by delivery, in micro-USD; may be
    negative.

    Nothing for accounts without a budget. `posts` are all that are planned, the earliest first.
    """
    budget = work.config.accounts[account].budget_usd_per_day
    left: dict[str, int] = {}
    after: dict[int, int] = {}
    for delivery in posts if budget is not None else ():
        day = delivery.due_at.astimezone(UTC).date().isoformat()
        if day not in left:
            left[day] = micro(budget or 0) - control.spent(tx, account, delivery.due_at)
        left[day] -= price(work, delivery)
        after[delivery.id] = left[day]
    return after


def spare_money(posts: Sequence[Delivery], left: Mapping[int, int], now: datetime) -> int | None:
    """Return what the posts of this day (UTC) leave of its budget, in micro-USD; None where no post needs any of it."""
    today = now.astimezone(UTC).date()
    return min(
        (
            left[delivery.id]
            for delivery in posts
            if delivery.id in left and delivery.due_at.astimezone(UTC).date() == today
        ),
        default=None,
    )


def of_money(work: Work, delivery: Delivery, left: Mapping[int, int]) -> Iterator[PreflightProblem]:
    """Yield what the budget of its day does not cover."""
    if left.get(delivery.id, 0) < 0:
        account, day = delivery.account, delivery.due_at.astimezone(UTC).date().isoformat()
        budget = micro(work.config.accounts[account].budget_usd_per_day or 0)
        facts = {"account": account, "day": day, "missing": -left[delivery.id], "budget": budget}
        yield _problem(PreflightCode.NO_MONEY, CauseCode.BUDGET_TOO_SMALL, f"budget {account} {day}", **facts)


LAST_WORD = timedelta(hours=1)
"""How long before it is due a post's trouble is said again."""


@dataclass(frozen=True)
class CheckedPost:
    """A post as it was before its check, and what was found."""

    delivery: Delivery
    found: tuple[PreflightProblem, ...]

    @property
    def trouble(self) -> str:
        """All of it, as the queue shows it."""
        return " ".join(finding.cause for finding in self.found)


def tell(work: Work, checked: Sequence[CheckedPost], posts: Iterable[Delivery], now: datetime) -> None:
    """Report what is new, what still stands an hour before, and what is fixed. One event for all posts it is about."""
    carried = {cause.facts.get("about") for delivery in posts for cause in causes_in(delivery.trouble)}
    raised: dict[str, tuple[PreflightProblem, list[Delivery]]] = {}
    mended: dict[str, list[Delivery]] = {}
    for each in checked:
        for finding in each.found:
            if _is_last_word(each.delivery, finding, now) or finding.about not in carried:
                raised.setdefault(finding.about, (finding, []))[1].append(each.delivery)
        if each.delivery.trouble and not each.found:
            mended.setdefault(each.delivery.trouble, []).append(each.delivery)
    for problem, ones in raised.values():
        _report(work, EventName.TROUBLE_AHEAD, ones, problem.cause, alarming=True, code=problem.code)
    for trouble, ones in mended.items():
        _report(work, EventName.TROUBLE_OVER, ones, trouble, alarming=False)


def _is_last_word(delivery: Delivery, finding: PreflightProblem, now: datetime) -> bool:
    """Return whether this is the check an hour before. Of a link that is not known yet the door out says so itself
    then."""
    hour = delivery.due_at - LAST_WORD
    is_first_since = delivery.checked_at is None or delivery.checked_at < hour or delivery.checked_at > now
    return now >= hour and is_first_since and finding.code is not PreflightCode.LINK_UNKNOWN


def _report(work: Work, name: EventName, ones: Sequence[Delivery], error: str, *, alarming: bool, **facts: Any) -> None:
    first, others = ones[0], [delivery.id for delivery in ones[1:]]
    also: dict[str, Any] = {"also": others} if others else {}
    due_at = first.due_at.astimezone(work.config.campaign.timezone)
    work.tell_of(first, name, alarming=alarming, **also, due_at=due_at, error=error, **facts)


FREE_AGAIN = timedelta(minutes=10)
"""How soon a platform is asked again who we are."""

BILLED_AGAIN = timedelta(hours=1)
"""The same where it was billed."""


class _LastReport(msgspec.Struct):
    """What a platform said of an account, good until an instant (UTC)."""

    until: datetime
    found: list[tuple[str, str]]
    codes: list[PreflightCode] = []
    """The code of each; earlier versions wrote none, and are asked again."""


def of_account(tx: Connection, account: str, until: datetime) -> Iterator[PreflightProblem]:
    """Yield the stop switch, an account that is closed, and one that is paused beyond `until`."""
    if control.is_stopped(tx):
        yield _problem(PreflightCode.STOPPED, CauseCode.STOPPED, "stopped")
    state = control.account(tx, account)
    if state.closed:
        facts = {"account": account, "cause": state.reason}
        yield _problem(PreflightCode.ACCOUNT_CLOSED, CauseCode.ACCOUNT_CLOSED, f"closed {account}", **facts)
    elif state.paused_until is not None and state.paused_until > until:
        paused = {"account": account, "until": state.paused_until, "cause": state.reason}
        yield _problem(PreflightCode.ACCOUNT_PAUSED, CauseCode.ACCOUNT_PAUSED, f"paused {account}", **paused)


def ask(work: Work, account: str, now: datetime, spare: int | None) -> tuple[list[PreflightProblem], Limits | None]:
    """Ask the platform about an account. Return what is wrong with its token, and what its server accepts (None where
    it does not say).

    `spare` is what the day's posts leave of its budget, in micro-USD, if there are any: no check costs one of them.
    """
    with work.store.read() as tx:
        problems = _remembered(identity.read_metadata(tx).raw.get(_mark(account), ""), now)
    if problems is not None:
        return problems, _limits(work, account, fresh=False)
    cost = work.platforms[account].facts_cost
    with work.store.begin() as tx:
        is_covered = not cost or spare is None or cost <= spare
        reservation = money.reserve(tx, work, account, cost, now, Purpose.FACTS, FACTS) if is_covered else None
    reported = [] if reservation is None else _asked(work, account, reservation)
    limits = _limits(work, account, fresh=True)
    if limits is None and not reported:
        reported = [_silent(account, because(CauseCode.LIMITS_UNTOLD))]
    return reported, limits


def _asked(work: Work, account: str, reservation: Reservation) -> list[PreflightProblem]:
    """Ask who we are; what was billed is settled, and the answer is good for a while."""
    problems, failure = _facts(work, account)
    is_billed = bool(reservation.amount) and (failure is None or failure.answer is Outcome.AMBIGUOUS)
    last = _LastReport(
        reservation.at + (BILLED_AGAIN if is_billed else FREE_AGAIN),
        [(problem.about, problem.cause) for problem in problems],
        [problem.code for problem in problems],
    )
    with work.store.begin() as tx:
        if failure is None:
            money.settle(tx, reservation, reservation.amount)
        else:
            money.settle_failed(tx, reservation, failure)
        identity.put_metadata(tx, {_mark(account): msgspec.json.encode(last).decode()})
    return problems


def _mark(account: str) -> str:
    return f"preflight:{account}"


def _silent(account: str, why: str) -> PreflightProblem:
    about = f"silent {account}"
    return _problem(PreflightCode.NO_ANSWER, CauseCode.ACCOUNT_SILENT, about, account=account, cause=why)


def _remembered(kept: str, now: datetime) -> list[PreflightProblem] | None:
    """Return what was found lately, or None; an answer from the future is of a clock that was set back since."""
    if not kept:
        return None
    last = msgspec.json.decode(kept, type=_LastReport)
    if not now < last.until <= now + BILLED_AGAIN or len(last.codes) != len(last.found):
        return None
    return [PreflightProblem(code, *texts) for code, texts in zip(last.codes, last.found, strict=True)]


def _facts(work: Work, account: str) -> tuple[list[PreflightProblem], PlatformError | None]:
    """Return what is wrong with the token, and how its question failed where it did."""
    try:
        facts = work.platforms[account].facts()
    except PlatformError as error:
        if error.answer is Outcome.REJECTED or error.closes_account:
            who = {"account": account, "cause": error.cause}
            code = PreflightCode.ACCOUNT_REFUSED
            return [_problem(code, CauseCode.ACCOUNT_REFUSED, f"refused {account}", **who)], error
        return [_silent(account, error.cause)], error
    if facts.can_write:
        return [], None
    about, notes = f"reads only {account}", " ".join(facts.notes)
    code = PreflightCode.ACCOUNT_READS_ONLY
    return [_problem(code, CauseCode.ACCOUNT_READS_ONLY, about, account=account, notes=notes)], None


def _limits(work: Work, account: str, *, fresh: bool) -> Limits | None:
    try:
        limits = work.platforms[account].limits(fresh=fresh)
    except PlatformError:
        with work.store.read() as tx:
            return None if fresh else remembered_limits(tx, work.config).get(account)
    if fresh:
        remember_limits(work, work.config.accounts[account], limits)
    return limits


STAGES = (timedelta(hours=24), timedelta(hours=6), timedelta(hours=1))
"""How long before it is due an important post is checked; the others only at the last of these."""

AGAIN = timedelta(minutes=10)
"""How soon trouble is looked at again, and the least time between two checks of a post."""

TOO_SHORT = timedelta(minutes=2)
"""What is due sooner is not checked any more: nobody could fix it, and its second is to be left in peace."""

_QUIET = timedelta(seconds=10)
"""Nothing is checked so shortly before another post of the account is due."""


def look_ahead(work: Work, account: str) -> int:
    """Check those posts of an account whose time has come, all in one round. Return how many that were."""
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
        _forget(work, [delivery for delivery in soon if _is_stale(delivery, now)])
        due = [delivery for delivery in soon if _is_due(delivery, now)]
        if due:
            _check(work, account, due, now)
        return len(due)


def _soon(tx: Connection, account: str, now: datetime) -> list[Delivery]:
    """Return what may be due for a check, and what carries trouble."""
    is_soon = and_(
        t.delivery.c.state == State.PLANNED,
        t.delivery.c.due_at >= now + TOO_SHORT,
        t.delivery.c.due_at <= now + STAGES[0],
    )
    mine = (t.delivery.c.account == account, t.delivery.c.kind == Kind.POST)
    return sorted(deliveries.listed(tx, *mine, or_(is_soon, t.delivery.c.trouble != "")), key=_by_time)


def _by_time(delivery: Delivery) -> tuple[datetime, int]:
    return delivery.due_at, delivery.id


def _around(tx: Connection, account: str, now: datetime) -> list[Delivery]:
    """Return the account's posts of the days before and after, the earliest first: what repeats, and what shares a
    budget."""
    near = (t.delivery.c.due_at > now - 2 * STAGES[0], t.delivery.c.due_at < now + 2 * STAGES[0])
    return sorted(
        deliveries.listed(tx, t.delivery.c.account == account, t.delivery.c.kind == Kind.POST, *near), key=_by_time
    )


def _is_due(delivery: Delivery, now: datetime) -> bool:
    """Return whether it is to be checked now; a clock that was set back makes a check of the future count as none."""
    ahead, last = delivery.due_at - now, delivery.checked_at
    if delivery.state is not State.PLANNED or not TOO_SHORT <= ahead <= STAGES[0]:
        return False
    if last is None or last > now:
        return ahead <= (STAGES[0] if delivery.important else STAGES[-1])
    if now < last + AGAIN:
        return False
    return bool(delivery.trouble) or any(last < delivery.due_at - stage <= now for stage in _stages(delivery))


def _stages(delivery: Delivery) -> Sequence[timedelta]:
    return STAGES if delivery.important else STAGES[-1:]


def _is_stale(delivery: Delivery, now: datetime) -> bool:
    """Return whether trouble is noted of something that does not wait any more, or not for a long time yet."""
    return bool(delivery.trouble) and (delivery.state not in NOT_BEGUN or delivery.due_at - now > STAGES[0])


def _forget(work: Work, stale: Sequence[Delivery]) -> None:
    if stale:
        with work.store.begin() as tx:
            for delivery in stale:
                deliveries.change(tx, delivery.id, [delivery.state], trouble="", checked_at=None)


def _check(work: Work, account: str, due: Sequence[Delivery], now: datetime) -> None:
    with work.store.read() as tx:
        posts = _around(tx, account, now)
        planned = [delivery for delivery in posts if delivery.state in TO_BE_SENT]
        left = left_over(tx, work, account, planned)
        shared = list(of_account(tx, account, due[-1].due_at))
    limits, spare = None, spare_money(planned, left, now)
    if not any(problem.code is PreflightCode.ACCOUNT_CLOSED for problem in shared):
        asked, limits = ask(work, account, now, spare)
        shared += asked
    troubles = _followed(work, due)
    if work.stopping.is_set():
        return
    checked = [
        CheckedPost(delivery, (*shared, *_findings(work, delivery, posts, limits, left, troubles))) for delivery in due
    ]
    tell(work, _written_down(work, checked, now), [delivery for delivery in posts if not _is_stale(delivery, now)], now)


def _followed(work: Work, due: Sequence[Delivery]) -> dict[str, str]:
    """Return what is wrong with the links of these posts, each followed once."""
    urls = dict.fromkeys(url for delivery in due for url in links_of(delivery))
    if not urls:
        return {}
    from bot.services.checks import links  # an HTTP client that takes 22 ms to load, and most runs follow no link

    with links.client(agent_of(work.config)) as web:
        return links.troubles(web, urls, work.stopping.is_set)


def _findings(
    work: Work,
    delivery: Delivery,
    posts: Sequence[Delivery],
    limits: Limits | None,
    left: Mapping[int, int],
    troubles: Mapping[str, str],
) -> list[PreflightProblem]:
    return [
        *of_words(delivery, limits),
        *of_media(delivery, work.root, limits),
        *of_money(work, delivery, left),
        *of_repetition(delivery, posts),
        *of_links(delivery, troubles),
    ]


def _written_down(work: Work, found: Sequence[CheckedPost], now: datetime) -> list[CheckedPost]:
    """Return those whose posts are still what was checked: an edit meanwhile asks for a check of its own."""
    kept = []
    with work.store.begin() as tx:
        for checked in found:
            fresh = deliveries.get(tx, checked.delivery.id)
            if fresh is None or fresh.content_hash != checked.delivery.content_hash:
                continue
            if deliveries.change(tx, fresh.id, [State.PLANNED], checked_at=now, trouble=checked.trouble):
                kept.append(checked)
    return kept


resolve_shapes(_LastReport)
