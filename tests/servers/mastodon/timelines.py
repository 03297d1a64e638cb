"""Hashtag timelines, an account's own timeline (which may lag), and search by address."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

from mastodon_mock.db.models import Account, MediaAttachment, Status, StatusTag
from mastodon_mock.pagination import link_header, paginate
from mastodon_mock.serializers.statuses import serialize_status_list
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from tests.servers.mastodon import seed
from tests.servers.mastodon.access import Call, visible_status
from tests.servers.mastodon.entities import shown
from tests.servers.mastodon.hashtags import normalised
from tests.servers.mastodon.wire import Answer, Refusal, ask
from tests.servers.mastodon.world import World

_TAGS_PER_MODE = 4


async def hashtag_timeline(world: World, call: Call) -> Answer:
    if call.viewer is None and world.settings.anonymous_timelines != "open":
        if world.settings.anonymous_timelines == "empty":
            return Answer(payload=[])
        raise Refusal(401, "This method requires an authenticated user")
    hidden = _hidden_feeds(world, call)
    if all(hidden):
        if call.viewer is None and "authenticated" in world.settings.hashtag_feeds:
            raise Refusal(401, "This method requires an authenticated user")
        return Answer(payload=[])
    tag = normalised(call.target)
    with world.session() as db:
        if world.settings.unknown_tag_is_404 and not db.scalar(select(StatusTag.id).where(StatusTag.name == tag)):
            raise Refusal(404, "Record not found")
        query = _tagged(world, call, tag)
        if any(hidden):
            here = Account.domain.is_not(None) if hidden[0] else Account.domain.is_(None)
            query = query.where(Status.account_id.in_(select(Account.id).where(here)))
        return _page(world, db, call, query)


def _hidden_feeds(world: World, call: Call) -> list[bool]:
    """Whether local posts, and remote ones, are kept from whoever asks (Mastodon 4.5)."""
    closed = {"disabled"} if call.viewer is not None else {"disabled", "authenticated"}
    return [who in closed for who in world.settings.hashtag_feeds]


def _tagged(world: World, call: Call, tag: str) -> Select[Any]:
    """Public statuses with the tag, or any of those in `any[]`, all of `all[]`, none of `none[]`."""
    request = call.request
    extra = {mode: [normalised(name) for name in request.values(mode)][:_TAGS_PER_MODE] for mode in _MODES}
    if not world.settings.any_tags:
        extra = {mode: [] for mode in _MODES}
    query = select(Status).where(Status.visibility == "public", Status.reblog_of_id.is_(None))
    query = query.where(Status.id.in_(_with_tags([tag, *extra["any"]])))
    for name in extra["all"]:
        query = query.where(Status.id.in_(_with_tags([name])))
    if extra["none"]:
        query = query.where(Status.id.not_in(_with_tags(extra["none"])))
    if request.truth("local") or request.truth("remote"):
        here = Account.domain.is_(None) if request.truth("local") else Account.domain.is_not(None)
        query = query.where(Status.account_id.in_(select(Account.id).where(here)))
    return _only_media(query, world.settings.only_media) if request.truth("only_media") else query


_MODES = ("any", "all", "none")


def _with_tags(names: list[str]) -> Select[Any]:
    return select(StatusTag.status_id).where(StatusTag.name.in_(names))


def _only_media(query: Select[Any], manner: str) -> Select[Any]:
    with_media = select(MediaAttachment.status_id).where(MediaAttachment.status_id.is_not(None))
    if manner == "ignore":
        return query
    return query.where(Status.id.not_in(with_media) if manner == "invert" else Status.id.in_(with_media))


def _page(world: World, db: Session, call: Call, query: Select[Any]) -> Answer:
    request = call.request
    page = paginate(
        db,
        query,
        Status.id,
        max_id=world.number(request.value("max_id")),
        min_id=world.number(request.value("min_id")),
        since_id=world.number(request.value("since_id")),
        limit=world.number(request.value("limit")),
    )
    statuses = serialize_status_list(db, list(page.items), world.config, call.reader(db))
    link = link_header(world.address + quote(request.path), page)
    return Answer(payload=statuses, headers={"link": link} if link else {})


async def account_timeline(world: World, call: Call) -> Answer:
    answer = await ask(world.app, call.request)
    if answer.status == 200:
        answer.payload = [status for status in answer.payload if _has_reached_timeline(world, int(status["id"]))]
    return answer


def _has_reached_timeline(world: World, status_id: int) -> bool:
    facts = world.memory.facts.get(status_id)
    if facts is None:
        return True
    if world.memory.frozen_at is not None and facts.order > world.memory.frozen_at:
        return False
    lag = world.settings.timeline_lag
    return not lag or facts.arrived_at <= world.clock.now() - timedelta(seconds=lag)


async def search(world: World, call: Call) -> Answer:
    """An address finds its status here, or fetches it when asked to resolve; other searches are the mock's."""
    wanted = call.request.value("q") or ""
    if not wanted.startswith(("http://", "https://")):
        return await ask(world.app, call.request)
    if call.viewer is None:
        raise Refusal(401, "Search queries that resolve remote resources are not supported without authentication")
    with world.session() as db:
        status = _found(world, db, wanted, call)
        statuses = [shown(world, db, status, call.reader(db))] if status is not None else []
    return Answer(payload={"accounts": [], "statuses": statuses, "hashtags": []})


def _found(world: World, db: Session, address: str, call: Call) -> Status | None:
    if address in world.memory.elsewhere and call.request.truth("resolve"):
        return seed.fetch(world, db, address)
    number = world.memory.by_address.get(address)
    if number is None and address.startswith(f"{world.base}/"):
        number = world.number(address.rpartition("/")[2])
    try:
        return visible_status(world, db, number, call.reader(db)) if number is not None else None
    except Refusal:
        return None
