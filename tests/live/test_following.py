"""A running worker posts at the second that is asked for, and takes up whatever people change meanwhile."""

from __future__ import annotations

from tests.live.campaign import Live, in_seconds


def test_posts_leave_at_the_second_they_are_due_with_their_picture_uploaded_ahead(live: Live) -> None:
    live.message("call", "Join us!\n---\nAnd bring a friend.", card=True)
    due = in_seconds(4)
    live.schedule({"call": due})
    worker = live.run()
    accepted = live.until_accepted(4)
    for account in ("mastodon", "x"):
        first, second = (one for one in accepted if one.account == account)
        assert 0 <= first.wall - due.timestamp() < 1
        assert (first.text, first.media, first.reply_to) == ("Join us!", 1, None)
        assert (second.text, second.media) == ("And bring a friend.", 0)
        assert second.reply_to is not None
    assert live.mastodon.ledger().media[0]["wall"] < due.timestamp() - 0.2
    assert worker.stopped() == 0
    assert worker.out == ""
