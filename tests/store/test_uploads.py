"""Uploads that the store keeps for parts that are still to go out."""

from __future__ import annotations

from bot.domain.delivery import State
from bot.store import deliveries, uploads
from bot.store.store import Store
from bot.store.uploads import StoredUpload
from tests.harness.campaign import draft
from tests.harness.rehearsal_networks import START


def test_an_upload_is_kept_in_place_of_the_one_before_it(store: Store) -> None:
    with store.begin() as tx:
        delivery = deliveries.add(tx, **deliveries.row_of(draft(), State.PLANNED))
        uploads.keep_upload(tx, delivery, 0, StoredUpload(0, "old", "1", False, START))
        uploads.keep_upload(tx, delivery, 0, StoredUpload(0, "new", "2", False, START))
        uploads.keep_upload(tx, delivery, 0, StoredUpload(1, "other", "3", True, START))
        uploads.mark_upload_ready(tx, delivery, 0, 0)
        assert uploads.uploads_of_part(tx, delivery, 0)[0] == StoredUpload(0, "new", "2", True, START)
        uploads.drop_uploads(tx, delivery, 0, 0)
        assert list(uploads.uploads_of_part(tx, delivery, 0)) == [1]
        uploads.drop_uploads(tx, delivery, 0)
        assert uploads.uploads_of_part(tx, delivery, 0) == {}
