"""The script of a rehearsal: the cast, who posts what and when, played as the clock moves on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from heapq import heappop, heappush
from importlib.resources import files
from itertools import cycle, islice
from random import Random
from zoneinfo import ZoneInfo

import msgspec

from bot.domain.message import Visibility
from bot.domain.post import MediaKind
from bot.platforms.rehearsal.faults import FaultyAction, How
from bot.platforms.rehearsal.network import Network
from bot.values import dataclass


class CastRole(StrEnum):
    """Why a post is in the script.

    What is "deleted" or "edited" is so before its reshare, what is "removed" or "changed" after it; the author of one
    that is "withdrawn" asks us to take the reshare back, "hijack" is one of many accounts with the same words, "again"
    is a video that is posted on the other network too, "link" links to one.
    """

    VIDEO = "video"
    IMAGE = "image"
    TEXT = "text"
    SPAM = "spam"
    DUPLICATE = "duplicate"
    DELETED = "deleted"
    EDITED = "edited"
    OPTED_OUT = "opted_out"
    LOCKED = "locked"
    UNLISTED = "unlisted"
    SENSITIVE = "sensitive"
    REPLY = "reply"
    OURS = "ours"
    TRUSTED = "trusted"
    CARE = "care"
    REMOVED = "removed"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"
    HIJACK = "hijack"
    AGAIN = "again"
    LINK = "link"


class ModeratorAnswer(StrEnum):
    """What the moderator of the rehearsal says."""

    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True)
class Opinion:
    """What the moderator will say of a post, and when (UTC)."""

    says: ModeratorAnswer
    at: datetime


@dataclass(frozen=True)
class AuthorEdit:
    """An author edits a post at `at` (UTC), or deletes it when `text` is empty.

    With a `reply` the post stays as it is, and its author answers us with that, for us alone to find.
    """

    at: datetime
    text: str = ""
    reply: str = ""


@dataclass(frozen=True)
class Arrival:
    """Somebody's post. `at` is UTC; `{us}` in handle or text stands for our own account there.

    No `opinion` means that the moderator leaves the post alone, as where a rule decides, or nobody should hurry.
    """

    at: datetime
    role: CastRole
    dialect: str
    handle: str
    text: str
    language: str
    kinds: tuple[MediaKind, ...] = ()
    alt: str = ""
    bio: str = ""
    joined_at: datetime | None = None
    followers: int | None = None
    locked: bool = False
    visibility: Visibility = Visibility.PUBLIC
    sensitive: bool = False
    is_reply: bool = False
    later: tuple[AuthorEdit, ...] = ()
    opinion: Opinion | None = None


@dataclass(frozen=True)
class Trouble:
    """A fault that meets the next action of its kind after `at` (UTC)."""

    at: datetime
    dialect: str
    action: FaultyAction
    how: How
    until: datetime


@dataclass(frozen=True)
class CastLines:
    """What authors of one language say with a video, with a picture, and with words alone; `{place}` is theirs."""

    video: tuple[str, ...]
    image: tuple[str, ...]
    text: tuple[str, ...]


@dataclass(frozen=True)
class Organisation:
    """An invented organisation with an account on both networks, `age_days` days old on the day of action."""

    mastodon: str
    x: str
    language: str
    place: str
    bio: str
    followers: int
    age_days: int


@dataclass(frozen=True)
class Incident:
    """A post that tries a rule. `day` counts from the day of action, `at` is wall time ("10:05").

    `every_hashtag` puts it under all of them; `then` says what its author does `minutes` after the moderator
    spoke (before, where negative: the moderator does not know yet): nothing, "delete", or the new text; `asks` is
    what they write to us instead. `age_days` is how old their account is on the day of action.
    """

    role: CastRole
    day: int
    at: str
    handle: str
    language: str
    text: str
    dialect: str = "mastodon"
    kinds: tuple[MediaKind, ...] = (MediaKind.VIDEO,)
    alt: str = "What can be seen and heard, in words."
    bio: str = ""
    followers: int = 640
    age_days: int = 1500
    locked: bool = False
    visibility: Visibility = Visibility.PUBLIC
    sensitive: bool = False
    is_reply: bool = False
    every_hashtag: bool = False
    says: ModeratorAnswer | None = None
    then: str = ""
    asks: str = ""
    minutes: int = 0


@dataclass(frozen=True)
class Mischance:
    """A fault, as the file tells it; `lasts` in minutes, and happens `times` in a row."""

    day: int
    at: str
    dialect: str
    action: FaultyAction
    how: How
    lasts: int = 15
    times: int = 1


@dataclass(frozen=True)
class PersonScript:
    """What happens in a rehearsal in which a person decides, beside all else."""

    incident: tuple[Incident, ...]
    trouble: tuple[Mischance, ...]


@dataclass(frozen=True)
class Cast:
    """All of `cast.toml`."""

    lines: Mapping[str, CastLines]
    organisation: tuple[Organisation, ...]
    incident: tuple[Incident, ...]
    trouble: tuple[Mischance, ...]
    person: PersonScript


@cache
def cast() -> Cast:
    """Return the cast that comes with Groundswell."""
    return msgspec.toml.decode(files(__package__).joinpath("cast.toml").read_bytes(), type=Cast)


TRUSTED = "@newsroom@union.example"
"""An author of the script whom a campaign that rehearses may trust."""

ALT = "People of a trade union, and what they say in words."
"""The alternative text of everybody's films and pictures, but for those that try the rule about it."""

