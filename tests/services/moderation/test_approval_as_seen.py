"""A person decides on the post as they saw it, is told who was first, and can take back what they decided."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.delivery import State
from bot.domain.moderation import OF_A_NO
from bot.domain.sighting import Sighting, SightingState
from bot.errors import RefusedCode
from bot.services.moderation import approval, review_queue
from bot.store import sightings
from tests.harness.campaign import CampaignHarness
from tests.harness.refusals import refused


@pytest.fixture
def seen(harness: CampaignHarness) -> Sighting:
    """A sighting that waits, as a person has it before their eyes."""
    harness.solidarity("ana")
    harness.read()
    card = review_queue.card(harness.work, 1)
    assert card is not None
    assert (review_queue.waiting(harness.work), card.care, card.forbidden) == ([1], (), ())
    return card.sighting


def test_whoever_comes_second_is_told_who_was_first(harness: CampaignHarness, seen: Sighting) -> None:
    approval.reject(harness.work, seen.id, "ana", OF_A_NO[1], as_seen=seen)
    assert harness.seen()[0].judgement.reasons[0] == OF_A_NO[1]
    for decide in (approval.approve, approval.reject, approval.flag):
        with refused(RefusedCode.DECIDED_MEANWHILE, "ana said no", by="ana", decided=SightingState.REJECTED):
            decide(harness.work, seen.id, "ben", as_seen=seen)
    assert review_queue.waiting(harness.work) == []


def test_no_yes_counts_for_a_post_that_has_changed_or_was_flagged_since(
    harness: CampaignHarness, seen: Sighting
) -> None:
    with harness.work.store.begin() as tx:
        sightings.refresh(tx, seen.id, replace(seen.post, text="Buy this! #FreeBelarusUnionists"))
    with refused(RefusedCode.POST_CHANGED):
        approval.approve(harness.work, seen.id, "ben", as_seen=seen)
    now = harness.seen()[0]
    approval.flag(harness.work, seen.id, "ana", as_seen=now)
    with refused(RefusedCode.POST_CHANGED):
        approval.approve(harness.work, seen.id, "ben", as_seen=now)
    assert harness.all() == []


@pytest.mark.parametrize("described", ["alternative text", "handle"])
def test_no_yes_counts_for_other_alternative_texts_or_another_name(
    harness: CampaignHarness, seen: Sighting, described: str
) -> None:
    author = replace(seen.post.author, handle="@eve@elsewhere.example")
    now = replace(seen.post, author=author) if described == "handle" else replace(seen.post, alts=("A name.",))
    with harness.work.store.begin() as tx:
        sightings.refresh(tx, seen.id, now)
    with refused(RefusedCode.POST_CHANGED):
        approval.approve(harness.work, seen.id, "ben", as_seen=seen)


def test_a_yes_that_is_taken_back_waits_again_and_can_be_said_again(harness: CampaignHarness, seen: Sighting) -> None:
    after = approval.approve(harness.work, seen.id, "ben", as_seen=seen)
    assert approval.reconsider(harness.work, seen, after, "ben") == seen
    assert harness.states() == [State.CANCELLED]
    harness.deliver()
    assert harness.reshared() == []
    approval.approve(harness.work, seen.id, "ben", as_seen=seen)
    harness.deliver()
    assert len(harness.reshared()) == 1
    with refused(RefusedCode.ALREADY_RESHARED):
        approval.reconsider(harness.work, seen, harness.seen()[0], "ben")


def test_a_flag_that_is_taken_back_holds_nothing_for_care(harness: CampaignHarness, seen: Sighting) -> None:
    after = approval.flag(harness.work, seen.id, "ben", as_seen=seen).seen
    assert approval.care_needed(harness.work, seen.id)
    approval.reconsider(harness.work, seen, after, "ben")
    assert approval.care_needed(harness.work, seen.id) == ()
