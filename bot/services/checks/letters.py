"""Finds what the letters of a text hide: hashtags that find nobody, and letters that are not what they seem to be."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from bot.domain import text as domain_text
from bot.domain.campaign import Campaign, Config, PlatformName
from bot.domain.links import Link, links_in
from bot.domain.message import Wording
from bot.errors import Fault, Severity
from bot.files.leaks import PLACEHOLDER
from bot.files.library import Library
from bot.lookalikes import called, hidden_in, is_all_twins, skeleton, strangers_in
from bot.text_display import quoted, shortened
from bot.values import dataclass

_HASHTAG = re.compile(r"[#＃](?<![\w&/#＃][#＃])(\w+)")
_GLUED = re.compile(r"[#＃](?<=\w[#＃])(?=\w*[^\W\d])\w+")
_ODD_SIGN = re.compile(r"[﹟♯⌗⋕](?<!\w[﹟♯⌗⋕])(?=\w)|#(?<!\w#)[\ufe0e\ufe0f\u20e3]+(?=\w)")
_BLANK = re.compile(r"[#＃](?<=\S[ \t][#＃])[ \t]+(?=[^\W\d]\w{2,})")
_BROKEN = re.compile(r"[#＃](?<![\w&/][#＃])(\w*[^\W\d_]\w*)(['’ʼ‘`´\-‐‑–.·•&+/])(?=[^\W_])")
_BRACED = re.compile(r"[{｛❴﹛][^{}\n]*[}｝❵﹜]")
_POSSESSIVE = re.compile(r"['’ʼ]s?(?!\w)|['’ʼ]s\b")
_TAG = "hashtag"
_MANY_FILES = 3
"""How many files must spell a hashtag alike for that to be on purpose; then `bot.toml` has the slip if none has its."""

_NEAR = 0.87
"""How like a hashtag of the campaign another one must be to be a slip in writing it (1.0: the same)."""


@dataclass(frozen=True)
class _Odd:
    """Something odd at a place of a text; `group` is the same for what goes away together.

    `is_small` is what needs its column to be found; `meant` is the hashtag of the campaign that it nearly is.
    """

    at: int
    what: str
    instead: str
    group: tuple[str, ...] = ()
    is_small: bool = True
    meant: str = ""


def letter_faults(config: Config, library: Library) -> Iterator[Fault]:
    """Yield a warning for each hashtag that finds nobody, and for each letter that is not what it seems to be."""
    campaign = config.campaign
    faults: list[Fault] = []
    for message in library.messages.values():
        folder = f"messages/{message.name}"
        for odd in _letters(message.name, "this folder's name", links=()):
            yield Fault(folder, 1, odd.what, odd.instead, Severity.WARNING)
        for wording in message.wordings.values():
            faults += of_wording(wording, campaign)
    yield from _misspelt_in_campaign(config, library, faults)


def _misspelt_in_campaign(config: Config, library: Library, faults: list[Fault]) -> Iterator[Fault]:
    """Yield the faults; where all files spell a hashtag in another way than `bot.toml` does, it is that one's slip."""
    files: dict[tuple[str, ...], set[str]] = {}
    for fault in faults:
        if fault.group[:1] == (_TAG,):
            files.setdefault(fault.group, set()).add(fault.path)
    texts = [part for message in library.messages.values() for each in message.wordings.values() for part in each.parts]
    for fault in faults:
        if len(files.get(fault.group, ())) >= _MANY_FILES:
            _, written, usual = fault.group
            if not any(re.search(rf"[#＃]{re.escape(usual)}(?!\w)", text) for text in texts):
                place = list(config.campaign.hashtags).index(usual)
                line = config.lines.get(f"campaign.hashtags.{place}", config.lines.get("campaign.hashtags", 1))
                instead = f'Write "{written}" in {config.path}:{line}, if that is the hashtag; else #{usual} here.'
                yield replace(fault, instead=instead)
                continue
        yield fault


def of_wording(wording: Wording, campaign: Campaign) -> Iterator[Fault]:
    """Yield the warnings of one wording."""
    for place, part in enumerate(wording.parts):
        for odd in (*_hashtags(part, campaign.hashtags), *_of_text(part, campaign)):
            line = wording.line_of(f"part.{place}") + part.count("\n", 0, odd.at)
            column = odd.at - part.rfind("\n", 0, odd.at)
            column = column if odd.is_small else 0
            group = (*odd.group, wording.path) if odd.group and not odd.meant else odd.group
            yield Fault(wording.path, line, odd.what, odd.instead, Severity.WARNING, column, group)
    yield from _of_head(wording)


