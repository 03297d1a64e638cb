"""What a status shows of others is found in every form in which servers write it."""

from __future__ import annotations

import json
from typing import Any

from bot.domain.addresses import post_address
from bot.domain.post import SeenPost, Shown, ShownAs, ShownState, all_shown
from bot.platforms.mastodon.entities import status_in
from bot.platforms.mastodon.parse import seen_post
from tests.harness.mastodon_statuses import status
from tests.harness.table import each_of

URI = "https://small.example/users/alesia/statuses/50"
URL = "https://small.example/@alesia/50"
ALESIA = {"id": "77", "acct": "alesia@small.example", "note": "<p>#nobot</p>"}
HERS = status(id="50", uri=URI, url=URL, account=ALESIA, content="<p>Мой голас</p>", tags=[])
LINK = f'<a href="{URL}">small.example/@alesia/50</a>'


def seen(**fields: Any) -> SeenPost:
    read = status_in(json.dumps(status(**fields)).encode())
    post = seen_post(read, "home.example", view="home.example") if read else None
    assert post is not None
    return post


def shown(**fields: Any) -> Shown:
    (one,) = seen(**fields).shows
    return one


@each_of(
    "fields",
    [
        {"quote": {"state": "accepted", "quoted_status": HERS}},
        {"quote": {"state": "muted_account", "quoted_status": HERS}},
        {"quote": {"quoted_status": HERS}},
        {"quote": HERS},
        {"quote": HERS, "quote_id": "50", "quote_url": URL},
        {"quoted_status": HERS},
        {"pleroma": {"quote": HERS, "quote_url": URI, "quote_visible": True}},
        {"quote": {"state": "accepted", "quoted_status": HERS}, "content": f'<p class="quote-inline">RE: {LINK}</p>'},
        {"quote": HERS, "content": f'<p>x<span class="quote-inline"><br><br>RT: {LINK}</span></p>'},
        {"quote": HERS, "card": {"url": URL, "title": "Alesia"}},
    ],
)
def test_a_quote_is_read_once_with_its_author(fields: dict[str, Any]) -> None:
    one = shown(**fields)
    assert (one.how, one.state, one.handle) == (ShownAs.QUOTE, ShownState.READ, "@alesia@small.example")
    assert one.post is not None
    assert (one.post.text, one.post.author.bio) == ("Мой голас", "#nobot")


@each_of(
    ("state", "becomes"),
    [
        ("pending", ShownState.PENDING),
        ("rejected", ShownState.GONE),
        ("revoked", ShownState.GONE),
        ("deleted", ShownState.GONE),
        ("unauthorized", ShownState.GONE),
        ("blocked_account", ShownState.GONE),
        ("blocked_domain", ShownState.GONE),
        ("accepted", ShownState.UNREAD),
        ("muted_account", ShownState.UNREAD),
        ("a state of tomorrow", ShownState.UNREAD),
        (None, ShownState.UNREAD),
    ],
)
@each_of("more", [{"quoted_status": None}, {"quoted_status_id": "50"}])
def test_a_quote_of_every_state_is_one(state: str | None, becomes: ShownState, more: dict[str, Any]) -> None:
    if state is None and "quoted_status" in more:
        return
    one = shown(quote={"state": state, **more})
    assert (one.how, one.state, one.post) == (ShownAs.QUOTE, becomes, None)
    assert one.native_id == str(more.get("quoted_status_id") or "")


@each_of("state", ["revoked", "blocked_account"])
def test_what_is_not_shown_any_more_is_not_kept(state: str) -> None:
    one = shown(quote={"state": state, "quoted_status": HERS})
    assert (one.post, one.handle) == (None, "@alesia@small.example")


@each_of(
    "fields",
    [
        {"quote_id": "50"},
        {"quote_id": 50},
        {"quoted_status_id": "50"},
        {"quote_url": URL},
        {"quote": True},
        {"quote": "50"},
        {"quote": {"id": "50"}},
        {"quote": {"state": "accepted"}},
        {"quote": {"state": "accepted", "quoted_status": {"id": "50"}}},
        {"pleroma": {"quote_id": "50", "quote_visible": False}},
        {"pleroma": {"quote_url": URL}},
    ],
)
def test_a_quote_of_which_little_is_told_is_one_all_the_same(fields: dict[str, Any]) -> None:
    assert (shown(**fields).how, shown(**fields).state) == (ShownAs.QUOTE, ShownState.UNREAD)


@each_of("none", [None, False, {}, [], "", 0])
def test_nothing_is_no_quote(none: object) -> None:
    assert seen(quote=none, quote_id=none, quote_url=none, pleroma=none, quoted_status=none).shows == ()


@each_of(
    "fields",
    [
        {"content": f'<p class="quote-inline">RE: {LINK}</p><p>Hear her!</p>'},
        {"content": f"<p>Hear her! {LINK}</p>"},
        {"content": f'<p>Hear <a href="{URL}">her</a></p>'},
        {"content": f"<p>QT: {URL}</p>"},
        {"card": {"url": URL, "type": "link"}},
    ],
)
def test_a_link_that_leads_to_a_post_shows_it(fields: dict[str, Any]) -> None:
    one = shown(**fields)
    assert (one.how, one.state, one.handle) == (ShownAs.LINK, ShownState.UNREAD, "@alesia@small.example")


