"""What X's refusals and silences prove, in words a person can act on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.errors import FailureDetail, Outcome, PlatformError, Remedy, at_time, to_do
from bot.platforms.http_client import (
    SERVERS_OWN,
    HttpAnswer,
    body_of,
    has_moved,
    is_marked,
    is_walls,
    place_of,
    proved_by,
    retry_after,
    what_it_was,
)
from bot.text_display import printable

RETRY_UNTOLD = timedelta(minutes=15)
"""X's usual window: when to ask again after a 429 that does not say."""

LONGEST_WINDOW = timedelta(hours=25)
"""X's longest window is a day; a reset beyond that is a wrong clock, not a promise."""

SIGNED_IN_TIME = timedelta(minutes=4)
"""X refuses what was signed more than five minutes before or after; its Date is in whole seconds, and on the way."""

_WINDOWS = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")
_DUPLICATE = re.compile(r"duplicate content|status is a duplicate", re.IGNORECASE)
_NO_MEDIA = re.compile(r"media ids? (?:is|are) invalid", re.IGNORECASE)
_ALREADY = re.compile(r"already (?:retweeted|reposted)", re.IGNORECASE)
_SHUT_OUT = re.compile(
    r"your account (?:is|has been|was) (?:\w+ )?(?:suspended|deactivated|disabled)|unlock your account"
    r"|account (?:is|has been) (?:temporarily )?locked|unsupported-authentication"
    r"|oauth1-permissions|app permissions|client-forbidden|client-not-enrolled",
    re.IGNORECASE,
)
_KIND = re.compile(r"https?://(?:api\.|developer\.|docs\.)?(?:twitter|x)\.com/")
_LONGEST_QUOTE = 300
_PARTS = frozenset({"data", "meta", "errors", "includes"})
"""What an answer of X's holds, one of them at the least."""

_OTHERS = frozenset({"locations", "path", "extensions", "reason", "domain"})
"""What errors of GraphQL's and Google's services have beside their message, and X's do not."""
HOST = "X"
"""Who is asked, as people call it."""

_RESUME = f"then run `{to_do(Remedy.RESUME)}`"
_BUY = f"buy credits in X's Developer Console or wait until they are renewed, {_RESUME}"
_MEND = f"mend api_base_url in bot.toml, {_RESUME}"
_CLOCK = "see that this computer's clock is right"
_OTHER = f"if that post serves, leave it; else change the message's words, and run `{to_do(Remedy.PLAN)}`"
_LOOK = f"log in on x.com and in X's Developer Console to see why, {_RESUME}"


class XRefusal(PlatformError):
    """X answered with an HTTP status that is no success; `already` when it says that a repost exists, `lacks_media`
    when it does not know the files that a post names."""

    def __init__(self, status: int, message: str, answer: Outcome, account: str, **more: Any) -> None:
        super().__init__(message, answer, host=HOST, account=account, **more)
        self.status = status
        self.already = False
        self.lacks_media = False


def refusal(reply: HttpAnswer, account: str, now: datetime, *, reads: bool = False) -> XRefusal:
    """Return what an answer with this status means for whatever was asked, which changes nothing where it only
    `reads`."""
    body = body_of(reply)
    words = printable("; ".join(dict.fromkeys(_words(body)))[:_LONGEST_QUOTE])
    if reply.status == 429:
        return _slowed(reply, account, now, words)
    is_own = speaks(reply, body)
    proved = proved_by(reply, is_own=is_own)
    if not is_own and reply.status not in SERVERS_OWN:
        return _gateways(reply, account, Outcome.NOT_SENT if reads else proved, reads=reads)
    if proved is not Outcome.REJECTED:
        message = f"X answered account {account} with {reply.status}, which does not say what became of the request"
        return XRefusal(reply.status, message, proved, account, more=_more(words), said=words)
    if reply.status == 401 and _is_another_time(reply, now):
        return _untimely(reply, account, now)
    return _rejection(reply.status, account, _marks(body), words)


def _more(words: str) -> str:
    return f". X says: {words}" if words else ""


def speaks(reply: HttpAnswer, body: object) -> bool:
    """Return whether a refusal is X's own word: a problem (RFC 9457) of its own kinds, or its older list of errors.

    X stands behind a CDN that writes problems of that form, too; those say so, and name kinds that are not X's.
    """
    if not isinstance(body, dict) or is_marked(reply, body):
        return False
    kind = body.get("type")
    if kind is not None and kind != "about:blank" and not (isinstance(kind, str) and _KIND.match(kind)):
        return False
    if any(is_walls(body.get(name)) for name in ("title", "detail")):
        return False
    errors = body.get("errors")
    if isinstance(errors, list) and any(isinstance(problem, dict) and problem.keys() & _OTHERS for problem in errors):
        return False
    is_problem = isinstance(body.get("title"), str) or (
        isinstance(body.get("detail"), str) and body.get("status") == reply.status
    )
    return (is_problem and "instance" not in body) or bool(errors)


def unreadable(reply: HttpAnswer) -> PlatformError:
    """Return a success whose body says nothing: the request may have been carried out."""
    kind = printable(reply.headers.get("content-type", "no content type").partition(";")[0])
    message = f"X answered {reply.status} with a body that cannot be read ({kind})"
    body = body_of(reply)
    if not isinstance(body, dict) or not body.keys() & _PARTS:
        what_came = what_it_was(reply, titled=False)
        message = f"{message}: something on the way answered with {what_came}, and X itself did not say anything"
        return PlatformError(message, Outcome.AMBIGUOUS, status=reply.status, gateway=True, host=HOST)
    return PlatformError(message, Outcome.AMBIGUOUS, status=reply.status, host=HOST)


