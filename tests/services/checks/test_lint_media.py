"""What `bot check` says of media, for each platform by its own limits, before anything is uploaded."""

from __future__ import annotations

import random
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from bot.services.campaign_files import sound_drafts
from tests.files.test_media_place import photo
from tests.harness.campaign_folder import CampaignFolder, sound
from tests.harness.media_files import gif, matroska, mp4
from tests.harness.table import each_of


def with_media(root: Path, **files: bytes) -> CampaignFolder:
    """A campaign whose one message carries these files; "_" in a name stands for its last dot."""
    folder = sound(root)
    entries = []
    for name, data in files.items():
        file = ".".join(name.rsplit("_", 1))
        folder.write(f"messages/call/{file}", data)
        entries.append(f'[[media]]\nfile = "{file}"\nalt = "What it shows."\n')
    return folder.write("messages/call/en.md", "+++\n" + "".join(entries) + "+++\n{countdown} {hashtags}\n")


def picture(width: int, height: int) -> bytes:
    written = BytesIO()
    Image.new("1", (width, height)).save(written, "PNG")
    return written.getvalue()


def _on(folder: CampaignFolder, account: str) -> list[str]:
    return [fault.what for fault in folder.faults() if account in fault.what.replace("takes", "").split()]


BOTH, X_ONLY, NONE = ("mastodon", "x"), ("x",), ()


