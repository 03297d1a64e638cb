"""The script of a rehearsal: who posts what and when around the day of action, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import cycle, islice
from random import Random
from zoneinfo import ZoneInfo

from bot.domain.post import MediaKind
from bot.platforms.rehearsal.arrival import Arrival, Change, Opinion, Role, Says, Trouble
from bot.platforms.rehearsal.cast import Incident, Organisation, cast

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

_ROLES = [Role.VIDEO, Role.IMAGE, Role.TEXT]
_HOURS = range(6, 23)
_USUAL_HOURS = [1, 2, 4, 5, 5, 4, 4, 4, 4, 4, 3, 3, 3, 3, 2, 2, 1]
_HOURS_OF_ACTION = [1, 3, 6, 9, 9, 8, 8, 7, 5, 4, 4, 3, 3, 2, 2, 1, 1]
_SITTINGS = [time(9, 30), time(13), time(17, 30)]
_SITTINGS_OF_ACTION = [time(hour, minute) for hour in range(8, 22) for minute in (0, 30)]


def arrivals(hashtags: Sequence[str], day_of_action: date, zone: ZoneInfo, seed: int = 0) -> tuple[Arrival, ...]:
    """Everybody's posts from a month before the day of action to a week after it, in the order of time."""
    script = _Script(tuple(hashtags), day_of_action, zone, Random(seed))  # noqa: S311 - a script, no secret
    posts = [*script.ordinary(), *script.incidents()]
    return tuple(sorted(posts, key=lambda arrival: (arrival.at, arrival.handle)))


def troubles(day_of_action: date, zone: ZoneInfo) -> tuple[Trouble, ...]:
    """What goes wrong between our accounts and the networks, in the order of time."""
    found = []
    for one in cast().trouble:
        at = _instant(day_of_action + timedelta(days=one.day), time.fromisoformat(one.at), zone)
        found.append(Trouble(at, one.dialect, one.action, one.how, at + timedelta(minutes=one.lasts)))
    return tuple(sorted(found, key=lambda trouble: trouble.at))


@dataclass(frozen=True)
class _Script:
    hashtags: tuple[str, ...]
    day_of_action: date
    zone: ZoneInfo
    random: Random

    def ordinary(self) -> Iterator[Arrival]:
        """Organisations in turn, each saying something else every time."""
        organisations = list(cast().organisation)
        self.random.shuffle(organisations)
        turns = cycle([(organisation, self._unsaid(organisation)) for organisation in organisations])
        for offset, count in POSTS_PER_DAY.items():
            for organisation, unsaid in islice(turns, count):
                role = self.random.choices(_ROLES, [14, 3, 3])[0]
                role = role if unsaid[role] else Role.VIDEO
                yield self._arrival(organisation, role, self._moment(offset), unsaid[role].pop())

    def _unsaid(self, organisation: Organisation) -> dict[Role, list[str]]:
        """What an organisation has to say, shuffled."""
        lines = cast().lines[organisation.language]
        unsaid = {}
        for role, said in zip(_ROLES, (lines.video, lines.image, lines.text), strict=True):
            texts = [line.format(place=organisation.place) for line in said]
            unsaid[role] = self.random.sample(texts, len(texts))
        return unsaid

    def _moment(self, offset: int) -> datetime:
        weights = _USUAL_HOURS if offset else _HOURS_OF_ACTION
        hour = self.random.choices(_HOURS, weights)[0]
        wall = time(hour, self.random.randrange(60), self.random.randrange(60))
        return _instant(self.day_of_action + timedelta(days=offset), wall, self.zone)

    def _arrival(self, organisation: Organisation, role: Role, at: datetime, text: str) -> Arrival:
        on_x = self.random.random() < 0.4
        kinds = {Role.VIDEO: (MediaKind.VIDEO,), Role.IMAGE: (MediaKind.IMAGE,)}.get(role, ())
        says = self.random.choices([Says.APPROVE, Says.REJECT, None], [17, 2, 1])[0] if role is Role.VIDEO else None
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

    def incidents(self) -> Iterator[Arrival]:
        """The posts that try a rule."""
        return map(self._incident, cast().incident)

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

    def _later(self, incident: Incident, spoken: datetime) -> tuple[Change, ...]:
        at = spoken + timedelta(minutes=incident.minutes)
        if incident.asks:
            return (Change(at, reply=incident.asks),)
        if not incident.then:
            return ()
        return (Change(at, "" if incident.then == "delete" else self._tagged(incident.then, 1)),)

    def _joined(self, age_days: int) -> datetime:
        return _instant(self.day_of_action - timedelta(days=age_days), time(12), self.zone)

    def _tagged(self, text: str, count: int) -> str:
        """The text with some of the hashtags behind it, the first ones oftener than the last."""
        start = min(self.random.randrange(4), self.random.randrange(4))
        order = [*self.hashtags[start:], *self.hashtags[:start]]
        return " ".join([text, *(f"#{tag}" for tag in order[:count])])

    def _opinion(self, says: Says | None, at: datetime) -> Opinion | None:
        """What the moderator says at the next sitting: three a day, and every half hour on the day of action."""
        if says is None:
            return None
        today = at.astimezone(self.zone).date()
        for day in (today, today + timedelta(days=1)):
            for sitting in _SITTINGS_OF_ACTION if day == self.day_of_action else _SITTINGS:
                if (moment := _instant(day, sitting, self.zone)) > at:
                    return Opinion(says, moment)
        raise AssertionError("every day has a sitting")


def _instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """A wall time as UTC; where daylight saving makes it none or two, either is good enough for a rehearsal."""
    return datetime.combine(day, wall, tzinfo=zone).astimezone(UTC)
