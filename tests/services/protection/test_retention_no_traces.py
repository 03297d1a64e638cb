"""After a purge nothing of any poster is left: not in the database, its file, the log, the audit, nor in backups."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bot.cli.logs import json_line
from bot.domain.delivery import State
from bot.domain.post import Author, Cursor, Page, SeenPost
from bot.errors import Outcome, PlatformError, RefusedCode
from bot.platforms.rehearsal.faults import FaultyAction, How
from bot.services import decisions, stop
from bot.services.database import backup as database_backup
from bot.services.protection import forget, recheck, retention
from bot.services.sending import undo
from bot.services.watching import ingest, poll
from bot.store import control
from bot.store import schema as t
from tests.harness.campaign import CampaignHarness
from tests.harness.refusals import refused
from tests.harness.rehearsal_networks import START
from tests.services.traces import everything_stored, taken_back

WHO = ("zlata", "orsha", "vilija", "narac", "pinaw", "svisl", "dzvina", "ptsich")
SECRETS = (*WHO, "elsewhere", "Solidarity from", "my boss", "secret words")


def handle(who: str) -> str:
    return f"@{who}@elsewhere.example"


def says(desk: CampaignHarness, who: str, text: str) -> None:
    uri = f"https://elsewhere.example/@{who}/77"
    post = SeenPost("mastodon", uri, uri, "1", Author(handle(who), who), text, START, is_reply=True, public=False)
    ingest.ingest(desk.work, "mentions", Page((post,), Cursor(START), to_us=True))


def names_everywhere(who: str, uri: str) -> PlatformError:
    """What a server may say that wants everybody named."""
    text = f"{handle(who)} at {uri} on elsewhere.example cannot be reshared"
    return PlatformError(text, Outcome.NOT_SENT)


def of(desk: CampaignHarness, uri: str) -> int:
    return next(one.id for one in desk.all() if one.post_uri == uri)


def played(desk: CampaignHarness) -> None:
    """A campaign in which everything happens to somebody."""
    desk.planned()
    uris = {who: desk.solidarity(who) for who in WHO[:6]}
    desk.approve_all()
    desk.mastodon.refuse("fetch", names_everywhere("zlata", uris["zlata"]))
    desk.mastodon.refuse("reshare", names_everywhere("zlata", uris["zlata"]))
    desk.deliver()
    desk.settle()
    assert len(desk.reshared()) == 6
    undo.undo(desk.work, of(desk, uris["orsha"]), "ben")
    desk.networks["mastodon"].edit(uris["narac"], "secret words")
    desk.clock.passes(minutes=6)
    recheck.recheck_reshares(desk.work, "mastodon")
    desk.mastodon.refuse("undo", names_everywhere("narac", uris["narac"]))
    desk.deliver()
    says(desk, "svisl", "can you please take this down, my boss has seen it")
    desk.networks["mastodon"].fail_next(FaultyAction.UNDO, How.NOT_SENT)
    with refused(RefusedCode.FORGOTTEN_BUT_OUT):
        forget.forget(desk.work, handle("pinaw"), "ben")
    desk.settle()
    unknown = desk.solidarity("ptsich")
    desk.approve_all(handle("ptsich"))
    desk.clock.passes(hours=1)
    desk.mastodon.lose("reshare", PlatformError(f"{handle('ptsich')}?", Outcome.AMBIGUOUS))
    desk.deliver()
    desk.force(of(desk, unknown), state=State.NEEDS_DECISION)
    decisions.resolve_sent(desk.work, of(desk, unknown), unknown, "ben")
    desk.solidarity("dzvina")
    desk.solidarity("dzvina", "x")
    desk.approve_all(handle("dzvina"), "x:dzvina")
    desk.deliver()
    desk.solidarity("svisl")
    desk.read()
    recheck.recheck_stored(desk.work, "mastodon")


def leaks(text: str | bytes) -> list[str]:
    raw = text if isinstance(text, bytes) else text.encode()
    return [secret for secret in SECRETS if secret.encode() in raw]


def test_logs_audit_and_errors_never_hold_who_the_posters_are(desk: CampaignHarness) -> None:
    played(desk)
    stored = everything_stored(desk)
    assert all(who in stored for who in WHO if who != "pinaw"), "there is something to be found"
    log = "\n".join(json_line(event) for event in desk.events)
    assert [one for one in log.splitlines() if leaks(one)] == []
    with desk.work.store.read() as tx:
        kept = [
            *tx.execute(t.audit.select()),
            *tx.execute(t.attempt.select()),
            *tx.execute(t.account_state.select()),
            *(one.error for one in tx.execute(t.delivery.select())),
            *(one.trouble for one in tx.execute(t.delivery.select())),
            *(one.error for one in tx.execute(t.cursor.select())),
        ]
    assert leaks("\n".join(map(str, kept))) == []


def test_a_purge_while_there_is_more_to_read_stops_reading_at_once(desk: CampaignHarness) -> None:
    for number in range(130):
        desk.solidarity(f"u{number}", text=f"{'word ' * number}number {number}. #FreeBelarusUnionists")
    desk.clock.passes(minutes=1)
    (watch, *_) = (one for one in poll.source_polls(desk.work) if "FreeBelarus" in one.source.name)
    pages = []
    ask = watch.source.read

    def read(cursor: Cursor) -> Page:
        pages.append(cursor)
        if len(pages) == 2:
            retention.purge_after_campaign(desk.work, "ben")
        return ask(cursor)

    watch.source.read = read  # type: ignore[method-assign]
    poll.read_all(desk.work, watch)
    assert len(pages) == 2
    assert desk.seen() == []
    stop.resume(desk.work, "ben")
    desk.clock.passes(minutes=1)
    later = desk.solidarity("later")
    desk.read()
    assert [seen.post.uri for seen in desk.seen()] == [later], "what was purged is not taken in again"


def test_after_the_campaign_only_figures_and_our_own_posts_are_left(desk: CampaignHarness, tmp_path: Path) -> None:
    played(desk)
    database_backup.backup(desk.work.store, desk.work.root, None, desk.clock())
    (tmp_path / "var").mkdir(exist_ok=True)
    (tmp_path / "var" / "rehearsal.jsonl").write_text(handle("zlata"))
    desk.clock.passes(days=1)
    done = retention.purge_after_campaign(desk.work, "ben")
    assert (done.backups, done.is_scrubbed, done.being_taken_back) == (1, True, 0)
    assert done.out == sum(one.state is State.SENT and not one.message for one in desk.all()) > 1
    assert leaks(desk.store_pool.dump()) == []
    assert leaks("\n".join(json_line(event) for event in desk.events)) == []
    left = [file for file in tmp_path.rglob("*") if file.is_file() and leaks(file.read_bytes())]
    assert left == []
    assert [one.content.text for one in desk.all() if one.message] == ["Free them all."]


def test_after_the_daily_expiry_only_the_uris_of_what_is_out_are_left(desk: CampaignHarness) -> None:
    played(desk)
    file = database_backup.backup(desk.work.store, desk.work.root, None, desk.clock())
    desk.clock.passes(days=31)
    retention.expire(desk.work)
    desk.work.store.scrub(whole=True)
    retention.expire_backups(desk.work)
    for raw in (desk.store_pool.dump(), file.read_bytes()):
        for one in desk.all():
            raw = raw.replace(one.post_uri.encode(), b"")
        assert leaks(raw) == []


def test_what_is_being_taken_back_keeps_its_address_until_that_is_confirmed(desk: CampaignHarness) -> None:
    uri = desk.solidarity("zlata")
    desk.approve_all()
    desk.deliver()
    desk.networks["mastodon"].fail_next(FaultyAction.UNDO, How.NOT_SENT)
    undo.undo(desk.work, 1, "ben")
    done = retention.purge_after_campaign(desk.work, "ben")
    assert (done.out, done.being_taken_back, desk.one().post_uri) == (0, 1, uri)
    desk.settle()
    assert taken_back(desk) == 1
    assert leaks(everything_stored(desk)) == []


def test_what_nobody_knows_of_ends_not_out(desk: CampaignHarness) -> None:
    desk.solidarity("zlata")
    desk.approve_all()
    desk.networks["mastodon"].fail_next(FaultyAction.RESHARE, How.AMBIGUOUS_ACCEPTED)
    desk.deliver()
    retention.purge_after_campaign(desk.work, "ben")
    desk.settle(hours=2)
    assert (len(desk.reshared()), taken_back(desk)) == (1, 1)
    assert leaks(everything_stored(desk)) == []


def test_nothing_is_watched_or_reshared_after_it_until_somebody_resumes(desk: CampaignHarness) -> None:
    desk.solidarity("zlata")
    desk.approve_all()
    retention.purge_after_campaign(desk.work, "ben")
    desk.solidarity("orsha")
    desk.read()
    desk.settle()
    assert (desk.seen(), desk.reshared()) == ([], [])
    with desk.work.store.read() as tx:
        assert tx.execute(t.cursor.select()).all() == [], "not even asked"
    stop.resume(desk.work, "ben")
    for watch in poll.source_polls(desk.work):
        poll.read(desk.work, watch)
    assert {seen.post.author.handle for seen in desk.seen()} == {handle("zlata"), handle("orsha")}


def test_who_asked_never_to_be_seen_again_is_not_seen_after_a_purge_either(desk: CampaignHarness) -> None:
    forget.forget(desk.work, handle("zlata"), "ben")
    retention.purge_after_campaign(desk.work, "ben")
    stop.resume(desk.work, "ben")
    desk.solidarity("zlata")
    desk.read()
    assert desk.seen() == []


def test_a_reshare_whose_address_was_purged_is_taken_back_by_hand_alone(desk: CampaignHarness) -> None:
    desk.solidarity("zlata")
    desk.approve_all()
    desk.deliver()
    retention.purge_after_campaign(desk.work, "ben")
    with refused(RefusedCode.RESHARED_POST_PURGED, "on the account itself"):
        undo.ask(desk.work, 1, "ben")
    desk.clock.passes(days=2)
    recheck.recheck_reshares(desk.work, "mastodon")
    assert (taken_back(desk), desk.state()) == (0, State.SENT)


def test_everything_can_be_taken_back_first(desk: CampaignHarness) -> None:
    for who in ("zlata", "orsha"):
        desk.solidarity(who)
    desk.approve_all()
    desk.settle()
    assert retention.reshares_still_out(desk.work) == 2
    assert retention.take_all_back(desk.work, "ben") == 0
    assert (retention.reshares_still_out(desk.work), taken_back(desk)) == (0, 2)
    assert retention.purge_after_campaign(desk.work, "ben").out == 0


def test_before_the_day_is_over_it_takes_a_yes(desk: CampaignHarness) -> None:
    desk.clock.now = START + timedelta(hours=13)
    with refused(RefusedCode.TOO_EARLY_TO_PURGE, "--yes"):
        retention.refuse_early_purge(desk.work)
    desk.clock.now = START + timedelta(hours=14, minutes=1)
    retention.refuse_early_purge(desk.work)


def test_a_page_that_was_under_way_while_it_was_purged_leaves_nothing(desk: CampaignHarness) -> None:
    post = desk.mastodon.fetch(desk.solidarity("zlata"))
    assert post is not None
    retention.purge_after_campaign(desk.work, "ben")
    assert ingest.ingest(desk.work, "a source", Page((post,), Cursor(START))) == []
    assert leaks(everything_stored(desk)) == []
    with desk.work.store.read() as tx:
        assert control.has_ended(tx)
