"""The slips people make in TOML, each with the exact text to write instead.

`tomllib` says where it stopped, not what was meant. What would let it go on from there is what was meant.
"""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from bot.files.toml import values
from bot.lookalikes import called, skeleton
from bot.text_display import quoted, shortened

_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"|' + r"'[^'\n]*'")
_UNSEEN = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_BLANKS = re.compile(f"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000{_UNSEEN}]")
_PAIR = re.compile(
    r"(?P<key>\"[^\"\n]*\"|'[^'\n]*'|[^\W\d][\w .-]*?|[^\W\d])\s*(?P<sign>:=|=>|=+|->|→|:)\s*(?P<value>.*)\Z", re.DOTALL
)
_NO_SIGN = re.compile(r"(?P<key>[A-Za-z_]\w*)\s+(?P<value>[\"'\[{\d].*)\Z", re.DOTALL)
_COMMENTS = ("//", "--", ";", "/*", "<!--", "%")
_SECRET = re.compile(r"\s*[\"']?(\w*(?:token|secret|key|passw)\w*)", re.IGNORECASE)
"""What stands on such a line is never repeated: it may be the secret itself."""

_LISTS = frozenset({"days", "accounts", "languages", "hashtags", "instances", "kinds", "trusted", "blocked", "facts"})
"""Keys whose value is a list."""

_SINGLE = frozenset({"message", "gap", "late", "timezone", "file", "alt", "link", "content_warning", "visibility"})
"""Keys whose value is one text."""

_PROSE = frozenset({"alt", "content_warning"})
"""Keys whose text may hold commas, hashtags and quotation marks of its own."""

_LENGTHS = frozenset({"gap", "late"})
"""Keys whose value is a length of time."""

_COMMAS = "the entries of a list are set apart by commas"

_LISTED = frozenset({"post", "media", "moderation.rule"})
"""Tables that there may be many of."""

_KEYS_OF = {"message": "post", "days": "post", "file": "media", "alt": "media"}
"""Keys that tell which table of many they belong to."""

_NO_HEADER = "this is not how a table begins"

_LONGEST_LINE = 2000
_LONGEST_SHOWN = 160
"""Characters: of a line that is fixed at all, and of what is shown of it."""

_HEADER = re.compile(r"\s*\[{1,2}[\w.]+\]{1,2}\s*(?:#.*)?\Z")
_NOWHERE = (10**9, 0)


@dataclass(frozen=True)
class Slip:
    """What is wrong on a line (from 1), what to write instead, and the whole text with that written."""

    line: int
    what: str
    instead: str
    fixed: str | None = None


@dataclass(frozen=True)
class _Fix:
    """What is wrong with a line or a value, the text fixed, and what to do where that text does not say it.

    `lines` is how many lines of the file the text takes the place of.
    """

    what: str
    text: str
    instead: str = ""
    lines: int = 1


def find(text: str, line: int, message: str) -> Slip | None:
    """Return the slip that made `tomllib` stop at a line (from 1) with this message; None where none is likely."""
    lines = text.split("\n")
    if message.startswith("Cannot declare") or "twice" in message:
        return _declared_twice(lines, line)
    if message.startswith("Cannot "):
        return _written_twice(lines)
    if '"""' in message or "'''" in message:
        return _never_closed(lines, message)
    found: Slip | None = None
    for at in _suspects(lines, line, message):
        if len(lines[at]) > _LONGEST_LINE:
            continue
        if (slip := _other_language(lines, at)) is not None:
            return slip
        start, end = _around(lines, at, line, message)
        before = _stopped(lines[start:end])
        for fix in _fixes(lines, at):
            reached = _stopped([*lines[start:at], fix.text, *lines[at + fix.lines : end]])
            is_past = reached[0] > min(line, at + 1) - start
            if reached > before and (is_past or (found is None and at == line - 1)):
                fixed = "\n".join([*lines[:at], fix.text, *lines[at + fix.lines :]])
                found = _slip(lines, at, fix, fixed)
            if found is not None and is_past:
                return found
    return found


