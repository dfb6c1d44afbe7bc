"""One agency's update sent through the portal of a country, beside the version before.

The store is PostgreSQL with every agency's history. Each request is another agency's: it takes the
file in, checks it against the agency's history, keeps what it found and answers.
"""

from __future__ import annotations

import json
from dataclasses import replace

from bench.filled_stores import FilledStores
from bench.lines import Line, Progress, Size, compare_speed
from bench.programme import AT_HAND
from bench.rounds import Times
from bench.targets import hold_to
from bench.versions import BEFORE_NAME, Version

MAX_MILLISECONDS = 150


def lines(size: Size, progress: Progress, stores: FilledStores) -> list[Line]:
    """Wall seconds, one figure for each upload; each version in a process and a store of its own."""
    stores.fill(stores.versions, size, progress)
    (wall, cpu), (wall_before, cpu_before) = (
        run_uploads(version, size, progress, stores) for version in stores.versions.values()
    )
    stage = (
        f"one agency's check on upload, {size.quarters} quarters of history, "
        f"among {size.agencies:,} (wall)"
    )
    milliseconds = Times(tuple(seconds * 1000 for seconds in wall.seconds))
    note = (
        f"{len(wall.seconds)} uploads; CPU of the portal {cpu.median * 1000:.0f} ms, median, and of "
        f"{BEFORE_NAME}'s {cpu_before.median * 1000:.0f} ms"
    )
    own = Line(stage, wall, "", milliseconds, "ms", MAX_MILLISECONDS, at_least=False)
    return [
        replace(own, note=note),
        hold_to("upload_before", compare_speed(stage, wall, BEFORE_NAME, wall_before)),
    ]


def run_uploads(
    version: Version, size: Size, progress: Progress, stores: FilledStores
) -> tuple[Times, Times]:
    """Seconds on the clock and of CPU of each upload to a version's portal."""
    with stores.copy(version, size, progress) as copy:
        progress(f"uploading to {version.name}")
        printed = version.run_script("uploads", copy.settings, AT_HAND.key, size.seed)
    wall, cpu = zip(*json.loads(printed), strict=True)
    return Times(wall), Times(cpu)
