"""What a database says when it fails, in words that tell a person what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, TimeoutError

from bot.errors import StoreError

_NO_DATABASE = (
    "DATABASE_URL is not the address of a database that can be used from here. Write postgresql+psycopg://…, or unset "
    "it: the campaign is then kept in var/groundswell.db."
)
_NO_CONNECTION_LEFT = (
    "The store has no connection left for this process. It is tried again, and nothing is sent while it lasts."
)

_ADVICE: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("connection failed", "refused", "connection timeout", "could not translate", "closed the connection"),
        "See that the database server runs and that DATABASE_URL is its address; it is tried again by itself.",
    ),
    (
        ("terminating connection", "connection is closed", "connection is lost", "consuming input failed"),
        "The connection to the database was cut; it is made anew by itself.",
    ),
    (
        ("disk is full", "no space left", "disk i/o"),
        "The disk is full or failing: make room, and it goes on by itself.",
    ),
    (
        ("readonly", "read-only"),
        "The store can only be read: give this user the right to write into its folder.",
    ),
    (
        ("locked", "lock timeout", "deadlock"),
        "Another process keeps the store busy: look for a second bot, or a backup, that hangs.",
    ),
    (
        ("this store was moved",),
        "It is kept as it was then: set DATABASE_URL to where it lives now, and start again.",
    ),
    (
        ("not a database", "malformed"),
        "The file is not a Groundswell store or is damaged: bot db restore FILE puts a backup there.",
    ),
)
_NOTHING = "Nothing is sent from here while it lasts."
_OTHERWISE = "See that its folder exists and can be written, then try again."


@contextmanager
def plain_errors(url: str = "") -> Iterator[None]:
    """Turn whatever a database raises into StoreError. `url` is its address, whose password is shown to nobody."""
    try:
        yield
    except DBAPIError as error:
        raise StoreError(in_words(_said(error), url)) from None
    except (ArgumentError, ModuleNotFoundError, NoSuchModuleError):
        raise StoreError(_NO_DATABASE) from None
    except TimeoutError:
        raise StoreError(_NO_CONNECTION_LEFT) from None
    except OSError as error:
        raise StoreError(f"The store cannot be opened: {error}. {_advice(str(error))} {_NOTHING}") from None


def _said(error: DBAPIError) -> str:
    """PostgreSQL adds details that quote rows, and what stands in a row is nobody's business."""
    diagnosis = getattr(error.orig, "diag", None)
    return str(getattr(diagnosis, "message_primary", None) or error.orig)


def in_words(said: str, url: str = "") -> str:
    """What the database said, on one line, and what to do about it."""
    said = without_password(" ".join(said.split()), url)
    return f"The store said: {said.rstrip('.')}. {_advice(said)} {_NOTHING}"


def _advice(said: str) -> str:
    lowered = said.lower()
    return next((advice for marks, advice in _ADVICE if any(mark in lowered for mark in marks)), _OTHERWISE)


def without_password(text: str, url: str) -> str:
    """A text without the password that the address of the database carries."""
    try:
        password = make_url(url).password if url else None
    except ArgumentError:
        password = None
    return text.replace(str(password), "•••") if password else text
