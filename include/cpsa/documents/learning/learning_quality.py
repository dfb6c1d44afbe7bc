"""Learning document: how far the figures can be relied on, and which were changed since."""

from __future__ import annotations

from typing import Any

from cpsa.calendar import AnyPeriod
from cpsa.documents.blocks import (
    code_cell,
    column,
    figure_cell,
    limit_ratio,
    make_limited_note,
    quoted_cell,
    section,
    status_cell,
    table,
    text_cell,
)
from cpsa.documents.content_model import Block, Paragraph, Section, Subheading, Table
from cpsa.documents.document_text import DocumentText
from cpsa.documents.programme_sections import make_finding_blocks, reporting_table
from cpsa.provenance.origin import RowsMeasure, RowsOrigin, ScoreKind, ScoreOrigin
from cpsa.provenance.snapshot import has_value


def build_data_quality(words: DocumentText, period: AnyPeriod) -> Section:
    """Reporting and accepted rates, findings by rule, and agencies with poor coverage."""
    blocks: list[Block] = []
    rates = reporting_table(words, period.quarters)
    if rates:
        blocks += [Subheading(words("quality.rates")), rates]
    found = list(make_finding_blocks(words, period.quarters))
    blocks.append(Subheading(words("findings.by_rule")))
    blocks += found or [Paragraph(words("findings.none_at_all"))]
    blocks.append(Subheading(words("quality.coverage")))
    floor = words.whole_percent(words.snapshot.framework.coverage_floor)
    thin = _coverage_table(words, period)
    if thin:
        blocks += [Paragraph(words("quality.coverage_explained", floor=floor)), thin]
        scores = words.snapshot.select_rows("scores", quarter=period.last_quarter.key)
        blocks += filter(None, [make_limited_note(words, scores)])
    else:
        blocks.append(Paragraph(words("quality.coverage_nothing", floor=floor)))
    return section("quality", words("quality.title"), blocks, words("quality.nothing"))


def _coverage_table(words: DocumentText, period: AnyPeriod) -> Table | None:
    rows = words.snapshot.select_rows("scores", quarter=period.last_quarter.key)
    thin = rows[rows["coverage"] < words.snapshot.framework.coverage_floor]
    if thin.empty:
        return None
    return table(
        "",
        (
            column(words("code"), 0),
            column(words("name"), 4.5),
            column(words("coverage_column"), 2, figure=True),
            column(words("status"), 0),
        ),
        (
            (
                code_cell(row.agency),
                text_cell(words.agency(row.agency)),
                figure_cell(
                    words.percent(row.coverage),
                    limit_ratio(row.coverage),
                    origin=ScoreOrigin(ScoreKind.COVERAGE, row.agency, period.last_quarter.key),
                ),
                status_cell(words, row),
            )
            for row in thin.sort_values(["coverage", "agency"]).itertuples(index=False)
        ),
    )


def build_restatements(words: DocumentText, period: AnyPeriod) -> Section:
    """Figures changed after the last learning document, with the reason given."""
    since = _find_last_closing(words, period)
    rows = words.snapshot.restatements
    if len(rows) and since is not None:
        rows = rows[rows["at"] > since]
    found = None
    if len(rows):
        rows = rows.sort_values(["at", "agency", "quarter", "indicator", "dimension"])
        found = table(
            "",
            (
                column(words("restatements.at"), 0),
                column(words("quarter"), 0),
                column(words("code"), 0),
                column(words("indicator"), 3.4),
                column(words("restatements.old"), 1.5, figure=True),
                column(words("restatements.new"), 1.5, figure=True),
                column(words("restatements.reason"), 4.6),
            ),
            (_restatement_row(words, row) for row in rows.itertuples()),
        )
    return section(
        "restatements", words("restatements.title"), (found,), words("restatements.nothing")
    )


def _find_last_closing(words: DocumentText, period: AnyPeriod) -> Any | None:
    """When the period before this one was first closed: what came later is news."""
    before = period.first_quarter - 1
    rows = words.snapshot.select_rows("closings", quarter=before.key)
    return rows["closed_at"].min() if len(rows) else None


def _restatement_row(words: DocumentText, row: Any) -> tuple[Any, ...]:
    known = words.snapshot.framework.by_code.get(row.indicator)
    unit = known.unit if known else "count"
    label = words.indicator(row.indicator)
    if has_value(row.dimension):
        label = f"{label} ({words.dimension(row.dimension)})"
    old, new = (value if has_value(value) else None for value in (row.old, row.new))
    return (
        text_cell(words.day(row.at)),
        code_cell(row.quarter),
        code_cell(row.agency),
        text_cell(label),
        figure_cell(
            words.in_full(old, unit),
            origin=RowsOrigin("restatements", (row.Index,), RowsMeasure.OLD),
        ),
        figure_cell(
            words.in_full(new, unit),
            origin=RowsOrigin("restatements", (row.Index,), RowsMeasure.NEW),
        ),
        quoted_cell(row.reason),
    )