def _around(lines: list[str], at: int, line: int, message: str) -> tuple[int, int]:
    """Return the lines that tell whether a fixed line is read: from the header of its table to a little behind it."""
    start = next((place for place in range(at - 1, 0, -1) if _HEADER.match(lines[place])), 0)
    return start, len(lines) if "end of document" in message else min(line + 3, len(lines))


def _slip(lines: list[str], at: int, fix: _Fix, fixed: str) -> Slip:
    if secret := _SECRET.match(lines[at]):
        return Slip(at + 1, "this is not TOML", f'Write {secret[1]} = "…" on a line of its own', fixed)
    shown = fix.text.strip().removesuffix(",") if "=" not in fix.text else fix.text.strip()
    return Slip(at + 1, fix.what, fix.instead or f"Write {shortened(shown, _LONGEST_SHOWN)}", fixed)


def _stopped(lines: list[str]) -> tuple[int, int]:
    """Return where a parser stops: line and column; far behind the end where it does not."""
    try:
        tomllib.loads("\n".join(lines))
    except RecursionError:
        return (0, 0)
    except ValueError as error:
        place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        if place:
            return int(place.group(1)), int(place.group(2))
        return (10**8, 0) if str(error).startswith("Cannot") else (10**7, 0)
    return _NOWHERE


def _suspects(lines: list[str], line: int, message: str) -> Iterator[int]:
    """Yield the places of lines that may be at fault, each once, the likeliest first: what is left open is noticed
    later."""
    at = min(line, len(lines)) - 1
    is_late = "end of document" in message or message.startswith('Expected "')
    before = [place for place in range(at + 1) if lines[place].strip()]
    found: list[int] = []
    if is_late:
        found += [place for place in before if _has_open_quote(lines[place])][:1]
    open_list = next((place for place in reversed(before) if place < at and _opens_list(lines[place])), None)
    if open_list is not None:
        last = max(place for place in before if open_list <= place < at)
        found += [open_list, last] if is_late or _is_pair_or_header(lines[at]) else [at, last]
    yield from dict.fromkeys([*found, at, *before[:-3:-1]])


def _has_open_quote(line: str) -> bool:
    rest = _STRING.sub("", line.replace('"""', "").replace("'''", "")).partition("#")[0]
    return '"' in rest or "'" in rest


def _opens_list(line: str) -> bool:
    """Return whether a line opens more lists than it closes, as far as what is left of a # is read."""
    rest = _STRING.sub("", line).partition("#")[0]
    return "=" in rest and rest.count("[") > rest.count("]")


def _is_pair_or_header(line: str) -> bool:
    return re.match(r"\s*(?:[\w.-]+\s*=|\[{1,2}[\w.]+\]{1,2}\s*\Z)", line) is not None


def _other_language(lines: list[str], at: int) -> Slip | None:
    """Whole files in JSON or YAML: there is no fixing them line by line."""
    first = next((place for place, line in enumerate(lines) if line.strip()), 0)
    begin = lines[first].strip()
    if begin.startswith("{") or begin in ("[", "[{"):
        instead = 'Write key = "value" on a line for each, without braces'
        return Slip(first + 1, "this is JSON, and TOML is read here", instead)
    if re.match(r"\s*-\s+\S", lines[at]):
        what = "this is a list as YAML has it, and TOML is read here"
        return Slip(at + 1, what, 'Write the whole list on one line, as in days = ["T-3", "T"]')
    return None


