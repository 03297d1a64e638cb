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
from tests.harness.campaign import CampaignHarness
from tests.harness.faulty_platform import platform_error
from tests.harness.refusals import refused

FILM = MediaFile(MediaKind.VIDEO, "https://files.elsewhere.example/canary-address.mp4", 31.0, "People in a hall.")


def with_film(desk: CampaignHarness, monkeypatch: pytest.MonkeyPatch, account: str = "mastodon") -> None:
    """Have the network tell where a post's film is, as real servers do."""
    platform = desk.work.platforms[account]
    fetch = type(platform).fetch

    def told(self: object, uri: str, known_id: str = "") -> object:
        post = fetch(self, uri, known_id)  # type: ignore[arg-type]
        return post and replace(post, files=(FILM,))

    monkeypatch.setattr(type(platform), "fetch", told)


def test_a_look_gives_the_films_of_this_moment_and_stores_none(
    desk: CampaignHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.solidarity()
    desk.read()
    with_film(desk, monkeypatch)
    shown = look.look(desk.work, 1, "ana")
    assert (shown.files, shown.is_gone, shown.changed, shown.cost) == ((FILM,), False, None, 0)
    assert (shown.sighting, shown.sighting and shown.sighting.post.files) == (desk.seen()[0], ())
    assert b"canary-address" not in desk.store_pool.dump()
    with desk.work.store.read() as tx:
        assert [(act.actor, act.action) for act in control.audit_of(tx, "sighting 1")] == [("ana", "watch")]


def test_a_look_on_x_is_paid_for(desk: CampaignHarness) -> None:
    desk.solidarity(account="x")
    desk.read()
    (sighting,) = desk.seen()
    with desk.work.store.read() as tx:
        before = control.spent(tx, "x", desk.clock())
    shown = look.look(desk.work, sighting.id, "ana")
    with desk.work.store.read() as tx:
        assert control.spent(tx, "x", desk.clock()) - before == shown.cost
    assert look.price(desk.work, sighting) == shown.cost == desk.x.fetch_cost


def test_a_look_says_that_a_post_is_gone_or_another_one(desk: CampaignHarness) -> None:
    uri = desk.solidarity()
    desk.solidarity("union")
    desk.read()
    desk.networks["mastodon"].edit(uri, "Buy this! #FreeBelarusUnionists")
    shown = look.look(desk.work, 1, "ana")
    assert (shown.changed, shown.is_gone) == (ChangedPart.OWN, False)
    assert shown.sighting is not None
    assert shown.sighting.post.text.startswith("Buy this!"), "who decides sees what is there"
    desk.networks["mastodon"].delete(uri)
    shown = look.look(desk.work, 1, "ana")
    assert (shown.is_gone, shown.files) == (True, ())
    assert shown.sighting is not None
    assert shown.sighting.state is SightingState.GONE


def test_who_gets_no_answer_is_told_so(desk: CampaignHarness) -> None:
    desk.solidarity()
    desk.read()
    with refused(RefusedCode.NO_SUCH_SIGHTING):
        look.look(desk.work, 7, "ana")
    desk.mastodon.refuse("fetch", platform_error(Outcome.AMBIGUOUS))
    with refused(RefusedCode.POST_UNREADABLE):
        look.look(desk.work, 1, "ana")
    desk.work = replace(desk.work, platforms={"x": desk.x})
    with refused(RefusedCode.NO_USABLE_ACCOUNT):
        look.look(desk.work, 1, "ana")
