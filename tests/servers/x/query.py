"""The search query language, as far as the simulator knows it: what it does not know, it refuses as X would."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.servers.x.model import Post, User
from tests.servers.x.problems import invalid

TOKEN = re.compile(r'\s*(?:(?P<open>-?\()|(?P<close>\))|(?P<term>-?(?:[a-z_]+:)?(?:"[^"]*"|[^\s()"]+)))')
MOVING = frozenset({"video"})
HAS: dict[str, Callable[[Post], bool]] = {
    "video_link": lambda post: any(item.type in MOVING for item in post.media),
    "videos": lambda post: any(item.type in MOVING for item in post.media),
    "media": lambda post: bool(post.media),
    "images": lambda post: any(item.type == "photo" for item in post.media),
    "links": lambda post: bool(post.composed.urls),
    "hashtags": lambda post: bool(post.composed.hashtags),
    "mentions": lambda post: bool(post.composed.mentions),
}
IS: dict[str, Callable[[Post], bool]] = {
    "retweet": lambda post: post.repost_of is not None,
    "reply": lambda post: post.reply_to is not None,
    "quote": lambda post: post.quotes is not None,
}


@dataclass(frozen=True)
class Node:
    """A part of a query; `stands_alone` says whether X would search for it by itself."""

    matches: Callable[[Post, User], bool]
    stands_alone: bool


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens: list[str] = []
        position = 0
        text = text.rstrip()
        while position < len(text):
            match = TOKEN.match(text, position)
            if match is None or match.end() == position:
                raise _bad(f"no viable alternative at character {position + 1}")
            self.tokens.append(match.group().strip())
            position = match.end()
        self.position = 0

    def peek(self) -> str:
        return self.tokens[self.position] if self.position < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self.position += 1
        return token


def parse(text: str) -> Node:
    """The whole query; raises a 400 Refusal for bad syntax or when no part of it stands alone."""
    reader = _Reader(text)
    node = _any_of(reader)
    if reader.peek():
        raise _bad(f"unexpected {reader.peek()!r}")
    if not node.stands_alone:
        raise _bad("has:, is: and lang: must be used together with a keyword, hashtag or account")
    return node


def _any_of(reader: _Reader) -> Node:
    parts = [_all_of(reader)]
    while reader.peek() == "OR":
        reader.take()
        parts.append(_all_of(reader))
    if len(parts) == 1:
        return parts[0]
    return Node(lambda post, user: any(part.matches(post, user) for part in parts), all(p.stands_alone for p in parts))


def _all_of(reader: _Reader) -> Node:
    parts: list[Node] = []
    while reader.peek() not in ("", ")", "OR"):
        parts.append(_one(reader))
    if not parts:
        raise _bad("a clause is empty")
    if len(parts) == 1:
        return parts[0]
    return Node(lambda post, user: all(part.matches(post, user) for part in parts), any(p.stands_alone for p in parts))


def _one(reader: _Reader) -> Node:
    token = reader.take()
    if token == "-(":
        raise _bad("a group can not be negated")
    if token == "(":
        node = _any_of(reader)
        if reader.take() != ")":
            raise _bad("a parenthesis is not closed")
        return node
    if token.startswith("-"):
        inner = _term(token[1:])
        return Node(lambda post, user: not inner.matches(post, user), False)
    return _term(token)


def _term(token: str) -> Node:
    if token in ("AND", "and", "or"):
        raise _bad(f"Ambiguous use of {token} as a keyword. Use a space to logically join two clauses")
    if token.startswith("#") and len(token) > 1:
        return _hashtag(token[1:])
    if token.startswith("@") and len(token) > 1:
        return _mention(token[1:])
    operator, colon, value = token.partition(":")
    if colon and not token.startswith('"'):
        if operator == "url" and not value.startswith('"') and not value.isalnum():
            raise _bad("an address with punctuation must be in double quotes")
        return _operator(operator, value.strip('"'))
    return _keyword(token.strip('"'))


def _hashtag(tag: str) -> Node:
    wanted = tag.casefold()
    return Node(lambda post, user: any(found["tag"].casefold() == wanted for found in post.composed.hashtags), True)


def _mention(name: str) -> Node:
    wanted = name.lower()
    return Node(lambda post, user: any(m["username"].lower() == wanted for m in post.composed.mentions), True)


def _keyword(word: str) -> Node:
    if not word:
        raise _bad("a keyword is empty")
    pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
    return Node(lambda post, user: pattern.search(post.sent_text) is not None, True)


def _operator(operator: str, value: str) -> Node:
    if operator == "has" and value in HAS:
        return Node(lambda post, user: HAS[value](post), False)
    if operator == "is" and value in IS:
        return Node(lambda post, user: IS[value](post), False)
    if operator == "is" and value == "verified":
        return Node(lambda post, user: user.verified, False)
    if operator == "lang" and re.fullmatch("[a-z]{2,3}", value):
        return Node(lambda post, user: post.lang == value, False)
    if operator == "from" and value:
        wanted = value.removeprefix("@").lower()
        return Node(lambda post, user: wanted in (user.username.lower(), user.id), True)
    if operator == "conversation_id" and value.isdigit():
        return Node(lambda post, user: str(post.conversation_id) == value, True)
    if operator == "url" and _words(value):
        phrase = _words(value)
        return Node(lambda post, user: any(_holds(found["expanded_url"], phrase) for found in post.composed.urls), True)
    raise _bad(f"Reference to invalid operator '{operator}:{value}'")


def _words(address: str) -> list[str]:
    """X compares whole words of an address, in any case."""
    return re.findall(r"[a-z0-9]+", address.lower())


def _holds(address: str, wanted: list[str]) -> bool:
    words, size = _words(address), len(wanted)
    return any(words[start : start + size] == wanted for start in range(len(words) - size + 1))


def _bad(why: str) -> Exception:
    return invalid(f"There were errors processing your request: {why}", "query")
