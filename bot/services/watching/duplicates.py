"""Posts that show the same: one video on two networks, one post made twice, one text from many accounts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain

from sqlalchemy import Connection

from bot.domain.moderation import SimilarPosts
from bot.domain.post import SOON, PostFeatures, SeenPost, is_again, of_post
from bot.domain.text import Signature, may_be_near, minhash
from bot.services.work import Work, fingerprint_key
from bot.store import sightings
from bot.store.engine import Question
from bot.values import dataclass

ENOUGH = 12
"""How many sightings are known by one video, name or text at most: what comes on top is a flood in any case."""

_VIDEOS = 10
"""Videos of one post that it is known by."""

DAY = timedelta(days=1)
"""How long the same text counts: whoever spreads one does not do so within an hour."""

_MOST_KNOWN = 10_000
"""How many posts one reading remembers: some megabytes of text."""

_COMMON = 2
"""A text that this many others posted is a campaign's: it does not tell that two accounts are one person's."""


class KnownPosts:
    """What one reading has stored or looked up, as it is compared: the posts of its next page are most like these.

    It must not outlast the reading: a transaction that failed has stored nothing, and posts are edited.
    """

    def __init__(self) -> None:
        self._features: dict[int, PostFeatures] = {}

    def among(self, tx: Connection, numbers: Collection[int]) -> dict[int, PostFeatures]:
        """Return what these sightings are compared by; those that are not known yet are looked up."""
        known = {number: self._features[number] for number in numbers if number in self._features}
        looked_up = sightings.post_features(tx, numbers - known.keys())
        self.add(looked_up)
        return known | looked_up

    def add(self, features: Mapping[int, PostFeatures]) -> None:
        """Remember what sightings are compared by."""
        if len(self._features) > _MOST_KNOWN:
            self._features.clear()
        self._features |= features


@dataclass(frozen=True)
class _Look:
    """A new post as it is compared, and the traits that it is known by."""

    post: PostFeatures
    signature: Signature
    videos: tuple[str, ...]
    names: tuple[str, ...]
    texts: tuple[str, ...]


class DuplicateSearch:
    """New posts, by the numbers they will have, beside all that is stored and beside each other; for one transaction.

    They are asked about in their order: an earlier one is found as if it were stored already.
    """

    def __init__(
        self, tx: Connection, work: Work, now: datetime, posts: Mapping[int, SeenPost], known: KnownPosts
    ) -> None:
        self._tx = tx
        self._within = work.config.moderation.alarm.within
        self._most = max(ENOUGH, 2 * work.config.moderation.alarm.authors)
        self._looks = {number: _look(work, post) for number, post in posts.items()}
        soon, day, recent = sightings.first_since(tx, now - SOON, now - max(DAY, self._within), now - self._within)
        by_kind = zip(*((look.videos, look.names, look.texts) for look in self._looks.values()), strict=True)
        marks = [frozenset(chain.from_iterable(each)) for each in by_kind]
        numbers = sightings.sightings_known_by(tx, *zip(marks, (0, soon, day), strict=True))
        self._videos, names, texts = ({mark: numbers[mark] for mark in each if mark in numbers} for each in marks)
        self._names = names
        latest = {name: ids[-ENOUGH:] for name, ids in names.items()}
        firsts = {ids[0] for ids in self._videos.values()}
        who = sightings.authors_and_groups(tx, firsts.union(*latest.values()))
        self._groups = {number: group for number, (_, _, group) in who.items()}
        self._mine = _by_whom(self._looks.values(), latest, who)
        latest_texts = {text: ids[-self._most :] for text, ids in texts.items()}
        stored = {number for ids in (*self._mine.values(), *latest_texts.values()) for number in ids}
        known_posts = known.among(tx, stored)
        new_posts = {number: look.post for number, look in self._looks.items()}
        known.add(new_posts)
        self._posts = known_posts | new_posts
        self._recent = {text: [number for number in ids if number >= recent] for text, ids in latest_texts.items()}
        self._saying = _by_text(self._looks, latest_texts, known_posts)
        self._new: list[tuple[str, int]] = []
        self._outlived: set[tuple[str, int]] = set()

    def similar_to(self, number: int) -> SimilarPosts:
        """Return what is known of others that are like a new post, and note what it will be known by."""
        look = self._looks[number]
        others, at_once = self._others(look)
        group = self._group(look, is_common=others >= _COMMON)
        self._note(number, look, group)
        return SimilarPosts(group, others, at_once)

    def remember(self) -> None:
        """Write down what will tell that a later post is like these, which are stored by now."""
        sightings.add_fingerprints(self._tx, self._new)
        sightings.drop_fingerprints(self._tx, self._outlived)

    def _others(self, look: _Look) -> tuple[int, int]:
        """Return how many others posted the same text lately, and how many within the time of the alarm."""
        others: set[str] = set()
        at_once: set[str] = set()
        post, longest = look.post, max(DAY, self._within)
        saying = chain.from_iterable([self._saying[text] for text in look.texts])
        for candidate in dict.fromkeys(may_be_near(look.signature, saying)):
            features = self._posts[candidate]
            apart = abs(features.created_at - post.created_at)
            authors = at_once if apart <= self._within else others
            if apart > longest or features.author in authors or len(authors) >= self._most:
                continue
            if not features.is_by_whom(post) and features.is_near(post):
                others.add(features.author)
                authors.add(features.author)
        return min(len(others), self._most), len(at_once)

    def _group(self, look: _Look, *, is_common: bool) -> int:
        """Return the first sighting that shows the same, 0 where none does."""
        groups = [self._groups[self._videos[video][0]] for video in look.videos if self._videos.get(video)]
        for number in (number for name in look.names for number in self._mine.get(name, ())[-ENOUGH:]):
            other = self._posts[number]
            if is_again(look.post, other) and (not is_common or other.author == look.post.author):
                groups.append(self._groups[number])
        return min(groups, default=0)

    def _note(self, number: int, look: _Look, group: int) -> None:
        """Note what a post will be known by: its name, and what not enough others are known by before it.

        Of a name the latest count; of a text each author once, so that nobody takes the place of others.
        """
        author = look.post.author
        for video in look.videos:
            self._hold(video, self._videos.setdefault(video, []), number)
        for text in look.texts:
            held = self._recent.setdefault(text, [])
            if len(held) < self._most and author not in [self._posts[other].author for other in held]:
                self._hold(text, held, number)
        for name in look.names:
            ids, mine = self._names.setdefault(name, []), self._mine.setdefault(name, [])
            if len(ids) >= ENOUGH:
                self._outlived |= {(name, other) for other in ids[: 1 - ENOUGH]}
            ids.append(number)
            mine.append(number)
            self._new.append((name, number))
        self._groups[number] = group or number

    def _hold(self, mark: str, held: list[int], number: int) -> None:
        if len(held) < self._most:
            held.append(number)
            self._new.append((mark, number))


def _look(work: Work, post: SeenPost) -> _Look:
    features = of_post(post)
    names = (fingerprint_key(work, "name", name),) if (name := features.name) else ()
    texts = tuple([fingerprint_key(work, "text", row) for row in minhash(features.words)])
    return _Look(features, features.signature, post.videos[:_VIDEOS], names, texts)


def _by_text(
    looks: Mapping[int, _Look], stored: Mapping[str, Sequence[int]], posts: Mapping[int, PostFeatures]
) -> dict[str, list[tuple[int, Signature]]]:
    """Return by each text the new posts with it, after those that are `stored`, with their signatures."""
    signatures = {number: features.signature for number, features in posts.items()}
    by_text = {text: [(number, signatures[number]) for number in numbers] for text, numbers in stored.items()}
    for number, look in looks.items():
        signed = number, look.signature
        for text in look.texts:
            by_text.setdefault(text, []).append(signed)
    return by_text


def _by_whom(
    looks: Collection[_Look], latest: Mapping[str, list[int]], who: Mapping[int, tuple[str, str, int]]
) -> dict[str, list[int]]:
    """Return those of the latest of each name that may be by whom a new post of that name is; most names are several
    people's."""
    queries = {(name, look.post.platform, look.post.author) for look in looks for name in look.names}
    by_name: dict[str, list[int]] = {}
    for name, platform, author in queries:
        for number in latest.get(name, ()):
            if who[number][0] != platform or who[number][1].casefold() == author:
                by_name.setdefault(name, []).append(number)
    return by_name


