"""The one switch: everybody may throw it, whoever threw it or an admin lets sending go on."""

from __future__ import annotations

from fastapi import Response

from bot.domain.users import Role
from bot.services import stop as switch
from bot.web.rendering import show, to
from bot.web.routes import AVisit, Need, NotForYou, Visit, page, write


@page("/stop")
def stop(visit: AVisit) -> Response:
    """Ask whether to stop; or say who did, what is still under way, and let it go on."""
    work = visit.console.work
    standing = switch.standing(work.store)
    under_way = switch.under_way(work) if standing else ()
    return show(
        visit,
        "stop.html",
        place="stop",
        problem="",
        under_way=under_way,
        waiting=switch.waiting(work) if standing else 0,
        may_resume=may_resume(visit),
    )


@write("/stops")
def throw(visit: AVisit) -> Response:
    """Throw the switch, at once; the page then tells what is still under way."""
    switch.throw(visit.console.work.store, visit.actor, visit.console.clock())
    return to("/stop")


@write("/resumptions", need=Need.FRESH)
def resume(visit: AVisit) -> Response:
    """Let sending go on."""
    if not may_resume(visit):
        raise NotForYou
    switch.resume(visit.console.work, visit.actor)
    return to("/")


def may_resume(visit: Visit) -> bool:
    """Return whether the visitor may let sending go on: admins, and who stopped it."""
    standing = switch.standing(visit.console.work.store)
    return standing is not None and (visit.may(Role.ADMIN) or standing.key == visit.actor.key)
