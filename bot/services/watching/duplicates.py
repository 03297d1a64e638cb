"""Posts that show the same: one video on two networks, one post made twice, one text from many accounts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain

from sqlalchemy import Connection

from bot.domain.moderation import SimilarPosts
from bot.domain.post import SOON, PostFeatures, SeenPost, is_again, of_post
from bot.domain.sighting import Sighting
from bot.domain.text import minhash
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

POSTS_A_ROUND = 20
"""For how many posts there is one round at most: each takes its statements, and one account may write a whole page."""

_COMMON = 2
"""A text that this many others posted is a campaign's: it does not tell that two accounts are one person's."""


@dataclass(frozen=True)
class _Look:
    """A new post as it is compared, and the traits that it is known by."""

    post: PostFeatures
    videos: tuple[str, ...]
    names: tuple[str, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True)
class _Found:
    """What is stored that may be like the posts of a page, by trait; `mine` is what is by the same person, it seems.

    From the sighting `recent` on it was seen within the time of the alarm.
    """

    videos: Mapping[str, list[int]]
    names: Mapping[str, list[int]]
    texts: Mapping[str, list[int]]
    mine: Mapping[str, list[int]]
    groups: Mapping[int, int]
    posts: Mapping[int, PostFeatures]
    recent: int

    def recent_texts(self, text: str) -> list[int]:
        """Return the sightings with this text that were seen within the time of the alarm."""
        return [number for number in self.texts.get(text, ()) if number >= self.recent]


class DuplicateSearch:
    """The posts of one page, beside each other and beside all that is stored; for one transaction."""

    def __init__(self, tx: Connection, work: Work, now: datetime) -> None:
        self._tx, self._work, self._now = tx, work, now
        self._within = work.config.moderation.alarm.within
        self._most = max(ENOUGH, 2 * work.config.moderation.alarm.authors)
        self._looks: dict[str, _Look] = {}
        self._known_by: dict[str, list[str]] = {}
        self._same: dict[str, int] = {}
        self._outlived: set[tuple[str, int]] = set()

    def rounds(self, posts: Sequence[SeenPost], stored: Collection[str]) -> list[list[SeenPost]]:
        """Return the posts in a few rounds: what may be like an earlier one comes after that is stored. Those whose
        addresses are `stored` already are compared with nothing."""
        rounds: list[list[SeenPost]] = [[]]
        most, round_after = max(2, len(posts) // POSTS_A_ROUND), dict[str, int]()
        for post in posts:
            place = 0
            if post.uri not in stored:
                look = self._looks[post.uri] = _look(self._work, post)
                marks = (*look.videos, *look.names)
                place = min(max((round_after.get(mark, 0) for mark in marks), default=0), most - 1)
                round_after |= dict.fromkeys(marks, place + 1)
            rounds += [[]] if place == len(rounds) else []
            rounds[place].append(post)
        return [each for each in rounds if each]

    def similar_posts(self, posts: Sequence[SeenPost]) -> dict[str, SimilarPosts]:
        """Return what is known of others that are like each new one of a round, by its uri."""
        looks = {post.uri: self._looks[post.uri] for post in posts if post.uri in self._looks}
        if not looks:
            return {}
        candidates = self._found(looks.values())
        beside = _by_text(looks.values())
        similar_posts = {}
        for uri, look in looks.items():
            latest = (number for text in look.texts for number in candidates.texts.get(text, ())[-self._most :])
            numbers = list(dict.fromkeys(latest))
            recent = {number for text in look.texts for number in candidates.recent_texts(text)}
            features = [candidates.posts[number] for number in numbers]
            features += {id(other): other for text in look.texts for other in beside[text]}.values()
            others, at_once = self._others(look.post, features)
            group = _group(look, candidates, is_common=others >= _COMMON)
            similar_posts[uri] = SimilarPosts(group, others, at_once)
            authors = {candidates.posts[number].author for number in numbers if number in recent}
            self._note(uri, look, candidates, group, authors)
        return similar_posts

    def remember(self, stored: Iterable[Sighting]) -> None:
        """Write down what will tell that a later post is like these, and show them beside those that they are like."""
        new = {sighting.post.uri: sighting.id for sighting in stored}
        sightings.add_fingerprints(self._tx, {new[uri]: self._known_by.get(uri, ()) for uri in new})
        sightings.drop_fingerprints(self._tx, self._outlived)
        self._outlived.clear()
        sightings.put_in_duplicate_groups(self._tx, {new[uri]: self._same[uri] for uri in new if self._same.get(uri)})

    def _found(self, looks: Collection[_Look]) -> _Found:
        tx, now = self._tx, self._now
        soon, day, recent = sightings.first_since(tx, now - SOON, now - max(DAY, self._within), now - self._within)
        by_kind = zip(*((look.videos, look.names, look.texts) for look in looks), strict=True)
        marks = [frozenset(chain.from_iterable(each)) for each in by_kind]
        known = sightings.sightings_known_by(tx, *zip(marks, (0, soon, day), strict=True))
        videos, names, texts = ({mark: known[mark] for mark in each if mark in known} for each in marks)
        latest = {name: ids[-ENOUGH:] for name, ids in names.items()}
        firsts = {ids[0] for ids in videos.values()}
        who = sightings.authors_and_groups(tx, firsts.union(*latest.values()))
        by_author = _by_whom(looks, latest, who)
        near = {number for ids in by_author.values() for number in ids}
        near |= {number for ids in texts.values() for number in ids[-self._most :]}
        groups = {number: who[number][2] for number in firsts}
        return _Found(videos, names, texts, by_author, groups, sightings.post_features(tx, near), recent)

    def _others(self, post: PostFeatures, candidates: Iterable[PostFeatures]) -> tuple[int, int]:
        """Return how many others posted the same text lately, and how many within the time of the alarm."""
        others: set[str] = set()
        at_once: set[str] = set()
        longest = max(DAY, self._within)
        for features in candidates:
            if not features.is_near(post):  # first, for most are not
                continue
            apart = abs(features.created_at - post.created_at)
            authors = at_once if apart <= self._within else others
            if apart > longest or features.author in authors or len(authors) >= self._most:
                continue
            if not features.is_by_whom(post):
                others.add(features.author)
                authors.add(features.author)
        return min(len(others), self._most), len(at_once)

    def _note(self, uri: str, look: _Look, candidates: _Found, group: int, already: Collection[str]) -> None:
        """Note what it will be known by: its name, and what not enough others are known by before it.

        Of a name the latest count; of a text each author once, so that nobody takes the place of others.
        """
        texts = () if look.post.author in already else look.texts
        held = {**candidates.videos, **{text: candidates.recent_texts(text) for text in texts}}
        marks = [mark for mark in (*look.videos, *texts) if len(held.get(mark, ())) < self._most]
        self._known_by[uri] = [*look.names, *marks]
        self._outlived |= {
            (name, number) for name in look.names for number in candidates.names.get(name, ())[: 1 - ENOUGH]
        }
        self._same[uri] = group


def _look(work: Work, post: SeenPost) -> _Look:
    features = of_post(post)
    names = (fingerprint_key(work, "name", features.name),) if features.name else ()
    texts = tuple(fingerprint_key(work, "text", row) for row in minhash(features.words))
    return _Look(features, post.videos[:_VIDEOS], names, texts)


def _by_text(looks: Iterable[_Look]) -> dict[str, list[PostFeatures]]:
    by_text: dict[str, list[PostFeatures]] = {}
    for look in looks:
        for text in look.texts:
            by_text.setdefault(text, []).append(look.post)
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


def _group(look: _Look, candidates: _Found, *, is_common: bool) -> int:
    """Return the first sighting that shows the same, 0 where none does."""
    groups = [candidates.groups[candidates.videos[video][0]] for video in look.videos if video in candidates.videos]
    features = (candidates.posts[number] for name in look.names for number in candidates.mine.get(name, ()))
    again = (other for other in features if is_again(look.post, other))
    groups += [other.group for other in again if not is_common or other.author == look.post.author]
    return min(groups, default=0)


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
