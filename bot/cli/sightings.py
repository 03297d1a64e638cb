"""What was seen under the hashtags, and what was said of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.common import AsJson, ConfigPath, app, opened, print_json, print_labelled, say, say_unseen
from bot.cli.moderation import in_words
from bot.cli.sighting_lines import lines, together

if TYPE_CHECKING:
    from bot.domain.sighting import SightingState


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
    from bot.services.moderation import stop_doubts
    from bot.services.report import sighting_json
    from bot.services.status import status
    from bot.store import approvals, stop_requests
    from bot.store import automatic as standing
    from bot.store import sightings as store

    try:
        wanted = [SightingState(name) for name in state or []] or None
    except ValueError as error:
        known = ", ".join(one.value for one in SightingState)
        raise typer.BadParameter(f"{error}; the states are {known}") from None
    with opened(config) as campaign, campaign.work.store.read() as tx:
        found = store.listed(tx, wanted, limit)
        whole = len(found) if wanted is None and limit is None else len(store.listed(tx))
        said, automatic = approvals.of_all(tx, [seen.id for seen in found]), standing.read(tx)
        asking, waiting = stop_requests.sightings_asking(tx), stop_requests.all_open(tx)
        now = status(campaign.work)
    if as_json:
        print_json([sighting_json(seen, said.get(seen.id, ()), asks=seen.id in asking) for seen in found])
        return
    for seen in together(found):
        print_labelled(lines(seen, said.get(seen.id, ())))
    if not found:
        typer.echo(_nothing(wanted, whole))
    if 0 < len(found) < whole and limit is not None and wanted is None:
        say(f"These are {len(found)} of {whole}.")
    say_unseen(now)
    for one in waiting:
        say(stop_doubts.in_words(one))
    if not automatic.is_on:
        say(in_words(automatic))


def _nothing(wanted: Sequence[SightingState] | None, whole: int) -> str:
    """What to say of an empty list, and of what it does not show."""
    if wanted and whole:
        return f"No sighting is {' or '.join(wanted)}. There are {whole} others: bot sightings"
    return "Nothing is stored of what was seen. A worker watches the hashtags: bot run; see also: bot sources"
