"""Commands on what was seen: look at it, approve, reject, flag, and rules that approve by themselves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli import confirm
from bot.cli.app import (
    AsJson,
    ConfigPath,
    Expect,
    Yes,
    actor,
    app,
    opened,
    print_json,
    print_json_list,
    print_labelled,
    say,
    say_unseen,
)
from bot.cli.confirm import said_yes
from bot.cli.selection import (
    Asked,
    ByAuthor,
    ByDay,
    ByHashtag,
    ByLanguage,
    BySource,
    DryRun,
    Limit,
    Numbered,
    SightingId,
    Sightings,
    confirm_all,
    do_each,
    number,
    numbers,
    sighting_filter,
)
from bot.domain.moderation import OF_A_NO, ChecklistItem, Reason
from bot.errors import Refused, RefusedCode
from bot.hosts import shown_handle
from bot.text_display import printable, quoted
from bot.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.domain.sighting import Sighting, SightingState
    from bot.services.work import Work
    from bot.store.approvals import Approval
    from bot.store.control import AutomaticApproval

_NUMBER, _LABEL = 6, 15
_LONGEST_WORDS, _LONGEST_ALT = 600, 300


def together(stored: Sequence[Sighting]) -> list[Sighting]:
    """Return sightings in the order they were seen, but those that show the same video right after the first of
    them."""
    place: dict[int, int] = {}
    for at, sighting in enumerate(stored):
        place.setdefault(sighting.same_as or sighting.id, at)
    return sorted(stored, key=lambda sighting: place[sighting.same_as or sighting.id])


PAGE = 1000
"""Sightings that are read at once. A list may be of a million."""


@dataclass(frozen=True)
class ListedPage:
    """Sightings in the order they were seen, with the approvals, and those of the same text, of each by its number."""

    sightings: Sequence[Sighting]
    approvals: Mapping[int, Sequence[Approval]]
    same_text: Mapping[int, Sequence[int]]


def pages(work: Work, states: Sequence[SightingState] | None, limit: int | None) -> Iterator[ListedPage]:
    """Yield the sightings in these states page by page, each read by itself: whoever reads them on a screen may take
    their time."""
    from bot.services.watching import duplicates
    from bot.store import sightings as store
    from bot.store.approvals import all_approvals

    left, last = limit, None
    while left is None or left > 0:
        most = PAGE if left is None else min(PAGE, left)
        with work.store.read() as tx:
            stored = store.listed(tx, states, most, last)
            approvals = all_approvals(tx, [sighting.id for sighting in stored])
            alike = duplicates.same_text(tx, work, {sighting.id: sighting.post for sighting in stored})
        yield ListedPage(stored, approvals, alike)
        if len(stored) < most:
            return
        left, last = None if left is None else left - most, stored[-1]


def lines(
    sighting: Sighting, approvals: Iterable[Approval], now: datetime, same_text: Sequence[int] = ()
) -> list[tuple[str, str]]:
    """Return what a sighting is, why it is in its state, and whose yes it has; labels beside words."""
    from bot.cli.words.posts import alike_text, carries_text, when_text, who_text

    post = sighting.post
    first = f"{sighting.id:<{_NUMBER}}{sighting.state}".ljust(_LABEL)
    shows = [("shows" if place == 0 else "", words) for place, words in enumerate(confirm.of_post(post))]
    about = {
        "posted": when_text(post.created_at, now),
        "words": f"{_shortened(post.text, _LONGEST_WORDS)}{f' ({post.language})' if post.language else ''}",
        "with": carries_text(post),
        "alt": " / ".join(_shortened(alt, _LONGEST_ALT) for alt in post.alts),
    }
    more = {
        "why": "; ".join(sighting.judgement.reasons),
        "care": "; ".join(sighting.judgement.care),
        "alike": alike_text(sighting, same_text),
        "yes": ", ".join(approval.by for approval in approvals),
        "decided": f"by {sighting.decided_by}, {when_text(sighting.decided_at, now)}"
        if sighting.decided_by and sighting.decided_at
        else "",
        "link": post.url,
    }
    return [(first, who_text(post.author, now)), *_more(about), *map(_labelled, shows), *_more(more)]


def _shortened(text: str, longest: int) -> str:
    line = " ".join(text.split())
    return f"“{line if len(line) <= longest else line[: longest - 1].rstrip() + '…'}”" if line else ""


def _more(about: Mapping[str, str]) -> list[tuple[str, str]]:
    return [_labelled((label, words)) for label, words in about.items() if words]


def _labelled(line: tuple[str, str]) -> tuple[str, str]:
    return (" " * _NUMBER + line[0]).ljust(_LABEL), line[1]


@app.command()
def sightings(
    config: ConfigPath = None,
    as_json: AsJson = False,
    state: Annotated[
        list[str] | None,
        typer.Option(metavar="STATE", help="held, approved, rejected, reshared or gone; may be given several times."),
    ] = None,
    limit: Limit = None,
) -> None:
    """List the posts seen under the campaign's hashtags. What they say and carry, who, when, and what is alike.

    A sighting is somebody's post that was seen; its number is what `bot approve`, `bot reject` and `bot review` go by.

    Example: bot sightings --state held
    """
    from bot.cli.words.stop_requests import doubt_text
    from bot.domain.sighting import SightingState
    from bot.services.status import status
    from bot.store import authors, control
    from bot.store import sightings as store

    try:
        states = [SightingState(name) for name in state or []] or None
    except ValueError:
        wrong = ", ".join(quoted(name) for name in state or [] if name not in list(SightingState))
        raise typer.BadParameter(f"{wrong} is not a state; the states are {', '.join(SightingState)}") from None
    with opened(config, looks=True) as campaign:
        with campaign.work.store.read() as tx:
            whole = sum(store.count_by_state(tx).values())
            asking, waiting = authors.sightings_asking_to_stop(tx), authors.open_stop_requests(tx)
            by_rules, now = control.automatic_approval(tx), status(campaign.work)
        every = pages(campaign.work, states, limit)
        if as_json:
            from bot.cli.documents import sighting_json

            print_json_list(
                sighting_json(sighting, page.approvals.get(sighting.id, ()), asks=sighting.id in asking)
                | {"same_text_as": page.same_text[sighting.id]}
                for page in every
                for sighting in page.sightings
            )
            return
        count = _print(every, now.now)
    if not count:
        typer.echo(_nothing(states, whole))
    if 0 < count < whole and limit is not None and states is None:
        say(f"These are {count} of {whole}.")
    say_unseen(now)
    for request in waiting:
        say(doubt_text(request))
    if not by_rules.is_on:
        say(in_words(by_rules))


def _print(every: Iterable[ListedPage], now: datetime) -> int:
    """Print sightings for people, an empty line between two. Return how many there were."""
    count = 0
    for page in every:
        for sighting in together(page.sightings):
            if count:
                typer.echo()
            count += 1
            print_labelled(
                lines(sighting, page.approvals.get(sighting.id, ()), now, page.same_text.get(sighting.id, ()))
            )
    return count


def _nothing(states: Sequence[SightingState] | None, whole: int) -> str:
    """Return what to say of an empty list, and of what it does not show."""
    if states and whole:
        return f"No sighting is {' or '.join(states)}. There are {whole} others: bot sightings"
    return "Nothing is stored of what was seen. A worker watches the hashtags: bot run; see also: bot sources"


def named(words: Sequence[str]) -> tuple[ChecklistItem, ...]:
    """Return the ticks that were given on the command line."""
    try:
        return tuple(dict.fromkeys(ChecklistItem(word) for word in words))
    except ValueError:
        wrong = ", ".join(quoted(word) for word in words if word not in list(ChecklistItem))
        raise typer.BadParameter(f"{wrong} is not a point of the checklist: {', '.join(ChecklistItem)}") from None


def gone_through(work: Work, sighting_id: int) -> tuple[ChecklistItem, ...]:
    """Return every tick, once the person has said yes to each sentence; none where the post is not held for care.

    Raise Refused at the first no: nothing is approved then.
    """
    from bot.cli.words.checklist import statements
    from bot.services.moderation import approval

    care = approval.care_needed(work, sighting_id)
    rules = work.config.moderation
    shows_another = approval.shows_another(work, sighting_id)
    sentences = statements(shows_another=shows_another, risk=rules.risk, own=rules.checklist)
    if not care:
        return ()
    say(f"Sighting {sighting_id} is held for care: {printable('; '.join(care))}.")
    say("Look at the post. Then say of each sentence whether it is true.\n")
    for place, (item, sentence) in enumerate(sentences.items(), 1):
        if not said_yes(f"{place} of {len(sentences)}. {sentence}. True? y/n: ", RefusedCode.CHECKLIST_UNANSWERED):
            raise Refused(RefusedCode.CHECKLIST_DENIED, sighting=sighting_id, item=item)
    return tuple(sentences)


@app.command()
def approve(
    sightings: Sightings = None,
    author: ByAuthor = None,
    hashtag: ByHashtag = None,
    source: BySource = None,
    language: ByLanguage = None,
    day: ByDay = None,
    dry_run: DryRun = False,
    config: ConfigPath = None,
    as_json: AsJson = False,
    tick: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TICK",
            help="A point of the safety checklist that you confirm, once for each: "
            f"{', '.join(ChecklistItem)}. Leave it out and you are asked one by one.",
        ),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Reshare this video although it was reshared before.")] = False,
    expect: Expect = None,
    yes: Yes = False,
) -> None:
    """Say yes to posts. Each is reshared when its turn comes, if it is still there and unchanged.

    A sighting is somebody's post that was seen. What is held for care takes all of the safety checklist, one sighting
    at a time, and the yes of two people where bot.toml says so.

    Example: bot approve 7

    Example: bot approve 7 9 12-15 --dry-run
    """
    from bot.domain.sighting import SightingState
    from bot.services.moderation import approval

    ticks, filters = named(tick or []), (author, hashtag, source, language, day)
    wanted = Asked(Numbered.SIGHTING, sightings or (), any(filters), dry_run, yes, as_json, expect)
    wanted.refuse_unclear("approve")
    if not wanted.is_one or dry_run:
        if ticks and not wanted.is_one:
            raise typer.BadParameter("--tick confirms the checklist for one post: give one number with it")

        def say_yes(work: Work, sighting_id: int) -> Sighting:
            if not ticks and (care := approval.care_needed(work, sighting_id)):
                raise Refused(RefusedCode.CARE_TAKES_ONE, sighting=sighting_id, care=care)
            return approval.approve(work, sighting_id, actor(), ticks, again=again)

        _decide_each("Approve", "approved", say_yes, [SightingState.HELD], wanted, config, *filters)
    else:
        _approve_one(wanted, ticks, config, again=again)


def _approve_one(wanted: Asked, ticks: tuple[ChecklistItem, ...], config: ConfigPath, *, again: bool) -> None:
    """Approve a single sighting: at a terminal the author is named first, and the checklist is gone through."""
    from bot.cli.confirm import somebody_is_there
    from bot.cli.subject import confirm_sighting
    from bot.services.moderation import approval

    sighting, as_json = number(wanted.written[0], Numbered.SIGHTING), wanted.as_json
    with opened(config) as campaign:
        is_asked = not ticks and not as_json and somebody_is_there()
        takes_the_checklist = is_asked and bool(approval.care_needed(campaign.work, sighting))
        is_agreed = wanted.is_agreed or takes_the_checklist  # which asks seven times
        confirm_sighting(
            campaign.work, sighting, "Approve it?", expect=wanted.expect, is_agreed=is_agreed, as_json=as_json
        )
        if takes_the_checklist:
            ticks = gone_through(campaign.work, sighting)
        stored = approval.approve(campaign.work, sighting, actor(), ticks, again=again)
        with campaign.work.store.read() as tx:
            document = _document(tx, stored)
        then = _what_becomes_of(campaign.work, stored)
    if as_json:
        print_json(document)
    elif stored.state == "held":
        say(f"Your yes to sighting {stored.id} is kept. Somebody else has to approve it too: bot approve {stored.id}")
    else:
        say(f"Sighting {stored.id} by {shown_handle(stored.post.author.handle)} is approved. {then}")
        for line in confirm.in_the_way(stored.post):
            say(line)


def _what_becomes_of(work: Work, sighting: Sighting) -> str:
    """Return what comes next for an approved post, on each of our accounts."""
    from bot.cli.words.history import next_step_text
    from bot.services import forecast
    from bot.services.status import status
    from bot.store import deliveries

    now = status(work)
    with work.store.read() as tx:
        expected = forecast.of(tx, work, deliveries.of_sighting(tx, sighting.id))
    if not expected:
        return f"No account of bot.toml is on {sighting.post.platform}, so nothing reshares it."
    steps = {forecast.delivery.account: next_step_text(work, forecast, now) for forecast in expected}
    if len(set(steps.values())) == 1:
        return next(iter(steps.values()))
    return " ".join(f"On {account}: {step}" for account, step in steps.items())


def _document(tx: Connection, sighting: Sighting) -> dict[str, object]:
    from bot.cli.documents import sighting_json
    from bot.store.approvals import approvals_of

    return sighting_json(sighting, approvals_of(tx, sighting.id))


_NO_FOR = {reason.name.lower().replace("_", "-"): reason for reason in OF_A_NO}
_REASONS = f"Why, for your team: {', '.join(_NO_FOR)}."


def _reason(written: str | None) -> Reason | None:
    if written is None or written in _NO_FOR:
        return _NO_FOR[written] if written else None
    raise typer.BadParameter(f"{quoted(written)} is not a reason; the reasons are {', '.join(_NO_FOR)}")


def _decide_each(
    verb: str,
    done: str,
    decide: Callable[[Work, int], Sighting],
    states: Collection[SightingState],
    wanted: Asked,
    config: ConfigPath,
    *filters: list[str] | None,
) -> None:
    """Decide on each sighting that is meant; those in `states` where they are meant by what they have in common."""
    from bot.cli.words.subjects import owners_text, subject_text
    from bot.services import selection, subject

    with opened(config) as campaign, selection.dry_run(campaign.work, is_wanted=wanted.is_dry_run) as work:
        chosen = numbers(
            work, wanted, lambda: selection.chosen_sightings(work, sighting_filter(work, *filters), states)
        )
        if not wanted.is_dry_run:
            subjects = (subject.of_sighting(work, sighting_id) for sighting_id in chosen)
            names = [f"{subject_text(each.name)}, {owners_text(each.owners)}" if each else "" for each in subjects]
            confirm_all(wanted, verb, names, is_asked=True)

        def do(sighting_id: int) -> tuple[str, dict[str, Any]]:
            stored = decide(work, sighting_id)
            with work.store.read() as tx:
                document = _document(tx, stored)
            is_half = done == "approved" and stored.state == "held"
            what = "has one yes of two" if is_half else done
            how = f"would be {what}" if wanted.is_dry_run and not is_half else what if is_half else f"is {what}"
            return f"{shown_handle(stored.post.author.handle)} {how}.", document

        do_each(chosen, wanted, do)


@app.command()
def reject(
    sightings: Sightings = None,
    author: ByAuthor = None,
    hashtag: ByHashtag = None,
    source: BySource = None,
    language: ByLanguage = None,
    day: ByDay = None,
    why: Annotated[str | None, typer.Option(metavar="REASON", help=_REASONS)] = None,
    dry_run: DryRun = False,
    config: ConfigPath = None,
    as_json: AsJson = False,
    expect: Expect = None,
    yes: Yes = False,
) -> None:
    """Say no to posts. They are not reshared, and reshares that wait for their turn are called off.

    A sighting is somebody's post that was seen.

    Example: bot reject 7

    Example: bot reject --author @spam@server.example
    """
    from bot.cli.documents import sighting_json
    from bot.cli.subject import confirm_sighting
    from bot.domain.sighting import WAITING
    from bot.services.moderation import approval

    reason = _reason(why)
    filters = (author, hashtag, source, language, day)
    wanted = Asked(Numbered.SIGHTING, sightings or (), any(filters), dry_run, yes, as_json, expect)
    wanted.refuse_unclear("reject")
    if not wanted.is_one or dry_run:

        def say_no(work: Work, sighting_id: int) -> Sighting:
            return approval.reject(work, sighting_id, actor(), reason)

        _decide_each("Reject", "rejected", say_no, WAITING, wanted, config, *filters)
        return
    sighting = number(wanted.written[0], Numbered.SIGHTING)
    with opened(config) as campaign:
        confirm_sighting(campaign.work, sighting, "Reject it?", expect=expect, is_agreed=yes, as_json=as_json)
        stored = approval.reject(campaign.work, sighting, actor(), reason)
    if as_json:
        print_json(sighting_json(stored))
    else:
        say(f"Sighting {stored.id} by {shown_handle(stored.post.author.handle)} is rejected.")


@app.command()
def review(config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Decide on the posts that wait, one after the other. On the whole screen, with a key for yes, no, skip, undo.

    Each post stands there with its words, who posted it, what it carries and what is alike; the safety checklist is
    asked in its place.

    Example: bot review
    """
    from bot.cli.review import command

    command.review(config, as_json=as_json)


