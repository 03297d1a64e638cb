"""A place is found wherever files hide it, and taken out without touching the picture."""

from __future__ import annotations

import subprocess
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from bot.files.media import OutgoingFile, location_in
from tests.files.test_media_facts import CLIPS, clips
from tests.harness.media_files import mp4
from tests.harness.table import each_of

__all__ = ["clips"]

GPS, LATITUDE, LONGITUDE = 0x8825, 2, 4
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description exif:GPSLatitude="53,54.0N" exif:GPSLongitude="27,34.0E"/></rdf:RDF></x:xmpmeta>'
)


def photo(kind: str, *, place: bool = True, xmp: bytes = b"") -> bytes:
    picture = Image.effect_noise((40, 30), 90).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6  # the orientation stays
    if place:
        exif.get_ifd(GPS).update({1: "N", LATITUDE: (53.0, 54.0, 1.5), 3: "E", LONGITUDE: (27.0, 34.0, 2.5)})
    written = BytesIO()
    picture.save(written, kind, exif=exif.tobytes(), **({"xmp": xmp} if xmp else {}))
    return written.getvalue()


def sent(file: Path, mime_type: str) -> bytes:
    """A file as it goes out, read in odd pieces."""
    with OutgoingFile(file) as outgoing:
        outgoing.without_place(mime_type)
        pieces = []
        while piece := outgoing.read(37):
            pieces.append(piece)
    return b"".join(pieces)


def pixels(data: bytes) -> bytes:
    with Image.open(BytesIO(data)) as picture:
        return picture.tobytes()


@each_of("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
@each_of("xmp", [b"", XMP])
def test_a_photo_goes_out_without_its_place_and_is_the_same_photo(tmp_path: Path, kind: str, xmp: bytes) -> None:
    mime_type, file = f"image/{kind.lower()}", tmp_path / "photo"
    data = photo(kind, xmp=xmp)
    file.write_bytes(data)
    assert location_in(BytesIO(data), mime_type).is_told
    clean = sent(file, mime_type)
    assert file.read_bytes() == data
    assert len(clean) == len(data)
    assert pixels(clean) == pixels(data)
    assert b"53,54" not in clean
    with Image.open(BytesIO(clean)) as picture:
        assert picture.getexif()[0x0112] == 6 or kind == "AVIF"
        assert not {LATITUDE, LONGITUDE} & set(picture.getexif().get_ifd(GPS))
    assert not location_in(BytesIO(clean), mime_type).is_told


@each_of("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_without_a_place_goes_out_as_it_is(tmp_path: Path, kind: str) -> None:
    data = photo(kind, place=False)
    (tmp_path / "photo").write_bytes(data)
    assert not location_in(BytesIO(data), f"image/{kind.lower()}").is_told
    assert sent(tmp_path / "photo", f"image/{kind.lower()}") == data


@each_of("compressed", [True, False])
def test_a_place_in_a_compressed_text_of_a_png_is_found(tmp_path: Path, compressed: bool) -> None:
    written = BytesIO()
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", XMP.decode(), zip=compressed)
    exif = photo("JPEG")[24:300]
    info.add_text(
        "Raw profile type exif", f"\nexif\n{len(exif)}\n{(b'Exif' + bytes(2) + exif).hex()}\n", zip=compressed
    )
    Image.new("RGB", (4, 4), "red").save(written, "PNG", pnginfo=info)
    (tmp_path / "photo").write_bytes(written.getvalue())
    clean = sent(tmp_path / "photo", "image/png")
    assert pixels(clean) == pixels(written.getvalue())
    assert not location_in(BytesIO(clean), "image/png").is_told
    assert b"53,54" not in clean
    with Image.open(BytesIO(clean)) as picture:
        assert "53,54" not in str(picture.info)


def test_the_city_in_a_press_photo_is_a_place() -> None:
    dataset = b"\x1c\x02\x5a\x00\x05Minsk\x1c\x02\x78\x00\x05Words"
    data = b"\xff\xd8\xff\xed\x00\x30Photoshop 3.0\x008BIM\x04\x04\x00\x00\x00\x00\x00\x14" + dataset
    place = location_in(BytesIO(data), "image/jpeg")
    (patch,) = place.patches
    assert data[patch[0] : patch[0] + len(patch[1])] == b"Minsk"


@pytest.mark.parametrize("name", CLIPS)
def test_a_video_goes_out_without_its_place_and_plays(clips: Path, name: str) -> None:
    mime_type = {"mp4": "video/mp4", "mov": "video/quicktime", "webm": "video/webm", "mkv": "video/x-matroska"}[
        name[2:]
    ]
    file = clips / name
    assert location_in(BytesIO(file.read_bytes()), mime_type).is_told
    clean = sent(file, mime_type)
    assert not location_in(BytesIO(clean), mime_type).is_told
    assert not {b"53.9", b"\x00\x35\xe6\x66"} & {clean[at : at + 4] for at in range(len(clean))}
    out = clips / f"clean.{name}"
    out.write_bytes(clean)
    played = subprocess.run(
        ("ffmpeg", "-v", "error", "-i", str(out), "-f", "null", "-"), check=False, capture_output=True, timeout=60
    )
    assert (played.returncode, played.stderr) == (0, b"")


@each_of("kind", [b"gpmd", b"camm"])
def test_a_track_of_places_cannot_be_taken_out_and_is_said(kind: bytes) -> None:
    entry = b"\x00\x00\x00\x20stsd\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x10" + kind + bytes(8)
    place = location_in(BytesIO(mp4(more=entry)), "video/mp4")
    assert place.is_fixed
    assert not location_in(BytesIO(mp4()), "video/mp4").is_told


def test_a_broken_file_is_no_error() -> None:
    for data in (photo("JPEG"), photo("PNG"), mp4(more=b"\x00\x00\x00\x20\xa9xyz\x00")):
        for length in range(0, len(data), 1 + len(data) // 40):
            for mime_type in ("image/jpeg", "image/png", "video/mp4", "video/webm"):
                location_in(BytesIO(data[:length]), mime_type)
    location_in(
        BytesIO(b"\x89PNG\r\n\x1a\n\x00\x00\x00\x09zTXtRaw profile type exif\x00\x00" + zlib.compress(b"x")),
        "image/png",
    )
