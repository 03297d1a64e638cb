"""Nobody's post is reshared without a yes: a person's, or a trust rule a person wrote, and the hijack alarm."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import chain

from sqlalchemy import Connection

from bot.causes import CauseCode, because
from bot.domain import fingerprint
from bot.domain.actor import Actor, By, actor_of, is_user_key
from bot.domain.delivery import MAY_BE_OUT, OUT_OR_QUEUED, CancelledBy, Delivery, Kind, Origin, State
from bot.domain.message import Content
from bot.domain.moderation import (
    FINAL,
    OF_A_NO,
    ChecklistItem,
    Judgement,
    ModerationContext,
    Reason,
    SimilarPosts,
    Verdict,
    judge,
    missing,
)
from bot.domain.post import Author, all_shown
from bot.domain.sighting import DECIDABLE, WAITING, Sighting, SightingState
from bot.domain.text import digest
from bot.errors import Refused, RefusedCode
from bot.services.events import EventName
from bot.services.work import Work, author_key, author_keys, post_key, shown_keys
from bot.store import control, deliveries, sightings, users
from bot.store import schema as t
from bot.store.approvals import Approval, add_approval, approvals_of, drop_approvals
from bot.store.control import AuditAction, AutomaticApproval
from bot.store.deliveries import call_off_reshares
from bot.store.engine import Serialize, notify_workers
from bot.values import dataclass


def shown_already_as(
    tx: Connection, sighting: Sighting, accounts: Collection[str], states: Collection[State]
) -> int | None:
    """Return the other sighting of the same video that one of these accounts reshared, in one of these states."""
    others = sightings.showing_the_same(tx, sighting)
    if not others:
        return None
    on_them = (t.delivery.c.account.in_(list(accounts)), t.delivery.c.state.in_(list(states)))
    ours = (t.delivery.c.kind == Kind.RESHARE, t.delivery.c.sighting_id.in_(others))
    return next((delivery.sighting_id for delivery in deliveries.listed(tx, *ours, *on_them, limit=1)), None)


def watch_for_hijack(
    tx: Connection, work: Work, stored: Sequence[Sighting], similar: Mapping[str, SimilarPosts], now: datetime
) -> int:
    """Raise the alarm where what was just found looks like somebody taking over the hashtag.

    Return how many accounts say the same, 0 where nothing is the matter, or is known already: whoever switched
    automatic approval on again has seen what came before, and is left in peace until as much has come again.
    """
    rules = work.config.moderation.alarm
    authors = max(
        (similar[sighting.post.uri].same_text_at_once + 1 for sighting in stored if sighting.post.uri in similar),
        default=0,
    )
    if authors < rules.authors:
        return 0
    before = control.automatic_approval(tx)
    if not before.is_on or (before.since is not None and before.since <= now < before.since + rules.within):
        return 0
    why = because(CauseCode.HIJACK, authors=authors, within_s=round(rules.within.total_seconds()))
    _pause(tx, AutomaticApproval(is_on=False, since=now, why=why))
    return authors


def is_automatic(tx: Connection) -> bool:
    """Return whether rules may approve: no alarm and nobody of us has paused them."""
    return control.automatic_approval(tx).is_on


def automatic_status(work: Work) -> AutomaticApproval:
    """Return how automatic approval stands."""
    with work.store.read() as tx:
        return control.automatic_approval(tx)


def switch(work: Work, by: By, *, on: bool) -> AutomaticApproval:
    """Let rules approve again, or have them approve nothing any more; what waits by their word alone is held then."""
    now = work.clock()
    after = AutomaticApproval(
        is_on=on,
        since=now,
        by=str(by),
        why=because(CauseCode.SWITCHED_ON if on else CauseCode.SWITCHED_OFF, by=str(by)),
    )
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        if on:
            control.set_automatic_approval(tx, after)
        else:
            _pause(tx, after)
        control.write_audit(tx, now, by, AuditAction.AUTOMATIC_ON if on else AuditAction.AUTOMATIC_OFF, "all sightings")
    work.tell(EventName.AUTOMATIC_SWITCHED, is_on=on, by=str(by))
    return after


def _pause(tx: Connection, now: AutomaticApproval) -> None:
    """Let rules approve nothing from now on, and hold what waits by their word alone. A reshare that is under way stays
    with whoever sent it: should it not be out, the door holds it."""
    control.set_automatic_approval(tx, now)
    judgement = Judgement(Verdict.HOLD, (Reason.PAUSED,))
    for sighting in sightings.approved_by_rule(tx):
        call_off_reshares(tx, sighting.id, Reason.PAUSED)
        sightings.decide(
            tx, sighting.id, [SightingState.APPROVED], SightingState.HELD, judgement, now.since or sighting.seen_at
        )


@dataclass(frozen=True)
class PersonsYes:
    """Who says yes, when (UTC), what of the checklist they confirm, and whether a video is to be shown `again`.

    Its reshares take their turn no sooner than `not_before` (UTC), where that is given.
    """

    by: By
    at: datetime
    ticks: tuple[ChecklistItem, ...] = ()
    again: bool = False
    not_before: datetime | None = None


def record_approval(tx: Connection, work: Work, sighting: Sighting, today: Judgement, yes: PersonsYes) -> bool:
    """Write a yes down. Return whether it is approved now, or a second person has to say yes too.

    `today` is what the rules of today say: somebody may have been blocked, or an account of ours known, since it was
    seen. Raise Refused where nobody may say yes, or not like this.
    """
    _refuse_forbidden(sighting, today)
    if sighting.state is SightingState.APPROVED and sighting.decided_by:
        return True
    if not yes.again:
        _refuse_repetition(tx, work, sighting)
    if care_of(sighting, today) and not _all_have_said_it(tx, work, sighting, care_of(sighting, today), yes):
        reasons = (Reason.SECOND, *_kept(sighting.judgement.reasons))
        sightings.decide(
            tx, sighting.id, [sighting.state], SightingState.HELD, Judgement(Verdict.HOLD, reasons), yes.at
        )
        return False
    reasons = (*_kept(sighting.judgement.reasons), *((Reason.AGAIN,) if yes.again else ()))
    judgement = Judgement(Verdict.APPROVE, reasons)
    sightings.decide(tx, sighting.id, [sighting.state], SightingState.APPROVED, judgement, yes.at, str(yes.by))
    return True


def _refuse_forbidden(sighting: Sighting, today: Judgement) -> None:
    forbidden = [reason for reason in dict.fromkeys((*sighting.judgement.reasons, *today.reasons)) if reason in FINAL]
    if forbidden:
        raise Refused(RefusedCode.APPROVAL_FORBIDDEN, sighting=sighting.id, reasons=tuple(forbidden))


def care_of(sighting: Sighting, today: Judgement) -> tuple[str, ...]:
    """Return why a sighting is held for care: by the rules of today, or because a moderator said so."""
    flagged = (Reason.FLAGGED,) if Reason.FLAGGED in sighting.judgement.care else ()
    return (*today.care, *flagged)


def _refuse_repetition(tx: Connection, work: Work, sighting: Sighting) -> None:
    accounts = [account.name for account in work.config.accounts.values() if account.platform == sighting.post.platform]
    other = shown_already_as(tx, sighting, accounts, OUT_OR_QUEUED)
    if other is not None:
        raise Refused(RefusedCode.SAME_VIDEO_OUT, sighting=sighting.id, other=other)


def _all_have_said_it(tx: Connection, work: Work, sighting: Sighting, care: Iterable[str], yes: PersonsYes) -> bool:
    """Return whether this yes, with the checklist, is the last that was needed. Earlier ones count while it waits for
    it."""
    open_ones = missing(yes.ticks)
    if open_ones:
        raise Refused(
            RefusedCode.CHECKLIST_INCOMPLETE,
            sighting=sighting.id,
            care=tuple(care),
            missing=open_ones,
            risk=work.config.moderation.risk,
            own=work.config.moderation.checklist,
            shows_another=bool(sighting.post.shows),
        )
    two = work.config.moderation.two_people
    if not two or sighting.state is not SightingState.HELD or Reason.SECOND not in sighting.judgement.reasons:
        drop_approvals(tx, sighting.id)
    before = approvals_of(tx, sighting.id)
    _refuse_same_person(tx, sighting, before, actor_of(yes.by))
    add_approval(tx, sighting.id, yes.by, yes.at, yes.ticks)
    return bool(before) or not two


def _refuse_same_person(tx: Connection, sighting: Sighting, before: Sequence[Approval], actor: Actor) -> None:
    """Raise Refused where this may be the person who has said yes already: anybody may call themselves anything at a
    shell, so that only one yes counts from there once the console knows people."""
    if actor.key in {approval.key for approval in before}:
        raise Refused(RefusedCode.SECOND_PERSON_NEEDED, sighting=sighting.id, by=actor.name)
    is_known = actor.is_user or any(is_user_key(approval.key) for approval in before)
    if before and not is_known and users.has_users(tx):
        raise Refused(RefusedCode.SECOND_YES_FROM_CONSOLE, sighting=sighting.id, by=before[0].by)


def _kept(reasons: Iterable[str]) -> tuple[str, ...]:
    """Return what is still worth reading once somebody has said yes."""
    return tuple(reason for reason in reasons if reason not in {Reason.SECOND, Reason.AGAIN, *OF_A_NO})


def moderation_context(tx: Connection, work: Work) -> ModerationContext:
    """Return what the rules need to know of us, and of this moment."""
    return context_of(work, is_automatic=is_automatic(tx), blocked_keys=sightings.blocked_keys(tx))


def context_of(work: Work, *, is_automatic: bool, blocked_keys: frozenset[str]) -> ModerationContext:
    """Return what `moderation_context` returns, made of what was read already."""
    return ModerationContext(
        work.config.moderation,
        work.config.monitor.kinds,
        frozenset(work.memory.handles.values()),
        now=work.clock(),
        is_automatic=is_automatic,
        organisations=frozenset(work.config.organisations),
        blocks=partial(_is_blocked, work, blocked_keys),
    )


def _is_blocked(work: Work, keys: frozenset[str], platform: str, author: Author) -> bool:
    return bool(keys) and not keys.isdisjoint(author_keys(work, platform, author))


def approve(
    work: Work,
    sighting_id: int,
    by: By,
    ticks: Iterable[ChecklistItem] = (),
    *,
    again: bool = False,
    as_seen: Sighting | SeenMark | None = None,
    not_before: datetime | None = None,
) -> Sighting:
    """Record a person's yes, and queue the reshares once no other yes is missing. What is held for care takes all of
    the checklist's ticks, and two people where the campaign asks for two. Until `not_before` (UTC) it can be taken back
    without anything having left.

    Raise Refused where somebody's protection forbids it, ticks are missing, there is nothing to approve, the same
    video is out already and is not meant to be shown `again`, or it is not as the person has seen it (`as_seen`).
    """
    yes = PersonsYes(by, work.clock(), tuple(ticks), again, not_before)
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        sighting = _decidable(tx, sighting_id)
        refuse_unless_as_seen(sighting, as_seen)
        _refuse_while_asked(tx, work, sighting)
        is_settled = record_approval(tx, work, sighting, _today(tx, work, sighting), yes)
        after = sightings.get(tx, sighting_id) or sighting
        if is_settled:
            queue_reshares(tx, work, after, yes.at, yes.not_before)
            after = sightings.get(tx, sighting_id) or sighting
        control.write_audit(tx, yes.at, by, AuditAction.APPROVE, f"sighting {sighting_id}")
    work.tell(EventName.APPROVED, sighting=sighting_id, by=str(by), needs_another=not is_settled)
    return after


def care_needed(work: Work, sighting_id: int) -> tuple[str, ...]:
    """Return why approving a sighting takes the checklist; empty where it does not. Raise Refused like `approve`."""
    with work.store.read() as tx:
        sighting = _decidable(tx, sighting_id)
        if sighting.state is SightingState.APPROVED and sighting.decided_by:
            return ()
        return care_of(sighting, _today(tx, work, sighting))


def shows_another(work: Work, sighting_id: int) -> bool:
    """Return whether a sighting shows somebody else's post, for which the checklist asks too. Raise Refused like
    `approve`."""
    with work.store.read() as tx:
        return bool(_decidable(tx, sighting_id).post.shows)


def _today(tx: Connection, work: Work, sighting: Sighting) -> Judgement:
    """Return what the rules of today say of a post as it was seen last."""
    return judge(sighting.post, moderation_context(tx, work))


def _refuse_while_asked(tx: Connection, work: Work, sighting: Sighting) -> None:
    """Raise Refused while it is open whether the author wants out: no yes counts before that is answered."""
    if sightings.open_stop_requests_among(tx, author_keys(work, sighting.post.platform, sighting.post.author)):
        raise Refused(RefusedCode.AUTHOR_MAY_WANT_OUT, sighting=sighting.id)
    if sightings.open_stop_requests_among(tx, shown_keys(work, sighting.post)):
        raise Refused(RefusedCode.SHOWN_AUTHOR_MAY_WANT_OUT, sighting=sighting.id)


def approve_again(tx: Connection, work: Work, delivery: Delivery, now: datetime, by: By) -> None:
    """Say yes to the post as it was seen last, for whoever sends a reshare again. Raise Refused as `approve` does."""
    sighting = sightings.get(tx, delivery.sighting_id) if delivery.sighting_id is not None else None
    if sighting is None:
        raise Refused(RefusedCode.RESHARED_POST_NOT_KEPT, delivery=delivery.id)
    if sighting.state is SightingState.GONE:
        raise Refused(RefusedCode.SIGHTING_GONE, sighting=sighting.id)
    _refuse_while_asked(tx, work, sighting)
    if sighting.state is not SightingState.RESHARED:
        record_approval(tx, work, sighting, _today(tx, work, sighting), PersonsYes(by, now))
    deliveries.change(tx, delivery.id, [State.PLANNED], content_hash=fingerprint.of(sighting.post), due_at=now)
    sightings.note_shown_by_delivery(tx, delivery.id, shown_keys(work, sighting.post))


def reject(
    work: Work, sighting_id: int, by: By, why: Reason | None = None, *, as_seen: Sighting | SeenMark | None = None
) -> Sighting:
    """Record a person's no, and `why` (one of `OF_A_NO`): a reshare that waits for its turn is called off, and one
    under way is taken back should it be out.

    Raise Refused for one that is known to be out already, and for one that is not as the person has seen it.
    """
    now = work.clock()
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        sighting = _decidable(tx, sighting_id)
        refuse_unless_as_seen(sighting, as_seen)
        reasons = (*((why,) if why else ()), *_without_a_no(sighting.judgement.reasons))
        judgement = Judgement(Verdict.REJECT, reasons)
        sightings.decide(tx, sighting_id, DECIDABLE, SightingState.REJECTED, judgement, now, str(by))
        call_off_reshares(tx, sighting_id, f"rejected by {by}", take_back_at=now)
        control.write_audit(tx, now, by, AuditAction.REJECT, f"sighting {sighting_id}")
        after = sightings.get(tx, sighting_id)
    work.tell(EventName.REJECTED_BY_PERSON, sighting=sighting_id, by=str(by))
    return after or sighting


def _without_a_no(reasons: Iterable[str]) -> tuple[str, ...]:
    return tuple(reason for reason in reasons if reason not in OF_A_NO)


def reconsider(work: Work, before: Sighting, after: Sighting, by: By) -> Sighting:
    """Take back what a person decided: the sighting waits as it did `before`, and its reshares are called off.

    `after` is how it was left. Raise Refused where somebody has decided since, or it is out.
    """
    now = work.clock()
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        refuse_unless_as_seen(_decidable(tx, before.id), after)
        call_off_reshares(tx, before.id, f"taken back by {by}", take_back_at=now)
        drop_approvals(tx, before.id, by)
        sightings.put_back(tx, before)
        control.write_audit(tx, now, by, AuditAction.RECONSIDER, f"sighting {before.id}")
        return sightings.get(tx, before.id) or before


def reopen(work: Work, sighting_id: int, by: By, *, as_seen: Sighting | SeenMark | None = None) -> Sighting:
    """Put a sighting back to waiting for a yes or a no, whoever decided on it, and take back the own yes that waits for
    a second person's; its reshares are called off, and one under way is taken back should it be out.

    A yes of another person still counts, if the last one is taken back by whoever said it. Raise Refused where it is
    out, nobody may approve it, or it is not as the person has seen it (`as_seen`).
    """
    now, key = work.clock(), actor_of(by).key
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        sighting = _decidable(tx, sighting_id)
        refuse_unless_as_seen(sighting, as_seen)
        _refuse_forbidden(sighting, _today(tx, work, sighting))
        own_yes = any(approval.key == key for approval in approvals_of(tx, sighting_id))
        if sighting.state is SightingState.HELD and not own_yes:
            return sighting
        call_off_reshares(tx, sighting_id, f"taken back by {by}", take_back_at=now)
        drop_approvals(tx, sighting_id, by if own_yes else None)
        second = (Reason.SECOND,) if approvals_of(tx, sighting_id) else ()
        reasons = (*second, *_kept(sighting.judgement.reasons)) or (Reason.NOBODY_DECIDED,)
        judgement = Judgement(Verdict.HOLD, reasons, sighting.judgement.care)
        waits = replace(sighting, state=SightingState.HELD, judgement=judgement, decided_by="", decided_at=None)
        sightings.put_back(tx, waits)
        control.write_audit(tx, now, by, AuditAction.RECONSIDER, f"sighting {sighting_id}")
        return sightings.get(tx, sighting_id) or waits


@dataclass(frozen=True)
class SeenMark:
    """What a person had before their eyes, as a page keeps it until they decide: how it was `decided`, how it was
    `judged` and described (whose it is, its alternative texts), as hashes, and the fingerprint of the `post`."""

    decided: str
    judged: str
    post: str

    def __str__(self) -> str:
        return f"{self.decided}.{self.judged}.{urlsafe_b64encode(self.post.encode()).decode()}"

    @classmethod
    def of(cls, sighting: Sighting) -> SeenMark:
        """Return the mark of a sighting as it is now."""
        decided = (sighting.state, sighting.decided_by, str(sighting.decided_at))
        judgement = sighting.judgement
        posts = (sighting.post, *(shown.post for shown in all_shown(sighting.post) if shown.post is not None))
        described = chain.from_iterable((post.author.handle, *post.alts, "") for post in posts)
        judged = (judgement.verdict, *judgement.reasons, "", *judgement.care, "", *described)
        return cls(digest(*decided)[:16], digest(*judged)[:16], fingerprint.of(sighting.post))

    @classmethod
    def parse(cls, written: str) -> SeenMark:
        """Return the mark that a page has kept; one that is none is no sighting's."""
        decided, _, rest = written.partition(".")
        judged, _, post = rest.partition(".")
        try:
            return cls(decided, judged, urlsafe_b64decode(post).decode())
        except ValueError:
            return cls(decided, judged, "")


