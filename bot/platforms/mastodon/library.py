"""Mastodon.py without two things that it loads and we never call: encrypted push, and a pattern to count letters by.

They would take 10 MB of each worker, and half of the time that the library takes to load.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from threading import get_ident
from types import ModuleType

_THREAD = get_ident()


class _WithoutCryptography(MetaPathFinder):
    """Has the library find what it finds where `cryptography` is not installed; another thread may be loading it."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        """Raise ModuleNotFoundError for it, and know nothing of any other module."""
        if fullname == "cryptography" and get_ident() == _THREAD:
            raise ModuleNotFoundError(name=fullname)


_finder = _WithoutCryptography()
_pattern = ModuleType("mastodon._url_regex")
_pattern.__dict__["url_regex"] = None
sys.modules.setdefault(_pattern.__name__, _pattern)
sys.meta_path.insert(0, _finder)
try:
    from mastodon import Mastodon as Mastodon
finally:
    sys.meta_path.remove(_finder)
