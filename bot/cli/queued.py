"""Commands on deliveries: look at the queue, hold back, release, call off, try again, settle, take back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.app import (
    WIDEST,
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
    say_obstacles,
    say_unseen,
)
from bot.cli.output import print_table, screen_width
from bot.cli.selection import (
    Asked,
    ByAccount,
    ByDay,
    ByLanguage,
    ByMessage,
    Deliveries,
    DeliveryId,
    DryRun,
    Limit,
    Numbered,
    confirm_all,
    delivery_filter,
    do_each,
    number,
    numbers,
)
from bot.cli.words.times import time_text
from bot.errors import Refused, RefusedCode
from bot.text_display import quoted
from bot.values import dataclass

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
        list[str] | None,
        typer.Option(
            metavar="STATE",
            help="Only deliveries (posts and reshares of yours) in this state: planned, held, sent, needs_decision, "
            "rejected, missed, cancelled, unknown. May be given several times.",
        ),
    ] = None,
    limit: Limit = None,
) -> None:
    """List what is waiting, sent or stuck, in order of time. For reshares you also see why each comes when it does.

    Example: bot queue --state planned --limit 10
    """
    from bot.domain.delivery import State
    from bot.services import forecast
    from bot.services.status import status

    try:
        states = [State(name) for name in state or []] or list(State)
    except ValueError:
        wrong = ", ".join(quoted(name) for name in state or [] if name not in list(State))
        raise typer.BadParameter(f"{wrong} is not a state; the states are {', '.join(State)}") from None
    with opened(config, looks=True) as campaign:
        now = status(campaign.work)
        forecasts, counts = forecast.queue(campaign.work, states, limit), forecast.counts(campaign.work)
        if as_json:
            from bot.cli.documents import forecast_json

            print_json_list(forecast_json(expected, now) for expected in forecasts)
            return
        rows = [_row(expected) for expected in forecasts]
    print_table(("ID", "STATE", "DUE", "ACCOUNT", "WHAT", "NOTE"), rows, _nothing(states, counts))
    if limit is not None and 0 < len(rows) < (whole := sum(counts[state] for state in states)):
        say(f"These are the first {len(rows)} of {whole}.")
    say_obstacles(now)


def _nothing(states: Collection[State], counts: Mapping[State, int]) -> str:
    """Return what to say of an empty list, and of what it does not show."""
    others = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    if not others:
        return "Nothing is queued. Run: bot plan"
    return f"No delivery is {' or '.join(states)}. There are {others}: bot queue"


def _row(expected: Forecast) -> tuple[object, ...]:
    delivery = expected.delivery
    sighting = f" of sighting {delivery.sighting_id}" if delivery.sighting_id is not None else ""
    what = f"{delivery.message} {delivery.day} {delivery.language}" if delivery.message else f"reshare{sighting}"
    return (
        delivery.id,
        delivery.state,
        time_text(delivery.due_at, expected.now),
        delivery.account,
        what,
        _note(expected),
    )


def _note(expected: Forecast) -> str:
    """Return what a person should know of it, the most pressing first; a time only where it goes by itself."""
    from bot.cli.words.causes import cause_text
    from bot.cli.words.forecast import why_text

    delivery, why = expected.delivery, why_text(expected)
    error, trouble = cause_text(delivery.error), cause_text(delivery.trouble)
    if delivery.state in {"unknown", "needs_decision"}:
        return f"run: bot show {delivery.id}; {error}"
    if (
        delivery.state == "planned"
        and delivery.kind == "post"
        and expected.at is not None
        and expected.at > delivery.due_at
    ):
        why = f"{why or 'later'}: goes at {time_text(expected.at, expected.now)}"
    notes = (error if error not in f"{why} {trouble}" else "", trouble)
    return "; ".join(filter(None, (*notes, why if delivery.state == "planned" else ""))) or delivery.url


@app.command()
def show(delivery: DeliveryId, config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Show all of one delivery. Its words and files, what became of it, and what comes next.

    Example: bot show 12
    """
    from bot.cli.documents import history_json
    from bot.cli.plan.run_up import content_lines
    from bot.cli.words.history import answers, fact_lines, story_lines
    from bot.domain.delivery import Kind
    from bot.services import explain
    from bot.services.preview import preview

    with opened(config, looks=True) as campaign:
        history = explain.story(campaign.work, delivery)
        shown = preview(campaign.work, history.delivery)
        if as_json:
            print_json(history_json(campaign.work, history))
            return
        lines, now = story_lines(campaign.work, history), history.stands
    typer.echo(f"Delivery {delivery}: {history.delivery.state}\n")
    print_labelled(fact_lines(shown))
    if history.delivery.kind is Kind.POST:
        for line in content_lines(shown, min(screen_width(), WIDEST)):
            typer.echo(line)
    typer.echo("")
    print_labelled(lines)
    for when, command in answers(history).items():
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
    from bot.cli.documents import deliveries_json
    from bot.cli.subject import confirm_delivery
    from bot.cli.words.deliveries import delivery_name
    from bot.cli.words.history import next_step_text
    from bot.services import forecast
    from bot.services.status import status

    with opened(config, connect=decision.connects) as campaign:
        is_agreed = is_agreed or not decision.question
        confirm_delivery(
            campaign.work, decision.delivery, decision.question, expect=expect, is_agreed=is_agreed, as_json=as_json
        )
        delivery = decision.carry_out(campaign.work)
        (document,) = deliveries_json(campaign.work, [delivery])
        then = next_step_text(campaign.work, forecast.of_one(campaign.work, delivery), status(campaign.work))
    if as_json:
        print_json(document)
    else:
        name = delivery_name(delivery.label)
        say(f"Delivery {delivery.id} ({name}) {decision.done}. It is now: {delivery.state}. {then}")


