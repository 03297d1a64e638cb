"""Where a store in PostgreSQL lives, and what is noticed when it was made anew, copied or set back."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.store import identity
from bot.store.identity import RestoreReason, seal, unseal
from bot.store.store import Store
from tests.harness.postgresql import postgresql
from tests.store.copied_store import Home, Served, record_attempt


@pytest.fixture
def served(tmp_path: Path) -> Served:
    """A store in PostgreSQL that has sent twice."""
    made = Served(tmp_path / "campaign")
    made.sends(2)
    return made


def test_a_database_that_stays_is_never_doubted_by_any_machine(served: Served, tmp_path: Path) -> None:
    second = Home(tmp_path / "second machine", served.url)
    assert [served.noticed(), second.noticed(), second.noticed()] == [None] * 3
    second.sends(3)
    served.sends(1)
    assert [served.noticed(), second.noticed()] == [None, None]


def test_a_database_that_was_made_anew_under_the_same_name_is_noticed(served: Served) -> None:
    kept = postgresql().create(template=served.database)
    postgresql().drop(served.database)
    postgresql().ask(f"CREATE DATABASE {served.database} TEMPLATE {kept}")
    noticed = served.noticed()
    assert noticed is not None
    assert (noticed.why, noticed.needs_yes) == (RestoreReason.RESTORED, False)


def test_a_copy_of_a_database_under_another_name_needs_a_yes(served: Served) -> None:
    copy = postgresql().create(template=served.database)
    assert Home(served.folder, postgresql().url(copy)).why() is RestoreReason.COPIED
    assert served.noticed() is None


def test_a_database_whose_attempts_went_backwards_is_noticed_and_by_the_others_once_only(
    served: Served, tmp_path: Path
) -> None:
    second = Home(tmp_path / "second machine", served.url)
    second.sends(2)
    served.noticed()
    postgresql().ask("DELETE FROM attempt WHERE id > 2", served.database)
    assert served.why() is RestoreReason.RESTORED
    assert second.noticed() is None
    assert served.marks().epoch == 2


def test_whoever_may_not_ask_for_the_cluster_is_told_apart_by_the_tables(served: Served) -> None:
    postgresql().ask("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM public", served.database)
    postgresql().ask("DROP ROLE IF EXISTS hosted", served.database)
    postgresql().ask("CREATE ROLE hosted LOGIN", served.database)
    postgresql().ask("GRANT ALL ON ALL TABLES IN SCHEMA public TO hosted", served.database)
    url = served.url.replace("groundswell@", "hosted@")
    store = Store(url)
    with store.read() as tx:
        found = identity.database_identity(url, tx)
    store.close()
    assert len(found.split(" ")) == 5
    assert found.startswith("postgresql   ")


def test_a_sealed_database_takes_no_change(served: Served) -> None:
    store = Store.open(served.url)
    with store.begin() as tx:
        seal(tx, "sqlite:////elsewhere/groundswell.db")
    with pytest.raises(StoreError, match="was moved"), store.begin() as tx:
        record_attempt(store, tx)
    with store.begin() as tx:
        unseal(tx)
        record_attempt(store, tx)
    store.close()
