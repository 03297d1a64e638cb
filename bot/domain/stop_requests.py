"""How people say that they do not want to be reshared: the words for it, and what asks for it.

A wish is a whole sentence, or said to us. What stands under the hashtags for everybody to read may be a slogan.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import lru_cache

from bot.domain.stop_doubts import DOUBTFUL_SIGNS, is_about_oneself, is_flat_no, is_uneasy, says_no
from bot.domain.stop_grammar import (
    Parts,
    Words,
    bare,
    contrary,
    corrected,
    folded,
    goes_on,
    many,
    parts,
    reasons,
    skeleton,
    without_politeness,
    words_of,
)
from bot.domain.stop_phrases import USUAL_WORDS
from bot.domain.stop_vocabulary import GRAMMARS, SIGNS
from bot.values import dataclass

LONGEST = 5_000
"""Letters; whoever wants out says so within these."""

_TAGS = re.compile(r"[#＃](?=\w)[^\s.!?…;]*")
_NAMES = re.compile(r"https?://\S+|www\.\S+|[@＠][^\s.!?…;]*(?:[@.][^\s@!?…;]+)*", re.IGNORECASE)
_SENTENCE_ENDS = re.compile(r"[.!?…。！？;\n\r\u2028\u2029]+")
_CLAUSE_ENDS = re.compile(r"[,:()\[\]\-–—/\"«»„“”]+")
_VARIATIONS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_LONGEST_WISH = 8
"""Words of a wish that stands among others."""

_LONGEST_SENTENCE = 30
"""Words of a sentence that is a wish and nothing else."""

_SPELT = 4
"""Letters of a word that is spelt out."""

_MOST_WORDS = 400
"""Words of a sentence in which a wish is looked for among others."""

_A_TAG = "#"
"""What stands for a hashtag while sentences are taken apart: "Stop #repression" is no "stop"."""


class AsksToStop(StrEnum):
    """Does a text ask for its author to be left alone? No, perhaps (the words stand among others), or yes."""

    NO = "no"
    PERHAPS = "perhaps"
    YES = "yes"


class Addressed(StrEnum):
    """To whom a post speaks: to us alone, to us in a reply, or to everybody while it names us."""

    IN_PRIVATE = "in private"
    TO_US = "to us"
    IN_PUBLIC = "in public"


class Unease(StrEnum):
    """How a text that asks for nothing says no, or speaks of consent or danger, and whether of who wrote it."""

    NONE = "none"
    ABOUT_ANYTHING = "about anything"
    ABOUT_ONESELF = "about oneself"


@dataclass(frozen=True)
class StopWish:
    """What a text asks for. `is_clear` where its words mean nothing else: "delete my video", not "stop", which stands
    on banners. `is_all` where it says nothing beside. What asks for nothing may yet be `uneasy`."""

    asked: AsksToStop
    is_clear: bool = False
    is_all: bool = False
    uneasy: Unease = Unease.NONE


_NOTHING = StopWish(AsksToStop.NO)


def weigh(heard: StopWish, addressed: Addressed, *, is_on_show: bool) -> AsksToStop:
    """Return what to do about a text, by to whom it was said: yes is carried out, perhaps is for a person to judge.

    `is_on_show` are posts with hashtags or media, made to be seen. Said to us, a whole sentence is a wish, unless it is
    a "stop" on show with more beside it. In public one that says nothing else is, unless it is a "stop" on show; any
    other may be a slogan. What asks for nothing is a doubt in private where it says no to anything, and elsewhere where
    it does so of oneself; on show for everybody it is none.
    """
    is_slogan_like = not heard.is_clear and is_on_show
    is_to_all = addressed is Addressed.IN_PUBLIC
    match heard.asked:
        case AsksToStop.YES if is_to_all:
            return AsksToStop.YES if heard.is_all and not is_slogan_like else AsksToStop.PERHAPS
        case AsksToStop.YES:
            return AsksToStop.PERHAPS if is_slogan_like and not heard.is_all else AsksToStop.YES
        case AsksToStop.PERHAPS:
            return AsksToStop.NO if is_to_all and is_slogan_like else AsksToStop.PERHAPS
    is_doubt = heard.uneasy is Unease.ABOUT_ONESELF and not (is_to_all and is_on_show)
    is_doubt |= heard.uneasy is not Unease.NONE and addressed is Addressed.IN_PRIVATE
    return AsksToStop.PERHAPS if is_doubt else AsksToStop.NO


def hear(text: str, phrases: Iterable[str]) -> StopWish:
    """Return what a text asks for."""
    wishes = _prepared(tuple(phrases))
    tagged = _TAGS.sub(f" {_A_TAG} ", _NAMES.sub(" ", _VARIATIONS.sub("", _without_hidden(text[:LONGEST]))))
    tagged = _with_signs_as_words(_joined(tagged))
    sentences = [sentence for sentence in _SENTENCE_ENDS.split(tagged) if words_of(sentence)]
    sentence_wishes = [_in_sentence(sentence, wishes) for sentence in sentences]
    whole = [wish for wish in sentence_wishes if wish is not None and wish.asked is AsksToStop.YES]
    if not whole and len(sentences) > 1:  # one wish over several lines
        together = _in_sentence(" ".join(sentences), wishes)
        if together is not None and together.asked is AsksToStop.YES:
            return StopWish(AsksToStop.YES, together.is_clear, is_all=True)
    if whole:
        is_all = all(wish is None or wish.is_all for wish in sentence_wishes)
        return StopWish(AsksToStop.YES, any(wish.is_clear for wish in whole), is_all)
    among = [wish for wish in sentence_wishes if wish is not None and wish.asked is AsksToStop.PERHAPS]
    if among:
        return StopWish(AsksToStop.PERHAPS, any(wish.is_clear for wish in among))
    words = _shortened(words_of(tagged))
    is_sign = any(sign in tagged for sign in SIGNS + DOUBTFUL_SIGNS) and not without_politeness(folded(words))
    if is_sign or (wishes.grammars and _says_but_no(sentences)):
        return StopWish(AsksToStop.PERHAPS)
    heard = _perhaps_in(words, wishes)
    return (
        heard
        if heard.asked is not AsksToStop.NO or not wishes.grammars
        else StopWish(heard.asked, uneasy=_unease(words))
    )


def _says_but_no(sentences: Sequence[str]) -> bool:
    """Return whether a text is a no to anything, once or several times, and nothing beside."""
    said = [words for sentence in sentences if (words := _shortened(words_of(sentence)))]
    together = tuple(word for words in said for word in words)
    is_no = [says_no(words) for words in said if without_politeness(folded(words))]
    return says_no(together) or (bool(is_no) and all(is_no))


def _unease(words: Words) -> Unease:
    if not is_uneasy(words):
        return Unease.NONE
    return Unease.ABOUT_ONESELF if is_about_oneself(words) else Unease.ABOUT_ANYTHING


def _perhaps_in(words: Words, wishes: _Wishes) -> StopWish:
    """Return what a short text may ask for that is no wish as it stands, with slips in its words."""
    if not words or len(words) > _LONGEST_WISH or not wishes.grammars:
        return _NOTHING
    meant = corrected(folded(words))
    kind = wishes.kind(meant) if meant != folded(words) else None
    return StopWish(AsksToStop.PERHAPS, is_clear=kind is _Kind.CLEAR) if kind else _NOTHING


def _joined(text: str) -> str:
    """Return a text of single letters as the word that they spell: "s t o p"."""
    words = words_of(text)
    return "".join(words) if len(words) >= _SPELT and all(len(word) == 1 for word in words) else text


def _with_signs_as_words(text: str) -> str:
    """Return the text with a stop sign as the word, where it says nothing beside but please."""
    words = words_of(text)
    is_sign = bool(words) and any(sign in text for sign in SIGNS) and not without_politeness(folded(words))
    return f"{text} stop" if is_sign else text


def _in_sentence(sentence: str, wishes: _Wishes) -> StopWish | None:
    """Return what one sentence asks for; None where it is nothing but polite."""
    words = _shortened(words_of(sentence))
    kind = wishes.kind(words)
    if kind is not None and not (kind is _Kind.BARE and _is_followed_by_tag(sentence)):
        return StopWish(AsksToStop.YES, kind is _Kind.CLEAR, is_all=True)
    if wishes.is_polite(words):
        return None
    clauses = [_shortened(words_of(clause)) for clause in _CLAUSE_ENDS.split(sentence.replace(_A_TAG, " "))]
    kinds = [wishes.kind(clause) for clause in clauses if len(clauses) > 1 and clause]
    if _Kind.CLEAR in kinds and all(_is_reason(clause, wishes) for clause in clauses if clause):
        is_all = all(_says_nothing_beside(clause, wishes) for clause in clauses if clause)
        return StopWish(AsksToStop.YES, is_clear=True, is_all=is_all)
    if _Kind.CLEAR in kinds or wishes.holds_clear(words):
        return StopWish(AsksToStop.PERHAPS, is_clear=True)
    if _Kind.BARE in kinds or (wishes.holds_any(words) and not wishes.is_slogan(words)):
        return StopWish(AsksToStop.PERHAPS)
    return _NOTHING


def _is_reason(clause: Words, wishes: _Wishes) -> bool:
    """Return whether part of a sentence is the wish itself, politeness, a no, or says of oneself why one asks."""
    begins, own = reasons()
    return (
        _says_nothing_beside(clause, wishes)
        or says_no(clause)
        or (folded(clause)[0] in begins and not own.isdisjoint(folded(clause)))
    )


def _says_nothing_beside(clause: Words, wishes: _Wishes) -> bool:
    """Return whether part of a sentence is the wish itself, politeness, or a no: "no more, delete my post please"."""
    return wishes.kind(clause) is not None or wishes.is_polite(clause) or is_flat_no(clause)


def _is_followed_by_tag(sentence: str) -> bool:
    """Return whether the words go on with a hashtag, which may be what they are about; "please" closes them."""
    before, tag, _ = sentence.strip().partition(_A_TAG)
    words = folded(words_of(before))
    return bool(tag and words) and without_politeness(words)[-1:] == words[-1:]


def _without_hidden(text: str) -> str:
    """Return a text without what nobody sees: zero-width letters, and those that turn the direction of writing."""
    return "".join(letter for letter in text if unicodedata.category(letter) != "Cf")


def _shortened(words: Words) -> Words:
    """Return the words without repetitions: "stop stop stop" says no more than "stop"."""
    return tuple(word for place, word in enumerate(words) if not place or word != words[place - 1])


class _Kind(StrEnum):
    CLEAR = "clear"
    BARE = "bare"


@dataclass(frozen=True)
class _Wishes:
    """The wishes of a campaign: phrases, word by word, and the languages whose grammar counts beside them."""

    phrases: frozenset[Words]
    lengths: frozenset[int]
    grammars: tuple[Parts, ...]
    in_latin: tuple[Parts, ...]

    def kind(self, words: Words) -> _Kind | None:
        """Return what kind of wish these words are, as a whole; None where they are none."""
        if len(words) > _LONGEST_SENTENCE and words not in self.phrases:
            return None
        return self._plain(folded(words)) or self._latin(folded(words))

    def _plain(self, words: Words) -> _Kind | None:
        plain_words = without_politeness(words)
        if words in self.phrases or (plain_words and plain_words in self.phrases):
            return _Kind.BARE if plain_words in bare() else _Kind.CLEAR
        if self.grammars and plain_words in bare():
            return _Kind.BARE
        if not any(grammar.is_wish(plain_words) or words in grammar.alone for grammar in self.grammars):
            return None
        return _Kind.BARE if not many().isdisjoint(plain_words) else _Kind.CLEAR

    def _latin(self, words: Words) -> _Kind | None:
        """Return what Cyrillic words wish that are written in Latin letters; None for nothing."""
        if not self.in_latin or not all(word.isascii() for word in words):
            return None
        plain_words = without_politeness(tuple(map(skeleton, words)), in_latin=True)
        if plain_words and plain_words in bare(in_latin=True):
            return _Kind.BARE
        return _Kind.CLEAR if any(grammar.is_wish(plain_words) for grammar in self.in_latin) else None

    def is_polite(self, words: Words) -> bool:
        """Return whether nothing but politeness is said."""
        return bool(words) and not without_politeness(folded(words))

    def holds_clear(self, words: Words) -> bool:
        """Return whether a clear wish of several words stands among these."""
        plain_words = without_politeness(folded(words)[:_MOST_WORDS])
        return any(
            self._is_clear(plain_words[place : place + length], plain_words[place + length : place + length + 1])
            for place in range(len(plain_words) - 1)
            if not self.grammars or any(plain_words[place] in grammar.starts for grammar in self.grammars)
            for length in range(2, min(_LONGEST_WISH, len(plain_words) - place) + 1)
        )

    def _is_clear(self, window: Words, then: Words) -> bool:
        if window in bare():
            return False
        ends = not then or then[0] in goes_on()
        if any(
            grammar.is_complete(window) and (ends or window[-1:] not in grammar.determiners)
            for grammar in self.grammars
        ):
            return True
        is_open = window in self.phrases or any(window in grammar.verbs for grammar in self.grammars)
        return is_open and (ends or not self.grammars)

    def holds_any(self, words: Words) -> bool:
        """Return whether one of the phrases stands among these words."""
        folded_words = folded(words[:_MOST_WORDS])
        return any(
            folded_words[place : place + length] in self.phrases
            for length in self.lengths
            for place in range(len(folded_words) - length + 1)
        )

    def is_slogan(self, words: Words) -> bool:
        """Return whether the words begin like a wish and go on with something that is not ours: "Stop the war"; or
        say the contrary, whatever follows: "Don't stop, we are with you"."""
        plain_words = without_politeness(folded(words))
        begins = any(plain_words[:length] in self.phrases for length in (1, 2) if length < len(plain_words))
        return begins or any(plain_words[:length] in contrary() for length in range(2, 5))


@lru_cache(maxsize=8)
def _prepared(phrases: tuple[str, ...]) -> _Wishes:
    written = set(phrases)
    codes = [code for code in GRAMMARS if written.issuperset(USUAL_WORDS.get(code, ()))]
    in_latin = [grammar for code, grammar in parts(in_latin=True).items() if code in codes]
    folded_phrases = frozenset(words for phrase in written if (words := folded(_shortened(words_of(phrase)))))
    return _Wishes(
        folded_phrases, frozenset(map(len, folded_phrases)), tuple(parts()[code] for code in codes), tuple(in_latin)
    )
