"""How words that ask to be left alone are known again, whatever their case, script, order and politeness.

Those of `stop_vocabulary` are compared without case, accents and apostrophes (see `folded`), and
Cyrillic ones also as people write them in Latin letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from bot.domain.stop_vocabulary import BARE, GO_ON, GOES_ON, GRAMMARS, MANY, POLITE, WHY, Grammar
from bot.domain.text import composed
from bot.values import dataclass

Words = tuple[str, ...]

_INSIDE_WORDS = frozenset("'’ʼ‘`´")
_THREE = re.compile(r"(\w)\1{2,}")
_MARKS = re.compile("[\u0300-\u036f]")
_TYPED_WRONG = 5
"""Letters of words that are known again with a slip in them."""
_LONGEST_POLITE = 8
"""Words of what is polite: "would you be so kind as to"."""
_MORE = 3
"""Words that may follow "my video": "my face in it"."""


_CYRILLIC = re.compile("[а-яёіїєґў]")
_LATIN = re.compile("[a-z]")
_TO_CYRILLIC = str.maketrans("aceiopxykmth", "асеіорхукмтн")
_TO_LATIN = str.maketrans("асеіорхукмтн", "aceiopxykmth")


def _in_one_script(word: str) -> str:
    """Return a word with its few letters of the other script, which look alike, in the script of the most."""
    latin, cyrillic = len(_LATIN.findall(word)), len(_CYRILLIC.findall(word))
    if not latin or not cyrillic:
        return word
    return word.translate(_TO_CYRILLIC if cyrillic >= latin else _TO_LATIN)


def words_of(text: str) -> Words:
    """Return the words of a text, whatever their case and form, and whatever signs stand between them."""
    plain = composed(text.replace("´", "'"), "NFKC").casefold()
    return tuple(map(_in_one_script, "".join(filter(None, map(_letter, plain))).split()))


def _letter(letter: str) -> str:
    """Return a letter or digit as it is, nothing for what stands inside words, a space for any other sign."""
    if letter in _INSIDE_WORDS:
        return ""
    return letter if unicodedata.category(letter)[0] in "LMN" else " "


def folded(words: Iterable[str]) -> Words:
    """Return the words without accents, and without letters that are drawn out: "stooop", "supprimez ca", "все" for
    "всё"."""
    return tuple(filter(None, (_folded_word(word) for word in words)))


@lru_cache(maxsize=20_000)
def _folded_word(word: str) -> str:
    letters = _MARKS.sub("", unicodedata.normalize("NFD", _THREE.sub(r"\1", word))).replace("ё", "е").replace("ł", "l")
    return unicodedata.normalize("NFC", letters)


_IN_LATIN = dict(
    zip(
        "абвгдежзийклмнопрстуфхцчшщъыьэюяіїєґў",
        "a b v g d e z z i i k l m n o p r s t u f h c c s s _ i _ e u a i i e g u".replace("_", "'").split(),
        strict=True,
    )
)
_ALIKE = (
    (re.compile("shch|sch|szcz"), "s"),
    (re.compile("zh|rz"), "z"),
    (re.compile("sh|sz"), "s"),
    (re.compile("kh"), "h"),
    (re.compile("ch|cz|ts|tz"), "c"),
    (re.compile("[jyi]+(?=[aeou])"), ""),
    (re.compile("[jy]"), "i"),
    (re.compile("w"), "v"),
    (re.compile("[cgx]"), "h"),
    (re.compile("zh"), "z"),
    (re.compile("['’]"), ""),
    (re.compile(r"(.)\1+"), r"\1"),
)


@lru_cache(maxsize=20_000)
def skeleton(word: str) -> str:
    """Return how a Cyrillic word sounds in Latin letters, the same for the many ways in which people write that.

    "пожалуйста", "pozhaluista", "pozaluysta" are one; so are "выдаліце", "vydalicie" and "vydalitse". "ch" is "х" to
    some and "ч" to others, and "h" is "г" in Belarus, so that these are not told apart.
    """
    latin = "".join(_IN_LATIN.get(letter, letter) for letter in word)
    for pattern, instead in _ALIKE:
        latin = pattern.sub(instead, latin)
    return latin


@dataclass(frozen=True)
class Parts:
    """A grammar made ready: every part as folded words."""

    alone: frozenset[Words]
    verbs: frozenset[Words]
    needing: frozenset[Words]
    around: tuple[tuple[frozenset[Words], frozenset[Words]], ...]
    after: frozenset[Words]
    objects: frozenset[Words]
    determiners: frozenset[Words]
    own: frozenset[Words]
    mine: frozenset[Words]
    starts: frozenset[str]
    """The words with which a wish can begin; most sentences hold none of them."""

    def is_wish(self, words: Words) -> bool:
        """Return whether these words are, as a whole, a wish to be left alone or to have something taken back."""
        return words in self.verbs or self.is_complete(words)

    def is_complete(self, words: Words) -> bool:
        """Return whether these words are a wish whatever follows: "don't share" may go on with "power"."""
        if words in self.alone:
            return True
        for place in range(1, len(words)):
            first, rest = words[:place], words[place:]
            if (first in self.verbs or first in self.needing) and self._is_ours(rest):
                return True
            if rest in self.after and self._is_ours(first):
                return True
        return any(self._is_around(words, opening, closing) for opening, closing in self.around)

    def _is_around(self, words: Words, opening: frozenset[Words], closing: frozenset[Words]) -> bool:
        return any(
            words[:start] in opening and words[end:] in closing and self._is_ours(words[start:end])
            for start in range(1, min(4, len(words)))
            for end in range(start + 1, len(words))
        )

    def _is_ours(self, words: Words) -> bool:
        """Return whether the words mean what is theirs, or what we have of theirs: "it", "this video", "your boost",
        "my face in it"; never "the war"."""
        if words in self.objects:
            return True
        return self._is_mine(words) or any(
            words[:place] in self.objects and self._is_mine(words[place:]) for place in range(1, min(4, len(words)))
        )

    def _is_mine(self, words: Words) -> bool:
        """Return whether these are "my" with a noun or a few words; also behind another: "the repost of my video"."""
        return any(
            words[:place] in self.mine and words[place : place + 1] in self.own and len(words) - place <= _MORE + 1
            for place in (1, 2, 3)
        )


@lru_cache(maxsize=2)
def parts(*, in_latin: bool = False) -> Mapping[str, Parts]:
    """Return every language's grammar, made ready; `in_latin` those written in Cyrillic, as they sound."""
    codes = ("be", "ru", "uk") if in_latin else tuple(GRAMMARS)
    return {code: _made(GRAMMARS[code], in_latin=in_latin) for code in codes}


