"""Pending actions by the whole days since the first mail that asked for them, to a document's date."""

from __future__ import annotations

from collections.abc import Iterable

from cpsa.actions.standing import AGE_BANDS
from cpsa.documents.action_tables import counted
from cpsa.documents.asked import Asked
from cpsa.documents.model import Table
from cpsa.documents.parts import column, number, plain, table


def pendency_ages(asked: Asked, departments: Iterable[str]) -> Table | None:
    """A row for each department with pending actions that were sent; None where none has any."""
    words = asked.words
    names = [name for name, _ in AGE_BANDS]
    rows = []
    for department in departments:
        ages = asked.pendency(department).ages
        if any(ages):
            rows.append((plain(words.department(department)), *_cells(asked, department, ages)))
    if not rows:
        return None
    bands = (column(words(f"pendency.age.{name}"), 1.2, figure=True) for name in names)
    return table(
        words("pendency.ages_title"), (column(words("actions.department"), 4), *bands), rows
    )


def _cells(asked: Asked, department: str, ages: tuple[int, ...]) -> list:
    pending = [
        (one.age_days, one)
        for one in asked.standings
        if one.pending
        and one.counts
        and one.age_days is not None
        and one.action.department == department
    ]
    first, cells = 0, []
    for (_, last), count in zip(AGE_BANDS, ages, strict=True):
        within = [one for age, one in pending if age >= first and (last is None or age <= last)]
        cells.append(number(asked.words.number(count), origin=counted(within)))
        first = (last or 0) + 1
    return cells
