"""Our own links are followed as far as everybody could follow them, and no further."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from bot.cli.words.causes import cause_text
from bot.services.checks import links
from tests.harness.scripted_server import ScriptedServer, answer

AGENT = "Groundswell (Day of Action)"


@pytest.fixture
def web() -> Iterator[httpx.Client]:
    with links.client(AGENT) as client:
        yield client


def test_a_link_that_answers_is_well_and_knows_who_asked(web: httpx.Client) -> None:
    with ScriptedServer(answer("")) as server:
        assert links.troubles(web, [server.url]) == {server.url: ""}
    assert f"user-agent: {AGENT.lower()}" in server.requests[0].lower()


@pytest.mark.parametrize("target", ["http://127.0.0.1/", "http://169.254.169.254/latest/meta-data", "http://127.1/"])
def test_a_link_that_leads_into_a_private_network_is_not_followed(web: httpx.Client, target: str) -> None:
    with ScriptedServer(answer("", "302 Found", Location=target)) as server:
        assert "leads to a private address" in cause_text(links.trouble(web, server.url))


def test_a_link_that_leads_to_another_server_on_this_machine_is_not_followed(web: httpx.Client) -> None:
    with ScriptedServer(answer("")) as inner, ScriptedServer(answer("", "302 Found", Location=inner.url)) as server:
        assert "is not for everybody" in cause_text(links.trouble(web, server.url))
        assert inner.connections == 0


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "http://2130706433/", "http://127.1:8000/", "https://0x7f.1/"])
def test_a_link_to_a_private_address_is_not_for_everybody(web: httpx.Client, url: str) -> None:
    assert cause_text(links.trouble(web, url)).startswith("is not for everybody: ")


def test_a_link_that_leads_in_a_circle_is_given_up(web: httpx.Client) -> None:
    circle = answer("", "302 Found", Location="/")
    with ScriptedServer(*[circle] * 20) as server:
        assert cause_text(links.trouble(web, server.url)).startswith("cannot be reached")
    assert server.connections <= 18
