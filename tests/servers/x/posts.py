"""Creating and deleting posts."""

from typing import Any

from tests.servers.x.call import Call
from tests.servers.x.clock import iso
from tests.servers.x.messages import Response, json_response
from tests.servers.x.model import Media, Post, Upload
from tests.servers.x.money import charge
from tests.servers.x.problems import Refusal, invalid, problem, refused
from tests.servers.x.publishing import publish
from tests.servers.x.text import duplicate_key, is_too_long, links_in

DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
TOO_LONG = (
    "Your Tweet text is too long. For more information on how Twitter determines text length see the documentation."
)
NOT_VISIBLE = "You attempted to reply to a Tweet that is deleted or not visible to you."
NO_MEDIA = "Your media IDs are invalid."
MOST_PHOTOS = 4


def create_post(call: Call) -> Response:
    """POST /2/tweets."""
    text = call.body.get("text", "")
    uploads = _uploads(call)
    if not text.strip() and not uploads:
        raise invalid("$.text: is missing but it is required")
    if is_too_long(text):
        raise Refusal(problem(403, TOO_LONG), "text is too long or has invalid characters")
    if text.strip() and _is_duplicate(call, text):
        raise refused(403, DUPLICATE)
    answered = _answered(call)
    _charge(call, text)
    post = publish(call.world, call.user, text, [_media(upload) for upload in uploads], answered)
    for upload in uploads:
        upload.attached_to = post.id
    _enter(call, post, uploads)
    history = "edit_history_post_ids" if call.settings.spelling == "post" else "edit_history_tweet_ids"
    content = {"id": str(post.id), "text": post.composed.text, history: [str(post.id)]}
    return json_response({"data": content}, 201)


def delete_post(call: Call) -> Response:
    """DELETE /2/tweets/{id}: only one's own."""
    post = call.world.posts.get(int(call.ids["id"]))
    if post is None or not post.exists:
        if call.settings.unknown_delete_status == 404:
            raise refused(404, f"Could not find tweet with id: [{call.ids['id']}].")
        return json_response({"data": {"deleted": True}})
    if post.author_id != call.user.id:
        raise refused(403, "You are not authorized to delete this Tweet.")
    charge(call.user, call.settings.prices.delete)
    call.world.forget_post(post, call.now)
    at = iso(call.now)
    call.world.ledger.mark_post(post.id, at)
    call.world.ledger.add("deletes", {"kind_of": "post", "id": str(post.id), "user": call.user.id, "at": at})
    return json_response({"data": {"deleted": True}})


def _charge(call: Call, text: str) -> None:
    prices = call.settings.prices
    linked = links_in(text, any_host=call.settings.any_host_is_a_link)
    charge(call.user, prices.create_with_url if linked else prices.create)


def _is_duplicate(call: Call, text: str) -> bool:
    key = duplicate_key(text)
    since = call.now - call.settings.duplicate_window_s
    for post in call.world.posts.values():
        if post.author_id != call.user.id or post.repost_of is not None or post.created_at < since:
            continue
        if (post.exists or call.settings.duplicates_count_deleted) and duplicate_key(post.sent_text) == key:
            return True
    return False


def _answered(call: Call) -> Post | None:
    reply = call.body.get("reply")
    if reply is None:
        return None
    number = reply.get("in_reply_to_tweet_id", "")
    if not number.isdigit():
        raise invalid("$.reply.in_reply_to_tweet_id: does not match the regex pattern ^[0-9]{1,19}$")
    post = call.world.posts.get(int(number))
    if post is None or not post.exists or not call.world.may_see(call.user, post):
        raise refused(403, NOT_VISIBLE)
    return post


def _uploads(call: Call) -> list[Upload]:
    if "media" not in call.body:
        return []
    numbers = call.body["media"].get("media_ids", [])
    if not numbers or len(set(numbers)) != len(numbers) or not all(str(n).isdigit() for n in numbers):
        raise invalid("$.media.media_ids: must list different media ids", "media.media_ids", numbers)
    found = [call.world.uploads.get(int(number)) for number in numbers]
    ready = [upload for upload in found if upload is not None and _is_ready(call, upload)]
    if len(ready) != len(numbers):
        raise invalid(NO_MEDIA, "media.media_ids", numbers, violation=False)
    kinds = [upload.kind for upload in ready]
    if len(kinds) > (MOST_PHOTOS if set(kinds) == {"photo"} else 1):
        raise invalid("A post takes up to 4 photos, or 1 video, or 1 GIF.", "media.media_ids", numbers)
    return ready


def _is_ready(call: Call, upload: Upload) -> bool:
    return (
        upload.user_id == call.user.id
        and upload.state == "succeeded"
        and upload.attached_to is None
        and call.now < upload.expires_at
    )


def _media(upload: Upload) -> Media:
    return Media(upload.media_key, upload.kind, upload.alt_text, upload.received, upload.digest)


def _enter(call: Call, post: Post, uploads: list[Upload]) -> None:
    media: list[dict[str, Any]] = [
        {
            "id": str(upload.id),
            "type": upload.kind,
            "alt": upload.alt_text,
            "size": upload.received,
            "sha256": upload.digest,
        }
        for upload in uploads
    ]
    entry = {
        "id": str(post.id),
        "user": call.user.id,
        "username": call.user.username,
        "text": post.sent_text,
        "raw_text": post.composed.text,
        "media": media,
        "reply_to": None if post.reply_to is None else str(post.reply_to),
        "at": iso(post.created_at),
        "deleted_at": None,
    }
    call.world.ledger.add("posts", entry)
