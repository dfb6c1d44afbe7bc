"""Where values of tables that agencies filled in come from, and how a cell is led there.

Each value is on the page of its agency and quarter, with its place in the file and its version.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cpsa.calendar import Quarter
from cpsa.documents.agency_tables import CountedRow, list_counted_rows, make_value_cell
from cpsa.documents.blocks import column, figure_cell, quoted_cell, table, text_cell
from cpsa.documents.content_model import Block, Cell, Table
from cpsa.documents.linked_blocks import AnchoredRows, link_cell
from cpsa.figures import NO_FIGURE
from cpsa.framework.agency_table import AgencyTable
from cpsa.i18n import catalogue
from cpsa.online_edition import page_addresses
from cpsa.online_edition.site_edition import SiteEdition
from cpsa.provenance.origin import RowsMeasure, RowsOrigin
from cpsa.provenance.snapshot import has_value


def make_value_tables(edition: SiteEdition, agency: str, quarter: Quarter) -> tuple[Table, ...]:
    """Of each table that an agency gave for a quarter every value with its place, row by row."""
    form = edition.snapshot.agencies[agency]["form"]
    return tuple(
        _make_value_table(edition, agency_table, rows)
        for agency_table in edition.snapshot.framework.form_tables(form)
        if (
            rows := list_counted_rows(
                edition.snapshot, agency, agency_table.code, quarter, first=quarter
            )
        )
    )


def _make_value_table(
    edition: SiteEdition, agency_table: AgencyTable, rows: Sequence[CountedRow]
) -> Table:
    words = edition.words
    columns = (
        *(column(words.label(agency_table.columns[code].label)) for code in agency_table.key),
        column(edition("source.column")),
        column(edition("source.table_value")),
        column(edition("source.place")),
        column(edition("source.version"), figure=True),
    )
    bodies = [
        _make_body(edition, agency_table, row) for row in rows if _list_values(agency_table, row)
    ]
    return table(words.label(agency_table.label), columns, bodies=bodies, dense=True)


def _make_body(edition: SiteEdition, agency_table: AgencyTable, row: CountedRow) -> AnchoredRows:
    """One row of the agency's table: a line for each value of it."""
    key = [
        make_value_cell(edition.words, agency_table, agency_table.columns[code], row)
        for code in agency_table.key
    ]
    given = _list_values(agency_table, row)
    return AnchoredRows(
        tuple((*key, *_make_value_cells(edition, agency_table, row, value)) for value in given),
        ids=tuple(
            page_addresses.make_table_anchor(value.table, value.position, value.column)
            for value in given
        ),
        id=page_addresses.make_table_anchor(given[0].table, given[0].position),
    )


def _list_values(agency_table: AgencyTable, row: CountedRow) -> list[Any]:
    """The values of a row besides its key."""
    columns = (code for code in agency_table.columns if code not in agency_table.key)
    return [row.values[code] for code in columns if code in row.values]


def _make_value_cells(
    edition: SiteEdition, agency_table: AgencyTable, row: CountedRow, value: Any
) -> tuple[Cell, ...]:
    own = agency_table.columns[value.column]
    place = str(value.place) if has_value(value.place) else ""
    return (
        text_cell(edition.words.label(own.label)),
        make_value_cell(edition.words, agency_table, own, row),
        quoted_cell(catalogue.describe_place(place, edition.language) if place else NO_FIGURE),
        figure_cell(str(int(value.version))),
    )


def link_values(edition: SiteEdition, block: Block) -> Block:
    """A table whose cells lead to the values that they were made of; other blocks stay as they are."""
    if not isinstance(block, Table):
        return block
    bodies = tuple(
        replace(body, rows=tuple(_link_row(edition, row) for row in body.rows))
        for body in block.bodies
    )
    return replace(block, bodies=bodies, total=_link_row(edition, block.total))


def _link_row(edition: SiteEdition, cells: Sequence[Cell]) -> tuple[Cell, ...]:
    return tuple(link_value(edition, cell) for cell in cells)


def link_value(edition: SiteEdition, cell: Cell) -> Cell:
    """A cell that leads to its value; one made of several to their row, of several rows to all."""
    origin = cell.origin
    if not isinstance(origin, RowsOrigin) or origin.frame != "table_values":
        return cell
    values = [edition.snapshot.table_values.loc[label] for label in origin.rows]
    last = values[-1]
    if edition.find_score(last.agency, Quarter.parse(last.quarter)) is None:
        return cell  # no page shows where it came from
    if len(values) == 1 or origin.measure == RowsMeasure.DAYS:
        anchor = page_addresses.make_table_anchor(last.table, last.position, last.column)
    elif all(value.position == last.position for value in values):
        anchor = page_addresses.make_table_anchor(last.table, last.position)
    else:
        anchor = "tables"
    address = page_addresses.make_agency_source_address(last.agency, last.quarter)
    return link_cell(cell, f"{address}#{anchor}")