def _made(grammar: Grammar, *, in_latin: bool) -> Parts:
    def ready(written: str) -> frozenset[Words]:
        return frozenset(ready_words(written, in_latin=in_latin))

    articles, nouns = ready(grammar.articles), ready(grammar.nouns)
    objects = ready(grammar.objects) | nouns | {(*article, *noun) for article in articles for noun in nouns}
    around = tuple((ready(opening), ready(closing)) for opening, closing in grammar.around)
    alone, verbs, needing, mine = map(ready, (grammar.alone, grammar.verbs, grammar.needing, grammar.mine))
    begun = (alone, verbs, needing, *(opening for opening, _ in around), *((objects, mine) if grammar.after else ()))
    starts = frozenset(words[0] for group in begun for words in group)
    return Parts(
        alone,
        verbs,
        needing,
        around,
        ready(grammar.after),
        frozenset(objects),
        articles | ready(grammar.objects),
        nouns | ready(grammar.own),
        mine,
        starts,
    )


def ready_words(written: str, *, in_latin: bool) -> Iterator[Words]:
    """Yield the phrases of a list, as folded words; `in_latin` as they sound."""
    for phrase in written.split("|"):
        for spelt in {phrase, phrase.replace("ё", "о")} if in_latin else (phrase,):
            words = folded(words_of(spelt))
            if words:
                yield tuple(map(skeleton, words)) if in_latin else words


@lru_cache(maxsize=2)
def polite(*, in_latin: bool = False) -> frozenset[Words]:
    """Return what is polite, in any language."""
    return frozenset(ready_words(POLITE, in_latin=in_latin))


@lru_cache(maxsize=2)
def bare(*, in_latin: bool = False) -> frozenset[Words]:
    """Return the words that are a slogan as well."""
    return frozenset(ready_words(BARE, in_latin=in_latin))


@lru_cache(maxsize=1)
def many() -> frozenset[str]:
    """Return the words that leave open what is meant."""
    return frozenset(word for words in ready_words(MANY, in_latin=False) for word in words)


@lru_cache(maxsize=1)
def goes_on() -> frozenset[str]:
    """Return the words with which a wish without an object may go on."""
    return frozenset(word for words in ready_words(GOES_ON, in_latin=False) for word in words)


@lru_cache(maxsize=1)
def reasons() -> tuple[frozenset[str], frozenset[str]]:
    """Return the words with which a reason begins, and those in which people speak of themselves."""
    begins, own = (frozenset(word for words in ready_words(each, in_latin=False) for word in words) for each in WHY)
    return begins | own, own


@lru_cache(maxsize=1)
def _shapes() -> Mapping[str, str]:
    """Return every longer word of a wish by each shape that it has without one of its letters, and as it is."""
    shapes: dict[str, str] = {}
    for word in sorted(_vocabulary()):
        if len(word) >= _TYPED_WRONG:
            shapes |= dict.fromkeys(_less_one(word), word)
    return shapes | {word: word for word in _vocabulary()}


@lru_cache(maxsize=1)
def _vocabulary() -> frozenset[str]:
    groups = [polite()]
    for grammar in parts().values():
        groups += [grammar.verbs, grammar.needing, grammar.own, grammar.objects, grammar.mine]
    return frozenset(word for group in groups for words in group for word in words)


def _less_one(word: str) -> set[str]:
    return {word[:place] + word[place + 1 :] for place in range(len(word))}


def corrected(words: Words) -> Words:
    """Return the words as they were meant, if one letter of some is missing, doubled, wrong or in its neighbour's
    place."""
    shapes, vocabulary = _shapes(), _vocabulary()
    return tuple(word if word in vocabulary else _corrected(word, shapes) for word in words)


def _corrected(word: str, shapes: Mapping[str, str]) -> str:
    """Return the right word for one with a slip: a wrong letter, and one in its neighbour's place, are the same as the
    right word once one is left out of both."""
    if len(word) < _TYPED_WRONG - 1:
        return word
    meant = next((shapes[shape] for shape in (word, *sorted(_less_one(word))) if shape in shapes), word)
    return meant if meant[:1] == word[:1] and abs(len(meant) - len(word)) <= 1 else word


@lru_cache(maxsize=1)
def contrary() -> frozenset[Words]:
    """Return the contrary of a stop, as it stands in cheers."""
    return frozenset(ready_words(GO_ON, in_latin=False))


def without_politeness(words: Words, *, in_latin: bool = False) -> Words:
    """Return the words that say something, without the polite ones wherever they stand, the longest first."""
    phrases, plain_words, place = polite(in_latin=in_latin), [], 0
    while place < len(words):
        for length in range(min(_LONGEST_POLITE, len(words) - place), 0, -1):
            if words[place : place + length] in phrases:
                place += length
                break
        else:
            plain_words.append(words[place])
            place += 1
    return tuple(plain_words)
