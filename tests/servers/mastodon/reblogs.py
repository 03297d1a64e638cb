"""Boosting a status and taking the boost back."""

from mastodon_mock.db.models import Account, Status
from mastodon_mock.services import add_notification
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.servers.mastodon import rows, streams
from tests.servers.mastodon.access import Call, visible_status
from tests.servers.mastodon.entities import shown, uri_of
from tests.servers.mastodon.wire import Answer, Refusal
from tests.servers.mastodon.world import World


async def reblog(world: World, call: Call) -> Answer:
    params = await call.request.params()
    with world.session() as db:
        author = call.author(db)
        original = _original(world, db, call.target, author)
        if original.visibility == "direct" or (original.visibility == "private" and original.account_id != author.id):
            raise Refusal(403, "This action is not allowed")
        boosts = _boosts(db, original, author)
        if boosts and not world.settings.second_boost:
            return Answer(payload=shown(world, db, boosts[0], author))
        boost = _new_boost(db, original, author, str(params.get("visibility") or author.default_privacy))
        world.remember(boost)
        _write_down(world, boost, original, author)
        answer = Answer(payload=shown(world, db, boost, author))
        streams.announce(world, db, boost)
        return answer


async def unreblog(world: World, call: Call) -> Answer:
    with world.session() as db:
        author = call.author(db)
        original = _original(world, db, call.target, author)
        for boost in _boosts(db, original, author):
            rows.remove(world, db, boost)
        world.ledger.undo_reblog(author.username, world.public_id(original.id), world.now_text)
        return Answer(payload=shown(world, db, original, author))


def _original(world: World, db: Session, public_id: str, reader: Account) -> Status:
    status = visible_status(world, db, public_id, reader)
    return db.get_one(Status, status.reblog_of_id) if status.reblog_of_id is not None else status


def _boosts(db: Session, original: Status, author: Account) -> list[Status]:
    found = select(Status).where(Status.reblog_of_id == original.id, Status.account_id == author.id)
    return list(db.scalars(found).all())


def _new_boost(db: Session, original: Status, author: Account, visibility: str) -> Status:
    boost = Status(account_id=author.id, reblog_of_id=original.id, visibility=visibility, edit_history=[])
    db.add(boost)
    db.flush()
    add_notification(
        db, recipient_id=original.account_id, from_account_id=author.id, type_="reblog", status_id=original.id
    )
    db.commit()
    return boost


def _write_down(world: World, boost: Status, original: Status, author: Account) -> None:
    world.ledger.reblog(
        {
            "id": world.public_id(boost.id),
            "account": author.username,
            "status_id": world.public_id(original.id),
            "uri": uri_of(world, original),
            "visibility": boost.visibility,
            "at": world.now_text,
        }
    )
