"""What people call a delivery, and what they can do about it, by its state."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.delivery import DeliveryLabel, Kind, State

_ADVICE: Mapping[State, str] = {
    State.SENT: "It is out: to take it back, run: bot undo {delivery}",
    State.SENDING: "It was being sent when it was last heard of: look again in a minute with: bot show {delivery}",
    State.UNKNOWN: "Nobody knows yet whether it is out: wait, or run: bot resolve {delivery} --sent URL | --not-sent",
    State.NEEDS_DECISION: "Look at the account, then run: bot resolve {delivery} --sent URL | --not-sent",
    State.HELD: "To let it go, run: bot release {delivery}",
    State.CANCELLED: "To send it after all, run: bot retry {delivery}",
    State.REJECTED: "To try again, run: bot retry {delivery}",
    State.MISSED: "To send it late, run: bot retry {delivery}",
    State.PLANNED: "It waits for its time; to keep it back, run: bot hold {delivery}",
    State.CLAIMED: "It was about to be sent when it was last heard of: look again with: bot show {delivery}",
}


def advice(delivery: int, state: State) -> str:
    """Return what comes next for a delivery in this state, or what to do."""
    return _ADVICE[state].format(delivery=delivery)


def tried_on(*, is_worker_running: bool) -> str:
    """Return who goes on with what could not be done now, as the beginning of a sentence."""
    if is_worker_running:
        return "The worker that runs tries on"
    return "No worker runs that could try on: run the same command again, or start one: bot run"


def delivery_name(label: DeliveryLabel) -> str:
    """Return a delivery as people speak of it."""
    if label.kind is not Kind.RESHARE:
        return f"{label.message} ({label.day}, {label.language}) on {label.account}"
    sighting_text = (
        f"sighting {label.sighting}" if label.sighting is not None else "a sighting that is not kept any more"
    )
    return f"the reshare of {sighting_text} on {label.account}"
