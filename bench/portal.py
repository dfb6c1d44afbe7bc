"""One agency's update sent through the portal of a country, beside the version before.

The store is PostgreSQL with every agency's history. Each request is another agency's: it takes the
file in, checks it against the agency's history, keeps what it found and answers.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path

from bench.lines import Line, Progress, Size, compare_speed
from bench.rounds import Times
from bench.targets import hold_to
from bench.versions import BEFORE_NAME, OWN, Version, unpack_version_before

MAX_MILLISECONDS = 150


def lines(size: Size, progress: Progress) -> list[Line]:
    """Wall seconds, one figure for each upload; each version in a process and a store of its own."""
    with tempfile.TemporaryDirectory(prefix="cpsa-bench-") as folder:
        before = unpack_version_before(Path(folder))
        wall, cpu = run_uploads(OWN, size, progress)
        wall_before, _ = run_uploads(before, size, progress)
    stage = (
        f"one agency's check on upload, {size.quarters} quarters of history, "
        f"among {size.agencies:,} (wall)"
    )
    milliseconds = Times(tuple(seconds * 1000 for seconds in wall.seconds))
    note = f"{len(wall.seconds)} uploads; CPU of the portal {cpu.median * 1000:.0f} ms, median"
    own = Line(stage, wall, "", milliseconds, "ms", MAX_MILLISECONDS, at_least=False)
    return [
        replace(own, note=note),
        hold_to("upload_before", compare_speed(stage, wall, BEFORE_NAME, wall_before)),
    ]


def run_uploads(version: Version, size: Size, progress: Progress) -> tuple[Times, Times]:
    """Seconds on the clock and of CPU of each upload to a version's portal."""
    progress(f"uploading to {version.name}")
    printed = version.run_script("uploads", {}, size.agencies, size.quarters, size.seed)
    wall, cpu = zip(*json.loads(printed), strict=True)
    return Times(wall), Times(cpu)
