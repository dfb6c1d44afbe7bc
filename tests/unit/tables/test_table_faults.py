"""Typing errors in tables and in rules about them: each is one fault, and no false one follows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests import typing_errors
from tests.typing_errors import Place, change_type, misspell, walk
from tests.unit.tables.table_samples import (
    FILE,
    QUARTER,
    SHIPPED,
    load_with_tables,
    make_tables,
    write_framework,
)

from cpsa.framework.loader import find_framework_faults, load_framework

# Entries by their codes: another code is another entry, and no misspelt key.
CODED = {
    ("tables",),
    ("rules",),
    ("tables", "applications", "columns"),
    ("tables", "steps", "columns"),
}


def list_places() -> list[Place]:
    """One place for each thing that the schema has: each key once for each type of column and kind of rule."""
    data: Any = make_tables()
    places: dict[Place, Place] = {}
    for place in walk(data):
        parts = ["*" if isinstance(step, int) else step for step in place]
        if place[0] == "rules" and len(place) > 1:
            parts[1] = data["rules"][place[1]]["kind"] if "parameters" in place else "*"
        elif len(place) > 1:
            parts[1] = "*"
            if len(place) > 3 and place[2] == "columns":
                parts[3] = "*"
        places.setdefault(tuple(parts), place)
    return list(places.values())


PLACES = list_places()
BELOW_TABLES = [place for place in PLACES if len(place) > 1]


def is_key(place: Place) -> bool:
    is_code = place[:-1] in CODED or place[-2] in ("choices", "sums")
    return isinstance(place[-1], str) and not is_code


def change(place: Place, edit: Callable[[Any, Any], None]) -> dict[str, Any]:
    return typing_errors.change(make_tables(), place, edit)


def require_one_fault(folder: Path, data: dict[str, Any], place: Place) -> None:
    faults = find_framework_faults(QUARTER, write_framework(folder, data))
    typing_errors.require_one_fault(faults, FILE, *place[:2])


def test_tables_without_a_fault_are_part_of_the_framework(tmp_path: Path) -> None:
    framework = load_with_tables(tmp_path)
    assert [table.code for table in framework.form_tables("FC")] == ["applications"]
    assert [table.code for table in framework.form_tables("IA")] == ["steps"]
    assert framework.definitions != load_framework(QUARTER, SHIPPED).definitions


@pytest.mark.parametrize("place", [place for place in BELOW_TABLES if is_key(place)], ids=str)
def test_a_misspelt_key_is_one_fault(tmp_path: Path, place: Place) -> None:
    require_one_fault(tmp_path, change(place, misspell), place[:2])


@pytest.mark.parametrize("place", BELOW_TABLES, ids=str)
def test_a_value_of_another_type_is_one_fault(tmp_path: Path, place: Place) -> None:
    require_one_fault(tmp_path, change(place, change_type), place[:2])


REFERENCES = (
    *("form", "prefill", "list", "table", "column", "opening", "closing", "FA3"),
    *("first", "second", "reached", "planned", "pending_with", "due", "received"),
    *("department", "subject", "number", "old"),
)


def is_reference(place: Place) -> bool:
    lists = {"key", "add", "subtract", "columns", "not_negative"}
    is_listed = isinstance(place[-1], int) and (place[-2] in lists or "limits" in place[:-2])
    return is_listed or place[-2] == "sums" or (place[-1] in REFERENCES and "label" not in place)


@pytest.mark.parametrize(
    "place",
    [
        place
        for place in BELOW_TABLES
        if (is_reference(place) and len(place) > 3) or place[-1] == "form"
    ],
    ids=str,
)
def test_a_name_of_nothing_is_one_fault(tmp_path: Path, place: Place) -> None:
    def dangle(parent: Any, key: Any) -> None:
        if isinstance(parent[key], str):
            parent[key] = "nowhere"

    data = change(place, dangle)
    if data != make_tables():
        require_one_fault(tmp_path, data, place[:2])


def test_tables_need_a_rule_for_values_that_cannot_be_used(tmp_path: Path) -> None:
    data = make_tables()
    del data["rules"]["T01"]
    require_one_fault(tmp_path, data, ("tables",))
