"""The actions a compilation is about: those of its period, the earlier ones, and how they stand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cpsa.actions import Pendency, Standing, pendency
from cpsa.calendar import AnyPeriod
from cpsa.documents.parameters import Parameters
from cpsa.documents.parts import URGENCIES
from cpsa.documents.standing import standings
from cpsa.documents.systemic import SystemicIssues, systemic_issues
from cpsa.documents.words import Words


@dataclass(frozen=True)
class Asked:
    """All actions up to a period, split into those of the period and the earlier ones.

    Of updates that were accepted; the others are in a list of their own.
    """

    words: Words
    period: AnyPeriod
    parameters: Parameters

    @cached_property
    def standings(self) -> tuple[Standing, ...]:
        return standings(self.words.snapshot, self.period.last_quarter)

    @property
    def quarters(self) -> set[str]:
        return {quarter.key for quarter in self.period.quarters}

    def now(self, department: str | None = None) -> list[Standing]:
        """Asked in the period, or again because the reply was not accepted; most urgent first.

        Of equal urgency, systemic issues come first.
        """
        systemic = {(issue.department, issue.theme) for issue in self._issues.together}

        def weight(one: Standing) -> tuple[Any, ...]:
            row = one.action
            level = URGENCIES.index(row.urgency) if row.urgency in URGENCIES else len(URGENCIES)
            return level, (row.department, row.theme) not in systemic, row.number

        again = [one for one in self.earlier(department) if one.reiterated]
        return sorted([*self._of(department, in_period=True), *again], key=weight)

    def earlier(self, department: str | None = None) -> list[Standing]:
        """Every action of earlier periods, finished or not."""
        return self._of(department, in_period=False)

    def unfinished(self, department: str) -> list[Standing]:
        """What still needs a final decision: what is asked now first, then the earlier ones."""
        now = self.now(department)
        numbers = {one.action.number for one in now}
        before = [one for one in self.earlier(department) if one.action.number not in numbers]
        return [one for one in (*now, *before) if one.pending]

    def issues(self, department: str | None = None) -> SystemicIssues:
        return self._issues.of(department)

    @cached_property
    def _issues(self) -> SystemicIssues:
        counting = [one for one in self.standings if one.counts]
        pending = {one.action.number for one in counting if one.pending}
        rows = [one.action for one in counting]
        return systemic_issues(rows, self.quarters, pending, self.parameters)

    def not_accepted(self, department: str | None = None) -> list[Standing]:
        """What agencies wrote in updates that were not accepted, up to the period's end: asked of
        nobody."""
        return [
            one
            for one in self.standings
            if not one.counts and department in (None, one.action.department)
        ]

    def pendency(self, department: str | None = None) -> Pendency:
        return pendency(self.standings, department)

    def _of(self, department: str | None, *, in_period: bool) -> list[Standing]:
        return [
            one
            for one in self.standings
            if one.counts
            and department in (None, one.action.department)
            and (one.action.quarter in self.quarters) == in_period
        ]
