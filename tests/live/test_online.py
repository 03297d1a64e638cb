"""`bot check --online`: what files alone cannot show, asked of the real test servers and a web server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.harness.live_campaign import TOKEN, LiveCampaign, in_seconds


class Web(BaseHTTPRequestHandler):
    """Knows two pages, and one for people only."""

    def do_HEAD(self) -> None:
        known = {"/there": 200, "/wiki/Solidarity_(Polish_trade_union)": 200, "/people": 403}
        self.send_response(known.get(self.path, 404))
        self.end_headers()

    do_GET = do_HEAD  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def web() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.2", 0), Web) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.2:{server.server_port}"
        server.shutdown()


@pytest.fixture
def sound(live: LiveCampaign, web: str) -> LiveCampaign:
    """A campaign that is well: 310 characters with a link that answers."""
    live.x.edit_user("union", description="Automated by the union's press office.")
    live.message("call", f"Join us! {web}/there " + "and bring your friends " * 10 + "{hashtags}")
    live.write("messages/call/en.x.md", f"Join us! {web}/there {{hashtags}}\n")
    live.schedule({"call": in_seconds(3600)})
    return live


def test_a_campaign_that_is_well_has_no_mistake_online_either(sound: LiveCampaign) -> None:
    said = sound.bot("check", "--online")
    assert said.status == 0, said.out
    assert "0 errors" in said.out or said.out == "No mistake found.\n"
    assert "mastodon" not in said.out


def test_everything_that_is_wrong_out_there_is_found_in_one_pass(sound: LiveCampaign, web: str) -> None:
    sound.mastodon.set_account(sound.union, bot=False)
    sound.mastodon.settings(max_characters=200)
    sound.mastodon.clock(offset=-120)
    sound.change("bot.toml", 'live = ""', f'live = "{web}/gone"')
    said = sound.bot("check", "--online")
    assert said.status == 1
    found = said.out.splitlines()
    assert "Traceback" not in said.err

    def line(path: str, severity: str, words: str) -> bool:
        return any(one.startswith(path) and f" {severity}: " in one and words in one for one in found)

    assert line("messages/call/en.md:", "error", "200")
    assert line("bot.toml:8:", "warning", "is not marked as automated")
    assert line("bot.toml:8:", "warning", "this machine's clock is 1")
    assert line("bot.toml:17:", "warning", f"{web}/gone answers 404")


def test_a_token_that_is_not_accepted_is_an_error(sound: LiveCampaign) -> None:
    said = sound.bot("check", "--online", **{TOKEN: "wrong-token", "X_ACCESS_TOKEN_SECRET": "wrong-secret"})
    assert said.status == 1
    refused = [line for line in said.out.splitlines() if "is refused by its server" in line]
    assert [line.partition(": ")[0] for line in refused] == ["bot.toml:8", "bot.toml:12"]
    assert "wrong-token" not in said.out + said.err


def test_a_link_is_asked_whole_and_a_page_for_people_only_is_not_called_dead(sound: LiveCampaign, web: str) -> None:
    sound.message(
        "call", f"Read ({web}/wiki/Solidarity_(Polish_trade_union)), «{web}/there» и см.{web}/there. {{hashtags}}"
    )
    told = sound.bot("check", "--online").out.splitlines()
    assert [line for line in told if web in line] == []
    assert [line.split(": ")[0] for line in told if "on Mastodon the link goes on to" in line] == [
        "messages/call/en.md:1"
    ]
    sound.message("call", f"See {web}/people {{hashtags}}")
    (fault,) = [line for line in sound.bot("check", "--online").out.splitlines() if web in line]
    assert f"warning: {web}/people could not be checked: it answers 403 to programs" in fault


def test_profiles_are_held_against_what_they_are_to_say(sound: LiveCampaign) -> None:
    sound.write("messages/_profile/en.md", "Fair fares. Automated account of {operator}.\n")
    sound.change("bot.toml", "[campaign]\n", '[campaign]\noperator = "The Drivers"\n')
    told = sound.bot("check", "--online").out
    assert told.count("does not say that The Drivers runs it") == 2
    assert told.count("Write into it: Fair fares. Automated account of The Drivers.") == 2
    sound.mastodon.set_note(sound.union, "<p>Fair fares.<br>Automated account of The&nbsp;Drivers. <b>Hello!</b></p>")
    sound.x.edit_user("union", description="Fair fares. Automated account of The Drivers.")
    said = sound.bot("check", "--online")
    assert "The Drivers" not in said.out
    assert said.status == 0
