"""Sections about the whole programme, shared by the state's update and the learning document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pandas as pd

from cpsa.calendar import Quarter
from cpsa.documents.model import (
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
from cpsa.documents.origin import Held, Listed, Measure, Reporting, Scored
from cpsa.documents.parts import (
    code,
    column,
    number,
    plain,
    present,
    ratio,
    severity,
    share,
    state,
    status,
    table,
)
from cpsa.documents.words import NONE, Words
from cpsa.submissions.open_finding import rules_for_cpsa

TREND_QUARTERS = 8


def reporting_table(words: Words, quarters: Sequence[Quarter], caption: str = "") -> Table | None:
    """Expected, received, accepted and in time, by quarter and form, with their rates."""
    rows = words.snapshot.during("reporting", tuple(quarters))
    if rows.empty:
        return None
    order = {form: place for place, form in enumerate(words.snapshot.framework.forms)}

    def cells(row: Any) -> tuple:
        def of(count: str, *, rate: bool = False) -> Reporting:
            return Reporting(count, row.form, row.quarter, row.quarter, rate)

        return (
            code(row.quarter),
            plain(words.form(row.form)),
            number(words.number(row.expected), origin=of("expected")),
            number(words.number(row.received), origin=of("received")),
            number(
                words.percent(share(row.received, row.expected)), origin=of("received", rate=True)
            ),
            number(words.number(row.accepted), origin=of("accepted")),
            number(
                words.percent(share(row.accepted, row.expected)), origin=of("accepted", rate=True)
            ),
            number(
                words.percent(share(row.on_time, row.requested)), origin=of("on_time", rate=True)
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


def reporting_trend(words: Words, last: Quarter, *, low: bool = False) -> Trend | None:
    """Reporting and accepted rate of both forms together, quarter by quarter."""
    quarters = Quarter.range(last + (1 - TREND_QUARTERS), last)
    rows = words.snapshot.during("reporting", quarters)
    sums = rows.groupby("quarter")[["expected", "received", "accepted"]].sum()
    shown = [quarter for quarter in quarters if quarter.key in sums.index]
    if len(shown) < 2:
        return None

    def series(name: str, column_name: str) -> Series:
        rates = [
            share(int(sums.at[one.key, column_name]), int(sums.at[one.key, "expected"]))
            for one in shown
        ]
        return Series(name, tuple(map(ratio, rates)), tuple(map(words.percent, rates)))

    lines = (
        series(words("reporting.rate"), "received"),
        series(words("reporting.accepted_rate"), "accepted"),
    )
    told = "; ".join(
        f"{words.months(one)}: {', '.join(line.texts[place] for line in lines)}"
        for place, one in enumerate(shown)
    )
    return Trend(
        words("reporting.trend"),
        words("reporting.trend_alternative", values=told),
        tuple(one.key for one in shown),
        lines,
        marks=tuple(Mark(level, words.whole_percent(level)) for level in (0.0, 0.5, 1.0)),
        low=low,
    )


def findings_by_rule(words: Words, quarters: Sequence[Quarter]) -> Iterator[Block]:
    """How often each rule failed, the most consequential first: what agencies are asked about, then
    what only CPSA can answer."""
    rows = words.snapshot.during("findings", tuple(quarters))
    for_cpsa = rows["rule"].isin(rules_for_cpsa(words.snapshot.framework))
    if len(rows[~for_cpsa]):
        yield _findings_of_agencies(words, rows[~for_cpsa])
    elif len(rows):
        yield Paragraph(words("findings.none_for_agencies"))
    if len(rows[for_cpsa]):
        yield Subheading(words("findings.for_cpsa"))
        yield _findings_for_cpsa(words, rows[for_cpsa])


def _findings_for_cpsa(words: Words, rows: pd.DataFrame) -> Table:
    """What only CPSA can answer, by rule, and whom it concerns: agencies, or all of a form."""
    forms = words.snapshot.framework.forms
    counted = list(rows.groupby("rule"))

    def concerned(of_rule: pd.DataFrame) -> Cell:
        named = [form for form in forms if form in set(of_rule["agency"])]
        if named:
            return plain(", ".join(forms[form].plural.in_(words.language) for form in named))
        count = words.number(of_rule["agency"].nunique())
        return number(count, origin=_found(of_rule, Measure.AGENCIES))

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
                code(str(rule)),
                plain(words.rule(str(rule))),
                number(words.number(len(of_rule)), origin=_found(of_rule, Measure.ROWS)),
                concerned(of_rule),
            )
            for rule, of_rule in counted
        ),
    )


def _findings_of_agencies(words: Words, rows: pd.DataFrame) -> Table:
    rules = words.snapshot.framework.rules

    def rank(rule: str) -> int:
        return rules[rule].rank if rule in rules else len(rules)

    counted = [
        (severity_, rule, len(of_rule), of_rule["agency"].nunique(), of_rule)
        for (severity_, rule), of_rule in rows.groupby(["severity", "rule"])
    ]
    counted.sort(key=lambda one: (one[0] != "error", rank(one[1])))
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
                code(rule),
                plain(words.rule(rule)),
                severity(words, severity_),
                number(words.number(count), origin=_found(of_rule, Measure.ROWS)),
                number(words.number(agencies), origin=_found(of_rule, Measure.AGENCIES)),
                number(
                    words.number(sum(map(present, of_rule["explanation"]))),
                    origin=_found(of_rule, Measure.EXPLAINED),
                ),
            )
            for severity_, rule, count, agencies, of_rule in counted
        ),
    )


def _found(rows: pd.DataFrame, measure: Measure) -> Listed:
    return Listed("findings", tuple(rows.index), measure)


def agencies_table(words: Words, quarter: Quarter, form: str, caption: str) -> Table | None:
    """Agencies of a form with composite, status and coverage; the best first."""
    before = words.snapshot.of("scores", quarter=(quarter - 1).key)
    earlier = dict(zip(before["agency"], before["composite"], strict=True))
    agencies = words.snapshot.agencies
    rows = [
        row
        for row in words.snapshot.of("scores", quarter=quarter.key).itertuples(index=False)
        if row.agency in agencies and agencies[row.agency]["form"] == form
    ]
    if not rows:
        return None
    rows.sort(key=lambda row: (-(row.composite if present(row.composite) else -1), row.agency))
    return table(
        caption,
        (
            column(words("code"), 0),
            column(words("name"), 4),
            column(words("update.state"), 0),
            column(words("composite"), 0, figure=True),
            column(words("previous"), 1.6, figure=True),
            column(words("coverage"), 1.6, figure=True),
            column(words("status"), 0),
        ),
        (
            (
                code(row.agency),
                plain(words.agency(row.agency)),
                state(words, row.state),
                number(
                    words.score(row.composite),
                    ratio(row.composite),
                    origin=Scored(Held.COMPOSITE, row.agency, quarter.key),
                ),
                number(
                    words.score(earlier.get(row.agency)),
                    origin=Scored(Held.COMPOSITE, row.agency, (quarter - 1).key),
                ),
                number(
                    words.percent(row.coverage),
                    origin=Scored(Held.COVERAGE, row.agency, quarter.key),
                ),
                status(words, row),
            )
            for row in rows
        ),
    )


def themes_chart(
    words: Words, entries: pd.DataFrame, kinds: Iterable[str], most: int | None = None
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
            ratio(int(count) / int(counts.iloc[0])),
            origin=Listed("entries", tuple(entries.index[entries["theme"] == theme])),
        )
        for theme, count in counts.head(most or len(counts)).items()
    )
    told = "; ".join(f"{bar.label}: {bar.text}" for bar in bars)
    return Bars(words("themes.chart"), words("themes.chart_alternative", values=told), bars)


def themes_table(words: Words, entries: pd.DataFrame, kinds: Iterable[str]) -> Table | None:
    """How often each theme was brought up, by kind of entry; the most frequent first."""
    kinds = tuple(kinds)
    entries = entries[entries["kind"].isin(kinds)]
    if entries.empty:
        return None
    counts = entries.groupby(["theme", "kind"]).size().unstack(fill_value=0)
    counts = counts.reindex(columns=list(kinds), fill_value=0)
    agencies = entries.groupby("theme")["agency"].nunique()
    labels = {key: tuple(held.index) for key, held in entries.groupby(["theme", "kind"])}

    def of(theme: str, *kinds: str, measure: Measure = Measure.ROWS) -> Listed:
        rows = tuple(sorted(row for kind in kinds for row in labels.get((theme, kind), ())))
        return Listed("entries", rows, measure)

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
                plain(words.theme(theme)),
                *(
                    number(
                        words.number(int(counts.at[theme, kind])) or NONE, origin=of(theme, kind)
                    )
                    for kind in kinds
                ),
                number(
                    words.number(int(agencies[theme])),
                    origin=of(theme, *kinds, measure=Measure.AGENCIES),
                ),
            )
            for theme in order
        ),
        dense=many,
    )