def rejected(
    message: str, remedy: Remedy | None = None, *, detail: FailureDetail | None = None, said: str = ""
) -> PlatformError:
    """Return a request that is refused before it is sent, or that X refused inside a success."""
    return PlatformError(message, Outcome.REJECTED, remedy=remedy, host=HOST, detail=detail, said=said)


def _slowed(reply: HttpAnswer, account: str, now: datetime, words: str) -> XRefusal:
    resets = [reset for reset in _resets(reply.headers) if now < reset <= now + LONGEST_WINDOW]
    again = max(resets, default=_by_gateway(reply, now) or now + RETRY_UNTOLD)
    message = f"X limits how often account {account} may ask; it may again at {at_time(again)}"
    return XRefusal(429, message, Outcome.NOT_SENT, account, more=_more(words), said=words, retry_at=again)


def _gateways(reply: HttpAnswer, account: str, proved: Outcome, *, reads: bool) -> XRefusal:
    """Return the refusal of something on the way. A redirect is not followed: whoever stands there would get our
    signature. Some servers redirect after they have done it."""
    became = "nothing was done" if proved is Outcome.NOT_SENT else "what became of the request is looked for"
    became = "" if reads else f"; {became}"
    if 300 <= reply.status < 400:
        message = f"X redirects account {account} to {place_of(reply)} ({reply.status}), where nothing is sent: {_MEND}"
        if has_moved(reply):  # only a person can mend the address
            closed = XRefusal(reply.status, printable(message), Outcome.AMBIGUOUS, account, remedy=Remedy.RESUME)
            closed.closes_account, closed.detail = True, FailureDetail.MOVED
            return closed
        more = ""
    else:
        message = (
            f"A gateway on the way to X answered account {account} with {reply.status} and {what_it_was(reply)}{became}"
        )
        more = ". It is not X's own word, so it is tried again"
    return XRefusal(reply.status, printable(message), proved, account, more=more, gateway=True)


def _by_gateway(reply: HttpAnswer, now: datetime) -> datetime | None:
    """Return what a gateway says of when to come back; X itself has headers of its own for it."""
    at = retry_after(reply, now)
    return None if at is None else min(max(at, now + timedelta(seconds=1)), now + LONGEST_WINDOW)


def _resets(headers: Mapping[str, str]) -> Iterator[datetime]:
    """Yield when each window that is used up opens again; the usual one counts even if X does not say it is used up."""
    for window in _WINDOWS:
        reset = headers.get(f"{window}-reset", "")
        used_up = headers.get(f"{window}-remaining", "0" if window == "x-rate-limit" else "") == "0"
        if used_up and reset.isascii() and reset.isdigit() and len(reset) <= 11:
            yield datetime.fromtimestamp(int(reset), UTC)


def _is_another_time(reply: HttpAnswer, now: datetime) -> bool:
    server_time = reply.server_time
    return server_time is not None and abs(now - server_time) > SIGNED_IN_TIME


def _untimely(reply: HttpAnswer, account: str, now: datetime) -> XRefusal:
    """Return the refusal of a request for our clock's sake: it must be set right, and nobody has to log in or open the
    account again."""
    message = (
        f"X accepts nothing of account {account} while this computer's clock is wrong: it says {now:%Y-%m-%d %H:%M} "
        f"UTC, X says {reply.server_time or now:%Y-%m-%d %H:%M} UTC"
    )
    more = ". Set it right, and it goes on by itself"
    return XRefusal(reply.status, message, Outcome.NOT_SENT, account, more=more, detail=FailureDetail.CLOCK_WRONG)


def _rejection(status: int, account: str, marks: str, words: str) -> XRefusal:
    is_shut_out = status == 403 and _SHUT_OUT.search(marks) is not None
    is_duplicate = status == 403 and _DUPLICATE.search(marks) is not None
    remedy: Remedy | None = None
    detail: FailureDetail | None = None
    if status == 402:
        remedy, detail = Remedy.RESUME, FailureDetail.CREDITS_GONE
        message = f"The X credits of account {account} are gone: {_BUY}"
    elif status == 401:
        login, remedy = to_do(Remedy.LOG_IN, account), Remedy.LOG_IN
        message = f"X does not accept the keys of account {account}: run `{login}`, and {_CLOCK}"
    elif is_shut_out:
        remedy, detail = Remedy.RESUME, FailureDetail.SHUT_OUT
        message = f"X has shut account {account} out: {_LOOK}"
    elif is_duplicate:
        remedy = Remedy.PLAN
        message = f"X says that account {account} has posted the same words before, and takes them only once: {_OTHER}"
    else:
        message = f"X refused what account {account} asked for ({status})"
    more = _more(words)
    rejection = XRefusal(
        status, message, Outcome.REJECTED, account, more=more, said=words, remedy=remedy, detail=detail
    )
    rejection.closes_account = status in (401, 402) or is_shut_out
    rejection.duplicate = is_duplicate
    rejection.lacks_media = status == 400 and _NO_MEDIA.search(marks) is not None
    rejection.already = status == 403 and _ALREADY.search(marks) is not None
    return rejection


def _words(body: object) -> Iterator[str]:
    """Yield what a problem says for people."""
    for problem in _problems(body):
        for key in ("detail", "message"):
            if isinstance(problem.get(key), str):
                yield problem[key]


def _marks(body: object) -> str:
    """Return all that a problem says, the address of its kind included, to look for what it is."""
    return "; ".join(str(value) for problem in _problems(body) for value in problem.values())


def _problems(body: object) -> Iterator[dict[str, Any]]:
    """Yield the problem and those inside it; none for HTML and whatever else is no problem."""
    if isinstance(body, dict):
        yield body
        errors = body.get("errors")
        for error in errors if isinstance(errors, list) else []:
            yield from _problems(error)
