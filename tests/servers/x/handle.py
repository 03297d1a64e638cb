"""The simulator as tests hold it: a process they start, set up, and whose ledger they read."""

import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from tests.servers.process import ServerProcess
from tests.servers.x.faults import Effect

Json = dict[str, Any]


@dataclass(frozen=True)
class XUser:
    """An account on the simulator with its OAuth 1.0a secrets."""

    id: str
    username: str
    api_key: str
    api_secret: str
    access_token: str
    access_token_secret: str


class XSimulator:
    """A context manager, or `start` and `stop`; `url` is its address. One process serves many tests: `reset`."""

    def __init__(self, ledger_file: Path | None = None, environment: dict[str, str] | None = None) -> None:
        """`environment` is added to this process's own for the simulator."""
        self._ledger_file = ledger_file
        self._environment = environment
        self._process: ServerProcess | None = None
        self._client: httpx.Client | None = None
        self.url = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the process and wait until it listens; raises RuntimeError when it ends instead."""
        options = {"ledger": str(self._ledger_file or "")}
        self._process = ServerProcess("tests.servers.x.__main__", options, self._environment)
        self.url = self._process.url
        self._client = httpx.Client(base_url=self.url, timeout=10.0, trust_env=False)

    def stop(self) -> None:
        """End the process at once; safe to call twice."""
        if self._client is not None:
            self._client.close()
            self._client = None
        if self._process is not None:
            self._process.end(signal.SIGKILL)
            self._process = None

    def reset(self) -> None:
        """Empty X: no users, posts or faults, default settings, real time, a new ledger."""
        self._order("POST", "reset")

    def add_user(self, username: str, **details: Any) -> XUser:
        """A new account; `details` as in `orders.NewUser` (name, description, protected, credits in USD, …)."""
        return XUser(**self._order("POST", "users", {"username": username, **details}))

    def edit_user(self, user: str, **changes: Any) -> None:
        """Change an account by id or username; `changes` as in `orders.UserChange`."""
        self._order("PATCH", f"users/{user}", changes)

    def seed_post(
        self,
        user: str,
        text: str = "",
        *,
        media: Sequence[Json] = (),
        created_at: datetime | None = None,
        **details: Any,
    ) -> str:
        """Somebody's post, and its id. `user` is a username or id, made when new; `media` like {"type": "video"}.

        `details` as in `orders.NewPost`: lang, reply_to, repost_of, quotes, possibly_sensitive.
        """
        order: Json = {"user": user, "text": text, "media": list(media), **details}
        if created_at is not None:
            order["created_at"] = created_at.isoformat()
        return str(self._order("POST", "posts", order)["id"])

    def edit_post(self, post_id: str, **changes: Any) -> str:
        """Change a seeded post (text, new_version, protected, possibly_sensitive); gives the newest version's id."""
        return str(self._order("PATCH", f"posts/{post_id}", changes)["id"])

    def delete_post(self, post_id: str) -> None:
        """Its author deletes a post."""
        self._order("DELETE", f"posts/{post_id}")

    def fault(
        self,
        effect: Effect,
        path: str = "*",
        *,
        method: str = "",
        count: int | None = 1,
        after: int = 0,
        status: int = 503,
        body: Any = None,
        headers: dict[str, str] | None = None,
        seconds: float = 0.0,
    ) -> None:
        """Hit the next `count` matching requests (None: all) after the first `after`; see `faults.Fault`."""
        order: Json = {"effect": effect, "path": path, "method": method, "count": count, "after": after}
        order |= {"status": status, "body": body, "headers": headers or {}, "seconds": seconds}
        self._order("POST", "faults", order)

    def forget_media(self) -> None:
        """Uploads that no post has attached yet expire at once."""
        self._order("DELETE", "media")

    def clear_faults(self) -> None:
        """No faults any more."""
        self._order("DELETE", "faults")

    def release_late(self) -> int:
        """Process now what `late_accept` faults still hold; gives how many requests that were."""
        return int(self._order("POST", "release")["released"])

    def settings(self, **changes: Any) -> Json:
        """Change settings by name, see `settings.Settings`; gives all of them."""
        return self._order("POST", "settings", changes)

    def set_clock(self, moment: datetime | None = None, *, running: bool = False, offset_s: float = 0.0) -> None:
        """Stand still at `moment` (go on from there with `running`); None: real time, `offset_s` seconds ahead."""
        now = None if moment is None else moment.isoformat()
        self._order("POST", "clock", {"now": now, "running": running, "offset_s": offset_s})

    def ledger(self) -> Json:
        """What was accepted: posts, reposts, deletes, media, requests, violations, seeded, spent, spent_by_user,
        billed_reads (by user, how often each post was billed)."""
        return self._order("GET", "ledger")

    def wait_until(self, is_so: Callable[[Json], bool], timeout_s: float = 10.0) -> Json:
        """The ledger as soon as `is_so` holds of it; raises TimeoutError. For what other threads or late faults do."""
        deadline = time.monotonic() + timeout_s
        while not is_so(ledger := self.ledger()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"it did not come about within {timeout_s} s")
            time.sleep(0.005)
        return ledger

    def _order(self, method: str, resource: str, content: Json | None = None) -> Json:
        if self._client is None:
            raise RuntimeError("the X simulator is not running: call start()")
        answer = self._client.request(method, f"/_sim/{resource}", json=content or {})
        if answer.status_code != 200:
            raise ValueError(f"the X simulator refused {method} {resource}: {answer.text}")
        result: Json = answer.json()
        return result
