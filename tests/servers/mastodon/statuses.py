"""Writing, reading and deleting statuses: the checks Mastodon makes, and idempotency keys."""

from datetime import timedelta
from typing import Any

from mastodon_mock.db.models import Account, MediaAttachment, Status
from mastodon_mock.routers.statuses import _create_status_from_params
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.servers.mastodon import rows, streams
from tests.servers.mastodon.access import Call, visible_status
from tests.servers.mastodon.entities import shown, shown_fresh
from tests.servers.mastodon.hashtags import counted_length
from tests.servers.mastodon.media import attachable
from tests.servers.mastodon.wire import Answer, Refusal, ask
from tests.servers.mastodon.world import World

_KEY_LIFETIME = timedelta(hours=1)
_VISIBILITIES = ("public", "unlisted", "private", "direct")


async def post_status(world: World, call: Call) -> Answer:
    params = await call.request.params()
    key = call.request.headers.get("idempotency-key", "")
    with world.session() as db:
        author = call.author(db)
        earlier = _earlier_status(world, author, key)
        if earlier is not None:
            return _replayed(world, db, earlier, author)
        _check(world, db, author, params)
        if params.get("scheduled_at"):
            return await ask(world.app, call.request)
        status = _create_status_from_params(db, author, params)
        db.commit()
        world.remember(status)
        if key:
            world.memory.replays[author.id, key] = (status.id, world.clock.now())
        _write_down(world, db, status, author, key)
        answer = Answer(payload=shown_fresh(world, db, status, author))
        streams.announce(world, db, status)
        return answer


def _earlier_status(world: World, author: Account, key: str) -> int | None:
    if not key or world.settings.idempotency == "ignore":
        return None
    status_id, at = world.memory.replays.get((author.id, key), (None, world.clock.now()))
    return status_id if world.clock.now() - at < _KEY_LIFETIME else None


def _replayed(world: World, db: Session, status_id: int, author: Account) -> Answer:
    if world.settings.idempotency == "replay_500":
        raise Refusal(500, "An unexpected error occurred")
    status = db.get(Status, status_id)
    if status is None:
        raise Refusal(404, "Record not found")
    return Answer(payload=shown(world, db, status, author))


def _check(world: World, db: Session, author: Account, params: dict[str, Any]) -> None:
    """Makes the params what Mastodon would store. Raises Refusal where it would refuse."""
    text = params["status"] = str(params.get("status") or "").strip()
    warning = params["spoiler_text"] = str(params.get("spoiler_text") or "").strip()
    params["sensitive"] = True if warning else params.get("sensitive", author.default_sensitive)
    media = attachable(world, db, author, params.get("media_ids"))
    params["media_ids"] = [str(row.id) for row in media]
    if not text and not media and not params.get("poll"):
        raise Refusal(422, "Validation failed: Text can't be blank")
    limit = world.settings.max_characters
    if counted_length(warning + text, world.settings.characters_reserved_per_url) > limit:
        raise Refusal(422, f"Validation failed: Text character limit of {limit} exceeded")
    if params.setdefault("visibility", author.default_privacy) not in _VISIBILITIES:
        raise Refusal(422, "Validation failed: Visibility is not included in the list")
    if params.get("in_reply_to_id"):
        params["in_reply_to_id"] = visible_status(world, db, params["in_reply_to_id"], author).id


def _write_down(world: World, db: Session, status: Status, author: Account, key: str) -> None:
    attached = db.scalars(select(MediaAttachment).where(MediaAttachment.status_id == status.id)).all()
    media = [{"id": world.public_id(row.id), "description": row.description, "type": row.type} for row in attached]
    parent = status.in_reply_to_id
    world.ledger.status(
        {
            "id": world.public_id(status.id),
            "account": author.username,
            "text": status.text,
            "media": media,
            "in_reply_to_id": world.public_id(parent) if parent else None,
            "visibility": status.visibility,
            "language": status.language,
            "spoiler_text": status.spoiler_text,
            "sensitive": status.sensitive,
            "idempotency_key": key or None,
            "at": world.now_text,
        }
    )


