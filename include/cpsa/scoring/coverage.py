"""Which quarters count as due for an agency (domain.md, "Scores"): what coverage is measured by.

Pure: keys in, keys out. What must not go here: who was requested, which the store knows.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from cpsa.calendar import Quarter


def quarters_due(
    active_from: str,
    active_to: str,
    first: str,
    until: str,
    not_requested: Collection[str] = (),
    with_update: Collection[str] = (),
) -> tuple[str, ...]:
    """The quarters an agency's update was due for, up to one of them, oldest first.

    All arguments are quarter keys; ``active_to`` is blank where there is no end. ``first``: the
    programme's first quarter. A quarter in ``not_requested`` counts only if an update was received.
    """
    since, last = max(active_from, first), min(until, active_to or until)
    if since > last:
        return ()
    every = _list_keys(since, last)
    if not not_requested:
        return every
    return tuple(key for key in every if key not in not_requested or key in with_update)


@lru_cache
def _list_keys(first: str, last: str) -> tuple[str, ...]:
    return tuple(
        quarter.key for quarter in Quarter.range(Quarter.parse(first), Quarter.parse(last))
    )
