"""How many examples: a few that are the same in every run, or very many new ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

QUICK, LONG = 3, 100
PHASES = (Phase.explicit, Phase.generate, Phase.shrink)

in_both_forms = pytest.mark.parametrize(
    "examples", [pytest.param(QUICK, id="quick"), pytest.param(LONG, id="long", marks=pytest.mark.long)]
)


def tried(examples: int, strategy: st.SearchStrategy[Any], test: Callable[[Any], None]) -> None:
    """Hold a test against this many examples."""
    form = settings(
        max_examples=examples,
        derandomize=examples <= 10 * QUICK,
        database=None,
        deadline=None,
        phases=PHASES,
        suppress_health_check=list(HealthCheck),
    )
    form(given(strategy)(test))()
