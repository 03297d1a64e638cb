"""Every post that the files ask for, or a person types: one draft per message, day, language and account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time

from bot.domain.campaign import Account, Campaign, Config
from bot.domain.delivery import Draft
from bot.domain.limits import Limits, limits_of
from bot.domain.message import Media, Message, Wording, content_hash
from bot.domain.schedule import Day, ScheduledPost, WallTimeError, end_of_day, instant
from bot.domain.text import digest
from bot.errors import Fault, Severity
from bot.fault_codes import FaultCode
from bot.files.length import lengths
from bot.files.library import Library
from bot.files.messages import split
from bot.files.rendering import render, text_faults, uses_countdown, waiting
from bot.languages import is_known, is_real, write_instead
from bot.lookalikes import difference
from bot.text_display import choice, nearest, quoted, shortened, write_one_of
from bot.values import dataclass


@dataclass(frozen=True)
class Words:
    """The words of one language for one account."""

    account: Account
    language: str
    wording: Wording


@dataclass(frozen=True)
class TimedWords:
    """Words, and the wall time of the schedule's zone at which they go out."""

    words: Words
    at: time


def words(config: Config, library: Library, post: ScheduledPost, faults: list[Fault]) -> list[Words]:
    """Return the words that a scheduled post sends to each account; what it names in vain is added to the faults."""
    accounts = _named(post, "accounts", post.accounts, config.accounts, "an account in bot.toml", faults)
    message = library.messages.get(post.message)
    if message is None:
        faults.append(_no_message(post, library))
        return []
    spoken = message.languages  # none where every file of the message has a fault of its own
    lost = {language for name, language in library.at_fault if name == message.name}
    languages = _named(post, "languages", post.languages, spoken, f"a language of {message.name}", faults, lost)
    wanted = []
    for account in (config.accounts[name] for name in accounts):
        own = [language for language in languages if not account.languages or language in account.languages]
        if languages and not own and post.accounts:
            faults.append(_speechless(post, message, account))
        for language in own:
            wording = message.wording(language, account.platform)
            if wording is None and language not in lost:
                faults.append(_wordless(post, message, account, language))
            elif wording is not None:
                wanted.append(Words(account, language, wording))
    return wanted


def _no_message(post: ScheduledPost, library: Library) -> Fault:
    """Return the fault of a message that is not there: often its folder has another name now, and then that one is
    never scheduled."""
    if not library.messages:
        instead = "Write the words of each into messages/<name>/<language>.md."
        return _fault(
            FaultCode.NO_MESSAGES,
            post,
            "message",
            "messages/ holds no message, and this names one",
            instead,
            group=("no messages",),
        )
    scheduled = {scheduled.message for scheduled in library.schedule}
    unused = [name for name in library.messages if name not in scheduled]
    folder = post.message.removeprefix("./").removeprefix("messages/").partition("/")[0]
    bare = folder if folder in library.messages else post.message
    near = f"Write {quoted(unused[0])}" if len(unused) == 1 else write_one_of(bare, library.messages)
    odd = difference(post.message, nearest(post.message, library.messages))
    what = f"there is no message {quoted(post.message)}{f' (it holds {odd})' if odd else ''}"
    instead = f"{near}, or add messages/<name>/<language>.md."
    return _fault(
        FaultCode.NO_SUCH_MESSAGE,
        post,
        "message",
        what,
        instead,
        group=("no message", post.message),
        facts={"message": shortened(post.message), **choice(bare, library.messages)},
    )


def _named(
    post: ScheduledPost,
    key: str,
    names: tuple[str, ...],
    known: Iterable[str],
    what: str,
    faults: list[Fault],
    lost: Collection[str] = (),
) -> list[str]:
    """Return the names that are known, all of them when none is written; those that are `lost` are at fault
    elsewhere."""
    every = list(known)
    if every:
        for place, name in enumerate(names):
            if name not in every and name not in lost:
                is_other = key == "languages" and is_real(name)  # a real language is no slip in writing another
                instead = f"{write_one_of('' if is_other else name, every)}."
                group = ("no words in" if key == "languages" else "no account", name)
                faults.append(
                    _fault(
                        FaultCode.NOT_KNOWN,
                        post,
                        f"{key}.{place}",
                        f"{quoted(name)} is not {what}",
                        instead,
                        group=group,
                        facts={"written": shortened(name), "key": key, **choice("" if is_other else name, every)},
                    )
                )
    return [name for name in dict.fromkeys(names) if name in every] if names else every


