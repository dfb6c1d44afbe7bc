"""The figures of one agency: the quarter, to date against target and baseline, and of whom."""

from __future__ import annotations

from cpsa.calendar import Quarter
from cpsa.documents import sums
from cpsa.documents.model import Paragraph, Rows, Section
from cpsa.documents.parts import code, column, number, plain, ratio, section, table
from cpsa.documents.words import Words
from cpsa.framework import TOTAL


def figures(words: Words, agency: str, quarter: Quarter) -> Section:
    form = words.snapshot.agencies[agency]["form"]
    now = _sums(words, agency, quarter, quarter)
    to_date = _sums(words, agency, quarter)
    baselines = words.snapshot.registry.baselines
    baselines = baselines[baselines["agency"] == agency]
    baseline = dict(zip(baselines["indicator"], baselines["hundredths"], strict=True))
    bodies = []
    for group in words.snapshot.framework.form_groups(form):
        rows = []
        for one in words.snapshot.framework.group_indicators(group.code):
            so_far = to_date.get((one.code, TOTAL), sums.NONE)
            current = now.get((one.code, TOTAL), sums.NONE)
            if so_far.actual is None and so_far.target is None:
                continue
            rows.append(
                (
                    code(one.code),
                    plain(words.indicator(one.code)),
                    number(words.quantity(current.actual, one.unit)),
                    number(words.quantity(so_far.actual, one.unit)),
                    number(words.quantity(so_far.target, one.unit)),
                    number(words.percent(so_far.share)),
                    number(words.quantity(baseline.get(one.code), one.unit)),
                )
            )
        if rows:
            bodies.append(Rows(tuple(rows), words.group(group.code)))
    columns = (
        column(words("code"), 0.8),
        column(words("indicator"), 4.2),
        column(words("figures.quarter"), 1.7, figure=True),
        column(words("figures.to_date"), 1.8, figure=True),
        column(words("figures.target"), 1.8, figure=True),
        column(words("figures.share"), 1.2, figure=True),
        column(words("figures.baseline"), 1.7, figure=True),
    )
    blocks = []
    if bodies:
        blocks = [
            Paragraph(words("figures.explained"), note=True),
            table("", columns, bodies=bodies, dense=True),
        ]
    return section("figures", words("figures.title"), blocks, words("figures.nothing"))


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
            rows.append(
                (
                    code(one.code),
                    plain(words.indicator(one.code)),
                    number(words.quantity(current, one.unit)),
                    number(words.quantity(part, one.unit)),
                    number(words.quantity(whole, one.unit)),
                    number(words.percent(part / whole), ratio(part / whole)),
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
