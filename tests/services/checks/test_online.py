"""`bot check --online`: what platforms and the web say, each answer with the line it is about."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import httpx
import pytest

from bot.cli.words.causes import cause_text
from bot.domain.limits import MASTODON, Limits
from bot.domain.post import AccountFacts
from bot.errors import Fault, GroundswellError, Outcome, PlatformError
from bot.platforms.base import Platform
from bot.services.checks.online import Online, check_online, every_fault_online
from tests.harness.campaign_folder import CampaignFolder, sound
from tests.harness.table import each_of

NOW = datetime(2025, 4, 1, 12, 0, tzinfo=UTC)
WELL = AccountFacts("@we@mastodon.example", "1", is_bot=True, can_write=True, server_time=NOW)


@dataclass
class Account:
    """An account that answers as it is told."""

    answer: AccountFacts | PlatformError = WELL
    accepted: Limits = field(default_factory=lambda: replace(MASTODON, max_characters=5000))

    def facts(self) -> AccountFacts:
        if isinstance(self.answer, PlatformError):
            raise self.answer
        return self.answer

    def limits(self) -> Limits:
        return self.accepted


def asked(
    folder: CampaignFolder, account: Account | GroundswellError, web: httpx.MockTransport | None = None
) -> Online:
    platform = account if isinstance(account, GroundswellError) else cast("Platform", account)
    with httpx.Client(transport=web or httpx.MockTransport(lambda _: httpx.Response(200))) as client:
        return check_online(folder.config(), folder.library(), {"mastodon": platform}, client, lambda: NOW)


def told(faults: list[Fault]) -> list[str]:
    return [str(fault) for fault in faults]


def test_an_account_that_is_well_has_no_fault_and_tells_its_limits(tmp_path: Path) -> None:
    online = asked(sound(tmp_path), Account())
    assert online.faults == []
    assert online.limits["mastodon"].max_characters == 5000


@each_of(
    ("facts", "what"),
    [
        (replace(WELL, can_write=False), "error: the token of mastodon may read only"),
        (replace(WELL, is_bot=False), "warning: @we@mastodon.example is not marked as automated"),
        (replace(WELL, server_time=NOW + timedelta(seconds=31)), "warning: this machine's clock is 31 s away"),
        (replace(WELL, server_time=NOW - timedelta(minutes=2)), "warning: this machine's clock is 120 s away"),
        (replace(WELL, notes=("posts need a review",)), "warning: mastodon: posts need a review"),
        (PlatformError("401", Outcome.REJECTED, closes_account=True), "error: mastodon is refused by its server: 401"),
        (PlatformError("timeout", Outcome.AMBIGUOUS), "error: mastodon does not answer: timeout"),
    ],
)
def test_what_is_wrong_with_an_account_stands_at_its_table(
    tmp_path: Path, facts: AccountFacts | PlatformError, what: str
) -> None:
    (fault,) = told(asked(sound(tmp_path), Account(facts)).faults)
    assert fault.startswith(f"bot.toml:8: {what}")


def test_a_clock_that_is_nearly_right_is_right(tmp_path: Path) -> None:
    facts = replace(WELL, server_time=NOW + timedelta(seconds=30))
    assert asked(sound(tmp_path), Account(facts)).faults == []


def test_an_account_without_its_secret_is_an_error(tmp_path: Path) -> None:
    (fault,) = told(asked(sound(tmp_path), GroundswellError("TOKEN is not set.")).faults)
    assert fault.startswith("bot.toml:8: error: mastodon cannot be used: TOKEN is not set. Put each secret")


def test_links_that_do_not_answer_are_warnings_where_they_are_written(tmp_path: Path) -> None:
    folder = sound(tmp_path).write(
        "messages/call/en.md", "{countdown}\nhttps://slow.example/a, https://no-head.example"
    )

    def web(request: httpx.Request) -> httpx.Response:
        if request.url.host == "slow.example":
            raise httpx.ReadTimeout("too slow")
        if request.url.host == "no-head.example":
            return httpx.Response(405 if request.method == "HEAD" else 200)
        return httpx.Response(404)

    assert [cause_text(fault) for fault in told(asked(folder, Account(), httpx.MockTransport(web)).faults)] == [
        "bot.toml:16: warning: https://campaign.example/ answers 404. "
        "Correct the address, or see that it works before it is posted.",
        "messages/call/en.md:2: warning: https://slow.example/a does not answer within 10 seconds. "
        "Correct the address, or see that it works before it is posted.",
    ]


def test_a_link_that_leads_elsewhere_is_followed(tmp_path: Path) -> None:
    def web(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/there":
            return httpx.Response(200)
        return httpx.Response(302, headers={"location": "https://b.example/there"})

    assert asked(sound(tmp_path), Account(), httpx.MockTransport(web)).faults == []


def test_a_link_that_no_server_can_have_is_a_warning(tmp_path: Path) -> None:
    folder = sound(tmp_path).change("bot.toml", "https://campaign.example/", "https://a..b.example/")
    web = httpx.MockTransport(lambda _: httpx.Response(200))
    assert all("warning" in fault for fault in told(asked(folder, Account(), web).faults))


def test_a_whole_campaign_is_asked_about_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MASTODON_ACCESS_TOKEN", "X_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    folder = (
        sound(tmp_path)
        .write("messages/call/en.md", "{countdwn}")
        .change("bot.toml", "https://campaign", "http://127.0.0.1:1/")
    )
    found = told(every_fault_online(folder.bot, lambda: NOW))
    assert [fault.split(". ")[0].split(":")[:2] for fault in found] == [
        ["bot.toml", "8"],
        ["bot.toml", "12"],
        ["bot.toml", "16"],
        ["messages/call/en.md", "1"],
    ]
    folder.change("bot.toml", "timezone", "timezne")
    assert any('"timezne" is not a key' in fault for fault in told(every_fault_online(folder.bot, lambda: NOW)))


BIO = "The Day. Automated account of {operator}."


def with_profile(tmp_path: Path, operator: str = "The Union") -> CampaignFolder:
    """A campaign whose profiles are to say who runs them."""
    folder = sound(tmp_path).write("messages/_profile/en.md", f"{BIO}\n")
    return folder.change("bot.toml", "[campaign]\n", f'[campaign]\noperator = "{operator}"\n')


@each_of(
    ("facts", "what"),
    [
        (replace(WELL, bio="The Day.\nAutomated\u00a0account of The Union. More."), []),
        (replace(WELL, bio=None), []),
        (replace(WELL, bio="the day. automated account of the union.", hides_follows=True), []),
        (replace(WELL, bio="We post.", name="Run by The Union"), ["says something else than messages/_profile/en.md"]),
        (replace(WELL, bio=""), ["does not say that The Union runs it", "says something else"]),
        (
            replace(WELL, bio="The Day. Automated account of The Union.", hides_follows=False),
            ["shows everybody who follows it"],
        ),
    ],
)
def test_the_profile_is_held_against_what_it_is_to_say(tmp_path: Path, facts: AccountFacts, what: list[str]) -> None:
    folder = with_profile(tmp_path)
    found = told(asked(folder, Account(facts)).faults)
    assert len(found) == len(what)
    assert all(part in " ".join(found) for part in what), found
    if "says something else" in " ".join(found):
        assert any(line.endswith("Write into it: The Day. Automated account of The Union.") for line in found)


def test_an_operator_who_is_not_named_is_asked_for_once(tmp_path: Path) -> None:
    folder = with_profile(tmp_path, operator="")
    found = told(asked(folder, Account(replace(WELL, bio="We post."))).faults)
    assert [line.split(". ")[0] for line in found] == [
        "bot.toml:2: warning: nobody is named as who runs the accounts, and their profiles are to say it"
    ]


def test_an_account_of_one_language_has_the_profile_of_that_language(tmp_path: Path) -> None:
    folder = with_profile(tmp_path).write("messages/_profile/de.md", "Der Tag. Automatisiert, von {operator}.\n")
    folder.write("messages/call/de.md", "{countdown}").change("bot.toml", '["en"]', '["en", "de"]')
    english = replace(WELL, bio="The Day. Automated account of The Union.")
    assert asked(folder, Account(english)).faults == []
    folder.change("bot.toml", "[accounts.mastodon]\n", '[accounts.mastodon]\nlanguages = ["de"]\n')
    (fault,) = told(asked(folder, Account(english)).faults)
    assert "says something else than messages/_profile/de.md" in fault
