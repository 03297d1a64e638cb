"""Reads `messages/`: a folder for each message, in it a file for each language, with a TOML head and a text."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from bot import languages
from bot.domain.campaign import PlatformName
from bot.domain.message import Media, Message, Visibility, Wording
from bot.domain.text import composed
from bot.errors import Fault, Severity
from bot.fault_codes import FaultCode
from bot.files import leaks
from bot.files.config.address import link_fault
from bot.files.media import MediaError, read_media
from bot.files.profiles import FOLDER as PROFILES
from bot.files.toml.document import Document, LinesByKey, parse, read_text
from bot.files.toml.headers import TableKind
from bot.files.toml.table import Table
from bot.lookalikes import skeleton
from bot.text_display import choice, nearest, printable, quoted, shortened, write_one_of

_HEAD_KEYS = ("link", "media", "content_warning", "visibility", "sensitive", "facts")
_MEDIA_KEYS = ("file", "alt")
_NEEDED = dict.fromkeys(_MEDIA_KEYS, lambda value: isinstance(value, str))
_TABLES = (TableKind("", frozenset(_HEAD_KEYS)), TableKind("media", frozenset(_MEDIA_KEYS), is_listed=True))


def read_wording(home: Path, file: Path, shown: str) -> tuple[Wording | None, list[Fault]]:
    """Return the wording in a file, or None where there is none to speak of; and every fault in it. `home` is where
    messages/ really is: its media lie nowhere else."""
    text = read_text(file, shown)
    if isinstance(text, Fault):
        return None, [text]
    lines = text.split("\n")
    first = next((place for place, line in enumerate(lines) if not leaks.blank(line)), None)
    start = 0
    head: Document | list[Fault] = Document(shown, {})
    if first is not None and leaks.is_fence(lines[first]):
        end = next((place for place in range(first + 1, len(lines)) if leaks.is_fence(lines[place])), None)
        if end is None:
            return None, [_no_end(lines, first, shown)]
        start, head = end + 1, parse("\n".join(lines[first + 1 : end]), shown, first + 2, _TABLES)
    elif first is not None and (fault := leaks.head_fault(lines, first)):
        return None, [Fault(shown, first + 1, *fault, group=(leaks.HEAD, fault[0]), code=FaultCode.HEAD_BROKEN)]
    if isinstance(head, list):
        return None, head
    faults = list(head.faults)
    parts = list(split(lines, start))
    faults.extend(
        Fault(
            shown,
            line,
            "there is no text here",
            "Write the words to post, or take out the line of ---.",
            code=FaultCode.NO_TEXT,
        )
        for line, part in parts
        if not part
    )
    return _wording(home, file, Table(head, faults), parts), faults


def _no_end(lines: list[str], first: int, shown: str) -> Fault:
    """Return the fault of a head that is never closed; a line that nearly closes it is what is at fault."""
    for place in range(first + 1, len(lines)):
        if leaks.is_nearly_fence(lines[place]) or leaks.is_split(lines[place]):
            written = quoted(lines[place].strip(), 20)
            what = f"{written} does not close the head that opens on line {first + 1}"
            return Fault(
                shown,
                place + 1,
                what,
                "Write +++ alone on this line: three plus signs, and nothing else.",
                code=FaultCode.HEAD_BROKEN,
            )
    what = "the head that opens here has no end"
    return Fault(
        shown,
        first + 1,
        what,
        "Write +++ alone on a line below it, before the first words.",
        code=FaultCode.HEAD_BROKEN,
    )


def split(lines: list[str], start: int = 0) -> Iterator[tuple[int, str]]:
    """Yield every part of a text from the line at `start` on, with the number of the line it begins on."""
    begin = start
    for place in range(start, len(lines) + 1):
        if place == len(lines) or leaks.is_split(lines[place]):
            part = [line.rstrip() for line in lines[begin:place]]
            blank = next((count for count, line in enumerate(part) if not leaks.blank(line)), 0)
            yield min(begin + blank + 1, len(lines)), _without_blank_ends(part)
            begin = place + 1


def _without_blank_ends(part: list[str]) -> str:
    """Return the part from its first line with words to its last; the last blanks of all go too."""
    first = next((place for place, line in enumerate(part) if not leaks.blank(line)), len(part))
    last = next((place for place in range(len(part) - 1, first, -1) if not leaks.blank(part[place])), first)
    return "\n".join(part[first : last + 1]).strip()


def _wording(home: Path, file: Path, head: Table, parts: list[tuple[int, str]]) -> Wording:
    head.refuse_unknown(_HEAD_KEYS)
    media = list(_media(home, file.parent, head))
    facts = head.texts("facts")
    return Wording(
        path=head.document.path,
        parts=tuple(part for _, part in parts),
        line=parts[0][0],
        link=_link(head),
        media=tuple(attached for _, attached in media),
        content_warning=head.text("content_warning").strip(),
        visibility=_visibility(head),
        sensitive=head.flag("sensitive", False),
        facts=facts,
        lines=LinesByKey(partial(_lines, head, [line for line, _ in parts], [entry for entry, _ in media], len(facts))),
    )


def _lines(head: Table, parts: Sequence[int], media: Sequence[Table], facts: int) -> dict[str, int]:
    lines = {key: head.line(key) for key in head.values}
    lines |= {f"part.{place}": line for place, line in enumerate(parts)}
    for place, entry in enumerate(media):
        lines |= {f"media.{place}": entry.line(), f"media.{place}.file": entry.line("file")}
        lines[f"media.{place}.alt"] = entry.line("alt")
    return lines | {f"facts.{place}": head.line("facts", place) for place in range(facts)}


def _link(head: Table) -> str:
    link = head.text("link").strip()
    if "link" in head and isinstance(head.values["link"], str) and (fault := link_fault(link)):
        head.error(
            FaultCode.BAD_ADDRESS,
            f"the link {fault}",
            'Write link = "https://…", or take it out.',
            "link",
            key="link",
            write='link = "https://…"',
        )
    return link


def _visibility(head: Table) -> Visibility:
    visibilities = {visibility.value: visibility for visibility in Visibility}
    written = head.text("visibility", Visibility.PUBLIC)
    if written not in visibilities:
        head.error(
            FaultCode.NOT_KNOWN,
            f"{quoted(written)} is not a visibility",
            f"{write_one_of(written, visibilities)}.",
            "visibility",
            key="visibility",
            written=shortened(written),
            **choice(written, visibilities),
        )
    return visibilities.get(written, Visibility.PUBLIC)


def _media(home: Path, folder: Path, head: Table) -> Iterator[tuple[Table, Media]]:
    """Yield every file that can be attached, with the table that names it."""
    for entry in head.entries("media"):
        if not entry.values:
            entry.error(
                FaultCode.EMPTY_ENTRY,
                "this [[media]] is empty",
                "Write file and alt below it, or take it out.",
                table="[[media]]",
                write="file, alt",
            )
            continue
        entry.refuse_unknown(_MEDIA_KEYS, needed=_NEEDED)
        file, alt = entry.text("file").strip(), entry.text("alt").strip()
        if not alt and isinstance(entry.values.get("alt", ""), str):
            instead = 'Write alt = "…": what people who cannot see it should know.'
            entry.error(FaultCode.NO_ALT_TEXT, "this media has no alternative text", instead, "alt", write='alt = "…"')
        if not file:
            if isinstance(entry.values.get("file", ""), str):
                entry.error(
                    FaultCode.MISSING_KEY,
                    "this media names no file",
                    'Write file = "banner.png".',
                    "file",
                    table="[[media]]",
                    key="file",
                    write='file = "banner.png"',
                )
            continue
        try:
            yield entry, read_media(home, folder, file, alt)
        except MediaError as error:
            group = ("media", error.what)
            entry.error_of_group(group, error.code, error.what, error.instead, "file", **error.facts)


FOLDER = "messages"
_LEFT_BEHIND = re.compile(
    r"\.|#|~\$|.*(?:~|\.(?:sw[a-z]|bak|orig|rej|tmp|crdownload|part))\Z|(?:thumbs\.db|desktop\.ini|icon\r?|__macosx|ehthumbs\.db)\Z",
    re.IGNORECASE,
)
"""Hidden files, editors' copies, and what systems put into every folder."""

