"""Changes to a status's rows that the mock leaves half done."""

from mastodon_mock.db.models import MediaAttachment, Notification, Status, StatusMention, StatusTag
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from tests.servers.mastodon import streams
from tests.servers.mastodon.hashtags import normalised, tags_in
from tests.servers.mastodon.world import World


def retag(world: World, db: Session, status: Status) -> None:
    """Tags follow an edited text."""
    db.execute(delete(StatusTag).where(StatusTag.status_id == status.id))
    tags = tags_in(status.text)
    db.add_all(StatusTag(status_id=status.id, name=normalised(tag)) for tag in tags)
    db.commit()
    if (facts := world.memory.facts.get(status.id)) is not None:
        facts.tags = tags
    streams.announce(world, db, status, "status.update")


def remove(world: World, db: Session, status: Status) -> None:
    """The status goes, and every boost of it; its media may be attached anew, as after "delete and redraft"."""
    boosts = db.scalars(select(Status).where(Status.reblog_of_id == status.id)).all()
    for quoting in db.scalars(select(Status).where(Status.quoted_status_id == status.id)).all():
        quoting.quoted_status_id = None
        world.memory.facts[quoting.id].more["quote"] = {"state": "deleted", "quoted_status": None}
    for gone in (*boosts, status):
        streams.announce_deletion(world, db, gone)
        for table in (StatusTag, StatusMention, Notification):
            db.execute(delete(table).where(table.status_id == gone.id))
        db.execute(update(MediaAttachment).where(MediaAttachment.status_id == gone.id).values(status_id=None))
        db.delete(gone)
        world.forget(gone.id)
    db.commit()
