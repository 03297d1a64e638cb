"""A campaign as one file that another union takes over: its words and days, and nothing of anybody's accounts.

What travels is named here and nothing else is: no store, no token, no handle of a person. A pack that comes from
elsewhere is trusted in nothing: what is too large, leads outside, or has no place in a campaign is refused or left.
"""

from __future__ import annotations

import re
import stat
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import field
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import tomlkit
from tomlkit.exceptions import TOMLKitError

from bot.errors import Refused, RefusedCode
from bot.files import library
from bot.files.config.load import read as read_config
from bot.files.media import OutgoingFile
from bot.files.media_facts import HEAD, recognised
from bot.files.starter.record import RECORD, PackRecord
from bot.files.starter.starter import Answers, NewAccount, accounts_toml
from bot.values import dataclass

LARGEST = 300_000_000
"""Bytes of all files together, and of the pack itself: a campaign with a few videos."""

MOST_FILES = 5_000
_LONGEST_NAME = 200

_LEFT_OUT = {"campaign": ("contact", "operator"), "moderation": ("trusted", "blocked")}
"""Keys of `bot.toml` that say who somebody is."""

_TABLES_LEFT_OUT = ("accounts", "organisations")
_SUFFIXES = frozenset(
    {
        ".md",
        ".toml",
        ".txt",
        ".png",
        ".jpg",
        ".jpeg",
        ".gif",
        ".webp",
        ".avif",
        ".heic",
        ".mp4",
        ".mov",
        ".m4v",
        ".webm",
    }
)
_TIME = (1980, 1, 1, 0, 0, 0)
"""Every file's: when and where a pack was made is nobody's business."""


@dataclass(frozen=True)
class Pack:
    """The files of a campaign without its owner, and what its texts were."""

    files: Mapping[str, bytes] = field(repr=False)
    record: PackRecord

    @property
    def bot_toml(self) -> str:
        return self.files["bot.toml"].decode("utf-8")


def pack_of(root: Path) -> Pack:
    """Return the pack of the campaign in a folder. Raise FaultyFiles where its `bot.toml` cannot be read, and Refused
    where something in it cannot travel."""
    config = read_config(root / "bot.toml")
    read_library, _ = library.load(root, config)
    files = dict(_files_in(root))
    files["bot.toml"] = _without_owner(files["bot.toml"]).encode("utf-8")
    texts = {
        wording.path: list(wording.parts)
        for message in read_library.messages.values()
        for wording in message.wordings.values()
    }
    accounts = {name: str(account.platform) for name, account in config.accounts.items()}
    return Pack(files, PackRecord(config.campaign.name, accounts, texts))


def _files_in(root: Path) -> Iterator[tuple[str, bytes]]:
    """Yield what belongs to a campaign; a link that leads out of it is refused."""
    paths = [root / "bot.toml", root / "facts.toml"]
    paths += [path for folder in ("messages", "schedules") for path in sorted((root / folder).rglob("*"))]
    home, size = root.resolve(), 0
    for path in paths:
        name = path.relative_to(root).as_posix()
        if path.is_symlink() and not path.resolve().is_relative_to(home):
            raise Refused(RefusedCode.LEADS_OUTSIDE, name=name)
        if path.is_file() and belongs(name):
            size += path.stat().st_size
            if size > LARGEST:
                raise Refused(RefusedCode.PACK_TOO_LARGE, largest=LARGEST)
            yield name, _without_place(path)


def _without_place(path: Path) -> bytes:
    """Return a file's bytes; a photo's without the place where it was taken."""
    with path.open("rb") as opened:
        mime_type = recognised(opened.read(HEAD))
    with OutgoingFile(path) as file:
        if mime_type:
            file.without_place(mime_type)
        return file.read()


def belongs(name: str) -> bool:
    """Return whether this is the path of one of a campaign's files: nothing hidden, nothing outside, no program."""
    path = PurePosixPath(name)
    is_plain = len(name) <= _LONGEST_NAME and not re.search(r"[\x00-\x1f\\:]", name)
    is_inside = not path.is_absolute() and ".." not in path.parts
    is_hidden = any(part.startswith((".", "~")) for part in path.parts)
    at_home = name in ("bot.toml", "facts.toml", RECORD) or (
        1 < len(path.parts) <= 4 and path.parts[0] in ("messages", "schedules") and path.suffix.casefold() in _SUFFIXES
    )
    return is_plain and is_inside and not is_hidden and at_home


