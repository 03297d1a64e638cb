"""A small campaign whose account is on the rehearsal's network, ten days before its day."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.domain.post import MediaKind
from bot.platforms.rehearsal import rules
from bot.platforms.rehearsal.network import Network
from tests.harness.campaign_folder import rested

BOT = """\
[campaign]
name = "Day of Action"
day_of_action = {day}
timezone = "Europe/Berlin"
languages = ["en"]
hashtags = ["FreeBelarusUnionists"]

[accounts.stage]
platform = "rehearsal"

[pace]
min_gap = "0s"
"""

SCHEDULE = """\
[[post]]
message = "call"
days = ["T-20", "T-3", "T-2"]
at = 09:30:00
"""


WAITING = """\
[campaign]
name = "Waiting"
day_of_action = 2099-04-16
timezone = "UTC"
languages = ["en"]
hashtags = ["FreeBelarusUnionists"]

[accounts.union]
platform = "rehearsal"
"""


def make_waiting(root: Path) -> Path:
    """Write one with a single post, `later`, that is due in decades."""
    for name, text in {
        "bot.toml": WAITING,
        "schedules/run-up.toml": '[[post]]\nmessage = "later"\ndays = ["T"]\nat = 09:00:00\n',
        "messages/later/en.md": "Some day.\n",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
        rested(root / name)
    return root


def make(root: Path) -> Path:
    """Write it: one delivery is missed, two are to come."""
    day = datetime.now(UTC).date() + timedelta(days=10)
    for name, text in {
        "bot.toml": BOT.format(day=day),
        "schedules/run-up.toml": SCHEDULE,
        "messages/call/en.md": "Write to the embassies. {hashtags}\n",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
        rested(root / name)
    return root


def solidarity(root: Path, *handles: str) -> None:
    """Post a video under the hashtag for each of these people."""
    network = Network(rules.mastodon(), lambda: datetime.now(UTC), root / "var" / "rehearsal.jsonl")
    for handle in handles:
        text, alt = "We stand with you! #FreeBelarusUnionists", "People in a hall."
        network.post(handle, text, kinds=[MediaKind.VIDEO], alt=alt)
    network.close()


def leave_undecided(root: Path, delivery: int) -> None:
    """Leave a delivery as if nobody knew whether it is out."""
    with closing(sqlite3.connect(root / "var" / "groundswell.db")) as database:
        database.execute("UPDATE delivery SET state = 'needs_decision' WHERE id = ?", (delivery,))
        database.commit()
