"""Posts as they will look: pictures as they go out, or why they cannot be shown."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from bot.domain.message import Media
from bot.services.preview import LARGEST_PICTURE, PictureProblem, picture
from tests.files.test_media_place import XMP, photo
from tests.harness.campaign import CampaignHarness


def test_a_picture_is_shown_without_the_place_it_was_taken_at_or_not_at_all(harness: CampaignHarness) -> None:
    data = photo("JPEG", xmp=XMP)
    file = harness.work.root / "photo.jpg"
    file.write_bytes(data)
    media = Media("photo.jpg", "A march.", "image/jpeg", hashlib.sha256(data).hexdigest(), len(data))
    shown = picture(harness.work, media)
    assert isinstance(shown, bytes)
    assert len(shown) == len(data)
    assert b"53,54" in data
    assert b"53,54" not in shown
    assert picture(harness.work, replace(media, size=LARGEST_PICTURE + 1)) is PictureProblem.TOO_LARGE
    file.write_bytes(data + b" ")
    assert picture(harness.work, media) is PictureProblem.CHANGED
    file.unlink()
    assert picture(harness.work, media) is PictureProblem.GONE
