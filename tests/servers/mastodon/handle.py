"""How a test holds the Mastodon server: its own process, seeded, disturbed and audited over HTTP."""

import atexit
import re
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl, quote, urlsplit

import httpx

from tests.servers.mastodon.records import MastodonAccount, MastodonLedger, MastodonPost
from tests.servers.process import ServerProcess


class MastodonServer:
    """`with MastodonServer() as server:`; `reset()` between tests costs milliseconds, starting a fifth of a second.

    One that was left is emptied and kept for the next who wants one; all end with this process.
    """

    _idle: ClassVar[list[tuple[ServerProcess, httpx.Client]]] = []

    def __init__(self, *, ledger_file: Path | None = None, port: int = 0) -> None:
        self._options = {"port": port, "ledger": str(ledger_file or "")}
        self._is_plain = not port and ledger_file is None
        self._process: ServerProcess | None = None
        self.url = ""

    def start(self) -> Self:
        process = ServerProcess("tests.servers.mastodon.__main__", self._options)
        self._hold(process, httpx.Client(base_url=process.url, timeout=60, trust_env=False))
        return self

    def _hold(self, process: ServerProcess, control: httpx.Client) -> None:
        self._process, self._control, self.url = process, control, process.url

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            self._control.close()
            process.end()

    def __enter__(self) -> Self:
        if self._is_plain and self._idle:
            self._hold(*self._idle.pop())
            return self
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_plain and self._process is not None and self._process.is_alive:
            self.reset()
            if not self._idle:
                atexit.register(self._end_idle)
            self._idle.append((self._process, self._control))
            self._process = None
        else:
            self.stop()

    @classmethod
    def _end_idle(cls) -> None:
        while cls._idle:
            server = cls()
            server._hold(*cls._idle.pop())
            server.stop()

    def reset(self) -> None:
        """No accounts, no statuses, no faults, default settings, real time, an empty ledger."""
        self._call("POST", "reset")

    def settings(self, **wishes: Any) -> dict[str, Any]:
        """Changes what is named (see `settings.py`), and gives back all. `dialect=` starts from that dialect's own."""
        settings: dict[str, Any] = self._call("POST", "settings", wishes)
        return settings

    def clock(
        self,
        *,
        now: datetime | None = None,
        offset: float | None = None,
        advance: float | None = None,
        real: bool = False,
    ) -> datetime:
        """Stands still at `now`, runs `offset` seconds off, moves by `advance` seconds, or runs in `real` time."""
        wishes = {"now": now.isoformat() if now else None, "offset": offset, "advance": advance, "real": real}
        return datetime.fromisoformat(self._call("POST", "clock", wishes)["now"])

    def fault(self, effect: str, **wishes: Any) -> str:
        """Adds a fault (see `faults.py`), e.g. `fault("accept_then_close", path="/statuses$", count=1)`."""
        return str(self._call("POST", "faults", {"effect": effect, **wishes})["id"])

    def faults(self) -> list[dict[str, Any]]:
        """The faults in force, with how often each was `seen` and `fired`."""
        faults: list[dict[str, Any]] = self._call("GET", "faults")
        return faults

    def clear_faults(self) -> None:
        self._call("DELETE", "faults")

    def release_late(self) -> int:
        """Process now what `late_accept` faults still hold; gives how many requests that were."""
        return int(self._call("POST", "release")["released"])

    def forget_media(self) -> None:
        """Uploads that no post has attached yet are swept away."""
        self._call("DELETE", "media")

    def ledger(self) -> MastodonLedger:
        return MastodonLedger(**self._call("GET", "ledger"))

    def add_account(self, username: str, **fields: Any) -> MastodonAccount:
        """`user`, or `user@host` for a remote one. Fields as the API names them: bot, note (HTML), locked,
        discoverable, indexable, display_name, created_at, default_privacy, followers_count, statuses_count, …"""
        return MastodonAccount(**self._call("POST", "accounts", {"username": username, **_plain(fields)}))

    def set_account(self, account: MastodonAccount | str, **fields: Any) -> None:
        self._call("PATCH", f"accounts/{quote(_name(account))}", _plain(fields))

    def set_note(self, account: MastodonAccount | str, note: str) -> None:
        self.set_account(account, note=note)

    def follow(self, follower: MastodonAccount | str, followed: MastodonAccount | str) -> None:
        self._call("POST", "follows", {"follower": _name(follower), "followed": _name(followed)})

    def add_token(self, account: MastodonAccount | str) -> str:
        """One more token of an account, as another login would give."""
        return str(self._call("POST", f"tokens/{quote(_name(account))}"))

    def revoke_tokens(self, account: MastodonAccount | str) -> None:
        self._call("DELETE", f"tokens/{quote(_name(account))}")

    def seed_status(self, account: MastodonAccount | str, text: str, **fields: Any) -> MastodonPost:
        """A post that is there without a request. Fields: media [{"type", "description", "url"}], visibility,
        language, in_reply_to, sensitive, spoiler_text, content (HTML), created_at, uri, url; and of its author:
        bot, note, locked, discoverable, indexable. `quotes` is a post that it quotes, `quote_state` what became of
        that; `more` are fields of the entity that are to be shown as they are given. With `known=False` (and a uri) it
        exists elsewhere only, until search resolves its address. Like Mastodon's, its id follows `created_at`: an old
        post that arrives late stands behind a reader's cursor."""
        return self.seed_statuses([{"account": account, "text": text, **fields}])[0]

    def seed_statuses(self, statuses: list[dict[str, Any]]) -> list[MastodonPost]:
        """Many at once; each has `account` and `text` beside the fields of `seed_status`."""
        wishes = [_plain({**status, "account": _name(status["account"])}) for status in statuses]
        return [MastodonPost(**post) for post in self._call("POST", "statuses", {"statuses": wishes})]

    def edit_status(self, post: MastodonPost | str, **fields: Any) -> None:
        """The author edits: text, media, quotes, edited_at. `quote_state` and `more` change without an edit."""
        self._call("PATCH", f"statuses/{_id(post)}", _plain(fields))

    def set_visibility(self, post: MastodonPost | str, visibility: str) -> None:
        self._call("PATCH", f"statuses/{_id(post)}", {"visibility": visibility})

    def delete_status(self, post: MastodonPost | str) -> None:
        """The author deletes it; boosts of it go too."""
        self._call("DELETE", f"statuses/{_id(post)}")

    def authorize(self, account: MastodonAccount, address: str) -> str:
        """The account's owner opens the authorize address in a browser and says yes; gives back the code."""
        form = {**dict(parse_qsl(urlsplit(address).query)), "username": account.username}
        answer = httpx.post(f"{self.url}/oauth/authorize", data=form, trust_env=False)
        found = re.search(r'value="([^"]+)"|[?&]code=([^&]+)', answer.headers.get("location", answer.text))
        if answer.status_code >= 400 or found is None:
            raise RuntimeError(f"authorize answered {answer.status_code}: {answer.text}")
        return found[1] or found[2]

    def _call(self, method: str, thing: str, wishes: dict[str, Any] | None = None) -> Any:
        answer = self._control.request(method, f"/_sim/{thing}", json=wishes)
        if answer.status_code != 200:
            raise ValueError(answer.text)
        return answer.json()


def _name(account: MastodonAccount | str) -> str:
    return account.acct if isinstance(account, MastodonAccount) else account


def _id(post: MastodonPost | str) -> str:
    return post.id if isinstance(post, MastodonPost) else post


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    """Datetimes as text, posts as their ids."""
    plain: dict[str, Any] = {}
    for name, value in fields.items():
        if isinstance(value, datetime):
            plain[name] = value.isoformat()
        else:
            plain[name] = value.id if isinstance(value, MastodonPost) else value
    return plain
