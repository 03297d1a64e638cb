"""`bot.toml`: what it means when nothing is written, and what is said when something is wrong."""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path

import pytest

from bot.domain.campaign import (
    USUAL_RULES,
    CareRules,
    PaceRules,
    PlatformName,
    QuietHours,
    Rule,
    SecretSource,
    Then,
    When,
    WithdrawalRules,
)
from bot.errors import FaultyFiles, Severity
from bot.files.config.load import load, read
from tests.harness.table import each_of

CAMPAIGN = '[campaign]\nname = "Day"\nday_of_action = 2025-04-16\ntimezone = "Europe/Berlin"\n'
ACCOUNT = '[accounts.m]\nplatform = "mastodon"\napi_base_url = "https://mastodon.example"\n'
SOUND = CAMPAIGN + ACCOUNT
RULE = SOUND + '[[moderation.rule]]\nwhen = "sensitive"\nthen = "hold"\n'


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
    written = SOUND.replace(
        "[campaign]\n",
        '[campaign]\ncontact = "press@campaign.example"\nlanguages = ["en", "be"]\nhashtags = ["#One", "Two_x"]\n',
    ) + (
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
    assert config.monitor.instances == ("https://one.example", "http://127.0.0.1:99")
    assert config.pace.quiet_hours == QuietHours(time(22), time(7))
    assert config.pace.min_gap == timedelta()


def test_rules_are_read_in_the_order_they_are_written_in(tmp_path: Path) -> None:
    rules = (
        '[[moderation.rule]]\nwhen = "trusted"\nthen = "approve"\n'
        '[[moderation.rule]]\nwhen = "too old"\nage = "3d"\nthen = "reject"\nreason = "older than three days"\n'
        '[[moderation.rule]]\nwhen = "many links"\nmost = 2\nthen = "warn"\n'
        '[[moderation.rule]]\nwhen = "language"\nlanguages = ["en", "be"]\nthen = "hold"\n'
    )
    assert told(tmp_path, SOUND + rules) == []
    assert read(tmp_path / "bot.toml").moderation.rules == (
        Rule(When.TRUSTED, Then.APPROVE),
        Rule(When.TOO_OLD, Then.REJECT, "older than three days", age=timedelta(days=3)),
        Rule(When.MANY_LINKS, Then.WARN, most=2),
        Rule(When.LANGUAGE, Then.HOLD, languages=("en", "be")),
    )


def test_a_campaign_that_writes_no_rules_has_the_usual_ones(tmp_path: Path) -> None:
    assert told(tmp_path, SOUND) == []
    assert read(tmp_path / "bot.toml").moderation.rules == USUAL_RULES


def test_the_day_itself_has_its_own_pace_and_takes_the_rest_from_the_other_days(tmp_path: Path) -> None:
    text = SOUND + '[pace]\nper_hour = 3\nquiet_hours = "22:00-07:00"\n[pace.burst]\nmin_gap = "2m"\nquiet_hours = ""\n'
    assert told(tmp_path, text) == []
    pace = read(tmp_path / "bot.toml").pace
    assert pace.burst == PaceRules(min_gap=timedelta(minutes=2), per_hour=3)
    assert pace.quiet_hours == QuietHours(time(22), time(7))


def test_who_is_protected_and_how_long_is_read(tmp_path: Path) -> None:
    text = SOUND + (
        '[moderation]\ntwo_people = true\n[moderation.care]\nfollowers = 0\nage = "0s"\nlanguages = ["be"]\n'
        '[organisations]\n"@union@mastodon.example" = "de"\n[withdrawal]\nbe = [" спыніце "]\n'
        '[retention]\ndecided = "1d"\n[recheck]\nlater = "6h"\n[prices]\npost_read = 0.01\n'
    )
    assert told(tmp_path, text) == []
    config = read(tmp_path / "bot.toml")
    assert config.moderation.two_people
    assert config.moderation.care == CareRules(0, timedelta(0), ("be",))
    assert config.organisations == {"@union@mastodon.example": "DE"}
    assert config.withdrawal.words == {**WithdrawalRules().words, "be": ("спыніце",)}
    assert (config.retention.decided, config.retention.undecided) == (timedelta(days=1), timedelta(days=30))
    assert (config.recheck.on_the_day, config.recheck.later) == (timedelta(minutes=5), timedelta(hours=6))
    assert (config.prices.post_read, config.prices.post) == (0.01, 0.015)


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
        "bot.toml:5:",
        "bot.toml:6:",
        "bot.toml:8:",
    ]
    with pytest.raises(FaultyFiles) as raised:
        read(tmp_path / "bot.toml")
    assert [str(fault) for fault in raised.value.faults] == faults


