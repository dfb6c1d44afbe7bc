"""The actions a compilation is about: those of its period, the earlier ones, and how they stand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cpsa.calendar import AnyPeriod
from cpsa.documents.parameters import Parameters
from cpsa.documents.parts import URGENCIES
from cpsa.documents.standing import Pendency, Standing, pendency, standings
from cpsa.documents.systemic import Issue, systemic_issues
from cpsa.documents.words import Words


@dataclass(frozen=True)
class Asked:
    """All actions up to a period, split into those of the period and the earlier ones."""

    words: Words
    period: AnyPeriod
    parameters: Parameters

    @cached_property
    def standings(self) -> tuple[Standing, ...]:
        return standings(self.words.snapshot, self.parameters, self.period.last_quarter)

    @property
    def quarters(self) -> set[str]:
        return {quarter.key for quarter in self.period.quarters}

    def now(self, department: str | None = None) -> list[Standing]:
        """Asked in the period, most urgent first; of equal urgency, systemic issues first."""
        systemic = {(issue.department, issue.theme) for issue in self._issues}

        def weight(one: Standing) -> tuple[Any, ...]:
            row = one.action
            level = URGENCIES.index(row.urgency) if row.urgency in URGENCIES else len(URGENCIES)
            return level, (row.department, row.theme) not in systemic, row.number

        return sorted(self._of(department, in_period=True), key=weight)

    def earlier(self, department: str | None = None) -> list[Standing]:
        return self._of(department, in_period=False)

    def issues(self, department: str | None = None) -> tuple[Issue, ...]:
        return tuple(one for one in self._issues if department in (None, one.department))

    @cached_property
    def _issues(self) -> tuple[Issue, ...]:
        rows = [one.action for one in self.standings]
        return systemic_issues(rows, self.quarters, self.parameters)

    def pendency(self, department: str | None = None) -> Pendency:
        return pendency(self.standings, department)

    def _of(self, department: str | None, *, in_period: bool) -> list[Standing]:
        return [
            one
            for one in self.standings
            if department in (None, one.action.department)
            and (one.action.quarter in self.quarters) == in_period
        ]
