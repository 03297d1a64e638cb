"""What came of a rehearsal, and how to go live."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import typer
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot.cli.rehearse.screen import BAD, GOOD, GUARDED, NEWS, QUIET, WAITS, day_of, short_day
from bot.cli.words.rehearsal import first_sentence, reason_text
from bot.cli.words.remedies import with_commands
from bot.domain.campaign import Campaign, Config, PlatformName
from bot.domain.delivery import Delivery, Kind
from bot.domain.money import MICRO, micro
from bot.domain.sighting import SightingState
from bot.services.rehearsal.rehearse import Rehearsal, RehearsalBill, Result
from bot.services.rehearsal.story import What

NAMED = 12
"""As many deliveries that were not sent are named; the others are counted."""

NARROW = 64
"""Below this many columns there is no room for words beside the figures."""

NEAR = 0.9
"""From this share of the day's budget on, the cost is marked."""


def print_summary(console: Console, rehearsal: Rehearsal, result: Result, seconds: float, interrupted: bool) -> None:
    """Print the summary, and in the last lines how to go live."""
    for block in _summary(rehearsal, result, seconds, interrupted, console.width):
        with console.capture() as captured:
            console.print(block)
        typer.echo()
        for line in captured.get().splitlines():
            typer.echo(line.rstrip())


def _summary(
    rehearsal: Rehearsal, result: Result, seconds: float, interrupted: bool, width: int
) -> Iterator[RenderableType]:
    config = rehearsal.work.config
    yield _title(config.campaign, rehearsal, seconds, interrupted)
    figures = [*_seen(result), *_trouble(result), *map(_bill, result.bills)]
    if width < NARROW:
        yield _stacked([*_posts_in_words(config, result.posts), *figures])
    else:
        yield _posts(config, result.posts)
        yield _figures(figures)
    yield from _to_confirm(config, result)
    yield _going_live(config)


def _title(campaign: Campaign, rehearsal: Rehearsal, seconds: float, interrupted: bool) -> Text:
    first, last = (f"{day_of(at, campaign)} ({short_day(at, campaign)})" for at in (rehearsal.begins, rehearsal.now))
    title = Text.assemble(("Rehearsed", "bold"), f" {campaign.name}\n")
    title.append(f"{first} to {last}, in {seconds:.1f} s.", QUIET)
    if interrupted:
        title.append(f"\nInterrupted on {last}: this is what had happened by then.", BAD)
    return title


def _posts(config: Config, posts: Counter[tuple[str, str]]) -> Table:
    """Return the table of posts by account and language."""
    languages = _spoken(config, posts)
    table = _grid()
    for _ in [*languages, "all"]:
        table.add_column(justify="right", min_width=3)
    table.add_row(Text("Posted", "bold"), *(Text(language, QUIET) for language in languages), Text("all", QUIET))
    for name in config.accounts:
        counts = [posts[name, language] for language in languages]
        table.add_row(f"  {name}", *map(str, counts), Text(str(sum(counts)), f"bold {GOOD}"))
    return table


def _spoken(config: Config, posts: Counter[tuple[str, str]]) -> list[str]:
    """Return the languages of the posts, the campaign's first."""
    spoken = {language for _, language in posts}
    languages = [language for language in config.campaign.languages if language in spoken]
    return languages + sorted(spoken.difference(languages))


def _posts_in_words(config: Config, posts: Counter[tuple[str, str]]) -> Iterator[Row]:
    yield "Posted", str(posts.total()), "", ""
    for name in config.accounts:
        counts = {language: posts[name, language] for language in _spoken(config, posts)}
        yield (
            f"  {name}",
            str(sum(counts.values())),
            GOOD,
            ", ".join(f"{language} {n}" for language, n in counts.items()),
        )


def _grid() -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(min_width=26)
    return table


def _stacked(rows: Iterable[Row]) -> RenderableType:
    """Return what there is to say of a figure below it, where there is no room beside it."""
    lines: list[RenderableType] = []
    for label, number, style, details in rows:
        is_part = label.startswith(" ")
        lines.append(Text.assemble((label, "" if is_part else "bold"), "  ", (number, f"bold {style}")))
        if details:
            lines.append(Padding(Text(details, QUIET), (0, 0, 0, 4)))
    return Group(*lines)


def _figures(rows: Iterable[Row]) -> Table:
    table = _grid()
    table.add_column(justify="right", min_width=5)
    table.add_column(style=QUIET)
    for label, number, style, details in rows:
        is_part = label.startswith(" ")
        table.add_row(Text(label, "" if is_part else "bold"), Text(number, f"bold {style}"), details)
    return table


