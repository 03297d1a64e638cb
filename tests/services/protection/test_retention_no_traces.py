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


def says(harness: CampaignHarness, who: str, text: str) -> None:
    uri = f"https://elsewhere.example/@{who}/77"
    post = SeenPost("mastodon", uri, uri, "1", Author(handle(who), who), text, START, is_reply=True, public=False)
    ingest.ingest(harness.work, "mentions", Page((post,), Cursor(START), to_us=True))


def names_everywhere(who: str, uri: str) -> PlatformError:
    """What a server may say that wants everybody named."""
    text = f"{handle(who)} at {uri} on elsewhere.example cannot be reshared"
    return PlatformError(text, Outcome.NOT_SENT)


def of(harness: CampaignHarness, uri: str) -> int:
    return next(one.id for one in harness.all() if one.post_uri == uri)


def played(harness: CampaignHarness) -> None:
    """A campaign in which everything happens to somebody."""
    harness.planned()
    uris = {who: harness.solidarity(who) for who in WHO[:6]}
    harness.approve_all()
    harness.mastodon.refuse("fetch", names_everywhere("zlata", uris["zlata"]))
    harness.mastodon.refuse("reshare", names_everywhere("zlata", uris["zlata"]))
    harness.deliver()
    harness.settle()
    assert len(harness.reshared()) == 6
    undo.undo(harness.work, of(harness, uris["orsha"]), "ben")
    harness.networks["mastodon"].edit(uris["narac"], "secret words")
    harness.clock.passes(minutes=6)
    recheck.recheck_reshares(harness.work, "mastodon")
    harness.mastodon.refuse("undo", names_everywhere("narac", uris["narac"]))
    harness.deliver()
    says(harness, "svisl", "can you please take this down, my boss has seen it")
    harness.networks["mastodon"].fail_next(FaultyAction.UNDO, How.NOT_SENT)
    with refused(RefusedCode.FORGOTTEN_BUT_OUT):
        forget.forget(harness.work, handle("pinaw"), "ben")
    harness.settle()
    unknown = harness.solidarity("ptsich")
    harness.approve_all(handle("ptsich"))
    harness.clock.passes(hours=1)
    harness.mastodon.lose("reshare", PlatformError(f"{handle('ptsich')}?", Outcome.AMBIGUOUS))
    harness.deliver()
    harness.force(of(harness, unknown), state=State.NEEDS_DECISION)
    decisions.resolve_sent(harness.work, of(harness, unknown), unknown, "ben")
    harness.solidarity("dzvina")
    harness.solidarity("dzvina", "x")
    harness.approve_all(handle("dzvina"), "x:dzvina")
    harness.deliver()
    harness.solidarity("svisl")
    harness.read()
    recheck.recheck_stored(harness.work, "mastodon")


def leaks(text: str | bytes) -> list[str]:
    raw = text if isinstance(text, bytes) else text.encode()
    return [secret for secret in SECRETS if secret.encode() in raw]


def test_logs_audit_and_errors_never_hold_who_the_posters_are(harness: CampaignHarness) -> None:
    played(harness)
    stored = everything_stored(harness)
    assert all(who in stored for who in WHO if who != "pinaw"), "there is something to be found"
    log = "\n".join(json_line(event) for event in harness.events)
    assert [one for one in log.splitlines() if leaks(one)] == []
    with harness.work.store.read() as tx:
        kept = [
            *tx.execute(t.audit.select()),
            *tx.execute(t.attempt.select()),
            *tx.execute(t.account_state.select()),
            *(one.error for one in tx.execute(t.delivery.select())),
            *(one.trouble for one in tx.execute(t.delivery.select())),
            *(one.error for one in tx.execute(t.cursor.select())),
        ]
    assert leaks("\n".join(map(str, kept))) == []


def test_a_purge_while_there_is_more_to_read_stops_reading_at_once(harness: CampaignHarness) -> None:
    for number in range(130):
        harness.solidarity(f"u{number}", text=f"{'word ' * number}number {number}. #FreeBelarusUnionists")
    harness.clock.passes(minutes=1)
    (watch, *_) = (one for one in poll.source_polls(harness.work) if "FreeBelarus" in one.source.name)
    pages = []
    ask = watch.source.read

    def read(cursor: Cursor) -> Page:
        pages.append(cursor)
        if len(pages) == 2:
            retention.purge_after_campaign(harness.work, "ben")
        return ask(cursor)

    watch.source.read = read  # type: ignore[method-assign]
    poll.read_all(harness.work, watch)
    assert len(pages) == 2
    assert harness.seen() == []
    stop.resume(harness.work, "ben")
    harness.clock.passes(minutes=1)
    later = harness.solidarity("later")
    harness.read()
    assert [seen.post.uri for seen in harness.seen()] == [later], "what was purged is not taken in again"