def _wordless(post: ScheduledPost, message: Message, account: Account, language: str) -> Fault:
    """Return the fault of a language that a message has for other platforms only: wrong where it is asked for by
    name."""
    severity = Severity.ERROR if post.languages else Severity.WARNING
    what = f"{message.name} has no words in {quoted(language)} for {account.name}"
    instead = f"Write messages/{message.name}/{language}.md or {language}.{account.platform}.md."
    return _fault(
        FaultCode.NO_WORDS_IN,
        post,
        "languages",
        what,
        instead,
        severity,
        facts={"message": message.name, "language": language, "account": account.name},
    )


def _speechless(post: ScheduledPost, message: Message, account: Account) -> Fault:
    """Return the fault of an account that is asked for by name, and posts in none of the languages."""
    spoken = ", ".join(account.languages)
    what = f"{account.name} posts in {spoken} alone, and is to post {message.name} in none of these"
    instead = f"Take {account.name} out of accounts, or write messages/{message.name}/{account.languages[0]}.md."
    place = f"accounts.{post.accounts.index(account.name)}"
    return _fault(
        FaultCode.NO_LANGUAGE_OF_ITS,
        post,
        place,
        what,
        instead,
        group=("no words of", message.name, account.name),
        facts={"message": message.name, "languages": spoken, "account": account.name},
    )


def timed(post: ScheduledPost, every: Iterable[Words], order: Sequence[str], faults: list[Fault]) -> list[TimedWords]:
    """Return at which wall time each account posts each language; a language without one is added to the faults.

    Those with the same time on one account go out `post.gap` after each other, in the `order` of the campaign's
    languages.
    """
    ranks = {language: rank for rank, language in enumerate(order)}
    in_order = sorted(every, key=lambda each: ranks.get(each.language, len(ranks)))
    timeless = [each.language for each in in_order if post.time_of(each.language) is None]
    if timeless:
        faults.append(_timeless(post, list(dict.fromkeys(timeless))))
    before: Counter[tuple[str, time]] = Counter()
    timed_words = []
    for each in in_order:
        first = post.time_of(each.language)
        if first is None:
            continue
        at = datetime.combine(date.min, first) + before[each.account.name, first] * post.gap
        before[each.account.name, first] += 1
        if at.date() == date.min:
            timed_words.append(TimedWords(each, at.time()))
        else:
            faults.append(_past_midnight(post, each))
    return timed_words


def _timeless(post: ScheduledPost, languages: Sequence[str]) -> Fault:
    names = ", ".join(map(quoted, languages))
    what = f"nothing says at what time {names} {'goes' if len(languages) == 1 else 'go'} out"
    instead = f"Write {languages[0]} = 09:30:00 below [times] at the top of the file, or at = 09:30:00 here for all."
    return _fault(
        FaultCode.NO_TIME_FOR,
        post,
        "at",
        what,
        instead,
        group=("no time for", names, post.path),
        facts={"languages": ", ".join(languages), "write": f"{languages[0]} = 09:30:00"},
    )


def _past_midnight(post: ScheduledPost, each: Words) -> Fault:
    what = f"with this gap {quoted(each.language)} would go out on {each.account.name} after midnight"
    return _fault(
        FaultCode.PAST_MIDNIGHT,
        post,
        "gap",
        what,
        "Write a shorter gap, or an earlier time.",
        group=("gap", post.path, str(post.line)),
        facts={"language": each.language, "account": each.account.name},
    )


