"""Figures to be confirmed: each with what the checks found and when an explanation was requested.

Also spending that does not match activity, which is neither a success nor a shortfall. Which
figures these are is decided in ``cpsa.submissions.unconfirmed_figures``; what must not go here: sums.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from cpsa.calendar import AnyPeriod
from cpsa.documents.blocks import (
    UNCONFIRMED,
    code_cell,
    column,
    figure_cell,
    section,
    table,
    text_cell,
)
from cpsa.documents.content_model import Block, Cell, Paragraph, Section, Table
from cpsa.documents.document_text import DocumentText
from cpsa.documents.trend_charts import SPENDING_KIND
from cpsa.provenance.check_summary import describe_finding, sort_findings
from cpsa.provenance.origin import AmountKind, AmountOrigin
from cpsa.provenance.snapshot import Snapshot

MAX_ROWS = 400
"""Rows of a table of all agencies; of a country there are thousands."""


def build_unconfirmed_section(words: DocumentText, period: AnyPeriod) -> Section:
    """Every figure up to a period's end that is to be confirmed, the newest quarter first."""
    rows = _list_findings(words.snapshot, period.last_quarter.key)
    blocks: tuple[Block | None, ...] = ()
    if rows:
        text = Paragraph(words("unconfirmed.explained", mark=UNCONFIRMED), note=True)
        blocks = (
            text,
            _make_table(words, rows[:MAX_ROWS], "", with_agency=True),
            _note_more(words, rows),
        )
    return section("unconfirmed", words("unconfirmed.title"), blocks, words("unconfirmed.nothing"))


def build_agency_blocks(words: DocumentText, agency: str, until: str) -> tuple[Block, ...]:
    """The same of one agency, below its figures."""
    rows = _group_findings(words.snapshot, until).get(agency)
    if not rows:
        return ()
    text = Paragraph(words("unconfirmed.marked", mark=UNCONFIRMED), note=True)
    return text, _make_table(words, rows, words("unconfirmed.title"), with_agency=False)


def format_request_date(words: DocumentText, row: Any) -> str:
    """The day on which an explanation of a finding was requested, in words."""
    sent_at = _find_sent_at(words.snapshot, row)
    return words("unconfirmed.not_requested") if sent_at is None else words.day(sent_at)


@lru_cache(maxsize=4)
def _group_findings(snapshot: Snapshot, until: str) -> dict[str, list[Any]]:
    """The same by agency, read once for the updates of all."""
    found: dict[str, list[Any]] = defaultdict(list)
    for row in _list_findings(snapshot, until):
        found[row.agency].append(row)
    return dict(found)


def _list_findings(snapshot: Snapshot, until: str) -> list[Any]:
    """The open findings that put a figure in doubt, by quarter (newest first) and agency."""
    found = snapshot.open_findings.loc[snapshot.unconfirmed["finding"].unique()]
    found = found[found["quarter"] <= until]
    order = {agency: place for place, agency in enumerate(snapshot.agencies)}
    rows = list(found.itertuples())
    rows.sort(key=lambda row: (order.get(row.agency, len(order)), row.indicator, row.rule))
    rows.sort(key=lambda row: row.quarter, reverse=True)
    return rows


def _find_sent_at(snapshot: Snapshot, row: Any) -> datetime | None:
    letters = snapshot.select_rows("letters", agency=row.agency, quarter=row.quarter)
    letters = letters[letters["version"] == row.version]
    return min(letters["sent_at"], default=None)


def _make_table(
    words: DocumentText, rows: Sequence[Any], caption: str, *, with_agency: bool
) -> Table:
    agency = (column(words("actions.agency"), 2.6),) if with_agency else ()
    columns = (
        *agency,
        column(words("quarter"), 0),
        column(words("code"), 0),
        column(words("unconfirmed.figure"), 1.5, figure=True),
        column(words("findings.message"), 5),
        column(words("unconfirmed.requested_on"), 1.6),
    )

    def cells(row: Any) -> Iterator[Cell]:
        if with_agency:
            yield text_cell(words.agency(row.agency))
        yield code_cell(row.quarter)
        yield code_cell(row.indicator)
        yield _make_figure_cell(words, row)
        yield text_cell(f"{row.rule}: {describe_finding(words.snapshot, row, words.language)}")
        yield text_cell(format_request_date(words, row))

    return table(caption, columns, (tuple(cells(row)) for row in rows), dense=True)


def _make_figure_cell(words: DocumentText, row: Any) -> Cell:
    facts = words.snapshot.select_rows("facts", agency=row.agency, quarter=row.quarter)
    facts = facts[(facts["indicator"] == row.indicator) & (facts["dimension"] == row.dimension)]
    unit = words.snapshot.framework.by_code[row.indicator].unit
    value = next((int(hundredths) for hundredths in facts["hundredths"]), None)
    amount = AmountOrigin(
        AmountKind.ACTUAL, row.indicator, row.dimension, row.agency, row.quarter, row.quarter
    )
    return figure_cell(words.in_full(value, unit), origin=amount)


def build_spending_table(words: DocumentText, period: AnyPeriod) -> tuple[Block, ...]:
    """Agencies whose spending does not match their activity at the end of a period, as the rule
    that compares the two found it."""
    rules = {rule.id for rule in words.snapshot.framework.rules_of_kind(SPENDING_KIND)}
    found = words.snapshot.open_findings
    found = found[found["rule"].isin(rules) & (found["quarter"] == period.last_quarter.key)]
    rows = sort_findings(words.snapshot, found)
    rows.sort(key=lambda row: row.agency)
    if not rows:
        return ()
    more = _note_more(words, rows)
    shown = table(
        words("unconfirmed.spending", quarter=words.months(period.last_quarter)),
        (
            column(words("actions.agency"), 3),
            column(words("findings.message"), 6),
            column(words("unconfirmed.requested_on"), 1.6),
        ),
        (
            (
                text_cell(words.agency(row.agency)),
                text_cell(describe_finding(words.snapshot, row, words.language)),
                text_cell(format_request_date(words, row)),
            )
            for row in rows[:MAX_ROWS]
        ),
        dense=True,
    )
    return (shown, more) if more else (shown,)


def _note_more(words: DocumentText, rows: Sequence[Any]) -> Paragraph | None:
    """How many rows are left out; they are in the updates of their agencies."""
    if len(rows) <= MAX_ROWS:
        return None
    return Paragraph(words("unconfirmed.more", count=words.number(len(rows) - MAX_ROWS)), note=True)


def make_unconfirmed_note(
    words: DocumentText, cells: Sequence[Cell], without: str
) -> Paragraph | None:
    """What the mark means, where one of the cells carries it; and the totals without."""
    if not any(cell.mark == UNCONFIRMED for cell in cells):
        return None
    text = words("unconfirmed.marked", mark=UNCONFIRMED)
    if without:
        text = " ".join((text, words("unconfirmed.without_short", figures=without)))
    return Paragraph(text, note=True)
