"""How the agencies of a country are shared out among those that check them at once.

What must not go here: which agencies have something to check (``examine_updates``).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

MIN_AGENCIES = 250
"""Agencies: fewer are checked sooner than another task starts."""
MAX_AGENCIES = 2000
"""Agencies: so many fit a worker's memory with five years of history, and are soon checked again."""


def split_among_workers(agencies: Sequence[str], workers: int) -> list[list[str]]:
    """Split agencies into batches of nearly the same size: one a worker, or, where these would be
    larger than ``MAX_AGENCIES``, a whole number of rounds of all workers."""
    number = min(workers, len(agencies) // MIN_AGENCIES or 1)
    while len(agencies) > number * MAX_AGENCIES:
        number += workers
    size, larger = divmod(len(agencies), number)
    starts = [place * size + min(place, larger) for place in range(number + 1)]
    batches = [[*agencies[start:end]] for start, end in pairwise(starts)]
    return [batch for batch in batches if batch]
