"""Checks the wordings by themselves: links, media, translations, and what a platform cannot do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.content.library import Library
from bot.content.rendering import placeholders, waiting
from bot.domain.campaign import Account, Config, PlatformName
from bot.domain.limits import Limits, limits_of, refusals, refused_together
from bot.domain.links import links_in
from bot.domain.message import Message, Visibility, Wording
from bot.errors import Fault, Severity
from bot.hints import quoted, shortened


def word_faults(config: Config, library: Library) -> Iterator[Fault]:
    """Links that are not known yet or not used, and missing translations."""
    for message in library.messages.values():
        for wording in message.wordings.values():
            yield from _unused_link(wording)
            yield from _swallowing_links(wording)
        at_fault = {language for name, language in library.at_fault if name == message.name}
        yield from _translations(config, message, at_fault)
    yield from _unknown_links(config, library)


def _unused_link(wording: Wording) -> Iterator[Fault]:
    if wording.link and "link" not in placeholders(wording):
        what = "the head names a link that the text does not use"
        instead = "Write {link} where it belongs, or take it out of the head."
        yield Fault(wording.path, wording.line_of("link"), what, instead, Severity.WARNING)


def _swallowing_links(wording: Wording) -> Iterator[Fault]:
    """Links that Mastodon takes to go on where the sentence does: they would lead nowhere."""
    for place, part in enumerate(wording.parts):
        for link in links_in(part, PlatformName.MASTODON):
            if link.swallowed:
                line = wording.line_of(f"part.{place}") + part.count("\n", 0, link.start)
                what = f"on Mastodon the link goes on to {quoted(link.swallowed, 20)}"
                yield Fault(wording.path, line, what, "Write a blank behind the address.", Severity.WARNING)


def _unknown_links(config: Config, library: Library) -> Iterator[Fault]:
    """One warning for each address, where it is to be written, however many texts wait for it."""
    texts: dict[str, list[str]] = {}
    for message in library.messages.values():
        for wording in message.wordings.values():
            for name in waiting(wording, config.campaign):
                texts.setdefault(name, []).append(wording.path)
    for name, paths in texts.items():
        waiters = f"{min(paths)} and {len(paths) - 1} more wait" if len(paths) > 1 else f"{paths[0]} waits"
        what = f"{name} has no address yet, and {waiters} for it"
        instead = f'Write {name} = "https://…" before it is due.'
        yield Fault(config.path, config.lines.get(f"links.{name}", 1), what, instead, Severity.WARNING)


def _translations(config: Config, message: Message, at_fault: set[str]) -> Iterator[Fault]:
    """A message without a single language is at fault already, in a file of its own."""
    campaign = config.campaign.languages
    for language in campaign if message.languages else ():
        if language not in message.languages and language not in at_fault:
            name = shortened(language)
            what = f"{message.name} has no words in {name}, a language of the campaign"
            instead = f"Write this file, or take {name} out of languages in {config.path}."
            path = f"messages/{message.name}/{name}.md"
            yield Fault(path, 1, what, instead, Severity.WARNING, cause=f"no words in {name}")
    platforms = {account.platform for account in config.accounts.values()}
    for (language, platform), wording in message.wordings.items():
        if platform and platforms and platform not in platforms:
            what = f"no account of {config.path} is on {platform}, so this is never posted"
            instead = f'Write an account with platform = "{platform}", or take these files away.'
            yield Fault(wording.path, 1, what, instead, Severity.WARNING, cause=f"no account on {platform}")
        if campaign and language not in campaign:
            what = f"{language} is not a language of the campaign"
            where = f"{config.path}:{config.lines.get('campaign.languages', 1)}"
            instead = f'Put "{language}" back under languages in {where}, or take its files away.'
            yield Fault(wording.path, 1, what, instead, Severity.WARNING, cause=f"{language} is no language")


def _uses(config: Config, library: Library) -> Iterator[tuple[Wording, Account]]:
    """Every wording with every account that it can go out on."""
    for message in library.messages.values():
        for (language, _), wording in message.wordings.items():
            for account in config.accounts.values():
                if message.wording(language, account.platform) is wording:
                    yield wording, account


def media_faults(config: Config, library: Library, limits: Mapping[str, Limits]) -> Iterator[Fault]:
    """Media that an account's platform refuses, and photos that tell where they were taken."""
    for wording, account in _uses(config, library):
        accepted = limits.get(account.name) or limits_of(account)
        for place, media in enumerate(wording.media):
            for refusal in refusals(media, account.name, accepted):
                yield Fault(
                    wording.path, wording.line_of(f"media.{place}.{refusal.key}"), refusal.what, refusal.instead
                )
        for place, refusal in refused_together(wording.media, account.name, accepted):
            yield Fault(wording.path, wording.line_of(f"media.{place}"), refusal.what, refusal.instead)


def place_faults(config: Config, library: Library) -> Iterator[Fault]:
    """Files that tell where they were taken: whoever downloads one could find the person or the house."""
    for message in library.messages.values():
        for wording in message.wordings.values():
            for number, media in enumerate(wording.media):
                line, name = wording.line_of(f"media.{number}.file"), media.path.rsplit("/", 1)[-1]
                if media.facts.has_fixed_place and config.strip_location:
                    what = f"{name} tells where it was taken in a way that cannot be taken out here"
                    instead = "Export it anew without places, or write strip_location = false under [media]."
                    yield Fault(wording.path, line, what, instead)
                elif media.facts.has_place or media.facts.has_fixed_place:
                    what = f"{name} tells where it was taken, and goes out without that"
                    instead = "Nothing is to be done; or take it out yourself, to be sure."
                    if not config.strip_location:
                        what = f"{name} tells where it was taken, and goes out so"
                        instead = f"Take strip_location = false out of {config.path}, unless everybody may know."
                    yield Fault(wording.path, line, what, instead, Severity.WARNING)


def platform_faults(config: Config, library: Library) -> Iterator[Fault]:
    """What a wording asks for and X cannot do: it would publish to everybody what was meant for few."""
    for wording, account in _uses(config, library):
        if account.platform is not PlatformName.X:
            continue
        instead = f"Write a file for X without it ({wording.path.rsplit('/', 1)[-1].split('.')[0]}.x.md)."
        if wording.visibility is not Visibility.PUBLIC:
            what = f'X knows no visibility "{wording.visibility}": {account.name} would post it to everybody'
            yield Fault(wording.path, wording.line_of("visibility"), what, instead)
        if wording.content_warning:
            what = f"X knows no content warnings: {account.name} would post this without it"
            yield Fault(wording.path, wording.line_of("content_warning"), what, instead, Severity.WARNING)
