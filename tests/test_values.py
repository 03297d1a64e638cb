"""Values are what the library's frozen dataclasses are, from the first call of each method on."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from functools import cached_property
from typing import Any

import msgspec

from bot import values


def made(dataclass: Callable[..., Any]) -> dict[str, type]:
    """The same classes by either way of defining them."""

    @dataclass(frozen=True)
    class Plain:
        """A value."""

        name: str
        count: int = 3
        tags: dict[str, int] = dataclasses.field(default_factory=dict, compare=False)
        secret: str = dataclasses.field(default="s", repr=False)

        @cached_property
        def long(self) -> str:
            return self.name * self.count

    @dataclass(frozen=True)
    class Below(Plain):
        """One with the fields of another."""

        more: tuple[int, ...] = ()

    @dataclass(frozen=True, kw_only=True)
    class Named(Plain):
        """One whose last field is given by name."""

        last: str

        def __post_init__(self) -> None:
            if not self.last:
                raise ValueError("nothing")

    @dataclass(frozen=True)
    class Own:
        """One with methods of its own."""

        name: str

        def __repr__(self) -> str:
            return "hidden"

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Own)

    @dataclass(frozen=True)
    class Empty:
        """One without fields."""

    return {cls.__name__: cls for cls in (Plain, Below, Named, Own, Empty)}


def unpickled(cls: Any) -> Any:
    """A value as `pickle` makes one: without its class's `__init__`."""
    one = cls.__new__(cls)
    vars(one).update(name="a", count=3, tags={}, secret="s")
    return one


def matched(cls: Any, one: object) -> object:
    match one:
        case cls(name, count):
            return name, count
    return None


CALLS: list[Callable[[dict[str, Any]], Any]] = [
    lambda of: of["Plain"]("a"),
    lambda of: of["Plain"]("a", 4, {"x": 1}, "t").tags,
    lambda of: of["Plain"]("a").tags is of["Plain"]("a").tags,
    lambda of: of["Plain"](),
    lambda of: of["Plain"]("a", nobody=1),
    lambda of: of["Plain"]("a", 1, {}, "", 5),
    lambda of: of["Below"]("a", 2, more=(1,)),
    lambda of: of["Named"]("a", last="z"),
    lambda of: of["Named"]("a", 1, {}, "", "z"),
    lambda of: of["Named"]("a", last=""),
    lambda of: of["Own"]("a"),
    lambda of: of["Empty"](),
    lambda of: of["Plain"]("a") == of["Plain"]("a", tags={"x": 1}),
    lambda of: of["Plain"]("a") == of["Plain"]("b"),
    lambda of: of["Plain"]("a") == of["Below"]("a"),
    lambda of: of["Plain"]("a").__eq__(3),
    lambda of: of["Own"]("a") == of["Own"]("b"),
    lambda of: hash(of["Plain"]("a")) == hash(of["Plain"]("a", tags={"x": 1})),
    lambda of: hash(of["Plain"](["a"])),
    lambda of: hash(of["Own"]("a")) == hash(of["Own"]("a")),
    lambda of: len({of["Empty"](), of["Empty"]()}),
    lambda of: setattr(of["Plain"]("a"), "name", "b"),
    lambda of: delattr(of["Plain"]("a"), "name"),
    lambda of: (of["Plain"]("a", 2).long, of["Plain"]("a", 2).__dict__),
    lambda of: dataclasses.replace(of["Below"]("a"), more=(7,)),
    lambda of: dataclasses.asdict(of["Below"]("a")),
    lambda of: [(field.name, field.type, field.kw_only) for field in dataclasses.fields(of["Named"])],
    lambda of: [cls.__match_args__ for cls in of.values()],
    lambda of: copy.deepcopy(of["Below"]("a", tags={"x": 1})),
    lambda of: msgspec.json.encode(of["Below"]("a", more=(1, 2))),
    lambda of: msgspec.json.decode(b'{"name": "n", "tags": {"x": 1}}', type=of["Plain"]),
    lambda of: msgspec.convert({"name": "a", "last": ""}, of["Named"]),
    lambda of: unpickled(of["Plain"]) == unpickled(of["Plain"]),
    lambda of: unpickled(of["Plain"]),
    lambda of: hash(unpickled(of["Plain"])) == hash(unpickled(of["Plain"])),
    lambda of: matched(of["Below"], of["Below"]("a", 2)),
]


def test_values_are_what_the_librarys_are() -> None:
    for call in CALLS:  # on classes of which nothing was called before, and once more
        ours, theirs = made(values.dataclass), made(dataclasses.dataclass)
        for _ in range(2):
            assert outcome(call, ours) == outcome(call, theirs)


def outcome(call: Callable[[dict[str, type]], Any], classes: dict[str, type]) -> tuple[str, str]:
    """What a call gives, in words, or how it fails."""
    try:
        return "given", repr(call(classes))
    except Exception as error:
        return type(error).__name__, str(error)
