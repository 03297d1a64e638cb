"""Random edits of a campaign folder between runs: by the ledgers no words are out more often than the files state."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.content import library
from bot.content.drafts import expand
from bot.domain.campaign import Account, Config
from bot.domain.delivery import Delivery, Draft, Origin, State
from bot.domain.identity import RealAccount
from bot.domain.message import Content, Part
from bot.domain.planning import is_called_off, is_kept_back, same_words
from bot.errors import Refused
from bot.services import decide, identity, plan
from bot.services.protection import withdraw
from tests.desk import ACCOUNTS, Desk

NAMES = ("call", "rally", "petition", "letters", "choir", "banner", "parcel", "embassy")
BODIES = (
    "Free all the jailed trade unionists of Belarus, today and not tomorrow, and let them go home.",
    "{countdown} are left until we stand up together for the right to strike and to organise.",
    "Write a letter to a prisoner: forty addresses, one stamp each, and five minutes of your time.",
    "Dockers, miners and nurses speak on the square at noon; bring a flag of your own union.",
    "On {day_of_action} our delegation hands over nine thousand signatures at the embassy gate.",
)
SIZE = len(BODIES)


@dataclass
class Entry:
    """One `[[post]]`: its message, days from the day of action, hour, and how its days and zone are written."""

    message: str
    days: list[int]
    hour: int
    dated: bool = False
    zone: str = "Europe/Berlin"
    there: bool = True


@dataclass
class Folder:
    """The files of a campaign, as people edit them one by one."""

    root: Path
    texts: dict[str, str] = field(default_factory=dict)
    split: set[str] = field(default_factory=set)
    language: dict[str, str] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    stem: str = "run-up"
    name: str = "The desk"
    day: date = date(2025, 4, 16)
    renamed: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=lambda: {name: name for name in ACCOUNTS})
    """What each account is called in bot.toml now."""

    def edit(self, what: str, one: int, other: int) -> None:
        """Make one edit; one that has no meaning here changes nothing."""
        entry, names = self.entries[one % len(self.entries)], sorted(self.texts)
        name, second = names[one % len(names)], names[other % len(names)]
        match what:
            case "rename message" | "rename message, and the schedule later":
                self._rename(name, NAMES[other % len(NAMES)], now=what == "rename message")
            case "mend the schedule":
                self._mend()
            case "write the day otherwise":
                entry.dated = not entry.dated
            case "write the zone otherwise":
                entry.zone = "Europe/Vienna" if entry.zone == "Europe/Berlin" else "Europe/Berlin"
            case "rename the schedule":
                self.stem = f"plan-{other}"
            case "rename the campaign":
                self.name = f"Day {other}"
            case "rename an account":
                account = ACCOUNTS[one % 2]
                self.accounts[account] = f"{account}-{other}"
            case "words by platform":
                self.split ^= {name}
            case "another language":
                self.language[name] = "de" if self.language.get(name, "en") == "en" else "en"
            case "another order":
                self.entries.reverse()
            case "another time":
                entry.hour = 10 - other % 3
            case "change words slightly":
                words = self.texts[name].split()
                words[other % len(words)] += "s"
                self.texts[name] = " ".join(words)
            case "change words wholly":
                self.texts[name] = f"{BODIES[other % SIZE]} {BODIES[one % SIZE]}"
            case "exchange words":
                self.texts[name], self.texts[second] = self.texts[second], self.texts[name]
            case "copy a message":
                free = NAMES[other % len(NAMES)]
                if free not in self.texts:
                    self.texts[free] = self.texts[name]
                    self.entries.append(Entry(free, [other % 3], 10))
            case "take out or put back":
                entry.there = not entry.there
            case "add a day":
                entry.days = sorted({*entry.days, other % 6 - 1})
            case "take a day out":
                entry.days = entry.days[1:] or entry.days
            case "move a day":
                entry.days = sorted({*entry.days[1:], other % 6 - 1})
            case "move the day of action":
                self.day += timedelta(days=other % 3 - 1)

    def _rename(self, name: str, to: str, *, now: bool) -> None:
        if to in self.texts or to in self.renamed:
            return
        self.texts = {to if each == name else each: text for each, text in self.texts.items()}
        self.split = {to if each == name else each for each in self.split}
        if name in self.language:
            self.language[to] = self.language.pop(name)
        self.renamed[name] = to
        if now:
            self._mend()

    def _mend(self) -> None:
        for entry in self.entries:
            entry.message = self.renamed.get(entry.message, entry.message)
        self.renamed.clear()

    def drafts(self, rules: Config) -> tuple[list[Draft], set[str]]:
        """Write it all, and read it; the names are of messages that the schedule names in vain."""
        for folder in ("messages", "schedules"):
            shutil.rmtree(self.root / folder, ignore_errors=True)
            (self.root / folder).mkdir(parents=True)
        for name, text in self.texts.items():
            home, language = self.root / "messages" / name, self.language.get(name, "en")
            home.mkdir()
            for platform in (".mastodon", ".x") if name in self.split else ("",):
                (home / f"{language}{platform}.md").write_text(text)
        posts = (self._post(entry) for entry in self.entries if entry.there)
        (self.root / "schedules" / f"{self.stem}.toml").write_text("\n".join(posts))
        campaign = replace(rules.campaign, name=self.name, day_of_action=self.day, timezone=ZoneInfo("Europe/Berlin"))
        rules = replace(rules, campaign=campaign)
        found, _ = library.load(self.root, rules)
        made, _ = expand(rules, found, {})
        return made, {entry.message for entry in self.entries if entry.message not in self.texts}

    def _post(self, entry: Entry) -> str:
        days = [f'"{self.day + timedelta(days=left)}"' if entry.dated else f'"T{left:+d}"' for left in entry.days]
        at = f'at = {entry.hour:02}:00:00\ntimezone = "{entry.zone}"'
        return f'[[post]]\nmessage = "{entry.message}"\ndays = [{", ".join(days)}]\n{at}\n'.replace("T+0", "T")


EDITS = (
    "rename message",
    "rename message, and the schedule later",
    "mend the schedule",
    "write the day otherwise",
    "write the zone otherwise",
    "rename the schedule",
    "rename the campaign",
    "rename an account",
    "words by platform",
    "another language",
    "another order",
    "another time",
    "change words slightly",
    "change words wholly",
    "exchange words",
    "copy a message",
    "take out or put back",
    "add a day",
    "take a day out",
    "move a day",
    "move the day of action",
)
PERSONS = ("hold", "cancel", "release", "undo")
NUMBER = st.integers(0, 40)
ROUND = st.tuples(
    st.lists(st.tuples(st.sampled_from(PERSONS), NUMBER), max_size=2),
    st.lists(st.tuples(st.sampled_from(EDITS), NUMBER, NUMBER), min_size=1, max_size=3),
    st.sampled_from((0, 24)),
)
"""What persons say of deliveries, what is edited, and how many hours go by after the run that follows."""

Round = tuple[list[tuple[str, int]], list[tuple[str, int, int]], int]


class Campaign:
    """A folder at work, and the judgement on what is out."""

    def __init__(self, root: Path) -> None:
        self.desk = Desk(root)
        self.folder = Folder(root)
        self.folder.texts = dict(zip(NAMES, BODIES, strict=False))
        days = ([0], [-1, 0, 1, 2], [0, 1], [0], [1])
        self.folder.entries = [Entry(name, list(each), 10) for name, each in zip(NAMES, days, strict=False)]
        self.stated = {account: Counter[str]() for account in ACCOUNTS}
        self.let_go: Counter[str] = Counter()
        self.known: Mapping[str, Account] = self.desk.work.config.accounts

    def run(self, hours: int) -> None:
        """Plan, send what is due, and go on by some hours."""
        rules = self.take_up_names()
        drafts, at_fault = self.folder.drafts(rules)
        stated = {
            account: Counter(same_words(one.content) for one in drafts if one.account == name)
            for account, name in self.folder.accounts.items()
        }
        before = {one.id: one for one in self.desk.all()}
        out = {account: Counter(self.desk.texts(account)) for account in ACCOUNTS}
        plan.plan(self.desk.work.store, drafts, self.desk.clock(), accounts=rules.accounts, messages_at_fault=at_fault)
        self.judge_decisions(before)
        self.desk.deliver(*rules.accounts)
        for account in ACCOUNTS:
            self.stated[account] |= stated[account]
            self.judge(account, before.values(), out[account], None if at_fault else stated[account])
        self.desk.clock.passes(hours=hours)

    def take_up_names(self) -> Config:
        """Work under the names that the accounts have now."""
        work, names = self.desk.work, self.folder.accounts
        accounts = {name: replace(self.known[account], name=name) for account, name in names.items()}
        handles = {"mastodon": self.desk.mastodon, "x": self.desk.x}
        asked = {
            name: RealAccount(accounts[name].platform, accounts[name].server, handles[account].handle)
            for account, name in names.items()
        }
        identity.line_up(work.store, work.locks, asked)
        self.desk.work = replace(
            work,
            config=replace(work.config, accounts=accounts),
            platforms={name: handles[account] for account, name in names.items()},
            own_handles={name: handles[account].handle for account, name in names.items()},
        )
        return self.desk.work.config

    def command(self, name: str, which: int) -> None:
        """What a person says of a delivery."""
        known = self.desk.all()
        if not known:
            return
        one = known[which % len(known)]
        with suppress(Refused):
            if name == "undo":
                withdraw.undo(self.desk.work, one.id, "ana")
            else:
                getattr(decide, name)(self.desk.work, one.id, "ana")
                self.let_go[one.platform] += name == "release"

    def judge(
        self, account: str, before: Iterable[Delivery], earlier: Counter[str], stated: Counter[str] | None
    ) -> None:
        """No words are out more often than the files stated them at one time, but for what a person let go.

        Nor is anything sent that a person had stopped: `stated` is what the files state now, as far as that is known.
        """
        out = Counter(self.desk.texts(account))
        stopped = Counter(same_words(one.content) for one in before if _is_stopped(one, account))
        for text, times in (out - earlier).items():
            words, let_go = _words(text), self.let_go[account]
            assert out[text] <= self.stated[account][words] + let_go, text
            assert stated is None or times <= stated[words] - stopped[words] + let_go, text

    def judge_decisions(self, before: dict[int, Delivery]) -> None:
        """Planning has let go of nothing that a person stopped, and has touched nothing that is out."""
        after = {one.id: one for one in self.desk.all()}
        for one in before.values():
            if is_called_off(one) or (is_kept_back(one) and one.state is State.HELD):
                assert is_called_off(after[one.id]) or is_kept_back(after[one.id]), one
            if one.state is State.SENT:
                assert (after[one.id].state, after[one.id].content) == (State.SENT, one.content)


def _words(text: str) -> str:
    return same_words(Content((Part(text),), ""))


def _is_stopped(one: Delivery, account: str) -> bool:
    is_ours = one.platform == account and one.origin is Origin.SCHEDULE and one.undone_at is None
    return is_ours and (is_called_off(one) or is_kept_back(one))


def _play(rounds: list[Round]) -> None:
    root = Path(tempfile.mkdtemp(prefix="edits-"))
    try:
        campaign = Campaign(root)
        campaign.run(0)
        for persons, edits, hours in rounds:
            for name, which in persons:
                campaign.command(name, which)
            for edit in edits:
                campaign.folder.edit(*edit)
            campaign.run(hours)
    finally:
        shutil.rmtree(root, ignore_errors=True)


COMMON = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)


NOTHING = ("another order", 0, 0)
EXCHANGED: list[Round] = [([], [("exchange words", 0, 1)], 24), ([], [NOTHING], 0)]
MOVED: list[Round] = [([], [("move a day", 0, 2)], 24), ([], [NOTHING], 0)]
HELD_AND_RENAMED: list[Round] = [([("hold", 8)], [("rename message", 1, 5)], 24), ([], [NOTHING], 0)]


@example(EXCHANGED)
@example(MOVED)
@example(HELD_AND_RENAMED)
@settings(COMMON, max_examples=25, derandomize=True)
@given(st.lists(ROUND, min_size=3, max_size=8))
def test_edits_between_runs_send_no_words_again(rounds: list[Round]) -> None:
    _play(rounds)


@pytest.mark.long
@settings(COMMON, max_examples=1500)
@given(st.lists(ROUND, min_size=3, max_size=25))
def test_many_edits_between_runs_send_no_words_again(rounds: list[Round]) -> None:
    _play(rounds)
