"""Runs the trials of the intake, hostile files and mails and killed collectors; writes docs/soak.md."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.soak import collecting_run, hostile_run, mails_run, report


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.soak", description=__doc__)
    parser.add_argument(
        "--part", choices=("hostile", "collecting", "mails"), help="only this trial"
    )
    parser.add_argument("--files", type=int, default=500, help="hostile files")
    parser.add_argument("--kills", type=int, default=200, help="on each database")
    parser.add_argument("--arrivals", type=int, default=300, help="mails, and as many files")
    parser.add_argument("--mails", type=int, default=2_000, help="in one mailbox, a tenth hostile")
    parser.add_argument("--every", type=int, default=100, help="mails between two kills")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--write", type=Path, help="the document to write the result into")
    options = parser.parse_args()
    began = time.monotonic()
    parts: dict[str, Callable[[Path], report.Part]] = {
        "hostile": lambda folder: hostile_run.run(folder, options.files, options.seed, say),
        "collecting": lambda folder: collecting_run.run(
            folder, options.kills, options.arrivals, options.seed, say
        ),
        "mails": lambda folder: mails_run.run(
            folder, options.mails, options.every, options.seed, say
        ),
    }
    results = []
    for name, run in parts.items():
        if options.part in (None, name):
            with tempfile.TemporaryDirectory(prefix=f"soak-{name}-") as folder:
                results.append(run(Path(folder)))
            print(results[-1].table, flush=True)
    if options.write and options.part is None:
        minutes = (time.monotonic() - began) / 60
        report.write(options.write, results, options.seed, minutes)
    faults = [fault for result in results for fault in result.faults]
    print("\n".join(faults) if faults else "All is as it must be.")
    return 1 if faults else 0


def say(line: str) -> None:
    """How far it has come; nothing where nobody looks on."""
    if sys.stdout.isatty():
        print(f"\r\x1b[K{line}", end="", flush=True)


if __name__ == "__main__":
    sys.exit(main())
