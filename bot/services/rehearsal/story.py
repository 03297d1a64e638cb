"""What happens in a rehearsal, told for people: each event with whom and what it is about."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from bot.causes import CauseCode, because
from bot.domain.delivery import Delivery, Kind
from bot.domain.moderation import Reason, Verdict
from bot.domain.sighting import Sighting
from bot.domain.source_name import SourceName
from bot.services.events import Event, EventName
from bot.store import deliveries, sightings
from bot.store import schema as t
from bot.store.store import Store
from bot.values import dataclass


class What(StrEnum):
    """What happened. The rules refuse a sighting, a person rejects it; a platform turns a delivery down. One yes waits
    for another person's.

    A reshare is called off before it is out, and taken back after; its author is forgotten where they asked for it.
    """

    POSTED = "posted"
    RESHARED = "reshared"
    HELD = "held"
    APPROVED = "approved"
    ONE_YES = "one yes"
    REFUSED = "refused"
    REJECTED = "rejected"
    CALLED_OFF = "called off"
    UNKNOWN = "unknown"
    FOUND = "found"
    ABSENT = "not there"
    PUT_OFF = "put off"
    TURNED_DOWN = "turned down"
    MISSED = "missed"
    UNREAD = "unread"
    WAITING = "waits"
    ASKED = "asks"
    FILLED_IN = "filled in"
    TAKEN_BACK = "taken back"
    NOT_TAKEN_BACK = "not yet"
    WITHDRAWN = "forgotten"
    GONE = "gone"
    ALARM = "alarm"
    GOES_ON = "goes on"


OURS = frozenset({What.POSTED, What.FILLED_IN})
TROUBLE = frozenset(
    {
        What.UNKNOWN,
        What.FOUND,
        What.ABSENT,
        What.PUT_OFF,
        What.TURNED_DOWN,
        What.MISSED,
        What.UNREAD,
        What.WAITING,
        What.ASKED,
        What.ALARM,
        What.GOES_ON,
        What.NOT_TAKEN_BACK,
    }
)
"""All others are about sightings."""


@dataclass(frozen=True)
class Moment:
    """One thing that happened at `at` (UTC). `subject` is a message or an author, `words` how the text begins, `by` who
    decided.

    What is told without whom it is of has the `event` by which the team is told.
    """

    at: datetime
    what: What
    account: str
    language: str = ""
    subject: str = ""
    words: str = ""
    url: str = ""
    why: str = ""
    by: str = ""
    event: Event | None = None


_OF_DELIVERIES = {
    EventName.UNKNOWN: What.UNKNOWN,
    EventName.FOUND: What.FOUND,
    EventName.ABSENT: What.ABSENT,
    EventName.POSTPONED: What.PUT_OFF,
    EventName.UPLOAD_FAILED: What.PUT_OFF,
    EventName.NO_MONEY: What.PUT_OFF,
    EventName.REJECTED: What.TURNED_DOWN,
    EventName.NEEDS_DECISION: What.ASKED,
    EventName.MISSED: What.MISSED,
    EventName.WAITING: What.WAITING,
    EventName.CALLED_OFF: What.CALLED_OFF,
    EventName.UNDONE: What.TAKEN_BACK,
    EventName.UNDO_FAILED: What.NOT_TAKEN_BACK,
}
_OF_ALL = {
    EventName.WITHDRAWN: What.WITHDRAWN,
    EventName.HIJACK: What.ALARM,
    EventName.AUTOMATIC_SWITCHED: What.GOES_ON,
}
"""What is told without whom it is of, in the words that the team is told."""

ASKED_FOR_IT = "asked_for_it"
"""Why a reshare is taken back, where it is none of the rules' reasons: its author asked for it."""

_OF_VERDICTS = {Verdict.HOLD: What.HELD, Verdict.APPROVE: What.APPROVED, Verdict.REJECT: What.REFUSED}


