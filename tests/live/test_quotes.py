"""Who is shown by somebody else's post is judged, asked about, and heard, like its own author: by the servers' word."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.harness.live_campaign import NO_CARE, TAG, TICKS, LiveCampaign, now
from tests.harness.stores import BOTH_IN_LONG
from tests.live.test_protection import rich, standing, two_days_pass
from tests.servers.mastodon import MastodonPost, MastodonServer

VIDEO = [{"type": "video", "description": "A video.", "meta": {"original": {"duration": 12.5}}}]
LONG_AGO = datetime(2019, 1, 1, tzinfo=UTC)
VOICE = "Мы з заводу, вось мой голас"


@pytest.fixture
def union(request: pytest.FixtureRequest, live: LiveCampaign) -> LiveCampaign:
    """A campaign that trusts a union on both servers, and where nobody is held for care for being small or new.

    Its store is a file, or in PostgreSQL where a test asks for that.
    """
    if getattr(request, "param", "sqlite") == "postgresql":
        request.getfixturevalue("shared")
    live.many(1, now())
    live.change("bot.toml", "[pace]", '[pace]\nper_hour = 60\nsame_author_gap = "0s"')
    live.mastodon.add_account("works", followers_count=5000, created_at=LONG_AGO)
    trusted = f'[moderation]\ntrusted = ["@works@{live.host}", "x:works"]\n{NO_CARE}'
    live.write("bot.toml", f"{(live.root / 'bot.toml').read_text()}\n{trusted}")
    return live


def alesia(live: LiveCampaign, text: str = VOICE, **more: Any) -> MastodonPost:
    live.mastodon.add_account("alesia", followers_count=12, created_at=LONG_AGO)
    return live.mastodon.seed_status("alesia", text, **more)


def quoting(live: LiveCampaign, post: MastodonPost | None, **more: Any) -> MastodonPost:
    return live.mastodon.seed_status("works", f"Hear her! #{TAG}", media=VIDEO, quotes=post, **more)


def only(live: LiveCampaign) -> dict[str, Any]:
    (seen,) = live.done("sightings", "--json").document
    found: dict[str, Any] = seen
    return found


def test_a_trusted_union_goes_by_rule_only_while_it_shows_nobody_else(union: LiveCampaign) -> None:
    alone = quoting(union, None)
    shows = quoting(union, alesia(union))
    union.done("run", "--once")
    assert standing(union) == [alone.id]
    held = next(one for one in union.done("sightings", "--json").document if one["uri"] == shows.uri)
    assert (held["state"], held["verdict"]) == ("held", "hold")
    assert "shows somebody else's post" in held["reasons"]
    (shown,) = held["shows"]
    assert (shown["author"], shown["text"], shown["language"]) == (f"@alesia@{union.host}", VOICE, "be")
    listed = union.done("sightings", "--state", "held").out
    assert f"a post by @alesia@{union.host} (text): {VOICE}" in " ".join(listed.split())
    refused = union.bot("approve", str(held["id"])).err
    assert "the author of the post it shows, are outside the country" in refused
    union.done("approve", str(held["id"]), *TICKS)
    union.done("run", "--once")
    assert sorted(standing(union)) == sorted([alone.id, shows.id])


def test_who_opted_out_is_not_shown_by_anybody_on_either_server(union: LiveCampaign) -> None:
    quoting(union, alesia(union, note="<p>#nobot</p>"))
    union.x.add_user("alesia", description="Please #nobot")
    hers = union.x.seed_post("alesia", VOICE, lang="ru")
    union.x.seed_post("works", f"Hear her! #{TAG}", media=[{"type": "video", "alt_text": "A video."}], quotes=hers)
    union.done("run", "--once")
    found = union.done("sightings", "--json").document
    assert sorted((one["platform"], one["state"]) for one in found) == [("mastodon", "rejected"), ("x", "rejected")]
    for one in found:
        assert one["reasons"] == ["shows a post whose author opted out in the bio"]
        assert union.bot("approve", str(one["id"]), *TICKS).status == 1
    assert standing(union) == []


def test_what_x_hides_in_some_countries_waits_for_a_person_whoever_posted_it(union: LiveCampaign) -> None:
    film = [{"type": "video", "alt_text": "A video."}]
    union.x.seed_post("works", f"Hear us! #{TAG}", media=film, withheld=["BY"])
    union.done("run", "--once")
    seen = only(union)
    assert (seen["state"], standing(union)) == ("held", [])
    assert "its platform hides it in some countries" in seen["reasons"]
    assert "withheld" in seen["reason_codes"]
    union.done("approve", str(seen["id"]), *TICKS)
    union.done("run", "--once")
    assert len(standing(union)) == 1


def out_with_alesia(live: LiveCampaign) -> tuple[MastodonPost, MastodonPost]:
    """The union's post that quotes hers is out, with a person's yes."""
    hers = alesia(live)
    post = quoting(live, hers)
    live.done("run", "--once")
    live.done("approve", str(only(live)["id"]), *TICKS)
    live.done("run", "--once")
    assert standing(live) == [post.id]
    return post, hers


def test_her_stop_takes_back_what_shows_her_and_nothing_shows_her_again(union: LiveCampaign) -> None:
    out_with_alesia(union)
    union.mastodon.seed_status("alesia", "@union стоп", visibility="direct")
    said = union.done("run", "--once")
    assert standing(union) == []
    assert "alesia" not in said.err
    assert union.done("sightings", "--json").document == []
    quoting(union, union.mastodon.seed_status("alesia", "Яшчэ адно"))
    alone = quoting(union, None)
    union.done("run", "--once")
    assert [one["uri"] for one in union.done("sightings", "--json").document] == [alone.uri]
    assert standing(union) == [alone.id], "the union itself was not forgotten"


def test_a_person_can_withdraw_for_her_by_handle_and_by_number(union: LiveCampaign) -> None:
    out_with_alesia(union)
    report = union.done("forget", f"@alesia@{union.host}", "--json").document
    assert report == {"sightings": 1, "undone": 1}
    assert standing(union) == []
    union.mastodon.add_account("basia")
    quoting(union, union.mastodon.seed_status("basia", "Moja historia"))
    union.done("run", "--once")
    number = str(only(union)["id"])
    union.done("withdraw", number, "--shown")
    assert union.done("sightings", "--json").document == []
    assert "shows nobody else's post" in union.bot("withdraw", number, "--shown").err


def test_her_opt_out_is_seen_at_the_door_and_afterwards(union: LiveCampaign) -> None:
    post, hers = out_with_alesia(union)
    waiting = quoting(union, hers)
    union.done("run", "--once")
    number = next(one["id"] for one in union.done("sightings", "--json").document if one["uri"] == waiting.uri)
    union.done("approve", str(number), *TICKS)
    union.mastodon.set_note("alesia", "<p>#nobot</p>")
    two_days_pass(union)
    union.done("run", "--once")
    union.done("run", "--once")
    assert standing(union) == []
    assert post.id != waiting.id


FILE = {
    "id": "7",
    "type": "video",
    "url": "https://union.example/media/7.mp4",
    "remote_url": None,
    "description": "A video.",
    "blurhash": "UABC",
    "meta": {"original": {"width": 1280, "height": 720, "duration": 42.5}},
}
HERE = "https://union.example/users/works/statuses/1"
AT_HOME = (
    f'<p>Our video, thanks <a href="https://other.example/@bob" class="u-url mention">@<span>bob</span></a>! '
    f'<a href="https://union.example/tags/{TAG}" class="mention hashtag" rel="tag">#<span>{TAG}</span></a></p>'
)
AT_OURS = (
    f'<p>Our video, thanks <a href="https://other.example/@bob">@bob@other.example</a>!<br>'
    f'<a href="https://union.example/tags/{TAG}">#{TAG.lower()}</a></p>'
)


@pytest.mark.parametrize("is_edited", [False, True])
def test_a_trusted_post_goes_by_itself_when_two_servers_describe_it_and_not_when_it_was_edited(
    union: LiveCampaign, is_edited: bool
) -> None:
    with MastodonServer() as elsewhere:
        union.change("bot.toml", "[monitor]", f'[monitor]\ninstances = ["{elsewhere.url}"]')
        union.change("bot.toml", "trusted = [", 'trusted = ["@works@union.example", ')
        about: dict[str, Any] = {"uri": HERE, "url": "https://union.example/@works/1"}
        for server in (elsewhere, union.mastodon):
            server.add_account("works@union.example", followers_count=5000, created_at=LONG_AGO)
        home = {"content": AT_HOME, "media_attachments": [FILE]}
        proxied = [{**FILE, "id": "99", "url": "https://home.example/proxy/abc/7.mp4"}]
        ours = {"content": AT_OURS.replace("Our", "Buy") if is_edited else AT_OURS, "media_attachments": proxied}
        text = f"Our video, thanks @bob@other.example! #{TAG}"
        elsewhere.seed_status("works@union.example", text, more=home, media=VIDEO, **about)
        union.mastodon.seed_status("works@union.example", text, more=ours, media=VIDEO, known=False, **about)
        union.done("run", "--once")
    assert len(standing(union)) == (0 if is_edited else 1)
    assert only(union)["state"] == ("held" if is_edited else "reshared")


def test_a_silent_video_and_a_file_on_its_way_wait_and_are_judged_again(union: LiveCampaign) -> None:
    silent = {"type": "gifv", "description": "A video.", "meta": {"original": {"duration": 95.4}}}
    away = {
        "id": "7",
        "type": "unknown",
        "url": None,
        "remote_url": "https://a.example/7.mp4",
        "description": "A video.",
    }
    union.mastodon.seed_status("works", f"Silent! #{TAG}", media=[silent])
    post = union.mastodon.seed_status("works", f"On its way! #{TAG}", media=VIDEO, more={"media_attachments": [away]})
    union.done("run", "--once")
    found = {one["text"][:6]: one for one in union.done("sightings", "--json").document}
    assert {(one["state"], *one["kinds"]) for one in found.values()} == {("held", "silent_video"), ("held", "unknown")}
    fetched = {**away, "type": "video", "url": f"{union.mastodon.url}/cache/7.mp4"}
    union.mastodon.edit_status(post, more={"media_attachments": [fetched]})
    with closing(sqlite3.connect(union.root / "var" / "groundswell.db")) as store, store:
        store.execute("UPDATE sighting SET look_again_at = datetime('now', '-1 hour') WHERE look_again_at IS NOT NULL")
    union.done("run", "--once")
    union.done("run", "--once")
    assert standing(union) == [post.id]
    union.done("approve", str(found["Silent"]["id"]), *TICKS)
    union.done("run", "--once")
    assert len(standing(union)) == 2


def test_on_x_her_stop_and_her_deletion_take_back_what_quotes_her(union: LiveCampaign) -> None:
    rich(union)
    film = [{"type": "video", "alt_text": "A video."}]
    hers = [union.x.seed_post(who, "My voice from the factory floor") for who in ("alesia", "basia")]
    for place, one in enumerate(hers):
        union.x.seed_post("works", f"Hear her, {place}! #{TAG}", media=film, quotes=one)
    union.done("run", "--once")
    for number in ("1", "2"):
        union.done("approve", number, *TICKS)
    union.done("run", "--once")
    assert len(standing(union)) == 2
    union.x.seed_post("alesia", "@union стоп")
    union.x.delete_post(hers[1])
    two_days_pass(union)
    union.done("run", "--once")
    union.done("run", "--once")
    assert standing(union) == []
    (left,) = union.done("sightings", "--json").document
    assert left["reasons"] == ["shows a post that was deleted or hidden"]
    assert left["shows"][0]["text"] == ""


def within_a_quote(live: LiveCampaign) -> None:
    """The union quotes Alesia, who quotes Basia, of whom X gives the number alone."""
    rich(live)
    inner = live.x.seed_post("basia", "Moja historia")
    outer = live.x.seed_post("alesia", "Listen to her", quotes=inner)
    film = [{"type": "video", "alt_text": "A video."}]
    live.x.seed_post("works", f"Hear them! #{TAG}", media=film, quotes=outer)


def test_on_x_who_said_stop_before_is_not_shown_within_a_quote_either(union: LiveCampaign) -> None:
    within_a_quote(union)
    union.x.seed_post("basia", "@union стоп")
    union.done("run", "--once")
    union.done("run", "--once")
    assert union.done("sightings", "--json").document == []


@pytest.mark.parametrize("union", BOTH_IN_LONG, indirect=True)
def test_on_x_the_stop_of_who_is_quoted_within_a_quote_is_heard_too(union: LiveCampaign) -> None:
    within_a_quote(union)
    union.done("run", "--once")
    union.done("run", "--once")
    seen = only(union)
    assert (seen["state"], [one["author"] for one in seen["shows"]]) == ("held", ["x:alesia", "x:basia"])
    union.done("approve", str(seen["id"]), *TICKS)
    union.done("run", "--once")
    assert len(standing(union)) == 1
    union.x.seed_post("basia", "@union стоп")
    union.done("run", "--once")
    assert standing(union) == []
    assert union.done("sightings", "--json").document == []


def test_on_x_what_cannot_be_looked_up_waits_and_goes_back_once_it_is_known_whose_it_is(union: LiveCampaign) -> None:
    union.x.fault("status", "/2/tweets", method="GET", count=None, status=403)
    within_a_quote(union)
    union.done("run", "--once")
    union.done("run", "--once")
    seen = only(union)
    assert (seen["state"], seen["verdict"]) == ("held", "hold")
    assert "shows a post that could not be read" in seen["reasons"]
    union.done("approve", str(seen["id"]), *TICKS)
    union.done("run", "--once")
    assert len(standing(union)) == 1
    union.x.seed_post("basia", "@union стоп")
    union.done("run", "--once")
    assert len(standing(union)) == 1, "nobody can know yet"
    union.x.clear_faults()
    two_days_pass(union)
    union.done("run", "--once")
    union.done("run", "--once")
    assert standing(union) == []


def every_form(live: LiveCampaign) -> list[MastodonPost]:
    """The union shows her in every way in which servers write it."""
    hers = alesia(live)
    held = [quoting(live, hers, quote_state=state) for state in ("pending", "rejected", "revoked", "accepted")]
    somebody = {"id": "50", "uri": "https://small.example/50", "url": "https://small.example/@maria/50"}
    account = {"id": "77", "acct": "maria@small.example", "note": "", "created_at": "2019-01-01T00:00:00.000Z"}
    status = {**somebody, "created_at": "2026-11-28T11:00:00.000Z", "account": account, "content": "<p>Мой голас</p>"}
    status["visibility"] = "public"
    link = f'<a href="{somebody["url"]}">small.example/@maria/50</a>'
    tag = f'<a href="{live.mastodon.url}/tags/{TAG}" class="mention hashtag" rel="tag">#<span>{TAG}</span></a>'
    shapes: list[dict[str, Any]] = [
        *(
            {"quote": {"state": state, "quoted_status": None}}
            for state in ("deleted", "unauthorized", "blocked_account")
        ),
        {"quote": {"state": "accepted", "quoted_status_id": hers.id}},
        {"quote": status, "quote_id": "50", "quote_url": somebody["url"]},
        {"pleroma": {"quote": status}},
        {"quote_id": "50"},
        {"content": f'<p class="quote-inline">RE: {link}</p><p>Hear her! {tag}</p>'},
        {"content": f"<p>RT @maria@small.example: Мой голас {tag}</p>"},
        {"card": {"url": somebody["url"], "type": "link", "title": "Maria"}},
        {"content": f'<p>Hear her! <a href="https://bsky.app/profile/maria.example/post/3kabcdef">her</a> {tag}</p>'},
    ]
    return held + [quoting(live, None, more=shape) for shape in shapes]


def test_no_form_of_showing_somebody_goes_by_rule(union: LiveCampaign) -> None:
    posts = every_form(union)
    union.done("run", "--once")
    union.done("run", "--once")
    assert standing(union) == []
    found = {one["uri"]: one for one in union.done("sightings", "--json").document}
    assert [found[post.uri]["state"] for post in posts] == ["held"] * len(posts)
    assert all(found[post.uri]["shows"] for post in posts)
    assert not any(one["verdict"] == "approve" for one in found.values())
