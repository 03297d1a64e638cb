"""What a reader sees on the Mastodon test server: timelines, seeded posts, search, boosts, streams, notifications."""

import json
from datetime import UTC, datetime

import httpx
import pytest
from mastodon import Mastodon, MastodonAPIError, MastodonNotFoundError

from tests.servers.mastodon import MastodonServer

TAG = "FreeBelarusUnionists"


def timeline(web: httpx.Client, tag: str = TAG, **params: object) -> list[str]:
    """The texts on a hashtag's timeline, as sent."""
    answer = web.get(f"/api/v1/timelines/tag/{tag}", params=params)  # type: ignore[arg-type]
    return [status["content"].removeprefix("<p>").split(" <")[0] for status in answer.json()]


def test_min_id_walks_forward_without_skipping_and_since_id_skips(mastodon: MastodonServer, web: httpx.Client) -> None:
    posts = mastodon.seed_statuses([{"account": "a@b.example", "text": f"{n} #{TAG}"} for n in range(6)])
    assert timeline(web, limit=2) == ["5", "4"]
    assert timeline(web, limit=2, min_id=posts[0].id) == ["2", "1"]
    assert timeline(web, limit=2, since_id=posts[0].id) == ["5", "4"]
    assert timeline(web, limit=2, max_id=posts[2].id) == ["1", "0"]
    mastodon.seed_statuses([{"account": "a@b.example", "text": f"{n} #{TAG}"} for n in range(40)])
    assert len(timeline(web, limit=80)) == 40


def test_only_public_posts_reach_a_hashtag_and_tags_compare_folded(mastodon: MastodonServer, web: httpx.Client) -> None:
    for visibility in ("public", "unlisted", "private", "direct"):
        mastodon.seed_status("a@b.example", f"{visibility} #{TAG}", visibility=visibility)
    mastodon.seed_status("a@b.example", f"shouting #{TAG.upper()}")
    mastodon.seed_status("a@b.example", f"longer #{TAG}Now")
    assert timeline(web, "ｆreebelarusunionists") == ["shouting", "public"]
    assert web.get(f"/api/v1/timelines/tag/{TAG}").json()[1]["tags"][0]["name"] == TAG


def test_one_call_reads_up_to_five_tags_and_can_keep_to_media(mastodon: MastodonServer, web: httpx.Client) -> None:
    for number in range(6):
        mastodon.seed_status("a@b.example", f"{number} #tag{number}", media=[{"type": "video"}] if number % 2 else [])
    more = [f"tag{number}" for number in range(1, 6)]
    assert timeline(web, "tag0", **{"any[]": more}) == ["4", "3", "2", "1", "0"]
    assert timeline(web, "tag0", **{"any[]": more, "only_media": "true"}) == ["3", "1"]


def test_timelines_without_a_token_and_unknown_tags_answer_as_set(mastodon: MastodonServer) -> None:
    address = f"{mastodon.url}/api/v1/timelines/tag/{TAG}"
    mastodon.settings(unknown_tag_is_404=True)
    assert httpx.get(address).status_code == 404
    mastodon.seed_status("a@b.example", f"hi #{TAG}")
    assert len(httpx.get(address).json()) == 1
    mastodon.settings(anonymous_timelines="empty")
    assert httpx.get(address).json() == []
    mastodon.settings(anonymous_timelines="401")
    assert httpx.get(address).status_code == 401


def test_a_seeded_post_looks_remote_and_old(mastodon: MastodonServer, client: Mastodon) -> None:
    author = mastodon.add_account("ada@other.example", note="<p>#nobot</p>", followers_count=7, discoverable=False)
    recent = mastodon.seed_status("ada@other.example", "new")
    made = datetime(2025, 4, 16, 8, tzinfo=UTC)
    uri = "https://other.example/users/ada/statuses/1"
    video = {"type": "video", "description": "a strike"}
    post = mastodon.seed_status(author, f"Vidéo #{TAG}", media=[video], created_at=made, uri=uri, language="fr")
    assert int(post.id) < int(recent.id)
    status = client.status(post.id)
    assert (status.uri, status.created_at, status.language) == (uri, made, "fr")
    assert (status.media_attachments[0].type, status.media_attachments[0].description) == ("video", "a strike")
    assert (status.account.acct, status.account.url) == ("ada@other.example", "https://other.example/@ada")
    assert (status.account.note, status.account.followers_count) == ("<p>#nobot</p>", 7)
    assert status.account.discoverable is False
    assert mastodon.ledger().statuses == []


