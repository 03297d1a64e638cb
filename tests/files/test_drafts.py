"""Drafts: every post the files ask for, when it is due, and until when it is true."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.domain.delivery import Draft
from bot.domain.limits import X, default_limits
from bot.domain.message import content_hash
from bot.files import drafts
from bot.files.drafts import expand
from tests.harness.campaign_folder import PNG, CampaignFolder, sound
from tests.harness.table import each_of


def test_each_day_language_and_account_is_a_draft_of_its_own(tmp_path: Path) -> None:
    folder = sound(tmp_path).write("messages/call/be.md", "{countdown} {hashtags}")
    drafts = folder.drafts()
    assert [draft.identity for draft in drafts] == [
        ("call", day, language, account)
        for day in ("T-7", "T-3")
        for language in ("be", "en")
        for account in ("mastodon", "x")
    ]
    first = drafts[0]
    assert first.content.text == "7 дзён #FreeBelarusUnionists"
    assert (first.due_at, first.wall_time) == (
        datetime(2025, 4, 9, 7, 30, tzinfo=UTC),
        "2025-04-09 09:30 Europe/Berlin",
    )
    assert (first.length, first.limit, first.offset) == (28, 500, -7)
    assert (first.path, first.line, first.platform) == ("schedules/run-up.toml", 1, "mastodon")


@each_of(
    ("written", "important"),
    [("", [False, True, True]), ("important = true", [True] * 3), ("important = false", [False] * 3)],
)
def test_the_posts_of_the_day_itself_are_important_unless_something_else_is_written(
    tmp_path: Path, written: str, important: list[bool]
) -> None:
    folder = sound(tmp_path).write("messages/call/en.md", "Hi")
    folder.change("schedules/run-up.toml", '["T-7", "T-3"]', '["T-3", "T"]').change(
        "schedules/run-up.toml", "at =", f'accounts = ["x"]\n{written}\nat ='
    )
    folder.write("messages/more/en.md", "More")
    day = '[[post]]\nmessage = "more"\ndays = [2025-04-16]\nat = 10:00:00\naccounts = ["x"]\n'
    folder.write("schedules/the-day.toml", f"{day}{written}\n")
    assert [draft.important for draft in folder.drafts()] == important


def test_lateness_is_counted_from_the_due_time(tmp_path: Path) -> None:
    folder = sound(tmp_path).write("messages/call/en.md", "Hi")
    folder.change("schedules/run-up.toml", "at =", 'late = "2d"\nat =')
    assert {draft.expires_at - draft.due_at for draft in folder.drafts()} == {timedelta(days=2)}


def test_a_countdown_is_over_at_the_end_of_its_day(tmp_path: Path) -> None:
    folder = sound(tmp_path).change("schedules/run-up.toml", "at =", 'late = "2d"\nat =')
    assert folder.drafts()[0].expires_at == datetime(2025, 4, 9, 22, 0, tzinfo=UTC)


def test_a_countdown_in_another_zone_is_over_where_the_day_ends_first(tmp_path: Path) -> None:
    folder = sound(tmp_path).change("schedules/run-up.toml", "at =", 'timezone = "Europe/Minsk"\nlate = "2d"\nat =')
    assert folder.drafts()[0].expires_at == datetime(2025, 4, 9, 21, 0, tzinfo=UTC)


def test_a_link_that_is_not_known_yet_is_waited_for_and_counted(tmp_path: Path) -> None:
    folder = sound(tmp_path).write("messages/call/en.md", "Live: {live}")
    draft = folder.drafts()[0]
    assert (draft.waiting_for, draft.content.text, draft.length) == ("live", "Live: {live}", 6 + 23)


def test_a_thread_has_its_media_on_the_first_part_and_the_length_of_the_longest(tmp_path: Path) -> None:
    folder = sound(tmp_path).write("messages/call/a.png", PNG)
    folder.write("messages/call/en.md", "+++\n[[media]]\nfile = 'a.png'\nalt = 'A'\n+++\nOne\n---\nThree")
    draft = folder.drafts()[0]
    assert [(part.text, len(part.media)) for part in draft.content.parts] == [("One", 1), ("Three", 0)]
    assert draft.length == 5


def test_the_hash_follows_text_media_and_visibility(tmp_path: Path) -> None:
    folder = sound(tmp_path).write("messages/call/a.png", PNG)
    head = "+++\nvisibility = 'public'\n[[media]]\nfile = 'a.png'\nalt = 'A'\n+++\nOne"
    hashes = [folder.write("messages/call/en.md", head).drafts()[0].content_hash]
    hashes.append(folder.change("messages/call/en.md", "One", "Two").drafts()[0].content_hash)
    hashes.append(folder.change("messages/call/en.md", "'A'", "'B'").drafts()[0].content_hash)
    hashes.append(folder.change("messages/call/en.md", "public", "unlisted").drafts()[0].content_hash)
    hashes.append(folder.write("messages/call/a.png", PNG + b"more").drafts()[0].content_hash)
    assert len(set(hashes)) == len(hashes)
    draft = folder.drafts()[0]
    assert content_hash(draft.content) == draft.content_hash == hashes[-1]


@each_of("days", ['["T-3", "T-3"]', '["T-3", 2025-04-13]'])
def test_a_message_twice_on_a_day_is_an_error_and_one_draft(tmp_path: Path, days: str) -> None:
    folder = sound(tmp_path).change("schedules/run-up.toml", '["T-7", "T-3"]', days)
    config = folder.config()
    drafts, faults = expand(config, folder.library(), default_limits(config))
    assert len(drafts) == 2
    assert all("is scheduled twice on 2025-04-13" in fault.what and fault.line == 3 for fault in faults)
    assert len(faults) == 2


def test_words_for_one_platform_only_are_noticed_on_the_other(tmp_path: Path) -> None:
    folder = sound(tmp_path).write("messages/call/de.x.md", "Hallo")
    (fault,) = (fault for fault in folder.told() if "has no words" in fault)
    assert 'warning: call has no words in "de" for mastodon' in fault
    folder.change("schedules/run-up.toml", "at =", 'languages = ["de"]\nat =')
    assert any("error: call has no words" in fault for fault in folder.told())


NOW = datetime(2025, 4, 12, 9, 0, tzinfo=UTC)


def typed_on_x(folder: CampaignFolder, text: str, language: str = "en") -> tuple[Draft, list[str]]:
    config = folder.config()
    draft, faults = drafts.draft(
        config,
        text,
        config.accounts["x"],
        language=language,
        due_at=NOW,
        expires_at=NOW + timedelta(days=3),
        message="post-1",
    )
    return draft, [fault.what for fault in faults]


def test_a_typed_post_is_filled_in_and_counted_like_a_written_one(tmp_path: Path) -> None:
    draft, faults = typed_on_x(sound(tmp_path), "{countdown} {website}\n---\nmore\n")
    assert faults == []
    assert [part.text for part in draft.content.parts] == ["4 days https://campaign.example/", "more"]
    assert (draft.message, draft.day, draft.wall_time) == ("post-1", "T-4", "2025-04-12 11:00 Europe/Berlin")
    assert draft.expires_at == datetime(2025, 4, 12, 22, 0, tzinfo=UTC)
    assert typed_on_x(sound(tmp_path), "Hi")[0].expires_at == NOW + timedelta(days=3)


@each_of(
    ("text", "language", "what"),
    [
        ("", "en", "there are no words"),
        ("{cuntdown}", "en", "{cuntdown} is not a placeholder"),
        ("{countdown} {live}", "xx", '"xx" is not a language code'),
        ("a" * (X.max_characters + 1), "en", "it is 281 characters long, and x takes 280"),
    ],
)
def test_a_typed_post_is_checked_like_a_written_one(tmp_path: Path, text: str, language: str, what: str) -> None:
    assert typed_on_x(sound(tmp_path), text, language)[1] == [what]
