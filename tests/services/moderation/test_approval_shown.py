"""What shows somebody else's post is judged, stored, taken back and forgotten like a post by that person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from bot.cli.words.events import event_text
from bot.domain.campaign import CareRules, ModerationRules
from bot.domain.delivery import State
from bot.domain.moderation import ChecklistItem, Reason
from bot.domain.money import Purpose
from bot.domain.post import Author, Cursor, MediaKind, Page, SeenPost, Shown, ShownAs, ShownState
from bot.domain.text import digest, normalised
from bot.errors import RefusedCode
from bot.services import subject
from bot.services.moderation import approval
from bot.services.protection import forget, recheck, retention, stop_requests
from bot.services.watching import ingest
from bot.services.work import author_key
from bot.store import authors, control
from bot.store import schema as t
from tests.harness.campaign import TAG, CampaignHarness, config
from tests.harness.refusals import refused
from tests.harness.words import worded
from tests.services.traces import approve, everything_stored, taken_back

MARIA = "@maria@small.example"
UNION = "@union@elsewhere.example"
TRUSTED = {"trusted": (UNION, "x:union")}
WORDS = "Here is my voice from the factory floor"


def hers(harness: CampaignHarness, account: str = "mastodon", text: str = WORDS, who: str = "maria") -> str:
    network = harness.networks[account]
    return network.post(network.dialect.handle(who, "small.example"), text, language="en")


def quoting(harness: CampaignHarness, uri: str, account: str = "mastodon", who: str = "union") -> str:
    return harness.solidarity(who, account, f"Hear her! RE: {uri} #{TAG}")


@pytest.fixture
def trusting(harness: CampaignHarness) -> CampaignHarness:
    harness.work = harness.worker(config(**TRUSTED))
    return harness


@pytest.mark.parametrize("account", ["mastodon", "x"])
def test_nothing_that_shows_somebody_else_goes_by_rule(trusting: CampaignHarness, account: str) -> None:
    quoting(trusting, hers(trusting, account), account)
    trusting.read()
    (seen,) = trusting.seen()
    assert (str(seen.state), seen.judgement.care) == ("held", (Reason.SHOWN,))
    assert trusting.all() == []


def test_ours_and_ones_own_are_nobody_elses(trusting: CampaignHarness) -> None:
    harness = trusting
    ours = harness.networks["mastodon"].post(harness.mastodon.handle, "Come on Friday")
    own = harness.networks["mastodon"].post(UNION, "As we said yesterday")
    for uri in (ours, own):
        quoting(harness, uri)
    harness.read()
    assert [str(seen.state) for seen in harness.seen()] == ["approved", "approved"]


def joined(**profile: object) -> Callable[[CampaignHarness], None]:
    return lambda harness: harness.networks["mastodon"].join(MARIA, **profile)  # type: ignore[arg-type]


def blocked(harness: CampaignHarness) -> None:
    harness.work = harness.worker(config(blocked=(MARIA,), **TRUSTED))


FINAL = {
    "opted out": (joined(bio="Please #nobot"), Reason.SHOWN_OPTED_OUT),
    "locked": (joined(locked=True), Reason.SHOWN_LOCKED),
    "blocked": (blocked, Reason.SHOWN_BLOCKED),
}


@pytest.mark.parametrize("why", FINAL)
@pytest.mark.parametrize("depth", [1, 2])
def test_what_protects_her_protects_her_wherever_she_is_shown(trusting: CampaignHarness, why: str, depth: int) -> None:
    harness, (happens, reason) = trusting, FINAL[why]
    uri = hers(harness)
    if depth == 2:
        uri = hers(harness, text=f"Listen RE: {uri}", who="ana")
    happens(harness)
    quoting(harness, uri)
    harness.read()
    (seen,) = harness.seen()
    assert (str(seen.state), seen.judgement.reasons) == ("rejected", (reason,))
    with refused(RefusedCode.APPROVAL_FORBIDDEN, reasons=(reason,)):
        approve_it(harness)


def approve_it(harness: CampaignHarness, number: int = 1) -> None:
    approval.approve(harness.work, number, "ben", ticks=tuple(ChecklistItem))


def test_care_for_her_asks_for_the_checklist_and_for_her(harness: CampaignHarness) -> None:
    harness.work = harness.worker(config(care=CareRules(100, timedelta(days=90), ("be", "ru")), **TRUSTED))
    harness.networks["mastodon"].join(UNION, followers=5000, joined_at=harness.clock() - timedelta(days=900))
    quoting(harness, hers(harness, text="Мы з заводу, вось мой голас, і гэта праўда"))
    harness.read()
    (seen,) = harness.seen()
    assert "the post it shows: written in Belarusian" in map(worded, seen.judgement.care)
    assert "the post it shows: not known how many follow the account" in map(worded, seen.judgement.care)
    with refused(RefusedCode.CHECKLIST_INCOMPLETE, "the author of the post it shows, know that it will spread"):
        approval.approve(harness.work, seen.id, "ben")


def out(harness: CampaignHarness, account: str = "mastodon") -> str:
    """The union's post that shows hers is out; gives the uri of hers."""
    uri = hers(harness, account)
    quoting(harness, uri, account)
    harness.approve_all()
    harness.deliver()
    assert len(harness.reshared(account)) == 1
    return uri


