"""A lock exception for single indicators: of a late file only these count, the rest stays as it was.

What belongs here: putting the late figures of the reopened indicators beside those of the update
that was accepted before. Each figure carried over keeps its own submission and place.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import pandas as pd
from sqlalchemy import Connection

from cpsa.check import Fact, Judged
from cpsa.store import intake


def narrowed(
    connection: Connection, judged: Judged, indicators: Collection[str], accepted: int
) -> Judged:
    """A judged file with only these indicators its own; ``accepted``: the submission before it.

    A file that was refused stays refused. The NIL tick no longer speaks for the whole.
    """
    if judged.refused is not None:
        return judged
    before = intake.facts_of(connection, [accepted])
    facts = {
        (row.indicator, row.dimension): Fact(
            int(row.hundredths),
            row.origin,
            row.place,
            accepted if pd.isna(row.carried_from) else int(row.carried_from),
        )
        for row in before.itertuples()
        if row.indicator not in indicators
    }
    facts.update({key: fact for key, fact in judged.facts.items() if key[0] in indicators})
    return replace(
        judged,
        facts=facts,
        faulty=frozenset(key for key in judged.faulty if key[0] in indicators),
        nil=False,
        findings=tuple(one for one in judged.findings if one.indicator in indicators),
    )
