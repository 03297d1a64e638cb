"""Whatever is decoded by several threads is resolved by one, before there are any."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
WORKER = """
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo
import msgspec, os
import bot.worker.worker
from bot import shapes
from bot.clock import system_clock
from bot.domain.campaign import Account, Campaign, Config, PlatformName, SecretSource
from bot.platforms.build import build

secrets = {PlatformName.MASTODON: ("access_token",),
           PlatformName.X: ("api_key", "api_secret", "access_token", "access_token_secret")}
os.environ["T"] = "1-token"
for platform, names in secrets.items():
    account = Account("ours", platform, "https://social.example", {name: SecretSource("T") for name in names})
    campaign = Campaign("C", date(2099, 1, 1), ZoneInfo("UTC"))
    build(Config(campaign, {"ours": account}), account, Path("bot.toml"), system_clock)


def below(shape):
    for inner in shape.__subclasses__():
        yield inner
        yield from below(inner)


print(*sorted(shape.__name__ for shape in below(msgspec.Struct) if shape not in shapes._resolved))
print(*sorted(shape.__name__ for shape in shapes._resolved))
"""

BY_ONE_PROCESS = {"PackRecord"}
"""Decoded by a command, which has one thread."""


def decoded_types() -> set[str]:
    """The names of what `msgspec` decodes and converts to, outside of the rehearsal, which has one thread."""
    names: set[str] = set()
    for path in (ROOT / "bot").rglob("*.py"):
        if "rehearsal" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                given = [word.value for word in node.keywords if word.arg == "type"]
                given += node.args[1:2] if node.func.attr == "convert" else []
                is_ours = ast.unparse(node.func).startswith("msgspec.")
                names |= {
                    shape.id for shape in given if is_ours and isinstance(shape, ast.Name) and shape.id != "shape"
                }
    return names


def test_every_shape_that_threads_decode_is_resolved_before_they_begin() -> None:
    done = subprocess.run([sys.executable, "-c", WORKER], capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    unresolved, resolved = done.stdout.splitlines()
    assert unresolved == "", "a struct is resolved when two threads may meet in it"
    wanted = decoded_types() - BY_ONE_PROCESS
    assert len(wanted) > 5
    assert wanted - set(resolved.split()) == set()
