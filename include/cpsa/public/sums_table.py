"""The figures of a district or of the state: sums over agencies, each leading to its parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cpsa.documents import shares
from cpsa.documents.linked import link
from cpsa.documents.model import Cell, Rows, Table
from cpsa.documents.origin import Amount, What
from cpsa.documents.parts import UNCONFIRMED, code, column, number, plain, table
from cpsa.documents.sums import NONE
from cpsa.documents.words import Words
from cpsa.framework import TOTAL, Indicator
from cpsa.public import addresses
from cpsa.public.edition import Edition
from cpsa.score.rollups import Sum, Sums

Source = Callable[[str, str], str]
"""From a group and a period (a quarter's key, or to date) to the page that lists the parts."""


def note(words: Words, shown: Table | None, sums: Sums, confirmed: Sums) -> str:
    """What the mark of figures to be confirmed means, and the marked sums without them; blank
    where the table has no mark."""
    if shown is None:
        return ""
    marked = {
        row[0].text
        for body in shown.bodies
        for row in body.rows
        if any(cell.mark == UNCONFIRMED for cell in row)
    }
    parts = [
        shares.brief(words, indicator, confirmed.get((indicator.code, TOTAL), NONE))
        for indicator in words.snapshot.framework.indicators
        if indicator.code in marked and (indicator.code, TOTAL) in sums
    ]
    if not parts:
        return ""
    without = words("unconfirmed.without_short", figures="; ".join(parts))
    return " ".join((words("unconfirmed.marked", mark=UNCONFIRMED), without))


def _amount(words: Words, indicator: Indicator, figure: Sum) -> Cell:
    mark = UNCONFIRMED if figure.unconfirmed else ""
    return number(words.quantity(figure.actual, indicator.unit), mark=mark)


def sums_table(
    edition: Edition,
    forms: Iterable[str],
    source: Source,
    period: str,
    now: Sums,
    to_date: Sums | None,
) -> Table | None:
    """The quarter's figures and, where given, those to date against their target; None for none."""
    words, framework = edition.words, edition.snapshot.framework
    bodies = []
    for group in (one for form in forms for one in framework.form_groups(form)):
        rows = []
        for one in framework.group_indicators(group.code):
            current = now.get((one.code, TOTAL), NONE)
            so_far = (to_date or {}).get((one.code, TOTAL), NONE)
            if current.actual is None and so_far.actual is None:
                continue
            at = addresses.anchor(one.code)
            shown, against = (current, period) if to_date is None else (so_far, addresses.TO_DATE)
            cells = [
                code(one.code),
                plain(words.indicator(one.code)),
                link(_amount(words, one, current), f"{source(group.code, period)}#{at}"),
            ]
            parts = f"{source(group.code, against)}#{at}"
            if to_date is not None:
                cells.append(link(_amount(words, one, shown), parts))
            of = Amount(What.ACTUAL, one.code)
            compared = shares.cells(words, one, shown, of, of_many=True)
            cells += [link(cell, parts) for cell in compared]
            rows.append(tuple(cells))
        if rows:
            bodies.append(Rows(tuple(rows), words.group(group.code)))
    if not bodies:
        return None
    titles = [column(words("code")), column(words("indicator"))]
    titles.append(column(words("figures.quarter"), figure=True))
    if to_date is not None:
        titles.append(column(words("figures.to_date"), figure=True))
    titles += shares.columns(words, of_many=True)
    return table(edition("figures"), titles, bodies=bodies, dense=True)
