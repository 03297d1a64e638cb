"""What the ledger says of a case, and whether the store tells the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from bot.domain.delivery import State
from bot.domain.post import SeenPost
from tests.sweep.jobs import Result
from tests.sweep.places import Book
from tests.sweep.scene import Scene, parts_of

FOR_A_PERSON = frozenset({State.NEEDS_DECISION, State.REJECTED, State.MISSED, State.HELD, State.CANCELLED})


@dataclass(frozen=True)
class Verdict:
    """One case, judged: each of the lists is empty when all is well. `asks` is the error a person is asked about."""

    name: str
    struck: bool
    doubled: tuple[str, ...]
    lost: tuple[str, ...]
    untrue: tuple[str, ...]
    asks: str = ""

    def __str__(self) -> str:
        said = (*(f"twice: {one}" for one in self.doubled), *(f"lost: {one}" for one in self.lost), *self.untrue)
        return f"{self.name}: {'; '.join(said)} {self.asks}"

    @property
    def is_right(self) -> bool:
        """Whether everything is out exactly once, and the store says so."""
        return not (self.doubled or self.lost or self.untrue or self.asks)


def judged(name: str, scene: Scene, theirs: SeenPost | None, book: Book, result: Result) -> Verdict:
    """Hold a case's outcome to the ledger."""
    wanted = [theirs.uri] if theirs else [part.text for part in parts_of(scene)]
    found = Counter(book.reshares if theirs else [post.text for post in book.posts])
    outcome = result.outcome
    is_told = outcome.state in FOR_A_PERSON
    return Verdict(
        name,
        struck=result.struck,
        doubled=tuple(text for text, count in found.items() if count > 1),
        lost=() if is_told else tuple(text for text in wanted if not found[text]),
        untrue=tuple(_untrue(scene, theirs, book, result)),
        asks=outcome.error if is_told else "",
    )


def _untrue(scene: Scene, theirs: SeenPost | None, book: Book, result: Result) -> Iterator[str]:
    outcome = result.outcome
    if outcome.failed:
        yield f"it failed: {outcome.failed}"
    elif outcome.state in FOR_A_PERSON:
        return
    elif outcome.state != State.SENT:
        yield f"it ended as {outcome.state}: {outcome.error}"
    elif theirs is None:
        yield from _untrue_posts(scene, book, result)
    elif outcome.url != theirs.url:
        yield f"its address is {outcome.url!r} instead of {theirs.url!r}"


def _untrue_posts(scene: Scene, book: Book, result: Result) -> Iterator[str]:
    ids = tuple(post.id for post in book.posts)
    if result.outcome.sent != ids:
        yield f"the store has {result.outcome.sent}, the ledger {ids}"
    if not result.outcome.url.rstrip("/").endswith(ids[:1]):
        yield f"the address {result.outcome.url!r} is not that of {ids[:1]}"
    parents = tuple(post.parent for post in book.posts)
    if parents != ("", *ids)[: len(ids)]:
        yield f"the parts {ids} answer {parents}"
    media = [post.media for post in book.posts]
    if media != [len(part.media) for part in parts_of(scene)]:
        yield f"the parts carry {media} files"
