"""What a scheduled post asks for: whose accounts, in which words, and at which instant."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from bot.content.library import Library
from bot.domain.campaign import Account, Config
from bot.domain.message import Message, Wording
from bot.domain.schedule import ScheduledPost, WallTimeError, instant
from bot.errors import Fault, Severity
from bot.hints import nearest, quoted, write_one_of
from bot.languages import is_real
from bot.lookalikes import difference


@dataclass(frozen=True)
class Words:
    """The words of one language for one account."""

    account: Account
    language: str
    wording: Wording


def words(config: Config, library: Library, post: ScheduledPost, faults: list[Fault]) -> list[Words]:
    """The words that a scheduled post sends to each account; what it names in vain is added to the faults."""
    accounts = _named(post, "accounts", post.accounts, config.accounts, "an account in bot.toml", faults)
    message = library.messages.get(post.message)
    if message is None:
        faults.append(_no_message(post, library))
        return []
    spoken = message.languages  # none where every file of the message has a fault of its own
    lost = {language for name, language in library.at_fault if name == message.name}
    languages = _named(post, "languages", post.languages, spoken, f"a language of {message.name}", faults, lost)
    found = []
    for account in (config.accounts[name] for name in accounts):
        for language in languages:
            wording = message.wording(language, account.platform)
            if wording is None and language not in lost:
                faults.append(_wordless(post, message, account, language))
            elif wording is not None:
                found.append(Words(account, language, wording))
    return found


def _no_message(post: ScheduledPost, library: Library) -> Fault:
    """A message that is not there: often its folder has another name now, and then that one is never scheduled."""
    if not library.messages:
        instead = "Write the words of each into messages/<name>/<language>.md."
        return _fault(post, "message", "messages/ holds no message, and this names one", instead, cause="no messages")
    scheduled = {each.message for each in library.schedule}
    unused = [name for name in library.messages if name not in scheduled]
    near = f"Write {quoted(unused[0])}" if len(unused) == 1 else write_one_of(post.message, library.messages)
    odd = difference(post.message, nearest(post.message, library.messages))
    what = f"there is no message {quoted(post.message)}{f' (it holds {odd})' if odd else ''}"
    instead = f"{near}, or add messages/<name>/<language>.md."
    return _fault(post, "message", what, instead, cause=f"no message {post.message}")


def _named(
    post: ScheduledPost,
    key: str,
    names: tuple[str, ...],
    known: Iterable[str],
    what: str,
    faults: list[Fault],
    lost: Collection[str] = (),
) -> list[str]:
    """The names that are known, all of them when none is written; those that are `lost` are at fault elsewhere."""
    every = list(known)
    if every:
        for place, name in enumerate(names):
            if name not in every and name not in lost:
                is_other = key == "languages" and is_real(name)  # a real language is no slip in writing another
                instead = f"{write_one_of('' if is_other else name, every)}."
                cause = f"no words in {name}" if key == "languages" else f"no account {name}"
                faults.append(_fault(post, f"{key}.{place}", f"{quoted(name)} is not {what}", instead, cause=cause))
    return [name for name in dict.fromkeys(names) if name in every] if names else every


def _wordless(post: ScheduledPost, message: Message, account: Account, language: str) -> Fault:
    """A language that a message has for other platforms only: wrong where it is asked for by name."""
    severity = Severity.ERROR if post.languages else Severity.WARNING
    what = f"{message.name} has no words in {quoted(language)} for {account.name}"
    instead = f"Write messages/{message.name}/{language}.md or {language}.{account.platform}.md."
    return _fault(post, "languages", what, instead, severity)


def due(post: ScheduledPost, day: date, faults: list[Fault]) -> datetime | None:
    """When a post is due on a day (UTC), or None, with a fault, where daylight saving makes that none or two."""
    try:
        return instant(day, post.at, post.zone)
    except WallTimeError as error:
        first, second = (f"{choice:%Y-%m-%d %H:%M} UTC" for choice in error.choices)
        early, late = (f"{choice.astimezone(post.zone):%H:%M}" for choice in error.choices)
        instead = f"It can mean {first} or {second}; give this day a [[post]] of its own with another time."
        if error.skipped:
            instead = f"Give this day a [[post]] of its own at {early} ({first}) or {late} ({second})."
        what = f"in {post.zone.key} {error}"
        faults.append(_fault(post, "at", what, instead, cause=what))
        return None


def _fault(
    post: ScheduledPost, key: str, what: str, instead: str, severity: Severity = Severity.ERROR, cause: str = ""
) -> Fault:
    line = post.lines.get(key, post.lines.get(key.split(".")[0], post.line))
    return Fault(post.path, line, what, instead, severity, cause=cause)
