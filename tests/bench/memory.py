"""What the worker holds in memory with all it does in use, and whether that grows in a week of a given clock."""

from __future__ import annotations

import json
import subprocess
import sys

from bot.store import sightings
from bot.store.store import Store
from tests.bench.door import wait_for
from tests.bench.figures import Figure
from tests.bench.servers import PROJECT, Campaign
from tests.bench.worker import RunningWorker

AIM_MB, GROWTH_AIM_MB = 90, 1.0
LIBRARIES = "apscheduler.schedulers.background, httpx, mastodon, msgspec, requests_oauthlib, sqlalchemy, tweepy, typer"
_BARE = f"import {LIBRARIES}\nfrom tests.bench.worker import memory_of\nprint(memory_of('self')[0])"

TEXTS = {
    "be": "Мы не маўчым: прафсаюзныя лідары сядзяць у турме, і мы будзем пра гэта гаварыць штодня",
    "ru": "Мы не молчим: профсоюзные лидеры сидят в тюрьме, и мы будем говорить об этом каждый день",
    "de": "Wir schweigen nicht: die Führung der Gewerkschaften sitzt im Gefängnis, und wir reden jeden Tag davon",
    "fr": "Nous ne nous taisons pas : les dirigeants des syndicats sont en prison, et nous en parlons chaque jour",
    "pl": "Nie milczymy: przywódcy związków zawodowych siedzą w więzieniu i będziemy o tym mówić każdego dnia",
}
"""What people post without saying in which language: it has to be found, in both scripts."""


def measured(worker: RunningWorker, campaign: Campaign) -> list[Figure]:
    """The worker has planned, uploaded and posted by now; it is given what it has to tell the language of."""
    before, _ = worker.memory()
    _tell_languages(campaign)
    now, most = worker.memory()
    done = subprocess.run([sys.executable, "-c", _BARE], capture_output=True, text=True, check=True)
    bare = float(done.stdout)
    limit = f"{bare:.0f} MB importing the same libraries whole ({most / bare:.2f} of it)"
    what = f"worker, {len(TEXTS)} languages told, resident / most ever"
    return [
        Figure(what, f"{now:.0f} / {most:.0f} MB, {most / AIM_MB:.2f} of 90", "< 90 MB", limit, most < AIM_MB),
        Figure("  planned, connected, first post with its card out", f"{before:.0f} MB"),
    ]


def _tell_languages(campaign: Campaign) -> None:
    """Have people post in all languages, and wait until the worker has stored what they are in."""
    mastodon = campaign.servers.mastodon
    author = mastodon.add_account(f"author{campaign.servers.account.username}", discoverable=True, indexable=True)
    for text in TEXTS.values():
        media = [{"type": "video", "description": "A video."}]
        mastodon.seed_status(author, f"{text} #FreeBelarusUnionists", media=media, language="")
    store = Store.open(campaign.url)

    def told() -> set[str]:
        with store.read() as tx:
            return {one.post.language for one in sightings.listed(tx)}

    wait_for(lambda: told() >= set(TEXTS), "what people have posted in all languages")
    store.close()


def week_figure() -> Figure:
    """A worker's services through seven days, each after the other, on real servers and a clock that is set."""
    done = subprocess.run([sys.executable, "-m", "tests.bench.week"], cwd=PROJECT, capture_output=True, check=True)
    days: list[float] = json.loads(done.stdout)
    growth = max(days[2:]) - days[1]
    value = f"{growth:+.1f} MB, {max(days[2:]) / days[1]:.3f} of the second day's"
    limit = " / ".join(f"{day:.0f}" for day in days) + " MB at the end of each day"
    return Figure("a week on a given clock: growth", value, "< 1 MB", limit, growth < GROWTH_AIM_MB)
