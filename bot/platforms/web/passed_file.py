"""What keeps a file of somebody's server from being passed on, and how long that may take: all that is known of it
before one is opened, which loads an HTTP client."""

from __future__ import annotations

from enum import StrEnum

LONGEST = 600.0
"""Seconds that one file, or the part of it that is asked for, may take."""


class FileTrouble(StrEnum):
    """Why a file is not passed on."""

    UNREACHABLE = "unreachable"
    PRIVATE = "private"
    TOO_LARGE = "too_large"
    NOT_PLAYABLE = "not_playable"


class FileUnavailable(Exception):
    """A file that is not passed on."""

    def __init__(self, trouble: FileTrouble) -> None:
        super().__init__(trouble)
        self.trouble = trouble
