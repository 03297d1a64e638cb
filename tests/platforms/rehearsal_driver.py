"""The contract suite's hands on an embedded network."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from bot.domain.post import MediaKind
from bot.platforms.rehearsal.adapter import RehearsalPlatform
from bot.platforms.rehearsal.faults import FaultyAction, How
from bot.platforms.rehearsal.network import Network
from bot.platforms.rehearsal.rules import Dialect
from bot.platforms.rehearsal.state import Posted, Reshared
from tests.harness.rehearsal_networks import ManualClock
from tests.platforms.drivers import Call, Trouble

_ACTIONS = {
    Call.PUBLISH: FaultyAction.PUBLISH,
    Call.RESHARE: FaultyAction.RESHARE,
    Call.EDIT: FaultyAction.EDIT,
    Call.UPLOAD: FaultyAction.UPLOAD,
    Call.OWN_POSTS: FaultyAction.OWN_POSTS,
    Call.FETCH: FaultyAction.FETCH,
    Call.SOURCE: FaultyAction.READ,
}
_HOWS = {
    Trouble.RATE_LIMIT: How.RATE_LIMITED,
    Trouble.BAD_TOKEN: How.CLOSED,
    Trouble.REFUSAL: How.REJECTED,
    Trouble.NO_ANSWER: How.AMBIGUOUS_NOT_ACCEPTED,
    Trouble.UNAVAILABLE: How.AMBIGUOUS_NOT_ACCEPTED,
}
_LOOK = timedelta(minutes=1)


class RehearsalDriver:
    """Our account is `campaign`, the poster `worker`, on a network and a clock that are this test's own."""

    name = "rehearsal"
    hashtags: tuple[str, ...] = ("FreeBelarusUnionists", "April19_WorkersRights")
    secrets: Collection[str] = ()

    def __init__(self, dialect: Dialect) -> None:
        self._clock = ManualClock()
        self._network = Network(dialect, self._clock)
        self._ours = self.platform().handle
        self._worker = dialect.handle("worker")

    def now(self) -> datetime:
        return self._clock.now

    def platform(self) -> RehearsalPlatform:
        return RehearsalPlatform(self._network, "campaign")

    def unreachable(self) -> RehearsalPlatform:
        nowhere = Network(self._network.dialect, self._clock)
        nowhere.fail_next(FaultyAction.PUBLISH, How.NOT_SENT)
        return RehearsalPlatform(nowhere, "campaign")

    def somebody_posts(
        self, text: str, *, kind: MediaKind = MediaKind.VIDEO, at: datetime | None = None, replying: bool = False
    ) -> str:
        return self._network.post(self._worker, text, at=at, kinds=[kind], reply_to="1" if replying else "")

    def somebody_edits(self, uri: str, text: str) -> None:
        self._network.edit(uri, text)

    def somebody_deletes(self, uri: str) -> None:
        self._network.delete(uri)

    def somebody_hides(self, uri: str) -> None:
        self._network.join(self._worker, locked=True)

    def somebody_reshares(self, uri: str) -> None:
        self._network.reshare(self._worker, uri)

    def published(self) -> list[str]:
        return [post.text for post in self._our_posts()]

    def attached(self) -> list[str]:
        return [media.alt for post in self._our_posts() for media in post.media]

    def _our_posts(self) -> list[Posted]:
        with self._network.reading() as memory:
            return [one for one in memory.own(self._ours) if isinstance(one, Posted)][::-1]

    def reshared(self) -> list[str]:
        with self._network.reading() as memory:
            reshares = [one for one in memory.own(self._ours) if isinstance(one, Reshared)]
            posts = [memory.posts[one.of] for one in reshares]
        return [self._network.dialect.uri(post.handle, post.post_id) for post in posts]

    def processes_uploads(self, *, looks: int = 0, fails: bool = False) -> None:
        self._network.fail_next(FaultyAction.UPLOAD, How.SLOW, until=self._clock.now + looks * _LOOK)
        if fails:
            self._network.fail_next(FaultyAction.PROCESSING, How.REJECTED)

    def breaks(self, call: Call, trouble: Trouble) -> None:
        how = _HOWS.get(trouble, How.AMBIGUOUS_ACCEPTED)
        self._network.fail_next(_ACTIONS[call], how, until=self._clock.now + timedelta(minutes=2))

    def close(self) -> None:
        """Nothing is open."""
