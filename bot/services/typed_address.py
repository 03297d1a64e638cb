"""An address that posts wait for, written into bot.toml by a person in the console, or corrected there by one: the file
as they saw it, whole."""

from __future__ import annotations

import fcntl
import ipaddress
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from functools import partial
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import urlsplit

from bot.domain.actor import By
from bot.domain.delivery import NOT_BEGUN, OUT, OUT_OR_QUEUED
from bot.errors import Fault, FaultyFiles, Refused, RefusedCode, Severity, StoreError
from bot.files.config.address import is_loopback, link_fault
from bot.lookalikes import odd_letter
from bot.services.database.known_limits import remembered_limits
from bot.services.drafting import drafts_in_subprocess
from bot.services.events import EventName
from bot.services.heartbeat import folder_mark
from bot.services.status import WorkerStatus
from bot.services.work import Work
from bot.store import control, identity, typed_addresses
from bot.store.control import AuditAction
from bot.store.typed_addresses import TypedAddress
from bot.values import dataclass

_LINKS = "links"
_LONGEST = 2000


class FolderUse(StrEnum):
    """Whether what is written into this campaign's folder goes out."""

    SHARED = "shared"
    """The workers read it, as far as any is known."""

    ELSEWHERE = "elsewhere"
    """A worker reads another folder."""

    READ_ONLY = "read_only"
    """Nothing can be written here."""


def folder_use(work: Work, workers: Sequence[WorkerStatus]) -> FolderUse:
    """Return the use of what is written here: whether it is what those workers read; where none runs, the newest that
    did."""
    own = folder_mark(work.root)
    asked = [worker for worker in workers if worker.is_running] or workers[:1]
    if not all(worker.beat.mark == own if own and worker.beat.mark else worker.is_here for worker in asked):
        return FolderUse.ELSEWHERE
    return FolderUse.SHARED if os.access(work.root, os.W_OK | os.X_OK) else FolderUse.READ_ONLY


def mark_of(path: Path) -> str:
    """Return what tells this very content of a file from any other; "" where it cannot be read."""
    with suppress(OSError):
        return _mark(path.read_bytes())
    return ""


def _mark(content: bytes) -> str:
    return sha256(content).hexdigest()


def address_in(typed: str) -> str:
    """Return the address that somebody typed or pasted, "https://" before it where they left that out. Raise Refused
    for what is none that readers could follow."""
    address = typed.strip()
    if "://" not in address:
        address = f"https://{address}"
    is_odd = len(address) > _LONGEST or link_fault(address) or odd_letter(address)
    if is_odd or not _reaches_readers(urlsplit(address).hostname or ""):
        raise Refused(RefusedCode.ADDRESS_NOT_USABLE, written=typed.strip())
    return address


def _reaches_readers(host: str) -> bool:
    """Return whether a host may be anybody's on the web, and not this machine or one of a network of ours."""
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_global
    labels = host.removesuffix(".").split(".")
    return len(labels) > 1 and all(labels) and not is_loopback(host)


def write_down(work: Work, path: Path, link: str, typed: str, by: By, as_seen: str) -> str:
    """Write an address under `[links]` of bot.toml, where none stands yet, and return it. The next look of a worker
    plans what waited for it.

    Raise Refused where it is no address, somebody has changed the file since it was seen (`as_seen`), the address is
    known already, the files would have a mistake that they have not now, or the file cannot be written.
    """
    return _written(work, path, link, typed, by, as_seen, instead=None)


def correct(work: Work, path: Path, link: str, typed: str, by: By, as_seen: str) -> str:
    """Write an address in the place of the one that somebody typed in the console, and return it. What is still to go
    takes it up with the next look of a worker; what is out stays as it is.

    Raise Refused as `write_down` does; what was written with an editor is corrected with one.
    """
    return _written(work, path, link, typed, by, as_seen, instead=_typed_before(work, link))


def _typed_before(work: Work, link: str) -> str | None:
    with work.store.read() as tx:
        typed = typed_addresses.typed_of(identity.read_metadata(tx).raw).get(link)
    return typed.address if typed else None


