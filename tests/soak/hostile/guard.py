"""What a reading process must not do: write outside its home, reach the network, start programs.

It listens to Python's own audit events, which fire before the deed and cannot be taken off again.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = {
    *("os.mkdir", "os.remove", "os.rmdir", "os.rename", "os.link", "os.symlink", "os.truncate"),
    *("os.chmod", "os.chown", "os.utime", "shutil.rmtree", "tempfile.mkstemp", "tempfile.mkdtemp"),
}
_NETWORK = {
    "socket.connect",
    "socket.getaddrinfo",
    "socket.bind",
    "socket.sendto",
    "urllib.Request",
}
_PROGRAMS = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork"}
# The limited processes in which workbooks are parsed and marked.
_LIMITED = (
    "cpsa.intake.readers.workbook.limited_process",
    "cpsa.template.marked_copy.marking_process",
)


def watch(home: Path, also: Path) -> list[str]:
    """From now on every breach is added to the list that this returns."""
    breaches: list[str] = []
    allowed = (str(home.resolve()), os.devnull, str(also))

    def within(path: object) -> bool:
        if isinstance(path, int) or path is None:
            return True
        return os.path.realpath(os.fsdecode(path)).startswith(allowed)  # type: ignore[arg-type]

    def hear(event: str, args: tuple[object, ...]) -> None:
        if event == "open":
            path, mode, flags = args
            writes = bool(flags & _WRITES) if isinstance(flags, int) else mode not in ("r", "rb")
            if writes and not within(path):
                breaches.append(f"writes {path!r}")
        elif event in _CHANGES:
            if not all(
                within(path) for path in args[:2] if isinstance(path, str | bytes | os.PathLike)
            ):
                breaches.append(f"{event} {args[:2]!r}")
        elif event in _NETWORK:
            breaches.append(f"{event} {args[1:2]!r}")
        elif event in _PROGRAMS and not any(one in str(args) for one in _LIMITED):
            breaches.append(f"{event} {args[:2]!r}")

    sys.addaudithook(hear)
    return breaches
