"""Addresses as people copy them."""

from __future__ import annotations

from bot.domain.copied_addresses import cleaned, fediverse_id, hosts_in, x_id
from tests.harness.table import each_of

ID, ULID, UUID = "115330012345678901", "01HV3Q5Z8M2N4P6R7S9T0V1W2X", "3f2c1a10-8a44-4e6a-9f0e-1f8a3b8f0c11"


@each_of(
    "written",
    [
        "https://x.com/us/status/{}",
        "https://x.com/us/status/{}?s=20",
        "https://x.com/us/status/{}?s=46&t=abc",
        "https://x.com/us/status/{}/photo/1",
        "https://x.com/us/status/{}/video/1",
        "https://x.com/us/status/{}/analytics",
        "https://x.com/i/web/status/{}",
        "https://x.com/i/status/{}",
        "https://mobile.twitter.com/us/status/{}",
        "https://m.x.com/us/status/{}#m",
        "https://twitter.com/us/statuses/{}",
        "https://fxtwitter.com/us/status/{}/en",
        "https://vxtwitter.com/us/status/{}",
        "https://nitter.net/us/status/{}#m",
        "twitter://status?id={}",
        "https://twitter.com/#!/us/status/{}",
        "https://platform.twitter.com/embed/Tweet.html?dnt=true&id={}",
        "https://x.com/intent/like?tweet_id={}",
        "https://publish.twitter.com/?query=https%3A%2F%2Ftwitter.com%2Fus%2Fstatus%2F{}&widget=Tweet",
        "https://www.google.com/url?q=https://x.com/us/status/{}&sa=D",
        "<https://x.com/us/status/{}>",
        "Look: https://x.com/us/status/{}.",
        "“https://x.com/us/status/{}”,",
        "[our post](https://x.com/us/status/{})",
        "x.com/us/status/{}",
        "  www.x.com/us/status/{}/ ",
        "{}",
    ],
)
def test_every_address_of_a_post_on_x_has_its_number(written: str) -> None:
    assert x_id(cleaned(written.format("1912345678901234567"))) == "1912345678901234567"


@each_of("number", [ID, ULID])
@each_of(
    "written",
    [
        "https://social.example/@us/{}",
        "https://social.example/@us/{}/embed",
        "https://social.example/@us/{}/reblogs?x=1#y",
        "https://social.example/web/@us/{}",
        "https://social.example/deck/@us/{}",
        "https://social.example/web/statuses/{}",
        "https://social.example/users/us/statuses/{}",
        "https://social.example/users/us/statuses/{}/activity",
        "https://social.example/ap/users/115330012345678000/statuses/{}",
        "https://social.example/@us/statuses/{}",
        "https://social.example/@us/posts/{}",
        "https://social.example/notice/{}",
        "https://social.example/@us/{}/media/1",
        "https://elk.zone/social.example/@us/{}",
        "https://phanpy.social/#/social.example/s/{}",
        "https://other.example/authorize_interaction?uri=https%3A%2F%2Fsocial.example%2F%40us%2F{}",
        "social.example/@us/{}",
        "<https://social.example/@us/{}>!",
        "{}",
    ],
)
def test_every_address_of_a_post_on_our_server_has_its_id(written: str, number: str) -> None:
    address = cleaned(written.format(number))
    assert fediverse_id(address) == number
    assert not hosts_in(address) or "social.example" in hosts_in(address)


def test_objects_are_named_by_their_uuid_and_flakes_are_ids() -> None:
    assert fediverse_id(f"https://pleroma.example/objects/{UUID}") == UUID
    assert fediverse_id("https://pleroma.example/notice/AqJSFtVbrEaCJFZM9Y") == "AqJSFtVbrEaCJFZM9Y"


@each_of("written", ["", "  ", "our post", "@us@social.example", "javascript:1", "ftp://a.example/1", "7"])
def test_what_is_no_address_is_none(written: str) -> None:
    assert cleaned(written) == ""


def test_a_profile_has_no_id() -> None:
    assert fediverse_id("https://social.example/@us") == ""
    assert x_id("https://x.com/us") == ""
