"""Files: in pieces, with their words, ready when X says so."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from io import BytesIO

import pytest

from bot.domain.message import Media
from bot.domain.post import MediaKind, Outgoing
from bot.errors import Outcome, PlatformError
from bot.platforms.x.adapter import XPlatform
from tests.platforms.x.conftest import HandClock
from tests.servers.x.handle import XSimulator

ALT = "Five portraits of jailed union leaders."
MEGABYTE = 1024 * 1024


def picture(mime_type: str = "image/png", size: int = 300, alt: str = ALT) -> tuple[BytesIO, Media]:
    return BytesIO(bytes(range(256)) * (size // 256) + b"!" * (size % 256)), Media("media.bin", alt, mime_type)


def calls(x: XSimulator, ending: str) -> int:
    return sum(request["path"].endswith(ending) for request in x.ledger()["requests"])


def test_a_picture_reaches_x_whole_with_its_alternative_text(
    x: XSimulator, account: XPlatform, clock: HandClock
) -> None:
    file, media = picture(size=2 * MEGABYTE + 5)
    upload = account.upload(file, media)
    assert upload.ready
    assert account.is_ready(upload.media_id)
    assert upload.expires_at - clock.now > timedelta(hours=23)
    account.publish(Outgoing("See", "en", media_ids=(upload.media_id,)))
    (sent,) = x.ledger()["posts"][0]["media"]
    assert (sent["alt"], sent["type"], sent["size"]) == (ALT, "photo", 2 * MEGABYTE + 5)
    assert sent["sha256"] == hashlib.sha256(file.getvalue()).hexdigest()
    assert calls(x, "/append") == 3


@pytest.mark.parametrize(
    ("mime_type", "kind"),
    [("image/jpeg", "photo"), ("image/webp", "photo"), ("image/gif", "animated_gif"), ("video/quicktime", "video")],
)
def test_each_type_of_file_gets_its_category(
    x: XSimulator, account: XPlatform, clock: HandClock, mime_type: str, kind: str
) -> None:
    x.settings(video_looks=1)
    upload = account.upload(*picture(mime_type))
    clock.now += timedelta(seconds=2)
    assert account.is_ready(upload.media_id)
    account.publish(Outgoing("See", "en", media_ids=(upload.media_id,)))
    assert x.ledger()["posts"][0]["media"][0]["type"] == kind


def test_a_video_is_asked_about_only_as_often_as_x_wants(x: XSimulator, account: XPlatform, clock: HandClock) -> None:
    x.settings(video_looks=2, check_after_s=3)
    upload = account.upload(*picture("video/mp4"))
    assert not upload.ready
    for _ in range(5):
        assert not account.is_ready(upload.media_id)
    assert calls(x, "/upload") == 0
    clock.now += timedelta(seconds=3)
    assert not account.is_ready(upload.media_id)
    assert not account.is_ready(upload.media_id)
    clock.now += timedelta(seconds=3)
    assert account.is_ready(upload.media_id)
    assert calls(x, "/upload") == 2


def test_a_video_that_x_cannot_process_is_rejected(x: XSimulator, account: XPlatform, clock: HandClock) -> None:
    x.settings(video_looks=1, video_outcome="failed", video_failure="Duration exceeds max duration of 2.minutes")
    upload = account.upload(*picture("video/mp4"))
    clock.now += timedelta(seconds=2)
    with pytest.raises(PlatformError, match=r"Duration exceeds max duration of 2\.minutes") as refused:
        account.is_ready(upload.media_id)
    assert refused.value.answer is Outcome.REJECTED


def test_an_upload_that_x_has_forgotten_is_rejected(x: XSimulator, account: XPlatform) -> None:
    with pytest.raises(PlatformError) as refused:
        account.is_ready("12345")
    assert refused.value.answer is Outcome.REJECTED


@pytest.mark.parametrize("effect", ["status", "close", "accept_then_html"])
def test_a_file_whose_words_did_not_arrive_is_not_used(x: XSimulator, account: XPlatform, effect: str) -> None:
    x.fault(effect, "/2/media/metadata")  # type: ignore[arg-type]
    with pytest.raises(PlatformError):
        account.upload(*picture())


def test_words_that_x_refused_inside_a_success_are_refused(x: XSimulator, account: XPlatform) -> None:
    x.fault("status", "/2/media/metadata", status=200, body={"errors": [{"detail": "not this"}]})
    with pytest.raises(PlatformError, match="not this") as refused:
        account.upload(*picture())
    assert refused.value.answer is Outcome.REJECTED


@pytest.mark.parametrize("step", ["/initialize", "/append", "/finalize"])
def test_every_step_can_fail_and_the_failure_is_told(x: XSimulator, account: XPlatform, step: str) -> None:
    x.fault("status", f"*{step}", status=429)
    with pytest.raises(PlatformError) as refused:
        account.upload(*picture())
    assert (refused.value.answer, refused.value.pauses_account) == (Outcome.NOT_SENT, False)


@pytest.mark.parametrize(
    ("mime_type", "size", "alt", "why"),
    [
        ("image/png", 300, "", "no alternative text"),
        ("image/png", 300, "a" * 1001, "1001 characters"),
        ("image/png", 5 * MEGABYTE + 1, ALT, "X takes 5"),
        ("image/png", 0, ALT, "is empty"),
        ("video/webm", 300, ALT, "which is video/webm"),
        ("image/tiff", 300, ALT, "X does not take media.bin, which is image/tiff"),
    ],
)
def test_what_x_would_refuse_is_refused_before_the_first_request(
    x: XSimulator, account: XPlatform, mime_type: str, size: int, alt: str, why: str
) -> None:
    with pytest.raises(PlatformError, match=why) as refused:
        account.upload(*picture(mime_type, size, alt))
    assert refused.value.answer is Outcome.REJECTED
    assert x.ledger()["requests"] == []


def test_the_limits_are_those_of_x(account: XPlatform) -> None:
    limits = account.limits()
    assert (limits.max_characters, limits.characters_per_url, limits.max_media) == (280, 23, 4)
    assert (limits.image_bytes, limits.video_bytes, limits.alt_characters) == (5 * MEGABYTE, 512 * MEGABYTE, 1000)
    assert {"image/png", "video/mp4", "video/quicktime"} < limits.mime_types


def test_own_posts_with_media_come_back_without_the_link_that_x_appends(
    x: XSimulator, account: XPlatform, clock: HandClock
) -> None:
    upload = account.upload(*picture())
    account.publish(Outgoing("See #April19", "en", media_ids=(upload.media_id,)))
    (post,) = account.own_posts(clock.now - timedelta(minutes=5))
    assert (post.text, post.media_count) == ("See #April19", 1)
    found = account.fetch(f"https://x.com/i/status/{post.post_id}")
    assert found is not None
    assert (found.text, found.kinds) == ("See #April19", (MediaKind.IMAGE,))
