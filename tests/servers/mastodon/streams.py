"""Tells open streams of new, edited and deleted statuses; costs nothing while nobody listens."""

from mastodon_mock.db.models import Status
from mastodon_mock.streaming import EventBus, publish
from mastodon_mock.streaming_events import _status_channels, flush_stream_notifications
from sqlalchemy.orm import Session

from tests.servers.mastodon.entities import presented, shown
from tests.servers.mastodon.world import World


def announce(world: World, db: Session, status: Status, event: str = "update") -> None:
    if _somebody_listens(world):
        publish(world.app, event, presented(world, shown(world, db, status, None)), _channels(db, status))
        flush_stream_notifications(world.app, db, world.config)
    db.info.pop("stream_notifications", None)


def announce_deletion(world: World, db: Session, status: Status) -> None:
    if _somebody_listens(world):
        publish(world.app, "delete", world.public_id(status.id), _channels(db, status))


def _somebody_listens(world: World) -> bool:
    bus: EventBus = world.app.state.event_bus
    return bool(bus._subscribers)


def _channels(db: Session, status: Status) -> set[str]:
    """Where it is heard: only public statuses reach the public and hashtag streams."""
    channels = _status_channels(db, status)
    if status.visibility == "public" and status.reblog_of_id is None:
        return channels
    return {channel for channel in channels if not channel.startswith(("public", "hashtag"))}
