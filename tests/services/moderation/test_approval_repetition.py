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


def posted_again(desk: CampaignHarness, who: str = "ana", account: str = "mastodon") -> Sighting:
    """Somebody posts what they have posted before."""
    uri = desk.solidarity(who, account, text=WORDS)
    desk.read()
    return next(seen for seen in desk.seen() if seen.post.uri == uri)


def test_the_same_video_is_shown_beside_the_first_and_not_queued_twice(desk: CampaignHarness) -> None:
    first, second = posted_again(desk), posted_again(desk)
    assert second.same_as == first.id
    assert tuple(map(worded, second.judgement.reasons)) == (f"the same video as sighting {first.id}",)
    approval.approve(desk.work, first.id, "ana")
    with refused(RefusedCode.SAME_VIDEO_OUT, f"bot approve {second.id} --again"):
        approval.approve(desk.work, second.id, "ana")
    desk.settle()
    with refused(RefusedCode.SAME_VIDEO_OUT, other=first.id):
        approval.approve(desk.work, second.id, "ana")
    assert len(desk.reshared()) == 1


def test_the_first_is_refused_as_well_once_the_second_is_out(desk: CampaignHarness) -> None:
    first, second = posted_again(desk), posted_again(desk)
    approval.approve(desk.work, second.id, "ana")
    with refused(RefusedCode.SAME_VIDEO_OUT, f"same video as sighting {second.id}", other=second.id):
        approval.approve(desk.work, first.id, "ana")


def test_it_is_shown_once_more_where_a_person_means_it(desk: CampaignHarness) -> None:
    first, second = posted_again(desk), posted_again(desk)
    approval.approve(desk.work, first.id, "ana")
    approval.approve(desk.work, second.id, "ana", again=True)
    desk.settle(hours=30)
    assert len(desk.reshared()) == 2


def test_what_was_called_off_stands_in_nobodys_way(desk: CampaignHarness) -> None:
    first, second = posted_again(desk), posted_again(desk)
    approval.approve(desk.work, first.id, "ana")
    approval.reject(desk.work, first.id, "ana")
    approval.approve(desk.work, second.id, "ana")
    desk.settle()
    assert len(desk.reshared()) == 1


def test_each_network_shows_it_once(desk: CampaignHarness) -> None:
    first, second = posted_again(desk), posted_again(desk, account="x")
    assert second.same_as == first.id
    approval.approve(desk.work, first.id, "ana")
    approval.approve(desk.work, second.id, "ana")
    desk.settle()
    assert (len(desk.reshared()), len(desk.reshared("x"))) == (1, 1)


def test_what_a_rule_approved_twice_leaves_once(tmp_path: Path) -> None:
    rules = tuple(rule for rule in USUAL_RULES if rule.when is not When.SAME_VIDEO)
    desk = CampaignHarness(tmp_path, trusted=[UNION], rules=rules)
    first, second = posted_again(desk, "union"), posted_again(desk, "union")
    assert [one.state for one in desk.all()] == [State.PLANNED, State.PLANNED]
    desk.settle(hours=48)
    assert len(desk.reshared()) == 1
    states = {seen.id: (seen.state, tuple(map(worded, seen.judgement.reasons))) for seen in desk.seen()}
    assert states[first.id][0] is SightingState.RESHARED
    assert states[second.id] == (SightingState.HELD, (f"the same video as sighting {first.id} is out",))


def test_retrying_one_after_the_other_is_out_is_refused(desk: CampaignHarness) -> None:
    first, second = posted_again(desk), posted_again(desk)
    approval.approve(desk.work, first.id, "ana")
    approval.reject(desk.work, first.id, "ana")
    approval.approve(desk.work, second.id, "ana")
    with refused(RefusedCode.SAME_VIDEO_OUT, "--again", other=second.id):
        decisions.retry(desk.work, min(one.id for one in desk.all()), "ana")


def test_other_videos_are_others(desk: CampaignHarness) -> None:
    desk.work = desk.worker(config())
    posted_again(desk)
    assert posted_again(desk, "eva").same_as is None
