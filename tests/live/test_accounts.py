"""Accounts in trouble: what happens to one of them never holds up the other."""

from __future__ import annotations

import socket

from tests.harness.live_campaign import TOKEN, LiveCampaign, now, once_each
from tests.harness.terminal import Terminal
from tests.servers.mastodon import MastodonServer


def states(live: LiveCampaign, account: str) -> set[str]:
    return {one["state"] for one in live.queue() if one["account"] == account}


def test_a_revoked_token_closes_its_account_until_a_new_login_resume_and_retry(live: LiveCampaign) -> None:
    login = live.root.parent / "home/.config/groundswell/day-of-action/mastodon.toml"
    login.parent.mkdir(parents=True)
    login.touch(0o600)
    login.write_text(f'access_token = "{live.union.access_token}"')
    live.mastodon.revoke_tokens(live.union)
    texts = live.many(2, now())
    worker = live.run(**{TOKEN: ""})
    worker.waits_for("rejected")
    live.until_accepted(2, "x")
    assert live.accepted("mastodon") == []
    said = 'does not accept the token of account "mastodon" any more (401). Run: bot login mastodon'
    assert said in worker.err
    assert states(live, "mastodon") == {"rejected", "planned"}, "one was enough to know"

    shell = Terminal(live.root, live.root.parent / "home", {"XDG_CONFIG_HOME": ""})
    shell.login("mastodon", answer=lambda shown: [live.mastodon.authorize(live.union, shown)])
    live.done("resume")
    rejected = next(one["id"] for one in live.queue() if one["state"] == "rejected")
    live.done("retry", str(rejected))
    live.until_accepted(4)
    assert once_each(live.accepted(), texts)
    assert worker.stopped() == 0


def test_when_the_credits_of_x_are_gone_mastodon_goes_on(live: LiveCampaign) -> None:
    texts = live.many(2, now())
    live.x.edit_user("union", credits=0.0)
    worker = live.run()
    live.until_accepted(2, "mastodon")
    (line,) = worker.waits_for("rejected")
    assert "credits of account x are gone" in line
    assert "bot resume" in line
    assert live.accepted("x") == []
    live.x.edit_user("union", credits=5.0)
    live.done("resume")
    live.until_accepted(1, "x")
    assert worker.stopped() == 0
    assert len(live.accepted()) == 2 * len(texts) - 1, "the one that X refused waits for bot retry"


def test_a_rate_limit_on_one_account_does_not_delay_the_other(live: LiveCampaign) -> None:
    live.many(3, now())
    live.mastodon.fault("status", method="POST", path="/statuses$", status=429, reset_in=3600)
    worker = live.run()
    began = now()
    live.until_accepted(3, "x")
    worker.waits_for("postponed")
    assert (now() - began).total_seconds() < 10
    assert states(live, "mastodon") == {"planned"}
    waiting = [one for one in live.queue() if one["account"] == "mastodon" and "429" in one["error"]]
    assert waiting
    assert worker.stopped() == 0


def test_a_server_that_is_down_at_the_start_gets_everything_when_it_is_back(live: LiveCampaign) -> None:
    texts = live.many(2, now())
    token = live.root.parent / "token"
    token.touch(0o600)
    token.write_text("not-known-yet")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    live.change("bot.toml", f'"{live.mastodon.url}"', f'"http://127.0.0.1:{port}"\naccess_token_file = "{token}"')
    worker = live.run(**{TOKEN: ""})
    worker.waits_for("postponed", 2)
    live.until_accepted(2, "x")
    with MastodonServer(port=port) as server:
        token.write_text(server.add_account("union").access_token)
        live.until(lambda: sorted(server.ledger().texts()) == texts)
        assert worker.stopped() == 0
