"""Typing errors in a programme's files, made from what is shipped: each is one fault, and no false one follows."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests import typing_errors
from tests.factories import INCLUDE
from tests.typing_errors import Place, change_type, misspell, walk

from cpsa.errors import RequestError
from cpsa.i18n.text import LANGUAGES
from cpsa.services.check_programme import check_programme, require_good_programme

SHIPPED = INCLUDE / "programme"
FILES = ("programme.yaml", *(f"reference/{file.name}" for file in SHIPPED.glob("reference/*.yaml")))
NOWHERE = "ZZ9"


def read(file: str) -> Any:
    """What a file says, with texts where YAML would make dates of them."""
    return json.loads(json.dumps(yaml.safe_load((SHIPPED / file).read_text("utf-8")), default=str))


DATA = {file: read(file) for file in FILES}


def list_places(file: str) -> list[Place]:
    """One place for each thing that the schema has: the first entry that has it."""
    places: dict[Place, Place] = {}
    for path in walk(DATA[file]):
        shape = tuple("*" if isinstance(step, int) else step for step in path)
        places.setdefault(shape, path)
    return list(places.values())


# Without totals by code, where one more is one less as well.
PLACES = [
    (file, path)
    for file in DATA
    for path in list_places(file)
    if path[:2] not in (("printed", "stages_lakh"), ("printed", "sources_lakh")) or len(path) < 3
]


def get_kind(file: str, path: Place) -> tuple[str, type]:
    """The file of a value and its type."""
    value = DATA[file]
    for step in path:
        value = value[step]
    return file, type(value)


# Each commit one value of each type in each file, each night every place.
OF_EACH_TYPE = set({get_kind(file, path): (file, path) for file, path in PLACES}.values())
TYPED_PLACES = [
    pytest.param(*place, marks=() if place in OF_EACH_TYPE else pytest.mark.nightly)
    for place in PLACES
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "programme"))


def find_faults(folder: Path) -> tuple[RequestError, ...]:
    return check_programme(folder, SHIPPED / "framework", folder / "reference")


def change(folder: Path, file: str, path: Place, change_in: Callable[[Any, Any], None]) -> None:
    data = typing_errors.change(DATA[file], path, change_in)
    (folder / file).write_text(json.dumps(data, indent=1, ensure_ascii=False), "utf-8")


def require_one_fault(folder: Path, file: str, says: str = "") -> None:
    typing_errors.require_one_fault(find_faults(folder), file, says)


def test_what_is_shipped_has_no_fault(folder: Path) -> None:
    assert find_faults(folder) == ()
    assert len(PLACES) > 100


@pytest.mark.parametrize(
    ("file", "path"), [one for one in PLACES if isinstance(one[1][-1], str)], ids=str
)
def test_a_misspelt_key_is_one_fault(folder: Path, file: str, path: Place) -> None:
    change(folder, file, path, misspell)
    # Of a text that lacks a language its words are quoted.
    require_one_fault(folder, file, "" if path[-1] in LANGUAGES else f"{path[-1]}x")


@pytest.mark.parametrize(("file", "path"), TYPED_PLACES, ids=str)
def test_a_value_of_another_type_is_one_fault(folder: Path, file: str, path: Place) -> None:
    change(folder, file, path, change_type)
    require_one_fault(folder, file)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("reference/themes.yaml", "evidence: [OC6,", f"evidence: [{NOWHERE},"),
        ("reference/schemes.yaml", "networks: [SU1,", f"networks: [{NOWHERE},"),
        ("reference/budget.yaml", "spent_by: B2", f"spent_by: {NOWHERE}"),
        ("reference/budget.yaml", "contributed_by: PC1", f"contributed_by: {NOWHERE}"),
        ("reference/rollout.yaml", "form: FC", f"form: {NOWHERE}"),
        ("reference/themes.yaml", "default_department: REV", f"default_department: {NOWHERE}"),
    ],
)
def test_a_code_that_is_nowhere_is_one_fault(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")
    faults = find_faults(folder)
    assert len(faults) == 1 and NOWHERE in faults[0].text("en"), faults


def test_all_faults_of_all_files_are_reported_and_the_registry_is_refused(folder: Path) -> None:
    for file in ("reference/letters.yaml", "reference/themes.yaml", "programme.yaml"):
        text = (folder / file).read_text("utf-8")
        (folder / file).write_text(f"{text}\nsurplus: 1\n", "utf-8")
    assert len(find_faults(folder)) == 3
    with pytest.raises(RequestError) as refused:
        require_good_programme(folder, folder / "framework", folder / "reference")
    assert "programme: 3." in refused.value.text("en")
    assert "programme.yaml" in refused.value.text("hi")


@pytest.mark.parametrize(
    "file",
    [
        "programme.yaml",
        "framework/2017-18-Q1.rules.yaml",
        "reference/themes.yaml",
        "texts/rules.yaml",
    ],
)
def test_a_programme_that_was_good_is_refused_after_a_change_and_taken_after_its_repair(
    file: str, folder: Path
) -> None:
    places = folder, folder / "framework", folder / "reference"
    require_good_programme(*places)
    text = (folder / file).read_text("utf-8")
    (folder / file).write_text(f"{text}\nnot known: 1\n", "utf-8")
    with pytest.raises(RequestError, match=file.rpartition("/")[2].replace(".", r"\.")):
        require_good_programme(*places)
    (folder / file).write_text(text, "utf-8")
    require_good_programme(*places)
