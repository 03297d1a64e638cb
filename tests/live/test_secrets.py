"""No secret is ever printed or stored, however much is logged and whatever the servers say."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.bot_process import PATIENCE_S
from tests.harness.live_campaign import TOKEN, LiveCampaign, in_seconds, now

LOUD = "import logging; logging.basicConfig(level=1); import http.client; from bot.__main__ import main; main()"
PASSWORD = "hunter2-is-no-pässword/4711"
QUOTED = "hunter2-is-no-p%C3%A4ssword%2F4711"


def loud(live: LiveCampaign, *words: str, **environment: str) -> str:
    """All that a command prints when every library may say whatever it wants, and faults show where they are."""
    done = subprocess.run(
        [sys.executable, "-c", LOUD, *words],
        cwd=live.root,
        env=live.own({"BOT_TRACEBACK": "1", **environment}),
        capture_output=True,
        timeout=2 * PATIENCE_S,
    )
    return (done.stdout + done.stderr).decode()


def echoed(live: LiveCampaign) -> None:
    """Both servers repeat what we sent them in every kind of error."""
    token, *keys = live.secrets
    page = f"<html><title>{token}</title><h1>Error</h1><pre>Authorization: Bearer {token}\nCookie: {token}</pre></html>"
    for status, body in ((422, f'{{"error": "no: {token}"}}'), (500, page), (503, page), (404, page)):
        live.mastodon.fault("status", method="POST", path="/statuses$", status=status, body=body, count=1)
    live.mastodon.fault("status", method="GET", path="/timelines/", status=503, body=page, count=1)
    live.x.fault(
        "status", "/2/tweets", method="POST", status=403, body={"title": "Forbidden", "detail": " ".join(keys)}
    )
    live.x.fault("status", "/2/tweets", method="POST", status=500, body=f"<b>{' '.join(keys)}</b>")
    live.x.fault("status", "/2/media*", status=400, body={"errors": [{"message": " ".join(keys)}]}, after=3)


def kept(live: LiveCampaign) -> dict[str, bytes]:
    """Every file under var/: the database, what stands beside it, locks, backups."""
    return {str(file): file.read_bytes() for file in (live.root / "var").rglob("*") if file.is_file()}


def shown(live: LiveCampaign) -> Iterator[str]:
    """What people and scripts are shown of the campaign afterwards."""
    states = {one["state"]: str(one["id"]) for one in live.queue()}
    for words in (["queue"], ["report"], ["sightings"], *(["show", each] for each in states.values())):
        for form in ([], ["--json"]):
            said = live.bot(*words, *form)
            yield said.out + said.err


def assert_hidden(secrets: list[str], printed: str, files: dict[str, bytes]) -> None:
    for secret in secrets:
        assert [line for line in printed.splitlines() if secret in line] == []
        assert [name for name, content in files.items() if secret.encode() in content] == []


@pytest.mark.parametrize("form", ["json", pytest.param("people", marks=pytest.mark.long)])
def test_no_secret_is_printed_or_stored_even_if_all_is_logged_and_servers_repeat_it(
    live: LiveCampaign, form: str
) -> None:
    echoed(live)
    live.many(5, now(), card=True)
    live.video_on_mastodon("anna")
    live.video_on_x("berta")
    printed = loud(live, "run", "--once", BOT_LOG=form)
    assert "rejected" in printed
    assert "unknown" in printed
    live.done("db", "backup")
    live.mastodon.fault(
        "status", method="POST", path="/statuses$", status=401, body=f'{{"error": "bad {live.secrets[0]}"}}'
    )
    live.message("late", "One more.")
    live.schedule({"late": now()}, "late")
    printed += loud(live, "run", "--once", BOT_LOG=form)
    assert "does not accept the token" in printed
    files = kept(live)
    assert {Path(name).suffix for name in files} >= {".db"}
    assert any("backup" in name for name in files)
    assert_hidden(live.secrets, printed + "".join(shown(live)), files)


def test_no_secret_from_a_file_is_printed_or_is_an_argument_of_any_process(live: LiveCampaign) -> None:
    file = live.root / "secrets" / "token"
    live.write("secrets/token", live.union.access_token)
    file.chmod(0o600)
    live.change("bot.toml", 'platform = "mastodon"', 'platform = "mastodon"\naccess_token_file = "secrets/token"')
    echoed(live)
    live.many(2, in_seconds(1))
    worker = live.run(**{TOKEN: ""})
    worker.waits_for("rejected", 2)
    worker.waits_for("unknown")
    live.message("m01", "Other words.")  # read aside, in a process of its own
    seen = "".join(arguments() for _ in range(40))
    assert worker.stopped() == 0
    assert_hidden(live.secrets, worker.out + worker.err + seen, kept(live))


def arguments() -> str:
    """The command lines of all processes, as anybody on the machine can read them."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(file.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return "\n".join(found)


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql+psycopg://bot:{QUOTED}@127.0.0.1:1/campaign",
        f"postgresql+psycopg://bot:{QUOTED}@127.0.0.1:no-port/campaign",
        f"postgresql+psycopg://bot:{PASSWORD}@127.0.0.1:1/campaign",
        f"postgresql+psycopg://bot@127.0.0.1:1/campaign?password={QUOTED}",
        f"mysql://bot:{QUOTED}@127.0.0.1:1/campaign",
        f"bot:{PASSWORD}@127.0.0.1",
    ],
)
@pytest.mark.parametrize("words", [("run", "--once"), ("queue", "--json"), ("db", "check")])
def test_the_password_of_a_database_that_cannot_be_used_is_never_shown(
    live: LiveCampaign, address: str, words: tuple[str, ...]
) -> None:
    said = live.bot(*words, DATABASE_URL=address, BOT_TRACEBACK="1", BOT_LOG="json")
    assert said.status == 1
    hidden = [PASSWORD, QUOTED, "4711", "hunter2"]
    assert_hidden(hidden, said.out + said.err, kept(live) if (live.root / "var").exists() else {})
    assert said.err
