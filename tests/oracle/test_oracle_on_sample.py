"""The oracle gives the sample's published results, as sets of rows."""

import csv
from pathlib import Path

import pytest
from tests.oracle.programme import load_programme
from tests.oracle.replay import FINDINGS, REPORTING, SCORES, Replay, Results

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "include" / "sample"
EXPECTED = ROOT / "tests" / "golden" / "expected"


@pytest.fixture(scope="module")
def results() -> Results:
    return Replay(load_programme(SAMPLE)).run()


@pytest.mark.parametrize(
    ("name", "columns"),
    [("findings", FINDINGS), ("scores", SCORES), ("reporting", REPORTING)],
)
def test_rows_are_the_published_ones(results: Results, name: str, columns: tuple[str, ...]) -> None:
    with (EXPECTED / f"{name}.csv").open(encoding="utf-8-sig", newline="") as handle:
        header, *rows = [tuple(row) for row in csv.reader(handle)]
    assert header == columns
    ours = getattr(results, name)
    assert len(ours) == len(set(ours))
    assert set(ours) == set(rows)
