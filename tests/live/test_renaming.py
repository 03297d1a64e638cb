"""The files are renamed, rewritten and edited after posts went out: by the servers' ledgers nothing goes out again."""

from __future__ import annotations

import shutil
from datetime import timedelta

from tests.harness.live_campaign import LiveCampaign, now

WORDS = {
    "dated": "Stand with the dockers of Gdynia and of Riga.",
    "folder": "Letters to prison: forty addresses, one stamp each.",
    "file": "What the ILO asked of the government in 2023.",
    "split": "Eleven unions, one banner, Saturday at noon.",
    "held": "Names of the detained, as of this morning.",
    "cancelled": "A donation of ten euros pays a parcel.",
    "undone": "Our choir sings at the embassy gate.",
    "typo": "Write to your member of parliament today, please.",
    "moved": "A concert for those who cannot come home.",
}


def test_what_went_out_or_was_stopped_stays_so_whatever_is_renamed(live: LiveCampaign) -> None:
    at = now()
    for name, text in WORDS.items():
        live.message(name, text)
    live.schedule({name: at for name in WORDS if name not in {"held", "cancelled"}})
    soon = at + timedelta(hours=2)
    live.schedule({"held": soon, "cancelled": soon}, file="later")
    live.done("plan")
    numbers = {(one["message"], one["account"]): one["id"] for one in live.queue()}
    for stop, name in (("hold", "held"), ("cancel", "cancelled")):
        for account in ("mastodon", "x"):
            live.done(stop, str(numbers[name, account]))
    live.done("run", "--once")
    sent = len(live.accepted())
    assert sent == 2 * (len(WORDS) - 2)
    live.done("undo", str(numbers["undone", "mastodon"]))

    home = live.root / "messages"
    for name in ("folder", "held", "cancelled", "undone", "typo"):
        (home / name).rename(home / f"{name}-renamed")
        for file in ("run-up", "later"):
            text = (live.root / f"schedules/{file}.toml").read_text()
            live.write(f"schedules/{file}.toml", text.replace(f'"{name}"', f'"{name}-renamed"'))
    (home / "file/en.md").rename(home / "file/en.mastodon.md")
    shutil.copy(home / "file/en.mastodon.md", home / "file/en.x.md")
    (home / "split/en.md").rename(home / "split/en.x.md")
    live.write("messages/split/en.mastodon.md", f"{WORDS['split']}\n")
    live.write("messages/typo-renamed/en.md", WORDS["typo"].replace("today", "this week"))
    live.change("schedules/run-up.toml", f'"{at:%Y-%m-%d}"', '"T"')
    live.change("schedules/run-up.toml", f'message = "moved"\ndays = ["T"]\nat = {at:%H:%M:%S}', MOVED.format(at=soon))
    (live.root / "schedules/run-up.toml").rename(live.root / "schedules/other.toml")
    live.change("bot.toml", 'name = "Day of Action"', 'name = "Day of action, 2026"')

    said = live.done("check")
    assert "These words went out on" in said.out
    assert "bot release ID" in said.out
    said = live.done("run", "--once")
    assert len(live.accepted()) == sent
    held = [one for one in live.queue("--state", "held") if one["message"] == "typo-renamed"]
    assert [one["held_for"] for one in held] == ["near_words"] * 2
    assert all(f"bot release {one['id']}. Leave it: bot cancel {one['id']}" in one["error"] for one in held)
    assert f"bot release {held[0]['id']}" in said.err
    states = {(one["message"], one["account"]): one["state"] for one in live.queue()}
    assert {states[f"{name}-renamed", "x"] for name in ("held", "cancelled")} == {"held", "cancelled"}
    assert states["undone-renamed", "mastodon"] == "cancelled"

    live.done("release", str(held[0]["id"]))
    live.write("messages/dated/en.md", "Stand with the seafarers of Gdynia, and share this.")
    assert "To change it there: bot edit" in live.done("plan").out
    live.change("bot.toml", "[accounts.mastodon]", "[accounts.main]")
    said = live.done("check")
    assert said.out.count("went out with other words") == 1
    assert " on main will be held" not in said.out
    live.done("run", "--once")
    assert len(live.accepted()) == sent + 1


MOVED = 'message = "moved"\ndays = ["{at:%Y-%m-%d}"]\nat = {at:%H:%M:%S}'
