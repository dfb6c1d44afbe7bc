"""The yearly sheet of clusters: when it is asked for, what it shows, and what is found in it, by CSV and workbook."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from openpyxl import load_workbook
from tests.factories import Clerk
from tests.stores import sqlite_only
from tests.unit.clusters.cluster_office import (
    CENTRE,
    NEXT,
    ORIGIN,
    Q3,
    Q4,
    answer,
    find,
    make_row,
    open_office,
)
from tests.unit.intake.readers.workbook.samples import cell

from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.workbooks.build_template import build_template

CHANNELS = ("csv", "workbook")
RULES = ("S08", "P14", "P15", "P16")


@pytest.fixture
def clerk(office: AppContext, tmp_path: Path) -> Clerk:
    return open_office(office, tmp_path)


def test_only_the_workbook_of_the_fourth_quarter_has_the_sheet(clerk: Clerk) -> None:
    names = {
        quarter: load_workbook(
            io.BytesIO(build_template(clerk.office, CENTRE, Quarter.parse(quarter)))
        ).sheetnames
        for quarter in (Q3, Q4, NEXT)
    }
    assert ["Clusters" in names[quarter] for quarter in (Q3, Q4, NEXT)] == [False, True, False]


def test_the_sheet_shows_the_clusters_that_go_on_in_the_district(clerk: Clerk) -> None:
    book = load_workbook(io.BytesIO(build_template(clerk.office, CENTRE, Quarter.parse(Q4))))
    codes = [cell(book, "table_clusters_code", place).value for place in range(3)]
    assert codes == ["CL-A", "CL-B", None]
    shown = {
        name: cell(book, f"table_clusters_{name}").value
        for name in ("name_en", "nic", "units_micro", "units_medium", "output_rupees", "answer")
    }
    assert shown == {
        "name_en": "Cluster A",
        "nic": "14101",
        "units_micro": 100,
        "units_medium": None,
        "output_rupees": 50_000_000,
        "answer": None,
    }
    assert cell(book, "table_clusters_code").protection.locked
    assert not cell(book, "table_clusters_jobs").protection.locked
    assert len(book["Clusters"].col_breaks.brk) == 2, "letters stay readable on paper"


# What is answered, and what is found: rule, column, cluster.
ANSWERS: list[tuple[list[dict[str, object]], list[tuple[str, str, str]]]] = [
    ([make_row("CL-A"), make_row("CL-B", name_en="Cluster B")], []),
    ([make_row("CL-A", "UNCHANGED")], []),
    ([make_row("CL-A", "Unchanged")], []),
    ([make_row("CL-A", "अपरिवर्तित")], []),
    ([make_row("CL-A", "UNCHANGED – अपरिवर्तित")], []),
    ([make_row("CL-A", "CHANGED", jobs=1001, **ORIGIN)], []),
    (
        [make_row("CL-A", "CHANGED", jobs=1001)],
        [("P14", "as_of", "CL-A"), ("P14", "basis", "CL-A"), ("P14", "source", "CL-A")],
    ),
    ([make_row("CL-A", "UNCHANGED", jobs=1001)], [("P15", "jobs", "CL-A")]),
    ([make_row("CL-A", "", name_en="Another")], [("P15", "name_en", "CL-A")]),
    ([make_row("CL-A", "CLOSED")], []),
    ([make_row("CL-X", "CHANGED", **ORIGIN)], [("P14", "code", "CL-X")]),
    ([make_row("CL-FAR", "UNCHANGED")], [("P14", "code", "CL-FAR")]),
    ([make_row("CL-GONE", "CLOSED")], [("P14", "code", "CL-GONE")]),
    ([make_row("CL-NEW", "NEW", **ORIGIN)], []),
    ([make_row("CL-NEW", "NEW", name_hi="", **ORIGIN)], [("P14", "name_hi", "CL-NEW")]),
    ([make_row("CL-A", "CHANGED", units_women=140, **ORIGIN)], []),
    ([make_row("CL-A", "CHANGED", units_women=141, **ORIGIN)], [("P16", "units_women", "CL-A")]),
    ([make_row("CL-A", "CHANGED", jobs_women=1001, **ORIGIN)], [("P16", "jobs_women", "CL-A")]),
    (
        [make_row("CL-A", "CHANGED", exports_rupees="50000000.01", **ORIGIN)],
        [("P16", "exports_rupees", "CL-A")],
    ),
    ([make_row("CL-A", "PERHAPS")], [("S08", "answer", "CL-A")]),
    ([make_row("CL-A", "CHANGED", sector="textiles", **ORIGIN)], [("S08", "sector", "CL-A")]),
    (
        [make_row("CL-A", "CHANGED", **{**ORIGIN, "as_of": "31.02.2026"})],
        [("S08", "as_of", "CL-A")],
    ),
]


@sqlite_only
@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(("rows", "wanted"), ANSWERS)
def test_an_answer_that_cannot_be_is_found_at_its_cell(
    clerk: Clerk,
    tmp_path: Path,
    channel: str,
    rows: list[dict[str, object]],
    wanted: list[tuple[str, str, str]],
) -> None:
    state = answer(clerk, tmp_path, channel, *rows)
    found = find(clerk.office, *RULES)
    assert sorted(one[:3] for one in found) == sorted(
        (rule, f"clusters.{column}", code) for rule, column, code in wanted
    )
    returned = any(rule != "P15" for rule, _, _ in wanted)
    assert state == ("returned" if returned else "accepted")


def test_an_unknown_cluster_is_told_the_nearest_of_the_sheet(clerk: Clerk, tmp_path: Path) -> None:
    answer(clerk, tmp_path, "csv", make_row("CL-BB", "UNCHANGED"))
    (found,) = find(clerk.office, "P14")
    assert found[3:] == ("CL-BB", "table.expected.offered: CL-B")