def refuse_unless_as_seen(sighting: Sighting, as_seen: Sighting | SeenMark | None) -> None:
    """Raise Refused where somebody has decided, or the post has changed, since a person saw it."""
    if as_seen is None:
        return
    before, now = as_seen if isinstance(as_seen, SeenMark) else SeenMark.of(as_seen), SeenMark.of(sighting)
    if before.decided != now.decided:
        raise Refused(
            RefusedCode.DECIDED_MEANWHILE,
            sighting=sighting.id,
            decided=sighting.state,
            by=sighting.decided_by,
            decided_at=sighting.decided_at,
        )
    is_other = not before.post or fingerprint.changed(before.post, sighting.post) is not None
    if is_other or before.judged != now.judged:
        raise Refused(RefusedCode.POST_CHANGED, sighting=sighting.id)


def take_back(work: Work, sighting_id: int, by: By, *, as_seen: Sighting | SeenMark | None = None) -> Sighting:
    """Put a sighting back to waiting that somebody has said yes or no to; its reshares are called off, and nothing of
    it is held for care that was not before. Of two yeses the other one stays.

    Raise Refused where it is reshared already (undo that), is not as the person has seen it, or there is none.
    """
    now = work.clock()
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        sighting = _decidable(tx, sighting_id)
        refuse_unless_as_seen(sighting, as_seen)
        drop_approvals(tx, sighting_id, by)
        others = approvals_of(tx, sighting_id)
        if sighting.state is not SightingState.HELD:
            call_off_reshares(tx, sighting_id, f"taken back by {by}", take_back_at=now)
        kept = _without_a_no(reason for reason in sighting.judgement.reasons if reason not in _PASSING)
        reasons = ((Reason.SECOND if others else Reason.NOBODY_DECIDED), *kept)
        judgement = Judgement(Verdict.HOLD, reasons, sighting.judgement.care)
        sightings.put_back(
            tx, replace(sighting, state=SightingState.HELD, judgement=judgement, decided_by="", decided_at=None)
        )
        control.write_audit(tx, now, by, AuditAction.RECONSIDER, f"sighting {sighting_id}")
        return sightings.get(tx, sighting_id) or sighting


