"""Rule codes are data of the framework: no document, page, letter or source of a figure knows one."""

from __future__ import annotations

import ast
import re

import pytest
from tests.house.sources import PACKAGE, name_of, python_files, tree

from cpsa.calendar import Quarter
from cpsa.checks.macro_rules import AcceptedQuarter
from cpsa.checks.rule_kinds import list_kinds
from cpsa.framework.loader import load_framework
from cpsa.framework.model import QUERY_RULE_KIND

PARTS = ("documents", "provenance", "online_edition", "letters", "web")
CODE = re.compile(r"\b[SVQMC]\d{2}\b")
FAMILY = re.compile(r"[SVQMC]")
TEMPLATES = PACKAGE.parent / "templates"


def faults(node: ast.AST) -> list[str]:
    """The strings of a module with the code of a rule, or with the letter of a family alone."""
    return [
        f"line {part.lineno}: {part.value!r}"
        for part in ast.walk(node)
        if isinstance(part, ast.Constant)
        and isinstance(part.value, str)
        and (CODE.search(part.value) or FAMILY.fullmatch(part.value))
    ]


@pytest.mark.parametrize("part", PARTS)
def test_no_module_names_a_rule(part: str) -> None:
    for file in python_files(PACKAGE / part):
        found = faults(tree(file))
        assert not found, f"{name_of(file)}: ask the framework for a field or the kind: {found}"


@pytest.mark.parametrize("part", ["typst", "web", "word", "public", "portal", "board", "letters"])
def test_no_template_names_a_rule(part: str) -> None:
    files = [
        path
        for path in (TEMPLATES / part).rglob("*")
        if path.suffix in (".j2", ".typ", ".html", ".txt")
    ]
    assert files
    for file in files:
        assert not CODE.search(file.read_text("utf-8")), file.name


def test_a_named_rule_is_found() -> None:
    assert faults(ast.parse('open = rows["rule"] == "Q04"'))
    assert faults(ast.parse('closing = rule.startswith("M")'))
    assert not faults(ast.parse('rules = framework.rules_of_kind("acceptance_low")'))


def test_rules_are_for_every_update_closing_or_a_question() -> None:
    """What the checks of an update count, by the codes that agencies know."""
    framework = load_framework(
        Quarter.parse("2025-26-Q4"), PACKAGE.parent / "programme" / "framework"
    )
    others = {rule.id for rule in framework.rules.values() if not rule.is_for_every_update}
    assert others == {"M01", "M02", "M03", "P01", "P10", "P11", "C01"}
    kinds = {framework.rules[code].kind for code in others} - {QUERY_RULE_KIND}
    assert kinds == set(list_kinds(AcceptedQuarter))
