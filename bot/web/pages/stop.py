"""The one switch: everybody may throw it, whoever threw it or an admin lets sending go on."""

from __future__ import annotations

from fastapi import Response

from bot.domain.users import Role
from bot.services import stop as switch
from bot.services.band import band_of
from bot.store.control import StopReason, StopStanding
from bot.web.languages import Speech
from bot.web.rendering import show, speech_of, to
from bot.web.routes import AVisit, Need, NotForYou, Text, Visit, page, write


@page("/stop")
def stop(visit: AVisit) -> Response:
    """Ask whether to stop; or say who did, what is still under way, and let it go on."""
    work = visit.console.work
    standing, due = switch.stands(work)
    return show(
        visit,
        "stop.html",
        place="stop",
        top=band_of(work, standing, visit.console.clock()),
        problem="",
        under_way=switch.under_way(work) if standing.stop else (),
        waiting=due,
        may_resume=may_resume(visit, standing.stop),
        reasons=_reasons(speech_of(visit)),
        reason=standing.stop.reason if standing.stop else None,
    )


def _reasons(speech: Speech) -> dict[StopReason, str]:
    """Return the reasons for which somebody may stop, in words."""
    return {
        StopReason.DANGER: speech.gettext("Somebody may be in danger."),
        StopReason.WRONG_POST: speech.gettext("A post is wrong."),
        StopReason.TAKEN_OVER: speech.gettext("Our account, or our hashtag, was taken over."),
        StopReason.NO_DAY_FOR_IT: speech.gettext("After what has happened, this is no day for it."),
        StopReason.OTHER: speech.gettext("Another reason."),
    }


@write("/stops")
def throw(visit: AVisit, why: Text = "") -> Response:
    """Throw the switch, at once; the page then tells what is still under way. What is no reason stops all the same."""
    reason = next((each for each in StopReason if each == why), None)
    switch.throw(visit.console.work.store, visit.actor, visit.console.clock(), reason)
    return to("/stop")


@write("/resumptions", need=Need.FRESH)
def resume(visit: AVisit) -> Response:
    """Let sending go on."""
    standing = switch.standing(visit.console.work.store)
    if standing is None:
        return to("/")  # it goes on already: somebody else has let it, or this form was sent twice
    if not may_resume(visit, standing):
        raise NotForYou
    switch.resume(visit.console.work, visit.actor)
    return to("/")


def may_resume(visit: Visit, standing: StopStanding | None) -> bool:
    """Return whether the visitor may let sending go on: admins, and who stopped it."""
    return standing is not None and (visit.may(Role.ADMIN) or standing.key == visit.actor.key)
