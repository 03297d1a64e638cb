"""`bot plan` as people read it: at the terminal, as a page for sign-off, as a table; and `bot show`."""

from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.files.test_media_place import photo
from tests.harness.campaign_folder import BOT, CampaignFolder
from tests.harness.terminal import Terminal

CARD = (Path(__file__).parents[2] / "messages/launch/card.en.png").read_bytes()
LONG = "solidarity-with-everybody-who-was-dismissed-for-organising"
LANGUAGES = ("en", "be", "ru", "de", "fr", "es")
THREAD = """\
+++
content_warning = "Prison"
visibility = "unlisted"
[[media]]
file = "card.png"
alt = "A card: \\"Join & win\\" <3"
+++
=One & two. {hashtags}
---
Two < three. See {website}.
---
Three: {live}
"""
SCHEDULE = f"""\
[[post]]
message = "thread"
days = ["T-1"]
at = 09:30:00
accounts = ["mastodon"]

[[post]]
message = "thread-x"
days = ["T"]
at = 00:30:00

[[post]]
message = "{LONG}"
days = ["T"]
at = 12:00:00
gap = "10m"
"""


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """At a campaign of six languages on two accounts, with a thread, a picture, and a link that is not known yet."""
    folder = CampaignFolder(tmp_path / "campaign").write("bot.toml", BOT)
    folder.change("bot.toml", '["en"]', str(list(LANGUAGES)).replace("'", '"'))
    folder.change("bot.toml", "2025-04-16", "2099-03-29").change("bot.toml", '"Day of Action"', '"Fair <fares> & more"')
    folder.write("messages/thread/en.md", THREAD).write("messages/thread/card.png", CARD)
    folder.write("messages/thread-x/en.md", "First.\n---\nSecond: https://campaign.example/b")
    for language in LANGUAGES:
        folder.write(f"messages/{LONG}/{language}.md", f"Reinstate them all! ({language})")
    folder.write("schedules/run-up.toml", SCHEDULE)
    return Terminal(folder.root, tmp_path)


def heavy_photo() -> bytes:
    """A photo as telephones make them, of 7 MB."""
    plain = photo("JPEG")
    comment = b"\xff\xfe\xff\xff" + bytes(0xFFFD)
    return plain[:2] + comment * 107 + plain[2:]


def test_photos_stand_on_the_page_once_each_until_it_could_not_be_mailed(terminal: Terminal) -> None:
    folder = CampaignFolder(terminal.root)
    posts = []
    for number, (name, day) in enumerate((("hall", "T-9"), ("hall", "T-8"), ("square", "T-7"), ("street", "T-6"))):
        head = f'+++\n[[media]]\nfile = "../hall/{name}.jpg"\nalt = "The {name}."\n+++\n'
        folder.write(f"messages/photo{number}/en.md", f"{head}Look at it, number {number}.")
        posts.append(f'[[post]]\nmessage = "photo{number}"\ndays = ["{day}"]\nat = 09:30:00\naccounts = ["mastodon"]\n')
    for name in ("hall", "square", "street"):
        folder.write(f"messages/hall/{name}.jpg", heavy_photo())
    folder.write("schedules/photos.toml", "\n".join(posts))
    page = terminal.root / "plan.html"
    said = terminal.bot("plan", "--html", str(page), "--account", "mastodon")
    assert said.status == 0, said.err
    assert page.stat().st_size < 25_000_000, "mail servers take it"
    found = Page(page.read_text(encoding="utf-8"))
    assert [url[:23] for url in found.fetched if "jpeg" in url[:23]] == ["data:image/jpeg;base64,"] * 2
    assert found.text.count("Picture hall.jpg: shown above") == 1
    assert "Picture street.jpg: not shown, for the page would be too large to be mailed" in found.text


@pytest.mark.parametrize("width", [20, 40, 80])
def test_the_plan_is_no_wider_than_the_screen(terminal: Terminal, width: int) -> None:
    terminal.environment["COLUMNS"] = str(width)
    for options in ((), ("--words",)):
        lines = terminal.bot("plan", *options).out.splitlines()
        assert max(map(len, lines)) <= width
    words = "".join("".join(lines).split())
    assert all(f"Reinstatethemall!({language})" in words for language in LANGUAGES)


def test_the_calendar_shows_ids_states_prices_and_both_clocks(terminal: Terminal) -> None:
    assert terminal.bot("plan").status == 0
    terminal.bot("hold", "2")
    lines = terminal.bot("plan", "--message", "thread", "--message", "thread-x").out.splitlines()
    assert lines == [
        "Fair <fares> & more, times in Europe/Berlin",
        "",
        "  T-1  Saturday 28 March 2099, CET",
        "1  09:30  08:30Z  mastodon  en  thread    47/500  waits for {live}, 3 parts",
        "",
        "    T  Sunday 29 March 2099, CET",
        "2  00:30  23:30Z  mastodon  en  thread-x  31/500  held, 2 parts",
        "3  00:30  23:30Z  x         en  thread-x  34/280  2 parts, $0.215",
        "",
        "3 posts: 2 on mastodon, 1 on x.",
        "$0.215 on x, by the prices in bot.toml.",
    ]


