"""What the comparing rules examine, and the shape of their results.

Such a kind of rule is a function ``kind(comparison, rule) → Breaches``, vectorised over agencies;
``make_findings`` turns its masks into findings, so a kind never makes one itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from cpsa.figures import HUNDRED
from cpsa.framework.model import TOTAL, Rule
from cpsa.scoring.panel import Panel
from cpsa.scoring.quarter_figures import Array
from cpsa.submissions.finding import Finding, format_value

Subject = tuple[str, str]  # indicator (or group) and dimension
NOTHING = ("", "")  # the subject of a rule that holds against the submission as a whole
BLANK = np.full((1, 1), "", dtype=object)  # nothing observed, or nothing expected


@dataclass(frozen=True)
class Comparison:
    """Submissions of one form for one quarter, set beside their history.

    ``panel``: its last quarter is what was submitted (NIL answered, faulty values missing).
    ``given`` (A, C): the same before NIL answered anything. ``faulty`` (A, C): values that already have
    a finding S01, S02, S03 or S05. ``nil`` (A,): NIL is ticked. ``places``: of each submission, where
    in its file a figure is.
    """

    panel: Panel
    given: Array
    faulty: Array
    nil: Array
    places: Sequence[Mapping[Subject, str]] = ()

    @property
    def now(self) -> Array:
        return self.panel.now

    def flow_totals(self) -> Array:
        """Places of the totals of flows, in the form's order."""
        flows = [indicator.is_flow for indicator in self.panel.indicators]
        return self.panel.total_places[flows]


@dataclass(frozen=True)
class Breaches:
    """Where a rule does not hold: mask (A, K) over K subjects, with what was seen and expected.

    Quantities are hundredths, ratios plain floats, texts objects; both arrays broadcast to the
    mask's shape.
    """

    subjects: Sequence[Subject]
    mask: Array
    observed: Array
    expected: Array


def make_findings(comparison: Comparison, rule: Rule, breaches: Breaches) -> list[Finding]:
    """One finding for each place in the mask, submission by submission."""
    if not breaches.subjects or not breaches.mask.any():
        return []
    panel, places = comparison.panel, comparison.places
    observed, expected = (
        np.broadcast_to(values, breaches.mask.shape)
        for values in (breaches.observed, breaches.expected)
    )
    rows, columns = np.nonzero(breaches.mask)
    numbers = rows.tolist()
    subjects = [breaches.subjects[column] for column in columns.tolist()]
    fields = (
        repeat(rule.id),
        repeat(rule.severity),
        [panel.agencies[row] for row in numbers],
        repeat(panel.quarters[-1]),
        [indicator for indicator, _ in subjects],
        [dimension for _, dimension in subjects],
        _format_values(observed[rows, columns], rule.shows),
        _format_values(expected[rows, columns], rule.expects),
        [places[row].get(subject, "") for row, subject in zip(numbers, subjects, strict=True)]
        if places
        else repeat(""),
        repeat(False),  # noqa: FBT003 (waived, after_restatement)
        repeat(False),  # noqa: FBT003
    )
    return list(map(Finding._make, zip(*fields, strict=False)))


def _format_values(values: Array, display: str) -> list[str]:
    """``format_value`` of each value."""
    if values.dtype == object or display != "quantity":
        return [format_value(value, display) for value in values.tolist()]
    amounts = np.rint(values).astype(np.int64)
    if (amounts < 0).any():
        return [format_value(amount, display) for amount in amounts.tolist()]
    wholes, rests = (part.tolist() for part in np.divmod(amounts, HUNDRED))
    return [
        f"{whole}.{rest:02d}" if rest else str(whole)
        for whole, rest in zip(wholes, rests, strict=True)
    ]


def no_breaches() -> Breaches:
    """For a kind whose indicators are not in this form."""
    return Breaches((), np.zeros((0, 0), bool), np.zeros((0, 0)), np.zeros((0, 0)))


def join_breaches(parts: Sequence[Breaches], agencies: int) -> Breaches:
    """Breaches of several subjects as one."""
    if not parts:
        return no_breaches()
    shape = agencies, 1

    def columns(name: str) -> Array:
        return np.hstack([np.broadcast_to(getattr(part, name), shape) for part in parts])

    subjects = [subject for part in parts for subject in part.subjects]
    return Breaches(subjects, columns("mask"), columns("observed"), columns("expected"))


def make_subject_breaches(
    subject: Subject, mask: Array, observed: Array, expected: Array
) -> Breaches:
    """Breaches of a single subject, from arrays of shape (A,)."""
    as_column = [np.asarray(array).reshape(-1, 1) for array in (mask, observed, expected)]
    return Breaches([subject], *as_column)


def list_totals(panel: Panel) -> list[Subject]:
    return [(indicator.code, TOTAL) for indicator in panel.indicators]
