"""From a post that is visible to our reshare of it at the server's door, by stream and without one."""

from __future__ import annotations

import hashlib
import statistics
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from bot.store import sightings
from bot.store.store import Store, sqlite_url
from tests.bench import stores
from tests.bench.door import wait_for
from tests.bench.figures import Figure, ms, spread
from tests.bench.servers import Campaign, settled
from tests.bench.worker import RunningWorker
from tests.harness import begun_campaign
from tests.harness.campaign_folder import rested
from tests.harness.live_campaign import NO_CARE
from tests.servers.mastodon.handle import MastodonServer
from tests.servers.mastodon.records import MastodonAccount, MastodonPost
from tests.servers.x.handle import XSimulator

STREAM_AIM_S = 2.0
POLLED_EVERY_S = 5
ROUNDS = 8
_APART_S = 1.7
"""No divisor of the polling interval: each post becomes visible so much later in it than the one before."""

_PACE = """\
min_gap      = "10m"
per_day      = 40
quiet_hours  = "22:00-07:00"          # nothing is reshared at night"""
_NO_PACE = 'min_gap = "0s"\nper_hour = 1000\nper_day = 1000\nsame_author_gap = "0s"'


@dataclass(frozen=True)
class Manner:
    """How posts are found: `every` is the polling interval, `aim` how soon they are to be reshared, in seconds."""

    name: str
    streams: bool
    every: str
    aim: float


BY_STREAM = Manner("by stream", streams=True, every="10m", aim=STREAM_AIM_S)
BY_POLLING = Manner(f"polled every {POLLED_EVERY_S} s", streams=False, every=f"{POLLED_EVERY_S}s", aim=POLLED_EVERY_S)


@dataclass(frozen=True)
class Trip:
    """Seconds from visible to stored, and from visible to the door."""

    stored: float
    reshared: float


def measured(kind: str, mastodon: MastodonServer, x: XSimulator, folder: Path) -> list[Figure]:
    """Both manners on a store of this kind, and what the four requests of it take a client that does nothing else."""
    figures = []
    for manner in (BY_STREAM, BY_POLLING):
        campaign, author = _campaign(kind, mastodon, x, folder, manner)
        with RunningWorker(campaign.config, campaign.environment):
            _wait_until_it_listens(mastodon, campaign, manner)
            trips = [_trip(mastodon, campaign, author, number) for number in range(ROUNDS)]
        figures.append(_figure(manner, kind, trips, _bare(mastodon, author)))
    return figures


def _campaign(
    kind: str, mastodon: MastodonServer, x: XSimulator, folder: Path, manner: Manner
) -> tuple[Campaign, MastodonAccount]:
    servers = settled(mastodon, x)
    own = folder / f"reach-{servers.account.username}"
    author = mastodon.add_account(f"author{servers.account.username}", discoverable=True, indexable=True)
    (own / "messages" / "later").mkdir(parents=True)
    (own / "messages" / "later" / "en.md").write_text("Much later.\n")
    (own / "schedules").mkdir()
    day = (datetime.now(UTC) + timedelta(days=100)).date()
    (own / "schedules" / "run-up.toml").write_text('[[post]]\nmessage = "later"\ndays = ["T"]\nat = 12:00:00\n')
    host, streams = mastodon.url.removeprefix("http://"), str(manner.streams).lower()
    config = own / "bot.toml"
    polling = f'streams = {streams}\npoll_min = "{manner.every}"\npoll_max = "{manner.every}"\n\n[moderation] '
    changes = (("[moderation] ", polling), ("trusted = []", f'trusted = ["@{author.acct}@{host}"]'), (_PACE, _NO_PACE))
    tag = f"SeenBy{servers.account.username}"
    config.write_text(f"{begun_campaign.bot_toml(mastodon.url, day, *changes, tag=tag, zone='UTC')}\n{NO_CARE}")
    rested(own)
    if kind == stores.SQLITE:
        return Campaign(servers, kind, config, sqlite_url(own / "var" / "groundswell.db"), servers.environment), author
    url = stores.new(kind, own)
    return Campaign(servers, kind, config, url, servers.environment | {"DATABASE_URL": url}), author


