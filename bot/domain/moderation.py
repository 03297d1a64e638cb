"""What the rules say of a sighting: protections, care, the campaign's own rules, and the verdict with its reasons."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache

from bot.causes import CauseCode, because, causes_in
from bot.domain.campaign import CareRules, ModerationRules, Rule, Then, WantedKind, When
from bot.domain.post import Author, MediaKind, SeenPost, ShownState, all_shown
from bot.domain.text import composed
from bot.hosts import handle_key
from bot.values import dataclass


class Verdict(StrEnum):
    """What the rules say; only a person can turn `hold` into a reshare."""

    HOLD = "hold"
    APPROVE = "approve"
    REJECT = "reject"


class Reason(StrEnum):
    """Why, where there is no figure to it; the words are kept with the sightings, and people read them. A reason with
    figures is a cause."""

    OURS = "our own post"
    NOT_PUBLIC = "not public"
    LOCKED = "locked"
    BLOCKED = "blocked author"
    OPTED_OUT = "opted out in the bio"
    ALREADY = "already reshared by us"
    WRONG_KIND = "wrong kind"
    SENSITIVE = "marked sensitive"
    REPLY = "a reply to somebody"
    NO_ALT_TEXT = "no alternative text"
    TRUSTED = "trusted author"
    NOBODY_DECIDED = "waits for a person"
    SECOND = "waits for a second person"
    PAUSED = "automatic approval is paused"
    FLAGGED = "flagged by a moderator"
    MAY_WANT_OUT = "its author may be asking to be left alone"
    GONE = "deleted or hidden by its author"
    EDITED = "edited since it was approved"
    OTHER_AUTHOR = "its author is another one than was seen"
    AGAIN = "shown once more on purpose"
    TAKEN_BACK = "taken back by us"
    NOT_FETCHED = "has a file that its server has not fetched yet"
    WITHHELD = "its platform hides it in some countries"
    SILENT = "a video without sound, which its server takes for a GIF"
    SHY = "its author asks not to be found"
    PART_UNREAD = "a part of it could not be read"
    FOLLOWERS_UNKNOWN = "not known how many follow the account"
    AGE_UNKNOWN = "not known how old the account is"
    CYRILLIC = "written in Cyrillic letters, in a language that is not known"
    SHOWN = "shows somebody else's post"
    SHOWN_UNREAD = "shows a post that could not be read"
    SHOWN_PENDING = "shows a post whose author has not agreed to it yet"
    SHOWN_GONE = "shows a post that was deleted or hidden"
    SHOWN_NOT_PUBLIC = "shows a post that is not public"
    SHOWN_LOCKED = "shows a post of a locked account"
    SHOWN_BLOCKED = "shows a post of a blocked author"
    SHOWN_OPTED_OUT = "shows a post whose author opted out in the bio"
    SHOWN_FORGOTTEN = "shows a post of somebody who asked to be forgotten"
    SHOWN_EDITED = "what it shows was edited since it was approved"
    OFF_TOPIC = "a person's no: not about the campaign"
    UNSAFE = "a person's no: not safe for somebody"
    UNCLEAR = "a person's no: unclear what it shows"
    SPAM = "a person's no: advertising or abuse"
    POOR = "a person's no: poor picture or sound"
    DUPLICATE = "a person's no: shown already"
    OTHER = "a person's no: another reason"


def reason_code(reason: str) -> str | None:
    """Return the code of a reason; None for one in a rule's own words, or in those of an earlier version.

    That of a reason that is about a post which it shows begins with "shown_".
    """
    if reason in _REASONS:
        return Reason(reason).name.lower()
    cause = next(causes_in(reason), None)
    if cause is None:
        return None
    if cause.code is not CauseCode.OF_SHOWN:
        return str(cause.code)
    code = reason_code(str(cause.facts.get("reason", "")))
    return f"shown_{code}" if code else None


_REASONS = frozenset(Reason)

OF_A_NO = (
    Reason.OFF_TOPIC,
    Reason.UNSAFE,
    Reason.UNCLEAR,
    Reason.SPAM,
    Reason.POOR,
    Reason.DUPLICATE,
    Reason.OTHER,
)
"""Why a person says no, in the order in which they are offered; nobody has to say why."""

FINAL = frozenset(
    {
        Reason.OURS,
        Reason.NOT_PUBLIC,
        Reason.LOCKED,
        Reason.BLOCKED,
        Reason.OPTED_OUT,
        Reason.SHOWN_NOT_PUBLIC,
        Reason.SHOWN_LOCKED,
        Reason.SHOWN_BLOCKED,
        Reason.SHOWN_OPTED_OUT,
        Reason.SHOWN_FORGOTTEN,
    }
)
"""Reasons that no person can override: they protect somebody who is not in the room."""

SHOWN_CARE = frozenset({Reason.SHOWN, Reason.SHOWN_UNREAD, Reason.SHOWN_PENDING, Reason.SHOWN_GONE})
"""Why a post is held for showing somebody else's, whoever that is."""

