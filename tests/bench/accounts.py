"""50 accounts on 30 servers in one worker: its threads, memory and idle time, and from due to the door when all post in
the same second, with every server quick and with a third of them slow."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from bot.files.config import load as configuration
from bot.files.config.login import keep_login
from bot.store.store import sqlite_url
from tests.bench import bare, queue, stores
from tests.bench.door import wait_for
from tests.bench.figures import Broken, Figure, Spread, ms, spread
from tests.bench.worker import RunningWorker
from tests.harness.campaign_folder import rested
from tests.servers.mastodon.handle import MastodonServer
from tests.servers.x.handle import XSimulator

ACCOUNTS, SERVERS = 50, 30
ON_X = 2
"""So many of the accounts are on X, which is one of the servers."""

FEW = 2
"""What the worker with many is held against: one account on Mastodon, one on X."""

ROUNDS = 3
SLOW_S = 30.0
SLOW = SERVERS // 3
AIM_S, AIM_SHARE = 0.25, 1.5
"""Beyond the time of a bare client, or of quick servers alone; and what an account costs among many, by among few."""

IDLE_S = 10.0
LEAD_S = 3.0
"""How long before they are due the posts of a round are queued."""

MOST_MB_EACH, MOST_THREADS_EACH = 1.5, 15
_MANY = [[100_000, 900]]
KEYS = ("api_key", "api_secret", "access_token", "access_token_secret")

_BOT = """\
[campaign]
name = "Fifty accounts"
day_of_action = {day}
timezone = "UTC"
languages = ["en"]
hashtags = ["FreeBelarusUnionists", "SolidarityWithBelarusTradeUnionists", "SupportBelarusWorkersRights"]

[reconcile]
every = "0s"

