"""Files that never change under their address: style, scripts, fonts, icons. The address has a hash of all of them."""

from __future__ import annotations

import gzip
import hashlib
import re
from functools import cache
from pathlib import Path

from markupsafe import Markup

from bot.values import dataclass

FOLDER = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_SHRINKS = frozenset({".css", ".js", ".svg"})
_INNER = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


@dataclass(frozen=True)
class StaticFile:
    """A file as it is sent; `gzipped` is None where it does not get smaller."""

    media_type: str
    content: bytes
    gzipped: bytes | None


@cache
def files() -> dict[str, StaticFile]:
    """Return all files by their path below the folder."""
    found = {}
    for path in sorted(FOLDER.rglob("*")):
        if path.suffix in _TYPES and "icons" not in path.parts:
            content = path.read_bytes()
            gzipped = gzip.compress(content, 9, mtime=0) if path.suffix in _SHRINKS else None
            found[path.relative_to(FOLDER).as_posix()] = StaticFile(_TYPES[path.suffix], content, gzipped)
    return found


@cache
def version() -> str:
    """Return a hash of all files: it is part of their address, so that a browser may keep them for ever."""
    together = hashlib.sha256()
    for name, file in files().items():
        together.update(name.encode() + b"\0" + file.content)
    return together.hexdigest()[:12]


def address(name: str) -> str:
    """Return the address of a file."""
    assert name in files(), name
    return f"/static/{version()}/{name}"


@cache
def icon(name: str) -> Markup:
    """Return an icon as part of a page; it is never without words beside it, so that readers of screens skip it."""
    drawn = _INNER.search((FOLDER / "icons" / f"{name}.svg").read_text("utf-8"))
    assert drawn is not None, name
    paths = re.sub(r"\s+", " ", drawn.group(1)).strip()
    return Markup(f'<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{paths}</svg>')  # noqa: S704
