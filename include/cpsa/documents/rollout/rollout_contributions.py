"""Programme page: what sources were to give, and what departments and schemes have given.

``include/programme/reference/budget.yaml`` assigns contributions to sources; each is counted once.
"""

from __future__ import annotations

import pandas as pd

from cpsa.calendar import AnyPeriod
from cpsa.documents.blocks import column, figure_cell, section, table, text_cell
from cpsa.documents.content_model import Cell, Section, Table
from cpsa.documents.document_text import DocumentText
from cpsa.documents.policy_actions.action_blocks import make_not_in_sums_note
from cpsa.documents.rollout import rollout_spending
from cpsa.provenance.origin import RowsMeasure, RowsOrigin
from cpsa.provenance.snapshot import to_single_line
from cpsa.reference.budget import FundSource


def build_fund_sources(words: DocumentText, period: AnyPeriod) -> Table:
    """What each source was to give, what was spent of it, and what it contributed besides."""
    reference = words.snapshot.reference
    rows, remaining = [], select_convergence(words, period, accepted=True)
    for code, source in reference.fund_sources.items():
        source_rows = _select_source_rows(words, remaining, source)
        remaining = remaining.drop(source_rows.index)
        rows.append(
            (
                text_cell(source.name.in_(words.language)),
                rollout_spending.make_crore_cell(reference.budget_total(source=code)),
                rollout_spending.make_reported_cell(
                    words, period, rollout_spending.list_reports(words, source=code)
                ),
                _make_contributed_cell(words, period, source, source_rows),
            )
        )
    rows.append(
        (
            text_cell(words("rollout.other_sources")),
            figure_cell(words("rollout.not_planned")),
            figure_cell(words("rollout.not_reported")),
            _make_amount_cell(words, remaining),
        )
    )
    return table(
        words("rollout.by_source"),
        (
            column(words("rollout.source"), 3.4),
            column(words("rollout.budgeted"), 1.4, figure=True),
            column(words("rollout.spent"), 1.6, figure=True),
            column(words("rollout.contributed"), 2.4, figure=True),
        ),
        rows,
    )


def select_convergence(words: DocumentText, period: AnyPeriod, *, accepted: bool) -> pd.DataFrame:
    """What departments and schemes gave up to the period's end, as updates say that were accepted
    or that were not."""
    rows = words.snapshot.entries
    rows = rows[(rows["kind"] == "convergence") & (rows["quarter"] <= period.last_quarter.key)]
    return rows[words.snapshot.is_accepted(rows) == accepted]


def _select_source_rows(
    words: DocumentText, rows: pd.DataFrame, source: FundSource
) -> pd.DataFrame:
    by_scheme = [
        bool(to_single_line(name))
        and words.snapshot.reference.find_scheme(to_single_line(name)) is not None
        for name in rows["scheme"]
    ]
    scheme = pd.Series(by_scheme, index=rows.index, dtype=bool)
    of_department = rows["department"].isin(source.departments)
    return rows[(scheme & source.schemes) | (~scheme & of_department)]


def _make_contributed_cell(
    words: DocumentText, period: AnyPeriod, source: FundSource, rows: pd.DataFrame
) -> Cell:
    if source.contributed_by is None:
        return _make_amount_cell(words, rows)
    paise = rollout_spending.sum_actual(words, period, source.contributed_by)
    if paise is None:
        return figure_cell(words("rollout.not_reported"))
    marked = rollout_spending.mark_unconfirmed(words, period, [source.contributed_by])
    origin = rollout_spending.make_spending_amount(source.contributed_by, period)
    return figure_cell(words.in_full(paise, "inr"), mark=marked, origin=origin)


def _make_amount_cell(words: DocumentText, rows: pd.DataFrame) -> Cell:
    amount = int(rows["amount"].fillna(0).sum())
    return figure_cell(
        words.in_full(amount, "inr"),
        origin=RowsOrigin("entries", tuple(rows.index), RowsMeasure.AMOUNT),
    )


def build_department_contributions(words: DocumentText, period: AnyPeriod) -> Section:
    """Convergence so far by department: how often, how much, for how many people."""
    rows = select_convergence(words, period, accepted=True)

    def row(name: str, entries: pd.DataFrame) -> tuple[Cell, ...]:
        people = int(entries["people"].fillna(0).sum())
        labels = tuple(entries.index)
        return (
            text_cell(name),
            figure_cell(words.number(len(entries)), origin=RowsOrigin("entries", labels)),
            _make_amount_cell(words, entries),
            figure_cell(
                words.number(people), origin=RowsOrigin("entries", labels, RowsMeasure.PEOPLE)
            ),
        )

    listed = words.snapshot.reference.contributors
    unlisted = [code for code in rows["department"].dropna().unique() if code not in ("", *listed)]
    groups = {code: rows[rows["department"] == code] for code in (*listed, *unlisted)}
    known = rows["department"].isin(groups)
    named = [
        row(words.contributor(code), entries) for code, entries in groups.items() if len(entries)
    ]
    if len(rows[~known]):
        named.append(row(words("rollout.no_department"), rows[~known]))
    found = None
    if named:
        found = table(
            "",
            (
                column(words("contributions.department"), 4.4),
                column(words("rollout.times"), 1.2, figure=True),
                column(words("convergence.amount"), 2, figure=True),
                column(words("convergence.people"), 1.2, figure=True),
            ),
            named,
            total=row(words("total"), rows),
        )
    not_accepted = select_convergence(words, period, accepted=False)
    blocks = (found, make_not_in_sums_note(words, not_accepted) if len(not_accepted) else None)
    return section(
        "convergence", words("rollout.convergence"), blocks, words("convergence.nothing")
    )
