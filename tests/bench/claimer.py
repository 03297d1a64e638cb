"""One worker of the claims, in a process of its own: a lane for each account, as `bot run` has them."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bot.services.sending import deliver as deliver_service
from bot.store.store import Store
from tests.bench.embedded import work_on


def main(url: str, folder: Path, first: int, own: str, accounts: list[str]) -> None:
    """Send what is due on its own account, as one that has worked for long; then wait for a line, and do the rest.

    Says so when ready, and when all was done (Unix seconds). What somebody else holds is theirs to send: a claim takes
    all that is due on an account.
    """
    work = work_on(Store.open(url), folder, [own, *accounts])
    with ThreadPoolExecutor(len(accounts)) as pool:

        def deliver(account: str) -> bool:
            return deliver_service.deliver(work, account)

        deliver(own)
        list(pool.map(deliver, accounts))
        print("ready", flush=True)
        sys.stdin.readline()
        list(pool.map(deliver, [*accounts[first:], *accounts[:first]]))
        print(time.time(), flush=True)
    work.locks.close()
    work.store.close()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5:])
