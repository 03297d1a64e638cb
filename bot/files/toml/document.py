"""Reads text and TOML from files with any bytes in them, with the line of every key."""

from __future__ import annotations

import codecs
import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from bot.errors import Fault, Remedy, to_do
from bot.fault_codes import FaultCode
from bot.files.toml import headers
from bot.files.toml.headers import TableKind
from bot.text_display import printable
from bot.values import dataclass

Keys = tuple[str | int, ...]
"""The way to a value: names of tables and keys, and numbers (from 0) of array elements."""

_TOKEN = re.compile(
    r'''(?P<blank>[ \t]+|\#[^\n]*)
    |(?P<newline>\n)
    |(?P<string>"""(?:[^\\]|\\.)*?"{3,5}(?!")|\'\'\'.*?'{3,5}(?!')|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')
    |(?P<mark>[\[\]{}=,.])
    |(?P<bare>[^\s\[\]{}=,."'#]+)''',
    re.VERBOSE | re.DOTALL,
)


class _TomlToken(NamedTuple):
    """A piece of TOML, and its line; made as fast as can be, for there are thousands."""

    kind: str
    text: str
    line: int


def locate(source: str) -> dict[Keys, int]:
    """Return the line, from 1, of every table, key and array element in a valid TOML text."""
    return _Locator([*_tokens(source), _TomlToken("end", "", 0)]).run()


def _tokens(source: str) -> Iterator[_TomlToken]:
    line, position = 1, 0
    while match := _TOKEN.match(source, position):
        if match.lastgroup != "blank":
            yield _TomlToken(str(match.lastgroup), match.group(), line)
        line += match.group().count("\n")
        position = match.end()


@dataclass
class _Locator:
    """Walks the tokens once; `entries` counts how many tables each array of tables has so far."""

    tokens: list[_TomlToken]
    at: int = 0
    lines: dict[Keys, int] = field(default_factory=dict)
    entries: defaultdict[Keys, int] = field(default_factory=lambda: defaultdict(int))

    def run(self) -> dict[Keys, int]:
        header: Keys = ()
        while self._here().kind != "end":
            if self._here().kind == "newline":
                self.at += 1
            elif self._here().text == "[":
                header = self._header()
            else:
                self._pair(header)
        return self.lines

    def _here(self) -> _TomlToken:
        return self.tokens[self.at]

    def _take(self) -> _TomlToken:
        token = self.tokens[self.at]
        self.at += token.kind != "end"
        return token

    def _header(self) -> Keys:
        line = self._take().line
        is_entry = self._here().text == "["
        self.at += is_entry
        names = self._key()
        self.at += 2 if is_entry else 1
        path: Keys = ()
        for place, name in enumerate(names):
            path = self._note((*path, name), line)
            if is_entry and place == len(names) - 1:
                self.entries[path] += 1
            if path in self.entries:
                path = self._note((*path, self.entries[path] - 1), line)
        return path

    def _note(self, path: Keys, line: int) -> Keys:
        self.lines.setdefault(path, line)
        return path

    def _key(self) -> list[str]:
        names: list[str] = []
        while self._here().kind in ("bare", "string"):
            token = self._take()
            names.append(token.text if token.kind == "bare" else next(iter(tomllib.loads(f"{token.text} = 0"))))
            self.at += self._here().text == "."
        return names

    def _pair(self, table: Keys) -> None:
        line, path = self._here().line, table
        for name in self._key():
            path = self._note((*path, name), line)
        self._take()
        self._value(path)

    def _value(self, path: Keys) -> None:
        opened = self._take()
        if opened.text == "[":
            self._array(path)
        elif opened.text == "{":
            while self._take_blank().text not in ("}", ""):
                self._pair(path)
                self.at += self._take_blank().text == ","
            self._take()
        else:
            while self._here().kind in ("bare", "string") or self._here().text == ".":
                self.at += 1

    def _array(self, path: Keys) -> None:
        place = 0
        while self._take_blank().text not in ("]", ""):
            self._value(self._note((*path, place), self._here().line))
            self.at += self._take_blank().text == ","
            place += 1
        self._take()

    def _take_blank(self) -> _TomlToken:
        while self._here().kind == "newline":
            self.at += 1
        return self._here()


MAX_BYTES = 1_000_000
"""Nobody writes a longer file by hand; a larger one is a mistake that would only cost memory."""

