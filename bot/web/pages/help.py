"""What the console is for, what its words mean, and what to do when something is wrong."""

from __future__ import annotations

from fastapi import Response

from bot.domain.delivery import State
from bot.web.delivery_words import state_meanings
from bot.web.rendering import show_door, speech_of
from bot.web.routes import AVisit, Need, page


@page("/help", need=Need.NOTHING)
def help_page(visit: AVisit) -> Response:
    """Show the help; nobody need be signed in to read it."""
    meanings = state_meanings(speech_of(visit))
    return show_door(visit, "help.html", meanings=[meanings[state] for state in State if state in meanings])