def _fixes(lines: list[str], at: int) -> Iterator[_Fix]:
    """Yield everything that may be wrong with a line, the likeliest first."""
    line = lines[at]
    bare = line.strip()
    if re.fullmatch(r"[+＋-]{3,}|```\w*|~~~", bare):
        yield _Fix(f"{quoted(bare)} means nothing in a file of TOML", "", "Take this line out")
        return
    for written, what in (("&quot;", "this is how HTML writes a quotation mark"), ('\\"', "a backslash opens no text")):
        if re.search(rf"=\s*\[?\s*{re.escape(written)}", line):
            yield _Fix(what, line.replace(written, '"'))
    if bare.startswith(_COMMENTS):
        words = re.sub(r"^(?:<!--|/[/*]+|--+|[;%]+)\s*|\s*(?:-->|\*/)$", "", bare)
        yield _Fix("a comment begins with #", f"# {words}")
    masked = _STRING.sub(lambda match: "x" * len(match.group()), line)
    if slashes := re.match(r"(.*\S)\s+//\s*(.*)\Z", masked):
        yield _Fix("a comment begins with #", f"{line[: slashes.end(1)]}  # {line[slashes.start(2) :]}")
    plain, odd = _plain(line)
    below = _listed_below(lines, at)
    yield from _misdrawn(bare, below)
    if bare.startswith(("[", "［")) and not _PAIR.match(plain.strip()):
        yield from _headers(plain.strip(), below)
    yield from _over_lines(lines, at)
    typographic = re.match(rf"\s*([\w.-]+)\s*=\s*([{values.QUOTES}])(.*?)([{values.QUOTES}])\s*(#.*)?\Z", line)
    if typographic and typographic[2] not in "\"'" and '"' not in typographic[3]:
        inner = re.sub(rf"[{values.QUOTES}](?=\s)|(?<=\s)[{values.QUOTES}]", "", typographic[3])
        comment = f"  {typographic[5]}" if typographic[5] else ""
        what = odd or f"{called(typographic[2])} is no quotation mark that TOML knows"
        written = f"[{_text(inner)}]" if typographic[1] in _LISTS else _text(inner)
        yield _Fix(what, f"{typographic[1]} = {written}{comment}")
    prose = re.match(r"\s*(\w+)\s*=\s*([^\W\d_].*)\Z", line)
    if prose and prose[1] in _PROSE:
        yield _Fix("a text stands between quotation marks", f"{prose[1]} = {_text(prose[2].rstrip())}")
    if odd:
        yield _Fix(odd, plain)
    pair = _PAIR.match(plain.strip())
    if pair is None or (pair["sign"] == ":" and re.search(r"\s\d+\Z", pair["key"])):  # "at 09:30" has no sign
        pair = _NO_SIGN.match(plain.strip())
    if pair:
        yield from _pairs(pair, odd)
    else:
        yield from _list_lines(plain, odd)
    body, comment = _without_comment(plain)
    if not re.search(r"[,\[]\s*\Z", body):
        yield _Fix(_COMMAS, f"{body},{comment}")
    yield _Fix("this list is not closed", f"{body.rstrip(', ')}]{comment}")
    if not re.search(r"[=:\[\]]", bare) and bare[:1] not in "\"'":
        instead = (
            f"Write {_examples(bare)}" if bare in _EXAMPLES else "Write # before it if it is a note, or take it out"
        )
        yield _Fix("this line has no key and value", f"# {bare}", instead)


_EXAMPLES = {"at": "09:30:00", "days": '["T-3", "T"]', "day_of_action": "2025-04-16"}
"""What a key's value looks like."""


def _examples(key: str) -> str:
    listed = '["…"]' if key in _LISTS else '"…"'
    return f"{key} = {_EXAMPLES.get(key) or listed}"


def _over_lines(lines: list[str], at: int) -> Iterator[_Fix]:
    """A text that goes over several lines between single quotation marks."""
    opened = re.match(r"(\s*[\w.-]+\s*=\s*)([\"'])([^\"']*)\Z", lines[at])
    if opened is None:
        return
    for end in range(at + 1, min(at + 20, len(lines))):
        if _is_pair_or_header(lines[end]):
            return
        if lines[end].rstrip().endswith(opened[2]):
            words = "\\n".join([opened[3], *lines[at + 1 : end], lines[end].rstrip()[:-1]])
            what = "a text between single quotation marks ends on its line"
            instead = f"Write it on one line with \\n where a line ends: {opened[1].strip()} {quoted(words)}"
            blank = "\n" * (end - at)
            yield _Fix(what, f'{opened[1]}"{words}"{blank}', instead, end - at + 1)
            return