@each_of(
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
        (SOUND + "[monitor]\ninstances = ['a.example']\n", "nothing tells them who it is", "contact ="),
        (SOUND.replace("name =", "contact = 'call us'\nname ="), "is no address that people can write to", "contact ="),
        (RULE.replace("sensitive", "sensitiv"), '"sensitiv" is nothing a rule can say', '"sensitive"'),
        (RULE.replace("hold", "holdd"), '"holdd" is nothing a rule can say', '"hold"'),
        (RULE.replace("sensitive", "blocked"), '"blocked" comes before all rules', "protects people"),
        (RULE.replace("hold", "approve"), "people that nobody knows", '"trusted"'),
        (RULE.replace("sensitive", "too old"), 'the rule "too old" lacks age', '"7d"'),
        (RULE + "age = '7d'\n", "age means nothing", "Take it out"),
        (RULE.replace('when = "sensitive"\n', ""), "has no when", "sensitive"),
        (RULE.replace('then = "hold"\n', ""), "has no then", "reject"),
        (SOUND + "[moderation.care]\nlanguages = ['by']\n", "is not a language code", '"be"'),
        (SOUND + "[moderation.alarm]\nauthors = 1\n", "authors must be between 2", "authors = 5"),
        (SOUND + "[withdrawal]\nby = ['стоп']\n", "is not a language code", '"be"'),
        (SOUND + "[withdrawal]\nbe = ['?!']\n", "would never be found", "Take it out"),
        (
            SOUND + "[moderation]\nblocked = ['@m@xn--90ais.example']\ntrusted = ['@M@бел.example']\n",
            "both trusted",
            "out",
        ),
        (SOUND + "[organisations]\nunion = 'DE'\n", "is not a handle", '"x:union" = "DE"'),
        (SOUND + "[organisations]\n'x:union' = 'Germany'\n", "is not the code of a country", '"x:union" = "DE"'),
        (SOUND + "[retention]\ndecided = '91d'\n", "keeps what people posted for 91 days", "shorter"),
        (SOUND + "[recheck]\non_the_day = '5s'\n", "shorter than a minute", '"5m"'),
        (SOUND + "[prices]\npost = 'much'\n", "post is not an amount", "post = 0.015"),
        (SOUND + "[prices]\npost = -1\n", "post is not an amount", "post = 0.015"),
        (SOUND + "[prices]\npst = 1\n", '"pst" is not a key of [prices]', '"post"'),
        (SOUND + "[pace.burst]\nburst = 1\n", "is not a key of [pace.burst]", "per_hour"),
        (SOUND + "[pace]\nquiet_hours = '22-7'\n", "quiet_hours is", "22:00-07:00"),
        (SOUND + "[pace]\nper_hour = -1\n", "per_hour must be between", "per_hour = 6"),
        (SOUND + "[reconcile]\nreads = 0\n", "reads must be between 1", "reads = 3"),
        (SOUND + "pace = 3\n[campaign.sub]\n", "is not a key", "Known are"),
    ],
)
def test_a_mistake_says_what_to_write_instead(tmp_path: Path, spoiled: str, what: str, instead: str) -> None:
    faults = told(tmp_path, spoiled)
    assert any(what in fault and instead in fault for fault in faults), faults


@each_of(("code", "instead"), [("ua", '"uk"'), ("by", '"be"'), ("English", '"en"'), ("en_GB", '"en-GB"'), ("", '"en"')])
def test_an_unknown_language_names_the_one_that_was_meant(tmp_path: Path, code: str, instead: str) -> None:
    fault = one(tmp_path, SOUND.replace("[campaign]\n", f'[campaign]\nlanguages = ["de",\n "{code}"]\n'))
    assert fault.startswith("bot.toml:3: error: ")
    assert instead in fault


@each_of("tag", ["free-belarus", "Free Belarus", "2025", "", "a.b"])
def test_what_would_not_be_one_hashtag_is_refused(tmp_path: Path, tag: str) -> None:
    assert "would not be one hashtag" in one(
        tmp_path, SOUND.replace("[campaign]\n", f'[campaign]\nhashtags = ["{tag}"]\n')
    )


def test_a_hashtag_that_nobody_can_read_aloud_is_a_warning(tmp_path: Path) -> None:
    fault = one(tmp_path, SOUND.replace("[campaign]\n", '[campaign]\nhashtags = ["#freebelarusunionists"]\n'))
    assert fault.startswith("bot.toml:2: warning: screen readers cannot tell")


@each_of(
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
