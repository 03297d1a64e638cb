"""A campaign that is live on both test servers: its files, its commands, its workers, and what the judges accepted."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.domain.moderation import ChecklistItem
from tests.harness.bot_process import PATIENCE_S, BotProcess, Found, until
from tests.harness.campaign_folder import rested
from tests.harness.one_certificate import VARIABLE, one_certificate
from tests.harness.preloaded import Preloaded
from tests.harness.terminal import CommandResult
from tests.servers.mastodon import MastodonAccount, MastodonServer
from tests.servers.x.handle import XSimulator, XUser

CARD = Path(__file__).parents[2] / "messages" / "launch" / "card.en.png"
TAG = "FreeBelarusUnionists"
TOKEN = "MASTODON_ACCESS_TOKEN"

BOT = """\
[campaign]
name = "Day of Action"
day_of_action = {today}
timezone = "UTC"
languages = ["en"]
hashtags = ["FreeBelarusUnionists"]

[accounts.mastodon]
platform = "mastodon"
api_base_url = "{mastodon}"

[accounts.x]
platform = "x"
api_base_url = "{x}"

[links]
live = ""

[monitor]
poll_min = "1s"

[pace]
min_gap = "0s"

[reconcile]
every = "0s"
"""

NO_CARE = '[moderation.care]\nfollowers = 0\nage = "0s"\nlanguages = []\n'
"""For `bot.toml`: nobody is held for care."""

TICKS = tuple(f"--tick={tick}" for tick in ChecklistItem)
"""The whole checklist, for `bot approve`."""


def now() -> datetime:
    return datetime.now(UTC)


def in_seconds(seconds: float) -> datetime:
    """Return a whole second, at least this many seconds ahead: schedules know no fractions."""
    return (now() + timedelta(seconds=seconds + 1)).replace(microsecond=0)


@dataclass(frozen=True)
class Accepted:
    """A post that a server took in, at `wall` in Unix seconds."""

    account: str
    text: str
    wall: float
    media: int
    reply_to: str | None


@dataclass
class LiveCampaign:
    """A campaign folder whose accounts are on the test servers."""

    root: Path
    nursery: Preloaded
    mastodon: MastodonServer
    x: XSimulator
    union: MastodonAccount
    user: XUser
    processes: list[BotProcess] = field(default_factory=list)
    database: str = ""
    """The address of its store in PostgreSQL; "" for a file beside bot.toml."""

    @property
    def environment(self) -> dict[str, str]:
        """The secrets of the accounts, as a server's settings would give them."""
        return {
            TOKEN: self.union.access_token,
            "X_API_KEY": self.user.api_key,
            "X_API_SECRET": self.user.api_secret,
            "X_ACCESS_TOKEN": self.user.access_token,
            "X_ACCESS_TOKEN_SECRET": self.user.access_token_secret,
        }

    @property
    def secrets(self) -> list[str]:
        return list(self.environment.values())

    def own(self, environment: dict[str, str]) -> dict[str, str]:
        """Return what a process of ours sees: a home of its own, the secrets, and nothing else of this machine's."""
        given = self.environment | {"DATABASE_URL": self.database} | environment
        secrets = {name: value for name, value in given.items() if value}
        home = str(self.root.parent / "home")
        return {"PATH": os.environ["PATH"], "HOME": home, "COLUMNS": "200", VARIABLE: one_certificate(), **secrets}

    def write(self, path: str, text: str) -> None:
        """Write a file, as one that was saved a while ago."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        rested(file)

    def change(self, path: str, old: str, new: str) -> None:
        text = (self.root / path).read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {path}"
        self.write(path, text.replace(old, new))

    def message(self, name: str, text: str, *, card: bool = False) -> None:
        """Write a message in English, with a picture if wanted."""
        head = '+++\n[[media]]\nfile = "card.png"\nalt = "A card."\n+++\n' if card else ""
        self.write(f"messages/{name}/en.md", f"{head}{text}\n")
        if card:
            rested(Path(shutil.copy(CARD, self.root / "messages" / name / "card.png")))

    def schedule(self, times: dict[str, datetime], file: str = "run-up", more: str = "") -> None:
        """Write a schedule: when each message goes out."""
        posts = (
            f'[[post]]\nmessage = "{name}"\ndays = ["{at:%Y-%m-%d}"]\nat = {at:%H:%M:%S}\n{more}\n'
            for name, at in times.items()
        )
        self.write(f"schedules/{file}.toml", "\n".join(posts))

    def many(self, count: int, at: datetime, *, card: bool = False) -> list[str]:
        """Write this many messages, all due at once; return their texts."""
        texts = [f"Message {number} of {count}" for number in range(1, count + 1)]
        for number, text in enumerate(texts, 1):
            self.message(f"m{number:02}", text, card=card)
        self.schedule({f"m{number:02}": at for number in range(1, count + 1)})
        return texts

    def bot(self, *words: str, **environment: str) -> CommandResult:
        """Run a command to its end, as a person at another terminal would; an empty secret is one that is not set."""
        process = self._start(words, environment)
        return CommandResult(process.ends(), process.out, process.err)

    def done(self, *words: str) -> CommandResult:
        """Run a command that must succeed."""
        said = self.bot(*words)
        assert said.status == 0, f"{said.status}: {said.err}"
        return said

    def queue(self, *words: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.done("queue", "--json", *words).document
        return found

    def run(self, *words: str, **environment: str) -> BotProcess:
        """Start `bot run`, and leave it running."""
        return self._start(("run", *words), environment)

    def _start(self, words: tuple[str, ...], environment: dict[str, str]) -> BotProcess:
        process = BotProcess(self.nursery, words, self.root, self.root.parent / "logs", self.own(environment))
        self.processes.append(process)
        return process

    def accepted(self, account: str | None = None) -> list[Accepted]:
        """Return every post the servers took in, the earliest first."""
        of_mastodon = (
            Accepted("mastodon", one["text"], one["wall"], len(one["media"]), one["in_reply_to_id"])
            for one in self.mastodon.ledger().statuses
        )
        of_x = (
            Accepted("x", one["text"], one["wall"], len(one["media"]), one["reply_to"])
            for one in self.x.ledger()["posts"]
        )
        found = [one for one in (*of_mastodon, *of_x) if account in (None, one.account)]
        return sorted(found, key=lambda one: one.wall)

    def texts(self, account: str | None = None) -> list[str]:
        return sorted(one.text for one in self.accepted(account))

    def until_accepted(self, count: int, account: str | None = None) -> list[Accepted]:
        """Wait until the servers have taken in this many posts, and return them."""
        return self.until(lambda: found if len(found := self.accepted(account)) >= count else [])

    def until(self, condition: Callable[[], Found], patience: float = PATIENCE_S) -> Found:
        """Wait for something, as long as somebody works; says what was said where it does not come about."""

        def found_or_over() -> Found:
            works = any(process.is_alive for process in self.processes)
            found = condition()
            assert found or works, "all processes have ended"
            return found

        try:
            return until(found_or_over, patience)
        except (AssertionError, TimeoutError) as error:
            said = "\n".join(process.err for process in self.processes)
            raise AssertionError(
                f"{error}; the servers accepted {self.accepted()}; the workers said:\n{said}"
            ) from None

    @property
    def host(self) -> str:
        """What the Mastodon server's accounts carry in their handles."""
        return self.mastodon.url.removeprefix("http://")

    def video_on_mastodon(self, author: str, count: int = 1, tag: str = TAG) -> None:
        """Post solidarity videos of somebody on our server."""
        self.mastodon.add_account(author)
        video = {"type": "video", "description": "A video."}
        posts = [{"account": author, "text": f"Solidarity {n}! #{tag}", "media": [video]} for n in range(count)]
        self.mastodon.seed_statuses(posts)

    def video_on_x(self, author: str) -> str:
        """Post somebody's solidarity video on X; return its id."""
        return self.x.seed_post(author, f"Solidarity! #{TAG}", media=[{"type": "video", "alt_text": "A video."}])


def once_each(accepted: Sequence[Accepted], texts: Sequence[str]) -> bool:
    """Return whether each text was taken in exactly once on each of the two accounts."""
    found = sorted((one.account, one.text) for one in accepted)
    return found == sorted((account, text) for account in ("mastodon", "x") for text in texts)


@contextmanager
def campaign(nursery: Preloaded, mastodon: MastodonServer, x: XSimulator, folder: Path) -> Iterator[LiveCampaign]:
    """Lend a campaign on both servers, emptied for it; every process it started is ended with it."""
    mastodon.reset()
    x.reset()
    x.settings(search_window_s=0)
    union, user = mastodon.add_account("union", bot=True), x.add_user("union")
    found = LiveCampaign(folder / "campaign", nursery, mastodon, x, union, user)
    found.write("bot.toml", BOT.format(today=f"{now():%Y-%m-%d}", mastodon=mastodon.url, x=x.url))
    yield found
    for process in found.processes:
        process.killed()
