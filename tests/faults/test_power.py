"""Power loss: what was never synced is gone, and still each request that left has its attempt on the disk."""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random

import pytest

from bot.domain.delivery import Delivery, Kind, State
from bot.errors import StoreError
from bot.store import deliveries, past_requests
from bot.store.store import Store, sqlite_url
from tests.faults.disk import Disk
from tests.faults.traced import Posting, calls, cut_power, postings, trace
from tests.harness.bot_process import BOT, until
from tests.harness.live_campaign import NO_CARE, LiveCampaign, now, once_each

WITH_PRAGMA = """\
from sqlalchemy import event
from sqlalchemy.pool import Pool

event.listen(Pool, "checkout", lambda connection, *_: connection.execute("PRAGMA {pragma}"))

from bot.__main__ import main

main()
"""

CHANCES = 4


def bot_with(pragma: str) -> tuple[str, str]:
    """The same program, each of whose connections to the store has been told this."""
    return ("-c", WITH_PRAGMA.format(pragma=pragma))


class Wreck:
    """What power cuts leave of a campaign's store, looked at in a place of its own."""

    def __init__(self, live: LiveCampaign, log: Path) -> None:
        self._file = live.root.parent / "wreck" / "groundswell.db"
        self.calls = calls(log, lambda one: one.path.startswith(("socket:", str(live.root))))
        self.postings = postings(self.calls)
        folders = {str(live.root), str(live.root / "var")}
        self._on_files = [one for one in self.calls if one.path in folders or "groundswell.db" in one.path]
        self._store = Store.open(sqlite_url(self._file))

    @property
    def moves(self) -> int:
        """How many pages were written to where they stay, before the last request left."""
        last = self.postings[-1].began
        return sum(one.path.endswith(".db") and one.name == "pwrite64" and one.began < last for one in self.calls)

    def at(self, moment: int, chance: Random | None = None) -> dict[str, bytes]:
        """The store's files as they are after a power cut at a moment."""
        found = Disk(self._on_files, moment, chance).files()
        return {Path(path).name: data for path, data in found.items()}

    def lost(self, chance: Random | None = None) -> list[Posting]:
        """The requests whose attempts are not in the store after a power cut in the moment when they leave."""
        return [one for one in self.postings if not self._remembers(one, self.at(one.began, chance))]

    def _remembers(self, posting: Posting, files: dict[str, bytes]) -> bool:
        self._store.close()
        lay(files, self._file.parent)
        try:
            return is_recorded(self._store, posting)
        except StoreError:
            return False


def lay(files: dict[str, bytes], folder: Path) -> None:
    """These files and no others in a folder; a file that stays is the same one, as it is after a power cut."""
    for old in folder.iterdir():
        if old.is_file() and old.name not in files:
            old.unlink()
    for name, data in files.items():
        (folder / name).write_bytes(data)


def is_recorded(store: Store, posting: Posting) -> bool:
    """Whether a delivery is being sent whose last attempt, not answered yet, is this request."""
    with store.read() as tx:
        for one in deliveries.in_states(tx, [State.SENDING], posting.account):
            tried = past_requests.attempts_of_part(tx, one, len(one.sent_parts))
            if tried and not tried[-1][1] and asks_for(posting, one):
                return True
    return False


def asks_for(posting: Posting, one: Delivery) -> bool:
    """Whether a request is for the next part of a delivery."""
    if posting.is_reshare or one.kind is Kind.RESHARE:
        return posting.is_reshare and one.kind is Kind.RESHARE
    return one.content.parts[len(one.sent_parts)].text in posting.text


def prepare(live: LiveCampaign) -> None:
    """Posts, a thread, one with a picture, and a reshare on each account; nothing has been planned yet."""
    live.many(3, now())
    live.message("thread", "The first part.\n---\nThe second part.\n---\nThe third part.")
    live.message("card", "With a card.", card=True)
    live.schedule({"thread": now(), "card": now()}, "more")
    live.change("bot.toml", "[pace]", f'[moderation]\ntrusted = ["@ana@{live.host}", "x:ana"]\n\n{NO_CARE}\n[pace]')
    live.video_on_mastodon("ana")
    live.video_on_x("ana")


def traced_once(live: LiveCampaign, *program: str) -> Wreck:
    """Post everything in a worker that is traced from its first breath, on a store that it makes itself."""
    log = live.root.parent / "trace"
    command = [sys.executable, *program, "run", "--once"]
    worker = trace(command, log, live.root, live.own({}))
    _, said = worker.communicate(timeout=60)
    assert worker.returncode == 0, said
    return Wreck(live, log)


def test_a_power_cut_while_a_request_leaves_never_takes_its_attempt(live: LiveCampaign) -> None:
    prepare(live)
    wreck = traced_once(live, *BOT)
    assert len(wreck.postings) == len(live.accepted()) + 2 == 16
    assert wreck.lost() == []
    for chance in range(CHANCES):
        assert wreck.lost(Random(chance)) == []


def test_a_power_cut_takes_no_attempt_while_the_store_moves_its_pages_to_where_they_stay(live: LiveCampaign) -> None:
    live.many(3, now())
    wreck = traced_once(live, *bot_with("wal_autocheckpoint = 4"))
    assert len(wreck.postings) == len(live.accepted()) == 6
    assert wreck.moves > 6
    for chance in (None, *map(Random, range(CHANCES))):
        assert wreck.lost(chance) == []


@pytest.mark.parametrize("how", ["NORMAL", pytest.param("OFF", marks=pytest.mark.long)])
def test_a_store_that_does_not_sync_loses_attempts_to_a_power_cut_and_the_search_finds_them(
    live: LiveCampaign, how: str
) -> None:
    live.many(3, now())
    wreck = traced_once(live, *bot_with(f"synchronous = {how}"))
    assert len(wreck.postings) == len(live.accepted()) == 6
    assert wreck.lost() == wreck.postings


def test_after_a_power_cut_what_was_being_sent_is_looked_for_and_nothing_goes_out_twice(live: LiveCampaign) -> None:
    texts = live.many(3, now())
    live.mastodon.settings(idempotency="ignore")
    live.mastodon.fault("accept_then_delay", method="POST", path="/statuses$", seconds=30)
    live.x.fault("accept_then_delay", "/2/tweets", method="POST", seconds=30, count=None)
    log = live.root.parent / "trace"
    with trace([sys.executable, *BOT, "run"], log, live.root, live.own({})) as worker:
        try:
            until(lambda: len(live.accepted()) == 2)
        finally:
            cut_power(worker)
    live.mastodon.clear_faults()
    live.x.clear_faults()
    wreck = Wreck(live, log)
    _, last = wreck.postings
    lay(wreck.at(last.began), live.root / "var")
    live.done("run", "--once")
    assert once_each(live.accepted(), texts)
    assert {one["state"] for one in live.queue()} == {"sent"}
