"""What the command line imports as it starts: each command what it needs, ``--help`` next to nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.factories import INCLUDE, RegistryFolder

from cpsa.cli.permissions import COMMANDS_BY_ROLE

HEAVY = {
    *(
        "alembic",
        "fastapi",
        "jinja2",
        "numpy",
        "openpyxl",
        "pandas",
        "pikepdf",
        "sqlalchemy",
        "typst",
    ),
    *("xlsxwriter", "yagmail", "yaml"),
}
# Runs each command line in turn, as a shell would one, and then says what was imported.
PROGRAM = """
import io, json, sys
from contextlib import redirect_stdout
from cpsa.cli.command_line import main
for words in json.loads(sys.argv.pop()):
    sys.argv = ["cpsa", *words]
    with redirect_stdout(io.StringIO()):
        try:
            main()
        except SystemExit as end:
            assert not end.code, (words, end.code)
print(json.dumps(sorted(sys.modules)))
"""


def list_imported(home: Path, *command_lines: Sequence[str]) -> set[str]:
    """The modules that a fresh interpreter has imported after these command lines."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("CPSA_")
    } | {"PYTHONPATH": str(INCLUDE), "CPSA_HOME": str(home)}
    command = [sys.executable, "-c", PROGRAM, json.dumps(command_lines)]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    return set(json.loads(answer.stdout))


def test_the_list_of_commands_needs_no_service_and_no_heavy_library(tmp_path: Path) -> None:
    imported = list_imported(tmp_path, ["--help"])
    assert "cpsa.cli.report_commands" in imported
    assert not imported & HEAVY
    assert not [name for name in imported if name.startswith(("cpsa.services", "cpsa.web"))]


def test_the_help_of_a_command_does_not_import_what_the_command_does(tmp_path: Path) -> None:
    paths = [path for paths in COMMANDS_BY_ROLE.values() for path in paths]
    imported = list_imported(tmp_path, *([*path.split(), "--help"] for path in paths))
    assert not imported & HEAVY


def test_the_status_of_a_quarter_is_shown_without_pandas(
    tmp_path: Path, sqlite_template: Path
) -> None:
    (tmp_path / "cpsa.db").write_bytes(sqlite_template.read_bytes())
    registry = RegistryFolder(agencies={"IA-A": "2025-26-Q1"}).write(tmp_path / "registry")
    list_imported(tmp_path, ["registry", "load", str(registry)], ["open", "2025-26-Q1"])
    imported = list_imported(tmp_path, ["status"])
    assert "sqlalchemy" in imported
    assert not imported & (HEAVY - {"sqlalchemy", "yaml"})
    assert not [name for name in imported if name.startswith("cpsa.framework")]
