"""The `[accounts.…]` tables of `bot.toml`: where each account is, and where its secrets are, never the secrets."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from bot.domain.campaign import Account, PlatformName, SecretSource
from bot.domain.limits import traits_of
from bot.domain.schedule import duration
from bot.fault_codes import FaultCode
from bot.files.config.address import server_fault
from bot.files.toml.table import Table
from bot.hosts import canonical_address
from bot.text_display import choice, nearest, quoted, shortened, write_one_of

SECRETS = {
    PlatformName.MASTODON: ("access_token",),
    PlatformName.X: ("api_key", "api_secret", "access_token", "access_token_secret"),
    PlatformName.REHEARSAL: (),
}
"""The secrets that each platform needs."""

OPTIONS: Mapping[PlatformName, frozenset[str]] = {
    PlatformName.MASTODON: frozenset(),
    PlatformName.X: frozenset({"budget_usd_per_day", "longest_video", "translations"}),
    PlatformName.REHEARSAL: frozenset(),
}
"""The keys that an account on one platform may have, beside those of every account."""

X_ADDRESS = "https://api.x.com"
X_BUDGET = 3.00

_X_PAGES = frozenset({"x.com", "www.x.com", "mobile.x.com", "twitter.com", "www.twitter.com", "api.twitter.com"})
"""Where people are shown X, or were: its API is at `X_ADDRESS`."""

_NEVER_HERE = frozenset(
    {"access_token", "access_token_secret", "api_key", "api_secret", "bearer_token", "client_id", "client_key"}
    | {"client_secret", "consumer_key", "consumer_secret", "password", "passwd", "refresh_token", "secret", "token"}
)
_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}\Z")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,100}\Z")


def accounts(root: Table, languages: Collection[str]) -> Mapping[str, Account]:
    """Return our accounts by name, with faults noted for all that is wrong in them. `languages` are the campaign's."""
    table = root.table("accounts")
    loose = [key for key, value in table.values.items() if not isinstance(value, dict)]
    if loose:
        what = f"{quoted(loose[0])} stands in [accounts], which lacks the name of the account"
        table.error(
            FaultCode.ACCOUNT_NAMELESS,
            what,
            "Write [accounts.mastodon], or another name, in place of [accounts].",
            loose[0],
        )
        table.values = {key: value for key, value in table.values.items() if key not in loose}
    by_name = {name: _account(name, inner, languages) for name, inner in table.tables()}
    if not table.values and not loose:
        instead = 'Write [accounts.mastodon] and in it platform = "mastodon".'
        table.error(
            FaultCode.NO_ACCOUNT,
            "no account is named, so nothing could be posted",
            instead,
            write='[accounts.mastodon] platform = "mastodon"',
        )
    return by_name


def _account(name: str, table: Table, languages: Collection[str]) -> Account:
    if not _NAME.match(name):
        table.error(
            FaultCode.BAD_NAME,
            f"{quoted(name)} cannot be an account's name",
            "Write it with A-Z, a-z, 0-9, _ and - only.",
            name=shortened(name),
            letters="A-Z a-z 0-9 _ -",
        )
    needed = {"platform": lambda value: value in list(PlatformName)}
    if traits_of(str(table.values.get("platform"))).has_servers:
        needed |= {"api_base_url": lambda value: isinstance(value, str) and not server_fault(value)}
    table.refuse_unknown(ACCOUNT - _NEVER_HERE, but=_NEVER_HERE, needed=needed)
    platform = _platform(name, table)
    _refuse_secrets(table)
    if platform is None:
        return Account(name, PlatformName.REHEARSAL, "")
    _refuse_keys(table, platform)
    return Account(
        name=name,
        platform=platform,
        api_base_url=_address(table, platform),
        secrets={secret: _source(table, platform, secret) for secret in SECRETS[platform]},
        budget_usd_per_day=_budget(table) if traits_of(platform).is_billed else None,
        longest_video=_longest_video(table) if "longest_video" in OPTIONS[platform] else None,
        languages=_languages(table, languages),
        threads_translations=_threads_translations(table) if "translations" in OPTIONS[platform] else False,
    )


def _platform(name: str, table: Table) -> PlatformName | None:
    """Return the platform that is written; else the one that is meant, as far as it can be told, and a fault."""
    written = table.text("platform")
    platforms = [platform.value for platform in PlatformName]
    if written in platforms:
        return PlatformName(written)
    meant = nearest(written, platforms) or nearest(name, platforms) or _platform_by_keys(table)
    if "platform" not in table:
        instead = f"Write platform = {quoted(meant)}." if meant else 'Write platform = "mastodon", "x" or "rehearsal".'
        table.error(
            FaultCode.MISSING_KEY,
            f"{table.name} has no platform",
            instead,
            table=table.name,
            key="platform",
            write=f'platform = "{meant or "mastodon"}"',
        )
    elif isinstance(table.values["platform"], str):
        table.error(
            FaultCode.NOT_KNOWN,
            f"{quoted(written)} is not a platform",
            f"{write_one_of(written, platforms)}.",
            "platform",
            key="platform",
            written=shortened(written),
            **choice(written, platforms),
        )
    return PlatformName(meant) if meant else None


def _platform_by_keys(table: Table) -> str:
    """Return the one platform whose accounts have these keys, or ""."""
    fitting = [platform for platform in PlatformName if set(table.values) - {"platform"} <= _keys(platform)]
    return fitting[0] if len(fitting) == 1 else ""


