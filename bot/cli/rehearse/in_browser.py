"""`bot rehearse --web`: the rehearsal in the console, played as a person asks for it, and shown at the terminal."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import typer

from bot.cli.app import actor
from bot.cli.rehearse.command import (
    day_of,
    face_on,
    interruptible,
    midnight,
    playable,
    say_unwritten,
    terminal,
)
from bot.cli.rehearse.screen import Screen
from bot.cli.rehearse.summary import print_summary
from bot.clock import system_clock
from bot.domain.users import is_name, name_key
from bot.platforms.rehearsal.attachments import AttachmentTransport
from bot.services.rehearsal.playback import Playback, first_rest, person_from
from bot.services.rehearsal.rehearse import Rehearsal, rehearsing, result
from bot.services.rehearsal.story import Moment
from bot.services.rehearsal.tempo import COLLEAGUE
from bot.web.console import LOOPBACK_NAMES, Console, PlayedRehearsal
from bot.web.server import listen_of, serving

_KEY_BYTES = 16


def play(path: Path, speed: float | None, until: str | None, listen: str) -> None:
    """Play the campaign of this `bot.toml` until Ctrl-C, and serve its console to this machine alone.

    Raise FaultyFiles; BadParameter for an `until` that is no day, and for an address that others reach; and Refused
    where nothing can listen there.
    """
    at, day = listen_of(listen), day_of(until)
    if not at.is_loopback:
        what = f"A rehearsal has no password, so it is shown to this machine alone. {at.host} is reached by others."
        raise typer.BadParameter(f"{what} Write 127.0.0.1:{at.port}.", param_hint="--listen")
    files, unwritten = playable(path)
    campaign, root = files.config.campaign, path.resolve().parent
    rest_at = midnight(day, campaign) if day else first_rest(campaign)
    screen = terminal()
    face = face_on(screen, files.config)
    began, consoles = time.monotonic(), list[Console]()
    with ExitStack() as opened, interruptible() as interrupted:

        def begin(note: Callable[[Moment], None]) -> Rehearsal:
            rehearsal = opened.enter_context(
                rehearsing(files.config, files.library, root, note, min(rest_at, person_from(campaign)))
            )
            for console in consoles:
                console.turn_to(rehearsal)
            return rehearsal

        playback = Playback(begin, speed, rest_at)
        name = actor()
        person = name if is_name(name) and name_key(name) != name_key(COLLEAGUE) else "moderator"
        rehearsal = PlayedRehearsal(playback, secrets.token_urlsafe(_KEY_BYTES), person, AttachmentTransport())
        consoles.append(
            Console(
                playback.rehearsal,
                lambda: playback.rehearsal.now,
                LOOPBACK_NAMES | {at.host.lower()},
                rehearsal=rehearsal,
                door_clock=system_clock,
            )
        )
        with serving(consoles[0], at, ()) as served:
            address = f"{served.address}/rehearsal/{rehearsal.key}"
            typer.echo(f"The rehearsal is at {address}")
            if isinstance(face, Screen):
                face.address = address
            with face.on(playback.rehearsal):
                playback.play(face, interrupted)
        print_summary(screen, playback.rehearsal, result(playback.rehearsal), time.monotonic() - began, True)
    say_unwritten(unwritten)
