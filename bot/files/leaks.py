"""Finds what would be published by mistake: our own syntax, another program's, and notes meant for a colleague.

What certainly is none of a post's words is an error, and what may be meant is a warning.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import field

from bot.errors import Severity
from bot.fault_codes import FaultCode
from bot.files.leak_signs import Sign, signs_for
from bot.lookalikes import hidden_in, skeleton, strangers_in, without_hidden
from bot.text_display import nearest, quoted, shortened
from bot.values import dataclass

FENCE = "+++"
SPLIT = "---"

PLACEHOLDER = re.compile(r"\{(?<!\\\{)([\w-]+)\}")
"""What is filled in; a backslash before a brace makes it a brace.

A pattern that begins with its own sign is found fast, and what stands before that is looked at from there.
"""

HEAD = "head"
"""The group of what would be posted as a head that is none begins so."""

UNKNOWN = "placeholder"
"""The group of a placeholder that is none begins so, and ends with its name."""

_PLUSES = re.compile(r"\++(?:\s*\+)+")
_DASHES = re.compile(r"[‐‑‒–—―−⸺⸻─━➖⁃﹘-](?:\s*[‐‑‒–—―−⸺⸻─━➖⁃﹘-])+")
_RULE = re.compile(r"([*_=~•·])(?:\s*\1){2,}")
_MOST_DASHES = 6
"""More dashes than this draw a line, and are no slip in writing three."""

_HEAD_KEY = r"(?:link|media|file|alt|content[ _-]?warning|visibility|sensitive)"
_HEAD_LINE = re.compile(
    rf"[\"'“”„«]?{_HEAD_KEY}[\"'“”„»]?\s*=\s*\S.*|\[{{1,2}}\s*[\w.]*media[\w.]*\s*\]{{1,2}}|\[\[\s*[\w.]+\s*\]\]",
    re.IGNORECASE,
)
_YAML_LINE = re.compile(r"(?:[\w -]{1,40}:(?:\s.*)?|-\s.*|\s+\S.*|#.*|)\Z")
_LOWER_KEY = re.compile(r"(?:link|media|file|alt|content[_-]warning|visibility|sensitive):(?:\s|\Z)")
_CW = re.compile(r"(?:CW|TW)\s*[:：]")

_OPEN, _CLOSE = "{｛❴﹛⦃", "}｝❵﹜⦄"
_BRACED = re.compile(rf"([{_OPEN}](?<!\\[{_OPEN}])[{_OPEN}]*)([^{_OPEN}{_CLOSE}\n]{{0,100}}?)(?<!\\)([{_CLOSE}]+)")
_UNWRITTEN = re.compile(r"\{(?<!\\\{)\s*TODO\s*(?:[:：]\s*([^{}\n]*?)\s*)?\}")
_BRACE = re.compile(rf"[{_OPEN}{_CLOSE}](?<!\\[{_OPEN}{_CLOSE}])")
_ESCAPED = re.compile(rf"\\([{_OPEN}{_CLOSE}])")
_AROUND = re.compile(
    r"\$([\w-]+)\b|%(?<![\d%]%)\(?([\w-]+)(?:\)s?|%)?|<\s*([\w -]{1,40}?)\s*/?>"
    r"|\[\[?\s*([\w -]{1,40}?)\s*\]?\](?!\()|\(\(\s*([\w -]{1,40}?)\s*\)\)"
)


@dataclass(frozen=True)
class Leak:
    """What would be published by mistake, from `start` to `end` (from 0) of a text."""

    start: int
    end: int
    what: str
    instead: str
    severity: Severity = Severity.ERROR
    group: tuple[str, ...] = ()
    is_unwritten: bool = False
    """Whether it is a place that its authors have marked as still to be written."""
    code: FaultCode = FaultCode.WOULD_BE_POSTED
    facts: Mapping[str, str] = field(default_factory=dict)
    """The same for faces in other languages."""


def blank(line: str) -> bool:
    """Return whether nothing is seen on a line."""
    return not bare(line)


def bare(line: str) -> str:
    """Return a line without the blanks around it, and without letters that nobody sees."""
    return without_hidden(line).strip()


def is_fence(line: str) -> bool:
    """Return whether this line opens or closes a head."""
    return "+" in line and bare(line) == FENCE


def is_split(line: str) -> bool:
    """Return whether this line splits a thread."""
    return "-" in line and bare(line) == SPLIT


def is_nearly_fence(line: str) -> bool:
    """Return whether this line looks like one that opens or closes a head, and is none."""
    plain_line = unicodedata.normalize("NFKC", bare(line)).replace("➕", "+").replace("✚", "+")
    if _PLUSES.fullmatch(plain_line):
        return not is_fence(line)
    rest = plain_line.removeprefix(FENCE).strip() if plain_line.startswith(FENCE) else ""
    return bool(rest) and (_HEAD_LINE.match(rest) is not None or rest.casefold() in ("toml", "yaml", "json"))


def head_fault(lines: list[str], first: int) -> tuple[str, str] | None:
    """Return what is wrong with the first words of a file, on the line at `first`, where they look like a head and are
    none; and what to write instead."""
    line = bare(lines[first])
    between = 'Write it between two lines of +++, as in link = "https://…".'
    if is_nearly_fence(line):
        what = f"{quoted(line, 20)} looks like the line that opens a head, and would be posted"
        return what, "Write +++ alone on this line: three plus signs, and nothing else."
    if (
        line == SPLIT
        or _DASHES.fullmatch(line)
        or _RULE.fullmatch(line)
        or re.fullmatch(r"(?:`{3}|~{3}|-{3})\w*|\W{3}", line)
    ):
        end = next(
            (
                at
                for at in range(first + 1, min(len(lines), first + 60))
                if _is_mark(lines[at], line) or is_fence(lines[at])
            ),
            None,
        )
        inner = [bare(each) for each in lines[first + 1 : end] if bare(each)] if end else []
        if inner and all(_HEAD_LINE.fullmatch(each) or each.startswith("#") for each in inner):
            what = f"{quoted(line, 20)} does not open a head, and what follows would be posted"
            return what, "Write +++ alone on this line and on the one below the head."
    if line == SPLIT or line == "—" or _DASHES.fullmatch(line):
        end = next((at for at in range(first + 1, min(len(lines), first + 60)) if _ends_yaml(lines[at])), None)
        inner = lines[first + 1 : end] if end else []
        if inner and all(_YAML_LINE.match(each) for each in inner) and any(":" in each for each in inner):
            return "this looks like a head in YAML, and would be posted", between
    if re.match(r"\{\s*(?:\"|\Z)", line) and '"' in "".join(lines[first : first + 3]):
        return "this looks like a head in JSON, and would be posted", between
    if re.match(r"%YAML\b|\\\+", line):
        return f"{quoted(line, 20)} looks like the beginning of a head, and would be posted", between
    if _LOWER_KEY.match(line) or re.match(r"(?:title|tags|lang|layout|draft)(?::\s|\s*=\s*[\"'\[\d])", line):
        return f"{quoted(line, 40)} looks like a line of a head, and would be posted", between
    return None


def _is_mark(line: str, other: str) -> bool:
    """Return whether a line closes what the other one opened, as far as their first sign says so."""
    plain_line = bare(line)
    return plain_line[:3] == other[:3] and not any(letter.isalnum() for letter in plain_line)


def _ends_yaml(line: str) -> bool:
    return bare(line) in (SPLIT, "...", "—") or _DASHES.fullmatch(bare(line)) is not None


def leaks(text: str, names: Collection[str], language: str = "") -> list[Leak]:
    """Return everything in the words of a post that would be published by mistake; `names` are the placeholders there
    are.

    Of two that overlap, the first alone: it says more.
    """
    leaks_found: list[Leak] = []
    for leak in (
        (*_line_leaks(text), *placeholder_leaks(text, names), *_sign_leaks(text, signs_for(language))) if text else ()
    ):
        if not any(other.start < leak.end and leak.start < other.end for other in leaks_found):
            leaks_found.append(leak)
    return leaks_found


def _sign_leaks(text: str, signs: tuple[Sign, ...]) -> Iterator[Leak]:
    addresses = [match.span() for match in re.finditer(r"https?://\S+", text)]
    folded = text.casefold()
    for sign in signs:
        matches = sign.matches(text, folded)
        every = dict.fromkeys(map(_shown, matches)) if sign.is_markup else {}
        for match in matches:
            if not sign.is_in_links and any(at < match.end() and match.start() < end for at, end in addresses):
                continue
            start = match.end() - len(match.group().lstrip())
            named = _first_few(list(every)) if len(every) > 1 else _shown(match)
            what = f"{sign.what}: {named}"
            yield Leak(
                start,
                match.end(),
                what,
                sign.instead,
                sign.severity,
                group=(sign.what if sign.is_markup else what,),
                facts={"shown": named},
            )


_MOST_NAMED = 6


def _first_few(shown: list[str]) -> str:
    more = len(shown) - _MOST_NAMED
    return ", ".join(shown[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _shown(match: re.Match[str]) -> str:
    return quoted(" ".join(match.group().split()), 40)


def _line_leaks(text: str) -> Iterator[Leak]:
    start = 0
    for number, line in enumerate(text.split("\n")):
        words = bare(line)
        for what, instead, severity, code in _of_line(words, is_first=number == 0):
            facts = {"shown": shortened(words, 40)}
            group = (HEAD,) if code is FaultCode.HEAD_BROKEN and severity is Severity.ERROR else ()
            yield Leak(start, start + len(line), what, instead, severity, group, code=code, facts=facts)
        start += len(line) + 1


def _of_line(line: str, *, is_first: bool) -> Iterator[tuple[str, str, Severity, FaultCode]]:
    """Yield what is wrong with a line that is meant for us, and stands among the words."""
    split = "Write --- alone on the line to split a thread, or take it out."
    if not line or (line[:1].isalnum() and "=" not in line and not is_first):
        return  # no mark begins with a letter, and a key has its sign
    if is_fence(line) or is_nearly_fence(line):
        what = f"{quoted(line, 20)} would be posted: it opens no head here"
        yield (
            what,
            "Write one head, before the first words, between two lines of +++, or take this line out.",
            Severity.ERROR,
            FaultCode.HEAD_BROKEN,
        )
    elif _HEAD_LINE.fullmatch(line):
        what = f"{quoted(line, 40)} would be posted: it looks like a line of a head"
        yield what, "Put it before the first words, between two lines of +++.", Severity.ERROR, FaultCode.HEAD_BROKEN
    elif is_first and _CW.match(line):
        instead = 'Write content_warning = "…" into the head, between two lines of +++.'
        yield "a content warning in the text hides nothing", instead, Severity.WARNING, FaultCode.HEAD_BROKEN
    elif (dashes := _DASHES.fullmatch(line)) and not is_split(line):
        is_slip = len("".join(dashes.group().split())) <= _MOST_DASHES
        what = f"{quoted(line, 20)} would be posted: it does not split a thread"
        yield what, split, Severity.ERROR if is_slip else Severity.WARNING, FaultCode.NO_SPLIT
    elif _RULE.fullmatch(line) and not line.startswith("======="):
        yield (
            f"{quoted(line, 20)} is posted as it stands: it does not split a thread",
            split,
            Severity.WARNING,
            FaultCode.NO_SPLIT,
        )


def placeholder_leaks(text: str, names: Collection[str]) -> Iterator[Leak]:
    """Yield everything that looks like a placeholder, and would not be filled in."""
    covered: list[tuple[int, int]] = []
    for match in _UNWRITTEN.finditer(text):
        covered.append(match.span())
        what = f"this place waits for your words{f': {match.group(1)}' if match.group(1) else ''}"
        instead = "Write them here, in place of the braces and what is between them."
        yield Leak(
            *match.span(),
            what,
            instead,
            is_unwritten=True,
            code=FaultCode.UNWRITTEN,
            facts={"note": match.group(1) or ""},
        )
    for match in _BRACED.finditer(text):
        if match.span() in covered:
            continue
        covered.append(match.span())
        opened, inner, closed = match.groups()
        before, start = text[match.start() - 1 : match.start()], match.start()
        if opened[-1] == "{" and closed[0] == "}" and inner in names:
            written = match.group()
            if len(opened) == len(closed) == 1:
                if before not in ("$", "%", "#", "&", "@"):
                    continue
                written, start = before + written, start - 1
            what = f"{quoted(written)} would be posted with the signs around it"
            yield Leak(
                start,
                match.end(),
                what,
                f"Write {{{inner}}}.",
                code=FaultCode.NO_PLACEHOLDER,
                facts={"shown": shortened(written), "write": f"{{{inner}}}"},
            )
        elif any(letter.isalnum() for letter in inner) or not inner.strip():
            what = f"{shortened(match.group())} is not a placeholder{_odd(inner)}"
            is_name = PLACEHOLDER.fullmatch(match.group()) is not None  # one that is gone from [links], in every text
            group = (UNKNOWN, inner) if is_name else ()
            yield Leak(
                start,
                match.end(),
                what,
                _meant(inner, names),
                group=group,
                code=FaultCode.NO_PLACEHOLDER,
                facts={"shown": shortened(match.group()), **_choice(inner, names)},
            )
    yield from _lone_braces(text, names, covered)
    yield from _other_marks(text, names, covered)


def _odd(inner: str) -> str:
    """Return the letter that makes a name look like another one, by its name."""
    stranger = next(iter([*strangers_in(inner), *hidden_in(inner)]), None)
    return f" (it holds {stranger.called})" if stranger else ""


def _meant(inner: str, names: Collection[str]) -> str:
    near = known_name(inner, names) or nearest(_folded(inner), names)
    meant = "or \\{ and \\} for braces that are meant."
    if near:
        return f"Write {{{near}}}, {meant}"
    few = ", ".join(f"{{{name}}}" for name in sorted(names)[:20])
    return f"Known are {few}; write one of them, {meant}"


def _choice(inner: str, names: Collection[str]) -> dict[str, str]:
    near = known_name(inner, names) or nearest(_folded(inner), names)
    return {"write": f"{{{near}}}"} if near else {"known": ", ".join(f"{{{name}}}" for name in sorted(names)[:20])}


def _folded(written: str) -> str:
    return re.sub(r"[\s_-]+", "_", skeleton(written).casefold().strip(" \t\"'“”«»#$%:.,;!*_-"))


def known_name(written: str, names: Collection[str]) -> str:
    """Return the placeholder that somebody meant who wrote this, in other cases, blanks or letters that look alike; or
    ""."""
    folded = _folded(written)
    return next((name for name in names if _folded(name) == folded), "")


def _lone_braces(text: str, names: Collection[str], covered: list[tuple[int, int]]) -> Iterator[Leak]:
    """Yield each brace without its other half, beside a word."""
    for match in _BRACE.finditer(text):
        at = match.start()
        if any(start <= at < end for start, end in covered):
            continue
        is_open = match.group() in _OPEN
        beside = re.match(r"\s*([\w-]+)", text[at + 1 :]) if is_open else re.search(r"([\w-]+)\s*\Z", text[:at])
        if beside is None:
            continue
        word = beside.group(1)
        is_glued = len(beside.group()) == len(word)
        if is_glued or known_name(word, names):
            shown = quoted(match.group() + word if is_open else word + match.group())
            what = f"{shown} is half a placeholder"
            yield Leak(
                at,
                at + 1,
                what,
                _meant(word, names),
                group=(what,),
                code=FaultCode.NO_PLACEHOLDER,
                facts={"shown": shown[1:-1], **_choice(word, names)},
            )


def _other_marks(text: str, names: Collection[str], covered: list[tuple[int, int]]) -> Iterator[Leak]:
    """Yield each placeholder's name between the marks of another program: $hashtags, %hashtags%, <hashtags>,
    [hashtags]."""
    for match in _AROUND.finditer(text):
        if any(start < match.end() and match.start() < end for start, end in covered):
            continue
        written = next(group for group in match.groups() if group is not None)
        name = known_name(written, names)
        is_ours = name in ("countdown", "day_of_action", "hashtags", "link") or "_" in name
        if not name or (match.group()[0] in "[(" and not is_ours and written != name):
            continue
        severity = Severity.ERROR if is_ours or match.group()[0] in "$%<" else Severity.WARNING
        what = f"{quoted(match.group())} looks like a placeholder, and would be posted as it stands"
        yield Leak(
            match.start(),
            match.end(),
            what,
            f"Write {{{name}}}.",
            severity,
            code=FaultCode.NO_PLACEHOLDER,
            facts={"shown": shortened(match.group()), "write": f"{{{name}}}"},
        )


def unescaped(text: str) -> str:
    """Return the text with the braces that were written with a backslash."""
    return _ESCAPED.sub(r"\1", text)
