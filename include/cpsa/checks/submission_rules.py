"""Rule kinds that look at one submission by itself: results of formulas, and CPSA's questions."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from cpsa.checks.structure_rules import StructureResult
from cpsa.framework.model import Rule
from cpsa.submissions.entry_amounts import EntryAmount
from cpsa.submissions.figure_query import FigureQuery, select_newest
from cpsa.submissions.finding import Finding, format_value
from cpsa.submissions.table_rows import TableRow


@dataclass(frozen=True)
class Submission:
    """A judged file, the rules an admin waives for it, and what CPSA asks about its figures.

    ``last_tables``: of each table the rows that were accepted last before this quarter. ``arrived_on``:
    the day of its arrival; None where a file is tried that has not arrived. ``entry_amounts``: of the
    entries that count for the quarter, those with units and a rate.
    """

    judged: StructureResult
    waived: Collection[str] = ()
    queries: Collection[FigureQuery] = ()
    last_tables: Mapping[str, Sequence[TableRow]] = field(default_factory=dict)
    arrived_on: date | None = None
    entry_amounts: Sequence[EntryAmount] = ()


def formula_result(submission: Submission, rule: Rule) -> Iterator[Finding]:
    """Q08: figures that are stored results of formulas and may never have been calculated."""
    judged = submission.judged
    for key in judged.calculated:
        yield Finding(
            rule.id,
            rule.severity,
            judged.agency,
            judged.quarter,
            *key,
            observed=format_value(judged.facts[key].hundredths, rule.shows),
            place=judged.places.get(key, ""),
        )


def queried_figure(submission: Submission, rule: Rule) -> Iterator[Finding]:
    """C01: figures with a question of CPSA, while they have the value that the question is about."""
    judged = submission.judged
    for query in select_newest(submission.queries):
        fact = judged.facts.get(query.subject)
        if fact is None or fact.hundredths != query.hundredths:
            continue
        yield Finding(
            rule.id,
            rule.severity,
            judged.agency,
            judged.quarter,
            *query.subject,
            observed=query.format_observed(format_value(query.hundredths, "quantity")),
            expected=query.question,
            place=judged.places.get(query.subject, ""),
        )