def _wait_until_it_listens(mastodon: MastodonServer, campaign: Campaign, manner: Manner) -> None:
    """Until it has read everything once, and listens if it is to."""
    account = campaign.servers.account.username

    def is_ready() -> bool:
        ledger = mastodon.ledger()
        listened = {one["path"] for one in ledger.streams if one["account"] == account and one["closed"] is None}
        read = {one["path"] for one in ledger.requests if one["account"] == account}
        return len(listened) >= 2 * manner.streams and {f"/api/v1/timelines/tag/{_tag(campaign)}"} <= read

    wait_for(is_ready, "the first reading")


def _tag(campaign: Campaign) -> str:
    """Each campaign's own: what others have posted under it would be theirs too, and look like spam."""
    return f"SeenBy{campaign.servers.account.username}"


def _trip(mastodon: MastodonServer, campaign: Campaign, author: MastodonAccount, number: int) -> Trip:
    time.sleep(1 + number * _APART_S % POLLED_EVERY_S)
    video = {"type": "video", "description": "A video."}
    text = f"{_words(f'{author.username} {number}')} #{_tag(campaign)}"
    post = mastodon.seed_status(author, text, media=[video], language="en")
    visible = time.time()
    wait_for(lambda: _door(mastodon, campaign, post) is not None, "the reshare")
    return Trip(_stored(campaign, post) - visible, (_door(mastodon, campaign, post) or 0.0) - visible)


def _words(seed: str) -> str:
    """A text like no other: those that resemble each other are held, for they may show the same."""
    letters = hashlib.sha256(seed.encode()).hexdigest()
    return " ".join(letters[at : at + 5] for at in range(0, len(letters), 5))


def _door(mastodon: MastodonServer, campaign: Campaign, post: MastodonPost) -> float | None:
    """When our reshare of it was accepted (Unix seconds)."""
    ours = campaign.servers.account.username
    found = (one for one in mastodon.ledger().reblogs if one["account"] == ours and one["status_id"] == post.id)
    return next((float(one["wall"]) for one in found), None)


def _stored(campaign: Campaign, post: MastodonPost) -> float:
    store = Store.open(campaign.url)
    with store.read() as tx:
        (found,) = (one for one in sightings.listed(tx) if one.post.uri == post.uri)
    store.close()
    return found.seen_at.timestamp()


def _bare(mastodon: MastodonServer, author: MastodonAccount) -> float:
    """Seconds for one look at the timeline, the look-up before a reshare, and the reshare; the median."""
    ours = mastodon.add_account(f"bare{time.monotonic_ns()}")
    timings = []
    with httpx.Client(base_url=mastodon.url, headers={"Authorization": f"Bearer {ours.access_token}"}) as client:
        for number in range(ROUNDS):
            post = mastodon.seed_status(author, f"Bare {number} #Elsewhere")
            begin = time.perf_counter()
            client.get("/api/v1/timelines/tag/Elsewhere", params={"limit": "40"})
            client.get("/api/v2/search", params={"q": post.uri, "type": "statuses", "resolve": "true"})
            client.get(f"/api/v1/statuses/{post.id}")
            client.post(f"/api/v1/statuses/{post.id}/reblog").raise_for_status()
            timings.append(time.perf_counter() - begin)
    return statistics.median(timings)


def _figure(manner: Manner, kind: str, trips: list[Trip], bare: float) -> Figure:
    doors = spread([one.reshared for one in trips])
    stored = statistics.median(one.stored for one in trips)
    return Figure(
        f"visible to reshared, {manner.name}, {kind} (p50/p99/last)",
        f"{doors}, stored after {ms(stored)} ms",
        f"p50 < {manner.aim:.0f} s",
        f"{ms(bare)} ms for its four requests alone",
        doors.median < manner.aim,
    )