def _plain(line: str) -> tuple[str, str]:
    """Return the line with plain quotation marks, blanks and dashes outside of its texts; and what was odd about it."""
    spans = [match.span() for match in _STRING.finditer(line)]
    odd = ""
    plain: list[str] = []
    for place, letter in enumerate(line):
        if letter.isascii() or any(start <= place < end for start, end in spans):
            plain.append(letter)
            continue
        new, what = _plain_letter(letter)
        odd = odd or (what if new != letter else "")
        plain.append(new)
    return "".join(plain), odd


def _plain_letter(letter: str) -> tuple[str, str]:
    if letter in values.QUOTES:
        return '"', f"{called(letter)} is no quotation mark that TOML knows"
    if _BLANKS.match(letter):
        new = "" if letter in _UNSEEN else " "
        return new, f"there is a letter that nobody sees, {called(letter)}"
    if values.DASHES.match(letter):
        return "-", f"{called(letter)} is not the - of a keyboard"
    new = unicodedata.normalize("NFKC", letter)
    if new.isascii() and len(new) == 1:
        return new, f"{called(letter)} is not {quoted(new)}"
    return letter, ""


def _listed_below(lines: list[str], at: int) -> str:
    """Return the name of the table of many that the next line with words belongs to; or ""."""
    following = next(
        (line for line in lines[at + 1 : at + 5] if line.strip() and not line.lstrip().startswith("#")), ""
    )
    key = re.match(r"\s*(\w+)", following)
    return _KEYS_OF.get(key[0].casefold(), "") if key else ""


def _headers(bare: str, below: str) -> Iterator[_Fix]:
    body, comment = _without_comment(bare)
    if crowded := re.match(r"(\[{1,2}\s*[\w.]+\s*\]{1,2})[\s,]*[^\s\]:;,]", body):
        instead = f"Write {crowded[1]} alone on its line, and what follows on lines below it"
        yield _Fix("the name of a table stands alone on its line", crowded[1], instead)
        return
    name = re.sub(r"\s*[.\s]\s*", ".", body.strip("[]：: \t;,"))
    if not name:
        return
    if name.endswith("."):
        example = f"[{name}mastodon]" if name == "accounts." else f"[{name.rstrip('.')}]"
        fixed = f"[{name}other]" if name == "accounts." else example  # [accounts.mastodon] may be there already
        yield _Fix("the name of this table is not whole", f"{fixed}{comment}", f"Write for example {example}")
        return
    if re.fullmatch(r"([\"'])[\w-]+\1", name):
        name = name[1:-1]
    key = name if re.fullmatch(r"[\w.\"'@-]+", name, re.ASCII) else json.dumps(name, ensure_ascii=False)
    is_many = body.count("[") > 1 or body.count("]") > 1 or name == below
    if below and not name.isascii() and not skeleton(name).isascii():
        yield _Fix(_NO_HEADER, f"[[{below}]]{comment}")
    plain_name = skeleton(name)
    if plain_name != name and re.fullmatch(r"[\w.-]+", plain_name, re.ASCII):
        strange = next(letter for letter in name if not letter.isascii())
        what = f"{called(strange)} cannot stand in the name of a table"
        yield _Fix(what, f"[[{plain_name}]]{comment}" if is_many else f"[{plain_name}]{comment}")
    yield _Fix(_NO_HEADER, f"[[{key}]]{comment}" if is_many else f"[{key}]{comment}")


def _misdrawn(bare: str, below: str) -> Iterator[_Fix]:
    """A header between other marks than brackets, or none."""
    word = bare.rstrip(": ")
    if below and word.isidentifier() and word.casefold() == below:
        yield _Fix(_NO_HEADER, f"[[{below}]]")
        return
    if word.casefold() == "times":
        yield _Fix(_NO_HEADER, "[times]")
        return
    match = re.fullmatch(r"(?:[(<{“„«\"'|]+\s*(?:\[\[)?\s*(\w+)\s*(?:\]\])?[)>}”“»\"'|]+|(post)\s*:)\s*", bare)
    if match and (match[1] or match[2]).casefold() in _LISTED:
        yield _Fix(_NO_HEADER, f"[[{(match[1] or match[2]).casefold()}]]")


