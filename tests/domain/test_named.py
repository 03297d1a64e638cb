"""Whom a post of ours names, however people write that."""

import pytest

from bot.domain.message import Content, Media, Part
from bot.domain.named import named_in
from bot.hosts import handle_key


def named(text: str, *, alt: str = "", warning: str = "", is_on_x: bool = False) -> set[str]:
    files = (Media("a.png", alt, "image/png", "0", 1),) if alt else ()
    content = Content((Part("Hello.", files), Part(text)), "en", content_warning=warning)
    return {handle_key(handle) for handle in named_in(content, "ours.example", is_on_x=is_on_x).handles}


def posts(text: str) -> set[str]:
    return set(named_in(Content((Part(text),), "en"), "ours.example", is_on_x=False).posts)


@pytest.mark.parametrize(
    "text",
    [
        "Thank you, @ana@elsewhere.example!",
        "Thank you (@Ana@Elsewhere.Example.)",
        "ana@elsewhere.example",
        "＠ana＠elsewhere.example",
        "See https://elsewhere.example/@ana.",
        "See (https://elsewhere.example/@ana/114381088358400000)",
        "elsewhere.example/@ana/114381088358400000",
        "https://elsewhere.example/users/ana/statuses/114381088358400000",
        "https://ours.example/@ana@elsewhere.example/114381088358400000",
        "https://ours.example/deck/@ana@elsewhere.example/114381088358400000",
        "https://ours.example/web/@ana@elsewhere.example",
        "https://elsewhere.example/%40ana/114381088358400000",
        "https://ours.example/%40ana%40elsewhere.example",
        "@ana\u200b@elsewhere.example",
        "Thanks,\u200b@\u2060ana\u00ad@elsewhere.example",
        "﹫ａｎａ＠elsewhere.example",
    ],
)
def test_an_account_of_a_server_is_named(text: str) -> None:
    assert "@ana@elsewhere.example" in named(text)
    assert "@ana@elsewhere.example" in named(text, is_on_x=True)
    assert "@ana@elsewhere.example" in named("Nobody", alt=text)
    assert "@ana@elsewhere.example" in named("Nobody", warning=text)


@pytest.mark.parametrize(
    "text",
    ["Thanks to @Ana_1!", "https://x.com/ana_1", "twitter.com/ana_1/status/12", "(https://x.com/Ana_1/status/12?s=20)"],
)
def test_an_account_of_x_is_named(text: str) -> None:
    assert "x:ana_1" in named(text)
    assert named(text, is_on_x=True) == {"x:ana_1"}


def test_a_name_alone_is_on_mastodon_somebody_of_our_own_server_too() -> None:
    assert named("Thanks, @ana.") == {"x:ana", "@ana@ours.example"}


@pytest.mark.parametrize(
    "text",
    [
        "https://x.com/i/status/12",
        "x.com/i/web/status/12?s=20",
        "https://x.com/somebody_else/status/12/photo/1",
        "(https://mobile.twitter.com/i/status/12)",
        "https://fxtwitter.com/eva/status/12",
    ],
)
def test_a_post_on_x_is_told_by_its_number_whosever_name_stands_before_that(text: str) -> None:
    assert posts(text) == {"https://x.com/i/status/12"}


@pytest.mark.parametrize("text", ["Notes.example/notes/9abc123def?a=b#c.", "https://notes.example/notes/9abc123def/"])
def test_a_post_of_which_the_address_does_not_say_whose_it_is_is_told_by_that(text: str) -> None:
    assert (named(text), posts(text)) == (set(), {"https://notes.example/notes/9abc123def"})


@pytest.mark.parametrize("text", ["#FreeThem", "https://campaign.example/", "10.30/11.30, a/b", "Fair @ last", "@"])
def test_nobody_is_named(text: str) -> None:
    assert named(text) == set()


def test_a_host_has_one_form_in_whichever_letters_it_is_written() -> None:
    assert named("Дзякуй @maria@свабода.бел!") == named("@maria@СВАБОДА.бел.") == {handle_key("@maria@свабода.бел")}
