"""Convergence in the learning document: who contributed, by which scheme, in which cluster, and what nobody used.

Of accepted updates. What must not go here: single contributions, which the compilations list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd

from cpsa.calendar import AnyPeriod
from cpsa.documents.blocks import column, figure_cell, section, table, text_cell
from cpsa.documents.content_model import Block, Cell, Column, Paragraph, Section, Table
from cpsa.documents.document_text import DocumentText
from cpsa.documents.policy_actions.action_blocks import convergence_not_accepted
from cpsa.figures import NO_FIGURE
from cpsa.provenance.origin import RowsMeasure, RowsOrigin

_KIND = "convergence"
MAX_CLUSTERS = 100
"""Clusters listed at most; of more, those in which the most departments are active."""


def build_convergence_section(words: DocumentText, period: AnyPeriod) -> Section:
    """By department, by scheme and by cluster; then the schemes that nobody has used so far."""
    rows = words.snapshot.select_rows_in_quarters("entries", period.quarters)
    rows = _select_accepted(words, rows)
    blocks: list[Block | None] = []
    if len(rows):
        blocks = [
            Paragraph(words("learning.convergence.about"), note=True),
            _make_table(words, rows, "department", words.department),
            _make_table(words, rows[rows["scheme"] != ""], "scheme", words.scheme),
            _make_cluster_table(words, rows),
        ]
    blocks += [convergence_not_accepted(words, period), _list_unused_schemes(words, period)]
    return section(
        "convergence", words("learning.convergence.title"), blocks, words("convergence.nothing")
    )


def _select_accepted(words: DocumentText, rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows[rows["kind"] == _KIND]
    rows = rows[words.snapshot.is_accepted(rows)]
    return rows.fillna({"department": "", "scheme": ""})


def _make_table(
    words: DocumentText, rows: pd.DataFrame, by: str, name: Callable[[str], str]
) -> Table | None:
    """The contributions by one of their columns, the largest amount first."""
    if rows.empty:
        return None
    groups = sorted(
        rows.groupby(by, sort=True), key=lambda group: -int(group[1]["amount"].fillna(0).sum())
    )
    return table(
        words(f"learning.convergence.by_{by}"),
        (column(words(f"learning.convergence.{by}"), 4), *_make_sum_columns(words)),
        (
            (text_cell(name(code) if code else words("learning.convergence.not_named")), *sums)
            for code, own in groups
            for sums in (_make_sum_cells(words, own),)
        ),
        total=(text_cell(words("total")), *_make_sum_cells(words, rows)),
    )


def _make_cluster_table(words: DocumentText, rows: pd.DataFrame) -> Table:
    """Each cluster with those who are active together in it, and by which schemes."""
    names = {"department": words.department, "scheme": words.scheme}
    found = dict(iter(rows.groupby("agency", sort=False)))
    clusters = [code for code in words.snapshot.agencies if code in found]
    title = words("learning.convergence.by_cluster")
    if len(clusters) > MAX_CLUSTERS:
        whole = words.number(len(clusters))
        title = words("learning.convergence.most", part=words.number(MAX_CLUSTERS), whole=whole)
        clusters.sort(key=lambda code: -found[code]["department"].nunique())
        clusters = clusters[:MAX_CLUSTERS]
    return table(
        title,
        (
            column(words("learning.convergence.cluster"), 2.4),
            column(words("learning.convergence.together"), 3.6),
            column(words("learning.convergence.schemes"), 3),
            column(words("convergence.amount"), 1.6, figure=True),
        ),
        (
            (
                text_cell(words.agency(agency)),
                *(
                    text_cell(_join_names(names[by], found[agency][by]))
                    for by in ("department", "scheme")
                ),
                _make_amount_cell(words, found[agency]),
            )
            for agency in clusters
        ),
    )


def _join_names(name: Callable[[str], str], codes: Iterable[str]) -> str:
    return "; ".join(name(code) for code in dict.fromkeys(codes) if code) or NO_FIGURE


def _make_sum_columns(words: DocumentText) -> tuple[Column, ...]:
    return (
        column(words("learning.convergence.count"), 1.3, figure=True),
        column(words("findings.agencies"), 1.3, figure=True),
        column(words("convergence.amount"), 1.8, figure=True),
        column(words("convergence.people"), 1.3, figure=True),
    )


def _make_sum_cells(words: DocumentText, rows: pd.DataFrame) -> tuple[Cell, ...]:
    labels = tuple(rows.index)
    people = int(rows["people"].fillna(0).sum())
    return (
        figure_cell(words.number(len(rows)), origin=RowsOrigin("entries", labels)),
        figure_cell(
            words.number(rows["agency"].nunique()),
            origin=RowsOrigin("entries", labels, RowsMeasure.AGENCIES),
        ),
        _make_amount_cell(words, rows),
        figure_cell(words.number(people), origin=RowsOrigin("entries", labels, RowsMeasure.PEOPLE)),
    )


def _make_amount_cell(words: DocumentText, rows: pd.DataFrame) -> Cell:
    amount = int(rows["amount"].fillna(0).sum())
    origin = RowsOrigin("entries", tuple(rows.index), RowsMeasure.AMOUNT)
    return figure_cell(words.quantity(amount, "inr"), origin=origin)


def _list_unused_schemes(words: DocumentText, period: AnyPeriod) -> Paragraph | None:
    """The schemes of the reference data that no contribution to date names; None where each is named."""
    entries = words.snapshot.entries
    used = set(
        _select_accepted(words, entries[entries["quarter"] <= period.last_quarter.key])["scheme"]
    )
    schemes = words.snapshot.reference.schemes
    unused = [code for code in schemes if code not in used]
    if not unused:
        return None
    return Paragraph(
        words(
            "learning.convergence.unused",
            part=words.number(len(unused)),
            whole=words.number(len(schemes)),
            schemes="; ".join(map(words.scheme, unused)),
        )
    )
