"""What of our own syntax, or of another program's, would be published: a head is one, or an error with its line."""

from __future__ import annotations

from pathlib import Path

from bot.errors import merged
from tests.harness.campaign_folder import CampaignFolder, sound
from tests.harness.table import each_of

HEAD = 'link = "https://a.org/"'
BEFORE = {
    "a blank line": "\n+++\n",
    "blank lines with blanks": " \n\t\n\u00a0\n+++\n",
    "two byte order marks": "\ufeff\ufeff+++\n",
    "a byte order mark after a line": "\n\ufeff+++\n",
    "a blank": " +++\n",
    "a no-break space": "\u00a0+++\n",
    "a zero-width space": "\u200b+++\n",
    "blanks after it": "+++ \t\n",
    "line ends of old Macs": "+++\r",
    "line ends of Windows": "\r\n+++\r\n",
    "a line separator": "+++\u2028",
    "a paragraph separator": "\u2029+++\u2029",
    "a next line": "+++\x85",
    "a form feed": "\x0c+++\x0c",
}


def told(root: Path, text: str) -> list[str]:
    return [line.removeprefix("messages/call/en.md:") for line in sound(root).write("messages/call/en.md", text).told()]


@each_of("before", BEFORE.values())
def test_what_looks_like_a_head_before_the_first_words_is_one(tmp_path: Path, before: str) -> None:
    folder = sound(tmp_path).write("messages/call/en.md", f"{before}{HEAD}\n+++\nWords. {{link}}")
    assert folder.told() == []
    assert {draft.content.text for draft in folder.drafts()} == {"Words. https://a.org/"}


@each_of(
    ("text", "line"),
    [
        (f"++++\n{HEAD}\n++++\nHi", 1),
        (f"++\n{HEAD}\n++\nHi", 1),
        (f"\n+ + +\n{HEAD}\n+++\nHi", 2),
        (f"＋＋＋\n{HEAD}\n＋＋＋\nHi", 1),
        (f"+++ {HEAD}\n+++\nHi", 1),
        ("+++ [[media]]\nfile = 'a.png'\n+++\nHi", 1),
        (f"+++toml\n{HEAD}\n+++\nHi", 1),
        (f"+++\n{HEAD}\n++++\nHi", 3),
        (f"+++\n{HEAD}\n---\nHi", 3),
        (f"+++\n{HEAD}\nHi", 1),
        (f"---\n{HEAD}\n---\nHi", 1),
        (f"***\n{HEAD}\n# more\n***\nHi", 1),
        (f"```toml\n{HEAD}\n```\nHi", 1),
        (f"\\+\\+\\+\n{HEAD}\n\\+\\+\\+\nHi", 1),
        ("%YAML 1.2\n---\nlink: x\n---\nHi", 1),
        ("—\nlink: https://a.org/\n—\nHi", 1),
        ("title: Our call\nHi", 1),
        ("---\nlink: https://a.org/\n---\nHi", 1),
        ("---\nlink: https://a.org/\nmedia:\n  - file: a.png\n...\nHi", 1),
        ('{"link": "https://a.org/"}\nHi', 1),
        ("link: https://a.org/\nHi", 1),
        (f"{HEAD}\nHi", 1),
        ('[[media]]\nfile = "a.png"\nalt = "A"\nHi', 1),
        (f"Hi\n{HEAD}", 2),
        (f"Hi\n---\n+++\n{HEAD}\n+++\nyou", 3),
        (f"+++\n{HEAD}\n+++\n+++\nalt = 'A'\n+++\nHi {{link}}", 4),
    ],
)
def test_what_nearly_looks_like_a_head_is_one_error_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    (fault,) = merged(sound(tmp_path).write("messages/call/en.md", text).faults())
    assert (fault.path, fault.line, str(fault.severity)) == ("messages/call/en.md", line, "error")
    assert "+++" in fault.instead


def test_words_between_pluses_are_words(tmp_path: Path) -> None:
    assert told(tmp_path, "+++ Eilmeldung +++ Streik in Minsk +++") == []


@each_of("line", ["----", "--", "- - -", "–––", "———", "− − −", "―――", "───"])
def test_what_nearly_splits_a_thread_is_an_error(tmp_path: Path, line: str) -> None:
    (fault,) = told(tmp_path, f"One\n{line}\nTwo")
    assert fault.startswith(f'2: error: "{line}" would be posted')
    assert "Write --- alone on the line" in fault


@each_of("line", [" ---", "---\u00a0", "\u200b---  "])
def test_blanks_around_it_do_not_keep_a_line_from_splitting_a_thread(tmp_path: Path, line: str) -> None:
    folder = sound(tmp_path).write("messages/call/en.md", f"One\n{line}\nTwo")
    assert {len(draft.content.parts) for draft in folder.drafts()} == {2}


