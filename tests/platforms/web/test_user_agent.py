"""The name under which we ask is legal in a header, whatever a campaign is called."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import httpx
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.campaign import Campaign, Config
from bot.platforms.web.user_agent import agent_of
from tests.harness.table import each_of


def agent(name: str, contact: str = "") -> str:
    return agent_of(Config(Campaign(name, date(2025, 4, 16), ZoneInfo("UTC"), contact=contact), {}))


@each_of(
    ("name", "contact", "expected"),
    [
        ("Day of Action", "https://campaign.example/us", "Groundswell (Day of Action; https://campaign.example/us)"),
        ("Journée d'action", "we@campaign.example", "Groundswell (Journee d'action; we@campaign.example)"),
        ("Дзень", "", "Groundswell (%D0%94%D0%B7%D0%B5%D0%BD%D1%8C)"),
        ("Action (2025)\\", "", "Groundswell (Action %282025%29%5C)"),
        ("One\r\nX-Evil: 1", "", "Groundswell (One X-Evil: 1)"),
        ("", "", "Groundswell"),
    ],
)
def test_it_names_the_campaign_and_a_contact(name: str, contact: str, expected: str) -> None:
    assert agent(name, contact) == expected


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_name_makes_one_legal_line(name: str, contact: str) -> None:
    found = agent(name, contact)
    assert found.isascii()
    assert found.isprintable()
    assert len(found) < 300
    assert found.count("(") == found.count(")") <= 1
    assert "\\" not in found
    assert httpx.Request("GET", "http://a.example/", headers={"User-Agent": found}).headers["user-agent"] == found
