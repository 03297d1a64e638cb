"""The control plane under /_sim/: how a test sets the scene and reads the ledger. X has nothing like it."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from tests.servers.x.clock import iso, moment_of
from tests.servers.x.faults import Fault
from tests.servers.x.messages import Request, Response, json_response
from tests.servers.x.model import Media, Post, User
from tests.servers.x.money import micros
from tests.servers.x.orders import ClockOrder, NewPost, NewUser, PostChange, UserChange
from tests.servers.x.publishing import composed, publish, repost
from tests.servers.x.settings import changed
from tests.servers.x.world import World

T = TypeVar("T")


def answer(world: World, request: Request, release: Callable[[], int]) -> Response:
    """The answer to any request under /_sim/; `release` processes what `late_accept` faults still hold."""
    _, _, resource, *rest = request.path.split("/")
    try:
        return json_response(_do(world, request, (request.method, resource), "".join(rest), release))
    except (msgspec.MsgspecError, ValueError, LookupError) as error:
        return json_response({"error": f"{type(error).__name__}: {error}"}, 400)


def _do(world: World, request: Request, order: tuple[str, str], name: str, release: Callable[[], int]) -> Any:
    if order == ("POST", "release"):
        return {"released": release()}
    if order == ("DELETE", "faults"):
        world.faults.clear()
        return {}
    if order == ("POST", "faults"):
        world.faults.append(_read(request, Fault))
        return {}
    if order == ("POST", "settings"):
        return _set(world, _read(request, dict[str, Any]))
    if order == ("POST", "clock"):
        return _set_clock(world, _read(request, ClockOrder))
    if order == ("POST", "reset"):
        world.reset()
        return {}
    if order == ("GET", "ledger"):
        return ledger(world)
    return _people_and_posts(world, request, order, name)


def _people_and_posts(world: World, request: Request, order: tuple[str, str], name: str) -> Any:
    if order == ("POST", "users"):
        return _add_user(world, _read(request, NewUser))
    if order == ("PATCH", "users"):
        return _change_user(_user(world, name), _read(request, UserChange))
    if order == ("POST", "posts"):
        return {"id": str(_seed(world, _read(request, NewPost)).id)}
    if order == ("PATCH", "posts"):
        return {"id": str(_change_post(world, world.posts[int(name)], _read(request, PostChange)).id)}
    if order == ("DELETE", "posts"):
        world.forget_post(world.posts[int(name)], world.clock.now())
        world.ledger.mark_post(int(name), iso(world.clock.now()))
        return {}
    if order == ("DELETE", "media"):
        world.uploads = {number: one for number, one in world.uploads.items() if one.attached_to is not None}
        return {}
    raise LookupError(f"no such order: {order[0]} {request.path}")


def ledger(world: World) -> dict[str, Any]:
    """Everything the simulator accepted and refused, and the money spent in USD."""
    spent = {user.id: user.spent_micros / 1_000_000 for user in world.users.values()}
    reads = {user.id: {str(post): times for post, times in user.billed_reads.items()} for user in world.users.values()}
    media = [
        {
            "id": str(upload.id),
            "user": upload.user_id,
            "type": upload.kind,
            "media_type": upload.media_type,
            "size": upload.received,
            "sha256": upload.digest,
            "alt": upload.alt_text,
            "state": upload.state,
            "early_looks": upload.early_looks,
            "attached_to": None if upload.attached_to is None else str(upload.attached_to),
        }
        for upload in world.uploads.values()
    ]
    total = sum(user.spent_micros for user in world.users.values()) / 1_000_000
    return {**world.ledger.entries, "media": media, "spent": total, "spent_by_user": spent, "billed_reads": reads}


def _read(request: Request, kind: type[T]) -> T:
    return msgspec.json.decode(request.body or b"{}", type=kind)


def _set(world: World, changes: dict[str, Any]) -> dict[str, Any]:
    frozen_before = world.settings.timeline_frozen
    world.settings = changed(world.settings, changes)
    if world.settings.timeline_frozen and not frozen_before:
        world.frozen_after = world.order[-1] if world.order else 0
    settings: dict[str, Any] = msgspec.to_builtins(world.settings)
    return settings


def _set_clock(world: World, order: ClockOrder) -> dict[str, str]:
    if order.now is None:
        world.clock.follow_real_time(order.offset_s)
    else:
        world.clock.set(moment_of(order.now), running=order.running)
    return {"now": iso(world.clock.now())}


def _add_user(world: World, order: NewUser) -> dict[str, str]:
    user = world.add_user(order.username, order.name, order.credits)
    user.description, user.protected, user.verified = order.description, order.protected, order.verified
    user.followers = order.followers
    if order.created_at:
        user.created_at = moment_of(order.created_at)
    text, token = world.add_token(user, order.api_key, order.api_secret)
    return {
        "id": user.id,
        "username": user.username,
        "api_key": token.consumer_key,
        "api_secret": world.consumers[token.consumer_key],
        "access_token": text,
        "access_token_secret": token.secret,
    }


def _user(world: World, name: str) -> User:
    user = world.user_named(name)
    if user is None:
        raise LookupError(f"there is no user {name}")
    return user


def _change_user(user: User, change: UserChange) -> dict[str, str]:
    for name, value in msgspec.structs.asdict(change).items():
        if value is msgspec.UNSET:
            continue
        if name == "credits":
            user.credits_micros = micros(value)
        else:
            setattr(user, name, value)
    return {"id": user.id}


def _seed(world: World, order: NewPost) -> Post:
    author = world.user_named(order.user) or world.add_user(order.user)
    at = moment_of(order.created_at) if order.created_at else None
    if order.repost_of:
        post = repost(world, author, world.posts[int(order.repost_of)], at)
    else:
        media = [_media(world, item.type, item.alt_text, item.duration_ms) for item in order.media]
        answered = world.posts[int(order.reply_to)] if order.reply_to else None
        post = publish(world, author, _with_quote(world, order), media, answered, at)
        post.quotes = int(order.quotes) if order.quotes else None
    post.lang, post.possibly_sensitive, post.withheld = order.lang, order.possibly_sensitive, order.withheld
    entry = {"id": str(post.id), "user": author.id, "username": author.username, "text": order.text}
    world.ledger.add("seeded", entry | {"at": iso(post.created_at)})
    return post


def _with_quote(world: World, order: NewPost) -> str:
    """X ends the text of a post that quotes with the address of the other one."""
    if not order.quotes:
        return order.text
    quoted = world.posts[int(order.quotes)]
    return f"{order.text} https://x.com/{world.users[quoted.author_id].username}/status/{quoted.id}"


def _media(world: World, kind: str, alt_text: str, duration_ms: int) -> Media:
    number = {"photo": 3, "video": 7, "animated_gif": 16}[kind]
    return Media(f"{number}_{world.clock.snowflake()}", kind, alt_text, duration_ms=duration_ms)


def _change_post(world: World, post: Post, change: PostChange) -> Post:
    if change.protected is not msgspec.UNSET:
        world.users[post.author_id].protected = change.protected
    if change.possibly_sensitive is not msgspec.UNSET:
        post.possibly_sensitive = change.possibly_sensitive
    if change.withheld is not msgspec.UNSET:
        post.withheld = change.withheld
    if change.text is msgspec.UNSET:
        return post
    author = world.users[post.author_id]
    if change.new_version:
        edited = publish(world, author, change.text, post.media)
        edited.history = post.history
    else:
        edited = post
        post.sent_text, post.composed = change.text, composed(world, author, post.id, change.text, post.media)
    post.history.append(edited.id if change.new_version else world.clock.snowflake())
    return edited
