"""Issues that are systemic: one theme brought to one department by many, or again and again.

The rule is domain.md's ("Documents" 2): 3 or more agencies, or 2 or more quarters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cpsa.documents.parameters import Parameters


@dataclass(frozen=True, slots=True)
class Issue:
    """A theme as one department has been asked about it."""

    department: str
    theme: str
    actions: tuple[Any, ...]

    @property
    def agencies(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(row.agency for row in self.actions))

    @property
    def quarters(self) -> tuple[str, ...]:
        return tuple(sorted({row.quarter for row in self.actions}))

    @property
    def numbers(self) -> tuple[str, ...]:
        return tuple(row.number for row in self.actions)


def systemic_issues(
    actions: Iterable[Any], raised_in: set[str], parameters: Parameters
) -> tuple[Issue, ...]:
    """The systemic issues that were raised (again) in the period's quarters, widest first.

    Earlier quarters count towards an issue; one nobody raised in the period is not shown again.
    """
    grouped: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in actions:
        grouped[row.department, row.theme].append(row)
    issues = [Issue(*key, tuple(rows)) for key, rows in grouped.items()]
    found = [
        issue
        for issue in issues
        if raised_in & set(issue.quarters)
        and (
            len(issue.agencies) >= parameters.systemic_agencies
            or len(issue.quarters) >= parameters.systemic_quarters
        )
    ]
    return tuple(sorted(found, key=lambda one: (-len(one.agencies), -len(one.actions), one.theme)))
