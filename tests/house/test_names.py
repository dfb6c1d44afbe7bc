"""Names: no private English, one meaning for each, and a module where its name says it is.

The words and the exceptions stand in docs/glossary.md, under "Words that may not be a segment of a name".
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.house.sources import INCLUDE, PACKAGE, ROOT, name_of, nodes, python_files, tree

GLOSSARY = ROOT / "docs" / "glossary.md"
FOLDERS = (PACKAGE, INCLUDE / "cpsa_demo", ROOT / "plugins", ROOT / "dags", ROOT / "bench")
# A migration stays as it was when it was released.
MIGRATIONS = PACKAGE / "store" / "migrations" / "versions"
# How a use case of services begins. A noun such as dispatch or store may begin a thing as well.
VERBS = frozenset(
    {
        *(
            "announce",
            "answer",
            "approve",
            "build",
            "check",
            "close",
            "collect",
            "confirm",
            "delete",
        ),
        *("examine", "execute", "explain", "export", "extend", "import", "judge", "list", "load"),
        *("mark", "measure", "notify", "number", "open", "plan", "publish", "query", "rebuild"),
        *("record", "reopen", "report", "request", "send", "take", "trace", "undo", "write"),
    }
)
_SEGMENT = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_PATH = re.compile(r"`([\w/.-]*/[\w/.-]*|[\w-]+\.py)`")


@cache
def rules() -> dict[str, Any]:
    """The machine-readable part of the glossary."""
    blocks = re.findall(
        r"^```yaml\n(.*?)^```$", GLOSSARY.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    assert len(blocks) == 1, "docs/glossary.md has one block of yaml"
    return yaml.safe_load(blocks[0])


def segments(name: str) -> tuple[str, ...]:
    """``current_submission`` and ``CurrentSubmission`` as the same two words."""
    return tuple(part.lower() for part in _SEGMENT.findall(name))


def breaks_a_rule(name: str) -> bool:
    """Whether a forbidden word is a segment of a name, or the whole of it. Python's own names pass."""
    if name.startswith("__") and name.endswith("__"):
        return False
    parts = segments(name)
    text = f"_{'_'.join(parts)}_"
    return "_".join(parts) in rules()["alone"] or any(
        f"_{word}_" in text for word in rules()["forbidden"]
    )


def bound_names(node: ast.AST) -> Iterator[str]:
    """What one node names: a definition, an argument, a variable, an attribute, a keyword, an alias."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name
        case ast.arg() | ast.keyword():
            yield node.arg or ""
        case ast.Name(ctx=ast.Store()):
            yield node.id
        case ast.Attribute(ctx=ast.Store()):
            yield node.attr
        case ast.alias():
            yield node.asname or ""
        case ast.ExceptHandler() | ast.MatchAs() | ast.MatchStar():
            yield node.name or ""
        case ast.MatchMapping():
            yield node.rest or ""
        case ast.Global() | ast.Nonlocal():
            yield from node.names


def identifiers(file: Path) -> Iterator[tuple[int, str]]:
    """Every name that a file defines or passes, with its line; an alias has that of its import."""
    for node in nodes(file):
        for name in bound_names(node):
            yield getattr(node, "lineno", 0), name


@cache
def named() -> tuple[tuple[str, int, str], ...]:
    """Every name of ours as file, line and name; modules and folders are of line 0."""
    found: list[tuple[str, int, str]] = []
    for folder in FOLDERS:
        files = [file for file in python_files(folder) if MIGRATIONS not in file.parents]
        for file in files:
            found.append((name_of(file), 0, file.stem))
            found += [(name_of(file), line, name) for line, name in identifiers(file)]
        inner = {parent for file in files for parent in file.parents if folder in parent.parents}
        found += [(name_of(parent), 0, parent.name) for parent in sorted({folder, *inner})]
    return tuple(found)


def is_excepted(where: str, name: str, exception: dict[str, str]) -> bool:
    place = exception["where"].rstrip("/")
    return name == exception["name"] and (where == place or where.startswith(f"{place}/"))


def duplicates(named_in: Iterable[tuple[str, str]]) -> list[str]:
    places: dict[str, list[str]] = defaultdict(list)
    for name, where in named_in:
        places[name].append(where)
    return [f"{name}: {', '.join(found)}" for name, found in places.items() if len(found) > 1]


def re_exported(file: Path) -> Iterator[str]:
    """The functions and classes that an ``__init__`` takes from modules of ours; modules are no matter."""
    for node in nodes(file):
        if not isinstance(node, ast.ImportFrom):
            continue
        if node.level:
            source = file.parents[node.level - 1].joinpath(*filter(None, [node.module]))
        elif (node.module or "").partition(".")[0] == PACKAGE.name:
            source = INCLUDE.joinpath(*(node.module or "").split("."))
        else:
            continue
        for alias in node.names:
            inner = source / alias.name
            if not inner.is_dir() and not inner.with_suffix(".py").is_file():
                yield f"{name_of(file)}:{node.lineno} {alias.name}"


def use_cases() -> list[Path]:
    """The modules of services that a verb names."""
    return [file for file in python_files(PACKAGE / "services") if segments(file.stem)[0] in VERBS]


def public_functions(file: Path) -> set[str]:
    return {node.name for node in tree(file).body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("current_submission", ("current", "submission")),
        ("CurrentSubmission", ("current", "submission")),
        ("_HTMLPage2", ("html", "page", "2")),
        ("LOCKED_OUT", ("locked", "out")),
    ],
)
def test_a_name_is_split_at_underscores_and_capitals(name: str, expected: tuple[str, ...]) -> None:
    assert segments(name) == expected


@pytest.mark.parametrize("name", ["told", "_told_by", "WasTold", "TOLD", "one", "_of", "hand_on"])
def test_a_forbidden_word_is_seen(name: str) -> None:
    assert breaks_a_rule(name)


@pytest.mark.parametrize("name", ["tolds", "as_of", "one_page", "rollups", "__post_init__", "hand"])
def test_a_word_within_a_word_is_not(name: str) -> None:
    assert not breaks_a_rule(name)


def test_every_kind_of_name_is_looked_at() -> None:
    program = """