POSTS_PER_DAY = {
    **dict.fromkeys(range(-31, -14, 2), 1),
    **dict.fromkeys(range(-14, -6), 1),
    **dict.fromkeys(range(-6, -1), 3),
    -1: 8,
    0: 38,
    1: 10,
    2: 3,
    4: 1,
    6: 1,
    8: 1,
}
"""How many ordinary posts arrive on which day, counted from the day of action: five at most for each organisation."""

_ROLES = [CastRole.VIDEO, CastRole.IMAGE, CastRole.TEXT]
_HOURS = range(6, 23)
_USUAL_HOURS = [1, 2, 4, 5, 5, 4, 4, 4, 4, 4, 3, 3, 3, 3, 2, 2, 1]
_HOURS_OF_ACTION = [1, 3, 6, 9, 9, 8, 8, 7, 5, 4, 4, 3, 3, 2, 2, 1, 1]
_SITTINGS = [time(9, 30), time(13), time(17, 30)]
_SITTINGS_OF_ACTION = [time(hour, minute) for hour in range(8, 22) for minute in (0, 30)]


def arrivals(
    hashtags: Sequence[str], day_of_action: date, zone: ZoneInfo, seed: int = 0, *, for_person: bool = False
) -> tuple[Arrival, ...]:
    """Return everybody's posts from a month before the day of action to a week after it, in the order of time.

    Some are there only `for_person`: where somebody decides about them.
    """
    script = _Script(tuple(hashtags), day_of_action, zone, Random(seed))  # noqa: S311 - a script, no secret
    posts = [*script.ordinary(), *script.incidents(cast().incident)]
    if for_person:
        posts += script.incidents(cast().person.incident)
    return tuple(sorted(posts, key=lambda arrival: (arrival.at, arrival.handle)))


def troubles(day_of_action: date, zone: ZoneInfo, *, for_person: bool = False) -> tuple[Trouble, ...]:
    """Return what goes wrong between our accounts and the networks, in the order of time; see `arrivals`."""
    planned_troubles: list[Trouble] = []
    for mischance in (*cast().trouble, *(cast().person.trouble if for_person else ())):
        at = _instant(day_of_action + timedelta(days=mischance.day), time.fromisoformat(mischance.at), zone)
        until = at + timedelta(minutes=mischance.lasts)
        trouble = Trouble(at, mischance.dialect, mischance.action, mischance.how, until)
        planned_troubles += [trouble] * mischance.times
    return tuple(sorted(planned_troubles, key=lambda trouble: trouble.at))


