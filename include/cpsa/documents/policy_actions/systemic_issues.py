"""Issues that are systemic: one theme brought to one department by many, or again and again.

The rule is domain.md's ("Documents" 2): 3 or more agencies, or 2 or more quarters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from cpsa.documents.parameters import DocumentParameters


@dataclass(frozen=True, slots=True)
class SystemicIssue:
    """A theme that was brought to one department."""

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


@dataclass(frozen=True, slots=True)
class SystemicIssues:
    """Systemic issues up to the end of a period, widest first: those that were raised in it, and
    those that nobody raised in it but that have pending actions."""

    raised: tuple[SystemicIssue, ...]
    pending: tuple[SystemicIssue, ...]

    def select_department(self, department: str | None) -> SystemicIssues:
        """Those of one department; of all where None."""
        if department is None:
            return self
        return SystemicIssues(
            *(
                tuple(issue for issue in issues if issue.department == department)
                for issues in (self.raised, self.pending)
            )
        )

    @property
    def all_issues(self) -> tuple[SystemicIssue, ...]:
        return (*self.raised, *self.pending)


def find_systemic_issues(
    actions: Iterable[Any],
    raised_in: set[str],
    pending: Collection[str],
    parameters: DocumentParameters,
) -> SystemicIssues:
    """The systemic issues among all actions up to the end of a period.

    ``raised_in``: the period's quarters; ``pending``: the numbers of the actions without a final
    decision.
    """
    grouped: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in actions:
        grouped[row.department, row.theme].append(row)
    issues = [SystemicIssue(*key, tuple(rows)) for key, rows in grouped.items()]
    systemic = [
        issue
        for issue in issues
        if len(issue.agencies) >= parameters.systemic_agencies
        or len(issue.quarters) >= parameters.systemic_quarters
    ]
    systemic.sort(key=lambda issue: (-len(issue.agencies), -len(issue.actions), issue.theme))
    raised = [issue for issue in systemic if raised_in & set(issue.quarters)]
    earlier = [issue for issue in systemic if not raised_in & set(issue.quarters)]
    open_ = [issue for issue in earlier if set(pending) & set(issue.numbers)]
    return SystemicIssues(tuple(raised), tuple(open_))
