"""Our own account on its server: who it is, and its timeline as the server shows it to us."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.domain.matching import CLOCK_SKEW
from bot.domain.post import AccountFacts, Edit, OwnPost
from bot.errors import Outcome, PlatformError, Remedy, at_time, to_do
from bot.platforms.html_text import plain_text
from bot.platforms.mastodon.client import Reader
from bot.platforms.mastodon.entities import (
    AccountEntity,
    Application,
    SourceText,
    StatusEntity,
    plain_list_in,
    status_in,
)
from bot.platforms.mastodon.parse import handle, own_post
from bot.platforms.mastodon.server import Server
from bot.values import dataclass

MOST_PAGES = 10
"""Pages of 40 posts that one reading of our timeline takes at most."""

_DOING = "show our own timeline"
_CANNOT_WRITE = (
    f"The token may not write. Make one with the scope write:statuses and write:media, or run: {to_do(Remedy.LOG_IN)}"
)
_NOT_A_BOT = "The account is not labelled as automated. Tick that box in its profile settings."


@dataclass(frozen=True)
class OwnStatus:
    """A post of ours as it is there, and its text as it was typed where the server keeps that."""

    status: StatusEntity
    typed: str | None

    def says(self, edit: Edit) -> bool:
        """Return whether it surely has these words already, and all else but files."""
        hides = edit.sensitive or bool(edit.content_warning)
        edited = (edit.text.strip(), edit.content_warning, hides, edit.language)
        status = self.status
        current = (status.spoiler_text or "", bool(status.sensitive), status.language)
        return self.typed is not None and (self.typed.strip(), *current) == edited


class OwnAccount:
    """Reads only. Raise PlatformError and nothing else."""

    def __init__(self, reader: Reader, server: Server) -> None:
        self._reader = reader
        self._server = server
        self._id = ""

    def facts(self) -> AccountFacts:
        """Return who the token belongs to, and what a person should know of the account before it posts."""
        doing = "say who we are"
        answer = self._reader.get("/api/v1/accounts/verify_credentials", doing)
        account = self._reader.shaped(AccountEntity, answer, doing, lenient=True)
        self._id = str(account.id)
        may_write = self._may_write()
        is_open = not account.suspended and account.moved is None
        return AccountFacts(
            handle=handle(account.acct, self._server.domain()),
            account_id=self._id,
            is_bot=bool(account.bot),
            can_write=may_write and is_open,
            server_time=answer.server_time,
            notes=tuple(_notes(account, may_write=may_write)),
            name=account.display_name or "",
            bio=plain_text(account.note or ""),
            hides_follows=account.hides_follows,
        )

    def posts(self, since: datetime, after: str = "") -> list[OwnPost]:
        """Return our posts and reshares, newest first: at least the newest page, and back to `since` or to the post
        `after`.

        A reading with a post we cannot read, or one that ends before either, proves nothing and is an error.
        """
        posts: list[OwnPost] = []
        for number, (page, read_at) in enumerate(self._pages(), start=1):
            posts += [own_post(status, self._as_typed(status, since), read_at) for status in page]
            if page[-1].created < since - CLOCK_SKEW or any(str(status.id) == after for status in page):
                break
            if number == MOST_PAGES:
                words = f"Our timeline on {self._server.host} is too long to be searched back to {at_time(since)}."
                raise self._reader.explain.error(words, Outcome.NOT_SENT)
        return posts

    def as_it_is(self, post_id: str) -> OwnStatus:
        """Return the present state of a post of ours, with its words as they were typed. Raise PlatformError: rejected
        where it is gone."""
        doing = "show a post of ours"
        answer = self._reader.ask(f"/api/v1/statuses/{post_id}", doing)
        if answer.status in (404, 410) and self._reader.explain.is_own(answer):
            words = f"The post is not on {self._server.host} any more ({answer.status})."
            raise self._reader.explain.error(words, Outcome.REJECTED, status=answer.status)
        if not answer.is_success:
            raise self._reader.explain.refused_read(answer, doing)
        status = status_in(answer.body)
        if status is None or not status.proves:
            raise self._reader.explain.unreadable(doing, Outcome.NOT_SENT)
        return OwnStatus(status, self._typed(post_id))

    def is_ours(self, status: StatusEntity) -> bool:
        """Return whether a status is by our own account. Raise PlatformError while we do not know who we are."""
        return str(status.account.id) == self.known_id()

    def as_typed(self, status: StatusEntity, read_at: datetime | None) -> OwnPost:
        """Return one status of ours, with its text as it was typed. Raise PlatformError."""
        return own_post(status, self._as_typed(status, status.created), read_at)

    def boosted_id(self, uri: str, *, whole: bool = False) -> str:
        """Return the id here of a post that one of our recent boosts is of; "" when there is no such boost.

        With `whole` all of our timeline has to be looked through. Raise PlatformError where it is too long for that.
        """
        boosts = (status.reblog for status in self._statuses(whole=whole) if status.reblog)
        return next((str(boost.id) for boost in boosts if boost.address == uri), "")

    def is_without(self, post_id: str) -> bool:
        """Return whether our whole timeline lacks a post of ours. Raise PlatformError where it is too long to tell."""
        return all(str(status.id) != post_id for status in self._statuses(whole=True))

    def _statuses(self, *, whole: bool) -> Iterator[StatusEntity]:
        pages = 0
        for page, _ in self._pages():
            pages += 1
            yield from page
        if whole and pages == MOST_PAGES:
            words = f"Our timeline on {self._server.host} is too long to be searched to its end. Look at it yourself."
            raise self._reader.explain.error(words, Outcome.NOT_SENT)

    def _pages(self) -> Iterator[tuple[list[StatusEntity], datetime | None]]:
        """Yield the timeline, newest page first, until an empty one, and no more than `MOST_PAGES`; each with the
        server's time (UTC, None where it does not tell)."""
        path, last = f"/api/v1/accounts/{self.known_id()}/statuses", ""
        for _ in range(MOST_PAGES):
            place = {"max_id": last} if last else {}
            page, read_at = self._page(path, place)
            if not page or str(page[-1].id) == last:
                return
            yield page, read_at
            last = str(page[-1].id)

    def _page(self, path: str, place: dict[str, str]) -> tuple[list[StatusEntity], datetime | None]:
        answer = self._reader.get(path, _DOING, limit="40", **place)
        raws = plain_list_in(answer.body)
        statuses = [status_in(raw) for raw in raws or ()]
        readable = [status for status in statuses if status and status.proves]
        if raws is None or len(readable) < len(statuses):
            raise self._reader.explain.unreadable(_DOING, Outcome.NOT_SENT, answer)
        return readable, answer.server_time

    def _as_typed(self, status: StatusEntity, since: datetime) -> str | None:
        """Return the text of a post that may be the one looked for, where its HTML would not give it back: a mention is
        shown without its host. None where the HTML does, or where the server keeps no source."""
        if status.reblog or not status.mentions or status.created < since - CLOCK_SKEW:
            return None
        return self._typed(str(status.id))

    def _typed(self, post_id: str) -> str | None:
        """Return the text of a post of ours as it was typed; None where the server keeps no source."""
        answer = self._reader.ask(f"/api/v1/statuses/{post_id}/source", _DOING)
        if answer.status in (404, 405, 410) and self._reader.explain.is_own(answer):
            return None
        if not answer.is_success:
            raise self._reader.explain.refused_read(answer, _DOING)
        return self._reader.shaped(SourceText, answer, _DOING).text

    def known_id(self) -> str:
        """Return our id there, asked for once. Raise PlatformError."""
        if not self._id:
            account = self._reader.read(AccountEntity, "/api/v1/accounts/verify_credentials", "say who we are")
            self._id = str(account.id)
        return self._id

    def _may_write(self) -> bool:
        """Return whether the token's application may write; True where the server does not tell (before
        Mastodon 4.3)."""
        try:
            application = self._reader.read(Application, "/api/v1/apps/verify_credentials", "say what the token allows")
        except PlatformError:
            return True
        return not application.scopes or any(scope in ("write", "write:statuses") for scope in application.scopes)


def _notes(account: AccountEntity, *, may_write: bool) -> Iterator[str]:
    if not may_write:
        yield _CANNOT_WRITE
    if account.suspended:
        yield "The account is suspended. Write to the server's moderators."
    if account.moved is not None:
        yield "The account has moved to another one. Put the new one into bot.toml."
    if not account.bot:
        yield _NOT_A_BOT
