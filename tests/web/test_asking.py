"""An author is asked at their own page, in their own language where we speak it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.web.asking import asked_author
from bot.web.languages import Speech
from tests.harness.seen_posts import post_of
from tests.harness.table import each_of

POST = post_of("ana", datetime(2025, 4, 9, tzinfo=UTC))
SPEECH = Speech("de", ZoneInfo("Europe/Berlin"))


@each_of(
    ("platform", "handle", "url", "page"),
    [
        ("mastodon", "@ana@social.example", "https://www.social.example/@ana/17", "https://www.social.example/@ana"),
        ("mastodon", "@ana@pleroma.example", "https://pleroma.example/notice/A", "https://pleroma.example/@ana"),
        ("mastodon", "@ana@x.example/../evil", "https://social.example/notice/A", "https://social.example/notice/A"),
        ("x", "x:ana", "https://x.com/ana/status/1", "https://x.com/ana"),
        ("x", "x:", "https://x.com/i/status/1", "https://x.com/i/status/1"),
        ("mastodon", "", "javascript:alert(1)", None),
    ],
)
def test_where_they_read_what_is_written_to_them_alone(platform: str, handle: str, url: str, page: str | None) -> None:
    post = replace(POST, platform=platform, url=url, author=replace(POST.author, handle=handle))
    found = asked_author(post, "Day of Action", SPEECH).page
    assert (found.href if found else None) == page


def test_in_their_language_with_its_meaning_for_who_asks() -> None:
    in_belarusian = asked_author(replace(POST, language="be"), "Day of Action", SPEECH)
    assert (in_belarusian.language, in_belarusian.words[:7]) == ("be", "Вітаем!")
    assert in_belarusian.meaning.startswith("Hallo! Wir führen die Kampagne „Day of Action“")
    assert asked_author(replace(POST, language="de-AT"), "Day of Action", SPEECH).meaning == ""
    assert asked_author(replace(POST, language="pl"), "Day of Action", SPEECH).language == "en"
