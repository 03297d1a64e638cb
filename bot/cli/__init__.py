"""The command line: thin, each command about ten lines; the heavy libraries load only when a command needs them."""

from __future__ import annotations

from bot.cli import campaign, database, deliveries, moderation, people, protection, sightings, standing, watching
from bot.cli.common import app

__all__ = [
    "app",
    "campaign",
    "database",
    "deliveries",
    "moderation",
    "people",
    "protection",
    "sightings",
    "standing",
    "watching",
]
