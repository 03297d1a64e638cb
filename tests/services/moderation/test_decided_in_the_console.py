"""What a console adds to decisions: users told apart, a yes that rests, marks of what was seen, blocks, presence."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from bot.domain.actor import Actor, Via, actor_of
from bot.domain.delivery import State
from bot.domain.moderation import OF_A_NO, ChecklistItem, Reason
from bot.domain.sighting import Sighting, SightingState
from bot.errors import RefusedCode
from bot.services import presence
from bot.services.moderation import approval, blocking, review_queue
from bot.services.moderation.approval import SeenMark
from bot.services.protection import retention
from bot.store import control, sightings
from bot.store import schema as t
from tests.harness.campaign import CampaignHarness
from tests.harness.refusals import refused
from tests.harness.rehearsal_networks import START
from tests.services.moderation.test_approval_care import careful, held

ANNA, KASIA = Actor(3, "Anna", Via.CONSOLE), Actor(4, "Kasia", Via.CONSOLE)
GRACE = timedelta(seconds=15)


@pytest.fixture
def seen(desk: CampaignHarness) -> Sighting:
    """A sighting that waits, as a person has it before their eyes."""
    desk.solidarity("ana")
    desk.read()
    card = review_queue.card(desk.work, 1)
    assert card is not None
    return card.sighting


def know_users(desk: CampaignHarness) -> None:
    with desk.work.store.begin() as tx:
        row = {"name": "Anna", "name_key": "anna", "roles": ["moderator"], "created_at": START}
        tx.execute(insert(t.user), row)


def test_two_yeses_are_two_users_whatever_they_are_called(desk: CampaignHarness) -> None:
    sighting = held(careful(desk, two_people=True))
    know_users(desk)
    approval.approve(desk.work, sighting, ANNA, ChecklistItem)
    for same in (ANNA, Actor(3, "Ann", Via.API)):
        with refused(RefusedCode.SECOND_PERSON_NEEDED, "Somebody else"):
            approval.approve(desk.work, sighting, same, ChecklistItem)
    after = approval.approve(desk.work, sighting, Actor(4, "Anna", Via.CONSOLE), ChecklistItem)
    assert (after.state, after.decided_by) == (SightingState.APPROVED, "Anna")
    with desk.work.store.read() as tx:
        assert [(yes.by, yes.key) for yes in sightings.approvals_of(tx, sighting)] == [
            ("Anna", "user:3"),
            ("Anna", "user:4"),
        ]


def test_a_shell_says_one_yes_at_the_most_once_the_console_knows_people(desk: CampaignHarness) -> None:
    sighting = held(careful(desk, two_people=True))
    know_users(desk)
    approval.approve(desk.work, sighting, "root", ChecklistItem)
    with refused(RefusedCode.SECOND_YES_FROM_CONSOLE, "from the console", by="root"):
        approval.approve(desk.work, sighting, "anna", ChecklistItem)
    assert approval.approve(desk.work, sighting, ANNA, ChecklistItem).state is SightingState.APPROVED


def test_what_was_done_says_who_did_it_and_through_what(desk: CampaignHarness, seen: Sighting) -> None:
    approval.flag(desk.work, seen.id, "root")
    approval.reject(desk.work, seen.id, ANNA, OF_A_NO[-1])
    with desk.work.store.read() as tx:
        rows = tx.execute(select(t.audit.c.actor, t.audit.c.actor_id, t.audit.c.via).order_by(t.audit.c.id)).all()
        assert [tuple(row) for row in rows] == [("root", "", "shell"), ("Anna", "3", "console")]
        assert [act.via for act in control.audit_of(tx, f"sighting {seen.id}")] == [Via.SHELL, Via.CONSOLE]
    assert desk.seen()[0].judgement.reasons[0] == Reason.OTHER
    assert actor_of("groundswell").via is Via.GROUNDSWELL


def test_a_yes_rests_so_that_it_can_be_taken_back(desk: CampaignHarness, seen: Sighting) -> None:
    after = approval.approve(desk.work, seen.id, ANNA, not_before=START + GRACE)
    assert after.state is SightingState.APPROVED
    for seconds in (0, 14):
        desk.move_to(START + timedelta(seconds=seconds))
        desk.deliver()
        assert (desk.reshared(), desk.states()) == ([], [State.PLANNED])
    waits = approval.take_back(desk.work, seen.id, ANNA, as_seen=SeenMark.of(after))
    assert (waits.state, waits.decided_by, waits.judgement.reasons) == (
        SightingState.HELD,
        "",
        (Reason.NOBODY_DECIDED,),
    )
    desk.move_to(START + 2 * GRACE)
    desk.deliver()
    assert (desk.reshared(), desk.states()) == ([], [State.CANCELLED])


def test_a_yes_that_nobody_takes_back_takes_its_turn(desk: CampaignHarness, seen: Sighting) -> None:
    approval.approve(desk.work, seen.id, ANNA, not_before=START + GRACE)
    desk.deliver()
    desk.move_to(START + GRACE)
    desk.deliver()
    assert len(desk.reshared()) == 1
    with refused(RefusedCode.ALREADY_RESHARED):
        approval.take_back(desk.work, seen.id, ANNA)


def test_a_yes_that_rests_keeps_nobody_elses_turn(desk: CampaignHarness, seen: Sighting) -> None:
    desk.solidarity("union")
    desk.read()
    approval.approve(desk.work, seen.id, ANNA, not_before=START + GRACE)
    approval.approve(desk.work, 2, "ben")
    desk.deliver()
    assert [one.state for one in desk.seen()] == [SightingState.APPROVED, SightingState.RESHARED]
    desk.move_to(START + timedelta(hours=1))
    desk.deliver()
    assert len(desk.reshared()) == 2


def test_of_two_yeses_only_ones_own_is_taken_back(desk: CampaignHarness) -> None:
    sighting = held(careful(desk, two_people=True))
    approval.approve(desk.work, sighting, ANNA, ChecklistItem)
    approval.approve(desk.work, sighting, KASIA, ChecklistItem)
    waits = approval.take_back(desk.work, sighting, KASIA)
    assert (waits.state, waits.judgement.reasons[0]) == (SightingState.HELD, Reason.SECOND)
    assert approval.approve(desk.work, sighting, KASIA, ChecklistItem).state is SightingState.APPROVED


def test_a_mark_of_what_was_seen_is_kept_on_a_page(desk: CampaignHarness, seen: Sighting) -> None:
    mark = SeenMark.parse(str(SeenMark.of(seen)))
    assert mark == SeenMark.of(seen)
    for broken in ("", "x", "a.b.c", f"{mark.decided}.{mark.judged}.!"):
        with refused(RefusedCode.DECIDED_MEANWHILE) if "!" not in broken else refused(RefusedCode.POST_CHANGED):
            approval.approve(desk.work, seen.id, ANNA, as_seen=SeenMark.parse(broken))
    approval.reject(desk.work, seen.id, KASIA, as_seen=mark)
    with refused(RefusedCode.DECIDED_MEANWHILE, "Kasia said no", by="Kasia"):
        approval.approve(desk.work, seen.id, ANNA, as_seen=mark)


def test_nothing_of_a_blocked_author_is_reshared_and_nobody_reads_who_it_is(
    desk: CampaignHarness, seen: Sighting
) -> None:
    desk.solidarity("ana", text="Once more! #FreeBelarusUnionists")
    desk.read()
    approval.approve(desk.work, 2, "ben")
    blocked = blocking.block(desk.work, seen.id, ANNA)
    assert (blocked.by, blocked.at, blocked.posts) == ("Anna", START, 2)
    assert [one.state for one in desk.seen()] == [SightingState.REJECTED] * 2
    assert desk.states() == [State.CANCELLED]
    with refused(RefusedCode.APPROVAL_FORBIDDEN):
        approval.approve(desk.work, 2, "ben")
    with refused(RefusedCode.ALREADY_BLOCKED, "Anna has done so", by="Anna"):
        blocking.block(desk.work, 2, KASIA)
    desk.solidarity("ana", text="And again. #FreeBelarusUnionists")
    desk.solidarity("union")
    desk.read()
    assert [one.state for one in desk.seen()[2:]] == [SightingState.REJECTED, SightingState.HELD]
    (listed,) = blocking.blocked(desk.work)
    assert listed == blocked
    assert seen.post.author.handle not in repr(listed)
    assert blocking.unblock(desk.work, listed.key, KASIA)
    assert not blocking.unblock(desk.work, listed.key, KASIA)
    assert blocking.blocked(desk.work) == []
    desk.solidarity("ana", text="Now? #FreeBelarusUnionists")
    desk.read()
    assert desk.seen()[-1].state is SightingState.HELD


def test_after_the_campaign_nobody_is_blocked_and_nobody_was_looking(desk: CampaignHarness, seen: Sighting) -> None:
    blocking.block(desk.work, seen.id, ANNA)
    presence.look(desk.work, seen.id, ANNA)
    retention.purge_after_campaign(desk.work, ANNA)
    with desk.work.store.read() as tx:
        assert tx.execute(select(t.blocked_author)).all() == tx.execute(select(t.presence)).all() == []
    assert b"sighting 1" in desk.store_pool.dump(), "what our people did is kept"


def test_who_looks_at_a_post_is_shown_to_the_others(desk: CampaignHarness) -> None:
    presence.look(desk.work, 7, ANNA)
    presence.look(desk.work, 7, KASIA)
    presence.look(desk.work, 8, "root")
    presence.look(desk.work, 7, ANNA)
    assert presence.others(desk.work, [7, 8, 9], ANNA) == {7: ("Kasia",), 8: ("root",)}
    assert presence.others(desk.work, [], ANNA) == {}
    presence.leave(desk.work, KASIA, 7)
    assert presence.others(desk.work, [7], ANNA) == {}
    desk.move_to(START + presence.LASTS + timedelta(seconds=1))
    assert presence.others(desk.work, [7, 8], KASIA) == {}
    presence.look(desk.work, 8, ANNA)
    presence.leave(desk.work, ANNA)
    with desk.work.store.read() as tx:
        assert tx.execute(select(t.presence)).all() == []
