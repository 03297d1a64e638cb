"""A follower does not get one video twice."""

from __future__ import annotations

from pathlib import Path

from bot.domain.campaign import USUAL_RULES, When
from bot.domain.delivery import State
from bot.domain.sighting import Sighting, SightingState
from bot.errors import RefusedCode
from bot.services import decisions
from bot.services.moderation import approval
from tests.harness.campaign import TAG, CampaignHarness, config
from tests.harness.refusals import refused
from tests.harness.words import worded

UNION = "@union@elsewhere.example"
WORDS = f"From our picket line in front of the embassy: let them go at once! #{TAG}"


def posted_again(harness: CampaignHarness, who: str = "ana", account: str = "mastodon") -> Sighting:
    """Somebody posts what they have posted before."""
    uri = harness.solidarity(who, account, text=WORDS)
    harness.read()
    return next(seen for seen in harness.seen() if seen.post.uri == uri)


def test_the_same_video_is_shown_beside_the_first_and_not_queued_twice(harness: CampaignHarness) -> None:
    first, second = posted_again(harness), posted_again(harness)
    assert second.same_as == first.id
    assert tuple(map(worded, second.judgement.reasons)) == (f"the same video as sighting {first.id}",)
    approval.approve(harness.work, first.id, "ana")
    with refused(RefusedCode.SAME_VIDEO_OUT, f"bot approve {second.id} --again"):
        approval.approve(harness.work, second.id, "ana")
    harness.settle()
    with refused(RefusedCode.SAME_VIDEO_OUT, other=first.id):
        approval.approve(harness.work, second.id, "ana")
    assert len(harness.reshared()) == 1


def test_the_first_is_refused_as_well_once_the_second_is_out(harness: CampaignHarness) -> None:
    first, second = posted_again(harness), posted_again(harness)
    approval.approve(harness.work, second.id, "ana")
    with refused(RefusedCode.SAME_VIDEO_OUT, f"same video as sighting {second.id}", other=second.id):
        approval.approve(harness.work, first.id, "ana")


def test_it_is_shown_once_more_where_a_person_means_it(harness: CampaignHarness) -> None:
    first, second = posted_again(harness), posted_again(harness)
    approval.approve(harness.work, first.id, "ana")
    approval.approve(harness.work, second.id, "ana", again=True)
    harness.settle(hours=30)
    assert len(harness.reshared()) == 2


def test_what_was_called_off_stands_in_nobodys_way(harness: CampaignHarness) -> None:
    first, second = posted_again(harness), posted_again(harness)
    approval.approve(harness.work, first.id, "ana")
    approval.reject(harness.work, first.id, "ana")
    approval.approve(harness.work, second.id, "ana")
    harness.settle()
    assert len(harness.reshared()) == 1


def test_each_network_shows_it_once(harness: CampaignHarness) -> None:
    first, second = posted_again(harness), posted_again(harness, account="x")
    assert second.same_as == first.id
    approval.approve(harness.work, first.id, "ana")
    approval.approve(harness.work, second.id, "ana")
    harness.settle()
    assert (len(harness.reshared()), len(harness.reshared("x"))) == (1, 1)


def test_what_a_rule_approved_twice_leaves_once(tmp_path: Path) -> None:
    rules = tuple(rule for rule in USUAL_RULES if rule.when is not When.SAME_VIDEO)
    harness = CampaignHarness(tmp_path, trusted=[UNION], rules=rules)
    first, second = posted_again(harness, "union"), posted_again(harness, "union")
    assert [one.state for one in harness.all()] == [State.PLANNED, State.PLANNED]
    harness.settle(hours=48)
    assert len(harness.reshared()) == 1
    states = {seen.id: (seen.state, tuple(map(worded, seen.judgement.reasons))) for seen in harness.seen()}
    assert states[first.id][0] is SightingState.RESHARED
    assert states[second.id] == (SightingState.HELD, (f"the same video as sighting {first.id} is out",))


def test_retrying_one_after_the_other_is_out_is_refused(harness: CampaignHarness) -> None:
    first, second = posted_again(harness), posted_again(harness)
    approval.approve(harness.work, first.id, "ana")
    approval.reject(harness.work, first.id, "ana")
    approval.approve(harness.work, second.id, "ana")
    with refused(RefusedCode.SAME_VIDEO_OUT, "--again", other=second.id):
        decisions.retry(harness.work, min(one.id for one in harness.all()), "ana")


def test_other_videos_are_others(harness: CampaignHarness) -> None:
    harness.work = harness.worker(config())
    posted_again(harness)
    assert posted_again(harness, "eva").same_as is None
