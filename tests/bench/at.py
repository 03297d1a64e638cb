"""`python -m tests.bench.at 2025-04-09T12:32:00+00:00 web …` is `bot web …` as if it were then when it is called."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from bot import clock

if __name__ == "__main__":
    began_at, began = datetime.fromisoformat(sys.argv.pop(1)), datetime.now(UTC)
    for name in ("watchfiles", "orjson"):  # the servers of the tests bring them, and the console would load them
        sys.modules[name] = None  # type: ignore[assignment]
    clock.system_clock = lambda: began_at + (datetime.now(UTC) - began)
    from bot.__main__ import main  # what it imports takes the clock from there by its name

    main()
