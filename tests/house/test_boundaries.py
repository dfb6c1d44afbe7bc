"""Who may import what, ask for the time, read the environment, or speak to a mail server."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from tests.house.sources import (
    INCLUDE,
    PACKAGE,
    ROOT,
    imports_any,
    name_of,
    names_used,
    nodes,
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
MAY_ASK = {"cli/session.py", "cli/command_line.py", "delivery/mail_catcher.py"}

# The package, bottom up. A part may import those below it and, without a circle, those beside it
# (docs/adr/0037-one-grammar-of-names.md).
FLOORS = (
    ("i18n",),
    ("errors",),
    ("translator", "calendar", "figures", "settings", "signed_links", "nearest_code"),
    ("submissions", "registry", "framework", "reference"),
    ("intake", "checks", "scoring", "actions", "provenance", "store"),
    ("template", "delivery"),
    ("documents", "letters"),
    ("online_edition",),
    ("services",),
    ("web", "cli"),
)
FLOOR_OF = {part: number for number, parts in enumerate(FLOORS) for part in parts}
# What runs without a database, and what without the libraries that take long to load.
WITHOUT_DATABASE = set(FLOOR_OF) - {"store", "delivery", "services", "web", "cli"}
WITHOUT_PANDAS = ("calendar", "figures", "submissions")
FOLDERS = sorted({file.parent for file in python_files(PACKAGE)})
STORE_USERS = {"store", "services", "web", "delivery", "cli"}


def files_of(part: str) -> list[Path]:
    path = PACKAGE / f"{part}.py"
    return [path] if path.is_file() else python_files(PACKAGE / part)


def test_only_dags_and_plugins_import_airflow() -> None:
    for file in python_files(INCLUDE):
        assert not imports_any(file, "airflow"), f"{name_of(file)}: move this to plugins/"
    for folder in ("dags", "plugins"):
        assert any(imports_any(file, "airflow") for file in python_files(ROOT / folder))


def part_of(module: str) -> str:
    return module.removeprefix("cpsa.").split(".")[0]


@cache
def imported_modules(file: Path) -> set[str]:
    """The modules of the package that a file imports, wherever it does and for whatever."""
    return {
        f"{node.module}.{alias.name}" if is_package(node.module) else node.module
        for node in nodes(file)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "cpsa"
        for alias in node.names
    }


def is_package(module: str) -> bool:
    return INCLUDE.joinpath(*module.split(".")).is_dir()


def imports_within(folder: Path) -> dict[str, set[str]]:
    """What each module and folder right below a folder imports of the others."""
    beginning = ".".join(folder.relative_to(INCLUDE).parts) + "."
    imports: dict[str, set[str]] = {}
    for file in python_files(folder):
        member = file.relative_to(folder).parts[0].removesuffix(".py")
        imports.setdefault(member, set()).update(
            module.removeprefix(beginning).split(".")[0]
            for module in imported_modules(file)
            if module.startswith(beginning)
        )
    return {member: imported - {member} for member, imported in imports.items()}


def test_every_part_has_its_floor() -> None:
    named = {path.stem for path in PACKAGE.iterdir() if not path.name.startswith("_")}
    assert named == set(FLOOR_OF)


@pytest.mark.parametrize("part", sorted(FLOOR_OF))
def test_no_import_goes_up(part: str) -> None:
    for file in files_of(part):
        for module in imported_modules(file):
            assert FLOOR_OF[part_of(module)] <= FLOOR_OF[part], f"{name_of(file)} reaches {module}"


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_nothing_in_a_folder_is_imported_in_a_circle(folder: Path) -> None:
    """Neither modules nor folders; nor for their types alone, or within a function."""
    waiting = imports_within(folder)
    while waiting:
        free = {part for part, imported in waiting.items() if not imported & set(waiting)}
        assert free, f"a circle among {sorted(waiting)}"
        waiting = {part: imported for part, imported in waiting.items() if part not in free}


@pytest.mark.parametrize("part", sorted(WITHOUT_DATABASE))
def test_what_needs_no_database_reaches_none(part: str) -> None:
    for file in files_of(part):
        assert not imports_any(file, "sqlalchemy", "cpsa.store"), name_of(file)


@pytest.mark.parametrize("part", WITHOUT_PANDAS)
def test_what_is_loaded_by_everything_does_not_load_pandas(part: str) -> None:
    for file in files_of(part):
        assert not imports_any(file, "pandas"), name_of(file)


def test_the_store_is_used_by_few() -> None:
    users = {part for part, imported in imports_within(PACKAGE).items() if "store" in imported}
    assert users <= STORE_USERS


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
    delivery = PACKAGE / "delivery"
    users = {file for file in python_files(INCLUDE) if imports_any(file, "yagmail")}
    assert users == {delivery / "mail_composer.py", delivery / "smtp.py"}
    sending = {"send", "send_unsent", "sendmail", "send_message", "AsyncSMTP", "unsent"}
    sent = {
        ast.unparse(node)
        for file in users
        for node in nodes(file)
        if isinstance(node, ast.Attribute) and node.attr in sending
    }
    assert sent == {"session.send"}  # bytes to the session, and nothing of yagmail's that sends


def test_the_mail_catcher_is_a_process_of_its_own() -> None:
    for file in python_files(PACKAGE):
        assert not imports_any(file, "cpsa.delivery.mail_catcher"), name_of(file)


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
