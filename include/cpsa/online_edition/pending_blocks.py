"""What is pending by department in a district, in all and for long, and the rows that this is the sum of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cpsa.documents.agency_tables import CountedRow, add_up, list_counted_rows, make_value_cell
from cpsa.documents.blocks import column, figure_cell, table, text_cell
from cpsa.documents.content_model import Cell, Column, Table
from cpsa.documents.linked_blocks import AnchoredRows, link_cell
from cpsa.figures import NO_FIGURE
from cpsa.framework.agency_table import AgencyTable, PendingColumns
from cpsa.online_edition import page_addresses
from cpsa.online_edition.site_edition import SiteEdition
from cpsa.online_edition.table_sources import link_value


@dataclass(frozen=True)
class _DepartmentRows:
    """The rows that name one department, and where their sums lead."""

    rows: Sequence[CountedRow]
    anchor: str


def build_pending_blocks(edition: SiteEdition, district: str) -> tuple[Table, ...]:
    """Sums and their parts, of each table of applications that was given for the newest quarter."""
    return tuple(
        block
        for own in edition.snapshot.framework.tables.values()
        if own.pending
        for block in _build_blocks(edition, district, own, own.pending)
    )


def _build_blocks(
    edition: SiteEdition, district: str, own: AgencyTable, use: PendingColumns
) -> Iterator[Table]:
    words = edition.words
    departments = _list_departments(edition, district, own, use)
    if not departments:
        return
    page, label = page_addresses.make_district_address(district), words.label(own.label)
    rows = [row for department in departments for row in department.rows]
    yield table(
        label,
        (_make_column(edition, own, use.department), *_make_figure_columns(edition, use)),
        (
            (
                make_value_cell(words, own, own.columns[use.department], department.rows[0]),
                *_make_sums(edition, use, department.rows, f"{page}#{department.anchor}"),
            )
            for department in departments
        ),
        total=(
            text_cell(words("total")),
            *_make_sums(edition, use, rows, f"{page}#{departments[0].anchor}"),
        ),
        dense=True,
    )
    yield table(
        edition("pending.parts", table=label),
        (
            _make_column(edition, own, use.department),
            column(words("steps.cluster")),
            _make_column(edition, own, use.subject),
            *_make_figure_columns(edition, use),
        ),
        bodies=(
            AnchoredRows(
                tuple(_make_part(edition, own, use, row) for row in department.rows),
                id=department.anchor,
            )
            for department in departments
        ),
        dense=True,
    )


def _list_departments(
    edition: SiteEdition, district: str, own: AgencyTable, use: PendingColumns
) -> list[_DepartmentRows]:
    """The departments with which something is pending, the most first."""
    rows_by_department: dict[str, list[CountedRow]] = {}
    for agency in edition.districts[district]:
        if edition.snapshot.agencies[agency]["form"] != own.form:
            continue
        quarter = edition.quarter
        for row in list_counted_rows(edition.snapshot, agency, own.code, quarter, quarter):
            if row.get_hundredths(use.number):
                rows_by_department.setdefault(row.get_text(use.department), []).append(row)
    ordered = sorted(
        rows_by_department.items(), key=lambda item: (-add_up(item[1], use.number), item[0])
    )
    return [
        _DepartmentRows(rows, page_addresses.make_pending_anchor(own.code, place))
        for place, (_, rows) in enumerate(ordered, 1)
    ]


def _make_column(edition: SiteEdition, own: AgencyTable, code: str) -> Column:
    return column(edition.words.label(own.columns[code].label))


def _make_figure_columns(edition: SiteEdition, use: PendingColumns) -> tuple[Column, Column]:
    words = edition.words
    days = words.number(use.old_days)
    return (
        column(words("pending.number"), figure=True),
        column(words("pending.old", days=days), figure=True),
    )


def _make_sums(
    edition: SiteEdition, use: PendingColumns, rows: Sequence[CountedRow], href: str
) -> tuple[Cell, ...]:
    given = [
        [row for row in rows if row.get_hundredths(code) is not None]
        for code in (use.number, use.old)
    ]
    texts = [
        edition.words.number(add_up(own, code)) if own else NO_FIGURE
        for own, code in zip(given, (use.number, use.old), strict=True)
    ]
    return tuple(link_cell(figure_cell(text), href) for text in texts)


def _make_part(
    edition: SiteEdition, own: AgencyTable, use: PendingColumns, row: CountedRow
) -> tuple[Cell, ...]:
    words = edition.words
    return (
        make_value_cell(words, own, own.columns[use.department], row),
        text_cell(words.agency(row.agency)),
        make_value_cell(words, own, own.columns[use.subject], row),
        *(
            link_value(edition, make_value_cell(words, own, own.columns[code], row))
            for code in (use.number, use.old)
        ),
    )
