"""Commands on what a person, or a rule, says of a sighting: approve, reject, flag, automatic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import checklist, shown_lines
from bot.cli.common import AsJson, ConfigPath, Expect, SightingId, Yes, actor, app, opened, print_json, say
from bot.hosts import shown_handle

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bot.domain.sighting import Sighting
    from bot.services.work import Work
    from bot.store.automatic import Automatic


@app.command()
def approve(
    sighting: SightingId,
    config: ConfigPath = None,
    as_json: AsJson = False,
    tick: Annotated[
        list[str] | None,
        typer.Option(help="What you confirm of a post held for care; asked one by one at a terminal."),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Show a video that is out or queued once more.")] = False,
    expect: Expect = None,
    yes: Yes = False,
) -> None:
    """Say yes to a post. It is reshared when its turn comes, if it is still there and unchanged.

    What is held for care takes all of the safety checklist, and the yes of two people where bot.toml says so.

    Example: bot approve 7
    """
    from bot.cli.asking import somebody_is_there
    from bot.cli.subject import confirm_sighting
    from bot.services.moderation import moderate

    ticks = checklist.named(tick or [])
    with opened(config) as campaign:
        is_asked = not ticks and not as_json and somebody_is_there()
        takes_the_checklist = is_asked and bool(moderate.care_needed(campaign.work, sighting))
        is_agreed = yes or takes_the_checklist  # which asks seven times
        confirm_sighting(campaign.work, sighting, "Approve it?", expect=expect, is_agreed=is_agreed, as_json=as_json)
        if takes_the_checklist:
            ticks = checklist.gone_through(campaign.work, sighting)
        seen = moderate.approve(campaign.work, sighting, actor(), ticks, again=again)
        with campaign.work.store.read() as tx:
            document = _document(tx, seen)
        then = _what_becomes_of(campaign.work, seen)
    if as_json:
        print_json(document)
    elif seen.state == "held":
        say(f"Your yes to sighting {seen.id} is kept. Somebody else has to approve it too: bot approve {seen.id}")
    else:
        say(f"Sighting {seen.id} by {shown_handle(seen.post.author.handle)} is approved. {then}")
        for line in shown_lines.in_the_way(seen.post):
            say(line)


def _what_becomes_of(work: Work, seen: Sighting) -> str:
    """What comes next for an approved post, on each of our accounts."""
    from bot.services import explain, forecast
    from bot.services.status import status
    from bot.store import deliveries

    now = status(work)
    with work.store.read() as tx:
        expected = forecast.of(tx, work, deliveries.of_sighting(tx, seen.id))
    if not expected:
        return f"No account of bot.toml is on {seen.post.platform}, so nothing reshares it."
    steps = {one.delivery.account: explain.next_step(work, one, now) for one in expected}
    if len(set(steps.values())) == 1:
        return next(iter(steps.values()))
    return " ".join(f"On {account}: {step}" for account, step in steps.items())


def _document(tx: Connection, seen: Sighting) -> dict[str, object]:
    from bot.services.report import sighting_json
    from bot.store import approvals

    return sighting_json(seen, approvals.of(tx, seen.id))


@app.command()
def reject(
    sighting: SightingId,
    config: ConfigPath = None,
    as_json: AsJson = False,
    expect: Expect = None,
    yes: Yes = False,
) -> None:
    """Say no to a post. It is not reshared, and a reshare that waits for its turn is called off.

    Example: bot reject 7
    """
    from bot.cli.subject import confirm_sighting
    from bot.services.moderation import moderate
    from bot.services.report import sighting_json

    with opened(config) as campaign:
        confirm_sighting(campaign.work, sighting, "Reject it?", expect=expect, is_agreed=yes, as_json=as_json)
        seen = moderate.reject(campaign.work, sighting, actor())
    if as_json:
        print_json(sighting_json(seen))
    else:
        say(f"Sighting {seen.id} by {shown_handle(seen.post.author.handle)} is rejected.")


@app.command()
def flag(sighting: SightingId, config: ConfigPath = None, as_json: AsJson = False, expect: Expect = None) -> None:
    """Have a post held for care. A yes from before does not count any more.

    Example: bot flag 7
    """
    from bot.cli.subject import confirm_sighting
    from bot.services.moderation import flag as service
    from bot.services.report import sighting_json

    with opened(config) as campaign:
        confirm_sighting(campaign.work, sighting, "", expect=expect, is_agreed=True, as_json=as_json)
        done = service.flag(campaign.work, sighting, actor())
    if as_json:
        print_json(sighting_json(done.seen))
    elif done.out:
        undo = " and ".join(f"bot undo {one}" for one in done.out)
        say(f"Sighting {sighting} is flagged. It is out already, and stays out; to take it back, run: {undo}")
    else:
        say(f"Sighting {sighting} is flagged. Approving it takes the safety checklist: bot approve {sighting}")


@app.command()
def automatic(
    wanted: Annotated[str | None, typer.Argument(metavar="[on|off]", help="Leave it out to see how it is.")] = None,
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """Let the rules approve posts, or not. Shows how it is, and why.

    An alarm switches it off by itself: one text from many accounts looks like somebody taking over the hashtag. While
    it is off, every post waits for a person; what was held meanwhile stays held when it is on again.

    Example: bot automatic on
    """
    from bot.services.moderation import alarm
    from bot.services.report import automatic_json

    if wanted not in {None, "on", "off"}:
        raise typer.BadParameter(f"'{wanted}' is neither on nor off")
    with opened(config) as campaign:
        work = campaign.work
        now = alarm.switch(work, actor(), on=wanted == "on") if wanted else alarm.standing(work)
    if as_json:
        print_json(automatic_json(now))
    else:
        typer.echo(in_words(now))


def in_words(now: Automatic) -> str:
    """How automatic approval stands, for people."""
    state = "on: posts of trusted authors need no person" if now.is_on else "off: every post waits for a person"
    since = f" (since {now.since:%d %b %H:%M} UTC: {now.why})" if now.since else ""
    then = "" if now.is_on else "\nLook at: bot sightings --state held. To go on: bot automatic on"
    return f"Automatic approval is {state}{since}.{then}"
