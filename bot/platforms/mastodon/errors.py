"""Failed requests in plain words, each with what it proves: not sent, rejected or ambiguous."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from bot.errors import FailureDetail, Outcome, PlatformError, Remedy, at_time, to_do
from bot.platforms.base import Clock
from bot.platforms.html_text import plain_text
from bot.platforms.http_client import (
    SERVERS_OWN,
    HttpAnswer,
    body_of,
    has_moved,
    is_marked,
    is_signed,
    is_walls,
    place_of,
    proved_by,
    retry_at,
    what_it_was,
)
from bot.text_display import printable

PUBLISH = "publish a post"
"""The request whose rate limit keeps everything else of the account waiting too."""

_CLOSED = re.compile(
    r"your login|suspended|deactivated|authorized scopes|insufficient.scope|confirm your e-?mail"
    r"|your account\b.{0,40}\b(?:disabled|inactive|locked|frozen|banned|not \w+|awaiting|pending|unconfirmed|moved)"
    r"|(?:account|user) (?:is )?(?:disabled|inactive|unconfirmed|not (?:yet )?(?:confirmed|approved|active|enabled))",
    re.IGNORECASE,
)
"""What servers of several families say where an account of ours may do nothing any more, or not yet."""

_USERLESS = re.compile(r"requires an authenticated user", re.IGNORECASE)
"""A token of an application alone, or none that still counts: Mastodon says so with 422, others with 401 or 403."""

_BAD_TOKEN = re.compile(r"token", re.IGNORECASE)
_LONGEST_REASON = 200
_ERRORS = ("error", "errors", "error_description")
_OWN_FIELDS = frozenset({*_ERRORS, "error_uri", "details", "detail", "description", "message", "state", "identifier"})
"""What refusals of servers of this API hold: Mastodon's own, OAuth's, and those of Pleroma and Pixelfed."""


def speaks(answer: HttpAnswer) -> bool:
    """Return whether a refusal is the server's own word: a JSON object with its error, as the API has it.

    Servers of every family that speak this API write `error`, some of them `errors`, and nothing that the API does not
    know. What is a web page, plain text, nothing, or the JSON of another API may come from whatever stands between.
    """
    value = body_of(answer)
    if not isinstance(value, dict) or is_marked(answer, value) or not value.keys() <= _OWN_FIELDS:
        return False
    error = value.get("error")
    if isinstance(error, dict) and isinstance(error.get("code"), int):
        return False
    if error and "message" in value:
        return False
    return any(value.get(name) for name in _ERRORS) and not any(is_walls(value.get(name)) for name in _ERRORS)


class Explainer:
    """Makes PlatformErrors about one server and one account of ours there ("" when it is read without one)."""

    def __init__(self, host: str, account: str, token: str, clock: Clock) -> None:
        self.host = host
        self._account = account
        self._token = token
        self._clock = clock
        self.writes_pages: Callable[[], bool] = lambda: False
        """Whether this server is of a kind that writes its refusals as web pages; asked only where one came."""

    def is_own(self, answer: HttpAnswer) -> bool:
        """Return whether a refusal is the server's own word. Takahē writes pages, too: those that no gateway has
        signed."""
        if speaks(answer):
            return True
        is_refusal = 400 <= answer.status < 500 and bool(answer.body.strip()) and body_of(answer) is None
        return is_refusal and not is_signed(answer) and (self.writes_pages() or _is_takahe(answer))

    def is_gone(self, answer: HttpAnswer) -> bool:
        """Return whether the server itself says that something is not there, or not any more."""
        return answer.status in (404, 410) and self.is_own(answer)

    def proved_by(self, answer: HttpAnswer) -> Outcome:
        """Return what an answer proves about a request that would have changed something."""
        return proved_by(answer, is_own=400 <= answer.status < 500 and self.is_own(answer))

    def refused_read(self, answer: HttpAnswer, doing: str) -> PlatformError:
        """Return an answer other than the one a read asked for. Reads change nothing, so none is ambiguous."""
        proved = self.proved_by(answer)
        refused = self._made(answer, doing, Outcome.NOT_SENT if proved is Outcome.AMBIGUOUS else proved, reads=True)
        if answer.asks_to_wait:
            refused.retry_at = retry_at(answer, self._clock())
        return refused

    def resting(self, doing: str, until: datetime) -> PlatformError:
        """Return the error of a server that wants to be left alone: it is not asked at all until then (UTC)."""
        words = f"{self.host} wants to be left alone until {at_time(until)}; until then it is not asked to {doing}."
        return PlatformError(self._hushed(words), Outcome.NOT_SENT, retry_at=until, host=self.host)

    def refused_write(self, answer: HttpAnswer, doing: str) -> PlatformError:
        """Return an answer other than success to a request that would have changed something."""
        refused = self._made(answer, doing, self.proved_by(answer))
        if has_moved(answer):  # nobody would do anything there: only a person can mend the address
            refused.answer, refused.gateway, refused.closes_account = Outcome.REJECTED, False, bool(self._account)
        refused.pauses_account = answer.status == 429 and doing == PUBLISH
        return refused

    def not_there(self, reason: str) -> PlatformError:
        """Return the error of a 404 for a post of ours: what it answers is gone, or an earlier one of its key, which
        the server knows."""
        words = (
            f"{self.host} did not publish it, because something is not there (404: {reason or 'it gave no reason'}): "
            "the post that it answers was deleted, or it was out itself and was deleted by hand"
        )
        more = f". To publish it anew, wait an hour, then run: {to_do(Remedy.RETRY)}"
        refused = self.error(words, Outcome.REJECTED, status=404, more=more, remedy=Remedy.RETRY)
        refused.said, refused.detail = self._hushed(reason), FailureDetail.NOT_THERE
        return refused

    def unreadable(self, doing: str, proved: Outcome, answer: HttpAnswer | None = None) -> PlatformError:
        """Return a success that says nothing we can read; in the `answer` may be the page of a gateway."""
        may_be = "; it may have been done all the same" if proved is Outcome.AMBIGUOUS else ""
        if answer is not None and body_of(answer) is None:
            what_came = f"something on the way answered {answer.status} with {what_it_was(answer)}"
            words = f"{self.host} gave an unreadable answer to our request to {doing}{may_be}: {what_came}."
            return PlatformError(self._hushed(words), proved, status=answer.status, gateway=True, host=self.host)
        words = f"{self.host} gave an unreadable answer to our request to {doing}{may_be}."
        return self.error(words, proved, status=200)

    def unanswered(self, doing: str, why: str, proved: Outcome) -> PlatformError:
        """Return the error of no answer, or only a part of one; `why` is in our own words."""
        if proved is Outcome.AMBIGUOUS:
            words = f"{self.host} did not answer our request to {doing} ({why}); it may have been done all the same."
        else:
            words = f"{self.host} could not be asked to {doing} ({why})"
            return self.error(words, proved, more=". Check its address and the network.")
        return self.error(words, proved)

    def error(
        self, words: str, proved: Outcome, *, status: int = 0, more: str = "", remedy: Remedy | None = None
    ) -> PlatformError:
        return PlatformError(
            self._hushed(words),
            proved,
            more=self._hushed(more),
            remedy=remedy,
            status=status,
            host=self.host,
            account=self._account,
        )

    def _made(self, answer: HttpAnswer, doing: str, proved: Outcome, *, reads: bool = False) -> PlatformError:
        is_own = self.is_own(answer)
        reason = reason_of(answer) if is_own else ""
        closes = proved is Outcome.REJECTED and self._closes(answer.status, reason)
        what, more = self._words(answer, reason, doing, proved, closes=closes, reads=reads)
        return PlatformError(
            self._hushed(what),
            proved,
            more=self._hushed(more),
            remedy=Remedy.LOG_IN if closes and self._account and not self._is_shut_out(answer.status, reason) else None,
            retry_at=retry_at(answer, self._clock()) if answer.status == 429 else None,
            closes_account=bool(self._account) and closes,
            status=answer.status,
            gateway=not is_own and answer.status != 429 and answer.status not in SERVERS_OWN,
            host=self.host,
            account=self._account,
            said=self._hushed(reason),
            detail=self._detail(answer, reason, closes=closes),
        )

    def _detail(self, answer: HttpAnswer, reason: str, *, closes: bool) -> FailureDetail | None:
        if has_moved(answer):
            return FailureDetail.MOVED
        if closes and self._is_shut_out(answer.status, reason):
            return FailureDetail.SHUT_OUT
        if closes and not self._account:
            return FailureDetail.NEEDS_LOGIN
        is_narrow = closes and answer.status == 403 and not _USERLESS.search(reason)
        return FailureDetail.TOKEN_TOO_NARROW if is_narrow else None

    def _closes(self, status: int, reason: str) -> bool:
        """Return whether nothing will work until a person has seen to the account. Takahē says 400 to a bad token."""
        if status == 403:
            return (_CLOSED.search(reason) or _USERLESS.search(reason)) is not None
        if status == 422:
            return _USERLESS.search(reason) is not None
        return status == 401 or (status == 400 and _BAD_TOKEN.search(reason) is not None)

    def _words(
        self, answer: HttpAnswer, reason: str, doing: str, proved: Outcome, *, closes: bool, reads: bool = False
    ) -> tuple[str, str]:
        """Return what happened, and what to do about it."""
        status = answer.status
        if status == 429:
            until = at_time(retry_at(answer, self._clock()))
            became = f"our request to {doing} was not carried out."
            return f"{self.host} asks us to wait until {until} (429); {became}", ""
        if not self.is_own(answer) and status not in SERVERS_OWN:
            return self._gateways(answer, doing, proved, reads=reads)
        if proved is not Outcome.REJECTED:
            may_be = "; it may have been done all the same" if proved is Outcome.AMBIGUOUS else ""
            return f"{self.host} answered {status} to our request to {doing}{may_be}.", ""
        if closes:
            return self._closed(status, reason, doing)
        return f"{self.host} refused to {doing} ({status}): {reason or 'it gave no reason'}", ""

    def _gateways(self, answer: HttpAnswer, doing: str, proved: Outcome, *, reads: bool) -> tuple[str, str]:
        """Return what was seen, without a cause that nobody knows."""
        became = "; it may have been done all the same" if proved is Outcome.AMBIGUOUS else "; nothing was done"
        became = "" if reads else became
        if 300 <= answer.status < 400:
            if has_moved(answer):
                became = "; nothing was done"
            what = f"{self.host} redirects us to {place_of(answer)} ({answer.status}), and we do not follow{became}"
            return what, ". If the server has moved: Mend its address in bot.toml."
        what_came = what_it_was(answer)
        advice = " Its gateway takes no file of this size." if answer.status == 413 else ""
        what = f"The gateway of {self.host} answered {answer.status} with {what_came} to our request to {doing}{became}"
        return what, f". It is not the server's own word, so it is tried again.{advice}"

    def _closed(self, status: int, reason: str, doing: str) -> tuple[str, str]:
        login = f". Run: {to_do(Remedy.LOG_IN, self._account)}"
        if not self._account:
            what = f"{self.host} does not {doing} without an account ({status})"
            return what, ". Take it out of [monitor] in bot.toml."
        if self._is_shut_out(status, reason):
            sentence = reason if reason.endswith((".", "!", "?")) else f"{reason}."
            what = f'{self.host} has closed account "{self._account}" (403): {sentence}'
            return what, " Log in there with a browser."
        if status == 403 and not _USERLESS.search(reason):
            return f'The token of account "{self._account}" does not allow us to {doing} on {self.host} (403)', login
        return f'{self.host} does not accept the token of account "{self._account}" any more ({status})', login

    @staticmethod
    def _is_shut_out(status: int, reason: str) -> bool:
        """Return whether the account itself is closed, where no other token helps."""
        return status == 403 and not _USERLESS.search(reason) and "scope" not in reason.lower()

    def _hushed(self, words: str) -> str:
        """Return a text without our token, which a server may repeat to us, and without what upsets a terminal or a
        database."""
        return printable(words.replace(self._token, "…") if self._token else words)


def _is_takahe(answer: HttpAnswer) -> bool:
    return "takahe" in answer.headers.get("server", "").lower()


def reason_of(answer: HttpAnswer) -> str:
    """Return the server's own words, from its JSON or from a page of its own; "" if it gave none."""
    value = body_of(answer)
    if value is None:
        value = plain_text(answer.body[:4000].decode("utf-8", "replace"))
    elif isinstance(value, dict):
        value = value.get("error_description") or value.get("error") or value.get("errors")
    if isinstance(value, dict):
        value = value.get("detail") or value.get("message")
    return " ".join(value.split())[:_LONGEST_REASON] if isinstance(value, str) else ""