def rehearse(work: Work, link: str, typed: str, by: By, *, corrects: bool) -> str:
    """Return the address that is typed in a rehearsal, where no file is written. Raise Refused as `write_down` and
    `correct` do."""
    address, known = address_in(typed), work.config.campaign.links.get(link)
    may_be_written = not known or known == address or (corrects and known == _typed_before(work, link))
    if known is None or not may_be_written:
        raise Refused(RefusedCode.ADDRESS_KNOWN, link=link)
    with work.store.begin() as tx:
        typed_addresses.keep(tx, link, TypedAddress(address, work.clock(), str(by)))
    return address


def _written(work: Work, path: Path, link: str, typed: str, by: By, as_seen: str, *, instead: str | None) -> str:
    """Write an address where none stands yet, or `instead` of this one."""
    from bot.files.toml.edit import text_in, with_text  # what edits TOML takes 0.6 MB, and is needed seldom

    address, path = address_in(typed), path.resolve()
    with _alone(path):
        content = path.read_bytes()
        known = (text_in(content, _LINKS, link) or "").strip()
        if known == address:
            return address  # pressed twice is pressed once
        if known and known != instead:
            raise Refused(RefusedCode.ADDRESS_KNOWN, link=link)
        if _mark(content) != as_seen:
            raise Refused(RefusedCode.FILE_CHANGED_MEANWHILE, name=path.name)
        changed = with_text(content, _LINKS, link, address)
        if changed is None:
            raise Refused(RefusedCode.FILE_NOT_CHANGEABLE, name=path.name)
        try:
            _replace(path, changed, partial(_refuse_new_faults, work, path))
        except OSError as error:
            raise Refused(RefusedCode.FILE_NOT_CHANGEABLE, name=path.name) from error
        try:
            with work.store.begin() as tx:
                hashes = f"{as_seen[:12]} {_mark(changed)[:12]}"
                action = AuditAction.CORRECT_ADDRESS if known else AuditAction.WRITE_ADDRESS
                control.write_audit(tx, work.clock(), by, action, f"link {link}", hashes)
                typed_addresses.keep(tx, link, TypedAddress(address, work.clock(), str(by)))
        except StoreError:
            _replace(path, content)  # who is told that nothing was changed finds it so
            raise
    if known:
        work.tell(EventName.ADDRESS_CORRECTED, link=link, address=address, before=known, by=str(by))
    else:
        work.tell(EventName.ADDRESS_WRITTEN, link=link, address=address, by=str(by))
    return address


@dataclass(frozen=True)
class AddressUse:
    """How many posts have an address in their words: those that are `out`, or may be, and those that are `to_go`."""

    out: int
    to_go: int


_LATEST = timedelta(days=14)
"""Nothing goes out so long after it was due."""


def use_of(work: Work, typed: TypedAddress) -> AddressUse:
    """Return the use that posts make of an address that was typed."""
    with work.store.read() as tx:
        states = typed_addresses.states_of_posts_with(tx, typed.address, OUT_OR_QUEUED, typed.at - _LATEST)
    return AddressUse(sum(state in OUT for state in states), sum(state in NOT_BEGUN for state in states))


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep other processes from changing the same folder's files in the same way meanwhile."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _replace(path: Path, content: bytes, check: Callable[[Path], None] = lambda _beside: None) -> None:
    """Write a file's new content beside it, `check` the campaign with that, and put it in its place at once."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as beside:
        try:
            os.fchmod(beside.fileno(), stat.S_IMODE(path.stat().st_mode))
            beside.write(content)
            beside.flush()
            os.fsync(beside.fileno())
            check(Path(beside.name))
            os.replace(beside.name, path)
        except BaseException:
            os.unlink(beside.name)
            raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _refuse_new_faults(work: Work, path: Path, changed: Path) -> None:
    after = [_named(fault, changed.name, path.name) for fault in _errors(work, changed)]
    if after:
        before = set(_errors(work, path))
        new = [fault for fault in after if fault not in before]
        if new:
            raise Refused(RefusedCode.ADDRESS_BREAKS_FILES, fault=new[0])


def _errors(work: Work, path: Path) -> Sequence[Fault]:
    with work.store.read() as tx:
        limits = remembered_limits(tx, work.config)
    try:
        return drafts_in_subprocess(path, limits).errors
    except FaultyFiles as error:
        return [fault for fault in error.faults if fault.severity is Severity.ERROR]


def _named(fault: Fault, name: str, usual: str) -> Fault:
    return replace(fault, path=fault.path.replace(name, usual))
