"""Names in bot.toml come and go: which stored account is which of today's."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.campaign import Account, PlatformName
from bot.domain.identity import IdentityDoubt, RealAccount, line_up, same
from tests.harness.table import each_of

A = RealAccount("mastodon", "a.example", "@union@a.example", "7", "token-7")
B = RealAccount("mastodon", "a.example", "@other@a.example", "8", "token-8")
C = RealAccount("mastodon", "c.example", "@union@c.example", "7", "token-c")
X = RealAccount("x", "x.com", "x:Union", "1234", "token-x")


def unasked(one: RealAccount, token: str = "") -> RealAccount:
    """The same as bot.toml knows it; with a new token nobody knows who it is until it is asked."""
    return RealAccount(one.platform, one.server, credentials=token or one.credentials)


@each_of(
    ("asked", "stored", "names"),
    [
        ({"main": unasked(A)}, {"mastodon": A}, {"mastodon": "main"}),
        ({"a": unasked(B), "b": unasked(A)}, {"a": A, "b": B}, {"a": "b", "b": "a"}),
        ({"b": unasked(A), "c": unasked(B)}, {"a": A, "b": B}, {"a": "b", "b": "c"}),
        ({"b": unasked(A)}, {"a": A, "b": B}, {"a": "b", "b": ""}),
        ({"b": unasked(A)}, {"a": A, "gone": C}, {"a": "b", "gone": "gone"}),
        (
            {"a": unasked(A), "x": unasked(X)},
            {"a (@union@a.example)": A, "a": X},
            {"a (@union@a.example)": "a", "a": "x"},
        ),
        ({"b": unasked(A)}, {"a": A, "b": replace(A, credentials="older")}, {"a": "b", "b": "b"}),
        ({"main": replace(unasked(A), credentials="")}, {"mastodon": A}, {"mastodon": "main"}),
        ({"main": replace(A, credentials="new")}, {"mastodon": A}, {"mastodon": "main"}),
        ({"a": replace(A, server="proxy.example", credentials="new")}, {"a": A}, {"a": "a"}),
        ({"x2": RealAccount("x", "x.com", "", "1234", "renewed")}, {"x": X}, {"x": "x2"}),
    ],
)
def test_the_same_account_is_found_under_whatever_name(
    asked: dict[str, RealAccount], stored: dict[str, RealAccount], names: dict[str, str]
) -> None:
    found = line_up(asked, stored)
    assert (dict(found.names), dict(found.doubts)) == (names, {})


@each_of(
    ("asked", "stored", "names", "doubts"),
    [
        ({"a": unasked(A, "new")}, {"a": A}, {"a": "a"}, {"a": (IdentityDoubt.RENEWED, ("a",))}),
        ({"b": unasked(A, "new")}, {"a": A}, {"a": "b"}, {"b": (IdentityDoubt.RENEWED, ("a",))}),
        ({"a": unasked(C)}, {"a": A}, {"a": "a"}, {"a": (IdentityDoubt.RENEWED, ("a",))}),
        (
            {"c": unasked(A, "new")},
            {"a": A, "b": B},
            {"a": "a", "b": "b"},
            {"c": (IdentityDoubt.CANDIDATES, ("a", "b"))},
        ),
        ({"a": A, "b": replace(A, credentials="2")}, {"a": A}, {"a": "a"}, {"b": (IdentityDoubt.TWICE, ("a",))}),
        ({"b": replace(A, credentials="2"), "a": A}, {"a": A}, {"a": "a"}, {"b": (IdentityDoubt.TWICE, ("a",))}),
        ({"a": unasked(A), "b": unasked(A)}, {}, {}, {"b": (IdentityDoubt.TWICE, ("a",))}),
        (
            {"a": unasked(A, "1"), "b": unasked(A, "2")},
            {},
            {},
            {"a": (IdentityDoubt.NEIGHBOURS, ("b",)), "b": (IdentityDoubt.NEIGHBOURS, ("a",))},
        ),
        ({"a": unasked(A), "b": unasked(B, "new")}, {"a": A}, {"a": "a"}, {"b": (IdentityDoubt.NEIGHBOURS, ("a",))}),
    ],
)
def test_what_is_not_certain_is_a_doubt_until_the_platform_has_said_who_it_is(
    asked: dict[str, RealAccount],
    stored: dict[str, RealAccount],
    names: dict[str, str],
    doubts: dict[str, tuple[IdentityDoubt, tuple[str, ...]]],
) -> None:
    found = line_up(asked, stored)
    assert (dict(found.names), dict(found.doubts)) == (names, doubts)


def test_another_account_behind_the_name_is_not_the_same() -> None:
    assert line_up({"a": B}, {"a": A}).names == {"a": ""}
    assert line_up({"a": C}, {"a": A}).names == {"a": ""}
    assert same(A, replace(B, account_id="", handle="")) is None


def test_once_all_is_said_and_nothing_was_known_before_the_name_counts() -> None:
    found = line_up({"a": replace(A, credentials="new")}, {"a": replace(A, handle="", account_id="")})
    assert (dict(found.names), dict(found.doubts)) == ({"a": "a"}, {})


@each_of(
    ("platform", "written", "server"),
    [
        ("mastodon", "https://Mastodon.Example/", "mastodon.example"),
        ("mastodon", "https://mastodon.example:443", "mastodon.example"),
        ("mastodon", "http://mastodon.example:80", "mastodon.example"),
        ("mastodon", "https://свабода.бел", "xn--80aaccm3dr.xn--90ais"),
        ("mastodon", "http://127.0.0.1:4001", "127.0.0.1:4001"),
        ("x", "https://api.x.com/", "x.com"),
    ],
)
def test_a_server_is_the_same_however_it_is_written(platform: str, written: str, server: str) -> None:
    assert Account("a", PlatformName(platform), written).server == server
