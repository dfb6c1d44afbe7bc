"""The programme's own tables: each of its rules from both sides of its limit, in CSV and workbook."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from openpyxl import load_workbook
from tests.factories import HEADER, csv_text
from tests.unit.intake.readers.workbook.samples import (
    AGENCIES,
    QUARTER,
    blank,
    cell,
    reference,
    saved,
)
from tests.unit.tables.table_samples import SHIPPED

from cpsa.checks.rule_kinds import apply_rules
from cpsa.checks.structure_rules import StructureResult, judge_structure
from cpsa.checks.submission_rules import Submission
from cpsa.framework.loader import load_framework
from cpsa.framework.model import Framework
from cpsa.i18n.text import LANGUAGES
from cpsa.intake.readers.read_update import read_table_file, read_update
from cpsa.intake.readers.workbook.workbook_update import WorkbookUpdate
from cpsa.submissions.finding import Finding, describe_correction, describe_finding
from cpsa.submissions.table_rows import GivenTable, TableRow
from cpsa.submissions.update import Update

ARRIVED = date(2026, 7, 15)
DAY = "2026-07-15"
RULES = ("S08", "P02", "P03", "P04", "P05", "P06", "P07", "P08", "P09")
FORMS = {"milestones": "IA", "money": "IA", "applications": "FC"}
CHANNELS = ("csv", "workbook")
Row = Mapping[str, object]


@pytest.fixture(scope="module")
def framework() -> Framework:
    return load_framework(QUARTER, SHIPPED)


def steps(column: str = "actual", **dates: str) -> list[Row]:
    return [{"step": step, column: day} for step, day in dates.items()]


def money(**given: object) -> list[Row]:
    return [{"source": "CENTRE", **given}]


def application(department: str = "DOIC", scheme: str = "MSE-CDP", **given: object) -> Row:
    return {"department": department, "scheme": scheme, "filed": 0} | given


def make_owner(table: str) -> tuple[str, str]:
    return AGENCIES[FORMS[table]], QUARTER.key


def read_csv(
    framework: Framework, table: str, rows: Sequence[Row], totals: Mapping[str, int]
) -> Update:
    """The table's own file, with the figures of the update before it."""
    columns = [column.code for column in framework.tables[table].filled_columns]
    lines = [[*make_owner(table), *(row.get(code, "") for code in columns)] for row in rows]
    content = csv_text([("agency", "quarter", *columns), *lines]).encode()
    given = read_table_file(content, framework.tables[table])
    figures = [[*make_owner(table), code, "", value, ""] for code, value in totals.items()]
    update = read_update(csv_text([HEADER, *figures]).encode())
    assert isinstance(given, Update) and isinstance(update, Update)
    return replace(update, tables=given.tables)


def read_workbook(
    framework: Framework, table: str, rows: Sequence[Row], totals: Mapping[str, int]
) -> Update:
    """The agency's workbook, filled in."""
    book = load_workbook(io.BytesIO(blank(FORMS[table])))
    entry = framework.tables[table]
    listed = list(entry.listed_keys)
    for number, row in enumerate(rows):
        place = listed.index(str(row[entry.key[0]])) if listed else number
        for code, value in row.items():
            if not (listed and code in entry.key):
                cell(book, f"table_{table}_{code}", place).value = value
    for code, value in totals.items():
        cell(book, f"in_{code}_total").value = value
    found = read_update(saved(book))
    assert isinstance(found, WorkbookUpdate) and found.sheet_fault is None
    return found.update


READERS: Mapping[str, Any] = {"csv": read_csv, "workbook": read_workbook}


def judge(
    framework: Framework,
    channel: str,
    table: str,
    rows: Sequence[Row],
    totals: Mapping[str, int] | None = None,
) -> StructureResult:
    update = READERS[channel](framework, table, rows, totals or {})
    lists = {
        "department": reference().department_codes,
        "scheme": {code: code for code in reference().schemes},
    }
    return judge_structure(update, *make_owner(table), FORMS[table], framework, lists=lists)


def find(
    framework: Framework,
    channel: str,
    table: str,
    rows: Sequence[Row],
    totals: Mapping[str, int] | None = None,
    last: Sequence[Row] = (),
) -> list[Finding]:
    """The findings about tables, of an update that arrived on 15 July 2026."""
    last_tables: dict[str, tuple[TableRow, ...]] = {}
    if last:
        before = judge(framework, "csv", table, last).tables[table]
        assert isinstance(before, GivenTable)
        last_tables[table] = before.rows
    judged = judge(framework, channel, table, rows, totals)
    submission = Submission(judged, last_tables=last_tables, arrived_on=ARRIVED)
    return [
        finding
        for case in (judged, submission)
        for finding in apply_rules(framework, case)
        if finding.rule in RULES
    ]


