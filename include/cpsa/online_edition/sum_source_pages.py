"""What the sums of a district and of the state are made of: each part, leading to its own source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from cpsa.documents.blocks import UNCONFIRMED, column, figure_cell, table, text_cell
from cpsa.documents.content_model import Cell, Table
from cpsa.documents.document_text import DocumentText
from cpsa.documents.linked_blocks import AnchoredRows, link_cell
from cpsa.documents.period_sums import NO_SUM
from cpsa.framework.model import TOTAL
from cpsa.online_edition import page_addresses
from cpsa.online_edition.page_model import Page
from cpsa.online_edition.site_edition import SiteEdition
from cpsa.scoring.rollups import Sum, Sums, add_sums


@dataclass(frozen=True)
class SumPart:
    """One of what was summed; ``source`` is the page of its own figures, blank where none is."""

    code: str
    name: str
    sums: Sums
    source: Callable[[str], str]
    """From a group to the page of its figures; blank where there is none."""


def build_sum_source_page(
    edition: SiteEdition,
    path: str,
    title: str,
    breadcrumbs: tuple[tuple[str, str], ...],
    parts: Iterable[SumPart],
    groups: Iterable[str],
) -> Page:
    sum_parts = tuple(parts)
    return Page(
        path,
        "sums_source.html.j2",
        title,
        breadcrumbs,
        {"table": _make_table(edition, sum_parts, tuple(groups))},
    )


def list_agency_parts(
    edition: SiteEdition, sums_by_agency: Mapping[str, Sums], period: str
) -> tuple[SumPart, ...]:
    """Agencies as parts of a sum; one without a page is named without a link."""
    pages = edition.agencies_with_pages

    def source(agency: str) -> Callable[[str], str]:
        path = page_addresses.make_agency_source_address(agency, period) if agency in pages else ""
        return lambda group: path

    return tuple(
        SumPart(agency, edition.words.agency(agency), agency_sums, source(agency))
        for agency, agency_sums in sums_by_agency.items()
    )


def list_district_parts(
    edition: SiteEdition, sums_by_district: Mapping[str, Sums], period: str
) -> tuple[SumPart, ...]:
    def source(name: str) -> Callable[[str], str]:
        path = page_addresses.make_district_source_address(name, period)
        return lambda group: path

    return tuple(
        SumPart("", edition.name_district(name), district_sums, source(name))
        for name, district_sums in sums_by_district.items()
    )


def _make_table(
    edition: SiteEdition, parts: tuple[SumPart, ...], groups: tuple[str, ...]
) -> Table | None:
    words, framework = edition.words, edition.snapshot.framework
    sums = add_sums(part.sums for part in parts)
    bodies = []
    for group in groups:
        for indicator in framework.group_indicators(group):
            place = (indicator.code, TOTAL)
            if sums.get(place, NO_SUM) == NO_SUM:
                continue
            anchor = page_addresses.make_figure_anchor(indicator.code)
            rows = [
                _make_row(edition, part, part.sums[place], indicator.unit, group, anchor)
                for part in parts
                if part.sums.get(place, NO_SUM) != NO_SUM
            ]
            total = sums[place]
            rows.append(
                (
                    text_cell(edition("sums.sum")),
                    *_make_amount_cells(words, total, indicator.unit),
                )
            )
            title = f"{indicator.code} {words.indicator(indicator.code)}"
            bodies.append(AnchoredRows(tuple(rows), title, id=anchor))
    if not bodies:
        return None
    columns = (
        column(edition("sums.part")),
        column(words("progress.actual"), figure=True),
        column(words("share.with_target"), figure=True),
        column(words("progress.target"), figure=True),
    )
    return table(edition("sums.caption"), columns, bodies=bodies, dense=True)


def _make_row(
    edition: SiteEdition, part: SumPart, figure: Sum, unit: str, group: str, anchor: str
) -> tuple[Cell, ...]:
    words = edition.words
    name = f"{part.name} ({part.code})" if part.code and part.code != part.name else part.name
    actual, *compared = _make_amount_cells(words, figure, unit)
    source = part.source(group)
    if source:
        actual = link_cell(actual, f"{source}#{anchor}")
    return text_cell(name), actual, *compared


def _make_amount_cells(words: DocumentText, figure: Sum, unit: str) -> tuple[Cell, Cell, Cell]:
    """All that was given, what was given where a target is set, and the targets."""
    compared = None if figure.target is None else figure.actual_with_target or 0
    mark = UNCONFIRMED if figure.unconfirmed else ""
    return (
        figure_cell(words.in_full(figure.actual, unit), mark=mark),
        figure_cell(words.in_full(compared, unit)),
        figure_cell(words.in_full(figure.target, unit)),
    )
