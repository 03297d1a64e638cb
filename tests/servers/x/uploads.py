"""Media upload in chunks: initialize, append, finalize, status, and alt text."""

import base64
import binascii
import hashlib
import time

import msgspec

from tests.servers.x.call import Call
from tests.servers.x.messages import Response, json_response
from tests.servers.x.model import Upload
from tests.servers.x.multipart import fields_of
from tests.servers.x.problems import invalid, refused

MEGABYTE = 1024 * 1024
LARGEST_CHUNK = 5 * MEGABYTE
LARGEST = {"photo": 5 * MEGABYTE, "animated_gif": 15 * MEGABYTE, "video": 512 * MEGABYTE}
PHOTO_TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "image/bmp", "image/pjpeg", "image/tiff"})
VIDEO_TYPES = frozenset({"video/mp4", "video/quicktime", "video/webm", "video/mp2t"})
TYPES = {
    "tweet_image": PHOTO_TYPES,
    "tweet_gif": frozenset({"image/gif"}),
    "tweet_video": VIDEO_TYPES,
    "amplify_video": VIDEO_TYPES,
}
LONGEST_ALT = 1000
LAST_SEGMENT = 999


def initialize(call: Call) -> Response:
    """POST /2/media/upload/initialize."""
    media_type, category, total = call.body["media_type"], call.body["media_category"], call.body["total_bytes"]
    if media_type not in TYPES.get(category, ()):
        raise invalid(f"media type {media_type} does not fit category {category}", "media_type", media_type)
    number = call.world.clock.snowflake()
    expires = call.now + call.settings.media_life_s
    upload = Upload(number, call.user.id, media_type, category, total, expires)
    if not 0 < total <= LARGEST[upload.kind]:
        raise invalid(f"File size of {total} bytes is not within the limit", "total_bytes", total)
    call.world.uploads[number] = upload
    return _answer(call, upload)


def append(call: Call) -> Response:
    """POST /2/media/upload/{id}/append: segments in order; the last one may come again, unchanged."""
    upload = _own(call, call.ids["id"], "open")
    index, chunk = _segment(call)
    if not 0 < len(chunk) <= LARGEST_CHUNK:
        raise invalid("a segment must have between 1 byte and 5 MB", "media")
    digest = hashlib.sha256(chunk).hexdigest()
    again = index == len(upload.segments) - 1 and upload.segments[index] == digest
    if index != len(upload.segments) and not again:
        raise invalid(f"segment {index} came where {len(upload.segments)} was due", "segment_index", index)
    if not again:
        if upload.received + len(chunk) > upload.total_bytes:
            raise invalid("Segments add up to more than the total file size.", "media")
        upload.segments.append(digest)
        upload.received += len(chunk)
        call.world.digest_of(upload).update(chunk)
    return json_response({"data": {"expires_at": int(upload.expires_at)}})


def finalize(call: Call) -> Response:
    """POST /2/media/upload/{id}/finalize: photos are ready at once, moving pictures are processed."""
    upload = _own(call, call.ids["id"], "open")
    if upload.received != upload.total_bytes:
        raise invalid("Segments do not add up to provided total file size.", "id", upload.id)
    upload.digest = call.world.digest_of(upload).hexdigest()
    upload.finalized_at = call.now
    upload.wall_seen = time.monotonic()
    upload.state = "succeeded" if upload.kind == "photo" else "pending"
    return _answer(call, upload)


def status(call: Call) -> Response:
    """GET /2/media/upload?command=STATUS."""
    upload = _own(call, call.params["media_id"])
    if upload.state == "open":
        raise invalid("The upload is not finalized.", "media_id", upload.id)
    if upload.state in ("pending", "in_progress"):
        _look(call, upload)
    upload.looks += upload.kind == "photo"
    return _answer(call, upload)


def describe(call: Call) -> Response:
    """POST /2/media/metadata: alt text."""
    upload = _own(call, call.body["id"])
    alt = call.body.get("metadata", {}).get("alt_text")
    if alt is None:
        return json_response({"data": {"id": str(upload.id), "associated_metadata": {}}})
    if not 0 < len(alt.get("text", "")) <= LONGEST_ALT:
        raise invalid("$.metadata.alt_text.text: must have between 1 and 1000 characters")
    upload.alt_text = alt["text"]
    return json_response({"data": {"id": str(upload.id), "associated_metadata": {"alt_text": alt}}})


def _own(call: Call, number: str, state: str = "") -> Upload:
    upload = call.world.uploads.get(int(number)) if number.isdigit() else None
    if upload is None or call.now >= upload.expires_at:
        raise invalid(f"Could not find media with id: [{number}].", "id", number, violation=False)
    if upload.user_id != call.user.id:
        raise refused(403, "The media belongs to another user.")
    if state and upload.state != state:
        raise invalid(f"The upload is {upload.state}.", "id", number)
    return upload


def _segment(call: Call) -> tuple[int, bytes]:
    fields = _base64_fields(call) if call.request.content_type == "application/json" else fields_of(call.request)
    if fields.keys() != {"media", "segment_index"} or not fields["segment_index"].isdigit():
        raise invalid("the form must have media and segment_index and nothing else", "segment_index")
    index = int(fields["segment_index"])
    if index > LAST_SEGMENT:
        raise invalid("segment_index must be at most 999", "segment_index", index)
    return index, fields["media"]


def _base64_fields(call: Call) -> dict[str, bytes]:
    try:
        content = msgspec.json.decode(call.request.body, type=dict[str, str | int])
        media = base64.b64decode(str(content.get("media", "")), validate=True)
    except (msgspec.DecodeError, binascii.Error):
        raise invalid("the body must have media in base64 and a segment_index") from None
    return {"media": media, "segment_index": str(content.get("segment_index", "")).encode()}


def _look(call: Call, upload: Upload) -> None:
    """Count a look, and move the processing on by looks, or by time when `video_seconds` is set."""
    settings, wall = call.settings, time.monotonic()
    upload.early_looks += wall - upload.wall_seen < settings.check_after_s
    upload.wall_seen = wall
    upload.looks += 1
    done = upload.looks >= settings.video_looks
    if settings.video_seconds is not None:
        done = call.now - upload.finalized_at >= settings.video_seconds
    upload.state = settings.video_outcome if done else "in_progress"


def _answer(call: Call, upload: Upload) -> Response:
    data: dict[str, object] = {
        "id": str(upload.id),
        "media_key": upload.media_key,
        "expires_after_secs": int(upload.expires_at - call.now),
    }
    if upload.state != "open":
        data["size"] = upload.received
    if upload.state != "open" and (upload.kind != "photo" or upload.looks):
        progress = {"pending": 0, "in_progress": 50, "succeeded": 100, "failed": 50}[upload.state]
        info: dict[str, object] = {"state": upload.state, "progress_percent": progress}
        if upload.state in ("pending", "in_progress"):
            info["check_after_secs"] = call.settings.check_after_s
        if upload.state == "failed" and call.settings.video_failure:
            info["error"] = {"code": 3, "name": "UnsupportedMedia", "message": call.settings.video_failure}
        data["processing_info"] = info
    return json_response({"data": data})