_TEXTS = frozenset(
    {"md", "markdown", "mdown", "mkd", "mdx", "txt", "text", "doc", "docx", "odt", "rtf", "pages", "html", "htm", "pdf"}
)
_COPIES = frozenset({"url", "lnk", "webloc", "icloud", "json", "yaml", "yml", "zip", "gdoc"})
"""Endings of what stands for a text, or holds one."""
_MEDIA = frozenset(
    {
        ".png",
        ".jpg",
        ".jpeg",
        ".jpe",
        ".gif",
        ".webp",
        ".heic",
        ".heif",
        ".avif",
        ".bmp",
        ".tif",
        ".tiff",
        ".svg",
        ".mp4",
    }
    | {".m4v", ".mov", ".webm", ".mkv", ".avi", ".mp3", ".m4a", ".ogg", ".oga", ".flac", ".wav", ".opus", ".aac"}
)
_PLATFORMS = tuple(platform.value for platform in PlatformName)


def load_messages(root: Path) -> tuple[dict[str, Message], list[Fault]]:
    """Return every message by its folder's name, and every fault in their files; files that are not read are named."""
    home = root / FOLDER
    if not home.is_dir():
        instead = "Make it, and in it a folder for each message with a file for each language, such as en.md."
        return {}, [
            Fault(
                FOLDER,
                1,
                f"there is no folder {FOLDER}/",
                rename_to(root, FOLDER) or instead,
                code=FaultCode.NO_FOLDER,
                facts={"folder": f"{FOLDER}/"},
            )
        ]
    messages: dict[str, Message] = {}
    faults: list[Fault] = list(also_there(root, FOLDER, "*/*.md"))
    media: dict[Path, str] = {}
    real_home = home.resolve()
    for entry in entries(home, FOLDER, faults):
        shown = f"{FOLDER}/{printable(entry.name)}"
        if entry.is_dir() and entry.name == PROFILES:
            continue
        if entry.is_dir():
            message, all_faults = _message(real_home, entry, media)
            faults.extend(all_faults)
            if message.name in messages:
                what = "this folder has the same name as another one, in letters that look the same"
                faults.append(Fault(shown, 1, what, "Put their files into one of them.", code=FaultCode.NAMES_ALIKE))
            elif message.wordings or all_faults:
                messages[message.name] = message
        elif is_media(entry):
            media[entry.resolve()] = shown
        elif not is_readme(entry):
            faults.append(_outside(entry, shown))
    if not any(fault.severity is Severity.ERROR for fault in faults):  # a head that cannot be read may name any of them
        faults.extend(_unused_media(messages, media, root))
    return messages, faults