def _decidable(tx: Connection, sighting_id: int) -> Sighting:
    sighting = sightings.get(tx, sighting_id)
    if sighting is None:
        raise Refused(RefusedCode.NO_SUCH_SIGHTING, sighting=sighting_id)
    if sighting.state is SightingState.RESHARED:
        raise Refused(RefusedCode.ALREADY_RESHARED, sighting=sighting_id)
    if sighting.state is SightingState.GONE:
        raise Refused(RefusedCode.SIGHTING_GONE, sighting=sighting.id)
    return sighting


def queue_approved(tx: Connection, work: Work, stored: Iterable[Sighting], now: datetime) -> None:
    """Queue the reshares of what a trust rule approved."""
    for sighting in stored:
        if sighting.state is SightingState.APPROVED:
            queue_reshares(tx, work, sighting, now)


def queue_reshares(
    tx: Connection, work: Work, sighting: Sighting, now: datetime, not_before: datetime | None = None
) -> None:
    """Queue one reshare for each of our accounts on the sighting's platform; its slot comes by pace, and no sooner than
    `not_before` (UTC)."""
    notify_workers(tx)
    by_id = {
        delivery.account: delivery
        for delivery in deliveries.of_posts(tx, [sighting.post.uri, post_key(work, sighting.post.uri)])
    }
    stamp = fingerprint.of(sighting.post)
    for account in work.config.accounts.values():
        if account.platform != sighting.post.platform:
            continue
        row = by_id.get(account.name)
        if row is None:
            row_key = author_key(work, sighting.post.author.handle)
            rests = {"not_before": not_before or now, "put_off_until": not_before}
            deliveries.add(tx, **{**_row(sighting, account.name, stamp, now), **rests}, author_key=row_key)
        elif row.state is State.CANCELLED:
            values = {
                "content_hash": stamp,
                "not_before": not_before or now,
                "put_off_until": not_before,
                "due_at": now,
                "error": "",
                "cancelled_by": CancelledBy.NOBODY,
            }
            again = {"undo_asked_at": None, "undone_at": None, "url": "", "sent_at": None, "failed_looks": 0}
            post = {"sighting_id": sighting.id, "post_uri": sighting.post.uri}
            post |= {"author_key": author_key(work, sighting.post.author.handle)}
            deliveries.step(tx, row.id, State.CANCELLED, State.PLANNED, **values, **again, **post)
        elif row.state in MAY_BE_OUT:
            deliveries.change(tx, row.id, MAY_BE_OUT, undo_asked_at=None)
        elif row.state is State.SENT:  # out as it is now, which the person has just said yes to
            still_out = {"undo_asked_at": None, "cancelled_by": CancelledBy.NOBODY, "content_hash": stamp}
            deliveries.change(tx, row.id, [State.SENT], **still_out)
            sightings.decide(tx, sighting.id, [SightingState.APPROVED], SightingState.RESHARED, sighting.judgement, now)
    for reshare in deliveries.of_sighting(tx, sighting.id):
        sightings.note_shown_by_delivery(tx, reshare.id, shown_keys(work, sighting.post))


