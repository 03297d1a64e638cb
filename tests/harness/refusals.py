"""Expect a refusal by its code and facts, and where they matter by the words that people read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot.cli.words.refusals import refusal_text
from bot.errors import Refused, RefusedCode


@contextmanager
def refused(code: RefusedCode, words: str = "", **facts: object) -> Iterator[None]:
    """Expect what is done within to be refused for `code`, with these among its facts, in words that match."""
    with pytest.raises(Refused) as error:
        yield
    assert error.value.code is code, f"refused otherwise: {error.value}"
    assert facts.items() <= error.value.facts.items(), f"refused with other facts: {error.value}"
    assert re.search(words, refusal_text(error.value)), refusal_text(error.value)