def entries(folder: Path, shown: str, faults: list[Fault]) -> list[Path]:
    """Return what is in a folder, by name, without what systems and editors leave behind."""
    try:
        os.stat(f"{folder}/.")  # who may list a folder may not look into it, and whatever is in it would fail later
        paths = sorted(folder.iterdir())
    except OSError as error:
        faults.append(
            Fault(
                shown,
                1,
                f"this folder cannot be read: {error.strerror}",
                "Run chmod u+rx on it.",
                code=FaultCode.FILE_UNREADABLE,
            )
        )
        return []
    there = {entry.name for entry in paths}
    left = [entry for entry in paths if _LEFT_BEHIND.match(entry.name)]
    ending = ".md" if "/" in shown else ".toml" if shown != FOLDER else "/"
    alone = [entry for entry in left if _original(entry.name) not in there]
    faults.extend(_alone(entry, shown) for entry in alone if _original(entry.name).casefold().endswith(ending))
    return [entry for entry in paths if entry not in left]


_COPY = re.compile(
    r"\.?(?P<name>[^.#~].*?\.(?:md|toml))(?:\.(?:bak|orig|tmp|crdownload|part|icloud|download)|~)\Z", re.IGNORECASE
)


def _original(name: str) -> str:
    """Return the name of the text or the schedule that this is a copy of, or stands for in a cloud; or ""."""
    match = _COPY.match(name)
    return match["name"] if match else ""


def _alone(entry: Path, shown: str) -> Fault:
    """Return the fault of a copy whose original is not there: its words would be missed without a word."""
    original = printable(_original(entry.name))
    what = f"this file is not read, and there is no {original}"
    instead = f"Save it as {original}, or take it away."
    if entry.name.endswith(".icloud"):
        instead = f"Download {original} from iCloud: it is not on this computer."
    return Fault(f"{shown}/{printable(entry.name)}", 1, what, instead, Severity.WARNING)


def is_readme(file: Path) -> bool:
    """Return whether a file explains the folder it is in."""
    return file.name.split(".")[0].casefold() in ("readme", "license", "licence")


def is_media(file: Path) -> bool:
    """Return whether this is named like a picture, a video or a sound."""
    return file.suffix.casefold() in _MEDIA and file.is_file()


