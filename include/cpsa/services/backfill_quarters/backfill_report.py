"""A backfill's changes as tables and lines that a person reads, in either language.

The command line prints them, Airflow's form shows them. What must not go here: finding anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pandas as pd

from cpsa import figures
from cpsa.i18n.catalogue import text
from cpsa.services.backfill_quarters.backfill_request import BackfillRequest
from cpsa.services.backfill_quarters.document_diff import DifferenceKind, DocumentDifference
from cpsa.services.backfill_quarters.execute_backfill import BackfillPreview
from cpsa.services.backfill_quarters.store_changes import FigureChange, StoreChanges
from cpsa.services.markdown import escape_cell, format_table

ROWS_SHOWN = 60  # of each table: a form is read, a thousand rows of it are not


def format_preview(request: BackfillRequest, preview: BackfillPreview, language: str) -> str:
    """A preview in markdown, for Airflow's form: the request, counts, tables."""
    letters = "letters_too" if request.letters else "no_letters"
    parts = [
        describe_request(request, language),
        f"**{describe_counts(preview.changes, language)}**",
        text("backfill.body", language) + " " + text(f"backfill.{letters}", language),
    ]
    if preview.periods:
        periods = ", ".join(period.key for period in preview.periods)
        parts += [
            describe_document_counts(preview.documents, language),
            text("backfill.built_after", language, periods=periods),
        ]
    parts += [f"- {escape_cell(problem)}" for problem in preview.problems]
    for title, table in tabulate_changes(preview.changes, preview.documents, language):
        shown = table.head(ROWS_SHOWN).itertuples(index=False, name=None)
        rows = [tuple(map(escape_cell, row)) for row in shown]
        parts += [f"### {title} ({len(table)})", format_table(list(table.columns), rows)]
        if len(table) > ROWS_SHOWN:
            parts.append(text("backfill.more", language, number=len(table) - ROWS_SHOWN))
    return "\n\n".join(parts)


def describe_request(request: BackfillRequest, language: str) -> str:
    """The request, in one line."""
    return text(
        "backfill.request",
        language,
        first=request.first.key,
        last=request.last.key,
        agencies=", ".join(request.agencies) or text("backfill.all_agencies", language),
        parts=", ".join(text(f"backfill.part.{step}", language) for step in request.steps),
        reason=request.reason,
    )


def describe_counts(changes: StoreChanges, language: str) -> str:
    """How many of each, or that nothing changes."""
    if changes == StoreChanges():
        return text("backfill.nothing", language)
    return text("backfill.counts", language, **changes.count_changes())


def describe_document_counts(differences: Sequence[DocumentDifference], language: str) -> str:
    kind_counts = Counter(difference.how for difference in differences)
    counts = {str(kind): kind_counts[kind] for kind in DifferenceKind}
    return text("backfill.documents_count", language, number=len(differences), **counts)


def tabulate_changes(
    changes: StoreChanges, differences: Sequence[DocumentDifference], language: str
) -> list[tuple[str, pd.DataFrame]]:
    """Each kind of change under its title; none of a kind, no table. Documents whose day alone is
    another are only counted."""
    labels = {
        kind: text(f"backfill.how.{kind}", language)
        for kind in (*DifferenceKind, "appears", "vanishes")
    }
    rows_by_table = {
        "files": [
            (change.quarter, change.agency, change.version, change.old, change.new)
            for change in changes.files
        ],
        "figures": [_make_figure_row(change) for change in changes.figures],
        "findings": [
            (
                change.quarter,
                change.agency,
                change.rule,
                change.indicator,
                change.dimension,
                change.observed,
                labels[_get_finding_change(appears=change.appears)],
            )
            for change in changes.findings
        ],
        "scores": [
            (score.quarter, score.agency, score.name, score.old, score.new)
            for score in changes.scores
        ],
        "restatements": [_make_figure_row(change) for change in changes.restatements],
        "documents": [
            (difference.path, labels[difference.how])
            for difference in differences
            if difference.how is not DifferenceKind.DAY
        ],
    }
    place_columns = ["quarter", "agency"]
    figure_columns = [*place_columns, "indicator", "dimension", "old", "new"]
    columns = {
        "files": [*place_columns, "version", "old", "new"],
        "figures": figure_columns,
        "findings": [*place_columns, "rule", "indicator", "dimension", "observed", "how"],
        "scores": [*place_columns, "name", "old", "new"],
        "restatements": figure_columns,
        "documents": ["path", "how"],
    }
    return [
        (
            text(f"backfill.{name}", language),
            pd.DataFrame(
                rows,
                columns=[text(f"backfill.column.{column}", language) for column in columns[name]],
            ),
        )
        for name, rows in rows_by_table.items()
        if rows
    ]


def _get_finding_change(*, appears: bool) -> str:
    return "appears" if appears else "vanishes"


def _make_figure_row(change: FigureChange) -> tuple[str, ...]:
    values = ("" if value is None else figures.count(value) for value in (change.old, change.new))
    return change.quarter, change.agency, change.indicator, change.dimension, *values
