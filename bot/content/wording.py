"""One file of a message: a TOML head between lines of `+++`, and a text whose parts are set apart by `---`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.config.address import link_fault
from bot.content import leaks
from bot.content.media import MediaError, read_media
from bot.domain.message import Media, Visibility, Wording
from bot.errors import Fault
from bot.hints import quoted, write_one_of
from bot.tomlfile import Table, parse, read_text

_HOMES = {"file": "[media]", "alt": "[media]"}
_HEAD_KEYS = ("link", "media", "content_warning", "visibility", "sensitive")


def read_wording(root: Path, file: Path, shown: str) -> tuple[Wording | None, list[Fault]]:
    """The wording in a file, or None where there is none to speak of; and every fault in it."""
    text = read_text(file, shown)
    if isinstance(text, Fault):
        return None, [text]
    lines = text.split("\n")
    first = next((place for place, line in enumerate(lines) if not leaks.blank(line)), None)
    start, head = 0, parse("", shown)
    if first is not None and leaks.is_fence(lines[first]):
        end = next((place for place in range(first + 1, len(lines)) if leaks.is_fence(lines[place])), None)
        if end is None:
            return None, [_no_end(lines, first, shown)]
        start, head = end + 1, parse("\n".join(lines[first + 1 : end]), shown, first + 2, _HOMES)
    elif first is not None and (fault := leaks.head_fault(lines, first)):
        return None, [Fault(shown, first + 1, *fault, cause=f"head: {fault[0]}")]
    if isinstance(head, list):
        return None, head
    faults: list[Fault] = []
    parts = list(split(lines, start))
    faults.extend(
        Fault(shown, line, "there is no text here", "Write the words to post, or take out the line of ---.")
        for line, part in parts
        if not part
    )
    return _wording(root, file, Table(head, faults), parts), faults


def _no_end(lines: list[str], first: int, shown: str) -> Fault:
    """A head that is never closed; a line that nearly closes it is what is at fault."""
    for place in range(first + 1, len(lines)):
        if leaks.is_nearly_fence(lines[place]) or leaks.is_split(lines[place]):
            written = quoted(lines[place].strip(), 20)
            what = f"{written} does not close the head that opens on line {first + 1}"
            return Fault(shown, place + 1, what, "Write +++ alone on this line: three plus signs, and nothing else.")
    what = "the head that opens here has no end"
    return Fault(shown, first + 1, what, "Write +++ alone on a line below it, before the first words.")


def split(lines: list[str], start: int = 0) -> Iterator[tuple[int, str]]:
    """Every part of a text from the line at `start` on, with the number of the line it begins on."""
    begin = start
    for place in range(start, len(lines) + 1):
        if place == len(lines) or leaks.is_split(lines[place]):
            part = [line.rstrip() for line in lines[begin:place]]
            blank = next((count for count, line in enumerate(part) if not leaks.blank(line)), 0)
            yield min(begin + blank + 1, len(lines)), _without_blank_ends(part)
            begin = place + 1


def _without_blank_ends(part: list[str]) -> str:
    """The part from its first line with words to its last; the last blanks of all go too."""
    seen = [place for place, line in enumerate(part) if not leaks.blank(line)]
    return "\n".join(part[seen[0] : seen[-1] + 1]).strip() if seen else ""


def _wording(root: Path, file: Path, head: Table, parts: list[tuple[int, str]]) -> Wording:
    head.refuse_unknown(_HEAD_KEYS)
    media = list(_media(root, file.parent, head))
    lines = {key: head.line(key) for key in head.values}
    lines |= {f"part.{place}": line for place, (line, _) in enumerate(parts)}
    for place, (entry, _) in enumerate(media):
        lines |= {f"media.{place}": entry.line(), f"media.{place}.file": entry.line("file")}
        lines[f"media.{place}.alt"] = entry.line("alt")
    return Wording(
        path=head.document.path,
        parts=tuple(part for _, part in parts),
        line=parts[0][0],
        link=_link(head),
        media=tuple(attached for _, attached in media),
        content_warning=head.text("content_warning").strip(),
        visibility=_visibility(head),
        sensitive=head.flag("sensitive", False),
        lines=lines,
    )


def _link(head: Table) -> str:
    link = head.text("link").strip()
    if "link" in head and isinstance(head.values["link"], str) and (fault := link_fault(link)):
        head.error(f"the link {fault}", 'Write link = "https://…", or take it out.', "link")
    return link


def _visibility(head: Table) -> Visibility:
    known = {visibility.value: visibility for visibility in Visibility}
    written = head.text("visibility", Visibility.PUBLIC)
    if written not in known:
        head.error(f"{quoted(written)} is not a visibility", f"{write_one_of(written, known)}.", "visibility")
    return known.get(written, Visibility.PUBLIC)


def _media(root: Path, folder: Path, head: Table) -> Iterator[tuple[Table, Media]]:
    """Every file that can be attached, with the table that names it."""
    for entry in head.entries("media"):
        entry.refuse_unknown(("file", "alt"))
        file, alt = entry.text("file").strip(), entry.text("alt").strip()
        if not alt and isinstance(entry.values.get("alt", ""), str):
            instead = 'Write alt = "…": what people who cannot see it should know.'
            entry.error("this media has no alternative text", instead, "alt")
        if not file:
            if isinstance(entry.values.get("file", ""), str):
                entry.error("this media names no file", 'Write file = "banner.png".', "file")
            continue
        try:
            yield entry, read_media(root, folder, file, alt)
        except MediaError as error:
            entry.error(error.what, error.instead, "file", cause=f"media: {error.what}")
