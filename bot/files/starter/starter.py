"""Reads the answers of a person who begins a campaign, and writes its first files; nothing is ever written over."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from string import Template
from zoneinfo import ZoneInfo

from bot import languages as known_languages
from bot.domain import text
from bot.domain.campaign import PlatformName
from bot.domain.limits import traits_of
from bot.errors import Refused, RefusedCode
from bot.files.config.accounts import SECRETS
from bot.files.config.address import link_fault, server_fault
from bot.files.config.campaign import YEARS, is_contact, zone_of_city
from bot.files.config.campaign import instead as zone_instead
from bot.files.toml.values import dates_of
from bot.hosts import canonical_address
from bot.text_display import quoted
from bot.values import dataclass

_HOME = Path(__file__).parent
_MESSAGES = _HOME / "messages"

LANGUAGES = ("en", "be", "ru", "de", "fr", "es")
"""The languages that the first messages are written in."""

_FIRST_POST = time(9, 0)
_APART = timedelta(minutes=30)
"""When the first language of a day goes out, and how long after it each other one."""


@dataclass(frozen=True)
class NewAccount:
    """One of the accounts that a campaign begins with; `name` is what `bot.toml` calls it."""

    name: str
    platform: PlatformName
    address: str = ""


@dataclass(frozen=True)
class Answers:
    """What a person says of a campaign that is to be begun; "" where there is nothing yet."""

    name: str
    day_of_action: date
    zone: ZoneInfo
    languages: tuple[str, ...]
    hashtags: tuple[str, ...]
    accounts: tuple[NewAccount, ...]
    contact: str = ""
    website: str = ""


def name_of(written: str) -> str:
    """Return a campaign's name. Raise ValueError where nothing is written."""
    name = " ".join(written.split())
    if not name:
        raise ValueError("A campaign needs a name, as people call it.")
    return name


def day_of(written: str, today: date) -> date:
    """Return the day that is meant by "2027-05-20", "20.5.2027" or "20 May 2027". Raise ValueError for none, for two,
    and for one that is past."""
    days = [day for day in dates_of(written) if day.year in YEARS]
    if not days:
        raise ValueError(f"{quoted(written)} is not a day. Write it as in {_next_may(today)}.")
    ahead = [day for day in days if day >= today] or days
    if len(ahead) > 1:
        choices = " or ".join(f"{day} for {day.day} {day:%B}" for day in ahead)
        raise ValueError(f"{quoted(written)} can be two days. Write {choices}.")
    if ahead[0] < today:
        raise ValueError(f"{ahead[0]} is past, and nothing would be posted. Write a day that is to come.")
    return ahead[0]


def _next_may(today: date) -> date:
    return date(today.year + 1, 5, 20)


def zone_of(written: str) -> ZoneInfo:
    """Return the time zone of a city. Raise ValueError, with a hint, where none is known."""
    zone = zone_of_city(written)
    if zone is None:
        raise ValueError(f"No time is known for {quoted(written)}. {zone_instead(written)}")
    return zone


def languages_of(written: str, among: Collection[str] = LANGUAGES) -> tuple[str, ...]:
    """Return the codes of a list such as "en, de". Raise ValueError for one that no message is written in (`among`)."""
    codes = tuple(dict.fromkeys(code.casefold() for code in _listed(written)))
    if not codes:
        raise ValueError(f"Write at least one of {', '.join(among)}.")
    for code in codes:
        if code not in among:
            hint = "" if known_languages.is_real(code) else f" {known_languages.write_instead(code)}."
            raise ValueError(
                f"There are no messages in {quoted(code)} yet, only in {', '.join(among)}.{hint} "
                "Other languages are added later: write them into bot.toml, and a file for each message."
            )
    return codes


