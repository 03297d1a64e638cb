"""The Mastodon test server's faults, limits and dialects, seen from the client's side of the wire."""

import json
import time
from pathlib import Path

import httpx
import pytest
import requests
from mastodon import Mastodon, MastodonAPIError, MastodonNetworkError, MastodonRatelimitError

from tests.servers.mastodon import MastodonAccount, MastodonServer

STATUSES = "/api/v1/statuses$"


def test_a_closed_connection_is_remote_disconnected(mastodon: MastodonServer, union: MastodonAccount) -> None:
    mastodon.fault("close", method="POST", path=STATUSES, count=1)
    with requests.Session() as session, pytest.raises(requests.ConnectionError, match="RemoteDisconnected"):
        session.post(f"{mastodon.url}/api/v1/statuses", data={"status": "hi"})
    assert mastodon.ledger().statuses == []


@pytest.mark.parametrize("warm", [False, True], ids=["fresh", "kept alive"])
def test_an_accepted_post_with_a_closed_connection_is_in_the_ledger(
    mastodon: MastodonServer, client: Mastodon, warm: bool
) -> None:
    if warm:
        client.me()
    mastodon.fault("accept_then_close", method="POST", path=STATUSES, count=1)
    with pytest.raises(MastodonNetworkError, match="RemoteDisconnected"):
        client.status_post("hi")
    assert mastodon.ledger().texts() == ["hi"]
    assert mastodon.ledger().requests[-1]["status"] is None
    assert client.status_post("still there").content == "<p>still there</p>"


def test_half_an_answer_is_a_network_error(mastodon: MastodonServer, client: Mastodon) -> None:
    mastodon.fault("accept_then_half", path=STATUSES, count=1)
    with pytest.raises(MastodonNetworkError, match="IncompleteRead"):
        client.status_post("hi")
    assert mastodon.ledger().texts() == ["hi"]


def test_html_in_a_200_is_unreadable_though_accepted(mastodon: MastodonServer, client: Mastodon) -> None:
    mastodon.fault("accept_then_html", path=STATUSES, count=1)
    with pytest.raises(MastodonAPIError, match="Could not parse"):
        client.status_post("hi")
    assert mastodon.ledger().texts() == ["hi"]


def test_a_status_is_given_instead_of_or_after_processing(mastodon: MastodonServer, web: httpx.Client) -> None:
    mastodon.fault("status", path=STATUSES, status=503, headers={"Retry-After": "9"}, count=1)
    mastodon.fault("accept_then_status", path=STATUSES, status=502, body="<h1>Bad gateway</h1>", count=1)
    answers = [web.post("/api/v1/statuses", data={"status": text}) for text in ("lost", "kept", "plain")]
    assert [answer.status_code for answer in answers] == [503, 502, 200]
    assert (answers[0].headers["retry-after"], answers[1].text) == ("9", "<h1>Bad gateway</h1>")
    assert mastodon.ledger().texts() == ["kept", "plain"]


def test_a_fault_waits_strikes_some_requests_and_is_counted(mastodon: MastodonServer, web: httpx.Client) -> None:
    mastodon.fault("status", method="GET", path="verify", status=500, after=1, count=2)
    codes = [web.get("/api/v1/accounts/verify_credentials").status_code for _ in range(4)]
    assert codes == [200, 500, 500, 200]
    [fault] = mastodon.faults()
    assert (fault["seen"], fault["fired"]) == (4, 2)
    mastodon.clear_faults()
    assert mastodon.faults() == []


def test_a_fault_can_concern_one_account_only(mastodon: MastodonServer, web: httpx.Client) -> None:
    other = mastodon.add_account("other")
    mastodon.fault("status", account="other")
    assert web.get("/api/v1/accounts/verify_credentials").status_code == 200
    headers = {"authorization": f"Bearer {other.access_token}"}
    assert web.get("/api/v1/accounts/verify_credentials", headers=headers).status_code == 503


