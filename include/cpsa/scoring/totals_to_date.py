"""Totals of single indicators to date, by agency: what is compared with a budget at closing."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cpsa.framework.model import Framework


def sum_totals_to_date(framework: Framework, totals: pd.DataFrame) -> dict[str, Mapping[str, int]]:
    """By indicator the total of each agency to date: flows summed, stocks at their latest.

    totals: agency, quarter, indicator, hundredths, of accepted updates only.
    """
    ordered = totals.sort_values(["indicator", "agency", "quarter"])
    return {
        str(code): _add_up(rows, is_flow=framework.by_code[str(code)].is_flow)
        for code, rows in ordered.groupby("indicator", sort=False)
    }


def _add_up(rows: pd.DataFrame, *, is_flow: bool) -> dict[str, int]:
    by_agency = rows.groupby("agency", sort=False)["hundredths"]
    to_date = by_agency.sum() if is_flow else by_agency.last()
    return {str(agency): int(value) for agency, value in to_date.items()}