async def get_status(world: World, call: Call) -> Answer:
    with world.session() as db:
        reader = call.reader(db)
        status = visible_status(world, db, call.target, reader)
        return Answer(payload=shown(world, db, status, reader))


async def edit_status(world: World, call: Call) -> Answer:
    """As Mastodon's UpdateStatusService: what is not named is taken away, and what changes nothing is no edit."""
    params = await call.request.params()
    with world.session() as db:
        author = call.author(db)
        status = _own(world, db, call.target, author)
        text = str(params.get("status") or "").strip()
        warning = str(params.get("spoiler_text") or "").strip()
        media = _of_edit(world, db, author, status, params)
        if not text and not media:
            raise Refusal(422, "Validation failed: Text can't be blank")
        limit = world.settings.max_characters
        if counted_length(warning + text, world.settings.characters_reserved_per_url) > limit:
            raise Refusal(422, f"Validation failed: Text character limit of {limit} exceeded")
        before = _state_of(db, status)
        _change(world, db, status, media, text, warning, params)
        if _state_of(db, status) != before:
            status.edited_at = world.clock.now()
            _write_edit_down(world, db, status, author)
        db.commit()
        rows.retag(world, db, status)
        return Answer(payload=shown(world, db, status, author))


def _of_edit(
    world: World, db: Session, author: Account, status: Status, params: dict[str, Any]
) -> list[MediaAttachment]:
    """The rows behind the ids of an edit: those that are attached already, and others that may be attached now."""
    named = params.get("media_ids") or []
    wanted = [world.number(one) or 0 for one in (named if isinstance(named, list) else [named])]
    there = {row.id: row for row in _attached(db, status)}
    new = {row.id: row for row in attachable(world, db, author, [world.public_id(n) for n in wanted if n not in there])}
    return [(there | new)[number] for number in wanted]


def _attached(db: Session, status: Status) -> list[MediaAttachment]:
    return list(db.scalars(select(MediaAttachment).where(MediaAttachment.status_id == status.id)).all())


def _change(
    world: World,
    db: Session,
    status: Status,
    media: list[MediaAttachment],
    text: str,
    warning: str,
    params: dict[str, Any],
) -> None:
    for row in _attached(db, status):
        if row not in media:
            row.status_id = None
    for row in media:
        row.status_id = status.id
    for wish in params.get("media_attributes") or []:
        for row in media:
            if row.id == world.number(wish["id"]):
                row.description = str(wish.get("description") or "")
    status.text, status.content, status.spoiler_text = text, world.rendered(text), warning
    status.sensitive = bool(warning) or str(params.get("sensitive") or "").lower() in ("true", "1")
    status.language = params.get("language") or status.language
    db.flush()


def _state_of(db: Session, status: Status) -> tuple[object, ...]:
    files = [(row.id, row.description) for row in _attached(db, status)]
    return (status.text, status.spoiler_text, status.sensitive, status.language, files)


def _write_edit_down(world: World, db: Session, status: Status, author: Account) -> None:
    media = [{"id": world.public_id(row.id), "description": row.description} for row in _attached(db, status)]
    world.ledger.edit(
        {
            "id": world.public_id(status.id),
            "account": author.username,
            "text": status.text,
            "media": media,
            "language": status.language,
            "spoiler_text": status.spoiler_text,
            "sensitive": status.sensitive,
            "at": world.now_text,
        }
    )


async def delete_status(world: World, call: Call) -> Answer:
    with world.session() as db:
        author = call.author(db)
        status = _own(world, db, call.target, author)
        payload = {**shown(world, db, status, author), "text": status.text}
        boosted = db.get(Status, status.reblog_of_id) if status.reblog_of_id else None
        rows.remove(world, db, status)
        if boosted is not None:
            world.ledger.undo_reblog(author.username, world.public_id(boosted.id), world.now_text)
        world.ledger.delete({"id": world.public_id(status.id), "account": author.username, "at": world.now_text})
        return Answer(payload=payload)


def _own(world: World, db: Session, public_id: str, author: Account) -> Status:
    status = visible_status(world, db, public_id, author)
    if status.account_id != author.id:
        raise Refusal(404, "Record not found")
    return status
