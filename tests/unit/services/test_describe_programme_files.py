"""The JSON Schemas for editors: what is shipped fits them, and typing errors do not."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from tests.factories import INCLUDE
from tests.typing_errors import change, misspell, walk

from cpsa.services.describe_programme_files import describe_programme_files, write_schemas

SCHEMAS = describe_programme_files()
FOLDERS = (INCLUDE / "programme", INCLUDE.parent / "tests" / "foreign" / "programme")
FILES = [
    file
    for folder in FOLDERS
    for pattern in ("programme.yaml", "reference/*.yaml", "framework/*.yaml", "texts/*.yaml")
    for file in sorted(folder.glob(pattern))
]


def find_schema(file: Path) -> dict[str, Any]:
    part = file.parent.name
    return SCHEMAS[f"{part if part in ('framework', 'texts') else file.stem}.schema.json"]


def read(file: Path) -> Any:
    """What a file says, with texts where YAML would make dates of them."""
    return json.loads(json.dumps(yaml.safe_load(file.read_text("utf-8")), default=str))


def list_problems(file: Path, data: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(find_schema(file)).iter_errors(data)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parents[1].name}/{file.name}")
def test_what_is_there_fits_its_schema(file: Path) -> None:
    assert list_problems(file, read(file)) == []


@pytest.mark.parametrize(
    "file",
    [file for file in FILES if file.is_relative_to(FOLDERS[1]) and file.parent.name != "texts"],
    ids=lambda file: file.name,
)
def test_a_misspelt_key_is_marked(file: Path) -> None:
    data = read(file)
    missed = []
    for place in walk(data):
        # Codes and shared values are free, and so are districts and the columns of sums.
        if not isinstance(place[-1], str) or len(place) < 2 or place[-2] == "sums":
            continue
        if file.parent.name == "framework" and (
            len(place) == 2 or place[-2] in ("columns", "choices")
        ):
            continue
        if file.name == "districts.yaml" or place[0] in ("floors", "goes_with"):
            continue
        if not list_problems(file, change(copy.deepcopy(data), place, misspell)):
            missed.append(place)
    assert missed == []


@pytest.mark.parametrize(
    ("rule", "marked"),
    [
        ({"kind": "jump", "parameters": {"times": 3, "floors": {"inr": 1, "count": 1}}}, False),
        ({"parameters": {"times": 7}}, False),  # of a rule that an earlier file has
        ({"kind": "jump", "parameters": {"tims": 3}}, True),
        ({"kind": "jump", "parameters": {"times": 0}}, True),
        ({"kind": "jump", "parameters": {"floors": {"rupees": 1}}}, True),
        ({"kind": "jumps"}, True),
    ],
)
def test_parameters_are_those_of_the_rules_kind(rule: dict[str, Any], *, marked: bool) -> None:
    assert bool(list_problems(Path("framework/any.yaml"), {"rules": {"Q02": rule}})) == marked


def test_every_schema_is_one_and_is_written(tmp_path: Path) -> None:
    assert write_schemas(tmp_path / "schemas") == len(SCHEMAS)
    for name, schema in SCHEMAS.items():
        Draft202012Validator.check_schema(schema)
        assert json.loads((tmp_path / "schemas" / name).read_text("utf-8")) == schema
