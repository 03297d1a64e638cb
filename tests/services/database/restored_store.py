"""A store that was restored, and what its timelines show of the time that it does not know."""

from __future__ import annotations

from bot.domain.post import Outgoing
from bot.store import identity
from bot.store.identity import RecoveryNeeded, RestoreReason
from tests.harness.campaign import IMAGE, CampaignHarness
from tests.harness.media_files import opened


def forget_since(desk: CampaignHarness, *, needs_yes: bool = False, known_until: bool = True) -> None:
    """The store is one that was restored: it knows all until now, and nothing after."""
    until = desk.clock() if known_until else None
    with desk.work.store.begin() as tx:
        identity.require_recovery(
            tx, RecoveryNeeded(RestoreReason.RESTORED, desk.clock(), until, needs_yes), desk.work.config.accounts
        )


def posts(desk: CampaignHarness, text: str, media: int = 0, reply_to: str = "", account: str = "mastodon") -> str:
    """What the worker that this store knows nothing of has posted, or a person by hand."""
    platform = desk.mastodon if account == "mastodon" else desk.x
    ids = tuple(platform.upload(opened(desk.folder / "banner.png"), IMAGE).media_id for _ in range(media))
    return str(platform.publish(Outgoing(text, "en", media_ids=ids, reply_to=reply_to)).post_id)


def every_second(desk: CampaignHarness, seconds: int) -> None:
    """What a worker does in so many seconds."""
    for _ in range(seconds):
        desk.deliver("mastodon")
        desk.clock.passes(seconds=1)


def in_doubt(desk: CampaignHarness) -> list[str]:
    with desk.work.store.read() as tx:
        return identity.needs_recovery(tx)
