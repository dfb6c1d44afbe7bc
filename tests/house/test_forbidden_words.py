"""The words that users read: none of those that ``forbidden_words.yaml`` lists, in either language.

What is read: the catalogue, the framework, the reference data, the templates, the README, the
runbooks, the help of commands, and what Airflow shows of a DAG. What is not: names in the code
(``test_names``), and documents for engineers.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from tests.house.sources import INCLUDE, PACKAGE, ROOT, name_of, nodes, python_files, tree

LIST = yaml.safe_load(Path(__file__).with_name("forbidden_words.yaml").read_text("utf-8"))
DATA = (
    PACKAGE / "i18n" / "texts",
    INCLUDE / "programme" / "framework",
    INCLUDE / "programme" / "reference",
)
_CODE = re.compile(r"```.*?```|`[^`]*`|\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|<[^>]*>", re.DOTALL)
# What Python files hand to users: the help of commands, and names and documents of DAGs and tasks.
_SHOWN = frozenset(("help", "epilog", "task_display_name", "dag_display_name", "description"))


class Shown(NamedTuple):
    """One text that a user reads."""

    file: str
    place: str
    text: str


class Forbidden(NamedTuple):
    """One word of the list."""

    pattern: re.Pattern[str]
    instead: str


@cache
def forbidden() -> tuple[Forbidden, ...]:
    """A Devanagari word ends where no letter and no sign follows, so that ``\\b`` does not do."""
    found = [
        Forbidden(
            re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])", re.IGNORECASE), row["instead"]
        )
        for row in LIST["english"]
        for word in row["words"]
    ]
    letter = "[\u0900-\u0963\u0966-\u097f\\w-]"
    found += [
        Forbidden(re.compile(f"(?<!{letter}){re.escape(word)}(?!{letter})"), row["instead"])
        for row in LIST["hindi"]
        for word in row["words"]
    ]
    found += [
        Forbidden(re.compile(row["pattern"]), row["instead"]) for row in LIST["hindi_patterns"]
    ]
    return tuple(found)


def faults(text: str) -> Iterator[str]:
    """Each forbidden word that a text has, with what to write instead."""
    spaced = " ".join(text.split())
    for word in forbidden():
        if found := word.pattern.search(spaced):
            yield f"“{found.group()}” (write: {word.instead})"


def texts_of_data(value: Any, place: str) -> Iterator[tuple[str, str]]:
    """Every text in two languages within a file of data, with the way to it."""
    if isinstance(value, Mapping):
        if set(value) == {"en", "hi"}:
            yield from ((f"{place} {language}", str(text)) for language, text in value.items())
        else:
            for key, inner in value.items():
                yield from texts_of_data(inner, f"{place}.{key}".lstrip("."))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            code = inner.get("code", number) if isinstance(inner, Mapping) else number
            yield from texts_of_data(inner, f"{place}.{code}")


def shown_by_python(file: Path) -> Iterator[tuple[str, str]]:
    """What a file of commands or DAGs shows: keywords such as ``help``, and docstrings that are shown."""
    for node in nodes(file):
        if isinstance(node, ast.keyword) and node.arg in _SHOWN:
            for part in ast.walk(node.value):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield f"line {part.lineno}", part.value
    documented: list[ast.Module | ast.FunctionDef] = []
    if file.parent == ROOT / "dags":
        documented = [tree(file)]
    elif "cli" in file.parts:
        documented = [node for node in tree(file).body if isinstance(node, ast.FunctionDef)]
    for owner in documented:
        if text := ast.get_docstring(owner):
            yield getattr(owner, "name", "doc_md"), _CODE.sub(" ", text)


@cache
def shown() -> tuple[Shown, ...]:
    found: list[Shown] = []
    for folder in DATA:
        for file in sorted(folder.glob("*.yaml")):
            content = yaml.safe_load(file.read_text("utf-8"))
            found += [Shown(name_of(file), *text) for text in texts_of_data(content, "")]
    written = [
        *(
            file
            for file in sorted((INCLUDE / "templates").rglob("*"))
            if file.suffix in (".j2", ".html", ".txt")
        ),
        ROOT / "README.md",
        *sorted((ROOT / "docs" / "runbooks").glob("*.md")),
    ]
    for file in written:
        text = file.read_text("utf-8")
        # A code span takes its lines along, so that the lines of what is left keep their numbers.
        text = _CODE.sub(lambda code: " " + "\n" * code.group().count("\n"), text)
        paragraph = re.compile(r"(?:[^\n]+\n?)+")
        found += [
            Shown(name_of(file), f"line {text.count(chr(10), 0, part.start()) + 1}", part.group())
            for part in paragraph.finditer(text)
        ]
    for folder in (PACKAGE / "cli", ROOT / "dags", ROOT / "plugins"):
        for file in python_files(folder):
            found += [Shown(name_of(file), *text) for text in shown_by_python(file)]
    return tuple(found)


def is_excepted(text: Shown, exception: Mapping[str, str]) -> bool:
    return text.file == exception["where"] and exception["text"] in text.text


def without_exceptions(text: Shown) -> str:
    kept = text.text
    for exception in LIST["exceptions"]:
        if is_excepted(text, exception):
            kept = kept.replace(exception["text"], " ")
    return kept


@pytest.mark.parametrize(
    "text",
    [
        *("Send it anew.", "Returned for mending", "the agencies that\nowe an update", "Taken in"),
        *("आपका अद्यतन सुधारें", "डाक से भेजें", "विभाग कार्यवाही करेगा", "जांच", "तिमाहियां"),
    ],
)
def test_a_forbidden_word_is_seen(text: str) -> None:
    assert list(faults(text))


@pytest.mark.parametrize(
    "text",
    ["recommend, understand", "the amended row", "ई-मेल", "कृत कार्यवाही प्रतिवेदन", "सामान्य सुविधा केंद्र"],
)
def test_a_word_within_a_word_is_not(text: str) -> None:
    assert not list(faults(text))


def test_every_kind_of_text_is_looked_at() -> None:
    heads = {text.file.partition("/")[0] for text in shown()}
    assert {"include", "README.md", "docs", "dags"} <= heads
    files = {text.file for text in shown()}
    assert {
        "include/cpsa/i18n/texts/documents.yaml",
        "include/programme/framework/2017-18-Q1.rules.yaml",
        "include/programme/reference/rollout.yaml",
        "include/cpsa/cli/intake_commands.py",
    } <= files
    assert not any("archive" in file for file in files), (
        "a framework that was shipped never changes"
    )


def test_users_read_no_private_word() -> None:
    found = [
        f"{text.file} {text.place}: {fault}"
        for text in shown()
        for fault in faults(without_exceptions(text))
    ]
    assert not found, f"{len(found)} texts, tests/house/forbidden_words.yaml:\n" + "\n".join(found)


def test_every_exception_is_needed_and_has_a_reason() -> None:
    for exception in LIST["exceptions"]:
        assert set(exception) == {"where", "text", "reason"}, exception
        assert exception["reason"].strip(), exception
        assert list(faults(exception["text"])), f"{exception['text']!r} has no forbidden word"
        assert any(is_excepted(text, exception) for text in shown()), (
            f"{exception['text']!r} no longer occurs in {exception['where']}: take it out"
        )
