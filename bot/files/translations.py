"""Translations as a thread: one post in the first language, and the other languages as answers to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.domain.campaign import Account, Campaign, Config
from bot.domain.delivery import Draft
from bot.domain.message import Message, content_hash
from bot.domain.text import digest


def in_threads(config: Config, drafts: Iterable[Draft]) -> list[Draft]:
    """Return the drafts, with the translations of each post in one thread on the accounts that ask for it.

    It goes out when its first language is due. What is a thread by itself stays one for each language.
    """
    alone: list[Draft] = []
    together: dict[tuple[str, int, str], list[Draft]] = {}
    for draft in drafts:
        account = config.accounts.get(draft.account)
        if account is None or not account.threads_translations or len(draft.content.parts) > 1:
            alone.append(draft)
        else:
            together.setdefault((draft.message, draft.offset, draft.account), []).append(draft)
    threads = [_thread(config.campaign, translations) for translations in together.values()]
    return sorted([*alone, *threads], key=lambda draft: (draft.due_at, *draft.identity))


def _thread(campaign: Campaign, translations: Sequence[Draft]) -> Draft:
    order = {language: place for place, language in enumerate(campaign.languages)}
    first, *others = sorted(translations, key=lambda draft: (order.get(draft.language, len(order)), draft.language))
    if not others:
        return first
    every = [first, *others]
    content = replace(first.content, parts=tuple(part for draft in every for part in draft.content.parts))
    series = [draft.series for draft in every]
    return replace(
        first,
        content=content,
        content_hash=content_hash(content),
        length=max(draft.length for draft in every),
        waiting_for=next((draft.waiting_for for draft in every if draft.waiting_for), ""),
        important=any(draft.important for draft in every),
        series=digest(*series) if any(series) else "",
        hold=any(draft.hold for draft in every),
    )


def languages_in(account: Account, draft: Draft, message: Message | None) -> frozenset[str]:
    """Return the languages whose files a draft may be made of."""
    spoken = message.languages if message and account.threads_translations else ()
    return frozenset({draft.language, *spoken})
