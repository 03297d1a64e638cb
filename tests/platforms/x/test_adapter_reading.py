"""What X gives back of our own posts and of other people's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain import fingerprint
from bot.domain.matching import WantedPost, find
from bot.domain.post import MediaKind, Outgoing, SeenPost
from bot.domain.text import normalised
from bot.errors import Outcome, PlatformError
from bot.platforms.x.adapter import XPlatform
from tests.platforms.x.conftest import HandClock
from tests.servers.x.handle import XSimulator, XUser

HOUR = timedelta(hours=1)
TIMELINE = "/2/users/*/tweets"
AWKWARD = [
    "Read https://example.org/a?b=1&copy=2 & tell <everybody> &amp; all, http://example.net/ too",
    "Ў Й ё  \n\n  e\u0301 👩‍👩‍👧 #Саліdarnasc",
    "https://example.org/ twice https://example.org/",
    "Literally &lt;b&gt; &copy; &#39;",
]


def fetched(x: XSimulator, account: XPlatform, text: str = "With them #April19", **more: Any) -> SeenPost:
    found = account.fetch(f"https://x.com/i/status/{x.seed_post('Union', text, **more)}")
    assert found is not None
    return found


@pytest.mark.parametrize("spelling", ["tweet", "post"])
@pytest.mark.parametrize("text", AWKWARD)
def test_our_own_words_are_recognised_in_what_x_made_of_them(
    x: XSimulator, account: XPlatform, clock: HandClock, text: str, spelling: str
) -> None:
    x.settings(spelling=spelling)
    published = account.publish(Outgoing(text, "en"))
    posts = account.own_posts(clock.now - HOUR)
    assert normalised(posts[0].text) == normalised(text)
    found = find(WantedPost(clock.now, text), posts, frozenset())
    assert found is not None
    assert found.post_id == published.post_id


@pytest.mark.parametrize("spelling", ["tweet", "post"])
def test_our_reposts_and_replies_are_told_apart(
    x: XSimulator, account: XPlatform, clock: HandClock, spelling: str
) -> None:
    x.settings(spelling=spelling)
    post = fetched(x, account)
    first = account.publish(Outgoing("one", "en"))
    account.publish(Outgoing("two", "en", reply_to=first.post_id))
    account.reshare(post)
    repost, reply, root = account.own_posts(clock.now - HOUR)
    assert (repost.reshare_of, reply.reshare_of) == (post.uri, "")
    assert (reply.reply_to, root.reply_to) == (first.post_id, "")


def test_a_long_post_is_read_to_its_end(x: XSimulator, us: XUser, account: XPlatform, clock: HandClock) -> None:
    for spelling in ("note_tweet", "note_post"):
        note = {"text": "long &amp; longer https://t.co/abc", "entities": {"urls": [LINK], "hashtags": None}}
        entry = {"id": "1900000000000000000", "text": "long…", spelling: note, "entities": None, "lang": None}
        x.fault("status", TIMELINE, status=200, body={"data": [entry], "meta": {"result_count": 1}})
        assert account.own_posts(clock.now)[0].text == "long & longer https://campaign.example/&lt"


LINK = {"url": "https://t.co/abc", "expanded_url": "https://campaign.example/&lt", "start": 0, "end": 1}


def test_an_edit_that_x_lists_and_does_not_show_is_an_edit(x: XSimulator, us: XUser, account: XPlatform) -> None:
    post = fetched(x, account, media=[{"type": "video"}])
    author = {"id": "7", "username": "Union"}
    shown: dict[str, Any] = {
        "id": post.native_id,
        "text": post.text,
        "author_id": "7",
        "edit_history_tweet_ids": [post.native_id, "9" * 19],
    }
    shown["attachments"] = {"media_keys": list(post.media_ids)}
    body = {"data": shown, "includes": {"users": [author]}}
    x.fault("status", f"/2/tweets/{post.native_id}", status=200, body=body)
    after = account.fetch(post.uri)
    assert after is not None
    assert (after.text, fingerprint.of(after) == fingerprint.of(post)) == (post.text, False)


def test_a_short_link_that_x_does_not_explain_stays(x: XSimulator, account: XPlatform, clock: HandClock) -> None:
    entry = {"id": "1900000000000000000", "text": "see https://t.co/xyz"}
    x.fault("status", TIMELINE, status=200, body={"data": [entry], "meta": {"result_count": 1}})
    (post,) = account.own_posts(clock.now)
    assert post.text == "see https://t.co/xyz"
    assert post.created_at.year == 2025


def test_somebodys_photo_link_in_our_own_words_is_kept(x: XSimulator, account: XPlatform, clock: HandClock) -> None:
    text = "Look at https://x.com/Union/status/20/photo/1"
    account.publish(Outgoing(text, "en"))
    assert account.own_posts(clock.now - HOUR)[0].text == text


def test_the_timeline_is_read_back_to_the_time_asked_for_and_the_newest_page_always(
    x: XSimulator, us: XUser, account: XPlatform, clock: HandClock
) -> None:
    for number in range(60):
        x.seed_post(us.username, f"post {number}", created_at=clock.now - number * HOUR)
    assert len(account.own_posts(clock.now)) == 25
    found = account.own_posts(clock.now - 30 * HOUR)
    assert len(found) == 50
    assert [post.text for post in found[:2]] == ["post 0", "post 1"]
    assert x.ledger()["spent"] * 1_000_000 <= 2 * account.reconcile_cost


def test_a_timeline_longer_than_we_read_proves_nothing(
    x: XSimulator, us: XUser, account: XPlatform, clock: HandClock
) -> None:
    ids = [
        x.seed_post(us.username, f"post {number}", created_at=clock.now - number * timedelta(seconds=1))
        for number in range(101)
    ]
    with pytest.raises(PlatformError, match="more than 100 posts") as unknown:
        account.own_posts(clock.now - HOUR)
    assert unknown.value.answer is Outcome.AMBIGUOUS
    assert len(account.own_posts(clock.now - HOUR, after=ids[40])) == 50


def test_an_empty_timeline_is_empty(account: XPlatform, clock: HandClock) -> None:
    assert account.own_posts(clock.now) == []


@pytest.mark.parametrize(
    "body", [{}, {"errors": [{"title": "Service Unavailable"}]}, {"data": [{"text": "no id"}], "meta": {}}]
)
def test_a_timeline_that_cannot_be_read_is_not_taken_for_an_empty_one(
    x: XSimulator, account: XPlatform, clock: HandClock, body: Any
) -> None:
    x.fault("status", TIMELINE, status=200, body=body)
    with pytest.raises(PlatformError) as unknown:
        account.own_posts(clock.now)
    assert unknown.value.answer is Outcome.AMBIGUOUS


@pytest.mark.parametrize("spelling", ["tweet", "post"])
def test_somebodys_post_is_read_with_its_author(x: XSimulator, account: XPlatform, spelling: str) -> None:
    x.settings(spelling=spelling)
    x.add_user("Union", name="Union #nobots", description="We organise. #nobot")
    at = datetime(2025, 4, 16, 9, 30, tzinfo=UTC)
    post = fetched(
        x,
        account,
        "Solidarity &amp; strength #April19_WorkersRights https://example.org/u",
        media=[{"type": "video"}, {"type": "animated_gif"}],
        created_at=at,
        lang="be",
        possibly_sensitive=True,
    )
    assert post.uri == f"https://x.com/i/status/{post.native_id}"
    assert post.url == f"https://x.com/Union/status/{post.native_id}"
    assert (post.author.handle, post.author.bio) == ("x:Union", "Union #nobots\nWe organise. #nobot")
    assert post.text == "Solidarity &amp; strength #April19_WorkersRights https://example.org/u"
    assert post.kinds == (MediaKind.VIDEO, MediaKind.GIF)
    assert (post.hashtags, post.language, post.created_at) == (("April19_WorkersRights",), "be", at)
    assert (post.sensitive, post.public, post.is_reply, len(post.media_ids)) == (True, True, False, 2)


@pytest.mark.parametrize(("code", "language"), [("und", ""), ("qme", ""), ("zxx", ""), ("in", "id"), ("ru", "ru")])
def test_codes_for_no_language_are_no_language(x: XSimulator, account: XPlatform, code: str, language: str) -> None:
    assert fetched(x, account, lang=code).language == language


def test_a_reply_to_somebody_else_is_a_reply_and_a_thread_of_ones_own_is_not(x: XSimulator, account: XPlatform) -> None:
    own, other = x.seed_post("Union", "one"), x.seed_post("Other", "one")
    assert not fetched(x, account, reply_to=own).is_reply
    assert fetched(x, account, reply_to=other).is_reply


def test_files_are_told_with_their_addresses_lengths_and_words(x: XSimulator, account: XPlatform) -> None:
    media = [
        {"type": "video", "alt_text": "A hall.", "duration_ms": 31_000},
        {"type": "photo"},
        {"type": "animated_gif"},
    ]
    film, photo, loop = fetched(x, account, media=media).files
    assert (film.kind, film.seconds, film.alt) == (MediaKind.VIDEO, 31.0, "A hall.")
    assert (photo.kind, photo.seconds, photo.alt) == (MediaKind.IMAGE, None, "")
    assert (loop.kind, loop.seconds) == (MediaKind.GIF, None)
    assert [file.address.rpartition(".")[2] for file in (film, photo, loop)] == ["mp4", "jpg", "mp4"]


def test_a_post_without_media_is_text(x: XSimulator, account: XPlatform) -> None:
    assert fetched(x, account).kinds == (MediaKind.TEXT,)


@pytest.mark.parametrize("status", [200, 404])
def test_a_post_that_is_gone_is_none(x: XSimulator, account: XPlatform, status: int) -> None:
    x.settings(missing_lookup_status=status)
    post = fetched(x, account)
    x.delete_post(post.native_id)
    assert account.fetch(post.uri) is None
    assert account.fetch("https://twitter.com/Union/status/20?s=20") is None


def test_a_post_whose_author_went_private_is_none(x: XSimulator, account: XPlatform) -> None:
    post = fetched(x, account)
    x.edit_post(post.native_id, protected=True)
    assert account.fetch(post.uri) is None


@pytest.mark.parametrize("new_version", [False, True])
def test_an_edit_shows_even_though_x_keeps_the_old_version(
    x: XSimulator, account: XPlatform, new_version: bool
) -> None:
    post = fetched(x, account)
    x.edit_post(post.native_id, text="Something else #April19", new_version=new_version)
    after = account.fetch(post.uri)
    assert after is not None
    assert (after.text, after.uri) == ("Something else #April19", post.uri)
    assert fingerprint.of(after) != fingerprint.of(post)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"errors": [{"type": "https://api.x.com/2/problems/internal-error", "title": "Internal error"}]},
        {"data": {"id": "20", "text": "no author", "author_id": "7"}},
    ],
)
def test_trouble_at_x_is_not_taken_for_a_deleted_post(x: XSimulator, account: XPlatform, body: Any) -> None:
    x.fault("status", "/2/tweets/*", status=200, body=body)
    with pytest.raises(PlatformError) as unknown:
        account.fetch("https://x.com/i/status/20")
    assert unknown.value.answer is Outcome.AMBIGUOUS


def test_errors_beside_data_do_not_hide_the_post(x: XSimulator, account: XPlatform) -> None:
    x.settings(partial_errors=[{"type": "https://api.x.com/2/problems/resource-not-found", "detail": "a quoted post"}])
    assert fetched(x, account).author.handle == "x:Union"


@pytest.mark.parametrize("uri", ["", "https://mastodon.example/@a/1", "https://x.com/a/status/x", "https://x.com/a"])
def test_an_address_elsewhere_is_refused_in_plain_words(account: XPlatform, uri: str) -> None:
    with pytest.raises(PlatformError, match=r"https://x\.com/NAME/status/NUMBER") as refused:
        account.fetch(uri)
    assert refused.value.answer is Outcome.REJECTED


def test_authors_are_known_by_age_and_followers_without_another_call(x: XSimulator, account: XPlatform) -> None:
    x.add_user("Union", followers=12, created_at="2019-05-01T08:00:00Z")
    author = fetched(x, account).author
    assert (author.joined_at, author.followers, author.shy) == (datetime(2019, 5, 1, 8, tzinfo=UTC), 12, False)
    assert len(x.ledger()["requests"]) == 1
    entry = {"id": "20", "text": "hello", "author_id": "7"}
    body = {"data": entry, "includes": {"users": [{"id": "7", "username": "Quiet"}]}}
    x.fault("status", "/2/tweets/20", status=200, body=body)
    quiet = account.fetch("https://x.com/i/status/20")
    assert quiet is not None
    assert (quiet.author.joined_at, quiet.author.followers) == (None, None)


@pytest.mark.parametrize(
    ("media", "lacks"),
    [
        ([], False),
        ([{"type": "video", "alt_text": "workers singing"}], False),
        ([{"type": "video"}], True),
        ([{"type": "photo", "alt_text": "a banner"}, {"type": "photo"}], True),
    ],
)
def test_a_medium_without_alternative_text_shows(
    x: XSimulator, account: XPlatform, media: list[dict[str, str]], lacks: bool
) -> None:
    assert fetched(x, account, media=media).lacks_alt is lacks


@pytest.mark.parametrize("spelling", ["tweet", "post"])
def test_links_are_counted_without_those_to_the_posts_own_media(
    x: XSimulator, account: XPlatform, spelling: str
) -> None:
    x.settings(spelling=spelling)
    text = "https://example.org/ and https://youtu.be/dQw4w9WgXcQ?t=4 and https://www.youtube.com/watch?v=dQw4w9WgXcQ"
    post = fetched(x, account, text, media=[{"type": "photo"}])
    assert (post.links, post.videos) == (3, ("youtube:dQw4w9WgXcQ",))
    assert post.kinds == (MediaKind.IMAGE, MediaKind.VIDEO_LINK)


def test_a_linked_video_is_no_text_and_a_native_one_has_the_number_of_its_file(
    x: XSimulator, account: XPlatform
) -> None:
    linked = fetched(x, account, "https://vimeo.com/76979871 #April19")
    assert (linked.kinds, linked.videos, linked.links) == ((MediaKind.VIDEO_LINK,), ("vimeo:76979871",), 1)
    native = fetched(x, account, media=[{"type": "video"}, {"type": "photo"}])
    (key, _), (mark,) = native.media_ids, native.videos
    assert (mark, native.links) == (f"media:{key.partition('_')[2]}", 0)
    assert native.kinds == (MediaKind.VIDEO, MediaKind.IMAGE)
