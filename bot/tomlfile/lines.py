"""Finds the line of every key in a TOML text that a real parser has accepted already.

`tomllib` gives values without their places, and no maintained library gives both. As the text is known to be valid,
it is enough to tell strings, comments and punctuation apart.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

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


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    line: int


def locate(source: str) -> dict[Keys, int]:
    """The line, from 1, of every table, key and array element in a valid TOML text."""
    return _Locator([*_tokens(source), _Token("end", "", 0)]).run()


def _tokens(source: str) -> Iterator[_Token]:
    line, position = 1, 0
    while match := _TOKEN.match(source, position):
        if match.lastgroup != "blank":
            yield _Token(str(match.lastgroup), match.group(), line)
        line += match.group().count("\n")
        position = match.end()


@dataclass
class _Locator:
    """Walks the tokens once; `entries` counts how many tables each array of tables has so far."""

    tokens: list[_Token]
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

    def _here(self) -> _Token:
        return self.tokens[self.at]

    def _take(self) -> _Token:
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
            names.append(next(iter(tomllib.loads(f"{self._take().text} = 0"))))
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

    def _take_blank(self) -> _Token:
        while self._here().kind == "newline":
            self.at += 1
        return self._here()
