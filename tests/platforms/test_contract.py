"""The contract of sending: every platform keeps it, whatever it is. The judge is the server's ledger."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.matching import WantedPost, find
from bot.domain.post import Edit, EditedMedia
from bot.domain.text import normalised
from bot.errors import Outcome, PlatformError
from tests.platforms.contract import DAY, MINUTE, breaks, image, outgoing
from tests.platforms.drivers import BEFORE_ANYTHING, Call, Driver, Trouble


def test_a_post_is_published_once_and_its_id_and_address_come_back(driver: Driver) -> None:
    published = driver.platform().publish(outgoing())
    assert driver.published() == ["Free them all."]
    assert published.post_id
    assert published.url.startswith("http")


def test_each_part_of_a_thread_replies_to_the_one_before(driver: Driver) -> None:
    platform = driver.platform()
    first = platform.publish(outgoing("One."))
    platform.publish(outgoing("Two.", reply_to=first.post_id))
    second, one = platform.own_posts(driver.now() - DAY)[:2]
    assert (one.text, one.reply_to) == ("One.", "")
    assert (second.text, second.reply_to) == ("Two.", first.post_id)


@pytest.mark.parametrize(
    "text",
    [
        "3 days & <counting>: https://campaign.example/a/very/long/path/to/the/appeal?for=all&by=you #FreeBelarus",
        "Свабода Беларусі!\n\nПрофсаюзы — не экстрэмізм. https://campaign.example/be",
        "Two  blanks, a “quote” and an emoji 👩‍🏭 #April19_WorkersRights\nnext line",
    ],
)
def test_our_timeline_gives_our_text_back(driver: Driver, text: str) -> None:
    platform = driver.platform()
    published = platform.publish(outgoing(text))
    own = platform.own_posts(driver.now() - MINUTE)[0]
    assert normalised(own.text) == normalised(text)
    assert (own.post_id, own.url) == (published.post_id, published.url)
    assert abs(own.created_at - driver.now()) < MINUTE


def test_our_timeline_goes_back_as_far_as_asked_newest_first(driver: Driver) -> None:
    platform = driver.platform()
    began = driver.now()
    for number in range(45):
        platform.publish(outgoing(f"Number {number}."))
    texts = [post.text for post in platform.own_posts(began)]
    assert texts[:45] == [f"Number {number}." for number in reversed(range(45))]


def test_a_post_that_is_out_gets_other_words_and_keeps_its_files_or_says_that_it_cannot(driver: Driver) -> None:
    platform = driver.platform()
    upload = platform.upload(*image())
    post = platform.publish(outgoing("Free htem all.", media_ids=(upload.media_id,)))
    edit = Edit("Free them all.", "en", media=(EditedMedia("Five portraits.", place=0),), media_before=1)
    if not platform.can_edit:
        with pytest.raises(PlatformError) as raised:
            platform.edit(post.post_id, edit)
        assert raised.value.answer is Outcome.REJECTED
        return
    platform.edit(post.post_id, edit)
    platform.edit(post.post_id, edit)
    assert (driver.published(), driver.attached()) == (["Free them all."], ["Five portraits."])
    assert [one.post_id for one in platform.own_posts(driver.now() - MINUTE)] == [post.post_id]
    more = platform.upload(*image())
    files = (EditedMedia("Another.", media_id=more.media_id), EditedMedia("Five portraits.", place=0))
    platform.edit(post.post_id, replace(edit, media=files))
    assert set(driver.attached()) == {"Five portraits.", image()[1].alt}
    platform.edit(post.post_id, Edit("No picture.", "en", media_before=2))
    assert (driver.published(), driver.attached()) == (["No picture."], [])
    platform.undo_post(post.post_id)
    with pytest.raises(PlatformError) as raised:
        platform.edit(post.post_id, Edit("Too late.", "en"))
    assert raised.value.answer is Outcome.REJECTED


def test_an_edit_whose_answer_is_lost_is_ambiguous_and_may_be_asked_for_again(driver: Driver) -> None:
    platform = driver.platform()
    post = platform.publish(outgoing("Free htem all."))
    if platform.can_edit:
        driver.breaks(Call.EDIT, Trouble.LOST_ANSWER)
        with pytest.raises(PlatformError) as raised:
            platform.edit(post.post_id, Edit("Free them all.", "en"))
        assert raised.value.answer is Outcome.AMBIGUOUS
        platform.edit(post.post_id, Edit("Free them all.", "en"))
        assert driver.published() == ["Free them all."]


@pytest.mark.parametrize("trouble", [Trouble.LOST_ANSWER, Trouble.HALF_ANSWER, Trouble.ERROR_AFTER, Trouble.ERROR_PAGE])
def test_a_post_whose_answer_is_spoilt_is_ambiguous_and_found_on_our_timeline(
    driver: Driver, trouble: Trouble, tmp_path: Path
) -> None:
    platform, began = driver.platform(), driver.now()
    error = breaks(driver, platform, Call.PUBLISH, trouble, tmp_path)
    assert error.answer is Outcome.AMBIGUOUS
    assert not error.closes_account
    assert driver.published() == ["Free them all."]
    wanted = WantedPost(began, "Free them all.")
    assert find(wanted, platform.own_posts(began), frozenset()) is not None


@pytest.mark.parametrize("trouble", [Trouble.LOST_ANSWER, Trouble.ERROR_AFTER])
def test_a_reshare_whose_answer_is_lost_is_ambiguous_and_found_on_our_timeline(
    driver: Driver, trouble: Trouble, tmp_path: Path
) -> None:
    platform, began = driver.platform(), driver.now()
    error = breaks(driver, platform, Call.RESHARE, trouble, tmp_path)
    assert error.answer is Outcome.AMBIGUOUS
    [uri] = driver.reshared()
    assert find(WantedPost(began, reshare_of=uri), platform.own_posts(began), frozenset()) is not None


@pytest.mark.parametrize("trouble", [Trouble.NO_ANSWER, Trouble.UNAVAILABLE])
def test_what_may_have_been_published_is_ambiguous_even_if_it_was_not(
    driver: Driver, trouble: Trouble, tmp_path: Path
) -> None:
    error = breaks(driver, driver.platform(), Call.PUBLISH, trouble, tmp_path)
    assert error.answer is Outcome.AMBIGUOUS
    assert driver.published() == []


def test_a_server_that_cannot_be_reached_was_sent_nothing(driver: Driver) -> None:
    with pytest.raises(PlatformError) as raised:
        driver.unreachable().publish(outgoing())
    assert raised.value.answer is Outcome.NOT_SENT
    assert not raised.value.closes_account


@pytest.mark.parametrize("name", list(Call))
def test_a_rate_limit_sends_nothing_and_says_when_to_ask_again(driver: Driver, name: Call, tmp_path: Path) -> None:
    error = breaks(driver, driver.platform(), name, Trouble.RATE_LIMIT, tmp_path)
    assert error.answer is Outcome.NOT_SENT
    assert error.retry_at is not None
    assert timedelta(seconds=90) < error.retry_at - driver.now() < timedelta(seconds=150)
    assert driver.published() == (["Free htem all."] if name is Call.EDIT else [])
    assert driver.reshared() == []


@pytest.mark.parametrize("name", list(Call))
def test_a_token_that_is_not_accepted_closes_the_account(driver: Driver, name: Call, tmp_path: Path) -> None:
    error = breaks(driver, driver.platform(), name, Trouble.BAD_TOKEN, tmp_path)
    assert error.answer is Outcome.REJECTED
    assert error.closes_account
    assert "‹do:log_in" in str(error)


@pytest.mark.parametrize("name", [Call.PUBLISH, Call.RESHARE, Call.UPLOAD])
def test_a_refusal_is_final_and_leaves_the_account_open(driver: Driver, name: Call, tmp_path: Path) -> None:
    error = breaks(driver, driver.platform(), name, Trouble.REFUSAL, tmp_path)
    assert error.answer is Outcome.REJECTED
    assert not error.closes_account
    assert driver.published() == []
    assert driver.reshared() == []


def test_a_text_that_is_too_long_is_refused(driver: Driver) -> None:
    platform = driver.platform()
    with pytest.raises(PlatformError) as raised:
        platform.publish(outgoing("too long " * platform.limits().max_characters))
    assert raised.value.answer is Outcome.REJECTED
    assert driver.published() == []


def test_a_file_goes_out_with_its_post_and_its_alternative_text(driver: Driver, tmp_path: Path) -> None:
    platform = driver.platform()
    file, media = image()
    upload = platform.upload(file, media)
    assert platform.is_ready(upload.media_id)
    assert upload.expires_at > driver.now() + timedelta(hours=1)
    platform.publish(outgoing(media_ids=(upload.media_id,)))
    assert driver.attached() == [media.alt]
    assert platform.own_posts(driver.now() - MINUTE)[0].media_count == 1


def test_a_file_that_is_still_processed_is_not_ready_and_its_post_waits(driver: Driver, tmp_path: Path) -> None:
    driver.processes_uploads(looks=4)
    platform = driver.platform()
    upload = platform.upload(*image())
    assert not upload.ready
    assert not platform.is_ready(upload.media_id)
    with pytest.raises(PlatformError) as raised:
        platform.publish(outgoing(media_ids=(upload.media_id,)))
    assert raised.value.answer is Outcome.NOT_SENT
    assert driver.published() == []


def test_a_file_that_cannot_be_processed_is_rejected(driver: Driver, tmp_path: Path) -> None:
    driver.processes_uploads(looks=1, fails=True)
    platform = driver.platform()
    upload = platform.upload(*image())
    while_processed = (platform.is_ready(upload.media_id) for _ in range(3))
    with pytest.raises(PlatformError) as raised:
        any(while_processed)
    assert raised.value.answer is Outcome.REJECTED


def test_a_post_is_reshared_once_however_often_it_is_asked_for(driver: Driver) -> None:
    platform = driver.platform()
    uri = driver.somebody_posts(f"Solidarity! #{driver.hashtags[0]}")
    for _ in range(2):
        post = platform.fetch(uri)
        assert post is not None
        assert platform.reshare(post).url == post.url
    assert driver.reshared() == [uri]
    assert [own.reshare_of for own in platform.own_posts(driver.now() - DAY)] == [uri]
    again = platform.fetch(uri)
    assert again is not None
    assert again.reshared_by_us


def test_our_post_can_be_taken_back_and_being_gone_counts_as_done(driver: Driver) -> None:
    platform = driver.platform()
    published = platform.publish(outgoing())
    for _ in range(2):
        platform.undo_post(published.post_id)
    assert driver.published() == []


def test_a_reshare_can_be_taken_back_and_being_gone_counts_as_done(driver: Driver) -> None:
    platform = driver.platform()
    uri = driver.somebody_posts("Solidarity!")
    post = platform.fetch(uri)
    assert post is not None
    platform.reshare(post)
    for _ in range(2):
        platform.undo_reshare(uri)
    assert driver.reshared() == []
    driver.somebody_deletes(uri)
    platform.undo_reshare(uri)


def test_an_account_says_who_it_is_and_what_it_accepts(driver: Driver) -> None:
    platform = driver.platform()
    facts, limits = platform.facts(), platform.limits()
    assert facts.handle
    assert facts.account_id
    assert facts.can_write
    assert facts.server_time is not None
    assert abs(facts.server_time - driver.now()) < MINUTE
    assert limits.max_characters > 0
    assert "image/png" in limits.mime_types


def test_every_cost_is_told_beforehand_and_is_no_less_than_nothing(driver: Driver) -> None:
    platform = driver.platform()
    costs = [platform.post_cost(outgoing()), platform.reshare_cost, platform.reconcile_cost]
    costs += [platform.fetch_cost, platform.undo_cost, platform.facts_cost]
    costs += [source.page_cost for source in platform.sources(driver.hashtags)]
    assert all(cost >= 0 for cost in costs)


def test_one_adapter_serves_several_threads(driver: Driver) -> None:
    platform = driver.platform()
    texts = [f"Thread {number}." for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        published = list(pool.map(lambda text: platform.publish(outgoing(text)), texts))
    assert sorted(driver.published()) == sorted(texts)
    assert len({one.post_id for one in published}) == len(texts)


@pytest.mark.parametrize("trouble", list(Trouble))
def test_no_secret_is_told_whatever_goes_wrong(
    driver: Driver,
    trouble: Trouble,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    platform = driver.platform()
    told = [repr(platform), str(vars(platform))]
    for name in Call if platform.can_edit else [call for call in Call if call is not Call.EDIT]:
        error = breaks(driver, platform, name, trouble, tmp_path)
        told += [str(error), repr(error), repr(error.__cause__), repr(error.__context__)]
    captured = capfd.readouterr()
    told += [caplog.text, captured.out, captured.err]
    assert not [secret for secret in driver.secrets for text in told if secret in text]


@pytest.mark.parametrize("trouble", sorted(BEFORE_ANYTHING))
@pytest.mark.parametrize("name", list(Call))
def test_what_is_refused_is_never_ambiguous(driver: Driver, name: Call, trouble: Trouble, tmp_path: Path) -> None:
    error = breaks(driver, driver.platform(), name, trouble, tmp_path)
    assert error.answer is not Outcome.AMBIGUOUS
