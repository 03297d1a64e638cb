"""A campaign folder that is edited at random between runs, and the judgement on what is out by then."""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from bot.domain.campaign import Config
from bot.domain.delivery import FAILED, CancelledBy, Delivery, Draft, Origin, State
from bot.domain.message import Content
from bot.domain.planning import is_called_off, is_kept_back
from bot.domain.text import normalised
from bot.files import library
from bot.files.drafts import expand
from tests.harness.campaign import ACCOUNTS
from tests.harness.campaign_folder import rested

NAMES = ("call", "rally", "petition", "letters", "choir", "banner", "parcel", "embassy")
BODIES = (
    "Free all the jailed trade unionists of Belarus, today and not tomorrow, and let them go home.",
    "{countdown} are left until we stand up together for the right to strike and to organise.",
    "Write a letter to a prisoner: forty addresses, one stamp each, and five minutes of your time.",
    "Dockers, miners and nurses speak on the square at noon; bring a flag of your own union.",
    "On {day_of_action} our delegation hands over nine thousand signatures at the embassy gate.",
)
SIZE = len(BODIES)
SERIES = "left until we stand up together"
"""Whose words change from day to day, as files state them: only the same day may not come again."""

_BREAK = "\n\n---\n\n"

LEAD = 7
"""How many days before the day of action a campaign begins: countdowns must be over by then."""


@dataclass
class Entry:
    """One `[[post]]`: its message, days from its first, hours earlier, and how its days and zone are written."""

    message: str
    days: list[int]
    hours_back: int = 0
    dated: bool = False
    zone: int = 0
    there: bool = True


@dataclass
class EditedFolder:
    """The files of a campaign, as people edit them one by one."""

    root: Path
    texts: dict[str, str] = field(default_factory=dict)
    split: set[str] = field(default_factory=set)
    language: dict[str, str] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    stem: str = "run-up"
    name: str = "The campaign"
    day: date = date(2025, 4, 16) + timedelta(days=LEAD)
    at: time = time(10)
    zones: tuple[str, str] = ("Europe/Berlin", "Europe/Vienna")
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
                entry.zone = 1 - entry.zone
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
                entry.hours_back = other % 3
            case "change words slightly":
                words = self.texts[name].split()
                words[other % len(words)] += "s"
                self.texts[name] = " ".join(words)
            case "change words wholly":
                self.texts[name] = f"{BODIES[other % SIZE]} {BODIES[one % SIZE]}"
            case "exchange words":
                self.texts[name], self.texts[second] = self.texts[second], self.texts[name]
            case "join to a thread":
                if name != second and _BREAK not in self.texts[name] + self.texts[second]:
                    self.texts[name] += _BREAK + self.texts[second]
            case "part a thread":
                self.texts[name], _, rest = self.texts[name].partition(_BREAK)
                free = NAMES[other % len(NAMES)]
                if rest and free not in self.texts:
                    self.texts[free] = rest
                    self.entries.append(Entry(free, [other % 3]))
            case "copy a message":
                free = NAMES[other % len(NAMES)]
                if free not in self.texts:
                    self.texts[free] = self.texts[name]
                    self.entries.append(Entry(free, [other % 3]))
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

    def write(self) -> None:
        """Write all messages and the schedule."""
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
        for folder in ("messages", "schedules"):
            rested(self.root / folder)

    def drafts(self, rules: Config) -> tuple[list[Draft], set[str]]:
        """Read it again; the names are of messages that the schedule names in vain."""
        campaign = replace(rules.campaign, name=self.name, day_of_action=self.day, timezone=ZoneInfo(self.zones[0]))
        rules = replace(rules, campaign=campaign)
        found, _ = library.load(self.root, rules)
        made, _ = expand(rules, found, {})
        return made, {entry.message for entry in self.entries if entry.message not in self.texts}

    def _post(self, entry: Entry) -> str:
        offsets = [left - LEAD for left in entry.days]
        days = [f'"{self.day + timedelta(days=each)}"' if entry.dated else f'"T{each:+d}"' for each in offsets]
        at = f'at = {self.at.replace(hour=self.at.hour - entry.hours_back)}\ntimezone = "{self.zones[entry.zone]}"'
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
    "join to a thread",
    "part a thread",
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


@dataclass(frozen=True)
class Out:
    """What a server took in, and when."""

    text: str
    at: datetime


