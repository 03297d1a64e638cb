"""The slips people make in TOML, each with the exact text to write instead.

`tomllib` says where it stopped, not what was meant. What would let it go on from there is what was meant.
"""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import field

from bot.fault_codes import FaultCode
from bot.files.toml import values
from bot.files.toml.slipped_values import COMMAS, LISTS, PROSE, STRING, Fix, as_text, fixed_items, fixed_values
from bot.lookalikes import called, skeleton
from bot.text_display import quoted, shortened
from bot.values import dataclass

_UNSEEN = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_BLANKS = re.compile(f"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000{_UNSEEN}]")
_PAIR = re.compile(
    r"(?P<key>\"[^\"\n]*\"|'[^'\n]*'|[^\W\d][\w .-]*?|[^\W\d])\s*(?P<sign>:=|=>|=+|->|→|:)\s*(?P<value>.*)\Z", re.DOTALL
)
_NO_SIGN = re.compile(r"(?P<key>[A-Za-z_]\w*)\s+(?P<value>[\"'\[{\d].*)\Z", re.DOTALL)
_COMMENTS = ("//", "--", ";", "/*", "<!--", "%")
_SECRET = re.compile(r"\s*[\"']?(\w*(?:token|secret|key|passw)\w*)", re.IGNORECASE)
"""What stands on such a line is never repeated: it may be the secret itself."""

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
    """What is wrong on a line (from 1), what to write instead, and the whole text with that written.

    `code` and `facts` say the same to faces in other languages."""

    line: int
    what: str
    instead: str
    fixed: str | None = None
    code: FaultCode = FaultCode.NOT_TOML
    facts: Mapping[str, str] = field(default_factory=dict)


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


def _slip(lines: list[str], at: int, fix: Fix, fixed: str) -> Slip:
    if secret := _SECRET.match(lines[at]):
        write = f'{secret[1]} = "…"'
        return Slip(at + 1, "this is not TOML", f"Write {write} on a line of its own", fixed, facts={"write": write})
    shown = fix.text.strip().removesuffix(",") if "=" not in fix.text else fix.text.strip()
    write = shortened(shown, _LONGEST_SHOWN)
    facts = {} if fix.instead else {"write": write}
    return Slip(at + 1, fix.what, fix.instead or f"Write {write}", fixed, facts=facts)


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
    rest = STRING.sub("", line.replace('"""', "").replace("'''", "")).partition("#")[0]
    return '"' in rest or "'" in rest


def _opens_list(line: str) -> bool:
    """Return whether a line opens more lists than it closes, as far as what is left of a # is read."""
    rest = STRING.sub("", line).partition("#")[0]
    return "=" in rest and rest.count("[") > rest.count("]")


def _is_pair_or_header(line: str) -> bool:
    return re.match(r"\s*(?:[\w.-]+\s*=|\[{1,2}[\w.]+\]{1,2}\s*\Z)", line) is not None


def _other_language(lines: list[str], at: int) -> Slip | None:
    """Return the slip of a whole file in JSON or YAML: there is no fixing it line by line."""
    first = next((place for place, line in enumerate(lines) if line.strip()), 0)
    begin = lines[first].strip()
    if begin.startswith("{") or begin in ("[", "[{"):
        instead = 'Write key = "value" on a line for each, without braces'
        return Slip(first + 1, "this is JSON, and TOML is read here", instead, facts={"write": 'key = "value"'})
    if re.match(r"\s*-\s+\S", lines[at]):
        what = "this is a list as YAML has it, and TOML is read here"
        write = 'days = ["T-3", "T"]'
        return Slip(at + 1, what, f"Write the whole list on one line, as in {write}", facts={"write": write})
    return None