def _row(sighting: Sighting, account: str, stamp: str, now: datetime) -> dict[str, object]:
    return {
        "kind": Kind.RESHARE,
        "account": account,
        "platform": sighting.post.platform,
        "state": State.PLANNED,
        "origin": Origin.MODERATION,
        "language": sighting.post.language,
        "due_at": now,
        "not_before": now,
        "content": Content(parts=(), language=sighting.post.language),
        "content_hash": stamp,
        "post_uri": sighting.post.uri,
        "sighting_id": sighting.id,
    }


_PASSING = frozenset({Reason.FLAGGED, Reason.SECOND, Reason.NOBODY_DECIDED, Reason.TRUSTED, Reason.AGAIN})
"""What is not true any more once somebody has a doubt."""


@dataclass(frozen=True)
class Flagged:
    """The sighting as it is now, and the deliveries of its reshares that are out, and stay out."""

    seen: Sighting
    out: tuple[int, ...]


def flag(work: Work, sighting_id: int, by: By, *, as_seen: Sighting | SeenMark | None = None) -> Flagged:
    """Hold a post for care. A reshare that waits for its turn is called off, and one under way is taken back.

    What is known to be out stays out. Raise Refused where there is no such post any more.
    """
    now = work.clock()
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        sighting = sightings.get(tx, sighting_id)
        if sighting is None:
            raise Refused(RefusedCode.NO_SUCH_SIGHTING, sighting=sighting_id)
        if sighting.state is SightingState.GONE:
            raise Refused(RefusedCode.SIGHTING_GONE, sighting=sighting_id)
        refuse_unless_as_seen(sighting, as_seen)
        sightings.hold_for_care(tx, sighting_id, dict.fromkeys((*sighting.judgement.care, Reason.FLAGGED)))
        if sighting.state in WAITING:
            drop_approvals(tx, sighting_id)
            others = (reason for reason in sighting.judgement.reasons if reason not in _PASSING)
            judgement = Judgement(Verdict.HOLD, (Reason.FLAGGED, *others))
            sightings.decide(tx, sighting_id, [sighting.state], SightingState.HELD, judgement, now)
            call_off_reshares(tx, sighting_id, f"flagged by {by}", take_back_at=now)
        control.write_audit(tx, now, by, AuditAction.FLAG, f"sighting {sighting_id}")
        out = tuple(delivery.id for delivery in deliveries.of_sighting(tx, sighting_id) if delivery.state is State.SENT)
        after = sightings.get(tx, sighting_id) or sighting
    work.tell(EventName.FLAGGED, sighting=sighting_id, by=str(by))
    return Flagged(after, out)
