"""Every figure of one agency: the quarter, to date against target and baseline, and of whom.

Those few that its first page shows are in ``main_figures``.
"""

from __future__ import annotations

from dataclasses import replace

from cpsa.calendar import Quarter
from cpsa.documents import shares, sums, unconfirmed
from cpsa.documents.main_figures import baselines
from cpsa.documents.model import Block, Paragraph, Rows, Section
from cpsa.documents.origin import Amount, What
from cpsa.documents.parts import UNCONFIRMED, code, column, number, plain, ratio, section, table
from cpsa.documents.words import Words
from cpsa.framework import TOTAL


def figures(words: Words, agency: str, quarter: Quarter, *, new_page: bool) -> Section:
    """Every figure under its group."""
    form = words.snapshot.agencies[agency]["form"]
    now = _sums(words, agency, quarter, quarter)
    to_date = _sums(words, agency, quarter)
    baseline = baselines(words, agency)
    bodies = []
    for group in words.snapshot.framework.form_groups(form):
        rows = []
        for one in words.snapshot.framework.group_indicators(group.code):
            so_far = to_date.get((one.code, TOTAL), sums.NONE)
            current = now.get((one.code, TOTAL), sums.NONE)
            if so_far.actual is None and so_far.target is None:
                continue
            of = Amount(What.ACTUAL, one.code, agency=agency, until=quarter.key)
            rows.append(
                (
                    code(one.code),
                    plain(words.indicator(one.code)),
                    number(
                        words.quantity(current.actual, one.unit),
                        mark=UNCONFIRMED if current.unconfirmed else "",
                        origin=replace(of, since=quarter.key),
                    ),
                    number(
                        words.quantity(so_far.actual, one.unit),
                        mark=UNCONFIRMED if so_far.unconfirmed else "",
                        origin=of,
                    ),
                    *shares.cells(words, one, so_far, of, of_many=False),
                    number(
                        words.quantity(baseline.get(one.code), one.unit),
                        origin=of.as_(What.BASELINE),
                    ),
                )
            )
        if rows:
            bodies.append(Rows(tuple(rows), words.group(group.code)))
    columns = (
        column(words("code"), 0.8),
        column(words("indicator"), 4.2),
        column(words("figures.quarter"), 1.7, figure=True),
        column(words("figures.to_date"), 1.8, figure=True),
        *shares.columns(words, of_many=False),
        column(words("figures.baseline"), 1.7, figure=True),
    )
    blocks: list[Block] = []
    if bodies:
        blocks = [
            Paragraph(words("figures.explained"), note=True),
            table("", columns, bodies=bodies, dense=True),
            *unconfirmed.of_agency(words, agency, quarter.key),
        ]
    nothing = words("figures.nothing")
    return section(
        "figures", words("figures.title"), blocks, nothing, new_page=new_page and bool(blocks)
    )


def _sums(words: Words, agency: str, last: Quarter, first: Quarter | None = None) -> sums.Sums:
    return sums.of_agencies(words.snapshot, last, first).get(agency, {})


def dimensions(words: Words, agency: str, quarter: Quarter) -> Section:
    form = words.snapshot.agencies[agency]["form"]
    now = _sums(words, agency, quarter, quarter)
    to_date = _sums(words, agency, quarter)
    bodies = []
    for dimension in words.snapshot.framework.dimension_labels:
        rows = []
        for one in words.snapshot.framework.form_indicators(form):
            part = to_date.get((one.code, dimension), sums.NONE).actual
            whole = to_date.get((one.code, TOTAL), sums.NONE).actual
            if dimension not in one.dimensions or part is None or not whole:
                continue
            current = now.get((one.code, dimension), sums.NONE).actual
            of = Amount(What.ACTUAL, one.code, dimension, agency, until=quarter.key)
            of_whole = replace(of, dimension=TOTAL)
            rows.append(
                (
                    code(one.code),
                    plain(words.indicator(one.code)),
                    number(
                        words.quantity(current, one.unit), origin=replace(of, since=quarter.key)
                    ),
                    number(words.quantity(part, one.unit), origin=of),
                    number(words.quantity(whole, one.unit), origin=of_whole),
                    number(
                        words.percent(part / whole),
                        ratio(part / whole),
                        origin=of.as_(What.PART),
                    ),
                )
            )
        if rows:
            bodies.append(Rows(tuple(rows), words.dimension(dimension)))
    columns = (
        column(words("code"), 0.8),
        column(words("indicator"), 4.5),
        column(words("dimensions.quarter"), 1.5, figure=True),
        column(words("dimensions.to_date"), 1.5, figure=True),
        column(words("dimensions.total"), 1.5, figure=True),
        column(words("dimensions.share"), 2.4, figure=True),
    )
    blocks = [table("", columns, bodies=bodies, dense=True)] if bodies else []
    return section("dimensions", words("dimensions.title"), blocks, words("dimensions.nothing"))
