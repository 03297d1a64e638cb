"""Decisions about posts of others, through the browser: each is decided once, on what was seen, by whom it is for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Thread

import httpx
import pytest
from sqlalchemy import insert, select

from bot.causes import CauseCode, because
from bot.domain.moderation import OF_A_NO, ChecklistItem, Reason
from bot.domain.post import Author, SeenPost, Shown, ShownAs, ShownState
from bot.domain.sighting import DECIDABLE, SightingState
from bot.domain.users import Role
from bot.services import stop
from bot.services.moderation import approval
from bot.services.work import author_key
from bot.store import deliveries, sightings
from bot.store import schema as t
from bot.store.sightings import StopAnswer
from bot.web.causes import reason_text
from bot.web.languages import Speech
from tests.harness.campaign_folder import CampaignFolder
from tests.harness.console_server import Browser, ConsoleServer, served
from tests.harness.seen_posts import TAG, bring, post_of

ALL = [*ChecklistItem, "watched"]
_SENTENCE = re.compile(r'<li( class="missing")?><label><input type="checkbox" name="ticks" value="(\w+)"')


@pytest.fixture
def mira(server: ConsoleServer) -> Browser:
    return server.signed_in("Mira", Role.MODERATOR)


def small(server: ConsoleServer, who: str = "ada") -> SeenPost:
    """A post of somebody whom few follow: it is held for care."""
    post = post_of(who, server.clock())
    return replace(post, author=replace(post.author, followers=12))


def decide(
    browser: Browser, number: int, what: str, on: dict[str, str] | None = None, **more: object
) -> httpx.Response:
    """Send a card's form as it stood on the page (now, unless `on` is how it stood before)."""
    hidden = on or form(browser, number)
    return browser.http.post(f"/sightings/{number}/{what}", data=hidden | more, headers=browser.own)


def form(browser: Browser, number: int) -> dict[str, str]:
    """What the forms of a card carry."""
    hidden = browser.hidden(f"/moderation?card={number}")
    return {name: hidden[name] for name in ("csrf", "seen", "at", "before")}


def state_of(server: ConsoleServer, number: int) -> SightingState:
    with server.store.read() as tx:
        stored = sightings.get(tx, number)
    assert stored is not None
    return stored.state


def reshares(server: ConsoleServer, number: int) -> int:
    with server.store.read() as tx:
        return len(deliveries.of_sighting(tx, number))


def test_a_yes_and_a_no_lead_to_the_next_and_can_be_taken_back(server: ConsoleServer, mira: Browser) -> None:
    first, second = bring(
        server, post_of("ana", server.clock()), post_of("ben", server.clock(), "Other words, same day")
    )
    assert mira.get("/moderation").headers["location"] == f"/moderation?card={first}"
    said = decide(mira, first, "approval")
    assert said.headers["location"] == f"/moderation?card={second}&done={first}"
    assert (state_of(server, first), reshares(server, first)) == (SightingState.APPROVED, 1)
    after = mira.get(said.headers["location"]).text
    assert "You said yes. It rests for 15 seconds." in after
    undo = {**form(mira, first)}
    assert decide(mira, first, "reconsideration", undo).headers["location"] == f"/moderation?card={first}"
    assert state_of(server, first) is SightingState.HELD
    said = decide(mira, first, "rejection", why="unsafe")
    assert state_of(server, first) is SightingState.REJECTED
    assert "Not safe for somebody" in mira.get(f"/sightings/{first}").text
    assert said.headers["location"] == f"/moderation?card={second}&done={first}"
    decide(mira, second, "rejection", why="no such reason")
    assert "Nobody waits for you" in mira.get("/moderation").text


def test_a_form_that_is_sent_twice_is_done_once(server: ConsoleServer, mira: Browser) -> None:
    (number,) = bring(server, post_of("ana", server.clock()))
    on = form(mira, number)
    assert [decide(mira, number, "approval", on).status_code for _ in range(2)] == [303, 303]
    assert decide(mira, number, "rejection", on).status_code == 409


