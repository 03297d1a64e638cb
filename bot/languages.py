"""Languages as CLDR knows them. Babel is imported on first use: most commands never need it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.hints import nearest, quoted

if TYPE_CHECKING:
    from babel import Locale

_CODE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}\Z")


def is_known(code: str) -> bool:
    """Whether this is a language code such as "be" or "pt-BR" that dates and plurals are known for."""
    if _CODE.match(code) is None:
        return False
    from babel.localedata import exists

    language, *subtags = code.split("-")
    return exists(language) and all(map(_is_subtag, subtags))


def _is_subtag(subtag: str) -> bool:
    """Whether this is a script, a country or a variant (RFC 5646): "en-copy" is no language, but somebody's copy."""
    english = _english()
    if len(subtag) == 4 and subtag.isalpha():
        return subtag.title() in english.scripts
    return subtag.upper() in (english.variants if len(subtag) > 3 else english.territories)


def is_real(code: str) -> bool:
    """Whether this is the code of a language, also of one whose dates and plurals nobody has written down."""
    return code.split("-")[0] in _english().languages


def write_instead(code: str) -> str:
    """What to write instead of an unknown language code: many people write the country's code, or the name."""
    from babel import Locale, UnknownLocaleError
    from babel.localedata import locale_identifiers

    english = {name.casefold(): code for code, name in Locale("en").languages.items()}
    if code.casefold() in english:
        return f"Write {quoted(english[code.casefold()])}"
    try:
        return f"Write {quoted(Locale.parse(f'und_{code.upper()}').language)}"
    except (UnknownLocaleError, ValueError):
        near = nearest(code, {known.split("_")[0] for known in locale_identifiers()})
    return f"Write {quoted(near)}" if near else 'Write a code such as "en", "be" or "pt-BR"'


@lru_cache(maxsize=32)
def locale(code: str) -> Locale:
    """The locale that dates and numbers are written in; that of English where nothing is known of a language.

    English dates have the day first, as in most countries that read them.
    """
    from babel import Locale, UnknownLocaleError

    british = Locale("en", "GB")
    if code == "en" or not is_known(code):
        return british
    try:
        return Locale.parse(code, sep="-", resolve_likely_subtags=True)
    except (UnknownLocaleError, ValueError):
        return Locale.parse(code.split("-")[0])


def language_name(code: str) -> str:
    """A language's English name, or its code where nothing is known of it."""
    names = _english().languages
    return str(names.get(code.replace("-", "_")) or names.get(code.split("-")[0]) or code)


def country_name(code: str) -> str:
    """A country's English name, or its code where nothing is known of it."""
    return str(_english().territories.get(code.upper()) or code)


def _english() -> Locale:
    from babel import Locale

    return Locale("en")
