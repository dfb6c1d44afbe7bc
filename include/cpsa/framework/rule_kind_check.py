"""Refuses a framework with a rule of a kind that the program does not know, such as a misspelled one.

Which kinds there are is known to ``checks.rule_kinds`` alone, so they are passed in.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import yaml

from cpsa.errors import RequestError
from cpsa.framework.model import Framework
from cpsa.nearest_code import find_nearest_code


def require_known_kinds(framework: Framework, known: Collection[str], folder: Path) -> None:
    """RequestError for the first rule of an unknown kind; it names the file in ``folder`` that says so."""
    for rule in framework.rules.values():
        if rule.kind not in known:
            raise RequestError(
                "framework.unknown_kind",
                file=folder / _find_file_of_kind(framework, rule.id),
                rule=rule.id,
                kind=rule.kind,
                nearest=find_nearest_code(str(rule.kind), sorted(known)),
            )


def _find_file_of_kind(framework: Framework, rule: str) -> str:
    """The newest file that says of which kind a rule is."""
    return max(
        name
        for name, content in framework.files.items()
        if "kind" in (((yaml.safe_load(content) or {}).get("rules") or {}).get(rule) or {})
    )
