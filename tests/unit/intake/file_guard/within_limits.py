"""Reads every hostile file in a process that may use 600 MB, and 10 seconds of CPU for each."""

from __future__ import annotations

import resource
import signal

from tests.unit.intake.file_guard import hostile

from cpsa.intake.readers.workbook.workbook_reader import read_workbook

MEMORY = 600 * 1024 * 1024
SECONDS = 10


def main() -> None:
    files = [*hostile.refused(), *hostile.heavy_for_a_reader()]
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for name, content, _ in files:
        signal.setitimer(signal.ITIMER_PROF, SECONDS)  # ends the process when it runs out
        outcome = read_workbook(content)
        signal.setitimer(signal.ITIMER_PROF, 0)
        print(name, getattr(outcome, "cause", "read"), sep="\t", flush=True)


if __name__ == "__main__":
    main()