def _fixes(lines: list[str], at: int) -> Iterator[Fix]:
    """Yield everything that may be wrong with a line, the likeliest first."""
    line = lines[at]
    bare = line.strip()
    if re.fullmatch(r"[+＋-]{3,}|```\w*|~~~", bare):
        yield Fix(f"{quoted(bare)} means nothing in a file of TOML", "", "Take this line out")
        return
    for written, what in (("&quot;", "this is how HTML writes a quotation mark"), ('\\"', "a backslash opens no text")):
        if re.search(rf"=\s*\[?\s*{re.escape(written)}", line):
            yield Fix(what, line.replace(written, '"'))
    if bare.startswith(_COMMENTS):
        words = re.sub(r"^(?:<!--|/[/*]+|--+|[;%]+)\s*|\s*(?:-->|\*/)$", "", bare)
        yield Fix("a comment begins with #", f"# {words}")
    masked = STRING.sub(lambda match: "x" * len(match.group()), line)
    if slashes := re.match(r"(.*\S)\s+//\s*(.*)\Z", masked):
        yield Fix("a comment begins with #", f"{line[: slashes.end(1)]}  # {line[slashes.start(2) :]}")
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
        written = f"[{as_text(inner)}]" if typographic[1] in LISTS else as_text(inner)
        yield Fix(what, f"{typographic[1]} = {written}{comment}")
    prose = re.match(r"\s*(\w+)\s*=\s*([^\W\d_].*)\Z", line)
    if prose and prose[1] in PROSE:
        yield Fix("a text stands between quotation marks", f"{prose[1]} = {as_text(prose[2].rstrip())}")
    if odd:
        yield Fix(odd, plain)
    pair = _PAIR.match(plain.strip())
    if pair is None or (pair["sign"] == ":" and re.search(r"\s\d+\Z", pair["key"])):  # "at 09:30" has no sign
        pair = _NO_SIGN.match(plain.strip())
    if pair:
        yield from _pairs(pair, odd)
    else:
        yield from _list_lines(plain, odd)
    body, comment = _without_comment(plain)
    if not re.search(r"[,\[]\s*\Z", body):
        yield Fix(COMMAS, f"{body},{comment}")
    yield Fix("this list is not closed", f"{body.rstrip(', ')}]{comment}")
    if not re.search(r"[=:\[\]]", bare) and bare[:1] not in "\"'":
        instead = (
            f"Write {_examples(bare)}" if bare in _EXAMPLES else "Write # before it if it is a note, or take it out"
        )
        yield Fix("this line has no key and value", f"# {bare}", instead)


_EXAMPLES = {"at": "09:30:00", "days": '["T-3", "T"]', "day_of_action": "2025-04-16"}
"""What a key's value looks like."""


def _examples(key: str) -> str:
    listed = '["…"]' if key in LISTS else '"…"'
    return f"{key} = {_EXAMPLES.get(key) or listed}"


def _over_lines(lines: list[str], at: int) -> Iterator[Fix]:
    """Yield the fixes of a text that goes over several lines between single quotation marks."""
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
            yield Fix(what, f'{opened[1]}"{words}"{blank}', instead, end - at + 1)
            return


def _plain(line: str) -> tuple[str, str]:
    """Return the line with plain quotation marks, blanks and dashes outside of its texts; and what was odd about it."""
    spans = [match.span() for match in STRING.finditer(line)]
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


def _headers(bare: str, below: str) -> Iterator[Fix]:
    body, comment = _without_comment(bare)
    if crowded := re.match(r"(\[{1,2}\s*[\w.]+\s*\]{1,2})[\s,]*[^\s\]:;,]", body):
        instead = f"Write {crowded[1]} alone on its line, and what follows on lines below it"
        yield Fix("the name of a table stands alone on its line", crowded[1], instead)
        return
    name = re.sub(r"\s*[.\s]\s*", ".", body.strip("[]：: \t;,"))
    if not name:
        return
    if name.endswith("."):
        example = f"[{name}mastodon]" if name == "accounts." else f"[{name.rstrip('.')}]"
        fixed = f"[{name}other]" if name == "accounts." else example  # [accounts.mastodon] may be there already
        yield Fix("the name of this table is not whole", f"{fixed}{comment}", f"Write for example {example}")
        return
    if re.fullmatch(r"([\"'])[\w-]+\1", name):
        name = name[1:-1]
    key = name if re.fullmatch(r"[\w.\"'@-]+", name, re.ASCII) else json.dumps(name, ensure_ascii=False)
    is_many = body.count("[") > 1 or body.count("]") > 1 or name == below
    if below and not name.isascii() and not skeleton(name).isascii():
        yield Fix(_NO_HEADER, f"[[{below}]]{comment}")
    plain_name = skeleton(name)
    if plain_name != name and re.fullmatch(r"[\w.-]+", plain_name, re.ASCII):
        strange = next(letter for letter in name if not letter.isascii())
        what = f"{called(strange)} cannot stand in the name of a table"
        yield Fix(what, f"[[{plain_name}]]{comment}" if is_many else f"[{plain_name}]{comment}")
    yield Fix(_NO_HEADER, f"[[{key}]]{comment}" if is_many else f"[{key}]{comment}")


