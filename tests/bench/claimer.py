"""One worker of the claims, in a process of its own: a lane for each account, as `bot run` has them."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bot.services.sending import deliver as deliver_service
from bot.store.store import Store
from tests.bench.embedded import work_on

ACCOUNTS = tuple(f"account-{number}" for number in range(8))


def own_accounts(place: int) -> tuple[str, ...]:
    """The accounts of the worker at this place, on which nobody else sends."""
    return tuple(f"own-{place}-{number}" for number in range(len(ACCOUNTS)))


def main(url: str, folder: Path, place: int, count: int) -> None:
    """Send what is due on its own accounts, as one that has worked for long; then wait for a line, and do the rest.

    Says so when ready, and when all was done (Unix seconds). What somebody else holds is theirs to send: a claim takes
    all that is due on an account.
    """
    own, first = own_accounts(place), place * len(ACCOUNTS) // count
    work = work_on(Store.open(url), folder, [*own, *ACCOUNTS])
    with ThreadPoolExecutor(len(ACCOUNTS)) as pool:

        def deliver(account: str) -> bool:
            return deliver_service.deliver(work, account)

        list(pool.map(deliver, own))
        list(pool.map(deliver, ACCOUNTS))
        print("ready", flush=True)
        sys.stdin.readline()
        list(pool.map(deliver, [*ACCOUNTS[first:], *ACCOUNTS[:first]]))
        print(time.time(), flush=True)
    work.locks.close()
    work.store.close()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
