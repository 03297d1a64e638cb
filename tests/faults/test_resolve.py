"""`bot resolve ID --sent URL` reads what people copied once before it believes them; the judge is the ledger."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.delivery import State
from bot.domain.money import micro
from bot.errors import RefusedCode
from bot.services import decisions
from tests.harness.one_server import OneServerHarness
from tests.harness.place import KEYED, KEYED_OR_X, Deed, X
from tests.harness.places import OnMastodon
from tests.harness.refusals import refused
from tests.harness.rehearsal_networks import START
from tests.platforms.gateways import PAGES


def nobody_knows(one_server: OneServerHarness, effect: str = "accept_then_close", **some: object) -> int:
    """A post that only a person can tell of; gives its number."""
    made = one_server.planned(**some)
    one_server.place.strike(Deed.PUBLISH, effect)
    one_server.place.strike(Deed.LOOK, "status", status=500, count=None)
    one_server.settle(hours=2)
    assert one_server.state() is State.NEEDS_DECISION
    one_server.place.heal()
    return made


def says(one_server: OneServerHarness, made: int, address: str, *, force: bool = False) -> None:
    decisions.settle_sent(one_server.work, made, address, "ana", force=force)


def host(one_server: OneServerHarness) -> str:
    assert isinstance(one_server.place, OnMastodon)
    return one_server.place.server.url.removeprefix("http://")


FORMS = {
    KEYED: [
        "http://{host}/@campaign/{id}",
        "{host}/@campaign/{id}/embed",
        "https://{host}/web/@campaign/{id}?utm=1",
        "https://elk.zone/{host}/@campaign/{id}",
        "https://phanpy.social/#/{host}/s/{id}",
        "<http://{host}/users/campaign/statuses/{id}>.",
        "https://other.example/@campaign@{host}/42000000000000",
        "{id}",
    ],
    X: [
        "https://x.com/campaign/status/{id}/photo/1",
        "https://mobile.twitter.com/campaign/status/{id}?s=20",
        "https://fxtwitter.com/campaign/status/{id}.",
        "https://x.com/i/web/status/{id}",
        "{id}",
    ],
}


@pytest.mark.parametrize(("where", "form"), [(where, form) for where, forms in FORMS.items() for form in forms])
def test_any_address_that_people_copy_settles_it_under_its_own(
    one_server: OneServerHarness, where: str, form: str
) -> None:
    made = nobody_knows(one_server)
    (post,) = one_server.place.posts()
    says(one_server, made, form.format(id=post.post_id, host=host(one_server) if where == KEYED else ""))
    one_server.check_sent_once()


@KEYED_OR_X
def test_another_post_is_not_believed_and_changes_nothing(one_server: OneServerHarness) -> None:
    made = nobody_knows(one_server)
    theirs = one_server.place.theirs("Solidarity!")
    by_hand = one_server.place.by_hand("Other words.", START)
    codes = {theirs: RefusedCode.SOMEBODY_ELSES_POST, by_hand: RefusedCode.POST_SAYS_OTHER_WORDS}
    for address, code in codes.items():
        with refused(code):
            says(one_server, made, address)
    assert one_server.state() is State.NEEDS_DECISION
    says(one_server, made, by_hand, force=True)
    assert (one_server.state(), one_server.one().sent_parts[0].post_id) == (State.SENT, by_hand)


@KEYED_OR_X
def test_a_post_that_is_not_there_is_not_believed(one_server: OneServerHarness) -> None:
    made = nobody_knows(one_server, "close")
    with refused(RefusedCode.NO_SUCH_POST):
        says(one_server, made, "1912345678901234567")
    assert one_server.state() is State.NEEDS_DECISION


@KEYED_OR_X
def test_what_cannot_be_read_changes_nothing_unless_a_person_insists(one_server: OneServerHarness) -> None:
    made = nobody_knows(one_server)
    (post,) = one_server.place.posts()
    page = PAGES["nginx's 404"]
    method = "https://x.com/campaign/status/{}" if one_server.place.name == X else "https://a.example/@campaign/{}"
    address = method.format(post.post_id)
    for deed in (Deed.FETCH, Deed.LOOK):
        one_server.place.strike(deed, "status", status=page.status, body=page.body, headers=page.headers, count=None)
    with refused(RefusedCode.POST_UNREADABLE, "cannot be read now"):
        says(one_server, made, address)
    assert one_server.state() is State.NEEDS_DECISION
    says(one_server, made, address, force=True)
    assert (one_server.state(), one_server.one().sent_parts[0].post_id) == (State.SENT, post.post_id)


@KEYED_OR_X
def test_a_thread_is_settled_part_by_part(one_server: OneServerHarness) -> None:
    made = nobody_knows(one_server, parts=("One.", "Two."))
    (first,) = one_server.place.posts()
    says(one_server, made, first.post_id)
    one_server.settle()
    one_server.check_sent_once()


@KEYED_OR_X
@pytest.mark.parametrize("is_there", [True, False])
def test_a_reshare_is_settled_by_the_address_of_what_was_reshared(one_server: OneServerHarness, is_there: bool) -> None:
    uri = one_server.approved()
    one_server.place.strike(Deed.RESHARE, "accept_then_close" if is_there else "close")
    one_server.place.strike(Deed.LOOK, "status", status=500, count=None)
    one_server.settle(hours=2)
    assert one_server.state() is State.NEEDS_DECISION
    one_server.place.heal()
    if is_there:
        says(one_server, one_server.one().id, uri)
        one_server.check_reshared_once(uri)
    else:
        with refused(RefusedCode.NOT_RESHARED):
            says(one_server, one_server.one().id, uri)
        assert one_server.state() is State.NEEDS_DECISION


@pytest.mark.parametrize("where", [X])
def test_reading_it_on_x_is_booked_and_never_beyond_the_budget(one_server: OneServerHarness) -> None:
    made = nobody_knows(one_server)
    (post,) = one_server.place.posts()
    one_server.clock.passes(seconds=timedelta(days=1).total_seconds())
    says(one_server, made, post.post_id)
    with one_server.work.store.read() as tx:
        from bot.store import control

        assert 0 < control.spent(tx, one_server.account, one_server.clock()) <= micro(0.02)
