"""How people say that they do not want to be reshared: the words for it, and what asks for it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache

from bot.domain.text import composed

USUAL_WORDS: Mapping[str, tuple[str, ...]] = {
    "en": (
        "stop", "please stop", "stop please", "stop it", "please stop it", "stop this", "stop sharing",
        "stop sharing this", "remove", "please remove", "remove please", "remove it", "remove this",
        "please remove it", "please remove this", "remove my post", "please remove my post", "delete", "please delete",
        "delete please", "delete it", "delete this", "please delete it", "please delete this", "delete my post",
        "please delete my post", "take it down", "take this down", "please take it down", "please take this down",
        "take my post down", "don't share", "don't share this", "please don't share", "please don't share this",
        "do not share", "do not share this", "please do not share", "please do not share this", "don't repost",
        "don't boost", "unboost", "please unboost", "undo", "opt out", "opt me out", "unsubscribe", "leave me alone",
        "i withdraw", "i withdraw my consent",
    ),
    "be": (
        "стоп", "спыніце", "спыніцеся", "калі ласка спыніце", "выдаліце", "выдаліце гэта", "выдаліце мой пост",
        "выдаліце калі ласка", "калі ласка выдаліце", "калі ласка выдаліце гэта", "прыбярыце", "прыбярыце гэта",
        "калі ласка прыбярыце", "прыбярыце калі ласка", "не распаўсюджвайце", "не рэпосціце", "spynicie", "vydalicie",
        "kali laska vydalicie", "prybiarycie", "stop kali laska",
    ),
    "ru": (
        "стоп", "остановите", "остановитесь", "пожалуйста остановитесь", "прекратите", "удалите", "удалите это",
        "удалите пост", "удалите мой пост", "удалите пожалуйста", "пожалуйста удалите", "пожалуйста удалите это",
        "пожалуйста удалите мой пост", "уберите", "уберите это", "уберите пожалуйста", "пожалуйста уберите",
        "пожалуйста уберите это", "снимите", "снимите пожалуйста", "не распространяйте", "не репостите",
        "пожалуйста не репостите", "отпишите меня",
    ),
    "uk": (
        "стоп", "зупиніть", "зупиніться", "будь ласка зупиніться", "припиніть", "видаліть", "видаліть це",
        "видаліть мій допис", "видаліть будь ласка", "будь ласка видаліть", "будь ласка видаліть це", "приберіть",
        "приберіть це", "приберіть будь ласка", "будь ласка приберіть", "не поширюйте", "не репостіть",
    ),
    "de": (
        "stopp", "stop", "bitte stopp", "bitte stoppen", "aufhören", "bitte aufhören", "löschen", "bitte löschen",
        "lösch das", "löscht das", "bitte löscht das", "bitte löschen sie das", "löschen sie das", "entfernen",
        "bitte entfernen", "bitte wieder entfernen", "entfernt das", "bitte entfernt das", "entfernen sie das",
        "bitte entfernen sie das", "nehmt das runter", "bitte nehmt das runter", "nicht teilen", "bitte nicht teilen",
        "nicht weiterverbreiten", "bitte nicht weiterverbreiten", "abmelden",
    ),
    "fr": (
        "stop", "arrêtez", "arrête", "arrêtez s'il vous plaît", "stop s'il vous plaît", "stop svp", "supprimez",
        "supprime", "supprimer", "supprimez ça", "supprimez cela", "supprimez s'il vous plaît", "supprimer svp",
        "à supprimer svp", "merci de supprimer", "merci de retirer", "retirez", "retirez ça", "retirez cela",
        "retirez s'il vous plaît", "enlevez", "enlevez ça", "ne partagez pas", "ne pas partager",
        "merci de ne pas partager", "ne relayez pas",
    ),
    "es": (
        "stop", "alto", "por favor paren", "borrar", "borra", "borren", "borrad", "bórralo", "bórrenlo", "borradlo",
        "por favor borren", "por favor bórrenlo", "eliminar", "eliminen", "elimínenlo", "eliminen esto",
        "por favor eliminen", "por favor eliminar", "quítenlo", "quitadlo", "por favor quítenlo", "no compartir",
        "no compartan", "no lo compartan", "por favor no compartan",
    ),
    "pl": (
        "stop", "przestańcie", "proszę przestać", "usuńcie", "usuń", "usunąć", "usuńcie to", "usuń to",
        "proszę usunąć", "proszę to usunąć", "proszę o usunięcie", "usuńcie proszę", "skasujcie", "skasuj",
        "proszę skasować", "nie udostępniajcie", "proszę nie udostępniać", "nie podawajcie dalej",
    ),
}  # fmt: skip
"""By language; to be compared whole, as `words_of` gives them. "Enough!" in any of them is a slogan, not a wish."""

LONGEST = 5_000
"""Letters; whoever wants out says so within these."""

_NAMES = re.compile(r"https?://\S+|www\.\S+|[@#＠＃][^\s.!?…;]*(?:[@.][^\s@!?…;]+)*", re.IGNORECASE)
_SENTENCE_ENDS = re.compile(r"[.!?…。！？;\n\r\u2028\u2029]+")
_INSIDE_WORDS = frozenset("'’ʼ‘`´")
_VARIATIONS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")


class Asked(StrEnum):
    """Whether a text asks for its author to be left alone: no, perhaps (the words stand among others), or yes."""

    NO = "no"
    PERHAPS = "perhaps"
    YES = "yes"


Words = tuple[str, ...]


def what_is_asked(text: str, phrases: Iterable[str]) -> Asked:
    """Whether a text is, or has a whole sentence that is, one of these phrases; names, links and signs do not count."""
    known = _prepared(tuple(phrases))
    bare = _NAMES.sub(" ", _VARIATIONS.sub("", _without_hidden(text[:LONGEST])))
    said = [_shortened(words_of(sentence)) for sentence in _SENTENCE_ENDS.split(bare)]
    whole = _shortened(tuple(word for sentence in said for word in sentence))
    if whole in known or any(sentence in known for sentence in said):
        return Asked.YES
    return Asked.PERHAPS if any(_holds(sentence, known) for sentence in said) else Asked.NO


def words_of(text: str) -> Words:
    """The words of a text, whatever their case and form, and whatever signs stand between them."""
    plain = composed(text, "NFKC").casefold()
    return tuple("".join(filter(None, map(_letter, plain))).split())


def _letter(letter: str) -> str:
    """A letter or digit as it is, nothing for what stands inside words, a space for any other sign."""
    if letter in _INSIDE_WORDS:
        return ""
    return letter if unicodedata.category(letter)[0] in "LMN" else " "


def _without_hidden(text: str) -> str:
    """Without what nobody sees: zero-width letters, and those that turn the direction of writing."""
    return "".join(letter for letter in text if unicodedata.category(letter) != "Cf")


def _shortened(words: Words) -> Words:
    """Without repetitions: "stop stop stop" says no more than "stop"."""
    return tuple(word for place, word in enumerate(words) if not place or word != words[place - 1])


@lru_cache(maxsize=8)
def _prepared(phrases: tuple[str, ...]) -> frozenset[Words]:
    return frozenset(words for phrase in phrases if (words := _shortened(words_of(phrase))))


def _holds(sentence: Words, known: frozenset[Words]) -> bool:
    """Whether one of the phrases stands somewhere in a sentence."""
    lengths = {len(words) for words in known}
    return any(
        sentence[place : place + length] in known for length in lengths for place in range(len(sentence) - length + 1)
    )
