"""What contributors gave to clusters, as tables: by contributor, scheme and kind of help, and one by one.

Of accepted updates. What must not go here: which document shows which of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd

from cpsa.documents.blocks import column, figure_cell, table, text_cell
from cpsa.documents.content_model import Cell, Column, Table
from cpsa.documents.document_text import DocumentText
from cpsa.figures import NO_FIGURE
from cpsa.provenance.origin import RowsMeasure, RowsOrigin
from cpsa.provenance.snapshot import Snapshot, has_value

KIND = "convergence"
_TEXT_COLUMNS = ("department", "scheme", "help")


def select_contributions(snapshot: Snapshot, rows: pd.DataFrame) -> pd.DataFrame:
    """The contributions among entries that accepted updates say."""
    rows = rows[rows["kind"] == KIND]
    rows = rows[snapshot.is_accepted(rows)]
    return rows.fillna(dict.fromkeys(_TEXT_COLUMNS, ""))


def list_group_tables(words: DocumentText, rows: pd.DataFrame) -> list[Table | None]:
    """By contributor; by scheme and by kind of help, where some were named."""
    return [
        _make_group_table(words, rows, "department", words.contributor),
        _make_group_table(words, rows[rows["scheme"] != ""], "scheme", words.scheme),
        _make_group_table(words, rows[rows["help"] != ""], "help", words.help),
    ]


def make_to_date_table(words: DocumentText, rows: pd.DataFrame) -> Table | None:
    """By contributor, of one agency."""
    title = words("contributions.to_date")
    return _make_group_table(words, rows, "department", words.contributor, title)


def _make_group_table(
    words: DocumentText,
    rows: pd.DataFrame,
    by: str,
    name: Callable[[str], str],
    title_of_agency: str = "",
) -> Table | None:
    """The contributions by one of their columns, the largest amount first."""
    if rows.empty:
        return None
    shown = _list_shown(rows, units=by == "help")
    if not title_of_agency:
        shown = (RowsMeasure.AGENCIES, *shown)
    groups = sorted(
        rows.groupby(by, sort=True), key=lambda group: -int(group[1]["amount"].fillna(0).sum())
    )
    return table(
        title_of_agency or words(f"contributions.by_{by}"),
        (column(words(f"contributions.{by}"), 4), *_make_sum_columns(words, shown)),
        (
            (text_cell(name(code) if code else words("contributions.not_named")), *sums)
            for code, own in groups
            for sums in (_make_sum_cells(words, own, shown),)
        ),
        total=(text_cell(words("total")), *_make_sum_cells(words, rows, shown, total=True)),
    )


def _list_shown(rows: pd.DataFrame, *, units: bool) -> tuple[RowsMeasure, ...]:
    """What is added up; units and women only where some were given."""
    measures = [RowsMeasure.AMOUNT, RowsMeasure.PEOPLE]
    if rows["women"].notna().any():
        measures.append(RowsMeasure.WOMEN)
    if units and rows["units"].notna().any():
        measures.insert(0, RowsMeasure.UNITS)
    return tuple(measures)


def _make_sum_columns(words: DocumentText, shown: Iterable[RowsMeasure]) -> tuple[Column, ...]:
    return (
        column(words("contributions.count"), 1.3, figure=True),
        *(_make_column(words, measure) for measure in shown),
    )


def _make_column(words: DocumentText, measure: RowsMeasure) -> Column:
    title = "findings.agencies" if measure is RowsMeasure.AGENCIES else f"convergence.{measure}"
    return column(words(title), _WIDTHS.get(measure, 1.3), figure=True)


def _make_sum_cells(
    words: DocumentText, rows: pd.DataFrame, shown: Iterable[RowsMeasure], *, total: bool = False
) -> tuple[Cell, ...]:
    labels = tuple(rows.index)
    return (
        figure_cell(words.number(len(rows)), origin=RowsOrigin("entries", labels)),
        *(
            # Units of different kinds of help are not added up.
            figure_cell(NO_FIGURE)
            if total and measure is RowsMeasure.UNITS
            else make_sum_cell(words, rows, measure)
            for measure in shown
        ),
    )


_WIDTHS = {RowsMeasure.AMOUNT: 1.8, RowsMeasure.RATE: 1.6}


def make_sum_cell(words: DocumentText, rows: pd.DataFrame, measure: RowsMeasure) -> Cell:
    """The sum of one of the figures over these contributions, or of how many agencies they are.

    A dash where none of them gives it.
    """
    if measure is RowsMeasure.AGENCIES:
        value = rows["agency"].nunique()
    elif rows[str(measure)].notna().any():
        value = int(rows[str(measure)].fillna(0).sum())
    else:
        return figure_cell(NO_FIGURE)
    return _make_measure_cell(words, value, measure, tuple(rows.index))


def _make_measure_cell(
    words: DocumentText, value: int, measure: RowsMeasure, labels: tuple[Any, ...]
) -> Cell:
    shown = words.quantity(value, "inr") if measure in _MONEY else words.number(value)
    return figure_cell(shown, origin=RowsOrigin("entries", labels, measure))


_MONEY = (RowsMeasure.AMOUNT, RowsMeasure.RATE)


def make_cluster_table(words: DocumentText, rows: pd.DataFrame, most: int) -> Table:
    """Each cluster with those who are active together in it, with what help and by which schemes.

    ``most``: clusters listed at most; of more, those in which most contributors are active.
    """
    found = dict(iter(rows.groupby("agency", sort=False)))
    clusters = [code for code in words.snapshot.agencies if code in found]
    title = words("contributions.by_cluster")
    if len(clusters) > most:
        whole = words.number(len(clusters))
        title = words("contributions.most", part=words.number(most), whole=whole)
        clusters.sort(key=lambda code: -found[code]["department"].nunique())
        clusters = clusters[:most]
    names = {"department": words.contributor, "help": words.help, "scheme": words.scheme}
    named = [name for name in names if name == "department" or (rows[name] != "").any()]
    titles = {"department": "together", "help": "helps", "scheme": "schemes"}
    return table(
        title,
        (
            column(words("contributions.cluster"), 2.4),
            *(column(words(f"contributions.{titles[name]}"), 3) for name in named),
            column(words("convergence.amount"), 1.6, figure=True),
        ),
        (
            (
                text_cell(words.agency(agency)),
                *(text_cell(_join_names(names[name], found[agency][name])) for name in named),
                make_sum_cell(words, found[agency], RowsMeasure.AMOUNT),
            )
            for agency in clusters
        ),
    )


def _join_names(name: Callable[[str], str], codes: Iterable[str]) -> str:
    return "; ".join(name(code) for code in dict.fromkeys(codes) if code) or NO_FIGURE


def make_single_table(words: DocumentText, rows: pd.DataFrame) -> Table | None:
    """Contributions one by one: who, what help by which scheme, units and rate, amount and people."""
    if rows.empty:
        return None
    figures = [RowsMeasure.AMOUNT, *_list_shown(rows, units=False)[1:]]
    if rows["units"].notna().any() or rows["rate"].notna().any():
        figures = [RowsMeasure.UNITS, RowsMeasure.RATE, *figures]
    has_help = bool((rows["help"] != "").any())

    def make_row(row: Any) -> tuple[Cell, ...]:
        help_cells = (text_cell(words.help(row.help) or NO_FIGURE),) if has_help else ()
        return (
            text_cell(words.contributor(row.department) or NO_FIGURE),
            *help_cells,
            text_cell(words.scheme(row.scheme) or NO_FIGURE),
            *(
                _make_measure_cell(words, int(value), measure, (row.Index,))
                if has_value(value := getattr(row, str(measure)))
                else figure_cell(NO_FIGURE)
                for measure in figures
            ),
        )

    return table(
        "",
        (
            column(words("contributions.department"), 2.6),
            *((column(words("contributions.help"), 2),) if has_help else ()),
            column(words("contributions.scheme"), 2.4),
            *(_make_column(words, measure) for measure in figures),
        ),
        map(make_row, rows.itertuples()),
    )
