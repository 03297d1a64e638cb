"""The `bot` command."""

from __future__ import annotations

import atexit
import gc
import os
import sys
import traceback

_SHOW_TRACEBACK = "BOT_TRACEBACK"

_MADE_WHILE_LOADING = 250_000
"""Python looks for what can be thrown away whenever so many things were made. At its usual 700 it would do so hundreds
of times while modules are loaded, and find nothing: a tenth of the time that most commands take. Processes that live
long look more often once they have loaded."""


def main() -> None:
    """Run the command line; a no is said in plain words on standard error, and the exit status is 1."""
    gc.set_threshold(_MADE_WHILE_LOADING)  # before there is anything to load
    atexit.register(gc.freeze)  # what ends looks through all that it made, 80 ms of `bot check`; so it need not
    from bot.cli import output
    from bot.cli.app import app, say
    from bot.errors import GroundswellError, Refused
    from bot.files.config.credentials import hide_password_of

    output.prepare()
    hide_password_of(os.environ.get("DATABASE_URL", ""))
    try:
        app()
    except Refused as error:
        from bot.cli.words.refusals import refusal_text

        say(refusal_text(error), alarming=True, code=error.code)
        sys.exit(1)
    except GroundswellError as error:
        say(str(error), alarming=True)
        sys.exit(1)
    except Exception as error:
        say(traceback.format_exc() if os.environ.get(_SHOW_TRACEBACK) else _unforeseen(error), alarming=True)
        sys.exit(1)


def _unforeseen(error: Exception) -> str:
    """Return an error nobody thought of: no traceback for the person, but the way to one for whoever fixes it."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'The output'}: {error.strerror}."
    return f"This should not have happened: {type(error).__name__}: {error}. To see where, set {_SHOW_TRACEBACK}=1."


if __name__ == "__main__":
    main()
