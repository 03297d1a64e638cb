"""Media files beside a message: found without leaving `messages/`, and opened once to go out without their place."""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from bot.domain.message import Media, MediaFacts
from bot.domain.text import composed
from bot.fault_codes import FaultCode
from bot.files import matroska, mp4, pictures
from bot.files.media_facts import HEAD, facts_of, recognised
from bot.languages import is_known
from bot.lookalikes import difference
from bot.text_display import nearest, quoted, shortened

_LARGEST_PICTURE = 64 * 1024 * 1024
"""No platform takes a larger picture, and a video's headers are no longer."""

_TIFF = re.compile(
    rb"(?:Exif\x00[\x00\xff]|eXIf|EXIF....)((?:II\*\x00|MM\x00\*))|(II\*\x00\x08\x00\x00\x00|MM\x00\*\x00\x00\x00\x08)",
    re.DOTALL,
)
"""Exif begins like a TIFF file: behind its name, or bare with its first directory right after (HEIC, AVIF)."""
_XMP = re.compile(rb"<rdf:RDF\b[^>]*>(.*?)</rdf:RDF>", re.DOTALL)
_XMP_PLACE = re.compile(
    rb"(?:GPS(?:Dest)?L(?:atitude|ongitude)|photoshop:(?:City|State|Country)|Iptc4xmp\w+:(?:Location|City|Sublocation)|"
    rb"Location(?:Shown|Created)|geo:(?:lat|long))(?![\w]*Ref)"
)
_XMP_VALUE = re.compile(_XMP_PLACE.pattern + rb"\w*\s*(?:=\s*[\"']|>)([^\"'<]+)")
_IPTC_PLACE = re.compile(rb"\x1c\x02[\x1a\x1b\x5a\x5c\x5f\x64\x65](..)", re.DOTALL)
_ISO_6709 = re.compile(rb"[+-]\d{2,6}(?:\.\d+)?[+-]\d{3,7}(?:\.\d+)?(?:[+-]\d+(?:\.\d+)?)?(?:CRS[\w:]+)?/")
_PLACE_BOXES = (b"\xa9xyz", b"loci")
_PLACE_TRACKS = (b"gpmd", b"camm", b"djmd")
"""Sample entries of tracks that tell the place all the way: GoPro's, Google's camera motion, DJI's."""

_GPS_DIRECTORY = 0x8825
_GPS_PLACES = frozenset({0x02, 0x04, 0x14, 0x16, 0x1B, 0x1C})
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}

Patch = tuple[int, bytes]
"""Where in the file, and what is to stand there."""


@dataclass
class Location:
    """What takes the place out of a file; `is_fixed` where some of it cannot be taken out here."""

    patches: list[Patch] = field(default_factory=list)
    is_fixed: bool = False

    @property
    def is_told(self) -> bool:
        """Return whether the file tells where it was taken."""
        return bool(self.patches) or self.is_fixed


def location_in(file: BinaryIO, mime_type: str) -> Location:
    """Return where a file tells its place, and what to write there instead. Raise OSError."""
    place = Location()
    try:
        if mime_type == "image/png":
            _of_png(file, place)
        elif mime_type.startswith("image/"):
            file.seek(0)
            place.patches += _in_text(file.read(_LARGEST_PICTURE), 0)
        elif mime_type in matroska.TYPES:
            _of_matroska(file, place)
        elif mime_type.startswith("video/") or mime_type == "audio/mp4":
            _of_boxes(file, place)
    except (struct.error, ValueError, IndexError):
        pass  # it is cut off, or no such file: what was found until then is blanked all the same
    place.patches.sort()
    return place


def _in_text(data: bytes, base: int) -> Iterator[Patch]:
    """Yield what blanks places in bytes that stand at `base` in their file: Exif, XMP and IPTC."""
    for match in _TIFF.finditer(data):
        yield from _in_exif(data, match.start(match.lastindex or 0), base)
    packets = []
    for match in _XMP.finditer(data):
        if _XMP_PLACE.search(match[1]):
            packets.append(match.span(1))
            yield base + match.start(1), b" " * len(match[1])
    for match in _XMP_VALUE.finditer(data):
        if not any(begin <= match.start() < end for begin, end in packets):
            yield base + match.start(1), b" " * len(match[1])
    for resource in re.finditer(rb"8BIM\x04\x04", data):
        for match in _IPTC_PLACE.finditer(data, resource.end(), resource.end() + 65536):
            length = int.from_bytes(match[1], "big")
            if 0 < length < 256 and not data[match.end() : match.end() + length].isspace():
                yield base + match.end(), b" " * length


