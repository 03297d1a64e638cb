"""Adapters: one room for each platform, all behind the one door that `base` describes."""

import sys
from types import ModuleType

sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
"""httpx has a command of its own, which loads Rich and Pygments into every process: half of what httpx takes to load.
It is made to do without, as where Rich is not installed."""

_utf8 = ModuleType("charset_normalizer")
_utf8.__dict__.update(__version__="3.0.0", detect=lambda _: {"encoding": "utf-8"})
sys.modules.setdefault(_utf8.__name__, _utf8)
"""requests has it guess the encoding of answers that do not say theirs, by tables of 2 MB; platforms speak UTF-8."""