_MOST_READ = 4_000_000
"""Characters that are read again and again while slips are fixed: a second's work."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_PLACE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)\s*\Z")
_OTHER_ENCODINGS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)


@dataclass(frozen=True)
class Document:
    """A TOML text as it was read. `path` is as people know it.

    `kinds` are the tables that it may have; `faults` those of its headers, which are put right in `values` and in
    `mended_lines`.
    """

    path: str
    values: Mapping[str, object]
    first_line: int = 1
    source: str = ""
    kinds: Sequence[TableKind] = ()
    faults: tuple[Fault, ...] = ()
    mended_lines: Mapping[Keys, int] = field(default_factory=dict)

    @cached_property
    def lines(self) -> Mapping[Keys, int]:
        """Where each key stands, found when somebody asks: most files have no fault to be told of."""
        return self.mended_lines or locate(self.source)

    def written(self, *keys: str | int) -> str:
        """Return what stands behind the = of a key, as it was typed, without a comment; "" where that cannot be
        told."""
        if keys not in self.lines or not isinstance(keys[-1], str):
            return ""
        line = self.source.split("\n")[self.lines[keys] - 1]
        match = re.search(rf"(?:^|[\s{{,.]){re.escape(keys[-1])}[\"']?\s*=\s*([^#]*)", line)
        return match.group(1).strip() if match else ""

    def line(self, *keys: str | int) -> int:
        """Return the line of a key, or of the nearest table around it that is written out."""
        for length in range(len(keys), 0, -1):
            if keys[:length] in self.lines:
                return self.lines[keys[:length]] + self.first_line - 1
        return self.first_line


class LinesByKey(Mapping[str, int]):
    """Lines by names of keys, found when somebody asks for one: nearly all files have no fault to be told of, and it
    takes a tenth of the time in which all are read."""

    def __init__(self, find: Callable[[], Mapping[str, int]]) -> None:
        self._find = find

    @cached_property
    def _found(self) -> Mapping[str, int]:
        return self._find()

    def __getitem__(self, key: str) -> int:
        return self._found[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def read(file: Path, shown: str, kinds: Sequence[TableKind] = ()) -> Document | list[Fault]:
    """Read a TOML file; `shown` is the path that faults name, `kinds` as for `Document`."""
    text = read_text(file, shown)
    return [text] if isinstance(text, Fault) else parse(text, shown, kinds=kinds)


def parse(text: str, shown: str, first_line: int = 1, kinds: Sequence[TableKind] = ()) -> Document | list[Fault]:
    """Parse a TOML text which begins on `first_line` of the file; every fault in it where there is one.

    A parser stops at the first. So each is fixed as its author probably meant it, and the reading goes on.
    """
    faults: list[Fault] = []
    fixed: str | None = text
    while fixed is not None and len(faults) * len(text) < _MOST_READ:
        document, fault, fixed = _parsed(fixed, shown, first_line)
        if fault is None or fault in faults:
            break
        faults.append(fault)
    return faults or _with_headers(Document(shown, document or {}, first_line, text, kinds))


_MOST_HEADERS = 20
"""More headers than this are not put right in one file."""


def _with_headers(document: Document) -> Document:
    """Return the document with the headers that it lacks; its lines stay those of the text as it was written."""
    if headers.are_right(document.values, document.kinds):
        return document
    text, values, lines, new_lines = document.source, document.values, document.lines, list[int]()
    faults: list[Fault] = []
    for _ in range(_MOST_HEADERS):
        mended = headers.mend(text, values, lines, document.kinds, document.path)
        if mended is None:
            break
        faults += [replace(fault, line=_before(new_lines, fault.line)) for fault in mended.faults]
        if mended.new_line:
            new_lines = [line + (line >= mended.new_line) for line in new_lines] + [mended.new_line]
        text = mended.text
        values, lines = tomllib.loads(text), locate(text)
    if not faults:
        return document
    shift = document.first_line - 1
    return replace(
        document,
        values=values,
        mended_lines={keys: _before(new_lines, line) for keys, line in lines.items()},
        faults=tuple(replace(fault, line=fault.line + shift) for fault in faults),
    )


def _before(new_lines: list[int], line: int) -> int:
    """Return the number that a line had before the new ones came."""
    return line - sum(new < line for new in new_lines)


def _parsed(text: str, shown: str, first_line: int) -> tuple[Mapping[str, object] | None, Fault | None, str | None]:
    """Return the values of a TOML text; or the first fault, and the text with it fixed where it is known how."""
    try:
        return tomllib.loads(text), None, None
    except RecursionError:
        instead = "Write plain keys and short lists."
        return (
            None,
            Fault(shown, first_line, "values are nested too deeply to be read", instead, code=FaultCode.NOT_TOML),
            None,
        )
    except ValueError as error:
        from bot.files.toml import slips  # patterns of all that people write instead of TOML

        message = _PLACE.sub("", str(error)) or "a mistake"
        line = _line_of(str(error), text)
        slip = slips.find(text, line, message)
        if slip is not None:
            line = slip.line + first_line - 1
            alike = slip.what.rpartition('"')[2] if slip.fixed is not None else ""  # whatever it quotes
            what, instead, group = slip.what, f"{slip.instead}.", (alike,) if alike else ()
            return None, Fault(shown, line, what, instead, group=group, code=slip.code, facts=slip.facts), slip.fixed
        instead = 'Write key = "value", each key once, on a line of its own.'
        what = f"this is not TOML: {printable(message)}"
        return (
            None,
            Fault(
                shown, line + first_line - 1, what, instead, code=FaultCode.NOT_TOML, facts={"write": 'key = "value"'}
            ),
            None,
        )


def _line_of(message: str, text: str) -> int:
    """Return the line a TOML error names; errors without one are about numbers with thousands of digits."""
    place = _PLACE.search(message)
    if place is not None:
        return int(place.group(1)) if place.group(1) else len(text.rstrip().split("\n"))
    digits = re.search(r"[\d_]{4300,}", text)
    return text.count("\n", 0, digits.start()) + 1 if digits else 1


def read_text(file: Path, shown: str) -> str | Fault:
    """Read a text file: UTF-8, any line endings, a byte order mark or none."""
    try:
        if not file.exists():
            return Fault(shown, 1, "this file is missing", _nearly_named(file), code=FaultCode.FILE_MISSING)
        if not file.is_file():
            return Fault(
                shown, 1, "this is not a file", "Put a text file of this name here instead.", code=FaultCode.NOT_A_FILE
            )
        if file.stat().st_size > MAX_BYTES:
            return Fault(
                shown,
                1,
                "this file is larger than 1 MB",
                "Write a plain text file; media lie beside it.",
                code=FaultCode.FILE_TOO_LARGE,
            )
        raw = file.read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "its name is not valid"
        instead = "Let the user who runs the bot read it (chmod u+r)."
        return Fault(shown, 1, f"this file cannot be read: {reason}", instead, code=FaultCode.FILE_UNREADABLE)
    return _decoded(raw, shown)


_CAMPAIGN = "bot.toml"


def _nearly_named(file: Path) -> str:
    """Return what to do where a file is missing: systems hide the .txt that editors put behind a name."""
    try:
        there = [entry.name for entry in file.parent.iterdir() if entry.is_file()]
    except OSError:
        there = []
    meant = file.name.casefold()
    for name in there:
        if name.casefold().removesuffix(".txt") == meant:
            return f"Rename {printable(name)} to {printable(file.name)}."
    if file.name == _CAMPAIGN:
        return f"Go to the campaign's folder, or begin a campaign: {to_do(Remedy.BEGIN_CAMPAIGN)} my-campaign."
    return "Write it, or correct its name."


def _decoded(raw: bytes, shown: str) -> str | Fault:
    if raw.startswith(_OTHER_ENCODINGS) or _is_utf16(raw):
        return Fault(
            shown,
            1,
            "this file is saved as UTF-16 or UTF-32",
            "Save it as UTF-8.",
            group=("UTF-16",),
            code=FaultCode.NOT_UTF8,
        )
    try:
        text = _with_plain_line_ends(raw.decode().lstrip("\ufeff"))
    except UnicodeDecodeError as error:
        line = _with_plain_line_ends(raw[: error.start].decode()).count("\n") + 1
        what = f"byte 0x{raw[error.start]:02x} is not UTF-8 text"
        return Fault(shown, line, what, "Save the file as UTF-8.", group=("not UTF-8",), code=FaultCode.NOT_UTF8)
    control = _CONTROL.search(text)
    if control is None:
        return text
    line = text.count("\n", 0, control.start()) + 1
    return Fault(
        shown,
        line,
        f"there is an invisible character U+{ord(control.group()):04X}",
        "Take it out.",
        code=FaultCode.INVISIBLE_SIGN,
        facts={"sign": f"U+{ord(control.group()):04X}"},
    )


def _is_utf16(raw: bytes) -> bool:
    """Return whether every second byte of the beginning is none, as in UTF-16 without a byte order mark."""
    start = raw[:64]
    return len(start) > 3 and any(not any(start[half::2]) and all(start[1 - half :: 2]) for half in (0, 1))


def _with_plain_line_ends(text: str) -> str:
    """Return a text in which whatever ends a line for some program ends one: a head is one in every program's file."""
    return _LINE_END.sub("\n", text)
