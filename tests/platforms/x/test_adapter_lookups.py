"""Several posts looked up at once, as `fetch` would give each of them."""

from __future__ import annotations

from typing import Any

import pytest

from bot.errors import Outcome, PlatformError
from bot.platforms.x.adapter import XPlatform
from tests.servers.x.handle import XSimulator, XUser

PATH = "/2/tweets"
VIDEO = [{"type": "video"}]


def uri(post_id: str) -> str:
    return f"https://x.com/i/status/{post_id}"


def requests(x: XSimulator) -> list[str]:
    return [entry["path"] for entry in x.ledger()["requests"]]


@pytest.mark.parametrize("new_version", [False, True])
@pytest.mark.parametrize("spelling", ["tweet", "post"])
def test_many_posts_are_one_request_and_their_edits_another_and_say_what_fetch_says(
    x: XSimulator, account: XPlatform, new_version: bool, spelling: str
) -> None:
    x.settings(spelling=spelling)
    posts = {name: x.seed_post(name, f"{name} #April19", media=VIDEO) for name in ("Stays", "Gone", "Hidden", "Edited")}
    asked = [uri(post) for post in (*posts.values(), "20")]
    reshared = account.fetch(uri(posts["Stays"]))
    assert reshared is not None
    account.reshare(reshared)
    x.delete_post(posts["Gone"])
    x.edit_post(posts["Hidden"], protected=True)
    x.edit_post(posts["Edited"], text="Something else #April19", new_version=new_version)
    before = len(requests(x))
    found = account.fetch_all(asked)
    assert requests(x)[before:] == [PATH] * 2
    assert list(found) == asked
    assert found == {one: account.fetch(one) for one in asked}
    assert [post is None for post in found.values()] == [False, True, True, False, True]


def test_more_than_a_hundred_are_several_requests(x: XSimulator, us: XUser, account: XPlatform) -> None:
    asked = [uri(x.seed_post("Union", f"{number}")) for number in range(120)]
    found = account.fetch_all(asked)
    assert list(found) == asked
    assert requests(x) == [PATH, PATH]
    assert 0 < x.ledger()["spent"] * 1_000_000 <= len(asked) * account.fetch_cost


def test_two_addresses_of_one_post_are_both_answered_and_asked_once(x: XSimulator, account: XPlatform) -> None:
    post = x.seed_post("Union", "one")
    found = account.fetch_all([uri(post), f"https://twitter.com/Union/status/{post}"])
    assert len(found) == 2
    assert len({one.uri for one in found.values() if one}) == 1
    assert account.fetch_all([]) == {}


def body(*entries: Any, errors: Any = ()) -> dict[str, Any]:
    return {"data": list(entries), "includes": {"users": [{"id": "7", "username": "Union"}]}, "errors": list(errors)}


def test_one_of_which_x_says_nothing_certain_is_left_out(x: XSimulator, account: XPlatform) -> None:
    good, alone = {"id": "20", "text": "a", "author_id": "7"}, {"id": "21", "text": "b", "author_id": "8"}
    odd, trouble = {"id": 22, "text": 4}, {"resource_id": "23", "type": "https://api.x.com/2/problems/internal-error"}
    gone = {"value": "24", "type": "https://api.x.com/2/problems/resource-not-found"}
    newer = {"id": "25", "text": "c", "author_id": "7", "edit_history_tweet_ids": ["25", "26"]}
    x.fault("status", PATH, status=200, body=body(good, alone, odd, newer, errors=[trouble, gone]))
    x.fault("status", PATH, status=200, body=body(errors=[trouble | {"resource_id": "26"}]))
    found = account.fetch_all([uri(str(number)) for number in range(20, 27)])
    assert {one.rpartition("/")[2]: post is not None for one, post in found.items()} == {"20": True, "24": False}


@pytest.mark.parametrize("answer", [{}, {"data": None}, [], "<html>"])
def test_an_answer_about_nothing_is_no_news_of_anybody(x: XSimulator, account: XPlatform, answer: Any) -> None:
    x.fault("status", PATH, status=200, body=answer)
    with pytest.raises(PlatformError) as unknown:
        account.fetch_all([uri("20")])
    assert unknown.value.answer is Outcome.AMBIGUOUS
