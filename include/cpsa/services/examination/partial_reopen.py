"""A lock exception for single indicators: of a late file only these count, the rest stays as it was.

What belongs here: putting the late figures of the reopened indicators beside those of the update
that was accepted before. Each figure carried over keeps its own submission and place.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import pandas as pd
from sqlalchemy import Connection

from cpsa.checks.structure_rules import Key, StructureResult, SubmissionFact
from cpsa.store.queries import submission_queries


def keep_only_indicators(
    judged: StructureResult, indicators: Collection[str], before: Mapping[Key, SubmissionFact]
) -> StructureResult:
    """Keep only these indicators of a judged file; ``before``: the figures of the submission before it.

    A file that was refused stays refused. The NIL tick no longer speaks for the whole. Tables are not
    reopened: those that count stay as an earlier version gave them.
    """
    if judged.refused is not None:
        return judged
    facts = {key: fact for key, fact in before.items() if key[0] not in indicators}
    facts.update({key: fact for key, fact in judged.facts.items() if key[0] in indicators})
    return replace(
        judged,
        facts=facts,
        faulty=frozenset(key for key in judged.faulty if key[0] in indicators),
        nil=False,
        findings=tuple(finding for finding in judged.findings if finding.indicator in indicators),
        tables={},
        figures_of=None,
    )


def load_carried_facts(
    connection: Connection, accepted: Collection[int]
) -> dict[int, dict[Key, SubmissionFact]]:
    """The figures of accepted submissions as later ones take them over, with the one that gave each."""
    found: dict[int, dict[Key, SubmissionFact]] = {id_: {} for id_ in accepted}
    if not found:
        return found
    for row in submission_queries.load_facts(connection, accepted).itertuples():
        found[row.submission_id][row.indicator, row.dimension] = SubmissionFact(
            int(row.hundredths),
            row.origin,
            row.place,
            row.submission_id if pd.isna(row.carried_from) else int(row.carried_from),
        )
    return found
