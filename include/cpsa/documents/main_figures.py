"""The few figures on the first page of an update, of an agency or of the state.

What must not go here: every figure (``agency_figures``), or what agencies wrote.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cpsa.calendar import Quarter
from cpsa.documents import shares, sums, unconfirmed
from cpsa.documents.model import Block, Cell, Table
from cpsa.documents.origin import Amount, What
from cpsa.documents.parts import UNCONFIRMED, code, column, number, plain, share, table
from cpsa.documents.words import Words
from cpsa.framework import TOTAL, Indicator

MAIN = (
    *("B2", "A2", "OP2", "OC2", "OC3P", "OC5", "OC6", "OC7"),
    *("FA1", "FA2", "FA3", "FA4", "FB2", "FB5", "FW2"),
)
"""Of either form (decided): money and work, what came of it, for whom.

Codes the framework does not have are passed over, so a retired indicator breaks nothing.
"""


def of_agency(words: Words, agency: str, quarter: Quarter) -> tuple[Block, ...]:
    """Against target and baseline, with the shares of whom they are about."""
    snapshot = words.snapshot
    form = snapshot.agencies[agency]["form"]
    shown = _table(
        words,
        Amount(What.ACTUAL, "", agency=agency, until=quarter.key),
        snapshot.framework.form_indicators(form),
        sums.of_agencies(snapshot, quarter, quarter).get(agency, {}),
        sums.of_agencies(snapshot, quarter).get(agency, {}),
        baselines(words, agency),
    )
    if shown is None:
        return ()
    marked = any(cell.mark for body in shown.bodies for row in body.rows for cell in row)
    # On a page that is full a note has no room of its own.
    caption = words("update.main_marked", mark=UNCONFIRMED) if marked else shown.caption
    return (replace(shown, caption=caption),)


def of_state(words: Words, quarter: Quarter) -> tuple[Block, ...]:
    """Over all agencies, against target; baselines are kept by agency and are not added up."""
    shown = _table(
        words,
        Amount(What.ACTUAL, "", until=quarter.key),
        words.snapshot.framework.indicators,
        sums.of_state(words.snapshot, quarter, quarter),
        sums.of_state(words.snapshot, quarter),
        None,
    )
    return _with_note(words, shown, _without_unconfirmed(words, quarter))


def _without_unconfirmed(words: Words, quarter: Quarter) -> str:
    """The sums to date that contain a figure to be confirmed, without it, in one line."""
    to_date = sums.of_state(words.snapshot, quarter)
    told = []
    for one in words.snapshot.framework.indicators:
        figure = to_date.get((one.code, TOTAL), sums.NONE)
        if one.code in MAIN and (figure.unconfirmed or shares.is_unconfirmed(one, figure)):
            confirmed = sums.confirmed_of_state(words.snapshot, quarter)
            told.append(shares.brief(words, one, confirmed.get((one.code, TOTAL), sums.NONE)))
    return "; ".join(told)


def _with_note(words: Words, shown: Table | None, without: str) -> tuple[Block, ...]:
    """The table, and what its mark means."""
    if shown is None:
        return ()
    cells = [cell for body in shown.bodies for row in body.rows for cell in row]
    note = unconfirmed.note(words, cells, without)
    return (shown, note) if note else (shown,)


def baselines(words: Words, agency: str) -> dict[str, int]:
    """Hundredths by indicator, from before the programme."""
    rows = words.snapshot.registry.baselines
    rows = rows[rows["agency"] == agency]
    return dict(zip(rows["indicator"], rows["hundredths"], strict=True))


def _table(
    words: Words,
    of: Amount,
    indicators: Sequence[Indicator],
    now: sums.Sums,
    to_date: sums.Sums,
    baseline: Mapping[str, int] | None,
) -> Table | None:
    shown = [one for one in indicators if one.code in MAIN and (one.code, TOTAL) in to_date]
    if not shown:
        return None
    labels = words.snapshot.framework.dimension_labels
    dimensions = [code for code in labels if any(code in one.dimensions for one in shown)]

    def row(one: Indicator) -> tuple[Cell, ...]:
        so_far = to_date.get((one.code, TOTAL), sums.NONE)
        current = now.get((one.code, TOTAL), sums.NONE)
        held = replace(of, indicator=one.code)
        before = () if baseline is None else (baseline.get(one.code),)
        return (
            code(one.code),
            plain(words.indicator(one.code)),
            number(
                words.quantity(current.actual, one.unit),
                mark=UNCONFIRMED if current.unconfirmed else "",
                origin=replace(held, since=of.until),
            ),
            number(
                words.quantity(so_far.actual, one.unit),
                mark=UNCONFIRMED if so_far.unconfirmed else "",
                origin=held,
            ),
            *shares.cells(words, one, so_far, held, of_many=baseline is None),
            *(
                number(words.quantity(one_, one.unit), origin=held.as_(What.BASELINE))
                for one_ in before
            ),
            *(_part(words, to_date, one, replace(held, dimension=each)) for each in dimensions),
        )

    return table(
        words("update.main" if baseline is not None else "state.main"),
        (
            column(words("code"), 0.85),
            column(words("indicator"), 3.65),
            column(words("figures.quarter"), 1.8, figure=True),
            column(words("figures.to_date"), 1.8, figure=True),
            *shares.columns(words, of_many=baseline is None),
            *(
                (column(words("figures.baseline"), 1.9, figure=True),)
                if baseline is not None
                else ()
            ),
            *(column(words.dimension(one), 1.6, figure=True) for one in dimensions),
        ),
        map(row, shown),
        dense=True,
    )


def _part(words: Words, to_date: sums.Sums, one: Indicator, of: Amount) -> Cell:
    """The share of a dimension in all to date; blank where the indicator is not about it."""
    if of.dimension not in one.dimensions:
        return number("")
    part = to_date.get((one.code, of.dimension), sums.NONE).actual
    whole = to_date.get((one.code, TOTAL), sums.NONE).actual
    told = share(part, whole) if part is not None and whole else None
    return number(words.percent(told), origin=of.as_(What.PART))
