"""Finds every fault in the files people write, in one pass: what would break or mislead, and what to write."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from bot import languages
from bot.domain import text as domain_text
from bot.domain.campaign import Account, Config, PlatformName
from bot.domain.delivery import Draft
from bot.domain.limits import Limits, Refusal, limits_of, refusals, refused_together
from bot.domain.links import Link, LinkEnds, link_ends, links_in
from bot.domain.message import Message, Visibility, Wording
from bot.domain.schedule import ScheduledPost
from bot.errors import Fault, Severity
from bot.fault_codes import FaultCode
from bot.files import library as libraries
from bot.files.config.campaign import UNKNOWN_DAY
from bot.files.config.load import survey
from bot.files.config.same_accounts import account_faults
from bot.files.drafts import expand
from bot.files.leaks import HEAD
from bot.files.library import Library
from bot.files.messages import PASSED_OVER
from bot.files.rendering import NO_HASHTAGS, placeholders, waiting
from bot.files.translations import in_threads
from bot.services.campaign_files import Files, limits_without_asking
from bot.services.checks.facts import fact_faults
from bot.services.checks.letters import letter_faults, watched_alone
from bot.services.checks.schedule import (
    countdown_faults,
    crowded,
    day_counts,
    repeated_on_x,
    too_long,
    twins_on_x,
    unused,
)
from bot.text_display import quoted, shortened


def word_faults(config: Config, library: Library) -> Iterator[Fault]:
    """Yield links that are not known yet or not used, and missing translations."""
    other_language = _other_language(config, library)
    if other_language is not None:
        yield other_language
    for message in library.messages.values():
        for wording in message.wordings.values():
            yield from _unused_link(wording)
            yield from _odd_links(wording, _platforms_of(config, message, wording))
        at_fault = {language for name, language in library.at_fault if name == message.name}
        if other_language is None:
            yield from _translations(config, message, at_fault)
        yield from _without_an_account(config, message)
    yield from _unknown_links(config, library)
    yield from _cut_links(config, library)


def _unused_link(wording: Wording) -> Iterator[Fault]:
    if wording.link and "link" not in placeholders(wording):
        what = "the head names a link that the text does not use"
        instead = "Write {link} where it belongs, or take it out of the head."
        yield Fault(wording.path, wording.line_of("link"), what, instead, Severity.WARNING)


def _odd_links(wording: Wording, platforms: set[str]) -> Iterator[Fault]:
    """Yield links that a platform ends elsewhere than they are written: they would lead nowhere."""
    for place, part in enumerate(wording.parts):
        for ends in link_ends(part):
            odd = _odd_link(ends, platforms)
            if odd and "{" not in ends.written:
                line = wording.line_of(f"part.{place}") + part.count("\n", 0, ends.start)
                yield Fault(wording.path, line, *odd, Severity.WARNING)
        if PlatformName.MASTODON in platforms:
            for link in links_in(part, PlatformName.X):
                if "://" not in link.url and (link.url.startswith("www.") or "/" in link.url):
                    line = wording.line_of(f"part.{place}") + part.count("\n", 0, link.start)
                    what = f"on Mastodon {quoted(link.url, 30)} is no link"
                    yield Fault(wording.path, line, what, "Write https:// before it.", Severity.WARNING)


def _odd_link(ends: LinkEnds, platforms: set[str]) -> tuple[str, str] | None:
    """Return what is odd about a link on these platforms, and what to write instead; None for nothing."""
    on_x, on_mastodon = PlatformName.X in platforms, bool(platforms - {PlatformName.X})
    link = Link(0, len(ends.on_mastodon), ends.on_mastodon)
    if (on_x and not ends.on_x) or (on_mastodon and not ends.on_mastodon):
        where = "" if on_x == on_mastodon else " on X" if on_x else " on Mastodon"
        return f"{quoted(ends.written, 30)} is no link{where}", "Write a blank before it, and nothing but its address."
    if re.match(r"[^/?#]*[:@]", ends.written[len(ends.on_mastodon) :]) and "@" in ends.written.partition("://")[2]:
        return f"the link ends at {quoted(ends.on_mastodon, 30)}", "Take the name and what is before @ out of it."
    if on_mastodon and link.swallowed:
        return f"on Mastodon the link goes on to {quoted(link.swallowed, 20)}", "Write a blank behind the address."
    if on_x and ends.left_by_x and not link.swallowed:
        what = f"on X the link ends before {quoted(ends.left_by_x, 20)}"
        what += ", and on Mastodon it goes on" if on_mastodon else ""
        percent = quoted(quote(ends.left_by_x, safe=_PLAIN_IN_LINKS), 60)
        return what, f"Write a blank behind the address; or {percent} there, if it belongs to it."
    if on_mastodon and ends.glued:
        return f"on Mastodon the link goes on to {quoted(ends.glued, 20)}", "Write a blank behind the address."
    return None


_PLAIN_IN_LINKS = "/?#[]@!$&'()*+,;=:%~-._"


def _cut_links(config: Config, library: Library) -> Iterator[Fault]:
    """Yield the addresses of `[links]` and of heads that a platform cuts: all texts with them would lead nowhere."""
    platforms: set[str] = {account.platform for account in config.accounts.values()}
    for name, url in config.campaign.links.items():
        if odd := _cut_link(url, platforms):
            what, instead = f"the link {quoted(name)} is cut: {odd[0]}", odd[1]
            yield Fault(config.path, config.lines.get(f"links.{name}", 1), what, instead, Severity.WARNING)
    for message in library.messages.values():
        for wording in message.wordings.values():
            if odd := _cut_link(wording.link, _platforms_of(config, message, wording)):
                yield Fault(
                    wording.path, wording.line_of("link"), f"the link is cut: {odd[0]}", odd[1], Severity.WARNING
                )


def _cut_link(url: str, platforms: set[str]) -> tuple[str, str] | None:
    ends = next(link_ends(url), None) if url and not re.search(r"\s", url) else None
    if ends is None or not ends.on_mastodon:
        return None
    for name, link in (("X", ends.on_x), ("Mastodon", ends.on_mastodon)):
        is_used = PlatformName.X in platforms if name == "X" else bool(platforms - {PlatformName.X})
        if is_used and len(link) < len(url):
            instead = f"Write {quoted(quote(url, safe=_PLAIN_IN_LINKS), 120)}."
            return f"on {name} it ends before {quoted(url[len(link) :], 20)}", instead
    return None


def _platforms_of(config: Config, message: Message, wording: Wording) -> set[str]:
    """Return the platforms that a wording goes out on."""
    return {
        account.platform
        for account in config.accounts.values()
        for language in message.languages
        if message.wording(language, account.platform) is wording
    }


def _unknown_links(config: Config, library: Library) -> Iterator[Fault]:
    """Yield one warning for each address, where it is to be written, however many texts wait for it."""
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
    """Yield missing translations; a message without a single language is at fault already, in a file of its own."""
    campaign = config.campaign.languages
    are_known = all(map(languages.is_known, campaign))  # else one of them is told, and may be any of those not listed
    for language in campaign if message.languages else ():
        if language not in message.languages and language not in at_fault and languages.is_known(language):
            name = shortened(language)
            what = f"{message.name} has no words in {name}, a language of the campaign"
            instead = f"Write this file, or take {name} out of languages in {config.path}."
            path = f"messages/{message.name}/{name}.md"
            yield Fault(path, 1, what, instead, Severity.WARNING, group=("no words in", name))
    for (language, _), wording in message.wordings.items():
        if campaign and are_known and language not in campaign:
            what = f"{language} is not a language of the campaign"
            where = f"{config.path}:{config.lines.get('campaign.languages', 1)}"
            instead = f'Put "{language}" back under languages in {where}, or take its files away.'
            yield Fault(wording.path, 1, what, instead, Severity.WARNING, group=("no language", language))


def _without_an_account(config: Config, message: Message) -> Iterator[Fault]:
    """Yield words for a platform that no account is on."""
    platforms = {account.platform for account in config.accounts.values()}
    for (_, platform), wording in message.wordings.items():
        if platform and platforms and platform not in platforms:
            what = f"no account of {config.path} is on {platform}, so this is never posted"
            instead = f'Write an account with platform = "{platform}", or take these files away.'
            yield Fault(wording.path, 1, what, instead, Severity.WARNING, group=("no account on", platform))


def _other_language(config: Config, library: Library) -> Fault | None:
    """Return the fault of a language in `languages` that no message has, in the place of one that is not listed."""
    campaign = config.campaign.languages
    written = {language for message in library.messages.values() for language in message.languages}
    written |= {language for _, language in library.at_fault}
    lost, unlisted = [code for code in campaign if code not in written], sorted(written - set(campaign))
    if len(lost) != 1 or len(unlisted) != 1 or not written or len(library.messages) < 2:
        return None
    line = config.lines.get(f"campaign.languages.{campaign.index(lost[0])}", config.lines.get("campaign.languages", 1))
    what = f"no message has words in {quoted(lost[0])}, and {quoted(unlisted[0])}, which they have, is not listed"
    instead = f"Write {quoted(unlisted[0])}, or their words in {quoted(lost[0])}."
    return Fault(config.path, line, what, instead, Severity.WARNING)


def _uses(config: Config, library: Library) -> Iterator[tuple[Wording, Account]]:
    """Yield every wording with every account that it goes out on; on any, where no schedule names its message."""
    for message in library.messages.values():
        posts = [post for post in library.schedule if post.message == message.name]
        for (language, _), wording in message.wordings.items():
            for account in config.accounts.values():
                if message.wording(language, account.platform) is not wording:
                    continue
                if not posts or any(_asks_for(post, account, language) for post in posts):
                    yield wording, account


def taken_over_on_x(config: Config, library: Library) -> Iterator[Fault]:
    """Yield what is to go out on X in nearly the words of the campaign that this one was taken over from."""
    theirs: dict[str, list[str]] = {}
    for path, parts in library.taken_over.texts.items():
        theirs.setdefault(Path(path).name.partition(".")[0], []).extend(parts)
    on_x = {wording.path: wording for wording, account in _uses(config, library) if account.platform is PlatformName.X}
    for path, wording in on_x.items() if theirs else ():
        texts = theirs.get(Path(path).name.partition(".")[0], [])
        for number, part in enumerate(wording.parts):
            if any(domain_text.is_near(part, text) for text in texts):
                what = f"this is still nearly what {library.taken_over.name} says, and X forbids the same words twice"
                instead = "Say it on X in words of your own: X can lock both accounts."
                line = wording.line_of(f"part.{number}")
                yield Fault(path, line, what, instead, Severity.WARNING, group=("taken over on X",))


def _asks_for(post: ScheduledPost, account: Account, language: str) -> bool:
    allowed = (post.languages, account.languages)
    return (not post.accounts or account.name in post.accounts) and all(
        not languages or language in languages for languages in allowed
    )


def media_faults(config: Config, library: Library, limits: Mapping[str, Limits]) -> Iterator[Fault]:
    """Yield media that an account's platform refuses, each alone and all of a text together."""
    for wording, account in _uses(config, library):
        accepted = limits.get(account.name) or limits_of(account)
        for place, media in enumerate(wording.media):
            for refusal in refusals(media, account.name, accepted):
                yield _refused(wording, f"media.{place}.{refusal.key}", refusal)
        for place, refusal in refused_together(wording.media, account.name, accepted):
            yield _refused(wording, f"media.{place}", refusal)