@pytest.mark.parametrize("account", ["mastodon", "x"])
def test_forgetting_her_takes_back_what_shows_her_and_leaves_a_hash(trusting: CampaignHarness, account: str) -> None:
    harness = trusting
    out(harness, account)
    handle = harness.networks[account].dialect.handle("maria", "small.example")
    assert forget.forget(harness.work, handle, "ben") == {"sightings": 1, "undone": 1}
    assert taken_back(harness, account) == 1
    assert "maria" not in everything_stored(harness)
    assert "factory floor" not in everything_stored(harness)
    quoting(harness, hers(harness, account, "Once more"), account)
    harness.solidarity("union", account)
    harness.read()
    assert len(harness.seen()) == 1, "she is never shown again, and the union was not forgotten"


def test_a_reshare_is_found_by_her_after_the_sighting_is_purged(trusting: CampaignHarness) -> None:
    harness = trusting
    out(harness)
    retention.purge(harness.work, timedelta(), timedelta(), "ben")
    assert harness.seen() == []
    assert forget.forget(harness.work, MARIA, "ben")["undone"] == 1
    assert taken_back(harness) == 1


def test_a_restored_backup_brings_nothing_back_that_shows_a_forgotten_author(trusting: CampaignHarness) -> None:
    harness = trusting
    out(harness)
    with harness.work.store.begin() as tx:
        authors.forget_author(tx, [author_key(harness.work, MARIA)])
    forget.forget_again(harness.work)
    harness.deliver()
    assert (harness.seen(), taken_back(harness)) == ([], 1)


def deleted(harness: CampaignHarness, uri: str) -> None:
    harness.networks["mastodon"].delete(uri)


def edited(harness: CampaignHarness, uri: str) -> None:
    harness.networks["mastodon"].edit(uri, "Buy my coins")


FATES = {
    "deleted": (deleted, "rejected", Reason.SHOWN_GONE),
    "edited": (edited, "held", Reason.SHOWN_EDITED),
    "locked": (lambda harness, _: joined(locked=True)(harness), "gone", Reason.SHOWN_LOCKED),
}


@pytest.mark.parametrize("fate", FATES)
def test_what_became_of_hers_takes_it_back(trusting: CampaignHarness, fate: str) -> None:
    harness, (happens, state, reason) = trusting, FATES[fate]
    uri = out(harness)
    happens(harness, uri)
    harness.clock.passes(days=2)
    recheck.recheck_reshares(harness.work, "mastodon")
    harness.deliver()
    assert (harness.state(), taken_back(harness)) == (State.CANCELLED, 1)
    (seen,) = harness.seen()
    assert (str(seen.state), seen.judgement.reasons) == (state, (reason,))


def test_her_opt_out_takes_it_back_and_forgets_her(trusting: CampaignHarness) -> None:
    harness = trusting
    out(harness)
    joined(bio="#nobot")(harness)
    harness.clock.passes(days=2)
    assert recheck.recheck_reshares(harness.work, "mastodon") == 1
    harness.deliver()
    assert taken_back(harness) == 1
    assert "maria" not in everything_stored(harness)


DOOR = {
    "deleted": (deleted, "rejected", Reason.SHOWN_GONE),
    "edited": (edited, "held", Reason.SHOWN_EDITED),
    "opted out": (lambda harness, _: joined(bio="#nobot")(harness), "rejected", Reason.SHOWN_OPTED_OUT),
}


@pytest.mark.parametrize("fate", DOOR)
def test_both_are_judged_again_at_the_door(trusting: CampaignHarness, fate: str) -> None:
    harness, (happens, state, reason) = trusting, DOOR[fate]
    uri = hers(harness)
    quoting(harness, uri)
    harness.approve_all()
    happens(harness, uri)
    harness.deliver()
    assert harness.reshared() == []
    (seen,) = harness.seen()
    assert (str(seen.state), seen.judgement.reasons) == (state, (reason,))


