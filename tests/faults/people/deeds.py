"""What people do to a campaign, each told to the judge as they were told themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from bot.domain.delivery import Delivery, State
from bot.domain.sighting import Sighting
from bot.errors import Refused, RefusedCode
from bot.services import compose, decisions, stop
from bot.services.moderation import approval
from bot.services.sending import media
from bot.services.work import Work
from tests.faults.people.files import PARTS, WORDINGS
from tests.faults.people.judge import Key, key_of
from tests.faults.people.world import World
from tests.harness.rehearsal_networks import START

WHO = "a person"
MESSAGES = tuple(PARTS)
MOVES = (timedelta(), timedelta(seconds=30), timedelta(minutes=20), timedelta(hours=2))
"""To the beginning, or so much later than now."""

PAUSES = (1.0, 10.0, 45.0, 300.0, 3300.0)
"""Seconds."""

T = TypeVar("T")


@dataclass(frozen=True)
class Deed:
    """One thing that somebody does, to the `which`th of what is there, in the `how`th way there is."""

    what: str
    which: int = 0
    how: int = 0

    def do(self, world: World, name: str) -> None:
        """Have it done in the process of this name. What is refused changes nothing."""
        with suppress(Refused):
            _WAYS[self.what](world, world.work(name), self)


def _one(found: Sequence[T], which: int) -> T:
    """The first ones are those on which most is going on."""
    if not found:
        raise Refused(RefusedCode.NO_SUCH_SIGHTING)
    return found[which % len(found)]


def _messages(world: World) -> list[str]:
    """Those that are in the schedule, the one first that is nearest to being sent."""
    return list(dict.fromkeys(row.message for row in world.rows() if row.message in world.files.asked))


def _edit_text(world: World, work: Work, deed: Deed) -> None:
    name = _one(_messages(world), deed.which)
    world.files.reword(name, world.files.wordings[name].text + 1 + deed.how % (WORDINGS - 1))
    world.plan(work)


def _edit_alt(world: World, work: Work, deed: Deed) -> None:
    world.files.describe("banner", world.files.wordings["banner"].alt + 1)
    world.plan(work)


def _move(world: World, work: Work, deed: Deed) -> None:
    moved = MOVES[deed.how % len(MOVES)]
    due = work.clock() - START + moved if moved else moved
    world.files.due[_one(_messages(world), deed.which)] = due
    world.plan(work)


def _take_out(world: World, work: Work, deed: Deed) -> None:
    world.files.asked.discard(_one(_messages(world), deed.which))
    world.plan(work)


def _put_back(world: World, work: Work, deed: Deed) -> None:
    world.files.asked.add(_one([name for name in MESSAGES if name not in world.files.asked], deed.which))
    world.plan(work)


def _hold(world: World, work: Work, deed: Deed) -> None:
    one = _one(_unsent(world), deed.which)
    world.design.hold(work, one.id, WHO)
    world.judge.bar(key_of(one), world.leaving())


def _cancel(world: World, work: Work, deed: Deed) -> None:
    one = _one(_unsent(world), deed.which)
    decisions.cancel(work, one.id, WHO)
    world.judge.bar(key_of(one), world.leaving())


def _release(world: World, work: Work, deed: Deed) -> None:
    one = _one(_in(world, State.HELD), deed.which)
    if key_of(one) in world.judge.taken_back:
        decisions.release(work, one.id, WHO)
    else:
        _freed(world, key_of(one), lambda: decisions.release(work, one.id, WHO))


def _retry(world: World, work: Work, deed: Deed) -> None:
    one = _one(_in(world, State.CANCELLED, State.REJECTED, State.MISSED), deed.which)
    _freed(world, key_of(one), lambda: decisions.retry(work, one.id, WHO))


def _freed(world: World, key: Key, deed: Callable[[], object]) -> None:
    """The yes counts as soon as it is on its way, and not at all where it is refused."""
    judge = world.judge
    before = judge.barred.get(key), key in judge.out, key in judge.taken_back, key[0] in judge.approved
    judge.frees(key)
    judge.taken_back.discard(key)
    judge.approved.add(key[0])
    try:
        deed()
    except Refused:
        leaving, was_out, was_taken_back, was_approved = before
        if leaving is not None:
            judge.barred[key] = leaving
        judge.out |= {key} if was_out else set()
        judge.taken_back |= {key} if was_taken_back else set()
        judge.approved -= set() if was_approved else {key[0]}
        raise


def _undo(world: World, work: Work, deed: Deed) -> None:
    one = _one([row for row in world.rows() if row.state is State.SENT or row.begun] or world.rows(), deed.which)
    key = key_of(one)
    world.judge.undone.add(key)
    world.design.undo(work, one.id, WHO)
    world.judge.taken_back.add(key)
    world.judge.bar(key, world.leaving())


def _resolve(world: World, work: Work, deed: Deed) -> None:
    """With the truth, as the ledger has it."""
    resolve(world, work, _one(_in(world, State.NEEDS_DECISION, State.UNKNOWN), deed.which))


def resolve(world: World, work: Work, one: Delivery) -> None:
    """Say whether the part that nobody knows of is there."""
    world.look()
    live, part = world.judge.live(key_of(one)), len(one.sent_parts)
    if len(live) > part:
        decisions.resolve_sent(work, one.id, world.places[one.account].url_of(live[part].id), WHO)
    else:
        decisions.resolve_not_sent(work, one.id, WHO)


def _stop(world: World, work: Work, deed: Deed) -> None:
    stop.stop(work, WHO)
    leaving = world.leaving()
    world.judge.stopped = leaving if world.judge.stopped is None else world.judge.stopped & leaving


def resume(world: World, work: Work, deed: Deed) -> None:
    """Let sending go on."""
    world.judge.stopped = None
    stop.resume(work, WHO)


def _approve(world: World, work: Work, deed: Deed) -> None:
    seen = _one(world.sighted(), deed.which)
    key = _key_of(seen)
    if any(key_of(one) == key for one in _in(world, State.HELD)):
        approval.approve(work, seen.id, WHO)
        world.judge.approved.add(seen.post.uri)
    else:
        _freed(world, key, lambda: approval.approve(work, seen.id, WHO))


def _reject(world: World, work: Work, deed: Deed) -> None:
    seen = _one(world.sighted(), deed.which)
    key = _key_of(seen)
    world.judge.undone.add(key)
    approval.reject(work, seen.id, WHO)
    world.judge.approved.discard(seen.post.uri)
    world.judge.taken_back.add(key)
    world.judge.bar(key, world.leaving())


def _key_of(seen: Sighting) -> Key:
    """Here an account is called as its platform is."""
    return seen.post.uri, seen.post.platform


def _post(world: World, work: Work, deed: Deed) -> None:
    text = f"By hand, number {len(world.judge.by_hand) + 1}."
    world.judge.by_hand.add(text)
    compose.post(work, text, _one(world.files.accounts, deed.how), "now", "en", "6h", WHO)


def _deliver(world: World, work: Work, deed: Deed) -> None:
    world.deliver(work, _one(world.files.accounts, deed.which))


def _upload(world: World, work: Work, deed: Deed) -> None:
    media.prepare(work, _one(world.files.accounts, deed.which))


def _pause(world: World, work: Work, deed: Deed) -> None:
    world.passes(_one(PAUSES, deed.how))


def _unsent(world: World) -> list[Delivery]:
    return [one for one in world.rows() if one.state is not State.SENT]


def _in(world: World, *states: State) -> list[Delivery]:
    return [one for one in world.rows() if one.state in states]


_WAYS: dict[str, Callable[[World, Work, Deed], None]] = {
    "edit text": _edit_text,
    "edit alt": _edit_alt,
    "move": _move,
    "take out": _take_out,
    "put back": _put_back,
    "hold": _hold,
    "release": _release,
    "cancel": _cancel,
    "retry": _retry,
    "undo": _undo,
    "resolve": _resolve,
    "stop": _stop,
    "resume": resume,
    "approve": _approve,
    "reject": _reject,
    "post": _post,
    "deliver": _deliver,
    "upload": _upload,
    "pause": _pause,
}

BY_PEOPLE = tuple(_WAYS)[:16]
BY_WORKERS = tuple(_WAYS)[16:]
