"""An embedded account whose requests can be watched, and made to fail, one by one."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.domain.message import Media
from bot.domain.post import AccountFacts
from bot.errors import Outcome, PlatformError
from bot.platforms.base import OpenedFile
from bot.platforms.rehearsal.adapter import RehearsalPlatform
from bot.platforms.rehearsal.network import Network

Hook = Callable[[str], object]


class FaultyPlatform(RehearsalPlatform):
    """An embedded account that tells before each request leaves, and after it was accepted, whoever wants to know.

    `errors` of a kind of request are raised instead of its answer, one each; those in `lost` after it was accepted.
    `told` is what the network says of the account, where that is to be something else than usual; `author` is what it
    shows of everybody's account, in the same way.
    """

    before: Hook = staticmethod(lambda _: None)
    after: Hook = staticmethod(lambda _: None)

    def __init__(self, network: Network, account: str) -> None:
        super().__init__(network, account, account, mentions=False)
        self.errors: defaultdict[str, deque[PlatformError]] = defaultdict(deque)
        self.lost: defaultdict[str, deque[PlatformError]] = defaultdict(deque)
        self.requests: Counter[str] = Counter()
        self.told: AccountFacts | None = None
        self.author: dict[str, Any] = {}

    def refuse(self, what: str, *errors: PlatformError) -> bool:
        """Let the next requests of a kind fail like this."""
        self.errors[what].extend(errors)
        return True

    def lose(self, what: str, *errors: PlatformError) -> bool:
        """Let the next requests of a kind be accepted, and fail like this all the same."""
        self.lost[what].extend(errors)
        return True

    def _asked(self, what: str, request: Callable[[], Any]) -> Any:
        self.requests[what] += 1
        self.before(what)
        if self.errors[what]:
            raise self.errors[what].popleft()
        answer = request()
        self.after(what)
        if self.lost[what]:
            raise self.lost[what].popleft()
        return answer

    def facts(self) -> Any:
        return self._asked("facts", lambda: self.told or super(FaultyPlatform, self).facts())

    def publish(self, post: Any) -> Any:
        return self._asked("publish", lambda: super(FaultyPlatform, self).publish(post))

    def reshare(self, post: Any, leave_by: Any = None) -> Any:
        return self._asked("reshare", lambda: super(FaultyPlatform, self).reshare(post, leave_by))

    def edit(self, post_id: str, edit: Any) -> None:
        self._asked("edit", lambda: super(FaultyPlatform, self).edit(post_id, edit))

    def fetch(self, uri: str, known_id: str = "") -> Any:
        post = self._asked("fetch", lambda: super(FaultyPlatform, self).fetch(uri, known_id))
        return post and replace(post, author=replace(post.author, **self.author))

    def undo_post(self, post_id: str) -> None:
        self._asked("undo", lambda: super(FaultyPlatform, self).undo_post(post_id))

    def undo_reshare(self, uri: str) -> None:
        self._asked("undo", lambda: super(FaultyPlatform, self).undo_reshare(uri))

    def own_posts(self, since: datetime, after: str = "") -> Any:
        return self._asked("look", lambda: super(FaultyPlatform, self).own_posts(since, after))

    def upload(self, file: OpenedFile, media: Media) -> Any:
        return self._asked("upload", lambda: super(FaultyPlatform, self).upload(file, media))


def platform_error(answer: Outcome = Outcome.REJECTED, **more: Any) -> PlatformError:
    """Return a platform's error, made up."""
    return PlatformError(f"made up: {answer}", answer, **more)
