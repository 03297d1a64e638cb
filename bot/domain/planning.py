"""Matching the posts that the files ask for with the deliveries there are, by what a follower sees and not by names.

The names of folders and files, and the way in which a day is written, only help to tell which is which. Each draft
goes to one delivery at most, and each delivery to one draft. What is out, or was stopped by a person, and whose draft
is gone from the files, goes to the draft that means the same. A draft that only comes near to such a post is asked
about before it is sent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache, cached_property
from typing import TypeVar

from bot.causes import CauseCode, cause_code
from bot.domain.delivery import FAILED, OUT, TO_BE_SENT, CancelledBy, Delivery, Draft, Origin, State
from bot.domain.near_words import NearIndex, Plain, same_words
from bot.values import dataclass

WINDOW = timedelta(days=14)
"""Nearly the same words as long after a post went out as this are no repetition any more."""


class HeldFor(StrEnum):
    """Why a planning holds a post back and asks: what there is already that it comes near to."""

    NOTHING = ""
    SAME_WORDS = "same_words"
    NEAR_WORDS = "near_words"
    SAME_PART = "same_part"
    """Other words as a whole, of which followers have read a part: one of the two is a thread."""

    SAME_POST = "same_post"
    """The same message, language and day, with other words."""

    OTHER_ACCOUNT = "other_account"
    """The same on an account that is not in bot.toml any more, and may be this one under another name."""


@dataclass(frozen=True)
class NearMatch:
    """Why a post is held back, and the delivery that it comes near to."""

    why: HeldFor
    other: Delivery


@dataclass(frozen=True)
class Match:
    """What becomes of a draft: it goes on with a delivery or, without one, is a new post.

    With a `question` it must not be sent before a person has answered.
    """

    draft: Draft
    delivery: Delivery | None = None
    question: NearMatch | None = None

    @property
    def is_out(self) -> bool:
        """Return whether it is out already, or may be."""
        return self.delivery is not None and is_out(self.delivery)

    @property
    def is_otherwise(self) -> bool:
        """Return whether it is out otherwise than the files have it by now."""
        return self.delivery is not None and self.is_out and self.delivery.content_hash != self.draft.content_hash

    @property
    def is_moved(self) -> bool:
        """Return whether it is out, and the files have another time for it by now."""
        return self.delivery is not None and self.is_out and self.delivery.due_at != self.draft.due_at

    @property
    def is_renamed(self) -> bool:
        """Return whether the files call it otherwise than the delivery is called."""
        return self.delivery is not None and _named(self.delivery) != _named(self.draft)


@dataclass(frozen=True)
class Matching:
    """Every draft with what becomes of it, and the deliveries that no draft asks for any more.

    `untouched` are those whose files cannot be read at the moment: nobody knows whether a draft asks for them.
    """

    matches: tuple[Match, ...]
    gone: tuple[Delivery, ...]
    untouched: tuple[Delivery, ...]


class PlanCode(StrEnum):
    """What there is to say of a draft that does not simply follow its delivery."""

    CONTINUES = "continues"
    """It is out, or was stopped, and goes on under another name or day: nothing is sent."""

    OTHER_WORDS = "other_words"
    """It is out otherwise than the files have it by now."""

    HELD = "held"
    """It comes near to what is out or was stopped: a person is asked first."""

    UNREAD = "unread"
    """Its schedule holds it until somebody has read it."""

    NAMES_SOMEBODY = "names_somebody"
    """It names somebody who asked to be left alone, so that it does not go out as it is."""


@dataclass(frozen=True)
class PlanNote:
    """One thing to say of a draft; `delivery` is None for what is not planned yet."""

    says: PlanCode
    draft: Draft
    delivery: Delivery | None = None
    question: NearMatch | None = None


class ThereIs(StrEnum):
    """How the post stands that a draft comes near to."""

    OUT = "out"
    PERHAPS_OUT = "perhaps_out"
    TAKEN_BACK = "taken_back"
    CANCELLED = "cancelled"
    HELD = "held"
    PLANNED = "planned"
    """Its files have a fault, so that it is not known whether they still ask for it."""


def there_is(other: Delivery) -> ThereIs:
    """Return how another post stands, for the question whether one that comes near to it is to go."""
    if other.sent_at is not None and other.undone_at is None:
        return ThereIs.OUT
    if is_out(other):
        return ThereIs.PERHAPS_OUT
    if other.undone_at is not None:
        return ThereIs.TAKEN_BACK
    if is_called_off(other):
        return ThereIs.CANCELLED
    return ThereIs.HELD if is_kept_back(other) else ThereIs.PLANNED


def is_out(delivery: Delivery) -> bool:
    """Return whether some of a post is out, or may be."""
    return delivery.state in OUT or delivery.begun


def is_called_off(delivery: Delivery) -> bool:
    """Return whether somebody called it off, or took it back."""
    return delivery.state is State.CANCELLED and delivery.cancelled_by not in {
        CancelledBy.PLAN,
        CancelledBy.PLAN_WHILE_HELD,
    }


def is_kept_back(delivery: Delivery) -> bool:
    """Return whether a person holds it; what planning itself holds is decided again each time."""
    by_person = delivery.state is State.HELD and not delivery.held_for
    return by_person or (delivery.state is State.CANCELLED and delivery.cancelled_by == CancelledBy.PLAN_WHILE_HELD)


_BY_FILES = frozenset({CauseCode.HELD_BY_FILES, CauseCode.HELD_UNREAD})


def is_held_by_files(delivery: Delivery) -> bool:
    """Return whether its schedule holds it until somebody has read it."""
    return delivery.state is State.HELD and cause_code(delivery.error) in _BY_FILES


def will_be_sent(delivery: Delivery) -> bool:
    """Return whether it goes out at its time, if nobody stops it."""
    return delivery.state in TO_BE_SENT


def local_day(post: Draft | Delivery) -> date:
    """Return the day on which a post is due where it was planned for."""
    try:
        return date.fromisoformat(post.wall_time[:10])
    except ValueError:
        return post.due_at.date()


def match(
    drafts: Sequence[Draft],
    deliveries: Sequence[Delivery],
    now: datetime,
    *,
    by_hand: Callable[[], Iterable[Delivery]] = tuple,
    accounts: Collection[str] = (),
    messages_at_fault: Collection[str] = (),
    schedules_at_fault: bool = False,
) -> Matching:
    """Match drafts with the deliveries of scheduled posts. `now` is in UTC; `accounts` are the names in bot.toml.

    `by_hand` gives the posts that were made by hand; it is called only where something would be sent that was not to
    be sent before.

    Of the `messages_at_fault`, and of all messages with `schedules_at_fault`, what no draft asks for by its name may
    be asked for by a file that cannot be read: it neither goes nor serves for a draft of another day.
    """
    known_accounts = {*accounts, *(draft.account for draft in drafts)}
    names = {_by_day(draft) for draft in drafts} | {_by_written_day(draft) for draft in drafts}
    at_fault = set(messages_at_fault)
    old = [_Old(delivery) for delivery in deliveries]
    untouched = {
        older.delivery.id
        for older in old
        if (schedules_at_fault or older.delivery.message in at_fault)
        and not names & {_by_day(older.delivery), _by_written_day(older.delivery)}
    }
    new = [_New(draft, place) for place, draft in enumerate(drafts)]
    pairs = _Pairs(new, [older for older in old if older.delivery.account in known_accounts])
    pairs.pair_all(now, untouched)

    @cache
    def asking() -> _Asking:
        olds = [*old, *(_Old(delivery) for delivery in by_hand() if is_out(delivery))]
        return _Asking(pairs, olds, untouched, known_accounts, now)

    def judged(each: _New, other: _Old | None) -> Match:
        is_asked = not _is_late(each.draft, now) and _is_sent_anew(each, other)
        delivery = other.delivery if other is not None else None
        return Match(each.draft, delivery, asking().question(each, other) if is_asked else None)

    matches = tuple(judged(each, pairs.old_of.get(each.place)) for each in new)
    orphans = tuple(older.delivery for older in old if older.delivery.id not in pairs.new_of)
    return Matching(
        matches,
        tuple(delivery for delivery in orphans if delivery.id not in untouched),
        tuple(delivery for delivery in orphans if delivery.id in untouched),
    )


class _Compared:
    """A draft or a delivery, and what it is compared by."""

    def __init__(self, post: Draft | Delivery) -> None:
        self.post = post

    @cached_property
    def words(self) -> str:
        """What followers read and see."""
        return same_words(self.post.content)

    @cached_property
    def text(self) -> Plain:
        """What is compared where words are only nearly the same."""
        return Plain(self.post.content)


class _New(_Compared):
    """A draft, and its place among the drafts."""

    def __init__(self, draft: Draft, place: int) -> None:
        super().__init__(draft)
        self.draft, self.place = draft, place


class _Old(_Compared):
    """A delivery."""

    def __init__(self, delivery: Delivery) -> None:
        super().__init__(delivery)
        self.delivery = delivery

    @cached_property
    def out_at(self) -> datetime:
        """When it went out, or was to."""
        return self.delivery.sent_at or self.delivery.due_at

    @cached_property
    def rank(self) -> int:
        """What is out comes first, then what a person stopped, and what left the schedule (`_LEFT`) last."""
        delivery, is_listed = self.delivery, self.delivery.state is not State.CANCELLED
        order = (is_out(delivery), is_called_off(delivery), is_kept_back(delivery), will_be_sent(delivery), is_listed)
        return order.index(True) if True in order else _LEFT


_LEFT = 5


def _named(post: Draft | Delivery) -> tuple[str, str, str]:
    return post.message, post.language, post.day


def _by_written_day(post: Draft | Delivery) -> tuple[Hashable, ...]:
    return post.account, post.message, post.language, post.day


def _by_day(post: Draft | Delivery) -> tuple[Hashable, ...]:
    return post.account, post.message, post.language, local_day(post)


class _Pairs:
    """Which draft goes on with which delivery; made step by step, and never unmade."""

    def __init__(self, new: list[_New], old: list[_Old]) -> None:
        self._new, self._old = new, old
        self.old_of: dict[int, _Old] = {}
        self.new_of: dict[int, _New] = {}

    def pair_all(self, now: datetime, untouched: Collection[int]) -> None:
        """Pair drafts with deliveries; what left the schedule comes last, for what nothing else does.

        Only what failed comes after that where its words are but near: what comes back under its own name is itself.
        """
        listed = [old for old in self._old if old.rank < _LEFT]
        left = [old for old in self._old if old.rank == _LEFT]
        self._pair_by_steps(listed, now, untouched)
        self._pair_edited([old for old in listed if not _has_failed(old.delivery)], now, untouched)
        self._pair_called_the_same(left)
        self._pair_edited(listed, now, untouched)
        self._pair_by_steps(left, now, untouched)
        self._pair_edited(left, now, untouched)

    def _pair_by_steps(self, olds: list[_Old], now: datetime, untouched: Collection[int]) -> None:
        """Pair the surest first: called the same and saying the same, saying the same, called the same."""

        def may_be_another(_: _New, old: _Old) -> bool:
            return old.delivery.id not in untouched

        def may_be_reworded(new: _New, old: _Old) -> bool:
            return not is_out(old.delivery) or _is_late(new.draft, now)

        self._pair(olds, lambda it: (_by_written_day(it.post), it.words))
        self._pair(olds, lambda it: (_by_day(it.post), it.words))
        self._pair(olds, lambda it: (it.post.account, it.words, it.post.due_at))
        self._pair(olds, lambda it: (it.post.account, it.words, local_day(it.post)))
        self._pair(olds, lambda it: _by_written_day(it.post))
        self._pair(olds, lambda it: _by_day(it.post), may_be_reworded)
        self._pair(olds, lambda it: (it.post.account, it.words), may_be_another)

    def _pair_called_the_same(self, olds: list[_Old]) -> None:
        self._pair(olds, lambda it: (_by_written_day(it.post), it.words))
        self._pair(olds, lambda it: _by_written_day(it.post))

    def _pair_edited(self, olds: list[_Old], now: datetime, untouched: Collection[int]) -> None:
        """Pair what says nearly the same on one day."""

        def is_edited(new: _New, old: _Old) -> bool:
            is_ours = old.delivery.id not in untouched and _may_be_edited(new, old, now)
            return is_ours and new.text.is_near(old.text)

        self._pair(olds, lambda it: (it.post.account, it.post.language, local_day(it.post)), is_edited)

    def _pair(
        self,
        olds: list[_Old],
        key: Callable[[_New | _Old], Hashable],
        may: Callable[[_New, _Old], bool] | None = None,
    ) -> None:
        """Pair what has equal keys: what is out first, then what is nearest in time, the oldest number first."""
        by_key: defaultdict[Hashable, list[_Old]] = defaultdict(list)
        for old in olds:
            if old.delivery.id not in self.new_of:
                by_key[key(old)].append(old)
        if not by_key:
            return
        candidates = [
            (old.rank, abs(new.draft.due_at - old.delivery.due_at), old.delivery.id, new.place, new, old)
            for new in self._new
            if new.place not in self.old_of
            for old in by_key.get(key(new), ())
            if may is None or may(new, old)
        ]
        for *_, new, old in sorted(candidates, key=lambda each: each[:4]):
            if new.place not in self.old_of and old.delivery.id not in self.new_of:
                self.old_of[new.place], self.new_of[old.delivery.id] = old, new


def _has_failed(delivery: Delivery) -> bool:
    """Return whether it came to nothing, and nothing of it is out."""
    return delivery.state in FAILED and not is_out(delivery)


def _may_be_edited(new: _New, old: _Old, now: datetime) -> bool:
    """Return whether a draft may be an edit of an older post: nearly the same words on the same day are the same post,
    where nothing can be posted twice because of that."""
    if is_out(old.delivery):
        return _is_late(new.draft, now)
    return not is_called_off(old.delivery)


def _is_late(draft: Draft, now: datetime) -> bool:
    return draft.expires_at < now


class _Standing:
    """What is out or was stopped on one account and stands no more, by what is asked of it; each list in the order in
    which it is asked about."""

    def __init__(self, olds: Sequence[_Old]) -> None:
        self.olds = olds

    def with_words(self, wanted: str) -> Sequence[_Old]:
        """Return those in which followers read just these words."""
        return self._by_words.get(wanted, ())

    def maybe_near(self, text: Plain) -> Iterator[_Old]:
        """Yield all whose words are near to these, and some more."""
        return (self.olds[place] for place in self._near.may_be_near(text))

    def of_day(self, draft: Draft) -> Sequence[_Old]:
        """Return those of the same message, language and day."""
        return self._by_day.get(_by_day(draft), ())

    @cached_property
    def threads(self) -> Sequence[_Old]:
        """Those that have several parts."""
        return [old for old in self.olds if len(old.delivery.content.parts) > 1]

    @cached_property
    def _near(self) -> NearIndex:
        return NearIndex([old.text for old in self.olds])

    @cached_property
    def _by_words(self) -> Mapping[str, Sequence[_Old]]:
        return _grouped(self.olds, lambda old: old.words)

    @cached_property
    def _by_day(self) -> Mapping[Hashable, Sequence[_Old]]:
        return _grouped(self.olds, lambda old: _by_day(old.delivery))


KeyT = TypeVar("KeyT", bound=Hashable)


def _grouped(olds: Sequence[_Old], key: Callable[[_Old], KeyT]) -> Mapping[KeyT, Sequence[_Old]]:
    groups: defaultdict[KeyT, list[_Old]] = defaultdict(list)
    for old in olds:
        groups[key(old)].append(old)
    return groups


class _Asking:
    """Finds what a post that would be sent comes near to, among what is out or was stopped and stands no more."""

    def __init__(
        self, pairs: _Pairs, olds: Sequence[_Old], untouched: Collection[int], known: Collection[str], now: datetime
    ) -> None:
        self._found, self._untouched, self._now = pairs, untouched, now
        self._old = {old.delivery.id: old for old in olds}
        standing: defaultdict[str, list[_Old]] = defaultdict(list)
        self._elsewhere: defaultdict[tuple[str, date], list[_Old]] = defaultdict(list)
        for old in sorted(olds, key=lambda old: (old.rank, old.out_at, old.delivery.id)):
            if not self._counts(old):
                continue
            if old.delivery.account in known:
                standing[old.delivery.account].append(old)
            elif "(" not in old.delivery.account:  # such a name is of an account that is known to be another one
                self._elsewhere[old.delivery.platform, local_day(old.delivery)].append(old)
        self._standing = {account: _Standing(listed) for account, listed in standing.items()}

    def _counts(self, old: _Old) -> bool:
        """Return whether it is out or stopped, and no draft has its words any more; or nobody knows whether one has."""
        new = self._found.new_of.get(old.delivery.id)
        if new is not None and new.words == old.words:
            return False
        if is_out(old.delivery) or is_called_off(old.delivery) or is_kept_back(old.delivery):
            return True
        return old.delivery.id in self._untouched and (will_be_sent(old.delivery) or bool(old.delivery.held_for))

    def question(self, new: _New, old: _Old | None) -> NearMatch | None:
        """Return what a person is to be asked about a post that would be sent, None where it may go."""
        return next(self._questions(new, old), None)

    def _questions(self, new: _New, old: _Old | None) -> Iterator[NearMatch]:
        """Yield the questions that may be put to a person, the surest first."""
        yield from self._open_question(new, old)
        standing = self._standing.get(new.draft.account)
        if standing is not None:
            yield from self._standing_questions(new, old, standing)
        for other in self._elsewhere[new.draft.platform, local_day(new.draft)]:
            if not _is_answered(old, other) and (new.words == other.words or new.text.is_near(other.text)):
                yield NearMatch(HeldFor.OTHER_ACCOUNT, other.delivery)

    def _standing_questions(self, new: _New, old: _Old | None, standing: _Standing) -> Iterator[NearMatch]:
        def may_be(listed: Iterable[_Old]) -> Iterator[_Old]:
            return (other for other in listed if other is not old and not _is_answered(old, other))

        def may_be_repeated(listed: Iterable[_Old]) -> Iterator[_Old]:
            for other in may_be(listed):
                if self._is_lately(new, other) and self._is_other_post(new, old, other):
                    yield other

        for other in may_be(standing.with_words(new.words)):
            if other.delivery.origin is Origin.SCHEDULE or self._is_lately(new, other):
                yield NearMatch(HeldFor.SAME_WORDS, other.delivery)
        for other in may_be_repeated(standing.maybe_near(new.text)):
            if new.text.is_near(other.text):
                yield NearMatch(HeldFor.NEAR_WORDS, other.delivery)
        for other in may_be(standing.of_day(new.draft)):
            yield NearMatch(HeldFor.SAME_POST, other.delivery)
        for other in may_be_repeated(standing.threads if len(new.text.parts) == 1 else standing.olds):
            if new.text.has_part_of(other.text) and not _had_part_of(old, other):
                yield NearMatch(HeldFor.SAME_PART, other.delivery)

    def _open_question(self, new: _New, old: _Old | None) -> Iterator[NearMatch]:
        """Yield the question that is open. What a person stopped follows the files: its words may be others since it
        was put."""
        if old is None or not old.delivery.held_for or new.words != old.words:
            return
        other = self._old.get(old.delivery.near_to or 0)
        if (
            other is None
            or is_out(other.delivery)
            or not (is_called_off(other.delivery) or is_kept_back(other.delivery))
        ):
            return
        stands = self._found.new_of.get(other.delivery.id)
        if stands is None or stands.words != new.words:
            yield NearMatch(HeldFor(old.delivery.held_for), other.delivery)

    def _is_lately(self, new: _New, other: _Old) -> bool:
        return abs(new.draft.due_at - other.out_at) <= WINDOW

    def _is_other_post(self, new: _New, old: _Old | None, other: _Old) -> bool:
        """Return whether the two are no days of one series that the files state, as countdowns are."""
        draft, delivery = new.draft, other.delivery
        if local_day(draft) == local_day(delivery):
            return True
        if draft.series and draft.series == delivery.series:
            return False
        twin = self._found.new_of.get(delivery.id)
        if twin is not None and _message(twin.draft) == _message(draft):
            return False
        return old is None or not will_be_sent(old.delivery) or _message(old.delivery) != _message(delivery)


def _message(post: Draft | Delivery) -> tuple[str, str]:
    return post.message, post.language


def _is_sent_anew(new: _New, old: _Old | None) -> bool:
    """Return whether this planning would make something be sent that was not to be sent before, in these words."""
    if old is None:
        return True
    delivery = old.delivery
    if is_out(delivery) or is_called_off(delivery) or is_kept_back(delivery):
        return False
    return new.words != old.words or not will_be_sent(delivery)


def _had_part_of(old: _Old | None, other: _Old) -> bool:
    """Return whether it was to be sent with that part already: many threads end alike."""
    return old is not None and will_be_sent(old.delivery) and old.text.has_part_of(other.text)


def _is_answered(old: _Old | None, other: _Old) -> bool:
    """Return whether a person has released it, knowing of the other one."""
    return old is not None and old.delivery.near_to == other.delivery.id and not old.delivery.held_for
