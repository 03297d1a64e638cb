"""Captions of others are written anew: times and words, whatever else the file holds; and what is none is refused."""

from __future__ import annotations

from bot.platforms.web.captions import MOST_BYTES, rewritten
from tests.harness.table import each_of

CUE = "00:01.000 --> 00:02.500\n"


def test_times_and_words_are_kept_and_nothing_else() -> None:
    file = (
        "\ufeffWEBVTT - from elsewhere\r\nKind: captions\r\n\r\n"
        "STYLE\r\n::cue { background: url(https://spy.example) }\r\n\r\n"
        "NOTE 00:00.000 --> 09:00.000 is no cue\r\n\r\n7\r\n00:01.000 --> 00:02.500 line:0 position:10%\r\n"
        "<v Ana>Hi &amp; <b>bye</b> &lt;script>\r\n\u202eback\x07, <00:02.000>--> and\r\n\r\n"
        "101:00:03.000 --> 101:00:04.000\r\n<c.red>Жыве</c>\r\n\r\n00:09.000 --> 00:08.000\r\nnever\r\n"
    )
    assert rewritten(file.encode()) == (
        "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nHi &amp; bye &lt;script&gt;\nback, --&gt; and\n\n"
        "101:00:03.000 --> 101:00:04.000\nЖыве\n"
    )


@each_of(
    "content",
    [
        b"",
        b"<!doctype html><script>alert(1)</script>",
        b"1\n00:00:01,000 --> 00:00:02,000\nSubRip\n",
        b"WEBVTTX\n\n" + CUE.encode() + b"words\n",
        b"WEBVTT\n\n" + CUE.encode() + b"\xff\xfe\n",
        b"WEBVTT\n\n" + CUE.encode() + b"<b></b>\n",
        b"WEBVTT\n\n" + (CUE.encode() + b"a\n\n") * 5_001,
        b"WEBVTT\n\n" + CUE.encode() + b"a" * MOST_BYTES,
        b"WEBVTT\n\n" + b"<" * 900_000,
        b"WEBVTT\n\n" + CUE.encode() + b"&" * 900_000 + b"\n" * 3 + b"9" * 90_000 + b" --> 9",
    ],
)
def test_what_is_no_captions_is_refused_or_cut(content: bytes) -> None:
    try:
        assert len(rewritten(content)) < 4_000
    except ValueError:
        pass
    else:
        assert b"&" * 9 in content, "cut short"
