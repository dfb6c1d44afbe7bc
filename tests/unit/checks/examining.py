"""One update examined against a history written down in the test: CSV in, findings out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal

import numpy as np
import pandas as pd
from tests.factories import SANCTIONED, indicators, update

from cpsa.calendar import Quarter
from cpsa.checks.examine_submissions import (
    ExaminationResult,
    History,
    examine_submissions,
)
from cpsa.checks.structure_rules import judge_structure
from cpsa.checks.submission_rules import Submission
from cpsa.framework.model import Framework
from cpsa.intake.readers import csv_reader
from cpsa.scoring.quarter_figures import QuarterFigures, list_cells, spread_figures
from cpsa.submissions.finding import Finding

NOW = "2026-27-Q1"
Values = Mapping[str, object]


def before(*quarters: Values) -> dict[str, Values]:
    """Accepted quarters right before the one at hand, the oldest first."""
    first = Quarter.parse(NOW) - len(quarters)
    return {(first + step).key: values for step, values in enumerate(quarters)}


def examined(
    framework: Framework,
    values: Mapping[str, object] = {},
    *,
    form: str = "IA",
    history: Mapping[str, Values] = {},
    targets: Mapping[tuple[str, str], object] = {},
    weights: Mapping[str, float] = {},
    waived: Collection[str] = (),
    absent: Collection[str] = (),
    nil: bool = False,
    rows: Iterable[tuple[str, str, str]] = (),
) -> ExaminationResult:
    """Examine an update whose totals are 0 unless told otherwise (see ``making.update``).

    ``history``: quarter → values, of which each total is 0 as well (B1 as now) unless it is told;
    None stands for a missing one. ``targets``: (indicator, quarter) → figure.
    """
    agency = f"{form}-TEST"
    content = update(agency, NOW, values, form=form, absent=absent, nil=nil, rows=rows)
    judged = judge_structure(csv_reader.read_csv_update(content), agency, NOW, form, framework)
    past = History(
        quarters=_span(history),
        figures=quarter_figures(
            framework,
            form,
            pd.DataFrame({"agency": agency, "quarter": list(history)}, dtype=object),
            _facts(agency, form, history),
        ),
        targets=pd.DataFrame(
            [(agency, code, quarter, hundredths(v)) for (code, quarter), v in targets.items()],
            columns=["agency", "indicator", "quarter", "hundredths"],
        ),
        weights=pd.DataFrame(
            [(agency, code, weight) for code, weight in weights.items()],
            columns=["agency", "indicator", "weight"],
        ),
    )
    (answer,) = examine_submissions(framework, form, NOW, [Submission(judged, waived)], past)
    return answer


def found(framework: Framework, *args: Values, **kwargs: object) -> set[tuple[str, str, str]]:
    """Rule, indicator and dimension of everything that was found."""
    findings = examined(framework, *args, **kwargs).findings  # type: ignore[arg-type]
    assert len(findings) == len({key(one) for one in findings}), "a finding is told once"
    return {key(one) for one in findings}


def key(finding: Finding) -> tuple[str, str, str]:
    return finding.rule, finding.indicator, finding.dimension


def only(framework: Framework, rule: str, *args: Values, **kwargs: object) -> set[str]:
    """Where one rule does not hold: ``OP2``, ``OP2:women``, or blank for the submission."""
    return {
        f"{code}:{dimension}" if dimension else code
        for of, code, dimension in found(framework, *args, **kwargs)
        if of == rule
    }


def quarter_figures(
    framework: Framework, form: str, counted: pd.DataFrame, facts: pd.DataFrame
) -> QuarterFigures:
    """Rows of figures in the cells of a form; those of quarters that do not count are left out."""
    owners = list(counted[["agency", "quarter"]].itertuples(index=False, name=None))
    rows = [
        owners.index(owner) if owner in owners else -1
        for owner in facts[["agency", "quarter"]].itertuples(index=False, name=None)
    ]
    cells = list_cells(framework.form_indicators(form))
    values = spread_figures(cells, facts, np.array(rows, dtype=int), len(owners))
    return QuarterFigures(counted["agency"].tolist(), counted["quarter"].tolist(), values)


def hundredths(value: object) -> int:
    exact = Decimal(str(value)) * 100
    assert exact == int(exact)
    return int(exact)


def _span(history: Mapping[str, Values]) -> list[str]:
    """Every quarter from the oldest of the history up to the one at hand, gaps included."""
    first = Quarter.parse(min(history, default=NOW))
    return [one.key for one in Quarter.range(first, Quarter.parse(NOW))][:-1]


def _facts(agency: str, form: str, history: Mapping[str, Values]) -> pd.DataFrame:
    zeros: dict[str, object] = {row["code"]: "0" for row in indicators(form)}
    if form == "IA":
        zeros |= SANCTIONED
    rows = [
        (agency, quarter, code, dimension, hundredths(value))
        for quarter, values in history.items()
        for place, value in (zeros | dict(values)).items()
        if value is not None
        for code, _, dimension in [place.partition(":")]
    ]
    columns = ["agency", "quarter", "indicator", "dimension", "hundredths"]
    return pd.DataFrame(rows, columns=columns)
