"""Where an agency's figures come from: a page for each quarter, and one for what is to date.

A quarter's page says for each figure in which version of the update it stood, in which sheet and
cell or line, when it was received and what the checks found. The page to date lists the quarters
that were summed, and how the score is made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from cpsa import messages
from cpsa.calendar import IST, Quarter
from cpsa.documents.checked import checked
from cpsa.documents.linked import Anchored, Linked, link
from cpsa.documents.model import Cell, Table
from cpsa.documents.parts import (
    code,
    column,
    message,
    number,
    own_words,
    plain,
    present,
    severity,
    table,
)
from cpsa.documents.sums import NONE as NO_SUM
from cpsa.documents.words import NONE
from cpsa.framework import TOTAL, Indicator
from cpsa.public import addresses
from cpsa.public.edition import Edition
from cpsa.public.view import Page
from cpsa.score.rollups import Sums


def quarter_page(edition: Edition, agency: str, quarter: Quarter) -> Page:
    words, snapshot = edition.words, edition.snapshot
    facts = snapshot.of("facts", agency=agency, quarter=quarter.key)
    score = edition.score(agency, quarter)
    checks = checked(words, agency, quarter.key)
    return Page(
        addresses.agency_source(agency, quarter.key),
        "agency_source.html.j2",
        edition("source.title", name=words.agency(agency), period=words.period(quarter)),
        _trail(edition, agency),
        {
            "state": words.state(score.state) if score is not None else NONE,
            "status": words.status_of(score) if score is not None else NONE,
            "composite": words.score(score.composite) if score is not None else NONE,
            "received": _received(edition, facts),
            "figures": _figures(edition, agency, facts),
            "passed": edition("source.passed", passed=checks.passed, rules=checks.rules),
            "accepted": score is not None and score.state == "accepted",
            "findings": _findings(edition, checks.findings),
            "restated": _restated(edition, agency, quarter),
        },
    )


def to_date_page(edition: Edition, agency: str) -> Page:
    words = edition.words
    quarters = [one for one in edition.quarters[::-1] if edition.score(agency, one) is not None]
    sums = edition.sums(edition.quarter).get(agency, {})
    return Page(
        addresses.agency_source(agency, addresses.TO_DATE),
        "agency_to_date.html.j2",
        edition("source.to_date_title", name=words.agency(agency)),
        _trail(edition, agency),
        {
            "actual": _by_quarter(edition, agency, quarters, sums, "actual"),
            "target": _by_quarter(edition, agency, quarters, sums, "target"),
            "baseline": _baseline(edition, agency),
            "score": _score(edition, agency),
        },
    )


def _trail(edition: Edition, agency: str) -> tuple[tuple[str, str], ...]:
    edition = edition.base  # its pages, and so their addresses, are those of today's register
    district = edition.district_of(agency)
    return (
        (addresses.district(district), edition.district(district)),
        (addresses.agency(agency), edition.words.agency(agency)),
    )


def _received(edition: Edition, facts: pd.DataFrame) -> tuple[str, ...]:
    """One sentence for each version the figures stand in; more than one after a restatement."""
    versions = facts[["version", "received_at"]].drop_duplicates().sort_values("version")
    return tuple(
        edition(
            "source.received",
            version=int(row.version),
            day=edition.words.day(row.received_at),
            time=f"{row.received_at.astimezone(IST):%H:%M}",
        )
        for row in versions.itertuples(index=False)
    )


def _figures(edition: Edition, agency: str, facts: pd.DataFrame) -> Table | None:
    words = edition.words
    held = {(row.indicator, row.dimension): row for row in facts.itertuples(index=False)}
    bodies = []
    for group, indicators in _groups(edition, agency):
        shown = [
            (one, dimension, held[one.code, dimension])
            for one in indicators
            for dimension in (TOTAL, *one.dimensions)
            if (one.code, dimension) in held
        ]
        if shown:
            bodies.append(
                Anchored(
                    tuple(_figure(edition, *one) for one in shown),
                    words.group(group),
                    tuple(addresses.anchor(one.code, dimension) for one, dimension, _ in shown),
                )
            )
    if not bodies:
        return None
    columns = (
        column(words("code")),
        column(words("indicator")),
        column(edition("source.value"), figure=True),
        column(edition("source.origin")),
        column(edition("source.place")),
        column(edition("source.version"), figure=True),
    )
    return table(edition("source.figures"), columns, bodies=bodies, dense=True)


def _groups(edition: Edition, agency: str) -> Iterator[tuple[str, tuple[Indicator, ...]]]:
    framework = edition.snapshot.framework
    for group in framework.form_groups(edition.snapshot.agencies[agency]["form"]):
        yield group.code, framework.group_indicators(group.code)


def _label(edition: Edition, indicator: str, dimension: str) -> str:
    label = edition.words.indicator(indicator)
    return label if dimension == TOTAL else f"{label}: {edition.words.dimension(dimension)}"


def _figure(edition: Edition, one: Indicator, dimension: str, row: Any) -> tuple[Cell, ...]:
    place = messages.place(str(row.place), edition.language) if present(row.place) else NONE
    return (
        code(one.code),
        plain(_label(edition, one.code, dimension)),
        number(edition.words.in_full(row.hundredths, one.unit)),
        plain(edition(f"origin.{row.origin}")),
        own_words(place),
        number(str(int(row.version))),
    )


def _findings(edition: Edition, rows: Sequence[Any]) -> Table | None:
    words = edition.words
    if not rows:
        return None
    columns = (
        column(words("findings.rule")),
        column(words("findings.severity")),
        column(words("findings.message")),
        column(words("findings.explanation")),
    )
    return table(
        edition("source.findings"),
        columns,
        (
            (
                Linked(row.rule, code("").kind, href=f"{addresses.CHECKS}#{row.rule}"),
                severity(words, row.severity),
                plain(message(words, row)),
                plain(edition("source.waived")) if row.waived else own_words(row.explanation),
            )
            for row in rows
        ),
    )


def _restated(edition: Edition, agency: str, quarter: Quarter) -> Table | None:
    words = edition.words
    rows = edition.snapshot.of("restatements", agency=agency, quarter=quarter.key)
    if rows.empty:
        return None
    units = {one.code: one.unit for one in edition.snapshot.framework.indicators}
    columns = (
        column(words("code")),
        column(words("indicator")),
        column(words("restatements.old"), figure=True),
        column(words("restatements.new"), figure=True),
        column(words("restatements.at")),
        column(words("restatements.reason")),
    )

    def value(row: Any, name: str) -> str:
        held = getattr(row, name)
        return words.in_full(held if present(held) else None, units.get(row.indicator, "count"))

    return table(
        edition("source.restated"),
        columns,
        (
            (
                code(row.indicator),
                plain(_label(edition, row.indicator, row.dimension)),
                number(value(row, "old")),
                number(value(row, "new")),
                plain(words.day(row.at)),
                own_words(row.reason),
            )
            for row in rows.itertuples(index=False)
        ),
    )


def _by_quarter(
    edition: Edition,
    agency: str,
    quarters: list[Quarter],
    sums: Sums,
    what: str,
) -> Table | None:
    """A row for each figure, a column for each quarter that was summed, and the sum."""
    words = edition.words
    each = _actuals(edition, agency) if what == "actual" else _targets(edition, agency)
    bodies = []
    for group, indicators in _groups(edition, agency):
        shown = [
            (one, dimension)
            for one in indicators
            for dimension in (TOTAL, *one.dimensions)
            if getattr(sums.get((one.code, dimension), NO_SUM), what) is not None
        ]
        rows, ids = [], []
        for one, dimension in shown:
            at = addresses.anchor(one.code, dimension)
            ids.append(at if what == "actual" else f"{what}-{at}")
            cells = [code(one.code), plain(_label(edition, one.code, dimension))]
            for quarter in quarters:
                value = each.get((quarter.key, one.code, dimension))
                cell = number(words.quantity(value, one.unit))
                source = f"{addresses.agency_source(agency, quarter.key)}#{at}"
                cells.append(link(cell, source) if what == "actual" else cell)
            total = getattr(sums[one.code, dimension], what)
            rows.append((*cells, number(words.quantity(total, one.unit))))
        if rows:
            bodies.append(Anchored(tuple(rows), words.group(group), tuple(ids)))
    if not bodies:
        return None
    columns = (
        column(words("code")),
        column(words("indicator")),
        *(column(one.key, figure=True) for one in quarters),
        column(words("figures.to_date"), figure=True),
    )
    return table(edition(f"source.by_quarter.{what}"), columns, bodies=bodies, dense=True)


def _actuals(edition: Edition, agency: str) -> dict[tuple[str, str, str], int]:
    facts = edition.snapshot.of("facts", agency=agency)
    places = zip(facts["quarter"], facts["indicator"], facts["dimension"], strict=True)
    return dict(zip(places, map(int, facts["hundredths"]), strict=True))


def _targets(edition: Edition, agency: str) -> dict[tuple[str, str, str], int]:
    """Those that count: the target of a quarter that was not accepted is left out."""
    held = {}
    for (quarter, indicator), value in edition.targets(agency).items():
        score = edition.score(agency, Quarter.parse(quarter))
        if score is not None and score.state == "accepted":
            held[quarter, indicator, TOTAL] = int(value)
    return held


def _baseline(edition: Edition, agency: str) -> Table | None:
    words = edition.words
    baselines = edition.snapshot.registry.baselines
    baselines = baselines[baselines["agency"] == agency]
    known = edition.snapshot.framework.by_code
    held = [row for row in baselines.itertuples(index=False) if row.indicator in known]
    if not held:
        return None
    columns = (
        column(words("code")),
        column(words("indicator")),
        column(words("figures.baseline"), figure=True),
        column(edition("source.as_of")),
    )
    rows = tuple(
        (
            code(row.indicator),
            plain(words.indicator(row.indicator)),
            number(words.in_full(row.hundredths, known[row.indicator].unit)),
            code(row.as_of),
        )
        for row in held
    )
    ids = tuple(f"baseline-{row.indicator}" for row in held)
    return table(edition("source.baselines"), columns, bodies=(Anchored(rows, ids=ids),))


def _score(edition: Edition, agency: str) -> Table | None:
    """The groups that make the composite, with their weights; and what else is shown."""
    words = edition.words
    last = edition.last_quarter_of(agency)
    score = edition.score(agency, last)
    rows = edition.snapshot.of("group_scores", agency=agency, quarter=last.key)
    known = {row.group: row.score for row in rows.itertuples(index=False) if present(row.score)}
    if score is None or not known:
        return None
    columns = (
        column(edition("source.group")),
        column(edition("source.weight"), figure=True),
        column(edition("source.group_score"), figure=True),
    )
    groups = edition.snapshot.framework.form_groups(edition.snapshot.agencies[agency]["form"])
    return table(
        edition("source.score"),
        columns,
        (
            (
                plain(words.group(one.code)),
                number(
                    words.whole_percent(one.weight) if one.weight else words("update.not_weighed")
                ),
                number(words.score(known[one.code])),
            )
            for one in groups
            if one.code in known
        ),
        total=(plain(words("composite")), number(""), number(words.score(score.composite))),
    )
