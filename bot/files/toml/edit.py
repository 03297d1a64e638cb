"""Changes one value in a TOML file, and leaves every other byte as people wrote it."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import MutableMapping

import tomlkit
from tomlkit import TOMLDocument
from tomlkit.exceptions import TOMLKitError


def text_in(content: bytes, table: str, key: str) -> str | None:
    """Return the text that a file has under a key of a table; None where there is none, or it cannot be read."""
    document = _parsed(content)
    values = document.get(table) if document is not None else None
    text = values.get(key) if isinstance(values, MutableMapping) else None
    return str(text) if isinstance(text, str) else None


def with_text(content: bytes, table: str, key: str, value: str) -> bytes | None:
    """Return a file's content with another text under a key that a table has; comments, order and the ends of lines
    stay. None where it cannot be changed in one line."""
    document = _parsed(content)
    if document is None or text_in(content, table, key) is None:
        return None
    document[table][key] = value
    changed = (BOM_UTF8 if content.startswith(BOM_UTF8) else b"") + tomlkit.dumps(document).encode()
    before, after = content.splitlines(keepends=True), changed.splitlines(keepends=True)
    differ = sum(old != new for old, new in zip(before, after, strict=False))
    return changed if len(before) == len(after) and differ == 1 else None


def _parsed(content: bytes) -> TOMLDocument | None:
    try:
        return tomlkit.parse(content.removeprefix(BOM_UTF8).decode("utf-8"))
    except (UnicodeDecodeError, TOMLKitError):
        return None
