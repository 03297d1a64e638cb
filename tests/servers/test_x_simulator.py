"""The X simulator keeps X's rules about writing: signatures, posts, media, reposts, money, limits, login."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import requests
from requests_oauthlib import OAuth1Session
from tweepy import auth
from tweepy.errors import Forbidden, NotFound, Unauthorized

from tests.servers.x.clients import Redirected, signed_client, tweepy_client
from tests.servers.x.handle import XSimulator, XUser

NOON = datetime(2025, 4, 16, 12, 0, tzinfo=UTC)
DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8


@pytest.fixture
def user(x: XSimulator) -> XUser:
    return x.add_user("campaign", name="The Campaign")


def upload(api: httpx.Client, content: bytes, media_type: str = "image/png", category: str = "tweet_image") -> str:
    """Upload in two segments and finalize; gives the media id."""
    order = {"media_type": media_type, "media_category": category, "total_bytes": len(content)}
    media_id = str(api.post("/2/media/upload/initialize", json=order).json()["data"]["id"])
    half = len(content) // 2
    for index, chunk in enumerate((content[:half], content[half:])):
        answer = api.post(
            f"/2/media/upload/{media_id}/append", data={"segment_index": str(index)}, files={"media": chunk}
        )
        assert answer.status_code == 200, answer.text
    assert api.post(f"/2/media/upload/{media_id}/finalize").status_code == 200
    return media_id


def test_tweepy_posts_though_its_host_is_fixed(x: XSimulator, user: XUser) -> None:
    answer = tweepy_client(x, user).create_tweet(text="Три дня до #SolidarityDay")
    (post,) = x.ledger()["posts"]
    assert post["id"] == answer.data["id"]
    assert post["text"] == "Три дня до #SolidarityDay"
    assert x.ledger()["violations"] == []


def test_a_wrong_secret_is_unauthorized(x: XSimulator, user: XUser) -> None:
    wrong = XUser(user.id, user.username, user.api_key, user.api_secret, user.access_token, "wrong")
    with signed_client(x, wrong) as client:
        answer = client.post("/2/tweets", json={"text": "hello"})
    assert answer.json() == {"title": "Unauthorized", "detail": "Unauthorized", "type": "about:blank", "status": 401}
    with pytest.raises(Unauthorized):
        tweepy_client(x, wrong).create_tweet(text="hello")
    assert httpx.get(f"{x.url}/2/users/me", trust_env=False).status_code == 401
    assert x.ledger()["posts"] == []


def test_a_signed_request_can_not_be_replayed(x: XSimulator, api: httpx.Client) -> None:
    first = api.get("/2/users/me")
    again = httpx.get(first.request.url, headers=first.request.headers, trust_env=False)
    assert (first.status_code, again.status_code) == (200, 401)


def test_links_are_wrapped_and_text_is_escaped(x: XSimulator, api: httpx.Client) -> None:
    number = api.post("/2/tweets", json={"text": "Rights & <hope> https://campaign.example.org/ #Day_1 @union"}).json()[
        "data"
    ]["id"]
    post = api.get(f"/2/tweets/{number}", params={"tweet.fields": "entities"}).json()["data"]
    assert re.fullmatch(r"Rights &amp; &lt;hope&gt; https://t\.co/\w{10} #Day_1 @union", post["text"])
    (url,), (tag,), (mention,) = (post["entities"][kind] for kind in ("urls", "hashtags", "mentions"))
    assert post["text"][url["start"] : url["end"]] == url["url"]
    assert (url["expanded_url"], url["display_url"]) == ("https://campaign.example.org/", "campaign.example.org")
    assert (tag["tag"], post["text"][tag["start"] : tag["end"]]) == ("Day_1", "#Day_1")
    assert post["text"][mention["start"] : mention["end"]] == "@union"


def test_a_host_x_does_not_know_is_a_link_only_when_asked_for(x: XSimulator, api: httpx.Client) -> None:
    text = "See https://campaign.example/day?a=1."
    assert api.post("/2/tweets", json={"text": text}).json()["data"]["text"] == text
    x.settings(any_host_is_a_link=True)
    answer = api.post("/2/tweets", json={"text": f"{text} Again"}).json()["data"]["text"]
    assert re.fullmatch(r"See https://t\.co/\w{10}\. Again", answer)
    assert x.ledger()["spent"] == pytest.approx(0.215)


def test_the_same_text_is_refused_within_a_day_and_taken_after_it(x: XSimulator, api: httpx.Client) -> None:
    x.set_clock(NOON)
    assert api.post("/2/tweets", json={"text": "Solidarity  now"}).status_code == 201
    again = api.post("/2/tweets", json={"text": "Solidarity now "})
    assert (again.status_code, again.json()["detail"]) == (403, DUPLICATE)
    x.set_clock(NOON + timedelta(hours=25))
    later = api.post("/2/tweets", json={"text": "Solidarity now"})
    assert later.status_code == 201
    assert [post["at"] for post in x.ledger()["posts"]] == ["2025-04-16T12:00:00.000Z", "2025-04-17T13:00:00.000Z"]
    assert int(later.json()["data"]["id"]) > int(x.ledger()["posts"][0]["id"])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": "hi", "idempotency_key": "1"}, 400),
        ({"text": 5}, 400),
        ({}, 400),
        ({"text": "я" * 281}, 403),
        ({"text": "團" * 141}, 403),
        ({"text": "hi", "media": {"media_ids": ["nonsense"]}}, 400),
    ],
)
def test_a_body_against_the_contract_is_refused_and_recorded(
    x: XSimulator, api: httpx.Client, body: dict[str, Any], status: int
) -> None:
    assert api.post("/2/tweets", json=body).status_code == status
    (violation,) = x.ledger()["violations"]
    assert violation["path"] == "/2/tweets"
    assert x.ledger()["posts"] == []


def test_text_of_exactly_280_weighted_characters_fits(api: httpx.Client) -> None:
    assert api.post("/2/tweets", json={"text": "團" * 128 + " https://example.org/" + "a" * 300}).status_code == 201


def test_a_reply_joins_the_conversation_and_a_reply_to_nothing_is_refused(x: XSimulator, api: httpx.Client) -> None:
    root = api.post("/2/tweets", json={"text": "one"}).json()["data"]["id"]
    reply = api.post("/2/tweets", json={"text": "two", "reply": {"in_reply_to_tweet_id": root}}).json()["data"]["id"]
    fields = {"tweet.fields": "conversation_id,referenced_tweets"}
    post = api.get(f"/2/tweets/{reply}", params=fields).json()["data"]
    assert (post["conversation_id"], post["referenced_tweets"]) == (root, [{"type": "replied_to", "id": root}])
    assert x.ledger()["posts"][1]["reply_to"] == root
    api.delete(f"/2/tweets/{root}")
    lost = api.post("/2/tweets", json={"text": "three", "reply": {"in_reply_to_tweet_id": root}})
    assert lost.status_code == 403
    assert x.ledger()["posts"][0]["deleted_at"] is not None


def test_a_photo_with_alt_text_is_attached_once(x: XSimulator, api: httpx.Client) -> None:
    media_id = upload(api, PNG)
    alt = {"id": media_id, "metadata": {"alt_text": {"text": "Five portraits"}}}
    assert api.post("/2/media/metadata", json=alt).status_code == 200
    posted = api.post("/2/tweets", json={"text": "look", "media": {"media_ids": [media_id]}}).json()["data"]
    assert re.fullmatch(r"look https://t\.co/\w{10}", posted["text"])
    assert x.ledger()["posts"][0]["media"][0]["alt"] == "Five portraits"
    assert x.ledger()["media"][0]["size"] == len(PNG)
    again = api.post("/2/tweets", json={"text": "look again", "media": {"media_ids": [media_id]}})
    assert again.status_code == 400
    alt["metadata"] = {"alt_text": {"text": "a" * 1001}}
    assert api.post("/2/media/metadata", json=alt).status_code == 400


def test_a_video_must_be_processed_before_it_is_posted(x: XSimulator, api: httpx.Client) -> None:
    x.settings(video_looks=2, check_after_s=0)
    media_id = upload(api, b"film" * 100, "video/mp4", "tweet_video")
    body = {"text": "film", "media": {"media_ids": [media_id]}}
    assert api.post("/2/tweets", json=body).status_code == 400
    look = {"command": "STATUS", "media_id": media_id}
    states = [api.get("/2/media/upload", params=look).json()["data"]["processing_info"]["state"] for _ in range(2)]
    assert states == ["in_progress", "succeeded"]
    assert api.post("/2/tweets", json=body).status_code == 201


def test_uploads_expire_at_once_when_told_to(x: XSimulator, api: httpx.Client) -> None:
    media_id = upload(api, PNG)
    x.forget_media()
    assert api.get("/2/media/upload", params={"media_id": media_id, "command": "STATUS"}).status_code == 400
    assert api.post("/2/tweets", json={"text": "hi", "media": {"media_ids": [media_id]}}).status_code == 400


def test_the_ledger_says_of_a_post_that_it_was_deleted_by_hand(x: XSimulator, api: httpx.Client) -> None:
    x.delete_post(api.post("/2/tweets", json={"text": "hi"}).json()["data"]["id"])
    assert x.ledger()["posts"][0]["deleted_at"] is not None
    assert x.ledger()["deletes"] == []


def test_segments_come_in_order_and_media_belong_to_their_uploader(x: XSimulator, api: httpx.Client) -> None:
    order = {"media_type": "image/png", "media_category": "tweet_image", "total_bytes": 4}
    media_id = api.post("/2/media/upload/initialize", json=order).json()["data"]["id"]
    late = api.post(f"/2/media/upload/{media_id}/append", data={"segment_index": "1"}, files={"media": b"1234"})
    assert late.status_code == 400
    assert api.post(f"/2/media/upload/{media_id}/finalize").status_code == 400
    mine = upload(api, PNG)
    with signed_client(x, x.add_user("other")) as other:
        assert other.post("/2/tweets", json={"text": "x", "media": {"media_ids": [mine]}}).status_code == 400
    assert api.post("/2/media/upload/initialize", json={**order, "total_bytes": 6_000_000}).status_code == 400


def test_media_expire_after_a_day(x: XSimulator, api: httpx.Client) -> None:
    x.set_clock(NOON)
    media_id = upload(api, PNG)
    x.set_clock(NOON + timedelta(hours=24))
    assert api.post("/2/tweets", json={"text": "late", "media": {"media_ids": [media_id]}}).status_code == 400


def test_a_repost_is_made_once_and_can_be_undone(x: XSimulator, user: XUser) -> None:
    source = x.seed_post("union", "We stand together")
    client = tweepy_client(x, user)
    assert client.retweet(source).data["retweeted"] is True
    assert client.retweet(source).data["retweeted"] is True
    (entry,) = x.ledger()["reposts"]
    assert (entry["post"], entry["undone_at"]) == (source, None)
    x.settings(already_reposted="forbidden")
    with pytest.raises(Forbidden):
        client.retweet(source)
    assert client.unretweet(source).data["retweeted"] is False
    assert client.unretweet(source).data["retweeted"] is False
    assert x.ledger()["reposts"][0]["undone_at"] is not None


def test_what_is_gone_or_protected_is_not_reposted(x: XSimulator, user: XUser) -> None:
    gone, hidden = x.seed_post("union", "one"), x.seed_post("shy", "two")
    x.delete_post(gone)
    x.edit_post(hidden, protected=True)
    client = tweepy_client(x, user)
    with pytest.raises(NotFound):
        client.retweet(gone)
    with pytest.raises(Forbidden):
        client.retweet(hidden)


def test_every_call_costs_and_402_comes_when_the_credits_are_gone(x: XSimulator) -> None:
    poor = x.add_user("poor", credits=0.22)
    with signed_client(x, poor) as client:
        assert client.post("/2/tweets", json={"text": "with https://example.org/"}).status_code == 201
        assert client.post("/2/tweets", json={"text": "plain"}).status_code == 201
        assert x.ledger()["spent"] == pytest.approx(0.215)
        broke = client.post("/2/tweets", json={"text": "no money"})
    assert (broke.status_code, broke.json()["title"]) == (402, "CreditsDepleted")
    assert len(x.ledger()["posts"]) == 2


def test_limits_are_told_and_kept_until_their_window_ends(x: XSimulator, api: httpx.Client) -> None:
    x.set_clock(NOON)
    x.settings(limits={"create": [[2, 900]]})
    headers = [api.post("/2/tweets", json={"text": f"post {n}"}).headers for n in range(2)]
    assert [header["x-rate-limit-remaining"] for header in headers] == ["1", "0"]
    refused = api.post("/2/tweets", json={"text": "post 3"})
    assert refused.status_code == 429
    assert "retry-after" not in refused.headers
    reset = int(refused.headers["x-rate-limit-reset"])
    x.set_clock(datetime.fromtimestamp(reset, UTC))
    assert api.post("/2/tweets", json={"text": "post 3"}).status_code == 201


def test_login_by_pin_gives_the_users_access_token(x: XSimulator, user: XUser) -> None:
    new_handler: Any = auth.OAuth1UserHandler
    handler = new_handler(user.api_key, user.api_secret, callback="oob")
    handler.oauth.mount("https://api.twitter.com", Redirected(x.url))
    page = httpx.get(handler.get_authorization_url().replace("https://api.twitter.com", x.url), trust_env=False)
    pin = re.search(r"<code>(\d{7})</code>", page.text)
    assert pin is not None
    last_step = OAuth1Session(
        user.api_key,
        client_secret=user.api_secret,
        resource_owner_key=handler.request_token["oauth_token"],
        resource_owner_secret=handler.request_token["oauth_token_secret"],
        verifier=pin.group(1),
    )
    last_step.mount("https://api.twitter.com", Redirected(x.url))
    given = last_step.fetch_access_token("https://api.twitter.com/oauth/access_token")
    last_step.close()
    handler.oauth.close()
    assert (given["oauth_token"], given["screen_name"]) == (user.access_token, "campaign")


def test_the_ledger_file_outlives_the_process(tmp_path: Path) -> None:
    file = tmp_path / "ledger.jsonl"
    with XSimulator(ledger_file=file) as simulator:
        with requests.Session() as session:
            session.trust_env = False
            assert session.get(f"{simulator.url}/2/nothing").status_code == 404
        tweepy_client(simulator, simulator.add_user("campaign")).create_tweet(text="kept")
    lines = [msgspec.json.decode(line) for line in file.read_text().splitlines()]
    assert [line["kind"] for line in lines] == ["reset", "violations", "requests", "posts", "requests"]
    assert lines[3]["text"] == "kept"
