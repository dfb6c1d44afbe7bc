"""Who may import what, ask for the time, read the environment, or speak to a mail server."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from tests.house.sources import (
    INCLUDE,
    PACKAGE,
    ROOT,
    imports_any,
    name_of,
    names_used,
    python_files,
    tree,
)

CLOCKS = {
    *("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"),
    *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.date.today"),
    *("time.localtime", "time.gmtime", "time.strftime", "time.monotonic"),
}
ENVIRONMENT = {"os.environ", "os.getenv", "os.putenv", "environ"}
# The edges, where a process is started and a person or a server is spoken to.
MAY_ASK = {"cli/session.py", "cli/app.py", "deliver/catcher.py"}

# A package, and what it must never reach.
ARROWS = {
    "calendar.py": ["cpsa.framework", "cpsa.store", "cpsa.cycle", "pandas", "sqlalchemy"],
    "figures.py": ["cpsa.framework", "cpsa.store", "cpsa.cycle", "pandas", "sqlalchemy"],
    "framework.py": ["cpsa.check", "cpsa.score", "cpsa.store", "cpsa.cycle", "sqlalchemy"],
    "submissions": [
        *("cpsa.check", "cpsa.collect", "cpsa.score", "cpsa.store", "cpsa.cycle"),
        *("cpsa.documents", "cpsa.deliver", "cpsa.cli", "sqlalchemy", "pandas"),
    ],
    "score": ["cpsa.store", "cpsa.cycle", "cpsa.check", "cpsa.documents", "cpsa.cli", "sqlalchemy"],
    "check": ["cpsa.store", "cpsa.cycle", "cpsa.documents", "cpsa.cli", "sqlalchemy"],
    "collect": ["cpsa.store", "cpsa.cycle", "cpsa.check", "cpsa.score", "cpsa.cli", "sqlalchemy"],
    "actions": ["cpsa.store", "cpsa.cycle", "cpsa.cli", "sqlalchemy"],
    "documents": ["cpsa.store", "cpsa.cycle", "cpsa.deliver", "cpsa.cli", "sqlalchemy"],
    "public": ["cpsa.store", "cpsa.cycle", "cpsa.deliver", "cpsa.cli", "sqlalchemy"],
    "deliver": ["cpsa.documents", "cpsa.cycle", "cpsa.cli", "cpsa.check", "cpsa.score"],
    "letters": ["cpsa.store", "cpsa.cycle", "cpsa.cli", "cpsa.score", "sqlalchemy", "pandas"],
    "store": ["cpsa.cycle", "cpsa.documents", "cpsa.deliver", "cpsa.cli", "cpsa.collect"],
    "cycle": ["cpsa.cli"],
}


def files_of(part: str) -> list[Path]:
    path = PACKAGE / part
    return [path] if path.is_file() else python_files(path)


def test_only_dags_and_plugins_import_airflow() -> None:
    for file in python_files(INCLUDE):
        assert not imports_any(file, "airflow"), f"{name_of(file)}: move this to plugins/"
    for folder in ("dags", "plugins"):
        assert any(imports_any(file, "airflow") for file in python_files(ROOT / folder))


@pytest.mark.parametrize("part", ARROWS)
def test_arrows_go_one_way(part: str) -> None:
    for file in files_of(part):
        crossed = imports_any(file, *ARROWS[part])
        assert not crossed, f"{name_of(file)} reaches {', '.join(sorted(crossed))}"


def test_dags_import_no_dag_and_no_database() -> None:
    files = python_files(ROOT / "dags")
    names = {file.stem for file in files}
    for file in files:
        assert not imports_any(file, "sqlalchemy", "cpsa.store", "jinja2", *names), name_of(file)


@pytest.mark.parametrize("asked", [CLOCKS, ENVIRONMENT], ids=["the time", "the environment"])
def test_the_domain_is_told_and_never_asks(asked: set[str]) -> None:
    for file in python_files(PACKAGE):
        if str(file.relative_to(PACKAGE)) in MAY_ASK:
            continue
        found = [
            f"{name_of(file)}:{line} {name}" for name, line in names_used(file) if name in asked
        ]
        assert not found, "let the caller pass it in"


def test_dag_files_ask_for_nothing_while_they_are_parsed() -> None:
    for file in python_files(ROOT / "dags"):
        asked = {name for name, _ in names_used(file)} & (CLOCKS | ENVIRONMENT)
        assert not asked, f"{name_of(file)}: {asked}"


def test_mail_leaves_through_yagmail_alone() -> None:
    for folder in ("include", "plugins", "dags"):
        for file in python_files(ROOT / folder):
            assert not imports_any(file, "smtplib"), name_of(file)
    users = {file.parent for file in python_files(INCLUDE) if imports_any(file, "yagmail")}
    assert users == {PACKAGE / "deliver"}


def test_every_module_says_what_it_is_for() -> None:
    for file in python_files(PACKAGE):
        if file.parent.name == "versions":
            continue
        assert ast.get_docstring(tree(file)), f"{name_of(file)} has no docstring"


def test_every_module_works_where_airflow_is_not_installed() -> None:
    """And none of them needs a setting to be imported."""
    program = """
import importlib, pkgutil, sys
sys.modules["airflow"] = None
import cpsa
names = [found.name for found in pkgutil.walk_packages(cpsa.__path__, "cpsa.")]
for name in names:
    if name.endswith("__main__") or ".migrations" in name:
        continue
    importlib.import_module(name)
print(len(names))
"""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CPSA_", "AIRFLOW"))
    }
    answer = subprocess.run(
        [sys.executable, "-W", "error::SyntaxWarning", "-c", program],
        env=environment | {"PYTHONPATH": str(INCLUDE)},
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stderr
    assert int(answer.stdout) > 80


def test_each_test_file_has_a_name_of_its_own() -> None:
    """Test files are imported by their names alone: two of one name cannot both be collected."""
    counted = Counter(file.name for file in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, number in counted.items() if number > 1] == []