KnownBy = Mapping[str, Sequence[int]]
"""The sightings that are known by each value."""


def words_question(work: Work, post: SeenPost) -> Question[dict[str, list[int]]]:
    """Ask which sightings may say the same as a post."""
    return sightings.fingerprints_question(_texts(work, post))


def same_text(
    tx: Connection, work: Work, posts: Mapping[int, SeenPost], known: KnownBy | None = None
) -> dict[int, list[int]]:
    """Return, for each of these sightings, the others that say the same within a day of it, the latest few of them;
    `known` is the answer to `words_question` where that was asked already."""
    texts = {number: _texts(work, post) for number, post in posts.items()}
    found = known
    if found is None:
        found = sightings.sightings_known_by(tx, ({text for each in texts.values() for text in each}, 0))
    near = {
        number: {other for text in texts[number] for other in found.get(text, ())[-ENOUGH:]} - {number}
        for number in posts
    }
    features = sightings.post_features(tx, {other for others in near.values() for other in others})
    return {
        number: [other for other in sorted(near[number]) if _says_the_same(of_post(post), features[other])]
        for number, post in posts.items()
    }


def _texts(work: Work, post: SeenPost) -> list[str]:
    return [fingerprint_key(work, "text", row) for row in minhash(of_post(post).words)]


def _says_the_same(post: PostFeatures, other: PostFeatures) -> bool:
    return abs(post.created_at - other.created_at) <= DAY and post.is_near(other)
