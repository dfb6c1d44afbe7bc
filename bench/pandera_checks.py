"""The comparing rules that pandera can say of a row, on the same submissions: a reference.

One row per agency and indicator with what it is compared with beside it. Rules that look back
further than a quarter, at groups or at a whole submission are beyond a row, and scores as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from cpsa.checks.comparison import Comparison
from cpsa.figures import HUNDRED
from cpsa.framework.model import TOTAL, Framework, Rule

NOT_INSTALLED_NOTE = "not measured against pandera, which is not installed"
Breach = Callable[[pd.DataFrame], pd.Series]


def make_rows(case: Comparison, framework: Framework) -> pd.DataFrame:
    """Agencies' indicators as rows: figures in hundredths, missing as NaN."""
    panel, now = case.panel, case.now
    firsts = {
        second: first
        for rule in framework.rules_of_kind("second_without_first")
        for first, second in rule.parameters["pairs"]
    }
    planned = {
        rule.parameters["done"]: rule.parameters["planned"]
        for rule in framework.rules_of_kind("more_done_than_planned")
    }

    def column(array: np.ndarray, code: str | None, dimension: str = TOTAL) -> np.ndarray:
        place = panel.place.get((code or "", dimension))
        if place is None:
            return np.full(len(panel.agencies), np.nan)
        return array[:, place].astype(float)

    parts = [
        pd.DataFrame(
            {
                "agency": panel.agencies,
                "indicator": indicator.code,
                "group": indicator.group,
                "unit": indicator.unit,
                "total": column(now, indicator.code),
                "faulty": column(case.faulty, indicator.code),
                "before": column(panel.latest, indicator.code),
                "first": column(now, firsts.get(indicator.code)),
                "planned": column(now, planned.get(indicator.code)),
                **{
                    name: part
                    for dimension in framework.dimension_labels
                    for name, part in (
                        (dimension, column(now, indicator.code, dimension)),
                        (f"faulty {dimension}", column(case.faulty, indicator.code, dimension)),
                    )
                },
                **{
                    f"has {dimension}": dimension in indicator.dimensions
                    for dimension in framework.dimension_labels
                },
            }
        )
        for indicator in panel.indicators
    ]
    return pd.concat(parts, ignore_index=True)


def make_checker(framework: Framework) -> Callable[[pd.DataFrame], Counter[str]] | None:
    """Validates rows lazily and counts what does not hold by rule; None without pandera."""
    try:
        import pandera.pandas as pandera
    except ImportError:
        return None
    named = [
        (f"{rule.id} {subject}".strip(), breach)
        for rule in framework.rules.values()
        if rule.kind in KINDS
        for subject, breach in KINDS[rule.kind](rule, framework)
    ]
    schema: Any = pandera.DataFrameSchema(
        checks=[
            pandera.Check(lambda frame, breach=breach: ~breach(frame), name=name)
            for name, breach in named
        ]
    )

    def check(frame: pd.DataFrame) -> Counter[str]:
        try:
            schema.validate(frame, lazy=True)
        except pandera.errors.SchemaErrors as error:
            cases = error.failure_cases[["check", "index"]].drop_duplicates()
            return Counter(name.split(" ")[0] for name in cases["check"])
        return Counter()

    return check


RuleCheck = Callable[[Rule, Framework], Iterator[tuple[str, Breach]]]


def _total_missing(rule: Rule, framework: Framework) -> Iterator[tuple[str, Breach]]:
    spared = rule.parameters["never_required"]
    yield (
        "",
        lambda rows: rows["total"].isna() & (rows["faulty"] == 0) & ~rows["group"].isin(spared),
    )


def _dimension_above_total(rule: Rule, framework: Framework) -> Iterator[tuple[str, Breach]]:
    for dimension in framework.dimension_labels:

        def is_above(rows: pd.DataFrame, dimension: str = dimension) -> pd.Series:
            return (rows["total"] >= 0) & (rows[dimension] > rows["total"])

        yield dimension, is_above


def _dimension_missing(rule: Rule, framework: Framework) -> Iterator[tuple[str, Breach]]:
    for dimension in framework.dimension_labels:

        def is_missing(rows: pd.DataFrame, dimension: str = dimension) -> pd.Series:
            return (
                rows[f"has {dimension}"]
                & (rows["total"] > 0)
                & rows[dimension].isna()
                & (rows[f"faulty {dimension}"] == 0)
            )

        yield dimension, is_missing


def _second_without_first(rule: Rule, framework: Framework) -> Iterator[tuple[str, Breach]]:
    yield "", lambda rows: (rows["first"] == 0) & (rows["total"] > 0)


def _first_without_second(rule: Rule, framework: Framework) -> Iterator[tuple[str, Breach]]:
    yield "", lambda rows: (rows["first"] > 0) & (rows["total"] == 0)


def _fell(rule: Rule, framework: Framework) -> Iterator[tuple[str, Breach]]:
    codes = rule.parameters["indicators"]
    yield "", lambda rows: rows["indicator"].isin(codes) & (rows["total"] < rows["before"])


def _jump(rule: Rule, framework: Framework) -> Iterator[tuple[str, Breach]]:
    times, spared = rule.parameters["times"], rule.parameters["except"]
    floors = {unit: floor * HUNDRED for unit, floor in rule.parameters["floors"].items()}

    def breach(rows: pd.DataFrame) -> pd.Series:
        now, before = rows["total"], rows["before"]
        floor = rows["unit"].map(floors)
        far = (now > times * before) | (times * now < before)
        apart = (now - before).abs() >= floor
        return (now > 0) & (before > 0) & far & apart & ~rows["indicator"].isin(spared)

    yield "", breach


def _more_done_than_planned(rule: Rule, framework: Framework) -> Iterator[tuple[str, Breach]]:
    times, least = rule.parameters["times"], rule.parameters["at_least"] * HUNDRED

    def breach(rows: pd.DataFrame) -> pd.Series:
        done, planned = rows["total"], rows["planned"]
        return (done > times * planned) & (done - planned >= least)

    yield "", breach


KINDS: Mapping[str, RuleCheck] = {
    "total_missing": _total_missing,
    "dimension_above_total": _dimension_above_total,
    "dimension_missing": _dimension_missing,
    "second_without_first": _second_without_first,
    "first_without_second": _first_without_second,
    "fell": _fell,
    "jump": _jump,
    "more_done_than_planned": _more_done_than_planned,
}
