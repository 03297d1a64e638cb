"""Who may be asking to be left alone, and both answers, in English."""

from __future__ import annotations

from bot.store.authors import StopRequest


def doubt_text(request: StopRequest) -> str:
    """Return what waits for a person, with both answers."""
    person = (
        f"The author of sighting {request.sighting_id}" if request.sighting_id else "Somebody whose post is not kept"
    )
    person = f"Somebody whose post sighting {request.sighting_id} shows" if request.is_shown else person
    return f"{person} may be asking to be left alone. {answers(request.sighting_id, is_shown=request.is_shown)}"


def answers(sighting_id: int | None, *, is_shown: bool = False) -> str:
    """Return what a person can say of a post that may ask for its author to be left alone, as commands."""
    if sighting_id is None:
        return "Look at what they wrote to us. They want out: bot forget AUTHOR. It is a slogan: leave it as it is."
    return (
        f"Look at what they wrote to us. They want out: bot withdraw {sighting_id}{' --shown' if is_shown else ''}. "
        f"It is a slogan: bot dismiss {sighting_id}"
    )
