"""Agencies are shared out among the workers at hand: few tasks, none too large, all the same size."""

from __future__ import annotations

import pytest

from cpsa.services.examination.agency_batches import (
    MAX_AGENCIES,
    MIN_AGENCIES,
    split_among_workers,
)


@pytest.mark.parametrize(
    ("agencies", "workers", "batches"),
    [
        (0, 4, 0),
        (1, 4, 1),
        (MIN_AGENCIES * 2 - 1, 4, 1),
        (MIN_AGENCIES * 2, 4, 2),
        (4000, 2, 2),
        (4001, 2, 4),
        (7000, 2, 4),
        (7000, 8, 8),
        (MAX_AGENCIES + 1, 1, 2),
    ],
)
def test_batches_are_as_many_as_workers_or_rounds_of_them(
    agencies: int, workers: int, batches: int
) -> None:
    codes = [f"IA-{number:05}" for number in range(agencies)]
    found = split_among_workers(codes, workers)
    assert [code for batch in found for code in batch] == codes
    assert len(found) == batches
    sizes = {len(batch) for batch in found}
    assert not sizes or (max(sizes) - min(sizes) <= 1 and max(sizes) <= MAX_AGENCIES)