@each_of("line", ["***", "* * *", "___", "====", "----------"])
def test_what_may_be_meant_as_a_line_is_a_warning(tmp_path: Path, line: str) -> None:
    (fault,) = told(tmp_path, f"One\n{line}\nTwo")
    assert fault.startswith("2: warning: ")


@each_of(
    "written",
    [
        *("{ hashtags }", "{hashtags }", "{{hashtags}}", "{{ hashtags }}", "｛hashtags｝", "❴hashtags❵", "{Hashtags}"),
        *("$hashtags", "${hashtags}", "%hashtags%", "%(hashtags)s", "<hashtags>", "[hashtags]", "[[hashtags]]"),
        *("{hashtags", "hashtags}", "{hаshtags}", "{hash\u200btags}", "{hashtag}", "{HASHTAGS}", "((hashtags))"),
        *("{day of action}", "{day-of-action}", "$day_of_action", "{ Website }", "<website>"),
    ],
)
def test_what_looks_like_a_placeholder_and_is_none_is_an_error_with_what_to_write(tmp_path: Path, written: str) -> None:
    (fault,) = told(tmp_path, f"One\nTwo {written} three")
    name = "day_of_action" if "day" in written else "website" if "ebsite" in written else "hashtags"
    assert fault.startswith("2: error: ")
    assert f"Write {{{name}}}" in fault


@each_of("written", ["{хэштэгі}", "{}", "{ }", "{0}", "{link to the form}", "{name}"])
def test_other_names_between_braces_are_errors_too(tmp_path: Path, written: str) -> None:
    faults = told(tmp_path, f"One {written} two")
    assert [fault.split(" ")[1] for fault in faults] == ["error:"]
    assert "\\{ and \\}" in faults[0]


@each_of("written", ["{TODO: a photo}", "{ TODO : a photo }", "{TODO:a photo}"])
def test_a_place_that_is_still_to_be_written_says_what_belongs_there(tmp_path: Path, written: str) -> None:
    assert told(tmp_path, f"One {written} two") == [
        "1: error: this place waits for your words: a photo. "
        "Write them here, in place of the braces and what is between them."
    ]


def test_a_letter_that_only_looks_alike_is_named(tmp_path: Path) -> None:
    assert "(it holds 'а' U+0430 CYRILLIC SMALL LETTER A)" in told(tmp_path, "{hаshtags}")[0]
    assert "(it holds U+200B ZERO WIDTH SPACE)" in told(tmp_path, "{hash\u200btags}")[0]


def test_braces_that_are_meant_are_written_with_a_backslash(tmp_path: Path) -> None:
    folder = sound(tmp_path).write("messages/call/en.md", r"Sets \{a, b\} and \{hashtags\}, :-{ and {1, 2} {…}")
    told = folder.told()
    assert len(told) == 1, told
    folder.write("messages/call/en.md", r"Sets \{a, b\} and \{hashtags\}, :-{ and {…}")
    assert folder.told() == []
    assert {draft.content.text for draft in folder.drafts()} == {"Sets {a, b} and {hashtags}, :-{ and {…}"}


@each_of(
    ("text", "severity"),
    [
        ("[our page](https://a.org)", "error"),
        ("![a card](card.png)", "error"),
        ("<b>Now</b>", "error"),
        ("Now<br/>or never", "error"),
        ('<a href="https://a.org">here</a>', "error"),
        ("Bread &amp; roses", "error"),
        ("Bread&#160;and roses", "error"),
        ("<!-- note to translator -->", "error"),
        ("```\nNow\n```", "error"),
        ("[url=https://a.org]here[/url]", "error"),
        ("<<<<<<< HEAD", "error"),
        ("TODO: ask Maria", "error"),
        ("[TBD]", "error"),
        ("Lorem ipsum dolor", "error"),
        ("**Now** or never", "warning"),
        ("# Our call", "warning"),
        ("<https://a.org>", "error"),
        ("TODO ask Maria", "warning"),
        ("XXX people", "warning"),
        ("On xx.xx.xxxx", "warning"),
        ("[insert the date]", "warning"),
        ("(Note to translators: be short)", "warning"),
        ("CW: prison", "warning"),
    ],
)
def test_another_programs_markup_and_notes_are_told(tmp_path: Path, text: str, severity: str) -> None:
    faults = told(tmp_path, f"{text}\nand more")
    assert faults
    assert {fault.split(" ")[1] for fault in faults} == {f"{severity}:"}, faults
    assert all(fault.startswith("1:") or text.startswith("```") for fault in faults)


