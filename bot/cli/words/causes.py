"""Why something is as it is, in English: words for each cause, made of its facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.causes import Cause, CauseCode, with_words
from bot.cli.words.amounts import counted, exact_duration_text
from bot.cli.words.times import time_text
from bot.domain.identity import IdentityDoubt
from bot.domain.money import dollars
from bot.domain.planning import HeldFor, ThereIs
from bot.domain.post import Blind


def cause_text(text: str) -> str:
    """Return a text with words in place of the causes in it; the prose of earlier versions stays as it is."""
    return with_words(text, _words)


def _words(cause: Cause) -> str:
    facts = {name: cause_text(value) if isinstance(value, str) else value for name, value in cause.facts.items()}
    words = CAUSES[cause.code]
    try:
        return words.format(**facts) if isinstance(words, str) else words(**facts)
    except (KeyError, TypeError, ValueError):  # another version keeps other facts with it
        return str(cause.code).replace("_", " ")


def _kept(at: str) -> str:
    """Return an instant that is kept as a fact as people are told it."""
    return time_text(datetime.fromisoformat(at), seconds=False)


def _near_other(
    held_for: str,
    there_is: str,
    other: int,
    account: str,
    sent_at: str | None,
    url: str,
    delivery: int | None,
    is_sent: bool,
    **_about: str,
) -> str:
    """Return what there is already, and both answers."""
    number = delivery or "ID"
    post = {HeldFor.SAME_POST: "it", HeldFor.SAME_PART: "all of it"}.get(HeldFor(held_for), "them again")
    answers = f"Post {post}: bot release {number}. Leave it: bot cancel {number}"
    is_other_text = is_sent and held_for in {HeldFor.NEAR_WORDS, HeldFor.SAME_POST}
    edit = f". Change it there: bot edit {other}" if is_other_text and delivery else ""
    where = f" on {account}" if held_for == HeldFor.OTHER_ACCOUNT else ""
    return f"{_what_there_is(held_for, there_is, other, where, sent_at, url)}. {answers}{edit}"


def _what_there_is(held_for: str, there_is: str, other: int, where: str, sent_at: str | None, url: str) -> str:
    whats = {HeldFor.SAME_POST: "This post, in other words,", HeldFor.SAME_PART: "A part of these words"}
    is_one = HeldFor(held_for) in whats
    words, been, are = whats.get(HeldFor(held_for), "These words"), *(("was", "is") if is_one else ("were", "are"))
    look = f"bot show {other}"
    match there_is:
        case ThereIs.OUT:
            return f"{words} went out{where} on {_kept(sent_at or '')}: {url or look}"
        case ThereIs.PERHAPS_OUT:
            return f"{words} may be out{where} already ({look})"
        case ThereIs.TAKEN_BACK:
            return f"{words} {been} taken back{where} ({look})"
        case ThereIs.CANCELLED:
            return f"{words} {been} cancelled{where} ({look})"
        case ThereIs.HELD:
            return f"{words} {been} held{where} ({look})"
    return f"{words} {are} planned{where} as delivery {other}, whose files have a fault. Mend that first"


def _no_money(account: str, budget: int) -> str:
    return (
        f"today's budget of {account} ({dollars(budget)}) does not cover it: "
        f"raise budget_usd_per_day or wait for tomorrow (UTC)"
    )


def _mend_and_retry(cause: str, account: str, delivery: int) -> str:
    return f"{cause.rstrip('.')}. When that is mended, run: bot resume {account}, then: bot retry {delivery}"


def _nobody_knows(cause: str) -> str:
    return f"nobody knows whether it is out: {cause.rstrip('.')}."


def _gateway_since(since: str) -> str:
    return f"a gateway has answered in place of the platform since {_kept(since)}"


def _budget_too_small(account: str, day: str, missing: int, budget: int, **_about: str) -> str:
    about = f"The budget of {account} for {datetime.fromisoformat(day):%d %B} (UTC)"
    return f"{about} does not cover it: {dollars(missing)} more than {dollars(budget)}. Raise budget_usd_per_day."


def _account_paused(account: str, until: str, cause: str, **_about: str) -> str:
    return f"{account} is paused until {_kept(until)}: {cause}"


def _account_silent(account: str, cause: str, **_about: str) -> str:
    return f"{account} does not answer: {cause.rstrip('.')}."


def _reads_only(account: str, notes: str, **_about: str) -> str:
    return f"{account} may not write: {notes or f'Make a token that may, or run: bot login {account}'}"


def _may_be_other(account: str, doubt: str, others: list[str], server: str) -> str:
    names, by_itself = ", ".join(others), "It is asked who it is, and goes on by itself once it has said so"
    log_in = f"should it not answer, see bot check --online, or run: bot login {account}"
    match doubt:
        case IdentityDoubt.RENEWED if others != [account]:
            why = f"it may be {names} of before, or another account of {server}. {by_itself}; {log_in}"
        case IdentityDoubt.RENEWED:
            why = f"its token or its server is another one than before. {by_itself}; {log_in}"
        case IdentityDoubt.CANDIDATES:
            why = f"it may be any of {names}, which are not in bot.toml any more. {by_itself}; {log_in}"
        case IdentityDoubt.NEIGHBOURS:
            why = f"it may be the same account as {names}, and all would be posted twice. {by_itself}; {log_in}"
        case _:
            why = f"it is the same account as {names}, and all would be posted twice. Take one of them out of bot.toml"
    return f"Nothing is sent on {account}: {why}."


def feeds_unseen(blind: str, host: str) -> str:
    """Return what cannot be seen under hashtags of a server, "" where all is seen."""
    match blind:
        case Blind.SWITCHED_OFF:
            return f"{host} has its hashtag feeds switched off, so that nothing is seen there"
        case Blind.NO_LOGIN:
            return f"{host} shows hashtags only to its own accounts, so that nothing is seen there"
        case Blind.REMOTE:
            return (
                f"{host} shows only posts of its own accounts under hashtags: what people post on other servers is not "
                "seen there"
            )
        case Blind.LOCAL:
            return f"{host} does not show posts of its own accounts under hashtags"
    return ""


def feeds_remedy(blind: str) -> str:
    """Return what to do about what a server does not show, "" where it shows all."""
    elsewhere = "Watch more servers: write them under [monitor] instances in bot.toml."
    match blind:
        case Blind.SWITCHED_OFF | Blind.REMOTE:
            return elsewhere
        case Blind.NO_LOGIN:
            return f"Take it out of [monitor] in bot.toml, or open an account there. {elsewhere}"
        case Blind.LOCAL:
            return "Ask its admins to show them."
    return ""


def _secret_missing(secret: str, account: str, cause: str, found_at: str = "", belongs_at: str = "") -> str:
    hint = f'. If "{found_at}" is the login of this account, move it to "{belongs_at}"' if found_at else ""
    return f"no {secret} for {account}: {cause}, or run: bot login {account}{hint}"


def _login_unclear(account: str, server: str, logins: Sequence[str]) -> str:
    return (
        f"no token for {account}: logins on {server} are kept ({', '.join(logins)}), but none under this name, and it "
        f"may be any of them; run: bot login {account}"
    )


def _which(sighting: int | None) -> str:
    return "another sighting" if sighting is None else f"sighting {sighting}"


def _new_account(days: int) -> str:
    return f"new account: younger than {days} days" if days else "new account"


def _care_language(language: str) -> str:
    return f"written in { ({'be': 'Belarusian', 'ru': 'Russian'}.get(language, language)) }"


def _too_old(age_s: int) -> str:
    return f"older than {exact_duration_text(timedelta(seconds=age_s))}"


def _young_account(age_s: int) -> str:
    return f"account younger than {exact_duration_text(timedelta(seconds=age_s))}"


def _by_platform(what: str, more: str = "", **_facts: Any) -> str:
    """Return the words that the platform's adapter has found; `more` is the way out, and what the platform itself
    says."""
    return f"{what}{more}"


Words = str | Callable[..., str]


def _of_deliveries(words: str) -> Words:
    """Return the words for a fault of some deliveries, of which the first are named."""

    def worded(ids: Sequence[int], more: int, **facts: Any) -> str:
        named = ", ".join(map(str, ids)) + (f" and {more} more" if more else "")
        return words.format(ids=named, **facts)

    return worded


_STORE_ADVICE: Mapping[CauseCode, str] = {
    CauseCode.STORE_UNREACHABLE: "See that the database server runs, and that its address (DATABASE_URL) is right. A "
    "worker tries it again by itself.",
    CauseCode.STORE_CUT: "The connection to the database was cut; it is made anew by itself.",
    CauseCode.STORE_DISK: "The disk is full or failing: make room, and it goes on by itself.",
    CauseCode.STORE_OPEN_FILES: "This process has as many files open as it may: raise its limit (ulimit -n), and start "
    "it again.",
    CauseCode.STORE_READ_ONLY: "The store can only be read: give this user the right to write into its folder.",
    CauseCode.STORE_BUSY: "Another process keeps the store busy: look for a second bot, or a backup, that hangs.",
    CauseCode.STORE_MOVED: "It is kept as it was then: set DATABASE_URL to where it lives now, and start again.",
    CauseCode.STORE_DAMAGED: "The file is not a Groundswell store or is damaged: bot db restore FILE puts a backup "
    "there.",
    CauseCode.STORE_FAILED: "See that its folder exists and can be written, then try again.",
}
_NOTHING_SENT = "Nothing is sent from here while it lasts."

CAUSES: Mapping[CauseCode, Words] = {
    CauseCode.TOO_LATE_WHEN_PLANNED: "it was too late already when it was planned",
    CauseCode.LEFT_SCHEDULE: "it left the schedule",
    CauseCode.HELD_WHEN_LEFT: "held when it left the schedule",
    CauseCode.NEAR_OTHER: _near_other,
    CauseCode.HELD_BY: "held by {by}",
    CauseCode.HELD_BY_FILES: "held by its schedule until somebody has read it",
    CauseCode.HELD_UNREAD: "nobody has read it yet, and its schedule holds it until then; look at it with "
    "bot show {delivery}, then run: bot release {delivery}",
    CauseCode.NAMES_SOMEBODY: "it names, or links to, somebody who asked to be left alone, or may be asking for it: "
    "take them out of its words, and then release it, or cancel it",
    CauseCode.HELD_REWORDED: "it has other words since it was held for whom it named: read them, and then release it, "
    "or cancel it",
    CauseCode.CANCELLED_BY: "cancelled by {by}",
    CauseCode.TAKEN_BACK: "taken back",
    CauseCode.AUTHOR_ASKED: "its author asked us not to",
    CauseCode.CAMPAIGN_OVER: "the campaign is over",
    CauseCode.NOT_KNOWN_AFTER_RESTORE: "it was due while this store knew nothing, and your timeline shows posts that "
    "nobody here remembers; look, then run: bot release {delivery}, or bot cancel {delivery}",
    CauseCode.TOO_LATE: "too late by its own rule",
    CauseCode.LINK_UNKNOWN: "{{{link}}} is not known: fill it in under [links]",
    CauseCode.LINK_TO_COME: "{{{link}}} is not known: fill it in under [links] of bot.toml.",
    CauseCode.LINK_NOT_IN_TIME: "{{{link}}} was not known in time",
    CauseCode.CALLED_OFF: lambda reasons: ", ".join(map(cause_text, reasons)),
    CauseCode.NO_YES: "nobody's yes stands any more",
    CauseCode.NO_MONEY: _no_money,
    CauseCode.SENDER_ENDED: "the worker ended while this was being sent",
    CauseCode.PARTS_OUT: "{cause} ({out} of {parts} parts are out)",
    CauseCode.MEND_AND_RETRY: _mend_and_retry,
    CauseCode.PROVED_ABSENT: "proved absent from our own timeline ({looks} readings); it will be sent again",
    CauseCode.NOT_LOOKED_YET: "nobody has looked yet whether it is out: {cause}",
    CauseCode.CANNOT_LOOK: "nobody knows yet whether it is out, and nobody can look: {cause}",
    CauseCode.NOBODY_KNOWS: _nobody_knows,
    CauseCode.TIMELINE_BEHIND: "our own timeline is behind and does not even show our newest post",
    CauseCode.TIMELINE_LACKS_POST: "our own timeline is behind: it lacks a post that it showed before",
    CauseCode.OLDER_POST_THERE: "a post with the same words is there, but it was there before this one was sent: {url}",
    CauseCode.SAID_BEFORE_BUT_ABSENT: "the platform says the text was posted before, but it is not on our timeline",
    CauseCode.GATEWAY_SINCE: _gateway_since,
    CauseCode.NEVER_ANSWERED: "it was asked for {times} times, and no answer ever said whether it was done",
    CauseCode.ACCOUNT_NOT_IN_FILES: "nobody knows whether it is out, and it cannot be looked for: {account} is not in "
    "bot.toml any more",
    CauseCode.NOT_TAKEN_BACK_YET: "not taken back yet, will be tried again: {cause}",
    CauseCode.NOT_EDITED: "not changed: {cause}",
    CauseCode.NOT_EDITED_YET: "not changed yet, will be tried again: {cause}",
    CauseCode.IT_IS_THERE: "it is there",
    CauseCode.IT_IS_ABSENT: "it is not there",
    CauseCode.NOT_SEEN: "it could not be seen: {cause}",
    CauseCode.SMALL_ACCOUNT: "small account: fewer than {followers} followers",
    CauseCode.NEW_ACCOUNT: _new_account,
    CauseCode.CARE_LANGUAGE: _care_language,
    CauseCode.TOO_OLD: _too_old,
    CauseCode.YOUNG_ACCOUNT: _young_account,
    CauseCode.OTHER_LANGUAGE: "in another language: {language}",
    CauseCode.MANY_HASHTAGS: lambda count: counted(count, "hashtag"),
    CauseCode.MANY_LINKS: lambda count: counted(count, "link"),
    CauseCode.SAME_TEXT: lambda count: f"the same text from {counted(count, 'other account')}",
    CauseCode.SAME_VIDEO: lambda sighting=None: f"the same video as {_which(sighting)}",
    CauseCode.SAME_VIDEO_OUT: lambda sighting=None: f"the same video as {_which(sighting)} is out",
    CauseCode.HIJACK: lambda authors, within_s: (
        f"one text from {authors} accounts within {exact_duration_text(timedelta(seconds=within_s))}"
    ),
    CauseCode.SWITCHED_ON: "switched on by {by}",
    CauseCode.SWITCHED_OFF: "switched off by {by}",
    CauseCode.FOR_CARE: "for care ({reason})",
    CauseCode.BY_PERSON: "by the {by}",
    CauseCode.OF_SHOWN: "the post it shows: {reason}",
    CauseCode.FILE_GONE: "{file} cannot be read ({problem}). Put it back.",
    CauseCode.FILE_CHANGED: "{file} has changed since it was planned. Run: bot plan",
    CauseCode.STILL_PROCESSING: "{platform} is still processing {file}",
    CauseCode.UPLOADED_AGAIN: "{cause} It is uploaded again",
    CauseCode.MEDIA_UNUSABLE: "{platform} could not use {file}: try another format or a smaller file",
    CauseCode.TOO_LONG: "{post} is too long for {account}: {length} characters, and {limit} fit. Shorten it, or split "
    "it with a line of ---.",
    CauseCode.MEDIA_REFUSED: "{post}: {what}. {instead}",
    CauseCode.LINK_ANSWERS: "answers {status}",
    CauseCode.LINK_KEEPS_PROGRAMS_OUT: "could not be checked: it answers {status} to programs",
    CauseCode.LINK_PRIVATE: "is not for everybody: {error}",
    CauseCode.LINK_SLOW: "does not answer within {seconds} seconds",
    CauseCode.LINK_UNREACHABLE: "cannot be reached ({error})",
    CauseCode.LINK_NOT_ASKED: "has not answered yet",
    CauseCode.LINK_DEAD: "{url} {problem}. That may be the network; look at it with a browser.",
    CauseCode.REPEATED: "{post} says the same as delivery {other} on {account} within a day, which X refuses. Write "
    "different words.",
    CauseCode.BUDGET_TOO_SMALL: _budget_too_small,
    CauseCode.STOPPED: "Sending is stopped. To go on, run: bot resume",
    CauseCode.ACCOUNT_CLOSED: "{account} is closed: {cause} When that is mended, run: bot resume",
    CauseCode.ACCOUNT_PAUSED: _account_paused,
    CauseCode.ACCOUNT_REFUSED: "{account} is refused by its server: {cause}",
    CauseCode.ACCOUNT_READS_ONLY: _reads_only,
    CauseCode.ACCOUNT_SILENT: _account_silent,
    CauseCode.LIMITS_UNTOLD: "its server does not say what it accepts",
    CauseCode.SECRET_MISSING: _secret_missing,
    CauseCode.SECRET_UNSET: "the environment variable {env} is not set; set it",
    CauseCode.SECRET_NO_FILE: "{file} is not a file; put the secret into a file of this name",
    CauseCode.SECRET_OPEN: "{file} can be read by others; run: chmod 600 {file}",
    CauseCode.SECRET_UNREADABLE: "{file} cannot be read ({problem}); let the user who runs the bot read it",
    CauseCode.SECRET_NO_TEXT: "{file} is not text; put the secret into it",
    CauseCode.SECRET_EMPTY: "{file} is empty; put the secret into it",
    CauseCode.LOGIN_UNCLEAR: _login_unclear,
    CauseCode.FAULT: "{text}",
    CauseCode.MAY_BE_OTHER: _may_be_other,
    CauseCode.NAMES_BUSY: "Nothing is sent on {account} yet: accounts have other names than before. A worker, or bot "
    "plan, takes that up.",
    CauseCode.FEEDS_UNSEEN: feeds_unseen,
    CauseCode.FEEDS_REMEDY: feeds_remedy,
    CauseCode.NOBODY_WORKED: "no worker was running",
    CauseCode.PURGED_UNREAD: "purged before it was read",
    CauseCode.SEARCH_TOO_SHORT: "7-day window passed",
    CauseCode.BUDGET_SPENT: "the day's budget of {account} is spent",
    CauseCode.NOBODY_LISTENS: "nobody listens to it any more",
    CauseCode.STREAM_SILENT: "it did not announce posts that were there",
    **dict.fromkeys(
        (
            *(CauseCode.RATE_LIMITED, CauseCode.UNREACHABLE, CauseCode.LOGIN_REFUSED, CauseCode.SAID_BEFORE),
            *(CauseCode.GATEWAY, CauseCode.REFUSED, CauseCode.NO_ANSWER, CauseCode.UNCLEAR_ANSWER, CauseCode.NOT_DONE),
        ),
        _by_platform,
    ),
    **{code: f"The store said: {{said}}. {advice} {_NOTHING_SENT}" for code, advice in _STORE_ADVICE.items()},
    CauseCode.STORE_UNOPENED: lambda said, kind: (
        f"The store cannot be opened: {said}. {_STORE_ADVICE[CauseCode(kind)]} {_NOTHING_SENT}"
    ),
    CauseCode.STORE_ADDRESS: "DATABASE_URL is not the address of a database that can be used from here. Write "
    "postgresql+psycopg://…, or unset it: the campaign is then kept in var/groundswell.db.",
    CauseCode.STORE_CONNECTIONS: "The store has no connection left for this process: see who else uses it, or let the "
    "database take more. It is tried again, and nothing is sent while it lasts.",
    CauseCode.STORE_MISSING: "There is no store here yet. Run: bot plan",
    CauseCode.STORE_OLDER: "The store has the tables of an older Groundswell. Stop all workers, then run: "
    "bot db upgrade",
    CauseCode.STORE_NEWER: "The store was made by a newer Groundswell. Use that one, or restore the backup from before "
    "it.",
    CauseCode.STORE_OTHER_SCHEMA: "The store has schema {schema}, and this version needs {newest}. Run: bot db upgrade",
    CauseCode.STORE_COPY_DIFFERS: "The copy is not what was copied; it was thrown away. Run: bot db check",
    CauseCode.DELIVERY_VANISHED: "Delivery {delivery} has vanished from the store. Restore a backup.",
    CauseCode.STORE_SCHEMA: lambda schema, newest: (
        f"the store has schema {schema or 'none'}, this version needs {newest}"
    ),
    CauseCode.FILE_DAMAGED: "the file is damaged: {verdict}",
    CauseCode.ROW_WITHOUT_PARENT: "a row of {table} belongs to a row of {parent} that is not there",
    CauseCode.COLUMNS_MISSING: lambda table, columns: f"table {table} lacks {', '.join(columns)}",
    CauseCode.STATE_UNKNOWN: _of_deliveries("delivery {ids} is in a state that this version does not know"),
    CauseCode.KIND_UNKNOWN: _of_deliveries("delivery {ids} is of a kind that this version does not know"),
    CauseCode.SENT_AT_UNKNOWN: _of_deliveries("delivery {ids} is sent, but nobody knows when"),
    CauseCode.SENT_WITHOUT_POST: _of_deliveries("delivery {ids} is sent without a post"),
    CauseCode.UNDER_WAY_WITHOUT_ATTEMPT: _of_deliveries("delivery {ids} is under way without an attempt"),
    CauseCode.BEHIND_ITS_ATTEMPTS: _of_deliveries("delivery {ids} is behind its own attempts"),
    CauseCode.POST_CLAIMED_TWICE: _of_deliveries("delivery {ids} claims a post that is another delivery's too"),
    CauseCode.DELIVERY_MISSING: _of_deliveries("a row of {table} belongs to delivery {ids}, which is not there"),
    CauseCode.LEFT_HALF_WAY: _of_deliveries("delivery {ids} was left half-way"),
    CauseCode.DO_UPGRADE: "Run: bot db upgrade",
    CauseCode.DO_USE_NEWER: "Use the newer Groundswell that made it.",
    CauseCode.DO_RESTORE: "Stop the workers and restore a backup: bot db restore FILE",
    CauseCode.DO_RUN: "Start a worker, which picks it up: bot run",
    CauseCode.DO_REPORT: "Nothing you did can cause this: keep a copy (bot db backup), and report it.",
    CauseCode.JOURNAL_UNREADABLE: "the rehearsal's journal holds a line that cannot be read: {line}. Move the file "
    "away to start anew",
    CauseCode.JOURNAL_UNOPENED: "the rehearsal's journal cannot be opened: {said}",
}
