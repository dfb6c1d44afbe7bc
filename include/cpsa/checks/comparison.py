"""What the comparing rules examine, and the shape of their results.

A rule kind is a function ``kind(comparison, rule) → Breaches``, vectorised over agencies. One generic
loop (``examine_submissions``) turns masks into findings, so a kind never makes one itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cpsa.framework.model import TOTAL
from cpsa.scoring.panel import Array, Panel

Subject = tuple[str, str]  # indicator (or group) and dimension
NOTHING = ("", "")  # the subject of a rule that holds against the submission as a whole
BLANK = np.full((1, 1), "", dtype=object)  # nothing observed, or nothing expected


@dataclass(frozen=True)
class Comparison:
    """Submissions of one form for one quarter, set beside their history.

    ``panel``: its last quarter is what was submitted (NIL answered, faulty values missing).
    ``given`` (A, C): the same before NIL answered anything. ``faulty`` (A, C): values that already have
    a finding S01, S02, S03 or S05. ``nil`` (A,): NIL is ticked.
    """

    panel: Panel
    given: Array
    faulty: Array
    nil: Array

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
