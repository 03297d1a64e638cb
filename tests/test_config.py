"""`bot.toml`: what it means when nothing is written, and what is said when something is wrong."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from bot.config import load, read
from bot.domain.campaign import PlatformName, QuietHours, SecretSource
from bot.errors import FaultyFiles, Severity

CAMPAIGN = '[campaign]\nname = "Day"\nday_of_action = 2025-04-16\ntimezone = "Europe/Berlin"\n'
ACCOUNT = '[accounts.m]\nplatform = "mastodon"\napi_base_url = "https://mastodon.example"\n'
SOUND = CAMPAIGN + ACCOUNT


def told(tmp_path: Path, text: str) -> list[str]:
    (tmp_path / "bot.toml").write_text(text)
    return [str(fault) for fault in load(tmp_path / "bot.toml")[1]]


def one(tmp_path: Path, text: str) -> str:
    faults = told(tmp_path, text)
    assert len(faults) == 1, faults
    return faults[0]


def test_what_is_not_written_has_the_values_of_the_design(tmp_path: Path) -> None:
    assert told(tmp_path, SOUND + '[accounts.x]\nplatform = "x"\n') == []
    config = read(tmp_path / "bot.toml")
    assert config.campaign.day_of_action == date(2025, 4, 16)
    x = config.accounts["x"]
    assert (x.platform, x.api_base_url, x.budget_usd_per_day) == (PlatformName.X, "https://api.x.com", 3.0)
    assert {name: source.env for name, source in x.secrets.items()} == {
        "api_key": "X_API_KEY",
        "api_secret": "X_API_SECRET",
        "access_token": "X_ACCESS_TOKEN",
        "access_token_secret": "X_ACCESS_TOKEN_SECRET",
    }
    assert config.accounts["m"].secrets == {"access_token": SecretSource(env="MASTODON_ACCESS_TOKEN")}
    assert config.accounts["m"].budget_usd_per_day is None
    assert (config.monitor.poll_min, config.monitor.poll_max) == (timedelta(seconds=20), timedelta(minutes=15))
    assert (config.pace.per_hour, config.pace.per_day, config.pace.quiet_hours) == (6, 40, None)
    assert (config.reconcile.reads, config.reconcile.every) == (3, timedelta(seconds=10))


def test_everything_that_can_be_written_is_read(tmp_path: Path) -> None:
    written = SOUND.replace("[campaign]\n", '[campaign]\nlanguages = ["en", "be"]\nhashtags = ["#One", "Two_x"]\n') + (
        'access_token_file = "secrets/m"\n[links]\nlive = ""\nsite_2 = "http://a.example/x?y=z"\n'
        '[monitor]\ninstances = ["One.example", "http://127.0.0.1:99/"]\nmentions = false\nkinds = ["image", "any"]\n'
        '[moderation]\ntrusted = ["@u@h.example", "x:Us"]\n[pace]\nmin_gap = "0s"\nquiet_hours = "22:00-07:00"\n'
        '[reconcile]\nreads = 1\nevery = "1s"\n'
    )
    assert told(tmp_path, written) == []
    config = read(tmp_path / "bot.toml")
    assert config.campaign.hashtags == ("One", "Two_x")
    assert config.campaign.links == {"live": "", "site_2": "http://a.example/x?y=z"}
    assert config.accounts["m"].secrets["access_token"] == SecretSource(file="secrets/m")
    assert config.monitor.instances == ("https://One.example", "http://127.0.0.1:99")
    assert config.pace.quiet_hours == QuietHours(time(22), time(7))
    assert config.pace.min_gap == timedelta()


def test_a_missing_timezone_is_berlin_with_a_warning(tmp_path: Path) -> None:
    (tmp_path / "bot.toml").write_text(SOUND.replace('timezone = "Europe/Berlin"\n', ""))
    config, faults = load(tmp_path / "bot.toml")
    assert config is not None
    assert config.campaign.timezone.key == "Europe/Berlin"
    assert [fault.severity for fault in faults] == [Severity.WARNING]


def test_all_faults_are_found_in_one_pass_with_their_lines(tmp_path: Path) -> None:
    text = '[campain]\n[campaign]\nname = 3\n\n[accounts.m]\nplatform = "mastodn"\n[pace]\nper_hour = "six"\n'
    faults = told(tmp_path, text)
    assert [fault.split(" ")[0] for fault in faults] == [
        "bot.toml:1:",
        "bot.toml:2:",
        "bot.toml:2:",
        "bot.toml:3:",
        "bot.toml:6:",
        "bot.toml:8:",
    ]
    with pytest.raises(FaultyFiles) as raised:
        read(tmp_path / "bot.toml")
    assert [str(fault) for fault in raised.value.faults] == faults


@pytest.mark.parametrize(
    ("spoiled", "what", "instead"),
    [
        (SOUND.replace("day_of_action", "day_of_acton"), '"day_of_acton" is not a key of [campaign]', "day_of_action"),
        (SOUND.replace("Europe/Berlin", "berlin"), '"berlin" is not a time zone', "Europe/Berlin"),
        (SOUND.replace("Europe/Berlin", "Europe/Berln"), "is not a time zone", "Europe/Berlin"),
        (SOUND.replace("Europe/Berlin", "../../etc/passwd"), "is not a time zone", "Europe/Berlin"),
        (SOUND.replace("2025-04-16", "2025-04-16T10:00:00"), "is not a day", "2025-04-16"),
        (SOUND.replace("2025-04-16", '"16.4.2025"'), "is not a day", "2025-04-16"),
        (SOUND.replace("2025-04-16", "9999-12-31"), "in the year 9999", "2025-04-16"),
        (SOUND.replace('"Day"', '" "'), "[campaign] has no name", "name ="),
        (SOUND.replace('"mastodon"', '"mastodn"'), '"mastodn" is not a platform', '"mastodon"'),
        (SOUND.replace('platform = "mastodon"\n', ""), "has no platform", "mastodon"),
        (SOUND.replace('api_base_url = "https://mastodon.example"\n', ""), "has no api_base_url", "api_base_url ="),
        (SOUND.replace("https://m", "http://m"), "would send secrets unencrypted", "https"),
        (SOUND.replace("https://m", "ftp://m"), "is not a web address", "https"),
        (CAMPAIGN, "no account is named", "[accounts.mastodon]"),
        (SOUND + "budget_usd_per_day = 3.0\n", "means nothing for an account on mastodon", "Take it out"),
        (SOUND + "access_token_nv = 'A'\n", "is not a key of [accounts.m]", "access_token_env"),
        (SOUND + "[accounts.x]\nplatform = 'x'\nbudget_usd_per_day = nan\n", "not an amount", "3.00"),
        (SOUND + "[accounts.x]\nplatform = 'x'\nbudget_usd_per_day = inf\n", "not an amount", "3.00"),
        (SOUND + "[accounts.x]\nplatform = 'x'\nbudget_usd_per_day = true\n", "not an amount", "3.00"),
        (SOUND + "[links]\ncountdown = 'https://a.example'\n", "a meaning of its own", "another name"),
        (SOUND + "[links]\nlive = 'soon'\n", "is not a web address", "https://"),
        (SOUND + "[links]\n'Live now' = ''\n", "cannot be a link's name", "a-z"),
        (SOUND + "[monitor]\npoll_min = '20 s'\n", 'poll_min is "20 s"', '"20s"'),
        (SOUND + "[monitor]\npoll_min = '1h'\n", "longer than poll_max", "poll_min"),
        (SOUND + "[monitor]\nkinds = ['vido']\n", "is not a kind", "video"),
        (SOUND + "[monitor]\nkinds = []\n", "kinds is empty", "video"),
        (SOUND + "[monitor]\ninstances = ['http://a.example']\n", "unencrypted", "another.example"),
        (SOUND + "[moderation]\nblocked = ['u@h.example']\n", "is not a handle", '"@u@h.example"'),
        (SOUND + "[moderation]\nblocked = ['Handle']\n", "is not a handle", '"x:Handle"'),
        (SOUND + "[moderation]\nblocked = ['x:A']\ntrusted = ['x:a']\n", "both trusted and blocked", "one out"),
        (SOUND + "[pace]\nquiet_hours = '22-7'\n", "quiet_hours is", "22:00-07:00"),
        (SOUND + "[pace]\nper_hour = -1\n", "per_hour must be between", "per_hour = 6"),
        (SOUND + "[reconcile]\nreads = 0\n", "reads must be between 1", "reads = 3"),
        (SOUND + "pace = 3\n[campaign.sub]\n", "is not a key", "Known are"),
    ],
)
def test_a_mistake_says_what_to_write_instead(tmp_path: Path, spoiled: str, what: str, instead: str) -> None:
    faults = told(tmp_path, spoiled)
    assert any(what in fault and instead in fault for fault in faults), faults


@pytest.mark.parametrize(
    ("code", "instead"), [("ua", '"uk"'), ("by", '"be"'), ("English", '"en"'), ("en_GB", '"en"'), ("", '"en"')]
)
def test_an_unknown_language_names_the_one_that_was_meant(tmp_path: Path, code: str, instead: str) -> None:
    fault = one(tmp_path, SOUND.replace("[campaign]\n", f'[campaign]\nlanguages = ["de",\n "{code}"]\n'))
    assert fault.startswith("bot.toml:3: error: ")
    assert instead in fault


@pytest.mark.parametrize("tag", ["free-belarus", "Free Belarus", "2025", "", "a.b"])
def test_what_would_not_be_one_hashtag_is_refused(tmp_path: Path, tag: str) -> None:
    assert "would not be one hashtag" in one(
        tmp_path, SOUND.replace("[campaign]\n", f'[campaign]\nhashtags = ["{tag}"]\n')
    )


def test_a_hashtag_that_nobody_can_read_aloud_is_a_warning(tmp_path: Path) -> None:
    fault = one(tmp_path, SOUND.replace("[campaign]\n", '[campaign]\nhashtags = ["#freebelarusunionists"]\n'))
    assert fault.startswith("bot.toml:2: warning: screen readers cannot tell")


@pytest.mark.parametrize(
    "written",
    [
        'access_token = "HUSH"',
        'bearer_token = "HUSH"',
        'password = "HUSH"',
        'access_token_env = "HUSH-and-more"',
        'access_token_env = ["HUSH"]',
        'access_token_file = "HUSH\\u0000"',
        'api_base_url = "https://me:HUSH@mastodon.example"',
        "access_token = 'HUSH",
    ],
)
def test_a_secret_in_the_file_is_refused_and_never_repeated(tmp_path: Path, written: str) -> None:
    text = SOUND.replace('api_base_url = "https://mastodon.example"', written) if "api_base" in written else SOUND
    faults = told(tmp_path, text if "api_base" in written else text + written + "\n")
    assert faults
    assert "HUSH" not in "\n".join(faults)


def test_two_accounts_with_one_token_are_warned_of(tmp_path: Path) -> None:
    fault = one(tmp_path, SOUND + ACCOUNT.replace("accounts.m", "accounts.n"))
    assert "m and n use the same access token" in fault
    assert fault.startswith("bot.toml:8: warning")


def test_reading_the_configuration_loads_neither_web_nor_counting_libraries() -> None:
    code = "import bot.config, sys; print([m for m in ('babel', 'twitter_text', 'httpx') if m in sys.modules])"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == "[]"
