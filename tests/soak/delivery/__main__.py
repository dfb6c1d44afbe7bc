"""Runs the trials on both databases, several at a time, and writes docs/delivery-soak.md."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from pathlib import Path
from queue import Empty

from tests.soak.delivery import report
from tests.soak.delivery.running import LEDGER, PLAIN, run
from tests.soak.delivery.trial import Verdict


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.soak.delivery", description=__doc__)
    parser.add_argument("--trials", type=int, default=300, help="on each database")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2 * (os.cpu_count() or 1))
    parser.add_argument("--write", type=Path, help="the document to write the result into")
    options = parser.parse_args()
    spawn = multiprocessing.get_context("spawn")
    seeds, verdicts = spawn.Queue(), spawn.Queue()
    for seed in range(options.first_seed, options.first_seed + options.trials):
        seeds.put(seed)
    began = time.monotonic()
    jobs = [spawn.Process(target=run, args=(seeds, verdicts)) for _ in range(options.jobs)]
    for job in jobs:
        job.start()
    sums = {rival: Verdict() for rival in (*LEDGER, PLAIN)}
    left = options.trials * len(sums)
    while left:
        try:
            rival, seed, verdict = verdicts.get(timeout=5)
        except Empty:
            if any(job.exitcode for job in jobs):
                print("A process of the trials has failed.", file=sys.stderr)
                for job in jobs:
                    job.kill()
                return 1
            continue
        left -= 1
        sums[rival] += verdict
        if rival != PLAIN and not report.is_clean(verdict):
            print(f"{rival}, seed {seed}: {verdict}", flush=True)
        if sys.stdout.isatty():
            print(f"\r{left} to go ", end="", flush=True)
    for job in jobs:
        job.join()
    minutes = (time.monotonic() - began) / 60
    table = report.table(sums, options.trials, options.first_seed, minutes)
    print(table)
    if options.write:
        report.write(options.write, table)
    return 0 if all(report.is_clean(sums[rival]) for rival in LEDGER) else 1


if __name__ == "__main__":
    raise SystemExit(main())