def due(post: ScheduledPost, day: date, at: time, faults: list[Fault]) -> datetime | None:
    """Return when a post is due on a day (UTC), or None, with a fault, where daylight saving makes that none or two."""
    try:
        return instant(day, at, post.zone)
    except WallTimeError as error:
        first, second = (f"{choice:%Y-%m-%d %H:%M} UTC" for choice in error.choices)
        early, late = (f"{choice.astimezone(post.zone):%H:%M}" for choice in error.choices)
        instead = f"It can mean {first} or {second}; give this day a [[post]] of its own with another time."
        if error.skipped:
            instead = f"Give this day a [[post]] of its own at {early} ({first}) or {late} ({second})."
        what = f"in {post.zone.key} {error}"
        faults.append(
            _fault(
                FaultCode.CLOCK_CHANGES,
                post,
                "at",
                what,
                instead,
                group=(what,),
                facts={
                    "zone": post.zone.key,
                    "day": f"{day:%Y-%m-%d}",
                    "first": f"{early} ({first})",
                    "second": f"{late} ({second})",
                },
            )
        )
        return None


def _fault(
    code: FaultCode,
    post: ScheduledPost,
    key: str,
    what: str,
    instead: str,
    severity: Severity = Severity.ERROR,
    group: tuple[str, ...] = (),
    facts: Mapping[str, str] | None = None,
) -> Fault:
    line = post.lines.get(key, post.lines.get(key.split(".")[0], post.line))
    return Fault(post.path, line, what, instead, severity, group=group, code=code, facts=facts or {})


_ANY_LINK = "https://example.org/"
"""Stands for a link that is not known yet while a text is counted: every link counts the same."""


@dataclass(frozen=True)
class ScheduledDay:
    """One day of a scheduled post: `place` in its list of days, its calendar date, its wall time, and when it is due
    (UTC)."""

    post: ScheduledPost
    place: int
    day: date
    at: time
    due_at: datetime


def expand(config: Config, library: Library, limits: Mapping[str, Limits]) -> tuple[list[Draft], list[Fault]]:
    """Return every post by the time it is due; and each fault that keeps one from being planned.

    `limits` are by account name; an account that is not among them has its platform's usual ones.
    """
    drafts: dict[tuple[str, int, str, str], Draft] = {}
    faults: list[Fault] = []
    for post in library.schedule:
        wanted = words(config, library, post, faults)
        for each in timed(post, wanted, config.campaign.languages, faults):
            for slot in _slots(config.campaign, post, each.at, faults):
                made = draft_of(config.campaign, slot, each.words, limits)
                key = (made.message, made.offset, made.language, made.account)
                if drafts.setdefault(key, made) is not made:
                    faults.append(_twice(slot, drafts[key]))
    return sorted(drafts.values(), key=lambda each: (each.due_at, *each.identity)), sorted(set(faults))


def _slots(campaign: Campaign, post: ScheduledPost, at: time, faults: list[Fault]) -> Iterator[ScheduledDay]:
    for place, day in enumerate(post.days):
        on = day.on(campaign.day_of_action)
        due_at = due(post, on, at, faults)
        if due_at is not None:
            yield ScheduledDay(post, place, on, at, due_at)


def draft_of(campaign: Campaign, slot: ScheduledDay, each: Words, limits: Mapping[str, Limits]) -> Draft:
    """Return the draft of one slot in one account's words."""
    post, account = slot.post, each.account
    accepted = limits.get(account.name) or limits_of(account)
    content, waiting_for = render(each.wording, each.language, slot.day, campaign)
    counted = content
    if waiting_for:
        counted, _ = render(each.wording, each.language, slot.day, _with_any_links(campaign, each.wording))
    part_lengths = lengths(counted, account.platform, accepted)
    return Draft(
        message=post.message,
        day=str(post.days[slot.place]),
        language=each.language,
        account=account.name,
        platform=account.platform,
        due_at=slot.due_at,
        expires_at=_expiry(campaign, slot, each),
        wall_time=f"{slot.day} {slot.at.isoformat('auto' if slot.at.second else 'minutes')} {post.zone.key}",
        content=content,
        content_hash=content_hash(content),
        length=max(part_lengths),
        longest_part=part_lengths.index(max(part_lengths)),
        limit=accepted.max_characters,
        waiting_for=waiting_for,
        path=post.path,
        line=post.line,
        offset=(slot.day - campaign.day_of_action).days,
        important=slot.day == campaign.day_of_action if post.important is None else post.important,
        series=digest(each.language, *each.wording.parts) if uses_countdown(each.wording) else "",
        hold=post.hold,
    )