class Storyteller:
    """Tells the events of a step, once its transactions are through. That our own posts are seen is no news."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ours: set[tuple[str, str]] = set()
        self._asked_back: dict[int, str] = {}

    def moments(self, events: Sequence[Event]) -> Iterator[Moment]:
        """Yield the events that people want to hear of."""
        with self._store.read() as tx:
            sent = _deliveries(tx, {_number(event, "delivery") for event in events} - {0})
            ids = {_number(event, "sighting") for event in events} | {
                delivery.sighting_id or 0 for delivery in sent.values()
            }
            by_id = {sighting.id: sighting for sighting in sightings.of_ids(tx, ids - {0})} if ids - {0} else {}
        self._ours.update(
            (delivery.platform, part.post_id) for delivery in sent.values() for part in delivery.sent_parts
        )
        strangers = {
            sighting.id: sighting
            for sighting in by_id.values()
            if (sighting.post.platform, sighting.post.native_id) not in self._ours
        }
        for event in events:
            self._note(event)
            moment = _moment(event, sent, strangers, self._asked_back)
            if moment is not None:
                yield moment

    def _note(self, event: Event) -> None:
        """Note why a reshare is asked back; it is told once that is done."""
        if event.name is EventName.RECHECK:
            self._asked_back[_number(event, "delivery")] = str(event.fields["reason"])
        if event.name is EventName.WITHDRAWN:
            self._asked_back |= dict.fromkeys(event.fields["deliveries"], ASKED_FOR_IT)


def _deliveries(tx: Connection, ids: Collection[int]) -> dict[int, Delivery]:
    return {delivery.id: delivery for delivery in deliveries.listed(tx, t.delivery.c.id.in_(ids))} if ids else {}


def _number(event: Event, name: str) -> int:
    return int(event.fields.get(name) or 0)


def _moment(
    event: Event, sent: Mapping[int, Delivery], by_id: Mapping[int, Sighting], asked_back: Mapping[int, str]
) -> Moment | None:
    if event.name in _OF_ALL:
        return Moment(event.at, _OF_ALL[event.name], "", event=event)
    delivery = sent.get(_number(event, "delivery"))
    if "source" in event.fields and event.name in {EventName.SOURCE_FAILED, EventName.NO_MONEY}:
        account, why = str(event.fields["account"]), str(event.fields["error"])
        return Moment(event.at, What.UNREAD, account, subject=_source(str(event.fields["source"])), why=why)
    if event.name is EventName.FILLED_IN:
        return Moment(event.at, What.FILLED_IN, "", subject=str(event.fields["link"]), url=str(event.fields["url"]))
    if delivery is not None:
        moment = _of_delivery(event, delivery, by_id.get(delivery.sighting_id or 0))
        return (
            replace(moment, why=asked_back.get(delivery.id, ""))
            if moment and event.name is EventName.UNDONE
            else moment
        )
    sighting = by_id.get(_number(event, "sighting"))
    return _of_sighting(event, sighting) if sighting else None


def _source(name: str) -> str:
    """Return what a source shows: a hashtag, the search, or the mentions."""
    source = SourceName.parse(name)
    return name if source is None else f"#{source.tag}" if source.tag else str(source.kind)


def _of_delivery(event: Event, delivery: Delivery, sighting: Sighting | None) -> Moment | None:
    is_post = delivery.kind is Kind.POST
    what = _OF_DELIVERIES.get(event.name)
    if event.name is EventName.SENT:
        what = What.POSTED if is_post else What.RESHARED
    if what is None:
        return None
    return Moment(
        at=event.at,
        what=what,
        account=delivery.account,
        language=delivery.language,
        subject=delivery.message if is_post else _author(sighting),
        words=first_words(delivery.content.text if is_post else sighting.post.text if sighting else ""),
        url=str(event.fields.get("url") or delivery.url or (sighting.post.url if sighting else "")),
        why=_why(event, delivery),
    )


def _why(event: Event, delivery: Delivery) -> str:
    if event.name in {EventName.SENT, EventName.FOUND}:
        return ""
    return str(event.fields["reason"]) if event.name is EventName.CALLED_OFF else delivery.error


def _author(sighting: Sighting | None) -> str:
    return sighting.post.author.handle if sighting else "a post"


def _of_sighting(event: Event, sighting: Sighting) -> Moment | None:
    why, by = "", ""
    if event.name is EventName.SEEN:
        what, why = _OF_VERDICTS[Verdict(str(event.fields["verdict"]))], ", ".join(told(sighting))
    elif event.name is EventName.APPROVED:
        what = What.ONE_YES if event.fields["needs_another"] else What.APPROVED
        by = str(event.fields["by"])
    elif event.name is EventName.REJECTED_BY_PERSON:
        what, by = What.REJECTED, str(event.fields["by"])
    elif event.name is EventName.GONE:
        what, why = What.GONE, str(Reason.GONE)
    else:
        return None
    words = first_words(sighting.post.text)
    post = sighting.post
    return Moment(event.at, what, post.platform, post.language, post.author.handle, words, post.url, why, by)


def told(sighting: Sighting) -> tuple[str, ...]:
    """Return why a sighting is where it is, and what it is held for care for."""
    held_for = sighting.judgement.care if sighting.judgement.verdict is Verdict.HOLD else ()
    care = [because(CauseCode.FOR_CARE, reason=why) for why in held_for]
    reasons = sighting.judgement.reasons
    return (*care, *reasons) if reasons != (Reason.NOBODY_DECIDED,) else tuple(care) or reasons


def first_words(text: str) -> str:
    """Return how a text begins, on one line."""
    return " ".join(text[:200].split())