def _pairs(pair: re.Match[str], odd: str) -> Iterator[_Fix]:
    """Yield a line of key, sign and value, with each of the three fixed as far as it needs to be."""
    sign = pair.groupdict().get("sign") or ""
    key = _key(pair["key"])
    whats = [odd] if odd else []
    if sign != "=":
        whats.append(f"{quoted(sign)} is not =" if sign else "between key and value stands =")
    if key != pair["key"].strip():
        strange = next((letter for letter in pair["key"] if not letter.isascii()), "")
        written = f"{quoted(pair['key'])} is not how a key is written"
        whats.append(f"{called(strange)} cannot stand in a key" if strange else written)
    value, comment = _without_comment(pair["value"])
    if whats:
        yield _Fix(whats[0], f"{key} = {pair['value']}")
    if not value.strip():
        yield _Fix(f"{key} has no value", f'{key} = ""{comment}', f"Write {_examples(key)}, or take the line out")
        return
    for fix in _values(key, value.strip()):
        yield _Fix((whats or [fix.what])[0], f"{key} = {fix.text}{comment}", fix.instead)


def _key(written: str) -> str:
    bare = written.strip().strip("\"'")
    plain_key = skeleton(bare)
    bare = plain_key if plain_key.isascii() else bare
    is_bare = re.fullmatch(r"[\w .-]+", bare, re.ASCII) is not None
    return re.sub(r"\s+", "_", bare) if is_bare else json.dumps(bare, ensure_ascii=False)


def _without_comment(line: str) -> tuple[str, str]:
    """Return the line, and the comment at its end with the blanks before it; "#Word" in a list is a hashtag,
    and none."""
    masked = _STRING.sub(lambda match: "x" * len(match.group()), line)
    is_list = "[" in masked.partition("#")[0]
    found = re.search(r"(?:^|\s+)#(?=\s|\Z)" if is_list else r"(?:^|\s+)#", masked)
    return (line[: found.start()], line[found.start() :]) if found else (line.rstrip(), "")


def _list_lines(line: str, odd: str) -> Iterator[_Fix]:
    """A line within a list."""
    body, comment = _without_comment(line)
    if not body.strip() and comment:
        body, comment = line, ""
    end = re.search(r"[\],\s]*\Z", body)
    closing = end.group().strip() if end else ""
    for fix in _items("", body[: end.start()] if end else body):
        yield _Fix(odd or fix.what, f"{fix.text}{closing}{comment}", fix.instead)


def _values(key: str, value: str) -> Iterator[_Fix]:
    if two := re.match(r"(\"[^\"\n]*\"|'[^'\n]*'|\[[^\]\n]*\]|[\w:.-]+)\s*[,;]?\s+[A-Za-z_]+\s*=[^=]", value):
        yield _Fix("two keys stand on one line", two[1], "Write each of them on a line of its own")
        return
    if value.endswith("]") and "[" not in value and ("," in value or value[:1] in "\"'"):
        value = value[:-1].rstrip()
        if key not in _LISTS and _is_value(value):
            is_quoted = not _is_value(value[1:-1]) or key in _SINGLE
            yield _Fix("this ] closes no list", value if is_quoted else value[1:-1])
            return
    value = re.sub(r"(?<=[\w\"'])\]\s*,?\s*\[(?=[\w\"'])", ", ", value)
    if key in _LISTS and value.startswith("{") and "=" not in value:
        value = f"[{value.strip('{}')}]"
    if key == "at" and value.startswith("{"):
        yield _times(value)
        return
    if key == "days" and (span := _span(value)):
        yield _Fix("days that follow each other are written one by one", f"[{span}]", f"Write days = [{span}]")
        return
    if key in _SINGLE:
        yield _single(key, value)
        return
    if key == "at" and len(times := [values.time_of(piece) for piece in _split(value.strip("[]"))]) > 1 and all(times):
        yield _Fix("at is one time of day", f"{times[0]}", f"Write at = {times[0]}, and a [[post]] for each other time")
        return
    trimmed = re.sub(r"[,;.\s]+\Z" if re.search(r"[\]\"'][,;.\s]+\Z", value) else r"[,; ]+\Z", "", value)
    if trimmed != value and trimmed:
        what = f"nothing but a comment may follow a value, no {quoted(value[len(trimmed) :].strip())} either"
        yield _Fix(what, trimmed)
        value = trimmed
    if value.startswith(("[", "(")):
        inner = value[1:].rstrip()
        is_closed = inner.endswith(("]", ")"))
        for fix in _items(key, inner[:-1] if is_closed else inner):
            what = fix.what if is_closed or fix.what != _COMMAS else "this list is not closed"
            yield _Fix(what, f"[{fix.text}]", fix.instead)
            if not is_closed:
                yield _Fix(fix.what, f"[{fix.text},", fix.instead)
        if not is_closed:
            yield _Fix("this list is not closed", f"{value}]")
        return
    fix = _scalar(key, value)
    if key in _LISTS and len(_split(value)) == 1:
        yield _Fix(f"{key} is a list, between [ and ]", f"[{value if _is_value(value) else fix.text}]", fix.instead)
    is_list = len(_split(value)) > 1 and not values.dates_of(value) and values.number(value) is None
    if is_list and not (value[:1] in "\"'" and len(_STRING.findall(value)) < 2):
        for fix in _items(key, value):
            yield _Fix("several values are a list, between [ and ]", f"[{fix.text}]", fix.instead)
    yield fix


