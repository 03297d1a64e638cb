"""The tables of `bot.toml` that say who is reshared, by which rules, and how people say "stop"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import TypeVar

from bot import languages
from bot.domain.campaign import (
    USUAL_RULES,
    AlarmRules,
    CareRules,
    ModerationRules,
    Risk,
    Rule,
    Then,
    When,
    WithdrawalRules,
)
from bot.fault_codes import FaultCode
from bot.files.config.rules import length
from bot.files.toml.table import Table
from bot.hosts import canonical_handle, handle_key
from bot.lookalikes import odd_letter
from bot.text_display import choice, quoted, shortened, write_one_of

_BEGINNING = re.compile(r"[@＠]|x:|acct:|[^@]*/", re.IGNORECASE)
_COUNTRY = re.compile(r"[A-Za-z]{2}\Z")
_ALWAYS_FIRST = frozenset({"blocked", "opted out", "not public", "locked", "our own post"})
"""What protects somebody who is not in the room holds before all rules, and whatever they say."""

_USES: Mapping[When, str] = {
    When.TOO_OLD: "age",
    When.YOUNG_ACCOUNT: "age",
    When.LANGUAGE: "languages",
    When.MANY_HASHTAGS: "most",
    When.MANY_LINKS: "most",
    When.SAME_TEXT: "most",
}
"""What a rule has to be told beside what it looks at."""

MODERATION = ("trusted", "blocked", "rule", "care", "alarm", "two_people", "risk", "checklist")
CHECKLIST = ("item", "statement")
CARE = ("followers", "age", "languages")
ALARM = ("authors", "within")
RULE = ("when", "then", "reason", "age", "languages", "most")
"""The keys of each table."""

_NEEDED = {"when": lambda value: value in list(When), "then": lambda value: value in list(Then)}

_EXAMPLES = {"age": 'age = "7d"', "languages": 'languages = ["en", "de"]', "most": "most = 10"}


def moderation(table: Table) -> ModerationRules:
    """Return whom a person trusts and blocks beforehand, the rules in their order, and what is held for care."""
    table.refuse_unknown(MODERATION)
    trusted, blocked = _handles(table, "trusted"), _handles(table, "blocked")
    unwanted = {handle_key(handle) for handle in blocked}
    for place, handle in enumerate(trusted):
        if handle_key(handle) in unwanted:
            written = table.texts("trusted")[place]
            table.error(
                FaultCode.TRUSTED_AND_BLOCKED,
                f"{quoted(written)} is both trusted and blocked",
                "Take one out.",
                "trusted",
                place,
                handle=shortened(written),
            )
    return ModerationRules(
        trusted,
        blocked,
        rules=tuple(_rule(entry) for entry in table.entries("rule")) or USUAL_RULES,
        care=_care(table.table("care")),
        alarm=_alarm(table.table("alarm")),
        two_people=table.flag("two_people", default=False),
        risk=_risk(table),
        checklist=_checklist(table),
    )


def _risk(table: Table) -> Risk:
    choices, written = [risk.value for risk in Risk], table.text("risk", Risk.STATE)
    if written not in choices:
        table.error(
            FaultCode.NOT_KNOWN,
            f"{quoted(written)} is no kind of risk",
            f"{write_one_of(written, choices)}.",
            "risk",
            key="risk",
            written=shortened(written),
            **choice(written, choices),
        )
        return Risk.STATE
    return Risk(written)


def _checklist(table: Table) -> Mapping[str, str]:
    """Return the statements that a campaign words itself, by the item of the checklist that each stands for."""
    entries, statements = table.entries("checklist"), dict[str, str]()
    if not entries:
        return {}
    from bot.domain.moderation import ChecklistItem  # loads all that judges posts, and few campaigns write their own

    items = [item.value for item in ChecklistItem]
    for entry in entries:
        entry.refuse_unknown(CHECKLIST)
        item, statement = entry.text("item"), entry.text("statement").strip().rstrip(".")
        if item not in items:
            what = f"{quoted(item)} is no item of the checklist" if item else f"{entry.name} has no item"
            code = FaultCode.NOT_KNOWN if item else FaultCode.MISSING_KEY
            about = {"table": entry.name, "key": "item", "written": shortened(item), **choice(item, items)}
            entry.error(code, what, f"{write_one_of(item, items)}.", "item", **about)
        elif item in statements:
            entry.error(
                FaultCode.TWICE_IN_LIST,
                f"the item {quoted(item)} has two statements",
                "Take one out.",
                "item",
                key="checklist",
                written=shortened(item),
            )
        elif not statement and isinstance(entry.values.get("statement", ""), str):
            instead = 'Write statement = "It shows …": a sentence that is true of what may be shown.'
            entry.error(
                FaultCode.MISSING_KEY,
                f"{entry.name} has no statement",
                instead,
                "statement",
                table=entry.name,
                key="statement",
                write='statement = "…"',
            )
        statements.setdefault(item, statement)
    return {item: statement for item, statement in statements.items() if statement}


def _rule(table: Table) -> Rule:
    table.refuse_unknown(RULE, needed=_NEEDED)
    when = _chosen(table, "when", When, When.SENSITIVE)
    then = _chosen(table, "then", Then, Then.HOLD)
    if when != table.text("when"):  # none that is known: what it needs is not known either
        return Rule(when, then)
    needed = _USES.get(when, "")
    for key in _EXAMPLES:
        if key in table and key != needed:
            table.error(
                FaultCode.MEANS_NOTHING, f'{key} means nothing for the rule "{when}"', "Take it out.", key, key=key
            )
    if needed and needed not in table:
        table.error(
            FaultCode.MISSING_KEY,
            f'the rule "{when}" lacks {needed}',
            f"Write for example {_EXAMPLES[needed]}.",
            "when",
            table=f'when = "{when}"',
            key=needed,
            write=_EXAMPLES[needed],
        )
    if then is Then.APPROVE and when is not When.TRUSTED:
        instead = 'Write then = "hold": only when = "trusted" may approve, for there a person wrote down whom.'
        table.error(
            FaultCode.RULE_APPROVES_STRANGERS,
            f'the rule "{when}" would approve posts of people that nobody knows',
            instead,
            "then",
            rule=when,
        )
    return Rule(
        when,
        then,
        table.text("reason").strip(),
        age=length(table, "age", timedelta(0), "7d"),
        most=table.whole("most", 0),
        languages=_languages(table, ()),
    )


Word = TypeVar("Word", When, Then)


def _chosen(table: Table, key: str, kind: type[Word], default: Word) -> Word:
    """Return one of the words of an enumeration; what is missing or unknown is a fault."""
    choices, written = [member.value for member in kind], table.text(key)
    if written in choices:
        return kind(written)
    if key not in table:
        table.error(
            FaultCode.MISSING_KEY,
            f"{table.name} has no {key}",
            f"{write_one_of('', choices)}.",
            "when" if key == "then" else key,
            table=table.name,
            key=key,
            **choice("", choices),
        )
    elif written in _ALWAYS_FIRST:
        what = f"{quoted(written)} comes before all rules, and cannot be changed by one"
        table.error(FaultCode.RULE_FIXED, what, "Take this rule out: it protects people anyway.", key, written=written)
    elif isinstance(table.values[key], str):
        table.error(
            FaultCode.NOT_KNOWN,
            f"{quoted(written)} is nothing a rule can say",
            f"{write_one_of(written, choices)}.",
            key,
            key=key,
            written=shortened(written),
            **choice(written, choices),
        )
    return default


def _care(table: Table) -> CareRules:
    table.refuse_unknown(CARE)
    usual = CareRules()
    return CareRules(
        followers=table.whole("followers", usual.followers),
        age=length(table, "age", usual.age, "90d"),
        languages=_languages(table, usual.languages),
    )


def _languages(table: Table, default: tuple[str, ...]) -> tuple[str, ...]:
    codes = table.texts("languages", default)
    for place, code in enumerate(codes if "languages" in table else ()):
        if not languages.is_known(code):
            instead = f"{languages.write_instead(code)}."
            table.error(
                FaultCode.NOT_A_LANGUAGE,
                f"{quoted(code)} is not a language code",
                instead,
                "languages",
                place,
                language=shortened(code),
                near=languages.meant(code),
            )
    return codes


def _alarm(table: Table) -> AlarmRules:
    table.refuse_unknown(ALARM)
    usual = AlarmRules()
    return AlarmRules(
        authors=table.whole("authors", usual.authors, least=2), within=length(table, "within", usual.within, "1h")
    )


def withdrawal(table: Table) -> WithdrawalRules:
    """Return the words by which people take back what they posted; a language that is written replaces the
    usual ones."""
    words = dict(WithdrawalRules().words)
    for code in table.values:
        if not languages.is_known(code):
            table.error(
                FaultCode.NOT_A_LANGUAGE,
                f"{quoted(code)} is not a language code",
                f"{languages.write_instead(code)}.",
                code,
                language=shortened(code),
                near=languages.meant(code),
            )
            continue
        phrases = tuple(phrase.strip() for phrase in table.texts(code))
        for place, phrase in enumerate(phrases):
            if not any(letter.isalnum() for letter in phrase):
                table.error(
                    FaultCode.PHRASE_EMPTY, "a phrase without a word would never be found", "Take it out.", code, place
                )
        words[code] = phrases
    return WithdrawalRules(words)


def is_withdrawal(key: str, value: object) -> bool:
    """Return whether these are words that take something back, in the language that the key names."""
    return languages.is_known(key) and isinstance(value, list | str)


def organisations(table: Table) -> Mapping[str, str]:
    """Return the handles of unions and NGOs with the countries they are in."""
    countries = {}
    for handle in table.values:
        country = table.text(handle)
        if not is_handle(handle):
            instead = f'Write {handle_instead(handle)} = "DE".'
            table.error(
                FaultCode.NOT_A_HANDLE,
                f"{quoted(handle)} is not a handle",
                instead,
                handle,
                handle=shortened(handle),
                write=handle_instead(handle, ", "),
            )
        elif not _COUNTRY.match(country):
            instead = f'Write {quoted(handle)} = "DE": the two letters of the country it is in.'
            table.error(
                FaultCode.NOT_A_COUNTRY,
                f"{quoted(country)} is not the code of a country",
                instead,
                handle,
                written=shortened(country),
                write=f'"{shortened(handle)}" = "DE"',
            )
        countries[_in_one_form(handle)] = country.upper()
    return countries


def _handles(table: Table, key: str) -> tuple[str, ...]:
    handles = table.texts(key)
    for place, handle in enumerate(handles):
        if not is_handle(handle):
            table.error(
                FaultCode.NOT_A_HANDLE,
                f"{quoted(handle)} is not a handle",
                f"Write {handle_instead(handle)}.",
                key,
                place,
                handle=shortened(handle),
                write=handle_instead(handle, ", "),
            )
        elif odd := odd_letter(handle):
            what = f"{quoted(handle)} holds {odd}"
            table.warning(what, "Type it anew, or copy it from the profile.", key, place)
    return tuple(map(_in_one_form, handles))


def is_handle(written: str) -> bool:
    """Return whether this is "@user@host", "x:Handle", or the address of a profile; a mailbox looks nearly the same."""
    return _canonical(written) != "" and bool(_BEGINNING.match(written.strip()))


def _in_one_form(written: str) -> str:
    return _canonical(written) or written


def _canonical(written: str) -> str:
    try:
        return canonical_handle(written)
    except ValueError:
        return ""


def handle_instead(handle: str, between: str = " or ") -> str:
    """Return the handle that was probably meant, or one of each platform as examples, with a word between them."""
    bare = handle.strip().lstrip("@")
    if _canonical(f"@{bare}"):
        return quoted(f"@{bare}")
    return quoted(f"x:{bare}") if _canonical(f"x:{bare}") else f'"@user@mastodon.example"{between}"x:Handle"'
