"""Adapters: one room for each platform, all behind the one door that `base` describes."""

import sys

sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
"""httpx has a command of its own, which loads Rich and Pygments into every process: half of what httpx takes to load.
It is made to do without, as where Rich is not installed."""