OF_SHOWN: Mapping[Reason, Reason] = {
    Reason.NOT_PUBLIC: Reason.SHOWN_NOT_PUBLIC,
    Reason.LOCKED: Reason.SHOWN_LOCKED,
    Reason.BLOCKED: Reason.SHOWN_BLOCKED,
    Reason.OPTED_OUT: Reason.SHOWN_OPTED_OUT,
}
"""What protects whoever made a post, where another one shows it. A post of ours may be shown by anybody."""


@dataclass(frozen=True)
class Judgement:
    """A verdict and why. While there is any reason for `care`, no rule approves the post: a person has to."""

    verdict: Verdict
    reasons: tuple[str, ...]
    care: tuple[str, ...] = ()

    @property
    def is_final(self) -> bool:
        """Return whether not even a person may approve it."""
        return any(reason in FINAL for reason in self.reasons)


@dataclass(frozen=True)
class ModerationContext:
    """What the rules need to know of us: our own handles, whom we trust and block, and what we look for.

    `now` is in UTC; while it is not `is_automatic`, no rule approves anything. `organisations` are the handles of
    unions and NGOs that somebody of us knows.
    """

    rules: ModerationRules
    kinds: tuple[WantedKind, ...] = (WantedKind.VIDEO,)
    own_handles: frozenset[str] = field(default_factory=frozenset)
    now: datetime = datetime(1, 1, 1, tzinfo=UTC)
    is_automatic: bool = True
    organisations: frozenset[str] = field(default_factory=frozenset)
    blocks: Callable[[str, Author], bool] = lambda _platform, _author: False
    """Whether somebody of us has blocked an author, on a platform, beside those in bot.toml."""

    @cached_property
    def own_keys(self) -> frozenset[str]:
        """Our own handles as they are compared."""
        return frozenset(map(handle_key, self.own_handles))

    @cached_property
    def organisation_keys(self) -> frozenset[str]:
        """The handles of organisations as they are compared."""
        return frozenset(map(handle_key, self.organisations))

    @cached_property
    def trusted_keys(self) -> frozenset[str]:
        """The handles of those whom we trust as they are compared."""
        return frozenset(map(handle_key, self.rules.trusted))

    @cached_property
    def blocked_keys(self) -> frozenset[str]:
        """The handles of those whom bot.toml blocks as they are compared."""
        return frozenset(map(handle_key, self.rules.blocked))


@dataclass(frozen=True)
class SimilarPosts:
    """What is known of other posts that are like one: which sighting shows the same video (0 for none), how many other
    authors posted the same text within a day, and how many of them within the time of the alarm."""

    same_video_as: int = 0
    same_text_by: int = 0
    same_text_at_once: int = 0


def same_handle_among(handle: str, handles: Iterable[str]) -> bool:
    """Return whether a handle is one of these, in whichever way each is written."""
    key = handle_key(handle)
    return any(key == handle_key(other) for other in handles)


class ChecklistItem(StrEnum):
    """What a person confirms of a post that is held for care, one by one."""

    FACES = "faces"
    PLATES = "plates"
    WORKPLACE = "workplace"
    HOME = "home"
    DOCUMENT = "document"
    KNOWS = "knows"
    OUTSIDE = "outside"


_CYRILLIC = frozenset({"be", "ru"})


def missing(ticks: Iterable[ChecklistItem]) -> tuple[ChecklistItem, ...]:
    """Return what nobody has confirmed yet."""
    ticked = set(ticks)
    return tuple(tick for tick in ChecklistItem if tick not in ticked)


