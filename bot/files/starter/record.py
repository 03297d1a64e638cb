"""What a campaign remembers of the one that it was taken over from."""

from __future__ import annotations

from pathlib import Path

import msgspec

RECORD = "pack.json"
"""The file in a pack, and in the folder of a campaign that was taken over."""


class PackRecord(msgspec.Struct, frozen=True):
    """What a pack says of the campaign that it was made of: the platform of each account, and its texts by path."""

    name: str = ""
    accounts: dict[str, str] = {}
    texts: dict[str, list[str]] = {}


def taken_over(root: Path) -> PackRecord:
    """Return the record of a campaign that was taken over; an empty one for any other, and for one that cannot be
    read."""
    try:
        return msgspec.json.decode((root / RECORD).read_bytes(), type=PackRecord)
    except (OSError, msgspec.MsgspecError):
        return PackRecord()
