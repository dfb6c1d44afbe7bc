"""How the agencies of a form stand, by division: in place of a list where there are too many for one.

What must not go here: the list itself (``programme_sections``).
"""

from __future__ import annotations

import pandas as pd

from cpsa.calendar import Quarter
from cpsa.documents.blocks import column, figure_cell, table, text_cell
from cpsa.documents.content_model import Cell, Table
from cpsa.documents.document_text import DocumentText
from cpsa.provenance.origin import RowsOrigin
from cpsa.submissions.state import SubmissionState

MAX_LISTED_AGENCIES = 400
"""Agencies of a form: of more of them a state's update lists none; each has an update of its own."""


def has_too_many_agencies(words: DocumentText, quarter: Quarter, form: str) -> bool:
    """Whether a form has more agencies in a quarter than are listed."""
    return len(_select_scores(words, quarter, form)) > MAX_LISTED_AGENCIES


def build_division_table(words: DocumentText, quarter: Quarter, form: str) -> Table:
    """Of each division: its agencies, those with an accepted update, and those of each status."""
    scores = _select_scores(words, quarter, form)
    agencies = words.snapshot.agencies
    divisions = scores["agency"].map(lambda agency: str(agencies[agency]["division"]))
    statuses = tuple(words.snapshot.framework.statuses)

    def count_cell(rows: pd.DataFrame) -> Cell:
        return figure_cell(words.number(len(rows)), origin=RowsOrigin("scores", tuple(rows.index)))

    def cells(division: str, rows: pd.DataFrame) -> tuple[Cell, ...]:
        return (
            text_cell(division),
            count_cell(rows),
            count_cell(rows[rows["state"] == SubmissionState.ACCEPTED]),
            *(count_cell(rows[rows["status"] == status]) for status in statuses),
        )

    return table(
        words("state.by_division", most=words.number(MAX_LISTED_AGENCIES)),
        (
            column(words("state.division"), 3),
            column(words("findings.agencies"), 1.2, figure=True),
            column(words("reporting.accepted"), 1.2, figure=True),
            *(column(words.status(status), 1.2, figure=True) for status in statuses),
        ),
        (cells(str(division), rows) for division, rows in scores.groupby(divisions)),
    )


def _select_scores(words: DocumentText, quarter: Quarter, form: str) -> pd.DataFrame:
    scores = words.snapshot.select_rows("scores", quarter=quarter.key)
    forms = {code: agency["form"] for code, agency in words.snapshot.agencies.items()}
    return scores[scores["agency"].map(forms) == form]
