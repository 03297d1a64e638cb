"""Messages as people write them: head, text, threads, media."""

from __future__ import annotations

from pathlib import Path

from bot.domain.message import Visibility, Wording
from bot.errors import Fault
from bot.files.messages import load_messages
from tests.harness.campaign_folder import PNG, CampaignFolder
from tests.harness.media_files import mp4
from tests.harness.table import each_of


def wording(root: Path, text: str | bytes, name: str = "en.md") -> tuple[Wording | None, list[Fault]]:
    CampaignFolder(root).write(f"messages/call/{name}", text)
    messages, faults = load_messages(root)
    wordings = messages["call"].wordings if "call" in messages else {}
    return next(iter(wordings.values()), None), faults


def told(root: Path, text: str | bytes, name: str = "en.md") -> str:
    _, faults = wording(root, text, name)
    assert len(faults) == 1, faults
    return str(faults[0])


def test_a_head_a_text_and_its_media_are_read_with_their_lines(tmp_path: Path) -> None:
    CampaignFolder(tmp_path).write("messages/call/banner.png", PNG)
    text = (
        '+++\nlink = "https://a.example/"\ncontent_warning = "prison"\nvisibility = "unlisted"\nsensitive = true\n'
        '[[media]]\nfile = "banner.png"\nalt = "Five portraits"\n+++\n\nOne\ntwo\n---\n\nThree\n'
    )
    found, faults = wording(tmp_path, text)
    assert faults == []
    assert found is not None
    assert found.parts == ("One\ntwo", "Three")
    assert (found.line, found.line_of("part.1"), found.line_of("media.0.alt")) == (11, 15, 8)
    assert (found.visibility, found.sensitive, found.content_warning) == (Visibility.UNLISTED, True, "prison")
    media = found.media[0]
    assert (media.path, media.alt, media.mime_type) == ("messages/call/banner.png", "Five portraits", "image/png")
    assert (media.size, len(media.sha256)) == (len(PNG), 64)


def test_a_text_without_a_head_is_a_text(tmp_path: Path) -> None:
    found, faults = wording(tmp_path, b"\xef\xbb\xbfOne\r\n\r\ntwo --- three\r\n")
    assert faults == []
    assert found is not None
    assert found.parts == ("One\n\ntwo --- three",)


def test_words_for_a_platform_come_before_words_for_all(tmp_path: Path) -> None:
    CampaignFolder(tmp_path).write("messages/call/en.md", "all").write("messages/call/en.x.md", "short")
    CampaignFolder(tmp_path).write("messages/call/README.md", "how we write").write("messages/call/.hidden.md", "")
    messages, faults = load_messages(tmp_path)
    assert faults == []
    call = messages["call"]
    assert call.languages == ("en",)
    assert [getattr(call.wording("en", platform), "parts", None) for platform in ("x", "mastodon")] == [
        ("short",),
        ("all",),
    ]


@each_of(
    ("text", "line", "what", "instead"),
    [
        ("+++\nlink = 1\n+++\nHi", 2, "link must be text", 'link = "'),
        ("+++\nlinc = 'https://a.example'\n+++\nHi", 2, '"linc" is not a key', '"link"'),
        ("+++\nlink = 'a.example'\n+++\nHi", 2, "is not a web address", "https://"),
        ("+++\nlink = \n+++\nHi", 2, "link has no value", 'link = "'),
        ("+++\nHi", 1, "has no end", "+++"),
        ("+++\nvisibility = 'pubic'\n+++\nHi", 2, "is not a visibility", '"public"'),
        ("+++\n+++\n\n", 3, "there is no text", "words"),
        ("", 1, "there is no text", "words"),
        ("One\n---\n\n---\nThree", 3, "there is no text", "---"),
        ("+++\n[[media]]\nfile = 'none.png'\nalt = 'a'\n+++\nHi", 3, "is missing", "beside the message"),
        ("+++\n[[media]]\nfile = '../../bot.toml'\nalt = 'a'\n+++\nHi", 3, "outside of messages/", "beside"),
        ("+++\n[[media]]\nfile = '/etc/passwd'\nalt = 'a'\n+++\nHi", 3, "outside of messages/", "beside"),
        ('+++\n[[media]]\nfile = "a\\u0000b"\nalt = "a"\n+++\nHi', 3, "cannot be read", "plain name"),
        (f"+++\n[[media]]\nfile = '{'a' * 5000}'\nalt = 'a'\n+++\nHi", 3, "cannot be read", "plain name"),
        ("+++\n[[media]]\nalt = 'a'\n+++\nHi", 2, "names no file", "file ="),
        ("+++\n[media]\nfile = 'a'\n+++\nHi", 2, "must be a list of tables", "[[media]]"),
        (b"Hi\n\xff", 2, "is not UTF-8", "UTF-8"),
    ],
)
def test_a_mistake_names_its_line(tmp_path: Path, text: str, line: int, what: str, instead: str) -> None:
    fault = told(tmp_path, text)
    assert fault.startswith(f"messages/call/en.md:{line}: error: ")
    assert what in fault
    assert instead in fault


