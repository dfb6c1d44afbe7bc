"""A backfill's changes as tables and lines that a person reads, in either language.

The command line prints them, Airflow's form shows them. What must not go here: finding anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pandas as pd

from cpsa import figures
from cpsa.cycle.backfilling.changes import Changes, Figure
from cpsa.cycle.backfilling.differing import Differing, How
from cpsa.cycle.backfilling.order import Order
from cpsa.messages import text


def asked(order: Order, language: str) -> str:
    """What was asked for, in one line."""
    return text(
        "backfill.asked",
        language,
        first=order.first.key,
        last=order.last.key,
        agencies=", ".join(order.agencies) or text("backfill.all_agencies", language),
        parts=", ".join(text(f"backfill.part.{part}", language) for part in order.parts),
        reason=order.reason,
    )


def counted(changes: Changes, language: str) -> str:
    """How many of each, or that nothing changes."""
    if changes == Changes():
        return text("backfill.nothing", language)
    return text("backfill.counts", language, **changes.counts())


def counted_documents(documents: Sequence[Differing], language: str) -> str:
    hows = Counter(one.how for one in documents)
    counts = {str(how): hows[how] for how in How}
    return text("backfill.documents_count", language, number=len(documents), **counts)


def tables(
    changes: Changes, documents: Sequence[Differing], language: str
) -> list[tuple[str, pd.DataFrame]]:
    """Each kind of change under its title; none of a kind, no table. Documents whose day alone is
    another are only counted."""
    word = {how: text(f"backfill.how.{how}", language) for how in (*How, "appears", "vanishes")}
    made = {
        "files": [(f.quarter, f.agency, f.version, f.old, f.new) for f in changes.files],
        "figures": [_figure(one) for one in changes.figures],
        "findings": [
            (
                f.quarter,
                f.agency,
                f.rule,
                f.indicator,
                f.dimension,
                f.observed,
                word[_how(f.appears)],
            )
            for f in changes.findings
        ],
        "scores": [(s.quarter, s.agency, s.name, s.old, s.new) for s in changes.scores],
        "restatements": [_figure(one) for one in changes.restatements],
        "documents": [(one.path, word[one.how]) for one in documents if one.how is not How.DAY],
    }
    place = ["quarter", "agency"]
    figure = [*place, "indicator", "dimension", "old", "new"]
    columns = {
        "files": [*place, "version", "old", "new"],
        "figures": figure,
        "findings": [*place, "rule", "indicator", "dimension", "observed", "how"],
        "scores": [*place, "name", "old", "new"],
        "restatements": figure,
        "documents": ["path", "how"],
    }
    return [
        (
            text(f"backfill.{name}", language),
            pd.DataFrame(
                rows, columns=[text(f"backfill.column.{one}", language) for one in columns[name]]
            ),
        )
        for name, rows in made.items()
        if rows
    ]


def _how(appears: bool) -> str:
    return "appears" if appears else "vanishes"


def _figure(one: Figure) -> tuple[str, ...]:
    values = ("" if value is None else figures.count(value) for value in (one.old, one.new))
    return one.quarter, one.agency, one.indicator, one.dimension, *values