@dataclass(frozen=True)
class _Act:
    """What may be done to several deliveries at once, to those in `states` where they are meant by what they have in
    common; `question` is asked first ("" for none)."""

    command: str
    question: str
    done: str
    would: str
    states: Collection[State]
    carry_out: Callable[[Work, int, str], Delivery]


def _carry_out(act: _Act, wanted: Asked, config: ConfigPath, *filters: list[str] | None) -> None:
    """Do it to one delivery, or to each of those that are meant."""
    from bot.cli.documents import deliveries_json
    from bot.cli.words.deliveries import delivery_name
    from bot.cli.words.subjects import subject_text
    from bot.services import selection, subject

    wanted.refuse_unclear(act.command)
    if wanted.is_one and not wanted.is_dry_run:
        which = number(wanted.written[0], wanted.kind)
        decision = _Decision(which, act.question, act.done, lambda work: act.carry_out(work, which, actor()))
        _decided(config, wanted.as_json, decision, wanted.expect, is_agreed=wanted.is_agreed)
        return
    with opened(config) as campaign, selection.dry_run(campaign.work, is_wanted=wanted.is_dry_run) as work:
        chosen = numbers(
            work, wanted, lambda: selection.chosen_deliveries(work, delivery_filter(work, *filters), act.states)
        )
        if not wanted.is_dry_run:
            subjects = (subject.of_delivery(work, delivery_id) for delivery_id in chosen)
            names = [subject_text(each.name) if each else "" for each in subjects]
            confirm_all(wanted, act.command.capitalize(), names, is_asked=bool(act.question))

        def do(delivery_id: int) -> tuple[str, dict[str, Any]]:
            delivery = act.carry_out(work, delivery_id, actor())
            (document,) = deliveries_json(work, [delivery])
            return f"{delivery_name(delivery.label)} {act.would if wanted.is_dry_run else act.done}.", document

        do_each(chosen, wanted, do)


@app.command()
def hold(
    deliveries: Deliveries = None,
    message: ByMessage = None,
    account: ByAccount = None,
    language: ByLanguage = None,
    day: ByDay = None,
    dry_run: DryRun = False,
    config: ConfigPath = None,
    as_json: AsJson = False,
    expect: Expect = None,
    yes: Yes = False,
) -> None:
    """Keep deliveries back until they are released. A delivery is one post or reshare of yours.

    Example: bot hold 12

    Example: bot hold --message countdown-7 --language de
    """
    from bot.domain.delivery import TO_BE_SENT
    from bot.services import decisions

    filters = (message, account, language, day)
    act = _Act("hold", "", "is kept back", "would be kept back", TO_BE_SENT, decisions.hold)
    wanted = Asked(Numbered.DELIVERY, deliveries or (), any(filters), dry_run, yes, as_json, expect)
    _carry_out(act, wanted, config, *filters)


@app.command()
def release(
    deliveries: Deliveries = None,
    message: ByMessage = None,
    account: ByAccount = None,
    language: ByLanguage = None,
    day: ByDay = None,
    dry_run: DryRun = False,
    config: ConfigPath = None,
    as_json: AsJson = False,
    expect: Expect = None,
    yes: Yes = False,
) -> None:
    """Let held deliveries go at their time.

    Example: bot release 12

    Example: bot release --day T --dry-run
    """
    from bot.domain.delivery import State
    from bot.services import decisions

    filters = (message, account, language, day)
    act = _Act("release", "Let it go?", "is released", "would be released", [State.HELD], decisions.release)
    wanted = Asked(Numbered.DELIVERY, deliveries or (), any(filters), dry_run, yes, as_json, expect)
    _carry_out(act, wanted, config, *filters)


