"""One post is one post on every server that describes it, and a real edit is noticed all the same."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from dataclasses import replace
from typing import Any

from bot.domain import fingerprint
from bot.domain.fingerprint import ChangedPart
from bot.domain.post import SeenPost, ShownState
from bot.domain.text import digest, normalised
from bot.platforms.mastodon.entities import status_in
from bot.platforms.mastodon.parse import seen_post
from tests.harness.mastodon_statuses import status
from tests.harness.table import each_of

TAG = '<a href="https://union.example/tags/Free" class="mention hashtag" rel="tag">#<span>Free</span></a>'
BARE_TAG = '<a href="https://union.example/tags/free">#<span>free</span></a>'
BOB = '<a href="https://other.example/@bob" class="u-url mention">@<span>bob</span></a>'
RE = '<p class="quote-inline">RE: <a href="https://other.example/@bob/5">other.example/@bob/5</a></p>'
LONG = "https://news.example/2026/11/a-very-long-way-to-a-page-of-news"
FILE = {
    "id": "7",
    "type": "video",
    "url": "https://union.example/media/7.mp4",
    "blurhash": "UABC",
    "meta": {"original": {"width": 1280, "height": 720, "duration": 42.5}},
}
PICTURE = {"id": "8", "type": "image", "url": "https://union.example/8.png", "description": "A march."}
CACHED = {**FILE, "id": "901", "url": "https://home.example/cache/7.mp4", "remote_url": FILE["url"]}
BARE = {"id": "7", "type": "video", "url": FILE["url"]}
PLEROMA = urlsafe_b64encode(str(FILE["url"]).encode()).decode().rstrip("=")
RANDOM = "8f3ab2c41d90e7.mp4"
LONG_NAME = {**BARE, "url": f"https://union.example/media/{RANDOM}"}
PROXIED = {**FILE, "id": "902", "url": "https://home.example/proxy/abc/7.mp4"}


def seen(view: str, content: str = "<p>Our video!</p>", **fields: Any) -> SeenPost:
    read = status_in(json.dumps(status(content=content, media_attachments=[FILE], **fields)).encode())
    post = seen_post(read, "union.example", view=view) if read else None
    assert post is not None
    return post


def between(home: dict[str, Any], ours: dict[str, Any]) -> ChangedPart | None:
    """What is taken for an edit between what two servers say."""
    first, second = seen("union.example", **home), seen("home.example", **ours)
    there, back = (fingerprint.changed(fingerprint.of(a), b) for a, b in ((first, second), (second, first)))
    assert there is back or {there, back} == {None, ChangedPart.SHOWN}
    return there


@each_of(
    ("home", "ours"),
    [
        (f"{RE}<p>Our video! {TAG}</p>", f"<p>Our video! {TAG}</p>"),
        (f"<p>Our video! {TAG}</p>", f"<p>Our video! {BARE_TAG}</p>"),
        (f"<p>Thanks {BOB}</p>", '<p>Thanks <a href="https://other.example/@bob">@bob@other.example</a></p>'),
        ("<p>One</p><p>Two</p>", "One<br>Two"),
        ("<p>One&nbsp;two &amp; three </p>", "<p>One two &#38; three</p>"),
        ("<p>Caf\u00e9</p>", "<p>Cafe\u0301</p>"),
        ("<p>Free\u200b them \u00ad</p>", "<p>Free them</p>"),
        ("<p>Hi :solidarity: there</p>", '<p>Hi <img alt=":solidarity:"> there</p>'),
        (f'<p>See <a href="{LONG}">{LONG}</a></p>', f'<p>See <a href="{LONG}">news.example/2026/11/a-very…</a></p>'),
        (
            f'<p>See <a href="{LONG}"><span class="invisible">https://</span><span class="ellipsis">news.example/2026'
            '</span><span class="invisible">/11/a-very-long-way-to-a-page-of-news</span></a></p>',
            f'<p>See <a href="{LONG}/">{LONG}</a></p>',
        ),
        ("<ul><li>One</li><li>Two</li></ul>", "<p>• One<br>• Two</p>"),
    ],
)
def test_what_two_servers_write_differently_is_no_edit(home: str, ours: str) -> None:
    assert between({"content": home}, {"content": ours}) is None


def with_files(*files: dict[str, Any]) -> dict[str, Any]:
    return {"media_attachments": list(files)}


def post_of(view: str, **fields: Any) -> SeenPost:
    read = status_in(json.dumps(status(content="<p>Our video!</p>", **fields)).encode())
    post = seen_post(read, "union.example", view=view) if read else None
    assert post is not None
    return post


@each_of(
    ("before", "after", "view", "change"),
    [
        ((FILE,), (CACHED,), "home.example", None),
        ((FILE,), (PROXIED,), "home.example", None),
        ((FILE, PICTURE), (PICTURE, PROXIED), "home.example", None),
        ((PICTURE,), ({**PICTURE, "description": "A long march."},), "union.example", None),
        ((FILE,), ({**PROXIED, "blurhash": "Z999"},), "home.example", ChangedPart.OWN),
        ((BARE,), ({**BARE, "url": f"https://home.example/proxy/sig/{PLEROMA}/7.mp4"},), "home.example", None),
        ((BARE,), ({**BARE, "url": f"https://home.example/p?url={BARE['url']}"},), "home.example", None),
        ((BARE,), ({**BARE, "url": "https://home.example/cache/7.mp4"},), "home.example", ChangedPart.OWN),
        ((LONG_NAME,), ({**LONG_NAME, "url": f"https://home.example/c/{RANDOM}"},), "home.example", None),
        (
            (LONG_NAME,),
            ({**LONG_NAME, "url": f"https://union.example/c/{RANDOM}"},),
            "union.example",
            ChangedPart.OWN,
        ),
        (
            (FILE,),
            ({**FILE, "url": "https://union.example/8.mp4", "blurhash": "Z"},),
            "union.example",
            ChangedPart.OWN,
        ),
        ((PICTURE,), ({**PICTURE, "url": "https://union.example/9.png"},), "union.example", ChangedPart.OWN),
        ((FILE,), (), "union.example", ChangedPart.OWN),
        ((FILE,), (FILE, PICTURE), "home.example", ChangedPart.OWN),
    ],
)
def test_a_file_is_known_by_its_address_or_its_looks(
    before: tuple[Any, ...], after: tuple[Any, ...], view: str, change: ChangedPart | None
) -> None:
    stamp = fingerprint.of(post_of("union.example", **with_files(*before)))
    assert fingerprint.changed(stamp, post_of(view, **with_files(*after))) is change


@each_of(
    ("before", "after"),
    [
        ("<p>Free them</p>", "<p>Jail them</p>"),
        ("<p>Free them!</p>", "<p>Free them?</p>"),
        ("<p>Free them 🔥</p>", "<p>Free them 💩</p>"),
        ("<p>28. November, 10:30:45</p>", "<p>29. November, 10:30:45</p>"),
        ("<p>28. November, 10:30:45</p>", "<p>28. November, 10:40:45</p>"),
        (f'<p><a href="{LONG}">the news</a></p>', '<p><a href="https://coins.example/">the news</a></p>'),
        (f"<p>Thanks {BOB}</p>", "<p>Thanks @eve</p>"),
    ],
)
@each_of("view", ["union.example", "home.example"])
def test_a_real_edit_is_noticed_whoever_describes_it(before: str, after: str, view: str) -> None:
    assert fingerprint.changed(fingerprint.of(seen("union.example", before)), seen(view, after)) is ChangedPart.OWN


def test_a_mark_as_sensitive_counts_only_from_the_server_that_described_it_before() -> None:
    stamp = fingerprint.of(seen("union.example"))
    assert fingerprint.changed(stamp, seen("union.example", sensitive=True)) is ChangedPart.OWN
    assert fingerprint.changed(stamp, seen("home.example", sensitive=True)) is None


def test_the_answers_of_a_poll_are_words_wherever_they_stand() -> None:
    poll = {"options": [{"title": "Yes"}, {"title": "No"}]}
    told = {"content": "<p>Strike?</p>", "poll": poll}
    assert between(told, {"content": "<p>Strike?</p><p>1. Yes<br>2. No</p>"}) is None
    assert between(told, {**told, "poll": {"options": [{"title": "Yes"}, {"title": "Never"}]}}) is ChangedPart.OWN


HERS = status(
    id="50", uri="https://small.example/50", url="https://small.example/@alesia/50", content="<p>Мой голас</p>"
)
QUOTE = {"state": "accepted", "quoted_status": HERS}


def test_what_it_shows_of_others_is_part_of_it() -> None:
    alone, shows = seen("home.example"), seen("home.example", quote=QUOTE)
    other = seen(
        "home.example", quote={**QUOTE, "quoted_status": {**HERS, "uri": "https://small.example/51", "url": ""}}
    )
    edited = seen("home.example", quote={**QUOTE, "quoted_status": {**HERS, "content": "<p>Купіце</p>"}})
    for before, after in ((alone, shows), (shows, alone), (shows, other), (shows, edited)):
        assert fingerprint.changed(fingerprint.of(before), after) is ChangedPart.SHOWN
    assert fingerprint.changed(fingerprint.of(shows), shows) is None


def test_a_link_that_is_read_later_is_the_same_and_one_that_cannot_be_read_any_more_is_told() -> None:
    link = seen("union.example", '<p>RE: <a href="https://small.example/@alesia/50">small.example</a></p>')
    shows = seen("home.example", "<p></p>", quote=QUOTE)
    assert fingerprint.changed(fingerprint.of(link), shows) is None
    assert link.shows[0].state is ShownState.UNREAD
    assert fingerprint.unread_now(fingerprint.of(shows), link)
    assert not fingerprint.unread_now(fingerprint.of(link), link)


@each_of("state", ["pending", "unauthorized", "deleted"])
def test_what_was_hidden_and_is_shown_now_is_a_change(state: str) -> None:
    hidden = seen("union.example", quote={"state": state, "quoted_status": None})
    assert fingerprint.changed(fingerprint.of(hidden), seen("home.example", quote=QUOTE)) is ChangedPart.SHOWN
    unread = seen("union.example", quote={"state": "accepted", "quoted_status": None})
    assert fingerprint.changed(fingerprint.of(unread), seen("home.example", quote=QUOTE)) is None


def test_what_an_older_version_stored_keeps_its_meaning() -> None:
    post = seen("home.example", sensitive=True)
    old = digest(normalised(post.text), *post.media_ids, str(post.sensitive))
    assert not fingerprint.knows_shown(old)
    assert fingerprint.changed(old, post) is None
    assert fingerprint.changed(old, replace(post, text="Buy my coins!")) is ChangedPart.OWN


@each_of("letter", ["a", "@", "#", "#a (", "@-", "https://", "a.b/…", "(", "\n1. ", "ﷺ"])
def test_nothing_takes_long_and_every_letter_counts(letter: str) -> None:
    post = replace(seen("a"), text=letter * (300_000 // len(letter)))
    stamp = fingerprint.of(post)
    assert fingerprint.changed(stamp, post) is None
    assert fingerprint.changed(stamp, replace(post, text=f"{post.text}!")) is ChangedPart.OWN