def hashtags_of(written: str) -> tuple[str, ...]:
    """Return the hashtags that somebody wrote, without their #. Raise ValueError for none, for one that would break in
    two, and for words of which nobody can tell whether they are one hashtag."""
    for words in (piece.split() for piece in re.split(r"[,;]", written)):
        if len(words) > 1 and not all(word.startswith(("#", "＃")) for word in words):
            joined = "".join(word[:1].upper() + word[1:] for word in (word.strip("#＃") for word in words))
            raise ValueError(
                f"Is {quoted(' '.join(words))} one hashtag? Then write {joined}. Put commas between several."
            )
    tags = tuple(
        dict.fromkeys(tag.strip("#＃") for tag in re.split(r"[\s,;]+|(?<=\w)(?=[#＃])", written) if tag.strip("#＃"))
    )
    if not tags:
        raise ValueError("A campaign needs a hashtag: people are found by it.")
    for tag in tags:
        if not text.is_whole(tag):
            raise ValueError(f"{quoted('#' + tag)} would not be one hashtag. Write letters, digits and _ only.")
    return tags


def accounts_of(written: str) -> tuple[NewAccount, ...]:
    """Return the accounts of a list such as "mastodon.example, x", or handles on Mastodon. Raise ValueError."""
    places = _listed(written)
    if not places:
        raise ValueError('Write the server of each account on Mastodon, and "x" for X, as in: mastodon.example, x')
    accounts: list[NewAccount] = []
    for place in places:
        account = _account(place)
        twins = sum(other.platform is account.platform for other in accounts)
        name = f"{account.platform}-{twins + 1}" if twins else str(account.platform)
        accounts.append(NewAccount(name, account.platform, account.address))
    return tuple(accounts)


_ON_X = frozenset({"x", "twitter", "x.com", "twitter.com", "www.x.com", "https://x.com", "https://twitter.com"})


def _account(place: str) -> NewAccount:
    bare = place.strip().rstrip("/").casefold()
    if bare in _ON_X or re.fullmatch(r"(?:https://)?(?:www\.)?(?:x|twitter)\.com/@?\w+|x:@?\w+", bare):
        return NewAccount("", PlatformName.X)
    host = bare.removeprefix("https://").removeprefix("http://").partition("/")[0].rpartition("@")[2]
    scheme = "http" if bare.startswith("http://") else "https"
    address = canonical_address(f"{scheme}://{host}")
    is_name = "." in host or ":" in host or host == "localhost"
    if not is_name or (fault := server_fault(address)):
        why = fault if is_name else "is no server"
        raise ValueError(f"{quoted(place)} {why}. Write its name, as in mastodon.example, or x.")
    return NewAccount("", PlatformName.MASTODON, address)


def contact_of(written: str) -> str:
    """Return a mailbox or the address of a page, "" for none. Raise ValueError for anything else."""
    contact = written.strip()
    if contact and not is_contact(contact):
        raise ValueError(f"{quoted(contact)} is no address that people can write to. Write a mailbox, or https://…")
    return contact


def website_of(written: str) -> str:
    """Return the address of a page, "" for none. Raise ValueError for anything else."""
    website = written.strip()
    if website and "://" not in website:
        website = f"https://{website}"
    if website and (fault := link_fault(website)):
        raise ValueError(f"{quoted(written.strip())} {fault}. Write it as in https://campaign.example/.")
    return website


def _listed(written: str) -> list[str]:
    return [piece for piece in re.split(r"[\s,;]+", written.strip()) if piece]


