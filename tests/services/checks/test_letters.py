"""Letters that only look alike, letters that nobody sees, and hashtags that find nobody."""

from __future__ import annotations

from pathlib import Path

from bot.errors import merged
from tests.harness.campaign_folder import sound
from tests.harness.table import each_of

TAG = "FreeBelarusUnionists"


def told(root: Path, text: str) -> list[str]:
    return [line.removeprefix("messages/call/en.md:") for line in sound(root).write("messages/call/en.md", text).told()]


@each_of(
    ("text", "place", "what"),
    [
        ("One\nGo #FreeBelarus\u200bUnionists", "2:16", "U+200B ZERO WIDTH SPACE"),
        ("#FreeBelarus\u00adUnionists", "1:13", "U+00AD SOFT HYPHEN"),
        ("#Free\u2060BelarusUnionists", "1:6", "U+2060 WORD JOINER"),
        ("A zero\ufeffwidth", "1:7", "U+FEFF ZERO WIDTH NO-BREAK SPACE"),
        (
            "#FrееBelarusUnionists",
            "1:4",
            "'е' U+0435 CYRILLIC SMALL LETTER IE",
        ),
        ("#FreeΒelarusUnionists", "1:6", "'Β' U+0392 GREEK CAPITAL LETTER BETA"),
        ("Свабодныi прафсаюз", "1:9", "'i' U+0069 LATIN SMALL LETTER I"),
        ("See https://саmpaign.org/x", "1:13", "CYRILLIC SMALL LETTER"),
        ("@mаria@union.org", "1:3", "'а' U+0430 CYRILLIC SMALL LETTER A"),
        ("Together with you#FreeBelarusUnionists", "1:18", "stands right behind a word"),
        ("#Free#Belarus", "1:6", "#Belarus stands right behind a word"),
        ("Together with you{hashtags}", "1:18", "so the first hashtag is none"),
        ("{hashtags}and more", "1:1", "becomes part of the last hashtag"),
        ("{website}and more", "1:1", "becomes part of the address"),
        ("see{website}", "1:4", "is no link there"),
        ("#FreeBelarusUnionistsand more", "1:1", "is nearly #FreeBelarusUnionists"),
        ("#FreeBelarusUnionist", "1:1", "is nearly #FreeBelarusUnionists"),
        ("#Free BelarusUnionists", "1:1", "ends at its blank"),
        ("#Free\u00a0Belarus-Unionists here", "1:1", "ends at its blank"),
        ("text\U000e0067\U000e0062\U000e007f more", "1:5", "U+E0067 TAG LATIN SMALL LETTER G"),
        ("wo\ufe0frd", "1:3", "U+FE0F VARIATION SELECTOR-16"),
        ("wo\u2800rd", "1:3", "U+2800 BRAILLE PATTERN BLANK"),
        ("Free\u054dnionists", "1:5", "ARMENIAN CAPITAL LETTER SEH"),
        ("See https://\u0441\u043e\u0440\u0435.org/x", "1:13", "looks like a host in Latin letters"),
        ("#2025", "1:1", "it has no letter"),
        ("#Workers'Rights", "1:9", "the hashtag ends before ''' U+0027 APOSTROPHE: #Workers"),
        ("#Workers-Rights", "1:9", "the hashtag ends before '-' U+002D HYPHEN-MINUS: #Workers"),
        ("#Belarus.Join", "1:9", "the hashtag ends before '.' U+002E FULL STOP: #Belarus"),
        ("＃FreeBelarusUnionists", "1:1", "'＃' U+FF03 FULLWIDTH NUMBER SIGN"),
        ("♯Unionists", "1:1", "'♯' U+266F MUSIC SHARP SIGN makes no hashtag"),
        ("Go # Unionists", "1:4", "a blank stands between # and its word"),
        ("#𝗙𝗿𝗲𝗲", "1:1", "MATHEMATICAL SANS-SERIF BOLD CAPITAL F"),
    ],
)
def test_a_letter_or_sign_that_is_not_what_it_seems_is_a_warning_with_its_place(
    tmp_path: Path, text: str, place: str, what: str
) -> None:
    (fault,) = told(tmp_path, text)
    assert fault.startswith(f"{place}: warning: "), fault
    assert what in fault