def rename_to(root: Path, name: str) -> str:
    """Return what to do where a folder of this name is missing, and one stands beside it that was meant; or ""."""
    try:
        there = [entry.name for entry in root.iterdir() if entry.is_dir()]
    except OSError:
        return ""
    near = nearest(name, there)
    return f"Rename {printable(near)}/ to {name}/." if near else ""


def also_there(root: Path, name: str, holding: str) -> Iterator[Fault]:
    """Yield a warning for each folder that has nearly this name, and holds what is read in the one of this name
    alone."""
    try:
        paths = [entry for entry in root.iterdir() if entry.is_dir() and entry.name != name]
        near = [entry for entry in paths if nearest(entry.name, [name]) and next(entry.glob(holding), None)]
    except OSError:
        return
    for entry in near:
        shown, instead = printable(entry.name), f"Move what it holds into {name}/, or give it another name."
        yield Fault(shown, 1, f"this folder is not read: {name}/ is", instead, Severity.WARNING)


def _outside(entry: Path, shown: str) -> Fault:
    """Return the fault of a file that stands beside the messages' folders, and so is read by nobody."""
    name = printable(entry.name)
    if entry.is_symlink() and not entry.exists():
        return Fault(
            shown,
            1,
            "this link leads nowhere",
            "Take it away, or let it lead to a folder.",
            code=FaultCode.LINK_NOWHERE,
        )
    if ".toml" in name.casefold():
        what = "a schedule is not read here"
        return Fault(shown, 1, what, f"Put it into schedules/: schedules/{name}.", code=FaultCode.SCHEDULE_ELSEWHERE)
    if entry.suffix.casefold() == ".md":
        instead = f"Put it into a folder: {FOLDER}/<name>/{name}."
        return Fault(shown, 1, "this text belongs to no message", instead, Severity.WARNING)
    what = "this file is not read: it belongs to no message"
    instead = f"Put it into a folder, as {FOLDER}/<name>/en.md, or take it away."
    return Fault(shown, 1, what, instead, Severity.WARNING)


def _message(home: Path, folder: Path, media: dict[Path, str]) -> tuple[Message, list[Fault]]:
    shown = f"{FOLDER}/{printable(folder.name)}"
    faults: list[Fault] = []
    wordings: dict[tuple[str, str], Wording] = {}
    lost: list[Fault] = []
    for file in entries(folder, shown, faults):
        path = f"{shown}/{printable(file.name)}"
        if file.suffix != ".md" or file.is_dir():
            lost.extend(_passed_over(file, path, media))
            continue
        if is_readme(file):
            continue
        language, _, platform = file.stem.partition(".")
        unknown = _name_fault(path, language, platform, named="." in file.stem)
        wording, all_faults = read_wording(home, file, path)
        faults.extend([*unknown, *all_faults])
        if wording is not None and not unknown:
            wordings[language, platform] = wording
    if not wordings and not faults and not lost and not any(where.startswith(f"{shown}/") for where in media.values()):
        what = "this folder holds no text, so it is no message"
        faults.append(Fault(shown, 1, what, "Write its words, as in en.md, or take it away.", Severity.WARNING))
    return Message(printable(composed(folder.name)), wordings), [*faults, *lost]


PASSED_OVER = ("words that are not read",)
"""The group of files whose words are missed."""


def _passed_over(file: Path, shown: str, media: dict[Path, str]) -> list[Fault]:
    """Return what is wrong with a file of a message that is no text of ours: it would be passed over without a word."""
    if file.is_dir():
        inner = _inside(file, shown, media)
        if file.suffix.casefold() == ".md" and not inner:
            return [
                Fault(
                    shown,
                    1,
                    "this is a folder, so it holds no words",
                    "Write a file of this name in its place.",
                    code=FaultCode.NOT_A_FILE,
                )
            ]
        return inner
    if file.is_symlink() and not file.exists():
        return [
            Fault(
                shown,
                1,
                "this link leads nowhere",
                "Take it away, or let it lead to a file.",
                code=FaultCode.LINK_NOWHERE,
            )
        ]
    if is_media(file):
        media[file.resolve()] = shown
        return []
    if is_readme(file):
        return []
    if ".toml" in file.name.casefold():
        instead = f"Put it into schedules/: schedules/{printable(file.name)}."
        return [Fault(shown, 1, "a schedule is not read here", instead, code=FaultCode.SCHEDULE_ELSEWHERE)]
    meant = _meant(file.name)
    if meant:
        what = "this file is not read, so its words would not be posted"
        instead = f"Save it as plain text under the name {meant}, or take it away."
        stands_for = file.suffix.casefold().lstrip(".") in _COPIES and (file.parent / meant).exists()
        severity = Severity.WARNING if stands_for else Severity.ERROR
        return [
            Fault(
                shown,
                1,
                what,
                instead,
                severity,
                group=() if stands_for else PASSED_OVER,
                code=FaultCode.NOT_READ,
                facts={"rename": meant},
            )
        ]
    what = "this file is not read: texts are called en.md, or en.x.md for X alone"
    return [Fault(shown, 1, what, "Rename it, or take it away.", Severity.WARNING)]


