"""Typing errors in a table of clusters and its rules are faults of the framework, and name what is expected."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.factories import INCLUDE

from cpsa.calendar import Quarter
from cpsa.framework.loader import find_framework_faults, load_framework

SHIPPED = INCLUDE / "programme" / "framework"
Q4 = Quarter.parse("2026-27-Q4")


@pytest.mark.parametrize(
    ("amended", "says"),
    [
        ("tables: {clusters: {clusters: {answer: basis}}}", "UNCHANGED, CHANGED, CLOSED, NEW"),
        ("tables: {clusters: {clusters: {answer: nowhere}}}", "UNCHANGED, CHANGED, CLOSED, NEW"),
        ("tables: {clusters: {quarter_of_year: 5}}", "quarter_of_year"),
        ("rules: {P10: {parameters: {columns: [name_en]}}}", "count | inr"),
        ("rules: {P10: {parameters: {share: 0}}}", "share"),
        ("rules: {P10: {parameters: {except: [GONE]}}}", "GONE"),
        ("rules: {P14: {parameters: {named: nowhere}}}", "nowhere"),
        ("rules: {P14: {parameters: {new: FRESH}}}", "FRESH"),
        ("rules: {P14: {parameters: {required: {GONE: [as_of]}}}}", "GONE"),
        ("rules: {P14: {parameters: {required: {NEW: [nowhere]}}}}", "nowhere"),
        ("rules: {P15: {parameters: {changing: [GONE]}}}", "GONE"),
        ("rules: {P15: {parameters: {columns: [nowhere]}}}", "nowhere"),
    ],
)
def test_it_is_one_fault(tmp_path: Path, amended: str, says: str) -> None:
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "framework"))
    (folder / "2020-21-Q1.zz.yaml").write_text(amended, "utf-8")
    (fault,) = find_framework_faults(Q4, folder)
    for language in ("en", "hi"):
        assert says in fault.text(language)


def test_the_share_of_p10_is_a_parameter(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "framework"))
    (folder / "2020-21-Q1.zz.yaml").write_text("rules: {P10: {parameters: {share: 0.3}}}", "utf-8")
    assert load_framework(Q4, folder).rules["P10"].parameters["share"] == 0.3


def test_definitions_do_not_change_with_the_quarter_of_the_year() -> None:
    third, fourth = (load_framework(Quarter.parse(f"2026-27-Q{n}"), SHIPPED) for n in (3, 4))
    assert (third.version, third.definitions) == (fourth.version, fourth.definitions)
    assert [table.code for table in third.form_tables("FC")] == ["applications"]
    assert [table.code for table in fourth.form_tables("FC")] == ["applications", "clusters"]
