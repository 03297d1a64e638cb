"""One file of a message: a TOML head between lines of `+++`, and a text whose parts are set apart by `---`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.config.address import link_fault
from bot.content.media import MediaError, read_media
from bot.domain.message import Media, Visibility, Wording
from bot.errors import Fault
from bot.hints import quoted, write_one_of
from bot.tomlfile import Table, parse, read_text

_FENCE = "+++"
_SPLIT = "---"
_HEAD_KEYS = ("link", "media", "content_warning", "visibility", "sensitive")


def read_wording(root: Path, file: Path, shown: str) -> tuple[Wording | None, list[Fault]]:
    """The wording in a file, or None where there is none to speak of; and every fault in it."""
    text = read_text(file, shown)
    if isinstance(text, Fault):
        return None, [text]
    lines = text.split("\n")
    end = _end_of_head(lines)
    if end is None:
        return None, [Fault(shown, 1, "the head that opens here has no end", "Write +++ alone on a line below it.")]
    head = parse("\n".join(lines[1:end]), shown, first_line=2)
    if isinstance(head, Fault):
        return None, [head]
    faults: list[Fault] = []
    parts = list(split(lines, end + 1 if end else 0))
    faults.extend(
        Fault(shown, line, "there is no text here", "Write the words to post, or take out the line of ---.")
        for line, part in parts
        if not part
    )
    return _wording(root, file, Table(head, faults), parts), faults


def _end_of_head(lines: list[str]) -> int | None:
    """The place of the line that closes the head; 0 for a file without a head, None for a head without an end."""
    if lines[0].rstrip() != _FENCE:
        return 0
    return next((place for place, line in enumerate(lines) if place and line.rstrip() == _FENCE), None)


def split(lines: list[str], start: int = 0) -> Iterator[tuple[int, str]]:
    """Every part of a text from the line at `start` on, with the number of the line it begins on."""
    begin = start
    for place in range(start, len(lines) + 1):
        if place == len(lines) or lines[place].rstrip() == _SPLIT:
            part = [line.rstrip() for line in lines[begin:place]]
            blank = next((count for count, line in enumerate(part) if line.strip()), 0)
            yield min(begin + blank + 1, len(lines)), "\n".join(part).strip()
            begin = place + 1


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
            entry.error(error.what, error.instead, "file")
