"""What a source's name says: stores of years keep their place by it."""

from bot.domain.source_name import REHEARSAL, SourceKind, SourceName, X
from tests.harness.table import each_of

HASHTAG, SEARCH, MENTIONS = SourceKind.HASHTAG, SourceKind.SEARCH, SourceKind.MENTIONS


@each_of(
    ("written", "name"),
    [
        ("social.example #April19", SourceName(HASHTAG, "social.example", tag="April19")),
        ("127.0.0.1:3000 #свабода", SourceName(HASHTAG, "127.0.0.1:3000", tag="свабода")),
        ("social.example mentions union", SourceName(MENTIONS, "social.example", "union")),
        ("x mentions voice", SourceName(MENTIONS, X, "voice")),
        ("x search voice", SourceName(SEARCH, X, "voice")),
        ("x search voice 2", SourceName(SEARCH, X, "voice", number=2)),
        ("rehearsal stage #April19", SourceName(HASHTAG, REHEARSAL, "stage", "April19")),
        ("rehearsal stage search", SourceName(SEARCH, REHEARSAL, "stage")),
        ("rehearsal stage mentions", SourceName(MENTIONS, REHEARSAL, "stage")),
    ],
)
def test_a_name_is_read_as_it_was_made(written: str, name: SourceName) -> None:
    assert SourceName.parse(written) == name
    assert str(name) == written


@each_of("written", ["", "late", "x search", "social.example"])
def test_a_name_that_nobody_made_says_nothing(written: str) -> None:
    assert SourceName.parse(written) is None
