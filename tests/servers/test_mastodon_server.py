"""What the Mastodon test server accepts, refuses and writes down, by its own clock."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from mastodon import Mastodon, MastodonAPIError, MastodonNotFoundError, MastodonUnauthorizedError

from tests.servers.mastodon import MastodonAccount, MastodonServer

TAG = "FreeBelarusUnionists"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


def test_a_post_is_accepted_shown_and_written_down(mastodon: MastodonServer, client: Mastodon) -> None:
    post = client.status_post(
        f"Thirty days #{TAG}", visibility="unlisted", language="be", spoiler_text="news", idempotency_key="k1"
    )
    assert post.uri == f"{mastodon.url}/users/union/statuses/{post.id}"
    assert post.url == f"{mastodon.url}/@union/{post.id}"
    [entry] = mastodon.ledger().statuses
    assert entry.items() >= {"id": post.id, "account": "union", "text": f"Thirty days #{TAG}", "language": "be"}.items()
    assert entry.items() >= {"visibility": "unlisted", "spoiler_text": "news", "sensitive": True}.items()
    assert entry.items() >= {"idempotency_key": "k1", "media": [], "in_reply_to_id": None, "deleted_at": None}.items()
    assert [(request["method"], request["status"]) for request in mastodon.ledger().requests] == [("POST", 200)]


def test_html_hides_parts_of_links_and_escapes_text(client: Mastodon) -> None:
    content = client.status_post("Tom's <b> https://www.example.com/a/path/that/goes/on/for/long #ÉtéÜber").content
    assert content.startswith("<p>Tom&#39;s &lt;b&gt; <a ")
    assert (
        '<span class="invisible">https://www.</span><span class="ellipsis">example.com/a/path/that/goes/o</s' in content
    )
    assert "/tags/eteuber" in content


@pytest.mark.parametrize(
    ("text", "fits"),
    [("x" * 500, True), ("x" * 501, False), ("é" * 500, True), ("x" * 476 + " https://e.example/" + "y" * 90, True)],
)
def test_length_counts_graphemes_and_links_at_a_fixed_length(web: httpx.Client, text: str, fits: bool) -> None:
    assert web.post("/api/v1/statuses", data={"status": text}).status_code == (200 if fits else 422)


@pytest.mark.parametrize(
    ("wishes", "status"),
    [
        ({"status": "  "}, 422),
        ({"status": "hi", "visibility": "everybody"}, 422),
        ({"status": "hi", "in_reply_to_id": "1"}, 404),
        ({"status": "hi", "media_ids[]": "1"}, 422),
    ],
)
def test_what_mastodon_would_refuse_is_refused(
    mastodon: MastodonServer, web: httpx.Client, wishes: dict[str, str], status: int
) -> None:
    assert web.post("/api/v1/statuses", data=wishes).status_code == status
    assert mastodon.ledger().statuses == []


def test_a_repeated_key_gives_the_same_post_within_the_hour(
    mastodon: MastodonServer, client: Mastodon, web: httpx.Client
) -> None:
    first = client.status_post("once", idempotency_key="k")
    assert client.status_post("other words", idempotency_key="k").id == first.id
    other = mastodon.add_account("other")
    headers = {"authorization": f"Bearer {other.access_token}", "idempotency-key": "k"}
    assert web.post("/api/v1/statuses", data={"status": "once"}, headers=headers).json()["id"] != first.id
    mastodon.clock(offset=3601)
    assert client.status_post("once", idempotency_key="k").id != first.id
    assert len(mastodon.ledger().statuses) == 3


def test_a_key_can_be_ignored_or_answered_with_500(mastodon: MastodonServer, web: httpx.Client) -> None:
    def post() -> int:
        return web.post("/api/v1/statuses", data={"status": "hi"}, headers={"idempotency-key": "k"}).status_code

    mastodon.settings(idempotency="replay_500")
    assert [post(), post()] == [200, 500]
    mastodon.settings(idempotency="ignore")
    assert post() == 200
    assert len(mastodon.ledger().statuses) == 2


def test_media_is_processed_after_some_looks_and_attached_once(
    mastodon: MastodonServer, client: Mastodon, web: httpx.Client
) -> None:
    mastodon.settings(media_looks=2)
    upload = web.post("/api/v2/media", files={"file": ("a.png", PNG, "image/png")}, data={"description": "five faces"})
    media_id = upload.json()["id"]
    assert (upload.status_code, upload.json()["url"]) == (202, None)
    with pytest.raises(MastodonAPIError, match="not finished processing"):
        client.status_post("too early", media_ids=[media_id])
    assert [web.get(f"/api/v1/media/{media_id}").status_code for _ in range(3)] == [206, 206, 200]
    client.status_post("now", media_ids=[media_id])
    with pytest.raises(MastodonAPIError, match="already attached"):
        client.status_post("again", media_ids=[media_id])
    [status] = mastodon.ledger().statuses
    assert status["media"] == [{"id": media_id, "description": "five faces", "type": "image"}]
    assert mastodon.ledger().media[0]["size"] == len(PNG)


def test_media_can_fail_be_too_large_of_a_wrong_type_or_somebody_elses(
    mastodon: MastodonServer, client: Mastodon, web: httpx.Client
) -> None:
    mastodon.settings(media_fails=True)
    media = client.media_post(PNG, "image/png")
    assert web.get(f"/api/v1/media/{media.id}").status_code == 422
    mastodon.settings(media_fails=False, image_size_limit=10)
    assert web.post("/api/v2/media", files={"file": ("a.png", PNG, "image/png")}).status_code == 422
    assert web.post("/api/v2/media", files={"file": ("a.exe", PNG, "application/x-dosexec")}).status_code == 422
    mastodon.settings(image_size_limit=1000)
    mine = client.media_post(PNG, "image/png")
    headers = {"authorization": f"Bearer {mastodon.add_account('other').access_token}"}
    theirs = web.post("/api/v1/statuses", data={"status": "x", "media_ids[]": mine.id}, headers=headers)
    assert theirs.status_code == 422


def test_a_deleted_post_is_marked_in_the_ledger(mastodon: MastodonServer, client: Mastodon) -> None:
    post = client.status_post("oops")
    client.status_delete(post.id)
    assert mastodon.ledger().statuses[0]["deleted_at"] == mastodon.ledger().deletes[0]["at"]
    with pytest.raises(MastodonNotFoundError):
        client.status_delete(post.id)


def test_an_accounts_own_timeline_can_lag_and_freeze(
    mastodon: MastodonServer, client: Mastodon, union: MastodonAccount
) -> None:
    def texts() -> list[str]:
        return [status.content for status in client.account_statuses(union.id)]

    mastodon.clock(now=datetime(2025, 4, 16, tzinfo=UTC))
    mastodon.settings(timeline_lag=5)
    client.status_post("one")
    assert texts() == []
    mastodon.clock(advance=5)
    assert texts() == ["<p>one</p>"]
    mastodon.settings(timeline_lag=0, timeline_frozen=True)
    client.status_post("two")
    assert texts() == ["<p>one</p>"]
    mastodon.settings(timeline_frozen=False)
    assert texts() == ["<p>two</p>", "<p>one</p>"]


def test_the_clock_rules_times_ids_and_the_date_header(
    mastodon: MastodonServer, client: Mastodon, web: httpx.Client
) -> None:
    noon = datetime(2025, 4, 16, 12, tzinfo=UTC)
    mastodon.clock(now=noon)
    first = client.status_post("first")
    mastodon.clock(advance=3600)
    second = client.status_post("second")
    assert (first.created_at, second.created_at) == (noon, noon + timedelta(hours=1))
    assert int(first.id) < int(second.id)
    assert web.get("/api/v2/instance").headers["date"] == "Wed, 16 Apr 2025 13:00:00 GMT"
    assert mastodon.clock(real=True) > noon + timedelta(days=365)


def test_the_instance_tells_its_limits(mastodon: MastodonServer, client: Mastodon) -> None:
    mastodon.settings(max_characters=1000, domain="mastodon.example")
    instance = client.instance_v2()
    assert (instance.domain, instance.configuration.statuses.max_characters) == ("mastodon.example", 1000)
    assert instance.configuration.statuses.characters_reserved_per_url == 23
    assert "video/mp4" in instance.configuration.media_attachments.supported_mime_types
    assert client.me().url == "https://mastodon.example/@union"


def sign_in(mastodon: MastodonServer, account: MastodonAccount, scopes: list[str]) -> str:
    """The token that `bot login` would get, the code carried by hand."""
    client_id, secret = Mastodon.create_app("groundswell", api_base_url=mastodon.url, scopes=scopes)
    login = Mastodon(client_id=client_id, client_secret=secret, api_base_url=mastodon.url)
    code = mastodon.authorize(account, login.auth_request_url(scopes=scopes, allow_http=True))
    token = login.log_in(code=code, scopes=scopes, allow_http=True)
    login.session.close()
    assert isinstance(token, str)
    return token


def test_signing_in_out_of_band_gives_a_token(mastodon: MastodonServer, union: MastodonAccount) -> None:
    headers = {"authorization": f"Bearer {sign_in(mastodon, union, ['read', 'write:statuses', 'write:media'])}"}
    me = httpx.get(f"{mastodon.url}/api/v1/accounts/verify_credentials", headers=headers)
    assert (me.json()["username"], me.json()["bot"]) == ("union", True)
    assert httpx.post(f"{mastodon.url}/api/v1/statuses", headers=headers, data={"status": "hi"}).status_code == 200


def test_a_token_that_may_only_read_cannot_post(mastodon: MastodonServer, union: MastodonAccount) -> None:
    headers = {"authorization": f"Bearer {sign_in(mastodon, union, ['read'])}"}
    assert httpx.post(f"{mastodon.url}/api/v1/statuses", headers=headers, data={"status": "hi"}).status_code == 403
    assert mastodon.ledger().statuses == []


def test_a_revoked_token_is_401(mastodon: MastodonServer, client: Mastodon, union: MastodonAccount) -> None:
    client.me()
    mastodon.revoke_tokens(union)
    with pytest.raises(MastodonUnauthorizedError):
        client.status_post("hi")
    assert mastodon.ledger().statuses == []
