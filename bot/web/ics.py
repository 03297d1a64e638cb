"""Writes the campaign as an iCalendar (RFC 5545), for the calendar apps of those who work on it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.domain.campaign import Campaign
from bot.services.calendar_feed import DAYS_BACK, CalendarFeed, ReshareDay
from bot.store.calendar_rows import CalendarRow
from bot.text_display import is_hidden
from bot.values import dataclass
from bot.web.causes import account_name
from bot.web.delivery_words import state_name
from bot.web.languages import Speech

if TYPE_CHECKING:
    from icalendar import Calendar, Event

_ASKED_EVERY = timedelta(hours=1)
_LONGEST = 200
"""How many letters of a name are written at most."""


@dataclass(frozen=True)
class CalendarText:
    """All that a calendar is written of. `origin` is where the console is reached, `store` a mark that is the store's
    own, by which apps know an event again."""

    feed: CalendarFeed
    campaign: Campaign
    speech: Speech
    origin: str
    store: str

    @property
    def etag(self) -> str:
        """What is another one whenever something else is to be written (HTTP's entity tag)."""
        campaign = self.campaign.name, self.campaign.day_of_action, self.speech.language, self.origin, self.store
        return f'"{hashlib.sha256(repr((campaign, self.feed)).encode()).hexdigest()[:32]}"'

    def written(self, now: datetime) -> bytes:
        """Return the calendar as it is now (UTC)."""
        from icalendar import Calendar  # 0.3 s and 12 MB, for the consoles that are asked for one

        calendar, speech = Calendar(), self.speech
        calendar.add("prodid", "-//Groundswell//Calendar//EN")
        calendar.add("version", "2.0")
        calendar.add("calscale", "GREGORIAN")
        calendar.add("method", "PUBLISH")
        for name in ("name", "x-wr-calname"):  # RFC 7986's, and what apps read that do not know it
            calendar.add(name, plain(self.campaign.name))
        for name in ("description", "x-wr-caldesc"):
            calendar.add(name, self._about())
        calendar.add("refresh-interval", _ASKED_EVERY, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", "PT1H")
        self._add_day_of_action(calendar, now)
        for day in self.feed.reshares:
            self._add_reshares(calendar, day, now)
        for post in self.feed.posts:
            event = self._event(f"delivery-{post.id}", now)
            event.add("dtstart", (post.sent_at or post.due_at).astimezone(UTC))
            event.add("summary", summary(post, speech))
            event.add("url", f"{self.origin}/deliveries/{post.id}")
            calendar.add_component(event)
        written: bytes = calendar.to_ical()
        return written

    def _about(self) -> str:
        speech = self.speech
        about = speech.count(
            "Our posts from %(num)s day ago to the end, without their words; of reshares only how many.",
            "Our posts from %(num)s days ago to the end, without their words; of reshares only how many.",
            DAYS_BACK,
        )
        if not self.feed.is_cut:
            return about
        cut = speech.count(
            "There are more: only the one that is nearest to now is here.",
            "There are more: only the %(num)s that are nearest to now are here.",
            len(self.feed.posts),
        )
        return f"{about} {cut}"

    def _add_day_of_action(self, calendar: Calendar, now: datetime) -> None:
        event = self._event("day-of-action", now)
        event.add("dtstart", self.campaign.day_of_action)
        event.add("summary", self.speech.say("Day of action: %(campaign)s", campaign=plain(self.campaign.name)))
        event.add("url", f"{self.origin}/calendar/{self.campaign.day_of_action}")
        calendar.add_component(event)

    def _add_reshares(self, calendar: Calendar, day: ReshareDay, now: datetime) -> None:
        event = self._event(f"reshares-{day.day}", now)
        reshares = self.speech.count(
            "%(num)s reshare, %(out)s out", "%(num)s reshares, %(out)s out", day.count, out=self.speech.number(day.out)
        )
        event.add("dtstart", day.day)
        event.add("summary", reshares)
        event.add("url", f"{self.origin}/calendar/{day.day}")
        calendar.add_component(event)

    def _event(self, name: str, now: datetime) -> Event:
        """Return an event with what all have. The store does not keep when a row last changed: whoever is given a
        calendar is given the newest there is of each, and says so."""
        from icalendar import Event

        event = Event()
        event.add("uid", f"{name}.{self.store}@groundswell")
        event.add("dtstamp", now)
        event.add("last-modified", now)
        event.add("transp", "TRANSPARENT")
        return event


def summary(post: CalendarRow, speech: Speech) -> str:
    """Return what a calendar says of a post: "Mastodon · launch (en) · planned"."""
    language = f" ({plain(post.language)})" if post.language else ""
    return f"{plain(account_name(post.account))} · {plain(post.message)}{language} · {state_name(post.state, speech)}"


def plain(name: str) -> str:
    """Return a name on one line, without letters that nobody sees."""
    return "".join(letter for letter in " ".join(name.split()) if not is_hidden(letter))[:_LONGEST]
