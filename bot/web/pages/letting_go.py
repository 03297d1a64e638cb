"""What protects somebody and is one press: let go of an author who asked, never show one again, refuse many at once."""

from __future__ import annotations

import asyncio

from fastapi import Response

from bot.domain.users import Role
from bot.errors import Refused, RefusedCode
from bot.services.moderation import blocking, bulk, review_queue
from bot.services.protection import forget
from bot.web.pages.moderation import Notice, card_address, many_page, shown_again
from bot.web.rendering import show, to
from bot.web.review_card import reason_named
from bot.web.routes import AVisit, Numbers, RowNumber, Text, Visit, page, write

_LOCK_WAIT_S = 2.0
"""Nobody waits here for a worker that is sending: it takes back what is out as soon as it has done."""


@write("/sightings/{number:int}/withdrawal", role=Role.MODERATOR)
async def withdraw(visit: AVisit, number: RowNumber, before: Text = "", at: Text = "", shown: Text = "") -> Response:
    """Take back and forget all of an author who asked to be left alone, or of whom the post shows. What is out is asked
    back from platforms: who waits for them takes no thread that makes pages."""
    return await asyncio.to_thread(_withdrawn, visit, number, before, at, shown)


def _withdrawn(visit: Visit, number: int, before: str, at: str, shown: str) -> Response:
    work = visit.console.connected
    withdraw_of = forget.withdraw_shown_by if shown else forget.withdraw_author_of
    after = review_queue.next_for(work, visit.actor, number)
    notice, count = Notice.LET_GO, 0
    try:
        count = withdraw_of(work, number, visit.actor, _LOCK_WAIT_S)["sightings"]
    except Refused as error:
        if error.code is RefusedCode.FORGOTTEN_BUT_OUT:
            notice = Notice.STILL_OUT
        elif error.code is RefusedCode.SIGHTING_NOT_KEPT:
            notice = Notice.GONE
        else:
            return shown_again(visit, number, error, at, before)
    work.store.scrub()
    is_there = after is not None and review_queue.stands(work, after) is not None
    return to(card_address(after if is_there else None, notice=notice, count=count))


@write("/sightings/{number:int}/block", role=Role.MODERATOR)
def block(visit: AVisit, number: RowNumber, before: Text = "", at: Text = "") -> Response:
    """Block an author: what waits of theirs is refused, and whatever they post later."""
    work = visit.console.work
    try:
        blocking.block(work, number, visit.actor)
    except Refused as error:
        is_sent_twice = error.code is RefusedCode.ALREADY_BLOCKED and error.facts["by"] == visit.name
        if not is_sent_twice:
            return shown_again(visit, number, error, at, before)
    after = review_queue.next_for(work, visit.actor, number)
    return to(card_address(after, notice=Notice.BLOCKED))


@write("/sightings/rejections", role=Role.MODERATOR)
def reject_many(
    visit: AVisit, chosen: Numbers = None, why: Text = "", block_authors: Text = "", after: Text = ""
) -> Response:
    """Say no to all that were chosen and still wait; nothing is ever approved in bulk."""
    is_block = bool(block_authors)
    if not chosen:
        return many_page(visit, after, why=why, is_block=is_block, is_problem=True)
    done = bulk.reject_many(visit.console.work, chosen, visit.actor, reason_named(why), block=is_block)
    notice = Notice.MANY_BLOCKED if is_block else Notice.MANY
    counts = {"count": len(done.rejected), "others": len(done.decided)}
    return to(card_address(None, after, notice=notice, **counts, many=1))


@page("/sightings/blocks", role=Role.MODERATOR)
def blocks(visit: AVisit) -> Response:
    """List who is blocked, by whom and when, and never who they are."""
    return show(visit, "blocks.html", place="moderation", blocked=blocking.blocked(visit.console.work))


@write("/sightings/blocks/end", role=Role.MODERATOR)
def unblock(visit: AVisit, key: Text = "") -> Response:
    """Block an author no more; what was refused of theirs stays so, until somebody has it wait again."""
    blocking.unblock(visit.console.work, key, visit.actor)
    return to("/sightings/blocks")
