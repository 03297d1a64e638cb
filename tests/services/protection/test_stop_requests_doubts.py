"""What may be a wish or a slogan is told to a person at once, and nothing of its author goes out until they answer."""

from __future__ import annotations

import pytest

from bot.cli.words.events import event_text
from bot.domain.delivery import State
from bot.domain.post import Author, Cursor, MediaKind, Page, SeenPost
from bot.domain.text import digest
from bot.errors import RefusedCode
from bot.services.moderation import approval
from bot.services.protection import forget, stop_requests
from bot.services.watching import ingest
from bot.store import authors
from tests.harness.campaign import TAG, CampaignHarness, config
from tests.harness.refusals import refused
from tests.harness.rehearsal_networks import START
from tests.services.traces import everything_stored, taken_back

ANA = "@ana@elsewhere.example"
SLOGAN = f"Stop! Free the jailed unionists. #{TAG} @desk"


def says(desk: CampaignHarness, text: str, *, handle: str = ANA, **more: object) -> list[int]:
    """Somebody mentions us in public, to nobody in particular, under the hashtag; gives the sightings that came."""
    uri = f"https://elsewhere.example/{digest(text, handle)[:8]}"
    shown = {"kinds": (MediaKind.VIDEO,), "media_ids": (uri,), "hashtags": (TAG,), "language": "en"} | more
    post = SeenPost("mastodon", uri, uri, "1", Author(handle, "7"), text, START, **shown)  # type: ignore[arg-type]
    return [one.id for one in ingest.ingest(desk.work, "mentions", Page((post,), Cursor(START), to_us=True))]


def test_a_slogan_under_the_hashtags_forgets_nobody_and_both_answers_are_told(desk: CampaignHarness) -> None:
    assert says(desk, SLOGAN) == [1]
    assert desk.told("withdrawn") == []
    (told,) = desk.told("asks_perhaps")
    assert told.alarming
    assert "They want out: bot withdraw 1. It is a slogan: bot dismiss 1" in event_text(told)
    assert "ana" not in str(desk.events)
    seen = desk.seen()[0]
    assert (str(seen.state), seen.judgement.reasons) == ("held", ("its author may be asking to be left alone",))


def test_nothing_of_theirs_goes_out_until_it_is_answered_also_by_a_rule(desk: CampaignHarness) -> None:
    desk.work = desk.worker(config(trusted=(ANA,)))
    desk.solidarity("ana")
    desk.read()
    assert desk.state() is State.PLANNED
    says(desk, SLOGAN)
    assert desk.state() is State.CANCELLED
    desk.solidarity("ana", text=f"And another one! #{TAG}")
    desk.read()
    assert [str(seen.state) for seen in desk.seen()] == ["held", "held", "held"]
    with refused(RefusedCode.AUTHOR_MAY_WANT_OUT, r"They want out: bot withdraw 1\. It is a slogan: bot dismiss 1"):
        approval.approve(desk.work, 1, "ben")
    stop_requests.dismiss(desk.work, 1, "ben")
    says(desk, SLOGAN)
    assert len(desk.told("asks_perhaps")) == 1, "a slogan is asked about once"
    assert str(approval.approve(desk.work, 1, "ben").state) == "approved"
    desk.deliver()
    assert len(desk.reshared()) == 1


def test_what_is_out_stays_out_until_a_person_says_what_it_was(desk: CampaignHarness) -> None:
    desk.solidarity("ana")
    desk.approve_all()
    desk.deliver()
    says(desk, "Please don't share this because my boss has seen it. @desk", hashtags=(), media_ids=())
    (told,) = desk.told("asks_perhaps")
    assert "A reshare of theirs is out" in event_text(told)
    assert "bot withdraw 1" in event_text(told)
    assert taken_back(desk) == 0
    assert forget.withdraw_author_of(desk.work, 1, "ben")["undone"] == 1
    with desk.work.store.read() as tx:
        assert authors.open_stop_requests(tx) == []
    assert "elsewhere" not in everything_stored(desk)


@pytest.mark.parametrize(
    "text", ["Stop the repression!", "Стоп тэрор", "Delete your account, Lukashenko", "Don't share power"]
)
def test_a_slogan_that_can_be_nothing_else_is_asked_of_nobody(desk: CampaignHarness, text: str) -> None:
    says(desk, f"{text} #{TAG} @desk")
    assert desk.told("asks_perhaps") == []
    assert desk.seen()[0].judgement.reasons == ("waits for a person",)


def test_the_campaigns_own_hashtag_is_not_what_a_stop_is_about(desk: CampaignHarness) -> None:
    says(desk, f"@desk stop #{TAG}")
    says(desk, "@desk Stop #torture", handle="@eva@elsewhere.example")
    assert [one.fields["sighting"] for one in desk.told("asks_perhaps")] == [1]
    says(desk, f"@desk stop #{TAG}", handle="@olga@elsewhere.example", answers_us=True)
    assert len(desk.told("withdrawn")) == 1


def test_there_is_nothing_to_dismiss_where_nobody_asks(desk: CampaignHarness) -> None:
    desk.solidarity("ana")
    desk.read()
    with refused(RefusedCode.ASKS_FOR_NOTHING, sighting=1):
        stop_requests.dismiss(desk.work, 1, "ben")
    with refused(RefusedCode.NO_SUCH_SIGHTING, "no sighting 9", sighting=9):
        stop_requests.dismiss(desk.work, 9, "ben")


def test_carried_out_by_itself_it_is_counted_without_whose_it_was(desk: CampaignHarness) -> None:
    says(desk, "Please delete my video! @desk", hashtags=(), media_ids=())
    says(desk, SLOGAN, handle="@eva@elsewhere.example")
    with desk.work.store.read() as tx:
        assert authors.stop_request_counts(tx) == {"carried_out": 1, "open": 1}


@pytest.mark.parametrize("platform", ["mastodon", "x"])
def test_who_was_forgotten_in_error_is_seen_again(desk: CampaignHarness, platform: str) -> None:
    handle = ANA if platform == "mastodon" else "x:ana"
    desk.solidarity("ana", platform)
    desk.read()
    post = desk.seen()[0].post
    author = post.author
    stop = SeenPost(platform, "https://x.com/i/status/9", "", "9", author, "stop", START)
    ingest.ingest(desk.work, "mentions", Page((stop,), Cursor(START), to_us=True))
    assert desk.seen() == []
    forget.remember(desk.work, handle.upper().replace("X:", "x:"), "ben")
    with desk.work.store.read() as tx:
        assert authors.forgotten_keys(tx) == frozenset(), "on X the one of the number goes too"
    with refused(RefusedCode.NOT_FORGOTTEN, written=handle):
        forget.remember(desk.work, handle, "ben")
    ingest.ingest(desk.work, "hashtag", Page((post,), Cursor(START)))
    assert [str(seen.state) for seen in desk.seen()] == ["held"], "it comes again when it is read again"


def test_of_several_who_were_forgotten_at_once_each_is_remembered_alone(desk: CampaignHarness) -> None:
    with desk.work.store.begin() as tx:
        forget.let_go(tx, desk.work, {"a", "a-id", "b"}, START, [{"a", "a-id"}, {"b"}])
        assert authors.remember_author(tx, ["a"])
        assert authors.forgotten_keys(tx) == {"b"}
