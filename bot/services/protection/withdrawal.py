"""An author's "stop", by reply or mention, or in their biography: every reshare is taken back, and they are never seen
again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from sqlalchemy import Connection

from bot.domain.moderation import opted_out, same_handle_among
from bot.domain.post import Page, SeenPost, all_shown
from bot.domain.withdrawal import Asked, what_is_asked
from bot.services.keys import author_key, author_keys
from bot.services.protection import forget
from bot.services.work import SIGHTINGS, Work
from bot.store import authors, control
from bot.store.control import OURSELVES


def heed(work: Work, page: Page) -> tuple[SeenPost, ...]:
    """Do what posts that mention us ask for, and what their authors' biographies ask for; gives the posts that stay.

    Not public ones count too: who is afraid does not ask in public. A post that asks is not stored.
    """
    posts = [one for one in page.posts if not same_handle_among(one.author.handle, work.own_handles.values())]
    asked = {one.uri: _asked(work, one) for one in posts} if page.to_us else {}
    for other in (shown.post for one in posts for shown in all_shown(one) if shown.post is not None):
        if opted_out(other.author.bio) and not same_handle_among(other.author.handle, work.own_handles.values()):
            _let_go_whom_we_reshared(work, other)
    for one in posts:
        if asked.get(one.uri) is Asked.YES:
            let_go(work, one)
        elif opted_out(one.author.bio):
            _let_go_whom_we_reshared(work, one)
        elif asked.get(one.uri) is Asked.PERHAPS and (one.is_reply or not one.public):
            _ask_a_person(work, one)
    return tuple(one for one in page.posts if asked.get(one.uri) is not Asked.YES)


def _asked(work: Work, post: SeenPost) -> Asked:
    return what_is_asked(post.text, _phrases(work))


def _phrases(work: Work) -> Sequence[str]:
    return [phrase for phrases in work.config.withdrawal.words.values() for phrase in phrases]


def let_go(work: Work, post: SeenPost) -> None:
    """Forget a post's author: durably, and told to the team once, without who it is."""
    keys = author_keys(work, post.platform, post.author)
    with work.store.begin(turn=SIGHTINGS) as tx:
        is_new = authors.are_new(tx, keys)
        gone = forget.let_go(tx, work, keys, work.clock())
        if is_new or gone.sightings or gone.reshares:
            text = f"{gone.sightings} sightings of one author, who asked for it"
            control.write_down(tx, work.clock(), OURSELVES, "forget", text)
    if is_new or gone.sightings or gone.reshares:
        text = (
            f"an author asked us to stop: {len(gone.reshares)} reshares are taken back, {gone.sightings} sightings are "
            "removed, and they are never seen again"
        )
        work.tell("withdrawn", text, alarming=bool(gone.reshares), deliveries=[one.id for one in gone.reshares])


def _let_go_whom_we_reshared(work: Work, post: SeenPost) -> None:
    """Of a stranger nothing is needed but the rules' no: their biography may change again."""
    with work.store.read() as tx:
        is_known = forget.has_anything(tx, work, post.platform, post.author)
    if is_known:
        let_go(work, post)


def _ask_a_person(work: Work, post: SeenPost) -> None:
    with work.store.read() as tx:
        what = _what_there_is(tx, work, post)
    if what:
        text = f"its author may be asking for it to be taken down: {what}"
        work.tell("asks_perhaps", text, alarming=True)


def _what_there_is(tx: Connection, work: Work, post: SeenPost) -> str:
    keys = author_keys(work, post.platform, post.author)
    found = authors.sightings_of(tx, keys, partial(author_key, work))
    if found:
        return f"sighting {found[-1]}. Look at their reply, then run: bot withdraw {found[-1]}"
    out = [one.id for one in authors.reshares_of(tx, keys, ()) if one.sent_at is not None and one.undone_at is None]
    return f"delivery {out[-1]}. Look at their reply, then run: bot forget AUTHOR" if out else ""
