"""Commands on deliveries: look at the queue, hold back, let go, call off, try again, settle, take back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.app import (
    AsJson,
    ConfigPath,
    DeliveryId,
    Expect,
    Yes,
    actor,
    app,
    opened,
    print_json,
    print_labelled,
    say,
    say_obstacles,
    say_unseen,
)
from bot.cli.output import print_table
from bot.errors import Refused

if TYPE_CHECKING:
    from bot.domain.delivery import Delivery, State
    from bot.services.forecast import Forecast
    from bot.services.sending.edit import Proposal
    from bot.services.work import Work


@app.command()
def queue(
    config: ConfigPath = None,
    as_json: AsJson = False,
    state: Annotated[
        list[str] | None, typer.Option(help="Only deliveries in this state; may be given several times.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most this many.")] = None,
) -> None:
    """List deliveries by due time, in every state. A reshare says why it has its turn when it has it.

    Example: bot queue --state planned --limit 10
    """
    from bot.domain.delivery import State
    from bot.services import forecast
    from bot.services.status import status

    try:
        wanted = [State(name) for name in state or []] or list(State)
    except ValueError as error:
        raise typer.BadParameter(f"{error}; the states are {', '.join(State)}") from None
    with opened(config) as campaign:
        now = status(campaign.work)
        found, counts = forecast.queue(campaign.work, wanted, limit), forecast.counts(campaign.work)
    if as_json:
        print_json([forecast.forecast_json(one, now) for one in found])
        return
    headings = ("ID", "STATE", "DUE (UTC)", "ACCOUNT", "WHAT", "NOTE")
    print_table(headings, [_row(one) for one in found], _nothing(wanted, counts))
    if 0 < len(found) < (whole := sum(counts[one] for one in wanted)):
        say(f"These are the first {len(found)} of {whole}.")
    say_obstacles(now)


def _nothing(wanted: Collection[State], counts: Mapping[State, int]) -> str:
    """What to say of an empty list, and of what it does not show."""
    others = ", ".join(f"{count} {one}" for one, count in counts.items() if count)
    if not others:
        return "Nothing is queued. Run: bot plan"
    return f"No delivery is {' or '.join(wanted)}. There are {others}: bot queue"


def _row(expected: Forecast) -> tuple[object, ...]:
    one = expected.delivery
    seen = f" of sighting {one.sighting_id}" if one.sighting_id is not None else ""
    what = f"{one.message} {one.day} {one.language}" if one.message else f"reshare{seen}"
    return (one.id, one.state, f"{one.due_at:%a %d %b %Y %H:%M:%S}", one.account, what, _note(expected))


def _note(expected: Forecast) -> str:
    """What a person should know of it, the most pressing first; a time only where it goes by itself."""
    one, why = expected.delivery, expected.why
    if one.state in {"unknown", "needs_decision"}:
        return f"run: bot show {one.id}; {one.error}"
    if one.state == "planned" and one.kind == "post" and expected.at is not None and expected.at > one.due_at:
        why = f"{why or 'later'}: goes at {expected.at:%H:%M:%S} UTC"
    told = (one.error if one.error not in f"{why} {one.trouble}" else "", one.trouble)
    return "; ".join(filter(None, (*told, why if one.state == "planned" else ""))) or one.url


@app.command()
def show(delivery: DeliveryId, config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Tell one delivery's story, and what comes next. What was sent, answered and looked at since.

    Example: bot show 12
    """
    from bot.services import explain
    from bot.services.status import status

    with opened(config) as campaign:
        told = explain.story(campaign.work, delivery)
        if as_json:
            print_json(explain.document(campaign.work, told))
            return
        lines, now = explain.lines(campaign.work, told), status(campaign.work)
    typer.echo(f"Delivery {delivery}: {told.one.state}\n")
    print_labelled(lines)
    for when, command in told.answers.items():
        typer.echo(f"\n{when}:\n  {command}")
    say_unseen(now)


@dataclass(frozen=True)
class _Decision:
    """What a person decides of a delivery: what is asked first ("" for nothing), and how it reads when it is done."""

    delivery: int
    question: str
    done: str
    carry_out: Callable[[Work], Delivery]
    connects: bool = False