_STATES: Mapping[ShownState, Reason] = {
    ShownState.READ: Reason.SHOWN,
    ShownState.PENDING: Reason.SHOWN_PENDING,
    ShownState.UNREAD: Reason.SHOWN_UNREAD,
    ShownState.GONE: Reason.SHOWN_GONE,
}


def reasons_for_care(post: SeenPost, context: ModerationContext) -> tuple[str, ...]:
    """Return why no rule may approve a post: it could hurt whoever made it, or whom it shows, and they may not know.

    What is not known of an account counts against spreading its posts. An organisation that somebody of us wrote down
    is neither small nor new: a person knows it. What nobody can vouch for is what a post in its language may bring.
    What shows somebody else's post is for a person to judge, whoever that is; a post of ours, or one more of the same
    author, is nobody else's.
    """
    shown = _of_shown(post, context) if post.shows else ()
    return tuple(dict.fromkeys((*_of_post(post, context), *_of_files(post), *shown)))


def _of_files(post: SeenPost) -> Iterator[str]:
    if MediaKind.UNKNOWN in post.kinds:
        yield Reason.NOT_FETCHED
    if MediaKind.SILENT_VIDEO in post.kinds:
        yield Reason.SILENT


def _of_shown(post: SeenPost, context: ModerationContext) -> Iterator[str]:
    for shown in all_shown(post):
        key = handle_key(shown.handle)
        if shown.handle and (key == handle_key(post.author.handle) or key in context.own_keys):
            if shown.state in {ShownState.PENDING, ShownState.GONE}:
                yield _STATES[shown.state]
            continue
        yield _STATES[shown.state]
        if shown.post is not None:
            theirs = (*_of_post(shown.post, context), *_of_files(shown.post))
            yield from (because(CauseCode.OF_SHOWN, reason=reason) for reason in theirs)


def _of_post(post: SeenPost, context: ModerationContext) -> Iterator[str]:
    care = context.rules.care
    if handle_key(post.author.handle) not in context.organisation_keys:
        yield from _of_account(post, context)
    if post.author.shy:
        yield Reason.SHY
    if post.unclear:
        yield Reason.PART_UNREAD
    if post.withheld:
        yield Reason.WITHHELD
    yield from _of_language(post, care)


def _of_account(post: SeenPost, context: ModerationContext) -> Iterator[str]:
    care, author = context.rules.care, post.author
    if care.followers and author.followers is None:
        yield Reason.FOLLOWERS_UNKNOWN
    elif author.followers is not None and author.followers < care.followers:
        yield _care_for(CauseCode.SMALL_ACCOUNT, "followers", care.followers)
    if care.age and author.joined_at is None:
        yield Reason.AGE_UNKNOWN
    elif author.joined_at is not None and context.now - author.joined_at < care.age:
        yield _care_for(CauseCode.NEW_ACCOUNT, "days", care.age.days)


@lru_cache(maxsize=64)
def _care_for(code: CauseCode, name: str, fact: str | int) -> str:
    """Made once: most posts of a day are held for the same few reasons."""
    return because(code, **{name: fact})


def _of_language(post: SeenPost, care: CareRules) -> Iterator[str]:
    asked = _primaries(care.languages)
    code = primary(post.language)
    if code in asked:
        yield _care_for(CauseCode.CARE_LANGUAGE, "language", code)
    elif not code and asked & _CYRILLIC and _has_cyrillic(post.text):
        yield Reason.CYRILLIC


@lru_cache(maxsize=256)
def primary(code: str) -> str:
    """Return the language of a code: "be-tarask" and "be_BY" are "be"."""
    return code.replace("_", "-").partition("-")[0].strip().casefold()


@lru_cache(maxsize=8)
def _primaries(codes: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(primary, codes))


def _has_cyrillic(text: str) -> bool:
    return not text.isascii() and any("\u0400" <= letter <= "\u052f" for letter in text)


_CARRIED: Mapping[WantedKind, frozenset[str]] = {
    WantedKind.VIDEO: frozenset({MediaKind.VIDEO, MediaKind.VIDEO_LINK, MediaKind.SILENT_VIDEO}),
    WantedKind.GIF: frozenset({MediaKind.GIF, MediaKind.SILENT_VIDEO}),
    WantedKind.IMAGE: frozenset({MediaKind.IMAGE}),
}
"""What satisfies each wish; a GIF is reshared where it is asked for by that name alone."""