@pytest.mark.parametrize(
    ("files", "accounts", "what"),
    [
        ({"a_gif": gif(), "b_gif": gif(3)}, BOTH, "takes one animated GIF, alone"),
        ({"a_gif": gif(), "b_png": picture(4, 4)}, BOTH, "takes one animated GIF, alone"),
        ({"b_png": picture(4, 4), "a_gif": gif()}, BOTH, "takes one animated GIF, alone"),
        ({"a_gif": gif(1), "b_gif": gif(1)}, BOTH, "takes one animated GIF, alone"),
        ({"a_gif": gif()}, NONE, ""),
        ({"a_mp4": mp4(), "b_png": picture(4, 4)}, BOTH, "takes one video or sound"),
        ({"a_png": matroska(b"matroska")}, BOTH, "does not take a.png, which is video/x-matroska"),
        ({"a_webm": matroska(b"webm")}, X_ONLY, "does not take a.webm, which is video/webm"),
        ({"a_mp4": mp4(149)}, X_ONLY, "a.mp4 is 2:29 minutes long, and x takes 2:20 minutes"),
        ({"a_mp4": mp4(140)}, NONE, ""),
        ({"a_mp4": mp4(0.3)}, X_ONLY, "0.3 s long, and x takes 0.5 s or more"),
        ({"a_mp4": mp4(width=3840, height=2160)}, X_ONLY, "is 3840x2160 pixels, and x takes 1920x1200"),
        ({"a_mp4": mp4(width=1080, height=1920)}, NONE, ""),
        ({"a_mp4": mp4(width=7680, height=4320)}, BOTH, "is 7680x4320 pixels"),
        ({"a_mp4": mp4(rate=120)}, X_ONLY, "has 120 frames a second, and x takes 60"),
        ({"a_mp4": mp4(rate=240)}, BOTH, "has 240 frames a second"),
        ({"a_mp4": mp4(codec=b"hvc1")}, X_ONLY, "the picture of a.mp4 is in hevc, and x takes h264"),
        ({"a_mp4": mp4(sound=b"ac-3", channels=6)}, X_ONLY, "the sound of a.mp4 is in ac3, and x takes aac"),
        ({"a_mp4": mp4(channels=6)}, X_ONLY, "the sound of a.mp4 has 6 channels"),
        ({"a_mp4": mp4(width=1280, height=200)}, X_ONLY, "too narrow for x"),
        ({"a_mp4": mp4(sound=b"")}, NONE, ""),
        ({"a_png": picture(9000, 10)}, X_ONLY, "is 9000x10 pixels, and x takes 8192x8192"),
        ({"a_gif": gif(2, 1280, 1000)}, ("mastodon",), "is 1280x1000 pixels"),
        ({"a_gif": gif(360)}, X_ONLY, "has 360 frames, and x takes 350"),
        ({"a_mp3": b"ID3" + bytes(60)}, X_ONLY, "does not take a.mp3, which is audio/mpeg"),
    ],
)
def test_each_platforms_own_limits(
    tmp_path: Path, files: dict[str, bytes], accounts: tuple[str, ...], what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.files.media_facts._ffprobe", lambda: "")
    folder = with_media(tmp_path, **files)
    told = {account: _on(folder, account) for account in BOTH}
    assert {account for account in BOTH if told[account]} == {*accounts}, folder.told()
    for account in accounts:
        assert any(what in one for one in told[account]), told[account]
    assert sorted(fault.what for fault in folder.faults()) == sorted([*told["mastodon"], *told["x"]])


def test_an_account_that_pays_x_may_post_longer_videos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.files.media_facts._ffprobe", lambda: "")
    folder = with_media(tmp_path, a_mp4=mp4(600))
    folder.change("bot.toml", 'platform = "x"\n', 'platform = "x"\nlongest_video = "20m"\n')
    assert folder.told() == []
    folder.change("bot.toml", '"20m"', '"often"')
    assert any("longest_video" in told and "20m" in told for told in folder.told())


@each_of(
    ("data", "what"),
    [
        (b"", "is empty"),
        (b"version https://git-lfs.github.com/spec/v1\n", "is a pointer of Git LFS"),
        (b"<!DOCTYPE html>", "is not a picture, a video or a sound"),
        (mp4()[:-20], "is not whole: the end of the film is missing"),
        (mp4()[:32] + b"\x00\x00\x00\x10mdat" + bytes(8), "is not whole"),
        (matroska()[:-4], "is not whole"),
    ],
)
def test_a_file_that_is_no_picture_is_told_apart(tmp_path: Path, data: bytes, what: str) -> None:
    assert what in with_media(tmp_path, a_png=data).told()[0]


def test_a_photo_with_a_place_is_a_warning_and_says_what_becomes_of_it(tmp_path: Path) -> None:
    folder = with_media(tmp_path, a_jpg=photo("JPEG"))
    (told,) = folder.told()
    assert told.startswith("messages/call/en.md:3: warning: a.jpg tells where it was taken, and goes out without that.")
    folder.write("bot.toml", folder.bot.read_text() + "\n[media]\nstrip_location = false\n")
    (told,) = folder.told()
    assert "a.jpg tells where it was taken, and goes out so" in told
    assert with_media(tmp_path, a_jpg=photo("JPEG", place=False)).told() == []


def test_one_files_fault_leaves_the_others_to_be_planned_and_is_told(tmp_path: Path) -> None:
    folder = with_media(tmp_path, a_webm=matroska(b"webm"))
    folder.write("messages/other/en.md", "Other words. {hashtags}\n")
    folder.write("schedules/other.toml", '[[post]]\nmessage = "other"\ndays = ["T"]\nat = 10:00:00\n')
    found = sound_drafts(folder.bot, {})
    assert {draft.message for draft in found.drafts} == {"other"}
    assert (found.messages_at_fault, found.schedules_at_fault) == (frozenset({"call"}), False)
    assert {error.path for error in found.errors} == {"messages/call/en.md"}
    folder.write("messages/call/de.md", "Noch {tage}.\n").write("messages/call/en.md", "In {countdown}. {hashtags}\n")
    found = sound_drafts(folder.bot, {})
    assert {(draft.message, draft.language) for draft in found.drafts} == {("other", "en"), ("call", "en")}
    folder.write("schedules/broken.toml", "[[post]]\nmessage = other\n")
    assert sound_drafts(folder.bot, {}).schedules_at_fault


def test_noise_is_never_an_error(tmp_path: Path) -> None:
    noise = random.Random(7)
    for start in (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", mp4()[:40], matroska()[:60], b"RIFF....WEBPVP8X"):
        for _ in range(2):
            with_media(tmp_path, a_png=start + noise.randbytes(400)).told()


def test_only_the_accounts_that_a_schedule_names_are_asked_for_their_limits(tmp_path: Path) -> None:
    folder = with_media(tmp_path, a_webm=matroska(b"webm"))
    assert _on(folder, "x")
    folder.change("schedules/run-up.toml", "at =", 'accounts = ["mastodon"]\nat =')
    assert not _on(folder, "x")
