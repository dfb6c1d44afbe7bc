"""Named SQL: one statement per file, with a header, a name that begins with a verb, and a test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.house.sources import INCLUDE, PACKAGE, python_files
from tests.store.statement_examples import PARAMETERS, SQL, list_statements

USES = {"board", "close_quarter", "examine", "export", "import"}
VERBS = {"count", "find", "list"}
HEADER = ("-- Purpose:", "-- Parameters:", "-- Grain:")


def read_statement(name: str) -> str:
    return (SQL / f"{name}.sql").read_text("utf-8")


def test_every_statement_has_a_test_that_runs_it() -> None:
    assert list_statements() == sorted(PARAMETERS), "an example is missing or left over"


@pytest.mark.parametrize("name", list_statements())
def test_a_name_is_a_use_and_a_verb_with_its_object(name: str) -> None:
    use, statement = name.split("/")
    verb, _, noun = statement.partition("_")
    assert use in USES
    assert verb in VERBS and noun


@pytest.mark.parametrize("name", list_statements())
def test_a_header_says_what_the_statement_is_for(name: str) -> None:
    text = read_statement(name)
    lines = text.splitlines()
    head = [line for line in lines if line.startswith("--")]
    assert lines[: len(head)] == head, "comments stand in the header"
    assert [words for words in HEADER if not any(line.startswith(words) for line in head)] == []
    assert text.count(";") == sum(line.count(";") for line in head), "one statement per file"


@pytest.mark.parametrize("name", list_statements())
def test_the_header_names_every_parameter(name: str) -> None:
    lines = read_statement(name).splitlines()
    body = "\n".join(line for line in lines if not line.startswith("--"))
    head = " ".join(line.removeprefix("-- ") for line in lines if line.startswith("--"))
    used = set(re.findall(r"(?<!:):([a-z_]+)", body))
    assert used == set(PARAMETERS[name])
    described = head.split("Parameters:")[1].split("Grain:")[0]
    assert {parameter for parameter in used if parameter not in described} == set()


@pytest.mark.parametrize("name", list_statements())
def test_a_statement_is_used_by_the_store(name: str) -> None:
    quoted = f'load_sql("{name}")'
    assert any(quoted in file.read_text("utf-8") for file in python_files(PACKAGE / "store"))


def test_sql_lies_in_the_folders_of_its_uses() -> None:
    assert {path.name for path in (INCLUDE / "sql").iterdir()} == USES
    assert [path for path in Path(SQL).glob("*.sql")] == []
