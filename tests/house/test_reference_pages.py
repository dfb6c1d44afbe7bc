"""The pages of docs/ that are made from the code are up to date, and leave nothing out."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest
import typer
from docs import make_cli_page, make_data_dictionary, make_settings_page
from docs.make_diagrams import load_spec
from docs.make_reference import DOCS, PAGES
from tests.house.sources import INCLUDE, ROOT, python_files, strings
from tests.house.test_boundaries import FLOORS

from cpsa.cli.command_line import app
from cpsa.cli.permissions import list_commands
from cpsa.store.schema import metadata

# How the baseline's processes hand their clock on; no person sets it.
INTERNAL = {"CPSA_BASELINE_CLOCK"}
VARIABLE = re.compile(r"CPSA_[A-Z]+(?:_[A-Z]+)*")


def change_words(
    monkeypatch: pytest.MonkeyPatch, folder: Path, maker: ModuleType, old: str, new: str
) -> None:
    """Let a maker read its words with one change."""
    text = maker.WORDS.read_text("utf-8")
    assert old in text
    words = folder / "words.yaml"
    words.write_text(text.replace(old, new, 1), "utf-8")
    monkeypatch.setattr(maker, "WORDS", words)


@pytest.mark.parametrize("name", PAGES)
def test_it_is_up_to_date(name: str) -> None:
    kept = (DOCS / name).read_text("utf-8")
    assert kept == PAGES[name](), "write it again: make reference"


def test_every_command_has_its_arguments_and_options_on_the_page() -> None:
    page = (DOCS / "cli.md").read_text("utf-8")
    parts = dict(re.findall(r"^## cpsa (.+?)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    commands = list_commands(typer.main.get_command(app))
    assert len(commands) > 40
    assert set(parts) == set(commands)
    for path, command in commands.items():
        assert command.help and command.help.split("\n")[0] in parts[path]
        for parameter in command.params:
            shown = parameter.opts[0] if parameter.opts[0].startswith("-") else parameter.name
            assert re.search(rf"^\| `{shown}[,` ]", parts[path], re.MULTILINE | re.IGNORECASE), (
                shown
            )
            assert parameter.help, f"cpsa {path} {shown} has no help"


def test_every_setting_is_on_the_page() -> None:
    files = [
        file
        for folder in (INCLUDE, ROOT / "plugins", ROOT / "dags", ROOT / "bench", ROOT / "tests")
        for file in python_files(folder)
        if "CPSA_" in file.read_text("utf-8")
    ]
    named = {text for file in files for text, _ in strings(file) if VARIABLE.fullmatch(text)}
    named |= set(VARIABLE.findall((ROOT / "docker-compose.yaml").read_text("utf-8")))
    wanted = {name for name in named if name.removesuffix("_FILE") == name} - INTERNAL
    assert len(wanted) > 30
    page = (DOCS / "settings.md").read_text("utf-8")
    assert wanted - set(re.findall(r"^\| `(CPSA_\w+)` \|", page, re.MULTILINE)) == set()


def test_a_setting_without_words_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    change_words(
        monkeypatch, tmp_path, make_settings_page, "      CPSA_INBOX:", "      CPSA_IN_BOX:"
    )
    with pytest.raises(ValueError, match=r"CPSA_INBOX.*CPSA_IN_BOX"):
        make_settings_page.build_settings_page()


def test_words_for_a_command_that_is_gone_are_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    change_words(monkeypatch, tmp_path, make_cli_page, "  retain: ", "  retained: ")
    with pytest.raises(ValueError, match="retained"):
        make_cli_page.build_cli_page()


def test_a_column_without_words_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    change_words(monkeypatch, tmp_path, make_data_dictionary, "  fact.origin:", "  fact.origins:")
    with pytest.raises(KeyError, match="origin"):
        make_data_dictionary.build_dictionary()


def test_words_for_a_column_that_is_gone_are_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    change_words(
        monkeypatch, tmp_path, make_data_dictionary, "columns:\n", "columns:\n  gone: Gone.\n"
    )
    with pytest.raises(ValueError, match="columns gone"):
        make_data_dictionary.build_dictionary()


def test_the_diagrams_have_every_part_dag_and_floor() -> None:
    spec = load_spec()
    rows = [set(row["parts"]) for row in spec["parts"]["rows"]]
    assert rows == [set(floor) for floor in reversed(FLOORS)]
    boxes = spec["quarter"]["boxes"]
    assert set(boxes) == {file.stem for file in python_files(ROOT / "dags")}
    tables = {table for box in boxes.values() for table in box["tables"]}
    assert tables <= set(metadata.tables)


def test_the_architecture_names_tests_that_are_there() -> None:
    page = (DOCS / "architecture.md").read_text("utf-8")
    named = set(re.findall(r"`((?:tests/)?[\w/]*test_\w+\.py|tests/[\w/]+)`", page))
    assert len(named) > 15
    known = {file.name for file in python_files(ROOT / "tests")}
    assert [
        name for name in named if not (ROOT / name).exists() and ("/" in name or name not in known)
    ] == []
