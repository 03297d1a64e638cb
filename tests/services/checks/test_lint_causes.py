"""Faults that have one cause are one line, with a count and the first places."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import Fault, Severity, merged
from tests.harness.campaign_folder import BOT, SCHEDULE, CampaignFolder, sound
from tests.harness.table import each_of

NAMES = ("call", "more", "thanks", "video")


@pytest.fixture
def folder(tmp_path: Path) -> CampaignFolder:
    """Four messages in two languages, each posted by both accounts in turn."""
    folder = sound(tmp_path).write("bot.toml", BOT.replace('["en"]', '["en", "be"]'))
    posts = []
    for place, name in enumerate(NAMES):
        posts.append(SCHEDULE.replace('"call"', f'"{name}"').replace("09", f"{10 + place}"))
        posts.append(posts[-1].replace("30", "45") + 'languages = ["be"]\naccounts = ["mastodon"]\n')
        posts[-2] += 'languages = ["en"]\n'
        for language in ("en", "be"):
            words = f"{name} {{website}} {{hashtags}}" + ("" if language == "en" else " Салідарнасць")
            folder.write(f"messages/{name}/{language}.md", words)
    folder.write("messages/call/en.x.md", "call").write("messages/more/en.x.md", "more")
    folder.write("schedules/run-up.toml", "\n".join(posts))
    assert folder.told() == []
    return folder


def lines(folder: CampaignFolder) -> list[str]:
    return [str(fault) for fault in merged(folder.faults())]


def remove(folder: CampaignFolder, *paths: str) -> CampaignFolder:
    for path in paths:
        (folder.root / path).unlink()
    return folder


def test_a_language_taken_out_is_one_line(folder: CampaignFolder) -> None:
    (told,) = lines(folder.change("bot.toml", '["en", "be"]', '["en"]'))
    assert told == (
        "messages/call/be.md:1: warning: be is not a language of the campaign (4 places: messages/call/be.md:1, "
        'messages/more/be.md:1, messages/thanks/be.md:1 and 1 more). Put "be" back under languages in bot.toml:5, '
        "or take its files away."
    )


SPOILED = {
    "a language is added": (('["en", "be"]', '["en", "be", "pl"]'), "has no words in pl", 4),
    "an account is renamed": (("[accounts.mastodon]", "[accounts.main]"), '"mastodon" is not an account', 4),
    "the hashtags are gone": (('hashtags = ["FreeBelarusUnionists"]\n', ""), "the campaign has none", 8),
    "a link is gone": (('website = "https://campaign.example/"\n', ""), "{website} is not a placeholder", 8),
    "a link is renamed": (("website =", "site ="), "{website} is not a placeholder", 8),
    "an account is gone": (('[accounts.x]\nplatform = "x"\n', ""), "no account of bot.toml is on x", 2),
    "the campaign's header is gone": (("[campaign]\n", ""), "but of [campaign]", 5),
    "the links' header is gone": (("[links]\n", ""), "but of [links]", 2),
    "the time zone is none": (("Europe/Berlin", "Minsk City"), "is not a time zone", 1),
    "the time zone is no place": (("Europe/Berlin", "EST"), "is the name of a time", 1),
    "a key is misspelt": (("hashtags =", "hashtag ="), '"hashtag" is not a key', 1),
    "the day is gone": (("day_of_action = 2025-04-16\n", ""), "has no day_of_action", 1),
    "there are no links": (('[links]\nwebsite = "https://campaign.example/"\nlive = ""\n', ""), "{website} is not", 8),
    "a language's code is wrong": (('["en", "be"]', '["en", "by"]'), '"by" is not a language code', 1),
    "a language's code is another's": (('["en", "be"]', '["en", "bg"]'), 'no message has words in "bg"', 1),
    "a language is in capitals": (('["en", "be"]', '["en", "BE"]'), "is not a language code", 1),
    "the name of a key is another": (("name =", "title_of_it ="), '"title_of_it" is not a key', 1),
    "a platform is missing": (('platform = "x"\n', ""), "[accounts.x] has no platform", 1),
    "a platform is none": (('"mastodon"\n', '"masto"\n'), "is not a platform", 1),
}


@pytest.mark.parametrize(("change", "what", "places"), SPOILED.values(), ids=list(SPOILED))
def test_one_change_in_the_configuration_is_one_line(
    folder: CampaignFolder, change: tuple[str, str], what: str, places: int
) -> None:
    folder.change("bot.toml", *change)
    found = merged(folder.faults())
    about = [fault for fault in found if what in fault.what]
    assert [max(1, len(fault.places)) for fault in about] == [places], lines(folder)
    assert len(found) <= 2, lines(folder)


def test_a_language_without_any_file_is_one_line(folder: CampaignFolder) -> None:
    (told,) = lines(remove(folder, *(f"messages/{name}/be.md" for name in NAMES)))
    assert "schedules/run-up.toml" in told
    assert '"be" is not a language of call (8 places:' in told
    assert "error" in told


def test_heads_between_other_lines_and_a_file_twice_are_one_line(folder: CampaignFolder) -> None:
    for name in NAMES:
        folder.write(f"messages/{name}/be.md", '---\nlink = "https://a.org/"\n---\nСалідарнасць {link}')
    (told,) = lines(folder)
    assert '"---" does not open a head, and what follows would be posted (4 places:' in told
    for name in NAMES:
        folder.write(f"messages/{name}/be.md", "Салідарнасць")
    folder.write("schedules/run-up (1).toml", (folder.root / "schedules/run-up.toml").read_bytes())
    assert len(lines(folder)) == 2 * len(NAMES)  # one for each post


def test_messages_that_are_all_gone_are_one_line(folder: CampaignFolder) -> None:
    remove(folder, *(f"messages/{name}/{language}.md" for name in NAMES for language in ("en", "be")))
    remove(folder, "messages/call/en.x.md", "messages/more/en.x.md")
    for name in NAMES:
        (folder.root / "messages" / name).rmdir()
    (told,) = lines(folder)
    assert "messages/ holds no message, and this names one (8 places:" in told


def test_a_message_that_was_renamed_is_one_line_that_knows_its_new_name(folder: CampaignFolder) -> None:
    (folder.root / "messages/thanks").rename(folder.root / "messages/gratitude")
    (told,) = lines(folder)
    assert 'there is no message "thanks" (2 places:' in told
    assert 'Write "gratitude"' in told


def test_schedules_that_are_gone_are_one_line(folder: CampaignFolder) -> None:
    (told,) = lines(remove(folder, "schedules/run-up.toml"))
    assert "nothing is scheduled" in told


def test_a_picture_that_is_gone_is_one_line(folder: CampaignFolder) -> None:
    for name in NAMES:
        folder.write(f"messages/{name}/en.md", f"+++\n[[media]]\nfile = 'card.png'\nalt = 'A'\n+++\n{name}")
    (told,) = lines(folder)
    assert 'the file "card.png" is missing (4 places:' in told


def test_faults_of_other_groups_or_none_stay_apart() -> None:
    one = Fault("a", 1, "what", "instead", group=("first",))
    other = Fault("b", 2, "what", "instead", Severity.WARNING, group=("first",))
    rest = [
        Fault("c", 3, "what", "instead", group=("second",)),
        Fault("d", 4, "what", "instead"),
        Fault("e", 5, "x", "y"),
    ]
    found = merged([other, *rest, one])
    assert [(fault.path, fault.severity, fault.places) for fault in found] == [
        ("a", Severity.ERROR, ("a:1", "b:2")),
        ("c", Severity.ERROR, ()),
        ("d", Severity.ERROR, ()),
        ("e", Severity.ERROR, ()),
    ]


def test_files_in_another_encoding_are_one_line_and_so_are_files_that_are_passed_over(folder: CampaignFolder) -> None:
    for name in NAMES:
        folder.write(f"messages/{name}/be.md", f"{name} Салідарнасць".encode("cp1251"))
    (told,) = lines(folder)
    assert "is not UTF-8 text (4 places:" in told
    for name in NAMES:
        folder.write(f"messages/{name}/be.md", f"{name} {{website}} Салідарнасць {{hashtags}}")
        folder.write(f"messages/{name}/be.x.md", name)
        folder.write(f"messages/{name}/en.md", "a" * 400 + name).write(f"messages/{name}/en.x.md", name)
    assert folder.told() == []
    for name in NAMES:
        (folder.root / f"messages/{name}/en.x.md").rename(folder.root / f"messages/{name}/en.x.md.txt")
    (told,) = lines(folder)
    assert "this file is not read, so its words would not be posted (4 places:" in told


def test_slips_of_one_kind_in_many_files_are_one_line(folder: CampaignFolder) -> None:
    for name in NAMES:
        folder.write(f"messages/{name}/en.md", "+++\ncontent_warning = “prison”\n+++\n" + name)
    (told,) = lines(folder)
    assert "LEFT DOUBLE QUOTATION MARK is no quotation mark that TOML knows (4 places:" in told
    for name in NAMES:
        folder.write(f"messages/{name}/en.md", f"{name} [our site]({{website}}) {{hashtags")
    told, more = lines(folder)
    assert "a link in Markdown would be posted" in told + more
    assert "is half a placeholder (4 places:" in told + more


def test_links_that_are_all_gone_are_one_line(folder: CampaignFolder) -> None:
    folder.write("messages/call/en.md", "call {website} {live} {hashtags}")
    folder.change("bot.toml", '[links]\nwebsite = "https://campaign.example/"\nlive = ""\n', "")
    (told,) = lines(folder)
    assert told.startswith("bot.toml:1: error: [links] names no address, and messages use {live}, {website} (9 places:")
    assert 'Write [links], and below it live = "https://…"' in told


def test_a_hashtag_that_is_misspelt_in_the_configuration_is_one_line(folder: CampaignFolder) -> None:
    for name in NAMES:
        folder.write(f"messages/{name}/be.md", f"{name} #FreeBelarusUnionists Салідарнасць")
    for slip in ("FreeBelarusUnionist", "FreebelarusUnionists"):
        folder.change("bot.toml", 'hashtags = ["FreeBelarusUnionists"]', f'hashtags = ["{slip}"]')
        (told,) = [line for line in lines(folder) if "messages/" in line]
        assert 'Write "FreeBelarusUnionists" in bot.toml:6, if that is the hashtag' in told
        folder.change("bot.toml", slip, "FreeBelarusUnionists")


def test_a_second_account_on_x_is_one_line(folder: CampaignFolder) -> None:
    folder.change("bot.toml", "[links]", '[accounts.two]\nplatform = "x"\naccess_token_env = "TWO"\n\n[links]')
    (told,) = lines(folder)
    assert "two and x would post nearly the same text on X" in told


@each_of("fence", ["---", "```", "~~~"])
def test_a_head_that_another_mark_opens_and_plus_signs_close_is_one_line(tmp_path: Path, fence: str) -> None:
    folder = sound(tmp_path).write("messages/call/en.md", f'{fence}\nlink = "https://a.example/"\n+++\nHi. {{link}}\n')
    (line,) = folder.told()
    assert line.startswith("messages/call/en.md:1: error: ")
    assert line.endswith("Write +++ alone on this line and on the one below the head.")


def test_a_timezone_under_another_name_is_one_line(tmp_path: Path) -> None:
    (line,) = sound(tmp_path).change("bot.toml", "timezone = ", "clock = ").told()
    assert line.startswith('bot.toml:4: error: "clock" is not a key of [campaign].')