@each_of("start", ["RE: ", "re : ", "QT: ", "» RT: "])
def test_what_a_line_announces_as_quoted_is_whatever_it_looks_like(start: str) -> None:
    one = shown(content=f'<p>{start}<a href="https://blog.example/my-voice">blog.example/my-voice</a></p><p>Hear!</p>')
    assert (one.how, one.url) == (ShownAs.LINK, "https://blog.example/my-voice")
    assert seen(content='<p>More: <a href="https://blog.example/my-voice">blog.example/my-voice</a></p>').shows == ()


def test_a_mention_says_on_which_server_somebody_is() -> None:
    mention = '<a href="https://small.example/@alesia" class="u-url mention">@<span>alesia</span></a>'
    one = shown(content=f"<p>RT {mention}: my voice</p>", mentions=[{"acct": "alesia@small.example"}, None])
    assert one.handle == "@alesia@small.example"


@each_of("words", ["RT @alesia@small.example: my voice", "Look: RE @alesia@small.example my voice"])
def test_words_that_are_repeated_are_somebodys(words: str) -> None:
    one = shown(content=f"<p>{words}</p>")
    assert (one.how, one.handle) == (ShownAs.WORDS, "@alesia@small.example")


def test_a_quote_within_a_quote_is_found() -> None:
    inner = status(id="60", uri="https://x.example/60", account={"id": "8", "acct": "basia@x.example"}, tags=[])
    shallow = {"state": "accepted", "quoted_status_id": "60"}
    deep = {"state": "accepted", "quoted_status": inner}
    for nested in (shallow, deep):
        post = seen(quote={"state": "accepted", "quoted_status": {**HERS, "quote": nested}})
        assert len(list(all_shown(post))) == 2
    endless: dict[str, Any] = HERS
    for _ in range(10):
        endless = {**HERS, "quote": {"state": "accepted", "quoted_status": endless}}
    assert len(list(all_shown(seen(quote=endless)))) <= 3


def test_ones_own_posts_and_mentions_and_pages_are_nobodys() -> None:
    own = '<a href="https://union.example/@worker/7">union.example/@worker/7</a>'
    site = '<a href="https://www.social.example/@worker/7">social.example/@worker/7</a>'
    assert seen(content=f"<p>{site}</p>", url="https://www.social.example/@worker/9").shows == ()
    page = '<a href="https://union.example/news/7">union.example/news/7</a>'
    name = '<a href="https://small.example/@alesia" class="u-url mention">@<span>alesia</span></a>'
    assert seen(content=f"<p>{own} {page} {name} Free them! Return to @work</p>").shows == ()


@each_of(
    ("address", "author"),
    [
        ("https://a.example/@user/123", "@user@a.example"),
        ("https://a.example:8443/@user/123", "@user@a.example:8443"),
        ("https://home.example/@user@a.example/123", "@user@a.example"),
        ("https://a.example/@user/statuses/01HV3ABCDEFGHJKMNPQRSTVWXY", "@user@a.example"),
        ("https://a.example/@user/posts/123/", "@user@a.example"),
        ("https://a.example/users/user/statuses/123", "@user@a.example"),
        ("https://a.example/users/user/statuses/123/activity", "@user@a.example"),
        ("https://a.example/ap/users/116/statuses/123", ""),
        ("https://a.example/p/user/123456", "@user@a.example"),
        ("https://a.example/notes/9abcdefgh1", ""),
        ("https://a.example/notice/AbCdEfGhIjKlMnOpQr", ""),
        ("https://a.example/objects/0b1f2c3d-1111-2222-3333-444455556666", ""),
        ("https://a.example/web/statuses/123", ""),
        ("https://www.threads.net/@user/post/Cabc", ""),
        ("https://bsky.app/profile/user.bsky.social/post/3kabc", ""),
        ("https://x.com/user/status/123?s=20", "x:user"),
        ("https://mobile.twitter.com/user/status/123/photo/1", "x:user"),
        ("https://x.com/i/web/status/123", ""),
        ("https://t.me/channel/123", ""),
        ("https://vk.com/wall-1_2", ""),
        ("https://www.instagram.com/reel/Cabc/", ""),
        ("https://vm.tiktok.com/ZMabc/", ""),
        ("https://www.facebook.com/user/posts/123", ""),
    ],
)
def test_an_address_of_a_post_is_known_by_its_form(address: str, author: str) -> None:
    found = post_address(address)
    assert found is not None
    assert found.author == author


@each_of(
    "address",
    [
        "https://a.example/",
        "https://a.example/@user",
        "https://a.example/tags/free",
        "https://a.example/post/hello-world",
        "https://news.example/2026/11/28/a-story",
        "https://youtu.be/dQw4w9WgXcQ",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "https://tube.example/w/9c9de5e8-0a1e-484a-b099-e80766180a6d",
        "https://x.com/user",
        "https://t.me/channel",
        "not an address",
    ],
)
def test_other_addresses_lead_to_no_post(address: str) -> None:
    assert post_address(address) is None


@each_of("letter", ["a", "@", " ", "RT @", "RE: https://", "> ", "\n", "♻", "https://a.example/@a/1 "])
@each_of("start", ["", " RT", "RE", "@a RT"])
def test_nothing_takes_long(start: str, letter: str) -> None:
    assert len(seen(content=start + letter * (30_000 // len(letter))).shows) <= 20
