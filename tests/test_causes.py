"""Causes: kept as one readable text, read back with their facts, in words where people read them."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.causes import CauseCode, because, cause_code, causes_in
from bot.cli.words.causes import CAUSES, cause_text
from bot.cli.words.remedies import spelled_out, with_commands
from bot.errors import Outcome, PlatformError, Remedy, to_do
from tests.harness.table import each_of


def test_a_cause_is_read_back_with_its_facts_whatever_they_hold() -> None:
    facts = {"what": 'a "quote", ‹marks›, \n a line and €', "count": 3, "at": None, "names": ["a", "b"]}
    (cause,) = causes_in(because(CauseCode.REFUSED, **facts))
    assert (cause.code, cause.facts) == (CauseCode.REFUSED, facts)
    assert because(CauseCode.HELD_BY, by="Ána") == '‹why:held_by {"by": "Ána"}›'


def test_an_instant_is_kept_in_utc() -> None:
    (cause,) = causes_in(because(CauseCode.GATEWAY_SINCE, since=datetime(2025, 4, 16, 9, tzinfo=UTC)))
    assert cause.facts == {"since": "2025-04-16T09:00:00+00:00"}
    assert cause_text(because(CauseCode.GATEWAY_SINCE, **cause.facts)).endswith("since Wed 16 Apr 2025 09:00 UTC")


def test_a_cause_may_be_a_fact_of_another_and_stand_within_a_text() -> None:
    inner = because(CauseCode.NO_ANSWER, what="X did not answer", more=f". Run: {to_do(Remedy.RESUME, 'x')}")
    outer = because(CauseCode.CANNOT_LOOK, cause=inner)
    assert [cause.code for cause in causes_in(outer)] == [CauseCode.CANNOT_LOOK]
    said = "nobody knows yet whether it is out, and nobody can look: X did not answer. Run: bot resume x"
    assert with_commands(f"call: {outer}!") == f"call: {said}!"
    assert spelled_out({"error": [outer]}) == {"error": [said]}
    reasons = because(CauseCode.CALLED_OFF, reasons=("locked", because(CauseCode.SAME_VIDEO, sighting=7)))
    assert cause_text(reasons) == "locked, the same video as sighting 7"


@each_of(
    "text",
    [
        "",
        "held by Ana",
        "it is held; look, then run: ‹do:release 7›",
        '‹why:from_a_newer_version {"a": 1}›',
        "‹why:held_by {broken}›",
        "‹why:held_by",
    ],
)
def test_the_prose_of_earlier_versions_and_what_newer_ones_keep_stays_as_it_is(text: str) -> None:
    assert (cause_code(text), list(causes_in(text)), cause_text(text)) == (None, [], text)


@each_of("facts", [{}, {"nothing": "of ours"}, {"since": "no instant", "by": 7}])
def test_facts_that_another_version_kept_break_nothing(facts: dict[str, object]) -> None:
    for code in CauseCode:
        assert cause_text(because(code, **facts))


def test_every_cause_has_words() -> None:
    assert CAUSES.keys() == set(CauseCode)


@each_of(
    ("error", "code"),
    [
        (PlatformError("no", Outcome.REJECTED, status=403), CauseCode.REFUSED),
        (PlatformError("no", Outcome.REJECTED, status=401, closes_account=True), CauseCode.LOGIN_REFUSED),
        (PlatformError("no", Outcome.REJECTED, status=403, duplicate=True), CauseCode.SAID_BEFORE),
        (PlatformError("no", Outcome.NOT_SENT, unreachable=True), CauseCode.UNREACHABLE),
        (PlatformError("no", Outcome.NOT_SENT, status=429), CauseCode.RATE_LIMITED),
        (PlatformError("no", Outcome.NOT_SENT, status=403, gateway=True), CauseCode.GATEWAY),
        (PlatformError("no", Outcome.NOT_SENT), CauseCode.NOT_DONE),
        (PlatformError("no", Outcome.AMBIGUOUS), CauseCode.NO_ANSWER),
        (PlatformError("no", Outcome.AMBIGUOUS, status=503), CauseCode.UNCLEAR_ANSWER),
        (PlatformError(because(CauseCode.FILE_CHANGED, file="a.png"), Outcome.NOT_SENT), CauseCode.FILE_CHANGED),
    ],
)
def test_a_failed_request_has_a_code(error: PlatformError, code: CauseCode) -> None:
    assert (error.code, cause_code(error.cause)) == (code, code)


def test_a_failed_request_keeps_its_words_and_its_way_out() -> None:
    run = f". Run: {to_do(Remedy.LOG_IN, 'x')}"
    error = PlatformError("X is shut", Outcome.REJECTED, more=run, remedy=Remedy.LOG_IN, closes_account=True)
    assert with_commands(error.cause) == with_commands(str(error)) == "X is shut. Run: bot login x"
    (cause,) = causes_in(error.cause)
    assert (cause.facts["what"], cause.facts["remedy"]) == ("X is shut", Remedy.LOG_IN)
    kept = error.as_not_sent()
    assert (kept.cause, kept.remedy) == (error.cause, Remedy.LOG_IN)


def test_a_failed_request_is_reworded_wherever_its_words_are() -> None:
    error = PlatformError("ana is gone", Outcome.REJECTED, more=". ana says so")
    error.reword(lambda text: text.replace("ana", "its author"))
    assert str(error) == cause_text(error.cause) == "its author is gone. its author says so"
