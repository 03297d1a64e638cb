"""A post typed by a person: when it goes, on which accounts, with which files, and what is like it already."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import RefusedCode
from bot.services import compose, selection
from bot.services.compose import TypedPost
from tests.harness.campaign import CampaignHarness
from tests.harness.live_campaign import CARD
from tests.harness.refusals import refused

NOON = datetime(2025, 4, 10, 10, 0, tzinfo=UTC)
"""12:00 in Berlin, six days before the day of action."""

PICTURE = CARD.read_bytes()


@pytest.fixture
def noon(harness: CampaignHarness) -> CampaignHarness:
    harness.move_to(NOON)
    return harness


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("now", NOON),
        ("14:30", NOON + timedelta(hours=2.5)),
        ("today 14.30", NOON + timedelta(hours=2.5)),
        ("tomorrow 9:00", NOON + timedelta(hours=21)),
        ("T-1 12:00", NOON + timedelta(days=5)),
        ("t 12:00", NOON + timedelta(days=6)),
        ("2025-04-11 12:00", NOON + timedelta(days=1)),
        ("2025-04-11T10:00Z", NOON + timedelta(days=1)),
    ],
)
def test_a_time_is_written_as_people_say_it(noon: CampaignHarness, at: str, due: datetime) -> None:
    assert compose.queue(noon.work, TypedPost("We are live.", ("mastodon",), at), "ana")[0].due_at == due


@pytest.mark.parametrize(
    ("at", "code", "words"),
    [
        ("11:00", RefusedCode.TIME_IS_OVER, '"11:00" is past: it is .* today. Write tomorrow 11:00, or now.'),
        ("T-9 12:00", RefusedCode.TIME_IS_PAST, "T-9 12:00 is past already"),
        ("2026-03-29 02:30", RefusedCode.TIME_NOT_CLEAR, "does not exist: the clock skips it"),
        ("2025-10-26 02:30", RefusedCode.TIME_NOT_CLEAR, "happens twice"),
        ("25:00", RefusedCode.NOT_A_TIME, "tomorrow 9:00"),
        ("soon", RefusedCode.NOT_A_TIME, '"soon" is no time'),
    ],
)
def test_a_time_that_cannot_be_is_one_clear_line(noon: CampaignHarness, at: str, code: RefusedCode, words: str) -> None:
    with refused(code, words):
        compose.queue(noon.work, TypedPost("We are live.", ("mastodon",), at), "ana")
    assert noon.all() == []


def test_on_several_accounts_it_is_queued_on_all_or_none(noon: CampaignHarness, tmp_path: Path) -> None:
    file = tmp_path / "hall.png"
    file.write_bytes(PICTURE)
    typed = TypedPost("One.\n---\nTwo.", ("mastodon", "x"), "now", media=((file, "A hall."),))
    first, second = compose.queue(noon.work, typed, "ana")
    assert [len(delivery.content.parts) for delivery in (first, second)] == [2, 2]
    (kept,) = first.content.parts[0].media
    assert (kept.alt, first.content.parts[1].media) == ("A hall.", ())
    file.unlink()
    assert (noon.folder / kept.path).read_bytes() == PICTURE
    with refused(RefusedCode.TEXT_AT_FAULT, "x takes 280"):
        compose.queue(noon.work, TypedPost("word " * 80, ("mastodon", "x"), "now"), "ana")
    with refused(RefusedCode.TEXT_AT_FAULT, "has no alternative text"):
        compose.queue(noon.work, TypedPost("One.", ("mastodon",), "now", media=((file, " "),)), "ana")
    with refused(RefusedCode.TEXT_AT_FAULT, "is missing"):
        compose.queue(noon.work, TypedPost("One.", ("mastodon",), "now", media=((file, "A hall."),)), "ana")
    assert len(noon.all()) == 2


def test_equal_words_on_the_same_account_are_found_before_anything_is_queued(noon: CampaignHarness) -> None:
    words = "We stand together in front of the embassy until all of them are free again"
    (queued,) = compose.queue(noon.work, TypedPost(words, ("mastodon",), "now"), "ana")
    with selection.dry_run(noon.work, is_wanted=True) as rehearsed:
        previews = compose.queue(rehearsed, TypedPost(f"{words}!", ("mastodon", "x"), "now"), "ana")
    assert len(noon.all()) == 1
    (near,) = compose.said_already(noon.work, previews)
    assert (near.account, near.delivery.id, near.is_same) == ("mastodon", queued.id, False)


def test_of_several_posts_with_the_words_the_latest_is_named(noon: CampaignHarness) -> None:
    words = "We stand together in front of the embassy until all of them are free again"
    for at in ("tomorrow 9:00", "tomorrow 11:00", "tomorrow 10:00"):
        compose.queue(noon.work, TypedPost(words, ("mastodon",), at), "ana")
        compose.queue(noon.work, TypedPost(f"Something else altogether is on, {at}", ("mastodon",), at), "ana")
    assert [near.delivery.id for near in compose.said_already(noon.work, noon.all()[:1])] == [3]


def test_what_another_account_on_x_has_said_is_refused_and_what_a_taken_over_campaign_said_is_doubted(
    noon: CampaignHarness,
) -> None:
    """X forbids the same words on several accounts, whenever and whoever."""
    words = "We stand together in front of the embassy until all of them are free again"
    accounts = noon.work.config.accounts
    twin = replace(accounts["x"], name="x-two")
    work = replace(noon.work, config=replace(noon.work.config, accounts={**accounts, "x-two": twin}))
    compose.queue(work, TypedPost(words, ("mastodon",), "now"), "ana")
    (first,) = compose.queue(work, TypedPost(words, ("x-two",), "now"), "ana")
    with refused(RefusedCode.TEXT_AT_FAULT, rf"x-two says nearly the same \(delivery {first.id}\), and X forbids"):
        compose.queue(work, TypedPost(f"{words}!", ("x",), "tomorrow 9:00"), "ana")
    assert compose.queue(work, TypedPost("Something else altogether is on at noon", ("x",), "now"), "ana")
    assert compose.doubts(work, TypedPost(words, ("x",), "now")) == []
    record = {"name": "Fair Fares", "accounts": {}, "texts": {"messages/call/en.md": [f"{words}."]}}
    (noon.folder / "pack.json").write_text(json.dumps(record))
    (doubt,) = compose.doubts(work, TypedPost(words, ("mastodon", "x"), "now"))
    assert doubt.startswith("this is nearly what Fair Fares says")
    assert compose.doubts(work, TypedPost(words, ("mastodon",), "now")) == []
