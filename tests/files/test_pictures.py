"""Pictures that are cut off, as Pillow writes them and as downloads break off."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from bot.files.media_facts import HEAD, recognised
from bot.files.pictures import is_cut_off
from tests.harness.campaign_folder import sound
from tests.harness.table import each_of

NOISE = Image.effect_noise((90, 60), 80).convert("RGB")


def written(kind: str, **how: Any) -> bytes:
    out = BytesIO()
    NOISE.save(out, kind, **how)
    return out.getvalue()


THUMBNAIL = b"Exif\x00\x00" + written("JPEG", quality=20)
"""A whole picture within the headers of another one."""

PICTURES = {
    "png": written("PNG"),
    "jpeg": written("JPEG"),
    "progressive jpeg": written("JPEG", progressive=True),
    "jpeg with restarts": written("JPEG", restart_marker_blocks=4),
    "jpeg with a thumbnail": written("JPEG", exif=THUMBNAIL),
    "webp": written("WEBP"),
    "avif": written("AVIF"),
}


@each_of("data", PICTURES.values())
def test_a_picture_is_whole_or_not(data: bytes) -> None:
    kind = recognised(data[:HEAD])
    assert not is_cut_off(BytesIO(data), kind)
    if kind != "image/avif":
        assert not is_cut_off(BytesIO(data + bytes(40) + b"what a phone keeps here"), kind)
    for length in (len(data) // 2, len(data) * 9 // 10, len(data) - 12, len(data) - 1):
        assert is_cut_off(BytesIO(data[:length]), kind), length


def test_bytes_that_do_not_tell_are_no_fault() -> None:
    for kind, data in (
        ("image/png", b"\x89PNG\r\n\x1a\n" + bytes(64)),
        ("image/jpeg", b"\xff\xd8\xff"),
        ("image/gif", b""),
    ):
        assert not is_cut_off(BytesIO(data), kind)


def test_a_picture_that_is_cut_off_is_told_once(tmp_path: Path) -> None:
    folder = sound(tmp_path).write(
        "messages/call/en.md", "+++\n[[media]]\nfile = 'p.jpg'\nalt = 'P'\n+++\nWords {hashtags}"
    )
    folder.write("messages/call/p.jpg", PICTURES["jpeg"])
    assert folder.told() == []
    folder.write("messages/call/p.jpg", PICTURES["jpeg"][:-500])
    (told,) = folder.told()
    assert '"p.jpg" is not whole: the end of the picture is missing. Copy it again' in told
