"""Packed figures of submissions: kept beside the rows of ``fact``, which are the truth."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, insert, select

from cpsa.scoring.quarter_figures import PackedFigures
from cpsa.store import bulk_rows
from cpsa.store.dialect import is_among, make_pairs
from cpsa.store.tables.submission_tables import packed_figures


def add_packed_figures(
    connection: Connection, layout: str, packed: Mapping[int, PackedFigures]
) -> None:
    """Keep the packed figures of submissions that have none in this layout yet."""
    names = ("submission_id", "layout", *PackedFigures._fields)
    rows = [(id_, layout, *row) for id_, row in sorted(packed.items())]
    bulk_rows.add_rows(connection, packed_figures, names, rows)


def copy_packed_figures(connection: Connection, layout: str, sources: Mapping[int, int]) -> None:
    """Give submissions the packed figures that others have in this layout, by the ids of both."""
    if not sources:
        return
    pair, columns = make_pairs(connection, sources), packed_figures.c
    values = [columns[name] for name in PackedFigures._fields]
    query = (
        select(pair.c.key, columns.layout, *values)
        .select_from(pair)
        .join(packed_figures, columns.submission_id == pair.c.value)
        .where(columns.layout == layout)
    )
    names = ("submission_id", "layout", *PackedFigures._fields)
    connection.execute(insert(packed_figures).from_select(names, query))


def load_packed_figures(
    connection: Connection, layout: str, ids: Collection[int]
) -> dict[int, PackedFigures]:
    """The packed figures of those of these submissions that have some in this layout."""
    columns = packed_figures.c
    query = select(*(columns[name] for name in ("submission_id", *PackedFigures._fields))).where(
        columns.layout == layout, is_among(connection, columns.submission_id, ids)
    )
    return {row[0]: PackedFigures(row[1], row[2]) for row in connection.execute(query)}
