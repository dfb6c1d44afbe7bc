"""What belongs to a programme is in its folder: not in Python, SQL, texts or general templates.

The words are taken from the shipped folder. The name of the product itself, CPSA, is exempt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.house.sources import INCLUDE, PACKAGE, ROOT, name_of

from cpsa.calendar import Quarter
from cpsa.framework.loader import load_framework
from cpsa.reference.programme import Programme
from cpsa.reference.programme_texts import find_text_faults
from cpsa.reference.reference_data import Reference

SHIPPED = INCLUDE / "programme"
PROGRAMME = Programme.load(SHIPPED)
REFERENCE = Reference.load(SHIPPED / "reference")
FRAMEWORK = load_framework(Quarter.parse("2026-27-Q2"), SHIPPED / "framework")
READ = ("*.py", "*.sql", "*.yaml", "*.j2", "*.typ", "*.css", "*.js")
# Stored programs: what a migration wrote then stays.
LEFT_OUT = ("migrations",)


def general_files() -> Iterator[Path]:
    for folder in (
        PACKAGE,
        INCLUDE / "sql",
        INCLUDE / "templates",
        ROOT / "dags",
        ROOT / "plugins",
    ):
        for pattern in READ:
            for file in folder.rglob(pattern):
                if not set(LEFT_OUT) & set(file.parts):
                    yield file


FILES = {file: file.read_text("utf-8") for file in general_files()}


def find(pattern: str, suffixes: tuple[str, ...] = ()) -> list[str]:
    wanted = re.compile(pattern)
    return sorted(
        f"{name_of(file)}: {found[0]}"
        for file, content in FILES.items()
        if not suffixes or file.suffix in suffixes
        for found in wanted.finditer(content)
    )


def any_of(words: list[str]) -> str:
    return "|".join(map(re.escape, sorted(words)))


def test_the_files_are_those_that_are_meant() -> None:
    assert {file.suffix for file in FILES} >= {".py", ".sql", ".yaml", ".j2"}
    assert len(FILES) > 500


@pytest.mark.parametrize("label", [PROGRAMME.name, PROGRAMME.state, PROGRAMME.short_name])
def test_no_name_of_the_programme_is_outside_its_folder(label) -> None:
    names = [one for one in label.list_labels() if one != "CPSA"]
    assert find(any_of(names)) == []


def test_no_agency_is_called_by_the_programmes_word() -> None:
    names = [word for form in FRAMEWORK.forms.values() for word in form.label.list_labels()]
    assert len(names) > 2
    assert find(f"(?i){any_of(names)}") == []


def test_no_text_names_an_indicator_or_a_step_of_the_programme() -> None:
    assert find(rf"\b(?:{any_of(list(FRAMEWORK.by_code))})\b", (".yaml", ".j2")) == []
    named = "(?i)cluster development programme|क्लस्टर विकास कार्यक्रम"
    assert find(rf"{named}|common facilit|\bDPR\b") == []


def test_no_part_of_a_road_map_is_cited() -> None:
    assert find(r"\b(Annex|Chapter|Table) [0-9]|(?:अनुलग्नक|अध्याय|तालिका) [0-9]") == []


@pytest.mark.parametrize("table", ["forms", "departments", "statuses"])
def test_no_code_of_the_programme_decides(table: str) -> None:
    """As a whole text of Python or SQL, or within quotes in a template."""
    codes = {
        "forms": [form for form in FRAMEWORK.forms if form != "CPSA"],
        "departments": list(REFERENCE.department_codes),
        "statuses": list(FRAMEWORK.statuses),
    }[table]
    found = find(rf"""(["'])(?:{any_of(codes)})\1""")
    assert found == []


def test_no_agency_code_is_recognised_by_its_form() -> None:
    """As in a pattern of ``(A|B)-``."""
    forms = any_of(list(FRAMEWORK.forms))
    assert find(rf"\b(?:{forms})\|(?:{forms})\b") == []


def test_the_programmes_own_texts_fit_the_programs() -> None:
    assert [str(fault) for fault in find_text_faults(SHIPPED)] == []