@dataclass(frozen=True)
class Case:
    """A post before the rules, and all there is to know about it."""

    post: SeenPost
    context: ModerationContext
    similar: SimilarPosts


def is_wanted(kinds: Iterable[MediaKind], wanted: Iterable[WantedKind]) -> bool:
    """Return whether a post carries a kind of media that the campaign reshares; what nobody has fetched yet may
    be one."""
    asked = _satisfying(tuple(wanted))
    return asked is None or not asked.isdisjoint(kinds)


@lru_cache(maxsize=16)
def _satisfying(wanted: tuple[WantedKind, ...]) -> frozenset[str] | None:
    """Return the kinds of media by which one of these wishes may be satisfied, None for any."""
    if WantedKind.ANY in wanted:
        return None
    return frozenset({MediaKind.UNKNOWN}).union(*(_CARRIED[wish] for wish in wanted))


def _already(_rule: Rule, case: Case) -> str:
    return Reason.ALREADY if case.post.reshared_by_us else ""


def _wrong_kind(_rule: Rule, case: Case) -> str:
    return "" if is_wanted(case.post.kinds, case.context.kinds) else Reason.WRONG_KIND


def _seconds(length: timedelta) -> int:
    return round(length.total_seconds())


def _too_old(rule: Rule, case: Case) -> str:
    is_older = case.context.now - case.post.created_at > rule.age
    return because(CauseCode.TOO_OLD, age_s=_seconds(rule.age)) if is_older else ""


def _with_shown(post: SeenPost) -> list[SeenPost]:
    """Return the post, and those that it shows: a rule that fits one of them fits."""
    return [post, *(shown.post for shown in all_shown(post) if shown.post is not None)] if post.shows else [post]


def _sensitive(_rule: Rule, case: Case) -> str:
    return Reason.SENSITIVE if any(post.sensitive for post in _with_shown(case.post)) else ""


def _reply(_rule: Rule, case: Case) -> str:
    return Reason.REPLY if case.post.is_reply else ""


def _young_account(rule: Rule, case: Case) -> str:
    """Return why an account is too young for the rule, "" where none is. One whose age the platform does not tell may
    be made up an hour ago."""
    posts = _with_shown(case.post)
    joined = [at for post in posts if (at := post.author.joined_at)]
    if len(joined) < len(posts):
        return Reason.AGE_UNKNOWN
    is_young = case.context.now - max(joined) < rule.age
    return because(CauseCode.YOUNG_ACCOUNT, age_s=_seconds(rule.age)) if is_young else ""


def _no_alt_text(_rule: Rule, case: Case) -> str:
    return Reason.NO_ALT_TEXT if case.post.lacks_alt else ""


def _language(rule: Rule, case: Case) -> str:
    """Return why the language of a post, or of what it shows, does not fit the rule, "" where all fit; an unknown one
    may fit."""
    fine = _primaries(rule.languages)
    codes = [primary(post.language) for post in _with_shown(case.post)]
    other = next((code for code in codes if code and code not in fine), "")
    return because(CauseCode.OTHER_LANGUAGE, language=other) if other else ""


def _many_hashtags(rule: Rule, case: Case) -> str:
    count = len(case.post.hashtags)
    return because(CauseCode.MANY_HASHTAGS, count=count) if count > rule.most else ""


def _many_links(rule: Rule, case: Case) -> str:
    count = case.post.links
    return because(CauseCode.MANY_LINKS, count=count) if count > rule.most else ""


def _same_text(rule: Rule, case: Case) -> str:
    others = case.similar.same_text_by
    return because(CauseCode.SAME_TEXT, count=others) if others > rule.most else ""


def _same_video(_rule: Rule, case: Case) -> str:
    other = case.similar.same_video_as
    return because(CauseCode.SAME_VIDEO, sighting=other) if other else ""


def _trusted(_rule: Rule, case: Case) -> str:
    return Reason.TRUSTED if handle_key(case.post.author.handle) in case.context.trusted_keys else ""


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

