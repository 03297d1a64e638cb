"""X's weighted length of a text, by the library that passes X's own conformance tests."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any


@lru_cache(maxsize=512)
def weighted(text: str) -> int:
    """The weighted length of a text, which X limits to 280 (docs.x.com, "Counting characters")."""
    return int(_parser()(text).weightedLength)


@lru_cache(maxsize=1)
def _parser() -> Callable[[str], Any]:
    """The library's parser, imported on first use: it takes a while, and some megabytes.

    It asks `pkg_resources` for one file of its own without saying that it needs setuptools, which newer Pythons do not
    bring any more. A stand-in for that one import answers; it also spares the worker 12 MB.
    """
    stand_in = ModuleType("pkg_resources")
    stand_in.__dict__["resource_string"] = _resource
    kept = sys.modules.get("pkg_resources")
    sys.modules["pkg_resources"] = stand_in
    try:
        from twitter_text import parse_tweet
    finally:
        del sys.modules["pkg_resources"]
        if kept is not None:
            sys.modules["pkg_resources"] = kept
    parser: Callable[[str], Any] = parse_tweet
    return parser


def _resource(module: str, name: str) -> bytes:
    return Path(str(sys.modules[module].__file__)).with_name(name).read_bytes()
