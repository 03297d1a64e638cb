"""The control plane, `/_sim/…`: what a test does behind the server's back. Never faulted, never in the ledger."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

import msgspec
from mastodon_mock.db.models import MediaAttachment, OAuthToken, Status
from sqlalchemy import delete

from tests.servers.mastodon import rows, seed
from tests.servers.mastodon.wire import Answer, Refusal, Request
from tests.servers.mastodon.world import World

_Wishes = dict[str, Any]


def control(world: World, request: Request) -> Answer:
    """`METHOD /_sim/THING[/ID]` with a JSON object. 422 says what was wrong with the wish."""
    thing, _, public_id = request.path.removeprefix("/_sim/").partition("/")
    action = _ACTIONS.get((request.method, thing))
    if action is None:
        return Answer(404, {"error": f"no such control: {request.method} {request.path}"})
    wishes = msgspec.json.decode(request.body) if request.body else {}
    try:
        return Answer(payload=action(world, wishes, public_id))
    except (ValueError, TypeError, KeyError) as error:
        return Answer(422, {"error": str(error)})
    except Refusal as refusal:
        return Answer(refusal.status, {"error": refusal.reason})


def _reset(world: World, wishes: _Wishes, _id: str) -> Any:
    world.reset()


def _ledger(world: World, wishes: _Wishes, _id: str) -> Any:
    return world.ledger.as_dict()


def _settings(world: World, wishes: _Wishes, _id: str) -> Any:
    world.change_settings(wishes)
    return asdict(world.settings)


def _clock(world: World, wishes: _Wishes, _id: str) -> Any:
    if wishes.get("real"):
        world.clock.run_in_real_time()
    if wishes.get("offset") is not None:
        world.clock.run_from_offset(wishes["offset"])
    if wishes.get("now") is not None:
        world.clock.stand_at(datetime.fromisoformat(wishes["now"]))
    if wishes.get("advance") is not None:
        world.clock.advance(wishes["advance"])
    return {"now": world.now_text}


def _add_fault(world: World, wishes: _Wishes, _id: str) -> Any:
    return asdict(world.faults.add(wishes))


def _faults(world: World, wishes: _Wishes, _id: str) -> Any:
    return world.faults.as_list()


def _remove_faults(world: World, wishes: _Wishes, fault_id: str) -> Any:
    world.faults.remove(fault_id or None)


def _add_account(world: World, wishes: _Wishes, _id: str) -> Any:
    with world.session() as db:
        return seed.add_account(world, db, wishes)


def _change_account(world: World, wishes: _Wishes, name: str) -> Any:
    with world.session() as db:
        seed.change_account(world, db, seed.account_named(world, db, name), wishes)


def _follow(world: World, wishes: _Wishes, _id: str) -> Any:
    with world.session() as db:
        seed.follow(world, db, wishes["follower"], wishes["followed"])


def _add_token(world: World, wishes: _Wishes, name: str) -> Any:
    with world.session() as db:
        return seed.add_token(db, seed.account_named(world, db, name))


def _revoke(world: World, wishes: _Wishes, name: str) -> Any:
    with world.session() as db:
        account = seed.account_named(world, db, name)
        db.execute(delete(OAuthToken).where(OAuthToken.account_id == account.id))
        db.commit()
    world.memory.viewers.clear()


def _add_statuses(world: World, wishes: _Wishes, _id: str) -> Any:
    with world.session() as db:
        return [seed.add_status(world, db, wish) for wish in wishes["statuses"]]


def _change_status(world: World, wishes: _Wishes, public_id: str) -> Any:
    with world.session() as db:
        seed.change_status(world, db, db.get_one(Status, world.number(public_id)), wishes)


def _remove_status(world: World, wishes: _Wishes, public_id: str) -> Any:
    with world.session() as db:
        rows.remove(world, db, db.get_one(Status, world.number(public_id)))
    world.ledger.mark_deleted(public_id, world.now_text)


def _forget_media(world: World, wishes: _Wishes, _id: str) -> Any:
    with world.session() as db:
        db.execute(delete(MediaAttachment).where(MediaAttachment.status_id.is_(None)))
        db.commit()


_ACTIONS: dict[tuple[str, str], Callable[[World, _Wishes, str], Any]] = {
    ("POST", "reset"): _reset,
    ("GET", "ledger"): _ledger,
    ("GET", "settings"): _settings,
    ("POST", "settings"): _settings,
    ("GET", "clock"): _clock,
    ("POST", "clock"): _clock,
    ("POST", "faults"): _add_fault,
    ("GET", "faults"): _faults,
    ("DELETE", "faults"): _remove_faults,
    ("POST", "accounts"): _add_account,
    ("PATCH", "accounts"): _change_account,
    ("POST", "follows"): _follow,
    ("POST", "tokens"): _add_token,
    ("DELETE", "tokens"): _revoke,
    ("POST", "statuses"): _add_statuses,
    ("PATCH", "statuses"): _change_status,
    ("DELETE", "statuses"): _remove_status,
    ("DELETE", "media"): _forget_media,
}
