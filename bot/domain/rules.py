"""The rules of `bot.toml`: whether one fits a post, and in whose words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.campaign import Rule, Wanted, When
from bot.domain.care import primary
from bot.domain.post import MediaKind, SeenPost, all_shown
from bot.domain.verdict import Company, House, Reason, same_handle_among

_CARRIED: Mapping[Wanted, frozenset[str]] = {
    Wanted.VIDEO: frozenset({MediaKind.VIDEO, MediaKind.VIDEO_LINK, MediaKind.SILENT_VIDEO}),
    Wanted.GIF: frozenset({MediaKind.GIF, MediaKind.SILENT_VIDEO}),
    Wanted.IMAGE: frozenset({MediaKind.IMAGE}),
}
"""What satisfies each wish; a GIF is reshared where it is asked for by that name alone."""


@dataclass(frozen=True)
class Case:
    """A post before the rules, and all there is to know about it."""

    post: SeenPost
    house: House
    company: Company


def why(rule: Rule, case: Case) -> str:
    """The reason that people read where a rule fits a post, "" where it does not."""
    usual = _LOOKS[rule.when](rule, case)
    return (rule.reason or usual) if usual else ""


def is_wanted(kinds: Iterable[MediaKind], wanted: Iterable[Wanted]) -> bool:
    """Whether a post carries a kind of media that the campaign reshares; what nobody has fetched yet may be one."""
    asked, carried = set(wanted), set(kinds)
    if Wanted.ANY in asked or MediaKind.UNKNOWN in carried:
        return True
    return any(_CARRIED[wish] & carried for wish in asked)


def in_words(length: timedelta) -> str:
    """A length of time in its largest whole unit: "7 days", "1 hour"."""
    seconds = int(length.total_seconds())
    units = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
    name, size = next((unit for unit in units if seconds and not seconds % unit[1]), units[-1])
    return _counted(seconds // size, name)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _already(_rule: Rule, case: Case) -> str:
    return Reason.ALREADY if case.post.reshared_by_us else ""


def _wrong_kind(_rule: Rule, case: Case) -> str:
    return "" if is_wanted(case.post.kinds, case.house.kinds) else Reason.WRONG_KIND


def _too_old(rule: Rule, case: Case) -> str:
    return f"older than {in_words(rule.age)}" if case.house.now - case.post.created_at > rule.age else ""


def _with_shown(post: SeenPost) -> Iterator[SeenPost]:
    """The post, and those that it shows: a rule that fits one of them fits."""
    yield post
    yield from (shown.post for shown in all_shown(post) if shown.post is not None)


def _sensitive(_rule: Rule, case: Case) -> str:
    return Reason.SENSITIVE if any(post.sensitive for post in _with_shown(case.post)) else ""


def _reply(_rule: Rule, case: Case) -> str:
    return Reason.REPLY if case.post.is_reply else ""


def _young_account(rule: Rule, case: Case) -> str:
    """An account whose age the platform does not tell may be made up an hour ago."""
    joined = [post.author.joined_at for post in _with_shown(case.post)]
    if None in joined:
        return "not known how old the account is"
    is_young = any(at is not None and case.house.now - at < rule.age for at in joined)
    return f"account younger than {in_words(rule.age)}" if is_young else ""


def _no_alt_text(_rule: Rule, case: Case) -> str:
    return Reason.NO_ALT_TEXT if case.post.lacks_alt else ""


def _language(rule: Rule, case: Case) -> str:
    """Another language than those that fit; one that is not known may be one of them."""
    fine = {"", *map(primary, rule.languages)}
    codes = (primary(post.language) for post in _with_shown(case.post))
    return next((f"in another language: {code}" for code in codes if code not in fine), "")


def _many_hashtags(rule: Rule, case: Case) -> str:
    count = len(case.post.hashtags)
    return _counted(count, "hashtag") if count > rule.most else ""


def _many_links(rule: Rule, case: Case) -> str:
    return _counted(case.post.links, "link") if case.post.links > rule.most else ""


def _same_text(rule: Rule, case: Case) -> str:
    others = case.company.same_text_by
    return f"the same text from {_counted(others, 'other account')}" if others > rule.most else ""


def _same_video(_rule: Rule, case: Case) -> str:
    other = case.company.same_video_as
    return f"the same video as sighting {other}" if other else ""


def _trusted(_rule: Rule, case: Case) -> str:
    return Reason.TRUSTED if same_handle_among(case.post.author.handle, case.house.rules.trusted) else ""


_LOOKS: Mapping[When, Callable[[Rule, Case], str]] = {
    When.ALREADY: _already,
    When.WRONG_KIND: _wrong_kind,
    When.TOO_OLD: _too_old,
    When.SENSITIVE: _sensitive,
    When.REPLY: _reply,
    When.YOUNG_ACCOUNT: _young_account,
    When.NO_ALT_TEXT: _no_alt_text,
    When.LANGUAGE: _language,
    When.MANY_HASHTAGS: _many_hashtags,
    When.MANY_LINKS: _many_links,
    When.SAME_TEXT: _same_text,
    When.SAME_VIDEO: _same_video,
    When.TRUSTED: _trusted,
}
"""What each rule looks at; an empty answer means that it does not fit."""
