"""Media files beside a message: found without leaving `messages/`, recognised by their bytes, and digested."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from bot.content.media_facts import HEAD, facts_of, recognised
from bot.content.media_place import place_in
from bot.domain.message import Media, MediaFacts
from bot.domain.text import composed
from bot.hints import nearest, quoted
from bot.languages import is_known
from bot.lookalikes import difference


class MediaError(ValueError):
    """A file that cannot be attached: what is wrong, and what to write instead."""

    def __init__(self, what: str, instead: str) -> None:
        super().__init__(what)
        self.what = what
        self.instead = instead


def read_media(root: Path, folder: Path, written: str, alt: str) -> Media:
    """The file that a message in `folder` names, as it is on disk now. Raises MediaError."""
    try:
        file = _find(root, folder, written)
        facts = file.stat()
        mime_type, shown, sha256 = _looked_at(str(file), facts.st_size, facts.st_mtime_ns)
        if not mime_type:
            raise _unknown(file, written)
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: links that lead in a circle
        if isinstance(error, MediaError):
            raise
        raise MediaError(f"{quoted(written)} cannot be read", "Give it a plain name, and chmod u+r.") from error
    path = Path("messages") / file.relative_to((root / "messages").resolve())
    return Media(path.as_posix(), alt, mime_type, sha256, facts.st_size, shown)


def _find(root: Path, folder: Path, written: str) -> Path:
    """The file beside the message, or else from `messages/` on. What lies outside could be a secret."""
    home = (root / "messages").resolve()
    for start in (folder, root / "messages"):
        file = _as_on_disk(start, written).resolve()
        if file.is_relative_to(home) and file.is_file():
            return file
    if not (folder / written).resolve().is_relative_to(home):
        raise MediaError(f"{quoted(written)} lies outside of messages/", "Put the file beside the message.")
    if "\\" in written:
        instead = f"Write folders with a slash: {quoted(written.replace(chr(92), '/'))}."
        raise MediaError(f"the file {quoted(written)} is missing", instead)
    raise MediaError(f"the file {quoted(written)} is missing", f"Put it beside the message{_nearest(folder, written)}.")


def _as_on_disk(start: Path, written: str) -> Path:
    """The path as the disk has its names: macOS gives them with marks apart (NFD), and people write them in one."""
    path = start
    for name in Path(written).parts:
        inner = path / name
        if not name.isascii() and not inner.exists() and path.is_dir():
            same = (entry for entry in path.iterdir() if composed(entry.name) == composed(name))
            inner = next(same, inner)
        path = inner
    return path


def _nearest(folder: Path, written: str) -> str:
    others = [entry.name for entry in folder.iterdir() if entry.is_file() and entry.suffix != ".md"]
    near = nearest(written, [name for name in others if not _is_for_another_language(written, name)])
    odd = difference(written, near)
    return f", or write {quoted(near)}{f': what stands there holds {odd}' if odd else ''}" if near else ""


def _is_for_another_language(one: str, other: str) -> bool:
    """Whether two names differ in a language's code alone: "card.en.png" is no help where "card.be.png" is lost."""
    mine, theirs = one.casefold().split("."), other.casefold().split(".")
    pairs = [(first, second) for first, second in zip(mine, theirs, strict=False) if first != second]
    return len(mine) == len(theirs) and len(pairs) == 1 and all(is_known(part) for part in pairs[0])


def _unknown(file: Path, written: str) -> MediaError:
    """Return what is wrong with a file whose bytes are those of no picture, video or sound."""
    with file.open("rb") as opened:
        start = opened.read(64)
    if not start:
        return MediaError(f"{quoted(written)} is empty", "Save it again; a cloud folder may not have brought it yet.")
    if start.startswith(b"version https://git-lfs"):
        return MediaError(f"{quoted(written)} is a pointer of Git LFS, not the file itself", "Run: git lfs pull")
    what = f"{quoted(written)} is not a picture, a video or a sound that platforms take"
    return MediaError(what, "Save it as PNG, JPEG or MP4.")


@lru_cache(maxsize=256)
def _looked_at(file: str, _size: int, _mtime_ns: int) -> tuple[str, MediaFacts, str]:
    """Return a file's type, what it shows of itself, and its SHA-256; it is read again only when it has changed."""
    path = Path(file)
    with path.open("rb") as opened:
        mime_type = recognised(opened.read(HEAD))
        if not mime_type:
            return "", MediaFacts(), ""
        opened.seek(0)
        sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
        place = place_in(opened, mime_type)
    shown = replace(facts_of(path, mime_type), has_place=bool(place.patches), has_fixed_place=place.is_fixed)
    return mime_type, shown, sha256
