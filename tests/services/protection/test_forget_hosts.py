"""Who is blocked, trusted or forgotten is so in whichever way their server's name is written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.post import MediaKind
from bot.errors import RefusedCode
from bot.services.protection import forget
from tests.harness.campaign import TAG, CampaignHarness
from tests.harness.refusals import refused
from tests.services.traces import taken_back

AS_SERVERS_SAY = "@maria@xn--80aaccm3dr.xn--90ais"
AS_PEOPLE_WRITE = ["@maria@свабода.бел", "acct:Maria@Свабода.бел", "https://свабода.бел/@maria", AS_SERVERS_SAY]


def seen(harness: CampaignHarness) -> None:
    harness.networks["mastodon"].post(AS_SERVERS_SAY, f"Solidarity! #{TAG}", kinds=(MediaKind.VIDEO,), language="en")
    harness.read()


@pytest.mark.parametrize("handle", AS_PEOPLE_WRITE)
def test_a_blocked_author_is_blocked(harness: CampaignHarness, handle: str) -> None:
    moderation = replace(harness.work.config.moderation, blocked=(handle,))
    harness.work = harness.worker(replace(harness.work.config, moderation=moderation))
    seen(harness)
    assert harness.seen()[0].judgement.reasons == ("blocked author",)


@pytest.mark.parametrize("handle", AS_PEOPLE_WRITE)
def test_a_forgotten_author_is_gone_and_never_seen_again(harness: CampaignHarness, handle: str) -> None:
    seen(harness)
    harness.approve_all()
    harness.deliver()
    assert forget.forget(harness.work, handle, "ben") == {"sightings": 1, "undone": 1}
    assert taken_back(harness) == 1
    seen(harness)
    assert harness.seen() == []


def test_what_is_no_handle_is_said_to_be_none(harness: CampaignHarness) -> None:
    with refused(RefusedCode.NOT_A_HANDLE, r'"maria" is no handle\. Write @user@host'):
        forget.forget(harness.work, "maria", "ben")
