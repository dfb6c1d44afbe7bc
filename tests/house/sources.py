"""Our sources as syntax trees, for the rules of the house."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INCLUDE = ROOT / "include"
PACKAGE = INCLUDE / "cpsa"


def python_files(folder: Path) -> list[Path]:
    found = sorted(file for file in folder.rglob("*.py") if "__pycache__" not in file.parts)
    assert found, f"{folder} holds no Python: the rule would hold of nothing"
    return found


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT))


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"), str(file))


@cache
def nodes(file: Path) -> tuple[ast.AST, ...]:
    """Every node of a file's tree; many rules look at all of them."""
    return tuple(ast.walk(tree(file)))


@cache
def imported(file: Path) -> frozenset[str]:
    """Every module a file imports, at its head or within a function."""
    found: set[str] = set()
    for node in nodes(file):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            found.add(module)
            found.update(f"{module}.{alias.name}" for alias in node.names)
    return frozenset(found)


def imports_any(file: Path, *modules: str) -> set[str]:
    return {
        one
        for one in imported(file)
        for module in modules
        if one == module or one.startswith(f"{module}.")
    }


def dotted(node: ast.expr) -> str:
    """``datetime.now`` for that expression; blank for one that is no dotted name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (head := dotted(node.value)):
        return f"{head}.{node.attr}"
    return ""


def names_used(file: Path) -> Iterator[tuple[str, int]]:
    for node in nodes(file):
        if isinstance(node, ast.Attribute | ast.Name) and (name := dotted(node)):
            yield name, node.lineno


def strings(file: Path) -> Iterator[tuple[str, int]]:
    """String constants that are no docstrings and no parts of f-strings."""
    docstrings = {
        id(node.body[0].value)
        for node in nodes(file)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    parts = {
        id(part) for node in nodes(file) if isinstance(node, ast.JoinedStr) for part in node.values
    }
    left_out = docstrings | parts
    for node in nodes(file):
        if not isinstance(node, ast.Constant) or id(node) in left_out:
            continue
        if isinstance(node.value, str):
            yield node.value, node.lineno


def patterns(file: Path) -> Iterator[list[str | None]]:
    """The parts of f-strings; None where something is filled in."""
    for node in nodes(file):
        if isinstance(node, ast.JoinedStr):
            yield [
                part.value if isinstance(part, ast.Constant) else None  # type: ignore[misc]
                for part in node.values
            ]
