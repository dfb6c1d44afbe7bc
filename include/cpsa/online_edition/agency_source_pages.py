"""Where an agency's figures come from: a page for each quarter, and one for what is to date.

A quarter's page shows for each figure in which version of the update it was, in which sheet and
cell or line, when it was received and what the checks found. The page to date lists the quarters
that were summed, and how the score is made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from cpsa.calendar import Quarter
from cpsa.documents.blocks import (
    code_cell,
    column,
    figure_cell,
    quoted_cell,
    severity_cell,
    table,
    text_cell,
)
from cpsa.documents.content_model import Cell, Table
from cpsa.documents.linked_blocks import AnchoredRows, LinkedCell, link_cell
from cpsa.documents.period_sums import NO_SUM
from cpsa.documents.sources.source_rows import make_answer_cell, make_baseline_rows
from cpsa.figures import NO_FIGURE
from cpsa.framework.model import TOTAL, Indicator
from cpsa.i18n import catalogue
from cpsa.online_edition import page_addresses
from cpsa.online_edition.page_model import Page
from cpsa.online_edition.site_edition import SiteEdition
from cpsa.online_edition.table_sources import make_value_tables
from cpsa.provenance.check_summary import describe_finding, summarise_checks
from cpsa.provenance.snapshot import has_value
from cpsa.scoring.rollups import Sums
from cpsa.submissions.state import SubmissionState


def build_quarter_source_page(edition: SiteEdition, agency: str, quarter: Quarter) -> Page:
    words, snapshot = edition.words, edition.snapshot
    facts = snapshot.select_rows("facts", agency=agency, quarter=quarter.key)
    score = edition.find_score(agency, quarter)
    checks = summarise_checks(snapshot, agency, quarter.key)
    return Page(
        page_addresses.make_agency_source_address(agency, quarter.key),
        "agency_source.html.j2",
        edition("source.title", name=words.agency(agency), period=words.period(quarter)),
        _make_breadcrumbs(edition, agency),
        {
            "state": words.state(score.state) if score is not None else NO_FIGURE,
            "status": words.status_of(score) if score is not None else NO_FIGURE,
            "composite": words.score(score.composite) if score is not None else NO_FIGURE,
            "received": _describe_versions(edition, facts),
            "figures": _make_figure_table(edition, agency, facts),
            "passed": edition("source.passed", passed=checks.passed, rules=checks.rules),
            "accepted": score is not None and score.state == SubmissionState.ACCEPTED,
            "findings": _make_finding_table(edition, checks.findings),
            "restated": _make_restatement_table(edition, agency, quarter),
            "tables": make_value_tables(edition, agency, quarter),
        },
    )


def build_to_date_page(edition: SiteEdition, agency: str) -> Page:
    words = edition.words
    quarters = [
        quarter
        for quarter in edition.quarters[::-1]
        if edition.find_score(agency, quarter) is not None
    ]
    sums = edition.sum_by_agency(edition.quarter).get(agency, {})
    return Page(
        page_addresses.make_agency_source_address(agency, page_addresses.TO_DATE),
        "agency_to_date.html.j2",
        edition("source.to_date_title", name=words.agency(agency)),
        _make_breadcrumbs(edition, agency),
        {
            "actual": _make_quarter_table(edition, agency, quarters, sums, "actual"),
            "target": _make_quarter_table(edition, agency, quarters, sums, "target"),
            "baseline": _make_baseline_table(edition, agency),
            "score": _make_score_table(edition, agency),
        },
    )


def _make_breadcrumbs(edition: SiteEdition, agency: str) -> tuple[tuple[str, str], ...]:
    edition = edition.base  # its pages, and so their addresses, are those of today's register
    district = edition.find_district(agency)
    return (
        (page_addresses.make_district_address(district), edition.name_district(district)),
        (page_addresses.make_agency_address(agency), edition.words.agency(agency)),
    )


def _describe_versions(edition: SiteEdition, facts: pd.DataFrame) -> tuple[str, ...]:
    """One sentence for each version of the figures; more than one after a restatement."""
    versions = facts[["version", "received_at"]].drop_duplicates().sort_values("version")
    return tuple(
        edition(
            "source.received",
            version=int(row.version),
            day=edition.words.day(row.received_at),
            time=edition.words.time(row.received_at),
        )
        for row in versions.itertuples(index=False)
    )


def _make_figure_table(edition: SiteEdition, agency: str, facts: pd.DataFrame) -> Table | None:
    words = edition.words
    rows_by_place = {(row.indicator, row.dimension): row for row in facts.itertuples(index=False)}
    bodies = []
    for group, indicators in _list_groups(edition, agency):
        shown = [
            (indicator, dimension, rows_by_place[indicator.code, dimension])
            for indicator in indicators
            for dimension in (TOTAL, *indicator.dimensions)
            if (indicator.code, dimension) in rows_by_place
        ]
        if shown:
            bodies.append(
                AnchoredRows(
                    tuple(_make_figure_row(edition, *figure) for figure in shown),
                    words.group(group),
                    tuple(
                        page_addresses.make_figure_anchor(indicator.code, dimension)
                        for indicator, dimension, _ in shown
                    ),
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


def _list_groups(edition: SiteEdition, agency: str) -> Iterator[tuple[str, tuple[Indicator, ...]]]:
    framework = edition.snapshot.framework
    for group in framework.form_groups(edition.snapshot.agencies[agency]["form"]):
        yield group.code, framework.group_indicators(group.code)


def _make_figure_row(
    edition: SiteEdition, indicator: Indicator, dimension: str, row: Any
) -> tuple[Cell, ...]:
    place = (
        catalogue.describe_place(str(row.place), edition.language)
        if has_value(row.place)
        else NO_FIGURE
    )
    return (
        code_cell(indicator.code),
        text_cell(edition.words.figure(indicator.code, dimension)),
        figure_cell(edition.words.in_full(row.hundredths, indicator.unit)),
        text_cell(edition(f"origin.{row.origin}")),
        quoted_cell(place),
        figure_cell(str(int(row.version))),
    )


def _make_finding_table(edition: SiteEdition, rows: Sequence[Any]) -> Table | None:
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
                LinkedCell(
                    row.rule, code_cell("").kind, href=f"{page_addresses.CHECKS}#{row.rule}"
                ),
                severity_cell(words, row.severity),
                text_cell(describe_finding(words.snapshot, row, words.language)),
                make_answer_cell(words, row),
            )
            for row in rows
        ),
    )


def _make_restatement_table(edition: SiteEdition, agency: str, quarter: Quarter) -> Table | None:
    words = edition.words
    rows = edition.snapshot.select_rows("restatements", agency=agency, quarter=quarter.key)
    if rows.empty:
        return None
    units = {indicator.code: indicator.unit for indicator in edition.snapshot.framework.indicators}
    columns = (
        column(words("code")),
        column(words("indicator")),
        column(words("restatements.old"), figure=True),
        column(words("restatements.new"), figure=True),
        column(words("restatements.at")),
        column(words("restatements.reason")),
    )

    def value(row: Any, name: str) -> str:
        hundredths = getattr(row, name)
        return words.in_full(
            hundredths if has_value(hundredths) else None, units.get(row.indicator, "count")
        )

    return table(
        edition("source.restated"),
        columns,
        (
            (
                code_cell(row.indicator),
                text_cell(words.figure(row.indicator, row.dimension)),
                figure_cell(value(row, "old")),
                figure_cell(value(row, "new")),
                text_cell(words.day(row.at)),
                quoted_cell(row.reason),
            )
            for row in rows.itertuples(index=False)
        ),
    )


def _make_quarter_table(
    edition: SiteEdition,
    agency: str,
    quarters: list[Quarter],
    sums: Sums,
    kind: str,
) -> Table | None:
    """A row for each figure, a column for each quarter that was summed, and the sum."""
    words = edition.words
    values_by_place = (
        _find_actuals(edition, agency) if kind == "actual" else _find_targets(edition, agency)
    )
    bodies = []
    for group, indicators in _list_groups(edition, agency):
        shown = [
            (indicator, dimension)
            for indicator in indicators
            for dimension in (TOTAL, *indicator.dimensions)
            if getattr(sums.get((indicator.code, dimension), NO_SUM), kind) is not None
        ]
        rows, ids = [], []
        for indicator, dimension in shown:
            anchor = page_addresses.make_figure_anchor(indicator.code, dimension)
            ids.append(anchor if kind == "actual" else f"{kind}-{anchor}")
            cells = [
                code_cell(indicator.code),
                text_cell(edition.words.figure(indicator.code, dimension)),
            ]
            for quarter in quarters:
                value = values_by_place.get((quarter.key, indicator.code, dimension))
                cell = figure_cell(words.quantity(value, indicator.unit))
                source = (
                    f"{page_addresses.make_agency_source_address(agency, quarter.key)}#{anchor}"
                )
                cells.append(link_cell(cell, source) if kind == "actual" else cell)
            total = getattr(sums[indicator.code, dimension], kind)
            rows.append((*cells, figure_cell(words.quantity(total, indicator.unit))))
        if rows:
            bodies.append(AnchoredRows(tuple(rows), words.group(group), tuple(ids)))
    if not bodies:
        return None
    columns = (
        column(words("code")),
        column(words("indicator")),
        *(column(column_quarter.key, figure=True) for column_quarter in quarters),
        column(words("figures.to_date"), figure=True),
    )
    return table(edition(f"source.by_quarter.{kind}"), columns, bodies=bodies, dense=True)


def _find_actuals(edition: SiteEdition, agency: str) -> dict[tuple[str, str, str], int]:
    facts = edition.snapshot.select_rows("facts", agency=agency)
    places = zip(facts["quarter"], facts["indicator"], facts["dimension"], strict=True)
    return dict(zip(places, map(int, facts["hundredths"]), strict=True))


def _find_targets(edition: SiteEdition, agency: str) -> dict[tuple[str, str, str], int]:
    """Those that count: the target of a quarter that was not accepted is left out."""
    targets = {}
    for (quarter, indicator), value in edition.find_targets(agency).items():
        score = edition.find_score(agency, Quarter.parse(quarter))
        if score is not None and score.state == SubmissionState.ACCEPTED:
            targets[quarter, indicator, TOTAL] = int(value)
    return targets


def _make_baseline_table(edition: SiteEdition, agency: str) -> Table | None:
    words = edition.words
    rows = make_baseline_rows(words, agency)
    if not rows:
        return None
    columns = (
        column(words("code")),
        column(words("indicator")),
        column(words("figures.baseline"), figure=True),
        column(edition("source.as_of")),
    )
    bodies = (AnchoredRows(rows, ids=tuple(f"baseline-{code.text}" for code, *_ in rows)),)
    return table(edition("source.baselines"), columns, bodies=bodies)


def _make_score_table(edition: SiteEdition, agency: str) -> Table | None:
    """The groups that make the composite, with their weights; and what else is shown."""
    words = edition.words
    last = edition.find_last_quarter(agency)
    score = edition.find_score(agency, last)
    rows = edition.snapshot.select_rows("group_scores", agency=agency, quarter=last.key)
    known = {row.group: row.score for row in rows.itertuples(index=False) if has_value(row.score)}
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
                text_cell(words.group(group.code)),
                figure_cell(
                    words.whole_percent(group.weight)
                    if group.weight
                    else words("update.not_weighed")
                ),
                figure_cell(words.score(known[group.code])),
            )
            for group in groups
            if group.code in known
        ),
        total=(
            text_cell(words("composite")),
            figure_cell(""),
            figure_cell(words.score(score.composite)),
        ),
    )