def _decided(config: ConfigPath, as_json: bool, decision: _Decision, expect: str | None, *, is_agreed: bool) -> None:
    """Carry out a decision and show the delivery as it is now, once it is sure whose post it is about."""
    from bot.cli.subject import confirm_delivery
    from bot.services import explain, forecast
    from bot.services.status import status
    from bot.services.work import name_of

    with opened(config, connect=decision.connects) as campaign:
        is_agreed = is_agreed or not decision.question
        confirm_delivery(
            campaign.work, decision.delivery, decision.question, expect=expect, is_agreed=is_agreed, as_json=as_json
        )
        one = decision.carry_out(campaign.work)
        (told,) = forecast.document(campaign.work, [one])
        then = explain.next_step(campaign.work, forecast.of_one(campaign.work, one), status(campaign.work))
    if as_json:
        print_json(told)
    else:
        say(f"Delivery {one.id} ({name_of(one)}) {decision.done}. It is now: {one.state}. {then}")


@app.command()
def hold(
    delivery: DeliveryId,
    config: ConfigPath = None,
    as_json: AsJson = False,
    expect: Expect = None,
) -> None:
    """Keep a delivery back until it is released.

    Example: bot hold 12
    """
    from bot.services import decisions

    decision = _Decision(delivery, "", "is kept back", lambda work: decisions.hold(work, delivery, actor()))
    _decided(config, as_json, decision, expect, is_agreed=True)


@app.command()
def release(
    delivery: DeliveryId,
    config: ConfigPath = None,
    as_json: AsJson = False,
    expect: Expect = None,
    yes: Yes = False,
) -> None:
    """Let a held delivery go at its time.

    Example: bot release 12
    """
    from bot.services import decisions

    decision = _Decision(delivery, "Let it go?", "is released", lambda work: decisions.release(work, delivery, actor()))
    _decided(config, as_json, decision, expect, is_agreed=yes)


@app.command()
def cancel(
    delivery: DeliveryId,
    config: ConfigPath = None,
    as_json: AsJson = False,
    expect: Expect = None,
    yes: Yes = False,
) -> None:
    """Call a delivery off; planning again does not bring it back.

    Example: bot cancel 12
    """
    from bot.services import decisions

    decision = _Decision(
        delivery, "Call it off?", "is called off", lambda work: decisions.cancel(work, delivery, actor())
    )
    _decided(config, as_json, decision, expect, is_agreed=yes)


@app.command()
def retry(
    delivery: DeliveryId,
    config: ConfigPath = None,
    as_json: AsJson = False,
    expect: Expect = None,
    yes: Yes = False,
) -> None:
    """Send a delivery after all. For those rejected, missed, cancelled or undone.

    It goes out at its time, or now where that is past, late or not.

    Example: bot retry 12
    """
    from bot.services import decisions

    decision = _Decision(
        delivery, "Send it after all?", "is to be sent after all", lambda work: decisions.retry(work, delivery, actor())
    )
    _decided(config, as_json, decision, expect, is_agreed=yes)


@app.command()
def resolve(
    delivery: DeliveryId,
    sent: Annotated[str | None, typer.Option(metavar="URL", help="It is there, at this address.")] = None,
    not_sent: Annotated[bool, typer.Option("--not-sent", help="It is not there; it may be sent again.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Believe --sent though it cannot be read now, or says other words.")
    ] = False,
    config: ConfigPath = None,
    as_json: AsJson = False,
    expect: Expect = None,
    yes: Yes = False,
) -> None:
    """Settle a delivery whose outcome nobody knows. Look at the account first.

    Any address of the post serves, or its bare id; it is read once before it is believed.

    Example: bot resolve 12 --sent https://mastodon.example/@union/1145
    """
    from bot.services import decisions

    if (sent is None) is not not_sent:
        raise typer.BadParameter("give either --sent URL or --not-sent")
    if sent is not None:
        decision = _Decision(
            delivery,
            "Is this the one that is there?",
            "is settled",
            lambda work: decisions.settle_sent(work, delivery, sent, actor(), force=force),
            connects=True,
        )
    else:
        decision = _Decision(
            delivery,
            "Is this the one that is not there?",
            "is settled",
            lambda work: decisions.resolve_not_sent(work, delivery, actor()),
        )
    _decided(config, as_json, decision, expect, is_agreed=yes)


