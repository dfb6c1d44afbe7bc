"""The benchmark of tables: what it writes can be read without a fault, and its line has the target."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.programme import FRAMEWORK, Programme, make_programme
from bench.quarter_with_tables import make_line
from bench.table_files import write_tables

from cpsa.checks.structure_rules import judge_structure
from cpsa.intake.readers.read_update import read_table_file
from cpsa.intake.readers.table_csv_reader import split_table_name
from cpsa.reference.reference_data import Reference


@pytest.fixture(scope="module")
def programme() -> Programme:
    return make_programme({"IA": 3, "FC": 2}, 1, seed=5)


TABLES = {"IA": ("milestones", "money"), "FC": ("applications",)}


def test_each_agency_gives_the_tables_of_its_form_without_a_fault(
    programme: Programme, tmp_path: Path
) -> None:
    framework = programme.framework
    reference = Reference.load(FRAMEWORK.parent / "reference")
    lists = {
        "department": reference.department_codes,
        "scheme": {code: code for code in reference.schemes},
    }
    (tmp_path / programme.quarter).mkdir()
    seen = []
    for file in write_tables(programme, tmp_path):
        agency, code = split_table_name(file.name)
        form = agency.partition("-")[0]
        table = framework.tables[code]
        read = read_table_file(file.read_bytes(), table)
        judged = judge_structure(read, agency, programme.quarter, form, framework, lists=lists)
        assert (judged.refused, judged.findings) == (None, ())
        assert judged.tables[code].whole
        seen.append((form, code))
    expected = [
        (form, code)
        for form, number in (("IA", 3), ("FC", 2))
        for code in TABLES[form]
        for _ in range(number)
    ]
    assert sorted(seen) == sorted(expected)


def test_its_line_compares_the_sums_of_the_stages() -> None:
    bare = {"collect": 1.0, "check": 2.0, "close": 1.0}
    line = make_line({False: [bare], True: [{**bare, "check": 4.0}]}, 20, 30)
    assert line.ratio is not None
    assert (line.ratio.median, line.target, line.is_met) == (1.5, 1.4, False)
    assert "check 2.00 to 4.00 s" in line.note