def files_of(answers: Answers, today: date) -> dict[str, str]:
    """Return the text of each file of the campaign, by its path within the folder: messages that still have a day."""
    schedule = _schedule(answers, today)
    names = sorted(path.name for path in _MESSAGES.iterdir() if f'message = "{path.name}"' in schedule)
    messages = {
        f"messages/{name}/{language}.md": (_MESSAGES / name / f"{language}.md").read_text(encoding="utf-8")
        for name in names
        for language in answers.languages
    }
    return {"bot.toml": _bot_toml(answers), "schedules/run-up.toml": schedule, **messages}


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write the files into a folder, which is made if need be. Raise Refused where something of them is there already,
    or they cannot be written.

    All of them appear or none: they are written beside it first.
    """
    tops = list(dict.fromkeys(path.partition("/")[0] for path in files))
    in_the_way = [name for name in tops if (folder / name).exists() or (folder / name).is_symlink()]
    if in_the_way:
        raise Refused(RefusedCode.ALREADY_A_CAMPAIGN, folder=str(folder), names=in_the_way)
    try:
        _write_beside(folder, files, sorted(tops, key=lambda name: name == "bot.toml"))
    except OSError as error:
        raise Refused(RefusedCode.CANNOT_WRITE, file=str(folder), problem=error.strerror) from error


def _write_beside(folder: Path, files: Mapping[str, str | bytes], tops: Sequence[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".bot-init-", dir=folder))
    try:
        for path, content in files.items():
            file = made / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        for name in tops:
            (made / name).rename(folder / name)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _toml(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _toml_list(values: Iterable[str]) -> str:
    return f"[{', '.join(map(_toml, values))}]"


_COMMENT = 30
"""How many letters a value has before its comment, so that comments stand below each other."""


def _bot_toml(answers: Answers) -> str:
    template = Template((_HOME / "bot.toml").read_text(encoding="utf-8"))
    return template.substitute(
        name=answers.name,
        name_toml=_toml(answers.name),
        day=answers.day_of_action.isoformat().ljust(_COMMENT),
        zone_toml=_toml(answers.zone.key).ljust(_COMMENT),
        languages=_toml_list(answers.languages),
        hashtags=_toml_list(answers.hashtags),
        contact=_toml(answers.contact).ljust(_COMMENT),
        website=_toml(answers.website),
        accounts=accounts_toml(answers.accounts),
    )


def accounts_toml(accounts: Iterable[NewAccount]) -> str:
    """Return the `[accounts.…]` tables of a `bot.toml`."""
    return "".join(map(_account_toml, accounts))


def _account_toml(account: NewAccount) -> str:
    variable, traits = account.name.upper().replace("-", "_"), traits_of(account.platform)
    values = {"platform": f'"{account.platform}"'}
    if traits.has_servers:
        values["api_base_url"] = f"{_toml(account.address).ljust(_COMMENT)} # the server where the account lives"
    values |= {f"{secret}_env": f'"{variable}_{secret.upper()}"' for secret in SECRETS[account.platform]}
    if traits.is_billed:
        values["budget_usd_per_day"] = "3.00      # X bills each call; at this sum it rests until the next day"
    width = max(map(len, values))
    lines = (f"{key:{width}} = {value}" for key, value in values.items())
    return "\n".join(["", f"[accounts.{account.name}]", *lines, ""])


_RUN_UP = (("launch", 30), ("why", 21), ("what-to-do", 14))


def _schedule(answers: Answers, today: date) -> str:
    """Return the schedule; what would be past already, where the day is near, moves to the days that are left."""
    ahead = (answers.day_of_action - today).days
    first = datetime.combine(date.min, _FIRST_POST)
    times = [f"{code} = {first + place * _APART:%H:%M:%S}" for place, code in enumerate(answers.languages)]
    blocks = [
        "# When each message goes out. T is the day of action, T-30 is thirty days before it.",
        "\n".join(["[times]                     # of each language, in the campaign's timezone", *times]),
    ]
    planned = [(message, min(days, ahead * days // 30)) for message, days in _RUN_UP]
    blocks += [_post(message, [f"T-{days}"], late="1d") for message, days in planned if days > 0]
    countdown = [f"T-{days}" for days in (7, 3, 1) if days < ahead and days not in [day for _, day in planned]]
    blocks += [_post("countdown", countdown)] if countdown else []
    blocks += [
        _post("the-day", ["T"]),
        _post("live", ["T"], at="12:00:00", gap="10m", comment="waits until live = … stands in bot.toml"),
        _post("thanks", ["T+1"], late="1d", hold=True, comment="waits until you have read and released it"),
        _post("report-back", ["T+7"], late="1d"),
    ]
    return "\n\n".join(blocks) + "\n"


def _post(
    message: str,
    days: list[str],
    *,
    late: str = "",
    at: str = "",
    gap: str = "",
    hold: bool = False,
    comment: str = "",
) -> str:
    lines = ["[[post]]", f"message = {_toml(message)}{f'            # {comment}' if comment else ''}"]
    lines.append(f"days    = {_toml_list(days)}")
    lines += [f"at      = {at}"] if at else []
    lines += [f"gap     = {_toml(gap)}"] if gap else []
    lines += [f"late    = {_toml(late)}"] if late else []
    lines += ["hold    = true"] if hold else []
    return "\n".join(lines)
