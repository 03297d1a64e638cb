"""Keeps the signing libraries silent: at DEBUG they write tokens, signatures and bodies into the log."""

from __future__ import annotations

import logging

import oauthlib.oauth1
import requests_oauthlib  # noqa: F401  (its loggers must exist before they are silenced)
import tweepy  # noqa: F401

_TALKATIVE = ("oauthlib", "requests_oauthlib", "tweepy")


def _nothing(_: logging.LogRecord) -> bool:
    return False


def silence() -> None:
    """Drop every record of these libraries, whatever level somebody sets later.

    A filter outlives `logging.config`; it acts only on the logger it hangs on, so each module's own gets one.
    """
    oauthlib.set_debug(False)
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in _TALKATIVE:
            logger = logging.getLogger(name)
            if _nothing not in logger.filters:
                logger.addFilter(_nothing)


silence()