LEFT_BY_OTHERS = {
    "error": [
        *("<<NAME>>", "<% name %>", "{% if a %}", "*|FNAME|*", "@@NAME@@", "##NAME##", "#REF!", "[object Object]"),
        *("Click or tap here to enter text.", "Commented [MK1]: too long", "<o:p></o:p>", "<ins>new</ins>"),
        *("donâ€™t", "Ð¡Ð°Ð»", "РЎР°Р»С–", "Sal\ufffdt", "file:///C:/a", r"C:\Users\a", "http://localhost:3000/a"),
    ],
    "warning": [
        *("[NAME]", "[Your union]", "<Name>", "[дата]", "[[link to the form]]", "%NAME%", "____ people", "DD.MM.YYYY"),
        *("ДД.ММ.ГГГГ", "in ??? unions", "To do: ask", "DRAFT", "Draft: we", "(draft 2)", "Черновик", "[ENTWURF]"),
        *("Do not post yet.", "We stand[a] here", "Tweet 2/3: We", "Alt text: a card", "[MK1] We", "see card.png"),
        *(r"It\u2019s", r"Don\'t", r"\#One", r"One\n", "=E2=80=99", "// a note", "~~old~~ new", "- [ ] ask", "[^1]"),
        *("> Words", "https:/a.org", "htttps://a.org", "https:// a.org"),
    ],
}


@each_of("severity", LEFT_BY_OTHERS)
def test_what_other_programs_and_colleagues_left_is_told(tmp_path: Path, severity: str) -> None:
    found = {text: told(tmp_path, f"Words.\n{text}") for text in LEFT_BY_OTHERS[severity]}
    missed = {text for text, faults in found.items() if not any(f"2: {severity}: " in fault for fault in faults)}
    assert missed == set()


@each_of(
    "text",
    [
        *(
            "Kolleg*innen und Freund*innen",
            "1 < 2 > 0",
            "I <3 unions",
            "AT&T; R&D",
            "100 % sure; 5% more",
            "a_b_c __init",
        ),
        *("[Live] now", "C++ and +1", "– one\n– two", "https://a.org/?a=1&b=2", "No. 1\n#One", "«Так» & „ja“", "2 - 3"),
        *(
            "worker[s] of the world",
            "El siglo XX",
            "Photo: Jane Doe",
            "a draft law",
            "https://a.org/?f=call.pdf",
            ">> here",
        ),
        *("Name: Aliaksandr", "don't share this fear", "// Streik //", "[EN] Hello", "[…] und", "JOSÉ” «É»", "$AAPL"),
        *("@video@peertube.example", "Link: https://a.org", "(1/2)", "a — b", "S. 3–4", "50 €", "$20", "*", "—"),
    ],
)
def test_what_people_write_is_left_alone(tmp_path: Path, text: str) -> None:
    assert told(tmp_path, f"Words first.\n{text}\nand last.") == []


def test_todo_is_a_word_in_spanish(tmp_path: Path) -> None:
    folder = sound(tmp_path).change("bot.toml", '["en"]', '["es"]').write("messages/call/es.md", "TODO el mundo")
    (tmp_path / "messages/call/en.md").unlink()
    assert folder.told() == []


def test_alternative_texts_warnings_and_links_are_looked_at_too(tmp_path: Path) -> None:
    folder = CampaignFolder(tmp_path)
    for head, line in [
        ('content_warning = "{ hashtags }"', 2),
        ('link = "https://a.org/{website}"', 2),
        ('[[media]]\nfile = "a.png"\nalt = "Our {hashtag} card"', 4),
        ('[[media]]\nfile = "a.png"\nalt = "TODO: describe"', 4),
    ]:
        sound(tmp_path).write("messages/call/a.png", b"\x89PNG\r\n\x1a\n" + bytes(64))
        folder.write("messages/call/en.md", f"+++\n{head}\n+++\nHi")
        errors = [told for told in folder.told() if "error" in told]
        assert [told.split(" ")[0] for told in errors] == [f"messages/call/en.md:{line}:"], head


@each_of("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_utf_16_is_told(tmp_path: Path, encoding: str) -> None:
    folder = sound(tmp_path).write("messages/call/en.md", "Words for everybody".encode(encoding))
    assert folder.told() == ["messages/call/en.md:1: error: this file is saved as UTF-16 or UTF-32. Save it as UTF-8."]


@each_of("encoding", ["latin-1", "cp1251"])
def test_other_encodings_are_told_with_the_line(tmp_path: Path, encoding: str) -> None:
    text = "One\n\u00e9\u00df" if encoding == "latin-1" else "One\nСалідарнасць"
    (fault,) = told(tmp_path, "") and sound(tmp_path).write("messages/call/en.md", text.encode(encoding)).told()
    assert fault.startswith("messages/call/en.md:2: error: byte 0x")
