"""What is found in a table that an agency gave, and what is not judged."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.tables.table_samples import load_with_tables

from cpsa.checks.rule_kinds import apply_rules
from cpsa.checks.structure_rules import StructureResult, judge_structure
from cpsa.checks.submission_rules import Submission
from cpsa.framework.model import Framework
from cpsa.i18n.text import LANGUAGES
from cpsa.submissions.finding import Finding, describe_finding
from cpsa.submissions.table_rows import TableRow, TypedTable, TypedValue
from cpsa.submissions.update import TypedCell, Update

LISTS = {
    "department": {"DOIC": "DOIC", "DIC": "DOIC", "MSME": "MSME"},
    "scheme": {"MSE-CDP": "MSE-CDP"},
}
APPLICATIONS = ("department", "scheme", "opening", "filed", "approved", "over_30")
STEPS = ("step", "planned", "actual", "received", "due", "office")
Row = tuple[str, ...]


@pytest.fixture
def framework(tmp_path: Path) -> Framework:
    return load_with_tables(tmp_path)


def judge(
    framework: Framework, table: str, columns: Row, *rows: Row, total: str = ""
) -> StructureResult:
    """A file with a table; ``total``: the applications filed (FA3)."""
    typed = tuple(
        (
            f"line {line}",
            {
                code: TypedValue(text, f"line {line} {code}")
                for code, text in zip(columns, row, strict=True)
            },
        )
        for line, row in enumerate(rows, 2)
    )
    cells = (TypedCell("FA3", "", total, "line 1"),) if total else ()
    update = Update(cells, tables=(TypedTable(table, columns, typed),))
    form = framework.tables[table].form
    return judge_structure(update, "A1", "2026-27-Q1", form, framework, lists=LISTS)


def find(
    framework: Framework, judged: StructureResult, last: tuple[TableRow, ...] = ()
) -> list[Finding]:
    submission = Submission(judged, last_tables=dict.fromkeys(framework.tables, last))
    return [
        finding
        for case in (judged, submission)
        for finding in apply_rules(framework, case)
        if finding.rule.startswith("T")
    ]


def test_rows_are_understood_and_computed(framework: Framework) -> None:
    judged = judge(
        framework,
        "applications",
        APPLICATIONS,
        ("DIC", "mse-cdp", "5", "1,2०", "7", ""),
        total="20",
    )
    assert [finding.indicator for finding in judged.findings] == ["applications.filed"]
    judged = judge(
        framework, "applications", APPLICATIONS, ("DIC", "New one", "5", "10", "7", "8"), total="10"
    )
    (row,) = judged.tables["applications"].rows
    assert row.key == "DOIC/New one", "a former code, and an open list"
    assert row.get_figure("pending") == 800
    assert find(framework, judged) == []


@pytest.mark.parametrize(
    ("row", "column", "key"),
    [
        (("X9", "MSE-CDP", "", "1", "", ""), "department", "X9/MSE-CDP"),
        (("DOIC", "", "", "1", "", ""), "scheme", "DOIC/–"),
        (("DOIC", "MSE-CDP", "", "1.5", "", ""), "filed", "DOIC/MSE-CDP"),
        (("DOIC", "MSE-CDP", "-1", "1", "", ""), "opening", "DOIC/MSE-CDP"),
        (("DOIC", "MSE-CDP", "1", "", "1", ""), "filed", "DOIC/MSE-CDP"),
    ],
)
def test_a_value_that_cannot_be_used_returns_the_update(
    framework: Framework, row: Row, column: str, key: str
) -> None:
    judged = judge(framework, "applications", APPLICATIONS, row, total="9")
    (finding,) = find(framework, judged)
    assert (finding.rule, finding.severity) == ("T01", "error")
    assert (finding.indicator, finding.dimension) == (f"applications.{column}", key)
    assert finding.place == f"line 2 {column}"
    for language in LANGUAGES:
        said = describe_finding(finding, framework, language)
        assert "table.expected" not in said and finding.observed in said


def test_a_row_given_twice_is_found_once(framework: Framework) -> None:
    row = "DOIC", "MSE-CDP", "0", "1", "", ""
    judged = judge(framework, "applications", APPLICATIONS, row, row, total="1")
    (finding,) = find(framework, judged)
    assert finding.place == "line 3 department" and finding.expected.endswith("line 2")


def test_a_table_may_leave_the_row_out_and_report_it(framework: Framework) -> None:
    rows = ("CCC", "", "31.02.2026", "", "", ""), ("SPV", "", "2026-03-31", "", "", "")
    judged = judge(framework, "steps", STEPS, *rows)
    (finding,) = find(framework, judged)
    assert (finding.severity, finding.indicator) == ("warning", "steps.actual")
    assert [row.key for row in judged.tables["steps"].rows] == ["SPV"]


def test_sums_equal_an_indicator(framework: Framework) -> None:
    rows = ("DOIC", "MSE-CDP", "", "4", "", ""), ("MSME", "MSE-CDP", "", "5", "", "")
    assert find(framework, judge(framework, "applications", APPLICATIONS, *rows, total="9")) == []
    (finding,) = find(framework, judge(framework, "applications", APPLICATIONS, *rows, total="10"))
    assert (finding.rule, finding.indicator, finding.observed, finding.expected) == (
        *("T02", "applications.filed", "9", "10"),
    )


def test_dates_are_in_the_order_of_rows_and_columns(framework: Framework) -> None:
    rows = (
        ("CCC", "", "01.02.2026", "", "", ""),
        ("SPV", "", "", "", "", ""),
        ("DPR", "2026-01-31", "31/01/2026", "", "", ""),
    )
    by_row, _ = find(framework, judge(framework, "steps", STEPS, *rows))
    assert (by_row.rule, by_row.dimension) == ("T03", "DPR")
    assert (by_row.observed, by_row.expected) == ("2026-01-31", "2026-02-01")
    late = ("CCC", "2026-03-01", "2026-02-01", "", "", "")
    (by_column,) = find(framework, judge(framework, "steps", STEPS, late))
    assert (by_column.rule, by_column.indicator, by_column.severity) == (
        *("T04", "steps.actual", "warning"),
    )


def test_dates_by_row_go_by_the_order_of_the_choices(framework: Framework) -> None:
    rows = ("SPV", "", "2026-03-01", "", "", ""), ("CCC", "", "2026-02-01", "", "", "")
    judged = judge(framework, "steps", STEPS, *rows)
    assert [row.key for row in judged.tables["steps"].rows] == ["CCC", "SPV"]
    assert find(framework, judged) == []


def test_a_row_begins_where_it_ended(framework: Framework) -> None:
    before = judge(framework, "applications", APPLICATIONS, ("DOIC", "MSE-CDP", "5", "10", "7", ""))
    last = before.tables["applications"].rows
    rows = ("DOIC", "MSE-CDP", "7", "1", "", ""), ("MSME", "MSE-CDP", "3", "1", "", "")
    (finding,) = find(framework, judge(framework, "applications", APPLICATIONS, *rows), last)
    assert (finding.rule, finding.dimension) == ("T05", "DOIC/MSE-CDP")
    assert (finding.observed, finding.expected) == ("7", "8")


def test_what_is_left_of_a_row_that_is_gone_or_blank_is_asked_about(framework: Framework) -> None:
    before = judge(
        framework,
        "applications",
        APPLICATIONS,
        *(("DOIC", "MSE-CDP", "", "3", "", ""), ("MSME", "MSE-CDP", "", "2", "", "")),
        ("MSME", "Done", "", "2", "2", ""),
    )
    last = before.tables["applications"].rows
    row = "DOIC", "MSE-CDP", "", "1", "", ""
    found = find(framework, judge(framework, "applications", APPLICATIONS, row), last)
    assert [(one.dimension, one.observed, one.expected) for one in found] == [
        *(("DOIC/MSE-CDP", "0", "3"), ("MSME/MSE-CDP", "0", "2")),
    ]


def test_a_column_is_limited_by_another_and_by_nothing(framework: Framework) -> None:
    rows = ("DOIC", "MSE-CDP", "", "1", "", "2"), ("MSME", "MSE-CDP", "", "1", "3", "")
    above, below = find(framework, judge(framework, "applications", APPLICATIONS, *rows))
    assert (above.indicator, above.observed, above.expected) == ("applications.over_30", "2", "1")
    assert (below.indicator, below.observed, below.dimension) == (
        *("applications.pending", "-2", "MSME/MSE-CDP"),
    )


def test_a_table_that_was_not_given_is_not_judged(framework: Framework) -> None:
    shown = "DOIC", "MSE-CDP", "5", "", "", ""  # nothing but what the sheet shows by itself
    judged = judge(framework, "applications", APPLICATIONS, shown, total="9")
    assert judged.tables == {} and find(framework, judged) == []


def test_a_file_made_before_a_column_was_added_is_not_judged_by_it(framework: Framework) -> None:
    columns, row = APPLICATIONS[:3] + APPLICATIONS[4:5], ("DOIC", "MSE-CDP", "1", "3")
    judged = judge(framework, "applications", columns, row, total="9")
    assert judged.tables["applications"].columns == {*columns}
    assert find(framework, judged) == [], "neither the sum, nor what is computed from it"
