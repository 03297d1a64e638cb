"""A post of ours in English: how it stands, what it carries, who may see it."""

from __future__ import annotations

from pathlib import PurePosixPath

from bot.cli.words.amounts import counted
from bot.cli.words.remedies import with_commands
from bot.domain.delivery import Delivery, State
from bot.domain.limits import traits_of
from bot.domain.message import Media, Visibility
from bot.domain.money import dollars
from bot.services.preview import PictureProblem, Preview, Totals

_VISIBLE = {
    Visibility.UNLISTED: "unlisted: not on hashtag pages",
    Visibility.PRIVATE: "followers only",
}
_PROBLEMS = {
    PictureProblem.GONE: "the file is gone",
    PictureProblem.CHANGED: "the file has changed since it was planned",
    PictureProblem.TOO_LARGE: "not shown, for the page would be too large to be mailed; look at the file itself",
}
_MARKED = "Marked as sensitive"
NO_ALT = "No alternative text"
_STATES = {
    State.HELD: "held",
    State.MISSED: "missed",
    State.CANCELLED: "cancelled",
    State.SENT: "out",
    State.REJECTED: "rejected",
    State.NEEDS_DECISION: "needs a decision",
    State.UNKNOWN: "maybe out",
    State.SENDING: "being sent",
    State.CLAIMED: "being sent",
}


def state_text(delivery: Delivery) -> str:
    """Return how a post stands in a word or two, "" where it goes at its time."""
    if delivery.state is State.PLANNED and delivery.waiting_for:
        return f"waits for {{{delivery.waiting_for}}}"
    return _STATES.get(delivery.state, "")


def reason_text(delivery: Delivery) -> str:
    """Return why it stands so and what is to be done about it, "" for nothing."""
    if delivery.state is State.PLANNED and delivery.waiting_for:
        return f"Waits for {{{delivery.waiting_for}}}: write the address under [links] in bot.toml."
    reasons = [with_commands(delivery.error), with_commands(delivery.trouble)]
    return " ".join(reason[0].upper() + reason[1:].rstrip(".") + "." for reason in reasons if reason)


def standing_text(delivery: Delivery) -> str:
    """Return how a post stands and why, as one sentence or two; "" where it goes at its time and nothing is wrong."""
    state, reason = state_text(delivery), reason_text(delivery)
    if not state or reason.casefold().startswith(state):
        return reason
    return f"{state[0].upper()}{state[1:]}. {reason}".rstrip()


def length_text(delivery: Delivery) -> str:
    """Return how long its longest part is, and how long it may be."""
    return f"{delivery.length}/{delivery.limit}"


def visibility_text(delivery: Delivery) -> str:
    """Return who may see it, "" for everybody."""
    return _VISIBLE.get(delivery.content.visibility, "")


def sensitive_text(delivery: Delivery) -> str:
    """Return that its pictures are covered, "" where they are not, or a content warning says so."""
    content = delivery.content
    return _MARKED if content.sensitive and not content.content_warning else ""


def price_text(preview: Preview) -> str:
    """Return what X bills for it, "" for nothing."""
    return dollars(preview.price) if preview.price else ""


def short_notes(preview: Preview) -> str:
    """Return all that a line of the calendar has to say of a post."""
    parts = len(preview.delivery.content.parts)
    notes = (state_text(preview.delivery), counted(parts, "part") if parts > 1 else "", price_text(preview))
    return ", ".join(filter(None, notes))


def media_text(media: Media) -> str:
    """Return what a file is: "Picture card.png", "Video talk.mp4, 1:23 minutes, 12.0 MB"."""
    name = PurePosixPath(media.path).name
    if not (media.is_video or media.mime_type.startswith("audio/")):
        return f"Picture {name}"
    kind = "Video" if media.is_video else "Sound"
    seconds = round(media.facts.seconds)
    length = f"{seconds // 60}:{seconds % 60:02} minutes" if seconds else ""
    return ", ".join(filter(None, (f"{kind} {name}", length, f"{media.size / 1_000_000:.1f} MB")))


def problem_text(problem: PictureProblem) -> str:
    """Return why a picture is not shown."""
    return _PROBLEMS[problem]


def counts_text(sums: Totals) -> str:
    """Return how many posts there are: "7 posts: 4 on mastodon, 3 on x"."""
    each = ", ".join(f"{count} on {account}" for account, count in sums.posts.items())
    return f"{counted(sum(sums.posts.values()), 'post')}{f': {each}' if each else ''}"


def bill_text(sums: Totals) -> str:
    """Return what they cost in all, "" where nothing does."""
    each = ", ".join(f"{dollars(price)} on {account}" for account, price in sums.prices.items())
    return f"{each}, by the prices in bot.toml" if each else ""


def warns(delivery: Delivery) -> bool:
    """Return whether its platform shows a content warning: X has none."""
    return not traits_of(delivery.platform).counts_weighted
