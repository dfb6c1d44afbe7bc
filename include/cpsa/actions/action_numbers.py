"""Numbers of policy actions: assigned once, when a quarter is closed; they never change."""

from __future__ import annotations

import pandas as pd

from cpsa.calendar import Quarter

_IDENTITY = ["agency", "department", "theme", "text", "request"]
_KEPT = [*_IDENTITY, "urgency", "scheme"]


def assign_numbers(
    entries: pd.DataFrame, known: pd.DataFrame, quarter: Quarter
) -> list[dict[str, object]]:
    """Assign every new request for policy support of a quarter its number, ``PA-<quarter>-NNN``.

    entries: the quarter's entries; known: its actions so far. A request that was numbered before
    (same agency, department, theme, text and request) keeps its number.
    """
    requests = entries[entries["kind"] == "policy_support"]
    seen = set(known[_IDENTITY].itertuples(index=False, name=None))
    rows: list[dict[str, object]] = []
    for entry in requests.to_dict("records"):
        identity = tuple(entry[name] for name in _IDENTITY)
        if identity in seen:
            continue
        seen.add(identity)
        ordinal = len(known) + len(rows) + 1
        rows.append(
            {
                "number": f"PA-{quarter.key}-{ordinal:03d}",
                "quarter": quarter.key,
                **{name: entry[name] for name in _KEPT},
            }
        )
    return rows
