"""Statuses and accounts as a real server would show them: addresses, tag names, times and ids put right."""

from datetime import UTC, datetime
from typing import Any

from mastodon_mock.db.models import Account, Status
from mastodon_mock.serializers.batch import build_account_context
from mastodon_mock.serializers.common import account_acct
from mastodon_mock.serializers.statuses import serialize_status
from sqlalchemy.orm import Session

from tests.servers.mastodon.hashtags import normalised
from tests.servers.mastodon.world import World

_TIMES = frozenset({"created_at", "edited_at", "scheduled_at", "updated_at", "expires_at"})


def shown(world: World, db: Session, status: Status, viewer: Account | None) -> Any:
    """One status as JSON, for an answer of our own."""
    return serialize_status(db, status, world.config, viewer)


def shown_fresh(world: World, db: Session, status: Status, author: Account) -> Any:
    """A status that was written this instant: nobody has favoured, boosted or answered it, so nothing is counted."""
    from mastodon_mock.serializers import batch  # its loaders are private to the module, and the cheapest way in

    context = build_account_context(db, [author])
    batch._load_mentions(db, [status.id], context)
    batch._load_tags(db, [status.id], context)
    batch._load_media(db, [status.id], context)
    return serialize_status(db, status, world.config, author, ctx=context)


def status_addresses(world: World, status_id: int, acct: str) -> tuple[str, str]:
    """The uri and the url of a status."""
    facts = world.memory.facts.get(status_id)
    if facts is not None and facts.uri:
        return facts.uri, facts.url
    username, _, host = acct.partition("@")
    home = f"https://{host}" if host else world.base
    public_id = world.public_id(status_id)
    return f"{home}/users/{username}/statuses/{public_id}", f"{home}/@{username}/{public_id}"


def uri_of(world: World, status: Status) -> str:
    return status_addresses(world, status.id, account_acct(status.account.username, status.account.domain))[0]


def presented(world: World, value: Any) -> Any:
    """A JSON value with every account, status, time and id in it put right, in place."""
    if isinstance(value, list):
        for item in value:
            presented(world, item)
    elif isinstance(value, dict):
        for item in value.values():
            if isinstance(item, dict | list):
                presented(world, item)
        _put_right(world, value)
    return value


def _put_right(world: World, entity: dict[str, Any]) -> None:
    if "acct" in entity and "followers_count" in entity:
        _put_account_right(world, entity)
    elif "acct" in entity and "url" in entity:
        entity["url"] = _profile(world, entity["acct"])
    elif "reblogs_count" in entity and "account" in entity:
        _put_status_right(world, entity)
    for key, value in entity.items():
        if not isinstance(value, str):
            continue
        if key in _TIMES:
            entity[key] = _mastodon_time(value)
        elif world.settings.ulid_ids and (key == "id" or key.endswith("_id")) and value.isdecimal() and len(value) > 15:
            entity[key] = world.public_id(int(value))


def _put_account_right(world: World, account: dict[str, Any]) -> None:
    username, _, host = account["acct"].partition("@")
    account["url"] = _profile(world, account["acct"])
    account["uri"] = f"https://{host}/users/{username}" if host else f"{world.base}/users/{username}"
    if account["last_status_at"]:
        account["last_status_at"] = account["last_status_at"][:10]
    if (number := world.number(account["id"])) is not None:
        account.update(world.memory.accounts.get(number, {}))


def _put_status_right(world: World, status: dict[str, Any]) -> None:
    number = world.number(status["id"]) or 0
    uri, url = status_addresses(world, number, status["account"]["acct"])
    if status["reblog"]:
        uri = url = f"{uri}/activity"
    facts = world.memory.facts.get(number)
    names = facts.tags if facts is not None else [tag["name"] for tag in status["tags"]]
    status.update(uri=uri, url=url, card=None, tags=[_tag(world, name) for name in names])
    if facts is not None:
        status["quote"] = _quote(world, status["quote"], facts.quotes)
        status.update(facts.more)


def _quote(world: World, quote: dict[str, Any] | None, quoted: int) -> dict[str, Any] | None:
    """Mastodon's Quote: whose post is shown only once its author agreed, and while everybody may see it; of a quote
    within a quote its id alone (ShallowQuote)."""
    if quote is None:
        return {"state": "accepted", "quoted_status_id": world.public_id(quoted)} if quoted else None
    status = quote["quoted_status"]
    if status is not None and status["visibility"] in ("private", "direct"):
        return {"state": "unauthorized", "quoted_status": None}
    return quote if quote["state"] == "accepted" else {**quote, "quoted_status": None}


def _tag(world: World, name: str) -> dict[str, str]:
    plain = normalised(name)
    return {"name": name if world.settings.tags_as_written else plain, "url": f"{world.base}/tags/{plain}"}


def _profile(world: World, acct: str) -> str:
    username, _, host = acct.partition("@")
    return f"https://{host}/@{username}" if host else f"{world.base}/@{username}"


def _mastodon_time(text: str) -> str:
    if text.endswith("Z"):
        return text
    instant = datetime.fromisoformat(text).astimezone(UTC)
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
