"""When what was wrong is mended, that is said too: each alarm's counterpart, and what nobody else notices."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.delivery import State
from bot.services.status import Obstacle, Status, trouble_key
from bot.services.work import Work
from bot.store import deliveries
from bot.store.schema import delivery

ALL_CLEAR: Mapping[str, tuple[str, ...]] = {
    "account_barred": ("account_known",),
    "account_closed": ("account_back",),
    "account_failed": ("account_back",),
    "asked": ("sent",),
    "asks_perhaps": ("dismissed", "rejected_by_person", "withdrawn"),
    "catching_up": ("sent", "missed"),
    "clock_set_back": ("clock_set_forward",),
    "doubt": ("reckoned",),
    "edit_failed": ("edited", "undone"),
    "failed": ("works_again",),
    "feeds_off": ("feeds_on",),
    "gateway": ("sent", "missed", "needs_decision", "rejected"),
    "faulty_files": ("files_fine",),
    "held_back": ("resumed", "account_back", "in_reach", "reckoned", "money_back"),
    "hijack": ("automatic_switched",),
    "missed": ("sent",),
    "needs_decision": ("settled",),
    "no_money": ("money_back", "source_back", "sent"),
    "out_of_reach": ("in_reach",),
    "postponed": ("uploaded", "sent", "missed"),
    "recheck": ("undone",),
    "reckoned": ("settled", "sent"),
    "rejected": ("sent",),
    "source_failed": ("source_back",),
    "still_in_doubt": ("reckoned",),
    "trouble_ahead": ("trouble_over",),
    "undo_failed": ("undone",),
    "unknown": ("found", "absent", "needs_decision"),
    "unreadable": (),
    "upload_failed": ("uploaded",),
    "waiting": ("link_known", "missed"),
    "withdrawn": ("undone",),
}
"""Each event that can alarm, and the events of which one comes when it is over. `docs/logs.md` shows the same.

An entry that could not be read stays so: nothing comes after that alarm.
"""

FILES = "files"
_LINK = "link"
_BACK = (Obstacle.ACCOUNT_CLOSED, Obstacle.NO_TOKEN, Obstacle.RATE_LIMITED)
_OF_ACCOUNTS = frozenset({*_BACK, Obstacle.NO_MONEY, Obstacle.ACCOUNT_BARRED})


def troubles(work: Work, status: Status, unusable: Mapping[str, str], files: str) -> dict[str, str]:
    """All that is wrong now, by code and subject: what is gone of it at the next look is over.

    `unusable` has the accounts that this worker cannot use, with the reason; `files` is a mistake in the files.
    """
    found = {trouble_key(Obstacle.NO_TOKEN, name): why for name, why in unusable.items() if why}
    for name, account in status.accounts.items():
        seen = (one for one in account.hindrances if one.code in _OF_ACCOUNTS - {Obstacle.NO_TOKEN})
        found |= {trouble_key(one.code, name): one.reason for one in seen}
    if status.stopped:
        found[str(Obstacle.STOPPED)] = ""
    if files:
        found[FILES] = files
    with work.store.read() as tx:
        waiting = deliveries.listed(tx, delivery.c.state == State.PLANNED, delivery.c.waiting_for != "")
        return found | {f"{_LINK}:{one.waiting_for}": "" for one in waiting}


def tell_changes(work: Work, before: Mapping[str, str], now: Mapping[str, str]) -> None:
    """Say what is over, and what has begun that nobody else says."""
    for key in now.keys() - before.keys():
        code, _, name = key.partition(":")
        if code == Obstacle.RATE_LIMITED:
            work.tell("rate_limited", f"{name} waits: {now[key]}", account=name)
    for key in sorted(before.keys() - now.keys()):
        _tell_over(work, key, now)


def _tell_over(work: Work, key: str, now: Mapping[str, str]) -> None:
    code, _, name = key.partition(":")
    if code in _OF_ACCOUNTS and name not in work.config.accounts:
        return
    if code == Obstacle.STOPPED:
        work.tell("resumed", "sending goes on: somebody has let it")
    elif code == FILES:
        work.tell("files_fine", "the files have no mistake any more, and the queue follows them")
    elif code == _LINK and work.config.campaign.links.get(name):
        work.tell("link_known", f"{{{name}}} is known now: what waited for it goes out")
    elif code == Obstacle.NO_MONEY:
        work.tell("money_back", f"{name} has money again", account=name)
    elif code in _BACK and not any(trouble_key(other, name) in now for other in _BACK):
        work.tell("account_back", f"{name} can be used again", account=name)
