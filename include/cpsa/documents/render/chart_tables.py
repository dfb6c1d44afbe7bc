"""Charts as tables, for the formats that cannot draw: what they say, in rows and columns."""

from __future__ import annotations

from cpsa.documents.content_model import Bars, Cell, CellKind, Column, Rows, Table, Trend


def chart_to_table(chart: Bars | Trend) -> Table:
    """A bar becomes a row; a line over periods a row with a column for each period."""
    match chart:
        case Bars():
            heads: tuple[str, ...] = ("",)
            rows = tuple(_make_row(bar.label, bar.text) for bar in chart.bars)
        case Trend():
            heads = chart.labels
            rows = tuple(_make_row(series.name, *series.texts) for series in chart.series)
    columns = (Column("", 2.0), *(Column(head, 1.0, figure=True) for head in heads))
    return Table(chart.caption, columns, (Rows(rows),), label=chart.label)


def _make_row(name: str, *figures: str) -> tuple[Cell, ...]:
    return (Cell(name), *(Cell(figure, CellKind.FIGURE) for figure in figures))
