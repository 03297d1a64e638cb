"""A store that was restored, and what its timelines show of the time that it does not know."""

from __future__ import annotations

from bot.domain.post import Outgoing
from bot.store import identity
from bot.store.identity import RecoveryNeeded, RestoreReason
from tests.harness.campaign import IMAGE, CampaignHarness
from tests.harness.media_files import opened


def forget_since(harness: CampaignHarness, *, needs_yes: bool = False, known_until: bool = True) -> None:
    """The store is one that was restored: it knows all until now, and nothing after."""
    until = harness.clock() if known_until else None
    with harness.work.store.begin() as tx:
        identity.require_recovery(
            tx, RecoveryNeeded(RestoreReason.RESTORED, harness.clock(), until, needs_yes), harness.work.config.accounts
        )


def posts(harness: CampaignHarness, text: str, media: int = 0, reply_to: str = "", account: str = "mastodon") -> str:
    """What the worker that this store knows nothing of has posted, or a person by hand."""
    platform = harness.mastodon if account == "mastodon" else harness.x
    ids = tuple(platform.upload(opened(harness.folder / "banner.png"), IMAGE).media_id for _ in range(media))
    return str(platform.publish(Outgoing(text, "en", media_ids=ids, reply_to=reply_to)).post_id)


def every_second(harness: CampaignHarness, seconds: int) -> None:
    """What a worker does in so many seconds."""
    for _ in range(seconds):
        harness.deliver("mastodon")
        harness.clock.passes(seconds=1)


def in_doubt(harness: CampaignHarness) -> list[str]:
    with harness.work.store.read() as tx:
        return identity.needs_recovery(tx)
