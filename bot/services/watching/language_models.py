"""How likely languages are by lingua's models; in a process of its own where the caller lives long.

The models take 20 MB: that process ends when it was asked nothing for a while, and is started again when need be.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from lingua import LanguageDetector

IDLE_SECONDS = 60.0
"""How long the process waits for the next question."""

ANSWER_SECONDS = 20.0
"""How long an answer is waited for, that of a process which has yet to load its models too."""

Likely = list[tuple[str, float]]


def likely(codes: tuple[str, ...], text: str) -> Likely:
    """Return how likely each of these languages is, the likeliest first."""
    confidences = _detector(codes).compute_language_confidence_values(text)
    return [(confidence.language.iso_code_639_1.name.lower(), confidence.value) for confidence in confidences]


@lru_cache(maxsize=4)
def _detector(codes: tuple[str, ...]) -> LanguageDetector:
    """Loaded on first use: most posts say their language."""
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    languages = [getattr(IsoCode639_1, code.upper()) for code in codes if hasattr(IsoCode639_1, code.upper())]
    return LanguageDetectorBuilder.from_iso_codes_639_1(*languages).with_low_accuracy_mode().build()


class LanguageProcess:
    """The process that is asked. Safe to use from several threads, of which one asks at a time."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def likely(self, codes: tuple[str, ...], text: str) -> Likely:
        """Return what `likely` gives; found here where no process can be had."""
        question = msgspec.json.encode((codes, text)) + b"\n"
        with self._guard:
            for _ in range(2):  # the one that was asked before may have ended
                with suppress(OSError):
                    answer = self._answer(question)
                    if answer.endswith(b"\n"):
                        return msgspec.json.decode(answer, type=list[tuple[str, float]])
                self._end()
        return likely(codes, text)

    def close(self) -> None:
        """End the process, if there is one."""
        with self._guard:
            self._end()

    def _answer(self, question: bytes) -> bytes:
        process = self._process = self._process or _started()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(question)
        process.stdin.flush()
        if not select.select([process.stdout], [], [], ANSWER_SECONDS)[0]:
            return b""
        return process.stdout.readline()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            for pipe in filter(None, (process.stdin, process.stdout)):
                with suppress(OSError):
                    pipe.close()
            process.wait()


def _started() -> subprocess.Popen[bytes]:
    """It is given no secret of the campaign: its surroundings say where its modules are, and nothing else."""
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-P", "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )


def _main() -> None:
    """Answer until nobody asks any more: the caller waits for each answer before it asks again."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    while select.select([questions], [], [], IDLE_SECONDS)[0] and (line := questions.readline()):
        codes, text = msgspec.json.decode(line, type=tuple[tuple[str, ...], str])
        answers.write(msgspec.json.encode(likely(codes, text)) + b"\n")
        answers.flush()


if __name__ == "__main__":
    _main()
