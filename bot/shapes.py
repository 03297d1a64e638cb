"""Has msgspec resolve the shapes that are decoded later, while one thread is at work."""

from __future__ import annotations

import msgspec

_resolved: set[type] = set()


def resolve_shapes(*shapes: type) -> None:
    """Resolve these shapes here and now; to be called where a module is imported.

    Left to itself msgspec does so when a shape is first used, and two threads that meet in that crash the process
    (0.22): at the start of a worker several accounts are asked at once.
    """
    for shape in shapes:
        if shape not in _resolved:
            msgspec.json.Decoder(shape)
            _resolved.add(shape)


def resolve_structs() -> None:
    """Resolve every struct that is imported by now."""
    waiting: list[type[msgspec.Struct]] = list(msgspec.Struct.__subclasses__())
    while waiting:
        shape = waiting.pop()
        waiting += shape.__subclasses__()
        resolve_shapes(shape)