def _misdrawn(bare: str, below: str) -> Iterator[Fix]:
    """Yield the fixes of a header between other marks than brackets, or none."""
    word = bare.rstrip(": ")
    if below and word.isidentifier() and word.casefold() == below:
        yield Fix(_NO_HEADER, f"[[{below}]]")
        return
    if word.casefold() == "times":
        yield Fix(_NO_HEADER, "[times]")
        return
    match = re.fullmatch(r"(?:[(<{“„«\"'|]+\s*(?:\[\[)?\s*(\w+)\s*(?:\]\])?[)>}”“»\"'|]+|(post)\s*:)\s*", bare)
    if match and (match[1] or match[2]).casefold() in _LISTED:
        yield Fix(_NO_HEADER, f"[[{(match[1] or match[2]).casefold()}]]")


def _pairs(pair: re.Match[str], odd: str) -> Iterator[Fix]:
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
        yield Fix(whats[0], f"{key} = {pair['value']}")
    if not value.strip():
        yield Fix(f"{key} has no value", f'{key} = ""{comment}', f"Write {_examples(key)}, or take the line out")
        return
    for fix in fixed_values(key, value.strip()):
        yield Fix((whats or [fix.what])[0], f"{key} = {fix.text}{comment}", fix.instead)


def _key(written: str) -> str:
    bare = written.strip().strip("\"'")
    plain_key = skeleton(bare)
    bare = plain_key if plain_key.isascii() else bare
    is_bare = re.fullmatch(r"[\w .-]+", bare, re.ASCII) is not None
    return re.sub(r"\s+", "_", bare) if is_bare else json.dumps(bare, ensure_ascii=False)


def _without_comment(line: str) -> tuple[str, str]:
    """Return the line, and the comment at its end with the blanks before it; "#Word" in a list is a hashtag,
    and none."""
    masked = STRING.sub(lambda match: "x" * len(match.group()), line)
    is_list = "[" in masked.partition("#")[0]
    comment = re.search(r"(?:^|\s+)#(?=\s|\Z)" if is_list else r"(?:^|\s+)#", masked)
    return (line[: comment.start()], line[comment.start() :]) if comment else (line.rstrip(), "")


def _list_lines(line: str, odd: str) -> Iterator[Fix]:
    """Yield the fixes of a line within a list."""
    body, comment = _without_comment(line)
    if not body.strip() and comment:
        body, comment = line, ""
    end = re.search(r"[\],\s]*\Z", body)
    closing = end.group().strip() if end else ""
    for fix in fixed_items("", body[: end.start()] if end else body):
        yield Fix(odd or fix.what, f"{fix.text}{closing}{comment}", fix.instead)


def _never_closed(lines: list[str], message: str) -> Slip | None:
    marks = '"""' if '"""' in message else "'''"
    opened = [number for number, line in enumerate(lines, 1) if line.count(marks) % 2]
    if not opened:
        return None
    what = f"the text that begins here with {marks} has no end"
    return Slip(opened[-1], what, f"Write {marks} behind its last word", facts={"write": marks})


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
                about = {"key": shortened(key), "line": str(first)}
                return Slip(number, what, instead, code=FaultCode.KEY_TWICE, facts=about)
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
        return Slip(line, _NO_HEADER, f"Write [[{name}]]", fixed, facts={"write": f"[[{name}]]"})
    if name in _LISTED:
        fixed = "\n".join(header.sub(f"[[{name}]]", each) for each in lines)
        what, write = f"[{name}] can stand once only", f"[[{name}]]"
        return Slip(headers[0], what, f"Write {write} for each", fixed, facts={"write": write})
    what = f"[{name}] stands twice, here and on line {headers[0]}"
    about = {"table": f"[{shortened(name)}]", "line": str(headers[0])}
    return Slip(line, what, "Write its keys below the first one", code=FaultCode.TABLE_TWICE, facts=about)
