"""A look shows a post as it is at this moment, is paid for, and keeps nothing of where its films are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.fingerprint import ChangedPart
from bot.domain.post import MediaFile, MediaKind
from bot.domain.sighting import SightingState
from bot.errors import Outcome, RefusedCode
from bot.services.moderation import look
from bot.store import control
from bot.store.engine import answer
from tests.harness.campaign import CampaignHarness
from tests.harness.faulty_platform import platform_error
from tests.harness.refusals import refused

FILM = MediaFile(MediaKind.VIDEO, "https://files.elsewhere.example/canary-address.mp4", 31.0, "People in a hall.")


def with_film(harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch, account: str = "mastodon") -> None:
    """Have the network tell where a post's film is, as real servers do."""
    platform = harness.work.platforms[account]
    fetch = type(platform).fetch

    def told(self: object, uri: str, known_id: str = "") -> object:
        post = fetch(self, uri, known_id)  # type: ignore[arg-type]
        return post and replace(post, files=(FILM,))

    monkeypatch.setattr(type(platform), "fetch", told)


def test_a_look_gives_the_films_of_this_moment_and_stores_none(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.solidarity()
    harness.read()
    with_film(harness, monkeypatch)
    shown = look.look(harness.work, 1, "ana")
    assert (shown.files, shown.is_gone, shown.changed, shown.cost) == ((FILM,), False, None, 0)
    assert (shown.sighting, shown.sighting and shown.sighting.post.files) == (harness.seen()[0], ())
    assert b"canary-address" not in harness.store_pool.dump()
    with harness.work.store.read() as tx:
        assert [(act.actor, act.action) for act in answer(tx, control.audit_question("sighting 1"))] == [
            ("ana", "watch")
        ]


def test_a_look_on_x_is_paid_for(harness: CampaignHarness) -> None:
    harness.solidarity(account="x")
    harness.read()
    (sighting,) = harness.seen()
    with harness.work.store.read() as tx:
        before = control.spent(tx, "x", harness.clock())
    shown = look.look(harness.work, sighting.id, "ana")
    with harness.work.store.read() as tx:
        assert control.spent(tx, "x", harness.clock()) - before == shown.cost
    assert look.price(harness.work, sighting) == shown.cost == harness.x.fetch_cost


def test_a_look_says_that_a_post_is_gone_or_another_one(harness: CampaignHarness) -> None:
    uri = harness.solidarity()
    harness.solidarity("union")
    harness.read()
    harness.networks["mastodon"].edit(uri, "Buy this! #FreeBelarusUnionists")
    shown = look.look(harness.work, 1, "ana")
    assert (shown.changed, shown.is_gone) == (ChangedPart.OWN, False)
    assert shown.sighting is not None
    assert shown.sighting.post.text.startswith("Buy this!"), "who decides sees what is there"
    harness.networks["mastodon"].delete(uri)
    shown = look.look(harness.work, 1, "ana")
    assert (shown.is_gone, shown.files) == (True, ())
    assert shown.sighting is not None
    assert shown.sighting.state is SightingState.GONE


def test_who_gets_no_answer_is_told_so(harness: CampaignHarness) -> None:
    harness.solidarity()
    harness.read()
    with refused(RefusedCode.NO_SUCH_SIGHTING):
        look.look(harness.work, 7, "ana")
    harness.mastodon.refuse("fetch", platform_error(Outcome.AMBIGUOUS))
    with refused(RefusedCode.POST_UNREADABLE):
        look.look(harness.work, 1, "ana")
    harness.work = replace(harness.work, platforms={"x": harness.x})
    with refused(RefusedCode.NO_USABLE_ACCOUNT):
        look.look(harness.work, 1, "ana")
