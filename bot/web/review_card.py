"""A post of somebody as the pages of moderation show it: every word of others shortened, isolated, and nothing run.

What comes from outside may be of any length, in any direction, and made to deceive: it is text here, and only text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum

from bot.domain.actor import Actor
from bot.domain.addresses import addresses_in, videos_in
from bot.domain.delivery import State
from bot.domain.moderation import OF_A_NO, Reason
from bot.domain.post import Author, CaptionFile, MediaKind, SeenPost, Shown, ShownState, all_shown
from bot.domain.sighting import ALLOWED, Sighting, SightingState
from bot.files.config.credentials import masked
from bot.hosts import host_of, shown_host, shown_source
from bot.services.moderation.approval import SeenMark
from bot.services.moderation.review_queue import Around, ReviewCard
from bot.store.rows import SightingRow
from bot.text_display import printable
from bot.values import dataclass
from bot.web.causes import reason_text, reasons_text, shown_name
from bot.web.languages import Speech

LONGEST_TEXT = 50_000
"""How many letters of a post are shown. What is longer nobody reads, and nobody approves it here."""

LONGEST_BEFORE = 4_000
"""How many letters of a post a page remembers, to show them beside what it has become."""

_LONGEST_LINE, _MOST = 200, 12
_YEARS = 730
_MOVING = frozenset({MediaKind.VIDEO, MediaKind.VIDEO_LINK, MediaKind.SILENT_VIDEO, MediaKind.GIF})
_FILES = frozenset({*MediaKind} - {MediaKind.VIDEO_LINK, MediaKind.TEXT})
_PEERTUBE = "peertube:"
_TAG = re.compile(r"([#＃][^\s#＃]{1,100})")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}\Z")


class Panel(StrEnum):
    """What there is to decide about a sighting, and by the visitor."""

    FORBIDDEN = "forbidden"
    ASKS = "asks"
    TOO_LONG = "too_long"
    OWN_YES = "own_yes"
    CARE = "care"
    PLAIN = "plain"
    APPROVED = "approved"
    REJECTED = "rejected"
    RESHARED = "reshared"
    GONE = "gone"


@dataclass(frozen=True)
class ShownWords:
    """Somebody's words: pieces, hashtags marked, in a language ("" where nobody knows it)."""

    pieces: tuple[tuple[str, bool], ...]
    language: str
    more: int = 0


@dataclass(frozen=True)
class Value:
    """One thing that is known; `href` leads to it, `host` is where that is, "" for pages of ours."""

    text: str
    href: str = ""
    host: str = ""
    language: str = ""


@dataclass(frozen=True)
class CardFact:
    """What is known of a post, and by which name."""

    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class ShownPost:
    """Somebody else's post that a post shows."""

    who: str
    words: ShownWords | None
    place: Value | None
    note: str


@dataclass(frozen=True)
class CardView:
    """A card in the visitor's words. `seen` is the fingerprint that a decision carries; `before` its words then;
    `places` are where its films can be watched, and `has_files` says whether a look can show any of them here."""

    id: int
    state: SightingState
    panel: Panel
    seen: str
    before: str
    who: str
    about: tuple[str, ...]
    place: Value | None
    places: tuple[Value, ...]
    words: ShownWords
    files: str
    has_files: bool
    moves: bool
    facts: tuple[CardFact, ...]
    shows: tuple[ShownPost, ...]
    why: str
    care: str
    forbidden: str
    decided: str
    said_yes: tuple[str, ...]
    is_out_elsewhere: bool
    is_being_taken_back: bool
    shows_another: bool
    post: SeenPost