def test_search_resolves_an_address_to_the_local_post(mastodon: MastodonServer, client: Mastodon) -> None:
    uri, url = "https://b.example/users/a/statuses/1", "https://b.example/@a/1"
    known = mastodon.seed_status("a@b.example", "hi", uri=uri, url=url)
    assert [client.search_v2(address, resolve=True).statuses[0].id for address in (uri, url)] == [known.id] * 2
    mastodon.seed_status("a@b.example", f"far #{TAG}", uri="https://b.example/2", known=False)
    assert client.timeline_hashtag(TAG) == []
    assert client.search_v2("https://b.example/2", resolve=False).statuses == []
    assert client.search_v2("https://b.example/2", resolve=True).statuses[0].uri == "https://b.example/2"
    assert len(client.timeline_hashtag(TAG)) == 1


def test_a_reblog_is_made_once_shown_and_undone(mastodon: MastodonServer, client: Mastodon) -> None:
    post = mastodon.seed_status("a@b.example", "hi", uri="https://b.example/1")
    boost = client.status_reblog(post.id)
    assert (client.status_reblog(post.id).id, boost.reblog.uri) == (boost.id, post.uri)
    assert client.status(post.id).reblogged is True
    assert client.status_unreblog(post.id).reblogged is False
    [entry] = mastodon.ledger().reblogs
    assert (entry["account"], entry["status_id"], entry["uri"]) == ("union", post.id, post.uri)
    assert entry["undone_at"] is not None


def test_private_posts_are_hidden_and_never_reblogged(mastodon: MastodonServer, client: Mastodon) -> None:
    post = mastodon.seed_status("a@b.example", "hi")
    mastodon.set_visibility(post, "private")
    with pytest.raises(MastodonNotFoundError):
        client.status_reblog(post.id)
    mastodon.follow("union", "a@b.example")
    assert client.status(post.id).visibility == "private"
    with pytest.raises(MastodonAPIError, match="not allowed"):
        client.status_reblog(post.id)
    assert mastodon.ledger().reblogs == []


def test_edits_and_deletions_by_the_author_are_seen(mastodon: MastodonServer, client: Mastodon) -> None:
    post = mastodon.seed_status("a@b.example", f"hi #{TAG}", media=[{"type": "video"}])
    client.status_reblog(post.id)
    mastodon.edit_status(post, text="vote for me", media=[])
    seen = client.status(post.id)
    assert (seen.content, seen.media_attachments, seen.tags) == ("<p>vote for me</p>", [], [])
    assert seen.edited_at is not None
    mastodon.delete_status(post)
    with pytest.raises(MastodonNotFoundError):
        client.status(post.id)
    assert client.account_statuses(client.me().id) == []


def test_streams_carry_posts_as_timelines_show_them(mastodon: MastodonServer, web: httpx.Client) -> None:
    with web.stream("GET", "/api/v1/streaming/hashtag", params={"tag": TAG}) as stream:
        lines = stream.iter_lines()
        assert next(lines) == ":connected"
        mastodon.seed_status("a@b.example", f"quiet #{TAG}", visibility="unlisted")
        mastodon.seed_status("a@b.example", f"hi #{TAG}", uri="https://b.example/1")
        data = next(line for line in lines if line.startswith("data:"))
    status = json.loads(data.removeprefix("data:"))
    assert (status["uri"], status["tags"][0]["name"]) == ("https://b.example/1", TAG)


def test_mentions_reach_the_notifications(mastodon: MastodonServer, client: Mastodon) -> None:
    mastodon.seed_status("a@b.example", "look @union")
    [mention] = client.notifications(types=["mention"])
    assert mention.status.mentions[0].acct == "union"
