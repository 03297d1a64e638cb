"""Text and TOML read from any bytes, and the line of every key."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import Fault
from bot.files.toml.document import Document, Keys, locate, parse, read, read_text
from bot.files.toml.table import Table
from tests.harness.table import each_of

EVERY_SHAPE = """\
# a comment with [brackets] and = signs
top = "one"
"quoted.key" = 'literal # no comment'
dotted.inner . deep = 1.5
many = [
  "a", # first
  [1, 2,
   2025-03-17 09:30:00],
  {x = 1, y = {z = '''
many
lines'''}},
]
text = \"\"\"
[not.a.table]
key = "value" \"\""\"
[table]
at = 09:30:00
[table.sub]
[[post]]
message = "one"
[[post.media]]
file = "a"
[[post.media]]
file = "b"
[[post]]
message = "two"
[[post.media]]
file = "c"
"""


def test_every_kind_of_key_has_its_line() -> None:
    lines = locate(EVERY_SHAPE)
    assert lines["top",] == 2
    assert lines["quoted.key",] == 3
    assert lines["dotted", "inner", "deep"] == 4
    assert lines["many", 0] == 6
    assert lines["many", 1, 2] == 8
    assert lines["many", 2, "y", "z"] == 9
    assert lines["text",] == 13
    assert lines["table", "sub"] == 18
    assert lines["post", 0, "media", 1, "file"] == 24
    assert lines["post", 1] == 25
    assert lines["post", 1, "media", 0, "file"] == 28
    assert set(lines) == set(_paths(tomllib.loads(EVERY_SHAPE)))


def _paths(value: object, path: Keys = ()) -> Iterator[Keys]:
    if path:
        yield path
    inner: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    for key, each in inner:
        yield from _paths(each, (*path, key))


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab.=[]{},\"'#\n\\ 1-", max_size=60))
def test_every_key_of_whatever_parses_has_a_line(text: str) -> None:
    document = parse(text, "any.toml")
    if isinstance(document, Document):
        assert set(_paths(document.values)) <= set(document.lines)
        assert all(1 <= line <= text.count("\n") + 1 for line in document.lines.values())


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_a_document_or_a_fault(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_bytes(raw)
    found = read(file, "any.toml")
    faults = [] if isinstance(found, Document) else found
    assert isinstance(found, Document) or faults
    assert all(fault.line >= 1 and fault.what and fault.instead for fault in faults)


@each_of(
    ("raw", "line", "what"),
    [
        (b"a = 1\nb = \xff\n", 2, "byte 0xff is not UTF-8"),
        (b"a = 1\r\n\r\nb = '\xc3'", 3, "byte 0xc3 is not UTF-8"),
        (b"a = 1\n\x00", 2, "invisible character U+0000"),
        (b"a = '\x1b[31m'", 1, "invisible character U+001B"),
        ("a = 1".encode("utf-16"), 1, "UTF-16"),
        (b"a = 1\nb = \n", 2, "b has no value"),
        (b"a = 1\na = 2\n", 2, '"a" stands twice in one table, here and on line 1'),
        (b"a = 1\n\nb = '''open", 3, "has no end"),
        (b"a = 1\nb = " + b"9" * 5000, 2, "this is not TOML"),
        (b"a = " + b"[" * 5000, 1, "nested too deeply"),
        (b"a" * 1_000_001, 1, "larger than 1 MB"),
    ],
)
def test_a_mistake_names_its_line(tmp_path: Path, raw: bytes, line: int, what: str) -> None:
    (tmp_path / "bot.toml").write_bytes(raw)
    found = read(tmp_path / "bot.toml", "bot.toml")
    assert isinstance(found, list)
    (fault,) = found
    assert what in fault.what
    assert fault.line == line


def test_a_byte_order_mark_and_windows_line_ends_are_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "bot.toml").write_bytes(b'\xef\xbb\xbfa = "1"\r\nb = "2"\r\n')
    document = read(tmp_path / "bot.toml", "bot.toml")
    assert isinstance(document, Document)
    assert document.values == {"a": "1", "b": "2"}
    assert document.line("b") == 2


def test_what_is_no_file_is_said(tmp_path: Path) -> None:
    folder, missing = read_text(tmp_path, "bot.toml"), read_text(tmp_path / "none", "bot.toml")
    assert isinstance(folder, Fault)
    assert "not a file" in folder.what
    assert isinstance(missing, Fault)
    assert "missing" in missing.what


def test_a_table_names_the_key_nearest_to_an_unknown_one() -> None:
    faults: list[Fault] = []
    document = parse("days = 1\nacounts = 2\n", "s.toml")
    assert isinstance(document, Document)
    Table(document, faults).refuse_unknown(("days", "accounts"))
    assert [str(fault) for fault in faults] == [
        's.toml:2: error: "acounts" is not a key of this file. Write "accounts".'
    ]


def test_a_value_of_the_wrong_type_reads_as_the_default() -> None:
    faults: list[Fault] = []
    document = parse('a = true\nb = "3"\nc = ["x", 1]\nd = 3\n', "s.toml")
    assert isinstance(document, Document)
    table = Table(document, faults)
    assert (table.whole("a", 7), table.whole("b", 7), table.texts("c"), table.text("d", "-")) == (7, 7, ("x",), "-")
    assert [fault.line for fault in faults] == [1, 2, 3, 4]
