"""JSON from servers that may mean harm, or only cut texts in the middle of a letter."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

Shape = TypeVar("Shape")

_ESCAPE = re.compile(rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F]..)|.)", re.DOTALL)
_REPLACED = rb"\ufffd"
_CONTROLS = bytes.maketrans(bytes(range(32)), b" " * 32)


def decoded(body: bytes | msgspec.Raw, decoder: msgspec.json.Decoder[Shape]) -> Shape | None:
    """What the decoder reads, None where it can read nothing: no answer of any server raises anything.

    One bad letter must not hide a page of posts, hence a body that is no JSON is mended first.
    """
    try:
        return decoder.decode(body)
    except (msgspec.ValidationError, OverflowError, RecursionError):
        return None
    except ValueError:
        pass
    try:
        return decoder.decode(mended(bytes(body)))
    except (ValueError, OverflowError, RecursionError):
        return None


def mended(body: bytes) -> bytes:
    """The same JSON with a replacement character for each half of a letter (a lone surrogate) and each byte that is no
    text, and with spaces for raw control characters: strict readers refuse all three, and lenient servers send them."""
    text = body.decode("utf-8", "replace").encode()
    return _ESCAPE.sub(_without_half, text.translate(_CONTROLS))


def _without_half(escape: re.Match[bytes]) -> bytes:
    return _REPLACED if escape[1] else escape[0]
