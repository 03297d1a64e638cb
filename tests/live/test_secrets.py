"""No secret is ever printed or stored, however much is logged and whatever the servers say."""

from __future__ import annotations

import subprocess
import sys

from tests.live.campaign import Live, now
from tests.live.process import PATIENCE_S

LOUD = "import logging; logging.basicConfig(level=1); import http.client; from bot.__main__ import main; main()"


def test_no_secret_is_printed_or_stored_even_if_all_is_logged_and_servers_repeat_it(live: Live) -> None:
    token, *keys = live.secrets
    for status in (422, 500):
        live.mastodon.fault("status", method="POST", path="/statuses$", status=status, body=f"no: {token}", count=1)
    live.x.fault("status", "/2/tweets", method="POST", status=403, body={"detail": " ".join(keys)})
    live.x.fault("status", "/2/media*", status=400, body={"errors": [{"message": " ".join(keys)}]}, after=3)
    live.many(4, now(), card=True)
    live.video_on_mastodon("anna")
    live.video_on_x("berta")
    done = subprocess.run(
        [sys.executable, "-c", LOUD, "run", "--once"],
        cwd=live.root,
        env=live.own({}),
        capture_output=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0
    assert b"rejected" in done.stderr
    assert b"unknown" in done.stderr
    assert b"DEBUG" in done.stderr
    kept = {file.name: file.read_bytes() for file in (live.root / "var").rglob("*") if file.is_file()}
    assert "groundswell.db" in kept
    printed = (done.stdout + done.stderr).decode()
    for secret in live.secrets:
        assert [line for line in printed.splitlines() if secret in line] == []
        assert [name for name, content in kept.items() if secret.encode() in content] == []
