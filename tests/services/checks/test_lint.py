"""`bot check`: every fault in one pass, errors apart from warnings, each with what to write instead."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from bot.domain.limits import MASTODON, default_limits
from bot.errors import Severity
from bot.files.drafts import expand
from bot.services.campaign_files import sound_drafts
from bot.services.checks.lint import check
from tests.harness.campaign_folder import PNG, CampaignFolder, sound
from tests.harness.media_files import mp4
from tests.harness.table import each_of

X_TWO = '\n[accounts.two]\nplatform = "x"\naccess_token_env = "TWO"\n'


def one(folder: CampaignFolder) -> str:
    told = folder.told()
    assert len(told) == 1, told
    return told[0]


def test_a_sound_campaign_has_no_fault(tmp_path: Path) -> None:
    assert sound(tmp_path).told() == []


def test_faults_of_all_files_are_found_in_one_pass_by_file_and_line(tmp_path: Path) -> None:
    folder = sound(tmp_path).change("bot.toml", "timezone", "timezne")
    folder.write("messages/call/en.md", "{countdwn}\n{webste}")
    folder.change("schedules/run-up.toml", '"call"', '"cal"').change("schedules/run-up.toml", '"T-3"', '"T3"')
    assert [told.split(": ")[0] for told in folder.told()] == [
        "bot.toml:4",
        "messages/call/en.md:1",
        "messages/call/en.md:2",
        "schedules/run-up.toml:2",
        "schedules/run-up.toml:3",
    ]


def test_faults_of_messages_are_found_when_the_day_of_action_is_wrong_too(tmp_path: Path) -> None:
    folder = sound(tmp_path).change("bot.toml", "2025-04-16", '"soon"').write("messages/call/en.md", "{countdwn}")
    assert [told.split(":")[0] for told in folder.told()] == ["bot.toml", "messages/call/en.md"]


def test_a_text_over_the_length_names_the_part_and_what_to_take_out(tmp_path: Path) -> None:
    folder = sound(tmp_path).write("messages/call/en.md", "Hi\n---\n" + "a" * 290)
    assert one(folder) == (
        "messages/call/en.md:3: error: on x this is 290 characters long, and 280 fit. "
        "Take out 10, split it with a line of ---, or write en.x.md."
    )


def test_the_part_at_fault_is_the_longest_as_the_platform_counts(tmp_path: Path) -> None:
    link = "https://example.org/" + "a" * 300  # counts 23
    folder = sound(tmp_path).write("messages/call/en.md", f"Hi {link}\n---\n" + "a" * 290)
    assert one(folder).startswith("messages/call/en.md:3: error: on x this is 290 characters long")


def test_a_text_is_as_long_as_on_the_day_that_makes_it_longest(tmp_path: Path) -> None:
    folder = sound(tmp_path).write("messages/call/en.md", "a" * 274 + "{countdown}")
    folder.change("schedules/run-up.toml", '"T-7"', '"T-7", "T-20"')
    assert "281 characters" in one(folder)


def test_the_server_says_how_long_a_text_may_be(tmp_path: Path) -> None:
    folder = sound(tmp_path).write("messages/call/en.md", "a" * 600).write("messages/call/en.x.md", "a")
    assert "on mastodon this is 600 characters long, and 500 fit" in one(folder)
    config, library = folder.config(), folder.library()
    larger = replace(MASTODON, max_characters=5000)
    limits = {**default_limits(config), "mastodon": larger}
    drafts, faults = expand(config, library, limits)
    assert check(config, library, drafts, faults, limits) == []


MEDIA = "+++\n[[media]]\nfile = 'a.png'\nalt = 'A'\n+++\nHi"


@each_of(
    ("raw", "line", "what"),
    [
        (PNG + bytes(5 * 1024 * 1024), 3, "a.png has 5.1 MB, and x takes 5"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(9), 3, "x does not take a.png, which is image/heic"),
        (b"fLaC" + bytes(9), 3, "x does not take a.png, which is audio/flac"),
    ],
)
def test_media_that_a_platform_refuses_is_an_error(tmp_path: Path, raw: bytes, line: int, what: str) -> None:
    folder = sound(tmp_path).write("messages/call/en.md", MEDIA).write("messages/call/a.png", raw)
    told = one(folder)
    assert told.startswith(f"messages/call/en.md:{line}: error: {what}"), told


def test_too_many_and_mixed_media_and_long_alternative_texts_are_errors(tmp_path: Path) -> None:
    folder = sound(tmp_path).write("messages/call/a.png", PNG)
    entry = "[[media]]\nfile = 'a.png'\nalt = 'A'\n"
    folder.write("messages/call/en.md", "+++\n" + entry * 5 + "+++\nHi")
    assert [told.split(". ")[0] for told in folder.told()] == [
        "messages/call/en.md:14: error: mastodon takes 4 media, and here are 5",
        "messages/call/en.md:14: error: x takes 4 media, and here are 5",
    ]
    folder.write("messages/call/b.mp4", mp4())
    folder.write("messages/call/en.md", f"+++\n{entry}{entry.replace('a.png', 'b.mp4')}+++\nHi")
    assert "takes one video or sound, or else pictures alone" in folder.told()[0]
    (tmp_path / "messages/call/b.mp4").unlink()
    folder.write("messages/call/en.md", MEDIA.replace("'A'", f"'{'A' * 1200}'"))
    assert one(folder).startswith("messages/call/en.md:4: error: this alternative text has 1200 characters, and x")


@each_of("days", ['["T-3", "T"]', '["T-3", "T+2"]', '["T-3", 2025-04-16]'])
def test_a_countdown_with_nothing_left_to_count_is_an_error(tmp_path: Path, days: str) -> None:
    folder = sound(tmp_path).change("schedules/run-up.toml", '["T-7", "T-3"]', days)
    told = one(folder)
    assert told.startswith("schedules/run-up.toml:3: error: call counts the days, and on ")
    assert "or {countdown} out of messages/call/en.md" in told


def test_a_countdown_on_another_day_for_the_campaign_is_an_error(tmp_path: Path) -> None:
    folder = sound(tmp_path).change("schedules/run-up.toml", "09:30:00", '00:30:00\ntimezone = "Pacific/Auckland"')
    assert all(
        told.startswith("schedules/run-up.toml:4: error: 2025-04-") and "wrong by a day" in told
        for told in folder.told()
    )
    folder.write("messages/call/en.md", "Hi")
    assert folder.told() == []


def test_a_number_of_days_written_out_is_a_warning_on_other_days(tmp_path: Path) -> None:
    folder = sound(tmp_path).write("messages/call/en.md", "Now!\nOnly 3 days left")
    assert one(folder) == (
        "messages/call/en.md:2: warning: this says 3 days, and goes out on T-7. "
        "Write {countdown} if it counts the days to the day of action."
    )


def test_posts_in_a_heap_are_a_warning(tmp_path: Path) -> None:
    folder = sound(tmp_path).write("messages/more/en.md", "Something else")
    second = '[[post]]\nmessage = "more"\ndays = ["T-7", "T-3"]\nat = 09:34:59\naccounts = ["x"]\n'
    folder.write("schedules/z.toml", second)
    assert one(folder) == (
        "schedules/z.toml:1: warning: x posts call (en) and more (en) less than five minutes apart, "
        "first at 2025-04-09 09:34:59 Europe/Berlin. Give them times further apart."
    )
    folder.change("schedules/z.toml", "09:34:59", "09:35:00")
    assert folder.told() == []


def test_nearly_the_same_text_on_two_x_accounts_is_an_error(tmp_path: Path) -> None:
    folder = sound(tmp_path).change("bot.toml", "[links]", X_TWO + "[links]")
    told = one(folder)
    assert told.startswith("schedules/run-up.toml:1: error: two and x would post nearly the same text on X")
    folder.change("schedules/run-up.toml", "at =", 'accounts = ["mastodon", "two"]\nat =')
    assert folder.told() == []


def test_the_same_text_twice_within_a_day_is_told_of_x_alone_and_keeps_nothing_from_going(tmp_path: Path) -> None:
    folder = sound(tmp_path).write("messages/call/en.md", "The same").write("messages/more/en.md", "The  same")
    folder.write("schedules/z.toml", '[[post]]\nmessage = "more"\ndays = ["T-3"]\nat = 18:00:00\n')
    told = one(folder)
    assert told.startswith("schedules/z.toml:1: warning: x would post the same text twice within a day (call (en) at")
    assert "and X refuses the second" in told
    sent = sound_drafts(folder.bot, {})
    assert [draft.account for draft in sent.drafts if draft.message == "more"] == ["mastodon", "x"]
    assert sent.errors == ()
    folder.change("schedules/z.toml", "T-3", "T-5")
    assert folder.told() == []
    folder.write("messages/call/en.md", "The same\n---\nThe same")
    assert any("error: call (en) has two parts with the same text" in told for told in folder.told())


@each_of(
    ("text", "what"),
    [
        ("One\n#freebelarusunionists", "2: warning: #freebelarusunionists is spelled otherwise than in bot.toml"),
        ("#solidarityforever", "1: warning: screen readers cannot tell the words of #solidarityforever apart"),
        ("+++\nlink = 'https://a.example'\n+++\nHi", "2: warning: the head names a link that the text does not use"),
        ("+++\ncontent_warning = 'a'\n+++\nHi", "2: warning: X knows no content warnings"),
        ("+++\nvisibility = 'private'\n+++\nHi", '2: error: X knows no visibility "private": x would post it to every'),
    ],
)
def test_what_would_mislead_readers_is_said(tmp_path: Path, text: str, what: str) -> None:
    folder = sound(tmp_path).write("messages/call/en.md", text)
    assert one(folder).startswith(f"messages/call/en.md:{what}")


def test_an_address_that_is_not_known_yet_is_one_warning_where_it_is_to_be_written(tmp_path: Path) -> None:
    folder = sound(tmp_path).write("messages/call/en.md", "{live}")
    assert one(folder).startswith("bot.toml:17: warning: live has no address yet, and messages/call/en.md waits for it")


@each_of("text", ["#FreeBelarusUnionists", "#Berlin", "#1", "https://a.example/#freebelarusunionists"])
def test_good_hashtags_and_no_hashtags_are_left_alone(tmp_path: Path, text: str) -> None:
    assert sound(tmp_path).write("messages/call/en.md", text).told() == []


def test_a_missing_translation_is_a_warning(tmp_path: Path) -> None:
    folder = sound(tmp_path).change("bot.toml", '["en"]', '["en", "be"]')
    assert one(folder).startswith("messages/call/be.md:1: warning: call has no words in be")
    folder.change("bot.toml", '["en", "be"]', '["be"]').write("messages/call/be.md", "{countdown}")
    assert folder.told()[0].startswith("messages/call/en.md:1: warning: en is not a language of the campaign")


def test_words_that_are_never_posted_are_a_warning(tmp_path: Path) -> None:
    folder = sound(tmp_path).write("messages/lost/en.md", "Hi")
    assert one(folder).startswith("messages/lost/en.md:1: warning: lost is never scheduled")
    folder.change("bot.toml", '["en"]', '["en", "be"]').write("messages/lost/be.md", "Хай")
    folder.write("messages/call/be.md", "{countdown}")
    folder.write("schedules/z.toml", '[[post]]\nmessage = "lost"\ndays = ["T"]\nat = 18:00:00\nlanguages = ["en"]\n')
    assert "lost is never posted in be" in folder.told()[0]


def test_errors_and_warnings_are_told_apart(tmp_path: Path) -> None:
    folder = sound(tmp_path).write("messages/call/en.md", "#solidarityforever " + "a" * 300)
    assert [fault.severity for fault in folder.faults()] == [Severity.ERROR, Severity.WARNING]


def test_the_day_of_action_moves_the_counted_days(tmp_path: Path) -> None:
    folder = sound(tmp_path)
    before = [draft.due_at for draft in folder.drafts()]
    folder.change("bot.toml", "2025-04-16", "2025-04-18")
    assert folder.config().campaign.day_of_action == date(2025, 4, 18)
    assert [draft.due_at for draft in folder.drafts()] == [due + timedelta(days=2) for due in before]
