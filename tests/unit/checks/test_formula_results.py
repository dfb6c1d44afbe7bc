"""Q08: a figure that is the stored result of a formula, where that may never have been calculated."""

from __future__ import annotations

import re

import pytest
from tests.unit.checks.examining import NOW, key
from tests.unit.intake.readers.workbook.samples import changed, filled, sheet_part

from cpsa.checks.rule_kinds import apply_rules
from cpsa.checks.structure_rules import judge_structure
from cpsa.checks.submission_rules import Submission
from cpsa.intake.readers.workbook.workbook_reader import read_workbook
from cpsa.intake.readers.workbook.workbook_update import WorkbookUpdate
from cpsa.submissions.update import TypedCell, Update

KEY = ("Q08", "OP2", "")


def update(text: str, formula: str = "=A1", outdated: bool = False) -> Update:
    return Update((TypedCell("OP2", "", text, "Output!F7", formula=formula, outdated=outdated),))


@pytest.mark.parametrize(
    ("text", "formula", "outdated", "is_found"),
    [
        ("0", "=SUM(1,2)", False, True),
        ("5", "=F6*2", True, True),
        ("5", "=F6*2", False, False),
        ("0", "", False, False),
        ("5", "", False, False),
        ("#N/A", "=NA()", True, False),  # no number at all: S01
    ],
)
def test_a_result_of_zero_or_out_of_date_is_asked_about(
    framework, text, formula, outdated, is_found
) -> None:
    judged = judge_structure(update(text, formula, outdated), "IA-A", NOW, "IA", framework)
    findings = apply_rules(framework, Submission(judged))
    assert [key(finding) for finding in findings] == ([KEY] if is_found else [])
    assert all(finding.severity == "warning" for finding in findings)
    assert all(finding.observed == text for finding in findings)


def stored(formula: str, result: str, calculation: str = "") -> WorkbookUpdate:
    """A filled template in which OP2 is a formula with a stored result, as other programs leave it."""
    content = filled({"in_OP2_total": 987654})
    part = sheet_part(content, "Output")
    content = changed(
        content,
        part,
        lambda xml: xml.replace(b"<v>987654</v>", f"<f>{formula}</f><v>{result}</v>".encode()),
    )
    content = changed(
        content,
        "xl/workbook.xml",
        lambda xml: re.sub(rb"<calcPr[^>]*/>", f"<calcPr{calculation}/>".encode(), xml),
    )
    update = read_workbook(content)
    assert isinstance(update, WorkbookUpdate), update
    return update


def cell(update: WorkbookUpdate) -> TypedCell:
    return next(one for one in update.update.cells if (one.indicator, one.dimension) == ("OP2", ""))


@pytest.mark.parametrize("calculation", [' calcMode="manual"', ' fullCalcOnLoad="1"'])
def test_a_workbook_says_when_its_results_may_be_out_of_date(calculation: str) -> None:
    found = cell(stored("F6*2", "5", calculation))
    assert (found.text, found.formula, found.outdated) == ("5", "=F6*2", True)


def test_a_calculated_result_is_not_out_of_date() -> None:
    found = cell(stored("F6*2", "5"))
    assert (found.text, found.formula, found.outdated) == ("5", "=F6*2", False)
