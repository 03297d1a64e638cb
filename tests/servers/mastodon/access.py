"""Who is asking, and what they may see."""

from dataclasses import dataclass
from typing import Any

from mastodon_mock.db.models import Account, OAuthToken, Relationship, Status, StatusMention
from mastodon_mock.moderation import account_is_active
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.servers.mastodon.wire import Refusal, Request
from tests.servers.mastodon.world import Viewer, World


@dataclass(frozen=True, slots=True)
class Call:
    """A request, whose it is, and the name or id its path carries."""

    request: Request
    viewer: Viewer | None
    target: str = ""

    def author(self, db: Session) -> Account:
        """The account that writes. Raises Refusal without one, or when it may not."""
        if self.viewer is None or self.viewer.account_id is None:
            raise Refusal(401, "This method requires an authenticated user")
        account = db.get_one(Account, self.viewer.account_id)
        if not account_is_active(account):
            raise Refusal(403, "Your login is currently disabled")
        return account

    def reader(self, db: Session) -> Account | None:
        known = self.viewer is not None and self.viewer.account_id is not None
        return db.get(Account, self.viewer.account_id) if known and self.viewer else None


def viewer_of(world: World, request: Request) -> Viewer | None:
    """Raises Refusal for a token nobody has issued, or one that does not reach as far as the request."""
    if not request.token or not request.path.startswith("/api/"):
        return None
    viewer = world.memory.viewers.get(request.token) or _look_up(world, request.token)
    if viewer is None:
        raise Refusal(world.settings.bad_token_status, "The access token is invalid")
    enough = ("read", "profile") if request.method in ("GET", "HEAD") else ("write",)
    if not any(scope.partition(":")[0] in enough for scope in viewer.scopes):
        raise Refusal(403, "This action is outside the authorized scopes")
    return viewer


def _look_up(world: World, token: str) -> Viewer | None:
    with world.session() as db:
        row = db.scalar(select(OAuthToken).where(OAuthToken.access_token == token))
        if row is None:
            return None
        account = db.get(Account, row.account_id) if row.account_id is not None else None
        viewer = Viewer(row.account_id, account.username if account else "", tuple(row.scopes))
    world.memory.viewers[token] = viewer
    return viewer


def visible_status(world: World, db: Session, public_id: Any, reader: Account | None) -> Status:
    """The status, if the reader may see it. Raises Refusal 404 otherwise, as Mastodon does."""
    number = world.number(public_id)
    status = db.get(Status, number) if number is not None else None
    if status is None or not _may_see(db, status, reader):
        raise Refusal(404, "Record not found")
    return status


def _may_see(db: Session, status: Status, reader: Account | None) -> bool:
    if status.visibility in ("public", "unlisted"):
        return True
    if reader is None:
        return False
    return status.account_id == reader.id or _is_mentioned(db, status, reader) or _follows(db, status, reader)


def _is_mentioned(db: Session, status: Status, reader: Account) -> bool:
    mention = select(StatusMention).where(StatusMention.status_id == status.id, StatusMention.account_id == reader.id)
    return db.scalar(mention) is not None


def _follows(db: Session, status: Status, reader: Account) -> bool:
    edge = select(Relationship).where(
        Relationship.source_account_id == reader.id,
        Relationship.target_account_id == status.account_id,
        Relationship.following.is_(True),
    )
    return status.visibility == "private" and db.scalar(edge) is not None
