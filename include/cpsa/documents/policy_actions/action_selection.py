"""The actions a compilation is about: those of its period, the earlier ones, with their statuses."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cpsa.actions.status import ActionStatus, Pendency, count_pendency
from cpsa.calendar import AnyPeriod
from cpsa.documents.action_statuses import list_action_statuses
from cpsa.documents.blocks import URGENCIES
from cpsa.documents.document_text import DocumentText
from cpsa.documents.parameters import DocumentParameters
from cpsa.documents.policy_actions.systemic_issues import SystemicIssues, find_systemic_issues
from cpsa.documents.step_progress import StepProgress, list_step_progress


@dataclass(frozen=True)
class ActionSelection:
    """All actions up to a period, split into those of the period and the earlier ones.

    Of updates that were accepted; the others are in a list of their own.
    """

    words: DocumentText
    period: AnyPeriod
    parameters: DocumentParameters

    @cached_property
    def statuses(self) -> tuple[ActionStatus, ...]:
        return list_action_statuses(self.words.snapshot, self.period.last_quarter)

    @property
    def quarters(self) -> set[str]:
        return {quarter.key for quarter in self.period.quarters}

    def list_waiting(self, department: str, agency: str | None = None) -> list[StepProgress]:
        """Steps that wait with a department, the longest first; of one agency where one is named."""
        return [
            progress
            for progress in list_step_progress(self.words.snapshot, self.period)
            if progress.waits_with == department and agency in (None, progress.agency)
        ]

    def list_requested(self, department: str | None = None) -> list[ActionStatus]:
        """Requested in the period, or again because the reply was not accepted; most urgent first.

        Of equal urgency, systemic issues come first.
        """
        systemic = {(issue.department, issue.theme) for issue in self._all_issues.all_issues}

        def weight(status: ActionStatus) -> tuple[Any, ...]:
            row = status.action
            level = URGENCIES.index(row.urgency) if row.urgency in URGENCIES else len(URGENCIES)
            return level, (row.department, row.theme) not in systemic, row.number

        again = [status for status in self.list_earlier(department) if status.reiterated]
        return sorted([*self._select(department, in_period=True), *again], key=weight)

    def list_earlier(self, department: str | None = None) -> list[ActionStatus]:
        """Every action of earlier periods, finished or not."""
        return self._select(department, in_period=False)

    def list_open(self, department: str) -> list[ActionStatus]:
        """What still needs a final decision, the longest overdue first, what was not yet sent last."""

        def order(status: ActionStatus) -> tuple[bool, str, str]:
            due = status.due.isoformat() if status.due else ""
            return status.due is None, due, status.action.number

        own = [
            status
            for status in self.statuses
            if status.pending and status.counts and status.action.department == department
        ]
        return sorted(own, key=order)

    def select_issues(self, department: str | None = None) -> SystemicIssues:
        return self._all_issues.select_department(department)

    @cached_property
    def _all_issues(self) -> SystemicIssues:
        counting = [status for status in self.statuses if status.counts]
        pending = {status.action.number for status in counting if status.pending}
        rows = [status.action for status in counting]
        return find_systemic_issues(rows, self.quarters, pending, self.parameters)

    def list_not_accepted(self, department: str | None = None) -> list[ActionStatus]:
        """What agencies wrote in updates that were not accepted, up to the period's end: requested of
        nobody."""
        return [
            status
            for status in self.statuses
            if not status.counts and department in (None, status.action.department)
        ]

    def compute_pendency(self, department: str | None = None) -> Pendency:
        return count_pendency(self.statuses, department)

    def _select(self, department: str | None, *, in_period: bool) -> list[ActionStatus]:
        return [
            status
            for status in self.statuses
            if status.counts
            and department in (None, status.action.department)
            and (status.action.quarter in self.quarters) == in_period
        ]
