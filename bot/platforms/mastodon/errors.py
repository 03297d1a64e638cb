"""Failed requests in plain words, each with what it proves: not sent, rejected or ambiguous."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlsplit

import msgspec

from bot.errors import Answer, PlatformError
from bot.hints import printable
from bot.platforms.base import Clock
from bot.platforms.jsontext import decoded
from bot.platforms.mastodon.answers import Answered, retry_at
from bot.platforms.plaintext import plain_text

PUBLISH = "publish a post"
"""The request whose rate limit keeps everything else of the account waiting too."""

REFUSALS = frozenset({400, 401, 403, 404, 405, 406, 410, 411, 413, 414, 415, 422, 431, 451})
"""Statuses by which a server says that it did not do what it was asked, and will not."""

_CLOSED = re.compile(r"your login|suspended|authorized scopes|insufficient.scope", re.IGNORECASE)
_BAD_TOKEN = re.compile(r"token", re.IGNORECASE)
_LONGEST_REASON = 200
_ANYTHING: msgspec.json.Decoder[object] = msgspec.json.Decoder(object)


def proved_by(status: int) -> Answer:
    """What the status of an answer proves about a request that would have changed something.

    A redirect was not acted upon. A 408, a 409 and every 5xx may come from a gateway whose server went on working.
    """
    if status == 429:
        return Answer.NOT_SENT
    if status in REFUSALS or 300 <= status < 400:
        return Answer.REJECTED
    return Answer.AMBIGUOUS


class Explainer:
    """Makes PlatformErrors about one server and one account of ours there ("" when it is read without one)."""

    def __init__(self, host: str, account: str, token: str, clock: Clock) -> None:
        self.host = host
        self._account = account
        self._token = token
        self._clock = clock

    def refused_read(self, answer: Answered, doing: str) -> PlatformError:
        """An answer other than the one a read asked for. Reads change nothing, so none is ambiguous."""
        proved = Answer.NOT_SENT if proved_by(answer.status) is Answer.AMBIGUOUS else proved_by(answer.status)
        refused = self._made(answer, doing, proved, moved_closes=False)
        if answer.asks_to_wait:
            refused.retry_at = retry_at(answer, self._clock())
        return refused

    def resting(self, doing: str, until: datetime) -> PlatformError:
        """A server that wants to be left alone is not asked at all until then (UTC)."""
        words = f"{self.host} wants to be left alone until {until:%H:%M:%S} UTC; until then it is not asked to {doing}."
        return PlatformError(self._hushed(words), Answer.NOT_SENT, retry_at=until)

    def refused_write(self, answer: Answered, doing: str) -> PlatformError:
        """An answer other than success to a request that would have changed something."""
        refused = self._made(answer, doing, proved_by(answer.status), moved_closes=True)
        refused.pauses_account = answer.status == 429 and doing == PUBLISH
        return refused

    def not_there(self, reason: str) -> PlatformError:
        """404 for a post of ours: what it answers is gone, or an earlier one of its key, which the server knows."""
        words = (
            f"{self.host} did not publish it, because something is not there (404: {reason or 'it gave no reason'}): "
            "the post that it answers was deleted, or it was out itself and was deleted by hand. To publish it anew, "
            "wait an hour, then run: bot retry"
        )
        return self.error(words, Answer.REJECTED, status=404)

    def unreadable(self, doing: str, proved: Answer) -> PlatformError:
        """A success that says nothing we can read."""
        may_be = "; it may have been done all the same" if proved is Answer.AMBIGUOUS else ""
        return self.error(
            f"{self.host} gave an unreadable answer to our request to {doing}{may_be}.", proved, status=200
        )

    def unanswered(self, doing: str, why: str, proved: Answer) -> PlatformError:
        """No answer, or only a part of one; `why` is in our own words."""
        if proved is Answer.AMBIGUOUS:
            words = f"{self.host} did not answer our request to {doing} ({why}); it may have been done all the same."
        else:
            words = f"{self.host} could not be asked to {doing} ({why}). Check its address and the network."
        return self.error(words, proved)

    def error(self, words: str, proved: Answer, *, status: int = 0) -> PlatformError:
        return PlatformError(self._hushed(words), proved, status=status)

    def _made(self, answer: Answered, doing: str, proved: Answer, *, moved_closes: bool) -> PlatformError:
        reason = reason_of(answer)
        is_moved = 300 <= answer.status < 400
        closes = (is_moved and moved_closes) or self._closes(answer.status, reason)
        return PlatformError(
            self._hushed(self._words(answer, reason, doing, proved, closes=closes)),
            proved,
            retry_at=retry_at(answer, self._clock()) if answer.status == 429 else None,
            closes_account=bool(self._account) and closes,
            status=answer.status,
        )

    def _closes(self, status: int, reason: str) -> bool:
        """Whether nothing will work until a person has seen to the account. Takahē says 400 to a bad token."""
        if status == 403:
            return _CLOSED.search(reason) is not None
        return status == 401 or (status == 400 and _BAD_TOKEN.search(reason) is not None)

    def _words(self, answer: Answered, reason: str, doing: str, proved: Answer, *, closes: bool) -> str:
        status = answer.status
        if 300 <= status < 400:
            return self._moved(answer)
        if status == 429:
            until = f"{retry_at(answer, self._clock()):%H:%M:%S}"
            return f"{self.host} asks us to wait until {until} UTC (429); our request to {doing} was not carried out."
        if proved is not Answer.REJECTED:
            may_be = "; it may have been done all the same" if proved is Answer.AMBIGUOUS else ""
            return f"{self.host} answered {status} to our request to {doing}{may_be}."
        if closes:
            return self._closed(status, reason, doing)
        return f"{self.host} refused to {doing} ({status}): {reason or 'it gave no reason'}"

    def _closed(self, status: int, reason: str, doing: str) -> str:
        login = f"Run: bot login {self._account}"
        if not self._account:
            return f"{self.host} does not {doing} without an account ({status}). Take it out of [monitor] in bot.toml."
        if status != 403:
            return f'{self.host} does not accept the token of account "{self._account}" any more ({status}). {login}'
        if "scope" in reason.lower():
            return f'The token of account "{self._account}" does not allow us to {doing} on {self.host} (403). {login}'
        return f'{self.host} has closed account "{self._account}" (403): {reason} Log in there with a browser.'

    def _moved(self, answer: Answered) -> str:
        place = _place_of(answer.headers.get("location", "")) or "another address"
        return f"{self.host} redirects us to {place} ({answer.status}); nothing was done. Mend its address in bot.toml."

    def _hushed(self, words: str) -> str:
        """Without our token, which a server may repeat to us, and without what upsets a terminal or a database."""
        return printable(words.replace(self._token, "…") if self._token else words)


def _place_of(address: str) -> str:
    """Scheme and host of an address, "" where it has none."""
    try:
        target = urlsplit(address)
    except ValueError:
        return ""
    return f"{target.scheme or 'https'}://{target.netloc}" if target.netloc else ""


def reason_of(answer: Answered) -> str:
    """The server's own words, from Mastodon's JSON or from an HTML or plain error page; "" if it gave none."""
    told = decoded(answer.body, _ANYTHING)
    if told is None:
        told = plain_text(answer.body[:4000].decode("utf-8", "replace"))
    if isinstance(told, dict):
        told = told.get("error_description") or told.get("error")
    return " ".join(told.split())[:_LONGEST_REASON] if isinstance(told, str) else ""
