"""Languages as CLDR knows them. Babel is imported on first use: most commands never need it."""

from __future__ import annotations

import difflib
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.lookalikes import difference, skeleton
from bot.text_display import quoted

if TYPE_CHECKING:
    from babel import Locale

_CODE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}\Z")


def is_known(code: str) -> bool:
    """Return whether this is a language code such as "be" or "pt-BR" that dates and plurals are known for."""
    if _CODE.match(code) is None:
        return False
    from babel.localedata import exists

    language, *subtags = code.split("-")
    return exists(language) and all(map(_is_subtag, subtags))


def _is_subtag(subtag: str) -> bool:
    """Return whether this is a script, a country or a variant (RFC 5646): "en-copy" is no language, but somebody's
    copy."""
    english = _english()
    if len(subtag) == 4 and subtag.isalpha():
        return subtag.title() in english.scripts
    return subtag.upper() in (english.variants if len(subtag) > 3 else english.territories)


def is_real(code: str) -> bool:
    """Return whether this is the code of a language, also of one whose dates and plurals nobody has written down."""
    return code.split("-")[0] in _english().languages


def write_instead(code: str) -> str:
    """Return what to write instead of an unknown language code: many people write the country's code, or the name."""
    near = meant(code)
    if near:
        odd = difference(code, near) if _tidy(code) == near else ""
        return f"Write {quoted(near)}{f'; what stands there holds {odd}' if odd else ''}"
    if is_real(code):
        return f"{language_name(code)} has no plurals and dates here: write a language that has, or ask for it"
    return 'Write a code such as "en", "be" or "pt-BR"'


def meant(code: str) -> str:
    """Return the language code that is meant by an unknown one, or ""."""
    from babel import Locale, UnknownLocaleError
    from babel.core import get_global

    tidy = _tidy(code)
    if tidy != code and is_known(tidy):
        return tidy
    if is_real(code):
        return ""
    alias = get_global("language_aliases").get(code.casefold(), "")
    if alias and is_known(alias):
        return str(alias)
    if named := _by_name(code.casefold()):
        return named
    try:
        is_country = code.upper() in _english().territories and code.upper() not in _NO_COUNTRIES
        return str(Locale.parse(f"und_{code.upper()}").language) if is_country else ""
    except (UnknownLocaleError, ValueError):
        return ""


_NO_COUNTRIES = frozenset({"ZZ", "QO", "XA", "XB", "EU", "EZ", "UN"})
"""What CLDR lists among the countries, and speaks no language."""


def _tidy(code: str) -> str:
    """Return a code as it is usually written: small letters, hyphens, countries in capitals."""
    language, *more = skeleton(code.strip()).replace("_", "-").casefold().split("-")
    return "-".join([language, *(part.upper() if len(part) == 2 else part for part in more)])


def _by_name(name: str) -> str:
    """Return the code of a language by its name in English or in one of the languages that campaigns are written in."""
    from babel import Locale

    for spoken in ("en", "be", "ru", "uk", "de", "fr", "es", "pl"):
        names = {known.casefold(): code for code, known in Locale(spoken).languages.items()}
        code = names.get(name) or next((names[near] for near in difflib.get_close_matches(name, names, 1, 0.85)), "")
        if code and len(name) > 3:
            return code.replace("_", "-")
    return ""


@lru_cache(maxsize=32)
def locale(code: str) -> Locale:
    """Return the locale that dates and numbers are written in; that of English where nothing is known of a language.

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
    """Return a language's English name, or its code where nothing is known of it."""
    names = _english().languages
    return str(names.get(code.replace("-", "_")) or names.get(code.split("-")[0]) or code)


def country_name(code: str) -> str:
    """Return a country's English name, or its code where nothing is known of it."""
    return str(_english().territories.get(code.upper()) or code)


def _english() -> Locale:
    from babel import Locale

    return Locale("en")
