"""Learning document: how far the figures can be relied on, and which were changed since."""

from __future__ import annotations

from typing import Any

from cpsa.calendar import AnyPeriod
from cpsa.documents.model import Block, Paragraph, Section, Subheading, Table
from cpsa.documents.origin import Held, Listed, Measure, Scored
from cpsa.documents.parts import (
    code,
    column,
    limited_statuses,
    number,
    own_words,
    plain,
    present,
    ratio,
    section,
    status,
    table,
)
from cpsa.documents.programme_parts import findings_by_rule, reporting_table
from cpsa.documents.words import Words


def quality(words: Words, period: AnyPeriod) -> Section:
    """Reporting and accepted rates, findings by rule, and agencies with poor coverage."""
    blocks: list[Block] = []
    rates = reporting_table(words, period.quarters)
    if rates:
        blocks += [Subheading(words("quality.rates")), rates]
    found = list(findings_by_rule(words, period.quarters))
    blocks.append(Subheading(words("findings.by_rule")))
    blocks += found or [Paragraph(words("findings.none_at_all"))]
    blocks.append(Subheading(words("quality.coverage")))
    floor = words.whole_percent(words.snapshot.framework.coverage_floor)
    thin = _coverage(words, period)
    if thin:
        blocks += [Paragraph(words("quality.coverage_told", floor=floor)), thin]
        scores = words.snapshot.of("scores", quarter=period.last_quarter.key)
        blocks += filter(None, [limited_statuses(words, scores)])
    else:
        blocks.append(Paragraph(words("quality.coverage_nothing", floor=floor)))
    return section("quality", words("quality.title"), blocks, words("quality.nothing"))


def _coverage(words: Words, period: AnyPeriod) -> Table | None:
    rows = words.snapshot.of("scores", quarter=period.last_quarter.key)
    thin = rows[rows["coverage"] < words.snapshot.framework.coverage_floor]
    if thin.empty:
        return None
    return table(
        "",
        (
            column(words("code"), 0),
            column(words("name"), 4.5),
            column(words("coverage"), 2, figure=True),
            column(words("status"), 0),
        ),
        (
            (
                code(row.agency),
                plain(words.agency(row.agency)),
                number(
                    words.percent(row.coverage),
                    ratio(row.coverage),
                    origin=Scored(Held.COVERAGE, row.agency, period.last_quarter.key),
                ),
                status(words, row),
            )
            for row in thin.sort_values(["coverage", "agency"]).itertuples(index=False)
        ),
    )


def restatements(words: Words, period: AnyPeriod) -> Section:
    """Figures changed after the last learning document, with the reason given."""
    since = _last_closing(words, period)
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
            (_restatement(words, row) for row in rows.itertuples()),
        )
    return section(
        "restatements", words("restatements.title"), (found,), words("restatements.nothing")
    )


def _last_closing(words: Words, period: AnyPeriod) -> Any | None:
    """When the period before this one was first closed: what came later is news."""
    before = period.first_quarter - 1
    rows = words.snapshot.of("closings", quarter=before.key)
    return rows["closed_at"].min() if len(rows) else None


def _restatement(words: Words, row: Any) -> tuple:
    known = words.snapshot.framework.by_code.get(row.indicator)
    unit = known.unit if known else "count"
    label = words.indicator(row.indicator)
    if present(row.dimension):
        label = f"{label} ({words.dimension(row.dimension)})"
    old, new = (value if present(value) else None for value in (row.old, row.new))
    return (
        plain(words.day(row.at)),
        code(row.quarter),
        code(row.agency),
        plain(label),
        number(words.in_full(old, unit), origin=Listed("restatements", (row.Index,), Measure.OLD)),
        number(words.in_full(new, unit), origin=Listed("restatements", (row.Index,), Measure.NEW)),
        own_words(row.reason),
    )