def _in_exif(data: bytes, start: int, base: int) -> Iterator[Patch]:
    order = "<" if data[start : start + 2] == b"II" else ">"
    for place in _directory(data, start, order, struct.unpack_from(order + "I", data, start + 4)[0]):
        tag, _, _, value = struct.unpack_from(order + "HHII", data, place)
        if tag == _GPS_DIRECTORY:
            yield from _in_gps(data, start, order, value, base)


def _directory(data: bytes, start: int, order: str, offset: int) -> range:
    """Return where the entries of a directory stand; at most as many as there can be."""
    (count,) = struct.unpack_from(order + "H", data, start + offset)
    first = start + offset + 2
    return range(first, min(first + 12 * count, len(data) - 11), 12)


def _in_gps(data: bytes, start: int, order: str, offset: int, base: int) -> Iterator[Patch]:
    entries = _directory(data, start, order, offset)
    tells = False
    patches: list[Patch] = []
    for place in entries:
        tag, kind, count, value = struct.unpack_from(order + "HHII", data, place)
        length = _SIZES.get(kind, 1) * count
        if length > 4 and start + value + length <= len(data):
            stored = data[start + value : start + value + length]
            tells = tells or (tag in _GPS_PLACES and any(stored))
            patches.append((base + start + value, bytes(length)))
        elif tag in _GPS_PLACES and any(data[place + 8 : place + 12]):
            tells = True
    if tells:
        yield from patches
        yield base + start + offset, bytes(entries.stop - (start + offset))


# PNG: each chunk carries a checksum of its own


def _of_png(file: BinaryIO, place: Location) -> None:
    end, begin = file.seek(0, 2), 8
    while begin + 12 <= end:
        file.seek(begin)
        length, kind = struct.unpack(">I4s", file.read(8))
        if kind in (b"eXIf", b"iTXt", b"zTXt", b"tEXt") and length <= _LARGEST_PICTURE:
            place.patches += _of_chunk(begin, kind, file.read(length))
        begin += 12 + length


def _of_chunk(begin: int, kind: bytes, data: bytes) -> Iterator[Patch]:
    blanked = bytearray(kind + data)
    inner = list(_in_text(bytes(blanked), 0))
    if not inner and not _hides_location(kind, data):
        return
    for where, instead in inner:
        blanked[where : where + len(instead)] = instead
    if not inner:  # compressed or written in hexadecimal: the chunk becomes a private one of noughts
        blanked = bytearray(b"prVt" + bytes(len(data)))
    yield begin + 4, bytes(blanked) + struct.pack(">I", zlib.crc32(bytes(blanked)))


def _hides_location(kind: bytes, data: bytes) -> bool:
    """Return whether a compressed or hexadecimal text of a PNG file holds a place, or cannot be looked into."""
    keyword, _, rest = data.partition(b"\x00")
    if keyword != b"XML:com.adobe.xmp" and not keyword.startswith(b"Raw profile type"):
        return False
    try:
        if kind == b"zTXt":
            rest = zlib.decompressobj().decompress(rest[1:], _LARGEST_PICTURE)
        elif kind == b"iTXt":
            text = rest[2:].split(b"\x00", 2)[-1]
            rest = zlib.decompressobj().decompress(text, _LARGEST_PICTURE) if rest[:1] == b"\x01" else text
        if keyword.startswith(b"Raw profile"):
            rest = bytes.fromhex("".join(rest.decode("latin-1").split()[2:]))
    except (zlib.error, ValueError):
        return True
    return any(True for _ in _in_text(rest, 0))


# Videos


def _of_boxes(file: BinaryIO, place: Location) -> None:
    for box in list(mp4.boxes(file)):
        if box.kind not in (b"mdat", b"free", b"skip", b"moof"):
            data = box.content(file)
            place.patches += _in_boxes(data, box.begin)
            place.is_fixed = place.is_fixed or _has_location_track(data)


def _in_boxes(data: bytes, base: int) -> Iterator[Patch]:
    for kind in _PLACE_BOXES:
        where = data.find(kind)
        while where >= 4:
            size = int.from_bytes(data[where - 4 : where], "big")
            if 8 < size <= len(data) - where + 4:
                yield base + where, b"free" + bytes(size - 8)
            where = data.find(kind, where + 4)
    for match in _ISO_6709.finditer(data):
        yield base + match.start(), b" " * len(match[0])
    yield from _in_text(data, base)


def _has_location_track(data: bytes) -> bool:
    """Return whether a track tells the place all the way; the handler of a track stands before its entries."""
    where = data.find(b"stsd")
    while where >= 0:
        entry = data[where + 16 : where + 20]
        timed = data[where : where + 4096] if entry == b"mebx" else b""
        if entry in _PLACE_TRACKS or b"location" in timed:
            return True
        where = data.find(b"stsd", where + 4)
    return False