def test_a_quote_that_was_added_after_the_yes_is_an_edit(trusting: CampaignHarness) -> None:
    harness = trusting
    mine = harness.solidarity("union")
    harness.read()
    harness.networks["mastodon"].edit(mine, f"Solidarity from union! RE: {hers(harness)} #{TAG}")
    harness.deliver()
    assert harness.reshared() == []
    assert [str(seen.state) for seen in harness.seen()] == ["held"]


def test_what_cannot_be_read_here_waits_for_a_person_and_goes_with_their_yes(trusting: CampaignHarness) -> None:
    harness = trusting
    quoting(harness, "https://bsky.app/profile/maria.example/post/3kabcdef")
    harness.read()
    (seen,) = harness.seen()
    assert (str(seen.state), seen.judgement.reasons) == ("held", (Reason.SHOWN_UNREAD,))
    approve(harness, seen)
    harness.deliver()
    assert len(harness.reshared()) == 1


def test_looking_at_a_quote_on_x_is_paid_for(trusting: CampaignHarness) -> None:
    harness = trusting
    out(harness, "x")
    with harness.work.store.read() as tx:
        paid = [one.amount for one in control.charges_since(tx, "x", harness.clock()) if one.purpose is Purpose.RESHARE]
    assert sum(paid) == harness.x.reshare_cost + harness.x.fetch_cost