def _times(value: str) -> _Fix:
    """Return a table of times by language, as TOML writes it."""
    pair = re.compile(
        r"[\"']?([A-Za-z][\w-]*)[\"']?\s*[:=]?\s*[\"']?(\d{1,2}(?:\s*[:.h]\s*\d\d){0,2}(?:\s*[ap]m)?)[\"']?"
    )
    found = [(match[1], match[2], values.time_of(match[2])) for match in pair.finditer(value)]
    odd = next((written for _, written, _ in found if not re.fullmatch(r"\d\d:\d\d:\d\d", written)), "")
    whole = f"{{ {', '.join(f'{name} = {at}' for name, _, at in found)} }}"
    if re.sub(r"[{}\[\],;.\s]", "", pair.sub("", value)) or not all(at for _, _, at in found) or not found:
        return _Fix("this is not how TOML writes times of day", value)
    if re.fullmatch(r"\{(?:[^,;{}]*=[^,;{}:]*:[^,;{}]*,?)*\}", value) and odd:
        return _Fix(f"{quoted(odd)} is not how TOML writes a time of day", whole)
    return _Fix("this is not how TOML writes times of day", whole)


def _span(value: str) -> str:
    """Return every day between two that are written between quotation marks of their own; or ""."""
    between = re.fullmatch(
        r"[\[(]?\s*[\"'](T[+-]?\d*)[\"']\s*(?:-|\.{2,3}|…|to|bis|à)\s*[\"'](T[+-]?\d*)[\"']\s*[\])]?", value
    )
    told = values.day_instead(f"{between[1]}-{between[2].removeprefix('T')}") if between else ""
    return told.removeprefix("Write each day: ").removesuffix(".") if told.startswith("Write each day") else ""


def _single(key: str, value: str) -> _Fix:
    """Return the one text of a key that has no list."""
    trimmed = re.sub(r"(?<=[\w\"'\])])\s*[,;]+\Z|(?<=[\"'])\s*[,;.]+\Z", "", value)
    if trimmed != value and _is_value(trimmed):
        return _Fix(f"nothing but a comment may follow a value, no {quoted(value[-1])} either", trimmed)
    bare = trimmed
    if bare[:1] in ("(", "{", "[") and key not in _PROSE:
        bare = bare.strip("(){}[] ")
        pieces = _split(bare)
        if pieces and key != "message":
            bare = pieces[0]
        if _is_value(bare) and bare[:1] in "\"'":
            return _Fix(f"{key} is one text, without brackets", bare)
    if key == "message" and len(names := _split(bare.strip("[]"))) > 1:
        first = names[0] if _is_value(names[0]) and names[0][:1] in "\"'" else _text(names[0].strip("\"'"))
        instead = f"Write message = {first}, and a [[post]] for each other message"
        return _Fix("a [[post]] has one message", first, instead)
    return _scalar(key, bare)


