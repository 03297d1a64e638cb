"""`bot post`: words typed at the shell, shown as they would go out, and queued."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.app import AsJson, ConfigPath, Yes, actor, app, opened, print_json, print_labelled, say, say_unseen
from bot.cli.help import WrongWords
from bot.cli.selection import DryRun
from bot.cli.words.times import time_text
from bot.errors import Refused, RefusedCode
from bot.text_display import quoted

if TYPE_CHECKING:
    from bot.domain.delivery import Delivery
    from bot.services.compose import TypedPost
    from bot.services.work import Work


@app.command()
def post(
    account: Annotated[
        list[str], typer.Option(metavar="NAME", help="Which account of bot.toml; may be given several times.")
    ],
    at: Annotated[str, typer.Option(metavar="TIME", help="now, 14:30, tomorrow 9:00, T-1 12:00, 2026-12-01 09:00.")],
    text: Annotated[
        str | None,
        typer.Argument(metavar="TEXT", help="The words; - reads them from standard input. Placeholders work here too."),
    ] = None,
    file: Annotated[
        str | None,
        typer.Option("--file", metavar="FILE", help="Read the words from a file. A line of --- begins the next part."),
    ] = None,
    media: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="A picture, video or sound; each with its --alt.")
    ] = None,
    alt: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="What the file shows, for who cannot see or hear it.")
    ] = None,
    language: Annotated[
        str | None, typer.Option(metavar="CODE", help="Language code.  [default: the campaign's first]")
    ] = None,
    late: Annotated[str, typer.Option(metavar="TIME", help="Later than this it is missed, not posted.")] = "6h",
    dry_run: DryRun = False,
    config: ConfigPath = None,
    as_json: AsJson = False,
    yes: Yes = False,
) -> None:
    """Queue one post outside the schedules. With pictures, as a thread, on several accounts, if you like.

    Times are in the campaign's zone. A thread has a line of --- between its parts. What will be done is shown first.

    Example: bot post "We are live. {hashtags}" --account mastodon --at 12:30 --media hall.jpg --alt "People in a hall."

    Example: bot post --file thread.md --account mastodon --account x --at "tomorrow 9:00"
    """
    from bot.cli.documents import deliveries_json
    from bot.cli.words.history import next_step_text
    from bot.services import compose, forecast
    from bot.services.compose import TypedPost
    from bot.services.status import status

    typed = TypedPost(
        _words_of(text, file), tuple(account), at, language, late, tuple(_with_alts(media or [], alt or []))
    )
    with opened(config) as campaign:
        work = campaign.work
        previews = _shown(work, typed, as_json=as_json, is_agreed=dry_run or yes or as_json)
        queued = previews if dry_run else compose.queue(work, typed, actor())
        documents, now = deliveries_json(work, queued), status(work)
        steps = [next_step_text(work, forecast.of_one(work, delivery), now) for delivery in queued]
    if as_json:
        print_json(documents[0] if len(documents) == 1 else documents)
    elif dry_run:
        say("Nothing is queued: this was a dry run.")
    else:
        for delivery, then in zip(queued, steps, strict=True):
            say(f"Delivery {delivery.id} is queued for {delivery.wall_time} on {delivery.account}. {then}")
        say_unseen(now)


def _shown(work: Work, typed: TypedPost, *, as_json: bool, is_agreed: bool) -> Sequence[Delivery]:
    """Show what would be queued on each account, which is returned, and what deserves a second look.

    Where an account has such words already, ask whether to post unless that `is_agreed`, or nobody is there. Raise
    Refused for a no, and as `queue` does.
    """
    from bot.cli.confirm import agreed, somebody_is_there
    from bot.services import compose, selection

    with selection.dry_run(work, is_wanted=True) as rehearsed:
        previews = compose.queue(rehearsed, typed, actor())
    if not as_json:
        for preview in previews:
            _print_preview(work, preview)
    is_asked = _say_doubts(work, typed, previews) and not is_agreed and somebody_is_there()
    if is_asked and not agreed("Post it all the same? y/N: "):
        raise Refused(RefusedCode.DECLINED)
    return previews


def _say_doubts(work: Work, typed: TypedPost, previews: Sequence[Delivery]) -> bool:
    """Say what deserves a second look before it is queued, and return whether an account has such words already."""
    from bot.services import compose

    for doubt in compose.doubts(work, typed):
        say(f"Look at it again: {doubt}")
    near = compose.said_already(work, previews)
    for each in near:
        how = "the same words" if each.is_same else "nearly the same words"
        say(f"{each.account} has {how} already: delivery {each.delivery.id}, {each.delivery.state}.")
    return bool(near)


def _words_of(text: str | None, file: str | None) -> str:
    """Return the words that are to be posted, from where the person has them. Raise WrongWords."""
    if (text is None) is (file is None):
        raise WrongWords('give the words, or --file FILE: bot post "We are live." --account NAME --at now')
    if "-" in (text, file):
        return sys.stdin.read()
    if text is not None:
        return text
    path = Path(file or "")
    try:
        words = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise WrongWords(f"{quoted(str(path))} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise WrongWords(f"{quoted(str(path))} is not plain text in UTF-8. Save it as such") from None
    if words.lstrip().startswith("+++"):
        raise WrongWords(
            f"{quoted(str(path))} has a head (+++), which belongs into messages/. Take it out; files go with --media"
        )
    return words


def _with_alts(media: Sequence[Path], alts: Sequence[str]) -> Iterator[tuple[Path, str]]:
    """Yield each file with its alternative text, in the order in which they were given. Raise WrongWords."""
    if len(media) != len(alts):
        raise WrongWords(f"each --media takes one --alt, what it shows in words: here are {len(media)} and {len(alts)}")
    yield from zip(media, alts, strict=True)


def _print_preview(work: Work, delivery: Delivery) -> None:
    """Print what is about to be queued on one account, part by part."""
    from bot.domain.money import dollars
    from bot.services import money

    parts = delivery.content.parts
    price = money.price(work, delivery, whole=True)
    costs = f", {dollars(price)}" if price else ""
    thread = f", a thread of {len(parts)}" if len(parts) > 1 else ""
    length = f"{delivery.length} of {delivery.limit} characters"
    lines = [(delivery.account, f"{time_text(delivery.due_at)}, {delivery.language}, {length}{thread}{costs}")]
    for part in parts:
        lines.append(("", f"“{part.text}”"))
        lines += [("", f"{media.path.rpartition('/')[2]}: {media.alt}") for media in part.media]
    print_labelled(lines)