def test_after_the_campaign_only_figures_and_our_own_posts_are_left(harness: CampaignHarness, tmp_path: Path) -> None:
    played(harness)
    database_backup.backup(harness.work.store, harness.work.root, None, harness.clock())
    (tmp_path / "var").mkdir(exist_ok=True)
    (tmp_path / "var" / "rehearsal.jsonl").write_text(handle("zlata"))
    harness.clock.passes(days=1)
    done = retention.purge_after_campaign(harness.work, "ben")
    assert (done.backups, done.is_scrubbed, done.being_taken_back) == (1, True, 0)
    assert done.out == sum(one.state is State.SENT and not one.message for one in harness.all()) > 1
    assert leaks(harness.store_pool.dump()) == []
    assert leaks("\n".join(json_line(event) for event in harness.events)) == []
    left = [file for file in tmp_path.rglob("*") if file.is_file() and leaks(file.read_bytes())]
    assert left == []
    assert [one.content.text for one in harness.all() if one.message] == ["Free them all."]


def test_after_the_daily_expiry_only_the_uris_of_what_is_out_are_left(harness: CampaignHarness) -> None:
    played(harness)
    file = database_backup.backup(harness.work.store, harness.work.root, None, harness.clock())
    harness.clock.passes(days=31)
    retention.expire(harness.work)
    harness.work.store.scrub(whole=True)
    retention.expire_backups(harness.work)
    for raw in (harness.store_pool.dump(), file.read_bytes()):
        for one in harness.all():
            raw = raw.replace(one.post_uri.encode(), b"")
        assert leaks(raw) == []


def test_what_is_being_taken_back_keeps_its_address_until_that_is_confirmed(harness: CampaignHarness) -> None:
    uri = harness.solidarity("zlata")
    harness.approve_all()
    harness.deliver()
    harness.networks["mastodon"].fail_next(FaultyAction.UNDO, How.NOT_SENT)
    undo.undo(harness.work, 1, "ben")
    done = retention.purge_after_campaign(harness.work, "ben")
    assert (done.out, done.being_taken_back, harness.one().post_uri) == (0, 1, uri)
    harness.settle()
    assert taken_back(harness) == 1
    assert leaks(everything_stored(harness)) == []


def test_what_nobody_knows_of_ends_not_out(harness: CampaignHarness) -> None:
    harness.solidarity("zlata")
    harness.approve_all()
    harness.networks["mastodon"].fail_next(FaultyAction.RESHARE, How.AMBIGUOUS_ACCEPTED)
    harness.deliver()
    retention.purge_after_campaign(harness.work, "ben")
    harness.settle(hours=2)
    assert (len(harness.reshared()), taken_back(harness)) == (1, 1)
    assert leaks(everything_stored(harness)) == []


def test_nothing_is_watched_or_reshared_after_it_until_somebody_resumes(harness: CampaignHarness) -> None:
    harness.solidarity("zlata")
    harness.approve_all()
    retention.purge_after_campaign(harness.work, "ben")
    harness.solidarity("orsha")
    harness.read()
    harness.settle()
    assert (harness.seen(), harness.reshared()) == ([], [])
    with harness.work.store.read() as tx:
        assert tx.execute(t.cursor.select()).all() == [], "not even asked"
    stop.resume(harness.work, "ben")
    for watch in poll.source_polls(harness.work):
        poll.read(harness.work, watch)
    assert {seen.post.author.handle for seen in harness.seen()} == {handle("zlata"), handle("orsha")}


def test_who_asked_never_to_be_seen_again_is_not_seen_after_a_purge_either(harness: CampaignHarness) -> None:
    forget.forget(harness.work, handle("zlata"), "ben")
    retention.purge_after_campaign(harness.work, "ben")
    stop.resume(harness.work, "ben")
    harness.solidarity("zlata")
    harness.read()
    assert harness.seen() == []


def test_a_reshare_whose_address_was_purged_is_taken_back_by_hand_alone(harness: CampaignHarness) -> None:
    harness.solidarity("zlata")
    harness.approve_all()
    harness.deliver()
    retention.purge_after_campaign(harness.work, "ben")
    with refused(RefusedCode.RESHARED_POST_PURGED, "on the account itself"):
        undo.ask(harness.work, 1, "ben")
    harness.clock.passes(days=2)
    recheck.recheck_reshares(harness.work, "mastodon")
    assert (taken_back(harness), harness.state()) == (0, State.SENT)


def test_everything_can_be_taken_back_first(harness: CampaignHarness) -> None:
    for who in ("zlata", "orsha"):
        harness.solidarity(who)
    harness.approve_all()
    harness.settle()
    assert retention.reshares_still_out(harness.work) == 2
    assert retention.take_all_back(harness.work, "ben") == 0
    assert (retention.reshares_still_out(harness.work), taken_back(harness)) == (0, 2)
    assert retention.purge_after_campaign(harness.work, "ben").out == 0


def test_before_the_day_is_over_it_takes_a_yes(harness: CampaignHarness) -> None:
    harness.clock.now = START + timedelta(hours=13)
    with refused(RefusedCode.TOO_EARLY_TO_PURGE, "--yes"):
        retention.refuse_early_purge(harness.work)
    harness.clock.now = START + timedelta(hours=14, minutes=1)
    retention.refuse_early_purge(harness.work)


def test_a_page_that_was_under_way_while_it_was_purged_leaves_nothing(harness: CampaignHarness) -> None:
    post = harness.mastodon.fetch(harness.solidarity("zlata"))
    assert post is not None
    retention.purge_after_campaign(harness.work, "ben")
    assert ingest.ingest(harness.work, "a source", Page((post,), Cursor(START))) == []
    assert leaks(everything_stored(harness)) == []
    with harness.work.store.read() as tx:
        assert control.has_ended(tx)
