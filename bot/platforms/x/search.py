"""X's recent search as a source: every hashtag in one question, each post paid for once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.domain.campaign import Wanted
from bot.domain.hashtag import tracked
from bot.domain.post import Cursor, Page
from bot.platforms.x.query import Question, questions
from bot.platforms.x.walk import Walk

Us = Callable[[], tuple[str, str]]
"""Our user id and username there, the latter "" while it is not known. Raises PlatformError."""


class SearchSource:
    """One question that fits X's limit."""

    def __init__(self, name: str, question: Question, hashtags: Sequence[str], us: Us, walk: Walk) -> None:
        self.name = name
        self.page_cost = walk.page_cost
        self._question = question
        self._hashtags = tuple(hashtags)
        self._us = us
        self._walk = walk

    @property
    def query(self) -> str:
        """The question as it is put now. Raises PlatformError."""
        return self._question.text(*self._us())

    def read(self, cursor: Cursor) -> Page:
        """The next page, oldest first. What other posts than ours it finds are paid for and left out."""
        page = self._walk.read(cursor, {"query": self.query})
        return replace(page, posts=tuple(post for post in page.posts if tracked(post.hashtags, self._hashtags)))


def sources(
    account: str, hashtags: Sequence[str], kinds: Sequence[Wanted], us: Us, walk: Walk, *, without_mentions: bool
) -> list[SearchSource]:
    """As few questions as hold all hashtags, one where they fit X's 512 characters."""
    groups = questions(hashtags, kinds, without_mentions=without_mentions)
    names = [f"x search {account}{f' {number}' if number > 1 else ''}" for number in range(1, 1 + len(groups))]
    return [
        SearchSource(name, Question(group, kinds, without_mentions=without_mentions), group, us, walk)
        for name, group in zip(names, groups, strict=True)
    ]