def _refused(wording: Wording, key: str, refusal: Refusal) -> Fault:
    return Fault(
        wording.path,
        wording.line_of(key),
        refusal.what,
        refusal.instead,
        code=FaultCode.MEDIA_REFUSED,
        facts={"fault": refusal.fault, **refusal.facts},
    )


def location_faults(config: Config, library: Library) -> Iterator[Fault]:
    """Yield files that tell where they were taken: whoever downloads one could find the person or the house."""
    for message in library.messages.values():
        for wording in message.wordings.values():
            for number, media in enumerate(wording.media):
                if not media.facts.has_fixed_place and not media.facts.has_place:
                    continue
                line, name = wording.line_of(f"media.{number}.file"), media.path.rsplit("/", 1)[-1]
                if media.facts.has_fixed_place and config.strip_location:
                    what = f"{name} tells where it was taken in a way that cannot be taken out here"
                    instead = "Export it anew without places, or write strip_location = false under [media]."
                    yield Fault(
                        wording.path, line, what, instead, code=FaultCode.MEDIA_TELLS_PLACE, facts={"file": name}
                    )
                else:
                    what = f"{name} tells where it was taken, and goes out without that"
                    instead = "Nothing is to be done; or take it out yourself, to be sure."
                    if not config.strip_location:
                        what = f"{name} tells where it was taken, and goes out so"
                        instead = f"Take strip_location = false out of {config.path}, unless everybody may know."
                    yield Fault(wording.path, line, what, instead, Severity.WARNING)


