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
SLOGAN = f"Stop! Free the jailed unionists. #{TAG} @harness"


def says(harness: CampaignHarness, text: str, *, handle: str = ANA, **more: object) -> list[int]:
    """Somebody mentions us in public, to nobody in particular, under the hashtag; gives the sightings that came."""
    uri = f"https://elsewhere.example/{digest(text, handle)[:8]}"
    shown = {"kinds": (MediaKind.VIDEO,), "media_ids": (uri,), "hashtags": (TAG,), "language": "en"} | more
    post = SeenPost("mastodon", uri, uri, "1", Author(handle, "7"), text, START, **shown)  # type: ignore[arg-type]
    return [one.id for one in ingest.ingest(harness.work, "mentions", Page((post,), Cursor(START), to_us=True))]


def test_a_slogan_under_the_hashtags_forgets_nobody_and_both_answers_are_told(harness: CampaignHarness) -> None:
    assert says(harness, SLOGAN) == [1]
    assert harness.told("withdrawn") == []
    (told,) = harness.told("asks_perhaps")
    assert told.alarming
    assert "They want out: bot withdraw 1. It is a slogan: bot dismiss 1" in event_text(told)
    assert "ana" not in str(harness.events)
    seen = harness.seen()[0]
    assert (str(seen.state), seen.judgement.reasons) == ("held", ("its author may be asking to be left alone",))


def test_nothing_of_theirs_goes_out_until_it_is_answered_also_by_a_rule(harness: CampaignHarness) -> None:
    harness.work = harness.worker(config(trusted=(ANA,)))
    harness.solidarity("ana")
    harness.read()
    assert harness.state() is State.PLANNED
    says(harness, SLOGAN)
    assert harness.state() is State.CANCELLED
    harness.solidarity("ana", text=f"And another one! #{TAG}")
    harness.read()
    assert [str(seen.state) for seen in harness.seen()] == ["held", "held", "held"]
    with refused(RefusedCode.AUTHOR_MAY_WANT_OUT, r"They want out: bot withdraw 1\. It is a slogan: bot dismiss 1"):
        approval.approve(harness.work, 1, "ben")
    stop_requests.dismiss(harness.work, 1, "ben")
    says(harness, SLOGAN)
    assert len(harness.told("asks_perhaps")) == 1, "a slogan is asked about once"
    assert str(approval.approve(harness.work, 1, "ben").state) == "approved"
    harness.deliver()
    assert len(harness.reshared()) == 1


def test_what_is_out_stays_out_until_a_person_says_what_it_was(harness: CampaignHarness) -> None:
    harness.solidarity("ana")
    harness.approve_all()
    harness.deliver()
    says(harness, "Please don't share this because my boss has seen it. @harness", hashtags=(), media_ids=())
    (told,) = harness.told("asks_perhaps")
    assert "A reshare of theirs is out" in event_text(told)
    assert "bot withdraw 1" in event_text(told)
    assert taken_back(harness) == 0
    assert forget.withdraw_author_of(harness.work, 1, "ben")["undone"] == 1
    with harness.work.store.read() as tx:
        assert authors.open_stop_requests(tx) == []
    assert "elsewhere" not in everything_stored(harness)


@pytest.mark.parametrize(
    "text", ["Stop the repression!", "Стоп тэрор", "Delete your account, Lukashenko", "Don't share power"]
)
def test_a_slogan_that_can_be_nothing_else_is_asked_of_nobody(harness: CampaignHarness, text: str) -> None:
    says(harness, f"{text} #{TAG} @harness")
    assert harness.told("asks_perhaps") == []
    assert harness.seen()[0].judgement.reasons == ("waits for a person",)


def test_the_campaigns_own_hashtag_is_not_what_a_stop_is_about(harness: CampaignHarness) -> None:
    says(harness, f"@harness stop #{TAG}")
    says(harness, "@harness Stop #torture", handle="@eva@elsewhere.example")
    assert [one.fields["sighting"] for one in harness.told("asks_perhaps")] == [1]
    says(harness, f"@harness stop #{TAG}", handle="@olga@elsewhere.example", answers_us=True)
    assert len(harness.told("withdrawn")) == 1


def test_there_is_nothing_to_dismiss_where_nobody_asks(harness: CampaignHarness) -> None:
    harness.solidarity("ana")
    harness.read()
    with refused(RefusedCode.ASKS_FOR_NOTHING, sighting=1):
        stop_requests.dismiss(harness.work, 1, "ben")
    with refused(RefusedCode.NO_SUCH_SIGHTING, "no sighting 9", sighting=9):
        stop_requests.dismiss(harness.work, 9, "ben")


def test_carried_out_by_itself_it_is_counted_without_whose_it_was(harness: CampaignHarness) -> None:
    says(harness, "Please delete my video! @harness", hashtags=(), media_ids=())
    says(harness, SLOGAN, handle="@eva@elsewhere.example")
    with harness.work.store.read() as tx:
        assert authors.stop_request_counts(tx) == {"carried_out": 1, "open": 1}


@pytest.mark.parametrize("platform", ["mastodon", "x"])
def test_who_was_forgotten_in_error_is_seen_again(harness: CampaignHarness, platform: str) -> None:
    handle = ANA if platform == "mastodon" else "x:ana"
    harness.solidarity("ana", platform)
    harness.read()
    post = harness.seen()[0].post
    author = post.author
    stop = SeenPost(platform, "https://x.com/i/status/9", "", "9", author, "stop", START)
    ingest.ingest(harness.work, "mentions", Page((stop,), Cursor(START), to_us=True))
    assert harness.seen() == []
    forget.remember(harness.work, handle.upper().replace("X:", "x:"), "ben")
    with harness.work.store.read() as tx:
        assert authors.forgotten_keys(tx) == frozenset(), "on X the one of the number goes too"
    with refused(RefusedCode.NOT_FORGOTTEN, written=handle):
        forget.remember(harness.work, handle, "ben")
    ingest.ingest(harness.work, "hashtag", Page((post,), Cursor(START)))
    assert [str(seen.state) for seen in harness.seen()] == ["held"], "it comes again when it is read again"


def test_of_several_who_were_forgotten_at_once_each_is_remembered_alone(harness: CampaignHarness) -> None:
    with harness.work.store.begin() as tx:
        forget.forget_keys(tx, harness.work, {"a", "a-id", "b"}, START, [{"a", "a-id"}, {"b"}])
        assert authors.remember_author(tx, ["a"])
        assert authors.forgotten_keys(tx) == {"b"}
