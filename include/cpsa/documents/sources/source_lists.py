"""Sources of counts: what a closing counted, and the rows that were counted or summed.

What must not go here: figures of updates (``source_tables``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cpsa.documents.blocks import (
    code_cell,
    column,
    figure_cell,
    table,
    text_cell,
)
from cpsa.documents.content_model import Cell, CellKind, Table
from cpsa.documents.document_text import DocumentText
from cpsa.documents.linked_blocks import AnchoredRows, LinkedCell
from cpsa.documents.sources import source_needs
from cpsa.documents.sources.source_needs import NeededSources
from cpsa.documents.sources.source_row_layouts import (
    RowLayout,
    format_closing,
    make_row_layouts,
)
from cpsa.figures import NO_FIGURE
from cpsa.provenance.derivation import DerivationResolver
from cpsa.provenance.origin import RowsOrigin
from cpsa.submissions.state import SubmissionState


def build_reporting_sources(words: DocumentText, needs: NeededSources) -> Table | None:
    """What each closing counted, and from whom nothing was accepted."""
    snapshot, rows, ids = words.snapshot, [], []
    for quarter, form in sorted(needs.reporting):
        counted = snapshot.select_rows("reporting", quarter=quarter, form=form)
        closing = next(
            snapshot.select_rows("closings", quarter=quarter).itertuples(index=False), None
        )
        for row in counted.itertuples(index=False):
            when = NO_FIGURE if closing is None else format_closing(words, closing)
            rows.append(
                (
                    code_cell(quarter),
                    text_cell(words.form(form)),
                    text_cell(when),
                    *(
                        figure_cell(words.number(int(getattr(row, name))))
                        for name in ("expected", "received", "accepted", "on_time")
                    ),
                    code_cell(", ".join(_list_not_accepted(words, quarter, form)) or NO_FIGURE),
                )
            )
            ids.append(source_needs.make_reporting_anchor(quarter, form))
    if not rows:
        return None
    columns = (
        column(words("quarter"), 0),
        column(words("reporting.form"), 2),
        column(words("source.closed"), 2),
        column(words("reporting.expected"), 0, figure=True),
        column(words("reporting.received"), 0, figure=True),
        column(words("reporting.accepted"), 0, figure=True),
        column(words("source.on_time"), 0, figure=True),
        column(words("source.not_accepted"), 3),
    )
    bodies = (AnchoredRows(tuple(rows), ids=tuple(ids), id=source_needs.make_reporting_anchor()),)
    return table(words("source.reporting"), columns, bodies=bodies, dense=True)


def _list_not_accepted(words: DocumentText, quarter: str, form: str) -> Iterator[str]:
    agencies = words.snapshot.agencies
    for row in words.snapshot.select_rows("scores", quarter=quarter).itertuples(index=False):
        if (
            row.state != SubmissionState.ACCEPTED
            and row.agency in agencies
            and agencies[row.agency]["form"] == form
        ):
            yield row.agency


def build_row_sources(
    words: DocumentText, resolver: DerivationResolver, needs: NeededSources
) -> Iterator[Table]:
    """The rows behind counts and sums, a table for each kind of row."""
    updates = {
        (agency, quarter)
        for agency in needs.agencies
        for quarter in needs.list_quarters(agency, resolver)
    }

    def make_agency_cell(row: Any) -> Cell:
        href = (
            source_needs.make_update_anchor(row.agency, row.quarter)
            if (row.agency, row.quarter) in updates
            else ""
        )
        return LinkedCell(words.agency_with_code(row.agency), CellKind.TEXT, href=href)

    for frame, layout in make_row_layouts(words, make_agency_cell).items():
        bodies = [
            AnchoredRows(
                tuple(
                    layout.make_cells(part.row)
                    for part in resolver.resolve(RowsOrigin(frame, rows)).parts
                ),
                words.count("source.number", len(rows)),
                id=f"rows.{place}",
            )
            for (source_frame, rows), place in needs.lists.items()
            if source_frame == frame and not _is_single_value(frame, rows)
        ]
        bodies += _list_single_values(needs, resolver, frame, layout)
        if bodies:
            yield table(layout.caption, layout.columns, bodies=bodies, dense=True)


def _is_single_value(frame: str, rows: tuple[object, ...]) -> bool:
    return frame == "table_values" and len(rows) == 1


def _list_single_values(
    needs: NeededSources,
    resolver: DerivationResolver,
    frame: str,
    layout: RowLayout,
) -> Iterator[AnchoredRows]:
    """The values of agencies' tables that are printed as they are, each a row that is led to."""
    labels = [
        rows[0]
        for source_frame, rows in needs.lists
        if source_frame == frame and _is_single_value(frame, rows)
    ]
    if labels:
        found = resolver.resolve(RowsOrigin(frame, tuple(labels))).parts
        yield AnchoredRows(
            tuple(layout.make_cells(part.row) for part in found),
            ids=tuple(map(source_needs.make_value_anchor, labels)),
        )
