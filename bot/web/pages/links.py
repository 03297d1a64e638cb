"""An address that posts wait for: typed by an admin, shown as readers will follow it, written into bot.toml, and
corrected where it was typed wrong."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlsplit

from fastapi import Response
from starlette.exceptions import HTTPException

from bot.app import App
from bot.domain.users import Role
from bot.errors import Refused
from bot.services import today, typed_address
from bot.services.status import CampaignStatus
from bot.services.today import NeedCode
from bot.services.typed_address import FolderUse
from bot.store.typed_addresses import TypedAddress
from bot.values import dataclass
from bot.web import needs
from bot.web.languages import Speech
from bot.web.rendering import refused, show, speech_of, to
from bot.web.routes import Asked, AVisit, Need, Text, Visit, page, write

_MISSING = frozenset({NeedCode.LINK_DUE, NeedCode.LINK_MISSING})


@dataclass(frozen=True)
class AddressEntry:
    """Whether the visitor can write an address here, and if not, `why_not` in words."""

    is_open: bool
    why_not: str = ""


def entry(visit: Visit, stands: CampaignStatus) -> AddressEntry:
    """Return what the form for a missing address shows: that the visitor can write it, or why not."""
    speech = speech_of(visit)
    use = folder_use(visit, stands)
    if use is FolderUse.ELSEWHERE:
        return AddressEntry(False, _elsewhere(stands, speech))
    if use is FolderUse.READ_ONLY:
        return AddressEntry(False, speech.gettext("This console cannot write files: it is written in bot.toml."))
    if not visit.may(Role.ADMIN):
        return AddressEntry(False, speech.gettext("An admin can write it here, or in bot.toml."))
    return AddressEntry(True)


def folder_use(visit: Visit, stands: CampaignStatus) -> FolderUse:
    """Return who uses what is written into the console's folder; what a rehearsal is told is kept in memory."""
    work = visit.console.work
    return FolderUse.SHARED if work.is_rehearsal else typed_address.folder_use(work, stands.workers)


def _elsewhere(stands: CampaignStatus, speech: Speech) -> str:
    (host,) = {worker.beat.host for worker in (stands.running or stands.workers)[:1]}
    return speech.say("It is written in bot.toml on %(host)s: the worker there reads another folder.", host=host)


@page("/links/{name}", role=Role.ADMIN)
def link(visit: AVisit, name: str, address: Asked = "") -> Response:
    """Ask for an address that is missing, or typed wrong; or show the one that was typed, and ask whether it is the
    right one."""
    if not address.strip():
        return _link_page(visit, name)
    try:
        return _link_page(visit, name, typed_address.address_in(address))
    except Refused as error:
        return _link_page(visit, name, typed=address, problem=error)


@write("/links/{name}", role=Role.ADMIN)
def write_down(visit: AVisit, name: str, address: Text = "", seen: Text = "") -> Response:
    """Write an address down, where the files are as they were when it was asked for."""
    return _write(visit, name, address, seen, corrects=False)


@write("/links/{name}/correction", role=Role.ADMIN, need=Need.FRESH)
def correct(visit: AVisit, name: str, address: Text = "", seen: Text = "") -> Response:
    """Write another address in the place of one that was typed here; posts may be out with that already."""
    return _write(visit, name, address, seen, corrects=True)


def _write(visit: Visit, name: str, address: str, seen: str, *, corrects: bool) -> Response:
    console, work = visit.console, visit.console.work
    if folder_use(visit, today.read(work).status) is not FolderUse.SHARED:
        return _link_page(visit, name, typed=address, is_refused=True)  # the page says why
    try:
        if console.rehearsal is not None:
            known = typed_address.rehearse(work, name, address, visit.actor, corrects=corrects)
            console.rehearsal.playback.rehearsal.learn_address(name, known)
        elif isinstance(console.app, App):
            put = typed_address.correct if corrects else typed_address.write_down
            put(work, console.app.path, name, address, visit.actor, seen)
            console.look_at_files()
    except Refused as error:
        return _link_page(visit, name, typed=address, problem=error)
    return to("/")


def _link_page(
    visit: Visit,
    name: str,
    address: str = "",
    typed: str = "",
    problem: Refused | None = None,
    *,
    is_refused: bool = False,
) -> Response:
    console, speech = visit.console, speech_of(visit)
    links = console.work.config.campaign.links
    if name not in links:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    stands = today.read(console.work)
    waiting = next((each for each in stands.waits if each.code in _MISSING and each.link == name), None)
    return show(
        visit,
        "link.html",
        HTTPStatus.CONFLICT if problem or is_refused else HTTPStatus.OK,
        place="today",
        top=stands.band,
        link=name,
        known=links[name],
        by_person=stands.typed.get(name),
        follows=_follows(visit, stands.typed[name]) if name in stands.typed else "",
        entry=entry(visit, stands.status),
        need=needs.need(waiting, speech) if waiting else None,
        address=address,
        host=urlsplit(address).hostname,
        typed=typed or address,
        seen=typed_address.mark_of(console.app.path) if isinstance(console.app, App) else "",
        problem=refused(visit, problem) if problem else "",
    )


def _follows(visit: Visit, typed: TypedAddress) -> str:
    """Return what a correction does to the posts that have the address as it is now."""
    speech, use = speech_of(visit), typed_address.use_of(visit.console.work, typed)
    said = []
    if use.to_go:
        said.append(
            speech.spelled(
                "One post that is still to go takes up the new address.",
                "%(num)s posts that are still to go take up the new address.",
                use.to_go,
            )
        )
    if use.out:
        said.append(
            speech.spelled(
                "One post is out with this one, or may be, and stays as it is. Its words can be changed at the "
                "terminal.",
                "%(num)s posts are out with this one, or may be, and stay as they are. Their words can be changed at "
                "the terminal.",
                use.out,
            )
        )
    return " ".join(said) or speech.gettext("No post has it in its words yet.")
