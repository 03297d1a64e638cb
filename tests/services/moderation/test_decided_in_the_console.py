"""What a console adds to decisions: users told apart, a yes that rests, marks of what was seen, blocks, presence."""

from __future__ import annotations

from collections.abc import Mapping
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
from bot.store import control
from bot.store import schema as t
from bot.store.approvals import approvals_of
from bot.store.engine import answer
from tests.harness.campaign import CampaignHarness
from tests.harness.refusals import refused
from tests.harness.rehearsal_networks import START
from tests.services.moderation.test_approval_care import careful, held

ANNA, KASIA = Actor(3, "Anna", Via.CONSOLE), Actor(4, "Kasia", Via.CONSOLE)
GRACE = timedelta(seconds=15)


@pytest.fixture
def seen(harness: CampaignHarness) -> Sighting:
    """A sighting that waits, as a person has it before their eyes."""
    harness.solidarity("ana")
    harness.read()
    card = review_queue.card(harness.work, 1)
    assert card is not None
    return card.sighting


def know_users(harness: CampaignHarness) -> None:
    with harness.work.store.begin() as tx:
        row = {"name": "Anna", "name_key": "anna", "roles": ["moderator"], "created_at": START}
        tx.execute(insert(t.user), row)


def test_two_yeses_are_two_users_whatever_they_are_called(harness: CampaignHarness) -> None:
    sighting = held(careful(harness, two_people=True))
    know_users(harness)
    approval.approve(harness.work, sighting, ANNA, ChecklistItem)
    for same in (ANNA, Actor(3, "Ann", Via.API)):
        with refused(RefusedCode.SECOND_PERSON_NEEDED, "Somebody else"):
            approval.approve(harness.work, sighting, same, ChecklistItem)
    after = approval.approve(harness.work, sighting, Actor(4, "Anna", Via.CONSOLE), ChecklistItem)
    assert (after.state, after.decided_by) == (SightingState.APPROVED, "Anna")
    with harness.work.store.read() as tx:
        assert [(yes.by, yes.key) for yes in approvals_of(tx, sighting)] == [
            ("Anna", "user:3"),
            ("Anna", "user:4"),
        ]


def test_a_shell_says_one_yes_at_the_most_once_the_console_knows_people(harness: CampaignHarness) -> None:
    sighting = held(careful(harness, two_people=True))
    know_users(harness)
    approval.approve(harness.work, sighting, "root", ChecklistItem)
    with refused(RefusedCode.SECOND_YES_FROM_CONSOLE, "from the console", by="root"):
        approval.approve(harness.work, sighting, "anna", ChecklistItem)
    assert approval.approve(harness.work, sighting, ANNA, ChecklistItem).state is SightingState.APPROVED


def test_what_was_done_says_who_did_it_and_through_what(harness: CampaignHarness, seen: Sighting) -> None:
    approval.flag(harness.work, seen.id, "root")
    approval.reject(harness.work, seen.id, ANNA, OF_A_NO[-1])
    with harness.work.store.read() as tx:
        rows = tx.execute(select(t.audit.c.actor, t.audit.c.actor_id, t.audit.c.via).order_by(t.audit.c.id)).all()
        assert [tuple(row) for row in rows] == [("root", "", "shell"), ("Anna", "3", "console")]
        assert [act.via for act in answer(tx, control.audit_question(f"sighting {seen.id}"))] == [
            Via.SHELL,
            Via.CONSOLE,
        ]
    assert harness.seen()[0].judgement.reasons[0] == Reason.OTHER
    assert actor_of("groundswell").via is Via.GROUNDSWELL


def test_a_yes_rests_so_that_it_can_be_taken_back(harness: CampaignHarness, seen: Sighting) -> None:
    after = approval.approve(harness.work, seen.id, ANNA, not_before=START + GRACE)
    assert after.state is SightingState.APPROVED
    for seconds in (0, 14):
        harness.move_to(START + timedelta(seconds=seconds))
        harness.deliver()
        assert (harness.reshared(), harness.states()) == ([], [State.PLANNED])
    waits = approval.take_back(harness.work, seen.id, ANNA, as_seen=SeenMark.of(after))
    assert (waits.state, waits.decided_by, waits.judgement.reasons) == (
        SightingState.HELD,
        "",
        (Reason.NOBODY_DECIDED,),
    )
    harness.move_to(START + 2 * GRACE)
    harness.deliver()
    assert (harness.reshared(), harness.states()) == ([], [State.CANCELLED])


def test_a_yes_that_nobody_takes_back_takes_its_turn(harness: CampaignHarness, seen: Sighting) -> None:
    approval.approve(harness.work, seen.id, ANNA, not_before=START + GRACE)
    harness.deliver()
    harness.move_to(START + GRACE)
    harness.deliver()
    assert len(harness.reshared()) == 1
    with refused(RefusedCode.ALREADY_RESHARED):
        approval.take_back(harness.work, seen.id, ANNA)


