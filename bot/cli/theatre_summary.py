"""What came of a rehearsal, and how to go live."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from bot.cli.theatre_words import BAD, GOOD, QUIET, WAITS, day_of, short_day
from bot.domain.campaign import Campaign, Config, PlatformName
from bot.domain.money import MICRO
from bot.domain.sighting import SightingState
from bot.services.rehearse import Rehearsal
from bot.services.rehearse_result import Bill, Result
from bot.services.rehearse_story import What

NAMED = 12
"""As many deliveries that were not sent are named; the others are counted."""


def print_summary(
    console: Console, campaign: Campaign, rehearsal: Rehearsal, found: Result, seconds: float, interrupted: bool
) -> None:
    """The summary, and in the last lines how to go live."""
    for line in summary(campaign, rehearsal, found, seconds, interrupted):
        console.print(line, soft_wrap=True)


def summary(
    campaign: Campaign, rehearsal: Rehearsal, found: Result, seconds: float, interrupted: bool
) -> Iterator[Text]:
    """The summary, line by line."""
    span = f"{_moment(rehearsal.begins, campaign)} to {_moment(rehearsal.now, campaign)}"
    yield Text()
    yield Text.assemble(("Rehearsed", "bold"), f" {campaign.name}")
    yield Text(
        f"{span}, in {seconds:.1f} s{': interrupted, so this is what had happened' if interrupted else ''}.", QUIET
    )
    yield Text()
    yield from _posts(rehearsal.work.config, found.posts)
    yield Text()
    yield from _sightings(found)
    yield Text()
    yield from _trouble(found)
    yield from (_bill(one) for one in found.bills)
    yield Text()
    yield from _going_live(rehearsal.work.config)


def _moment(at: object, campaign: Campaign) -> str:
    from datetime import datetime

    assert isinstance(at, datetime)
    return f"{day_of(at, campaign)} ({short_day(at, campaign)})"


def _posts(config: Config, posts: Counter[tuple[str, str]]) -> Iterator[Text]:
    """A table of posts by account and language."""
    spoken = sorted({language for _, language in posts})
    languages = [*(one for one in config.campaign.languages if one in spoken)]
    languages += [one for one in spoken if one not in languages]
    width = max([12, *(len(name) + 2 for name in config.accounts)])
    yield Text(f"{'Posted':<{width}}{''.join(f'{one:>5}' for one in languages)}{'all':>6}", "bold")
    for name in config.accounts:
        counts = [posts[name, one] for one in languages]
        row = Text(f"{name:<{width}}{''.join(f'{count:>5}' for count in counts)}")
        yield row.append(f"{sum(counts):>6}", f"bold {GOOD}")


def _sightings(found: Result) -> Iterator[Text]:
    yield Text.assemble(("Seen under the hashtags", "bold"), f"  {len(found.strangers)} posts by others")
    yield _line("reshared", found.reshares, GOOD, by="on")
    yield _line("held", found.reasons(SightingState.HELD), WAITS)
    yield _line("approved", found.reasons(SightingState.APPROVED), WAITS, by="their turn has not come:")
    yield _line("rejected", found.reasons(SightingState.REJECTED), QUIET)
    yield _line("gone", found.reasons(SightingState.GONE), QUIET)


def _line(word: str, counts: Counter[str], style: str, by: str = "") -> Text:
    listed = ", ".join(f"{count} {by + ' ' if by else ''}{what}" for what, count in counts.most_common())
    return Text.assemble(f"  {word:<10}", (f"{counts.total():>4}", f"bold {style}"), (f"  {listed}", QUIET))


def _trouble(found: Result) -> Iterator[Text]:
    counts = found.happened
    settled = f"{counts[What.FOUND]} found on our timeline, {counts[What.ABSENT]} not there and sent again"
    unknown = Text.assemble(("Outcomes nobody knew", "bold"), f"  {counts[What.UNKNOWN]}: {settled}, ")
    yield unknown.append(f"{found.undecided} open", BAD if found.undecided else "")
    yield Text.assemble(("Put off and sent later", "bold"), f"  {counts[What.PUT_OFF]}")
    yield Text.assemble(("Not sent", "bold"), f"  {len(found.unsent) or 'none'}")
    for one in found.unsent[:NAMED]:
        yield Text(f"  {one.state}  {one.account}  {one.language}  {one.message or one.post_uri}  {one.error}", BAD)
    if len(found.unsent) > NAMED:
        yield Text(f"  and {len(found.unsent) - NAMED} more", BAD)


def _bill(bill: Bill) -> Text:
    dearest = f"${bill.dearest / MICRO:.2f} on the dearest day, {bill.day.day} {bill.day:%B}"
    line = Text.assemble((f"{bill.account} would have cost", "bold"), f"  ${bill.total / MICRO:.2f}: {dearest}")
    if bill.budget_usd is None:
        return line
    return line.append(f", of ${bill.budget_usd:.2f}", BAD if bill.dearest > bill.budget_usd * MICRO * 0.9 else "")


def _going_live(config: Config) -> Iterator[Text]:
    accounts: Sequence[str] = [
        name for name, account in config.accounts.items() if account.platform is not PlatformName.REHEARSAL
    ]
    logins = "   ".join(f"bot login {name}" for name in accounts)
    yield Text("Nothing of this has left this machine. Going live:", "bold")
    steps = [*([logins] if logins else []), "bot check --online", "bot plan", "bot run"]
    for number, step in enumerate(steps, start=1):
        yield Text(f"  {number}. {step}")
    yield Text('README.md says more under "Going live".')