def _with_any_links(campaign: Campaign, wording: Wording) -> Campaign:
    return replace(campaign, links={**campaign.links, **dict.fromkeys(waiting(wording, campaign), _ANY_LINK)})


def _expiry(campaign: Campaign, slot: ScheduledDay, each: Words) -> datetime:
    """Return when it is too late (UTC). A countdown is true until midnight, in the zone where midnight comes first."""
    expiry = slot.due_at + slot.post.late
    if not uses_countdown(each.wording):
        return expiry
    midnights = (end_of_day(slot.day, zone) for zone in (campaign.timezone, slot.post.zone))
    return max(min(expiry, *midnights), slot.due_at).astimezone(UTC)


def _twice(slot: ScheduledDay, first: Draft) -> Fault:
    post = slot.post
    what = f"{post.message} ({first.language}) is scheduled twice on {slot.day} for {first.account}"
    instead = f"Take the day out here or in {first.path}:{first.line}; a message goes out once a day."
    group = ("twice", post.path, str(post.line), first.path, str(first.line))
    return Fault(
        post.path,
        post.lines.get(f"days.{slot.place}", post.line),
        what,
        instead,
        group=group,
        code=FaultCode.SCHEDULED_TWICE,
        facts={
            "message": post.message,
            "language": first.language,
            "day": str(slot.day),
            "account": first.account,
            "place": f"{first.path}:{first.line}",
        },
    )


_PATH = "the text"


def draft(
    config: Config,
    text: str,
    account: Account,
    *,
    language: str,
    due_at: datetime,
    expires_at: datetime,
    message: str,
    limits: Limits | None = None,
    media: tuple[Media, ...] = (),
) -> tuple[Draft, list[Fault]]:
    """Return the draft, and what the platform would refuse of it. Times are UTC; `message` is its name in the queue."""
    campaign = config.campaign
    wording = replace(wording_of(text), media=media)
    local = due_at.astimezone(campaign.timezone)
    days = (Day((local.date() - campaign.day_of_action).days),)
    at, late = local.time().replace(microsecond=0), expires_at - due_at
    slot = ScheduledDay(
        ScheduledPost(_PATH, 1, message, days, at, campaign.timezone, late=late), 0, local.date(), at, due_at
    )
    made = draft_of(campaign, slot, Words(account, language, wording), {account.name: limits} if limits else {})
    return made, [*text_faults(wording, campaign, language), *_faults(campaign, wording, made)]


def wording_of(text: str) -> Wording:
    """Return the wording that a typed text is."""
    return Wording(_PATH, tuple(part for _, part in split(text.split("\n"))))


def _faults(campaign: Campaign, wording: Wording, made: Draft) -> Iterator[Fault]:
    if not all(wording.parts):
        yield Fault(_PATH, 1, "there are no words", "Write what is to be posted.", code=FaultCode.NO_TEXT)
    if not is_known(made.language):
        yield Fault(
            _PATH,
            1,
            f"{quoted(made.language)} is not a language code",
            f"{write_instead(made.language)}.",
            code=FaultCode.NOT_A_LANGUAGE,
            facts={"language": shortened(made.language)},
        )
    if uses_countdown(wording) and made.offset >= 0:
        what = f"no days are left to count to {campaign.day_of_action}"
        yield Fault(
            _PATH,
            1,
            what,
            "Take {countdown} out.",
            code=FaultCode.NO_DAYS_LEFT,
            facts={"message": made.message, "day": made.day},
        )
    if made.length > made.limit:
        what = f"it is {made.length} characters long, and {made.account} takes {made.limit}"
        yield Fault(
            _PATH,
            1,
            what,
            "Shorten it, or split it with a line of --- alone.",
            code=FaultCode.TEXT_TOO_LONG,
            facts={"account": made.account, "length": str(made.length), "limit": str(made.limit)},
        )
