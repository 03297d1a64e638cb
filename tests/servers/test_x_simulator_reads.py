"""The X simulator keeps X's rules about reading: search, timelines, lookups, and the contract of their parameters."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.servers.x import contract
from tests.servers.x.clients import signed_client, tweepy_client
from tests.servers.x.handle import XSimulator, XUser

NOON = datetime(2025, 4, 16, 12, 0, tzinfo=UTC)
SEARCH = "/2/tweets/search/recent"
VIDEO = [{"type": "video", "alt_text": "workers singing"}]


@pytest.fixture
def x(x: XSimulator) -> XSimulator:
    """The simulator at noon."""
    x.set_clock(NOON)
    return x


def ago(**duration: float) -> datetime:
    return NOON - timedelta(**duration)


def found(api: httpx.Client, query: str, **params: Any) -> list[str]:
    """The texts that a search finds."""
    answer = api.get(SEARCH, params={"query": query, **params})
    assert answer.status_code == 200, answer.text
    return [post["text"].partition(" https://t.co")[0] for post in answer.json().get("data", [])]


def test_search_compares_whole_tags_in_any_case(x: XSimulator, api: httpx.Client) -> None:
    x.seed_post("a", "right #april19", created_at=ago(hours=1))
    x.seed_post("b", "longer #April19_WorkersRights", created_at=ago(hours=2))
    x.seed_post("c", "cyrillic #СвабодаПрафсаюзам!", created_at=ago(hours=3))
    assert found(api, "#April19") == ["right #april19"]
    assert found(api, "#APRIL19 OR #свабодапрафсаюзам") == ["right #april19", "cyrillic #СвабодаПрафсаюзам!"]


def test_search_knows_the_operators_a_campaign_needs(x: XSimulator, api: httpx.Client) -> None:
    film = x.seed_post("a", "film #Day", media=VIDEO, created_at=ago(hours=1))
    x.seed_post("b", "photo #Day @campaign", media=[{"type": "photo"}], lang="de", created_at=ago(hours=2))
    x.seed_post("c", repost_of=film, created_at=ago(minutes=30))
    assert found(api, "(#Day OR #Other) has:video_link -is:retweet") == ["film #Day"]
    assert found(api, "#Day has:videos") == found(api, "#Day -has:images") == ["film #Day"]
    assert found(api, "#Day has:media") == ["film #Day", "photo #Day @campaign"]
    assert found(api, "#Day lang:de") == found(api, "@campaign -from:a") == ["photo #Day @campaign"]
    assert found(api, "from:a") == ["film #Day"]


def test_addresses_are_searched_by_whole_words(x: XSimulator, api: httpx.Client) -> None:
    x.seed_post("a", "film #Day https://www.YouTube.com/watch?v=abc", created_at=ago(hours=1))
    x.seed_post("b", "channel #Day https://youtube.com/@union", created_at=ago(hours=2))
    x.seed_post("c", "page #Day https://facebook.com/union/videos/123456", created_at=ago(hours=3))
    x.seed_post("d", "no #Day https://notyoutube.com/watch", created_at=ago(hours=4))
    assert [text[:4] for text in found(api, '#Day url:"youtube.com/watch"')] == ["film"]
    assert [text[:4] for text in found(api, '#Day (url:"youtube.com" OR url:"youtu.be")')] == ["film", "chan"]
    assert [text[:4] for text in found(api, '#Day (has:videos OR (url:"facebook.com" url:videos))')] == ["page"]


def test_our_own_posts_and_those_that_mention_us_can_be_left_out(x: XSimulator, user: XUser, api: httpx.Client) -> None:
    x.seed_post("a", "others #Day", created_at=ago(hours=1))
    x.seed_post("a", "to us #Day @campaign", created_at=ago(hours=2))
    x.seed_post("campaign", "ours #Day", created_at=ago(hours=3))
    assert found(api, f"#Day -from:{user.id} -@Campaign") == ["others #Day"]
    assert found(api, "#Day -from:campaign") == ["others #Day", "to us #Day @campaign"]


@pytest.mark.parametrize(
    "query",
    [
        "has:videos",
        "lang:be -is:retweet",
        "(#a OR #b",
        "#a AND #b",
        "#a nosuch:thing",
        "#a OR",
        "#" + "a" * 512,
        "#a url:youtu.be",
        "#a -(@b @c)",
    ],
)
def test_a_query_x_would_refuse_is_refused(x: XSimulator, api: httpx.Client, query: str) -> None:
    answer = api.get(SEARCH, params={"query": query})
    assert (answer.status_code, answer.json()["title"]) == (400, "Invalid Request")
    assert len(x.ledger()["violations"]) == 1


def test_search_reaches_from_seven_days_to_thirty_seconds_ago(x: XSimulator, api: httpx.Client) -> None:
    x.seed_post("a", "too old #Day", created_at=ago(days=7, minutes=1))
    x.seed_post("a", "in reach #Day", created_at=ago(seconds=31))
    x.seed_post("a", "too new #Day", created_at=ago(seconds=29))
    assert found(api, "#Day") == ["in reach #Day"]
    x.settings(search_window_s=0)
    assert found(api, "#Day") == ["too new #Day", "in reach #Day"]


def test_search_pages_and_goes_on_from_since_id(x: XSimulator, api: httpx.Client) -> None:
    numbers = [x.seed_post("a", f"post {n} #Day", created_at=ago(minutes=60 - n)) for n in range(25)]
    first = api.get(SEARCH, params={"query": "#Day", "max_results": 10}).json()
    assert (first["meta"]["newest_id"], first["meta"]["result_count"]) == (numbers[-1], 10)
    second = api.get(
        SEARCH, params={"query": "#Day", "max_results": 10, "next_token": first["meta"]["next_token"]}
    ).json()
    assert [post["id"] for post in second["data"]] == numbers[14:4:-1]
    since = api.get(SEARCH, params={"query": "#Day", "since_id": numbers[22]}).json()
    assert [post["id"] for post in since["data"]] == [numbers[24], numbers[23]]
    assert api.get(SEARCH, params={"query": "#Day", "since_id": numbers[24]}).json() == {"meta": {"result_count": 0}}


def test_a_since_id_older_than_a_week_is_refused_without_blame(x: XSimulator, api: httpx.Client) -> None:
    old = x.seed_post("a", "#Day", created_at=ago(days=8))
    assert api.get(SEARCH, params={"query": "#Day", "since_id": old}).status_code == 400
    assert x.ledger()["violations"] == []


def test_expansions_bring_authors_and_media(x: XSimulator, user: XUser) -> None:
    x.add_user("singer", name="Singer", description="#nobots please", followers=7)
    x.seed_post("singer", "song #Day", media=VIDEO, created_at=ago(hours=1))
    answer = tweepy_client(x, user).search_recent_tweets(
        "#Day",
        user_auth=True,
        tweet_fields=["author_id", "created_at", "attachments", "lang", "possibly_sensitive", "public_metrics"],
        expansions=["attachments.media_keys", "author_id"],
        media_fields=["type", "alt_text", "duration_ms", "preview_image_url"],
        user_fields=["description", "protected", "public_metrics"],
    )
    (post,), (author,), (media,) = answer.data, answer.includes["users"], answer.includes["media"]
    assert (post.created_at, post.lang, post.author_id) == (ago(hours=1), "en", int(author.id))
    assert (author.description, author.public_metrics["followers_count"]) == ("#nobots please", 7)
    assert (media.type, media.alt_text) == ("video", "workers singing")


def test_both_spellings_are_understood_and_answered_alike(x: XSimulator, api: httpx.Client) -> None:
    root = x.seed_post("a", "root", created_at=ago(hours=2))
    reply = x.seed_post("b", "reply #Day", reply_to=root, created_at=ago(hours=1))
    older = {"tweet.fields": "referenced_tweets", "expansions": "referenced_tweets.id"}
    newer = {"post.fields": "referenced_posts,public_metrics", "expansions": "referenced_posts"}
    old, new = (api.get(f"/2/tweets/{reply}", params=params).json() for params in (older, newer))
    assert old["data"]["referenced_tweets"] == new["data"]["referenced_posts"] == [{"type": "replied_to", "id": root}]
    assert [post["id"] for post in old["includes"]["tweets"] + new["includes"]["posts"]] == [root, root]
    assert "repost_count" in new["data"]["public_metrics"]
    assert x.ledger()["violations"] == []


@pytest.mark.parametrize(
    "params",
    [{"max_results": 9}, {"max_results": 101}, {"nonsense": 1}, {"tweet.fields": "shoe_size"}, {"next_token": "!"}],
)
def test_a_parameter_against_the_contract_is_refused(x: XSimulator, api: httpx.Client, params: dict[str, Any]) -> None:
    answer = api.get(SEARCH, params={"query": "#Day", **params})
    assert (answer.status_code, answer.json()["title"]) == (400, "Invalid Request")
    (violation,) = x.ledger()["violations"]
    assert violation["path"] == SEARCH


def test_the_own_timeline_shows_reposts_unless_they_are_excluded(x: XSimulator, user: XUser) -> None:
    client = tweepy_client(x, user)
    source = x.seed_post("union", "We stand together", created_at=ago(hours=1))
    own = client.create_tweet(text="our own").data["id"]
    client.retweet(source)
    repost, post = client.get_users_tweets(user.id, user_auth=True, tweet_fields=["referenced_tweets"]).data
    assert (repost.text, repost.referenced_tweets[0].type) == ("RT @union: We stand together", "retweeted")
    assert (str(repost.referenced_tweets[0].id), str(post.id)) == (source, own)
    (only,) = client.get_users_tweets(user.id, user_auth=True, exclude=["retweets"], max_results=5).data
    assert str(only.id) == own


def test_the_own_timeline_can_lag_and_freeze(x: XSimulator, user: XUser, api: httpx.Client) -> None:
    def seen() -> int:
        return int(api.get(f"/2/users/{user.id}/tweets").json()["meta"]["result_count"])

    x.settings(timeline_lag_reads=2)
    api.post("/2/tweets", json={"text": "one"})
    assert [seen(), seen(), seen()] == [0, 0, 1]
    x.settings(timeline_lag_reads=0, timeline_lag_s=60)
    assert seen() == 0
    x.set_clock(NOON + timedelta(seconds=61))
    assert seen() == 1
    x.settings(timeline_lag_s=0, timeline_frozen=True)
    api.post("/2/tweets", json={"text": "two"})
    assert seen() == 1
    x.settings(timeline_frozen=False)
    assert seen() == 2


def test_mentions_are_those_of_others(x: XSimulator, user: XUser, api: httpx.Client) -> None:
    wanted = x.seed_post("friend", "look @Campaign, a film", media=VIDEO, created_at=ago(hours=1))
    x.seed_post("friend", "mail me at info@campaign or @campaigners", created_at=ago(hours=2))
    api.post("/2/tweets", json={"text": "we are @campaign"})
    answer = api.get(f"/2/users/{user.id}/mentions", params={"max_results": 5}).json()
    assert [post["id"] for post in answer["data"]] == [wanted]


def test_a_lookup_carries_data_and_errors_together(x: XSimulator, api: httpx.Client) -> None:
    here, gone, hidden = (x.seed_post(name, name, created_at=ago(hours=1)) for name in ("here", "gone", "hidden"))
    x.delete_post(gone)
    x.edit_user("hidden", protected=True)
    answer = api.get("/2/tweets", params={"ids": f"{here},{gone},{hidden}"}).json()
    assert [post["id"] for post in answer["data"]] == [here]
    titles = {error["resource_id"]: error["title"] for error in answer["errors"]}
    assert titles == {gone: "Not Found Error", hidden: "Authorization Error"}
    assert list(api.get(f"/2/tweets/{gone}").json()) == ["errors"]
    x.settings(missing_lookup_status=404)
    assert api.get(f"/2/tweets/{gone}").status_code == 404


def test_an_edit_is_visible_in_text_and_history(x: XSimulator, api: httpx.Client) -> None:
    post = x.seed_post("a", "before", created_at=ago(hours=1))
    x.edit_post(post, text="after")
    data = api.get(f"/2/tweets/{post}").json()["data"]
    assert (data["text"], len(data["edit_history_tweet_ids"])) == ("after", 2)


def test_a_post_is_billed_once_a_day_and_an_empty_search_never(x: XSimulator, user: XUser, api: httpx.Client) -> None:
    x.seed_post("a", "#Day", created_at=ago(hours=1))
    assert (found(api, "#None"), x.ledger()["spent"]) == ([], 0)
    assert (found(api, "#Day"), found(api, "#Day"), x.ledger()["spent"]) == (["#Day"], ["#Day"], pytest.approx(0.005))
    x.set_clock(NOON + timedelta(days=1))
    found(api, "#Day")
    assert x.ledger()["spent_by_user"][user.id] == pytest.approx(0.010)
    api.get("/2/users/me")
    assert x.ledger()["spent"] == pytest.approx(0.020)


def test_every_reading_is_billed_where_x_counts_so(x: XSimulator, user: XUser, api: httpx.Client) -> None:
    x.settings(prices={"reads_once_a_day": False})
    post = x.seed_post("a", "#Day @campaign", created_at=ago(hours=1))
    found(api, "#Day")
    api.get(f"/2/users/{user.id}/mentions", params={"max_results": 5})
    api.get("/2/tweets", params={"ids": post})
    assert x.ledger()["billed_reads"][user.id] == {post: 3}
    assert x.ledger()["spent"] == pytest.approx(0.015)


def test_answers_keep_to_the_openapi_document_where_it_is_at_hand(
    x: XSimulator, user: XUser, api: httpx.Client
) -> None:
    document = contract.load()
    if document is None:
        pytest.skip("the OpenAPI document is not here")
    x.settings(spelling="post")
    x.seed_post("singer", "song #Day https://example.org @campaign", media=VIDEO, created_at=ago(hours=1))
    fields = {"post.fields": "entities,attachments,public_metrics,created_at,lang", "user.fields": "public_metrics"}
    search = api.get(SEARCH, params={"query": "#Day", "expansions": "author_id,attachments.media_keys", **fields})
    own = api.post("/2/tweets", json={"text": "ours"})
    timeline = api.get(f"/2/users/{user.id}/tweets", params={**fields, "max_results": 5})
    assert own.status_code == 201
    assert document.answer_faults("GET", SEARCH, search.json()) == []
    mentions = api.get(f"/2/users/{user.id}/mentions", params={**fields, "media.fields": "alt_text", "max_results": 5})
    several = api.get("/2/tweets", params={"ids": search.json()["data"][0]["id"], **fields})
    assert document.answer_faults("GET", "/2/users/{id}/mentions", mentions.json()) == []
    assert document.answer_faults("GET", "/2/tweets", several.json()) == []
    assert (mentions.json()["meta"]["result_count"], len(several.json()["data"])) == (1, 1)
    assert document.answer_faults("GET", "/2/users/{id}/tweets", timeline.json()) == []
    assert x.ledger()["violations"] == []


def test_it_works_without_the_document(x: XSimulator) -> None:
    with XSimulator(environment={contract.VARIABLE: ""}) as bare, signed_client(bare, bare.add_user("campaign")) as api:
        assert api.get(SEARCH, params={"query": "#Day"}).status_code == 200
        assert api.get(SEARCH, params={"query": "#Day", "max_results": 5}).status_code == 400
        assert api.post("/2/tweets", json={"text": "x", "unknown": 1}).status_code == 400
