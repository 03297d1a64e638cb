"""Posts and reposts, and taking them back."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from bot.domain.message import Visibility
from bot.domain.post import Outgoing, SeenPost
from bot.errors import Outcome, PlatformError, Remedy, to_do
from bot.platforms.x.adapter import XPlatform
from tests.platforms.x.conftest import Account, HandClock
from tests.servers.x.handle import XSimulator, XUser

TEXT = "3 days until the Day of Action. #FreeBelarusUnionists"


def outgoing(text: str = TEXT, **more: object) -> Outgoing:
    return Outgoing(text, "en", **more)  # type: ignore[arg-type]


def seen(x: XSimulator, account: XPlatform, user: str = "Union", **more: object) -> SeenPost:
    post_id = x.seed_post(user, "With them #FreeBelarusUnionists", media=[{"type": "video"}], **more)  # type: ignore[arg-type]
    found = account.fetch(f"https://x.com/i/status/{post_id}")
    assert found is not None
    return found


def test_a_post_goes_out_once_with_its_text(x: XSimulator, us: XUser, account: XPlatform) -> None:
    published = account.publish(outgoing())
    (post,) = x.ledger()["posts"]
    assert (post["id"], post["text"], post["user"]) == (published.post_id, TEXT, us.id)
    assert published.url == f"https://x.com/i/status/{published.post_id}"


def test_a_post_has_the_address_people_know_once_the_name_is_known(account: XPlatform) -> None:
    account.facts()
    published = account.publish(outgoing())
    assert published.url == f"https://x.com/GroundswellBot/status/{published.post_id}"


def test_a_thread_is_a_chain_of_replies(x: XSimulator, account: XPlatform) -> None:
    first = account.publish(outgoing("one"))
    second = account.publish(outgoing("two", reply_to=first.post_id))
    assert [post["reply_to"] for post in x.ledger()["posts"]] == [None, first.post_id]
    newest = account.own_posts(HandClock().now - timedelta(minutes=1))[0]
    assert (newest.post_id, newest.reply_to) == (second.post_id, first.post_id)


def test_a_post_for_followers_never_becomes_public(x: XSimulator, account: XPlatform) -> None:
    with pytest.raises(PlatformError, match="followers only") as refused:
        account.publish(outgoing(visibility=Visibility.PRIVATE))
    assert refused.value.answer is Outcome.REJECTED
    assert x.ledger()["requests"] == []


@pytest.mark.parametrize("number", ["../users/me", "", "12a", "٣", "1" * 20])
def test_an_id_that_is_no_number_never_becomes_part_of_a_path(x: XSimulator, account: XPlatform, number: str) -> None:
    with pytest.raises(PlatformError, match="is a number"):
        account.undo_post(number)
    assert x.ledger()["requests"] == []


def test_each_thread_has_a_connection_of_its_own(x: XSimulator, account: XPlatform) -> None:
    texts = [f"text {number}" for number in range(8)]
    threads = [threading.Thread(target=account.publish, args=(outgoing(text),)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(post["text"] for post in x.ledger()["posts"]) == texts


def test_a_reshare_is_a_repost_of_the_original(x: XSimulator, us: XUser, account: XPlatform) -> None:
    post = seen(x, account)
    published = account.reshare(post)
    (repost,) = x.ledger()["reposts"]
    assert (repost["post"], repost["user"]) == (post.native_id, us.id)
    assert (published.post_id, published.url) == (post.native_id, post.url)


@pytest.mark.parametrize("answer", ["ok", "forbidden"])
def test_a_second_reshare_counts_as_done_however_x_says_it(x: XSimulator, account: XPlatform, answer: str) -> None:
    x.settings(already_reposted=answer)
    post = seen(x, account)
    assert account.reshare(post) == account.reshare(post)
    assert len(x.ledger()["reposts"]) == 1


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_post_deleted_since_cannot_be_reshared(x: XSimulator, account: XPlatform, status: int) -> None:
    x.settings(unknown_repost_status=status)
    post = seen(x, account)
    x.delete_post(post.native_id)
    with pytest.raises(PlatformError) as refused:
        account.reshare(post)
    assert (refused.value.answer, refused.value.closes_account) == (Outcome.REJECTED, False)


def test_a_reshare_that_x_does_not_confirm_is_ambiguous(x: XSimulator, account: XPlatform) -> None:
    post = seen(x, account)
    x.fault("status", "/2/users/*/retweets", status=200, body={"data": {"retweeted": False}})
    with pytest.raises(PlatformError) as unknown:
        account.reshare(post)
    assert unknown.value.answer is Outcome.AMBIGUOUS


@pytest.mark.parametrize("status", [200, 404])
def test_a_post_is_deleted_and_deleting_it_again_is_done_already(
    x: XSimulator, account: XPlatform, status: int
) -> None:
    x.settings(unknown_delete_status=status)
    published = account.publish(outgoing())
    account.undo_post(published.post_id)
    account.undo_post(published.post_id)
    assert x.ledger()["posts"][0]["deleted_at"] is not None
    assert len(x.ledger()["deletes"]) == 1


def test_somebody_elses_post_is_not_deleted(x: XSimulator, account: XPlatform) -> None:
    with pytest.raises(PlatformError) as refused:
        account.undo_post(x.seed_post("Union", "not ours"))
    assert refused.value.answer is Outcome.REJECTED


def test_a_reshare_is_taken_back_and_taking_it_back_again_is_done_already(x: XSimulator, account: XPlatform) -> None:
    post = seen(x, account)
    account.reshare(post)
    account.undo_reshare(post.uri)
    account.undo_reshare(post.uri)
    assert x.ledger()["reposts"][0]["undone_at"] is not None
    x.fault("status", "/2/users/*", method="DELETE", status=404)
    account.undo_reshare(post.uri)


def test_a_token_without_a_user_number_closes_the_account_before_anything_is_sent(
    x: XSimulator, open_account: Account
) -> None:
    account = open_account(token="no-number-in-front")
    with pytest.raises(PlatformError, match=to_do(Remedy.LOG_IN, "x")) as refused:
        account.undo_reshare("https://x.com/i/status/20")
    assert refused.value.closes_account
    assert x.ledger()["requests"] == []


def test_facts_name_the_account_and_bill_one_user_read(x: XSimulator, us: XUser, account: XPlatform) -> None:
    facts = account.facts()
    assert (facts.handle, facts.account_id, facts.can_write) == ("x:GroundswellBot", us.id, True)
    assert "automated label" in facts.notes[0]
    assert x.ledger()["spent"] == pytest.approx(0.010)


def test_facts_know_a_token_that_may_only_read_and_the_servers_time(
    x: XSimulator, us: XUser, account: XPlatform
) -> None:
    headers = {"x-access-level": "read", "date": "Wed, 16 Apr 2025 12:00:00 GMT"}
    user = {"id": us.id, "username": us.username, "name": "G", "protected": True}
    x.fault("status", "/2/users/me", status=200, body={"data": user}, headers=headers)
    facts = account.facts()
    assert not facts.can_write
    assert facts.server_time is not None
    assert facts.server_time.isoformat() == "2025-04-16T12:00:00+00:00"
    assert "protected" in facts.notes[1]
