"""Frozen dataclasses whose methods are compiled when they are first called.

`dataclasses` compiles six methods of each class where it is defined. A command imports a hundred values or two and
makes some of them: defining them was a sixth of the time that it took.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls=None, /, *, frozen=False, kw_only=False, **others):
        """Make a class a dataclass as the library does; of one that is frozen and no more, the methods come later."""
        if not frozen or others:
            return dataclasses.dataclass(cls, frozen=frozen, kw_only=kw_only, **others)
        return lambda cls: _frozen(cls, kw_only=kw_only)


Fields = tuple[dataclasses.Field[Any], ...]


def _frozen(cls: type, *, kw_only: bool) -> type:
    """Make a class a frozen dataclass, but for the methods that it defines itself."""
    fields = dataclasses.fields(dataclasses.dataclass(init=False, repr=False, eq=False, kw_only=kw_only)(cls))
    for name in _SOURCES:
        if cls.__dict__.get(name) is None:
            setattr(cls, name, _compiled_later(cls, name, fields))
    cls.__setattr__ = _refuse_to_set  # type: ignore[assignment, method-assign]
    cls.__delattr__ = _refuse_to_delete  # type: ignore[assignment, method-assign]
    return cls


def _compiled_later(cls: type, name: str, fields: Fields) -> Callable[..., Any]:
    """Return a method that puts the compiled one in its own place when it is first called."""

    def method(self: object, *arguments: object, **named: object) -> Any:
        names: dict[str, Any] = {}
        exec(f"def {name}{_SOURCES[name](cls, fields, names)}", names)  # noqa: S102 - made of the names of fields
        compiled = names[name]
        compiled.__qualname__ = f"{cls.__qualname__}.{name}"
        setattr(cls, name, compiled)
        return compiled(self, *arguments, **named)

    return method


def _init(cls: type, fields: Fields, names: dict[str, Any]) -> str:
    """Return the source of `__init__`, and add to `names` what it uses.

    The fields are put where they are kept. The library sets each by `object.__setattr__`, past the class's own refusal,
    which takes ten times as long: a page of posts is thousands of fields.
    """
    names |= {"_MISSING": MISSING, "_set": object.__setattr__}
    parameters, by_name, values = ["self"], ["*"], []
    for field in fields:
        parameter = value = field.name
        if field.default is not MISSING:
            names[f"_default_{field.name}"] = field.default
            parameter += f"=_default_{field.name}"
        elif field.default_factory is not MISSING:
            names[f"_make_{field.name}"] = field.default_factory
            parameter += "=_MISSING"
            value = f"_make_{field.name}() if {field.name} is _MISSING else {field.name}"
        (by_name if field.kw_only else parameters).append(parameter)
        values.append(f"{field.name!r}: {value}")
    line = f"_set(self, '__dict__', {{{', '.join(values)}}})"
    if hasattr(cls, "__post_init__"):
        line += "; self.__post_init__()"
    return f"({', '.join(parameters + (by_name if by_name[1:] else []))}): {line}"


def _repr(_: type, fields: Fields, _names: object) -> str:
    shown = ", ".join(f"{field.name}={{self.{field.name}!r}}" for field in fields if field.repr)
    return f"(self): return f'{{type(self).__qualname__}}({shown})'"


def _eq(_: type, fields: Fields, _names: object) -> str:
    same = f"{_compared('self', fields)} == {_compared('other', fields)}"
    return f"(self, other): return {same} if other.__class__ is self.__class__ else NotImplemented"


def _hash(_: type, fields: Fields, _names: object) -> str:
    return f"(self): return hash({_compared('self', fields)})"


def _compared(who: str, fields: Fields) -> str:
    return f"({''.join(f'{who}.{field.name}, ' for field in fields if field.compare)})"


_SOURCES: dict[str, Callable[[type, Fields, dict[str, Any]], str]] = {
    "__init__": _init,
    "__repr__": _repr,
    "__eq__": _eq,
    "__hash__": _hash,
}


def _refuse_to_set(_: object, name: str, _value: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(_: object, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete field {name!r}")