def drawn(
    card: ReviewCard, around: Around, me: Actor, speech: Speech, now: datetime, *, is_moderator: bool = True
) -> CardView:
    """Return a card as it is shown to somebody; who is no moderator is told nothing of posts that wait or were
    refused."""
    sighting, post = card.sighting, card.sighting.post
    return CardView(
        sighting.id,
        sighting.state,
        _panel(card, me),
        mark_of(sighting),
        post.text[:LONGEST_BEFORE],
        _line(shown_name(post.author.handle)),
        tuple(_about(post.author, post.created_at, speech, now)),
        link(post.url or post.uri),
        tuple(_places(post)),
        words_of(post.text, post.language),
        carries(post, speech),
        bool(_FILES & set(post.kinds)) or any(video.startswith(_PEERTUBE) for video in post.videos),
        bool(_MOVING & set(post.kinds)),
        (*_facts(card, speech), *(_elsewhere(card, around, speech) if is_moderator else ())),
        tuple(_shown(shown, speech) for shown in list(all_shown(post))[:_MOST]),
        _joined((reason for reason in sighting.judgement.reasons if reason != Reason.NOBODY_DECIDED), speech),
        _joined(card.care, speech),
        _joined(card.forbidden, speech),
        _decided(card, around, speech, now),
        tuple(approval.by for approval in card.approvals),
        any(state in ALLOWED for _, state in around.same_video),
        any(reshare.undo_asked_at and not reshare.undone_at for reshare in around.reshares),
        bool(post.shows),
        post,
    )


def mark_of(sighting: Sighting) -> str:
    """Return what a form carries of what was seen; "" where that is longer than anybody reads, so that nobody may
    approve it."""
    return str(SeenMark.of(sighting)) if len(sighting.post.text) <= LONGEST_TEXT else ""


def _panel(card: ReviewCard, me: Actor) -> Panel:
    sighting = card.sighting
    if sighting.state is not SightingState.HELD:
        return Panel(sighting.state)
    if card.forbidden:
        return Panel.FORBIDDEN
    if card.asks:
        return Panel.ASKS
    if len(sighting.post.text) > LONGEST_TEXT:
        return Panel.TOO_LONG
    if Reason.SECOND in sighting.judgement.reasons and me.key in {approval.key for approval in card.approvals}:
        return Panel.OWN_YES
    return Panel.CARE if card.care else Panel.PLAIN


def _joined(reasons: Iterable[str], speech: Speech) -> str:
    return masked(reasons_text(reasons, speech))[: 4 * _LONGEST_LINE]


def words_of(text: str, language: str) -> ShownWords:
    """Return the words of somebody as they are shown."""
    shown = masked(text[:LONGEST_TEXT])
    pieces = tuple((piece, bool(place % 2)) for place, piece in enumerate(_TAG.split(shown)) if piece)
    return ShownWords(pieces, _code(language), max(0, len(text) - LONGEST_TEXT))


def _code(language: str) -> str:
    written = language.replace("_", "-")
    return written if _LANGUAGE.match(written) else ""


def _line(text: str, longest: int = _LONGEST_LINE) -> str:
    """Return a name or an address for people's eyes: what nobody sees in it is written out."""
    cut = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return masked(printable(cut))