@each_of("alt", ["", "alt = ' '\n"])
def test_media_without_alternative_text_is_an_error(tmp_path: Path, alt: str) -> None:
    CampaignFolder(tmp_path).write("messages/call/banner.png", PNG)
    fault = told(tmp_path, f"+++\n[[media]]\nfile = 'banner.png'\n{alt}+++\nHi")
    assert "no alternative text" in fault
    assert fault.startswith(f"messages/call/en.md:{4 if alt else 2}:")


def test_a_misspelled_media_file_names_the_one_that_is_there(tmp_path: Path) -> None:
    CampaignFolder(tmp_path).write("messages/call/banner.png", PNG)
    assert '"banner.png"' in told(tmp_path, "+++\n[[media]]\nfile = 'baner.png'\nalt = 'a'\n+++\nHi")


def test_media_is_recognised_by_its_bytes_and_not_by_its_name(tmp_path: Path) -> None:
    CampaignFolder(tmp_path).write("messages/call/film.png", mp4())
    found, _ = wording(tmp_path, "+++\n[[media]]\nfile = 'film.png'\nalt = 'a'\n+++\nHi")
    assert found is not None
    assert found.media[0].mime_type == "video/mp4"
    CampaignFolder(tmp_path).write("messages/call/film.png", b"<svg/>")
    assert "not a picture" in told(tmp_path, "+++\n[[media]]\nfile = 'film.png'\nalt = 'a'\n+++\nHi")


def test_media_may_be_shared_between_messages_but_not_fetched_through_a_link(tmp_path: Path) -> None:
    CampaignFolder(tmp_path).write("messages/shared/banner.png", PNG).write("secret.png", PNG)
    found, faults = wording(tmp_path, "+++\n[[media]]\nfile = 'shared/banner.png'\nalt = 'a'\n+++\nHi")
    assert faults == []
    assert found is not None
    assert found.media[0].path == "messages/shared/banner.png"
    (tmp_path / "messages/call/link.png").symlink_to(tmp_path / "secret.png")
    assert "outside" in told(tmp_path, "+++\n[[media]]\nfile = 'link.png'\nalt = 'a'\n+++\nHi")


@each_of(
    ("name", "what", "instead"),
    [
        ("english.md", '"english"', '"en"'),
        ("ua.md", '"ua"', '"uk"'),
        ("en.masto.md", '"masto"', '"mastodon"'),
        ("en..md", '""', "Known are"),
    ],
)
def test_a_file_name_that_means_nothing_names_what_was_meant(
    tmp_path: Path, name: str, what: str, instead: str
) -> None:
    fault = told(tmp_path, "Hi", name)
    assert fault.startswith(f"messages/call/{name}:1: error: {what}")
    assert instead in fault


def test_a_text_outside_of_a_message_is_noticed(tmp_path: Path) -> None:
    CampaignFolder(tmp_path).write("messages/en.md", "Hi").write("messages/readme.md", "Hi")
    _, faults = load_messages(tmp_path)
    assert [fault.path for fault in faults] == ["messages/en.md"]


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    _, faults = load_messages(tmp_path)
    assert "there is no folder messages/" in str(faults[0])
