"""Files of others are passed on as what they are, with our own headers, from public addresses, and with an end."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import pytest

from bot.domain.post import CaptionFile, MediaFile, MediaKind
from bot.platforms.web import peertube, remote_file
from bot.platforms.web.passed_file import FileTrouble, FileUnavailable
from bot.platforms.web.remote_file import RemoteFiles, media_type_of
from tests.harness.film_server import CAPTIONS, FILM, FilmServer, film_server
from tests.harness.scripted_server import ScriptedServer, answer


@pytest.fixture(scope="module")
def films() -> Iterator[FilmServer]:
    with film_server() as server:
        yield server


@pytest.fixture
def files(films: FilmServer) -> Iterator[RemoteFiles]:
    with RemoteFiles("Groundswell (tests)", [films.url]) as remote:
        yield remote


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (FILM[:64], "video/webm"),
        (b"\0\0\0\x18ftypisom\0\0\2\0", "video/mp4"),
        (b"ID3\4\0\0\0", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio/mpeg"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n\0", "image/png"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\x10\0\0\0WAVEfmt ", ""),
        (b"\0\0\0\x18ftypavif\0\0\2\0", ""),
        (b"\x1a\x45\xdf\xa3" + bytes(60), ""),
        (b"#EXTM3U\n", ""),
        (b"<!doctype html><script>", ""),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", ""),
        (b"GIF89a", ""),
        (b"\xff", ""),
        (b"", ""),
    ],
)
def test_what_a_file_is_its_first_bytes_tell(head: bytes, kind: str) -> None:
    assert media_type_of(head) == kind


def test_it_is_asked_for_with_our_own_headers_and_one_range(films: FilmServer, files: RemoteFiles) -> None:
    films.asked.clear()
    whole = files.open(f"{films.url}/film.webm")
    assert (whole.is_part, whole.length, whole.total, whole.media_type) == (False, len(FILM), len(FILM), "video/webm")
    assert b"".join(whole.pieces()) == FILM
    part = files.open(f"{films.url}/film.webm", "bytes=100-")
    assert (part.is_part, part.first, part.total, part.media_type) == (True, 100, len(FILM), "video/webm")
    assert b"".join(part.pieces()) == FILM[100:]
    known = files.open(f"{films.url}/film.webm", "bytes=100-109", "video/webm")
    assert b"".join(known.pieces()) == FILM[100:110]
    files.open(f"{films.url}/film.webm", "bytes=0-1,5-6").close()
    own = {"user-agent": "Groundswell (tests)", "accept": "*/*", "accept-encoding": "identity", "host": films.host}
    ranges = [{}, {"range": "bytes=0-63"}, {"range": "bytes=100-"}, {"range": "bytes=100-109"}, {}]
    assert [head for _, head in films.asked] == [own | each | {"connection": "keep-alive"} for each in ranges]


@pytest.mark.parametrize(
    ("path", "trouble"),
    [
        ("/page.mp4", FileTrouble.NOT_PLAYABLE),
        ("/packed", FileTrouble.NOT_PLAYABLE),
        ("/huge", FileTrouble.TOO_LARGE),
        ("/nothing", FileTrouble.UNREACHABLE),
    ],
)
def test_what_is_no_film_or_too_large_is_not_passed_on(
    films: FilmServer, files: RemoteFiles, path: str, trouble: FileTrouble
) -> None:
    with pytest.raises(FileUnavailable) as refused:
        files.open(f"{films.url}{path}")
    assert refused.value.trouble is trouble


PRIVATE = (
    "http://10.0.0.1/film.webm",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::1]/film.webm",
    "http://127.0.0.1/film.webm",
    "http://0x7f000001/film.webm",
    "http://localhost:8377/",
    "ftp://198.51.100.1/film.webm",
    "http://93.184.216.34:22/",
)


@pytest.mark.parametrize("address", PRIVATE)
def test_nothing_private_is_asked_neither_at_once_nor_by_a_redirect(
    films: FilmServer, files: RemoteFiles, address: str
) -> None:
    films.elsewhere = address
    for asked in (address, f"{films.url}/elsewhere"):
        with pytest.raises(FileUnavailable) as refused:
            files.open(asked)
        is_known = address.startswith("http")
        assert refused.value.trouble is FileTrouble.PRIVATE or not is_known


def test_a_redirect_in_public_is_followed(films: FilmServer, files: RemoteFiles) -> None:
    films.elsewhere = f"{films.url}/film.webm"
    assert b"".join(files.open(f"{films.url}/elsewhere").pieces()) == FILM
    films.elsewhere = f"{films.url}/elsewhere"
    with pytest.raises(FileUnavailable):
        files.open(f"{films.url}/elsewhere")


@pytest.mark.parametrize("path", ["/endless", "/drip"])
def test_what_has_no_end_is_ended(
    films: FilmServer, files: RemoteFiles, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_file, "MOST_BYTES", 5 * 1024 * 1024)
    monkeypatch.setattr(remote_file, "_PATIENCE", 0.2)
    opened = files.open(f"{films.url}{path}")
    with pytest.raises(FileUnavailable):
        deque(opened.pieces(), maxlen=0)
    opened.close()


@pytest.mark.parametrize(
    ("path", "trouble"),
    [
        ("/endless", FileTrouble.TOO_LARGE),
        ("/drip", FileTrouble.UNREACHABLE),
        ("/nothing", FileTrouble.UNREACHABLE),
        ("/packed", FileTrouble.NOT_PLAYABLE),
        ("http://192.168.0.1/a.vtt", FileTrouble.PRIVATE),
    ],
)
def test_a_small_file_is_small_and_comes_soon(
    films: FilmServer, files: RemoteFiles, path: str, trouble: FileTrouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert files.read(f"{films.url}/captions.vtt", 1000) == CAPTIONS
    if path == "/drip":
        monkeypatch.setattr(remote_file, "_HEAD_WITHIN", 0.2)
    with pytest.raises(FileUnavailable) as refused:
        files.read(path if path.startswith("http") else f"{films.url}{path}", 1_000_000)
    assert refused.value.trouble is trouble


def test_a_head_that_drips_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_file, "_HEAD_WITHIN", 0.4)
    head = [bytes([letter]) for letter in b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"]
    with (
        ScriptedServer(head, pause=0.1) as server,
        RemoteFiles("us", [server.url]) as remote,
        pytest.raises(FileUnavailable),
    ):
        remote.open(f"{server.url}/film.webm")


def test_peertubes_own_files_are_found() -> None:
    told = """{"duration": 31, "files": [], "streamingPlaylists": [{"files": [
        {"resolution": {"id": 1080}, "fileUrl": "https://tube.example/1080.mp4"},
        {"resolution": {"id": 480}, "fileUrl": "https://tube.example/480.mp4"},
        {"resolution": {"id": 0}, "fileUrl": "https://tube.example/sound.mp4"},
        {"resolution": {"id": 720}, "fileUrl": "javascript:alert(1)"}, 7, null]}, 7]}"""
    captions = """{"total": 5, "data": [
        7, {"language": 7, "captionPath": "http://[/"}, {"captionPath": 7, "fileUrl": 7},
        {"language": {"id": "fr", "label": "French"}, "captionPath": "/lazy-static/fr.vtt", "fileUrl": null},
        {"language": {"id": "<b>", "label": "Odd"}, "automaticallyGenerated": true,
         "captionPath": "/odd.vtt", "fileUrl": "https://cdn.example/odd.vtt"}]}"""
    answers = [answer(each) for each in (told, captions, "{", "[]")]
    with ScriptedServer(*answers) as server, RemoteFiles("us", [server.url]) as remote:
        film = peertube.film(remote.web, f"{server.url}/w/kkGMgK9ZtnKfYAgnEtQxbv")
        found = (
            CaptionFile(f"{server.url}/lazy-static/fr.vtt", "fr", "French"),
            CaptionFile("https://cdn.example/odd.vtt", "", "Odd", is_generated=True),
        )
        assert film == MediaFile(MediaKind.VIDEO, "https://tube.example/480.mp4", 31.0, captions=found)
        assert "GET /api/v1/videos/kkGMgK9ZtnKfYAgnEtQxbv/captions " in server.requests[1]
        assert "GET /api/v1/videos/kkGMgK9ZtnKfYAgnEtQxbv " in server.requests[0]
        assert peertube.film(remote.web, f"{server.url}/w/other") is None
        assert peertube.film(remote.web, f"{server.url}/w/third") is None
    with RemoteFiles("us") as remote:
        assert peertube.film(remote.web, "http://10.0.0.1/w/kkGMgK9ZtnKfYAgnEtQxbv") is None
