"""The `bot` command."""

from __future__ import annotations

import sys

from bot.cli import app
from bot.errors import GroundswellError


def main() -> None:
    """Run the command line; a no is said in plain words on standard error, and the exit status is 1."""
    try:
        app()
    except GroundswellError as error:
        print(error, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
