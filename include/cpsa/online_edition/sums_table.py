"""The figures of a district or of the state: sums over agencies, each leading to its parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cpsa.documents import share_text
from cpsa.documents.blocks import UNCONFIRMED, code_cell, column, figure_cell, table, text_cell
from cpsa.documents.content_model import Cell, Rows, Table
from cpsa.documents.document_text import DocumentText
from cpsa.documents.linked_blocks import link_cell
from cpsa.documents.period_sums import NO_SUM
from cpsa.framework.model import TOTAL, Indicator
from cpsa.online_edition import page_addresses
from cpsa.online_edition.site_edition import SiteEdition
from cpsa.provenance.origin import AmountKind, AmountOrigin
from cpsa.scoring.rollups import Sum, Sums

SourceAddress = Callable[[str, str], str]
"""From a group and a period (a quarter's key, or to date) to the page that lists the parts."""


def make_sums_note(words: DocumentText, figures: Table | None, sums: Sums, confirmed: Sums) -> str:
    """What the mark of figures to be confirmed means, and the marked sums without them; blank
    where the table has no mark."""
    if figures is None:
        return ""
    marked = {
        row[0].text
        for body in figures.bodies
        for row in body.rows
        if any(cell.mark == UNCONFIRMED for cell in row)
    }
    parts = [
        share_text.format_brief(words, indicator, confirmed.get((indicator.code, TOTAL), NO_SUM))
        for indicator in words.snapshot.framework.indicators
        if indicator.code in marked and (indicator.code, TOTAL) in sums
    ]
    if not parts:
        return ""
    without = words("unconfirmed.without_short", figures="; ".join(parts))
    return " ".join((words("unconfirmed.marked", mark=UNCONFIRMED), without))


def _make_amount_cell(words: DocumentText, indicator: Indicator, figure: Sum) -> Cell:
    mark = UNCONFIRMED if figure.unconfirmed else ""
    return figure_cell(words.quantity(figure.actual, indicator.unit), mark=mark)


def build_sums_table(
    edition: SiteEdition,
    forms: Iterable[str],
    source: SourceAddress,
    period: str,
    now: Sums,
    to_date: Sums | None,
) -> Table | None:
    """The quarter's figures and, where given, those to date against their target; None for none."""
    words, framework = edition.words, edition.snapshot.framework
    bodies = []
    for group in (form_group for form in forms for form_group in framework.form_groups(form)):
        rows = []
        for indicator in framework.group_indicators(group.code):
            current = now.get((indicator.code, TOTAL), NO_SUM)
            so_far = (to_date or {}).get((indicator.code, TOTAL), NO_SUM)
            if current.actual is None and so_far.actual is None:
                continue
            anchor = page_addresses.make_figure_anchor(indicator.code)
            figure, against = (
                (current, period) if to_date is None else (so_far, page_addresses.TO_DATE)
            )
            cells = [
                code_cell(indicator.code),
                text_cell(words.indicator(indicator.code)),
                link_cell(
                    _make_amount_cell(words, indicator, current),
                    f"{source(group.code, period)}#{anchor}",
                ),
            ]
            parts = f"{source(group.code, against)}#{anchor}"
            if to_date is not None:
                cells.append(link_cell(_make_amount_cell(words, indicator, figure), parts))
            amount = AmountOrigin(AmountKind.ACTUAL, indicator.code)
            compared = share_text.make_share_cells(words, indicator, figure, amount, of_many=True)
            cells += [link_cell(cell, parts) for cell in compared]
            rows.append(tuple(cells))
        if rows:
            bodies.append(Rows(tuple(rows), words.group(group.code)))
    if not bodies:
        return None
    titles = [column(words("code")), column(words("indicator"))]
    titles.append(column(words("figures.quarter"), figure=True))
    if to_date is not None:
        titles.append(column(words("figures.to_date"), figure=True))
    titles += share_text.make_share_columns(words, of_many=True)
    return table(edition("figures"), titles, bodies=bodies, dense=True)