# Rule, table, rows, and where it is found: column, row. Without a rule nothing is found.
ONE_UPDATE: list[tuple[str, str, list[Row], str, str]] = [
    ("", "milestones", steps(CCC=DAY), "", ""),
    ("P02", "milestones", steps(CCC="2026-07-16"), "actual", "CCC"),
    ("", "milestones", steps("planned", CCC="2026-07-16"), "", ""),
    ("", "milestones", steps(CCC="2026-01-31", STUDY="2026-01-31"), "", ""),
    ("P03", "milestones", steps(CCC="2026-01-31", STUDY="2026-01-30"), "actual", "STUDY"),
    ("", "milestones", steps(CCC="2026-01-31", WORKING="2026-01-31"), "", ""),
    ("P03", "milestones", steps(CCC="2026-01-31", WORKING="2026-01-30"), "actual", "WORKING"),
    ("", "milestones", steps("planned", CCC="2026-01-31", STUDY="2026-01-30"), "", ""),
    ("", "milestones", steps(SOFT="2024-02-29", DPR="2025-02-28"), "", ""),
    ("P04", "milestones", steps(SOFT="2024-02-29", DPR="2025-02-27"), "actual", "DPR"),
    ("", "milestones", steps(SOFT="2025-03-31", DPR="2026-03-31"), "", ""),
    ("P04", "milestones", steps(SOFT="2025-03-31", DPR="2026-03-30"), "actual", "DPR"),
    ("P04", "milestones", steps(DPR="2026-03-31"), "actual", "DPR"),
    ("", "milestones", steps(SOFT="2025-03-31"), "", ""),
    ("", "milestones", steps("planned", DPR="2026-12-31"), "", ""),
    ("", "money", money(due=5_00_000, received=5_00_000), "", ""),
    ("P06", "money", money(due=5_00_000, received="5,00,000.01"), "received", "CENTRE"),
    ("P06", "money", money(due=0, received=1), "received", "CENTRE"),
    ("", "money", money(received=1), "", ""),
    ("", "applications", [application(opening=2, filed=1, refused=3)], "", ""),
    (
        *("P09", "applications", [application(opening=2, filed=1, approved=1, refused=3)]),
        *("pending", "DOIC/MSE-CDP"),
    ),
    ("", "applications", [application(opening=4, over_30=4, over_90=4)], "", ""),
    (
        *("P09", "applications", [application(opening=4, over_30=5, over_90=4)]),
        *("over_30", "DOIC/MSE-CDP"),
    ),
    (
        *("P09", "applications", [application(opening=4, over_30=3, over_90=4)]),
        *("over_90", "DOIC/MSE-CDP"),
    ),
    ("P09", "applications", [application(opening=4, over_90=5)], "over_90", "DOIC/MSE-CDP"),
    ("S08", "milestones", steps(CCC="31.02.2026"), "actual", "CCC"),
    ("S08", "money", money(due="ten"), "due", "CENTRE"),
    ("S08", "applications", [application("DOIC", "", filed=1)], "scheme", "DOIC/–"),
]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(("rule", "table", "rows", "column", "key"), ONE_UPDATE)
def test_a_rule_finds_what_is_beyond_its_limit_and_nothing_else(
    framework: Framework,
    rule: str,
    table: str,
    rows: list[Row],
    column: str,
    key: str,
    channel: str,
) -> None:
    found = find(framework, channel, table, rows)
    wanted = [(rule, f"{table}.{column}", key)] if rule else []
    assert [(one.rule, one.indicator, one.dimension) for one in found] == wanted
    assert all(("!" in one.place) == (channel == "workbook") and one.place for one in found)


TOTALS: list[tuple[list[str], dict[str, int], list[Row]]] = [
    ([], {"FA3": 7, "FA4": 2}, [application(filed=3, approved=2), application("DOMSME", filed=4)]),
    (["filed"], {"FA3": 8, "FA4": 2}, [application(filed=7, approved=2)]),
    (["approved"], {"FA3": 7, "FA4": 1}, [application(filed=7, approved=2)]),
    (["filed", "approved"], {"FA3": 6, "FA4": 1}, [application(filed=7, approved=2)]),
    ([], {"FA3": 7, "FA4": 0}, [application(filed=7)]),
    (["approved"], {"FA3": 7, "FA4": 1}, [application(filed=7)]),
    ([], {}, [application(filed=7)]),
]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(("columns", "totals", "rows"), TOTALS)
def test_all_rows_add_up_to_the_form(
    framework: Framework,
    columns: list[str],
    totals: dict[str, int],
    rows: list[Row],
    channel: str,
) -> None:
    found = find(framework, channel, "applications", rows, totals)
    assert [(one.rule, one.indicator) for one in found] == [
        ("P07", f"applications.{column}") for column in columns
    ]


