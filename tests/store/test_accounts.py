"""All that is kept under an account's name moves with it, on either database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from bot.domain.delivery import Kind, Origin, State
from bot.domain.identity import RealAccount
from bot.domain.message import Content
from bot.domain.money import Purpose
from bot.store import accounts, control, deliveries, identity, past_requests, uploads
from bot.store import schema as t
from bot.store import sources as sources_store
from bot.store.store import Store
from bot.store.uploads import StoredUpload
from tests.harness.campaign import draft

NOW = datetime(2025, 4, 16, 8, tzinfo=UTC)
A = RealAccount("mastodon", "a.example", "@union@a.example", "7", "t7")
B = RealAccount("mastodon", "b.example", "@union@b.example", "8", "t8")


def filled(store: Store, name: str, who: RealAccount, *states: State) -> list[int]:
    """An account with something in every table; gives its deliveries."""
    with store.begin() as tx:
        accounts.remember(tx, name, who)
        control.set_account(tx, name, paused_until=NOW + timedelta(hours=1), newest_own_id=f"of {name}", turn=3)
        control.spend(tx, name, 100, NOW)
        control.add_charge(tx, name, NOW, Purpose.POST, 100, calls=1)
        for source in (f"a.example mentions {name}", f"x search {name}", f"x search {name} 2", f"a.example #{name}"):
            sources_store.cursor_of(tx, source, NOW)
        identity.put_metadata(tx, {f"{identity.GAP}:{name}": "{}"})
        rows = [replace(draft(f"m{place}", account=name), platform="mastodon") for place, _ in enumerate(states)]
        made = [deliveries.add(tx, **deliveries.row_of(one, State.PLANNED)) for one in rows]
        for one, state in zip(made, states, strict=True):
            tx.execute(update(t.delivery).where(t.delivery.c.id == one).values(state=state))
        uploads.keep_upload(tx, made[0], 0, StoredUpload(0, "hash", "media", True, NOW))
        return made


def reshared(store: Store, name: str, state: State) -> int:
    values: dict[str, Any] = {
        "kind": Kind.RESHARE,
        "account": name,
        "platform": "mastodon",
        "origin": Origin.MODERATION,
    }
    values |= {"state": state, "due_at": NOW, "not_before": NOW, "content": Content((), "en")}
    values |= {"content_hash": "h"}
    with store.begin() as tx:
        return deliveries.add(tx, **values, post_uri="https://c.example/1")


def names(store: Store) -> dict[str, set[str]]:
    """Whose rows there are, in each table."""
    with store.read() as tx:
        return {
            table.name: set(tx.execute(select(table.c.account)).scalars())
            for table in t.metadata.tables.values()
            if "account" in table.c
        }


def sources(store: Store) -> set[str]:
    with store.read() as tx:
        return set(sources_store.all_poll_states(tx))


def test_names_that_change_in_a_ring_keep_what_is_theirs(store: Store) -> None:
    of_a, of_b = filled(store, "a", A, State.SENT), filled(store, "b", B, State.HELD)
    with store.begin() as tx:
        accounts.rename(tx, {"a": "b", "b": "c"})
    with store.read() as tx:
        assert [record.account for one in (*of_a, *of_b) if (record := deliveries.get(tx, one))] == ["b", "c"]
        assert {name: control.account(tx, name).newest_own_id for name in "abc"} == {"a": "", "b": "of a", "c": "of b"}
        assert [control.spent(tx, name, NOW) for name in "abc"] == [0, 100, 100]
        assert accounts.known(tx, {}) == {"b": A, "c": B}
        assert {key for key in identity.read_metadata(tx).raw if key.startswith("gap:")} == {"gap:b", "gap:c"}
    assert all(found <= {"b", "c"} for found in names(store).values())
    of_c = {"a.example mentions c", "x search c", "x search c 2"}
    assert sources(store) == {name.replace(" c", " b") for name in of_c} | of_c | {"a.example #a", "a.example #b"}


def test_what_one_account_did_under_two_names_is_added_up(store: Store) -> None:
    filled(store, "a", A, State.SENT)
    with store.begin() as tx:
        accounts.remember(tx, "b", A)
        control.set_account(tx, "b", in_doubt=True)
        control.spend(tx, "b", 11, NOW)
        control.add_charge(tx, "b", NOW, Purpose.POST, 11, calls=2)
    out, planned = reshared(store, "b", State.SENT), reshared(store, "a", State.PLANNED)
    with store.begin() as tx:
        accounts.rename(tx, {"a": "b", "b": "b"})
    with store.read() as tx:
        state = control.account(tx, "b")
        assert (state.newest_own_id, state.in_doubt) == ("of a", True)
        assert control.spent(tx, "b", NOW) == 111
        assert [(one.calls, one.amount) for one in control.charges_since(tx, "b", NOW)] == [(3, 111)]
        assert deliveries.get(tx, planned) is None
        assert (kept := deliveries.get(tx, out)) is not None
        assert kept.state is State.SENT


def test_another_account_under_the_name_gets_what_never_went_out_and_the_days_money(store: Store) -> None:
    states = (State.SENT, State.HELD, State.CANCELLED, State.CLAIMED, State.UNKNOWN)
    sent, held, cancelled, claimed, unknown = filled(store, "a", A, *states)
    aside = "a (@union@a.example)"
    with store.begin() as tx:
        accounts.set_aside(tx, "a", aside)
        accounts.give_up_looking(tx, aside)
    with store.read() as tx:
        found = {one.id: (one.account, one.state) for one in deliveries.listed(tx)}
        assert found == {
            sent: (aside, State.SENT),
            held: ("a", State.HELD),
            cancelled: ("a", State.CANCELLED),
            claimed: ("a", State.PLANNED),
            unknown: (aside, State.NEEDS_DECISION),
        }
        assert (control.spent(tx, "a", NOW), control.spent(tx, aside, NOW)) == (100, 0)
        assert control.account(tx, "a").newest_own_id == ""
        assert accounts.known(tx, {})[aside] == A
        assert past_requests.known_post_ids(tx, "a") == frozenset()
    assert "x search a" in sources(store)
    assert "a.example mentions a" not in sources(store)


def test_what_an_earlier_version_stored_is_known_by_its_name_its_handle_and_its_posts(store: Store) -> None:
    """It wrote down neither platform nor server."""
    with store.begin() as tx:
        control.set_account(tx, "a", handle="@union@a.example")
        for name, url in (("a", "https://a.example/@union/1"), ("b", "https://B.example:443/@union/2")):
            row = deliveries.row_of(replace(draft(account=name), platform="mastodon"), State.PLANNED)
            made = deliveries.add(tx, **row)
            tx.execute(update(t.delivery).where(t.delivery.c.id == made).values(state=State.SENT, url=url, sent_at=NOW))
        control.set_account(tx, "blank", in_doubt=True)
    with store.read() as tx:
        here = {"b": RealAccount("mastodon", "proxy.example", credentials="t")}
        assert accounts.known(tx, here) == {
            "a": RealAccount("mastodon", "a.example", "@union@a.example"),
            "b": RealAccount("mastodon", "proxy.example"),
        }
        assert accounts.known(tx, {})["b"].server == "b.example"
