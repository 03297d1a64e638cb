"""A union with no campaign yet: from `bot init` to its first own posts, and another union that takes the campaign over.

A transcript: each mistake that a person makes on the way is named, with what to do instead.
"""

from __future__ import annotations

import re
import shutil

from tests.harness.live_campaign import CARD, LiveCampaign

BEGIN: tuple[str, ...] = ("init", "--yes", "--name", "Fair Fares Now", "--city", "Köln", "--languages", "en,de")
BEGIN += ("--hashtags", "FairFaresNow", "--website", "fares.example", "--contact", "press@fares.example")


def test_from_nothing_to_the_first_post_and_to_a_second_union(live: LiveCampaign) -> None:
    shutil.rmtree(live.root)
    live.root.mkdir()
    second = live.mastodon.add_account("fares_de", bot=True)
    secrets = {"MASTODON_2_ACCESS_TOKEN": second.access_token}
    servers = ("--account", live.mastodon.url, "--account", live.mastodon.url, "--account", "x")

    def told(words: tuple[str, ...], answer: str, status: int = 1) -> None:
        said = live.bot(*words)
        assert (said.status, answer in said.out + said.err) == (status, True), said.out + said.err
        assert not re.search(r"Traceback|Errno|\w+Error\b", said.err), said.err

    # nothing is there yet, and a slip in an answer writes nothing
    told(
        ("plan",), "bot.toml:1: error: this file is missing. Go to the campaign's folder, or begin a campaign: bot init"
    )
    told((*BEGIN, "--day", "in May", *servers), '--day: "in May" is not a day. Write it as in 2027-05-20.')
    told((*BEGIN, "--day", "2020-05-20", *servers), "--day: 2020-05-20 is past, and nothing would be posted.")
    told((*BEGIN, "--day", "2099-05-20"), "this has to be said: --account.")
    assert list(live.root.iterdir()) == []
    told(
        (*BEGIN, "--day", "2099-05-20", *servers),
        "bot check        names the 12 places where your words are wanted",
        status=0,
    )
    told((*BEGIN, "--day", "2099-05-20", *servers), "already, and nothing is written over. Name another folder")
    live.change("bot.toml", 'platform                = "x"', f'platform = "x"\napi_base_url = "{live.x.url}"')

    # every place that waits for words has its line; a slip on the way is named, with what to write
    waiting = live.bot("check")
    assert waiting.status == 1
    assert len(re.findall(r"^messages/[a-z-]+/\w\w\.md:1: error: this place waits", waiting.out, re.MULTILINE)) == 12
    for file in sorted((live.root / "messages").rglob("*.md")):
        text = file.read_text(encoding="utf-8")
        file.write_text(re.sub(r"\{TODO: [^}]*\}", f"{file.parent.name}, in {file.stem}.", text), encoding="utf-8")
    launch, picture = "messages/launch/en.md", '+++\n[[media]]\nfile = "card.png"\nalt = "A card."\n+++\n'
    written = (live.root / launch).read_text(encoding="utf-8")
    slips = {
        written.replace(
            "{hashtags}", "{hashtag}"
        ): "launch/en.md:5: error: {hashtag} is not a placeholder. Write {hashtags}",
        picture.replace("card", "hall") + written: 'launch/en.md:3: error: the file "hall.png" is missing.',
        picture.replace('alt = "A card."\n', "")
        + written: "en.md:2: error: this media has no alternative text. Write alt",
        f"{written}{'far too long ' * 40}": "launch/en.md:1: error: on x this is 632 characters long, and 280 fit.",
        picture.replace("[[media]]", "[media]") + written: "en.md:2: error: media must be a list of tables.",
    }
    shutil.copy(CARD, live.root / "messages" / "card.png")
    for slip, answer in slips.items():
        live.write(launch, slip)
        told(("check",), answer)
    live.write(launch, written)
    for place, right, wrong, answer in (
        (
            "schedules/run-up.toml",
            "de = 09:30:00",
            "de = 9:30",
            'schedules/run-up.toml:5: error: "9:30" is not how TOML',
        ),
        ("schedules/run-up.toml", '"launch"', '"lunch"', 'error: there is no message "lunch". Write "launch"'),
        ("bot.toml", '"Europe/Berlin"', '"Berlin"', 'error: "Berlin" is not a time zone. Write "Europe/Berlin".'),
        (
            "bot.toml",
            "[accounts.mastodon-2]",
            "[account.mastodon-2]",
            'error: "account" is not a key of this file. Write "accounts".',
        ),
    ):
        live.change(place, right, wrong)
        told(("check",), answer)
        live.change(place, wrong, right)

    # the second account posts German alone, without a word in the schedules
    live.change("bot.toml", "[accounts.mastodon-2]", '[accounts.mastodon-2]\nlanguages = ["de"]')
    told(("check",), "0 errors", status=0)

    # the first words of their own, on all three
    live.done("plan")
    told(("login", "mastodn"), 'There is no account "mastodn" in bot.toml; there are: mastodon, mastodon-2, x.')
    hello = ("post", "Hello. {hashtags}", "--account")
    told((*hello, "mastodn", "--at", "now"), 'There is no account "mastodn" in bot.toml; there are: mastodon,')
    told((*hello, "mastodon", "--at", "noon"), '"noon" is no time. Write now, 14:30, tomorrow 9:00')
    told((*hello, "mastodon"), "Missing option '--at'.", status=2)
    told((*hello, "x", "--at", "now", "--media", "messages/card.png"), "Each --media takes one --alt", status=2)
    told(("post", "word " * 80, "--account", "x", "--at", "now"), "and x takes 280. Shorten it")
    told(("post", "Hi {hashtag}", "--account", "x", "--at", "now"), "{hashtag} is not a placeholder. Write {hashtags}")
    for account in ("mastodon", "mastodon-2", "x"):
        live.done("post", f"Hello from {account}. {{hashtags}}", "--account", account, "--at", "now")
    assert live.bot("run", "--once", **secrets).status == 0
    expected = sorted(f"Hello from {account}. #FairFaresNow" for account in ("mastodon", "mastodon-2", "x"))
    assert live.texts() == expected
    planned = {(delivery["account"], delivery["message"], delivery["language"]) for delivery in live.queue()}
    assert ("mastodon-2", "launch", "de") in planned
    assert ("mastodon-2", "launch", "en") not in planned

    # another union takes it over, with accounts and a day of its own
    told(("pack", "fares.zip"), "Who takes it over runs: bot init --from fares.zip", status=0)
    told(("init", "theirs", "--from", "fare.zip"), "There is no fare.zip.")
    ours = (
        "--name",
        "Fair Fares Wien",
        "--day",
        "2099-06-03",
        "--city",
        "Wien",
        "--account",
        "wien.example",
        "--account",
        "x",
    )
    told(("init", "theirs", "--from", "fares.zip", "--yes", *ours), "Written: theirs/bot.toml", status=0)
    assert live.union.access_token not in "".join(file.read_text() for file in (live.root / "theirs").rglob("*.toml"))
    near = live.bot("check", "--config", "theirs")
    assert (near.status, "this is still nearly what Fair Fares Now says" in near.out) == (0, True), near.out
    told(("rehearse", "--config", "theirs", "--until", "T-28"), "Nothing of this has left this machine.", status=0)
    assert live.texts() == expected, "nothing was sent by any of it"
