"""Stories of people and workers at odds, told by Hypothesis and judged after every step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from functools import partial

from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from bot.domain.delivery import State
from tests.faults.people.deeds import BY_PEOPLE, BY_WORKERS, Deed, resolve, resume
from tests.faults.people.files import PARTS
from tests.faults.people.points import NAMED, Place
from tests.faults.people.served import Request, Trouble
from tests.faults.people.world import World
from tests.harness.campaign import ACCOUNTS

AT_THE_MOMENT = (
    "edit text",
    "edit text",
    "hold",
    "hold",
    "cancel",
    "stop",
    "undo",
    "reject",
    "edit alt",
    "take out",
    "retry",
)
"""What people do while something is being sent, more often than the rest."""

PAUSES = (1, 10, 45, 300, 3300, 25200)
"""Seconds that pass at once; the last is more than any message may be late."""

Meanwhile = Sequence[tuple[Place, Deed]]
"""What others do at which point."""

_numbers = some.integers(0, 5)
_points = some.sampled_from([*("before publish", "after publish") * 3, *NAMED, *range(16)])
_by_people = some.builds(Deed, some.sampled_from(BY_PEOPLE), _numbers, _numbers)
_at_once = some.builds(Deed, some.sampled_from(AT_THE_MOMENT), some.integers(0, 1), _numbers)
_by_workers = some.builds(Deed, some.sampled_from(BY_WORKERS), _numbers, _numbers)
_meanwhile = some.lists(some.tuples(_points, _at_once | _at_once | _by_people | _by_workers), max_size=4)
_workers_meanwhile = some.lists(some.tuples(_points, _by_workers), max_size=2)
_troubles = some.tuples(some.sampled_from(Request), some.sampled_from(Trouble))


def _some_of(names: Collection[str]) -> some.SearchStrategy[set[str]]:
    return some.sets(some.sampled_from(list(names)), min_size=1)


class People(RuleBasedStateMachine):
    """One story: rules are what workers, people and platforms do; the judge speaks after each."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.is_sound = False

    @initialize(asked=_some_of(PARTS), accounts=_some_of(ACCOUNTS), yes=some.booleans())
    def a_campaign_begins(self, asked: set[str], accounts: set[str], yes: bool) -> None:
        """With few posts, so that people and workers are at the same one."""
        self.world.files.asked, self.world.files.accounts = asked, tuple(sorted(accounts))
        self.world.plan(self.world.work("person"))
        self.world.see()
        for which in range(len(accounts) if yes else 0):
            Deed("approve", which).do(self.world, "person")
        self.is_sound = True

    @rule(
        which=some.integers(0, 1),
        trouble=some.none() | _troubles,
        meanwhile=_meanwhile,
        dies_at=some.none() | some.none() | _points,
    )
    def a_worker_delivers(
        self, which: int, trouble: tuple[Request, Trouble] | None, meanwhile: Meanwhile, dies_at: Place | None
    ) -> None:
        if trouble is not None:
            accounts = self.world.files.accounts
            self.world.places[accounts[which % len(accounts)]].breaks(*trouble, self.world.clock())
        self._run("worker", Deed("deliver", which), meanwhile, dies_at)

    @rule(deed=_by_people, meanwhile=_workers_meanwhile)
    def a_person_does_something(self, deed: Deed, meanwhile: Meanwhile) -> None:
        self._run("person", deed, meanwhile)

    @rule(seconds=some.sampled_from(PAUSES), is_working=some.booleans(), lag=some.sampled_from([0, 5, 30]))
    def time_passes(self, seconds: int, is_working: bool, lag: int) -> None:
        """`lag` is by how many seconds our own timelines are behind from now on."""
        for place in self.world.places.values():
            place.lags(lag)
        if is_working:
            self._soundly(lambda: self.world.settle(seconds=seconds))
        else:
            self.world.clock.passes(seconds=seconds)

    def teardown(self) -> None:
        """All is well again, time passes, people answer what they are asked: then all is out or explained."""
        try:
            if self.is_sound:
                self._end()
        finally:
            self.world.close()

    def _end(self) -> None:
        world, person = self.world, self.world.work("person")
        for place in world.places.values():
            place.heal()
        resume(world, person, Deed("resume"))
        world.plan(person)
        world.settle(hours=30)
        if asked := [one for one in world.rows() if one.state is State.NEEDS_DECISION]:
            for one in asked:
                resolve(world, person, one)
            world.settle(hours=30)
        world.look()
        world.judge.at_the_end(world.rows())

    def _run(self, name: str, deed: Deed, meanwhile: Meanwhile, dies_at: Place | None = None) -> None:
        other = "person" if name == "worker" else "worker"
        steps_in: defaultdict[Place, list[Callable[[], object]]] = defaultdict(list)
        for place, step in meanwhile:
            steps_in[place].append(partial(step.do, self.world, other))
        self._soundly(lambda: self.world.run(name, partial(deed.do, self.world, name), steps_in, dies_at))

    def _soundly(self, deed: Callable[[], object]) -> None:
        """What has gone wrong once is not judged again at the end."""
        self.is_sound = False
        deed()
        self.world.look()
        self.is_sound = True
