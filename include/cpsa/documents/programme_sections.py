"""Sections about the whole programme, shared by the state's update and the learning document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pandas as pd

from cpsa.calendar import Quarter
from cpsa.documents.blocks import (
    code_cell,
    column,
    figure_cell,
    limit_ratio,
    severity_cell,
    state_cell,
    status_cell,
    status_tone,
    table,
    text_cell,
)
from cpsa.documents.content_model import (
    Bar,
    Bars,
    Block,
    Cell,
    Mark,
    Paragraph,
    Series,
    Subheading,
    Table,
    Trend,
)
from cpsa.documents.document_text import DocumentText
from cpsa.figures import NO_FIGURE
from cpsa.provenance.origin import ReportingOrigin, RowsMeasure, RowsOrigin, ScoreKind, ScoreOrigin
from cpsa.provenance.snapshot import has_value
from cpsa.scoring.reporting_rates import compute_share
from cpsa.submissions.open_finding import rules_for_cpsa

TREND_QUARTERS = 8


def reporting_table(
    words: DocumentText, quarters: Sequence[Quarter], caption: str = ""
) -> Table | None:
    """Expected, received, accepted and in time, by quarter and form, with their rates."""
    rows = words.snapshot.select_rows_in_quarters("reporting", tuple(quarters))
    if rows.empty:
        return None
    order = {form: place for place, form in enumerate(words.snapshot.framework.forms)}

    def cells(row: Any) -> tuple[Any, ...]:
        def make_origin(count: str, *, rate: bool = False) -> ReportingOrigin:
            return ReportingOrigin(count, row.form, row.quarter, row.quarter, rate)

        return (
            code_cell(row.quarter),
            text_cell(words.form(row.form)),
            figure_cell(words.number(row.expected), origin=make_origin("expected")),
            figure_cell(words.number(row.received), origin=make_origin("received")),
            figure_cell(
                words.percent(compute_share(row.received, row.expected)),
                origin=make_origin("received", rate=True),
            ),
            figure_cell(words.number(row.accepted), origin=make_origin("accepted")),
            figure_cell(
                words.percent(compute_share(row.accepted, row.expected)),
                origin=make_origin("accepted", rate=True),
            ),
            figure_cell(
                words.percent(compute_share(row.on_time, row.requested)),
                origin=make_origin("on_time", rate=True),
            ),
        )

    ordered = sorted(
        rows.itertuples(index=False), key=lambda row: (row.quarter, order.get(row.form, 9))
    )
    return table(
        caption,
        (
            column(words("quarter"), 0),
            column(words("reporting.form"), 2.8),
            column(words("reporting.expected"), 1, figure=True),
            column(words("reporting.received"), 1, figure=True),
            column(words("reporting.rate"), 1.3, figure=True),
            column(words("reporting.accepted"), 1, figure=True),
            column(words("reporting.accepted_rate"), 1.3, figure=True),
            column(words("reporting.on_time_rate"), 1.3, figure=True),
        ),
        map(cells, ordered),
    )


def reporting_trend(words: DocumentText, last: Quarter, *, low: bool = False) -> Trend | None:
    """Reporting and accepted rate of both forms together, quarter by quarter."""
    quarters = Quarter.range(last + (1 - TREND_QUARTERS), last)
    rows = words.snapshot.select_rows_in_quarters("reporting", quarters)
    sums = rows.groupby("quarter")[["expected", "received", "accepted"]].sum()
    shown = [quarter for quarter in quarters if quarter.key in sums.index]
    if len(shown) < 2:
        return None

    def series(name: str, column_name: str) -> Series:
        rates = [
            compute_share(
                int(sums.at[trend_quarter.key, column_name]),
                int(sums.at[trend_quarter.key, "expected"]),
            )
            for trend_quarter in shown
        ]
        return Series(name, tuple(map(limit_ratio, rates)), tuple(map(words.percent, rates)))

    lines = (
        series(words("reporting.rate"), "received"),
        series(words("reporting.accepted_rate"), "accepted"),
    )
    description = "; ".join(
        f"{words.months(trend_quarter)}: {', '.join(line.texts[place] for line in lines)}"
        for place, trend_quarter in enumerate(shown)
    )
    return Trend(
        words("reporting.trend"),
        words("reporting.trend_alternative", values=description),
        tuple(trend_quarter.key for trend_quarter in shown),
        lines,
        marks=tuple(Mark(level, words.whole_percent(level)) for level in (0.0, 0.5, 1.0)),
        low=low,
    )


def make_finding_blocks(words: DocumentText, quarters: Sequence[Quarter]) -> Iterator[Block]:
    """How often each rule failed, the most consequential first: what agencies can answer, then
    what only CPSA can answer."""
    rows = words.snapshot.select_rows_in_quarters("findings", tuple(quarters))
    for_cpsa = rows["rule"].isin(rules_for_cpsa(words.snapshot.framework))
    if len(rows[~for_cpsa]):
        yield _findings_of_agencies(words, rows[~for_cpsa])
    elif len(rows):
        yield Paragraph(words("findings.none_for_agencies"))
    if len(rows[for_cpsa]):
        yield Subheading(words("findings.for_cpsa"))
        yield _findings_for_cpsa(words, rows[for_cpsa])


def _findings_for_cpsa(words: DocumentText, rows: pd.DataFrame) -> Table:
    """What only CPSA can answer, by rule, and whom it concerns: agencies, or all of a form."""
    forms = words.snapshot.framework.forms
    rule_groups = list(rows.groupby("rule"))

    def concerned_cell(of_rule: pd.DataFrame) -> Cell:
        named = [form for form in forms if form in set(of_rule["agency"])]
        if named:
            return text_cell(", ".join(forms[form].plural.in_(words.language) for form in named))
        count = words.number(of_rule["agency"].nunique())
        return figure_cell(count, origin=_make_findings_origin(of_rule, RowsMeasure.AGENCIES))

    return table(
        "",
        (
            column(words("findings.rule"), 0),
            column(words("findings.title_of_rule"), 4.5),
            column(words("findings.count"), 1, figure=True),
            column(words("findings.agencies"), 3),
        ),
        (
            (
                code_cell(str(rule)),
                text_cell(words.rule(str(rule))),
                figure_cell(
                    words.number(len(of_rule)),
                    origin=_make_findings_origin(of_rule, RowsMeasure.ROWS),
                ),
                concerned_cell(of_rule),
            )
            for rule, of_rule in rule_groups
        ),
    )


def _findings_of_agencies(words: DocumentText, rows: pd.DataFrame) -> Table:
    rules = words.snapshot.framework.rules

    def rank(rule: str) -> int:
        return rules[rule].rank if rule in rules else len(rules)

    rule_counts = [
        (severity_, rule, len(of_rule), of_rule["agency"].nunique(), of_rule)
        for (severity_, rule), of_rule in rows.groupby(["severity", "rule"])
    ]
    rule_counts.sort(key=lambda item: (item[0] != "error", rank(item[1])))
    return table(
        "",
        (
            column(words("findings.rule"), 0),
            column(words("findings.title_of_rule"), 4.5),
            column(words("findings.severity"), 0),
            column(words("findings.count"), 1, figure=True),
            column(words("findings.agencies"), 1.1, figure=True),
            column(words("findings.explained_count"), 1.2, figure=True),
        ),
        (
            (
                code_cell(rule),
                text_cell(words.rule(rule)),
                severity_cell(words, severity_),
                figure_cell(
                    words.number(count), origin=_make_findings_origin(of_rule, RowsMeasure.ROWS)
                ),
                figure_cell(
                    words.number(agencies),
                    origin=_make_findings_origin(of_rule, RowsMeasure.AGENCIES),
                ),
                figure_cell(
                    words.number(sum(map(has_value, of_rule["explanation"]))),
                    origin=_make_findings_origin(of_rule, RowsMeasure.EXPLAINED),
                ),
            )
            for severity_, rule, count, agencies, of_rule in rule_counts
        ),
    )


def _make_findings_origin(rows: pd.DataFrame, measure: RowsMeasure) -> RowsOrigin:
    return RowsOrigin("findings", tuple(rows.index), measure)


def agencies_table(words: DocumentText, quarter: Quarter, form: str, caption: str) -> Table | None:
    """Agencies of a form with composite, status and coverage; the best first."""
    before = words.snapshot.select_rows("scores", quarter=(quarter - 1).key)
    earlier = dict(zip(before["agency"], before["composite"], strict=True))
    agencies = words.snapshot.agencies
    rows = [
        row
        for row in words.snapshot.select_rows("scores", quarter=quarter.key).itertuples(index=False)
        if row.agency in agencies and agencies[row.agency]["form"] == form
    ]
    if not rows:
        return None
    rows.sort(key=lambda row: (-(row.composite if has_value(row.composite) else -1), row.agency))
    return table(
        caption,
        (
            column(words("code"), 0),
            column(words("name"), 4.2),
            column(words("update.state"), 0),
            column(words("composite"), 0, figure=True),
            column(words("previous"), 1.45, figure=True),
            column(words("coverage_column"), 1.7, figure=True),
            column(words("status"), 0),
        ),
        (
            (
                code_cell(row.agency),
                text_cell(words.agency(row.agency)),
                state_cell(words, row.state),
                figure_cell(
                    words.score(row.composite),
                    limit_ratio(row.composite),
                    origin=ScoreOrigin(ScoreKind.COMPOSITE, row.agency, quarter.key),
                ),
                figure_cell(
                    words.score(earlier.get(row.agency)),
                    origin=ScoreOrigin(ScoreKind.COMPOSITE, row.agency, (quarter - 1).key),
                ),
                figure_cell(
                    words.percent(row.coverage),
                    origin=ScoreOrigin(ScoreKind.COVERAGE, row.agency, quarter.key),
                ),
                status_cell(words, row),
            )
            for row in rows
        ),
    )


def make_status_chart(words: DocumentText, scores: pd.DataFrame, title: str) -> Bars:
    """How many of these scores have each status."""
    counts = scores["status"].value_counts()
    bars = tuple(
        Bar(
            words.status(status),
            words.count("n.agencies", int(counts.get(status, 0))),
            limit_ratio(compute_share(int(counts.get(status, 0)), len(scores))),
            status_tone(words, status),
            origin=RowsOrigin("scores", tuple(scores.index[scores["status"] == status])),
        )
        for status in words.snapshot.framework.statuses
    )
    values = "; ".join(f"{bar.label}: {bar.text}" for bar in bars)
    return Bars(title, words("state.statuses_alternative", values=values), bars)


def themes_chart(
    words: DocumentText, entries: pd.DataFrame, kinds: Iterable[str], most: int | None = None
) -> Bars | None:
    """How often each theme was brought up, the most frequent first; all of them unless limited."""
    entries = entries[entries["kind"].isin(tuple(kinds))]
    counts = entries.groupby("theme", sort=True).size().sort_values(ascending=False, kind="stable")
    if counts.empty:
        return None
    bars = tuple(
        Bar(
            words.theme(theme),
            words.number(int(count)),
            limit_ratio(int(count) / int(counts.iloc[0])),
            origin=RowsOrigin("entries", tuple(entries.index[entries["theme"] == theme])),
        )
        for theme, count in counts.head(most or len(counts)).items()
    )
    description = "; ".join(f"{bar.label}: {bar.text}" for bar in bars)
    return Bars(words("themes.chart"), words("themes.chart_alternative", values=description), bars)


def themes_table(words: DocumentText, entries: pd.DataFrame, kinds: Iterable[str]) -> Table | None:
    """How often each theme was brought up, by kind of entry; the most frequent first."""
    kinds = tuple(kinds)
    entries = entries[entries["kind"].isin(kinds)]
    if entries.empty:
        return None
    counts = entries.groupby(["theme", "kind"]).size().unstack(fill_value=0)
    counts = counts.reindex(columns=list(kinds), fill_value=0)
    agencies = entries.groupby("theme")["agency"].nunique()
    labels = {key: tuple(group.index) for key, group in entries.groupby(["theme", "kind"])}

    def make_origin(theme: str, *kinds: str, measure: RowsMeasure = RowsMeasure.ROWS) -> RowsOrigin:
        rows = tuple(sorted(row for kind in kinds for row in labels.get((theme, kind), ())))
        return RowsOrigin("entries", rows, measure)

    order = sorted(counts.index, key=lambda theme: (-int(counts.loc[theme].sum()), theme))
    many = len(kinds) > 3  # their names would leave the themes too little room
    return table(
        "",
        (
            column(words("actions.theme"), 4.6 if many else 4),
            *(column(words(f"kinds.{kind}"), 1.6, figure=True) for kind in kinds),
            column(words("findings.agencies"), 1.6, figure=True),
        ),
        (
            (
                text_cell(words.theme(theme)),
                *(
                    figure_cell(
                        words.number(int(counts.at[theme, kind])) or NO_FIGURE,
                        origin=make_origin(theme, kind),
                    )
                    for kind in kinds
                ),
                figure_cell(
                    words.number(int(agencies[theme])),
                    origin=make_origin(theme, *kinds, measure=RowsMeasure.AGENCIES),
                ),
            )
            for theme in order
        ),
        dense=many,
    )
