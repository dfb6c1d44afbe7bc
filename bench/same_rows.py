"""What two versions understood, found and scored in a quarter, compared row for row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import create_engine, text

from bench.lines import DisagreementError

QUERIES = (
    "SELECT agency, indicator, dimension, hundredths, origin FROM fact WHERE quarter = :quarter",
    # Rules P, about the programme itself, are of later releases than the version before.
    "SELECT agency, rule, severity, indicator, dimension, observed, expected, waived FROM finding"
    " WHERE rule NOT LIKE 'P%'",
    "SELECT agency, state, composite, status, coverage FROM score",
    'SELECT agency, "group", score FROM group_score',
)


def list_rows(url: str, quarter: str) -> list[str]:
    """Figures of a quarter, findings and scores of a store, as texts."""
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = [
            repr(tuple(row))
            for query in QUERIES
            for row in connection.execute(
                text(query), {"quarter": quarter} if ":quarter" in query else {}
            )
        ]
    engine.dispose()
    return rows


def require_same_rows(own: Sequence[str], other: Sequence[str]) -> None:
    """DisagreementError with each row that only one of the two has, or has more often."""
    own_rows, other_rows = Counter(own), Counter(other)
    different = [
        *(f"only by this version: {row}" for row in (own_rows - other_rows).elements()),
        *(f"only by the other: {row}" for row in (other_rows - own_rows).elements()),
    ]
    if different:
        raise DisagreementError(different)
