"""One form for hosts and handles, however people and servers write them."""

from __future__ import annotations

import pytest

from bot.hosts import canonical_address, canonical_handle, canonical_host, handle_key, shown_handle, shown_host
from tests.harness.table import each_of

SVABODA = "xn--80aaccm3dr.xn--90ais"


@each_of(
    ("written", "host"),
    [
        ("свабода.бел", SVABODA),
        ("Свабода.БЕЛ.", SVABODA),
        ("свабода。бел", SVABODA),
        ("свабо\u00adда.бел", SVABODA),
        ("СВАБОДА.бел:443", SVABODA),
        ("XN--80AACCM3DR.XN--90AIS:8443", f"{SVABODA}:8443"),
        ("bu\u0308cher.example", "xn--bcher-kva.example"),
        ("straße.example", "xn--strae-oqa.example"),
        ("🍕.example", "xn--vi8h.example"),
        ("Mastodon.Example.", "mastodon.example"),
        ("127.0.0.1:3000", "127.0.0.1:3000"),
        ("[::1]:3000", "[::1]:3000"),
    ],
)
def test_a_host_has_one_form(written: str, host: str) -> None:
    assert canonical_host(written) == host
    assert canonical_host(host) == host


@each_of(
    "written",
    [
        "@maria@свабода.бел",
        "maria@Свабода.Бел",
        "acct:Maria@свабода.бел",
        "＠maria＠свабода.бел",
        f"@MARIA@{SVABODA.upper()}.",
        "https://свабода.бел/@maria",
        "свабода.бел/@maria",
        f"https://{SVABODA}/users/maria/statuses/1",
        "https://mastodon.example/@maria@свабода.бел",
    ],
)
def test_an_author_on_a_server_has_one_key(written: str) -> None:
    assert handle_key(written) == f"@maria@{SVABODA}"


def test_letters_that_only_look_alike_are_another_user() -> None:
    assert handle_key("@ｕnion@mastodon.example") != handle_key("@union@mastodon.example")
    assert handle_key("@un\u0456on@mastodon.example") != handle_key("@union@mastodon.example")


@each_of(
    "written", ["x:Anna", "X:anna", "x:@anna", "https://x.com/anna", "https://twitter.com/Anna/status/1", "x.com/@anna"]
)
def test_an_author_on_x_has_one_key(written: str) -> None:
    assert handle_key(written) == "x:anna"


@each_of("written", ["anna", "@anna", "https://x.com/i/status/1", "@a@b..c", "x:two words", "//h/@u", ""])
def test_what_names_nobody_is_no_handle(written: str) -> None:
    with pytest.raises(ValueError, match="no handle"):
        canonical_handle(written)


@each_of(
    ("host", "shown"),
    [
        (SVABODA, "свабода.бел"),
        ("xn--bcher-kva.example", "bücher.example"),
        (canonical_host("сваbода.бел"), canonical_host("сваbода.бел")),  # a Latin b in it
        (canonical_host("аррӏе.com"), canonical_host("аррӏе.com")),  # all Cyrillic, and looks Latin
        ("mastodon.example:3000", "mastodon.example:3000"),
    ],
)
def test_people_see_their_own_letters_unless_these_mislead(host: str, shown: str) -> None:
    assert shown_host(host) == shown
    assert shown_handle(f"@maria@{host}") == f"@maria@{shown}"


def test_only_the_host_of_an_address_changes() -> None:
    assert canonical_address("HTTPS://Свабода.бел:443/@X?y=Z#Q") == f"https://{SVABODA}/@X?y=Z#Q"
    assert canonical_address("http://127.0.0.1:3000") == "http://127.0.0.1:3000"
    assert canonical_address("http://host.example:443/") == "http://host.example:443/"
