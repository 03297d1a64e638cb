"""Uploads: processed at once or after some looks, sometimes never; attached once, and only by their owner."""

import hashlib
from typing import Any

from mastodon_mock.db.models import Account, MediaAttachment
from mastodon_mock.serializers.media import serialize_media
from sqlalchemy.orm import Session
from starlette.datastructures import UploadFile

from tests.servers.mastodon.access import Call
from tests.servers.mastodon.settings import Settings
from tests.servers.mastodon.wire import Answer, Refusal, ask
from tests.servers.mastodon.world import Upload, World


async def upload(world: World, call: Call) -> Answer:
    with world.session() as db:
        author = call.author(db)
    params = await call.request.params()
    file = params.get("file")
    if not isinstance(file, UploadFile):
        raise Refusal(422, "Validation failed: File can't be blank")
    _check(world.settings, file, str(params.get("description") or ""))
    sha256 = hashlib.sha256(await file.read()).hexdigest()
    await file.seek(0)
    answer = await ask(world.app, call.request)
    if answer.status != 200:
        return answer
    state = Upload(world.settings.media_looks, world.settings.media_fails)
    world.memory.uploads[int(answer.payload["id"])] = state
    _write_down(world, author, answer.payload, file.size or 0, sha256)
    if call.request.path.startswith("/api/v2") and not state.is_ready:
        answer.status, answer.payload["url"] = 202, None
    return answer


async def get_media(world: World, call: Call) -> Answer:
    with world.session() as db:
        row = _own(world, db, call)
        payload = serialize_media(row)
        state = world.memory.uploads.get(row.id, Upload(0, fails=False))
        if state.looks_left > 0:
            state.looks_left -= 1
            payload["url"] = None
            return Answer(206, payload)
        if state.fails:
            raise Refusal(422, "Error processing thumbnail for uploaded media")
        return Answer(payload=payload)


async def change_media(world: World, call: Call) -> Answer:
    with world.session() as db:
        _own(world, db, call)
    return await ask(world.app, call.request)


def attachable(world: World, db: Session, author: Account, media_ids: Any) -> list[MediaAttachment]:
    """The rows behind the ids of a new status. Raises Refusal unless every one may be attached now."""
    wanted = media_ids if isinstance(media_ids, list) else [media_ids] if media_ids else []
    if len(wanted) > world.settings.max_media_attachments:
        raise Refusal(422, f"Cannot attach more than {world.settings.max_media_attachments} files")
    media = [db.get(MediaAttachment, world.number(public_id) or 0) for public_id in wanted]
    found = [row for row in media if row is not None and row.account_id == author.id and row.status_id is None]
    if len(found) < len(wanted):
        raise Refusal(422, f"Media {', '.join(map(str, wanted))} not found or already attached to another post")
    if len(found) > 1 and any(row.type in ("video", "audio", "gifv") for row in found):
        raise Refusal(422, "Cannot attach a video to a post that already contains images")
    if not all(world.memory.uploads.get(row.id, Upload(0, fails=False)).is_ready for row in found):
        raise Refusal(422, "Cannot attach files that have not finished processing. Try again in a moment!")
    return found


def _own(world: World, db: Session, call: Call) -> MediaAttachment:
    author = call.author(db)
    row = db.get(MediaAttachment, world.number(call.target) or 0)
    if row is None or row.account_id != author.id or row.status_id is not None:
        raise Refusal(404, "Record not found")
    return row


def _check(settings: Settings, file: UploadFile, description: str) -> None:
    """Raises Refusal for what Mastodon would not keep."""
    mime_type = (file.content_type or "").lower()
    limit = settings.image_size_limit if mime_type.startswith("image/") else settings.video_size_limit
    if mime_type not in settings.supported_mime_types:
        raise Refusal(422, "Validation failed: File content type is invalid")
    if (file.size or 0) > limit:
        raise Refusal(422, f"Validation failed: File size must be less than {limit} bytes")
    if len(description) > settings.description_limit:
        raise Refusal(422, f"Description is too long (maximum is {settings.description_limit} characters)")


def _write_down(world: World, author: Account, shown: dict[str, Any], size: int, sha256: str) -> None:
    entry = {
        "id": world.public_id(int(shown["id"])),
        "account": author.username,
        "type": shown["type"],
        "description": shown["description"],
        "size": size,
        "sha256": sha256,
        "at": world.now_text,
    }
    world.ledger.upload(entry)
