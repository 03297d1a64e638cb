"""Placeholders, each in the language of its text."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from bot.domain.campaign import Campaign
from bot.domain.message import Media, Wording
from bot.files.rendering import countdown, counted_days, long_date, render, text_faults
from tests.harness.table import each_of

CAMPAIGN = Campaign(
    "Day",
    date(2025, 4, 16),
    ZoneInfo("Europe/Berlin"),
    hashtags=("FreeBelarusUnionists", "April19_WorkersRights"),
    links={"website": "https://a.example/", "live": ""},
)


def rendered(text: str, language: str = "en", day: date = date(2025, 4, 13)) -> tuple[str, str]:
    content, waiting_for = render(Wording("a.md", (text,), link="https://b.example/"), language, day, CAMPAIGN)
    return content.text, waiting_for


@each_of(
    ("language", "texts"),
    [
        ("en", ["1 day", "2 days", "5 days", "21 days", "30 days"]),
        ("be", ["1 дзень", "2 дні", "5 дзён", "21 дзень", "30 дзён"]),
        ("ru", ["1 день", "2 дня", "5 дней", "21 день", "30 дней"]),
        ("uk", ["1 день", "2 дні", "5 днів", "21 день", "30 днів"]),
        ("de", ["1 Tag", "2 Tage", "5 Tage", "21 Tage", "30 Tage"]),
        ("fr", ["1\xa0jour", "2\xa0jours", "5\xa0jours", "21\xa0jours", "30\xa0jours"]),
        ("pt-BR", ["1 dia", "2 dias", "5 dias", "21 dias", "30 dias"]),
        ("ar", ["يوم", "يومان", "5 أيام", "21 يومًا", "30 يومًا"]),
    ],
)
def test_a_countdown_has_the_plural_form_of_its_language(language: str, texts: list[str]) -> None:
    assert [countdown(days, language) for days in (1, 2, 5, 21, 30)] == texts


def test_a_year_stays_a_number_of_days() -> None:
    assert countdown(365, "en") == "365 days"


def test_the_day_of_action_is_written_out() -> None:
    assert long_date(date(2025, 4, 16), "en") == "16 April 2025"
    assert long_date(date(2025, 4, 16), "de") == "16. April 2025"


def test_every_placeholder_is_filled() -> None:
    text = "{countdown} to {day_of_action}: {link} {website} {hashtags}"
    assert rendered(text) == (
        "3 days to 16 April 2025: https://b.example/ https://a.example/ #FreeBelarusUnionists #April19_WorkersRights",
        "",
    )


def test_a_link_that_is_not_known_yet_stays_and_is_waited_for() -> None:
    assert rendered("Live: {live}") == ("Live: {live}", "live")


def test_other_braces_are_braces() -> None:
    assert rendered("{ a } {} {a b} {{website}}") == ("{ a } {} {a b} {https://a.example/}", "")


def test_a_text_is_sent_as_it_would_be_stored() -> None:
    assert rendered("cafe\u0301") == ("caf\u00e9", "")


@each_of(
    ("text", "line", "what", "instead"),
    [
        ("Hi\n{countdwn}", 6, "{countdwn} is not a placeholder", "Write {countdown}"),
        ("{вэбсайт}", 5, "{вэбсайт} is not a placeholder", "Known are"),
        ("Hi\n\n{link}", 7, "the head names no link", "link ="),
    ],
)
def test_an_unknown_placeholder_is_an_error_and_not_an_empty_string(
    text: str, line: int, what: str, instead: str
) -> None:
    (fault,) = text_faults(Wording("a.md", (text,), line=5, lines={"part.0": 5}), CAMPAIGN)
    assert (fault.line, what in fault.what, instead in fault.instead) == (line, True, True)


def test_hashtags_of_a_campaign_without_any_are_an_error() -> None:
    campaign = Campaign("Day", date(2025, 4, 16), ZoneInfo("UTC"))
    (fault,) = text_faults(Wording("a.md", ("{hashtags}",)), campaign)
    assert "the campaign has none" in fault.what


def test_a_placeholder_in_alternative_text_would_be_posted_as_it_stands() -> None:
    media = Media("messages/a/b.png", "{countdown} left", "image/png")
    (fault,) = text_faults(Wording("a.md", ("Hi",), media=(media,), lines={"media.0.alt": 3}), CAMPAIGN)
    assert fault.line == 3


@each_of(
    ("language", "text", "found"),
    [
        ("en", "Only 3 days left, then 14\u00a0days", [3, 14]),
        ("de", "Noch 3 Tage, in 4 Tagen", [3, 4]),
        ("be", "Засталося 3 дні, праз 5 дзён", [3, 5]),
        ("ru", "Осталось 5 дней", [5]),
        ("en", "2,500 days, 3 daysailors, v1.3 days, {3 days", []),
    ],
)
def test_numbers_of_days_are_found_in_each_language(language: str, text: str, found: list[int]) -> None:
    assert [days for days, _ in counted_days(text, language)] == found
