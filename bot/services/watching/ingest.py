"""What becomes of the posts that a source gave: whose are left out, what the rules say of the others, what is kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection

from bot.domain.moderation import Judgement, Reason, SimilarPosts, Verdict, judge
from bot.domain.post import Page, SeenPost, Unreadable
from bot.domain.sighting import Seen, Sighting
from bot.domain.text import tracked
from bot.hosts import handle_key
from bot.services.events import EventName
from bot.services.moderation import approval
from bot.services.moderation.approval import moderation_context, queue_approved
from bot.services.protection import stop_requests
from bot.services.watching import language
from bot.services.watching.duplicates import DuplicateSearch, KnownPosts
from bot.services.work import Work, author_key, author_keys, post_key, shown_keys
from bot.store import control, sightings, sources
from bot.store.engine import Serialize


def ingest(work: Work, source: str, page: Page, known: KnownPosts | None = None) -> list[Sighting]:
    """Store what a page has brought that is new, and move the source's cursor on. Return the new sightings.

    Posts and cursor are one transaction: neither can be without the other. What others must not see, what is our own,
    and what is from before the source was watched or before the last purge, is not stored at all.
    """
    now = work.clock()
    since = page.cursor.horizon
    heeded = stop_requests.heed(work, page)
    own = frozenset(map(handle_key, work.memory.handles.values()))
    heard = [post for post in heeded.posts if post.created_at >= since and _may_be_for_us(post, own)]
    watched = work.config.watched_hashtags
    tags = {post.uri: tracked(post.hashtags, watched) for post in heard}
    by_uri = {
        post.uri: language.with_language(post, work.config.campaign.languages)
        for post in heard
        if page.to_us or tags[post.uri]
    }
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        has_ended, purged = control.purges(tx)
        if has_ended:
            return []
        seen_posts = _without_forgotten(
            tx, work, [post for post in by_uri.values() if purged is None or post.created_at >= purged]
        )
        stored, similar = _stored(tx, work, source, seen_posts, tags, known or KnownPosts())
        authors = approval.watch_for_hijack(tx, work, stored, similar, now)
        if authors:
            stored = sightings.of_ids(
                tx, [sighting.id for sighting in stored]
            )  # what a rule approved a moment ago is held now
        doubts = stop_requests.hold_doubtful(tx, work, heeded.doubtful, heeded.faint, now)
        if doubts:
            stored = sightings.of_ids(tx, [sighting.id for sighting in stored])
        queue_approved(tx, work, stored, now)
        sources.save_cursor(tx, source, page.cursor, now)
        given_up = sources.note_unreadable(tx, source, page.unreadable, now) if page.unreadable else []
    if given_up:
        _tell_unreadable(work, source, given_up, to_us=page.to_us)
    stop_requests.tell_doubts(work, doubts)
    if authors:
        within = work.config.moderation.alarm.within
        work.tell(EventName.HIJACK, alarming=True, authors=authors, within=within)
    for sighting in stored:
        reasons = list(sighting.judgement.reasons)
        work.tell(EventName.SEEN, sighting=sighting.id, verdict=str(sighting.judgement.verdict), reasons=reasons)
    return stored


def _tell_unreadable(work: Work, source: str, given_up: Sequence[Unreadable], *, to_us: bool) -> None:
    """Tell of each entry that could not be read, once. One that was written to us may ask for something, so a person
    has to look."""
    parts = sorted({unreadable.part for unreadable in given_up})
    work.tell(EventName.UNREADABLE, alarming=to_us, source=source, count=len(given_up), parts=parts, may_ask_us=to_us)


def _stored(
    tx: Connection,
    work: Work,
    source: str,
    posts: Sequence[SeenPost],
    tags: Mapping[str, tuple[str, ...]],
    known: KnownPosts,
) -> tuple[list[Sighting], dict[str, SimilarPosts]]:
    """Return the new sightings, judged beside others that are like them, and what is known of those by uri."""
    now, by_uri = work.clock(), {post.uri: post for post in posts}
    among = sightings.stored_among(tx, by_uri)
    sightings.add_source(tx, among, tags, source)
    fresh = [post for uri, post in by_uri.items() if uri not in among]
    if not fresh:
        return [], {}
    new = dict(zip(sightings.take_numbers(tx, len(fresh)), fresh, strict=True))
    search = DuplicateSearch(tx, work, now, new, known)
    similar = {number: search.similar_to(number) for number in new}
    stored = sightings.add(tx, _judged(tx, work, new, tags, similar), source, now)
    search.remember()
    return stored, {post.uri: similar[number] for number, post in new.items()}


def _may_be_for_us(post: SeenPost, own: Collection[str]) -> bool:
    """Return whether a post is public, and not our own."""
    return post.public and handle_key(post.author.handle) not in own


def _judged(
    tx: Connection,
    work: Work,
    posts: Mapping[int, SeenPost],
    tags: Mapping[str, tuple[str, ...]],
    similar: Mapping[int, SimilarPosts],
) -> dict[int, Seen]:
    context = moderation_context(tx, work)
    keys = {number: author_key(work, post.author.handle) for number, post in posts.items()}
    shown = {number: shown_keys(work, post) for number, post in posts.items()}
    asking = sightings.open_stop_requests_among(tx, set(keys.values()).union(*shown.values()))
    seen: dict[int, Seen] = {}
    for number, post in posts.items():
        key, others, like = keys[number], shown[number], similar[number]
        judgement = judge(post, context, like)
        if asking:
            judgement = _unless_asking(judgement, is_asking=key in asking or not asking.isdisjoint(others))
        seen[number] = Seen(post, tags[post.uri], judgement, key, others, like.same_video_as)
    return seen


def _unless_asking(judgement: Judgement, *, is_asking: bool) -> Judgement:
    """Return the judgement, in which no rule approves while it is open whether the author wants to be left alone."""
    if not is_asking or judgement.verdict is Verdict.REJECT:
        return judgement
    others = (reason for reason in judgement.reasons if reason not in {Reason.TRUSTED, Reason.NOBODY_DECIDED})
    return Judgement(Verdict.HOLD, (Reason.MAY_WANT_OUT, *others), judgement.care)


def _without_forgotten(tx: Connection, work: Work, posts: Sequence[SeenPost]) -> list[SeenPost]:
    """Return the posts without those whose author, or somebody whose post they show, asked never to be seen again, and
    those that were purged."""
    if not sightings.is_any_gone(tx):
        return list(posts)
    keys = {post.uri: author_keys(work, post.platform, post.author) | shown_keys(work, post) for post in posts}
    uris = {post.uri: post_key(work, post.uri) for post in posts}
    gone = sightings.gone_among(tx, frozenset().union(*keys.values()), uris.values())
    return [post for post in posts if gone.isdisjoint(keys[post.uri]) and uris[post.uri] not in gone]
