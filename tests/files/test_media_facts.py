"""What files show of themselves: by our own reader and by ffprobe, on files that ffmpeg made, and on broken ones."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from bot.domain.limits import MASTODON, SILENT_SERVER, MediaFault, X, refusals
from bot.domain.message import Media, MediaFacts
from bot.files import media_facts
from bot.files.media_facts import HEAD, facts_of, recognised
from tests.harness.media_files import gif, matroska, mp4
from tests.harness.table import each_of

X264, AAC = ("-c:v", "libx264", "-g", "10"), ("-c:a", "aac")
FRAGMENTS = "frag_keyframe+empty_moov"
CLIPS: dict[str, Sequence[str]] = {
    "a.mp4": (*X264, *AAC, "-ac", "2"),
    "a.mov": (*X264, *AAC, "-ac", "1"),
    "a.webm": ("-c:v", "libvpx", "-c:a", "libopus"),
    "a.mkv": (*X264, "-c:a", "libmp3lame"),
}
OTHERS: dict[str, Sequence[str]] = {
    "fragments.mp4": (*X264, *AAC, "-movflags", FRAGMENTS),
    "dash.mp4": (*X264, *AAC, "-movflags", f"{FRAGMENTS}+default_base_moof+dash+global_sidx"),
    "each.mp4": (*X264, *AAC, "-movflags", "frag_every_frame+empty_moov"),
    "index-and-fragments.mp4": (*X264, *AAC, "-movflags", "frag_keyframe"),
    "index-first.mp4": (*X264, *AAC, "-movflags", "+faststart"),
    "mp3.mp4": (*X264, "-c:a", "libmp3lame", "-ac", "2"),
    "surround.mp4": (*X264, *AAC, "-ac", "6"),
    "surround.mov": (*X264, *AAC, "-ac", "8"),
    "four.mp4": (*X264, *AAC, "-af", "aformat=channel_layouts=quad"),
    "dolby.mp4": (*X264, "-c:a", "ac3", "-ac", "6"),
    "mpeg4.mp4": ("-c:v", "mpeg4", *AAC),
    "uneven.mp4": ("-vf", "select='not(mod(n,3))'", "-vsync", "vfr", *X264, *AAC),
    "live.webm": ("-c:v", "libvpx", "-c:a", "libopus", "-live", "1"),
    "silent.mp4": (*X264, "-an"),
}
"""What the likeliest programs do not write, and cameras, browsers and editors do."""


def film(file: Path, codecs: Sequence[str], place: Sequence[str] = ()) -> Path:
    """Make a film of two seconds."""
    source = ("-f", "lavfi", "-i", "testsrc=s=64x48:r=25:d=2", "-f", "lavfi", "-i", "sine=d=2")
    subprocess.run(("ffmpeg", "-v", "error", "-y", *source, *codecs, *place, str(file)), check=True, timeout=60)
    return file


def by_both(file: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[MediaFacts, MediaFacts]:
    """What our reader says of a file, and what ffprobe does."""
    with file.open("rb") as opened:
        mime_type = recognised(opened.read(HEAD))
    by_ffprobe = facts_of(file, mime_type)
    monkeypatch.setattr(media_facts, "_ffprobe", lambda: "")
    return facts_of(file, mime_type), by_ffprobe


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    for name, codecs in CLIPS.items():
        film(folder / name, codecs, ("-metadata", "location=+53.9000+027.5667/"))
    return folder


def seen(facts: MediaFacts) -> tuple[object, ...]:
    """What both readers must agree on; lengths in tenths of a second."""
    sound = facts.audio_codec, facts.audio_channels
    return facts.width, facts.height, round(facts.seconds, 1), round(facts.frame_rate), facts.video_codec, sound


@pytest.mark.parametrize("name", CLIPS)
def test_our_reader_and_ffprobe_see_the_same(clips: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, by_ffprobe = by_both(clips / name, monkeypatch)
    assert seen(ours)[:2] == (64, 48)
    assert seen(ours) == seen(by_ffprobe)


@pytest.mark.parametrize("name", OTHERS)
def test_our_reader_sees_what_ffprobe_does_in_films_of_other_makes(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, by_ffprobe = by_both(film(tmp_path / name, OTHERS[name]), monkeypatch)
    assert abs(ours.seconds - by_ffprobe.seconds) < 0.1
    assert abs(ours.frame_rate - by_ffprobe.frame_rate) < 1
    assert (ours.width, ours.height, ours.video_codec) == (64, 48, by_ffprobe.video_codec)
    assert (ours.audio_codec, ours.audio_channels) == (by_ffprobe.audio_codec, by_ffprobe.audio_channels)


def test_films_that_were_cut_turned_or_sent_through_a_pipe_are_read_too(
    clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed(name: str, *how: str, source: str = "a.mp4", before: Sequence[str] = ()) -> Path:
        command = ("ffmpeg", "-v", "error", "-y", *before, "-i", str(clips / source), "-c", "copy", *how)
        if name.endswith(".webm"):  # through a pipe the writer cannot go back: no length, clusters without an end
            (tmp_path / name).write_bytes(subprocess.run((*command, "-"), check=True, capture_output=True).stdout)
        else:
            subprocess.run((*command, str(tmp_path / name)), check=True)
        return tmp_path / name

    cut = changed("cut.mp4", "-ss", "1")
    late = changed("late.mp4", before=("-itsoffset", "3"))
    piped = changed("piped.webm", "-f", "webm", "-cluster_time_limit", "300", source="a.webm")
    for file, seconds in ((cut, 1.0), (late, 5.0), (piped, 2.0)):
        with monkeypatch.context() as patched:
            ours, by_ffprobe = by_both(file, patched)
        assert abs(ours.seconds - seconds) < 0.2, file
        assert abs(ours.seconds - by_ffprobe.seconds) < 0.1, file


def test_a_length_of_64_bits_is_read(clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = (clips / "a.mp4").read_bytes()
    at = data.index(b"mdat") - 4
    size = int.from_bytes(data[at : at + 4], "big")
    large = b"\x00\x00\x00\x01mdat" + (size + 8).to_bytes(8, "big")
    file = tmp_path / "large.mp4"
    file.write_bytes(data[:at] + large + data[at + 8 :])
    monkeypatch.setattr(media_facts, "_ffprobe", lambda: "")
    assert seen(facts_of(file, "video/mp4")) == seen(facts_of(clips / "a.mp4", "video/mp4"))


@each_of(
    ("name", "mime_type", "more"),
    [
        ("a.avi", "video/x-msvideo", ("-c:v", "mpeg4")),
        ("a.flv", "video/x-flv", ("-ar", "44100")),
        ("a.mpg", "video/mpeg", ()),
        ("a.ts", "video/mp2t", X264),
        ("a.m2ts", "video/mp2t", X264),
        ("a.wmv", "video/x-ms-asf", ()),
        ("a.ogv", "video/ogg", ()),
    ],
)
def test_films_in_containers_that_nobody_takes_are_told_by_their_type(
    tmp_path: Path, name: str, mime_type: str, more: Sequence[str]
) -> None:
    start = film(tmp_path / name, more).read_bytes()[:HEAD]
    assert recognised(start) == mime_type
    for limits in (X, MASTODON, SILENT_SERVER):
        (refusal,) = refusals(Media(f"messages/call/{name}", "What it shows.", mime_type), "account", limits)
        assert refusal.fault is MediaFault.TYPE
        assert "MP4 (H.264 and AAC)" in refusal.instead


@each_of(
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


@each_of("kind", ["PNG", "JPEG", "WEBP"])
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
