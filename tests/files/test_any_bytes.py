"""Any bytes in any file that people write: a clear message, never a traceback."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import Fault
from tests.harness.campaign_folder import BOT, MESSAGE, SCHEDULE, sound
from tests.harness.table import each_of

FILES = {
    "bot.toml": BOT + '[monitor]\nkinds = ["video"]\npoll_min = "20s"\n[pace]\nquiet_hours = "22:00-07:00"\n',
    "messages/call/en.md": MESSAGE.replace("+++\n{", "[[media]]\nfile = 'a.png'\nalt = 'A'\n+++\n{"),
    "schedules/run-up.toml": SCHEDULE + 'timezone = "Europe/Minsk"\naccounts = ["x"]\nlate = "6h"\n',
}
PIECES = st.sampled_from(
    (
        *(
            "",
            "\n",
            "=",
            '"',
            "'''",
            "[[",
            "]]",
            "{x}",
            "{countdown}",
            "+++",
            "---",
            "T-0",
            "\x00",
            "9" * 5000,
            "\u202e",
        ),
        *("true", "[]", "{}", "nan", "2025-03-30", "02:30:00", "9999-12-31", '"../../x"', '"\\u0000"', "é", "a" * 3000),
    )
)


def spoiled(text: str, cuts: list[tuple[int, int, str]]) -> str:
    """The text with some of it replaced by something else, as by a slip of the hand or a broken disk."""
    for start, length, piece in cuts:
        at = start % (len(text) + 1)
        text = text[:at] + piece + text[at + length :]
    return text


def checked(files: dict[str, bytes]) -> list[Fault]:
    root = Path(tempfile.mkdtemp())
    try:
        folder = sound(root)
        for path, raw in files.items():
            folder.write(path, raw)
        return folder.faults()
    finally:
        shutil.rmtree(root)


def assert_clear(faults: list[Fault]) -> None:
    for fault in faults:
        assert fault.line >= 1
        assert fault.what
        assert fault.instead.endswith(".")
        assert str(fault).isprintable(), str(fault)
        assert len(str(fault)) < 2000


@pytest.mark.parametrize("path", FILES)
@settings(max_examples=60, deadline=None)
@given(raw=st.binary(max_size=300))
def test_any_bytes_at_all(path: str, raw: bytes) -> None:
    assert_clear(checked({path: raw}))


@pytest.mark.parametrize("path", FILES)
@settings(max_examples=120, deadline=None)
@given(cuts=st.lists(st.tuples(st.integers(0, 600), st.integers(0, 12), PIECES), min_size=1, max_size=3))
def test_a_file_that_was_nearly_right(path: str, cuts: list[tuple[int, int, str]]) -> None:
    assert_clear(checked({path: spoiled(FILES[path], cuts).encode()}))


@settings(max_examples=40, deadline=None)
@given(raw=st.binary(max_size=80))
def test_any_bytes_as_media(raw: bytes) -> None:
    assert_clear(checked({"messages/call/a.png": raw, "messages/call/en.md": FILES["messages/call/en.md"].encode()}))


@each_of("name", ["a\nb.md", "\x1b[31m.md", b"\xff\xfe.md", ".md", "en.md.md", "x" * 200 + ".md"])
def test_a_file_with_any_name(name: str | bytes, tmp_path: Path) -> None:
    folder = sound(tmp_path)
    file = Path(tmp_path / "messages/call" / (name if isinstance(name, str) else name.decode(errors="surrogateescape")))
    file.write_bytes(b"Hi")
    assert_clear(folder.faults())


@each_of("path", [*FILES, "messages", "schedules"])
@each_of("circle", [False, True])
def test_a_folder_or_a_circle_of_links_instead_of_a_file(path: str, circle: bool, tmp_path: Path) -> None:
    folder = sound(tmp_path)
    target = folder.root / path
    shutil.rmtree(target) if target.is_dir() else target.unlink()
    if circle:
        target.symlink_to(target)
    else:
        target.mkdir()
    assert folder.faults()
    assert_clear(folder.faults())
