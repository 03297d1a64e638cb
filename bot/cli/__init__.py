"""The command line: thin, each command about ten lines; the heavy libraries load only when a command needs them."""

from __future__ import annotations

from bot.cli import db, init, login, post, protect, queued, run, sightings, sources, status, web
from bot.cli.app import app
from bot.cli.plan import command as plan

__all__ = [
    "app",
    "db",
    "init",
    "login",
    "plan",
    "post",
    "protect",
    "queued",
    "run",
    "sightings",
    "sources",
    "status",
    "web",
]
