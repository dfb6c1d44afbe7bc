"""Learning document, annexes: every score and every figure of the period, by agency."""

from __future__ import annotations

from dataclasses import replace

from cpsa.calendar import AnyPeriod, Quarter
from cpsa.documents import sums
from cpsa.documents.model import Block, Cell, Paragraph, Rows, Section
from cpsa.documents.origin import Amount, Held, Scored, What
from cpsa.documents.parts import (
    code,
    column,
    limited_statuses,
    number,
    plain,
    section,
    state,
    status,
    table,
)
from cpsa.documents.words import Words
from cpsa.framework import TOTAL


def scores(words: Words, period: AnyPeriod) -> Section:
    """State, composite and group scores of every agency in the period's last quarter."""
    quarter = period.last_quarter
    by_group = {
        (row.agency, row.group): row.score
        for row in words.snapshot.of("group_scores", quarter=quarter.key).itertuples(index=False)
    }
    blocks: list[Block] = []
    for form in words.snapshot.framework.forms:
        groups = [
            group
            for group in words.snapshot.framework.form_groups(form)
            if any(key[1] == group.code for key in by_group)
        ]
        rows = [
            row
            for row in words.snapshot.of("scores", quarter=quarter.key).itertuples(index=False)
            if words.snapshot.agencies[row.agency]["form"] == form
        ]
        if not rows:
            continue
        columns = (
            column(words("code"), 1.1),
            column(words("update.state"), 0),
            column(words("composite"), 1, figure=True),
            column(words("status"), 0),
            column(words("coverage"), 1, figure=True),
            *(column(words.group(group.code), 1.1, figure=True) for group in groups),
        )
        blocks.append(
            table(
                words.form(form),
                columns,
                (
                    (
                        code(row.agency),
                        state(words, row.state),
                        number(
                            words.score(row.composite),
                            origin=Scored(Held.COMPOSITE, row.agency, quarter.key),
                        ),
                        status(words, row),
                        number(
                            words.percent(row.coverage),
                            origin=Scored(Held.COVERAGE, row.agency, quarter.key),
                        ),
                        *(
                            number(
                                words.score(by_group.get((row.agency, group.code))),
                                origin=Scored(Held.GROUP, row.agency, quarter.key, group.code),
                            )
                            for group in groups
                        ),
                    )
                    for row in rows
                ),
                dense=True,
            )
        )
    limited = limited_statuses(words, words.snapshot.of("scores", quarter=quarter.key))
    return section(
        "annex-scores",
        words("annex.scores", quarter=words.months(quarter)),
        [*blocks, limited] if limited else blocks,
        words("annex.no_scores"),
        new_page=True,
        wide=bool(blocks),
    )


def figures(words: Words, period: AnyPeriod) -> Section:
    """Every accepted figure of the period, agency by agency, with the targets it was held to."""
    quarters = period.quarters
    by_quarter = [sums.of_agencies(words.snapshot, one, one) for one in quarters]
    whole = sums.of_agencies(words.snapshot, period.last_quarter, period.first_quarter)
    blocks: list[Block] = []
    for form in words.snapshot.framework.forms:
        bodies = []
        for agency, registered in words.snapshot.agencies.items():
            if registered["form"] != form or not whole.get(agency):
                continue
            columns = [held.get(agency, {}) for held in by_quarter]
            of = Amount(
                What.ACTUAL,
                "",
                agency=agency,
                since=period.first_quarter.key,
                until=period.last_quarter.key,
            )
            if rows := _rows(
                words, form, of, dict(zip(quarters, columns, strict=True)), whole[agency]
            ):
                bodies.append(Rows(rows, words.agency_with_code(agency)))
        if bodies:
            heads = (
                column(words("code"), 0.7),
                column(words("indicator"), 4.2),
                *(column(words.months(quarter), 1.5, figure=True) for quarter in quarters),
                column(words("annex.period"), 1.6, figure=True),
                column(words("annex.target"), 1.6, figure=True),
            )
            blocks.append(table(words.form(form), heads, bodies=bodies, dense=True))
    if blocks:
        blocks.insert(0, Paragraph(words("annex.explained"), note=True))
    return section(
        "annex-figures",
        words("annex.figures", period=words.period(period)),
        blocks,
        words("annex.no_figures"),
        new_page=True,
    )


def _rows(
    words: Words, form: str, agency: Amount, by_quarter: dict[Quarter, sums.Sums], whole: sums.Sums
) -> tuple[tuple[Cell, ...], ...]:
    rows = []
    for one in words.snapshot.framework.form_indicators(form):
        for dimension in (TOTAL, *one.dimensions):
            place = (one.code, dimension)
            held = whole.get(place, sums.NONE)
            if held.actual is None:
                continue
            of = replace(agency, indicator=one.code, dimension=dimension)
            label = words.indicator(one.code)
            if dimension != TOTAL:
                label = words("annex.of_which", dimension=words.dimension(dimension))
            rows.append(
                (
                    code(one.code if dimension == TOTAL else ""),
                    plain(label),
                    *(
                        number(
                            words.in_full(figures.get(place, sums.NONE).actual, one.unit),
                            origin=replace(of, since=quarter.key, until=quarter.key),
                        )
                        for quarter, figures in by_quarter.items()
                    ),
                    number(words.in_full(held.actual, one.unit), origin=of),
                    number(
                        words.in_full(held.target, one.unit) if dimension == TOTAL else "",
                        origin=of.as_(What.TARGET),
                    ),
                )
            )
    return tuple(rows)