@dataclass(frozen=True)
class _Script:
    hashtags: tuple[str, ...]
    day_of_action: date
    zone: ZoneInfo
    random: Random

    def ordinary(self) -> Iterator[Arrival]:
        """Yield the posts of organisations in turn, each saying something else every time."""
        organisations = list(cast().organisation)
        self.random.shuffle(organisations)
        turns = cycle([(organisation, self._unsaid(organisation)) for organisation in organisations])
        for offset, count in POSTS_PER_DAY.items():
            for organisation, unsaid in islice(turns, count):
                role = self.random.choices(_ROLES, [14, 3, 3])[0]
                role = role if unsaid[role] else CastRole.VIDEO
                yield self._arrival(organisation, role, self._moment(offset), unsaid[role].pop())

    def _unsaid(self, organisation: Organisation) -> dict[CastRole, list[str]]:
        """Return what an organisation has to say, shuffled."""
        lines = cast().lines[organisation.language]
        unsaid = {}
        for role, role_lines in zip(_ROLES, (lines.video, lines.image, lines.text), strict=True):
            texts = [line.format(place=organisation.place) for line in role_lines]
            unsaid[role] = self.random.sample(texts, len(texts))
        return unsaid

    def _moment(self, offset: int) -> datetime:
        weights = _USUAL_HOURS if offset else _HOURS_OF_ACTION
        hour = self.random.choices(_HOURS, weights)[0]
        wall = time(hour, self.random.randrange(60), self.random.randrange(60))
        return _instant(self.day_of_action + timedelta(days=offset), wall, self.zone)

    def _arrival(self, organisation: Organisation, role: CastRole, at: datetime, text: str) -> Arrival:
        on_x = self.random.random() < 0.4
        kinds = {CastRole.VIDEO: (MediaKind.VIDEO,), CastRole.IMAGE: (MediaKind.IMAGE,)}.get(role, ())
        says = (
            self.random.choices([ModeratorAnswer.APPROVE, ModeratorAnswer.REJECT, None], [17, 2, 1])[0]
            if role is CastRole.VIDEO
            else None
        )
        return Arrival(
            at=at,
            role=role,
            dialect="x" if on_x else "mastodon",
            handle=organisation.x if on_x else organisation.mastodon,
            text=self._tagged(text, self.random.choice([1, 1, 1, 2])),
            language=organisation.language,
            kinds=kinds,
            alt=ALT if kinds else "",
            bio=organisation.bio,
            joined_at=self._joined(organisation.age_days),
            followers=organisation.followers,
            opinion=self._opinion(says, at),
        )

    def incidents(self, told: Iterable[Incident]) -> Iterator[Arrival]:
        """Yield the posts that try a rule."""
        return map(self._incident, told)

    def _incident(self, incident: Incident) -> Arrival:
        day = self.day_of_action + timedelta(days=incident.day)
        at = _instant(day, time.fromisoformat(incident.at), self.zone)
        opinion = self._opinion(incident.says, at)
        tags = len(self.hashtags) if incident.every_hashtag else 1
        return Arrival(
            at=at,
            role=incident.role,
            dialect=incident.dialect,
            handle=incident.handle,
            text=self._tagged(incident.text, tags),
            language=incident.language,
            kinds=incident.kinds,
            alt=incident.alt,
            bio=incident.bio,
            joined_at=self._joined(incident.age_days),
            followers=incident.followers,
            locked=incident.locked,
            visibility=incident.visibility,
            sensitive=incident.sensitive,
            is_reply=incident.is_reply,
            later=self._later(incident, opinion.at if opinion else at),
            opinion=opinion,
        )

    def _later(self, incident: Incident, spoken: datetime) -> tuple[AuthorEdit, ...]:
        at = spoken + timedelta(minutes=incident.minutes)
        if incident.asks:
            return (AuthorEdit(at, reply=incident.asks),)
        if not incident.then:
            return ()
        return (AuthorEdit(at, "" if incident.then == "delete" else self._tagged(incident.then, 1)),)

    def _joined(self, age_days: int) -> datetime:
        return _instant(self.day_of_action - timedelta(days=age_days), time(12), self.zone)

    def _tagged(self, text: str, count: int) -> str:
        """Return the text with some of the hashtags behind it, the first ones oftener than the last."""
        start = min(self.random.randrange(4), self.random.randrange(4))
        order = [*self.hashtags[start:], *self.hashtags[:start]]
        return " ".join([text, *(f"#{tag}" for tag in order[:count])])

    def _opinion(self, says: ModeratorAnswer | None, at: datetime) -> Opinion | None:
        """Return what the moderator says at the next sitting: three a day, and every half hour on the day of action."""
        if says is None:
            return None
        today = at.astimezone(self.zone).date()
        for day in (today, today + timedelta(days=1)):
            for sitting in _SITTINGS_OF_ACTION if day == self.day_of_action else _SITTINGS:
                if (moment := _instant(day, sitting, self.zone)) > at:
                    return Opinion(says, moment)
        raise AssertionError("every day has a sitting")


def _instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """Return a wall time as UTC; where daylight saving makes it none or two, either is good enough for a rehearsal."""
    return datetime.combine(day, wall, tzinfo=zone).astimezone(UTC)


@dataclass(frozen=True)
class _Changed:
    """A change of a post that is out."""

    dialect: str
    handle: str
    uri: str
    change: AuthorEdit


_Event = Arrival | Trouble | _Changed | Opinion


SOONEST = timedelta(seconds=10)
"""How soon after a person's yes an author does something at the earliest: that yes still rests then."""


