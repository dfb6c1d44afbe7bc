"""One clock for all processes of a trial, which the trial moves: libfaketime with an offset file.

What belongs here: the clock. What must not: whatever runs by it.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

NAME = "faketime/libfaketimeMT.so.1"
# Where Debian has it, whatever the machine's architecture.
LIBRARY = next(Path("/usr/lib").glob(f"*/{NAME}"), Path("/usr/lib") / NAME)
# What a process needs to run by the clock; servers that clear their environment are given it again.
VARIABLES = (
    "LD_PRELOAD",
    "FAKETIME_TIMESTAMP_FILE",
    "FAKETIME_NO_CACHE",
    "NO_FAKE_STAT",
)


def is_installed() -> bool:
    return LIBRARY.exists()


class MovedClock:
    """A clock that goes at the usual pace, and leaps when it is told to."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "offset"
        self._offset = 0.0

    def now(self) -> datetime:
        """What the processes take for the present instant."""
        return datetime.fromtimestamp(datetime.now(UTC).timestamp() + self._offset, UTC)

    def move_to(self, instant: datetime) -> None:
        """Leap to an instant. Only the first leap may go back."""
        assert not self._file.exists() or instant >= self.now(), f"{instant} is past"
        self._offset = instant.timestamp() - datetime.now(UTC).timestamp()
        # Renamed, because a process that read half a line would live in another year.
        part = self._file.with_suffix(".part")
        part.write_text(f"{self._offset:+.3f}\n", "ascii")
        part.replace(self._file)

    def environment(self) -> dict[str, str]:
        """What a process has to see to run by this clock.

        Files keep their true times: else whatever lies in a folder would move with the clock. What
        measures durations leaps too, since libfaketime's sleep fails where it does not: a leap shows
        as a heartbeat that recovers.
        """
        return dict(zip(VARIABLES, (str(LIBRARY), str(self._file), "1", "1"), strict=True))


@contextmanager
def moved_clock(instant: datetime) -> Iterator[MovedClock]:
    """A clock that begins at an instant; every user of this machine may read it."""
    folder = Path(tempfile.mkdtemp(prefix="clock-"))
    try:
        folder.chmod(0o755)
        clock = MovedClock(folder)
        clock.move_to(instant)
        yield clock
    finally:
        shutil.rmtree(folder)