def _about(author: Author, posted_at: datetime, speech: Speech, now: datetime) -> Iterator[str]:
    if author.followers is None:
        yield speech.gettext("followers not known")
    else:
        yield speech.count("%(num)s follower", "%(num)s followers", author.followers)
    if author.joined_at is None:
        yield speech.gettext("age of the account not known")
    else:
        days = max(0, (now - author.joined_at).days)
        if days >= _YEARS:
            yield speech.count("account %(num)s year old", "account %(num)s years old", days // 365)
        else:
            yield speech.count("account %(num)s day old", "account %(num)s days old", days)
    yield f"{speech.when(posted_at, now)}, {speech.ago(posted_at, now)}"


def link(address: str) -> Value | None:
    """Return the way to an address of somebody's, with its host; None where it leads nowhere that a browser opens."""
    host = host_of(address)
    if not host or not address.startswith(("https://", "http://")) or len(address) > 2_000:
        return None
    return Value(_line(address, 80), address, _line(shown_host(host), 80))


def _places(post: SeenPost) -> Iterator[Value]:
    """Yield where the films of a post are watched: the sites that it links to, else the post itself."""
    links = [address for address in addresses_in(post.text[:LONGEST_TEXT]) if videos_in([address])]
    for address in links[:_MOST] or [post.url or post.uri]:
        if found := link(address):
            yield found


def carries(post: SeenPost, speech: Speech) -> str:
    """Return which files a post carries, "" for words alone."""
    say = speech.gettext
    names = {
        MediaKind.VIDEO: say("video"),
        MediaKind.VIDEO_LINK: say("link to a video"),
        MediaKind.GIF: say("GIF"),
        MediaKind.IMAGE: say("picture"),
        MediaKind.AUDIO: say("sound"),
        MediaKind.OTHER: say("another file"),
        MediaKind.SILENT_VIDEO: say("video without sound"),
        MediaKind.UNKNOWN: say("a file that its server has not fetched yet"),
    }
    kinds = [names[kind] for kind in dict.fromkeys(post.kinds) if kind in names]
    if len(post.media_ids) > 1:
        kinds.append(speech.count("%(num)s file", "%(num)s files", len(post.media_ids)))
    return ", ".join(kinds)


def state_name(state: SightingState, speech: Speech) -> str:
    """Return what became of a sighting, in a word or two."""
    return {
        SightingState.HELD: speech.gettext("waits"),
        SightingState.APPROVED: speech.gettext("approved"),
        SightingState.REJECTED: speech.gettext("refused"),
        SightingState.RESHARED: speech.gettext("reshared"),
        SightingState.GONE: speech.gettext("gone"),
    }[state]


def _facts(card: ReviewCard, speech: Speech) -> Iterator[CardFact]:
    post, say = card.sighting.post, speech.gettext
    alts = [Value(_cut(alt), language=_code(post.language)) for alt in post.alts[:_MOST]]
    if post.lacks_alt:
        alts.append(Value(say("not all its files have one") if alts else say("none")))
    if alts:
        yield CardFact(say("Alternative text"), tuple(alts))
    if post.poll:
        yield CardFact(say("Poll"), tuple(Value(_cut(option)) for option in post.poll[:_MOST]))
    if links := [found for found in map(link, addresses_in(post.text[:LONGEST_TEXT])) if found]:
        yield CardFact(say("Links"), tuple(links[:_MOST]))
    if post.sensitive:
        yield CardFact(say("Marked"), (Value(say("as sensitive, by its author")),))
    places = [_line(shown_source(source), 100) for source in card.sighting.sources[:_MOST]]
    yield CardFact(say("Seen at"), tuple(map(Value, places)))


def _elsewhere(card: ReviewCard, around: Around, speech: Speech) -> Iterator[CardFact]:
    post, say = card.sighting.post, speech.gettext
    others = [
        Value(f"{number} ({state_name(state, speech)})", f"/sightings/{number}")
        for number, state in around.same_video[:_MOST]
    ]
    if others or _MOVING & set(post.kinds):
        yield CardFact(say("The same video"), tuple(others) or (Value(say("nowhere else")),))
    if card.same_text:
        yield CardFact(
            say("The same words"), tuple(Value(str(other), f"/sightings/{other}") for other in card.same_text)
        )
    yield CardFact(say("This author before"), (Value(_before(around, speech)),))


def _before(around: Around, speech: Speech) -> str:
    counts = [
        f"{speech.number(count)} {state_name(state, speech)}"
        for state in SightingState
        if (count := around.by_author.get(state, 0))
    ]
    return ", ".join(counts) or speech.gettext("nothing")


def _cut(text: str, longest: int = 1_500) -> str:
    return masked(text if len(text) <= longest else f"{text[: longest - 1]}…")


def _shown(shown: Shown, speech: Speech) -> ShownPost:
    who = _line(shown_name(shown.handle)) if shown.handle else speech.gettext("somebody who is not known")
    address = next((each for each in map(link, shown.addresses) if each), None)
    post = shown.post
    words = words_of(post.text[:2_000], post.language) if post and post.text else None
    return ShownPost(who, words, address, "" if words else _unread(shown.state, speech))


def _unread(state: ShownState, speech: Speech) -> str:
    return {
        ShownState.READ: speech.gettext("It has no words."),
        ShownState.UNREAD: speech.gettext("It could not be read."),
        ShownState.PENDING: speech.gettext("Its author has not agreed to it yet."),
        ShownState.GONE: speech.gettext("It was deleted or hidden."),
    }[state]


def _decided(card: ReviewCard, around: Around, speech: Speech, now: datetime) -> str:
    """Return who decided, when and why; "" while nobody has."""
    sighting = card.sighting
    match sighting.state:
        case SightingState.GONE:
            return speech.gettext("Its author deleted or hid it.")
        case SightingState.RESHARED:
            sent = [reshare.sent_at for reshare in around.reshares if reshare.state is State.SENT and reshare.sent_at]
            if sent:
                return speech.say("It is out since %(time)s.", time=speech.when(min(sent), now))
            return speech.gettext("It is out.")
        case SightingState.APPROVED | SightingState.REJECTED:
            return said_by(sighting.state, sighting.decided_by, sighting.decided_at, speech, now)
    return ""


def said_by(state: SightingState, by: str, at: datetime | None, speech: Speech, now: datetime) -> str:
    """Return who said what, and how long ago: "Jan said no 4 seconds ago."."""
    if not by or at is None:
        return {
            SightingState.APPROVED: speech.gettext("A rule said yes."),
            SightingState.REJECTED: speech.gettext("A rule said no."),
            SightingState.GONE: speech.gettext("Its author deleted or hid it."),
            SightingState.RESHARED: speech.gettext("It is out."),
            SightingState.HELD: speech.gettext("Somebody took a decision back, and it waits again."),
        }[state]
    said = {"name": by, "ago": speech.ago(at, now)}
    if state is SightingState.REJECTED:
        return speech.say("%(name)s said no %(ago)s.", **said)
    if state in ALLOWED:
        return speech.say("%(name)s said yes %(ago)s.", **said)
    return speech.say("%(name)s decided on it %(ago)s.", **said)


def reasons_of_a_no(speech: Speech) -> Sequence[tuple[str, str]]:
    """Return why somebody says no: each by the name that the form sends, with its words."""
    return [(reason.name.lower(), reason_text(reason, speech)) for reason in OF_A_NO]


def reason_named(name: str) -> Reason | None:
    """Return the reason that a form has sent; None for none, or one that does not belong to a no."""
    return next((reason for reason in OF_A_NO if reason.name.lower() == name), None)


def beginning(row: SightingRow) -> str:
    """Return how the words of a post begin, for the queue."""
    return masked(row.text[:140])


def who_posted(row: SightingRow) -> str:
    """Return whose post it is, for a list."""
    return _line(shown_name(row.author), 60)


@dataclass(frozen=True)
class Summary:
    """A sighting as the list shows it."""

    id: int
    state: SightingState
    state_name: str
    when: str
    who: str
    words: ShownWords
    why: str
    decided: str
    needs_care: bool


def summary(row: SightingRow, speech: Speech, now: datetime) -> Summary:
    """Return a row of the list."""
    return Summary(
        row.id,
        row.state,
        state_name(row.state, speech),
        speech.when(row.seen_at, now),
        who_posted(row),
        words_of(row.text[:160] + ("…" if len(row.text) > 160 else ""), row.language),
        _joined((reason for reason in row.reasons if reason != Reason.NOBODY_DECIDED), speech)[:_LONGEST_LINE],
        f"{row.decided_by}, {speech.when(row.decided_at, now)}" if row.decided_by and row.decided_at else "",
        bool(row.care),
    )


def captions_name(captions: CaptionFile, speech: Speech) -> str:
    """Return what captions are chosen by: their language, and that a machine has written them."""
    base = captions.language.partition("-")[0].lower()
    name = speech.language_name(base) if base else ""
    name = (name if name != base else "") or printable(captions.label) or captions.language or "?"
    return speech.say("%(language)s (by a machine)", language=name) if captions.is_generated else name


def captions_names(captions: Sequence[CaptionFile], speech: Speech) -> str:
    """Return in which languages a film has captions."""
    return speech.all_of([captions_name(each, speech) for each in captions])


def first_captions(captions: Sequence[CaptionFile], speech: Speech) -> int:
    """Return the place of those that are shown at first: in the reader's language, else the first that people wrote."""
    places = range(len(captions))
    own = [place for place in places if captions[place].language.partition("-")[0].lower() == speech.language]
    by_people = [place for place in places if not captions[place].is_generated]
    return next(iter((*own, *by_people, 0)))