def test_what_was_not_fetched_yet_waits_and_goes_by_rule_once_it_is_there(
    trusting: CampaignHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness = trusting
    uri = harness.solidarity("union", kinds=(MediaKind.UNKNOWN,))
    harness.read()
    (seen,) = harness.seen()
    assert (str(seen.state), seen.judgement.reasons) == ("held", (Reason.NOT_FETCHED,))
    fetch = harness.mastodon.fetch

    def fetched(address: str) -> SeenPost | None:
        post: SeenPost | None = fetch(address)
        return post and replace(post, kinds=(MediaKind.VIDEO,))

    recheck.recheck_stored(harness.work, "mastodon")
    assert str(harness.seen()[0].state) == "held"
    monkeypatch.setattr(harness.mastodon, "fetch", fetched)
    harness.clock.passes(minutes=2)
    recheck.recheck_stored(harness.work, "mastodon")
    assert (str(harness.seen()[0].state), harness.seen()[0].judgement.reasons) == ("approved", (Reason.TRUSTED,))
    harness.deliver()
    assert len(harness.reshared()) == 1
    assert uri


def test_a_silent_video_waits_for_a_person_and_goes_with_their_yes(trusting: CampaignHarness) -> None:
    harness = trusting
    harness.solidarity("union", kinds=(MediaKind.SILENT_VIDEO,))
    harness.read()
    (seen,) = harness.seen()
    assert (str(seen.state), seen.judgement.care) == ("held", (Reason.SILENT,))
    approve(harness, seen)
    harness.deliver()
    assert len(harness.reshared()) == 1


def test_a_yes_from_before_quotes_were_known_does_not_show_anybody(trusting: CampaignHarness) -> None:
    harness = trusting
    quoting(harness, hers(harness))
    harness.approve_all()
    (seen,) = harness.seen()
    old = digest(normalised(seen.post.text), *seen.post.media_ids, str(seen.post.sensitive))
    harness.force(harness.one().id, content_hash=old)
    harness.deliver()
    assert harness.reshared() == []
    assert harness.seen()[0].judgement.reasons == (Reason.SHOWN,)


def test_blocked_moderation_rules_are_those_of_today(trusting: CampaignHarness) -> None:
    harness = trusting
    out(harness)
    harness.work = harness.worker(replace(harness.work.config, moderation=ModerationRules(blocked=(MARIA,))))
    harness.clock.passes(days=2)
    assert recheck.recheck_reshares(harness.work, "mastodon") == 1


@pytest.mark.parametrize("state", ["held", "rejected", "approved"])
def test_words_that_she_deleted_are_not_kept_by_who_showed_them(trusting: CampaignHarness, state: str) -> None:
    harness = trusting
    uri = hers(harness)
    quoting(harness, uri)
    harness.read()
    (seen,) = harness.seen()
    if state == "rejected":
        approval.reject(harness.work, seen.id, "ben")
    if state == "approved":
        approve(harness, seen)
    assert "factory floor" in everything_stored(harness)
    deleted(harness, uri)
    harness.clock.passes(days=1)
    recheck.recheck_stored(harness.work, "mastodon")
    assert "factory floor" not in everything_stored(harness)
    assert [str(one.state) for one in harness.seen()] == [state]


def test_what_one_server_leaves_out_is_shown_by_others_all_the_same(
    trusting: CampaignHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness, fetch = trusting, trusting.mastodon.fetch
    harness.solidarity("union")
    link = Shown(ShownAs.LINK, ShownState.UNREAD, url="https://other.example/@bob/5", named="@bob@other.example")
    source = next(one for one in harness.mastodon.sources([TAG]) if TAG in one.name)
    page = source.read(Cursor(harness.clock() - timedelta(days=1)))
    home = replace(page, posts=tuple(replace(one, view="union.example", shows=(link,)) for one in page.posts))
    monkeypatch.setattr(harness.mastodon, "fetch", lambda *some: replace(fetch(*some), view="home.example"))
    ingest.ingest(harness.work, "somewhere else", home)
    for _ in range(3):
        recheck.recheck_stored(harness.work, "mastodon")
        (seen,) = harness.seen()
        assert (str(seen.state), seen.post.shows) == ("held", (link,))
        harness.clock.passes(hours=1)
    approve(harness, seen)
    harness.deliver()
    assert len(harness.reshared()) == 1, "nothing was edited"


def test_a_doubt_about_her_wish_is_asked_about_her_and_not_about_who_shows_her(trusting: CampaignHarness) -> None:
    harness = trusting
    quoting(harness, hers(harness))
    harness.read()
    (seen,) = harness.seen()
    wish = said(harness, "Please don't share this because my boss has seen it. @harness")
    ingest.ingest(harness.work, "mentions", Page((wish,), Cursor(harness.clock() - timedelta(days=1)), to_us=True))
    (told,) = harness.told("asks_perhaps")
    assert f"bot withdraw {seen.id} --shown" in event_text(told)
    with refused(RefusedCode.SHOWN_AUTHOR_MAY_WANT_OUT, f"it shows may be asking.*withdraw {seen.id} --shown"):
        approve_it(harness, seen.id)
    stop_requests.dismiss(harness.work, seen.id, "ben")
    approve_it(harness, seen.id)
    harness.deliver()
    assert len(harness.reshared()) == 1


def said(harness: CampaignHarness, text: str) -> SeenPost:
    uri = "https://small.example/replies/1"
    return SeenPost("mastodon", uri, uri, "1", Author(MARIA, "7"), text, harness.clock(), public=False)


def test_after_the_campaign_nothing_tells_who_was_shown(trusting: CampaignHarness) -> None:
    harness = trusting
    out(harness)
    quoting(harness, hers(harness, text="Another voice"))
    harness.read()
    retention.purge_after_campaign(harness.work, "ben")
    with harness.work.store.read() as tx:
        left = [tx.execute(table.select()).all() for table in (t.sighting_shows, t.delivery_shows)]
    assert left == [[], []]
    assert "maria" not in everything_stored(harness)


@pytest.mark.parametrize("by", ["", "ben"])
def test_what_an_older_version_let_go_by_rule_is_taken_back_where_it_shows_somebody(
    trusting: CampaignHarness, by: str
) -> None:
    harness = trusting
    out(harness)
    (seen,) = harness.seen()
    old = digest(normalised(seen.post.text), *seen.post.media_ids, str(seen.post.sensitive))
    harness.force(harness.one().id, content_hash=old)
    with harness.work.store.begin() as tx:
        tx.execute(update(t.sighting).values(decided_by=by))
        tx.execute(delete(t.delivery_shows))
    harness.clock.passes(days=2)
    recheck.recheck_reshares(harness.work, "mastodon")
    harness.deliver()
    assert taken_back(harness) == (not by)
    assert forget.forget(harness.work, MARIA, "ben")["sightings"] == 1
    assert taken_back(harness) == 1


def test_a_command_on_whoever_is_shown_names_them_and_not_who_shows_them(trusting: CampaignHarness) -> None:
    quoting(trusting, hers(trusting))
    trusting.read()
    found = subject.of_shown(trusting.work, trusting.seen()[0].id)
    assert found is not None
    assert (found.owners, found.text) == ((MARIA,), WORDS)
    subject.expect(trusting.work, found, "https://small.example/@Maria")
    with refused(RefusedCode.ANOTHER_AUTHOR, r"of @maria@small\.example, not of"):
        subject.expect(trusting.work, found, UNION)