@pytest.mark.parametrize(("effect", "accepted"), [("accept_then_delay", ["hi"]), ("hang", [])])
def test_a_client_that_gives_up_waiting_cannot_know(
    mastodon: MastodonServer, web: httpx.Client, effect: str, accepted: list[str]
) -> None:
    mastodon.fault(effect, path=STATUSES, seconds=30)
    with pytest.raises(httpx.ReadTimeout):
        web.post("/api/v1/statuses", data={"status": "hi"}, timeout=0.2)
    assert mastodon.ledger().texts() == accepted


def test_a_delay_processes_late_and_answers(mastodon: MastodonServer, web: httpx.Client) -> None:
    mastodon.fault("delay", path=STATUSES, seconds=0.05)
    started = time.monotonic()
    assert web.post("/api/v1/statuses", data={"status": "hi"}).status_code == 200
    assert time.monotonic() - started >= 0.05


def test_a_late_acceptance_comes_after_the_connection_is_gone(mastodon: MastodonServer, client: Mastodon) -> None:
    mastodon.fault("late_accept", path=STATUSES, seconds=0.1, count=1)
    with pytest.raises(MastodonNetworkError):
        client.status_post("hi")
    assert mastodon.ledger().texts() == []
    deadline = time.monotonic() + 5
    while not mastodon.ledger().texts() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert mastodon.ledger().texts() == ["hi"]


def test_a_redirect_leads_elsewhere(mastodon: MastodonServer, web: httpx.Client) -> None:
    mastodon.fault("redirect", path="verify", location="https://elsewhere.example/", status=307)
    answer = web.get("/api/v1/accounts/verify_credentials")
    assert (answer.status_code, answer.headers["location"]) == (307, "https://elsewhere.example/")


def test_rate_limits_are_told_and_enforced_when_asked(
    mastodon: MastodonServer, client: Mastodon, web: httpx.Client
) -> None:
    headers = web.get("/api/v1/accounts/verify_credentials").headers
    assert (headers["x-ratelimit-limit"], headers["x-ratelimit-remaining"]) == ("300", "299")
    assert headers["x-ratelimit-reset"].endswith("00.000000Z")
    mastodon.settings(rate_limit=2, rate_limits_enforced=True)
    client.status_post("fits")
    with pytest.raises(MastodonRatelimitError):
        client.status_post("too many")
    assert mastodon.ledger().texts() == ["fits"]


def test_429_on_demand_tells_when_to_come_back(mastodon: MastodonServer, web: httpx.Client) -> None:
    mastodon.fault("status", status=429, path=STATUSES, reset_in=60)
    now = mastodon.clock(offset=0)
    answer = web.post("/api/v1/statuses", data={"status": "hi"})
    assert (answer.status_code, answer.headers["x-ratelimit-remaining"]) == (429, "0")
    assert answer.headers["x-ratelimit-reset"] > now.strftime("%Y-%m-%dT%H:%M:%S")
    assert mastodon.ledger().statuses == []


def test_gotosocial_ignores_keys_boosts_twice_and_has_its_own_ids(
    mastodon: MastodonServer, client: Mastodon, web: httpx.Client
) -> None:
    mastodon.settings(dialect="gotosocial")
    first, second = (client.status_post("hi #CamelCase", idempotency_key="k") for _ in range(2))
    assert str(first.id) < str(second.id)
    assert len(first.id) == 26
    assert first.tags[0].name == "camelcase"
    assert client.status_post("reply", in_reply_to_id=first.id).in_reply_to_id == first.id
    seeded = mastodon.seed_status("a@b.example", "theirs #CamelCase")
    assert client.status_reblog(seeded.id).id != client.status_reblog(seeded.id).id
    assert len({entry["id"] for entry in mastodon.ledger().reblogs}) == 2
    page = web.get("/api/v1/timelines/tag/camelcase", params={"min_id": first.id, "any[]": "reply"})
    assert [status["id"] for status in page.json()] == [seeded.id, second.id]
    assert page.headers["x-ratelimit-reset"].isdecimal()
    assert web.post("/api/v1/statuses", data={"status": ""}).status_code == 400
    assert len(client.account_statuses(client.me().id, min_id=first.id)) == 4


