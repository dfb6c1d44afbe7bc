"""Unconfirmed figures (domain.md, "Scores"): those that an open finding puts in doubt.

A figure is an agency's value of a quarter, indicator and dimension. It is unconfirmed while a
finding of a rule that says so (``unconfirms`` in the framework) is open on it, or on the total
that it is part of. Pure: frames in, frames out. What must not go here: how figures are summed
(``score.rollups``) or shown (``documents``).
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cpsa.framework import TOTAL, Rule

PAIR_COLUMNS = ("figure", "finding")
_SUBJECT = ["agency", "quarter", "indicator"]


def unconfirmed_figures(
    figures: pd.DataFrame, open_findings: pd.DataFrame, rules: Mapping[str, Rule]
) -> pd.DataFrame:
    """Each unconfirmed figure with each open finding that makes it so: their labels, in columns
    ``figure`` and ``finding``, in the order of the figures.

    figures: agency, quarter, indicator, dimension; open_findings: the same and rule. Both of the
    submissions that count.
    """
    codes = [code for code, rule in rules.items() if rule.unconfirms]
    doubts = open_findings.loc[open_findings["rule"].isin(codes), [*_SUBJECT, "dimension"]]
    doubts = doubts.rename(columns={"dimension": "of"}).assign(finding=doubts.index)
    # Few figures are in doubt: those of the same subjects are found before the rows are paired.
    subjects = pd.MultiIndex.from_frame(doubts[_SUBJECT]).unique()
    agencies = figures["agency"].isin(subjects.get_level_values("agency"))
    near = figures.loc[agencies, [*_SUBJECT, "dimension"]]
    pairs = near.assign(figure=near.index).merge(doubts, on=_SUBJECT)
    concerned = (pairs["of"] == pairs["dimension"]) | (pairs["of"] == TOTAL)
    found = pairs.loc[concerned, list(PAIR_COLUMNS)]
    return found.sort_values(list(PAIR_COLUMNS), kind="stable", ignore_index=True)