BEFORE: list[Row] = [
    {"step": "CCC", "planned": "2025-05-01", "actual": "2025-05-10"},
    {"step": "STUDY", "planned": "2026-09-30"},
]
KEPT: list[tuple[list[Row], list[tuple[str, str, str, str]]]] = [
    (BEFORE, []),
    ([{**BEFORE[0], "pending_with": "DOMSME"}, {**BEFORE[1], "actual": "2026-06-01"}], []),
    (
        [{**BEFORE[0], "actual": "2025-05-11"}, BEFORE[1]],
        [("actual", "CCC", "2025-05-11", "2025-05-10")],
    ),
    (
        [BEFORE[0], {"step": "STUDY", "planned": "2026-10-01"}],
        [("planned", "STUDY", "2026-10-01", "2026-09-30")],
    ),
    (
        [{"step": "CCC", "planned": "2025-05-01"}, BEFORE[1]],
        [("actual", "CCC", "", "2025-05-10")],
    ),
    ([BEFORE[0]], [("planned", "STUDY", "", "2026-09-30")]),
]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(("rows", "wanted"), KEPT)
def test_a_recorded_date_that_changed_or_is_gone_is_asked_about(
    framework: Framework, rows: list[Row], wanted: list[tuple[str, str, str, str]], channel: str
) -> None:
    found = find(framework, channel, "milestones", rows, last=BEFORE)
    assert [(one.rule, one.severity) for one in found] == [("P05", "warning")] * len(wanted)
    assert [(one.indicator, one.dimension, one.observed, one.expected) for one in found] == [
        (f"milestones.{column}", *rest) for column, *rest in wanted
    ]


LEFT = [application(filed=5, approved=1), application("DOMSME", filed=2, refused=2)]
OPENINGS: list[tuple[list[Row], list[str]]] = [
    ([application(opening=4), application("DOMSME", filed=1)], []),
    ([application(opening=4)], []),
    ([application(opening=3), application("DOMSME", filed=1)], ["DOIC/MSE-CDP"]),
    ([application(opening=4), application("DOMSME", opening=1)], ["DOMSME/MSE-CDP"]),
    ([application(filed=4)], ["DOIC/MSE-CDP"]),
    ([application("DOMSME", filed=1)], ["DOIC/MSE-CDP"]),
    ([application(opening=4), application("DOMSME", "New one", opening=9)], []),
]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(("rows", "keys"), OPENINGS)
def test_the_opening_is_what_was_pending(
    framework: Framework, rows: list[Row], keys: list[str], channel: str
) -> None:
    found = find(framework, channel, "applications", rows, last=LEFT)
    assert [(one.rule, one.dimension) for one in found] == [("P08", key) for key in keys]


def test_a_file_that_has_not_arrived_has_no_date_to_come(framework: Framework) -> None:
    judged = judge(framework, "csv", "milestones", steps(CCC="2026-12-31"))
    assert [one.rule for one in apply_rules(framework, Submission(judged))] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_findings_are_in_words(framework: Framework, language: str) -> None:
    rows = steps(SOFT="2026-02-01", DPR="2026-07-16")
    passed, apart = find(framework, "csv", "milestones", rows)
    for finding in (passed, apart):
        text = describe_finding(finding, framework, language)
        label = framework.tables["milestones"].columns["step"].choices["DPR"].in_(language)
        assert "16.07.2026" in text and label in text
        assert describe_correction(finding, framework, language)
    (gone,) = find(framework, "csv", "milestones", BEFORE[:1], last=BEFORE)
    assert "– " in describe_finding(gone, framework, language)


def test_severities_and_waivers_are_the_decided_ones(framework: Framework) -> None:
    rules = {id_: framework.rules[id_] for id_ in RULES}
    assert {id_ for id_, rule in rules.items() if not rule.is_error} == {"P04", "P05", "P08"}
    assert {id_ for id_, rule in rules.items() if rule.waivable} == {"P03", "P06", "P07"}
