"""Where a campaign's store is; loads nothing of what opens one, which takes longer than most that is done without."""

from __future__ import annotations

import os
from pathlib import Path


def store_file(root: Path) -> Path:
    """Return the file of the campaign in this folder, which is its store unless `DATABASE_URL` names another."""
    return root / "var" / "groundswell.db"


def has_store(root: Path) -> bool:
    """Return whether the campaign in this folder has a store, as far as can be told without opening it."""
    return bool(os.environ.get("DATABASE_URL")) or store_file(root).is_file()
