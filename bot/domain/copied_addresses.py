"""Addresses of posts as people copy them: what is meant, and which id stands in it."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

_AROUND_COPIED = "<>\"'“”„«»‹›()[]{}`\u200b\u200e\u200f\ufeff\u00a0 \t\r\n"
_BEHIND = ".,;:!?…"
_MARKDOWN = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_BARE_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+(?::[0-9]+)?/\S+")
_BARE_ID = re.compile(r"[0-9]{6,25}|[0-9A-HJKMNP-TV-Z]{26}|[A-Za-z0-9]{18,22}", re.ASCII)
"""Numbers, ULIDs, and the flakes of Pleroma: what people copy where an app shows nothing else."""

_ON_X = re.compile(r"(?:^|/)(?:status|statuses|post)/([0-9]{1,19})(?![0-9])")
_X_APP = re.compile(r"(?:twitter|x)://\S*?\bid=([0-9]{1,19})")
_X_FRAME = re.compile(r"(?:^|&)(?:id|tweet_?id|in_reply_to)=([0-9]{1,19})(?![0-9])", re.IGNORECASE)
"""How a frame in somebody's page, and X's buttons, name a post."""

_AN_ID = re.compile(r"[0-9]{1,25}|(?=[\w-]*[0-9])[\w-]{16,64}|[A-Za-z0-9]{18,64}", re.ASCII)
_SHOWN_BESIDE = frozenset({"photo", "video", "media", "gif", "history", "versions"})
"""What is followed by a number that is not the post's."""


def cleaned(written: str) -> str:
    """Return the address in what was typed or pasted: without brackets, quotes and the sentence around it.

    A bare id stays as it is; "" where there is neither.
    """
    text = written.strip(_AROUND_COPIED)
    if link := _MARKDOWN.search(written):
        text = link[1]
    elif match := _ADDRESS.search(written):
        text = match[0]
    text = text.strip(_AROUND_COPIED).rstrip(_BEHIND + _AROUND_COPIED)
    if _BARE_ID.fullmatch(text) or _X_APP.match(text):
        return text
    if _ADDRESS.fullmatch(text):
        return text if x_id(text) or fediverse_id(text) else _carried(text)
    return f"https://{text}" if _BARE_HOST.fullmatch(text) else ""


def x_id(address: str) -> str:
    """Return the id of a post on X, whatever host shows it; "" for none."""
    if address.isascii() and address.isdigit() and len(address) <= 19:
        return address
    if app := _X_APP.match(address):
        return app[1]
    parts = _parts(address)
    if parts is None:
        return ""
    match = _ON_X.search(unquote(parts.path)) or _ON_X.search(unquote(parts.fragment)) or _X_FRAME.search(parts.query)
    return match[1] if match else ""


def fediverse_id(address: str) -> str:
    """Return the id that stands in the address of a post on a server of the fediverse, or its bare id; "" for none."""
    if _BARE_ID.fullmatch(address):
        return address
    steps = steps_of(address)
    for place in range(len(steps) - 1, -1, -1):
        is_beside = place > 0 and steps[place - 1].lower() in _SHOWN_BESIDE
        if not is_beside and _AN_ID.fullmatch(steps[place]):
            return steps[place]
    return ""


def steps_of(address: str) -> tuple[str, ...]:
    """Return the steps of an address's path; web clients have theirs behind a "#"."""
    parts = _parts(address)
    if parts is None:
        return ()
    path = parts.fragment if parts.fragment.lstrip("!").startswith("/") else parts.path
    return tuple(unquote(step) for step in path.split("/") if step)


def hosts_in(address: str) -> tuple[str, ...]:
    """Return the hosts an address names: its own, and those that a web client has in its path."""
    parts = _parts(address)
    if parts is None or not parts.netloc:
        return ()
    return (parts.netloc, *(step for step in steps_of(address)[:1] if "." in step and not step.startswith("@")))


def _carried(address: str) -> str:
    """Return the address that another one leads to, as those of mail filters, share buttons and servers' login pages
    do."""
    parts = _parts(address)
    values = (value for _, value in parse_qsl(parts.query)) if parts else ()
    return next((value for value in values if _ADDRESS.fullmatch(value)), address)


def _parts(address: str) -> SplitResult | None:
    try:
        return urlsplit(address)
    except ValueError:
        return None
