"""Media on the real servers: what goes out, byte for byte, and what limits are known without asking."""

from __future__ import annotations

import hashlib

from tests.files.test_media_place import photo
from tests.harness.live_campaign import LiveCampaign, in_seconds, now
from tests.harness.media_files import matroska


def with_photo(live: LiveCampaign, data: bytes) -> None:
    live.write("messages/photo/en.md", '+++\n[[media]]\nfile = "a.jpg"\nalt = "A march."\n+++\nThe march.\n')
    (live.root / "messages/photo/a.jpg").write_bytes(data)


def sent(live: LiveCampaign) -> list[str]:
    """The SHA-256 of each file that a server took."""
    on_x = [media["sha256"] for post in live.x.ledger()["posts"] for media in post["media"]]
    return sorted([*on_x, *(entry["sha256"] for entry in live.mastodon.ledger().media)])


def test_a_photo_arrives_without_its_place(live: LiveCampaign) -> None:
    data = photo("JPEG")
    with_photo(live, data)
    live.schedule({"photo": now()})
    live.done("run", "--once")
    first, second = sent(live)
    assert first == second != hashlib.sha256(data).hexdigest()
    assert (live.root / "messages/photo/a.jpg").read_bytes() == data


def test_a_typed_thread_with_a_photo_arrives_on_both_like_a_written_one(live: LiveCampaign) -> None:
    live.write("messages/call/en.md", "Some day.\n")
    live.schedule({"call": in_seconds(86_400)})
    data = photo("JPEG")
    (live.root.parent / "hall.jpg").write_bytes(data)
    live.write("thread.md", "First part.\n---\nSecond part.\n")
    accounts = ("--account", "mastodon", "--account", "x", "--at", "now")
    said = live.done("post", "--file", "thread.md", *accounts, "--media", "../hall.jpg", "--alt", "A hall.", "--json")
    assert [row["account"] for row in said.document] == ["mastodon", "x"]
    live.done("run", "--once")
    assert live.texts() == ["First part.", "First part.", "Second part.", "Second part."]
    first, second = sent(live)
    assert first == second != hashlib.sha256(data).hexdigest(), "without its place"
    assert sum(accepted.reply_to is not None for accepted in live.accepted()) == 2


def test_a_file_that_one_platform_refuses_stops_no_other_and_is_said(live: LiveCampaign) -> None:
    live.write("messages/film/en.md", '+++\n[[media]]\nfile = "a.webm"\nalt = "A march."\n+++\nThe film.\n')
    (live.root / "messages/film/a.webm").write_bytes(matroska(b"webm"))
    live.message("words", "Only words.")
    live.schedule({"film": now(), "words": now()})
    said = live.bot("run", "--once")
    assert said.status == 1
    assert "x does not take a.webm, which is video/webm. Save it as MP4" in said.err
    assert live.texts() == ["Only words."] * 2
    planned = live.bot("plan")
    assert planned.status == 1
    assert "a.webm" in planned.err


def test_what_the_server_said_last_is_known_to_check_and_post(live: LiveCampaign) -> None:
    live.mastodon.settings(max_characters=5000)
    live.message("long", "Words. " * 100)
    live.schedule({"long": now()}, more='accounts = ["mastodon"]')
    assert "on mastodon this is" in live.bot("check").out
    live.bot("run", "--once")
    live.done("run", "--once")
    assert len(live.texts("mastodon")) == 1
    live.mastodon.settings(max_characters=600)
    assert live.bot("check").status == 0
    assert live.done("post", "x" * 900, "--account", "mastodon", "--at", "2099-01-01T00:00Z").status == 0
    live.bot("run", "--once")
    assert "on mastodon this is" in live.bot("check").out
    assert "takes 600" in live.bot("post", "y" * 900, "--account", "mastodon", "--at", "now").err
