"""Money due and received, as tables of documents: of any table of sources that agencies filled in.

What must not go here: which rows count, or by what they are added up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cpsa.documents.agency_tables import CountedRow, list_values, make_values_origin
from cpsa.documents.blocks import column, figure_cell, table, text_cell
from cpsa.documents.content_model import Cell, Table
from cpsa.documents.document_text import DocumentText
from cpsa.figures import NO_FIGURE
from cpsa.framework.agency_table import AgencyTable
from cpsa.provenance.origin import RowsMeasure


def make_funding_table(
    words: DocumentText,
    agency_table: AgencyTable,
    head: str,
    lines: Sequence[tuple[str, Sequence[CountedRow]]],
    all_rows: Sequence[CountedRow],
    caption: str = "",
) -> Table:
    """Due, received and what is missing, a line each; with the total of all rows where they are given."""
    heads = (words("steps.due"), words("steps.received"), words("steps.gap"))
    return table(
        caption,
        (column(head, 4), *(column(title, 1.6, figure=True) for title in heads)),
        ([text_cell(name), *_make_money_cells(words, agency_table, rows)] for name, rows in lines),
        total=[text_cell(words("total")), *_make_money_cells(words, agency_table, all_rows)]
        if all_rows
        else (),
        dense=True,
    )


def _make_money_cells(
    words: DocumentText, agency_table: AgencyTable, rows: Sequence[CountedRow]
) -> list[Cell]:
    assert agency_table.funding is not None
    due, received = (
        list_values(rows, code)
        for code in (agency_table.funding.due, agency_table.funding.received)
    )
    gap = _sum(due) - _sum(received)
    return [
        *(
            figure_cell(words.quantity(_sum(values), "inr"), origin=make_values_origin(values))
            if values
            else figure_cell(NO_FIGURE)
            for values in (due, received)
        ),
        figure_cell(
            words.quantity(gap, "inr"),
            origin=make_values_origin([*due, *received], RowsMeasure.DIFFERENCE),
        )
        if due
        else figure_cell(NO_FIGURE),
    ]


def _sum(values: Sequence[Any]) -> int:
    return sum(int(value.hundredths) for value in values)


def list_lines_by_source(
    words: DocumentText, agency_table: AgencyTable, rows: Sequence[CountedRow]
) -> list[tuple[str, list[CountedRow]]]:
    """The rows of each source that has any, in the order of sources."""
    return [
        (words.label(label), own)
        for source, label in agency_table.listed_labels.items()
        if (own := [row for row in rows if row.key == source])
    ]