@each_of(
    "text",
    [
        *("👩‍👩‍👧 ❤️ 🇧🇾", "#ВольнуюБеларусь", "SMSка, IT-отдел, 3D-мадэль", "#Мінск2025", "می‌خواهم"),
        *("#FreeБеларусь", "ΠΑΜΕ", "50 jours", "#FreeBelarusUnionists’ call, #Belarus’s day, #Belarus's"),
        *("No #1 and #1", "{hashtags}, {website}.", "https://a.org/x#top", "https://a.org/#Free", "C# and F#", "Q&A#"),
        *("№ 5", "#Streik!", "(#Streik)", "#Streik…", "#April19_WorkersRights", "“#Streik”", "см.{website}"),
    ],
)
def test_honest_letters_and_hashtags_are_left_alone(tmp_path: Path, text: str) -> None:
    assert told(tmp_path, text) == []


def test_many_of_one_unseen_letter_in_a_file_are_one_line(tmp_path: Path) -> None:
    folder = sound(tmp_path).write("messages/call/en.md", "So\u00adli\u00addarity for\u00adever")
    (fault,) = merged(folder.faults())
    assert fault.places == ("messages/call/en.md:1:3", "messages/call/en.md:1:6", "messages/call/en.md:1:17")


@each_of(
    ("old", "new", "place", "what"),
    [
        (TAG, "FrееBelarusUnionists", "bot.toml:6", "'е' U+0435 CYRILLIC SMALL LETTER IE"),
        (TAG, "FreeBelarus\u200bUnionists", "bot.toml:6", "it holds U+200B ZERO WIDTH SPACE"),
        (TAG, "Free-BelarusUnionists", "bot.toml:6", "it holds '-' U+002D HYPHEN-MINUS"),
        ("campaign.example/", "саmpaign.example/", "bot.toml:16", "CYRILLIC SMALL LETTER"),
        ("[links]", '[moderation]\nblocked = ["@trоll@union.example"]\n[links]', "bot.toml:16", "'о' U+043E CYRILLIC"),
        ('["en"]', '["еn"]', "bot.toml:5", "'е' U+0435 CYRILLIC SMALL LETTER IE"),
        ('"mastodon"', '"mаstodon"', "bot.toml:9", "'а' U+0430 CYRILLIC SMALL LETTER A"),
        ("languages", "lаnguages", "bot.toml:5", "'а' U+0430 CYRILLIC SMALL LETTER A"),
    ],
)
def test_so_they_are_in_the_configuration(tmp_path: Path, old: str, new: str, place: str, what: str) -> None:
    folder = sound(tmp_path).change("bot.toml", old, new)
    if old == TAG:
        folder.write("messages/call/en.md", "{countdown} {hashtags}")
    about = [line for line in folder.told() if line.startswith(f"{place}: ")]
    assert any(what in line for line in about), folder.told()


def test_so_they_are_in_names_of_messages_and_media(tmp_path: Path) -> None:
    folder = sound(tmp_path).change("schedules/run-up.toml", '"call"', '"сall"')
    assert any("(it holds 'с' U+0441 CYRILLIC SMALL LETTER ES)" in line for line in folder.told())
    folder = sound(tmp_path).write("messages/call/card.png", b"\x89PNG\r\n\x1a\n" + bytes(64))
    folder.write("messages/call/en.md", "+++\n[[media]]\nfile = 'cаrd.png'\nalt = 'A'\n+++\nHi")
    assert any("'а' U+0430 CYRILLIC SMALL LETTER A" in line for line in folder.told())
    (tmp_path / "messages/call").rename(tmp_path / "messages/сall")
    assert any("messages/сall:1: warning: " in line for line in folder.told())
