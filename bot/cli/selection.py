"""Commands that take several numbers, or what the rows have in common: which are meant, and one answer for each."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.app import print_json, print_labelled, say
from bot.cli.confirm import agreed, somebody_is_there
from bot.cli.help import whole_number
from bot.domain.schedule import Day
from bot.errors import Refused, RefusedCode
from bot.text_display import quoted
from bot.values import dataclass

if TYPE_CHECKING:
    from bot.services.selection import DeliveryFilter, SightingFilter
    from bot.services.work import Work


class Numbered(StrEnum):
    """What a number stands for."""

    DELIVERY = "delivery"
    SIGHTING = "sighting"


_LISTED_BY = {Numbered.DELIVERY: "bot queue", Numbered.SIGHTING: "bot sightings"}
_PLURAL = {Numbered.DELIVERY: "deliveries", Numbered.SIGHTING: "sightings"}
_NO_SUCH = {Numbered.DELIVERY: RefusedCode.NO_SUCH_DELIVERY, Numbered.SIGHTING: RefusedCode.NO_SUCH_SIGHTING}
_LARGEST = 2**63 - 1
"""No row has a greater number."""

_RANGE = re.compile(r"(\d{1,18})-(\d{1,18})\Z", re.ASCII)
_NAMED = 8
"""How many are named before a person is asked; the rest is counted."""


def number(written: str, kind: Numbered) -> int:
    """Return the number that a person wrote. Raise Refused where it is larger than any."""
    bare = written.strip().removeprefix("#")
    if not (bare.isascii() and bare.isdigit()):
        raise typer.BadParameter(
            f"{quoted(written)} is not the number of a {kind}. The numbers stand on the left of: {_LISTED_BY[kind]}"
        )
    if int(bare) > _LARGEST:
        raise Refused(_NO_SUCH[kind], **{kind: bare})
    return int(bare)


def delivery_number(written: str) -> int:
    """Return the number of a delivery as a person wrote it."""
    return number(written, Numbered.DELIVERY)


def sighting_number(written: str) -> int:
    """Return the number of a sighting as a person wrote it."""
    return number(written, Numbered.SIGHTING)


_ONE_OR_MORE = "12, several (12 14), or a range (20-25)."
Deliveries = Annotated[
    list[str] | None,
    typer.Argument(metavar="ID", help=f"Deliveries: posts or reshares of yours, from `bot queue`. {_ONE_OR_MORE}"),
]
Sightings = Annotated[
    list[str] | None,
    typer.Argument(metavar="ID", help=f"Sightings: somebody's posts, from `bot sightings`. {_ONE_OR_MORE}"),
]
DeliveryId = Annotated[
    int,
    typer.Argument(
        metavar="ID",
        parser=delivery_number,
        help="A delivery's number: one post or reshare of yours, from `bot queue`.",
    ),
]
SightingId = Annotated[
    int,
    typer.Argument(
        metavar="ID", parser=sighting_number, help="A sighting's number: somebody's post, from `bot sightings`."
    ),
]
ByMessage = Annotated[list[str] | None, typer.Option("--message", metavar="NAME", help="All of this message.")]
ByAccount = Annotated[list[str] | None, typer.Option("--account", metavar="NAME", help="All on this account.")]
ByLanguage = Annotated[list[str] | None, typer.Option("--language", metavar="CODE", help="All in this language.")]
ByDay = Annotated[
    list[str] | None, typer.Option("--day", metavar="DAY", help="All of this day: T-3, T, today, tomorrow, 2025-04-16.")
]
ByAuthor = Annotated[list[str] | None, typer.Option("--author", metavar="HANDLE", help="All by this author.")]
ByHashtag = Annotated[list[str] | None, typer.Option("--hashtag", metavar="NAME", help="All with this hashtag.")]
BySource = Annotated[
    list[str] | None, typer.Option("--source", metavar="NAME", help="All that this source showed, see `bot sources`.")
]
Limit = Annotated[int | None, typer.Option(metavar="N", parser=whole_number(1), help="At most this many.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and change nothing.")]


@dataclass(frozen=True)
class Asked:
    """What a person wrote: the numbers and ranges, whether by what they have in common, and what else was said."""

    kind: Numbered
    written: Sequence[str]
    is_filtered: bool
    is_dry_run: bool = False
    is_agreed: bool = False
    as_json: bool = False
    expect: str | None = None

    @property
    def is_one(self) -> bool:
        """Return whether one number alone was written: then a script reads one document, else a list."""
        return not self.is_filtered and len(self.written) == 1 and not _RANGE.match(self.written[0].strip())

    def refuse_unclear(self, command: str) -> None:
        """Raise BadParameter where nothing says which rows are meant, or two things do."""
        if not self.written and not self.is_filtered:
            option = "--message launch" if self.kind is Numbered.DELIVERY else "--author @name@server"
            raise typer.BadParameter(
                f"say which {_PLURAL[self.kind]}: `bot {command} 12`, or `bot {command} {option}`. "
                f"To see them: {_LISTED_BY[self.kind]}"
            )
        if self.written and self.is_filtered:
            raise typer.BadParameter("give numbers, or what they have in common, not both")
        if self.expect is not None and not self.is_one:
            raise typer.BadParameter("--expect names the author of one post: give one number with it")


def days(written: Sequence[str] | None, work: Work) -> tuple[Day, ...]:
    """Return the days that a person wrote."""
    today = work.clock().astimezone(work.config.campaign.timezone).date()
    words = {"today": today, "tomorrow": today + timedelta(days=1), "yesterday": today - timedelta(days=1)}
    return tuple(_day(day, {name: Day(fixed=date) for name, date in words.items()}) for day in written or ())


def _day(written: str, words: dict[str, Day]) -> Day:
    try:
        return words.get(written.strip().casefold()) or Day.parse(written.strip().upper())
    except ValueError:
        raise typer.BadParameter(
            f"{quoted(written)} is not a day. Write T-3, T, T+1, today, tomorrow, or 2025-04-16"
        ) from None


def numbers(work: Work, wanted: Asked, by_filter: Callable[[], list[int]]) -> list[int]:
    """Return the numbers of the rows that are meant, each once. Raise Refused where there is none."""
    from bot.services import selection

    if wanted.is_filtered:
        return by_filter()
    chosen: list[int] = []
    for written in wanted.written:
        if (match := _RANGE.match(written.strip())) is None:
            chosen.append(number(written, wanted.kind))
            continue
        first, last = sorted(map(int, match.groups()))
        between = selection.ids_between(work, first, last, of_sightings=wanted.kind is Numbered.SIGHTING)
        if not between:
            raise Refused(RefusedCode.NOTHING_TO_DO)
        chosen += between
    return list(dict.fromkeys(chosen))


def confirm_all(wanted: Asked, verb: str, names: Collection[str], *, is_asked: bool) -> None:
    """Ask a person to agree to what is done to all of them. Raise Refused where they do not, or nobody is there to ask.

    What was chosen by what it has in common is always asked about, unless it is one alone.
    """
    if wanted.is_agreed or wanted.is_dry_run or not (is_asked or (wanted.is_filtered and len(names) > 1)):
        return
    is_there = somebody_is_there() and not wanted.as_json
    if not is_there:
        if wanted.is_filtered and len(names) > 1:
            raise Refused(RefusedCode.MANY_NEED_YES, count=len(names))
        return
    for name in list(names)[:_NAMED]:
        say(f"  {name}")
    if len(names) > _NAMED:
        say(f"  and {len(names) - _NAMED} more")
    if not agreed(f"{verb} {_counted(len(names), wanted.kind)}? y/N: "):
        raise Refused(RefusedCode.DECLINED)


def _counted(count: int, kind: Numbered) -> str:
    return f"this {kind}" if count == 1 else f"these {count} {_PLURAL[kind]}"


def do_each(ids: Sequence[int], wanted: Asked, do: Callable[[int], tuple[str, dict[str, Any]]]) -> None:
    """Do it to each, say of each what was done or why not, and end with status 1 where one was refused.

    `do` returns what was done in words, and the row for scripts.
    """
    from bot.cli.words.refusals import refusal_text

    documents: list[dict[str, Any]] = []
    refused, width = 0, max(len(str(row_id)) for row_id in ids)
    for row_id in ids:
        try:
            words, document = do(row_id)
        except Refused as error:
            refused += 1
            words, code = refusal_text(error), str(error.code)
            document = {"id": row_id, "done": False, "refused": {"code": code, "text": words}}
            words = f"refused: {words}"
        else:
            document |= {"done": not wanted.is_dry_run, "refused": None}
        documents.append(document | {"dry_run": wanted.is_dry_run})
        if not wanted.as_json:
            print_labelled([(str(row_id).ljust(width), words)])
    if wanted.as_json:
        print_json(documents)
    else:
        done = "Nothing was changed" if wanted.is_dry_run else f"{len(ids) - refused} done"
        would = f"; {len(ids) - refused} would be done" if wanted.is_dry_run else ""
        say(f"{done}{would}{f', {refused} refused' if refused else ''}.")
    if refused:
        raise typer.Exit(1)


def delivery_filter(
    work: Work,
    message: Sequence[str] | None,
    account: Sequence[str] | None,
    language: Sequence[str] | None,
    day: Sequence[str] | None,
) -> DeliveryFilter:
    """Return what was asked for of deliveries."""
    from bot.services.selection import DeliveryFilter

    return DeliveryFilter(tuple(message or ()), tuple(account or ()), tuple(language or ()), days(day, work))


def sighting_filter(
    work: Work,
    author: Sequence[str] | None,
    hashtag: Sequence[str] | None,
    source: Sequence[str] | None,
    language: Sequence[str] | None,
    day: Sequence[str] | None,
) -> SightingFilter:
    """Return what was asked for of sightings."""
    from bot.services.selection import SightingFilter

    return SightingFilter(
        tuple(author or ()), tuple(hashtag or ()), tuple(source or ()), tuple(language or ()), days(day, work)
    )