Row = tuple[str, str, str, str]
"""A label, its number, the number's colour, and what is to be said of it."""


def _seen(result: Result) -> Iterator[Row]:
    yield "Seen under the hashtags", str(len(result.strangers)), "", "posts by others"
    on = ", ".join(f"{count} on {account}" for account, count in result.reshares.items())
    yield "  reshared", str(result.reshares.total()), GOOD, on
    back = Counter({reason_text(why): count for why, count in result.reasons_of(What.TAKEN_BACK).items()})
    yield "  taken back again", str(back.total()), GUARDED if back else "", _counted(back)
    forgotten = result.happened[What.WITHDRAWN]
    if forgotten:
        yield "  forgotten", str(forgotten), GUARDED, "who asked for it: they are never seen again"
    for state, style in _STATES.items():
        reasons = result.reasons(state)
        if reasons:
            yield f"  {state}", str(reasons.total()), style, _counted(reasons)


def _counted(reasons: Counter[str]) -> str:
    """Return each on a line of its own, the most frequent first."""
    return "\n".join(f"{count} × {with_commands(reason)}" for reason, count in reasons.most_common())


_STATES = {
    SightingState.APPROVED: NEWS,
    SightingState.HELD: WAITS,
    SightingState.REJECTED: QUIET,
    SightingState.GONE: QUIET,
}


def _trouble(result: Result) -> Iterator[Row]:
    counts = result.happened
    alarms = result.alarms
    sentences = dict.fromkeys(map(first_sentence, alarms))
    yield "Alarms", str(len(alarms)), BAD if alarms else "", "\n".join(sentences)
    settled = {"found on our timeline": counts[What.FOUND], "not there and sent again": counts[What.ABSENT]}
    outcomes = [f"{count} {how}" for how, count in {**settled, "open still": result.undecided}.items() if count]
    yield "Outcomes nobody knew", str(counts[What.UNKNOWN]), BAD if result.undecided else "", ", ".join(outcomes)
    yield "Put off until later", str(counts[What.PUT_OFF]), "", ""
    unsent = result.unsent
    yield "Not sent", str(len(unsent)), BAD if unsent else "", "\n".join(map(_unsent, unsent[:NAMED]))
    if len(unsent) > NAMED:
        yield "", "", "", f"and {len(unsent) - NAMED} more: bot rehearse --json lists them"


def _unsent(delivery: Delivery) -> str:
    what = (
        delivery.post_uri
        if delivery.kind is Kind.RESHARE
        else f"{delivery.message} ({delivery.day}, {delivery.language})"
    )
    return f"{what} on {delivery.account}, {delivery.state}: {with_commands(delivery.error)}"


def _bill(bill: RehearsalBill) -> Row:
    cost_text = f"{_dollars(bill.dearest)} on the dearest day, {bill.day.day} {bill.day:%B}"
    if bill.budget_usd is None:
        return f"{bill.account} would have cost", _dollars(bill.total), "", cost_text
    cost_text = f"{cost_text}, of {_dollars(micro(bill.budget_usd))} budgeted for a day"
    style = BAD if bill.dearest > micro(bill.budget_usd) * NEAR else ""
    return f"{bill.account} would have cost", _dollars(bill.total), style, cost_text


def _dollars(amount: int) -> str:
    return f"${amount / MICRO:.2f}"


def _to_confirm(config: Config, result: Result) -> Iterator[Text]:
    """Yield what the rehearsal made up or took for true, and a person has to see to."""
    lines = [
        f"{link.link} in [links] of {config.path}: {link.posts} posts wait for it, "
        f"the first on {day_of(link.first_at, config.campaign)} ({short_day(link.first_at, config.campaign)})"
        for link in result.unconfirmed
    ]
    lines += [f"{fact.name} in facts.toml, good until {fact.until}: {fact.claim}" for fact in result.outdated]
    lines += [f"{name}, which its schedule holds until somebody has read it" for name in result.unread]
    if lines:
        text = Text("A person has to confirm before going live:", "bold")
        for line in lines:
            text.append(f"\n  - {line}", "not bold")
        yield text.append("\nThis rehearsal made up the addresses, and took the facts for true.", "not bold")


def _going_live(config: Config) -> Text:
    names = [name for name, account in config.accounts.items() if account.platform is not PlatformName.REHEARSAL]
    logins = [", then ".join(f"bot login {name}" for name in names)] if names else []
    text = Text("Nothing of this has left this machine. Going live:", "bold")
    for number, step in enumerate([*logins, "bot check --online", "bot plan", "bot run"], start=1):
        text.append(f"\n  {number}. {step}", "not bold")
    return text.append('\nREADME.md says more under "Going live".', "not bold")
