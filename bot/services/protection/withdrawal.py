"""An author's "stop", by reply or mention, or in their biography: every reshare is taken back, and they are never seen
again. What may be a slogan is for a person to judge, see `bot.services.moderation.stop_doubts`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.moderation import opted_out, same_handle_among
from bot.domain.post import Author, Page, SeenPost, all_shown
from bot.domain.withdrawal import Addressed, Asked, Heard, hear, weigh
from bot.services.keys import author_keys
from bot.services.protection import forget
from bot.services.work import SIGHTINGS, Work
from bot.store import authors, control, stop_requests
from bot.store.control import OURSELVES


@dataclass(frozen=True)
class Heeded:
    """The posts of a page that stay, and those of all its posts that may ask for something: a person has to look.

    Of the doubtful ones, those that are `faint` hold only a word of a wish: they count if their author is known here.
    """

    posts: tuple[SeenPost, ...]
    doubtful: tuple[SeenPost, ...] = ()
    faint: tuple[SeenPost, ...] = ()


def heed(work: Work, page: Page) -> Heeded:
    """Do what posts that mention us ask for, and what their authors' biographies ask for.

    Not public ones count too: who is afraid does not ask in public. A post that asks is not stored.
    """
    posts = [one for one in page.posts if not same_handle_among(one.author.handle, work.own_handles.values())]
    heard = {
        one.uri: hear(_without_our_tags(work, one.text), _phrases(work))
        for one in posts
        if page.to_us or _shows_ours(work, one)
    }
    asked = {one.uri: _asked(one, heard[one.uri]) for one in posts if one.uri in heard}
    for other in (shown.post for one in posts for shown in all_shown(one) if shown.post is not None):
        if opted_out(other.author.bio) and not same_handle_among(other.author.handle, work.own_handles.values()):
            _let_go_whom_we_reshared(work, other)
    for one in posts:
        if asked.get(one.uri) is Asked.YES:
            let_go(work, one)
        elif opted_out(one.author.bio):
            _let_go_whom_we_reshared(work, one)
    stay = tuple(one for one in page.posts if asked.get(one.uri) is not Asked.YES)
    doubtful = [one for one in posts if asked.get(one.uri) is Asked.PERHAPS]
    faint = [one for one in doubtful if heard[one.uri].asked is Asked.PERHAPS and not heard[one.uri].is_clear]
    return Heeded(stay, tuple(one for one in doubtful if one not in faint), tuple(faint))


def _without_our_tags(work: Work, text: str) -> str:
    """The text without the campaign's hashtags: a "stop" before any other may be about that, as in "Stop #torture"."""
    tags = "|".join(map(re.escape, work.config.campaign.hashtags))
    return re.sub(rf"[#＃](?:{tags})(?!\w)", " ", text, flags=re.IGNORECASE) if tags else text


def _shows_ours(work: Work, post: SeenPost) -> bool:
    """Whether a post quotes one of ours: that is an answer, wherever it is seen."""
    ours = list(work.own_handles.values())
    return any(one.post is not None and same_handle_among(one.post.author.handle, ours) for one in all_shown(post))


def _asked(post: SeenPost, heard: Heard) -> Asked:
    """What a post that mentions us asks for, by to whom it speaks."""
    is_answer = post.is_reply if post.answers_us is None else post.answers_us
    addressed = Addressed.TO_US if is_answer or not post.public else Addressed.IN_PUBLIC
    is_on_show = bool(post.hashtags or post.media_ids or post.videos)
    return weigh(heard, addressed, is_on_show=is_on_show)


def says_stop(work: Work, post: SeenPost) -> bool:
    """Whether a post, which its author has edited, is a wish to be left alone and nothing else."""
    heard = hear(_without_our_tags(work, post.text), _phrases(work))
    is_on_show = bool(post.hashtags or post.media_ids or post.videos)
    return weigh(heard, Addressed.IN_PUBLIC, is_on_show=is_on_show) is Asked.YES


def _phrases(work: Work) -> Sequence[str]:
    return [phrase for phrases in work.config.withdrawal.words.values() for phrase in phrases]


def let_go(work: Work, post: SeenPost) -> None:
    """Forget a post's author: durably, and told to the team once, without who it is."""
    let_go_author(work, post.platform, post.author)


def let_go_author(work: Work, platform: str, author: Author) -> None:
    """The same for somebody of whom no post of their own is at hand, as whoever is quoted."""
    keys = author_keys(work, platform, author)
    with work.store.begin(turn=SIGHTINGS) as tx:
        is_new = authors.are_new(tx, keys)
        gone = forget.let_go(tx, work, keys, work.clock())
        if is_new or gone.sightings or gone.reshares:
            text = f"{gone.sightings} sightings of one author, who asked for it"
            control.write_down(tx, work.clock(), OURSELVES, "forget", text, stop_requests.HEEDED)
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