class Stage:
    """The networks by the name of their dialect, and everything that happens on them without our doing.

    `ours` are our own handles by dialect; what belongs to a dialect that is not there is left out. `changes` counts
    what authors did about posts that were out. What the script's moderator would decide from `person_from` (UTC) on is
    left to a person, and authors do what they do after that person's yes.
    """

    def __init__(
        self,
        networks: Mapping[str, Network],
        arrivals: Iterable[Arrival],
        troubles: Iterable[Trouble] = (),
        ours: Mapping[str, str] | None = None,
        person_from: datetime | None = None,
    ) -> None:
        self._networks = networks
        self._person_from = person_from
        self._after_yes: dict[str, list[tuple[timedelta, _Changed]]] = {}
        self._welcome: set[str] = set()
        self._ours = ours or {}
        self._opinions: dict[str, Opinion] = {}
        self.changes = 0
        self._count = 0
        self._waiting: list[tuple[datetime, int, _Event]] = []
        events: list[Arrival | Trouble] = [*arrivals, *troubles]
        for event in events:
            if event.dialect in networks:
                self._await(event.at, event)

    def _await(self, at: datetime, event: _Event) -> None:
        self._count += 1
        heappush(self._waiting, (at, self._count, event))

    def next_event(self) -> datetime | None:
        """Return when something happens next (UTC), the moderator's sittings included; None when all is played."""
        return self._waiting[0][0] if self._waiting else None

    def opinion(self, uri: str) -> Opinion | None:
        """Return what the moderator will say of a post that was played, or says since then."""
        return self._opinions.get(uri)

    def is_welcome(self, uri: str) -> bool:
        """Return whether the moderator would say yes to a post about which a person decides."""
        return uri in self._welcome

    def advance(self, now: datetime) -> None:
        """Let happen all that is due by `now` (UTC), in the order of time."""
        while self._waiting and self._waiting[0][0] <= now:
            _, _, event = heappop(self._waiting)
            self._play(event)

    def _play(self, event: _Event) -> None:
        match event:
            case Arrival():
                self._arrive(event)
            case Trouble():
                self._networks[event.dialect].fail_next(event.action, event.how, until=event.until)
            case _Changed():
                self._change(event)
            case Opinion():
                pass  # it only sets the clock for whoever asks `opinion`

    def _arrive(self, arrival: Arrival) -> None:
        network = self._networks[arrival.dialect]
        handle = arrival.handle.replace("{us}", self._us(arrival.dialect))
        network.join(
            handle,
            bio=arrival.bio,
            locked=arrival.locked,
            joined_at=arrival.joined_at,
            followers=arrival.followers,
        )
        uri = network.post(
            handle,
            self._addressed(arrival.dialect, arrival.text),
            at=arrival.at,
            language=arrival.language,
            kinds=arrival.kinds,
            visibility=arrival.visibility,
            sensitive=arrival.sensitive,
            alt=arrival.alt,
            reply_to="1" if arrival.is_reply else "",
        )
        changes = [_Changed(arrival.dialect, handle, uri, change) for change in arrival.later]
        opinion = arrival.opinion or self._left_over(arrival.at)
        if opinion is not None and self._person_from is not None and opinion.at >= self._person_from:
            self._after_yes[uri] = [(max(changed.change.at - opinion.at, SOONEST), changed) for changed in changes]
            self._welcome |= {uri} if opinion.says is ModeratorAnswer.APPROVE else set()
            return
        for changed in changes:
            self._await(changed.change.at, changed)
        if opinion is not None:
            self._opinions[uri] = opinion
            self._await(opinion.at, opinion)

    def _left_over(self, at: datetime) -> Opinion | None:
        """Return what the script's moderator says after all of what they would leave: a person begins with an empty
        desk."""
        says_at = at + timedelta(days=1)
        is_left = self._person_from is not None and says_at < self._person_from
        return Opinion(ModeratorAnswer.REJECT, says_at) if is_left else None

    def approved(self, uri: str, now: datetime) -> None:
        """Hear that a person has said yes to a post: its author does afterwards what the script has for them."""
        for after, changed in self._after_yes.pop(uri, ()):
            self._await(now + after, changed)

    def _us(self, dialect: str) -> str:
        return self._ours.get(dialect, self._networks[dialect].dialect.handle("us"))

    def _addressed(self, dialect: str, text: str) -> str:
        """Return a text that names us where it wants to."""
        return text.replace("{us}", f"@{self._us(dialect).removeprefix('x:').removeprefix('@')}")

    def _change(self, event: _Changed) -> None:
        self.changes += 1
        network = self._networks[event.dialect]
        if event.change.reply:
            answer = self._addressed(event.dialect, f"{{us}} {event.change.reply}")
            network.post(event.handle, answer, visibility=Visibility.UNLISTED)
        elif event.change.text:
            network.edit(event.uri, event.change.text)
        else:
            network.delete(event.uri)