class EditedCampaign(ABC):
    """A folder at work, and the judgement on what is out."""

    def __init__(self, folder: EditedFolder) -> None:
        self.folder = folder
        folder.texts = dict(zip(NAMES, BODIES, strict=False))
        days = ([0], [-1, 0, 1, 2], [0, 1], [0], [1])
        folder.entries = [Entry(name, list(each)) for name, each in zip(NAMES, days, strict=False)]
        self.stated: dict[str, list[Counter[str]]] = {account: [] for account in ACCOUNTS}
        """What the files stated at each run, in the words that followers read."""
        self.let_go: Counter[str] = Counter()

    @abstractmethod
    def rules(self) -> Config:
        """Return the bot.toml of now, with the names that the accounts have."""

    @abstractmethod
    def deliveries(self) -> list[Delivery]:
        """Return all that is in the store."""

    @abstractmethod
    def out(self, account: str) -> Sequence[Out]:
        """Return what the account's server took in, by its ledger, also what was taken back."""

    @abstractmethod
    def work(self, drafts: Sequence[Draft], at_fault: set[str]) -> bool:
        """Plan, and send what is due; gives whether all files could be read."""

    @abstractmethod
    def say(self, name: str, one: Delivery) -> bool:
        """Say what a person says of a delivery; gives whether that was heeded."""

    @abstractmethod
    def pass_time(self, hours: int) -> None:
        """Let some hours go by."""

    def play(self, rounds: Iterable[Round]) -> None:
        """Edit and run, round by round."""
        self.run(0)
        for persons, edits, hours in rounds:
            for name, which in persons:
                self.command(name, which)
            for edit in edits:
                self.folder.edit(*edit)
            self.run(hours)

    def command(self, name: str, which: int) -> None:
        """Decide about a delivery, as a person would."""
        known = self.deliveries()
        if known:
            one = known[which % len(known)]
            if self.say(name, one):
                self.let_go[one.platform] += len(one.content.parts) * (name == "release")

    def run(self, hours: int) -> None:
        """Plan, send what is due, and go on by some hours."""
        self.folder.write()
        drafts, at_fault = self.folder.drafts(self.rules())
        before = self.deliveries()
        earlier = {account: self.out(account) for account in ACCOUNTS}
        for account, name in self.folder.accounts.items():
            ours = (one.content for one in drafts if one.account == name)
            self.stated[account].append(Counter(text for content in ours for text in _shown(content)))
        is_known = self.work(drafts, at_fault)
        self.judge_decisions(before)
        self.judge_names(before)
        for account in ACCOUNTS:
            self.judge(account, before, earlier[account], is_known=is_known)
        self.pass_time(hours)

    def judge(self, account: str, before: Iterable[Delivery], earlier: Sequence[Out], *, is_known: bool) -> None:
        """Assert that no words are out more often than the files stated them at one time, but for what a person let go.

        Nor is anything sent that a person had stopped, as far as it `is_known` what the files state now. Nor are more
        posts out within two weeks that say nearly the same than the files stated at one time.
        """
        every = self.out(account)
        new = every[len(earlier) :]
        let_go = self.let_go[account]
        stopped = Counter(text for one in before if _is_stopped(one, account) for text in _shown(one.content))
        for text, times in Counter(_plain(one.text) for one in new).items():
            stated = [files[text] for files in self.stated[account]]
            assert sum(_plain(one.text) == text for one in every) <= max(stated) + let_go, text
            assert not is_known or times <= stated[-1] - stopped[text] + let_go, text
        for one in new:
            text = _plain(one.text)
            near = [each.text for each in every if one.at - each.at <= SOON and _is_near(text, _plain(each.text))]
            most = max(_nearly(text, files) for files in self.stated[account])
            assert len(near) <= most + let_go, near

    def judge_decisions(self, before: Iterable[Delivery]) -> None:
        """Assert that planning has released nothing that a person stopped, and has touched nothing that is out."""
        after = {one.id: one for one in self.deliveries()}
        for one in before:
            if is_called_off(one) or (is_kept_back(one) and one.state is State.HELD):
                assert is_called_off(after[one.id]) or is_kept_back(after[one.id]), one
            if one.state is State.SENT:
                assert (after[one.id].state, after[one.id].content) == (State.SENT, one.content)

    def judge_names(self, before: Sequence[Delivery]) -> None:
        """Assert that nothing missed or refused went on as another message, in other words, where that message's own
        post, which had left the schedule, could have come back."""
        after = {one.id: one for one in self.deliveries()}
        left = {_named(one): one for one in before if one.cancelled_by == CancelledBy.PLAN}
        for one in before:
            now = after[one.id]
            if one.state in FAILED and not one.begun and now.content_hash != one.content_hash:
                own = left.get(_named(now))
                is_another = (now.message, now.language) != (one.message, one.language)
                assert not is_another or own is None or after[own.id] != own, (one, now, own)


def _named(one: Delivery) -> tuple[str, str, str, str]:
    return one.account, one.message, one.language, one.day


SOON = timedelta(days=13)
"""Less than the two weeks within which nearly the same words are asked about: a post may go out hours late."""

_NEAR = 0.9


def _shown(content: Content) -> list[str]:
    return [_plain(part.text) for part in content.parts]


def _plain(text: str) -> str:
    """Return what followers read, whatever white space and invisible joiners a platform has made of it."""
    return normalised(text)


def _nearly(text: str, files: Counter[str]) -> int:
    return sum(times for other, times in files.items() if _is_near(text, other))


@lru_cache(maxsize=100_000)
def _is_near(one: str, other: str) -> bool:
    """Return whether followers read nearly the same: nine of ten words, in their order, whatever case and signs."""
    if SERIES in one or SERIES in other:
        return one == other
    first, second = ([word.strip(".,;:!?") for word in text.casefold().split()] for text in (one, other))
    return SequenceMatcher(None, first, second, autojunk=False).ratio() >= _NEAR


def _is_stopped(one: Delivery, account: str) -> bool:
    is_ours = one.platform == account and one.origin is Origin.SCHEDULE and one.undone_at is None
    return is_ours and (is_called_off(one) or is_kept_back(one))
