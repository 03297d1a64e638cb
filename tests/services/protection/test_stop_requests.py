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


def reshared(harness: CampaignHarness, who: str = "ana", account: str = "mastodon") -> None:
    harness.solidarity(who, account)
    harness.read()
    for seen in harness.seen():
        approve(harness, seen)
    harness.deliver()
    assert harness.reshared(account)


def says(
    harness: CampaignHarness,
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
    return [one.id for one in ingest.ingest(harness.work, "mentions", page)]


@pytest.mark.parametrize("text", ["Stop!", "@harness калі ласка, выдаліце", "Thanks. Please remove this."])
def test_a_stop_takes_the_reshare_back_and_leaves_a_hash(harness: CampaignHarness, text: str) -> None:
    reshared(harness)
    assert says(harness, text, ANA.upper()) == []
    assert harness.seen() == []
    harness.deliver()
    assert (taken_back(harness), harness.state()) == (1, State.CANCELLED)
    assert "ana" not in everything_stored(harness)
    harness.solidarity("ana")
    harness.read()
    assert harness.seen() == []


def test_a_stop_said_in_private_is_heard_too(harness: CampaignHarness) -> None:
    reshared(harness)
    says(harness, "please stop", public=False)
    harness.deliver()
    assert taken_back(harness) == 1


def test_a_stop_is_carried_out_while_all_sending_is_stopped(harness: CampaignHarness) -> None:
    reshared(harness)
    reshared(harness, "eva")
    undo.ask(harness.work, next(one.id for one in harness.all() if one.sighting_id == 2), "ben")
    stop.stop(harness.work, "ben")
    says(harness, "stop")
    harness.settle()
    assert taken_back(harness) == 1, "what the team takes back waits, as all else does"
    stop.resume(harness.work, "ben")
    harness.settle()
    assert taken_back(harness) == 2


def test_a_stop_costs_what_it_costs_when_the_budget_is_spent(file_harness: CampaignHarness) -> None:
    harness = file_harness
    harness.work = harness.worker(config(budget=1.0))
    reshared(harness, account="x")
    with harness.work.store.begin() as tx:
        control.spend(tx, "x", 1_000_000, harness.clock())
        before = control.spent(tx, "x", harness.clock())
    says(harness, "stop", "x:ana", platform="x")
    harness.deliver()
    assert taken_back(harness, "x") == 1
    with harness.work.store.read() as tx:
        assert control.spent(tx, "x", harness.clock()) == before + harness.x.undo_cost > before


def test_what_waits_is_called_off_and_nobody_can_bring_it_back(harness: CampaignHarness) -> None:
    harness.solidarity("ana")
    harness.read()
    approve(harness, harness.seen()[0])
    says(harness, "стоп")
    harness.settle(hours=30)
    assert (harness.reshared(), harness.state(), harness.seen()) == ([], State.CANCELLED, [])


@pytest.mark.parametrize("how", [How.NOT_SENT, How.AMBIGUOUS_ACCEPTED, How.RATE_LIMITED, How.AMBIGUOUS_NOT_ACCEPTED])
def test_it_is_tried_until_the_platform_confirms_and_then_the_address_goes_too(
    harness: CampaignHarness, how: How
) -> None:
    reshared(harness)
    uri = harness.one().post_uri
    for _ in range(3):
        harness.networks["mastodon"].fail_next(FaultyAction.UNDO, how)
    says(harness, "stop")
    harness.deliver()
    assert harness.one().undone_at is None
    assert harness.one().post_uri == uri
    harness.settle(hours=3)
    assert (taken_back(harness), harness.state()) == (1, State.CANCELLED)
    assert "elsewhere" not in everything_stored(harness)


@pytest.mark.parametrize("how", [How.AMBIGUOUS_ACCEPTED, How.AMBIGUOUS_NOT_ACCEPTED])
def test_a_reshare_of_unknown_outcome_ends_taken_back_or_never_sent(harness: CampaignHarness, how: How) -> None:
    harness.solidarity("ana")
    harness.read()
    approve(harness, harness.seen()[0])
    harness.networks["mastodon"].fail_next(FaultyAction.RESHARE, how)
    harness.deliver()
    says(harness, "stop")
    harness.settle(hours=2)
    assert len(harness.reshared()) == taken_back(harness)
    assert (harness.state(), "elsewhere" in everything_stored(harness)) == (State.CANCELLED, False)


def test_one_that_a_person_would_have_to_look_for_is_taken_back_unseen(harness: CampaignHarness) -> None:
    reshared(harness)
    harness.force(harness.one().id, state=State.NEEDS_DECISION)
    says(harness, "stop")
    harness.deliver()
    assert (taken_back(harness), harness.state()) == (1, State.CANCELLED)


def test_reshares_whose_sightings_were_purged_are_found_by_the_authors_key(harness: CampaignHarness) -> None:
    reshared(harness)
    harness.clock.passes(days=40)
    assert purge_quietly(harness.work) == 1
    assert harness.one().sighting_id is None
    says(harness, "stop", ANA.upper())
    harness.deliver()
    assert (taken_back(harness), "elsewhere" in everything_stored(harness)) == (1, False)


def test_on_x_a_new_handle_does_not_bring_them_back(harness: CampaignHarness) -> None:
    reshared(harness, account="x")
    author = harness.seen()[0].post.author
    page = Page((SeenPost("x", "https://x.com/i/status/9", "", "9", author, "stop", START),), Cursor(START), to_us=True)
    ingest.ingest(harness.work, "mentions", page)
    renamed = replace(author, handle="x:anya")
    again = SeenPost("x", "https://x.com/i/status/10", "", "10", renamed, "Solidarity!", START)
    assert ingest.ingest(harness.work, "mentions", Page((again,), Cursor(START), to_us=True)) == []


def test_a_strangers_stop_keeps_them_out_and_tells_nobody_who(harness: CampaignHarness) -> None:
    assert says(harness, "stop", "@eva@elsewhere.example") == []
    harness.solidarity("eva")
    harness.read()
    assert harness.seen() == []
    assert [event.alarming for event in harness.told("withdrawn")] == [False]
    says(harness, "stop", "@eva@elsewhere.example")
    assert len(harness.told("withdrawn")) == 1
    assert "eva" not in str(harness.events)


def test_a_longer_reply_with_such_words_is_for_the_team_to_look_at(harness: CampaignHarness) -> None:
    reshared(harness)
    says(harness, "can you please take this down, my boss has seen it")
    (told,) = harness.told("asks_perhaps")
    assert told.alarming
    assert "bot withdraw 1" in event_text(told)
    assert "boss" not in str(harness.events)
    assert "ana" not in str(harness.events)
    harness.deliver()
    assert taken_back(harness) == 0
    assert forget.withdraw_author_of(harness.work, 1, "ben")["undone"] == 1
    assert taken_back(harness) == 1


def test_such_words_of_a_stranger_alarm_nobody(harness: CampaignHarness) -> None:
    says(harness, "we must stop this war", "@eva@elsewhere.example")
    assert harness.told("asks_perhaps") == []


def test_an_opt_out_in_the_biography_is_a_stop_of_whom_we_reshared(harness: CampaignHarness) -> None:
    reshared(harness)
    says(harness, "Hello!", bio="Teacher. #nobot", to_us=False)
    harness.deliver()
    assert (taken_back(harness), harness.seen()) == (1, [])
    harness.networks["mastodon"].join("@eva@elsewhere.example", bio="#nobot")
    harness.solidarity("eva")
    harness.read()
    assert [str(seen.state) for seen in harness.seen()] == ["rejected"], "of whom nothing is here the rules say no"


def test_our_own_stop_is_none(harness: CampaignHarness) -> None:
    reshared(harness)
    says(harness, "stop", harness.mastodon.handle)
    harness.deliver()
    assert taken_back(harness) == 0
    assert harness.told("withdrawn") == []


def test_the_words_of_the_campaign_take_the_place_of_the_usual_ones(harness: CampaignHarness) -> None:
    harness.work = harness.worker(config(withdrawal=WithdrawalRules({"de": ("Nein danke",)})))
    reshared(harness)
    says(harness, "stop")
    assert harness.told("withdrawn") == []
    says(harness, "Nein, danke!")
    harness.deliver()
    assert taken_back(harness) == 1


def test_somebody_who_was_let_go_cannot_be_approved_any_more(harness: CampaignHarness) -> None:
    harness.solidarity("ana")
    harness.read()
    says(harness, "stop")
    with refused(RefusedCode.NO_SUCH_SIGHTING, sighting=1):
        approval.approve(harness.work, 1, "ben")
