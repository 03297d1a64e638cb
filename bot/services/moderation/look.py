"""A post of somebody fetched again while a person looks at it: its films of this moment, and whether it has changed."""

from __future__ import annotations

from bot.domain import fingerprint
from bot.domain.actor import By
from bot.domain.addresses import addresses_in, videos_in
from bot.domain.fingerprint import ChangedPart
from bot.domain.money import Purpose
from bot.domain.post import MediaFile, SeenPost, looked_at
from bot.domain.sighting import Sighting
from bot.errors import PlatformError, Refused, RefusedCode
from bot.platforms.web.user_agent import agent_of
from bot.services import money
from bot.services.protection import recheck
from bot.services.resharing import known_ids
from bot.services.watching import language
from bot.services.work import Work
from bot.store import control, sightings
from bot.store.control import AuditAction
from bot.values import dataclass

_MOST_FILMS = 4


@dataclass(frozen=True)
class FreshLook:
    """What a look has shown. `sighting` is as it stands now, None where the post is kept no more; `changed` is what is
    not as it was seen before; `cost` is what it was billed, in micro-USD.

    `files` have addresses for this one look: whoever keeps them would keep whose post it is.
    """

    sighting: Sighting | None
    is_gone: bool
    changed: ChangedPart | None
    files: tuple[MediaFile, ...]
    cost: int


def price(work: Work, sighting: Sighting) -> int:
    """Return the most that looking at a post again is billed, in micro-USD."""
    account = _account_for(work, sighting)
    return work.platforms[account].fetch_cost if account else 0


def look(work: Work, sighting_id: int, by: By) -> FreshLook:
    """Fetch a post again through our own account, and keep it as it is now for whoever decides.

    Raise Refused where there is no such sighting, no account to look through, no money, or no answer.
    """
    with work.store.read() as tx:
        before = sightings.get(tx, sighting_id)
        if before is None:
            raise Refused(RefusedCode.NO_SUCH_SIGHTING, sighting=sighting_id)
        account = _account_for(work, before)
        if account is None:
            raise Refused(RefusedCode.NO_USABLE_ACCOUNT)
        native_ids = known_ids(tx, work, account, [before.post.uri])
    platform, now = work.platforms[account], work.clock()
    with work.store.begin() as tx:
        reservation = money.reserve(tx, work, account, platform.fetch_cost, now, Purpose.RECHECK)
        control.write_audit(tx, now, by, AuditAction.WATCH, f"sighting {sighting_id}")
    if reservation is None:
        budget = money.budget(work, account) or 0
        raise Refused(RefusedCode.READING_OVER_BUDGET, account=account, budget_micro_usd=budget)
    try:
        fetched = platform.fetch(before.post.uri, *native_ids.values())
    except PlatformError as error:
        with work.store.begin() as tx:
            money.settle_failed(tx, reservation, error)
        raise Refused(RefusedCode.POST_UNREADABLE, problem=str(error.answer)) from error
    cost = platform.fetch_cost * looked_at([fetched])
    with work.store.begin() as tx:
        money.settle(tx, reservation, cost)
    post = fetched and language.with_language(fetched, work.config.campaign.languages)
    changed = fingerprint.changed(fingerprint.of(before.post), post) if post else None
    is_gone = recheck.settle_stored(work, before, post) or post is None
    with work.store.read() as tx:
        after = sightings.get(tx, sighting_id)
    return FreshLook(after, is_gone, changed, () if is_gone or post is None else _files(work, post), cost)


def _files(work: Work, post: SeenPost) -> tuple[MediaFile, ...]:
    """Return the files of a post, with those of the films on PeerTube that it links to."""
    links = [address for address in addresses_in(post.text) if "".join(videos_in([address])).startswith("peertube:")]
    if not links or work.is_rehearsal:
        return post.files
    from bot.platforms.web import peertube  # both load an HTTP client, which most readers of the console never need
    from bot.platforms.web.remote_file import RemoteFiles

    with RemoteFiles(agent_of(work.config)) as remote:
        films = [peertube.film(remote.web, address) for address in links[:_MOST_FILMS]]
    return (*post.files, *filter(None, films))


def _account_for(work: Work, sighting: Sighting) -> str | None:
    """Return the first of our accounts on the post's platform."""
    return next((name for name, own in work.platforms.items() if own.platform == sighting.post.platform), None)