def _items(key: str, inner: str) -> Iterator[_Fix]:
    pieces = _split(inner)
    if len(pieces) == 1 and len(words := pieces[0].split()) > 1 and all(map(_is_value, words)):
        pieces = words
    fixes = [None if _is_value(piece) else _scalar(key, piece) for piece in pieces]
    wrong = [fix for fix in fixes if fix is not None]
    text = ", ".join(fix.text if fix else piece for fix, piece in zip(fixes, pieces, strict=True))
    if text:
        what = wrong[0].what if wrong else _COMMAS
        unsure = next((fix.instead for fix in wrong if fix.instead), "")
        if unsure and len(pieces) > 1:
            unsure = f"Write each as year, month and day: {unsure.removeprefix('Write ').replace(f'{key} = ', '')}"
        yield _Fix(what, text, unsure)


def _split(inner: str) -> list[str]:
    """Return the entries of a list, also where the commas between texts are missing or typed as something else."""
    masked = _STRING.sub(lambda match: "\x00" * len(match.group()), inner)
    pieces, start = [], 0
    for match in re.finditer(r"\s*[,;，、]\s*|(?<=\x00)\s+(?=\S)|(?<=\S)\s+(?=\x00)", masked):
        pieces.append(inner[start : match.start()])
        start = match.end()
    return [piece.strip() for piece in [*pieces, inner[start:]] if piece.strip()]


def _is_value(written: str) -> bool:
    try:
        tomllib.loads(f"x = {written}")
    except (ValueError, RecursionError):
        return False
    return "\n" not in written


def _scalar(key: str, written: str) -> _Fix:
    """Return a single value fixed; with what to do in words where it can mean two things."""
    if doubled := re.fullmatch(r"(?:''|``)(\w[^'`\"]*)(?:''|``)", written):
        return _Fix("the quotation marks do not fit together", _text(doubled[1]))
    if written[:1] in "\"'":
        inner = written[1:-1] if len(written) > 1 and written[-1] in "\"'" else written[1:]
        if "\\" in inner and "'" not in inner:
            return _Fix("a backslash in a text begins a sign of TOML's own", f"'{inner}'")
        return _Fix("the quotation marks do not fit together", _text(inner))
    return _bare(key, written) or _Fix("a text stands between quotation marks", _text(written.rstrip("\"'")))


def _bare(key: str, written: str) -> _Fix | None:
    """A value without quotation marks that is not meant as a text."""
    at, shown = f"{key} = " if key else "", quoted(written)
    length = values.duration(written) if key not in ("", "at") and re.search(r"[^\W\d]\Z", written) else ""
    if length and re.fullmatch(r"\d+\s*[^\W\d_]+", written):
        return _Fix("a length of time is a text, between quotation marks", f'"{length}"')
    if (number := values.number(written)) is not None and key != "at":
        return _Fix(f"{shown} is not how TOML writes a number", number)
    if key in _LENGTHS and (told := values.duration_instead(key, written)) and re.fullmatch(r"[\d:]+", written):
        length = told.partition('"')[2].partition('"')[0]
        return _Fix("a length of time is a text, between quotation marks", f'"{length}"')
    is_day = values.NUMBERS.match(written) is not None
    if key == "at":
        moment = values.time_of(re.sub(r"Z\Z|\A\d{4}-\d\d-\d\d[ T]", "", written).replace("-", ":"))
        sure = values.time_instead(written) or ("" if moment else "Write for example at = 09:30:00")
        what = f"{shown} is not how TOML writes a time of day" if moment else f"{shown} is no time of day"
        return _Fix(what, f"{moment or '09:30:00'}", sure)
    if not written.isdigit() and not is_day and (moment := values.time_of(written)) is not None:
        return _Fix(f"{shown} is not how TOML writes a time of day", f"{moment}")
    if re.fullmatch(r"\d{1,2}[:.h]\d{2}(?:[:.]\d{2})?", written) and not is_day:
        return _Fix(f"{shown} is no time of day", "09:30:00", f"Write for example {at}09:30:00")
    if days := values.dates_of(written):
        instead = values.which(at, days, is_listed=key in _LISTS) if len(days) > 1 else ""
        return _Fix(f"{shown} is not how TOML writes a day", days[0].isoformat(), instead)
    if is_day:
        example = f"{at}[2025-04-16]" if key in _LISTS else f"{at}2025-04-16"
        return _Fix(f"{shown} is no day of the calendar", "2025-04-16", f"Write for example {example}")
    if counted := values.counted_day(written):
        return _Fix("a day that is counted is a text, between quotation marks", f'"{counted}"')
    if (flag := values.flag(written)) is not None:
        said = str(flag).lower()
        return _Fix(f"{shown} is not how TOML says {said}", said)
    if written.casefold() in ("none", "null", "nil"):
        return _Fix(f"TOML has no {shown}", '""', "Take this line out")
    return None


