"""How near the words of two posts come to each other, and which of many posts may be near to one."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from functools import cached_property

from bot.domain.message import Content
from bot.domain.text import digest, normalised, words

_NEAR_WORDS = 0.8
"""How much of the words two texts share, in their order, that are nearly the same: one word of five may differ."""

_NEAR_LETTERS = 0.9
"""The same for letters, which tells a fixed typo in a text of few words."""

_PART = 0.9
"""How much of the shorter text's words are in the longer one, where somebody has added a sentence or taken one out."""

_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_SCHEME = re.compile(r"^https?://(?:www\.)?")
_TRACKING = ("utm_", "fbclid=", "gclid=", "mc_cid=", "mc_eid=", "mtm_", "pk_", "ref=")
_ENOUGH_WORDS = 6
_FEW_WORDS = 12
_VERY_FEW_WORDS = 4
_LEAST_SHARED = 4
"""Texts that are near, and not short, share at least one word in this many of either."""

_SIGNS = ".,;:!?…\"'«»„“”()–-"


def same_words(content: Content) -> str:
    """Return a digest that is equal for two posts in which followers read the same words and see the same media."""
    return digest(*(digest(normalised(part.text), *(file.sha256 for file in part.media)) for part in content.parts))


class Plain:
    """A text as it is compared: its words without case, and without the signs around them.

    What it says is compared also without links, hashtags and whatever nobody sees, and its parts one by one.
    """

    def __init__(self, content: Content) -> None:
        texts = [part.text for part in content.parts]
        text = " ".join(texts)
        self.all = _Words(word.strip(_SIGNS) for word in normalised(text).casefold().split())
        self.said = _Words(words(text))
        self.links = tuple(map(_canonical, _LINK.findall(text)))
        self.parts = [_Words(words(part)) for part in texts]
        self.symbols = frozenset(letter for letter in text if unicodedata.category(letter) == "So")

    @property
    def is_short(self) -> bool:
        """Return whether it has so few words that two texts may be near that share none."""
        return min(len(self.all), len(self.said)) <= _VERY_FEW_WORDS

    def is_near(self, other: Plain) -> bool:
        """Return whether two texts say the same in nearly the same words, or one is most of the other."""
        if self.all.are_near(other.all) or self.all == other.all:
            return True
        shortest, longest = sorted((len(self.said), len(other.said)))
        if shortest >= _VERY_FEW_WORDS:
            is_compared = self.said == self.all and other.said == other.all
            return not is_compared and self.said.are_near(other.said)
        if self.links or other.links:
            is_link_alone = not shortest and longest < _VERY_FEW_WORDS
            return set(self.links) == set(other.links) and (is_link_alone or self.said == other.said)
        if not longest:
            return bool(self.symbols) and self.symbols == other.symbols
        return self.said == other.said

    def has_part_of(self, other: Plain) -> bool:
        """Return whether one says a whole part of the other, which is a thread: followers would read that part
        again."""
        if len(self.parts) == len(other.parts) == 1:
            return False
        return any(
            these == another or (min(len(these), len(another)) >= _ENOUGH_WORDS and these.are_near(another))
            for these in self.parts
            if these and these.shares_enough(other.said, other.shortest)
            for another in other.parts
            if another and these.shares_enough(another, len(another.different))
        )

    @cached_property
    def shortest(self) -> int:
        """How many different words are in its shortest part that has any."""
        return min((len(part.different) for part in self.parts if part), default=0)


class _Words:
    """The words of a text in their order."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = tuple(filter(None, words))
        self.times = Counter(self.words)
        self.different = frozenset(self.words)

    def __len__(self) -> int:
        return len(self.words)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Words) and self.words == other.words

    def __hash__(self) -> int:
        return hash(self.words)

    def shares_enough(self, other: _Words, different: int) -> bool:
        """Return whether comparing them in order may be worth it: half of the shorter one's different words are in
        both."""
        return 2 * len(self.different & other.different) >= min(len(self.different), different)

    def are_near(self, other: _Words) -> bool:
        """Return whether they are nearly the same, or one is most of the other.

        Most pairs are told apart by counting; comparing in order takes a thousand times as long, letter by letter
        even longer. That is left to texts so short that one fixed typo is more than one word of five.
        """
        if self.words == other.words:
            return bool(self.words)
        both = len(self.words) + len(other.words)
        shared = sum(min(times, other.times[word]) for word, times in self.times.items() if word in other.times)
        shortest, longest = sorted((len(self.words), len(other.words)))
        is_part = shortest >= _ENOUGH_WORDS and longest <= 2 * shortest
        if 2 * shared >= _NEAR_WORDS * both or (is_part and shared >= _PART * shortest):
            ratio = _ratio(self.words, other.words)
            if ratio >= _NEAR_WORDS or (is_part and ratio * both / 2 >= _PART * shortest):
                return True
        may_be = 0 < longest <= _FEW_WORDS and (longest <= _VERY_FEW_WORDS or _LEAST_SHARED * shared >= both)
        return may_be and _ratio(" ".join(self.words), " ".join(other.words)) >= _NEAR_LETTERS


class NearIndex:
    """Texts by their words, so that those near to another one are found without comparing it with each."""

    def __init__(self, texts: Sequence[Plain]) -> None:
        self._all, self._said = (_WordIndex([text.all for text in texts]), _WordIndex([text.said for text in texts]))
        self._short = frozenset(place for place, text in enumerate(texts) if text.is_short)

    def may_be_near(self, text: Plain) -> list[int]:
        """Return the places of all texts that are near to this one, and of some more, in their order."""
        near = self._all.sharing(text.all) | self._said.sharing(text.said)
        return sorted(near | self._short if text.is_short else near)


class _WordIndex:
    """Where each word is."""

    def __init__(self, texts: Sequence[_Words]) -> None:
        self._places: defaultdict[str, list[int]] = defaultdict(list)
        for place, text in enumerate(texts):
            for word in text.different:
                self._places[word].append(place)

    def sharing(self, text: _Words) -> set[int]:
        """Return the places of all that share a quarter of this text's words, as near ones do that are not short.

        The rarest words are looked up, until the others are too few to be that quarter by themselves.
        """
        found, left = set[int](), len(text)
        for word in sorted(text.times, key=lambda word: len(self._places.get(word, ()))):
            if left * _LEAST_SHARED < len(text):
                break
            found.update(self._places.get(word, ()))
            left -= text.times[word]
        return found


def _canonical(link: str) -> str:
    """Return a link without what only tells its reader's way, as campaigns are tracked, and without its scheme."""
    address, _, query = link.casefold().partition("#")[0].partition("?")
    asked = "&".join(pair for pair in query.split("&") if pair and not pair.startswith(_TRACKING))
    return f"{_SCHEME.sub('', address).rstrip('/')}?{asked}"


def _ratio(first: Sequence[str], second: Sequence[str]) -> float:
    """Return how much of both they share in order, from 0 to 1."""
    return SequenceMatcher(None, first, second, autojunk=False).ratio()