def platform_faults(config: Config, library: Library) -> Iterator[Fault]:
    """Yield what a wording asks for and X cannot do: it would publish to everybody what was meant for few."""
    for wording, account in _uses(config, library):
        if account.platform is not PlatformName.X:
            continue
        instead = f"Write a file for X without it ({wording.path.rsplit('/', 1)[-1].split('.')[0]}.x.md)."
        if wording.visibility is not Visibility.PUBLIC:
            what = f'X knows no visibility "{wording.visibility}": {account.name} would post it to everybody'
            yield Fault(
                wording.path,
                wording.line_of("visibility"),
                what,
                instead,
                code=FaultCode.VISIBILITY_ON_X,
                facts={"visibility": wording.visibility, "account": account.name},
            )
        if wording.content_warning:
            what = f"X knows no content warnings: {account.name} would post this without it"
            yield Fault(wording.path, wording.line_of("content_warning"), what, instead, Severity.WARNING)


def check(
    config: Config, library: Library, drafts: Sequence[Draft], faults: Iterable[Fault], limits: Mapping[str, Limits]
) -> list[Fault]:
    """Return every fault, by file and line: those of reading (`faults`), and those that only the whole shows."""
    all_faults = list(faults)
    lost = {_folder(fault) for fault in all_faults if fault.group == PASSED_OVER}  # shorter words may be in that file
    with_head = {fault.path for fault in all_faults if fault.group[:1] == (HEAD,)}  # which makes them long
    return sorted(
        {
            *all_faults,
            *word_faults(config, library),
            *letter_faults(config, library),
            *watched_alone(config, library),
            *fact_faults(config, library),
            *media_faults(config, library, limits),
            *location_faults(config, library),
            *platform_faults(config, library),
            *(unused(config, library, drafts) if _is_whole(all_faults) else ()),
            *(
                fault
                for fault in too_long(library, drafts)
                if _folder(fault) not in lost and fault.path not in with_head
            ),
            *day_counts(library, drafts),
            *countdown_faults(config, library, drafts),
            *crowded(drafts),
            *repeated_on_x(drafts),
            *twins_on_x(library, drafts),
            *taken_over_on_x(config, library),
        }
    )


