"""All posts of others that were seen, by what became of them, and each of them."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlencode

from fastapi import Response

from bot.domain.sighting import SightingState
from bot.domain.users import Role
from bot.services.moderation import review_queue
from bot.services.protection.forget import FORGOTTEN
from bot.store.rows import PageKey, RowPage
from bot.web.pages.moderation import place_of, sighting_page
from bot.web.rendering import show, speech_of
from bot.web.review_card import state_name, summary
from bot.web.routes import Asked, AVisit, RowNumber, page


@page("/sightings")
def sightings(visit: AVisit, state: Asked = "", after: Asked = "") -> Response:
    """List what was seen, the newest first. Who is no moderator sees whose posts are out, and figures of the rest."""
    work, speech = visit.console.work, speech_of(visit)
    wanted = None
    with suppress(ValueError):
        wanted = SightingState(state)
    open_to_all = (SightingState.RESHARED,)
    states = (wanted,) if wanted else tuple(SightingState)
    if not visit.may(Role.MODERATOR):
        wanted, states = SightingState.RESHARED, open_to_all
    listed = review_queue.sightings_page(work, states, PageKey.parse(after))
    found, counts = listed.found, listed.counts
    if state and wanted is None:
        found = RowPage((), None)
    return show(
        visit,
        "sightings.html",
        place=place_of(visit),
        rows=[summary(row, speech, visit.console.clock()) for row in found.rows],
        counts=[(each, state_name(each, speech), counts.get(each, 0)) for each in SightingState],
        forgotten=counts.get(FORGOTTEN, 0),
        is_all=not state,
        total=sum(counts.values()),
        wanted=wanted,
        is_open=lambda each: visit.may(Role.MODERATOR) or each in open_to_all,
        after=after,
        older=f"/sightings?{urlencode({'state': state, 'after': str(found.next)})}" if found.next else "",
        newest=f"/sightings?{urlencode({'state': state})}" if after else "",
    )


@page("/sightings/{number:int}")
def sighting(visit: AVisit, number: RowNumber) -> Response:
    """Show one of them; for who is no moderator only what is out exists."""
    return sighting_page(visit, number)
