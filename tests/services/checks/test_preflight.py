"""What would keep a post from being sent is said while there is time, once, and a word follows when it is mended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.cli.words.events import event_text
from bot.domain.delivery import State
from bot.domain.post import AccountFacts
from bot.services import stop
from bot.services.checks import preflight
from bot.store import control
from tests.harness.campaign import IMAGE, CampaignHarness, draft
from tests.harness.rehearsal_networks import START
from tests.harness.web_pages import WebPages, pages
from tests.harness.words import worded
from tests.services.checks.preflight_steps import HOUR, MINUTE, TOKEN, important, look, told, until


@pytest.fixture
def web() -> Iterator[WebPages]:
    with pages() as found:
        yield found


def test_an_important_post_is_checked_a_day_six_hours_and_an_hour_ahead_and_another_only_an_hour(
    harness: CampaignHarness,
) -> None:
    due = 30 * HOUR
    harness.plan(important("a", due=due), draft("b", due=due))
    checked: dict[str, list[timedelta]] = {"a": [], "b": []}
    while harness.clock() < START + due:
        look(harness)
        for one in harness.all():
            if one.checked_at == harness.clock():
                checked[one.message].append(one.due_at - one.checked_at)
        harness.clock.passes(minutes=5)
    assert checked == {"a": [24 * HOUR, 6 * HOUR, HOUR], "b": [HOUR]}
    assert told(harness) == []


def test_what_is_planned_late_is_checked_at_once_and_what_is_due_in_a_moment_not_at_all(
    harness: CampaignHarness,
) -> None:
    harness.plan(draft("a", due=20 * MINUTE), draft("b", due=MINUTE))
    assert look(harness) == 1
    assert [one.checked_at for one in harness.all()] == [START, None]


def test_nothing_is_checked_in_the_seconds_before_a_post_is_due(harness: CampaignHarness) -> None:
    harness.plan(draft("a", due=20 * MINUTE), draft("b", due=timedelta(seconds=5)))
    assert look(harness) == 0
    harness.deliver()
    harness.clock.passes(seconds=6)
    harness.deliver()
    assert look(harness) == 1


def test_a_token_that_is_refused_is_said_a_day_ahead_and_an_hour_ahead_and_looked_at_every_ten_minutes(
    harness: CampaignHarness,
) -> None:
    harness.plan(important(due=25 * HOUR))
    harness.mastodon.refuse("facts", *[TOKEN] * 500)
    until(harness, 23 * HOUR)
    (text,) = told(harness)
    assert text.startswith("call (T, en) on mastodon, due Thu 17 Apr 09:00 UTC: mastodon is refused by its server: the")
    assert (harness.told("trouble_ahead")[0].alarming, harness.mastodon.requests["facts"]) == (True, 7)
    assert worded(harness.one().trouble).endswith("the token is not accepted any more")
    until(harness, 61 * MINUTE)
    assert len(told(harness)) == 1
    until(harness, 50 * MINUTE)
    assert len(told(harness)) == 2


def test_what_is_mended_is_cleared_with_a_word_and_the_post_goes_out_once(harness: CampaignHarness) -> None:
    made = harness.plan(important(due=3 * HOUR)).ids[0]
    harness.mastodon.refuse("facts", TOKEN)
    until(harness, 2 * HOUR)
    assert harness.one().trouble == ""
    (over,) = harness.told("trouble_over")
    assert (over.alarming, over.fields["delivery"]) == (False, made)
    assert event_text(over).startswith("call (T, en) on mastodon, what stood in its way is mended: mastodon is refused")
    harness.settle(hours=4)
    assert harness.texts() == ["Free them all."]
    assert len(told(harness)) == 1


def test_one_trouble_of_an_account_is_one_alarm_for_all_its_posts_and_the_last_hour_has_its_own(
    harness: CampaignHarness,
) -> None:
    posts = [important(f"m{n}", due=3 * HOUR + n * MINUTE) for n in range(4)]
    ids = harness.plan(*posts).ids
    harness.mastodon.refuse("facts", *[TOKEN] * 500)
    look(harness)
    (event,) = harness.told("trouble_ahead")
    assert event_text(event).startswith("m0 (T, en) on mastodon and 3 more, due 11:00 UTC: mastodon is refused")
    assert (event.fields["delivery"], event.fields["also"]) == (ids[0], ids[1:])
    harness.plan(*posts, important("late", due=20 * HOUR))
    look(harness)
    harness.clock.passes(minutes=100)
    look(harness)
    assert (len(told(harness)), all(one.trouble for one in harness.all())) == (1, True)
    harness.clock.passes(minutes=30)
    look(harness)
    assert [event.fields.get("also") for event in harness.told("trouble_ahead")] == [ids[1:]] * 2


def test_a_token_that_may_only_read_is_said_with_the_platforms_own_advice(harness: CampaignHarness) -> None:
    harness.plan(important(due=2 * HOUR))
    note = "Make one with the scope write."
    harness.mastodon.told = AccountFacts("@us@social.example", "1", is_bot=True, can_write=False, notes=(note,))
    look(harness)
    assert worded(harness.one().trouble) == f"mastodon may not write: {note}"


def test_an_account_that_is_closed_is_said_and_not_asked(harness: CampaignHarness) -> None:
    harness.plan(important(due=2 * HOUR))
    with harness.work.store.begin() as tx:
        control.set_account(tx, "mastodon", closed=True, reason="The token was revoked.")
    look(harness)
    (text,) = told(harness)
    assert "mastodon is closed: The token was revoked. When that is mended, run: bot resume" in text
    assert harness.mastodon.requests["facts"] == 0


def test_a_stop_that_somebody_forgot_is_said(harness: CampaignHarness) -> None:
    harness.plan(important(due=2 * HOUR))
    stop.stop(harness.work, "ana")
    look(harness)
    assert worded(harness.one().trouble) == "Sending is stopped. To go on, run: bot resume"
    stop.resume(harness.work, "ana")
    harness.clock.passes(minutes=10)
    look(harness)
    assert harness.one().trouble == ""


def test_a_server_that_takes_less_than_it_did_is_noticed(harness: CampaignHarness) -> None:
    harness.plan(important(parts=("One.", "x" * 450), due=2 * HOUR))
    network = harness.networks["mastodon"]
    usual = network.dialect
    network.dialect = replace(usual, limits=replace(usual.limits, max_characters=400))
    look(harness)
    wanted = (
        "call (en) is too long for mastodon: 450 characters, and 400 fit. Shorten it, or split it with a line of ---."
    )
    assert worded(harness.one().trouble) == wanted


def test_a_file_that_is_gone_changed_or_too_large_is_said_by_its_name(harness: CampaignHarness) -> None:
    harness.plan(important(media=[IMAGE], due=2 * HOUR))
    look(harness)
    assert harness.one().trouble == ""
    file = harness.folder / "banner.png"
    words = []
    for content in (None, b"another banner", b"a banner"):
        file.unlink(missing_ok=True)
        if content:
            file.write_bytes(content)
        harness.force(harness.one().id, checked_at=None)
        look(harness)
        words.append(worded(harness.one().trouble))
    assert words == [
        "banner.png cannot be read (No such file or directory). Put it back.",
        "banner.png has changed since it was planned. Run: bot plan",
        "",
    ]
    network = harness.networks["mastodon"]
    usual = network.dialect
    network.dialect = replace(usual, limits=replace(usual.limits, image_bytes=4, mime_types=frozenset({"video/mp4"})))
    harness.force(harness.one().id, checked_at=None)
    look(harness)
    assert "mastodon does not take banner.png, which is image/png" in worded(harness.one().trouble)
    assert "and mastodon takes" in worded(harness.one().trouble)


def test_links_are_followed_once_a_round_and_one_that_fails_holds_nothing_back(
    harness: CampaignHarness, web: WebPages
) -> None:
    there, gone = web.put("there"), f"{web.url}/gone"
    harness.plan(*(important(f"m{n}", parts=(f"{n} {there} {gone}",), due=2 * HOUR) for n in range(3)))
    look(harness)
    assert web.asked == {"/there": 1, "/gone": 2}
    assert [worded(one.trouble) for one in harness.all()] == [
        f"{gone} answers 404. That may be the network; look at it with a browser."
    ] * 3
    assert len(told(harness)) == 1
    harness.settle(hours=3)
    assert len(harness.texts()) == 3


def test_a_link_that_is_mended_is_cleared(harness: CampaignHarness, web: WebPages) -> None:
    harness.plan(important(parts=(f"See {web.url}/soon",), due=2 * HOUR))
    look(harness)
    web.put("soon")
    harness.clock.passes(minutes=9)
    look(harness)
    assert harness.one().trouble
    harness.clock.passes(minutes=1)
    look(harness)
    assert (harness.one().trouble, len(told(harness, "trouble_over"))) == ("", 1)


def test_an_address_that_is_not_known_yet_is_said_a_day_ahead(harness: CampaignHarness) -> None:
    harness.plan(important(waiting_for="live", parts=("See {live}",), due=23 * HOUR))
    look(harness)
    assert told(harness)[0].endswith("{live} is not known: fill it in under [links] of bot.toml.")


def test_two_workers_do_not_both_look(harness: CampaignHarness) -> None:
    harness.plan(important(due=2 * HOUR))
    other = harness.worker()
    harness.mastodon.before = lambda _: seen.append(preflight.look_ahead(other, "mastodon"))
    seen: list[int] = []
    assert look(harness) == 1
    assert seen == [0]
    harness.mastodon.before = lambda _: None
    assert preflight.look_ahead(other, "mastodon") == 0
    assert harness.mastodon.requests["facts"] == 1


def test_an_edit_asks_for_a_check_of_its_own_and_what_was_found_of_the_old_text_is_not_written_down(
    harness: CampaignHarness,
) -> None:
    made = harness.plan(important(due=2 * HOUR)).ids[0]
    harness.mastodon.before = lambda _: (harness.plan(important(parts=("New.",), due=2 * HOUR)), None)[1]
    harness.mastodon.refuse("facts", TOKEN)
    look(harness)
    assert (harness.one(made).checked_at, harness.one(made).trouble, told(harness)) == (None, "", [])


def test_a_clock_that_was_set_back_does_not_put_a_check_off(harness: CampaignHarness) -> None:
    harness.plan(important(due=20 * HOUR))
    look(harness)
    harness.clock.passes(hours=-3)
    assert (look(harness), look(harness)) == (1, 0)


@pytest.mark.parametrize("after", [State.SENT, State.CANCELLED])
def test_what_waits_no_more_carries_no_trouble(harness: CampaignHarness, after: State) -> None:
    harness.plan(important(due=2 * HOUR))
    harness.mastodon.refuse("facts", TOKEN)
    look(harness)
    assert harness.one().trouble
    harness.force(harness.one().id, state=after)
    look(harness)
    assert (harness.one().trouble, told(harness, "trouble_over")) == ("", [])
