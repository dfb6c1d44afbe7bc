"""The rows that a closing stores: scores, group scores, restated figures."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

import pandas as pd

from cpsa.scoring.achievement import Scores

Row = dict[str, object]


def make_score_rows(scores: Scores, states: Mapping[str, str], due: Collection[str]) -> list[Row]:
    """One row per agency; a composite that is none stays None. ``due``: the agencies for which it was due."""
    return [
        {
            "agency": agency,
            "state": states[agency],
            "composite": None if math.isnan(composite) else float(composite),
            "status": status,
            "coverage": float(coverage),
            "due": agency in due,
        }
        for agency, composite, status, coverage in zip(
            scores.agencies, scores.composite, scores.status, scores.coverage, strict=True
        )
    ]


def make_group_score_rows(scores: Scores) -> list[Row]:
    """One row per agency and group that has a score."""
    return [
        {"agency": agency, "group": group, "score": float(value)}
        for agency, row in zip(scores.agencies, scores.group_scores, strict=True)
        for group, value in zip(scores.groups, row, strict=True)
        if not math.isnan(value)
    ]


def make_restatement_rows(
    before: pd.DataFrame, now: pd.DataFrame, reasons: Mapping[str, str]
) -> list[Row]:
    """Figures that differ between two closings of a quarter; one that is absent is None.

    before, now: agency, quarter, indicator, dimension, hundredths; reasons: by agency.
    """
    key = ["agency", "quarter", "indicator", "dimension"]
    old, new = (_index_by_key(frame, key) for frame in (before, now))
    return [
        {
            **dict(zip(key, place, strict=True)),
            "old": old.get(place),
            "new": new.get(place),
            "reason": reasons.get(str(place[0]), ""),
        }
        for place in sorted(old.keys() | new.keys())
        if old.get(place) != new.get(place)
    ]


def _index_by_key(frame: pd.DataFrame, key: list[str]) -> dict[tuple[str, ...], int]:
    places = frame[key].itertuples(index=False, name=None)
    return dict(zip(places, (int(value) for value in frame["hundredths"]), strict=True))