def test_two_people_race_and_each_post_is_decided_once(on_both: ConsoleServer) -> None:
    server = on_both
    people = {name: server.signed_in(name, Role.MODERATOR) for name in ("Mira", "Jan")}
    numbers = bring(
        server, *(post_of(f"who{n}", server.clock(), f"{n} says something of its own {n * 7}") for n in range(12))
    )
    told: dict[str, list[tuple[int, httpx.Response]]] = {name: [] for name in people}
    forms = {name: {number: form(browser, number) for number in numbers} for name, browser in people.items()}

    def goes_through(name: str, what: str) -> None:
        for number in numbers:
            told[name].append((number, decide(people[name], number, what, forms[name][number])))

    threads = [Thread(target=goes_through, args=each) for each in (("Mira", "approval"), ("Jan", "rejection"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers = {name: dict(pairs) for name, pairs in told.items()}
    with server.store.read() as tx:
        stored = {each.id: each for each in sightings.listed(tx, DECIDABLE)}
        acts = [row.subject for row in tx.execute(select(t.audit)) if row.action in {"approve", "reject"}]
    assert sorted(acts) == sorted(f"sighting {number}" for number in numbers)
    for number in numbers:
        winner = stored[number].decided_by
        loser = "Jan" if winner == "Mira" else "Mira"
        assert answers[winner][number].status_code == 303
        lost = answers[loser][number]
        assert lost.status_code == 409
        assert f"{winner} said {'yes' if winner == 'Mira' else 'no'} " in lost.text
        assert reshares(server, number) == (1 if winner == "Mira" else 0)


def test_the_loser_is_told_how_long_ago_the_other_was_first(server: ConsoleServer, mira: Browser) -> None:
    (number,) = bring(server, post_of("ana", server.clock()))
    on = form(mira, number)
    decide(server.signed_in("Jan", Role.MODERATOR), number, "rejection")
    server.clock.passes(timedelta(seconds=4))
    lost = decide(mira, number, "approval", on)
    assert lost.status_code == 409
    assert "Jan said no 4 seconds ago." in lost.text


def test_no_yes_counts_for_what_its_author_has_edited_meanwhile(server: ConsoleServer, mira: Browser) -> None:
    (number,) = bring(server, post_of("ana", server.clock()))
    on = form(mira, number)
    with server.store.begin() as tx:
        stored = sightings.get(tx, number)
        assert stored is not None
        sightings.refresh(tx, number, replace(stored.post, text="Buy <b>this</b>!"))
    refused = decide(mira, number, "approval", on)
    assert refused.status_code == 409
    assert "It has changed since you saw it" in refused.text
    assert "Solidarity from ana!" in refused.text
    assert "Buy &lt;b&gt;this&lt;/b&gt;!" in refused.text
    assert (state_of(server, number), reshares(server, number)) == (SightingState.HELD, 0)
    assert decide(mira, number, "approval").status_code == 303, "on the page as it is now"


def test_what_is_held_for_care_takes_every_tick(server: ConsoleServer, mira: Browser) -> None:
    (number,) = bring(server, small(server))
    assert [name for _, name in _SENTENCE.findall(mira.get(f"/moderation?card={number}").text)] == ALL
    for lacks in ("home", "watched"):
        given = [tick for tick in ALL if tick != lacks]
        refused = decide(mira, number, "approval", ticks=given)
        assert refused.status_code == 422
        assert [name for marked, name in _SENTENCE.findall(refused.text) if marked] == [lacks]
        assert refused.text.count(" checked") == len(given), "what was ticked stays ticked"
        assert state_of(server, number) is SightingState.HELD
    assert decide(mira, number, "approval", ticks=ALL).status_code == 303
    assert state_of(server, number) is SightingState.APPROVED


def test_the_campaigns_own_statements_and_risk_are_asked(folder: CampaignFolder) -> None:
    own = '[[moderation.checklist]]\nitem = "plates"\nstatement = "No <i>van</i> of ours"\n'
    own = f'\n[moderation]\nrisk = "employer"\n{own}'
    folder.write("bot.toml", folder.bot.read_text() + own)
    with served(folder.bot) as server:
        mira = server.signed_in("Mira", Role.MODERATOR)
        (number,) = bring(server, small(server))
        page = mira.get(f"/moderation?card={number}").text
    assert "keep their job" in page
    assert "No &lt;i&gt;van&lt;/i&gt; of ours" in page
    assert "rota" in page


@pytest.fixture
def two(folder: CampaignFolder) -> Iterator[ConsoleServer]:
    folder.write("bot.toml", folder.bot.read_text() + "\n[moderation]\ntwo_people = true\n")
    with served(folder.bot) as server:
        yield server


def test_the_second_yes_is_another_persons_and_is_not_shown_what_was_ticked(two: ConsoleServer) -> None:
    mira, jan = (two.signed_in(name, Role.MODERATOR) for name in ("Mira", "Jan"))
    (number,) = bring(two, small(two))
    assert "Then Jan has to say yes, too." in mira.get(f"/moderation?card={number}").text
    assert decide(mira, number, "approval", ticks=ALL).headers["location"] == f"/moderation?done={number}"
    own = mira.get(f"/moderation?card={number}").text
    assert "Jan has to say yes, too." in own
    assert 'id="yes"' not in own
    assert decide(mira, number, "approval", ticks=ALL).status_code == 409
    other = jan.get(f"/moderation?card={number}").text
    assert "Mira has said yes." in other
    assert " checked" not in other
    decide(mira, number, "reconsideration")
    assert "has said yes" not in jan.get(f"/moderation?card={number}").text, "taken back"
    decide(mira, number, "approval", ticks=ALL)
    assert decide(jan, number, "approval", ticks=ALL).status_code == 303
    assert state_of(two, number) is SightingState.APPROVED
    decide(jan, number, "reconsideration")
    assert "Mira has said yes." in jan.get(f"/moderation?card={number}").text, "only the last yes was taken back"


def test_what_protects_somebody_has_no_yes_and_says_why(server: ConsoleServer, mira: Browser) -> None:
    (number,) = bring(server, post_of("ana", server.clock()))
    with server.store.begin() as tx:
        stored = sightings.get(tx, number)
        assert stored is not None
        judgement = replace(stored.judgement, reasons=(Reason.OPTED_OUT,))
        sightings.put_back(tx, replace(stored, judgement=judgement))
    page = mira.get(f"/moderation?card={number}").text
    assert 'id="yes"' not in page
    assert "asks in the profile not to be reshared" in page
    assert decide(mira, number, "approval").status_code == 409
    assert state_of(server, number) is SightingState.HELD


def test_what_is_flagged_asks_for_care_and_stays_before_ones_eyes(server: ConsoleServer, mira: Browser) -> None:
    (number,) = bring(server, post_of("ana", server.clock()))
    assert decide(mira, number, "flag").headers["location"] == f"/moderation?card={number}"
    page = mira.get(f"/moderation?card={number}").text
    assert "held for care by one of us" in page
    assert len(_SENTENCE.findall(page)) == len(ALL)


def test_while_sending_is_stopped_a_yes_is_kept(server: ConsoleServer, mira: Browser) -> None:
    (number,) = bring(server, post_of("ana", server.clock()))
    stop.throw(server.store, "Jan", server.clock())
    assert "your yes is kept, nothing leaves" in mira.get(f"/moderation?card={number}").text
    assert decide(mira, number, "approval").status_code == 303


def test_new_posts_join_at_the_end_and_no_other_takes_the_place_of_the_card(
    server: ConsoleServer, mira: Browser
) -> None:
    (first,) = bring(server, post_of("ana", server.clock()))
    before = mira.get(f"/moderation?card={first}").text
    server.clock.passes(timedelta(minutes=1))
    (second,) = bring(server, post_of("ben", server.clock(), "Something else entirely, by Ben"))
    page = mira.get(f"/moderation?card={first}").text
    assert re.findall(r'href="/moderation\?card=(\d+)"(?: aria-current="true")?><span class="qt', page) == [
        str(first),
        str(second),
    ]
    for shown in (before, page):
        assert f'action="/sightings/{first}/approval"' in shown
    assert mira.get("/moderation?card=4711").status_code == 404


def test_who_is_no_moderator_sees_figures_and_nobodys_name(server: ConsoleServer) -> None:
    hidden = [
        *bring(server, post_of("ana", server.clock())),
        *bring(server, post_of("ben", server.clock(), "Ben, else")),
    ]
    (out,) = bring(server, post_of("cleo", server.clock(), "Cleo says what is out already"))
    with server.store.begin() as tx:
        stored = sightings.get(tx, out)
        assert stored is not None
        sightings.decide(tx, out, DECIDABLE, SightingState.RESHARED, stored.judgement, server.clock(), "Jan")
    for role in (Role.EDITOR, Role.ADMIN, None):
        browser = server.signed_in(f"Vera {role}", *([role] if role else []))
        assert browser.get("/moderation").status_code == 404
        assert 'href="/sightings"' in browser.get("/").text, "the band leads to what is for them"
        for number in hidden:
            assert browser.get(f"/sightings/{number}").status_code == 404
        for path in ("/sightings", "/sightings?state=held", f"/sightings/{out}"):
            page = browser.get(path)
            assert page.status_code == 200
            assert "@cleo" in page.text
            assert "@ana" not in page.text + browser.get(path).text
            assert "@ben" not in page.text
            assert "Jan" not in page.text
            assert "before" not in page.text.split("<main")[1], "nothing of the author's other posts"
        assert 'waits <span class="num">2</span>' in browser.get("/sightings").text


def test_the_list_has_pages_of_fifty(server: ConsoleServer, mira: Browser) -> None:
    now = server.clock()
    numbers = bring(server, *(post_of(f"w{n}", now, f"{n} and {n * 31} words of {n}") for n in range(53)))
    first = mira.get("/sightings?state=held").text
    older = re.search(r'href="(/sightings\?[^"]+after=[^"]+)"', first)
    assert older is not None
    second = mira.get(older[1].replace("&amp;", "&")).text
    shown = [
        int(number) for page in (first, second) for number in re.findall(r'row-link" href="/sightings/(\d+)"', page)
    ]
    assert shown == numbers[::-1]
    assert mira.get("/sightings?state=nonsense&after=nonsense").status_code == 200


HOSTILE = {
    "markup": "<script>alert(1)</script>\"'><img src=x onerror=alert(1)> {{ 7*7 }} %(name)s",
    "bidi": "‮⁦gnp.exe⁩ ‭‏safe",
    "zero width": "a​‍⁠﻿" * 40,
    "right to left": "مرحبا بالعالم שלום עולם",
    "long": "Ж" * 200_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_words_stay_words_wherever_they_stand(server: ConsoleServer, mira: Browser, kind: str) -> None:
    bad = HOSTILE[kind]
    author = Author(f"@{bad}@elsewhere.example", "1", joined_at=datetime(2015, 1, 1, tzinfo=UTC), followers=4_000)
    shown = replace(
        post_of("other", server.clock(), bad), uri=bad, url=f"javascript:{bad}", author=author, language=bad
    )
    post = replace(
        post_of("ana", server.clock(), f"{bad} #{TAG} https://bad.example/{bad}"),
        author=author,
        url=f"javascript:alert('{bad}')",
        language=bad,
        alts=(bad, bad),
        poll=(bad,),
        shows=(Shown(ShownAs.QUOTE, ShownState.READ, uri=bad, url=bad, named=bad, post=shown),),
    )
    (number,) = bring(server, post)
    pages = {path: mira.get(path) for path in (f"/moderation?card={number}", f"/sightings/{number}", "/sightings")}
    for path, answer in pages.items():
        assert answer.status_code == 200, path
        page = answer.text
        assert len(page) < 250_000
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "{{ 7*7 }}" in page or kind != "markup"
        assert "javascript:" not in "".join(re.findall(r'href="([^"]*)"', page))
        for address in re.findall(r'<a[^>]*href="(https?:[^"]*)"[^>]*>', page):
            assert "bad.example" in address or "elsewhere.example" in address
        for anchor in re.findall(r'<a[^>]*href="https?:[^>]*>', page):
            assert 'rel="noreferrer noopener"' in anchor
        title = re.search(r"<title>(.*)</title>", page)
        assert title is not None
        assert bad[:5] not in title[1]
        names = re.findall(r"<bdi[^>]*>(.*?)</bdi>", page)
        assert any(name.startswith("@") for name in names)
        assert not any(letter in name for name in names if name.startswith("@") for letter in "‮⁦​‍﻿")
    if kind == "long":
        assert 'id="yes"' not in pages[f"/sightings/{number}"].text, "nobody reads it whole"
        csrf = {"csrf": mira.hidden("/me")["csrf"]}
        assert decide(mira, number, "approval", csrf, ticks=ALL).status_code == 403
        assert decide(mira, number, "rejection", csrf).status_code == 303


def test_every_reason_has_words_and_no_code_is_shown(server: ConsoleServer) -> None:
    speech = Speech("en", server.console.work.config.campaign.timezone)
    for reason in Reason:
        words = reason_text(reason, speech)
        assert words
        assert "_" not in words
        assert "a person's no" not in words
    care = because(CauseCode.CARE_LANGUAGE, language="ru")
    for cause, words in {
        because(CauseCode.OF_SHOWN, reason=care): "the post it shows: written in Russian",
        because(CauseCode.SMALL_ACCOUNT, followers=100): "small account: fewer than 100 followers",
        because(CauseCode.HIJACK, authors=5, within_s=600): "one text from 5 accounts within 10 minutes",
        because(CauseCode.SAME_VIDEO_OUT, sighting=3): "the same video is out already, as sighting 3",
        "too loud for us": "too loud for us",
    }.items():
        assert reason_text(cause, speech) == words
    assert len({reason_text(reason, speech) for reason in OF_A_NO}) == len(OF_A_NO)


def test_a_pause_of_automatic_approval_is_said_on_top(server: ConsoleServer, mira: Browser) -> None:
    assert "No rule approves anything now" not in mira.get("/moderation").text
    approval.switch(server.console.app.work, "Jan", on=False)
    page = mira.get("/moderation").text
    assert "No rule approves anything now" in page
    assert "switched off by Jan" in page


def test_a_video_that_is_out_is_shown_once_more_only_on_purpose(server: ConsoleServer, mira: Browser) -> None:
    film = ("youtube:dQw4w9WgXcQ",)
    first, again = (
        number
        for who in ("ana", "ben")
        for number in bring(server, replace(post_of(who, server.clock(), f"By {who}, in own words"), videos=film))
    )
    assert 'name="again"' not in mira.get(f"/moderation?card={again}").text
    decide(mira, first, "approval")
    page = mira.get(f"/moderation?card={again}").text
    assert f'<a href="/sightings/{first}">{first} (approved)</a>' in page
    assert 'name="again"' in page
    refused = decide(mira, again, "approval")
    assert refused.status_code == 409
    assert f"Sighting {first} shows the same video" in refused.text
    assert decide(mira, again, "approval", again="1").status_code == 303


def test_whose_author_may_ask_to_be_left_alone_has_no_yes(server: ConsoleServer, mira: Browser) -> None:
    (number,) = bring(server, post_of("ana", server.clock()))
    work = server.console.app.work
    with server.store.begin() as tx:
        stored = sightings.get(tx, number)
        assert stored is not None
        asking = {"key": "a post", "author_key": author_key(work, stored.post.author.handle), "asked_at": work.clock()}
        tx.execute(insert(t.stop_request), asking | {"answer": StopAnswer.OPEN})
    page = mira.get(f"/moderation?card={number}").text
    assert 'id="yes"' not in page
    assert "may be asking to be left alone" in page
    assert decide(mira, number, "approval").status_code == 409
    assert decide(mira, number, "rejection").status_code == 303
