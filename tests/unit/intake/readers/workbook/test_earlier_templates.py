"""Templates that earlier versions of the program sent stay valid: one of each, filled, is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.intake.readers.workbook.samples import KEY, QUARTER, framework

from cpsa.checks.structure_rules import judge_structure
from cpsa.intake.readers.workbook.template_seal import SealState, find_seal_state
from cpsa.intake.readers.workbook.workbook_reader import read_workbook
from cpsa.intake.readers.workbook.workbook_update import WorkbookUpdate

EARLIER = sorted((Path(__file__).parent / "earlier").glob("*.xlsx"))
FIGURES = {
    ("A1", ""): "7",
    ("A2", ""): "१०",
    ("B1", ""): "25000000",
    ("B2", ""): "11.8 lakh",
    ("OP2", ""): "120",
    ("OP2", "women"): "45",
    ("OC1", ""): "-1250000.25",
}
HUNDREDTHS = {
    ("A1", ""): 7_00,
    ("A2", ""): 10_00,
    ("B1", ""): 25_000_000_00,
    ("B2", ""): 1_180_000_00,
    ("OP2", ""): 120_00,
    ("OP2", "women"): 45_00,
    ("OC1", ""): -1_250_000_25,
}


def test_one_is_kept_of_version_1_1() -> None:
    assert "b8809c1" in [file.stem for file in EARLIER]


@pytest.mark.parametrize("file", EARLIER, ids=lambda file: file.stem)
def test_a_template_sent_before_is_whole_and_has_the_same_figures(file: Path) -> None:
    read = read_workbook(file.read_bytes())
    assert isinstance(read, WorkbookUpdate)
    state = find_seal_state(read.seal, KEY, "IA-INDPH", QUARTER.key, framework())
    assert state is SealState.OK
    said = {(one.indicator, one.dimension): one.text for one in read.update.cells if one.text}
    assert said == FIGURES
    assert not any(cell.doubt for cell in read.update.cells)
    assert [(one.about, one.text) for one in read.explanations] == [("OP2", "two at once")]
    assert read.sheet_fault is None
    judged = judge_structure(read.update, "IA-INDPH", QUARTER.key, "IA", framework())
    assert {key: fact.hundredths for key, fact in judged.facts.items()} == HUNDREDTHS
    assert not judged.findings
    assert not read.officer