def watched_alone(config: Config, library: Library) -> Iterator[Fault]:
    """Yield a warning for each hashtag in a text that is to be watched and never posted."""
    alone = {tag.casefold(): tag for tag in config.monitor.also}
    for message in library.messages.values():
        for wording in message.wordings.values() if alone else ():
            for place, part in enumerate(wording.parts):
                for match in _HASHTAG.finditer(part):
                    if tag := alone.get(match.group(1).casefold()):
                        line = wording.line_of(f"part.{place}") + part.count("\n", 0, match.start())
                        what = f"#{shortened(tag)} is posted here, and {config.path} says that it is only watched"
                        instead = "Take it out here, or out of also under [monitor]."
                        yield Fault(wording.path, line, what, instead, Severity.WARNING)


def _of_head(wording: Wording) -> Iterator[Fault]:
    texts = [("content_warning", "the content warning", wording.content_warning), ("link", "the link", wording.link)]
    texts += [(f"media.{place}.alt", "this text", media.alt) for place, media in enumerate(wording.media)]
    for key, name, text in texts:
        for odd in _letters(text, name, links_in(text, PlatformName.MASTODON)):
            yield Fault(wording.path, wording.line_of(key), odd.what, odd.instead, Severity.WARNING)


def _of_text(text: str, campaign: Campaign) -> Iterator[_Odd]:
    """Yield the letters of a text, and what is glued to its placeholders."""
    names = {*campaign.links, "link"}
    yield from _letters(text, "this text", links_in(text, PlatformName.MASTODON), campaign.hashtags)
    for match in PLACEHOLDER.finditer(text):
        before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
        name = match.group()
        if match.group(1) == "hashtags":
            if before and (before.isalnum() or before in "_&/"):
                what = f"{name} stands right behind a word, so the first hashtag is none"
                yield _Odd(match.start(), what, f"Write a blank before {name}.")
            if after and (after.isalnum() or after == "_"):
                what = f"a word stands right behind {name}, and becomes part of the last hashtag"
                yield _Odd(match.start(), what, f"Write a blank behind {name}.")
        elif match.group(1) in names:
            if before and ((before.isascii() and before.isalnum()) or before in "@#$"):
                what = f"{name} stands right behind a word, and is no link there"
                yield _Odd(match.start(), what, f"Write a blank before {name}.")
            if after and (after.isalnum() or after in "_/»”"):
                what = f"what stands right behind {name} becomes part of the address"
                yield _Odd(match.start(), what, f"Write a blank behind {name}.")


def _letters(text: str, name: str, links: tuple[Link, ...], tags: tuple[str, ...] = ()) -> Iterator[_Odd]:
    """Yield letters that nobody sees, and letters of another script in a word or a host that only look like its own.

    What stands between braces is told as a placeholder that is none.
    """
    if text.isascii():
        return
    braced = [match.span() for match in _BRACED.finditer(text)]
    own = {skeleton(tag).casefold(): tag for tag in tags}
    for lookalike in hidden_in(text):
        if any(start <= lookalike.place < end for start, end in braced):
            continue
        what = f"there is {called(lookalike.letter)} in {name}, which nobody sees"
        if lookalike.word:
            what = f"there is {called(lookalike.letter)} in {quoted(lookalike.word)}, which nobody sees"
        instead = "Take it out: words, hashtags and addresses are cut there."
        yield _Odd(lookalike.place, what, instead, ("hidden", lookalike.letter))
    hosts = [(link.start, link.start + len(_host(link.url))) for link in links]
    for start, end in hosts:
        for label in re.finditer(r"[^./:]+", text[start:end]):
            if is_all_twins(label.group()) and re.search(r"\.[a-z]+\Z", text[start:end], re.ASCII | re.IGNORECASE):
                odd = f"{quoted(label.group())} looks like a host in Latin letters, and begins with"
                at = start + label.start()
                yield _Odd(at, f"{odd} {called(text[at])}", "Type its host anew, if it is not meant so.")
    for lookalike in strangers_in(text):
        if any(start <= lookalike.place < end for start, end in braced):
            continue
        meant = own.get(skeleton(lookalike.word).casefold(), "")
        what = f"{quoted(lookalike.word)} holds {lookalike.called} among letters of another script"
        where = "its host" if any(start <= lookalike.place < end for start, end in hosts) else "the word"
        instead = f"Write #{meant}." if meant else f"Type {where} anew: nobody finds it as it is."
        yield _Odd(lookalike.place, what, instead)


def _host(url: str) -> str:
    return re.match(r"(?:https?://)?[^/?#]*", url, re.IGNORECASE).group()  # type: ignore[union-attr]