@app.command()
def flag(sighting: SightingId, config: ConfigPath = None, as_json: AsJson = False, expect: Expect = None) -> None:
    """Have a second look at a post. It is held for care: a yes takes the checklist, and earlier ones no longer count.

    Example: bot flag 7
    """
    from bot.cli.documents import sighting_json
    from bot.cli.subject import confirm_sighting
    from bot.services.moderation import approval as service

    with opened(config) as campaign:
        confirm_sighting(campaign.work, sighting, "", expect=expect, is_agreed=True, as_json=as_json)
        done = service.flag(campaign.work, sighting, actor())
    if as_json:
        print_json(sighting_json(done.seen))
    elif done.out:
        undo = " and ".join(f"bot undo {delivery_id}" for delivery_id in done.out)
        say(f"Sighting {sighting} is flagged. It is out already, and stays out; to take it back, run: {undo}")
    else:
        say(f"Sighting {sighting} is flagged. Approving it takes the safety checklist: bot approve {sighting}")


@app.command()
def automatic(
    on_or_off: Annotated[str | None, typer.Argument(metavar="on|off", help="Leave it out to see how it is.")] = None,
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """Let the rules of bot.toml approve posts, or stop them. Without on or off: shows how it is, and why.

    An alarm switches it off by itself: one text from many accounts looks like somebody taking over the hashtag. While
    it is off, every post waits for a person; what was held meanwhile stays held when it is on again.

    Example: bot automatic on
    """
    from bot.cli.documents import automatic_json
    from bot.services.moderation import approval

    if on_or_off not in {None, "on", "off"}:
        raise typer.BadParameter(f"{quoted(on_or_off or '')} is neither on nor off")
    with opened(config) as campaign:
        work = campaign.work
        now = approval.switch(work, actor(), on=on_or_off == "on") if on_or_off else approval.automatic_status(work)
    if as_json:
        print_json(automatic_json(now))
    else:
        typer.echo(in_words(now))


def in_words(now: AutomaticApproval) -> str:
    """Return how automatic approval stands, for people."""
    from bot.cli.words.remedies import with_commands
    from bot.cli.words.times import time_text

    state = "on: posts of trusted authors need no person" if now.is_on else "off: every post waits for a person"
    since = f" (since {time_text(now.since)}: {with_commands(now.why)})" if now.since else ""
    then = "" if now.is_on else "\nLook at: bot sightings --state held. To go on: bot automatic on"
    return f"Automatic approval is {state}{since}.{then}"
