"""Sources of counts: what a closing counted, and the rows that were counted or summed.

What must not go here: figures of updates (``source_tables``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from cpsa.documents.blocks import (
    code_cell,
    column,
    figure_cell,
    quoted_cell,
    state_cell,
    status_cell,
    table,
    text_cell,
)
from cpsa.documents.content_model import Cell, CellKind, Column, Table
from cpsa.documents.document_text import DocumentText
from cpsa.documents.linked_blocks import AnchoredRows, LinkedCell
from cpsa.documents.sources import source_needs
from cpsa.documents.sources.source_needs import NeededSources
from cpsa.figures import NO_FIGURE
from cpsa.i18n import catalogue
from cpsa.provenance.derivation import DerivationResolver
from cpsa.provenance.origin import RowsOrigin
from cpsa.provenance.snapshot import has_value, to_single_line
from cpsa.submissions.state import SubmissionState
from cpsa.submissions.table_rows import make_column_code


def build_reporting_sources(words: DocumentText, needs: NeededSources) -> Table | None:
    """What each closing counted, and from whom nothing was accepted."""
    snapshot, rows, ids = words.snapshot, [], []
    for quarter, form in sorted(needs.reporting):
        counted = snapshot.select_rows("reporting", quarter=quarter, form=form)
        closing = next(
            snapshot.select_rows("closings", quarter=quarter).itertuples(index=False), None
        )
        for row in counted.itertuples(index=False):
            when = NO_FIGURE if closing is None else _format_closing(words, closing)
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


def _format_closing(words: DocumentText, closing: Any) -> str:
    day = words.day(closing.closed_at)
    return words("source.closed_on", day=day, version=int(closing.version))


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

    for frame, (title, columns, cells) in _make_row_layouts(words, make_agency_cell).items():
        bodies = [
            AnchoredRows(
                tuple(cells(part.row) for part in resolver.resolve(RowsOrigin(frame, rows)).parts),
                words.count("source.number", len(rows)),
                id=f"rows.{place}",
            )
            for (source_frame, rows), place in needs.lists.items()
            if source_frame == frame and not _is_single_value(frame, rows)
        ]
        bodies += _list_single_values(needs, resolver, frame, cells)
        if bodies:
            yield table(title, columns, bodies=bodies, dense=True)


def _is_single_value(frame: str, rows: tuple[object, ...]) -> bool:
    return frame == "table_values" and len(rows) == 1


def _list_single_values(
    needs: NeededSources,
    resolver: DerivationResolver,
    frame: str,
    cells: Callable[[Any], tuple[Cell, ...]],
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
            tuple(cells(part.row) for part in found),
            ids=tuple(map(source_needs.make_value_anchor, labels)),
        )


RowLayout = tuple[str, tuple[Column, ...], Callable[[Any], tuple[Cell, ...]]]


def _make_row_layouts(
    words: DocumentText, make_agency_cell: Callable[[Any], Cell]
) -> dict[str, RowLayout]:
    """For each frame its caption, columns, and the cells of a row."""
    agency, quarter = column(words("actions.agency"), 3), column(words("quarter"), 0)
    units = {indicator.code: indicator.unit for indicator in words.snapshot.framework.indicators}

    def finding(row: Any) -> tuple[Cell, ...]:
        place = (
            catalogue.describe_place(row.place, words.language)
            if has_value(row.place)
            else NO_FIGURE
        )
        figure = " ".join(filter(None, (row.indicator, row.dimension)))
        cells = (
            code_cell(row.rule),
            code_cell(figure or NO_FIGURE),
            text_cell(place),
            quoted_cell(row.explanation),
        )
        return make_agency_cell(row), code_cell(row.quarter), *cells

    def entry(row: Any) -> tuple[Cell, ...]:
        amount = words.in_full(row.amount, "inr") if has_value(row.amount) else NO_FIGURE
        people = words.number(int(row.people)) if has_value(row.people) else NO_FIGURE
        texts = text_cell(words.theme(row.theme)), quoted_cell(_shorten(to_single_line(row.text)))
        return (
            make_agency_cell(row),
            code_cell(row.quarter),
            *texts,
            figure_cell(amount),
            figure_cell(people),
        )

    def score(row: Any) -> tuple[Cell, ...]:
        figures = figure_cell(words.score(row.composite)), figure_cell(words.percent(row.coverage))
        return (
            make_agency_cell(row),
            code_cell(row.quarter),
            state_cell(words, row.state),
            *figures,
            replace(status_cell(words, row), text=words.status_of(row)),
        )

    def closing(row: Any) -> tuple[Cell, ...]:
        return code_cell(row.quarter), text_cell(_format_closing(words, row))

    def publication(row: Any) -> tuple[Cell, ...]:
        return code_cell(row.quarter), text_cell(words.day(row.published_at))

    def action(row: Any) -> tuple[Cell, ...]:
        department = text_cell(words.department(row.department))
        return (
            make_agency_cell(row),
            code_cell(row.quarter),
            code_cell(row.number),
            department,
            text_cell(words.theme(row.theme)),
        )

    def restatement(row: Any) -> tuple[Cell, ...]:
        unit = units.get(row.indicator, "count")
        old, new = (value if has_value(value) else None for value in (row.old, row.new))
        texts = code_cell(row.indicator), text_cell(words.day(row.at)), quoted_cell(row.reason)
        figures = figure_cell(words.in_full(old, unit)), figure_cell(words.in_full(new, unit))
        return make_agency_cell(row), code_cell(row.quarter), *texts, *figures

    def table_value(row: Any) -> tuple[Cell, ...]:
        code = make_column_code(row.table, row.column)
        found = words.snapshot.framework.find_table_column(code)
        name = ": ".join(words.label(part.label) for part in found) if found else code
        return (
            make_agency_cell(row),
            code_cell(row.quarter),
            figure_cell(words.number(int(row.version))),
            text_cell(name),
            quoted_cell(row.row),
            text_cell(catalogue.describe_place(row.place, words.language)),
        )

    theme, explanation = column(words("actions.theme"), 2), column(words("findings.explanation"), 3)
    return {
        "findings": (
            words("source.findings"),
            (
                *(agency, quarter, column(words("findings.rule"), 0)),
                *(column(words("findings.on"), 0), column(words("source.place"), 2), explanation),
            ),
            finding,
        ),
        "entries": (
            words("source.entries"),
            (
                *(agency, quarter, theme, column(words("actions.text"), 4)),
                column(words("convergence.amount"), figure=True),
                column(words("convergence.people"), figure=True),
            ),
            entry,
        ),
        "actions": (
            words("source.actions"),
            (
                *(agency, quarter, column(words("actions.number"), 0)),
                *(column(words("actions.department"), 3), theme),
            ),
            action,
        ),
        "scores": (
            words("source.statuses"),
            (
                *(agency, quarter, column(words("update.state"), 0)),
                column(words("composite"), figure=True),
                column(words("coverage_column"), figure=True),
                column(words("status"), 0),
            ),
            score,
        ),
        "closings": (
            words("source.reporting"),
            (quarter, column(words("source.closed"), 3)),
            closing,
        ),
        "publications": (
            words("source.publications"),
            (quarter, column(words("source.published"), 3)),
            publication,
        ),
        "restatements": (
            words("source.restatements"),
            (
                *(agency, quarter, column(words("code"), 0), column(words("restatements.at"), 0)),
                column(words("restatements.reason"), 3),
                column(words("restatements.old"), figure=True),
                column(words("restatements.new"), figure=True),
            ),
            restatement,
        ),
        "table_values": (
            words("source.table_values"),
            (
                *(agency, quarter, column(words("source.version_column"), 0, figure=True)),
                *(column(words("source.table_column"), 3), column(words("source.table_row"), 2)),
                column(words("source.place"), 2),
            ),
            table_value,
        ),
    }


def _shorten(text: str, max_length: int = 90) -> str:
    return text if len(text) <= max_length else f"{text[:max_length].rsplit(' ', 1)[0]} …"
