"""Where a link begins and ends, by each platform's published rule."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twitter_text import extract_urls_with_indices

from bot.domain import links
from bot.domain.links import ON_X, links_in
from bot.domain.matching import WantedPost, find
from bot.domain.post import OwnPost
from bot.hosts import canonical_host
from tests.domain.test_matching import NOW
from tests.harness.table import each_of

MASTODON = "mastodon"
WIKI = "https://en.wikipedia.org/wiki/Solidarity_(Polish_trade_union)"


@each_of(
    ("text", "on_x", "on_mastodon"),
    [
        (f"Read {WIKI} today.", [WIKI], [WIKI]),
        (f"(Read {WIKI}.)", [WIKI], [WIKI]),
        ("(https://a.org/b)", ["https://a.org/b"], ["https://a.org/b"]),
        ("https://a.org/(b(c)d)/e", ["https://a.org/(b(c)d)/e"], ["https://a.org/(b(c)d)/e"]),
        ("See https://a.org/b.", ["https://a.org/b"], ["https://a.org/b"]),
        (
            "https://a.org/b, https://a.org/c; https://d.org!",
            ["https://a.org/b", "https://a.org/c", "https://d.org"],
            None,
        ),
        ("https://a.org/?q=1&r=2#top.", ["https://a.org/?q=1&r=2#top"], None),
        ("HTTPS://A.ORG:8443/x", ["HTTPS://A.ORG:8443/x"], None),
        ("https://пример.бел/шлях.", ["https://пример.бел/шлях"], None),
        ("см.https://a.org/b", ["https://a.org/b"], None),
        ("Глядзі:https://a.org/b", ["https://a.org/b"], None),
        ("latinhttps://a.org/b", [], []),
        ("https://a.org/b。Далей", ["https://a.org/b"], ["https://a.org/b。Далей"]),
        ("«https://a.org/b»", ["https://a.org/b"], ["https://a.org/b»"]),
        ("“https://a.org/b”", ["https://a.org/b"], ["https://a.org/b”"]),
        ('"https://a.org/b"', ["https://a.org/b"], None),
        ("https://a.orgслова", ["https://a.org"], None),
        ("https://a.org/b\u200b", ["https://a.org/b"], ["https://a.org/b\u200b"]),
        ("https://a.org/日本", ["https://a.org/"], ["https://a.org/日本"]),
        ("https://en.wikipedia.org/wiki/Łódź", ["https://en.wikipedia.org/wiki/Łódź"], None),
        ("example.org", ["example.org"], []),
        ("t.me/x, (bit.ly/y)", ["t.me/x", "bit.ly/y"], []),
        ("a.b.example.org/x(y)z", ["a.b.example.org/x(y)z"], []),
        ("a@example.org @a@example.org #example.org $example.org", [], []),
        ("Node.js report.pdf e.g.this 12.30 z.B.", [], []),
        ("http://127.0.0.1:8000/there", ["http://127.0.0.1:8000/there"], None),
        ("https://campaign.example/x.", ["https://campaign.example/x"], None),
        ("https://t.co/abc/def", ["https://t.co/abc"], ["https://t.co/abc/def"]),
        ("https:// and ://", [], []),
    ],
)
def test_a_link_ends_where_its_platform_says(text: str, on_x: list[str], on_mastodon: list[str] | None) -> None:
    assert [link.url for link in links_in(text, ON_X)] == on_x
    assert [link.url for link in links_in(text, MASTODON)] == (on_x if on_mastodon is None else on_mastodon)
    for platform in (ON_X, MASTODON):
        assert all(text[link.start : link.end] == link.url for link in links_in(text, platform))


PIECES = st.sampled_from(
    [
        *("https://", "http://", "HTTP://", "example", "a", "b-c", "x_y", ".org", ".com", ".by", ".pdf", "/", "/path"),
        *("/a_(b)", "(", ")", "?q=1", "&r=2", "#top", ":80/", "@", "#", "-", "_", ".", ",", "!", "»", "…", " ", "\n"),
        *(
            "https://a.org/b",
            " https://www.a-b.org/x_y/ ",
            "\nhttps://a.example/b\n",
            "https://a.org.example ",
            ".com ",
        ),
        *("слова", "Łódź", "日本", "。", "é", "t.co/", "xn--e1a", "'", '"', "\u200e", "~", "|", "["),
    ]
)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(PIECES, max_size=14).map("".join))
def test_x_finds_what_its_own_library_finds(text: str) -> None:
    ours = [(link.start, link.end, link.url) for link in links_in(text, ON_X) if link.is_known]
    assert ours == [(*each["indices"], each["url"]) for each in extract_urls_with_indices(text)]
    for platform in (ON_X, MASTODON):
        assert links_in(text, platform) == tuple(links._found(text, is_x=platform == ON_X))


def test_a_link_leads_where_its_author_meant() -> None:
    assert [link.address for link in links_in("«https://a.org/b»", MASTODON)] == ["https://a.org/b"]
    assert [link.address for link in links_in("See t.me/x.", ON_X)] == ["http://t.me/x"]


@each_of(
    ("ours", "theirs"),
    [
        ("See Example.org now", "See http://example.org/ now"),
        ("Глядзі https://свабода.бел/x", "Глядзі https://xn--80aacf6a8a3b.xn--90ais/x"),
        (f"Read {WIKI}.", f"Read {WIKI}."),
    ],
)
def test_a_post_is_found_again_however_the_platform_writes_its_links(ours: str, theirs: str) -> None:
    theirs = theirs.replace("xn--80aacf6a8a3b.xn--90ais", canonical_host("свабода.бел"))
    post = OwnPost("1", "https://a.example/1", theirs, NOW)
    assert find(WantedPost(NOW, ours), [post], frozenset()) is post
