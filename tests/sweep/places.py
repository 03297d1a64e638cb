"""Where the killed process sends to: a platform that keeps a ledger, read in a process that nobody kills."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol, Self

from bot.domain.campaign import Config, PlatformName, Wanted
from bot.domain.post import MediaKind
from bot.platforms.base import Clock, Platform
from bot.platforms.mastodon.adapter import MastodonPlatform
from bot.platforms.rehearsal import dialect
from bot.platforms.rehearsal.adapter import RehearsalPlatform
from bot.platforms.rehearsal.ledger import Posted, Reshared, decoded
from bot.platforms.rehearsal.network import Network
from bot.platforms.x.adapter import XPlatform
from tests.servers.mastodon import MastodonServer
from tests.servers.x.handle import XSimulator
from tests.sweep.scene import ACCOUNT, config_of

Access = dict[str, str]
THEIRS = "A message of solidarity from our branch #FreeBelarusUnionists"


@dataclass(frozen=True)
class Accepted:
    """A post that the ledger has."""

    id: str
    text: str
    parent: str
    media: int


@dataclass(frozen=True)
class Book:
    """All that one account got accepted, in order; reshares by the uri of what was reshared."""

    posts: tuple[Accepted, ...]
    reshares: tuple[str, ...]


class Place(AbstractContextManager["Place"], Protocol):
    """A running platform. Each case has an account of its own there, so that ledgers are easily told apart."""

    def newcomer(self) -> Access:
        """A fresh account of ours, as `opened` wants it."""
        ...

    def theirs(self) -> str:
        """The uri of somebody's post that waits to be reshared."""
        ...

    def books(self, ours: Iterable[Access]) -> list[Book]:
        """What the ledger has of these accounts."""
        ...


def opened(access: Access, clock: Clock) -> tuple[Config, Platform]:
    """The campaign and its account's adapter; called in the process that is killed."""
    platform, url = PlatformName(access["platform"]), access.get("url", "")
    config = config_of(platform, url)
    match platform:
        case PlatformName.MASTODON:
            return config, MastodonPlatform(ACCOUNT, url, access["access_token"], clock)
        case PlatformName.X:
            keys = {name: access[name] for name in ("api_key", "api_secret", "access_token", "access_token_secret")}
            return config, XPlatform(ACCOUNT, url, **keys, clock=clock, kinds=(Wanted.ANY,))
        case PlatformName.REHEARSAL:
            return config, RehearsalPlatform(network(access, clock), ACCOUNT, closes_network=True)


def network(access: Access, clock: Clock) -> Network:
    """The embedded network on a journal; "no key" for one that does not know idempotency keys."""
    speech = dialect.mastodon()
    if access.get("no_key"):
        speech = replace(speech, key_lifetime=timedelta())
    return Network(speech, clock, Path(access["journal"]))


class Rehearsal:
    """Journals of embedded networks, one for each case; whoever reads a journal is the judge."""

    def __init__(self, folder: Path, *, honours_keys: bool = True) -> None:
        self._folder = folder
        self._access = {"platform": "rehearsal", "no_key": "" if honours_keys else "yes"}
        self._count = 0
        self._start = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def newcomer(self) -> Access:
        self._count += 1
        journal = self._folder / f"journal-{self._count}.jsonl"
        journal.write_bytes(self._start)
        return {**self._access, "journal": str(journal)}

    def theirs(self) -> str:
        access = self.newcomer()
        its = network(access, lambda: datetime.now(UTC))
        uri = its.post("@somebody@union.example", THEIRS, kinds=[MediaKind.VIDEO])
        its.close()
        self._start = Path(access["journal"]).read_bytes()
        return uri

    def books(self, ours: Iterable[Access]) -> list[Book]:
        return [self._book(Path(access["journal"])) for access in ours]

    def _book(self, journal: Path) -> Book:
        whole = journal.read_bytes().rpartition(b"\n")[0]
        entries = [decoded(line) for line in whole.splitlines()]
        known = {one.post_id: one for one in entries if isinstance(one, Posted)}
        speech = dialect.mastodon()
        posts = tuple(
            Accepted(str(one.post_id), one.text, one.reply_to, len(one.media))
            for one in known.values()
            if one.text != THEIRS
        )
        reshared = [known[one.of] for one in entries if isinstance(one, Reshared)]
        return Book(posts, tuple(speech.uri(one.handle, one.post_id) for one in reshared))


class Mastodon(MastodonServer):
    """The Mastodon server; `settings` as it knows them."""

    def __init__(self, **settings: object) -> None:
        super().__init__()
        self._settings = settings
        self._count = 0

    def start(self) -> Self:
        super().start()
        self.settings(**self._settings)
        return self

    def newcomer(self) -> Access:
        self._count += 1
        account = self.add_account(f"ours{self._count}", bot=True)
        token = account.access_token
        return {"platform": "mastodon", "url": self.url, "access_token": token, "name": account.username}

    def theirs(self) -> str:
        self._count += 1
        uri = f"https://union.example/users/somebody/statuses/{self._count}"
        url = f"https://union.example/@somebody/{self._count}"
        return self.seed_status("somebody@union.example", THEIRS, media=[{"type": "video"}], uri=uri, url=url).uri

    def books(self, ours: Iterable[Access]) -> list[Book]:
        ledger = self.ledger()
        return [
            Book(
                tuple(
                    Accepted(one["id"], one["text"], one["in_reply_to_id"] or "", len(one["media"]))
                    for one in ledger.statuses
                    if one["account"] == access["name"]
                ),
                tuple(one["uri"] for one in ledger.reblogs if one["account"] == access["name"]),
            )
            for access in ours
        ]


class X(XSimulator):
    """The simulator of X; `settings` as it knows them."""

    def __init__(self, **settings: object) -> None:
        super().__init__()
        self._settings = settings
        self._count = 0

    def start(self) -> None:
        super().start()
        self.settings(**self._settings)

    def newcomer(self) -> Access:
        self._count += 1
        user = self.add_user(f"ours{self._count}")
        return {
            "platform": "x",
            "url": self.url,
            "id": user.id,
            "api_key": user.api_key,
            "api_secret": user.api_secret,
            "access_token": user.access_token,
            "access_token_secret": user.access_token_secret,
        }

    def theirs(self) -> str:
        post_id = self.seed_post("somebody", THEIRS, media=[{"type": "video"}])
        return f"https://x.com/i/status/{post_id}"

    def books(self, ours: Iterable[Access]) -> list[Book]:
        ledger = self.ledger()
        return [
            Book(
                tuple(
                    Accepted(one["id"], one["text"], one["reply_to"] or "", len(one["media"]))
                    for one in ledger["posts"]
                    if one["user"] == access["id"]
                ),
                tuple(
                    f"https://x.com/i/status/{one['post']}" for one in ledger["reposts"] if one["user"] == access["id"]
                ),
            )
            for access in ours
        ]
