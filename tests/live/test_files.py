"""Files as people bring them, published for real: the servers' ledgers say what readers would see."""

from __future__ import annotations

import shutil
import unicodedata

from tests.harness.live_campaign import CARD, LiveCampaign, now

NAME = "працаўнік-мітынг-й.png"
HEAD = f'[[media]]\nfile = "{unicodedata.normalize("NFC", NAME)}"\nalt = "A card."\n'


def test_a_head_is_never_published_and_its_picture_is_whoever_saved_the_file(live: LiveCampaign) -> None:
    """A blank line and two byte order marks before the head, old line ends, and a picture's name as macOS writes it."""
    folder = live.root / "messages" / "call"
    live.message("call", "x")
    shutil.copy(CARD, folder / unicodedata.normalize("NFD", NAME))
    text = f"\ufeff\ufeff\n +++\n{HEAD}+++ \nWe stand together.\n{{hashtags}}".replace("\n", "\r\n")
    (folder / "en.md").write_bytes(text.encode())
    live.schedule({"call": now()})
    live.done("run", "--once")
    assert len(live.texts()) == 2
    assert all(said.startswith("We stand together.") and "+++" not in said for said in live.texts())
    assert [post.media for post in live.accepted()] == [1, 1]


def test_what_would_be_published_by_mistake_is_sent_by_nobody(live: LiveCampaign) -> None:
    live.message("call", "We stand together. { hashtags }")
    live.message("more", "Something else.")
    live.schedule({"call": now(), "more": now()})
    said = live.bot("run", "--once")
    assert said.status == 1
    assert "messages/call/en.md:1: error: { hashtags } is not a placeholder" in said.err
    assert live.texts() == ["Something else."] * 2