def _folder(fault: Fault) -> str:
    return fault.path.rpartition("/")[0]


def _is_whole(faults: Iterable[Fault]) -> bool:
    """Return whether every schedule could be read: else what it posts would seem never to be posted."""
    return not any(fault.severity is Severity.ERROR and fault.path.startswith("schedules") for fault in faults)


def every_fault(path: Path, asked: Mapping[str, Limits] | None = None) -> list[Fault]:
    """Return every fault of a campaign, also of its messages and schedules when `bot.toml` itself has errors.

    `asked` are the limits of accounts whose servers told them; the others' are assumed.
    """
    return read_whole(path, asked)[0]


def read_whole(path: Path, asked: Mapping[str, Limits] | None = None) -> tuple[list[Fault], Files | None]:
    """Return what `every_fault` gives, and the files that were read for it; None where `bot.toml` says too little."""
    config, faults = survey(path)
    if config is None:
        return faults, None
    faults = [*faults, *account_faults(config, path)]
    library, all_faults = libraries.load(path.parent, config)
    if config.campaign.day_of_action == UNKNOWN_DAY:
        is_gone = not config.campaign.name  # the whole table: that is told, and all that it lacks goes with it
        return sorted({*faults, *(fault for fault in all_faults if fault.group != NO_HASHTAGS or not is_gone)}), None
    limits = {**limits_without_asking(path, config), **(asked or {})}
    drafts, problems = expand(config, library, limits)
    merged_faults = check(config, library, drafts, [*faults, *all_faults, *problems], limits)
    return merged_faults, Files(config, library, tuple(in_threads(config, drafts)), tuple(merged_faults))
