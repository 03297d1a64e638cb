"""Commands that protect posters: forget one, take back what one of them wants back, purge what is stored of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.app import AsJson, ConfigPath, Expect, Yes, actor, app, opened, print_json, say
from bot.cli.confirm import asked
from bot.cli.help import whole_number
from bot.cli.selection import SightingId
from bot.cli.words.amounts import counted
from bot.errors import Refused, RefusedCode

if TYPE_CHECKING:
    from bot.domain.delivery import Delivery
    from bot.services.protection.retention import Purged
    from bot.services.work import Work


AuthorName = Annotated[
    str,
    typer.Argument(metavar="AUTHOR", help='Their handle, "@user@host" or "x:handle", or the address of their profile.'),
]


@app.command()
def forget(
    author: AuthorName,
    config: ConfigPath = None,
    as_json: AsJson = False,
    expect: Expect = None,
    yes: Yes = False,
) -> None:
    """Forget an author for good. Every reshare is taken back, and what is stored of them goes.

    Posts of our own that name them, or link to them, are held; you are told of those that are out, which stay out.

    Example: bot forget @anna@mastodon.example
    """
    from bot.cli.subject import confirm
    from bot.services import subject as whose
    from bot.services.protection import forget as service

    whose.refuse_no_handle(author)
    with opened(config, connect=True, needs_account=False) as campaign:
        subject = whose.of_author(campaign.work, author)
        confirm(campaign.work, subject, "Forget them for good?", expect=expect, is_agreed=yes, as_json=as_json)
        report = service.forget(campaign.work, author, actor())
        campaign.work.store.scrub()
    _say_forgotten(report, as_json)


@app.command()
def withdraw(
    sighting: SightingId,
    config: ConfigPath = None,
    as_json: AsJson = False,
    expect: Expect = None,
    yes: Yes = False,
    shown: Annotated[bool, typer.Option("--shown", help="Forget whose posts it shows, not its own author.")] = False,
) -> None:
    """Forget the author of a sighting for good. As `bot forget`, without typing who it is.

    With --shown it is whoever made the post that it quotes or links to. Every reshare of theirs is taken back, and what
    is stored of them goes. Posts of our own that name them, or link to them, are held; you are told of those that are
    out, which stay out.

    Example: bot withdraw 7
    """
    from bot.cli.subject import confirm
    from bot.services import subject as whose
    from bot.services.protection import forget as service

    with opened(config, connect=True, needs_account=False) as campaign:
        question = "Forget whose posts it shows for good?" if shown else "Forget its author for good?"
        subject = (whose.of_shown if shown else whose.of_sighting)(campaign.work, sighting)
        confirm(campaign.work, subject, question, expect=expect, is_agreed=yes, as_json=as_json)
        withdraw_of = service.withdraw_shown_by if shown else service.withdraw_author_of
        report = withdraw_of(campaign.work, sighting, actor())
        campaign.work.store.scrub()
    _say_forgotten(report, as_json)


@app.command()
def dismiss(
    sighting: SightingId,
    config: ConfigPath = None,
    as_json: AsJson = False,
    expect: Expect = None,
    yes: Yes = False,
) -> None:
    """Say that an author does not ask to be left alone. For when it was a slogan.

    It is remembered for what they wrote so far. What was held for it waits for a yes like any other post. Posts of our
    own that were held only for naming them go at their time.

    Example: bot dismiss 7
    """
    from bot.cli.documents import sighting_json
    from bot.cli.subject import confirm_sighting
    from bot.hosts import shown_handle
    from bot.services.protection import stop_requests

    with opened(config) as campaign:
        question = "Is it sure that they do not ask to be left alone?"
        confirm_sighting(campaign.work, sighting, question, expect=expect, is_agreed=yes, as_json=as_json)
        done = stop_requests.dismiss(campaign.work, sighting, actor())
        stored, lines = done.sighting, _released_lines(campaign.work, done.released)
    if as_json:
        print_json(sighting_json(stored) | {"released": [each.id for each in done.released]})
        return
    say(f"{shown_handle(stored.post.author.handle)} asks for nothing. To reshare, run: bot approve {stored.id}")
    for line in lines:
        say(line)


@app.command()
def remember(
    author: AuthorName,
    config: ConfigPath = None,
    as_json: AsJson = False,
    expect: Expect = None,
    yes: Yes = False,
) -> None:
    """Undo a forgetting that was made in error. For when somebody's "stop" was none.

    Their posts are taken in again when they are read again. What was stored of them, and reshares that were taken
    back, do not come back. Posts of our own that were held only for naming them go at their time.

    Example: bot remember @anna@mastodon.example
    """
    from bot.cli.subject import confirm
    from bot.services import subject as whose
    from bot.services.protection import forget as service

    with opened(config) as campaign:
        subject = whose.of_author(campaign.work, author)
        question = "Are you sure that they want to be seen again?"
        confirm(campaign.work, subject, question, expect=expect, is_agreed=yes, as_json=as_json)
        released = service.remember(campaign.work, author, actor())
        lines = _released_lines(campaign.work, released)
    if as_json:
        print_json({"remembered": True, "released": [each.id for each in released]})
        return
    say(
        "They are seen again from now on: their posts come when they are read again. Gone for good are their sightings "
        "of before, what was decided of them, and reshares that were taken back."
    )
    for line in lines:
        say(line)


def _released_lines(work: Work, released: Sequence[Delivery]) -> list[str]:
    """Return a line for each post of ours that is held no more, with what comes next."""
    from bot.cli.words.deliveries import delivery_name
    from bot.cli.words.history import next_step_text
    from bot.services import forecast
    from bot.services.status import status

    if not released:
        return []
    now = status(work)
    return [
        f"Delivery {each.id} ({delivery_name(each.label)}) is held no more. "
        f"{next_step_text(work, forecast.of_one(work, each), now)}"
        for each in released
    ]


def _say_forgotten(report: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(report)
    else:
        seen, undone = counted(report["sightings"], "sighting"), counted(report["undone"], "reshare")
        say(f"Forgotten: {seen} (their posts that were seen), and {undone} taken back.")


@app.command()
def purge(
    config: ConfigPath = None,
    as_json: AsJson = False,
    days: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            parser=whole_number(0),
            help="Delete posts you decided on more than this many days ago.  [default: as bot.toml says]",
        ),
    ] = None,
    undecided_days: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            parser=whole_number(0),
            help="Delete posts nobody decided on after this many days.  [default: as bot.toml says]",
        ),
    ] = None,
    after_campaign: Annotated[
        bool,
        typer.Option(
            "--after-campaign", help="Purge all but figures and our own posts, backups too, and watch no more."
        ),
    ] = False,
    undo_first: Annotated[
        bool, typer.Option("--undo-first", help="With --after-campaign: take all reshares back before.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --after-campaign: do not ask, even before the day.")] = False,
) -> None:
    """Delete what is stored about people who posted. Our own posts and the totals stay. A running worker does it by
    itself, once it is not needed any more.

    Example: bot purge --after-campaign
    """
    if after_campaign:
        _after_campaign(config, as_json, undo_first, yes)
        return
    from datetime import timedelta

    from bot.services.protection import retention

    with opened(config) as campaign:
        rules = campaign.work.config.retention
        decided = rules.decided if days is None else timedelta(days=days)
        undecided = rules.undecided if undecided_days is None else timedelta(days=undecided_days)
        count = retention.purge(campaign.work, decided, undecided, actor())
        campaign.work.store.scrub(whole=True)
    if as_json:
        print_json({"purged": count})
    else:
        say(f"What was stored of {counted(count, 'post')} of others is deleted.")


def _after_campaign(config: ConfigPath, as_json: bool, undo_first: bool, yes: bool) -> None:
    from bot.services.protection import retention

    with opened(config, connect=undo_first) as campaign:
        if not yes:
            retention.refuse_early_purge(campaign.work)
            _confirm(retention.reshares_still_out(campaign.work), undo_first)
        if undo_first:
            _take_all_back(campaign.work)
        done = retention.purge_after_campaign(campaign.work, actor())
    if as_json:
        print_json(
            {
                "purged": done.sightings,
                "reshares_out": done.out,
                "being_taken_back": done.being_taken_back,
                "backups_removed": done.backups,
                "scrubbed": done.is_scrubbed,
            }
        )
    else:
        _say_purged(done)


def _confirm(out: int, undo_first: bool) -> None:
    if not sys.stdin.isatty():
        raise Refused(RefusedCode.PURGE_NEEDS_YES)
    say("All that is stored of posters goes for good, the backups in var/backups too. Nothing is watched any more.")
    if out and not undo_first:
        say(
            f"{out} reshares are out. They stay out, and cannot be taken back from here any more. To take them back "
            "first, break off with Ctrl-C and add --undo-first."
        )
    if asked('To go on, type "yes": ').casefold() != "yes":
        raise Refused(RefusedCode.PURGE_DECLINED)


def _take_all_back(work: Work) -> None:
    from bot.services.protection import retention

    still_out = retention.take_all_back(work, actor())
    if still_out:
        raise Refused(RefusedCode.RESHARES_STILL_OUT, reshares=still_out)


def _say_purged(done: Purged) -> None:
    say(f"{done.sightings} sightings and {done.backups} backups were purged. Nothing is watched any more.")
    if done.out:
        say(f"{done.out} reshares stay out. To take one back, log in on the account itself.")
    if done.being_taken_back:
        say(
            f"{done.being_taken_back} reshares are still being taken back. Until that is done the addresses of their "
            "posts are kept: leave a worker running."
        )
    if not done.is_scrubbed:
        say("The disk could not be scrubbed, since somebody is reading the store: run this again in a minute.")
    say("Copies that you made elsewhere, of the store or of the log, are yours to delete.")
