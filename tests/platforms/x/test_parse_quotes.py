"""What a post on X shows of others: quoted posts in both spellings, links to posts, shared videos, repeated words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain import fingerprint
from bot.domain.post import MediaKind, SeenPost, Shown, ShownAs, ShownState, all_shown, looked_at
from bot.errors import PlatformError
from bot.platforms.x.adapter import XPlatform
from tests.servers.x.handle import XSimulator

HERS = "Here is my voice from the factory floor"


def fetched(x: XSimulator, account: XPlatform, text: str = "Hear her!", **more: Any) -> SeenPost:
    found = account.fetch(f"https://x.com/i/status/{x.seed_post('Union', text, **more)}")
    assert found is not None
    return found


def shown(post: SeenPost) -> Shown:
    (one,) = post.shows
    return one


@pytest.mark.parametrize("spelling", ["tweet", "post"])
def test_a_quoted_post_comes_with_its_author_and_is_found_by_the_search_too(
    x: XSimulator, account: XPlatform, spelling: str
) -> None:
    x.settings(spelling=spelling)
    x.add_user("Alesia", description="Please #nobot", followers=12)
    hers = x.seed_post("Alesia", HERS, media=[{"type": "video"}])
    one = shown(fetched(x, account, quotes=hers))
    assert (one.how, one.state, one.uri) == (ShownAs.QUOTE, ShownState.READ, f"https://x.com/i/status/{hers}")
    assert one.post is not None
    assert (one.post.author.handle, one.post.author.bio) == ("x:Alesia", "Please #nobot")
    assert (one.post.text, one.post.author.followers, one.post.kinds) == (HERS, 12, (MediaKind.VIDEO,))


@pytest.mark.parametrize("fate", ["deleted", "protected"])
def test_a_quoted_post_that_x_leaves_out_is_gone(x: XSimulator, account: XPlatform, fate: str) -> None:
    x.add_user("Alesia")
    hers = x.seed_post("Alesia", HERS)
    mine = x.seed_post("Union", "Hear her!", quotes=hers)
    if fate == "deleted":
        x.delete_post(hers)
    else:
        x.edit_user("Alesia", protected=True)
    found = account.fetch_all([f"https://x.com/i/status/{mine}"])[f"https://x.com/i/status/{mine}"]
    assert found is not None
    assert (shown(found).state, shown(found).post) == (ShownState.GONE, None)


def test_quotes_within_quotes_and_linked_posts_are_looked_up_in_one_request(x: XSimulator, account: XPlatform) -> None:
    innermost, linked = x.seed_post("Carla", "Mi historia"), x.seed_post("Dana", "Ma voix")
    inner = x.seed_post("Basia", "Moja historia", quotes=innermost)
    outer = x.seed_post("Alesia", HERS, quotes=inner)
    before = x.ledger()["spent"]
    post = fetched(x, account, f"Hear her! https://x.com/Somebody/status/{linked}", quotes=outer)
    found = [(one.state, one.handle, one.native_id) for one in all_shown(post)]
    people = [("x:Alesia", outer), ("x:Basia", inner), ("x:Carla", innermost), ("x:Dana", linked)]
    assert found == [(ShownState.READ, *one) for one in people]
    assert [entry["path"] for entry in x.ledger()["requests"]] == [f"/2/tweets/{post.native_id}", "/2/tweets"]
    billed = (x.ledger()["spent"] - before) * 1_000_000
    assert 0 < billed <= account.fetch_cost * looked_at([post])


@pytest.mark.parametrize("fate", ["deleted", "protected"])
def test_a_quote_within_a_quote_that_x_does_not_give_is_gone(x: XSimulator, account: XPlatform, fate: str) -> None:
    inner = x.seed_post("Basia", "Moja historia")
    outer = x.seed_post("Alesia", HERS, quotes=inner)
    if fate == "deleted":
        x.delete_post(inner)
    else:
        x.edit_user("Basia", protected=True)
    found = list(all_shown(fetched(x, account, quotes=outer)))
    assert [one.state for one in found] == [ShownState.READ, ShownState.GONE]


@pytest.mark.parametrize("status", [400, 403, 503])
def test_what_x_refuses_to_look_up_stays_unread_and_an_outage_is_paid_for(
    x: XSimulator, account: XPlatform, status: int
) -> None:
    inner = x.seed_post("Basia", "Moja historia")
    outer = x.seed_post("Alesia", HERS, quotes=inner)
    x.fault("status", "/2/tweets", method="GET", status=status)
    if status < 500:
        found = list(all_shown(fetched(x, account, quotes=outer)))
        assert [one.state for one in found] == [ShownState.READ, ShownState.UNREAD]
    else:
        with pytest.raises(PlatformError) as raised:
            fetched(x, account, quotes=outer)
        assert raised.value.billed == account.fetch_cost * 2


@pytest.mark.parametrize(
    ("text", "how", "handle"),
    [
        ("See https://x.com/Alesia/status/1900000000000000001", ShownAs.LINK, "x:Alesia"),
        ("See https://twitter.com/Alesia/status/1900000000000000001/video/1", ShownAs.LINK, "x:Alesia"),
        ("See https://x.com/i/status/1900000000000000001", ShownAs.LINK, ""),
        ("See https://mastodon.social/@alesia/50", ShownAs.LINK, "@alesia@mastodon.social"),
        ("RT @Alesia: my voice", ShownAs.WORDS, "x:Alesia"),
        ("My film, via @Alesia", ShownAs.WORDS, "x:Alesia"),
    ],
)
def test_links_to_posts_and_repeated_words_show_somebody(
    x: XSimulator, account: XPlatform, text: str, how: ShownAs, handle: str
) -> None:
    one = shown(fetched(x, account, text))
    is_here = how is ShownAs.LINK and handle[:1] != "@"
    assert (one.how, one.state, one.handle) == (how, ShownState.GONE if is_here else ShownState.UNREAD, handle)


def test_ones_own_media_and_links_and_replies_show_nobody(x: XSimulator, account: XPlatform) -> None:
    other = x.seed_post("Alesia", HERS)
    assert fetched(x, account, "Ours", media=[{"type": "video"}]).shows == ()
    assert fetched(x, account, "Ours https://x.com/union/status/1900000000000000001").shows == ()
    assert fetched(x, account, "Yes!", reply_to=other).shows == ()


def test_a_link_that_bears_ones_own_name_may_lead_to_somebody_elses_post(x: XSimulator, account: XPlatform) -> None:
    other, own = x.seed_post("Alesia", HERS), x.seed_post("Union", "As we said")
    one = shown(fetched(x, account, f"See https://x.com/union/status/{other} https://x.com/union/status/{own}"))
    assert (one.how, one.state, one.handle, one.native_id) == (ShownAs.LINK, ShownState.READ, "x:Alesia", other)


def test_a_link_in_a_quoted_post_is_looked_up_whatever_name_it_bears(x: XSimulator, account: XPlatform) -> None:
    others = [x.seed_post("Basia", HERS), x.seed_post("Celina", HERS)]
    x.add_user("Alesia")
    quoted = x.seed_post("Alesia", f"See https://x.com/alesia/status/{others[0]}")
    linked = x.seed_post("Alesia", f"And https://x.com/Alesia/status/{others[1]} https://x.com/alesia/status/{quoted}")
    own = x.seed_post("Union", "As we said")
    text = f"Hear her! https://x.com/alesia/status/{linked} https://x.com/union/status/{own}"
    found = fetched(x, account, text, quotes=quoted)
    assert found.own_links == 1, "it is counted, however much is looked up after it"
    assert sorted({one.handle for one in all_shown(found)}) == ["x:Alesia", "x:Basia", "x:Celina"]
    assert {one.state for one in all_shown(found)} == {ShownState.READ}


def test_every_link_that_was_looked_up_is_counted_and_priced_the_next_time(x: XSimulator, account: XPlatform) -> None:
    other, own = x.seed_post("Alesia", HERS), x.seed_post("Union", "As we said")
    text = f"See https://x.com/union/status/{other} https://x.com/union/status/{own}"
    before = fetched(x, account, text)
    assert looked_at([before]) == 3
    assert fingerprint.quotes_in(fingerprint.of(before)) == 2
    assert fingerprint.changed(fingerprint.of(before), replace(before, own_links=0)) is None


def test_a_medium_that_x_says_nothing_of_may_be_anything(x: XSimulator, account: XPlatform) -> None:
    body = {
        "data": {"id": "1900000000000000000", "text": "x", "author_id": "7", "attachments": {"media_keys": ["7_1"]}},
        "includes": {"users": [{"id": "7", "username": "Union"}]},
    }
    x.fault("status", "/2/tweets/1900000000000000000", status=200, body=body)
    found = account.fetch("https://x.com/i/status/1900000000000000000")
    assert found is not None
    assert found.kinds == (MediaKind.UNKNOWN,)