@app.command()
def cancel(
    deliveries: Deliveries = None,
    message: ByMessage = None,
    account: ByAccount = None,
    language: ByLanguage = None,
    day: ByDay = None,
    dry_run: DryRun = False,
    config: ConfigPath = None,
    as_json: AsJson = False,
    expect: Expect = None,
    yes: Yes = False,
) -> None:
    """Call deliveries off; planning again does not bring them back.

    Example: bot cancel 12

    Example: bot cancel 12 14 20-25
    """
    from bot.domain.delivery import CANCELLABLE
    from bot.services import decisions

    filters = (message, account, language, day)
    act = _Act("cancel", "Call it off?", "is called off", "would be called off", CANCELLABLE, decisions.cancel)
    wanted = Asked(Numbered.DELIVERY, deliveries or (), any(filters), dry_run, yes, as_json, expect)
    _carry_out(act, wanted, config, *filters)


@app.command()
def retry(
    deliveries: Deliveries = None,
    message: ByMessage = None,
    account: ByAccount = None,
    language: ByLanguage = None,
    day: ByDay = None,
    dry_run: DryRun = False,
    config: ConfigPath = None,
    as_json: AsJson = False,
    expect: Expect = None,
    yes: Yes = False,
) -> None:
    """Send deliveries again or after all: those rejected, missed, cancelled or undone.

    Each goes out at its time, or now where that is past, late or not.

    Example: bot retry 12

    Example: bot retry --account mastodon --day today
    """
    from bot.domain.delivery import RETRIABLE
    from bot.services import decisions

    filters = (message, account, language, day)
    act = _Act(
        "retry", "Send it after all?", "is to be sent after all", "would be sent after all", RETRIABLE, decisions.retry
    )
    wanted = Asked(Numbered.DELIVERY, deliveries or (), any(filters), dry_run, yes, as_json, expect)
    _carry_out(act, wanted, config, *filters)


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
    """Say whether a post is out where the bot cannot see it. It was sent, no answer came; look at the account first.

    Any address of the post will do, or its number; the bot reads it once before it believes it.

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
    """Take back a post or reshare that is out. It is deleted there, and planning does not bring it back.

    Copies that other servers, archives or people have made stay. `bot retry` sends it again after all.

    Example: bot undo 12
    """
    from bot.cli.documents import deliveries_json
    from bot.cli.subject import confirm_delivery
    from bot.cli.words.status import lasting
    from bot.services.explain import cannot_be_asked
    from bot.services.sending import undo as undo_service
    from bot.services.status import status

    with opened(config, connect=True, needs_account=False) as campaign:
        confirm_delivery(campaign.work, delivery, "Take it back?", expect=expect, is_agreed=yes, as_json=as_json)
        changed = undo_service.undo(campaign.work, delivery, actor())
        (document,), now = deliveries_json(campaign.work, [changed]), status(campaign.work)
    if as_json:
        print_json(document)
    if changed.undone_at is None:
        raise Refused(
            RefusedCode.NOT_TAKEN_BACK_YET,
            delivery=changed.id,
            problem=changed.error,
            is_worker_running=bool(now.running),
            blocked=lasting(cannot_be_asked(changed, now), now) if now.running else "",
        )
    if not as_json:
        say(f"Delivery {changed.id} is taken back.")


@app.command()
def edit(
    delivery: DeliveryId,
    text: Annotated[
        str | None, typer.Option(metavar="TEXT", help="The new words of a post that was typed (`bot post`).")
    ] = None,
    done: Annotated[bool, typer.Option("--done", help="You have changed it there by hand; write it down.")] = False,
    config: ConfigPath = None,
    as_json: AsJson = False,
    expect: Expect = None,
    yes: Yes = False,
) -> None:
    """Give a post that is out the words of its file. Where its platform allows it; else it says what to do.

    Example: bot edit 12
    """
    from bot.cli.documents import deliveries_json
    from bot.cli.subject import confirm_delivery
    from bot.cli.words.deliveries import delivery_name
    from bot.services.sending import edit as service

    with opened(config, connect=not done) as campaign:
        if text is None:
            proposal = service.from_files(campaign.work, delivery, campaign.asked_for())
        else:
            proposal = service.from_text(campaign.work, delivery, text)
        changed = proposal.delivery
        if proposal.is_needed:
            if not as_json:
                _print_change(proposal)
            confirm_delivery(
                campaign.work, delivery, "Change it there?", expect=expect, is_agreed=yes or done, as_json=as_json
            )
            changed = (service.done_by_hand if done else service.edit)(campaign.work, proposal, actor())
        is_there = service.says(changed, proposal)
        (document,) = deliveries_json(campaign.work, [changed])
    if as_json:
        print_json(document)
    if not is_there:
        raise Refused(RefusedCode.NOT_EDITED_YET, delivery=changed.id, problem=changed.error)
    if not as_json:
        is_new = "says what it should" if proposal.is_needed else "says that already, so there is nothing to change"
        say(f"Delivery {changed.id} ({delivery_name(changed.label)}) {is_new}: {changed.url}")


def _print_change(proposal: Proposal) -> None:
    """Print each part that changes, as it is and as it would be, and all else that followers would notice."""
    for before, after in proposal.changes():
        print_labelled([("Now", before), ("Then", after)])
