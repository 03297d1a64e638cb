"""An author's "stop" takes every reshare of theirs back at once, and they are never seen again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.cli.words.events import event_text
from bot.domain.campaign import WithdrawalRules
from bot.domain.delivery import State
from bot.domain.post import Author, Cursor, Page, SeenPost
from bot.domain.text import digest
from bot.errors import RefusedCode
from bot.platforms.rehearsal.faults import FaultyAction, How
from bot.services import stop
from bot.services.moderation import approval
from bot.services.protection import forget
from bot.services.protection.retention import purge_quietly
from bot.services.sending import undo
from bot.services.watching import ingest
from bot.store import control
from tests.harness.campaign import CampaignHarness, config
from tests.harness.refusals import refused
from tests.harness.rehearsal_networks import START
from tests.services.traces import approve, everything_stored, taken_back

ANA = "@ana@elsewhere.example"


def reshared(desk: CampaignHarness, who: str = "ana", account: str = "mastodon") -> None:
    desk.solidarity(who, account)
    desk.read()
    for seen in desk.seen():
        approve(desk, seen)
    desk.deliver()
    assert desk.reshared(account)


def says(
    desk: CampaignHarness,
    text: str,
    handle: str = ANA,
    *,
    platform: str = "mastodon",
    public: bool = True,
    bio: str = "",
    to_us: bool = True,
) -> list[int]:
    """Somebody mentions us; gives the sightings that came of it."""
    uri = f"https://elsewhere.example/replies/{digest(text, handle)}"
    post = SeenPost(platform, uri, uri, "1", Author(handle, "7", bio), text, START, public=public, is_reply=True)
    page = Page((post,), Cursor(START), to_us=to_us)
    return [one.id for one in ingest.ingest(desk.work, "mentions", page)]


@pytest.mark.parametrize("text", ["Stop!", "@desk калі ласка, выдаліце", "Thanks. Please remove this."])
def test_a_stop_takes_the_reshare_back_and_leaves_a_hash(desk: CampaignHarness, text: str) -> None:
    reshared(desk)
    assert says(desk, text, ANA.upper()) == []
    assert desk.seen() == []
    desk.deliver()
    assert (taken_back(desk), desk.state()) == (1, State.CANCELLED)
    assert "ana" not in everything_stored(desk)
    desk.solidarity("ana")
    desk.read()
    assert desk.seen() == []


def test_a_stop_said_in_private_is_heard_too(desk: CampaignHarness) -> None:
    reshared(desk)
    says(desk, "please stop", public=False)
    desk.deliver()
    assert taken_back(desk) == 1


def test_a_stop_is_carried_out_while_all_sending_is_stopped(desk: CampaignHarness) -> None:
    reshared(desk)
    reshared(desk, "eva")
    undo.ask(desk.work, next(one.id for one in desk.all() if one.sighting_id == 2), "ben")
    stop.stop(desk.work, "ben")
    says(desk, "stop")
    desk.settle()
    assert taken_back(desk) == 1, "what the team takes back waits, as all else does"
    stop.resume(desk.work, "ben")
    desk.settle()
    assert taken_back(desk) == 2


def test_a_stop_costs_what_it_costs_when_the_budget_is_spent(file_desk: CampaignHarness) -> None:
    desk = file_desk
    desk.work = desk.worker(config(budget=1.0))
    reshared(desk, account="x")
    with desk.work.store.begin() as tx:
        control.spend(tx, "x", 1_000_000, desk.clock())
        before = control.spent(tx, "x", desk.clock())
    says(desk, "stop", "x:ana", platform="x")
    desk.deliver()
    assert taken_back(desk, "x") == 1
    with desk.work.store.read() as tx:
        assert control.spent(tx, "x", desk.clock()) == before + desk.x.undo_cost > before


def test_what_waits_is_called_off_and_nobody_can_bring_it_back(desk: CampaignHarness) -> None:
    desk.solidarity("ana")
    desk.read()
    approve(desk, desk.seen()[0])
    says(desk, "стоп")
    desk.settle(hours=30)
    assert (desk.reshared(), desk.state(), desk.seen()) == ([], State.CANCELLED, [])


@pytest.mark.parametrize("how", [How.NOT_SENT, How.AMBIGUOUS_ACCEPTED, How.RATE_LIMITED, How.AMBIGUOUS_NOT_ACCEPTED])
def test_it_is_tried_until_the_platform_confirms_and_then_the_address_goes_too(desk: CampaignHarness, how: How) -> None:
    reshared(desk)
    uri = desk.one().post_uri
    for _ in range(3):
        desk.networks["mastodon"].fail_next(FaultyAction.UNDO, how)
    says(desk, "stop")
    desk.deliver()
    assert desk.one().undone_at is None
    assert desk.one().post_uri == uri
    desk.settle(hours=3)
    assert (taken_back(desk), desk.state()) == (1, State.CANCELLED)
    assert "elsewhere" not in everything_stored(desk)


@pytest.mark.parametrize("how", [How.AMBIGUOUS_ACCEPTED, How.AMBIGUOUS_NOT_ACCEPTED])
def test_a_reshare_of_unknown_outcome_ends_taken_back_or_never_sent(desk: CampaignHarness, how: How) -> None:
    desk.solidarity("ana")
    desk.read()
    approve(desk, desk.seen()[0])
    desk.networks["mastodon"].fail_next(FaultyAction.RESHARE, how)
    desk.deliver()
    says(desk, "stop")
    desk.settle(hours=2)
    assert len(desk.reshared()) == taken_back(desk)
    assert (desk.state(), "elsewhere" in everything_stored(desk)) == (State.CANCELLED, False)


def test_one_that_a_person_would_have_to_look_for_is_taken_back_unseen(desk: CampaignHarness) -> None:
    reshared(desk)
    desk.force(desk.one().id, state=State.NEEDS_DECISION)
    says(desk, "stop")
    desk.deliver()
    assert (taken_back(desk), desk.state()) == (1, State.CANCELLED)


def test_reshares_whose_sightings_were_purged_are_found_by_the_authors_key(desk: CampaignHarness) -> None:
    reshared(desk)
    desk.clock.passes(days=40)
    assert purge_quietly(desk.work) == 1
    assert desk.one().sighting_id is None
    says(desk, "stop", ANA.upper())
    desk.deliver()
    assert (taken_back(desk), "elsewhere" in everything_stored(desk)) == (1, False)


def test_on_x_a_new_handle_does_not_bring_them_back(desk: CampaignHarness) -> None:
    reshared(desk, account="x")
    author = desk.seen()[0].post.author
    page = Page((SeenPost("x", "https://x.com/i/status/9", "", "9", author, "stop", START),), Cursor(START), to_us=True)
    ingest.ingest(desk.work, "mentions", page)
    renamed = replace(author, handle="x:anya")
    again = SeenPost("x", "https://x.com/i/status/10", "", "10", renamed, "Solidarity!", START)
    assert ingest.ingest(desk.work, "mentions", Page((again,), Cursor(START), to_us=True)) == []


def test_a_strangers_stop_keeps_them_out_and_tells_nobody_who(desk: CampaignHarness) -> None:
    assert says(desk, "stop", "@eva@elsewhere.example") == []
    desk.solidarity("eva")
    desk.read()
    assert desk.seen() == []
    assert [event.alarming for event in desk.told("withdrawn")] == [False]
    says(desk, "stop", "@eva@elsewhere.example")
    assert len(desk.told("withdrawn")) == 1
    assert "eva" not in str(desk.events)


def test_a_longer_reply_with_such_words_is_for_the_team_to_look_at(desk: CampaignHarness) -> None:
    reshared(desk)
    says(desk, "can you please take this down, my boss has seen it")
    (told,) = desk.told("asks_perhaps")
    assert told.alarming
    assert "bot withdraw 1" in event_text(told)
    assert "boss" not in str(desk.events)
    assert "ana" not in str(desk.events)
    desk.deliver()
    assert taken_back(desk) == 0
    assert forget.withdraw_author_of(desk.work, 1, "ben")["undone"] == 1
    assert taken_back(desk) == 1


def test_such_words_of_a_stranger_alarm_nobody(desk: CampaignHarness) -> None:
    says(desk, "we must stop this war", "@eva@elsewhere.example")
    assert desk.told("asks_perhaps") == []


def test_an_opt_out_in_the_biography_is_a_stop_of_whom_we_reshared(desk: CampaignHarness) -> None:
    reshared(desk)
    says(desk, "Hello!", bio="Teacher. #nobot", to_us=False)
    desk.deliver()
    assert (taken_back(desk), desk.seen()) == (1, [])
    desk.networks["mastodon"].join("@eva@elsewhere.example", bio="#nobot")
    desk.solidarity("eva")
    desk.read()
    assert [str(seen.state) for seen in desk.seen()] == ["rejected"], "of whom nothing is here the rules say no"


def test_our_own_stop_is_none(desk: CampaignHarness) -> None:
    reshared(desk)
    says(desk, "stop", desk.mastodon.handle)
    desk.deliver()
    assert taken_back(desk) == 0
    assert desk.told("withdrawn") == []


def test_the_words_of_the_campaign_take_the_place_of_the_usual_ones(desk: CampaignHarness) -> None:
    desk.work = desk.worker(config(withdrawal=WithdrawalRules({"de": ("Nein danke",)})))
    reshared(desk)
    says(desk, "stop")
    assert desk.told("withdrawn") == []
    says(desk, "Nein, danke!")
    desk.deliver()
    assert taken_back(desk) == 1


def test_somebody_who_was_let_go_cannot_be_approved_any_more(desk: CampaignHarness) -> None:
    desk.solidarity("ana")
    desk.read()
    says(desk, "stop")
    with refused(RefusedCode.NO_SUCH_SIGHTING, sighting=1):
        approval.approve(desk.work, 1, "ben")