def _inside(folder: Path, shown: str, media: dict[Path, str], depth: int = 3) -> list[Fault]:
    """Return the faults of a folder within a message. It may hold media; texts are not read there."""
    faults: list[Fault] = []
    for file in entries(folder, shown, faults):
        path = f"{shown}/{printable(file.name)}"
        if file.is_dir():
            faults.extend(_inside(file, path, media, depth - 1) if depth else [])
        elif is_media(file):
            media[file.resolve()] = path
        elif (_meant(file.name) or _is_text(file)) and not is_readme(file):
            what = "this file is not read: it stands in a folder within a message"
            faults.append(
                Fault(
                    path,
                    1,
                    what,
                    f"Put it into {'/'.join(shown.split('/')[:2])}/, or take it away.",
                    code=FaultCode.NOT_READ,
                )
            )
    return faults


def _is_text(file: Path) -> bool:
    """Return whether this is named like a text."""
    return skeleton(file.suffix).casefold().lstrip(".") in _TEXTS


def _meant(name: str) -> str:
    """Return the name of a wording that somebody meant who called a file so, or "": "en.x.md" for "EN.X.md.txt"."""
    plain_name = skeleton(name).replace("。", ".").rstrip(".")
    pieces = [piece for piece in re.split(r"[.\s()]+", plain_name) if piece]
    ending = next((piece for piece in reversed(pieces) if not piece.isdigit()), "").casefold()
    if not pieces or ("." in plain_name and ending not in _TEXTS | _COPIES):
        return ""
    spoken = [piece for piece in pieces if languages.is_known(piece.casefold()) and piece.casefold() not in _PLATFORMS]
    language, *more = re.split(r"[-_]", spoken[0] if spoken and pieces[0] != spoken[0] else pieces[0])
    regions = [part.upper() if len(part) == 2 else part.casefold() for part in more]
    codes = ["-".join((language.casefold(), *regions[:count])) for count in range(len(regions), -1, -1)]
    code = next((code for code in codes if languages.is_known(code)), "")
    platform = next((piece.casefold() for piece in pieces if piece.casefold() in _PLATFORMS), "")
    return code and (f"{code}.{platform}.md" if platform else f"{code}.md")


def _unused_media(messages: Mapping[str, Message], media: Mapping[Path, str], root: Path) -> Iterator[Fault]:
    """Yield one warning for the pictures and films that no message shows, however many there are."""
    used = {
        (root / path).resolve()
        for path in {
            attached.path
            for message in messages.values()
            for wording in message.wordings.values()
            for attached in wording.media
        }
    }
    for file, shown in media.items():
        if file not in used:
            what = "no message shows this file"
            instead = 'Name it in a head, as file = "…" under [[media]], or take it away.'
            yield Fault(shown, 1, what, instead, Severity.WARNING, group=("unused media",))


def _name_fault(path: str, language: str, platform: str, *, named: bool) -> list[Fault]:
    faults = []
    if not languages.is_known(language):
        instead = f"{languages.write_instead(language)} and .md, as in en.md or en.x.md."
        meant = _meant(path.rpartition("/")[2])
        if meant:
            instead = f"Call it {meant}, or take it away if it is a copy."
        faults.append(
            Fault(
                path,
                1,
                f"{quoted(language)} in this file's name is not a language code",
                instead,
                code=FaultCode.NOT_A_LANGUAGE,
                facts={"language": shortened(language), "rename": meant},
            )
        )
    elif named and platform not in _PLATFORMS:
        what = f"{quoted(platform)} in this file's name is not a platform"
        faults.append(
            Fault(
                path,
                1,
                what,
                f"{write_one_of(platform, _PLATFORMS)}.",
                code=FaultCode.NOT_KNOWN,
                facts={"key": path, "written": shortened(platform), **choice(platform, _PLATFORMS)},
            )
        )
    return faults
