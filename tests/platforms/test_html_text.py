"""Remote HTML becomes the text that its author wrote."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from bot.platforms.html_text import plain_text
from tests.harness.table import each_of
from tests.servers.mastodon.hashtags import renderer

LONG = "https://campaign.example/a/very/long/path/to/the/appeal?for=all&by=you"


@each_of(
    ("markup", "text"),
    [
        ("", ""),
        ("no markup &amp; no tags", "no markup & no tags"),
        ("<p>One.</p><p>Two.<br>Three.<br />Four.</p>", "One.\n\nTwo.\nThree.\nFour."),
        ("<p>a < b && c &lt; d</p>", "a < b && c < d"),
        ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
        ("<p>un&nbsp;blank</p>", "un\u00a0blank"),
        ("before<script>alert('<b>')</script> after<style>p {}</style>", "before after"),
        ("<p><strong>bold</strong> <em>and</em> <del>not</del></p>", "bold and not"),
        ("<p>only an <unclosed", "only an <unclosed"),
        ("<!-- nothing -->text<!doctype html>", "text"),
    ],
)
def test_text_reads_as_it_was_meant(markup: str, text: str) -> None:
    assert plain_text(markup) == text


@each_of(
    ("markup", "text"),
    [
        ('<a href="https://a.example/">https://a.example/</a>', "https://a.example/"),
        ('<a href="https://a.example/">https://a.example</a>', "https://a.example"),
        ('<a href="https://a.example/%D1%8F">https://a.example/я</a>', "https://a.example/я"),
        ('<a href="https://a.example/long/path">a.example/long…</a>', "https://a.example/long/path"),
        ('<a href="https://www.a.example/long">a.example/lo...</a>', "https://www.a.example/long"),
        ('<a href="https://a.example/?a=1&amp;b=2">x</a>', "x (https://a.example/?a=1&b=2)"),
        ("<a target=_blank href=https://a.example/ rel=me>here</a>", "here (https://a.example/)"),
        ('<a href="https://evil.example">https://good.example</a>', "https://good.example (https://evil.example)"),
        ('<a href="https://a.example/x"><img src="y"></a>', "https://a.example/x"),
        ('<a href="javascript:alert(1)">press</a>', "press"),
        ('<a title="a > b" href="https://a.example/long">a.example/lo…</a> end', "https://a.example/long end"),
        ('<a href="https://a.example/one">a.example/o…<a href="https://b.example">go</a>',
         "https://a.example/onego (https://b.example)"),
        ('<a href="https://a.example/one">a.example/o…<a href="https://b.example"><span>go</span></a> on</a>',
         "https://a.example/onego (https://b.example) on"),
        ('<a title="a>b" href="https://a.example/long"><span class="ellipsis">a.example/lo</span></a>',
         "https://a.example/long"),
        ('<a href="https://a.example/x">&lt;span&gt;</a>', "<span> (https://a.example/x)"),
        ('<script><a href="https://a.example/"><span>one</span></a></script>two', "two"),
    ],
)  # fmt: skip
def test_a_link_shows_its_whole_address(markup: str, text: str) -> None:
    assert plain_text(markup) == text


@each_of(
    ("markup", "text"),
    [
        ('<a href="https://m.example/tags/nobot" class="mention hashtag" rel="tag">#<span>nobot</span></a>', "#nobot"),
        ('<a class="hashtag" data-tag="x" href="https://p.example/tag/x">#x</a>', "#x"),
        ('<span class="h-card"><a href="https://m.example/@u" class="u-url mention">@<span>u</span></a></span>', "@u"),
        ("<a href='https://m.example/tags/x' rel='nofollow tag'>#x</a>", "#x"),
    ],
)
def test_hashtags_and_mentions_are_text(markup: str, text: str) -> None:
    assert plain_text(markup) == text


@given(
    st.lists(
        st.sampled_from(["Solidarity!", LONG, "#FreeBelarusUnionists", "<3 & more", "👩‍🏭", "Свабода"]), min_size=1
    )
)
def test_what_mastodon_renders_reads_as_it_was_typed(words: list[str]) -> None:
    text = " ".join(words)
    assert plain_text(renderer(lambda: "https://mastodon.example")(text)) == text


@given(st.text(alphabet="<>a/\"' =&;phref:#!-\n", max_size=200))
def test_nothing_makes_it_fail(markup: str) -> None:
    plain_text(markup)


@each_of(
    "piece", ["<", '<a "', '<a ">', "<a href='x'>", "<p>", '<a class="', "<a href =", "&", "<script>", "</a>", "<a "]
)
def test_the_time_it_takes_grows_with_the_length_and_no_faster(piece: str) -> None:
    began = time.process_time()
    plain_text(piece * 50_000)
    assert time.process_time() - began < 2.0