def _of_matroska(file: BinaryIO, place: Location) -> None:
    for element in matroska.segment_elements(file):
        if element.id == matroska.TAGS:
            data = element.content(file)
            place.patches += [
                (element.begin + match.start(), b" " * len(match[0])) for match in _ISO_6709.finditer(data)
            ]


class MediaError(ValueError):
    """A file that cannot be attached: what is wrong, and what to write instead; the same as a code with its facts."""

    def __init__(self, code: FaultCode, what: str, instead: str, **facts: str) -> None:
        super().__init__(what)
        self.code = code
        self.what = what
        self.instead = instead
        self.facts = facts


def read_media(home: Path, folder: Path, written: str, alt: str) -> Media:
    """Return the file that a message in `folder` names, as it is on disk now; `home` is where messages/ really is.
    Raise MediaError."""
    try:
        file = _find(home, folder, written)
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: links that lead in a circle
        if isinstance(error, MediaError):
            raise
        raise _unreadable(written) from error
    path = Path("messages") / file.relative_to(home)
    return attachable(file, written, alt, path.as_posix())


def _unreadable(written: str) -> MediaError:
    return MediaError(
        FaultCode.MEDIA_UNREADABLE,
        f"{quoted(written)} cannot be read",
        "Give it a plain name, and chmod u+r.",
        file=shortened(written),
    )


def attachable(file: Path, written: str, alt: str, path: str) -> Media:
    """Return a file as it is on disk now, if it can be attached; `path` is where it is sent from, beneath the
    campaign's folder. Raise MediaError."""
    try:
        if not file.is_file():
            raise MediaError(
                FaultCode.MEDIA_MISSING,
                f"the file {quoted(written)} is missing",
                "Write the path of a picture, video or sound.",
                file=shortened(written),
            )
        facts = file.stat()
        mime_type, shown, sha256 = _looked_at(str(file), facts.st_size, facts.st_mtime_ns)
        if not mime_type:
            raise _unknown(file, written)
        if mime_type in _FILMS and _is_cut_off(file, mime_type):
            what = f"{quoted(written)} is not whole: the end of the film is missing"
            raise MediaError(
                FaultCode.MEDIA_CUT_OFF,
                what,
                "Copy or export it again, and wait until that is done.",
                file=shortened(written),
            )
        if mime_type in pictures.TYPES and _is_picture_cut_off(str(file), facts.st_size, facts.st_mtime_ns, mime_type):
            what = f"{quoted(written)} is not whole: the end of the picture is missing"
            raise MediaError(
                FaultCode.MEDIA_CUT_OFF, what, "Copy it again, and wait until that is done.", file=shortened(written)
            )
    except (OSError, RuntimeError, ValueError) as error:
        if isinstance(error, MediaError):
            raise
        raise _unreadable(written) from error
    return Media(path, alt, mime_type, sha256, facts.st_size, shown)


_FILMS = frozenset({"video/mp4", "video/quicktime", "video/3gpp", "audio/mp4"}) | matroska.TYPES


def _is_cut_off(file: Path, mime_type: str) -> bool:
    with file.open("rb") as opened:
        return matroska.is_cut_off(opened) if mime_type in matroska.TYPES else mp4.is_cut_off(opened)


@lru_cache(maxsize=256)
def _is_picture_cut_off(file: str, _size: int, _mtime_ns: int, mime_type: str) -> bool:
    with Path(file).open("rb") as opened:
        return pictures.is_cut_off(opened, mime_type)


def _find(home: Path, folder: Path, written: str) -> Path:
    """Return the file beside the message, or else from `messages/`, its `home`, on. What lies outside could be a
    secret."""
    for start in (folder, home):
        file = _as_on_disk(start, written).resolve()
        if file.is_relative_to(home) and file.is_file():
            return file
    if not (folder / written).resolve().is_relative_to(home):
        raise MediaError(
            FaultCode.MEDIA_OUTSIDE,
            f"{quoted(written)} lies outside of messages/",
            "Put the file beside the message.",
            file=shortened(written),
        )
    if "\\" in written:
        instead = f"Write folders with a slash: {quoted(written.replace(chr(92), '/'))}."
        raise MediaError(
            FaultCode.MEDIA_MISSING,
            f"the file {quoted(written)} is missing",
            instead,
            file=shortened(written),
            near=written.replace(chr(92), "/"),
        )
    raise MediaError(
        FaultCode.MEDIA_MISSING,
        f"the file {quoted(written)} is missing",
        f"Put it beside the message{_nearest(folder, written)}.",
        file=shortened(written),
        near=_near(folder, written),
    )