def test_words_are_shown_in_full_as_they_go_out(terminal: Terminal) -> None:
    shown = terminal.bot("plan", "--words", "--day", "T-1").out
    assert (
        shown.partition("CET\n\n")[2].partition("\n1 post:")[0]
        == """\
1  09:30 CET (08:30 UTC)  mastodon  English  thread
    47/500 characters, unlisted: not on hashtag pages
    ! Waits for {live}: write the address under [links] in bot.toml.

    Content warning: Prison

    Part 1 of 3

      =One & two. #FreeBelarusUnionists

      Picture card.png
        Alternative text: A card: "Join & win" <3

    Part 2 of 3

      Two < three. See https://campaign.example/.

    Part 3 of 3

      Three: {live}
"""
    )


class Page(HTMLParser):
    """Every attribute that could fetch something, every element, and the text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.fetched: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        names = ("src", "srcset", "data", "xlink:href", *(("href",) if tag != "a" else ()))
        self.fetched += [value or "" for name, value in attrs if name in names]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_stands_alone_and_everything_from_files_is_escaped(terminal: Terminal) -> None:
    page = terminal.root / "plan.html"
    said = terminal.bot("plan", "--html", str(page))
    assert said.status == 0
    assert "Written: " in said.err
    assert said.out == ""
    html = page.read_text(encoding="utf-8")
    found = Page(html)
    assert not {"script", "link", "fares", "iframe"} & set(found.elements)
    assert all(url.startswith(("data:image/png;base64,", "#picture-")) for url in found.fetched)
    assert len(found.fetched) == 2
    assert not re.search(r"url\(|@import", html)
    words = " ".join(found.text.split())
    for expected in (
        *(
            "Fair <fares> & more",
            "Sunday, 29 March 2099",
            "15 posts: 8 on mastodon, 7 on x",
            "=One & two.",
            "Two < three.",
        ),
        *('A card: "Join & win" <3', "Content warning Prison", "Waits for {live}", "08:30 UTC", "$0.215", "3 of 3"),
    ):
        assert expected in words


def test_a_file_of_somebody_else_is_not_written_over(terminal: Terminal) -> None:
    for option, name in (("--html", "plan.html"), ("--csv", "plan.csv")):
        file = terminal.root / name
        file.write_text("my own")
        refused = terminal.bot("plan", option, str(file))
        assert refused.status == 1
        assert f"{file} is there already" in refused.err
        assert file.read_text() == "my own"
        assert terminal.bot("plan", option, str(file), "--force").status == 0
        written = file.read_text(encoding="utf-8")
        assert terminal.bot("plan", option, str(file)).status == 0
        assert len(file.read_text(encoding="utf-8")) == pytest.approx(len(written), rel=0.01)
    nowhere = terminal.bot("plan", "--html", str(terminal.root / "none" / "plan.html"))
    assert "cannot be written: No such file or directory. Choose another place." in nowhere.err
    assert nowhere.status == 1


def test_the_table_opens_in_spreadsheets_and_holds_no_formula(terminal: Terminal) -> None:
    file = terminal.root / "plan.csv"
    terminal.bot("plan", "--csv", str(file), "--message", "thread")
    text = file.read_bytes().decode("utf-8")
    assert text.startswith("\ufeffid,state,account,day,local_time,utc,language,message,part,text,media,alt_text,")
    first, *others = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    assert first == {
        "id": "1",
        "state": "planned",
        "account": "mastodon",
        "day": "T-1",
        "language": "en",
        "message": "thread",
        "local_time": "2099-03-28 09:30 CET",
        "utc": "2099-03-28 08:30",
        "part": "1 of 3",
        "media": "card.png",
        "text": "'=One & two. #FreeBelarusUnionists",
        "alt_text": 'A card: "Join & win" <3',
        "price_usd": "0.000",
        "content_warning": "Prison",
        "note": "Waits for {live}: write the address under [links] in bot.toml.",
    }
    assert [row["text"] for row in others] == ["Two < three. See https://campaign.example/.", "Three: {live}"]


def test_show_has_all_that_is_published(terminal: Terminal) -> None:
    terminal.bot("plan")
    shown = terminal.bot("show", "1").out
    for expected in (
        *("Due       Sat 28 Mar 2099 09:30 CET (08:30 UTC)", "Seen by   unlisted: not on hashtag pages"),
        *("Content warning: Prison", "Part 3 of 3\n\n  Three: {live}", "Alternative text: A card:", "\nNext  "),
    ):
        assert expected in shown
    document = terminal.bot("show", "3", "--json").document
    assert [(part["text"], part["price_usd"]) for part in document["parts"]] == [
        ("First.", 0.015),
        ("Second: https://campaign.example/b", 0.2),
    ]
    assert (document["price_usd"], document["visibility"]) == (0.215, "public")