def _without_owner(content: bytes) -> str:
    """Return a `bot.toml` without the accounts, and without what names people."""
    document = tomlkit.parse(content.decode("utf-8-sig"))
    for table in _TABLES_LEFT_OUT:
        document.pop(table, None)
    for table, keys in _LEFT_OUT.items():
        for key in keys:
            if key in document.get(table, {}):
                document[table][key] = "" if isinstance(document[table][key], str) else []
    return tomlkit.dumps(document)


def write_zip(pack: Pack, file: Path) -> None:
    """Write a pack into a new file, whole or not at all. Raise Refused where there is one of this name already, or it
    cannot be written."""
    try:
        with file.open("xb") as opened, zipfile.ZipFile(opened, "w", zipfile.ZIP_DEFLATED) as archive:
            record = msgspec.json.format(msgspec.json.encode(pack.record), indent=1)
            for name, content in {**pack.files, RECORD: record}.items():
                archive.writestr(zipfile.ZipInfo(name, _TIME), content, zipfile.ZIP_DEFLATED)
    except FileExistsError:
        raise Refused(RefusedCode.FILE_IS_THERE, file=str(file)) from None
    except OSError as error:
        with suppress(OSError):
            file.unlink()
        raise Refused(RefusedCode.CANNOT_WRITE, file=str(file), problem=error.strerror) from error


def read_pack(source: Path) -> Pack:
    """Return the pack in a zip file, or of the campaign in a folder. Raise Refused for what is none, or no safe one."""
    if source.is_dir():
        if not (source / "bot.toml").is_file():
            raise Refused(RefusedCode.NO_SUCH_PACK, file=str(source / "bot.toml"))
        return pack_of(source)
    try:
        with zipfile.ZipFile(source) as archive:
            files = dict(_safe_files(archive))
    except FileNotFoundError:
        raise Refused(RefusedCode.NO_SUCH_PACK, file=str(source)) from None
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else ""
        raise Refused(RefusedCode.NOT_A_PACK, file=str(source), why=why) from error
    try:
        record = msgspec.json.decode(files.pop(RECORD, b""), type=PackRecord)
        _without_owner(files["bot.toml"])
    except (msgspec.MsgspecError, KeyError, UnicodeDecodeError, TOMLKitError) as error:
        raise Refused(RefusedCode.NOT_A_PACK, file=str(source), why="") from error
    return Pack(files, record)


