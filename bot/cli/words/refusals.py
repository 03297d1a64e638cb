"""Why a command is refused, in words: what is in the way, and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, time

from bot.cli.words.causes import cause_text
from bot.cli.words.checklist import statements
from bot.cli.words.deliveries import advice, delivery_name, tried_on
from bot.cli.words.remedies import with_commands
from bot.cli.words.stop_requests import answers
from bot.cli.words.subjects import owners_text, subject_text
from bot.cli.words.times import clock_text, time_text
from bot.domain.campaign import Risk
from bot.domain.delivery import DeliveryLabel, State
from bot.domain.moderation import ChecklistItem
from bot.domain.money import dollars
from bot.domain.sighting import SightingState
from bot.domain.users import SHORTEST_PASSWORD, Weakness
from bot.errors import Fault, Refused, RefusedCode
from bot.services.subject import SubjectName
from bot.text_display import quoted, shortened, write_one_of

_LONGEST_TEXT = 120


def refusal_text(error: Refused) -> str:
    """Return the sentences for a refusal."""
    return refusal_words(error.code, error.facts)


def refusal_words(code: RefusedCode, facts: Mapping[str, object]) -> str:
    """Return the sentences for a refusal that is known by its code and facts, as in an event."""
    words = REFUSALS[code]
    return with_commands(words.format(**facts) if isinstance(words, str) else words(**facts))


def _no_such_account(account: str, known: Iterable[str]) -> str:
    return f"There is no account {quoted(account)} in bot.toml; there are: {', '.join(known)}."


def _no_account_to_resume(account: str, known: Iterable[str]) -> str:
    return f'There is no account "{account}" in bot.toml, only: {", ".join(known)}'


def _already_a_campaign(folder: str, names: Sequence[str]) -> str:
    where = "This folder" if folder == "." else folder
    return (
        f"{where} holds {' and '.join(names)} already, and nothing is written over. Name another folder: "
        "bot init my-campaign"
    )


def _name_not_usable(name: str) -> str:
    called = quoted(shortened(name, 60))
    return f"Nobody can be called {called} here. Write letters and figures, at most 40: bot user add Kasia"


def _no_such_user(name: str, known: Sequence[str]) -> str:
    called = quoted(shortened(name, 60))
    if not known:
        return f"There is no user called {called}, nor any other yet. Run: bot user add NAME --role admin"
    return f"There is no user called {called}; there are: {', '.join(known)}"


_WEAK = {
    Weakness.SHORT: f"It is short. Take {SHORTEST_PASSWORD} letters or more: four words that have nothing to do with "
    "each other",
    Weakness.LONG: "It is too long. Take at most 256 letters",
    Weakness.LIKE_NAME: "It is near your name. Take words that have nothing to do with you",
    Weakness.GUESSABLE: "It is easily guessed. Take four words that have nothing to do with each other",
}


def _password_too_weak(weakness: Weakness) -> str:
    return f"Choose another password. {_WEAK[weakness]}."


def _sign_in_later(until: datetime) -> str:
    return f"There were too many wrong tries. The next one counts after {time_text(until)}."


def _listens_to_all(address: str, *, has_users: bool) -> str:
    if not has_users:
        return (
            f"{address} can be reached from other machines, and nobody can sign in yet. Run first: "
            "bot user add NAME --role admin"
        )
    return (
        f"{address} can be reached from other machines, and passwords would go over the network readable by all on "
        "the way. Put a proxy with TLS in front and name it in bot.toml ([console] trusted_proxies), or, in a network "
        "that is all yours, add --without-tls"
    )


def _pack_too_large(largest: int) -> str:
    return (
        f"That is more than a campaign holds: {largest // 1_000_000} MB of files. Nothing is written. "
        "Take videos out of messages/, and share them by another way."
    )


def _wrong_state(delivery: int, state: State, action: str) -> str:
    return f"Delivery {delivery} is {state}, so you cannot {action} it. {advice(delivery, state)}"


def _not_a_pack(file: str, why: str) -> str:
    said = f" ({why})" if why else ""
    return f"{file} is no campaign that was packed whole{said}. Ask for it once more: `bot pack FILE.zip` makes one."


def _nothing_like_that(kind: str, written: str, known: Sequence[str]) -> str:
    what = write_one_of(written, known) if known else f"No {kind} is known here yet"
    return f"Nothing here has the {kind} {quoted(written)}. {what}."


def out_of_reach(account: str, url: str) -> str:
    """Return what to do about a post that is to be taken back on an account that is not in bot.toml any more."""
    where = f": {url}" if url else ""
    return (
        f"{account} is not in bot.toml, so nothing can be taken back there. Delete it there by hand{where}, or put "
        "the account back into bot.toml with its token; a worker does it then"
    )


def _not_taken_back_yet(delivery: int, problem: str, *, is_worker_running: bool, blocked: str = "") -> str:
    why = cause_text(problem) or "its account cannot be asked now"
    next_step = blocked or f"{tried_on(is_worker_running=is_worker_running)}."
    return f"Delivery {delivery} is not taken back yet: {why.rstrip('.')}. {next_step}"


def _not_edited_yet(delivery: int, problem: str) -> str:
    why = cause_text(problem).rstrip(".") or "a worker is busy on its account, and changes it soon"
    return f"Delivery {delivery} does not say it: {why}."


def _nothing_to_edit(delivery: int, state: State, *, follows_files: bool) -> str:
    follows = " What is not out yet follows the files by itself." if follows_files else ""
    return f"Delivery {delivery} is {state}, so there is nothing to change there.{follows} {advice(delivery, state)}"


def _thread_length_fixed(delivery: int, parts_out: int, parts_wanted: int) -> str:
    return (
        f"Delivery {delivery} is out in {_parts(parts_out)}, and it would have {_parts(parts_wanted)} now: a thread "
        f"cannot be made longer or shorter. {_replaced(delivery)}"
    )


def _parts(count: int) -> str:
    return "1 part" if count == 1 else f"{count} parts"


def _visibility_fixed(delivery: int) -> str:
    return f"Who may see a post cannot be changed once it is out. {_replaced(delivery)}"


def _platform_cannot_edit(delivery: int, platform: str, url: str) -> str:
    by_hand = f"Change it there by hand ({url}), then run: bot edit {delivery} --done"
    return f"Posts on {platform} cannot be changed by a program. {by_hand}. {_replaced(delivery)}"


def _replaced(delivery: int) -> str:
    """Return what to do where a post cannot be changed; between the two a plan gives it the words of the files."""
    again = f"bot undo {delivery}, then: bot plan, then: bot retry {delivery}"
    return f"To replace it by a new post, which followers see anew, run: {again}"


def _nothing_to_resolve(delivery: int, state: State | None) -> str:
    what_it_is = f"Delivery {delivery} is {state}" if state is not None else f"There is no delivery {delivery}"
    return f"{what_it_is}: there is nothing to resolve."


def _no_post_address(address: str) -> str:
    return f"{quoted(address)} is not the address of a post. Copy it from the browser, beginning with https://"


def _another_own_post(address: str, label: DeliveryLabel) -> str:
    return f'"{address}" is another post of ours. Copy the address of this one: {delivery_name(label)}'


def _somebody_elses_post(address: str, label: DeliveryLabel) -> str:
    return f"{quoted(address)} is a post of somebody else. Copy the address of ours: {delivery_name(label)}"


def _no_such_post(delivery: int, account: str, address: str, label: DeliveryLabel) -> str:
    return (
        f"There is no such post on {account}: {quoted(address)}. Look at the account, and copy the address of "
        f"{delivery_name(label)}. If it is not there, run: bot resolve {delivery} --not-sent"
    )


def _post_unreadable(problem: str) -> str:
    return (
        f"The post cannot be read now: {problem.rstrip('.')}. Nothing was changed. Try again in a minute; "
        f"or, if you see it there with your own eyes, add --force"
    )


def _account_unreadable(account: str) -> str:
    return _post_unreadable(f"{account} cannot be used: see bot report")


def _reading_over_budget(account: str, budget_micro_usd: int) -> str:
    return _post_unreadable(
        f"today's budget of {account} ({dollars(budget_micro_usd)}) does not cover it: "
        "raise budget_usd_per_day or wait for tomorrow (UTC)"
    )


def _post_is_reshare(address: str) -> str:
    return _unlike(address, "is a reshare, and this is a post")


def _post_says_other_words(address: str, label: DeliveryLabel, part: int, parts: int, text: str) -> str:
    words = shortened(" ".join(text.split()), _LONGEST_TEXT)
    return _unlike(address, f"says other words than {_part_of(label, part, parts)}: “{words}”")


def _post_answers_another(address: str, label: DeliveryLabel, part: int, parts: int) -> str:
    return _unlike(address, f"does not answer the part before it, as {_part_of(label, part, parts)} would")


def _part_of(label: DeliveryLabel, part: int, parts: int) -> str:
    name = delivery_name(label)
    return f"part {part} of {parts} of {name}" if parts > 1 else name


def _unlike(address: str, difference: str) -> str:
    return f"{quoted(address)} {difference}. If it is the right one all the same, add --force"


def _not_the_reshared_post(delivery: int, label: DeliveryLabel) -> str:
    return f"That is not the post of {delivery_name(label)}. See it with: bot show {delivery}"


def _text_at_fault(faults: Iterable[Fault]) -> str:
    return "This cannot go out: " + " And: ".join(f"{fault.what}. {fault.instead}" for fault in faults)


def _time_not_clear(at: datetime, *, is_skipped: bool, choices: Iterable[datetime]) -> str:
    happens = "does not exist: the clock skips it" if is_skipped else "happens twice: the clock is set back"
    first, second = (f"{choice:%Y-%m-%dT%H:%MZ}" for choice in choices)
    return f"{at:%Y-%m-%d %H:%M} {happens}. Write the instant you mean in UTC: {first} or {second}."


def _time_is_over(written: str, now: datetime, clock_time: time) -> str:
    is_now = clock_text(now, seconds=False)
    return f"{quoted(written)} is past: it is {is_now} today. Write tomorrow {clock_time:%H:%M}, or now."


def _approval_forbidden(sighting: int, reasons: Iterable[str]) -> str:
    return f"Sighting {sighting} cannot be approved, by nobody: {', '.join(reasons)}."


def _author_may_want_out(sighting: int) -> str:
    return f"Sighting {sighting}: its author may be asking to be left alone. {answers(sighting)}"


def _shown_author_may_want_out(sighting: int) -> str:
    who = "somebody whose post it shows"
    return f"Sighting {sighting}: {who} may be asking to be left alone. {answers(sighting, is_shown=True)}"


def _checklist_incomplete(
    sighting: int,
    care: Iterable[str],
    missing: Sequence[ChecklistItem],
    risk: Risk,
    own: Mapping[str, str],
    *,
    shows_another: bool,
) -> str:
    width, asked = max(map(len, ChecklistItem)), statements(shows_another=shows_another, risk=risk, own=own)
    sentences = "\n".join(f"  {item.ljust(width)}  {asked[item]}." for item in missing)
    ticks = " ".join(f"--tick {item}" for item in ChecklistItem)
    return (
        f"Sighting {sighting} is held for care ({'; '.join(care)}). Look at the post, and confirm each of these:\n"
        f"{sentences}\nIf all of it is true, run: bot approve {sighting} {ticks}\n"
        f"If not, ask its author first, or run: bot reject {sighting}"
    )


_SAID = {
    SightingState.APPROVED: "said yes",
    SightingState.RESHARED: "said yes",
    SightingState.REJECTED: "said no",
    SightingState.GONE: "hid or deleted it",
    SightingState.HELD: "took it back",
}


def _decided_meanwhile(sighting: int, decided: SightingState, by: str, decided_at: datetime | None) -> str:
    when = f" at {time_text(decided_at)}" if decided_at else ""
    return f"Sighting {sighting}: {by or 'somebody'} {_SAID[decided]}{when}, so nothing was done."


def _care_takes_one(sighting: int, care: Iterable[str]) -> str:
    return (
        f"Sighting {sighting} is held for care ({'; '.join(care)}), and takes the checklist by itself: "
        f"bot approve {sighting}, or bot review"
    )


def _not_a_handle(written: str) -> str:
    return f"{quoted(written)} is no handle. Write @user@host for Mastodon, or x:handle for X."


def _another_author(subject: SubjectName, owners: Sequence[str], expected: str) -> str:
    return f"{subject_text(subject)} is of {owners_text(owners)}, not of {quoted(expected)}. Nothing was done."


def _not_forgotten(written: str) -> str:
    return f"{quoted(written)} is not forgotten: there is nothing to undo."


REFUSALS: Mapping[RefusedCode, str | Callable[..., str]] = {
    RefusedCode.NO_SUCH_ACCOUNT: _no_such_account,
    RefusedCode.NO_ACCOUNT_TO_RESUME: _no_account_to_resume,
    RefusedCode.NO_USABLE_ACCOUNT: "No account can be used. For each account of bot.toml run: bot login ACCOUNT",
    RefusedCode.ACCOUNT_NOT_IN_FILES: "There is no account {account} in bot.toml any more.",
    RefusedCode.ACCOUNT_UNUSABLE: "{account} cannot be used now, so nothing is changed there. See: bot check --online",
    RefusedCode.ACCOUNT_BARRED: "{problem}",
    RefusedCode.ACCOUNT_BUSY: "A worker is busy on {account}. Try again in a minute.",
    # deliveries
    RefusedCode.NO_SUCH_DELIVERY: "There is no delivery {delivery}. Run: bot queue",
    RefusedCode.WRONG_STATE: _wrong_state,
    RefusedCode.NOTHING_LIKE_THAT: _nothing_like_that,
    RefusedCode.NO_POST_FITS: "No post of the schedules fits. To see all of them: bot plan",
    RefusedCode.NOTHING_TO_DO: "Nothing that you asked for is here, or waits for that. Nothing was done.",
    RefusedCode.MANY_NEED_YES: "{count} of them fit, and nobody can be asked here. To see them: --dry-run. To do it: "
    "--yes. Nothing was done.",
    RefusedCode.NOTHING_OUT: "Delivery {delivery} is {state}, so there is nothing to take back.",
    RefusedCode.OUTCOME_NOT_KNOWN: "Delivery {delivery} is {state}: whether it is out is not known yet. Wait, or look "
    "at the account and run: bot resolve {delivery} --sent URL | --not-sent",
    RefusedCode.RESHARED_POST_PURGED: "Whose post delivery {delivery} reshared was purged: take it back on the account "
    "itself.",
    RefusedCode.RESHARED_POST_NOT_KEPT: "What delivery {delivery} reshared is not stored any more, so it cannot be "
    "sent again.",
    RefusedCode.OUT_OF_REACH: out_of_reach,
    RefusedCode.NOT_TAKEN_BACK_YET: _not_taken_back_yet,
    RefusedCode.NOT_EDITED_YET: _not_edited_yet,
    RefusedCode.TEXT_IS_IN_NO_FILE: 'Its words are in no file. Write them here: bot edit {delivery} --text "…"',
    RefusedCode.TEXT_IS_IN_FILES: "Its words are in messages/{message}/: change them there, then run: "
    "bot edit {delivery}",
    RefusedCode.FILES_AT_FAULT: "The files have a mistake, so nobody knows what it shall say. Mend this first: {fault}",
    RefusedCode.FILES_BEING_SAVED: "The files changed at this moment: somebody saves them, and nothing was planned. "
    "Run it again once that has ended.",
    RefusedCode.FILE_CHANGED_MEANWHILE: "{name} was changed since you saw it; nothing was written. Look at it first.",
    RefusedCode.FILE_NOT_CHANGEABLE: "{name} cannot be written from here. Change it with an editor.",
    RefusedCode.ADDRESS_NOT_USABLE: "That is no address for readers. Copy it from the browser: https://…",
    RefusedCode.ADDRESS_KNOWN: "{link} has an address in bot.toml, or does not stand there. Change it with an editor.",
    RefusedCode.ADDRESS_BREAKS_FILES: "With this address the files have a mistake, so it was not written: {fault}",
    RefusedCode.RESHARE_NOT_EDITABLE: "Delivery {delivery} is a reshare: its words are its author's. To take it back, "
    "run: bot undo {delivery}",
    RefusedCode.BEING_TAKEN_BACK: "Delivery {delivery} is being taken back, so it cannot be changed.",
    RefusedCode.NOTHING_TO_EDIT: _nothing_to_edit,
    RefusedCode.THREAD_LENGTH_FIXED: _thread_length_fixed,
    RefusedCode.VISIBILITY_FIXED: _visibility_fixed,
    RefusedCode.PLATFORM_CANNOT_EDIT: _platform_cannot_edit,
    # resolving
    RefusedCode.NOTHING_TO_RESOLVE: _nothing_to_resolve,
    RefusedCode.NO_POST_ADDRESS: _no_post_address,
    RefusedCode.ANOTHER_OWN_POST: _another_own_post,
    RefusedCode.SOMEBODY_ELSES_POST: _somebody_elses_post,
    RefusedCode.NO_SUCH_POST: _no_such_post,
    RefusedCode.POST_UNREADABLE: _post_unreadable,
    RefusedCode.ACCOUNT_UNREADABLE: _account_unreadable,
    RefusedCode.READING_OVER_BUDGET: _reading_over_budget,
    RefusedCode.POST_IS_RESHARE: _post_is_reshare,
    RefusedCode.POST_SAYS_OTHER_WORDS: _post_says_other_words,
    RefusedCode.POST_ANSWERS_ANOTHER: _post_answers_another,
    RefusedCode.NOT_THE_RESHARED_POST: _not_the_reshared_post,
    RefusedCode.NOT_RESHARED: "{account} has not reshared that post, as far as its timeline shows. Look at the "
    "account; if it is not there, run: bot resolve {delivery} --not-sent",
    # typed posts
    RefusedCode.TEXT_UNDECODABLE: "The text has bytes that are no letters in this terminal's encoding. "
    "See what this shows: locale",
    RefusedCode.TEXT_AT_FAULT: _text_at_fault,
    RefusedCode.NOT_A_TIME: '"{written}" is no time. Write now, 14:30, tomorrow 9:00, T-1 12:00, 2026-12-01 09:00, or '
    "2025-04-16T07:30Z.",
    RefusedCode.TIME_IS_OVER: _time_is_over,
    RefusedCode.TIME_NOT_CLEAR: _time_not_clear,
    RefusedCode.TIME_IS_PAST: "{at} is past already, by more than {late}. Give a later --at, or --at now.",
    RefusedCode.NOT_A_DURATION: '"{written}" is not a duration. Write a whole number and s, m, h or d: 30m, 6h, 1d.',
    # sightings
    RefusedCode.NO_SUCH_SIGHTING: "There is no sighting {sighting}. Run: bot sightings",
    RefusedCode.SIGHTING_GONE: "Sighting {sighting} is gone: its author deleted or hid it.",
    RefusedCode.ALREADY_RESHARED: "Sighting {sighting} is reshared already. To take it back, run: bot queue, then "
    "bot undo ID",
    RefusedCode.APPROVAL_FORBIDDEN: _approval_forbidden,
    RefusedCode.SAME_VIDEO_OUT: "Sighting {sighting} shows the same video as sighting {other}, which is out or queued "
    "on the same account. To show it once more all the same, run: bot approve {sighting} --again",
    RefusedCode.CHECKLIST_INCOMPLETE: _checklist_incomplete,
    RefusedCode.DECIDED_MEANWHILE: _decided_meanwhile,
    RefusedCode.POST_CHANGED: "Sighting {sighting} has changed since you saw it. Look at it again: bot sightings",
    RefusedCode.CARE_TAKES_ONE: _care_takes_one,
    RefusedCode.CHECKLIST_DENIED: 'Not approved: "{item}" is not so, or not known. Ask its author first and approve it '
    "then, or run: bot reject {sighting}",
    RefusedCode.SECOND_PERSON_NEEDED: "You, {by}, have said yes to sighting {sighting} already. Somebody else has to, "
    "too.",
    RefusedCode.SECOND_YES_FROM_CONSOLE: "{by} has said yes to sighting {sighting} from a shell, where anybody may "
    "have any name. The second yes has to come from the console: bot web",
    RefusedCode.ALREADY_BLOCKED: "The author of sighting {sighting} is blocked already: {by} has done so. Look at it: "
    "bot sightings",
    RefusedCode.AUTHOR_MAY_WANT_OUT: _author_may_want_out,
    RefusedCode.SHOWN_AUTHOR_MAY_WANT_OUT: _shown_author_may_want_out,
    # people's wishes
    RefusedCode.NOT_A_HANDLE: _not_a_handle,
    RefusedCode.ANOTHER_AUTHOR: _another_author,
    RefusedCode.NOT_FORGOTTEN: _not_forgotten,
    RefusedCode.SIGHTING_NOT_KEPT: "There is no sighting {sighting} any more. With the author's handle, run: "
    "bot forget AUTHOR",
    RefusedCode.SHOWS_NOBODY_ELSE: "Sighting {sighting} shows nobody else's post, as far as is known. "
    "With the author's handle, run: bot forget AUTHOR",
    RefusedCode.FORGOTTEN_BUT_OUT: "Forgotten, but {reshares} reshares are not taken back yet: a worker that runs "
    "(bot run) tries on until the platform confirms. To try now, run the same command again.",
    RefusedCode.ASKS_FOR_NOTHING: "The author of sighting {sighting} asks for nothing, as far as is known.",
    RefusedCode.TOO_EARLY_TO_PURGE: "The day of action, {day}, is not over yet: after this nothing is watched or "
    "reshared any more. If you mean it, add --yes; nothing was purged.",
    RefusedCode.PURGE_NEEDS_YES: "This cannot be taken back, and nobody can be asked here: add --yes. "
    "Nothing was purged.",
    RefusedCode.PURGE_DECLINED: "Nothing was purged.",
    RefusedCode.RESHARES_STILL_OUT: "{reshares} reshares are not taken back yet, so nothing was purged. A worker tries "
    "on while one runs: see bot queue --state sent, then run this again.",
    # users of the console
    RefusedCode.NAME_NOT_USABLE: _name_not_usable,
    RefusedCode.USER_EXISTS: "There is a user called {name} already. To let them in anew, run: bot user reset {name}",
    RefusedCode.NO_SUCH_USER: _no_such_user,
    RefusedCode.ONLY_INVITED: "{name} has not opened the link yet. For a new one: bot user add {name} --role ROLE; to "
    "withdraw it: bot user disable {name}",
    RefusedCode.LAST_ADMIN: "{name} is the only admin. Make somebody else one first: bot user add NAME --role admin",
    RefusedCode.INVITATION_OVER: "This link was used already, or is over. Ask for another: bot user add NAME",
    RefusedCode.PASSWORD_TOO_WEAK: _password_too_weak,
    RefusedCode.SIGN_IN_WRONG: "Name and password do not belong together. For a new password, run: bot user reset NAME",
    RefusedCode.SIGN_IN_LATER: _sign_in_later,
    RefusedCode.CODE_WRONG: "That is not the code of this moment. Wait for the next one, and type that.",
    RefusedCode.PASSKEY_TOO_LATE: "The passkey answered too late, or twice. Try once more.",
    RefusedCode.PASSKEY_WRONG: "That is no passkey of this user, or it answered another page. Try once more.",
    RefusedCode.PASSKEY_KNOWN: "This device, or key, is a passkey already. Take another one.",
    RefusedCode.PASSKEY_COPIED: "This passkey may have been copied. If nothing else lets its user in, run: "
    "bot user reset NAME",
    RefusedCode.LAST_FACTOR: "It is the only second factor, which the roles need. Add another one first.",
    RefusedCode.TOO_MANY_TOKENS: "There are {most} already, and nobody can have more. End one that is not used first.",
    RefusedCode.NOT_AN_ADDRESS_TO_LISTEN: "{listen} is no address to listen at. Write a host and a port: "
    "--listen 127.0.0.1:8377",
    RefusedCode.ADDRESS_TAKEN: "Nothing can listen at {address} ({problem}). Choose another port: "
    "--listen 127.0.0.1:8378",
    RefusedCode.LISTENS_TO_ALL: _listens_to_all,
    # the switch, and workers
    RefusedCode.NAMES_SOMEBODY: "Its words name, or link to, somebody who asked to be left alone, or may be asking for "
    "it. Take them out. If they were forgotten in error: bot remember @name@server",
    RefusedCode.SENDING_STOPPED: "Sending is stopped. To go on, run: bot resume",
    RefusedCode.NOTHING_TO_STOP: "Nothing was ever planned here, so there is nothing to stop. "
    "Is this the campaign's folder?",
    RefusedCode.WORKER_SENDING: "A worker is sending at this moment. Try again in a minute.",
    # the database
    RefusedCode.STORE_MOVED: "This store was moved to {moved_to}, and is kept as it was then. Set DATABASE_URL to that "
    "database. bot db check shows this store; to go on with it after all, see docs/database.md.",
    RefusedCode.STORE_NOT_MOVED: "This store was not moved.",
    RefusedCode.NOTHING_TO_ADOPT: "This store is the one that sends already: there is nothing to adopt.",
    RefusedCode.NO_DATABASE_ADDRESS: "That is no database's address. Write postgresql+psycopg://user@host/name.",
    RefusedCode.OTHER_SCHEMA: "The database at {database} has another schema. Give an empty one.",
    RefusedCode.WORKER_BUSY: "A worker is busy ({lock}). Stop the workers, then run the same command again.",
    RefusedCode.MOVED_ELSEWHERE: "This store was moved to {moved_to} already, so it cannot be moved to {database}.",
    RefusedCode.TARGET_IN_USE: "The database at {database} is in use already. Give an empty one; nothing was changed.",
    RefusedCode.TARGET_TAKEN_MEANWHILE: "Somebody has begun to use the new database. Stop that worker, and give an "
    "empty one.",
    RefusedCode.NO_SUCH_BACKUP: "There is no file {file}. Write the path of what `bot db backup` wrote.",
    RefusedCode.NOT_A_BACKUP: "{file} is no backup of a store ({problem}). Nothing was changed.",
    RefusedCode.BACKUP_DAMAGED: "{file} is damaged ({problem}). Take another backup; nothing was changed.",
    RefusedCode.ANOTHER_STORES_BACKUP: "{file} is the backup of another store than the one that this folder sends "
    "from. If you mean it all the same, move {high_water_mark} away first; nothing was changed.",
    RefusedCode.STORE_IN_USE: "A worker, or another command, has the store open. Stop all of them first: "
    "bot db restore changed nothing.",
    RefusedCode.DATABASE_NOT_EMPTY: "The database is in use already. Make an empty one (createdb), set DATABASE_URL to "
    "it, and run this again; nothing was changed.",
    # a campaign that is to be begun
    RefusedCode.ALREADY_A_CAMPAIGN: _already_a_campaign,
    RefusedCode.NEEDS_AN_ANSWER: "There is nobody to ask, so this has to be said: {flag}. {what}: {explains}",
    RefusedCode.ANSWER_NOT_USABLE: "{flag}: {why} Nothing is written.",
    RefusedCode.NO_SUCH_PACK: "There is no {file}. Write the path of a zip file that `bot pack` made, or of a "
    "campaign's folder.",
    RefusedCode.NOT_A_PACK: _not_a_pack,
    RefusedCode.PACK_TOO_LARGE: _pack_too_large,
    RefusedCode.LEADS_OUTSIDE: "{name} leads out of the campaign's folder, so nothing is packed and nothing is "
    "written. Put the file itself in its place.",
    RefusedCode.FILE_IS_THERE: "{file} is there already, and nothing is written over. Choose another name.",
    RefusedCode.NOT_WRITTEN_OVER: "{file} is there already, and `bot plan` did not make it. Choose another name, or "
    "add --force to write over it.",
    RefusedCode.NOT_A_FILE: "{file} is no file. Choose another name.",
    RefusedCode.CANNOT_WRITE: "{file} cannot be written: {problem}. Choose another place.",
    # questions at the terminal
    RefusedCode.NOTHING_TYPED: "Nothing was typed, so nothing is kept. To begin again, run the command once more.",
    RefusedCode.NOT_USABLE_AS_TYPED: "That was not it, so nothing is kept.",
    RefusedCode.NEITHER_YES_NOR_NO: "That was neither y nor n. Nothing was done.",
    RefusedCode.CHECKLIST_UNANSWERED: "That was neither y nor n. Nothing is approved.",
    RefusedCode.DECLINED: "Nothing was done.",
    RefusedCode.BROKEN_OFF: "Broken off; nothing is kept.",
    RefusedCode.NO_TERMINAL: "Nothing can be typed here, so nothing is kept. Run this at a terminal.",
}
