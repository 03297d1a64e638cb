"""What the databases' own messages mean, and how they are said: on one line, without a password, and without rows."""

from __future__ import annotations

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from bot.causes import CauseCode
from bot.errors import StoreError

SAYS_MOVED = "this store was moved"
"""What a database answers that `bot.store.identity.seal` has closed."""

_CAUSES: tuple[tuple[tuple[str, ...], CauseCode], ...] = (
    (("too many connections", "too many clients", "remaining connection slots"), CauseCode.STORE_CONNECTIONS),
    (("too many open files",), CauseCode.STORE_OPEN_FILES),
    (("disk is full", "no space left", "disk i/o", "quota exceeded", "file too large"), CauseCode.STORE_DISK),
    (
        (
            "connection failed",
            "connection is bad",
            "connection to server",
            "refused",
            "connection timeout",
            "could not translate",
            "failed to resolve",
            "closed the connection",
        ),
        CauseCode.STORE_UNREACHABLE,
    ),
    (
        ("terminating connection", "connection is closed", "connection is lost", "consuming input failed"),
        CauseCode.STORE_CUT,
    ),
    (("readonly", "read-only"), CauseCode.STORE_READ_ONLY),
    (("locked", "lock timeout", "deadlock"), CauseCode.STORE_BUSY),
    ((SAYS_MOVED,), CauseCode.STORE_MOVED),
    (("not a database", "malformed"), CauseCode.STORE_DAMAGED),
)
"""What the databases' own messages hold, and what it means; the first that fits counts."""


def said_by(error: DBAPIError) -> str:
    """Return what the database said, without the details of PostgreSQL that quote rows: what stands in a row is
    nobody's business."""
    diagnosis = getattr(error.orig, "diag", None)
    return str(getattr(diagnosis, "message_primary", None) or error.orig)


_A_HINT = " Is the server running"
"""What PostgreSQL's library adds behind what happened."""


def store_error(message: str, url: str = "") -> StoreError:
    """Return the error for what a database said, on one line and without the password of its address."""
    message = without_password(" ".join(message.split()).partition(_A_HINT)[0], url)
    return StoreError(cause_of(message), said=message.rstrip("."))


def cause_of(message: str) -> CauseCode:
    """Return what a database's message means."""
    lowered = message.lower()
    return next((code for marks, code in _CAUSES if any(mark in lowered for mark in marks)), CauseCode.STORE_FAILED)


def without_password(text: str, url: str) -> str:
    """Return a text without the password that the address of the database carries."""
    try:
        password = make_url(url).password if url else None
    except ArgumentError:
        password = None
    return text.replace(str(password), "•••") if password else text
