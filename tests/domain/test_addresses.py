"""Links to videos: one name however they are written, and nothing for what only looks like one."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.addresses import HOSTS, MOST, addresses_in, video_kinds, videos_in
from bot.domain.post import MediaKind
from tests.harness.table import each_of

YOUTUBE = "youtube:dQw4w9WgXcQ"
UUID = "9c9de5e8-0a1e-484a-b099-e80766180a6d"

SHOWN = {
    YOUTUBE: (
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "http://youtube.com/watch?app=desktop&v=dQw4w9WgXcQ&t=42s#comments",
        "https://m.youtube.com/watch/?feature=share&v=dQw4w9WgXcQ",
        "https://music.youtube.com/watch?v=dQw4w9WgXcQ&list=RD",
        "https://youtu.be/dQw4w9WgXcQ?si=abcdef",
        "https://www.youtube.com/shorts/dQw4w9WgXcQ?feature=share",
        "https://www.youtube.com/live/dQw4w9WgXcQ",
        "https://www.youtube.com/embed/dQw4w9WgXcQ?rel=0",
        "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
        "HTTPS://WWW.YouTube.COM./watch?v=dQw4w9WgXcQ",
        "https://youtube.com:443/watch?v=%64Qw4w9WgXcQ",
    ),
    "vimeo:76979871": (
        "https://vimeo.com/76979871",
        "https://player.vimeo.com/video/76979871",
        "https://vimeo.com/channels/staffpicks/76979871",
        "https://vimeo.com/groups/name/videos/76979871",
        "https://vimeo.com/showcase/12345/video/76979871",
    ),
    "vimeo:76979871/8272103f6e": (
        "https://vimeo.com/76979871/8272103f6e",
        "https://player.vimeo.com/video/76979871?h=8272103f6e",
    ),
    "tiktok:7106594312292453675": (
        "https://www.tiktok.com/@some.body/video/7106594312292453675?lang=en",
        "https://m.tiktok.com/v/7106594312292453675.html",
        "https://www.tiktok.com/embed/v2/7106594312292453675",
    ),
    "tiktok:short/ZMabcdef": ("https://vm.tiktok.com/ZMabcdef/", "https://www.tiktok.com/t/ZMabcdef/"),
    "instagram:CabcdeF_-1": (
        "https://www.instagram.com/reel/CabcdeF_-1/?igsh=x",
        "https://instagram.com/reels/CabcdeF_-1",
        "https://www.instagram.com/tv/CabcdeF_-1/",
        "https://www.instagram.com/some_body/reel/CabcdeF_-1/",
    ),
    "facebook:1234567890": (
        "https://www.facebook.com/watch/?v=1234567890",
        "https://m.facebook.com/watch/live/?v=1234567890",
        "https://www.facebook.com/union/videos/1234567890/",
        "https://www.facebook.com/union/videos/a-title/1234567890/",
        "https://facebook.com/reel/1234567890",
        "https://www.facebook.com/video.php?v=1234567890",
    ),
    "facebook:short/AbC_d-1": ("https://fb.watch/AbC_d-1/", "https://www.facebook.com/share/v/AbC_d-1/"),
    f"peertube:{UUID}": (
        "https://framatube.example/w/kkGMgK9ZtnKfYAgnEtQxbv",
        f"https://tube.example/w/{UUID}",
        f"https://tube.example/videos/watch/{UUID.upper()}?start=1m",
        f"https://videos.example:9000/videos/embed/{UUID}",
        f"https://відэа.example/videos/watch/{UUID}",
    ),
}

NOT_SHOWN = (
    "",
    "youtube.com/watch?v=dQw4w9WgXcQ",
    "ftp://youtube.com/watch?v=dQw4w9WgXcQ",
    "https://youtube.com.evil.example/watch?v=dQw4w9WgXcQ",
    "https://evil-youtube.com/watch?v=dQw4w9WgXcQ",
    "https://youtube.com@evil.example/watch?v=dQw4w9WgXcQ",
    "https://user:word@youtube.com/watch?v=dQw4w9WgXcQ",
    "https://youtube.com:8443/watch?v=dQw4w9WgXcQ",
    "https://evil.example\\@youtube.com/watch?v=dQw4w9WgXcQ",
    "https://youtube.com\\.evil.example/watch?v=dQw4w9WgXcQ",
    "https://уоutube.com/watch?v=dQw4w9WgXcQ",
    "https://ｙｏｕｔｕｂｅ.com/watch?v=dQw4w9WgXcQ",
    "https://youtube%2ecom/watch?v=dQw4w9WgXcQ",
    "https://youtube.com../watch?v=dQw4w9WgXcQ",
    "https:///youtube.com/watch?v=dQw4w9WgXcQ",
    "https://www.youtube.com/watch?v=dQw4w9WgXcQQ",
    "https://www.youtube.com/watch?v=dQw4w9Wg%00cQ",
    "https://www.youtube.com/watch?list=dQw4w9WgXcQ",
    "https://www.youtube.com/embed/videoseries?list=x",
    "https://www.youtube.com/embed/live_stream?channel=x",
    "https://www.youtube.com/@dQw4w9WgXcQ",
    "https://www.youtube.com/redirect?q=https://youtu.be/dQw4w9WgXcQ",
    "https://youtu.be/",
    "https://vimeo.com/about/76979871x",
    "https://www.tiktok.com/@some.body/photo/7106594312292453675",
    "https://www.instagram.com/p/CabcdeF_-1/",
    "https://www.instagram.com/reels/audio/1234567890/",
    "https://www.facebook.com/union/posts/1234567890",
    "https://l.facebook.com/l.php?u=https://fb.watch/AbC_d-1/",
    f"https://tube.example/w/p/{UUID}",
    f"https://tube.example/videos/watch/playlist/{UUID}",
    "https://tube.example/w/00000000-0000-1000-8000-000000000000",
    "https://tube.example/w/zzzzzzzzzzzzzzzzzzzzzz",
    "https://wiki.example/w/index.php",
)


@each_of("name", SHOWN)
def test_a_video_has_one_name_however_its_address_is_written(name: str) -> None:
    assert {address: videos_in([address]) for address in SHOWN[name]} == dict.fromkeys(SHOWN[name], (name,))


@each_of("address", NOT_SHOWN)
def test_what_only_looks_like_a_video_has_no_name(address: str) -> None:
    assert videos_in([address]) == ()


def test_every_host_that_searches_ask_for_has_videos() -> None:
    shown = [address.lower() for addresses in SHOWN.values() for address in addresses]
    assert [host for host in HOSTS if not any(f"{host}/" in address for address in shown)] == []


def test_each_video_is_named_once_and_in_order() -> None:
    assert videos_in(("https://vimeo.com/76979871", *SHOWN[YOUTUBE])) == ("vimeo:76979871", YOUTUBE)


def test_a_text_gives_its_addresses_without_the_punctuation_around_them() -> None:
    text = (
        "See https://a.example/one, (https://b.example/two_(three)) and <https://c.example/x?y=1>! "
        "«https://d.example»: HTTPS://E.example/…\nhttps://f.example/)."
    )
    assert addresses_in(text) == (
        "https://a.example/one",
        "https://b.example/two_(three)",
        "https://c.example/x?y=1",
        "https://d.example",
        "HTTPS://E.example/",
        "https://f.example/",
    )
    assert addresses_in("youtu.be/x www.example.org mailto:a@b.example #http @http://") == ()


def test_a_post_that_links_to_a_video_is_no_mere_text() -> None:
    assert video_kinds((MediaKind.TEXT,), (YOUTUBE,)) == (MediaKind.VIDEO_LINK,)
    assert video_kinds((MediaKind.IMAGE,), (YOUTUBE,)) == (MediaKind.IMAGE, MediaKind.VIDEO_LINK)
    assert video_kinds((MediaKind.VIDEO,), ("media:1",)) == (MediaKind.VIDEO,)
    assert video_kinds((MediaKind.TEXT,), ()) == (MediaKind.TEXT,)


KNOWN = st.sampled_from([address for addresses in SHOWN.values() for address in addresses])
ODD = st.text(alphabet=st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ["://", "@", "%", "%2f", "\\", "/../", ":", "?v=", "&", "#", "..", "\0", "\u202e", "[", "]", "watch", "w", "/"]
)


@settings(max_examples=120, deadline=None)
@given(KNOWN, st.lists(st.tuples(st.integers(0, 80), ODD), max_size=5))
def test_no_address_breaks_the_reading_of_it(address: str, pieces: list[tuple[int, str]]) -> None:
    for place, piece in pieces:
        address = address[:place] + piece + address[place:]
    for name in videos_in([address, *addresses_in(address)]):
        service, _, video = name.partition(":")
        assert service in {"youtube", "vimeo", "tiktok", "instagram", "facebook", "peertube"}
        assert video.isascii()
        assert video.isprintable()
        assert len(video) < 80


@each_of(
    "piece", ["https://a.example/(", "(https://youtu.be/x)", "https://", "http", ").", "&v=", "/w", "%64", "www.", "@a"]
)
def test_an_address_or_text_of_a_megabyte_is_read_as_fast_as_it_is_short(piece: str) -> None:
    """Only its beginning is taken apart, and only so many addresses are."""
    text = "https://youtube.com/watch?" + piece * (1_000_000 // len(piece))
    found = addresses_in(text)
    assert len(found) <= MOST
    assert max(map(len, found), default=0) < 3000
    assert videos_in([text]) == ()
