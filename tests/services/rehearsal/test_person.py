"""A rehearsal in which a person decides: their yes is one of two where the campaign asks for two, and a look plays."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.domain.actor import Actor, Via
from bot.domain.moderation import ChecklistItem, Reason
from bot.domain.sighting import Sighting, SightingState
from bot.platforms.rehearsal.attachments import AttachmentTransport
from bot.platforms.web.passed_file import FileTrouble, FileUnavailable
from bot.platforms.web.remote_file import RemoteFiles
from bot.services.campaign_files import read_files
from bot.services.moderation import approval, look
from bot.services.rehearsal.actors import LOOKS_TOO_FOR
from bot.services.rehearsal.playback import first_rest, person_from
from bot.services.rehearsal.rehearse import Rehearsal, rehearsing
from bot.services.rehearsal.story import Moment, What
from bot.services.rehearsal.tempo import COLLEAGUE
from bot.store import deliveries, sightings
from bot.store import schema as t
from tests.harness.campaign_folder import sound

CARE = """
[moderation]
two_people = true

[moderation.care]
languages = ["ru", "en", "de"]
"""
ANA = Actor(99, "Ana", Via.CONSOLE)


@pytest.fixture(scope="module")
def told() -> list[Moment]:
    return []


@pytest.fixture(scope="module")
def rested(tmp_path_factory: pytest.TempPathFactory, told: list[Moment]) -> Iterator[Rehearsal]:
    """A rehearsal as it stands where it rests first: four posts wait."""
    folder = sound(tmp_path_factory.mktemp("campaign"))
    folder.write("messages/air/en.md", "Watch it here: {live}\n")
    folder.write("schedules/air.toml", '[[post]]\nmessage = "air"\ndays = ["T"]\nat = 15:00:00\n')
    files = read_files(folder.write("bot.toml", folder.bot.read_text() + CARE).bot)
    campaign = files.config.campaign
    with rehearsing(files.config, files.library, folder.root, told.append, person_from(campaign)) as rehearsal:
        while (at := rehearsal.next_at()) is not None and at <= first_rest(campaign):
            rehearsal.step(at)
        yield rehearsal


def waiting(rehearsal: Rehearsal, words: str) -> Sighting:
    with rehearsal.work.store.read() as tx:
        return next(each for each in sightings.listed(tx) if words in each.post.text)


def goes_on(rehearsal: Rehearsal, told: list[Moment], until: What, who: str) -> Moment:
    """Play until this is told of somebody."""
    rehearsal.heed()
    while not (found := [moment for moment in told if moment.what is until and who in moment.subject]):
        at = rehearsal.next_at()
        assert at is not None, [moment.what for moment in told]
        rehearsal.step(at)
    return found[-1]


def test_a_made_up_colleague_says_the_other_yes_now_and_then_before_the_person_and_the_author_acts_on_that(
    rested: Rehearsal, told: list[Moment]
) -> None:
    smena, late = waiting(rested, "на смене"), waiting(rested, "Spätschicht")
    began = rested.now
    for each in (smena, late):
        assert approval.approve(rested.work, each.id, ANA, ChecklistItem).state is SightingState.HELD
    approval.reopen(rested.work, late.id, ANA)
    assert goes_on(rested, told, What.ONE_YES, "smena").by == "Ana"
    yes = goes_on(rested, told, What.APPROVED, "smena")
    assert (yes.by, yes.at >= began + LOOKS_TOO_FOR, rested.second_yeses) == (COLLEAGUE, True, 1)
    assert waiting(rested, "на смене").decided_by == COLLEAGUE
    assert waiting(rested, "Spätschicht").state is SightingState.HELD, "no yes but the one that was taken back"

    weavers = waiting(rested, "weavers")
    assert [moment.by for moment in told if moment.what is What.ONE_YES and "weavers" in moment.subject] == [COLLEAGUE]
    assert (weavers.state, weavers.judgement.reasons[0]) == (SightingState.HELD, Reason.SECOND)
    assert approval.approve(rested.work, weavers.id, ANA, ChecklistItem).state is SightingState.APPROVED
    yes = goes_on(rested, told, What.APPROVED, "weavers")
    assert (yes.by, rested.second_yeses) == ("Ana", 1)
    assert goes_on(rested, told, What.TAKEN_BACK, "weavers").at > yes.at, "its author deletes it once it is approved"


def test_what_is_looked_at_comes_with_groundswell_and_nothing_else_is_there(rested: Rehearsal) -> None:
    (film,) = look.look(rested.work, waiting(rested, "на смене").id, ANA).files
    (peertube,) = look.look(rested.work, waiting(rested, "eleven minutes long").id, ANA).files
    with RemoteFiles("Groundswell", network=AttachmentTransport()) as remote:
        whole = remote.open(film.address)
        content = b"".join(whole.pieces())
        assert (whole.media_type, len(content), content[:4]) == ("video/webm", whole.total, b"\x1a\x45\xdf\xa3")
        part = remote.open(peertube.address, "bytes=100-199")
        assert (b"".join(part.pieces()), part.total) == (content[100:200], len(content))
        for elsewhere in ("https://files.rehearsal.invalid/1/page.html", "http://127.0.0.1:1/film.webm"):
            with pytest.raises(FileUnavailable) as refused:
                remote.open(elsewhere)
            assert refused.value.trouble is FileTrouble.UNREACHABLE


def test_an_address_that_a_person_types_is_taken_up_while_the_clock_stands_and_nothing_is_written(
    rested: Rehearsal,
) -> None:
    before = (rested.work.root / "bot.toml").read_bytes()
    for address in ("https://video.example/w/1", "https://video.example/w/right"):
        rested.learn_address("live", address)
        rested.heed()
        with rested.work.store.read() as tx:
            posts = deliveries.listed(tx, t.delivery.c.message == "air")
        assert {(post.waiting_for, post.content.text) for post in posts} == {("", f"Watch it here: {address}")}
    assert (rested.work.root / "bot.toml").read_bytes() == before
