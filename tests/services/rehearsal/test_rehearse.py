"""The story test: the whole shipped campaign, at full speed, judged by what the embedded networks accepted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from bot.cli.documents import delivery_json, sighting_json
from bot.cli.rehearse.summary import print_summary
from bot.cli.words.rehearsal import why_text
from bot.domain.campaign import Config
from bot.domain.delivery import Delivery, Kind, State
from bot.domain.money import micro
from bot.domain.post import MediaKind
from bot.domain.reshare_queue import Pace, is_quiet
from bot.domain.sighting import Sighting, SightingState
from bot.platforms.rehearsal import script
from bot.platforms.rehearsal.network import Network
from bot.platforms.rehearsal.script import Arrival, CastRole
from bot.platforms.rehearsal.state import Billed, Deleted, Edited, Posted, Reshared
from bot.services.campaign_files import read_files
from bot.services.rehearsal.actors import NAME
from bot.services.rehearsal.rehearse import Rehearsal, rehearsing, result
from bot.services.rehearsal.story import ASKED_FOR_IT, Moment, What
from bot.store import control, sightings
from tests.harness.campaign_folder import CampaignFolder, sound
from tests.harness.words import worded

ROOT = Path(__file__).parents[3]
NEVER_RESHARED = frozenset(
    {
        CastRole.IMAGE,
        CastRole.TEXT,
        CastRole.SPAM,
        CastRole.DELETED,
        CastRole.EDITED,
        CastRole.OPTED_OUT,
        CastRole.LOCKED,
        CastRole.UNLISTED,
        CastRole.SENSITIVE,
        CastRole.OURS,
        CastRole.TRUSTED,
        CastRole.CARE,
        CastRole.HIJACK,
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
        return self.rehearsal.work.memory.handles[account]

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
    assert len(posts) > 140
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
def test_the_network_accepted_each_reshare_exactly_once_and_all_that_was_taken_back(
    played: Played, account: str
) -> None:
    accepted = Counter(post.post_id for _, post in played.reshared(account))
    made = played.of(Kind.RESHARE, account)
    sent = [one for one in made if one.state is State.SENT]
    back = [one for one in made if one.undone_at is not None]
    assert set(accepted.values()) == {1}
    assert len(accepted) - len(back) == len(sent) > 20
    assert all(one.state is State.CANCELLED for one in back)
    with played.network(account).reading() as memory:
        standing = [post_id for post_id in accepted if memory.reshare_by(played.handle(account), post_id)]
    assert len(standing) == len(sent)


@ACCOUNTS
def test_nothing_is_reshared_without_a_yes(played: Played, account: str) -> None:
    """Of whom we forgot nobody can tell any more who said yes."""
    approved = {one.id: one for one in played.sightings if one.decided_by == NAME}
    for one in played.of(Kind.RESHARE, account):
        if one.sighting_id is None:
            assert one.undone_at is not None
        else:
            assert one.sighting_id in approved
        if one.state is State.SENT:
            assert approved[one.sighting_id or 0].state is SightingState.RESHARED


def script_of(played: Played) -> tuple[Arrival, ...]:
    campaign = played.config.campaign
    return script.arrivals(campaign.hashtags, campaign.day_of_action, campaign.timezone)


@ACCOUNTS
def test_whoever_must_not_be_reshared_never_is(played: Played, account: str) -> None:
    roles = {(one.at, one.handle): one.role for one in script_of(played)}
    found = [roles[post.at, post.handle] for _, post in played.reshared(account)]
    assert not NEVER_RESHARED.intersection(found)


def test_what_was_deleted_or_edited_after_it_was_seen_is_called_off(played: Played) -> None:
    told = Counter(worded(moment.why) for moment in played.moments if moment.what is What.CALLED_OFF)
    assert told == {"deleted or hidden by its author": 3, "edited since it was approved": 3}


def test_a_reshare_is_taken_back_within_minutes_of_what_its_author_does(played: Played) -> None:
    back = {moment.why: moment.at for moment in played.moments if moment.what is What.TAKEN_BACK}
    (removed,) = [entry.at for entry in played.network("mastodon").ledger if isinstance(entry, Deleted)][-1:]
    (changed,) = [entry.at for entry in played.network("mastodon").ledger if isinstance(entry, Edited)][-1:]
    (asked,) = [at for at, text in said_to_us(played) if "Please remove it." in text]
    recheck, read = played.config.recheck.on_the_day + timedelta(minutes=3), played.config.monitor.poll_max
    assert len(back) == played.rehearsal.tally[What.TAKEN_BACK] == 3
    assert removed < back["deleted or hidden by its author"] <= removed + recheck
    assert changed < back["edited since it was approved"] <= changed + recheck
    assert asked < back[ASKED_FOR_IT] <= asked + read


def said_to_us(played: Played) -> list[tuple[datetime, str]]:
    posts = (entry for entry in played.network("mastodon").ledger if isinstance(entry, Posted))
    return [(one.at, one.text) for one in posts if played.handle("mastodon") in one.text]


def test_who_asked_for_it_is_forgotten(played: Played) -> None:
    (gone,) = [arrival.handle for arrival in script_of(played) if arrival.role is CastRole.WITHDRAWN]
    assert not any(one.post.author.handle == gone for one in played.sightings)
    assert not any(gone.strip("@").partition("@")[0] in one.post_uri + one.url for one in played.deliveries)
    assert any(moment.subject == gone and moment.what is What.RESHARED for moment in played.moments)
    after = [moment for moment in played.moments if moment.why == ASKED_FOR_IT]
    assert [(moment.subject, moment.url) for moment in after] == [("a post", "")]


def test_one_text_from_many_accounts_raises_the_alarm_once_until_a_person_has_looked(played: Played) -> None:
    told = [moment for moment in played.moments if moment.what in {What.ALARM, What.GOES_ON}]
    assert [moment.what for moment in told] == [What.ALARM, What.GOES_ON]
    assert why_text(told[0]).startswith("one text from 5 accounts within 1 hour")
    with played.rehearsal.work.store.read() as tx:
        assert control.automatic_approval(tx).is_on


def test_a_video_on_both_networks_is_shown_together_and_reshared_once(played: Played) -> None:
    handles = {arrival.handle for arrival in script_of(played) if arrival.role is CastRole.AGAIN}
    first, second = sorted((one for one in played.sightings if one.post.author.handle in handles), key=lambda s: s.id)
    assert {first.post.platform, second.post.platform} == {"mastodon", "x"}
    assert second.same_as == first.id
    assert [first.state, second.state] == [SightingState.RESHARED, SightingState.HELD]


def test_a_link_to_a_video_is_one(played: Played) -> None:
    (handle,) = {arrival.handle for arrival in script_of(played) if arrival.role is CastRole.LINK}
    (seen,) = [one for one in played.sightings if one.post.author.handle == handle]
    assert seen.post.kinds == (MediaKind.VIDEO_LINK,)
    assert seen.state is SightingState.RESHARED


def test_the_ledger_keeps_what_the_store_lets_go_of(played: Played) -> None:
    with played.rehearsal.work.store.read() as tx:
        stored = sightings.listed(tx)
    kept = played.rehearsal.now - played.config.retention.undecided - timedelta(days=1)
    assert all(one.seen_at > kept for one in stored)
    assert len(stored) < len(played.sightings)
    assert min(one.seen_at for one in played.sightings) < kept
    assert all(one.post_uri.startswith("https://") for one in played.deliveries if one.sighting_id is not None)


@ACCOUNTS
def test_reshares_keep_their_pace(played: Played, account: str) -> None:
    """On the day of action itself those of the burst."""
    campaign = played.config.campaign
    pace = Pace(played.config.pace, campaign.timezone, campaign.day_of_action)
    out = [(entry.at, post.handle) for entry, post in played.reshared(account)]
    for place, (at, who) in enumerate(out):
        rules, before = pace.rules_at(at), out[:place]
        assert not before or at - before[-1][0] >= rules.min_gap
        assert sum(at - earlier < timedelta(hours=1) for earlier, _ in before) < rules.per_hour
        assert all(at - earlier >= rules.same_author_gap for earlier, other in before if other == who)
        assert rules.quiet_hours is not None
        assert not is_quiet(at, rules.quiet_hours, pace.zone)


def test_the_live_broadcast_goes_out_once_its_address_is_known(played: Played) -> None:
    live = [one for one in played.deliveries if one.message == "live-broadcast"]
    filled_in = {moment.subject: moment for moment in played.moments if moment.what is What.FILLED_IN}["live"]
    assert len(live) == 3
    assert all(one.state is State.SENT and filled_in.url in one.content.text for one in live)
    assert all(one.sent_at == one.due_at for one in live)
    assert filled_in.at < min(one.due_at for one in live)


def test_what_the_rehearsal_made_up_is_told_at_its_end(played: Played, capsys: pytest.CaptureFixture[str]) -> None:
    found = result(played.rehearsal)
    filled_in = [moment.subject for moment in played.moments if moment.what is What.FILLED_IN]
    assert [one.link for one in found.unconfirmed] == filled_in == ["register", "street", "live"]
    for one in found.unconfirmed:
        waited = [post for post in played.deliveries if f"https://example.org/{one.link}" in post.content.text]
        assert (len(waited), min(post.due_at for post in waited)) == (one.posts, one.first_at)
    assert [fact.name for fact in found.outdated] == ["online-meeting", "street-action", "live-broadcast"]
    print_summary(Console(width=200), played.rehearsal, found, seconds=9, interrupted=False)
    told = capsys.readouterr().out
    assert "A person has to confirm before going live:\n  - register in [links] of bot.toml: " in told
    assert "\n  - live-broadcast in facts.toml, good until 2024-04-19: The street action is broadcast live.\n" in told


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


@pytest.mark.parametrize("width", [40, 80])
def test_the_summary_says_what_was_taken_back_and_why(
    played: Played, width: int, capsys: pytest.CaptureFixture[str]
) -> None:
    print_summary(Console(width=width), played.rehearsal, result(played.rehearsal), seconds=9, interrupted=False)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= width
    told = " ".join(" ".join(lines).split())
    assert "taken back again 3 1 × its author asked for it 1 × deleted or hidden by its author 1 × edited" in told
    assert "forgotten 1 who asked for it" in told
    assert "Alarms 1 one text from 5 accounts" in told


def test_it_begins_before_the_first_post_and_ends_after_the_last(played: Played) -> None:
    due = [one.due_at for one in played.deliveries if one.kind is Kind.POST]
    assert played.rehearsal.begins < min(due)
    assert played.rehearsal.now >= max(due)
    times = [moment.at for moment in played.moments]
    assert times == sorted(times)


@pytest.fixture
def folder(tmp_path: Path) -> CampaignFolder:
    return sound(tmp_path)


@pytest.mark.long
def test_any_campaign_can_be_rehearsed_in_any_zone_and_without_money_x_rests_while_the_others_go_on(
    folder: CampaignFolder,
) -> None:
    folder.change("bot.toml", "2025-04-16", "2031-10-07").change("bot.toml", "Europe/Berlin", "Pacific/Auckland")
    folder.change("bot.toml", 'platform = "x"', 'platform = "x"\nbudget_usd_per_day = 0.01')
    folder.write("bot.toml", folder.bot.read_text() + '\n[accounts.stage]\nplatform = "rehearsal"\n')
    for played in play(folder.root, []):
        posts = [one for one in played.deliveries if one.kind is Kind.POST]
        assert Counter((one.account, one.state) for one in posts) == {
            ("mastodon", State.SENT): 2,
            ("x", State.MISSED): 2,
            ("stage", State.SENT): 2,
        }
        assert posts[0].due_at == datetime(2031, 9, 29, 20, 30, tzinfo=UTC)
        assert {one.account for one in result(played.rehearsal).unsent} == {"x"}
    assert not (folder.root / "var").exists()


@pytest.mark.long
def test_a_campaign_without_a_post_is_over_with_its_sightings(folder: CampaignFolder) -> None:
    folder.write("schedules/run-up.toml", "")
    (played,) = play(folder.root, [])
    assert all(one.kind is Kind.RESHARE for one in played.deliveries)
    assert played.sightings