"""
_ACCOUNT = '[accounts.{name}]\nplatform = "{platform}"\napi_base_url = "{url}"\n{more}\n'


@dataclass(frozen=True)
class Member:
    """An account of ours; `secrets` are what `bot login` keeps of it, `who` is its name or number in the ledger."""

    name: str
    server: MastodonServer | XSimulator
    who: str
    handle: str
    secrets: dict[str, str]

    def accepted(self) -> dict[str, float]:
        """When each of its texts was accepted (Unix seconds). Raise Broken: one was so twice."""
        if isinstance(self.server, MastodonServer):
            found = [one for one in self.server.ledger().statuses if one["account"] == self.who]
        else:
            found = [one for one in self.server.ledger()["posts"] if one["user"] == self.who]
        walls = {str(one["text"]): float(one["wall"]) for one in found}
        if len(walls) != len(found):
            raise Broken(f"{len(found) - len(walls)} posts of {self.name} went out twice")
        return walls

    def ready(self, texts: Sequence[str]) -> list[bare.Ready]:
        """Return its posts as requests that only have to be sent."""
        if isinstance(self.server, MastodonServer):
            return bare.to_mastodon(self.secrets["access_token"], texts)
        return bare.to_x(self.server.url, [self.secrets[key] for key in KEYS], texts)


@dataclass(frozen=True)
class Group:
    """A campaign of some accounts, and where its store is."""

    members: tuple[Member, ...]
    config: Path
    url: str
    environment: dict[str, str]

    def post(self, name: str, each: int = 1) -> tuple[dict[str, list[str]], float]:
        """Queue so many posts on each account; return their texts, and the second in which all are due (Unix)."""
        texts = {one.name: [f"{name}, {one.name}, {number}" for number in range(each)] for one in self.members}
        due = float(math.ceil(time.time() + LEAD_S))
        queue.put(self.url, self.config, texts, datetime.fromtimestamp(due, UTC))
        assert time.time() < due - 1.0, "queueing the posts took too long for this round to mean anything"
        return texts, due

    def waits(self, texts: dict[str, list[str]], start: float, members: Sequence[Member]) -> list[float]:
        """Return how long after `start` each post of these members was accepted (seconds)."""
        time.sleep(max(0.0, start + 2.0 - time.time()))
        found: dict[str, float] = {}

        def all_out() -> bool:
            for member in members:
                if any(text not in found for text in texts[member.name]):
                    found.update(member.accepted())
            return all(text in found for member in members for text in texts[member.name])

        wait_for(all_out, "the posts of all accounts")
        return [found[text] - start for member in members for text in texts[member.name]]


def measured(x: XSimulator, folder: Path) -> Iterator[Figure]:
    """Servers of its own, for as long as it takes, beside the simulator of X."""
    x.settings(limits={"create": _MANY, "create+repost": _MANY, "timeline": _MANY})
    with ExitStack() as running:
        servers = [MastodonServer().start() for _ in range(SERVERS - 1)]
        for server in servers:
            running.callback(server.stop)
            server.settings(rate_limit=100_000)
        for kind in stores.BOTH:
            yield from _on(kind, servers, x, folder / f"accounts-{kind}")


def _on(kind: str, servers: Sequence[MastodonServer], x: XSimulator, folder: Path) -> Iterator[Figure]:
    many = _group(kind, _members(kind, servers, x, ACCOUNTS), folder / "many")
    few = _group(kind, _members(f"{kind} few", servers, x, FEW), folder / "few")
    with RunningWorker(few.config, few.environment) as worker:
        _warm_up(few)
        usual = _weight(worker)
        of_few = [second for number in range(ROUNDS) for second in _round(few, f"{number}", ACCOUNTS // FEW)]
    with RunningWorker(many.config, many.environment) as worker:
        _warm_up(many)
        weight = _weight(worker)
        yield from _weight_figures(kind, weight, usual)
        ours, bares, taken, bare_taken = [], [], [], []
        for number in range(ROUNDS):
            before = _beyond_idle(worker, weight)
            ours.append(_round(many, f"{number}"))
            taken.append(_beyond_idle(worker, weight) - before)
            waits, seconds = _bare_round(many, f"bare {number}")
            bares.append(waits)
            bare_taken.append(seconds)
        yield _door_figure(kind, ours, bares, spread(of_few))
        least, bare_least = (f"{ms(min(seconds))} ms" for seconds in (taken, bare_taken))
        yield Figure("  processor of one such second", least, "", f"{bare_least} bare client")
        quick = [one for one in many.members if one.server not in servers[:SLOW]]
        usual_quick = [_of(many, quick, seconds) for seconds in ours]
        yield from _slow_figures(kind, worker, many, quick, servers[:SLOW], usual_quick)


def _members(name: str, servers: Sequence[MastodonServer], x: XSimulator, count: int) -> tuple[Member, ...]:
    """Accounts with names of their own, spread over the servers evenly; the last ones are on X."""
    plain, found = name.lower().replace(" ", ""), []
    on_x = min(ON_X, count // 2)
    for number in range(count - on_x):
        server = servers[number % len(servers)]
        account = server.add_account(f"{plain}{number}", bot=True)
        handle = f"@{account.username}@{server.url.removeprefix('http://')}"
        secrets = {"access_token": account.access_token}
        found.append(Member(f"m{number}", server, account.username, handle, secrets))
    for number in range(on_x):
        user = x.add_user(f"{plain}{number}", credits=1000.0)
        secrets = {name: getattr(user, name) for name in KEYS}
        found.append(Member(f"x{number}", x, user.id, f"@{user.username}", secrets))
    return tuple(found)


def _group(kind: str, members: tuple[Member, ...], folder: Path) -> Group:
    """Write the campaign of these accounts, each logged in as `bot login` does it."""
    for name in ("messages", "schedules"):
        (folder / name).mkdir(parents=True)
    tables = (
        _ACCOUNT.format(name=one.name, platform="mastodon", url=one.server.url, more="")
        if isinstance(one.server, MastodonServer)
        else _ACCOUNT.format(name=one.name, platform="x", url=one.server.url, more="budget_usd_per_day = 1000.0\n")
        for one in members
    )
    day = (datetime.now(UTC) + timedelta(days=200)).date()
    config = folder / "bot.toml"
    config.write_text(_BOT.format(day=day) + "\n".join(tables))
    rested(folder)
    home = {"XDG_CONFIG_HOME": str(folder / "home")}
    campaign = configuration.read(config)
    with patch.dict(os.environ, home):
        for one in members:
            keep_login(campaign, campaign.accounts[one.name], config, one.handle, one.secrets)
    url = sqlite_url(folder / "var" / "groundswell.db") if kind == stores.SQLITE else stores.new(kind, folder)
    database = {} if kind == stores.SQLITE else {"DATABASE_URL": url}
    return Group(members, config, url, home | database)


def _warm_up(group: Group) -> None:
    """Have each account post once, and its sources read and streams opened meanwhile."""
    texts, due = group.post("The first")
    group.waits(texts, due, group.members)
    time.sleep(IDLE_S)


def _round(group: Group, name: str, each: int = 1) -> list[float]:
    texts, due = group.post(f"Worker, round {name}", each)
    return group.waits(texts, due, group.members)


def _bare_round(group: Group, name: str) -> tuple[list[float], float]:
    """Return what `_round` does, and how many seconds of processor the client took: this process, while it sends."""
    texts = {one.name: [f"{name}, {one.name}"] for one in group.members}
    start = time.time() + 1.0
    lanes = [
        threading.Thread(target=bare.send, args=(one.server.url, one.ready(texts[one.name]), start))
        for one in group.members
    ]
    before = time.process_time()
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()
    taken = time.process_time() - before
    return group.waits(texts, start, group.members), taken


@dataclass(frozen=True)
class Weight:
    """What a worker takes while nothing is due: MB now and at most, threads, and seconds of the processor in one."""

    now: float
    most: float
    threads: int
    idle: float


def _weight(worker: RunningWorker) -> Weight:
    before = worker.processor()
    time.sleep(IDLE_S)
    return Weight(*worker.memory(), worker.threads(), (worker.processor() - before) / IDLE_S)


def _beyond_idle(worker: RunningWorker, weight: Weight) -> float:
    """Seconds of processor that it has taken, but for what goes by while nothing is due; of use as a difference."""
    return worker.processor() - weight.idle * time.monotonic()


def _weight_figures(kind: str, many: Weight, few: Weight) -> Iterator[Figure]:
    more = ACCOUNTS - FEW
    of_few, name = f"with {FEW} accounts", f"{ACCOUNTS} accounts on {SERVERS} servers, {kind}"
    mb, threads = (many.most - few.most) / more, (many.threads - few.threads) / more
    yield Figure(
        f"{name}: resident / most ever",
        f"{many.now:.0f} / {many.most:.0f} MB, {mb:.2f} MB an account more",
        f"< {MOST_MB_EACH:.1f} MB",
        f"{few.now:.0f} / {few.most:.0f} MB {of_few}",
        mb < MOST_MB_EACH,
    )
    yield Figure(
        "  threads",
        f"{many.threads}, {threads:.1f} an account more",
        f"< {MOST_THREADS_EACH}",
        f"{few.threads} {of_few}",
        threads < MOST_THREADS_EACH,
    )
    each, usual = many.idle / ACCOUNTS, few.idle / FEW
    yield Figure(
        "  a second in which nothing is due",
        f"{ms(many.idle)} ms of a core, {ms(each)} an account ({each / usual:.2f}x)",
        f"< {AIM_SHARE}x",
        f"{ms(few.idle)} ms {of_few}, {ms(usual)} each",
        each < AIM_SHARE * usual,
    )


def _door_figure(kind: str, ours: list[list[float]], bares: list[list[float]], few: Spread) -> Figure:
    """The round in the middle is judged: on a shared machine the worst one tells of the others at work on it."""
    middle, limit = _middle(ours), _middle(bares)
    beyond = middle.p99 - limit.p99
    return Figure(
        f"due to door, {ACCOUNTS} accounts at once, {kind} (p50/p99/last)",
        f"{middle}, {ms(beyond)} ms beyond the servers' own",
        "p99 < 250 ms",
        f"{limit} bare client; {few} with {FEW} accounts, {ACCOUNTS // FEW} each",
        beyond < AIM_S,
    )


def _middle(rounds: Sequence[Sequence[float]]) -> Spread:
    return sorted((spread(one) for one in rounds), key=lambda one: one.p99)[len(rounds) // 2]


def _of(group: Group, members: Sequence[Member], seconds: Sequence[float]) -> list[float]:
    """Of a round with one post each, what these members took."""
    return [second for one, second in zip(group.members, seconds, strict=True) if one in members]


def _slow_figures(
    kind: str,
    worker: RunningWorker,
    group: Group,
    quick: Sequence[Member],
    slow: Sequence[MastodonServer],
    usual: list[list[float]],
) -> Iterator[Figure]:
    """Posts beside servers that take their time, the later ones while earlier ones still wait there for an answer.
    In the end every post is out once."""
    for server in slow:
        server.fault("delay", seconds=SLOW_S)
    due: list[tuple[dict[str, list[str]], float]] = []
    rounds = []
    for number in range(ROUNDS):
        due.append(group.post(f"Beside slow servers {number}"))
        rounds.append(group.waits(*due[-1], quick))
    threads = worker.threads()
    middle, limit = _middle(rounds), _middle(usual)
    beyond = middle.p99 - limit.p99
    yield Figure(
        f"  {len(slow)} of the servers take {SLOW_S:.0f} s: posts on the others, {kind}",
        f"{middle}, {threads} threads",
        f"p99 < {AIM_S * 1000:.0f} ms more",
        f"{limit} while all are quick",
        beyond < AIM_S,
    )
    begin = time.monotonic()
    for server in slow:
        server.clear_faults()
    for texts, start in due:
        group.waits(texts, start, group.members)
    yield Figure("  the others' posts are out", f"{time.monotonic() - begin:.0f} s after they answer again")