def test_a_yes_that_rests_keeps_nobody_elses_turn(harness: CampaignHarness, seen: Sighting) -> None:
    harness.solidarity("union")
    harness.read()
    approval.approve(harness.work, seen.id, ANNA, not_before=START + GRACE)
    approval.approve(harness.work, 2, "ben")
    harness.deliver()
    assert [one.state for one in harness.seen()] == [SightingState.APPROVED, SightingState.RESHARED]
    harness.move_to(START + timedelta(hours=1))
    harness.deliver()
    assert len(harness.reshared()) == 2


def test_of_two_yeses_only_ones_own_is_taken_back(harness: CampaignHarness) -> None:
    sighting = held(careful(harness, two_people=True))
    approval.approve(harness.work, sighting, ANNA, ChecklistItem)
    approval.approve(harness.work, sighting, KASIA, ChecklistItem)
    waits = approval.take_back(harness.work, sighting, KASIA)
    assert (waits.state, waits.judgement.reasons[0]) == (SightingState.HELD, Reason.SECOND)
    assert approval.approve(harness.work, sighting, KASIA, ChecklistItem).state is SightingState.APPROVED


def test_a_mark_of_what_was_seen_is_kept_on_a_page(harness: CampaignHarness, seen: Sighting) -> None:
    mark = SeenMark.parse(str(SeenMark.of(seen)))
    assert mark == SeenMark.of(seen)
    for broken in ("", "x", "a.b.c", f"{mark.decided}.{mark.judged}.!"):
        with refused(RefusedCode.DECIDED_MEANWHILE) if "!" not in broken else refused(RefusedCode.POST_CHANGED):
            approval.approve(harness.work, seen.id, ANNA, as_seen=SeenMark.parse(broken))
    approval.reject(harness.work, seen.id, KASIA, as_seen=mark)
    with refused(RefusedCode.DECIDED_MEANWHILE, "Kasia said no", by="Kasia"):
        approval.approve(harness.work, seen.id, ANNA, as_seen=mark)


def test_nothing_of_a_blocked_author_is_reshared_and_nobody_reads_who_it_is(
    harness: CampaignHarness, seen: Sighting
) -> None:
    harness.solidarity("ana", text="Once more! #FreeBelarusUnionists")
    harness.read()
    approval.approve(harness.work, 2, "ben")
    blocked = blocking.block(harness.work, seen.id, ANNA)
    assert (blocked.by, blocked.at, blocked.posts) == ("Anna", START, 2)
    assert [one.state for one in harness.seen()] == [SightingState.REJECTED] * 2
    assert harness.states() == [State.CANCELLED]
    with refused(RefusedCode.APPROVAL_FORBIDDEN):
        approval.approve(harness.work, 2, "ben")
    with refused(RefusedCode.ALREADY_BLOCKED, "Anna has done so", by="Anna"):
        blocking.block(harness.work, 2, KASIA)
    harness.solidarity("ana", text="And again. #FreeBelarusUnionists")
    harness.solidarity("union")
    harness.read()
    assert [one.state for one in harness.seen()[2:]] == [SightingState.REJECTED, SightingState.HELD]
    (listed,) = blocking.blocked(harness.work)
    assert listed == blocked
    assert seen.post.author.handle not in repr(listed)
    assert blocking.unblock(harness.work, listed.key, KASIA)
    assert not blocking.unblock(harness.work, listed.key, KASIA)
    assert blocking.blocked(harness.work) == []
    harness.solidarity("ana", text="Now? #FreeBelarusUnionists")
    harness.read()
    assert harness.seen()[-1].state is SightingState.HELD


def test_after_the_campaign_nobody_is_blocked_and_nobody_was_looking(harness: CampaignHarness, seen: Sighting) -> None:
    blocking.block(harness.work, seen.id, ANNA)
    presence.look(harness.work, seen.id, ANNA)
    retention.purge_after_campaign(harness.work, ANNA)
    with harness.work.store.read() as tx:
        assert tx.execute(select(t.blocked_author)).all() == tx.execute(select(t.presence)).all() == []
    assert b"sighting 1" in harness.store_pool.dump(), "what our people did is kept"


def others(harness: CampaignHarness, by: Actor) -> Mapping[int, tuple[str, ...]]:
    with harness.work.store.read() as tx:
        return answer(tx, presence.others_question(by, harness.clock()))


def test_who_looks_at_a_post_is_shown_to_the_others(harness: CampaignHarness) -> None:
    presence.look(harness.work, 7, ANNA)
    presence.look(harness.work, 7, KASIA)
    presence.look(harness.work, 8, "root")
    presence.look(harness.work, 7, ANNA)
    assert others(harness, ANNA) == {7: ("Kasia",), 8: ("root",)}
    presence.leave(harness.work, KASIA, 7)
    assert others(harness, ANNA) == {8: ("root",)}
    harness.move_to(START + presence.LASTS + timedelta(seconds=1))
    assert others(harness, KASIA) == {}
    presence.look(harness.work, 8, ANNA)
    presence.leave(harness.work, ANNA)
    with harness.work.store.read() as tx:
        assert tx.execute(select(t.presence)).all() == []