def _safe_files(archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    """Yield the files of an archive that belong into a campaign, read no further than they say they are long."""
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > LARGEST:
        raise Refused(RefusedCode.PACK_TOO_LARGE, largest=LARGEST)
    for entry in entries:
        name, kind = entry.filename, stat.S_IFMT(entry.external_attr >> 16)
        path = PurePosixPath(name.replace("\\", "/"))
        is_link = kind not in (0, stat.S_IFREG, stat.S_IFDIR)
        if is_link or path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", name):
            raise Refused(RefusedCode.LEADS_OUTSIDE, name=name)
        if names.count(name) > 1:
            raise Refused(RefusedCode.NOT_A_PACK, file=archive.filename or "", why="")
        if not entry.is_dir() and belongs(name):
            with archive.open(entry) as opened:
                content = opened.read(entry.file_size + 1)
            if len(content) != entry.file_size:
                raise Refused(RefusedCode.PACK_TOO_LARGE, largest=LARGEST)
            yield name, content


@dataclass(frozen=True)
class Usual:
    """What a pack says of the answers that `bot init` asks for."""

    name: str
    day_of_action: date
    zone: ZoneInfo
    languages: tuple[str, ...]
    hashtags: tuple[str, ...]


def usual_answers(pack: Pack) -> Usual:
    """Return the answers that stand in a pack. Raise Refused where its `bot.toml` says none of them."""
    campaign: Mapping[str, Any] = tomlkit.parse(pack.bot_toml).unwrap().get("campaign", {})
    try:
        day = campaign["day_of_action"]
        return Usual(
            str(campaign["name"]),
            day if isinstance(day, date) else date.fromisoformat(day),
            ZoneInfo(campaign["timezone"]),
            tuple(map(str, campaign["languages"])),
            tuple(map(str, campaign["hashtags"])),
        )
    except (KeyError, ValueError, TypeError, OSError) as error:
        raise Refused(RefusedCode.NOT_A_PACK, file="bot.toml", why="") from error


def files_of(pack: Pack, answers: Answers) -> dict[str, bytes]:
    """Return the files of a pack with these answers in it: another's words and days, one's own accounts."""
    dropped = {language for language in usual_answers(pack).languages if language not in answers.languages}
    files = _without(dropped, pack.files)
    messages = {PurePosixPath(name).parts[1] for name in files if name.startswith("messages/") and name.endswith(".md")}
    for name in [name for name in files if name.startswith("schedules/") and name.endswith(".toml")]:
        files[name] = _own_schedule(files[name], pack.record.accounts, answers.accounts, dropped, messages)
    record = msgspec.json.format(msgspec.json.encode(pack.record), indent=1)
    return {**files, "bot.toml": _own_bot_toml(pack, answers).encode("utf-8"), RECORD: record}


def _without(languages: set[str], files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files without the words in these languages, and without the pictures that these alone show."""
    kept = {name: content for name, content in files.items() if not _is_in(languages, name)}
    words, left_out = (
        b"\n".join(content for name, content in half.items() if name.endswith(".md"))
        for half in (kept, {name: content for name, content in files.items() if name not in kept})
    )

    def is_theirs(name: str) -> bool:
        file = PurePosixPath(name).name.encode()
        return name.startswith("messages/") and not name.endswith(".md") and file in left_out and file not in words

    return {name: content for name, content in kept.items() if not is_theirs(name)}


def _is_in(languages: set[str], name: str) -> bool:
    """Return whether a file is a message's words in one of these languages: `messages/call/be.x.md`."""
    path = PurePosixPath(name)
    return path.parts[0] == "messages" and path.suffix == ".md" and path.name.partition(".")[0] in languages


def _own_bot_toml(pack: Pack, answers: Answers) -> str:
    document: Any = tomlkit.parse(pack.bot_toml)
    campaign = document["campaign"]
    campaign["name"] = answers.name
    campaign["day_of_action"] = answers.day_of_action
    campaign["timezone"] = answers.zone.key
    campaign["languages"] = list(answers.languages)
    campaign["hashtags"] = list(answers.hashtags)
    campaign["contact"] = answers.contact
    if "links" in document and answers.website:
        document["links"]["website"] = answers.website
    return tomlkit.dumps(document).rstrip("\n") + "\n" + accounts_toml(answers.accounts)


def _own_schedule(
    content: bytes,
    before: Mapping[str, str],
    accounts: tuple[NewAccount, ...],
    dropped: set[str],
    messages: set[str],
) -> bytes:
    """Return a schedule whose posts name our accounts in the place of those on the same platform that they named, and
    no language that was `dropped`. What would then go out nowhere, or in no words, is left out."""
    document: Any = tomlkit.parse(content.decode("utf-8-sig"))
    for language in dropped:
        document.get("times", {}).pop(language, None)
    posts = document.get("post", [])
    for place, post in reversed(list(enumerate(posts))):
        if isinstance(times := post.get("at"), dict):
            for language in dropped:
                times.pop(language, None)
        if isinstance(spoken := post.get("languages"), list):
            post["languages"] = [language for language in spoken if language not in dropped]
        if isinstance(named := post.get("accounts"), list):
            platforms = {before.get(name, name) for name in named}
            post["accounts"] = [account.name for account in accounts if account.platform in platforms]
        if post.get("message") not in messages or any(
            post.get(key) in ([], {}) for key in ("languages", "accounts", "at")
        ):
            del posts[place]
    return tomlkit.dumps(document).encode("utf-8")
