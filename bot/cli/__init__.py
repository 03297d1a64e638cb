"""The command line: thin, each command about ten lines; the heavy libraries load only when a command needs them."""

from __future__ import annotations

from bot.cli import campaign, database, deliveries, people, sightings, standing
from bot.cli.common import app

__all__ = ["app", "campaign", "database", "deliveries", "people", "sightings", "standing"]
