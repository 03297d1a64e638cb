"""The server's own time, and ids that follow it as Mastodon's snowflakes do."""

from datetime import UTC, datetime, timedelta, tzinfo


class Clock:
    """Real time, real time plus an offset, or a fixed instant that only moves when it is told to."""

    def __init__(self) -> None:
        self._fixed: datetime | None = None
        self._offset = timedelta()

    def now(self, _zone: tzinfo | None = None) -> datetime:
        """The simulated instant in UTC. Takes a zone so that it can stand in for `datetime.now`."""
        return self._fixed if self._fixed is not None else datetime.now(UTC) + self._offset

    def run_in_real_time(self) -> None:
        self._fixed, self._offset = None, timedelta()

    def run_from_offset(self, seconds: float) -> None:
        self._fixed, self._offset = None, timedelta(seconds=seconds)

    def stand_at(self, instant: datetime) -> None:
        self._fixed = instant.astimezone(UTC)

    def advance(self, seconds: float) -> None:
        if self._fixed is None:
            self._offset += timedelta(seconds=seconds)
        else:
            self._fixed += timedelta(seconds=seconds)


class IdMint:
    """Milliseconds since 1970, shifted by 16 bits, plus a number within the millisecond: ids sort by time.

    Mastodon derives the id of a post that arrives late from the post's own creation time; so does `at`, which is
    how a late arrival lands behind a reader's cursor.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._used: dict[int, int] = {}

    def next(self) -> int:
        return self.at(self._clock.now())

    def at(self, instant: datetime) -> int:
        millisecond = int(instant.timestamp() * 1000)
        while (number := self._used.get(millisecond, 0)) >= 1 << 16:
            millisecond += 1
        self._used[millisecond] = number + 1
        return millisecond << 16 | number


_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MARK = "MG"  # letters in every ULID, so that none can be mistaken for a decimal id
ULID_PATTERN = rf"[0-7][{_CROCKFORD}]{{9}}{_MARK}[{_CROCKFORD}]{{14}}"


def to_ulid(number: int) -> str:
    """The same id as other servers would write it: sortable, opaque, 26 characters."""
    return _base32(number >> 16, 10) + _MARK + _base32(number & 0xFFFF, 14)


def from_ulid(ulid: str) -> int:
    return _from_base32(ulid[:10]) << 16 | _from_base32(ulid[12:])


def _base32(number: int, width: int) -> str:
    return "".join(_CROCKFORD[(number >> 5 * place) & 31] for place in reversed(range(width)))


def _from_base32(text: str) -> int:
    number = 0
    for character in text:
        number = number << 5 | _CROCKFORD.index(character)
    return number