def test_takahe_minds_slashes_and_answers_errors_in_html(mastodon: MastodonServer, web: httpx.Client) -> None:
    assert web.get("/api/v1/timelines/tag/hi/").status_code == 200
    mastodon.settings(dialect="takahe")
    slash = web.get("/api/v1/timelines/tag/hi/")
    assert (slash.status_code, slash.headers["content-type"]) == (404, "text/html; charset=utf-8")
    bad = web.get("/api/v1/accounts/verify_credentials", headers={"authorization": "Bearer wrong"})
    assert (bad.status_code, bad.text.startswith("<!doctype html>")) == (400, True)
    assert web.post("/api/v2/media", files={"file": ("a.mp4", b"x", "video/mp4")}).status_code == 422


def test_wishes_nobody_can_grant_are_refused(mastodon: MastodonServer) -> None:
    with pytest.raises(ValueError, match="no such setting"):
        mastodon.settings(colour="red")
    with pytest.raises(ValueError, match="no such effect"):
        mastodon.fault("explode")
    with pytest.raises(ValueError, match="no such account"):
        mastodon.seed_status("nobody", "hi")
    with pytest.raises(ValueError, match="no such field"):
        mastodon.seed_status("a@b.example", "hi", colour="red")


def test_the_ledger_file_has_what_was_accepted_before_the_process_ends(tmp_path: Path) -> None:
    file = tmp_path / "ledger.jsonl"
    with MastodonServer(ledger_file=file) as server:
        token = server.add_account("union").access_token
        server.fault("accept_then_close", path=STATUSES)
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.post(
                f"{server.url}/api/v1/statuses", data={"status": "hi"}, headers={"authorization": f"Bearer {token}"}
            )
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["event"] for line in lines] == ["reset", "status", "request"]
    assert lines[1]["text"] == "hi"


def test_a_late_acceptance_comes_when_it_is_released_and_a_reset_forgets_it(
    mastodon: MastodonServer, client: Mastodon
) -> None:
    mastodon.fault("late_accept", path=STATUSES, seconds=3600, count=2)
    for text in ("one", "two"):
        with pytest.raises(MastodonNetworkError):
            client.status_post(text)
    assert mastodon.ledger().texts() == []
    assert mastodon.release_late() == 2
    assert mastodon.ledger().texts() == ["one", "two"]
    mastodon.fault("late_accept", path=STATUSES, seconds=3600, count=1)
    with pytest.raises(MastodonNetworkError):
        client.status_post("three")
    mastodon.reset()
    assert mastodon.release_late() == 0


def test_uploads_that_no_post_has_are_swept_away(mastodon: MastodonServer, web: httpx.Client) -> None:
    files = {"file": ("a.png", b"x", "image/png")}
    kept, gone = (web.post("/api/v2/media", files=files).json()["id"] for _ in range(2))
    web.post("/api/v1/statuses", json={"status": "with it", "media_ids": [kept]})
    mastodon.forget_media()
    assert web.get(f"/api/v1/media/{gone}").status_code == 404
    assert web.post("/api/v1/statuses", json={"status": "without", "media_ids": [gone]}).status_code == 422
    assert len(mastodon.ledger().statuses[0]["media"]) == 1


def test_the_ledger_says_of_a_post_that_it_was_deleted_by_hand(mastodon: MastodonServer, client: Mastodon) -> None:
    mastodon.delete_status(str(client.status_post("hi").id))
    assert mastodon.ledger().statuses[0]["deleted_at"] is not None
    assert mastodon.ledger().deletes == []
