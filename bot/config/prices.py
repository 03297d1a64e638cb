"""The `[prices]` of `bot.toml`: what X bills for each call."""

from __future__ import annotations

from dataclasses import fields

from bot.domain.money import Prices
from bot.tomlfile import Table

_DEAREST = 100


def prices(table: Table) -> Prices:
    """The price of each call in USD; what is not written has the price that was known when this was made."""
    names = [one.name for one in fields(Prices)]
    table.refuse_unknown(names)
    return Prices(**{name: _amount(table, name) for name in names if name in table})


def _amount(table: Table, name: str) -> float:
    usual = float(getattr(Prices(), name))
    amount = table.values[name]
    if isinstance(amount, int | float) and not isinstance(amount, bool) and 0 <= amount <= _DEAREST:
        return float(amount)
    table.error(f"{name} is not an amount in US dollars", f"Write for example {name} = {usual:.3f}.", name)
    return usual
