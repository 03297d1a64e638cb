"""Which post on our timeline is the one an unanswered request may have made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.domain.matching import WantedPost, find, find_older, is_current
from bot.domain.post import OwnPost
from tests.harness.table import each_of

NOW = datetime(2025, 4, 16, 8, tzinfo=UTC)
NONE: frozenset[str] = frozenset()
WORDS = "Free them all. https://www.ilo.org/ #FreeBelarusUnionists"


def post(post_id: str = "1", text: str = WORDS, at: timedelta = timedelta(), **more: object) -> OwnPost:
    return OwnPost(post_id, f"https://a.example/{post_id}", text, NOW + at, **more)  # type: ignore[arg-type]


def found(*posts: OwnPost, wanted: WantedPost | None = None, taken: frozenset[str] = NONE) -> str:
    """The id of what was found among posts, newest first."""
    match = find(wanted or WantedPost(NOW, text=WORDS), posts, taken)
    return match.post_id if match else ""


def test_the_same_words_are_found() -> None:
    assert found(post("2", "Something else"), post()) == "1"


@each_of(
    "text",
    [
        f"  {WORDS}\n",
        WORDS.replace(" ", "\u00a0"),
        WORDS.replace("all. ", "all.\n\n"),
        WORDS.replace("https://", "http://"),
        WORDS.replace("all.", "all.\u200b"),
    ],
)
def test_what_a_platform_does_to_spaces_and_links_is_no_difference(text: str) -> None:
    assert found(post(text=text)) == "1"


def test_composed_and_decomposed_letters_are_the_same() -> None:
    assert found(post(text="Ўсім свабоду"), wanted=WantedPost(NOW, "У\u0306сім свабоду")) == "1"


@each_of("text", [WORDS + "!", WORDS[:-1], WORDS.upper(), ""])
def test_other_words_are_another_post(text: str) -> None:
    assert found(post(text=text)) == ""


def test_the_number_of_files_and_the_thread_must_be_right() -> None:
    assert found(post(media_count=1)) == ""
    assert found(post(reply_to="9")) == ""
    wanted = WantedPost(NOW, text=WORDS, media_count=1, reply_to="9")
    assert found(post("3", media_count=1, reply_to="9"), post("2", media_count=1), wanted=wanted) == "3"


def test_a_post_from_before_is_not_the_one() -> None:
    assert found(post(at=-timedelta(hours=1))) == ""


def test_a_servers_clock_may_be_a_little_behind() -> None:
    assert found(post(at=-timedelta(seconds=90))) == "1"


@each_of("skew", [timedelta(hours=-25), timedelta(hours=25)])
def test_the_order_of_the_timeline_proves_more_than_clocks(skew: timedelta) -> None:
    timeline = (post("3", at=skew), post("2", "The newest before.", skew), post("1", at=skew))
    assert found(*timeline, wanted=WantedPost(NOW, WORDS, after="2")) == "3"
    assert found(*timeline[1:], wanted=WantedPost(NOW, WORDS, after="2")) == ""


def test_where_the_newest_before_is_not_shown_the_clock_serves() -> None:
    timeline = (post("3"), post("1", at=-timedelta(hours=1)))
    assert found(*timeline, wanted=WantedPost(NOW, WORDS, after="gone")) == "3"


def test_what_is_another_deliverys_is_left_out() -> None:
    assert found(post("2"), post("1"), taken=frozenset({"1"})) == "2"


def test_of_several_the_oldest_is_taken() -> None:
    assert found(post("2", at=timedelta(seconds=9)), post("1")) == "1"


def test_a_reshare_is_found_by_what_it_reshares_whenever_it_was_made() -> None:
    wanted = WantedPost(NOW, reshare_of="https://b.example/7")
    timeline = (
        post("3", reshare_of="https://b.example/8"),
        post("2", at=-timedelta(days=3), reshare_of=wanted.reshare_of),
    )
    assert found(*timeline, wanted=wanted) == "2"
    assert found(timeline[0], post(), wanted=wanted) == ""


def test_a_reshare_of_our_own_words_is_not_our_post() -> None:
    assert found(post(reshare_of="https://b.example/7")) == ""


def test_a_reading_without_our_newest_post_is_behind() -> None:
    assert is_current("", [])
    assert is_current("1", [post("2"), post("1")])
    assert not is_current("3", [post("2"), post("1")])


def test_a_post_that_is_older_than_the_request_by_the_servers_clock_is_not_the_one_whatever_the_order() -> None:
    wanted = WantedPost(NOW, WORDS, after="1", age=timedelta(seconds=10))
    by_hand = post("2", age=timedelta(minutes=5))
    timeline = (by_hand, post("1", "The newest before."))
    assert found(*timeline, wanted=wanted) == ""
    assert find_older(wanted, timeline, NONE) == by_hand
    assert found(post("3", age=timedelta(seconds=9)), *timeline, wanted=wanted) == "3"


def test_an_age_says_nothing_where_our_clock_was_set_back() -> None:
    timeline = (post("2", age=timedelta(minutes=5)), post("1", "The newest before."))
    wanted = WantedPost(NOW, WORDS, after="1")
    assert found(*timeline, wanted=wanted) == "2"
    assert find_older(wanted, timeline, NONE) is None