def _hashtags(text: str, campaign: tuple[str, ...]) -> Iterator[_Odd]:
    if not _ANY_SIGN.search(text):
        return
    odd_letters = [*_signs(text), *(odd for match in _HASHTAG.finditer(text) for odd in _hashtag(match, campaign))]
    spans = [(link.start, link.end) for link in links_in(text, PlatformName.X)] if odd_letters else []
    odd_letters += _torn(text, campaign)
    for odd in odd_letters:
        if not any(start <= odd.at < end for start, end in spans):
            yield odd


def _torn(text: str, campaign: tuple[str, ...]) -> Iterator[_Odd]:
    """Yield the hashtags of the campaign with a blank or a sign within: only their first word is one then."""
    for tag in campaign:
        for match in _torn_apart(tag).finditer(text):
            if re.search(r"\s", match.group()) and len(tag) > 5:
                what = f"{shortened(' '.join(match.group().split()))} ends at its blank"
                yield _Odd(match.start(), what, f"Write #{tag}, if you mean it.")


@lru_cache(maxsize=64)
def _torn_apart(tag: str) -> re.Pattern[str]:
    between = r"(?:[\s_.\-]|[‐‑–](?=.))?"  # as one set of letters it would take 2 ms of each command that reads texts
    return re.compile("[#＃]" + between.join(map(re.escape, tag)), re.IGNORECASE)


_ANY_SIGN = re.compile("[#＃﹟♯⌗⋕]")


def _hashtag(match: re.Match[str], campaign: tuple[str, ...]) -> Iterator[_Odd]:
    written = match.group(1)
    usual = next(iter(domain_text.tracked([written], campaign)), written)
    shown = f"#{shortened(written)}"
    if usual != written:
        what = f"{shown} is spelled otherwise than in bot.toml"
        yield _Odd(match.start(), what, f"Write #{usual}.", (_TAG, written, usual), is_small=False, meant=usual)
        return
    if written in campaign or any(strangers_in(written)):
        return
    meant = _meant(written, campaign)
    fancy = next((letter for letter in written if unicodedata.normalize("NFKC", letter) != letter), "")
    if meant:
        what, group = f"{shown} is nearly #{meant} of bot.toml", (_TAG, written, meant)
        yield _Odd(match.start(), what, f"Write #{meant}, if you mean it.", group, meant=meant)
    elif fancy:
        yield _Odd(match.start(), f"{shown} is written with {called(fancy)}", "Write it with plain letters.")
    elif written.isdigit() and len(written) > 1:
        yield _Odd(match.start(), f"{shown} is no hashtag: it has no letter", "Write a word into it, or leave # out.")
    elif not domain_text.is_readable(written):
        instead = "Write each word with a capital, as in #FairFaresNow."
        what = f"screen readers cannot tell the words of {shown} apart"
        yield _Odd(match.start(), what, instead, is_small=False)


def _meant(written: str, campaign: tuple[str, ...]) -> str:
    """Return the hashtag of the campaign that somebody mistyped, or glued a word to; or ""."""
    plain_tag = skeleton(written).casefold()
    for tag in campaign:
        own = skeleton(tag).casefold()
        if own == plain_tag or (len(own) > 7 and (plain_tag.startswith(own) or plain_tag.endswith(own))):
            return tag
        if len(own) > 7 and difflib.SequenceMatcher(None, own, plain_tag).ratio() >= _NEAR:
            return tag
    return ""


def _signs(text: str) -> Iterator[_Odd]:
    """Yield signs that make no hashtag, or another one than was meant."""
    for match in _GLUED.finditer(text):
        what = f"{shortened(match.group())} stands right behind a word, and is no hashtag there"
        yield _Odd(match.start(), what, "Write a blank before it.")
    for match in _ODD_SIGN.finditer(text):
        yield _Odd(match.start(), f"{called(match.group()[-1])} makes no hashtag", "Write #.")
    for match in _BLANK.finditer(text):
        yield _Odd(match.start(), "a blank stands between # and its word, so it is no hashtag", "Take the blank out.")
    for match in _BROKEN.finditer(text):
        if _POSSESSIVE.match(text, match.start(2)):
            continue
        what = f"the hashtag ends before {called(match.group(2))}: #{shortened(match.group(1))}"
        yield _Odd(match.start(2), what, "Write letters, digits and _ only, or a blank where it ends.")
    for match in re.finditer(r"＃(?<![\w&/]＃)(?=\w)", text):
        yield _Odd(match.start(), f"this hashtag begins with {called('＃')}", "Write #.")
