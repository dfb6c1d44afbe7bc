"""Tables that a document has in its workbook alone, for those who sort and calculate.

What belongs here: one long table of figures, and the requested actions with their words. What must not: tables
that the document prints.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from cpsa.documents.blocks import code_cell, column, figure_cell, quoted_cell, table, text_cell
from cpsa.documents.content_model import Cell, Table
from cpsa.documents.document_key import ALL, DocumentKey
from cpsa.documents.document_text import DocumentText
from cpsa.documents.parameters import DocumentParameters
from cpsa.documents.policy_actions.action_selection import ActionSelection
from cpsa.figures import NO_FIGURE
from cpsa.framework.model import TOTAL
from cpsa.provenance.snapshot import has_value

MAX_ROWS = 200_000
"""Of a larger programme the public data has them: such a workbook opens slowly, or not at all."""


def build_long_table(
    key: DocumentKey, words: DocumentText, parameters: DocumentParameters
) -> tuple[Table, ...]:
    """A row for each agency, indicator and quarter of the period: actual, target, the update's state.

    None where there are more than ``MAX_ROWS``.
    """
    columns = (
        column(words("long.agency_code"), 0),
        column(words("actions.agency"), 3),
        column(words("code"), 0),
        column(words("indicator"), 4),
        column(words("quarter"), 0),
        column(words("long.actual"), 1.5, figure=True),
        column(words("long.target"), 1.5, figure=True),
        column(words("update.state"), 2),
    )
    rows = list(islice(_list_long_rows(key, words), MAX_ROWS + 1))
    return () if len(rows) > MAX_ROWS else (table(words("long.title"), columns, rows),)


def _list_long_rows(key: DocumentKey, words: DocumentText) -> Iterator[tuple[Cell, ...]]:
    snapshot = words.snapshot
    quarters = [quarter.key for quarter in key.period.quarters]
    actuals = _index_figures(snapshot.facts[snapshot.facts["dimension"] == TOTAL], quarters)
    targets = _index_figures(snapshot.registry.targets, quarters)
    scores = snapshot.scores[snapshot.scores["quarter"].isin(quarters)]
    states = {(row.agency, row.quarter): row.state for row in scores.itertuples(index=False)}
    for agency, row in snapshot.agencies.items():
        for indicator in snapshot.framework.form_indicators(row["form"]):
            for quarter in quarters:
                place = (agency, indicator.code, quarter)
                state = states.get((agency, quarter))  # none of a form that has no scores
                if place not in actuals and (place not in targets or state is None):
                    continue
                yield (
                    code_cell(agency),
                    text_cell(words.agency(agency)),
                    code_cell(indicator.code),
                    text_cell(words.indicator(indicator.code)),
                    code_cell(quarter),
                    figure_cell(words.quantity(actuals.get(place), indicator.unit)),
                    figure_cell(words.quantity(targets.get(place), indicator.unit)),
                    text_cell(words.state(state) if state else NO_FIGURE),
                )


def _index_figures(rows: Any, quarters: Sequence[str]) -> dict[tuple[str, str, str], int]:
    """Hundredths by agency, indicator and quarter."""
    own = rows[rows["quarter"].isin(quarters)]
    keys = zip(own["agency"], own["indicator"], own["quarter"], strict=True)
    return dict(zip(keys, map(int, own["hundredths"]), strict=True))


def build_requests_table(
    key: DocumentKey, words: DocumentText, parameters: DocumentParameters
) -> tuple[Table, ...]:
    """The actions requested of a department, or of all, each with its words and its request."""
    selection = ActionSelection(words, key.period, parameters)
    requested = selection.list_requested(None if key.subject == ALL else key.subject)
    if not requested:
        return ()
    columns = (
        column(words("actions.number"), 0),
        column(words("quarter"), 0),
        column(words("long.agency_code"), 0),
        column(words("actions.agency"), 3),
        column(words("actions.department"), 3),
        column(words("actions.theme"), 3),
        column(words("actions.text"), 6),
        column(words("long.request"), 6),
        column(words("actions.urgency"), 1.5),
        column(words("long.decision"), 2),
    )
    rows = (
        (
            code_cell(status.action.number),
            code_cell(status.action.quarter),
            code_cell(status.action.agency),
            text_cell(words.agency(status.action.agency)),
            text_cell(words.department(status.action.department)),
            text_cell(words.theme(status.action.theme)),
            quoted_cell(status.action.text),
            quoted_cell(status.action.request),
            text_cell(
                words(f"urgency.{status.action.urgency}")
                if has_value(status.action.urgency)
                else NO_FIGURE
            ),
            text_cell(words(f"decision.{status.decision}")),
        )
        for status in requested
    )
    return (table(words("long.requests"), columns, rows),)