def _as_on_disk(start: Path, written: str) -> Path:
    """Return the path as the disk has its names: macOS gives them with marks apart (NFD), and people write them
    in one."""
    path = start
    for name in Path(written).parts:
        inner = path / name
        if not name.isascii() and not inner.exists() and path.is_dir():
            same = (entry for entry in path.iterdir() if composed(entry.name) == composed(name))
            inner = next(same, inner)
        path = inner
    return path


def _near(folder: Path, written: str) -> str:
    others = [entry.name for entry in folder.iterdir() if entry.is_file() and entry.suffix != ".md"]
    return nearest(written, [name for name in others if not _is_for_another_language(written, name)])


def _nearest(folder: Path, written: str) -> str:
    near = _near(folder, written)
    odd = difference(written, near)
    return f", or write {quoted(near)}{f': what stands there holds {odd}' if odd else ''}" if near else ""


def _is_for_another_language(name: str, other: str) -> bool:
    """Return whether two names differ in a language's code alone: "card.en.png" is no help where "card.be.png"
    is lost."""
    mine, theirs = name.casefold().split("."), other.casefold().split(".")
    pairs = [(first, second) for first, second in zip(mine, theirs, strict=False) if first != second]
    return len(mine) == len(theirs) and len(pairs) == 1 and all(is_known(part) for part in pairs[0])


def _unknown(file: Path, written: str) -> MediaError:
    """Return what is wrong with a file whose bytes are those of no picture, video or sound."""
    with file.open("rb") as opened:
        start = opened.read(64)
    if not start:
        return MediaError(
            FaultCode.MEDIA_EMPTY,
            f"{quoted(written)} is empty",
            "Save it again; a cloud folder may not have brought it yet.",
            file=shortened(written),
        )
    if start.startswith(b"version https://git-lfs"):
        return MediaError(
            FaultCode.MEDIA_IS_POINTER,
            f"{quoted(written)} is a pointer of Git LFS, not the file itself",
            "Run: git lfs pull",
            file=shortened(written),
        )
    what = f"{quoted(written)} is not a picture, a video or a sound that platforms take"
    return MediaError(FaultCode.MEDIA_UNKNOWN, what, "Save it as PNG, JPEG or MP4.", file=shortened(written))


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
        place = location_in(opened, mime_type)
    shown = replace(facts_of(path, mime_type), has_place=bool(place.patches), has_fixed_place=place.is_fixed)
    return mime_type, shown, sha256


PIECE = 1024 * 1024
"""Bytes that are read at a time, however large the file is."""


class OutgoingFile:
    """An opened file that reads as it is to go out; a context manager. Belongs to one thread.

    What is hashed and what is sent comes from this one opening. Whoever writes into the file meanwhile is noticed, see
    `has_sent_other`.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._size = self._file.seek(0, 2)
        self._patches: Sequence[Patch] = ()
        self._sent = hashlib.sha256()
        self._sent_to = 0
        self._file.seek(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def len(self) -> int:
        """How many bytes are still to be read: what sends a form in pieces asks for it by this name."""
        return self._size - self._file.tell()

    def digest(self) -> str:
        """Return the SHA-256 of the file as it lies on disk. Raise OSError."""
        self._file.seek(0)
        hasher = hashlib.sha256()
        while piece := self._file.read(PIECE):
            hasher.update(piece)
        self._file.seek(0)
        return hasher.hexdigest()

    def without_place(self, mime_type: str) -> None:
        """Read without the place it was taken at from now on. Raise OSError."""
        self._patches = location_in(self._file, mime_type).patches
        self._file.seek(0)

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes as they go out. Raise OSError."""
        begin = self._file.tell()
        piece = self._file.read(size)
        if begin == 0:
            self._sent, self._sent_to = hashlib.sha256(), 0
        if begin == self._sent_to:
            self._sent.update(piece)
            self._sent_to += len(piece)
        return self._patched(piece, begin)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place in the file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the place that is read next."""
        return self._file.tell()

    def has_sent_other(self, sha256: str) -> bool:
        """Return whether what was read since the beginning was, on disk, another file than the one of this SHA-256."""
        return bool(self._sent_to) and self._sent.hexdigest() != sha256

    def _patched(self, piece: bytes, begin: int) -> bytes:
        touched = [
            patch for patch in self._patches if patch[0] < begin + len(piece) and patch[0] + len(patch[1]) > begin
        ]
        if not touched:
            return piece
        changed = bytearray(piece)
        for where, instead in touched:
            first, last = max(where, begin), min(where + len(instead), begin + len(piece))
            changed[first - begin : last - begin] = instead[first - where : last - where]
        return bytes(changed)
