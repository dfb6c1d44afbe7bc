"""Pending actions by the whole days since the first mail that requested them, to a document's date."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cpsa.actions.status import AGE_BANDS
from cpsa.documents.blocks import column, figure_cell, table, text_cell
from cpsa.documents.content_model import Table
from cpsa.documents.policy_actions.action_blocks import make_actions_origin
from cpsa.documents.policy_actions.action_selection import ActionSelection


def pendency_ages_table(selection: ActionSelection, departments: Iterable[str]) -> Table | None:
    """A row for each department with pending actions that were sent; None where none has any."""
    words = selection.words
    names = [name for name, _ in AGE_BANDS]
    rows = []
    for department in departments:
        ages = selection.compute_pendency(department).ages
        if any(ages):
            rows.append(
                (
                    text_cell(words.department(department)),
                    *_make_age_cells(selection, department, ages),
                )
            )
    if not rows:
        return None
    bands = (column(words(f"pendency.age.{name}"), 1.2, figure=True) for name in names)
    return table(
        words("pendency.ages_title"), (column(words("actions.department"), 4), *bands), rows
    )


def _make_age_cells(
    selection: ActionSelection, department: str, ages: tuple[int, ...]
) -> list[Any]:
    pending = [
        (status.age_days, status)
        for status in selection.statuses
        if status.pending
        and status.counts
        and status.age_days is not None
        and status.action.department == department
    ]
    first, cells = 0, []
    for (_, last), count in zip(AGE_BANDS, ages, strict=True):
        within = [
            status for age, status in pending if age >= first and (last is None or age <= last)
        ]
        cells.append(figure_cell(selection.words.number(count), origin=make_actions_origin(within)))
        first = (last or 0) + 1
    return cells