_OPT_OUT = re.compile(
    r"(?:[#♯]\s?no[ _-]?(?:auto[_-]?)?(?:bot|boost|reblog|repost|reshare|retweet|rt|quote|share)(?:s|ing)?"
    r"|[#♯]\s?no[ _-]?(?:quoting|resharing|sharing)"
    r"|#(?:keinebots?|keineboosts?|nichtboosten|nichtteilen|pasdebots?|pasdeboosts?|sansbots?|sinbots?"
    r"|bezbot[oó]w))(?!\w)"
    r"|#(?:нобот|небот|нябот|безбот|безрепост|нерепост|нерэпост|небуст|нябуст)"
)
_LIKE_LATIN = str.maketrans("оеартһѕі", "oeapthsi")
"""Cyrillic letters that nobody tells from those of "nobot"."""
_LONGEST_BIO = 10_000
_ALONE = SimilarPosts()
_DECIDES = {Then.REJECT: Verdict.REJECT, Then.HOLD: Verdict.HOLD, Then.APPROVE: Verdict.APPROVE}


def judge(post: SeenPost, context: ModerationContext, similar: SimilarPosts = _ALONE) -> Judgement:
    """Judge a post: what protects somebody first, whatever the rules say; then the first rule that fits.

    Where none fits, a person decides; so they do where a rule would approve what is held for care, or while automatic
    approval is paused.
    """
    shown = _protections_of_shown(post, context) if post.shows else ()
    refusals = (*_protections(post, context), *shown)
    if refusals:
        return Judgement(Verdict.REJECT, refusals)
    care = reasons_for_care(post, context)
    verdict, reason, warnings = _by_rules(Case(post, context, similar))
    if verdict is Verdict.APPROVE and not context.is_automatic:
        return Judgement(Verdict.HOLD, (Reason.PAUSED, *warnings), care)
    if verdict is Verdict.APPROVE and care:
        return Judgement(Verdict.HOLD, (*care, *warnings), care)
    return Judgement(verdict, (reason, *warnings), care)


def _by_rules(case: Case) -> tuple[Verdict, str, tuple[str, ...]]:
    """Return the verdict of the first rule that decides, why, and what those before it warn of."""
    warnings: list[str] = []
    for rule in case.context.rules.rules:
        usual = _LOOKS[rule.when](rule, case)
        if not usual:  # as most
            continue
        reason = rule.reason or usual
        if rule.then is Then.WARN:
            warnings.append(reason)
        else:
            return _DECIDES[rule.then], reason, tuple(warnings)
    return Verdict.HOLD, Reason.NOBODY_DECIDED, tuple(warnings)


def _protections(post: SeenPost, context: ModerationContext) -> Iterator[Reason]:
    if handle_key(post.author.handle) in context.own_keys:
        yield Reason.OURS
    if post.author.locked:
        yield Reason.LOCKED
    elif not post.public:
        yield Reason.NOT_PUBLIC
    if _is_blocked(post.platform, post.author, context):
        yield Reason.BLOCKED
    if opted_out(post.author.bio):
        yield Reason.OPTED_OUT


def _is_blocked(platform: str, author: Author, context: ModerationContext) -> bool:
    return handle_key(author.handle) in context.blocked_keys or context.blocks(platform, author)


def _protections_of_shown(post: SeenPost, context: ModerationContext) -> Iterator[Reason]:
    """Yield what protects whoever made a post that this one shows: they decide about it like its own author."""
    reasons = []
    for shown in all_shown(post):
        if shown.post is not None:
            reasons += [OF_SHOWN[reason] for reason in _protections(shown.post, context) if reason in OF_SHOWN]
        elif shown.named and _is_blocked(post.platform, Author(shown.named, ""), context):
            reasons.append(Reason.SHOWN_BLOCKED)
    yield from dict.fromkeys(reasons)


def opted_out(bio: str) -> bool:
    """Return whether a biography (plain text) asks automated accounts to stay away, or not to be reshared, in any
    spelling."""
    name = bio[:_LONGEST_BIO]
    if not name.isascii():
        name = "".join(letter for letter in composed(name, "NFKC") if unicodedata.category(letter) != "Cf")
    if "#" not in name and "♯" not in name:
        return False
    name = name.casefold()
    return any(_OPT_OUT.search(each) is not None for each in (name, name.translate(_LIKE_LATIN)))
