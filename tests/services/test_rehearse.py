"""The story test: the whole shipped campaign, at full speed, judged by what the embedded networks accepted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from bot.domain.campaign import Config
from bot.domain.delivery import Delivery, Kind, State
from bot.domain.money import micro
from bot.domain.pace import is_quiet
from bot.domain.sighting import Sighting, SightingState
from bot.platforms.rehearsal import script
from bot.platforms.rehearsal.arrival import Role
from bot.platforms.rehearsal.ledger import Billed, Deleted, Posted, Reshared, Unreshared
from bot.platforms.rehearsal.network import Network
from bot.services.files import read_files
from bot.services.rehearse import Rehearsal, rehearsing
from bot.services.rehearse_moderator import NAME
from bot.services.rehearse_result import result
from bot.services.rehearse_story import Moment, What
from bot.services.report import delivery_json, sighting_json
from tests.campaign_folder import Folder, sound

ROOT = Path(__file__).parents[2]
NEVER_RESHARED = frozenset(
    {
        Role.IMAGE,
        Role.TEXT,
        Role.SPAM,
        Role.DELETED,
        Role.EDITED,
        Role.OPTED_OUT,
        Role.LOCKED,
        Role.UNLISTED,
        Role.SENSITIVE,
        Role.OURS,
        Role.TRUSTED,
        Role.CARE,
    }
)
"""The shipped campaign trusts nobody beforehand, and its moderator leaves those alone who need care."""


@dataclass(frozen=True)
class Played:
    """A rehearsal that is over."""

    rehearsal: Rehearsal
    deliveries: list[Delivery]
    sightings: list[Sighting]
    moments: list[Moment]

    @property
    def config(self) -> Config:
        return self.rehearsal.work.config

    def network(self, account: str) -> Network:
        return self.rehearsal.networks[self.config.accounts[account].platform]

    def handle(self, account: str) -> str:
        return self.rehearsal.work.own_handles[account]

    def of(self, kind: Kind, account: str) -> list[Delivery]:
        return [one for one in self.deliveries if one.kind is kind and one.account == account]

    def reshared(self, account: str) -> list[tuple[Reshared, Posted]]:
        """Each accepted reshare with the post that it shares, as that was when it was accepted."""
        posts: dict[int, Posted] = {}
        found = []
        for entry in self.network(account).ledger:
            if isinstance(entry, Posted):
                posts[entry.post_id] = entry
            if isinstance(entry, Reshared) and entry.handle == self.handle(account):
                found.append((entry, posts[entry.of]))
        return found


def play(folder: Path, moments: list[Moment]) -> Iterator[Played]:
    files = read_files(folder / "bot.toml")
    assert not files.errors
    with rehearsing(files.config, files.library, folder, moments.append) as rehearsal:
        while (at := rehearsal.next_at()) is not None:
            rehearsal.step(at)
        yield Played(rehearsal, *rehearsal.ledger(), moments)


@pytest.fixture(scope="module")
def played() -> Iterator[Played]:
    yield from play(ROOT, [])


ACCOUNTS = pytest.mark.parametrize("account", ["mastodon", "x"])


def test_every_post_of_the_shipped_campaign_goes_out(played: Played) -> None:
    posts = [one for one in played.deliveries if one.kind is Kind.POST]
    assert len(posts) > 300
    assert Counter(one.state for one in posts) == {State.SENT: len(posts)}
    assert all(
        one.expires_at is not None and one.sent_at is not None and one.sent_at <= one.expires_at for one in posts
    )
    assert {one.state for one in played.deliveries} <= {State.SENT, State.CANCELLED}


@ACCOUNTS
def test_the_network_accepted_each_post_exactly_once(played: Played, account: str) -> None:
    own = [
        entry
        for entry in played.network(account).ledger
        if isinstance(entry, Posted) and entry.handle == played.handle(account) and entry.idempotency_key
    ]
    parts = [part.post_id for one in played.of(Kind.POST, account) for part in one.sent_parts]
    assert sorted(str(entry.post_id) for entry in own) == sorted(parts)
    assert max(Counter((entry.text, entry.reply_to) for entry in own if entry.reply_to).values(), default=1) == 1
    assert sum(len(entry.media) for entry in own) == sum(
        len(part.media) for one in played.of(Kind.POST, account) for part in one.content.parts
    )


@ACCOUNTS
def test_the_network_accepted_each_reshare_exactly_once_and_nothing_was_taken_back(
    played: Played, account: str
) -> None:
    accepted = Counter(post.post_id for _, post in played.reshared(account))
    sent = [one for one in played.of(Kind.RESHARE, account) if one.state is State.SENT]
    assert set(accepted.values()) == {1}
    assert len(accepted) == len(sent) > 20
    assert not any(isinstance(entry, Unreshared) for entry in played.network(account).ledger)


@ACCOUNTS
def test_nothing_is_reshared_without_a_yes(played: Played, account: str) -> None:
    approved = {one.id: one for one in played.sightings if one.decided_by == NAME}
    for one in played.of(Kind.RESHARE, account):
        assert one.sighting_id in approved
        if one.state is State.SENT:
            assert approved[one.sighting_id].state is SightingState.RESHARED


@ACCOUNTS
def test_whoever_must_not_be_reshared_never_is(played: Played, account: str) -> None:
    campaign = played.config.campaign
    arrivals = script.arrivals(campaign.hashtags, campaign.day_of_action, campaign.timezone)
    roles = {(one.at, one.handle): one.role for one in arrivals}
    found = [roles[post.at, post.handle] for _, post in played.reshared(account)]
    assert not NEVER_RESHARED.intersection(found)


def test_what_was_deleted_or_edited_after_it_was_seen_is_called_off(played: Played) -> None:
    told = Counter(moment.why for moment in played.moments if moment.what is What.CALLED_OFF)
    assert told == {"deleted or hidden by its author": 3, "edited since it was approved": 3}
    assert (
        sum(isinstance(entry, Deleted) for network in played.rehearsal.networks.values() for entry in network.ledger)
        == 3
    )


@ACCOUNTS
def test_reshares_keep_their_pace(played: Played, account: str) -> None:
    rules, zone = played.config.pace, played.config.campaign.timezone
    out = [(entry.at, post.handle) for entry, post in played.reshared(account)]
    times = [at for at, _ in out]
    assert all(later - earlier >= rules.min_gap for earlier, later in pairwise(times))
    assert max(sum(start <= at < start + timedelta(hours=1) for at in times) for start in times) <= rules.per_hour
    assert rules.quiet_hours is not None
    assert not any(is_quiet(at, rules.quiet_hours, zone) for at in times)
    for handle in {handle for _, handle in out}:
        own = [at for at, who in out if who == handle]
        assert all(later - earlier >= rules.same_author_gap for earlier, later in pairwise(own))


def test_the_live_broadcast_goes_out_once_its_address_is_known(played: Played) -> None:
    live = [one for one in played.deliveries if one.message == "live-broadcast"]
    (filled_in,) = [moment for moment in played.moments if moment.what is What.FILLED_IN]
    assert len(live) == 12
    assert all(one.state is State.SENT and filled_in.url in one.content.text for one in live)
    assert all(one.sent_at == one.due_at for one in live)
    assert filled_in.at < min(one.due_at for one in live)


def test_troubles_are_settled_and_none_is_left_open(played: Played) -> None:
    happened = played.rehearsal.tally
    assert happened[What.UNKNOWN] == happened[What.FOUND] + happened[What.ABSENT]
    assert min(happened[What.FOUND], happened[What.ABSENT], happened[What.PUT_OFF], happened[What.UNREAD]) > 0
    assert not happened[What.MISSED] + happened[What.ASKED] + happened[What.TURNED_DOWN]
    found = result(played.rehearsal)
    assert not found.unsent
    assert not found.undecided


def test_money_stays_within_the_budget_and_mastodon_costs_nothing(played: Played) -> None:
    days: Counter[date] = Counter()
    for entry in played.network("x").ledger:
        if isinstance(entry, (Posted, Reshared, Billed)):
            days[entry.at.astimezone(UTC).date()] += entry.cost
    budget = played.config.accounts["x"].budget_usd_per_day
    assert budget is not None
    assert 0 < max(days.values()) <= micro(budget)
    (bill,) = result(played.rehearsal).bills
    assert bill.account == "x"
    assert days.total() <= bill.total
    assert bill.dearest <= micro(budget)


def test_the_ledger_is_told_as_scripts_know_it(played: Played) -> None:
    told = [delivery_json(one) for one in played.deliveries]
    assert {one["kind"] for one in told} == {"post", "reshare"}
    assert all(one["url"].startswith("https://") for one in told if one["state"] == "sent")
    seen = [sighting_json(one) for one in played.sightings]
    assert len({one["uri"] for one in seen}) == len(seen)
    assert {one["state"] for one in seen} == {"held", "rejected", "reshared", "gone"}


def test_it_begins_before_the_first_post_and_ends_after_the_last(played: Played) -> None:
    due = [one.due_at for one in played.deliveries if one.kind is Kind.POST]
    assert played.rehearsal.begins < min(due)
    assert played.rehearsal.now >= max(due)
    times = [moment.at for moment in played.moments]
    assert times == sorted(times)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return sound(tmp_path)


def test_any_campaign_can_be_rehearsed_in_any_zone(folder: Folder) -> None:
    folder.change("bot.toml", "2025-04-16", "2031-10-07").change("bot.toml", "Europe/Berlin", "Pacific/Auckland")
    folder.write("bot.toml", folder.bot.read_text() + '\n[accounts.stage]\nplatform = "rehearsal"\n')
    (played,) = play(folder.root, [])
    posts = [one for one in played.deliveries if one.kind is Kind.POST]
    assert Counter((one.account, one.state) for one in posts) == {
        ("mastodon", State.SENT): 2,
        ("x", State.SENT): 2,
        ("stage", State.SENT): 2,
    }
    assert posts[0].due_at == datetime(2031, 9, 29, 20, 30, tzinfo=UTC)
    assert not (folder.root / "var").exists()


def test_a_campaign_without_a_post_is_over_with_its_sightings(folder: Folder) -> None:
    folder.write("schedules/run-up.toml", "")
    (played,) = play(folder.root, [])
    assert all(one.kind is Kind.RESHARE for one in played.deliveries)
    assert played.sightings


def test_without_money_x_rests_and_the_others_go_on(folder: Folder) -> None:
    folder.change("bot.toml", 'platform = "x"', 'platform = "x"\nbudget_usd_per_day = 0.01')
    for played in play(folder.root, []):
        states = Counter((one.account, one.state) for one in played.deliveries if one.kind is Kind.POST)
        assert states == {("mastodon", State.SENT): 2, ("x", State.MISSED): 2}
        assert {one.account for one in result(played.rehearsal).unsent} == {"x"}
