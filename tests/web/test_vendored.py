"""Files of others are those that the list says, with their licences; nothing comes from anywhere else."""

from __future__ import annotations

import hashlib
import re
import tomllib

from bot.web.static_files import FOLDER
from tests.harness.table import each_of

PACKAGES = tomllib.loads((FOLDER / "vendored.toml").read_text("utf-8"))["package"]
LISTED = {name: file["sha256"] for package in PACKAGES for name, file in package["files"].items()}
OURS = {
    "console.css",
    "icon.svg",
    "keys.js",
    "many.js",
    "player.js",
    "presence.js",
    "everywhere.js",
    "live.js",
    "passkeys.js",
    "sentences.js",
    "swipe.js",
    "vendored.toml",
}


def test_every_file_is_ours_or_on_the_list() -> None:
    there = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()}
    assert there == OURS | set(LISTED)


@each_of("name", LISTED)
def test_a_file_is_as_it_was_fetched(name: str) -> None:
    assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == LISTED[name]


def test_each_package_brings_its_licence() -> None:
    for package in PACKAGES:
        assert package["licence"]
        assert any(name.startswith("licences/") for name in package["files"]), package["name"]


def test_no_page_asks_anybody_else() -> None:
    for path in (*FOLDER.glob("*.css"), *FOLDER.glob("*.js"), *FOLDER.parent.glob("templates/*.html")):
        if path.name in OURS or path.suffix == ".html":
            found = re.findall(r"(?:src|href|url|@import)[=( \"']+https?://", path.read_text("utf-8"))
            assert not found, path.name
