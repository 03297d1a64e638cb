"""What a moderator does with the posts that wait: each key in turn, whatever shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from enum import StrEnum

from bot.cli.words.checklist import statements
from bot.cli.words.posts import ago_text
from bot.cli.words.refusals import refusal_text
from bot.domain.moderation import OF_A_NO, ChecklistItem
from bot.domain.sighting import Sighting, SightingState
from bot.errors import Refused, RefusedCode
from bot.services.moderation import approval, review_queue
from bot.services.moderation.review_queue import ReviewCard
from bot.services.work import Work
from bot.values import dataclass

KEYS = (
    ("y", "yes"),
    ("n", "no"),
    ("s", "skip"),
    ("f", "flag"),
    ("o", "open"),
    ("u", "undo"),
    ("q", "quit"),
    ("?", "help"),
)
HELP = (
    ("y", "Yes: it is reshared when its turn comes. What is held for care asks the checklist first."),
    ("n", "No: then a number for the reason, or Enter for none."),
    ("s", "Skip: leave it to others. It stays in the queue."),
    ("f", "Flag: have it held for care, so that a yes takes the checklist."),
    ("o", "Open the post in the browser, or show its address."),
    ("u", "Undo the last decision, as often as there are some."),
    ("Space", "Read on, where a post is longer than the screen; b goes back."),
    ("q", "Quit. What is decided stays decided."),
)
_CYRILLIC = str.maketrans("нтыфщгйи", "ynsfouqb")
"""The same keys on a Belarusian or Russian keyboard."""

_NO_TEXT = "a person's no: "
_PASSED = frozenset({RefusedCode.SIGHTING_GONE, RefusedCode.ALREADY_RESHARED, RefusedCode.NO_SUCH_SIGHTING})
"""There is nothing to decide any more."""


class Mode(StrEnum):
    """What the next key is taken for."""

    LOOK = "look"
    CHECKLIST = "checklist"
    REASON = "reason"
    HELP = "help"
    END = "end"
    """Nothing waits any more."""


@dataclass(frozen=True)
class Made:
    """One decision: how the sighting was before and after it."""

    what: str
    before: Sighting
    after: Sighting


@dataclass
class ReviewDesk:
    """One person's way through the queue. `is_read` says whether the post was shown to its end."""

    work: Work
    by: str
    open_address: Callable[[str], bool]
    mode: Mode = Mode.LOOK
    card: ReviewCard | None = None
    notice: str = ""
    page: int = 0
    is_read: bool = False
    ended: bool = False
    made: list[Made] = field(default_factory=list)
    skipped: list[int] = field(default_factory=list)
    ticks: list[ChecklistItem] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)

    def begin(self) -> None:
        """Take up the first post that waits."""
        self._next()

    @property
    def sentences(self) -> Mapping[ChecklistItem, str]:
        """The checklist for the post that is shown."""
        rules = self.work.config.moderation
        shows_another = bool(self.card and self.card.sighting.post.shows)
        return statements(shows_another=shows_another, risk=rules.risk, own=rules.checklist)

    @property
    def item(self) -> ChecklistItem | None:
        """The point of the checklist that is asked now."""
        return next((item for item in self.sentences if item not in self.ticks), None)

    def press(self, typed: str) -> None:
        """Do what a key stands for."""
        key = typed.casefold().translate(_CYRILLIC)
        match self.mode:
            case Mode.HELP:
                self.mode = Mode.LOOK if self.card else Mode.END
            case Mode.CHECKLIST:
                self._answer(key)
            case Mode.REASON:
                self._give_reason(key)
            case _:
                self._look(key)

    def _look(self, key: str) -> None:
        match key:
            case "q":
                self.ended = True
            case "?" | "h":
                self.mode = Mode.HELP
            case "u":
                self._undo()
            case "s" if self.mode is Mode.END:
                self.skipped.clear()
                self.notice = ""
                self._next()
            case _ if self.card is not None:
                self._decide(key, self.card)

    def _decide(self, key: str, card: ReviewCard) -> None:
        match key:
            case "y":
                self._say_yes(card)
            case "n" | "x":
                self.mode, self.notice = Mode.REASON, ""
            case "s":
                self.skipped.append(card.sighting.id)
                self._done(f"Sighting {card.sighting.id} is left to others.")
            case "f":
                self._do("flagged", lambda seen: approval.flag(self.work, seen.id, self.by, as_seen=seen).seen)
            case "o":
                self._open(card.sighting.post.url)
            case " ":
                self.page += 0 if self.is_read else 1
            case "b":
                self.page = max(0, self.page - 1)

    def _open(self, url: str) -> None:
        self.notice = "It is opened in the browser." if self.open_address(url) else f"Open this address: {url}"

    def _say_yes(self, card: ReviewCard) -> None:
        if card.forbidden:
            self.notice = f"Nobody may approve it: {', '.join(card.forbidden)}."
        elif not self.is_read:
            self.notice = "There is more of it. Read to its end first: Space."
        elif card.care:
            self.mode, self.notice = Mode.CHECKLIST, ""
            self.ticks.clear()
        else:
            self._approve()

    def _answer(self, key: str) -> None:
        item = self.item
        if key == "y" and item is not None:
            self.ticks.append(item)
            if self.item is None:
                self.mode = Mode.LOOK
                self._approve()
        elif key == "n":
            self.mode = Mode.LOOK
            self.notice = "Not approved: one point is not so, or not known. n says no, s leaves it to others."
        elif key in {"q", "\x1b", "u", "s"}:
            self.mode, self.notice = Mode.LOOK, "Not approved."

    def _approve(self) -> None:
        ticks = tuple(self.ticks)
        self.ticks.clear()
        self._do("yes", lambda seen: approval.approve(self.work, seen.id, self.by, ticks, as_seen=seen))

    def _give_reason(self, key: str) -> None:
        if key in {"q", "\x1b", "u", "b"}:
            self.mode = Mode.LOOK
            return
        if key not in {"\r", "\n", "n", *map(str, range(1, len(OF_A_NO) + 1))}:
            return
        why = OF_A_NO[int(key) - 1] if key.isdigit() else None
        self.mode = Mode.LOOK
        self._do("no", lambda seen: approval.reject(self.work, seen.id, self.by, why, as_seen=seen))

    def _do(self, what: str, decide: Callable[[Sighting], Sighting]) -> None:
        """Decide on the post as it was shown; what was decided or changed meanwhile is said instead."""
        if self.card is None:
            return
        sighting = self.card.sighting
        try:
            after = decide(sighting)
        except Refused as refused:
            self.mode = Mode.LOOK
            self._refused(refused, what)
            return
        self.made.append(Made(what, sighting, after))
        is_half = what == "yes" and after.state is SightingState.HELD
        said = "your yes is kept, and somebody else has to say yes too" if is_half else what
        if is_half:
            self.skipped.append(sighting.id)
        if what == "flagged":
            self.skipped.append(sighting.id)
        self._done(f"Sighting {sighting.id}: {said}. u takes it back.")

    def _refused(self, refused: Refused, what: str) -> None:
        if refused.code in _PASSED or refused.code is RefusedCode.DECIDED_MEANWHILE:
            self.look_again(is_no=what == "no")
        elif refused.code is RefusedCode.POST_CHANGED:
            self._show_again("It has changed since you saw it. This is how it is now.")
        else:
            self.notice = refusal_text(refused)

    def look_again(self, *, is_no: bool = False) -> None:
        """See whether somebody has decided, or the post has changed, since it was shown.

        A person's no to what somebody else has said yes to is not passed over: they are asked once more.
        """
        if self.card is None:
            if self.mode is Mode.END:
                self._next()
            return
        before = self.card.sighting
        now = review_queue.stands(self.work, before.id)
        if now is None:
            self._done(f"Sighting {before.id} is not stored any more.")
        elif now.state is not before.state or now.decided_at != before.decided_at:
            self._decided_by_others(now, is_no=is_no)
        elif now.judgement != before.judgement or now.post != before.post:
            self._show_again("It has changed since you saw it. This is how it is now.")

    def _decided_by_others(self, now: Sighting, *, is_no: bool) -> None:
        who = now.decided_by or "Somebody"
        said = {SightingState.REJECTED: "no", SightingState.GONE: "hid or deleted it"}.get(now.state, "yes")
        when = f" {ago_text(now.decided_at, self.work.clock())}" if now.decided_at else ""
        words = f"{who} said {said}{when}"
        if now.state is SightingState.GONE:
            words = "its author deleted or hid it"
        if now.state is SightingState.APPROVED and (is_no or self.mode is Mode.REASON):
            self._show_again(f"{words}. n says no all the same, s passes on.")
        else:
            self._done(f"Sighting {now.id}: {words}.")

    def _show_again(self, notice: str) -> None:
        number = self.card.sighting.id if self.card else 0
        self.mode, self.page, self.is_read, self.notice = Mode.LOOK, 0, False, notice
        self.ticks.clear()
        self.card = review_queue.card(self.work, number)

    def _undo(self) -> None:
        if not self.made:
            self.notice = "There is nothing to undo."
            return
        last = self.made.pop()
        try:
            approval.reconsider(self.work, last.before, last.after, self.by)
        except Refused as refused:
            self.notice = f"That cannot be undone here. {refusal_text(refused)}"
            return
        self.skipped = [number for number in self.skipped if number != last.before.id]
        self.card = review_queue.card(self.work, last.before.id)
        self.mode, self.page, self.is_read = Mode.LOOK, 0, False
        self._count_waiting()
        self.notice = f"Taken back: {last.what}. It waits again."

    def _done(self, notice: str) -> None:
        self._next()
        self.notice = notice

    def _next(self) -> None:
        """Take up the next that waits; new ones have joined at the end."""
        self._count_waiting()
        current = self.card.sighting.id if self.card else 0
        later = [number for number in self.waiting if number != current]
        self.page, self.is_read = 0, False
        self.card = review_queue.card(self.work, later[0]) if later else None
        self.mode = Mode.LOOK if self.card else Mode.END

    def _count_waiting(self) -> None:
        self.waiting = [number for number in review_queue.waiting(self.work) if number not in self.skipped]

    def counts(self) -> str:
        """Return how far it has come."""
        return f"{len(self.waiting)} waiting, {len(self.made)} decided"


def reason_lines() -> list[tuple[str, str]]:
    """Return the reasons of a no with their keys."""
    return [(str(place), str(reason).removeprefix(_NO_TEXT)) for place, reason in enumerate(OF_A_NO, 1)]
