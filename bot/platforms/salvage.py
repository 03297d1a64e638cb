"""Reading what a strict decoder refuses, field by field: a field that is not needed loses no entry.

Servers written in PHP send `{}` or `false` for an empty list, `[]` for an empty object, and lists with holes as objects
with numbered keys; others send numbers as texts, and texts as numbers. All of that has one meaning. What has none is
left at its default, and named: whoever judges the entry must know what could not be read of it.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

Shape = TypeVar("Shape", bound=msgspec.Struct)

_ABSENT = object()
"""Nothing is there, in one of the many ways to say so; the field keeps its default."""

_ODD = object()
"""Something is there that has no meaning here."""

_TRUE, _FALSE = frozenset({"true", "1", "yes", "on"}), frozenset({"false", "0", "no", "off"})
_LEGACY_DATES = ("%Y-%m-%d %H:%M:%S", "%a %b %d %H:%M:%S %z %Y")
_LATEST_IN_SECONDS = 10**11
"""Instants above this are milliseconds: in seconds it is the year 5138."""

_MOST_DIGITS = 30
_MOST_ITEMS = 1000


def salvaged(told: object, shape: type[Shape]) -> tuple[Shape | None, frozenset[str]]:
    """Return what can be read of an object, and the dotted names of what could not be.

    None where a field without a default cannot be read. A shape may name in `BARE` the field that a bare value fills.
    """
    unread: set[str] = set()
    found = _struct(told, shape, "", unread)
    return (found if isinstance(found, shape) else None), frozenset(unread)


def instant_in(told: object) -> datetime | None:
    """Return an instant in UTC, None for what cannot be read as one.

    ISO 8601 (the day alone too), RFC 2822, the form of Twitter's first API, SQL's, and Unix seconds or milliseconds.
    """
    try:
        if isinstance(told, str):
            told = told.strip()
            if told.isdecimal() and len(told) <= _MOST_DIGITS and len(told) not in (4, 6, 8):
                told = int(told)
        if isinstance(told, str):
            return _in_utc(_written_instant(told))
        if isinstance(told, int | float) and not isinstance(told, bool) and told > 0:
            return datetime.fromtimestamp(told / 1000 if told > _LATEST_IN_SECONDS else told, UTC)
    except (ValueError, OverflowError, OSError, TypeError):
        pass
    return None


def _written_instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for form in _LEGACY_DATES:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 (made UTC by the caller)
        except ValueError:
            continue
    return parsedate_to_datetime(text)


def _in_utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


@cache
def _hints(shape: type[msgspec.Struct]) -> Mapping[str, tuple[str, Any, bool]]:
    """Return each field's name, type and whether it must be there, by its key in JSON."""
    hints, fields = get_type_hints(shape), msgspec.structs.fields(shape)
    return {field.encode_name: (field.name, hints[field.name], field.required) for field in fields}


def _struct(told: object, shape: type[msgspec.Struct], path: str, unread: set[str]) -> object:
    bare = getattr(shape, "BARE", "")
    if bare and isinstance(told, str) and told:
        told = {bare: told}
    if _is_nothing(told):
        return _ABSENT
    if not isinstance(told, dict):
        return _ODD
    values: dict[str, Any] = {}
    for key, (name, hint, required) in _hints(shape).items():
        where = f"{path}.{name}" if path else name
        value = _value(told.get(key, _ABSENT), hint, where, unread)
        if value is _ODD:
            unread.add(where)
        if value is not _ODD and value is not _ABSENT:
            values[name] = value
        elif required:
            unread.add(where)
            return _ODD
    return shape(**values)


def _value(told: object, hint: Any, path: str, unread: set[str]) -> object:
    if hint is object or hint is Any:
        return told
    if told is _ABSENT or told is None:
        return _ABSENT
    kinds = [kind for kind in _members(hint) if kind is not type(None)]
    if hint is msgspec.Raw or msgspec.Raw in kinds:
        return msgspec.Raw(msgspec.json.encode(told))
    if set(kinds) == {str, int}:
        return _id(told)
    [kind] = kinds
    origin = get_origin(kind)
    if origin is list:
        return _list(told, get_args(kind)[0], path, unread)
    if origin is dict or kind is dict:
        return _ABSENT if _is_nothing(told) else told if isinstance(told, dict) else _ODD
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _struct(told, kind, path, unread)
    return _LEAVES[kind](told)


def _members(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)


def _list(told: object, kind: Any, path: str, unread: set[str]) -> object:
    """Return the items that can be read. One object where a list of objects belongs is a list of one."""
    if _is_nothing(told):
        return []
    if isinstance(told, dict):
        numbered = all(key.isdecimal() and len(key) <= _MOST_DIGITS for key in told)
        told = [told[key] for key in sorted(told, key=int)] if numbered else [told]
    elif isinstance(told, str):
        told = [told]
    if not isinstance(told, list):
        return _ODD
    items: list[object] = []
    for entry in told[:_MOST_ITEMS]:
        item = _value(entry, kind, path, unread)
        if item is _ODD:
            unread.add(path)
        elif item is not _ABSENT:
            items.append(item)
    return items


def _is_nothing(told: object) -> bool:
    return told is None or told is False or told in ("", [], {})


def _text(told: object) -> object:
    if isinstance(told, str):
        return told
    if _is_nothing(told):
        return _ABSENT
    return str(told) if isinstance(told, int | float) and not isinstance(told, bool) else _ODD


def _id(told: object) -> object:
    """An id of 0 is none: databases count from 1."""
    if _is_nothing(told) or told in (0, "0"):
        return _ABSENT
    if isinstance(told, float) and told.is_integer():
        return int(told)
    return told if isinstance(told, str | int) and not isinstance(told, bool) else _ODD


def _flag(told: object) -> object:
    if isinstance(told, str):
        told = told.strip().lower()
        return True if told in _TRUE else False if told in _FALSE else _ABSENT if not told else _ODD
    if isinstance(told, bool) or told in (0, 1):
        return bool(told)
    return _ABSENT if _is_nothing(told) else _ODD


def _number(told: object) -> object:
    if isinstance(told, str) and told.strip().isdecimal() and len(told) <= _MOST_DIGITS:
        return int(told)
    if isinstance(told, float) and told.is_integer():
        return int(told)
    if isinstance(told, int) and not isinstance(told, bool):
        return told
    return _ABSENT if _is_nothing(told) else _ODD


def _instant(told: object) -> object:
    return instant_in(told) or (_ABSENT if _is_nothing(told) else _ODD)


_LEAVES: Mapping[Any, Any] = {str: _text, bool: _flag, int: _number, datetime: _instant}