@app.command()
def undo(
    delivery: DeliveryId,
    config: ConfigPath = None,
    as_json: AsJson = False,
    expect: Expect = None,
    yes: Yes = False,
) -> None:
    """Take back a post or reshare that is out.

    Example: bot undo 12
    """
    from bot.cli.subject import confirm_delivery
    from bot.services import forecast
    from bot.services.sending import undo as undo_service
    from bot.services.status import status
    from bot.services.status_text import somebody_tries_on

    with opened(config, connect=True) as campaign:
        confirm_delivery(campaign.work, delivery, "Take it back?", expect=expect, is_agreed=yes, as_json=as_json)
        one = undo_service.undo(campaign.work, delivery, actor())
        (told,), now = forecast.document(campaign.work, [one]), status(campaign.work)
    if as_json:
        print_json(told)
    if one.undone_at is None:
        why = one.error or "its account cannot be asked now"
        raise Refused(f"Delivery {one.id} is not taken back yet: {why.rstrip('.')}. {somebody_tries_on(now)}.")
    if not as_json:
        say(f"Delivery {one.id} is taken back.")


@app.command()
def edit(
    delivery: DeliveryId,
    text: Annotated[str | None, typer.Option(help="The new words of a post that was typed (`bot post`).")] = None,
    done: Annotated[bool, typer.Option("--done", help="You have changed it there by hand; write it down.")] = False,
    config: ConfigPath = None,
    as_json: AsJson = False,
    expect: Expect = None,
    yes: Yes = False,
) -> None:
    """Give a post that is out the words of the files. Where its platform can; else it says what to do.

    Example: bot edit 12
    """
    from bot.cli.subject import confirm_delivery
    from bot.services import forecast
    from bot.services.sending import edit as service
    from bot.services.work import name_of

    with opened(config, connect=not done) as campaign:
        if text is None:
            wanted = service.from_files(campaign.work, delivery, campaign.asked_for())
        else:
            wanted = service.from_text(campaign.work, delivery, text)
        one = wanted.one
        if wanted.is_needed:
            if not as_json:
                _print_change(wanted)
            confirm_delivery(
                campaign.work, delivery, "Change it there?", expect=expect, is_agreed=yes or done, as_json=as_json
            )
            one = (service.done_by_hand if done else service.edit)(campaign.work, wanted, actor())
        is_there = service.says(one, wanted)
        (told,) = forecast.document(campaign.work, [one])
    if as_json:
        print_json(told)
    if not is_there:
        why = one.error.rstrip(".") or "a worker is busy on its account, and changes it soon"
        raise Refused(f"Delivery {one.id} does not say it: {why}.")
    if not as_json:
        is_new = "says what it should" if wanted.is_needed else "says that already, so there is nothing to change"
        say(f"Delivery {one.id} ({name_of(one)}) {is_new}: {one.url}")


def _print_change(wanted: Proposal) -> None:
    """Each part that changes, as it is and as it would be, and all else that followers would notice."""
    for before, after in wanted.changes():
        print_labelled([("Now", before), ("Then", after)])


@app.command()
def post(
    text: Annotated[str, typer.Argument(help="The words. Placeholders such as {hashtags} work here too.")],
    account: Annotated[str, typer.Option(help="Which account of bot.toml.")],
    at: Annotated[
        str, typer.Option(metavar="TIME", help="now, 2025-04-16T09:30 (campaign's zone), or with an offset.")
    ],
    language: Annotated[str | None, typer.Option(help="Language code.  [default: the campaign's first]")] = None,
    late: Annotated[str, typer.Option(help="Later than this it is missed, not posted.")] = "6h",
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """Queue one post outside the schedules.

    Example: bot post "We are live at Pariser Platz. {hashtags}" --account mastodon --at 2025-04-16T12:30
    """
    from bot.services import compose, explain, forecast
    from bot.services.status import status

    with opened(config) as campaign:
        one = compose.post(campaign.work, text, account, at, language, late, actor())
        (told,), now = forecast.document(campaign.work, [one]), status(campaign.work)
        then = explain.next_step(campaign.work, forecast.of_one(campaign.work, one), now)
        doubts = compose.doubts(campaign.work, text)
    for doubt in doubts:
        say(f"Look at it again: {doubt}")
    if as_json:
        print_json(told)
    else:
        say(f"Delivery {one.id} is queued for {one.wall_time} on {one.account}. {then}")
        say_unseen(now)
