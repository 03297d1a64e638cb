"""The publisher in a rehearsal: uploads and deliveries when the worker would make them, and no calls in between."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from bot.domain.delivery import Draft
from bot.services.sending import media, publish
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
    """Lets an account deliver when it has something to send, to look for, to take back, to warn of, or to give up."""

    def __init__(self) -> None:
        self._turns: dict[str, datetime] = {}
        self._next: datetime | None = None

    def next_at(self) -> datetime | None:
        """When an account has something to do next (UTC)."""
        return self._next

    def deliver(self, work: Work, events: Sequence[Event]) -> None:
        """Have those accounts deliver for which it is time. `events` are those of this step, and grow."""
        now = work.clock()
        if events:
            self.look_ahead(work)
        due = [account for account in work.platforms if self._turns.get(account, _NEVER) <= now]
        busy = set()
        for account in due:
            before = len(events)
            publish.deliver(work, account)
            if len(events) > before:
                busy.add(account)
        if due or (self._next is not None and self._next <= now):
            self.look_ahead(work, busy)

    def look_ahead(self, work: Work, busy: Collection[str] = ()) -> None:
        """Find out when there is something to do next; who was `busy` just now looks again soon.

        What is due and could not go waits for what holds it up: a pause, its turn, or its own end.
        """
        now = work.clock()
        with work.store.read() as tx:
            due, waiting = upcoming.earliest(tx)
            back = upcoming.taken_back(tx)
            held_up = [name for name in work.platforms if any(turn.get(name, _NEVER) <= now for turn in (due, back))]
            stuck = held_up or any(at <= now for at in waiting.values())
            ends = [control.account(tx, account).paused_until for account in held_up]
            late = upcoming.expiries(tx) if stuck else {}
            later = deliveries.next_due(tx, after=now) if held_up else None
        warned = {account: at - publish.WARNED_AHEAD for account, at in waiting.items()}
        too_late = {account: at + AGAIN for account, at in late.items()}
        turns = (due, back, warned, too_late)
        self._turns = {name: min(turn.get(name, _NEVER) for turn in turns) for name in work.platforms}
        again = now + AGAIN if busy and set(held_up).intersection(busy) else None
        known = (*(at for turn in turns for at in turn.values()), *ends, later, again)
        self._next = min((at for at in known if at is not None and at > now), default=None)
