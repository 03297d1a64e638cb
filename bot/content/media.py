"""Media files beside a message: found without leaving `messages/`, recognised by their bytes, and digested."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from bot.domain.message import Media
from bot.domain.text import composed
from bot.hints import nearest, quoted

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
)
_BRANDS = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heif",
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
}
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}


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
        with file.open("rb") as opened:
            mime_type = recognised(opened.read(64))
        if not mime_type:
            what = f"{quoted(written)} is not a picture, a video or a sound that platforms take"
            raise MediaError(what, "Save it as PNG, JPEG or MP4.")
        sha256 = _digest(str(file), facts.st_size, facts.st_mtime_ns)
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: links that lead in a circle
        if isinstance(error, MediaError):
            raise
        raise MediaError(f"{quoted(written)} cannot be read", "Give it a plain name, and chmod u+r.") from error
    path = Path("messages") / file.relative_to((root / "messages").resolve())
    return Media(path.as_posix(), alt, mime_type, sha256, facts.st_size)


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
    near = nearest(written, others)
    return f", or write {quoted(near)}" if near else ""


def recognised(start: bytes) -> str:
    """The media type that a file's first bytes show, or "": names lie, and platforms look at the bytes too."""
    for signature, mime_type in _SIGNATURES:
        if start.startswith(signature):
            return mime_type
    if start[4:8] == b"ftyp":
        return _BRANDS.get(start[8:12], "video/mp4")
    if start.startswith(b"RIFF"):
        return _RIFF.get(start[8:12], "")
    return "audio/mpeg" if start[:2] in (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2") else ""


@lru_cache(maxsize=256)
def _digest(file: str, _size: int, _mtime_ns: int) -> str:
    """The SHA-256 of a file; a video is read again only when its size or time of change says so."""
    with Path(file).open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
