"""What people were promised, remembered beside the store, and held to the servers' ledgers after every step."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.delivery import Delivery, Kind, State
from tests.faults.people.files import PARTS, Wording, texts
from tests.faults.people.served import Entry

Key = tuple[str, str]
"""A delivery as everybody knows it: its message (or the post it reshares), and the account."""

Leaving = frozenset[tuple[Key, int]]
"""Parts whose requests are under way: what a person says now comes too late for them."""

SETTLED = frozenset({State.SENT, State.REJECTED, State.HELD, State.MISSED, State.CANCELLED})
"""Where a delivery may be in the end; for a decision nobody waits any more."""

_NOT_OUT = frozenset(
    {State.PLANNED, State.CLAIMED, State.HELD, State.REJECTED, State.MISSED, State.CANCELLED},
)


def key_of(one: Delivery) -> Key:
    """What a delivery is remembered by; a post by hand is known by its text."""
    if one.kind is Kind.RESHARE:
        return one.post_uri, one.account
    return (one.message if one.message in PARTS else one.content.text), one.account


@dataclass
class Judge:
    """Raises AssertionError as soon as a ledger has what a person was promised it would not have."""

    book: Callable[[str], Sequence[Entry]]
    """What the ledger of an account has."""

    allowed: dict[Key, set[Wording]] = field(default_factory=dict)
    """The wordings with which a message may still go out."""

    by_hand: set[str] = field(default_factory=set)
    barred: dict[Key, Leaving] = field(default_factory=dict)
    """What a person holds, called off or takes back, and what was leaving when they were told so."""

    out: set[Key] = field(default_factory=set)
    """What the schedule does not ask for any more."""

    taken_back: set[Key] = field(default_factory=set)
    """What shall not be out in the end."""

    undone: set[Key] = field(default_factory=set)
    """What a person ever asked to be taken back: nothing else may ever be deleted."""

    approved: set[str] = field(default_factory=set)
    stopped: Leaving | None = None
    _seen: dict[str, list[Entry]] = field(default_factory=dict)
    _texts: Mapping[str, tuple[str, int, int]] = field(default_factory=texts)

    def look(self, account: str) -> None:
        """Hold what is new in an account's ledger to what may be in it now."""
        before = {(one.id, bool(one.reshare_of)): one for one in self._seen.get(account, [])}
        now = list(self.book(account))
        self._seen[account] = now
        for one in now:
            known = before.get((one.id, bool(one.reshare_of)))
            if known is None:
                self._accepted(account, one)
            elif known.is_live and not one.is_live:
                assert self._key(account, one) in self.undone, f"nobody asked for it to be taken back: {one}"

    def live(self, key: Key) -> list[Entry]:
        """What is out of a delivery, by the ledger, its first part first."""
        return [one for one in self._seen.get(key[1], []) if one.is_live and self._key(key[1], one) == key]

    def bar(self, key: Key, leaving: Leaving) -> None:
        """From now on nothing of this may be accepted, but for what is leaving."""
        self.barred[key] = self.barred.get(key, leaving) & leaving

    def frees(self, key: Key) -> None:
        """A person lets it go again."""
        self.barred.pop(key, None)
        self.out.discard(key)

    def planned(self, key: Key, wording: Wording | None, row: Delivery) -> None:
        """A planning has ended: what is not under way says what the files say; None where they do not ask for it."""
        if wording is None:
            self.out |= {key} if row.state is State.CANCELLED else set()
            return
        self.out.discard(key)
        follows = row.state in _NOT_OUT and not self.live(key)
        self.allowed[key] = {wording} | (set() if follows else self.allowed.get(key, set()))

    def _key(self, account: str, one: Entry) -> Key:
        if one.reshare_of:
            return one.reshare_of, account
        return (self._texts[one.text][0] if one.text in self._texts else one.text), account

    def _accepted(self, account: str, one: Entry) -> None:
        key = self._key(account, one)
        part = self._part(key, one)
        assert (key, part) in self._may_leave(key, part), f"it was accepted although a person has said no: {one}"
        self.barred = {name: leaving - {(key, part)} for name, leaving in self.barred.items()}
        if self.stopped is not None:
            self.stopped -= {(key, part)}

    def _may_leave(self, key: Key, part: int) -> Collection[tuple[Key, int]]:
        """This part, or nothing."""
        lists = [*([self.barred[key]] if key in self.barred else []), *([] if self.stopped is None else [self.stopped])]
        may = all((key, part) in leaving for leaving in lists) and key not in self.out
        return [(key, part)] if may else []

    def _part(self, key: Key, one: Entry) -> int:
        live = self.live(key)
        if one.reshare_of:
            assert one.reshare_of in self.approved or key in self.barred, f"nobody has said yes to {one}"
            assert len(live) == 1, f"reshared twice: {live}"
            return 0
        if one.text in self.by_hand:
            assert len(live) == 1, f"posted twice: {live}"
            return 0
        assert one.text in self._texts, f"nobody wrote this: {one}"
        return self._part_of_message(key, one, live)

    def _part_of_message(self, key: Key, one: Entry, live: Sequence[Entry]) -> int:
        _, number, part = self._texts[one.text]
        before = [other for other in live if other is not one]
        assert len(before) == part, f"part {part + 1} is out after {before}"
        assert one.parent == (before[-1].id if before else ""), f"{one} does not answer {before}"
        assert all(self._texts[other.text][1] == number for other in before), f"{one} is mixed with {before}"
        fitting = [wording for wording in self.allowed.get(key, ()) if self._says(wording, number, one)]
        assert part or fitting, f"{one} goes out where the files say {self.allowed.get(key)}"
        return part

    @staticmethod
    def _says(wording: Wording, number: int, one: Entry) -> bool:
        return wording.text == number and wording.alts == one.alts

    def at_the_end(self, rows: Sequence[Delivery]) -> None:
        """The store and the ledgers tell the same, and all is settled.

        One that left the schedule unsent may be known by the same name as another one: when its draft comes back,
        planning goes on with what is missed of nearly the same words. What is out is one row's alone.
        """
        known = {key_of(row): row for row in sorted(rows, key=lambda row: bool(row.sent_parts))}
        for row in rows:
            assert row.state in SETTLED, f"it is neither done nor for a person: {row}"
            if row is known[key_of(row)]:
                self._agrees(row, self.live(key_of(row)))
            else:
                assert row.state is not State.SENT, f"{row} and {known[key_of(row)]} are one post"
                assert not row.sent_parts, f"{row} and {known[key_of(row)]} are one post"
        for account, entries in self._seen.items():
            unknown = [one for one in entries if one.is_live and self._key(account, one) not in known]
            assert not unknown, f"the store knows nothing of {unknown}"
        for key in self.taken_back:
            assert not self.live(key), f"{key} was to be taken back, and is out"

    def _agrees(self, row: Delivery, live: Sequence[Entry]) -> None:
        if row.kind is Kind.RESHARE:
            assert bool(live) is (row.state is State.SENT) is bool(row.sent_parts), f"{row} and {live}"
            return
        ids = [part.post_id for part in row.sent_parts]
        assert ids == [one.id for one in live], f"the store has {ids} of {row}, the ledger {live}"
        contents = row.content.parts[: len(live)]
        assert [one.text for one in live] == [part.text for part in contents], f"{row.content} and {live}"
        alts = [tuple(media.alt for media in part.media) for part in contents]
        assert [one.alts for one in live] == alts, f"{row.content} and {live}"
        if row.state is State.SENT:
            assert len(live) == len(row.content.parts), f"{row} is sent in part: {live}"
        assert not live or row.url.rstrip("/").endswith(f"/{live[0].id}"), f"{row.url} is not {live[0]}"