def _text(bare: str) -> str:
    return f"'{bare}'" if '"' in bare and "'" not in bare else json.dumps(bare, ensure_ascii=False)


def _never_closed(lines: list[str], message: str) -> Slip | None:
    marks = '"""' if '"""' in message else "'''"
    opened = [number for number, line in enumerate(lines, 1) if line.count(marks) % 2]
    if not opened:
        return None
    return Slip(opened[-1], f"the text that begins here with {marks} has no end", f"Write {marks} behind its last word")


def _written_twice(lines: list[str]) -> Slip | None:
    """Return the second place of a key that stands twice in one table."""
    first_lines: dict[tuple[str, int, str], int] = {}
    header, count = "", 0
    for number, line in enumerate(lines, 1):
        if match := re.match(r"\s*\[{1,2}\s*([^\[\]=]+?)\s*\]{1,2}\s*(?:#.*)?\Z", line):
            header, count = match.group(1), count + line.lstrip().startswith("[[")
        elif match := re.match(r"\s*([\w.-]+|\"[^\"]*\"|'[^']*')\s*=", line):
            key = match.group(1).strip("\"'")
            first = first_lines.setdefault((header, count, key), number)
            if first != number:
                what = f"{quoted(key)} stands twice in one table, here and on line {first}"
                instead = "Take one of the two out"
                if header in _LISTED or (not header and key in ("message", "days", "at")):
                    instead += f", or write [[{header or 'post'}]] on a line above the second entry"
                elif meant := _SECOND.get(header.split(".")[0], {}).get(key, ""):
                    instead += f", or write [{meant}] on a line above the second one"
                return Slip(number, what, instead)
    return None


_SECOND = {
    "accounts": {"platform": "accounts.other"},
    "pace": dict.fromkeys(("min_gap", "per_hour", "per_day"), "pace.burst"),
}
"""Keys that stand twice where the header of a second table of their kind is missing."""


def _declared_twice(lines: list[str], line: int) -> Slip | None:
    match = re.match(r"\s*\[{1,2}\s*([^\[\]]+?)\s*\]", lines[line - 1]) if line <= len(lines) else None
    if match is None:
        return None
    name = match.group(1)
    header = re.compile(rf"\s*\[{{1,2}}\s*{re.escape(name)}\s*\]{{1,2}}")
    headers = [number for number, each in enumerate(lines, 1) if header.match(each)]
    if name in _LISTED and not re.fullmatch(r"\s*(?:\[[^\[\]]+\]|\[\[[^\[\]]+\]\])\s*(?:#.*)?", lines[line - 1]):
        fixed = "\n".join([*lines[: line - 1], f"[[{name}]]", *lines[line:]])
        return Slip(line, _NO_HEADER, f"Write [[{name}]]", fixed)
    if name in _LISTED:
        fixed = "\n".join(header.sub(f"[[{name}]]", each) for each in lines)
        return Slip(headers[0], f"[{name}] can stand once only", f"Write [[{name}]] for each", fixed)
    what = f"[{name}] stands twice, here and on line {headers[0]}"
    return Slip(line, what, "Write its keys below the first one")
