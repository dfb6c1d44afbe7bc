"""How the rows behind counts and sums are shown: for each frame of a snapshot, its columns.

What must not go here: which rows are shown, and where they are led to (``source_lists``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from cpsa.documents.blocks import (
    code_cell,
    column,
    figure_cell,
    quoted_cell,
    state_cell,
    status_cell,
    text_cell,
)
from cpsa.documents.cluster_profile import describe_figure_source
from cpsa.documents.content_model import Cell, Column
from cpsa.documents.document_text import DocumentText
from cpsa.figures import NO_FIGURE
from cpsa.i18n import catalogue
from cpsa.provenance.snapshot import has_value, to_single_line
from cpsa.registry.cluster_register import MONEY_COLUMNS
from cpsa.submissions.table_rows import make_column_code

MakeCell = Callable[[Any], Cell]
Field = tuple[Column, MakeCell]
"""A column, and its cell of a row."""


@dataclass(frozen=True)
class RowLayout:
    caption: str
    fields: tuple[Field, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        return tuple(column for column, _ in self.fields)

    def make_cells(self, row: Any) -> tuple[Cell, ...]:
        return tuple(make_cell(row) for _, make_cell in self.fields)


def make_row_layouts(words: DocumentText, make_agency_cell: MakeCell) -> dict[str, RowLayout]:
    """For each frame whose rows are counted or summed, how one is shown; in the order of printing."""
    quarter: Field = (column(words("quarter"), 0), lambda row: code_cell(row.quarter))
    agency: Field = (column(words("actions.agency"), 3), make_agency_cell)
    of_agency = (agency, quarter)
    return {
        "findings": RowLayout(words("source.findings"), (*of_agency, *_finding_fields(words))),
        "entries": RowLayout(words("source.entries"), (*of_agency, *_entry_fields(words))),
        "actions": RowLayout(words("source.actions"), (*of_agency, *_action_fields(words))),
        "scores": RowLayout(words("source.statuses"), (*of_agency, *_score_fields(words))),
        "closings": RowLayout(
            words("source.reporting"),
            (
                quarter,
                (
                    column(words("source.closed"), 3),
                    lambda row: text_cell(format_closing(words, row)),
                ),
            ),
        ),
        "publications": RowLayout(
            words("source.publications"),
            (
                quarter,
                (
                    column(words("source.published"), 3),
                    lambda row: text_cell(words.day(row.published_at)),
                ),
            ),
        ),
        "restatements": RowLayout(
            words("source.restatements"), (*of_agency, *_restatement_fields(words))
        ),
        "cluster_figures": RowLayout(words("source.clusters"), _cluster_fields(words)),
        "table_values": RowLayout(
            words("source.table_values"), (*of_agency, *_table_value_fields(words))
        ),
    }


def format_closing(words: DocumentText, closing: Any) -> str:
    """The day of a closing and its version."""
    day = words.day(closing.closed_at)
    return words("source.closed_on", day=day, version=int(closing.version))


def _finding_fields(words: DocumentText) -> tuple[Field, ...]:
    def make_subject_cell(row: Any) -> Cell:
        return code_cell(" ".join(filter(None, (row.indicator, row.dimension))) or NO_FIGURE)

    def make_place_cell(row: Any) -> Cell:
        return text_cell(_describe_place(words, row) if has_value(row.place) else NO_FIGURE)

    return (
        (column(words("findings.rule"), 0), lambda row: code_cell(row.rule)),
        (column(words("findings.on"), 0), make_subject_cell),
        (column(words("source.place"), 2), make_place_cell),
        (column(words("findings.explanation"), 3), lambda row: quoted_cell(row.explanation)),
    )


def _entry_fields(words: DocumentText) -> tuple[Field, ...]:
    def make_field(name: str) -> Field:
        def make_cell(row: Any) -> Cell:
            value = getattr(row, name)
            if not has_value(value):
                return figure_cell(NO_FIGURE)
            in_paise = name in ("amount", "rate")
            return figure_cell(
                words.in_full(int(value), "inr") if in_paise else words.number(int(value))
            )

        return column(words(f"convergence.{name}"), figure=True), make_cell

    return (
        _theme_field(words),
        (
            column(words("actions.text"), 4),
            lambda row: quoted_cell(_shorten(to_single_line(row.text))),
        ),
        *map(make_field, ("units", "rate", "amount", "people", "women")),
    )


def _action_fields(words: DocumentText) -> tuple[Field, ...]:
    return (
        (column(words("actions.number"), 0), lambda row: code_cell(row.number)),
        (
            column(words("actions.department"), 3),
            lambda row: text_cell(words.department(row.department)),
        ),
        _theme_field(words),
    )


def _theme_field(words: DocumentText) -> Field:
    return column(words("actions.theme"), 2), lambda row: text_cell(words.theme(row.theme))


def _score_fields(words: DocumentText) -> tuple[Field, ...]:
    return (
        (column(words("update.state"), 0), lambda row: state_cell(words, row.state)),
        (
            column(words("composite"), figure=True),
            lambda row: figure_cell(words.score(row.composite)),
        ),
        (
            column(words("coverage_column"), figure=True),
            lambda row: figure_cell(words.percent(row.coverage)),
        ),
        (
            column(words("status"), 0),
            lambda row: replace(status_cell(words, row), text=words.status_of(row)),
        ),
    )


def _restatement_fields(words: DocumentText) -> tuple[Field, ...]:
    units = {indicator.code: indicator.unit for indicator in words.snapshot.framework.indicators}

    def make_figure_cell(row: Any, value: Any) -> Cell:
        figure = value if has_value(value) else None
        return figure_cell(words.in_full(figure, units.get(row.indicator, "count")))

    return (
        (column(words("code"), 0), lambda row: code_cell(row.indicator)),
        (column(words("restatements.at"), 0), lambda row: text_cell(words.day(row.at))),
        (column(words("restatements.reason"), 3), lambda row: quoted_cell(row.reason)),
        (
            column(words("restatements.old"), figure=True),
            lambda row: make_figure_cell(row, row.old),
        ),
        (
            column(words("restatements.new"), figure=True),
            lambda row: make_figure_cell(row, row.new),
        ),
    )


def _cluster_fields(words: DocumentText) -> tuple[Field, ...]:
    def make_value_cell(row: Any) -> Cell:
        unit = "inr" if row.column in MONEY_COLUMNS else "count"
        return figure_cell(words.in_full(int(row.hundredths), unit))

    def make_source_cell(row: Any) -> Cell:
        return text_cell(describe_figure_source(words, row.as_of, row.basis, row.source))

    return (
        (column(words("cluster.code"), 0), lambda row: code_cell(row.cluster)),
        (
            column(words("source.table_column"), 2),
            lambda row: text_cell(words(f"cluster.{row.column}")),
        ),
        (column(words("source.value"), figure=True), make_value_cell),
        (column(words("cluster.source"), 4), make_source_cell),
    )


def _table_value_fields(words: DocumentText) -> tuple[Field, ...]:
    def make_column_cell(row: Any) -> Cell:
        code = make_column_code(row.table, row.column)
        found = words.snapshot.framework.find_table_column(code)
        return text_cell(": ".join(words.label(part.label) for part in found) if found else code)

    return (
        (
            column(words("source.version_column"), 0, figure=True),
            lambda row: figure_cell(words.number(int(row.version))),
        ),
        (column(words("source.table_column"), 3), make_column_cell),
        (column(words("source.table_row"), 2), lambda row: quoted_cell(row.row)),
        (column(words("source.place"), 2), lambda row: text_cell(_describe_place(words, row))),
    )


def _describe_place(words: DocumentText, row: Any) -> str:
    return catalogue.describe_place(row.place, words.language)


def _shorten(text: str, max_length: int = 90) -> str:
    return text if len(text) <= max_length else f"{text[:max_length].rsplit(' ', 1)[0]} …"
