"""Commands on sightings: what was seen under the hashtags, and what a person says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.common import AsJson, ConfigPath, SightingId, actor, app, opened, print_json, print_table, say

if TYPE_CHECKING:
    from bot.domain.sighting import Sighting


@app.command()
def sightings(
    config: ConfigPath = None,
    as_json: AsJson = False,
    state: Annotated[
        list[str] | None, typer.Option(help="held, approved, rejected, reshared or gone; may be given several times.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most this many.")] = None,
) -> None:
    """List the posts seen under the campaign's hashtags.

    Example: bot sightings --state held
    """
    from bot.domain.sighting import SightingState
    from bot.services.report import sighting_json
    from bot.store import sightings as store

    try:
        wanted = [SightingState(name) for name in state or []] or None
    except ValueError as error:
        known = ", ".join(one.value for one in SightingState)
        raise typer.BadParameter(f"{error}; the states are {known}") from None
    with opened(config) as campaign, campaign.work.store.read() as tx:
        found = store.listed(tx, wanted, limit)
    if as_json:
        print_json([sighting_json(seen) for seen in found])
        return
    headings = ("ID", "STATE", "SEEN (UTC)", "AUTHOR", "KIND", "WHY", "ADDRESS")
    print_table(headings, [_row(seen) for seen in found], "Nothing was seen yet. `bot run` watches the hashtags.")


def _row(seen: Sighting) -> tuple[object, ...]:
    post = seen.post
    why = ", ".join(seen.judgement.reasons)
    return (seen.id, seen.state, f"{seen.seen_at:%d %b %H:%M}", post.author.handle, ",".join(post.kinds), why, post.url)


@app.command()
def approve(sighting: SightingId, config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Say yes to a post. It is reshared when its turn comes, if it is still there and unchanged.

    Example: bot approve 7
    """
    from bot.services import moderate
    from bot.services.report import sighting_json

    with opened(config) as campaign:
        seen = moderate.approve(campaign.work, sighting, actor())
    if as_json:
        print_json(sighting_json(seen))
    else:
        say(f"Sighting {seen.id} by {seen.post.author.handle} is approved. Its turn is in: bot queue --state planned")


@app.command()
def reject(sighting: SightingId, config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Say no to a post. It is not reshared, and a reshare that waits for its turn is called off.

    Example: bot reject 7
    """
    from bot.services import moderate
    from bot.services.report import sighting_json

    with opened(config) as campaign:
        seen = moderate.reject(campaign.work, sighting, actor())
    if as_json:
        print_json(sighting_json(seen))
    else:
        say(f"Sighting {seen.id} by {seen.post.author.handle} is rejected.")


@app.command()
def forget(
    author: Annotated[str, typer.Argument(help='Their handle, "@user@host" or "x:handle".')],
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """Forget an author for good. Every reshare is taken back, and what is stored of them goes.

    Example: bot forget @anna@mastodon.example
    """
    from bot.services import forget as service

    with opened(config, connect=True) as campaign:
        report = service.forget(campaign.work, author, actor())
    if as_json:
        print_json(report)
    else:
        say(f"Forgotten: {report['sightings']} sightings, {report['undone']} reshares taken back.")


@app.command()
def purge(
    config: ConfigPath = None,
    as_json: AsJson = False,
    days: Annotated[int, typer.Option(min=0, help="Purge decided sightings older than this.")] = 7,
    undecided_days: Annotated[int, typer.Option(min=0, help="Purge undecided sightings older than this.")] = 30,
) -> None:
    """Remove what is stored of posters and needed no more. Figures stay.

    Example: bot purge --days 0
    """
    from bot.services import forget as service

    with opened(config) as campaign:
        count = service.purge(campaign.work, days, undecided_days, actor())
    if as_json:
        print_json({"purged": count})
    else:
        say(f"{count} sightings were purged.")
