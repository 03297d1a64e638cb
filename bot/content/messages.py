"""Reads `messages/`: a folder for each message, in it a file for each language."""

from __future__ import annotations

from pathlib import Path

from bot import languages
from bot.content.wording import read_wording
from bot.domain.campaign import PlatformName
from bot.domain.message import Message, Wording
from bot.errors import Fault, Severity
from bot.hints import printable, quoted, write_one_of

FOLDER = "messages"
_PLATFORMS = tuple(platform.value for platform in PlatformName)


def load_messages(root: Path) -> tuple[dict[str, Message], list[Fault]]:
    """Every message by its folder's name, and every fault in their files."""
    home = root / FOLDER
    if not home.is_dir():
        instead = "Make it, and in it a folder for each message with a file for each language, such as en.md."
        return {}, [Fault(FOLDER, 1, "there is no folder messages/", instead)]
    messages: dict[str, Message] = {}
    faults: list[Fault] = []
    for entry in entries(home, FOLDER, faults):
        if entry.is_dir():
            message, found = _message(root, entry)
            faults.extend(found)
            if message.wordings or found:
                messages[message.name] = message
        elif entry.suffix == ".md" and entry.stem.casefold() != "readme":
            what = "this text belongs to no message"
            instead = f"Put it into a folder: {FOLDER}/<name>/{printable(entry.name)}."
            faults.append(Fault(f"{FOLDER}/{printable(entry.name)}", 1, what, instead, Severity.WARNING))
    return messages, faults


def entries(folder: Path, shown: str, faults: list[Fault]) -> list[Path]:
    """What is in a folder, by name, without hidden files and editors' copies."""
    try:
        found = sorted(folder.iterdir())
    except OSError as error:
        faults.append(Fault(shown, 1, f"this folder cannot be read: {error.strerror}", "Run chmod u+rx on it."))
        return []
    return [entry for entry in found if not entry.name.startswith((".", "#")) and not entry.name.endswith("~")]


def _message(root: Path, folder: Path) -> tuple[Message, list[Fault]]:
    shown = f"{FOLDER}/{printable(folder.name)}"
    faults: list[Fault] = []
    wordings: dict[tuple[str, str], Wording] = {}
    for file in entries(folder, shown, faults):
        if file.suffix != ".md" or file.stem.casefold() == "readme":
            continue
        path = f"{shown}/{printable(file.name)}"
        language, _, platform = file.stem.partition(".")
        unknown = _name_fault(path, language, platform, named="." in file.stem)
        wording, found = read_wording(root, file, path)
        faults.extend([*unknown, *found])
        if wording is not None and not unknown:
            wordings[language, platform] = wording
    return Message(printable(folder.name), wordings), faults


def _name_fault(path: str, language: str, platform: str, *, named: bool) -> list[Fault]:
    faults = []
    if not languages.is_known(language):
        instead = f"{languages.write_instead(language)} and .md, as in en.md or en.x.md."
        faults.append(Fault(path, 1, f"{quoted(language)} in this file's name is not a language code", instead))
    if named and platform not in _PLATFORMS:
        what = f"{quoted(platform)} in this file's name is not a platform"
        faults.append(Fault(path, 1, what, f"{write_one_of(platform, _PLATFORMS)}."))
    return faults
