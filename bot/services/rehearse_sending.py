"""The publisher in a rehearsal: uploads and deliveries when the worker would make them, and no calls in between."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bot.domain.delivery import Draft
from bot.services import media, publish
from bot.services.work import Event, Work
from bot.store import control, deliveries, upcoming

AGAIN = timedelta(seconds=1)
"""How soon a worker looks again after it did something: its own longest sleep."""

_NEVER = datetime.max.replace(tzinfo=UTC)


class Uploading:
    """Each account's uploads, as long ahead of their posts as the worker makes them."""

    def __init__(self, drafts: Sequence[Draft]) -> None:
        carrying = (draft for draft in drafts if any(part.media for part in draft.content.parts))
        self._turns = sorted({(draft.due_at - media.AHEAD, draft.account) for draft in carrying}, reverse=True)

    def next_at(self) -> datetime | None:
        """When there is something to upload next (UTC)."""
        return self._turns[-1][0] if self._turns else None

    def upload(self, work: Work) -> None:
        """Upload what is due in a while."""
        accounts = set()
        while self._turns and self._turns[-1][0] <= work.clock():
            accounts.add(self._turns.pop()[1])
        for account in sorted(accounts):
            media.prepare(work, account)


class Sending:
    """Lets an account deliver when it has something to send, to look for, or to give up as too late."""

    def __init__(self) -> None:
        self._due: dict[str, datetime] = {}
        self._late: dict[str, datetime] = {}
        self._busy: set[str] = set()
        self._next: datetime | None = None

    def next_at(self) -> datetime | None:
        """When an account has something to do next (UTC)."""
        return self._next

    def deliver(self, work: Work, events: Sequence[Event]) -> None:
        """Have those accounts deliver for which it is time. `events` are those of this step, and grow."""
        if events:
            self.look_ahead(work)
        self._busy.clear()
        for account in work.platforms:
            if any(when.get(account, _NEVER) <= work.clock() for when in (self._due, self._late)):
                before = len(events)
                publish.deliver(work, account)
                if len(events) > before:
                    self._busy.add(account)
        self.look_ahead(work)

    def look_ahead(self, work: Work) -> None:
        """Find out when there is something to do next. What is due and could not go waits for what holds it up."""
        now = work.clock()
        with work.store.read() as tx:
            self._due = upcoming.earliest(tx)
            held_up = [account for account, at in self._due.items() if at <= now]
            self._late = upcoming.expiries(tx) if held_up or upcoming.is_waiting(tx) else {}
            ends = [control.account(tx, account).paused_until for account in held_up]
            later = deliveries.next_due(tx, after=now) if held_up else None
        again = now + AGAIN if self._busy.intersection(held_up) else None
        too_late = [at + AGAIN for at in self._late.values()]
        known = (*self._due.values(), *too_late, *ends, later, again)
        self._next = min((at for at in known if at is not None and at > now), default=None)
