"""Runs the trials on both databases, several at a time, and writes docs/delivery-soak.md."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from queue import Empty
from typing import Any

from tests.soak.delivery import kept, report
from tests.soak.delivery.running import LEDGER, PLAIN, RIVALS, run
from tests.soak.delivery.trial import Verdict


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.soak.delivery", description=__doc__)
    parser.add_argument("--trials", type=int, default=300, help="on each database")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=3 * (os.cpu_count() or 1))
    parser.add_argument("--kept", type=Path, help="keep verdicts in this file, and go on from it")
    parser.add_argument("--write", type=Path, help="the document to write the result into")
    options = parser.parse_args()
    wanted = range(options.first_seed, options.first_seed + options.trials)
    known = kept.read(options.kept)
    spawn = multiprocessing.get_context("spawn")
    seeds, verdicts = spawn.Queue(), spawn.Queue()
    for seed in wanted:
        if left := [rival for rival in RIVALS if (rival, seed) not in known]:
            seeds.put((seed, left))
    begun_before, began = bool(known), time.monotonic()
    jobs = [spawn.Process(target=run, args=(seeds, verdicts)) for _ in range(options.jobs)]
    for job in jobs:
        job.start()
    for rival, seed, verdict in _arriving(jobs, verdicts):
        known[rival, seed] = verdict
        kept.add(options.kept, rival, seed, verdict)
        if rival != PLAIN and not report.is_clean(verdict):
            print(f"{rival}, seed {seed}: {verdict}", flush=True)
    for job in jobs:
        job.join()
    sums = {
        rival: sum((known[rival, seed] for seed in wanted), start=Verdict()) for rival in RIVALS
    }
    minutes = None if begun_before else (time.monotonic() - began) / 60
    table = report.table(sums, options.trials, options.first_seed, minutes)
    print(table)
    if options.write:
        report.write(options.write, table)
    return 0 if all(report.is_clean(sums[rival]) for rival in LEDGER) else 1


def _arriving(jobs: Sequence[BaseProcess], verdicts: Any) -> Iterator[tuple[str, int, Verdict]]:
    """What the processes report, until all have ended; the end of this one if one of them fails."""
    while True:
        ended = not any(job.is_alive() for job in jobs)
        try:
            yield verdicts.get(timeout=2)
        except Empty:
            if any(job.exitcode for job in jobs):
                for job in jobs:
                    job.kill()
                raise SystemExit("A process of the trials has failed.") from None
            if ended:
                return


if __name__ == "__main__":
    raise SystemExit(main())
