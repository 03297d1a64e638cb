"""Languages told in another process are those told here, whatever becomes of it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from bot.services.watching import language
from bot.services.watching.language_models import LanguageProcess, likely

SLAVIC = ("be", "ru", "uk")
TEXT = "Мы не маўчым пра гэта і будзем гаварыць"


def children() -> set[int]:
    tasks = Path("/proc/self/task").glob("*/children")
    return {int(child) for task in tasks for child in task.read_text().split()}


def test_another_process_tells_what_would_be_told_here_and_is_replaced_when_it_has_ended() -> None:
    process = LanguageProcess()
    before = children()
    here = pytest.approx(dict(likely(SLAVIC, TEXT)))
    assert dict(process.likely(SLAVIC, TEXT)) == here
    (child,) = children() - before
    os.kill(child, signal.SIGKILL)
    assert dict(process.likely(SLAVIC, TEXT)) == here
    process.close()
    assert children() == before


def test_whoever_lives_long_has_it_told_aside() -> None:
    here = language.language_of(TEXT, "uk")
    with language.told_aside():
        assert language.language_of(TEXT, "uk") == here == "be"
