"""What files show of themselves: by our own reader and by ffprobe, on files that ffmpeg made, and on broken ones."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from bot.domain.message import MediaFacts
from bot.files import media_facts
from bot.files.media_facts import HEAD, facts_of, recognised
from tests.harness.media_files import gif, matroska, mp4

CLIPS: dict[str, Sequence[str]] = {
    "a.mp4": ("-c:v", "libx264", "-c:a", "aac", "-ac", "2"),
    "a.mov": ("-c:v", "libx264", "-c:a", "aac", "-ac", "1"),
    "a.webm": ("-c:v", "libvpx", "-c:a", "libopus"),
    "a.mkv": ("-c:v", "libx264", "-c:a", "libmp3lame"),
}


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    for name, codecs in CLIPS.items():
        source = ("-f", "lavfi", "-i", "testsrc=s=64x48:r=25:d=2", "-f", "lavfi", "-i", "sine=d=2")
        place = ("-metadata", "location=+53.9000+027.5667/")
        subprocess.run(("ffmpeg", "-v", "error", *source, *codecs, *place, str(folder / name)), check=True, timeout=60)
    return folder


def seen(facts: MediaFacts) -> tuple[object, ...]:
    """What both readers must agree on; lengths in tenths of a second."""
    sound = facts.audio_codec, facts.audio_channels
    return facts.width, facts.height, round(facts.seconds, 1), round(facts.frame_rate), facts.video_codec, sound


@pytest.mark.parametrize("name", CLIPS)
def test_our_reader_and_ffprobe_see_the_same(clips: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = clips / name
    with file.open("rb") as opened:
        mime_type = recognised(opened.read(HEAD))
    by_ffprobe = facts_of(file, mime_type)
    monkeypatch.setattr(media_facts, "_ffprobe", lambda: "")
    ours = facts_of(file, mime_type)
    assert seen(ours)[:2] == (64, 48)
    assert seen(ours) == seen(by_ffprobe)


@pytest.mark.parametrize(
    ("start", "mime_type"),
    [
        (matroska(b"matroska"), "video/x-matroska"),
        (matroska(b"webm"), "video/webm"),
        (b"\x1a\x45\xdf\xa3\x9fB\x82\x88matroska" + bytes(20), "video/x-matroska"),
        (b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1avifmiaf", "image/avif"),
        (b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1heicmiaf", "image/heic"),
        (b"\x00\x00\x00\x14ftypqt  \x00\x00\x02\x00qt  ", "video/quicktime"),
        (b"\x00\x00\x00\x08wide\x00\x00\x01\x00mdat", "video/quicktime"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "video/x-msvideo"),
        (b"BM6\x00", "image/bmp"),
        (b"%PDF-1.7", "application/pdf"),
        (b"FLV\x01", "video/x-flv"),
        (b"<html>", ""),
        (b"", ""),
    ],
)
def test_the_type_is_read_from_the_file_and_not_from_its_name(start: bytes, mime_type: str) -> None:
    assert recognised(start) == mime_type


def test_a_gif_counts_as_animated_from_its_second_frame_on(tmp_path: Path) -> None:
    for frames, animated in ((1, False), (2, True), (5, True)):
        file = tmp_path / f"{frames}.gif"
        file.write_bytes(gif(frames))
        facts = facts_of(file, "image/gif")
        assert (facts.is_animated, facts.width, facts.height) == (animated, 40, 40)
        assert facts.frames == (frames if animated else 0)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_the_size_of_a_picture_is_read(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "picture"
    Image.new("RGB", (301, 17)).save(file, kind, lossless=True)
    facts = facts_of(file, f"image/{kind.lower()}")
    assert (facts.width, facts.height, facts.is_animated) == (301, 17, False)


def test_a_file_that_is_cut_off_anywhere_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media_facts, "_ffprobe", lambda: "")
    jpeg = BytesIO()
    Image.new("RGB", (9, 9)).save(jpeg, "JPEG")
    whole = {"video/mp4": mp4(), "video/webm": matroska(), "image/gif": gif(), "image/jpeg": jpeg.getvalue()}
    file = tmp_path / "part"
    for mime_type, data in whole.items():
        for length in range(0, len(data), 1 + len(data) // 40):
            file.write_bytes(data[:length])
            facts_of(file, mime_type)
