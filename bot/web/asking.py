"""How an author is asked in private whether we may spread their post: where, and in words of their own language."""

from __future__ import annotations

import re

from bot.domain.post import SeenPost
from bot.values import dataclass
from bot.web.languages import LANGUAGES, Speech
from bot.web.review_card import Value, link

_PROFILE = re.compile(r"(https://[^/\s]+/@[^/\s]+)/[^/\s]+\Z")
_HANDLE = re.compile(r"@([\w.-]+)@([\w.-]+)\Z")
_ON_X = re.compile(r"x:(\w+)\Z")


@dataclass(frozen=True)
class AskedAuthor:
    """What is written to an author: `words` in a `language`, with their `meaning` for whoever reads another one (""
    where they are in that); `page` is where their messages are, None where no browser opens it."""

    page: Value | None
    words: str
    language: str
    meaning: str


def asked_author(post: SeenPost, campaign: str, speech: Speech) -> AskedAuthor:
    """Return how the author of a post is asked; in English where we do not speak their language."""
    code = post.language.partition("-")[0].lower()
    theirs = Speech(code if code in LANGUAGES else LANGUAGES[0], speech.zone)
    meaning = "" if theirs.language == speech.language else _question(campaign, speech)
    return AskedAuthor(link(_profile(post)), _question(campaign, theirs), theirs.language, meaning)


def _question(campaign: str, speech: Speech) -> str:
    return speech.say(
        "Hello! We run the campaign “%(campaign)s”, and would like to share your post from our account. Many people "
        "you do not know would then see it, with our name beside it. Is that all right with you, and safe for you? If "
        "not, or if you are not sure, we leave it, and nobody learns that we asked.",
        campaign=campaign,
    )


def _profile(post: SeenPost) -> str:
    """Return where an author's page is; the post's own address where that cannot be told."""
    if on_x := _ON_X.match(post.author.handle):
        return f"https://x.com/{on_x[1]}"
    if beside := _PROFILE.match(post.url):
        return beside[1]
    handle = _HANDLE.match(post.author.handle)
    return f"https://{handle[2]}/@{handle[1]}" if handle else post.url