import a as n1
from b import c as n2
n3: int = 0
class n4:
    n5 = 0
    async def n6(self, n7, /, n8, *n9, n10, **n11):
        self.n12, (n13, *n14) = n16(n17=0)
        with open(n7) as n18:
            global n19
        try:
            [n20 for n20 in n8 if (n21 := n20)]
        except ValueError as n22:
            lambda n23: n23
        match n8:
            case {"k": [n24, *n25], **n26}:
                pass
for n27 in n8: ...
"""
    found = {name for node in ast.walk(ast.parse(program)) for name in bound_names(node)}
    assert {f"n{number}" for number in range(1, 28)} - {"n15", "n16"} <= found
    assert "n16" not in found, "a name that is only read has its definition elsewhere"


def test_no_name_has_a_forbidden_word() -> None:
    exceptions = rules()["exceptions"]
    found = [
        f"{where}:{line} {name}"
        for where, line, name in named()
        if breaks_a_rule(name)
        and not any(is_excepted(where, name, exception) for exception in exceptions)
    ]
    assert not found, "docs/glossary.md has the word to use:\n" + "\n".join(found)


def test_every_exception_is_needed_and_has_a_reason() -> None:
    for exception in rules()["exceptions"]:
        assert set(exception) == {"name", "where", "reason"}, exception
        assert exception["reason"].strip(), exception
        assert breaks_a_rule(exception["name"]), f"{exception['name']} breaks no rule"
        assert any(is_excepted(where, name, exception) for where, _, name in named()), (
            f"{exception['name']} no longer occurs in {exception['where']}: take the exception out"
        )


def test_each_class_of_the_package_has_a_name_of_its_own() -> None:
    classes = [
        (node.name, f"{name_of(file)}:{node.lineno}")
        for file in python_files(PACKAGE)
        for node in nodes(file)
        if isinstance(node, ast.ClassDef)
    ]
    assert len(classes) > 100
    assert duplicates(classes) == []


def test_each_module_of_the_package_has_a_name_of_its_own() -> None:
    modules = [
        (file.stem, name_of(file))
        for file in python_files(PACKAGE)
        if file.stem not in ("__init__", "__main__")
    ]
    assert duplicates(modules) == []


def test_no_package_hands_on_what_its_modules_define() -> None:
    """A function exported under the name of its module hides the module."""
    allowed = {exception["where"]: exception["reason"] for exception in rules()["re_exports"]}
    assert all(reason.strip() for reason in allowed.values())
    found = {
        name_of(file): list(re_exported(file)) for file in sorted(PACKAGE.rglob("__init__.py"))
    }
    assert {file for file, names in found.items() if names} >= set(allowed), (
        "take the exception out"
    )
    assert not [name for file, names in found.items() if file not in allowed for name in names]


def test_a_use_case_has_the_function_of_its_name() -> None:
    files = use_cases()
    assert len(files) > 20
    assert [
        f"{name_of(file)} has no {file.stem}()"
        for file in files
        if file.stem not in public_functions(file)
    ] == []


def test_where_the_glossary_says_it_lives_there_is_something() -> None:
    words, _, _ = GLOSSARY.read_text("utf-8").partition("## Words that may not be a segment")
    paths = [
        path
        for line in words.splitlines()
        if line.startswith("| ")
        for path in _PATH.findall(line.split(" | ")[-1])
    ]
    assert len(paths) > 50
    assert [path for path in paths if not any((at / path).exists() for at in (PACKAGE, ROOT))] == []
