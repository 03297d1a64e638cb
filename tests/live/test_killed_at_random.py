"""Workers under load are killed at random moments and started again: in the end each delivery is out exactly once.

A failure is repeated, as far as chance allows, with the seed that was printed: KILLED_SEED. KILLED_SECONDS makes the
long form longer.
"""

from __future__ import annotations

import os
import random
import time
from datetime import timedelta

import pytest

from tests.harness.bot_process import BotProcess
from tests.harness.live_campaign import LiveCampaign, now
from tests.harness.posted_once import Part, all_sent, assert_once, without_limits

ACCOUNTS = ("mastodon", "x")
SHORT_S = 6.0
MOST = 60
"""With their threads these are 90 posts: of more than 100 since a request X is not read back, and a person is asked."""

LONG_S = float(os.environ.get("KILLED_SECONDS", "180"))
AFTERWARDS_S = 240.0
"""What is unknown in the end needs its readings, and each account is allowed its rest."""

FAULTS = ("accept_then_close", "accept_then_status", "accept_then_html", "accept_then_half", "status", "close")


class Siege:
    """A campaign whose workers are killed, and whose servers' answers are lost, for a while."""

    def __init__(self, live: LiveCampaign, workers: int, seconds: float) -> None:
        seed = int(os.environ.get("KILLED_SEED", time.time_ns() % 1_000_000))
        print(f"KILLED_SEED={seed}")
        self._live, self._seconds, self._random = live, seconds, random.Random(seed)
        without_limits(live)
        count = min(int(seconds * 0.7) + 3, MOST)
        self.messages = {f"m{number:03}": self._message(number) for number in range(1, count + 1)}
        begin = now() + timedelta(seconds=2)
        self._live.schedule({name: begin + self._at(place) for place, name in enumerate(self.messages)})
        self._workers = [live.run() for _ in range(workers)]
        self.kills = 0

    def _message(self, number: int) -> list[Part]:
        """Every fourth is a thread, every fifth carries a picture."""
        count = 3 if number % 4 == 0 else 1
        texts = [f"Message {number}, part {part} of {count}" for part in range(1, count + 1)]
        card = number % 5 == 0
        self._live.message(f"m{number:03}", "\n---\n".join(texts), card=card)
        return [(text, int(card and place == 0)) for place, text in enumerate(texts)]

    def _at(self, place: int) -> timedelta:
        return timedelta(seconds=place * self._seconds / len(self.messages))

    def run(self) -> None:
        """Kill and disturb until the time is over, then let the workers come to an end."""
        end = time.monotonic() + self._seconds
        while time.monotonic() < end:
            time.sleep(self._random.uniform(0.2, 1.5))
            self._disturb()
            self._kill_one()
        self._live.mastodon.clear_faults()
        self._live.x.clear_faults()
        self._live.until(lambda: all_sent(self._live), AFTERWARDS_S)
        for worker in self._workers:
            assert worker.stopped() == 0

    def _kill_one(self) -> None:
        place = self._random.randrange(len(self._workers))
        self._workers[place].killed()
        self._workers[place] = self._live.run()
        self.kills += 1

    def _disturb(self) -> None:
        """One of the next requests that publish is answered badly."""
        effect, after = self._random.choice(FAULTS), self._random.randrange(4)
        status = self._random.choice([500, 503, 408])
        if self._random.random() < 0.5:
            self._live.mastodon.fault(effect, method="POST", path="/statuses$", count=1, after=after, status=status)
        else:
            self._live.x.fault(effect, "/2/tweets", method="POST", after=after, status=status)  # type: ignore[arg-type]

    def judge(self) -> None:
        """By the ledgers."""
        print(f"{self.kills} kills, {len(self.messages)} messages on each of {ACCOUNTS}")
        assert_once(self._live, self.messages, ACCOUNTS)


def besieged(live: LiveCampaign, workers: int, seconds: float) -> list[BotProcess]:
    """A whole siege and its judgement."""
    siege = Siege(live, workers, seconds)
    siege.run()
    siege.judge()
    return live.processes


def assert_nothing_unforeseen(processes: list[BotProcess]) -> None:
    """However they died, none of them met an error that nobody had thought of."""
    assert [
        line for process in processes for line in process.err.splitlines() if "a fault in Groundswell" in line
    ] == []


def test_workers_on_one_database_are_killed_at_random_for_a_moment(shared: LiveCampaign) -> None:
    assert_nothing_unforeseen(besieged(shared, workers=2, seconds=SHORT_S))


@pytest.mark.long
def test_three_workers_on_one_database_are_killed_at_random_for_minutes(shared: LiveCampaign) -> None:
    shared.change("bot.toml", 'every = "0s"', 'every = "1s"')
    assert_nothing_unforeseen(besieged(shared, workers=3, seconds=LONG_S))


@pytest.mark.long
def test_two_workers_on_one_file_are_killed_at_random_for_minutes(live: LiveCampaign) -> None:
    live.change("bot.toml", 'every = "0s"', 'every = "1s"')
    assert_nothing_unforeseen(besieged(live, workers=2, seconds=LONG_S))
