"""What such answers once did, each by itself."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest

from bot.cli.app import print_json
from bot.domain import fingerprint
from bot.domain.text import composed, normalised
from bot.platforms.html_text import plain_text
from bot.platforms.http_client import repaired
from bot.platforms.mastodon.entities import list_in, status_in
from bot.platforms.mastodon.parse import LONGEST_TEXT, seen_post
from bot.platforms.x.entities import first_id_at
from bot.services.watching.language import language_of
from bot.text_display import is_hidden, printable
from tests.fuzz.fuzz_harness import NOW, FuzzHarness, assert_plain
from tests.fuzz.hostile import written
from tests.fuzz.samples import account, status, x_listing, x_post
from tests.fuzz.told import JSON, whole
from tests.harness.mastodon_statuses import TAG
from tests.harness.table import each_of

SOURCE, PATH = f"127.0.0.1 #{TAG}", f"/api/v1/timelines/tag/{TAG}"


def is_post(**fields: Any) -> bool:
    """Whether a status with these fields becomes a post."""
    found = status_in(written(status(1) | fields))
    return found is not None and seen_post(found, "a.example") is not None


def by(acct: str) -> dict[str, Any]:
    return account("worker") | {"acct": acct}


def test_half_a_letter_hides_no_page() -> None:
    page = rb'[{"a": "cut \ud83d"}, {"b": "\ud83d\ude00 \\ud83d"}, "' + b'\x01\xff"]'
    assert json.loads(repaired(page)) == [{"a": "cut \ufffd"}, {"b": "😀 \\ud83d"}, " \ufffd"]
    assert len(list_in(page) or ()) == 3


@each_of("body", [b"[" * 100_000, b"", b"null", b'{"a": 1}', b"[\xff", b'"'])
def test_what_is_no_list_is_none(body: bytes) -> None:
    assert list_in(body) is None


@each_of("number", ["", "1/../2", "a b", "\0", "9" * 200, "é", "1?x=2", 0])
def test_an_id_that_cannot_be_asked_for_is_none(number: str | int) -> None:
    assert not is_post(id=number)
    assert is_post(id="01HV3-a_b.c:d")


@each_of("instant", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_an_instant_that_there_is_not_loses_no_post_and_has_a_person_look(instant: str) -> None:
    found = status_in(written(status(1) | {"created_at": instant}))
    assert found is not None
    assert found.created_at is None
    assert found.is_unclear


@each_of("uri", ["https://[", "https://a b", "https://a/\u202e", "https://a/\0", f"https://a/{'й' * 1500}"])
def test_an_address_that_no_browser_or_database_takes_is_none(uri: str) -> None:
    assert not is_post(uri=uri, url="")


@each_of("acct", ["wor\u200bker@a.example", "\u202eworker", "a b", "a\0b", "ㅤ", "a" * 301])
def test_nobody_goes_by_a_name_with_hidden_letters(acct: str) -> None:
    assert not is_post(account=by(acct))
    assert is_post(account=by("рабочий@профсоюз.example"))


def test_an_edit_behind_the_longest_text_is_one_all_the_same() -> None:
    texts = [f"{'a' * LONGEST_TEXT}{end}" for end in ("", "b", "c")]
    prints = set()
    for text in texts:
        found = status_in(written(status(1) | {"content": text}))
        post = seen_post(found, "a.example") if found else None
        assert post is not None
        assert len(post.text) < LONGEST_TEXT + 40
        prints.add(fingerprint.of(post))
    assert len(prints) == 3


def test_numbers_of_letters_without_end_are_no_letters() -> None:
    assert plain_text(f"a&#{'9' * 5000};b&#x{'f' * 5000};c\0&#0;&#1074;") == "a\ufffdb\ufffdc\ufffd\ufffdв"


def test_thousands_of_marks_on_one_letter_do_not_stall_anybody() -> None:
    text = "a" + "\u0315\u0300" * 100_000
    assert composed(text).count("\u0300") + composed(text).count("\u0315") >= 199_999
    assert normalised(normalised(text[:5000])) == normalised(text[:5000])
    usual = "Zażółć gęślą jaźń, ўсё " * 100
    assert composed(unicodedata.normalize("NFD", usual)) == usual


@pytest.mark.parametrize("letter", "\u202e\u2066\u200b\u00ad\u034f\u115f\u3164\ufe00\U000e0100\x9b\x1b\ud800")
def test_what_nobody_sees_is_written_out(letter: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert is_hidden(letter)
    assert printable(f"@a{letter}b") == f"@a\\u{ord(letter):04x}b"
    print_json({"a": f"@a{letter}б"})
    out = capsys.readouterr().out
    assert json.loads(out) == {"a": f"@a{letter}б"}
    assert_plain(out)
    assert "б" in out


def test_an_emoji_stays_one() -> None:
    assert printable("❤\ufe0f 🇧🇾 é") == "❤\ufe0f 🇧🇾 é"


@each_of("code", ["a" * 1000, "e", "ен", "e\0", "../"])
def test_a_language_is_two_or_three_letters(code: str) -> None:
    assert language_of("", code) == ""


def test_a_cookie_spoils_no_later_request(fuzz_on_sqlite: FuzzHarness) -> None:
    fuzz_on_sqlite.read(SOURCE, PATH, whole(b"[]", head=f"{JSON}Set-Cookie: a=\xe9\xff; Path=/\r\n"))
    assert len(fuzz_on_sqlite.read(SOURCE, PATH, whole(written([status(1)])))) == 1


@pytest.mark.parametrize("value", ["9" * 5000, "٣", "-1", "nan"])
def test_a_rate_limit_that_is_no_number_is_none(fuzz_on_sqlite: FuzzHarness, value: str) -> None:
    head = f"{JSON}X-RateLimit-Limit: {'9' * 5000}\r\nX-RateLimit-Remaining: {value if value.isascii() else 3}\r\n"
    assert len(fuzz_on_sqlite.read(SOURCE, PATH, whole(written([status(1)]), head=head))) == 1


def test_what_is_queued_is_shown_plainly(fuzz_on_sqlite: FuzzHarness) -> None:
    uri = "https://union.example/<b>[red]%s{}\u0661&amp;"
    trusted = status(1) | {"account": account("trusted"), "uri": uri}
    (seen,) = fuzz_on_sqlite.read(SOURCE, PATH, whole(written([trusted])))
    assert str(seen.state) == "approved", seen.judgement
    queued = fuzz_on_sqlite.queued()
    assert uri in queued
    assert_plain(queued)


X_PLACE = "x search x", "/2/tweets/search/recent"
NUMBER = int(first_id_at(NOW))


@pytest.mark.parametrize(
    "odd",
    [
        {"id": "abc"},
        {"id": "9" * 30},
        {"author_id": "a\0b"},
        {"created_at": "0001-01-01T00:00:00+14:00"},
        {"text": "half \ud83d", "note_tweet": None},
    ],
)
def test_an_odd_post_on_x_hides_no_other_one(fuzz_on_sqlite: FuzzHarness, odd: dict[str, Any]) -> None:
    page = x_listing(x_post(NUMBER + 1), x_post(NUMBER) | odd)
    page["includes"]["users"] += [{"id": 5}, {"id": "8", "username": "\u202e"}]
    found = fuzz_on_sqlite.read(*X_PLACE, whole(written(page)))
    assert f"https://x.com/i/status/{NUMBER + 1}" in {one.post.uri for one in found}
    assert len(found) == (2 if odd.keys() & {"text", "created_at"} else 1)  # a post's id tells when it was made, too


@pytest.mark.parametrize("meta", [{"newest_id": "abc"}, {"newest_id": "9" * 30}, {"next_token": "a\0b"}])
def test_odd_marks_of_a_page_on_x_stop_nothing(fuzz_on_sqlite: FuzzHarness, meta: dict[str, Any]) -> None:
    fuzz_on_sqlite.read(*X_PLACE, whole(written({"data": [], "meta": meta})))
    assert len(fuzz_on_sqlite.read(*X_PLACE, whole(written(x_listing(x_post(NUMBER)))))) == 1