def _keys(platform: PlatformName) -> set[str]:
    secrets = {f"{secret}_{kind}" for secret in SECRETS[platform] for kind in ("env", "file")}
    return secrets | {"platform", "api_base_url", "languages"} | OPTIONS[platform]


ACCOUNT = frozenset().union(*map(_keys, PlatformName)) | _NEVER_HERE
"""The keys of an account on any platform, and those that people write where they must not."""


def _refuse_keys(table: Table, platform: PlatformName) -> None:
    for key in table.values:
        if key in ACCOUNT - _NEVER_HERE - _keys(platform):
            table.error(
                FaultCode.MEANS_NOTHING,
                f"{key} means nothing for an account on {platform}",
                "Take it out.",
                key,
                key=key,
            )


def _refuse_secrets(table: Table) -> None:
    for key in table.values:
        if key in _NEVER_HERE:
            what = f"{key} is a secret, and this file is no place for secrets"
            instead = (
                f"Write {key}_env with the name of an environment variable, and change the secret: it was seen here."
            )
            if key not in SECRETS[PlatformName.X]:
                instead = "Take it out, and change the secret: it was seen here."
            table.error(FaultCode.SECRET_IN_FILE, what, instead, key, key=key)


def _source(table: Table, platform: PlatformName, secret: str) -> SecretSource:
    """Return where a secret is found; what is written there is never repeated, for it may be the secret itself."""
    env, file = f"{secret}_env", f"{secret}_file"
    usual = f"{platform}_{secret}".upper()
    variable = table.text(env, "" if file in table else usual)
    if variable and not _VARIABLE.match(variable):
        what = f"{env} is not the name of an environment variable"
        table.error(
            FaultCode.NOT_A_VARIABLE,
            what,
            f"Write {env} = {quoted(usual)}, and put the secret itself in that variable.",
            env,
            key=env,
            write=f'{env} = "{usual}"',
        )
    path = table.text(file)
    if "\x00" in path or len(path) > 1000 or (file in table and not path.strip()):
        table.error(
            FaultCode.NOT_A_VARIABLE,
            f"{file} is not the name of a file",
            f'Write {file} = "secrets/{secret}".',
            file,
            key=file,
            write=f'{file} = "secrets/{secret}"',
        )
    return SecretSource(env=variable, file=path)


def _address(table: Table, platform: PlatformName) -> str:
    if traits_of(platform).has_servers and "api_base_url" not in table:
        instead = 'Write api_base_url = "https://mastodon.example", the server the account is on.'
        table.error(
            FaultCode.MISSING_KEY,
            f"{table.name} has no api_base_url",
            instead,
            table=table.name,
            key="api_base_url",
            write='api_base_url = "https://mastodon.example"',
        )
    address = table.text("api_base_url", X_ADDRESS if platform is PlatformName.X else "").strip().rstrip("/")
    if not address and not isinstance(table.values.get("api_base_url"), str):
        return ""
    if fault := server_fault(address):
        instead = 'Write api_base_url = "https://…"; plain http is for this machine alone.'
        table.error(
            FaultCode.BAD_ADDRESS,
            f"api_base_url {fault}",
            instead,
            "api_base_url",
            key="api_base_url",
            write='api_base_url = "https://…"',
        )
        return address
    address = canonical_address(address)
    is_page = platform is PlatformName.X and urlsplit(address).netloc in _X_PAGES
    return X_ADDRESS if is_page else address


def _languages(table: Table, languages: Collection[str]) -> tuple[str, ...]:
    """Return the languages that an account posts in, none for all of the campaign's."""
    codes = table.texts("languages")
    if table.values.get("languages") == []:
        instead = "Name those that it posts in, or leave languages out for all."
        table.error(
            FaultCode.EMPTY_LIST,
            f"languages is empty, so {table.name} would post nothing",
            instead,
            "languages",
            key="languages",
        )
    for place, code in enumerate(codes):
        if languages and code not in languages:
            what = f"{quoted(code)} is not among the languages of [campaign]"
            table.error_of_group(
                ("no language", code),
                FaultCode.NOT_KNOWN,
                what,
                f"{write_one_of(code, languages)}.",
                "languages",
                place,
                key="languages",
                written=shortened(code),
                **choice(code, languages),
            )
    return codes


_TRANSLATIONS = ("posts", "thread")


def _threads_translations(table: Table) -> bool:
    """Return whether the translations of a post are answers to it: each is a post of its own where nothing is said."""
    written = table.text("translations", _TRANSLATIONS[0])
    if written not in _TRANSLATIONS and isinstance(table.values["translations"], str):
        instead = f"{write_one_of(written, _TRANSLATIONS)}."
        table.error(
            FaultCode.NOT_KNOWN,
            f"{quoted(written)} is no way to post translations",
            instead,
            "translations",
            key="translations",
            written=shortened(written),
            **choice(written, _TRANSLATIONS),
        )
    return written == "thread"


def _longest_video(table: Table) -> timedelta | None:
    instead = 'Write for example longest_video = "20m", what X lets this account post.'
    return table.parsed("longest_video", duration, None, instead, 'longest_video = "20m"')


def _budget(table: Table) -> float:
    amount = table.values.get("budget_usd_per_day", X_BUDGET)
    if isinstance(amount, int | float) and not isinstance(amount, bool) and 0 <= amount <= 100_000:
        return float(amount)
    table.error(
        FaultCode.NOT_AN_AMOUNT,
        "budget_usd_per_day is not an amount in US dollars",
        "Write for example 3.00.",
        "budget_usd_per_day",
        key="budget_usd_per_day",
        write="3.00",
    )
    return X_BUDGET
