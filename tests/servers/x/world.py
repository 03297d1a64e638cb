"""The simulated X itself: who exists, what was posted, which secrets open which account."""

import hashlib
import secrets
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterator

from tests.servers.x import oauth
from tests.servers.x.clock import Clock
from tests.servers.x.faults import Fault
from tests.servers.x.ledger import Ledger
from tests.servers.x.limits import Limiter
from tests.servers.x.messages import Request
from tests.servers.x.model import Post, Token, Upload, User
from tests.servers.x.money import micros
from tests.servers.x.problems import refused
from tests.servers.x.settings import Settings

REMEMBERED_NONCES = 20_000


class World:
    """All state of the simulator; `reset` empties it."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.clock = Clock()
        self.reset()

    def reset(self) -> None:
        """Back to an empty X on real time, with the default settings."""
        self.settings = Settings()
        self.clock.follow_real_time()
        self.limiter = Limiter()
        self.faults: list[Fault] = []
        self.users: dict[str, User] = {}
        self.usernames: dict[str, str] = {}
        self.consumers: dict[str, str] = {}
        self.tokens: dict[str, Token] = {}
        self.posts: dict[int, Post] = {}
        self.order: list[int] = []
        self.reposts: dict[tuple[str, int], Post] = {}
        self.uploads: dict[int, Upload] = {}
        self.request_tokens: dict[str, tuple[str, str, str, str]] = {}
        self.frozen_after = 0
        self._digests: dict[int, hashlib._Hash] = {}
        self._nonces: deque[tuple[str, str]] = deque(maxlen=REMEMBERED_NONCES)
        self._nonce_set: set[tuple[str, str]] = set()
        self.ledger.clear()

    def add_user(self, username: str, name: str = "", credits_usd: float | None = None) -> User:
        """A new account; the username must be free."""
        if username.lower() in self.usernames:
            raise ValueError(f"there is a user {username} already")
        budget = self.settings.default_credits_usd if credits_usd is None else credits_usd
        user = User(str(self.clock.snowflake()), username, name or username, self.clock.now(), micros(budget))
        self.users[user.id] = user
        self.usernames[username.lower()] = user.id
        return user

    def add_token(self, user: User, consumer_key: str = "", consumer_secret: str = "") -> tuple[str, Token]:
        """The user's access token for an app; the app is made when no key is given."""
        key = consumer_key or secrets.token_hex(12)
        self.consumers.setdefault(key, consumer_secret or secrets.token_hex(25))
        for text, token in self.tokens.items():
            if (token.user_id, token.consumer_key) == (user.id, key):
                return text, token
        text, token = f"{user.id}-{secrets.token_hex(20)}", Token(user.id, key, secrets.token_hex(22))
        self.tokens[text] = token
        return text, token

    def user_named(self, name: str) -> User | None:
        """The user with this id or username."""
        return self.users.get(name) or self.users.get(self.usernames.get(name.lower(), ""))

    def authenticate(self, request: Request) -> User:
        """The user who signed the request; raises a 401 Refusal when nobody did."""
        signed = oauth.read(request)
        token = self.tokens.get(signed.token)
        if token is None or token.consumer_key != signed.consumer_key:
            raise refused(401)
        oauth.prove(request, signed, self.consumers[token.consumer_key], token.secret)
        self._spend_nonce(signed.token, signed.fields["oauth_nonce"])
        return self.users[token.user_id]

    def _spend_nonce(self, token: str, nonce: str) -> None:
        if (token, nonce) in self._nonce_set:
            raise refused(401)
        if len(self._nonces) == REMEMBERED_NONCES:
            self._nonce_set.discard(self._nonces[0])
        self._nonces.append((token, nonce))
        self._nonce_set.add((token, nonce))

    def add_post(self, post: Post) -> None:
        """Keep a new post or repost."""
        self.posts[post.id] = post
        insort(self.order, post.id)
        if post.repost_of is not None:
            self.reposts[post.author_id, post.repost_of] = post

    def forget_post(self, post: Post, at: float) -> None:
        """Mark a post or repost as deleted at `at` (unix seconds)."""
        post.deleted_at = at
        if post.repost_of is not None:
            self.reposts.pop((post.author_id, post.repost_of), None)

    def newest_first(self, before: int | None = None) -> Iterator[Post]:
        """Every post that exists, newest first, with an id below `before`."""
        end = len(self.order) if before is None else bisect_left(self.order, before)
        for index in range(end - 1, -1, -1):
            post = self.posts[self.order[index]]
            if post.exists:
                yield post

    def digest_of(self, upload: Upload) -> "hashlib._Hash":
        """The running SHA-256 of an upload's bytes, which are not kept themselves."""
        return self._digests.setdefault(upload.id, hashlib.sha256())

    def may_see(self, viewer: User, post: Post) -> bool:
        """Whether the post's author lets the viewer read it."""
        return viewer.id == post.author_id or not self.users[post.author_id].protected
