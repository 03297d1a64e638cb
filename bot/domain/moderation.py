"""What the rules say of a sighting, with reasons a person can read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from bot.domain.campaign import Then
from bot.domain.care import Tick as Tick
from bot.domain.care import reasons_for_care
from bot.domain.post import SeenPost, all_shown
from bot.domain.rules import Case, why
from bot.domain.rules import is_wanted as is_wanted
from bot.domain.text import composed
from bot.domain.verdict import FINAL as FINAL
from bot.domain.verdict import OF_SHOWN
from bot.domain.verdict import SHOWN_CARE as SHOWN_CARE
from bot.domain.verdict import Company as Company
from bot.domain.verdict import House as House
from bot.domain.verdict import Judgement as Judgement
from bot.domain.verdict import Reason as Reason
from bot.domain.verdict import Verdict as Verdict
from bot.domain.verdict import same_handle_among as same_handle_among

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
_ALONE = Company()
_DECIDES = {Then.REJECT: Verdict.REJECT, Then.HOLD: Verdict.HOLD, Then.APPROVE: Verdict.APPROVE}


def judge(post: SeenPost, house: House, company: Company = _ALONE) -> Judgement:
    """Judge a post: what protects somebody first, whatever the rules say; then the first rule that fits.

    Where none fits, a person decides; so they do where a rule would approve what is held for care, or while automatic
    approval is paused.
    """
    refusals = (*_protections(post, house), *_protections_of_shown(post, house))
    if refusals:
        return Judgement(Verdict.REJECT, refusals)
    care = tuple(reasons_for_care(post, house))
    verdict, reason, warnings = _by_rules(Case(post, house, company))
    if verdict is Verdict.APPROVE and not house.is_automatic:
        return Judgement(Verdict.HOLD, (Reason.PAUSED, *warnings), care)
    if verdict is Verdict.APPROVE and care:
        return Judgement(Verdict.HOLD, (*care, *warnings), care)
    return Judgement(verdict, (reason, *warnings), care)


def _by_rules(case: Case) -> tuple[Verdict, str, tuple[str, ...]]:
    """The verdict of the first rule that decides, why, and what those before it warn of."""
    warnings: list[str] = []
    for rule in case.house.rules.rules:
        reason = why(rule, case)
        if reason and rule.then is Then.WARN:
            warnings.append(reason)
        elif reason:
            return _DECIDES[rule.then], reason, tuple(warnings)
    return Verdict.HOLD, Reason.NOBODY_DECIDED, tuple(warnings)


def _protections(post: SeenPost, house: House) -> Iterator[Reason]:
    if same_handle_among(post.author.handle, house.own_handles):
        yield Reason.OURS
    if post.author.locked:
        yield Reason.LOCKED
    elif not post.public:
        yield Reason.NOT_PUBLIC
    if same_handle_among(post.author.handle, house.rules.blocked):
        yield Reason.BLOCKED
    if opted_out(post.author.bio):
        yield Reason.OPTED_OUT


def _protections_of_shown(post: SeenPost, house: House) -> Iterator[Reason]:
    """What protects whoever made a post that this one shows: they decide about it like its own author."""
    found = []
    for shown in all_shown(post):
        if shown.post is not None:
            found += [OF_SHOWN[why] for why in _protections(shown.post, house) if why in OF_SHOWN]
        elif shown.named and same_handle_among(shown.named, house.rules.blocked):
            found.append(Reason.SHOWN_BLOCKED)
    yield from dict.fromkeys(found)


def opted_out(bio: str) -> bool:
    """Whether a biography (plain text) asks automated accounts to stay away, or not to be reshared, in any spelling."""
    seen = (letter for letter in composed(bio[:_LONGEST_BIO], "NFKC") if unicodedata.category(letter) != "Cf")
    said = "".join(seen).casefold()
    return any(_OPT_OUT.search(each) is not None for each in (said, said.translate(_LIKE_LATIN)))
